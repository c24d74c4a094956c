"""Facts worked out from other facts: an age from a birth date, a month from a day.

A new derivation is one more class here, with its line in ``Derivation`` and in ``DERIVED``.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from sstibet.documents import Name, Node, OneOf, Text, node, parse_whole, word
from sstibet.months import Month, full_years, months_after
from sstibet.problems import BadValue


@node
class TheDay(Node):
    """The day that the question is asked for (``book.on(day)``)."""

    the_day: Annotated[str, word("asked_about")]

    def sources(self) -> tuple[str, ...]:
        return ()

    def compute(self, day: date, sources: tuple[Any, ...]) -> object:
        return day


@node
class YearsBetween(Node):
    """Two days and what stands for a 29 February that a year lacks."""

    since: Name
    until: Name
    leap_day: Annotated[str, word("february_28", "march_1")]


@node
class FullYears(Node):
    """Full years (周岁) from one day to another."""

    full_years: YearsBetween

    def sources(self) -> tuple[str, ...]:
        return self.full_years.since, self.full_years.until

    def compute(self, day: date, sources: tuple[Any, ...]) -> object:
        return full_years(sources[0], sources[1], self.full_years.leap_day)


@node
class DaysBetween(Node):
    """Two days."""

    since: Name
    until: Name


@node
class Days(Node):
    """Days from one day to another; negative before it."""

    days: DaysBetween

    def sources(self) -> tuple[str, ...]:
        return self.days.since, self.days.until

    def compute(self, day: date, sources: tuple[Any, ...]) -> object:
        return (sources[1] - sources[0]).days


@node
class MonthOf(Node):
    """The month in which a day falls."""

    month_of: Name

    def sources(self) -> tuple[str, ...]:
        return (self.month_of,)

    def compute(self, day: date, sources: tuple[Any, ...]) -> object:
        return Month.of(sources[0])


@node
class FirstAndLast(Node):
    """Two months."""

    first: Name
    last: Name


@node
class MonthsThrough(Node):
    """How many months there are from the first through the last, both counted."""

    months_through: FirstAndLast

    def sources(self) -> tuple[str, ...]:
        return self.months_through.first, self.months_through.last

    def compute(self, day: date, sources: tuple[Any, ...]) -> object:
        first, last = sources
        return last.index - first.index + 1


@node
class YearOf(Node):
    """The calendar year of a day."""

    year_of: Name

    def sources(self) -> tuple[str, ...]:
        return (self.year_of,)

    def compute(self, day: date, sources: tuple[Any, ...]) -> object:
        return sources[0].year


@node
class YearStart(Node):
    """1 January of a year."""

    year_start: Name

    def sources(self) -> tuple[str, ...]:
        return (self.year_start,)

    def compute(self, day: date, sources: tuple[Any, ...]) -> object:
        return date(sources[0], 1, 1)


@node
class YearEnd(Node):
    """31 December of a year."""

    year_end: Name

    def sources(self) -> tuple[str, ...]:
        return (self.year_end,)

    def compute(self, day: date, sources: tuple[Any, ...]) -> object:
        return date(sources[0], 12, 31)


@node
class MonthsFrom(Node):
    """A day, how many months later, and what stands for a day that the month lacks."""

    since: Name
    months: Annotated[int, Text(parse_whole)]
    missing_day: Annotated[str, word("last_of_month", "first_of_next")]

    def __post_init__(self) -> None:
        if self.months < 1:
            raise BadValue("below_least", f"{self.months} months later is not later")


@node
class MonthsAfter(Node):
    """The same day of the month, so many months later."""

    months_after: MonthsFrom

    def sources(self) -> tuple[str, ...]:
        return (self.months_after.since,)

    def compute(self, day: date, sources: tuple[Any, ...]) -> object:
        rule = self.months_after
        return months_after(sources[0], rule.months, rule.missing_day)


Derivation = Annotated[
    TheDay
    | FullYears
    | Days
    | MonthOf
    | MonthsThrough
    | YearOf
    | YearStart
    | YearEnd
    | MonthsAfter,
    OneOf(
        the_day=TheDay,
        full_years=FullYears,
        days=Days,
        month_of=MonthOf,
        months_through=MonthsThrough,
        year_of=YearOf,
        year_start=YearStart,
        year_end=YearEnd,
        months_after=MonthsAfter,
    ),
]

# What each derivation takes and gives, as kinds.
DERIVED: dict[type, tuple[str | None, str]] = {
    TheDay: (None, "date"),
    FullYears: ("date", "whole"),
    Days: ("date", "whole"),
    MonthOf: ("date", "month"),
    MonthsThrough: ("month", "whole"),
    YearOf: ("date", "whole"),
    YearStart: ("whole", "date"),
    YearEnd: ("whole", "date"),
    MonthsAfter: ("date", "date"),
}
