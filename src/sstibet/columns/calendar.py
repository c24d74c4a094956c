"""Days, months and stretches of time by number, and the tables that lead from one to another."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

import numpy as np

from sstibet.columns.cells import EPOCH, Numbers
from sstibet.editions import Edition, Stretch, Table
from sstibet.evidence import Evidence
from sstibet.months import Month
from sstibet.premium.pick import PickSchedule
from sstibet.premium.rate import RateSchedule

# The days that tables of the calendar are kept for. A row outside of them is priced by itself.
FIRST_YEAR, END_YEAR = 1800, 2300
FIRST, END = date(FIRST_YEAR, 1, 1), date(END_YEAR, 1, 1)
FIRST_DAY, END_DAY = FIRST.toordinal() - EPOCH, END.toordinal() - EPOCH
FIRST_MONTH, END_MONTH = Month.of(FIRST).index, Month.of(END).index


@lru_cache(maxsize=1)
def month_of_day() -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Every day's month, counted from ``FIRST_MONTH``; the first place is ``FIRST_DAY``."""
    days = np.arange(FIRST_DAY, END_DAY).astype("datetime64[D]")
    months = days.astype("datetime64[M]").astype(np.int64) + 1970 * 12 - FIRST_MONTH
    return months.astype(np.int32)


def tables(schedule: RateSchedule | PickSchedule) -> list[Table[Edition]]:
    """All tables of a schedule."""
    monthly = isinstance(schedule, RateSchedule)
    names = ("rates", "bases", "tiers") if monthly else ("tiers", "relief")
    return [table for name in names if (table := getattr(schedule, name)) is not None]


def turns(schedule: RateSchedule | PickSchedule) -> list[date]:
    """The days on which any of a schedule's rules begins or ends, sorted: between two of them, a
    look-up finds the same rules on every day."""
    found = set[date | None]()
    for table in tables(schedule):
        stretches: tuple[Stretch | Edition, ...] = (table.covers, *table.editions, *table.unknown)
        for stretch in stretches:
            found |= {stretch.from_, stretch.until}
    late = getattr(schedule, "late", None)
    if late is not None:
        found |= {late.from_, late.until}
    return sorted(day for day in found if day is not None and FIRST < day < END)


def publications(schedule: RateSchedule | PickSchedule) -> set[date]:
    """The days since which something of a schedule has been public: between two of them, whoever
    asks what was known finds the same."""
    found = set[date]()
    for table in tables(schedule):
        for edition in table.editions:
            evidence: Evidence = edition.evidence
            found |= {day for day in (edition.published, evidence.seen) if day is not None}
    return found


def stretch_of(turns: Iterable[int], first: int, end: int) -> Numbers:
    """For every number from ``first`` up to ``end``, how many of the turns lie at or before it."""
    return np.searchsorted(np.array(list(turns), np.int64), np.arange(first, end), side="right")
