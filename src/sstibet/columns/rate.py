"""The monthly schedules for many rows at once.

The pricer's own months (`sstibet.premium.monthly.Cell`) are laid out as arrays by stretch of time
within which the rules stay the same: bounds, named bases, evidence. A row takes as many months at
once as lie in one stretch, each counted for what a single month comes to; only a row that goes on
into the next stretch is looked at again. What is wrong with a row is told in the pricer's own
words, as it gave them when asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from sstibet.columns import calendar
from sstibet.columns.cells import EPOCH, LARGEST, Cells, Mask, Numbers
from sstibet.columns.outcomes import MOST_FEN, Priced, Vocabulary
from sstibet.evidence import KINDS
from sstibet.money import Money
from sstibet.months import Month
from sstibet.outcomes import Missing, Wrong
from sstibet.premium.cell import Cell
from sstibet.premium.monthly import RatePricer
from sstibet.premium.rate import OfBase, PartOfBase, PartOfPremium, PartOnTop

MOST_MONTHS = 4096  # a row of more is priced by itself
_ENDLESS = 10**6  # months: further than any row goes
_NO_BASE = -LARGEST


@dataclass(slots=True)
class _Stretches:
    """What the pricer says of each stretch of time, one place for each. Where there is no rule,
    ``code`` says why, and the bounds are such that any base is outside of them."""

    code: Numbers
    field: Numbers
    floor: Numbers
    ceiling: Numbers
    rate: Numbers  # which of the kernel's rates
    evidence: Numbers
    tier_evidence: Numbers
    needs_base: Mask
    odd: Mask  # its amounts could leave int64
    tier_base: Numbers  # stretch x tier
    tier_code: Numbers

    @classmethod
    def empty(cls, count: int, tiers: int) -> _Stretches:
        numbers: list[Any] = [np.zeros(count, np.int64) for _ in range(7)]
        masks: list[Any] = [np.zeros(count, np.bool_) for _ in range(2)]
        by_tier: list[Any] = [np.zeros((count, tiers), np.int64) for _ in range(2)]
        return cls(*numbers, *masks, *by_tier)


@dataclass(slots=True)
class _Rows:
    """Some rows of a batch on their way through time; ``at`` are their places (None: all)."""

    at: Numbers | None
    month: Numbers
    left: Numbers
    base: Numbers
    tier: Numbers | None
    days: Numbers

    def some(self, rows: Numbers, done: Numbers) -> _Rows:
        """Those of the rows that go on, after the months done."""
        return _Rows(
            rows if self.at is None else self.at[rows],
            self.month[rows] + done[rows],
            self.left[rows] - done[rows],
            self.base[rows],
            None if self.tier is None else self.tier[rows],
            self.days[rows],
        )


class RateKernel:
    """Prices rows of one monthly scheme as it was known on one day. ``tiers`` numbers the ids of
    the named bases from 1 on."""

    def __init__(
        self, pricer: RatePricer, tiers: Mapping[str, int], vocabulary: Vocabulary
    ) -> None:
        self._pricer, self._asks, self._words = pricer, pricer.schedule.asks, vocabulary
        self._by_month = pricer.schedule.at == "period_start"
        turns = calendar.turns(pricer.schedule)
        if self._by_month:
            # A month is looked up on its first day: a turn within a month counts from the next.
            starts = sorted({Month.of(day).index + (day.day > 1) for day in turns})
            asked = [(month, Month(month).first_day) for month in (calendar.FIRST_MONTH, *starts)]
            self._end = np.array([*starts, _ENDLESS], np.int64) - calendar.FIRST_MONTH
            self._stretch = calendar.stretch_of(starts, calendar.FIRST_MONTH, calendar.END_MONTH)
        else:
            days = [day.toordinal() - EPOCH for day in turns]
            asked = [(Month.of(day).index, day) for day in (calendar.FIRST, *turns)]
            self._end = np.full(len(asked), _ENDLESS, np.int64)
            self._stretch = calendar.stretch_of(days, calendar.FIRST_DAY, calendar.END_DAY)
        self._told = _Told()
        self._tier_field = vocabulary.fields.number(self._asks.tier or "")
        self._rates: list[Cell] = []
        self._at = _Stretches.empty(len(asked), len(tiers) + 1)
        for place, (month, day) in enumerate(asked):
            self._lay_out(place, month, day, tiers)
        self._any_odd = bool(self._at.odd.any())

    def price(self, days: Numbers, facts: Mapping[str, Cells]) -> Priced:
        """What each row comes to. ``days`` are those asked about, since 1970."""
        count = len(days)
        priced = Priced.of(count)
        since = days - calendar.FIRST_DAY
        month = np.take(calendar.month_of_day(), since, mode="clip").astype(np.int64)
        months = facts.get(self._asks.months)
        left = _numbers(months, 1, count)
        if left.min() < 1 or left.max() > MOST_MONTHS:
            priced.leave((left < 1) | (left > MOST_MONTHS))
            left = left.clip(1, MOST_MONTHS)
        base = _numbers(facts.get(self._asks.base or ""), _NO_BASE, count)
        tier = facts.get(self._asks.tier or "")
        rows = _Rows(None, month, left, base, None if tier is None else tier.numbers, since)
        while True:
            stretch = np.take(
                self._stretch, rows.month if self._by_month else rows.days, mode="clip"
            )
            room = self._end[stretch] - rows.month
            further = np.flatnonzero(room < rows.left)
            done = np.minimum(room, rows.left) if len(further) else rows.left
            self._add(priced, rows, stretch, done)
            if not len(further):
                break
            rows = rows.some(further, done)
        if months is None or months.given is not None:
            self._without_months(priced, None if months is None else months.given)
        return priced

    def _add(self, priced: Priced, rows: _Rows, stretch: Numbers, done: Numbers) -> None:
        """Add what the months ``done`` in one stretch come to."""
        at, base = self._at, rows.base
        outside = (base < at.floor[stretch]) | (base > at.ceiling[stretch])
        evidence = at.evidence[stretch]
        if rows.tier is not None:
            picked, of_tier = rows.tier > 0, at.tier_base[stretch, rows.tier]
            clash = (base != _NO_BASE) & (base != of_tier) & at.needs_base[stretch]
            wrong = at.tier_code[stretch, rows.tier] > 0
            outside = np.where(picked, wrong | clash, outside)
            evidence = np.where(picked, at.tier_evidence[stretch], evidence)
            base = np.where(picked, of_tier, base)
        if outside.any():
            self._refuse(priced, rows, stretch, np.flatnonzero(outside))
        if self._any_odd:
            odd = np.zeros(len(priced.due), np.bool_)
            odd[slice(None) if rows.at is None else rows.at] = at.odd[stretch]
            priced.leave(odd)
        priced.rests_on(rows.at, evidence)
        for rate, some in self._by_rate(stretch):
            where, months = rows.at, done
            if some is not None:
                where = some if rows.at is None else rows.at[some]
                base_here, months = base[some], done[some]
            else:
                base_here = base
            # A fixed amount asks for no base, and is the same for all.
            amounts = rate.amounts(base_here if rate.needs_base else 0)
            for part, fen in zip(rate.rate.parts, amounts, strict=True):
                priced.add(where, part.payer, part.id, fen * months)

    def _by_rate(self, stretch: Numbers) -> list[tuple[Cell, Numbers | None]]:
        """The rates of some rows, each with its rows (None: all)."""
        if len(self._rates) == 1:
            return [(self._rates[0], None)]
        which = self._at.rate[stretch]
        if len(which) and which.min() == which.max():
            return [(self._rates[int(which[0])], None)] if self._rates else []
        return [(self._rates[int(n)], np.flatnonzero(which == n)) for n in np.unique(which)]

    def _refuse(self, priced: Priced, rows: _Rows, stretch: Numbers, bad: Numbers) -> None:
        """Tell of each bad row what is wrong, unless an earlier month has told already."""
        at, told = self._at, self._told
        stretch, base = stretch[bad], rows.base[bad]
        code, field = at.code[stretch], at.field[stretch]
        rule = code > 0
        if rows.tier is not None:
            tier = rows.tier[bad]
            by_tier = at.tier_code[stretch, tier]
            picked = ~rule & (tier > 0)
            code = np.where(picked, np.where(by_tier > 0, by_tier, told.clash[0]), code)
            field = np.where(picked, self._tier_field, field)
            rule |= picked
        for test, (its_code, its_field) in (
            (base == _NO_BASE, told.missing),
            (base < at.floor[stretch], told.below),
            (base > at.ceiling[stretch], told.above),
        ):
            here = test & ~rule
            code, field = np.where(here, its_code, code), np.where(here, its_field, field)
            rule = rule | here
        places = bad if rows.at is None else rows.at[bad]
        fresh = priced.code[places] == 0
        priced.code[places[fresh]] = code[fresh]
        priced.field[places[fresh]] = field[fresh]

    def _without_months(self, priced: Priced, given: Mask | None) -> None:
        """Rows without a number of months: what is wrong goes before what is missing."""
        unsaid = np.ones(len(priced.due), np.bool_) if given is None else ~given
        told = self._told
        no_base = unsaid & (priced.code == told.missing[0]) & (priced.code > 0)
        no_months = unsaid & (priced.code == 0)
        priced.code[no_base], priced.field[no_base] = told.missing_all
        only_months = self._words.answer(Missing((self._asks.months,)))
        priced.code[no_months], priced.field[no_months] = only_months

    def _lay_out(self, place: int, month: int, day: date, tiers: Mapping[str, int]) -> None:
        """Ask the pricer what holds in one stretch."""
        at, cell = self._at, self._pricer.cell(month, day)
        if isinstance(cell, Wrong):
            at.code[place], at.field[place] = self._words.answer(cell)
            at.tier_code[place, :] = at.code[place]
            at.floor[place], at.ceiling[place], at.needs_base[place] = 1, 0, True
            return
        at.rate[place] = self._number_of(cell)
        at.evidence[place] = KINDS.index(cell.rests_on)
        at.tier_evidence[place] = KINDS.index(cell.tier_rests_on)
        at.needs_base[place] = cell.needs_base
        if not cell.needs_base:
            at.floor[place], at.ceiling[place] = -(2**63), 2**63 - 1
            at.odd[place] = not _fits(cell, 0)
            return
        at.floor[place] = min(cell.floor, LARGEST)
        at.ceiling[place] = min(cell.ceiling, LARGEST - 1)
        largest = max(cell.ceiling, -cell.floor)
        for name, number in tiers.items():
            found = self._pricer.base(cell, month, {self._asks.tier or "": name})
            if isinstance(found, int):
                at.tier_base[place, number] = min(found, LARGEST)
                largest = max(largest, found)
            else:
                assert isinstance(found, Wrong), "a tier that is given is never missing"
                at.tier_code[place, number] = self._words.answer(found)[0]
        at.odd[place] = not _fits(cell, largest)
        self._learn(cell, month, day, tiers)

    def _number_of(self, cell: Cell) -> int:
        """Which of the rates a cell has: amounts hang on nothing else but the base."""
        for number, other in enumerate(self._rates):
            if other.rate is cell.rate:
                return number
        self._rates.append(cell)
        return len(self._rates) - 1

    def _learn(self, cell: Cell, month: int, day: date, tiers: Mapping[str, int]) -> None:
        """Have the pricer say once what it says of a base that is outside, or missing."""
        if self._told.known and (self._told.clash[0] or not tiers):
            return
        told, asks, words = self._told, self._asks, self._words
        pricer, base, tier = self._pricer, asks.base or "", asks.tier or ""
        told.known = True
        told.below = _said(words, pricer.base(cell, month, {base: Money(cell.floor - 1)}))
        told.above = _said(words, pricer.base(cell, month, {base: Money(cell.ceiling + 1)}))
        told.missing = _said(words, pricer.base(cell, month, {}))
        told.missing_all = _said(words, pricer.lines(day, {}))
        for name in tiers:
            found = pricer.base(cell, month, {tier: name})
            if isinstance(found, int):
                both: dict[str, object] = {tier: name, base: Money(found + 1)}
                told.clash = _said(words, pricer.base(cell, month, both))
                break


@dataclass(slots=True)
class _Told:
    """What the pricer said, each a code and a field: of a base below and above the bounds, of a
    missing one, of a missing one and no months, and of a base that isn't its tier's."""

    known: bool = False
    below: tuple[int, int] = (0, 0)
    above: tuple[int, int] = (0, 0)
    missing: tuple[int, int] = (0, 0)
    missing_all: tuple[int, int] = (0, 0)
    clash: tuple[int, int] = (0, 0)


def _said(words: Vocabulary, answer: object) -> tuple[int, int]:
    assert isinstance(answer, (Missing, Wrong)), "asked for what has no price"
    return words.answer(answer)


def _numbers(cells: Cells | None, absent: int, count: int) -> Numbers:
    """The numbers of a column, ``absent`` where none is given."""
    if cells is None:
        return np.full(count, absent, np.int64)
    return cells.numbers if cells.given is None else np.where(cells.given, cells.numbers, absent)


def _fits(cell: Cell, largest: int) -> bool:
    """Whether everything worked out from bases up to ``largest`` stays inside int64, and the sum
    of the most months inside of what comes out."""
    if cell.floor < 0:
        return False
    premium = abs(cell.premium(largest))
    products, sums = [premium], premium
    if isinstance(cell.rate, OfBase):
        products.append(largest * cell.rate.rate.numerator)
        products.append(cell.rate.rate.denominator * cell.rounding.to)
    for part in cell.rate.parts:
        if isinstance(part, PartOnTop):
            sums += abs(part.on_top.fen)
        elif isinstance(part, (PartOfBase, PartOfPremium)):
            of_base = isinstance(part, PartOfBase)
            share = part.of_base if isinstance(part, PartOfBase) else part.of_premium
            products.append((largest if of_base else premium) * share.numerator)
            products.append(share.denominator * cell.part_rounding.to)
            sums += cell.part_rounding.round(products[-2], share.denominator)
    # Twice, as the part that is the rest can be as large as all the others.
    return bool(max(products) < LARGEST and 2 * sums * MOST_MONTHS <= MOST_FEN)
