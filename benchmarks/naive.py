"""The yardsticks: the flexible pension's premium as somebody would write it by hand.

`naive` is one person in `Decimal`, `kernel` a whole table in numpy int64. Both do the same job as
the library does from the book (text or columns in; edition by date; bounds; 20 %, 8 %, the rest),
with the numbers written into the program.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

FEN = Decimal("0.01")
RATE, ACCOUNT = Decimal("0.20"), Decimal("0.08")


@dataclass(frozen=True)
class Editions:
    """The bounds of the base: from each of the days on, floor and ceiling in yuan."""

    starts: list[date]
    bounds: list[tuple[Decimal, Decimal]]
    end: date


def naive(editions: Editions, day: date, facts: dict[str, Any]) -> dict[str, Any]:
    """What one person pays for some months, each by its own edition."""
    base, months = Decimal(facts["base"]), int(facts["months"])
    parts = {"account": Decimal(0), "pooled": Decimal(0)}
    due = Decimal(0)
    year, month = day.year, day.month
    for _ in range(months):
        start = date(year, month, 1)
        at = bisect_right(editions.starts, start) - 1
        if at < 0 or start >= editions.end:
            return {"wrong": "on", "code": "no_edition"}
        floor, ceiling = editions.bounds[at]
        if base < floor:
            return {"wrong": "base", "code": "below_floor"}
        if base > ceiling:
            return {"wrong": "base", "code": "above_ceiling"}
        premium = (base * RATE).quantize(FEN, ROUND_HALF_UP)
        account = (base * ACCOUNT).quantize(FEN, ROUND_HALF_UP)
        parts["account"] += account
        parts["pooled"] += premium - account
        due += premium
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return {"due": due, "parts": parts}


def kernel(editions: Editions, on: Any, base: Any, months: Any) -> dict[str, Any]:
    """What many people pay: ``on`` in days since 1970, ``base`` in fen, ``months`` each.

    One pass for each month that any row still has, over the rows that have it; codes 1 no edition,
    2 below the floor, 3 above the ceiling.
    """
    import numpy as np

    starts = np.array([(day.year - 1970) * 12 + day.month - 1 for day in editions.starts])
    end = (editions.end.year - 1970) * 12 + editions.end.month - 1
    floors = np.array([int(floor * 100) for floor, _ in editions.bounds])
    ceilings = np.array([int(ceiling * 100) for _, ceiling in editions.bounds])
    of_month = np.searchsorted(starts, np.arange(end), side="right") - 1
    first = on.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    count = len(on)
    due, account = np.zeros(count, np.int64), np.zeros(count, np.int64)
    code = np.zeros(count, np.int8)
    premium = (base * 20 + 50) // 100
    of_account = (base * 8 + 50) // 100
    rows = None
    for offset in range(int(months.max())):
        if offset:
            rows = np.flatnonzero(months > offset)
        month = (first if rows is None else first[rows]) + offset
        some = base if rows is None else base[rows]
        at = of_month[np.clip(month, 0, end - 1)]
        none = (at < 0) | (month >= end)
        outside = np.where(some < floors[at], 2, np.where(some > ceilings[at], 3, 0))
        wrong = np.where(none, 1, outside)
        if rows is None:
            due += premium
            account += of_account
            code = wrong.astype(np.int8)
        else:
            due[rows] += premium[rows]
            account[rows] += of_account[rows]
            code[rows] = np.where(code[rows] == 0, wrong, code[rows])
    return {"due": due, "account": account, "pooled": due - account, "code": code}
