"""Months (所属期) and half-open spans of days, by the calendar and by nothing else.

>>> Month.parse("2025-12").plus(1)
Month('2026-01')
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from sstibet.problems import BadValue
from sstibet.text import brief, half_width_hint

_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})", re.ASCII)
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, kept as ``year * 12 + month - 1`` so that months count like numbers."""

    index: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read ``"2025-03"``; BadValue otherwise."""
        found = _MONTH.fullmatch(text)
        if found is None or not 1 <= int(found[2]) <= 12 or int(found[1]) == 0:
            hint = half_width_hint(text) or "write year and month, such as 2025-03"
            raise BadValue("not_a_month", f"{brief(text)} is no month", hint)
        return cls.at(int(found[1]), int(found[2]))

    @classmethod
    def at(cls, year: int, month: int) -> Month:
        """The month of a year (1 to 12)."""
        return cls(year * 12 + month - 1)

    @classmethod
    def of(cls, day: date) -> Month:
        """The month that a day falls in."""
        return cls(day.year * 12 + day.month - 1)

    @property
    def year(self) -> int:
        """The calendar year."""
        return self.index // 12

    @property
    def month(self) -> int:
        """The month of the year, 1 to 12."""
        return self.index % 12 + 1

    @property
    def first_day(self) -> date:
        """The month's first day."""
        return date(self.index // 12, self.index % 12 + 1, 1)

    def plus(self, months: int) -> Month:
        """So many months later (or earlier)."""
        return Month(self.index + months)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    def __repr__(self) -> str:
        return f"Month('{self}')"


@dataclass(frozen=True, slots=True)
class Span:
    """The days from ``start`` up to, but not including, ``end``; ``end`` None is open."""

    start: date
    end: date | None

    def __contains__(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    @property
    def last_day(self) -> date | None:
        """The last day inside, None when open."""
        return None if self.end is None else self.end - timedelta(days=1)

    def __str__(self) -> str:
        return f"{self.start.isoformat()} – {self.last_day.isoformat() if self.last_day else '…'}"


def parse_start(text: str) -> date:
    """Read a day, or a month as its first day; BadValue otherwise."""
    return Month.parse(text).first_day if len(text) == 7 else parse_day(text)


def parse_day(text: str) -> date:
    """Read ``"2025-03-01"``: a day that exists, with all its zeros; BadValue otherwise."""
    found = _DAY.fullmatch(text)
    if found is None:
        hint = half_width_hint(text) or "write year, month and day, such as 2025-03-01"
        raise BadValue("not_a_date", f"{brief(text)} is no date", hint)
    year, month, day = map(int, found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        raise _no_such_day(text, year, month) from None


def _no_such_day(text: str, year: int, month: int) -> BadValue:
    if year == 0 or not 1 <= month <= 12:
        return BadValue("no_such_day", f"there is no day {text}", "months run from 01 to 12")
    last = monthrange(year, month)[1]
    return BadValue(
        "no_such_day", f"there is no day {text}", f"{text[:7]} has {last} days, 01 to {last}"
    )


def anniversary(day: date, years: int, leap_day: str) -> date:
    """The same day ``years`` later. For a 29 February that the year lacks, ``leap_day`` says
    which day stands for it: ``february_28`` or ``march_1``. Raises OverflowError past 9999."""
    year = day.year + years
    if not 1 <= year <= 9999:
        raise OverflowError(f"{day.isoformat()} plus {years} years is outside the calendar")
    if (day.month, day.day) == (2, 29) and monthrange(year, 2)[1] == 28:
        return date(year, 2, 28) if leap_day == "february_28" else date(year, 3, 1)
    return day.replace(year=year)


def months_after(day: date, months: int, missing_day: str) -> date:
    """The same day so many months later. For a day that the month lacks, ``missing_day`` says which
    stands for it: ``last_of_month`` or ``first_of_next``. Past the calendar's end: its last day."""
    month = Month.of(day).plus(months)
    if month.year > date.max.year:
        return date.max
    last = monthrange(month.year, month.month)[1]
    if day.day <= last:
        return date(month.year, month.month, day.day)
    return date(month.year, month.month, last) + timedelta(days=missing_day == "first_of_next")


def full_years(start: date, end: date, leap_day: str) -> int:
    """How many full years (周岁) have passed from ``start`` to ``end``; negative before it."""
    years = end.year - start.year
    return years if anniversary(start, years, leap_day) <= end else years - 1
