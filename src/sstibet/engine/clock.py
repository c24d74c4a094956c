"""Clocks, and the day that an instant falls in.

An instant is a whole number of seconds since 1970; a day is a day in the book's time zone.
"""

from __future__ import annotations

import time
from datetime import date, datetime
from functools import lru_cache

import pendulum

from sstibet.formats import moment


class SystemClock:
    """The machine's own clock."""

    def now(self) -> int:
        """Seconds since 1970."""
        return int(time.time())


class SetClock:
    """A clock that stands where it is put, for demonstrations and tests."""

    def __init__(self, at: int) -> None:
        self.at = at

    @classmethod
    def on(cls, text: str, zone: str = "Asia/Shanghai") -> SetClock:
        """A clock put to a local time, such as ``"2025-10-01T09:00"``."""
        return cls(instant(text, zone))

    def now(self) -> int:
        """Seconds since 1970."""
        return self.at

    def forward(self, *, days: int = 0, hours: int = 0, minutes: int = 0, seconds: int = 0) -> None:
        """Put the clock forward."""
        self.at += ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def instant(text: str, zone: str) -> int:
    """The instant of a local time in a zone."""
    parsed = pendulum.parse(text, tz=zone)
    assert isinstance(parsed, pendulum.DateTime), "a day and a time are wanted"
    return parsed.int_timestamp


def day_of(at: int, zone: str) -> date:
    """The calendar day of an instant in a zone."""
    return _day_of_minute(at // 60, zone)


@lru_cache(maxsize=1024)
def _day_of_minute(minute: int, zone: str) -> date:
    # Days begin on a whole minute everywhere, and every view asks for its day.
    local = pendulum.from_timestamp(minute * 60, tz=zone)
    return date(local.year, local.month, local.day)


def local(at: int, zone: str) -> datetime:
    """An instant by the clocks of a zone."""
    return pendulum.from_timestamp(at, tz=zone)


def local_text(at: int, zone: str, language: str = "zh") -> str:
    """An instant as people in a zone read it, to the minute."""
    return moment(local(at, zone), language)
