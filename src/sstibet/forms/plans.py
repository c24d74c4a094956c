"""What of a form hangs on the form alone, worked out once and not for each submit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sstibet.facts import Dictionary
from sstibet.forms.documents import Field, Form
from sstibet.forms.when import SHOWING_KINDS

_MOST = 1000  # forms of all books that are in use at once


@dataclass(frozen=True, slots=True)
class Plan:
    """A form's fields, and of them those that single values are ``asking``, with their kinds those
    that others may hang on (``open_``); the facts that are ``asked`` (secrets are no facts that are
    kept) and those that a draft keeps (``drafted``); whether what it ``offers`` hangs on answers;
    and ``alone``: whether what it takes hangs on nothing but itself.
    """

    form: Form
    dictionary: Dictionary
    fields: tuple[Field, ...]
    names: frozenset[str]
    asking: tuple[Field, ...]
    open_: Mapping[str, str]
    asked: frozenset[str]
    drafted: tuple[str, ...]
    offers: bool
    alone: bool


_plans: dict[tuple[int, int], Plan] = {}


def plan_of(form: Form, dictionary: Dictionary) -> Plan:
    """The plan of a form of a book."""
    key = id(form), id(dictionary)
    found = _plans.get(key)
    # A plan holds on to both, so that no other can have their ids while it is kept.
    if found is None:
        if len(_plans) >= _MOST:
            _plans.clear()
        found = _plans[key] = _planned(form, dictionary)
    return found


def _planned(form: Form, dictionary: Dictionary) -> Plan:
    facts, fields = dictionary.facts, form.fields
    typed = [each for each in fields if not each.read_only]
    kept = [each for each in typed if facts[each.fact].kind != "secret"]
    asking = tuple(each for each in typed if each.rows is None)
    offers = any(each.rows is not None or each.tiers is not None for each in fields)
    kinds = {each.fact: facts[each.fact].kind for each in asking}
    return Plan(
        form=form,
        dictionary=dictionary,
        fields=fields,
        names=frozenset(each.fact for each in fields),
        asking=asking,
        open_={name: kind for name, kind in kinds.items() if kind in SHOWING_KINDS},
        asked=frozenset(
            each.fact for each in kept if each.rows is None or each.rows.pick != "none"
        ),
        drafted=tuple(each.fact for each in kept),
        offers=offers,
        alone=not offers
        and not form.checks
        and all(
            each.when is None and not each.read_only and facts[each.fact].typed_by is None
            for each in fields
        ),
    )
