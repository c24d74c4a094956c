"""What a book shows: its examples and cases as questions, and whether they would notice a slip."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sstibet.cases import Case
from sstibet.checks.answers import agrees, in_words, words_of
from sstibet.checks.lookups import days_looked_up, given_of
from sstibet.checks.review import EVERY, Key, Review
from sstibet.checks.worked import PRICE
from sstibet.contents import Contents
from sstibet.editions import Edition, Found, Table
from sstibet.examples import Example
from sstibet.loading import Site
from sstibet.outcomes import Wrong
from sstibet.premium.pick import PickSchedule
from sstibet.premium.rate import RateSchedule
from sstibet.rules import Rules

Schedule = PickSchedule | RateSchedule
Cases = Mapping[tuple[str, str], list[Case]]  # by what is asked, and of what


@dataclass(frozen=True, slots=True)
class Asked:
    """A question for a price with its answer: its facts as values, and the days looked up."""

    shown: Example | Case
    given: Mapping[str, Any]
    days: list[date]

    def meets(self, table: Table[Any], edition: Edition) -> bool:
        """Whether the question is answered from an edition of a table."""
        if any(day in edition.span for day in self.days):
            return True
        if self.shown.known_on is None:
            return False
        known = (table.as_known(day, self.shown.known_on, carry_on=True) for day in self.days)
        return any(isinstance(each, Found) and each.edition is edition for each in known)


def cases_of(review: Review) -> Cases:
    """The book's cases by what is asked."""
    cases = dict[tuple[str, str], list[Case]]()
    for case, _ in review.loaded.cases:
        cases.setdefault((case.ask, case.of), []).append(case)
    return cases


def sound(review: Review, key: Key) -> bool:
    """Whether a part of the book has no problem yet, so that what it shows can be judged."""
    keys = {key, (key[0], EVERY)}
    return keys.isdisjoint(review.held) and keys.isdisjoint(review.failed)


def asked_of(
    review: Review,
    scheme: str,
    schedule: Schedule,
    tables: Iterable[Table[Any] | None],
    cases: Cases,
) -> list[Asked]:
    """Every question for a price of a scheme: the examples of its tables, and the cases."""
    shown: list[Example | Case] = [
        example
        for table in tables
        if table is not None
        for edition in table.editions
        for example in edition.examples
    ]
    shown += cases.get(("quote", scheme), [])
    asked = list[Asked]()
    for each in shown:
        given = given_of(review, each.facts)
        if not isinstance(given, Wrong):
            asked.append(Asked(each, given, days_looked_up(schedule, each.on, given)))
    return asked


def otherwise(work: Callable[[], bool]) -> bool:
    """Whether something comes out otherwise; to fail altogether is otherwise too.

    Only ever asked of altered rules, which may say what no sound rule could.
    """
    try:
        return work()
    except Exception:
        return True


def notices(
    review: Review,
    scheme: str,
    altered: Schedule,
    asked: Iterable[Asked],
    cases: Iterable[Case] = (),
) -> bool:
    """Whether one of the questions comes out otherwise under an altered schedule.

    ``cases`` are questions for a back-difference.
    """
    contents = with_schedule(review.contents, scheme, altered)

    def asked_again(each: Asked) -> bool:
        rules = Rules(contents, "", each.shown.on, each.shown.known_on)
        said = words_of(each.shown, PRICE)
        return not agrees(said, in_words(rules.quote(scheme, each.shown.facts)))

    def compared_again(case: Case) -> bool:
        assert case.paid_as_known_on is not None
        rules = Rules(contents, "", case.on, case.known_on)
        answer = rules.difference(scheme, case.facts, case.paid_as_known_on)
        return not agrees(words_of(case, PRICE), in_words(answer))

    priced = (each for each in asked if each.shown.bounds is None)
    return any(otherwise(partial(asked_again, each)) for each in priced) or any(
        otherwise(partial(compared_again, case)) for case in cases
    )


def unproven(
    review: Review, site: Site, scheme: str, altered: Schedule, asked: list[Asked]
) -> None:
    """Report evidence that could be left out (as it is in ``altered``) without being noticed,
    though a price rests on it."""
    if notices(review, scheme, altered, asked):
        return
    contents = with_schedule(review.contents, scheme, altered)
    for each in asked:
        on, known_on, facts = each.shown.on, each.shown.known_on, each.shown.facts
        before = in_words(Rules(review.contents, "", on, known_on).quote(scheme, facts))
        after = in_words(Rules(contents, "", on, known_on).quote(scheme, facts))
        if before.words.get("evidence") != after.words.get("evidence"):
            hint = f"add 'evidence: {before.words.get('evidence')}' to {each.shown.where}"
            unnoticed(review, site, "left out", hint)
            return


def with_schedule(contents: Contents, scheme: str, altered: Schedule) -> Contents:
    """The contents with an altered schedule alone, so that others need not be copied."""
    picks = {scheme: altered} if isinstance(altered, PickSchedule) else {}
    rates = {scheme: altered} if isinstance(altered, RateSchedule) else {}
    return dataclasses.replace(contents, picks=picks, rates=rates)


def unnoticed(review: Review, site: Site, slip: str, hint: str) -> None:
    """Report a node that could say something else without any example coming out otherwise."""
    message = f"no example would come out otherwise if this were {slip}"
    review.fault(site, "slip_unnoticed", message, hint)


def unseen(review: Review, site: Site, what: str, hint: str) -> None:
    """Report a cell that no example shows."""
    review.fault(site, "no_example", f"no example shows {what}", hint)
