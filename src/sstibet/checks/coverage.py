"""Whether the examples would notice a slip: every cell of a book stands once as a rule, and once
as what comes of it.

A book that says ``examples: every_cell`` is held to it. One that says ``some`` shows each edition
of its prices once. What has a problem of its own, or a failing example, is left alone until that
is mended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from sstibet.checks.cover_answers import cover_answers
from sstibet.checks.cover_picks import cover_picks
from sstibet.checks.cover_rates import cover_rates
from sstibet.checks.cover_rules import cover_rules
from sstibet.checks.review import Review
from sstibet.checks.shown import cases_of, sound, unseen
from sstibet.editions import Table
from sstibet.examples import Outcome
from sstibet.facts import Fact
from sstibet.loading import Site
from sstibet.money import Money
from sstibet.months import Month


def check_coverage(review: Review) -> None:
    """What the book promises of its examples."""
    if review.contents.info.examples != "every_cell":
        _show_editions(review)
        return
    cases = cases_of(review)
    cover_picks(review, cases)
    cover_rates(review, cases)
    cover_rules(review, cases)
    cover_answers(review, cases)
    _cover_facts(review)


def _show_editions(review: Review) -> None:
    """At least one example in each edition of each table that prices are made of."""
    for scheme, site, name, table in _price_tables(review):
        for n, edition in enumerate(table.editions if sound(review, ("price", scheme)) else ()):
            if not edition.examples:
                hint = "add 'examples: [{on: …, facts: {…}, due: …}]'"
                unseen(review, site.at(name, "editions", n), f"this edition of {name!r}", hint)


def _price_tables(review: Review) -> Iterator[tuple[str, Site, str, Table[Any]]]:
    for scheme, pick in review.contents.picks.items():
        yield scheme, review.site("tiers", scheme), "tiers", pick.tiers
    for scheme, rate in review.contents.rates.items():
        site = review.site("rates", scheme)
        yield scheme, site, "rates", rate.rates
        if rate.bases is not None:
            yield scheme, site, "bases", rate.bases


def _cover_facts(review: Review) -> None:
    """The bounds of every number that multiplies a price or a wait are shown from both sides.

    Those of bases and coverage years decide nothing: they are held wider than the editions.
    """
    contents, asked = review.contents, dict[str, None]()
    for pick in contents.picks.values():
        asked[pick.asks.times or ""] = None
    for rate in contents.rates.values():
        asked[rate.asks.months] = None
    for waiting in contents.periods.waiting.values():
        asked[waiting.asks.lapsed_years] = None
    shown = [(each, each.facts) for each in _all_shown(review)]
    for name in asked:
        fact = contents.dictionary.facts.get(name)
        if fact is None or name in review.broken:
            continue
        for key, text in (("least", fact.least), ("most", fact.most)):
            if text is not None:
                _cover_bound(review, name, fact, key, text, shown)


def _all_shown(review: Review) -> Iterator[Any]:
    """Every example for a price or a wait, and every case."""
    for waiting in review.contents.periods.waiting.values():
        for wait in waiting.table.editions:
            yield from wait.examples
    for _, _, _, table in _price_tables(review):
        for edition in table.editions:
            yield from edition.examples
    for case, _ in review.loaded.cases:
        yield case


def _cover_bound(
    review: Review,
    name: str,
    fact: Fact,
    key: str,
    text: str,
    shown: Iterable[tuple[Outcome, dict[str, Any]]],
) -> None:
    """A question at the bound itself is answered; one a step outside is wrong."""
    bound = fact.parse_text(text)
    outside = _step(bound, -1 if key == "least" else 1)
    inside_shown = outside_shown = outside is None
    for example, facts in shown:
        if name not in facts:
            continue
        try:
            value = fact.parse_text(str(facts[name]))
        except ValueError:
            continue
        inside_shown |= value == bound and getattr(example, "wrong", None) != name
        outside_shown |= value == outside and getattr(example, "wrong", None) == name
    site = review.site("facts", name).at(key)
    if not inside_shown:
        hint = f"add an example or a case with '{name}: {text}'"
        unseen(review, site, f"{name!r} at {text}", hint)
    if not outside_shown:
        hint = f"add one with '{name}: {outside}' that is 'wrong: {name}'"
        unseen(review, site, f"that {name!r} cannot be {outside}", hint)


def _step(value: Any, step: int) -> Any:
    """The next value a fact could have; None for a kind that has no steps."""
    match value:
        case Money():
            return Money(value.fen + step)
        case Month():
            return Month(value.index + step)
        case date():
            return date.fromordinal(min(max(value.toordinal() + step, 1), date.max.toordinal()))
        case int():
            return value + step
        case _:
            return None
