"""What an example's question leads to: what is known by its facts, and the days looked up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sstibet.checks.review import Review
from sstibet.known import Known
from sstibet.months import Month
from sstibet.outcomes import Wrong
from sstibet.periods import ask
from sstibet.periods.tables import Periods
from sstibet.premium.pick import PickSchedule
from sstibet.premium.rate import RateSchedule
from sstibet.problems import BadValue

_LAST_MONTH = Month.of(date.max).index


def known_of(
    review: Review, day: date, facts: Mapping[str, object], periods: Periods | None = None
) -> Known | Wrong:
    """What an example's facts let one know on a day, or the first of them that is wrong.

    ``periods`` stand in for the book's own parameters and windows.
    """
    given = given_of(review, facts)
    if isinstance(given, Wrong):
        return given
    return Known(
        review.contents.dictionary,
        day,
        given,
        *ask.look_ups(periods or review.contents.periods),
    )


def given_of(review: Review, facts: Mapping[str, object]) -> dict[str, Any] | Wrong:
    """An example's facts as values of their own types, or the first of them that is wrong."""
    given: dict[str, Any] = {}
    for name, value in facts.items():
        if name in review.broken:
            return Wrong(name, "broken")
        try:
            given[name] = review.contents.dictionary.read(name, value)
        except BadValue as error:
            return Wrong(name, error.code, {"message": error.message})
    return given


def days_looked_up(
    schedule: PickSchedule | RateSchedule, on: date, given: Mapping[str, Any]
) -> list[date]:
    """The days on which a question's tables are looked up; empty where its facts don't tell."""
    if isinstance(schedule, PickSchedule):
        name = schedule.asks.coverage_year
        if name is None:
            return [on]
        return [date(given[name], 1, 1)] if name in given else []
    if schedule.at != "period_start":
        return [on]
    first = Month.of(on).index
    end = min(first + given.get(schedule.asks.months, 1) - 1, _LAST_MONTH)
    return [Month(index).first_day for index in range(first, end + 1)]
