"""The job that is measured: the flexible pension from the shipped book, and the same by hand.

Before anything is timed, both must answer the same; a yardstick that does another job is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

import sstibet
from benchmarks.naive import Editions, kernel, naive
from sstibet.premium.rate import RateSchedule

SCHEME = "flexible_pension"
_EPOCH = date(1970, 1, 1)
_CODES = {None: 0, "no_edition_before": 1, "no_edition_after": 1, "no_edition_unknown": 1}
_CODES |= {"below_floor": 2, "above_ceiling": 3}


def editions(book: sstibet.Rulebook) -> Editions:
    """The shipped bounds as somebody would have typed them into a program, for the years in which
    the premium is 20 % of the base."""
    schedule = book.contents.schedule(SCHEME)
    assert isinstance(schedule, RateSchedule)
    assert schedule.bases is not None
    since = schedule.rates.covers.from_
    listed = [each for each in schedule.bases.editions if each.from_ >= since]
    bounds = [each.bounds_in_money() for each in listed]
    end = listed[-1].until or date(2100, 1, 1)
    starts = [each.from_ for each in listed]
    return Editions(starts, [(low.decimal, high.decimal) for low, high in bounds], end)


@dataclass(frozen=True)
class Rows:
    """Many questions: as a table of ours, and as the arrays that a kernel takes."""

    table: pa.Table
    on: Any
    base: Any
    months: Any


def rows(by_hand: Editions, count: int, seed: int = 54) -> Rows:
    """Questions on mixed days of all editions, 1 to 12 months each, a few outside the bounds."""
    chance = np.random.default_rng(seed)
    first, last = by_hand.starts[0], by_hand.end
    on = chance.integers((first - _EPOCH).days, (last - _EPOCH).days, count).astype(np.int32)
    starts = np.array([(day - _EPOCH).days for day in by_hand.starts])
    at = np.searchsorted(starts, on, side="right") - 1
    low, high = (np.array([int(each[n] * 100) for each in by_hand.bounds])[at] for n in (0, 1))
    # From 1 % of the way below the floor to the ceiling: a later year's floor is higher, too.
    base = (low + (high - low) * chance.uniform(-0.01, 1, count)).astype(np.int64)
    months = chance.integers(1, 13, count).astype(np.int32)
    words = np.zeros((count, 2), np.int64)
    words[:, 0] = base
    buffers = [None, pa.py_buffer(words)]
    decimals = pa.Array.from_buffers(pa.decimal128(18, 2), count, buffers)
    days = pa.array(on).cast(pa.date32())
    return Rows(pa.table({"on": days, "base": decimals, "months": months}), on, base, months)


def check_scalar(book: sstibet.Rulebook, by_hand: Editions) -> int:
    """Assert that single quotes and the naive function agree; how many were compared."""
    asked = rows(by_hand, 400).table.to_pylist()
    for row in asked:
        day, facts = row["on"], {"base": str(row["base"]), "months": str(row["months"])}
        mine = book.on(day).quote(SCHEME, facts)
        price = book.on(day).price(SCHEME, facts)
        other = naive(by_hand, day, facts)
        if isinstance(mine, sstibet.Quote):
            assert mine.due.decimal == other["due"], row
            assert price == mine.due, row
            parts = {part: mine.part(part).decimal for part in other["parts"]}
            assert parts == other["parts"], row
        else:
            assert isinstance(mine, sstibet.Wrong), row
            assert isinstance(price, sstibet.Wrong), row
            assert mine.field == price.field == other["wrong"], row
    return len(asked)


def check_table(book: sstibet.Rulebook, by_hand: Editions, count: int) -> Rows:
    """Assert that the table and the kernel agree to the fen, row by row; the rows."""
    asked = rows(by_hand, count)
    quoted = book.quote_table(asked.table, SCHEME)
    other = kernel(by_hand, asked.on, asked.base, asked.months)
    codes = np.array([_CODES[code] for code in quoted["code"].to_pylist()])
    assert (codes == other["code"]).all()
    fine = codes == 0
    assert fine.any() and not fine.all()  # noqa: PT018 - one claim: some of each
    for mine, theirs in (("due", "due"), ("part_account", "account"), ("part_pooled", "pooled")):
        fen = np.array([_fen(each) for each in quoted[mine].to_pylist()])
        assert (fen[fine] == other[theirs][fine]).all(), mine
    return asked


def _fen(amount: Decimal | None) -> int:
    return 0 if amount is None else int(amount * 100)
