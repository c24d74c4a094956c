"""Two editions of a book as one: what prices, allows, refunds and waits from the book that an item
was opened under; machines, forms, ports and words from the book of today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sstibet.contents import Contents
from sstibet.facts import CodeList, Dictionary, Fact
from sstibet.periods.tables import Periods


def composed(rules: Contents, machines: Contents) -> Contents:
    """The rules of one book under the machines of another.

    A scheme, a parameter or a window is as ``rules`` say it, and only what they don't have at all
    is taken from ``machines``. Facts are as ``machines`` say them; those that they have no more are
    still there for the rules that ask for them, and a fact that both work out is worked out as
    ``rules`` do.
    """
    added = [name for name in machines.schemes if name not in rules.schemes]
    return replace(
        machines,
        info=replace(machines.info, schemes=(*rules.schemes, *added)),
        dictionary=_dictionary(rules.dictionary, machines.dictionary),
        picks=_with(rules.picks, machines.picks, added),
        rates=_with(rules.rates, machines.rates, added),
        refunds={**rules.refunds, **{name: machines.refunds.get(name) for name in added}},
        periods=_periods(rules.periods, machines.periods, added),
    )


def _with(ours: Mapping[str, Any], theirs: Mapping[str, Any], names: list[str]) -> Any:
    """Ours, and of theirs only these."""
    more = {name: theirs[name] for name in names if name in theirs}
    # Without any, ours stays as it is: each of them may still lie frozen.
    return {**ours, **more} if more else ours


def _periods(ours: Periods, theirs: Periods, added: list[str]) -> Periods:
    return replace(
        ours,
        parameters={**theirs.parameters, **ours.parameters},
        windows={**theirs.windows, **ours.windows},
        notice_years=_with(ours.notice_years, theirs.notice_years, added),
        may_pay=_with(ours.may_pay, theirs.may_pay, added),
        waiting=_with(ours.waiting, theirs.waiting, added),
        cover=_with(ours.cover, theirs.cover, added),
    )


def _dictionary(ours: Dictionary, theirs: Dictionary) -> Dictionary:
    facts: dict[str, Fact] = {**ours.facts, **theirs.facts}
    for name, fact in ours.facts.items():
        now = facts[name]
        if fact.derive is not None and now.derive is not None and fact.kind == now.kind:
            facts[name] = replace(now, derive=fact.derive)
    codes: dict[str, CodeList] = {**ours.codes, **theirs.codes}
    return Dictionary(facts, codes)
