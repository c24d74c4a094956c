"""Pricing of schedules paid by the month: what each month's rules come to, worked out once a month
and kept, so that a quote only multiplies, rounds and compares."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from sstibet.editions import E, Found, NoEdition, Table
from sstibet.evidence import weakest
from sstibet.explanation import Operand
from sstibet.money import Money
from sstibet.months import Month, Span
from sstibet.outcomes import Missing, Wrong, no_edition
from sstibet.premium.cell import Cell, Steps, paid_on_top, paid_parts, picked_tier, share_of
from sstibet.premium.quote import Line, told
from sstibet.premium.rate import (
    Late,
    OfBase,
    PartOnTop,
    RateSchedule,
)

_LAST_MONTH = Month.of(date.max).index


class RatePricer:
    """Prices one monthly schedule as it was known on a day (None: by all that the book holds)."""

    def __init__(self, scheme: str, schedule: RateSchedule, known_on: date | None) -> None:
        self.scheme, self.schedule, self.known_on = scheme, schedule, known_on
        self._months = schedule.asks.months
        # By the month's index where months have rules of their own, else by the day asked about.
        self._by_month = schedule.at == "period_start"
        self._cells: dict[int | date, Cell | Wrong] = {}

    def cell(self, month: int, day: date) -> Cell | Wrong:
        """The rules of a month (by its index, see `Month`) when ``day`` is the day asked about."""
        key = month if self._by_month else day
        found = self._cells.get(key)
        if found is None:
            asked = Month(month).first_day if self._by_month else day
            found = self._cells[key] = self._find_cell(asked)
        return found

    def lines(
        self,
        day: date,
        given: Mapping[str, Any],
        steps: Steps = None,
        hold: bool = False,
    ) -> tuple[Line, ...] | Missing | Wrong:
        """A line for every part of every month from the month of ``day`` on.

        ``hold`` holds a base outside a month's bounds within them, where the schedule's rule for
        late announcements says so; without it such a base is wrong.
        """
        months = given.get(self.schedule.asks.months)
        made: list[Line] = []
        first = day.year * 12 + day.month - 1
        if months is not None and first + months - 1 > _LAST_MONTH:
            return Wrong("on", "calendar_end")
        by_tier = self.schedule.asks.tier in given
        last: Cell | None = None
        base = 0
        paid: list[Money] = []
        for index in range(first, first + (1 if months is None else months)):
            cell = self.cell(index, day)
            if isinstance(cell, Wrong):
                return cell
            # A month under the same rules as the one before comes to the same; told, it is worked
            # out again, so that every month's steps are there.
            if steps is not None or last is None or not cell.same_rules(last):
                found = self.base(cell, index, given, steps, hold)
                if not isinstance(found, int):
                    return self._all_missing(found, months)
                base, last = found, cell
                paid = paid_parts(cell, Month(index), base, by_tier, steps)
            lines = self._lines_of(cell, _period(index), base, paid, by_tier)
            if steps is not None:
                steps.extend(told(lines))
            made.extend(lines)
        return tuple(made) if months is not None else Missing((self.schedule.asks.months,))

    def price(self, day: date, given: Mapping[str, Any]) -> Money | Missing | Wrong:
        """What the person pays for all the months, without the lines."""
        months = given.get(self._months)
        if months is None:
            lines = self.lines(day, given)
            assert not isinstance(lines, tuple), "without months there is nothing to price"
            return lines
        first, due, month_due = day.year * 12 + day.month - 1, 0, 0
        if first + months - 1 > _LAST_MONTH:
            return Wrong("on", "calendar_end")
        last: Cell | None = None
        for index in range(first, first + months):
            cell = self.cell(index, day)
            if isinstance(cell, Wrong):
                return cell
            if last is None or not cell.same_rules(last):
                base = self.base(cell, index, given)
                if not isinstance(base, int):
                    return base
                last, month_due = cell, cell.due(base)
            due += month_due
        return Money(due)

    def provisional(self, day: date, months: int) -> tuple[str, ...]:
        """The tables of which an edition was carried on in any of the months."""
        first = Month.of(day).index
        cells = [self.cell(first + n, day) for n in range(months)]
        return tuple(sorted({name for c in cells if isinstance(c, Cell) for name in c.carried}))

    def _all_missing(self, base: Missing | Wrong, months: int | None) -> Missing | Wrong:
        if isinstance(base, Wrong) or months is not None:
            return base
        return Missing((*base.facts, self.schedule.asks.months), instead=base.instead)

    def base(
        self,
        cell: Cell,
        month: int,
        given: Mapping[str, Any],
        steps: Steps = None,
        hold: bool = False,
    ) -> int | Missing | Wrong:
        """The month's base in fen; 0 where the month has a fixed amount."""
        if not cell.needs_base:
            return 0
        asks = self.schedule.asks
        base: Money | None = given.get(asks.base) if asks.base else None
        picked = given.get(asks.tier) if asks.tier else None
        if picked is not None:
            tier = picked_tier(cell, asks.tier or "", picked)
            if isinstance(tier, Wrong):
                return tier
            fen = cell.tier_base(tier, steps)
            if base is not None and base.fen != fen:
                values: dict[str, object] = {"tier": picked, "base": base, "of_tier": Money(fen)}
                return Wrong(asks.tier or "", "tier_and_base", {**values, "month": Month(month)})
            return fen
        if base is None:
            instead: dict[str, tuple[str, ...]] = (
                {asks.base or "": (asks.tier,)} if asks.tier else {}
            )
            return Missing((asks.base or "",), instead=instead)
        if cell.floor <= base.fen <= cell.ceiling:
            return base.fen
        late = self._late(cell.asked)
        if hold and late is not None and late.outside_new_bounds == "hold_within":
            held = min(max(base.fen, cell.floor), cell.ceiling)
            if steps is not None:
                steps.append(Operand("base_held", Money(held)))
            return held
        return self._outside(cell, Month(month), base)

    def _outside(self, cell: Cell, month: Month, base: Money) -> Wrong:
        values: dict[str, object] = {
            "base": base,
            "floor": Money(cell.floor),
            "ceiling": Money(cell.ceiling),
            "month": month,
            "rule": cell.base.where if cell.base else "",
        }
        code = "below_floor" if base.fen < cell.floor else "above_ceiling"
        return Wrong(self.schedule.asks.base or "", code, values)

    def _lines_of(
        self, cell: Cell, period: str, base: int, paid: list[Money], by_tier: bool
    ) -> list[Line]:
        rests_on = cell.tier_rests_on if by_tier else cell.rests_on
        basis, start = Money(base) if cell.needs_base else None, cell.start
        return [
            Line(
                part.id,
                part.label,
                part.payer,
                period,
                None if isinstance(part, PartOnTop) else basis,
                share,
                amount,
                False,
                part.where,
                start,
                rests_on,
            )
            for part, share, amount in zip(cell.rate.parts, cell.shares, paid, strict=True)
        ]

    def _find_cell(self, asked: date) -> Cell | Wrong:
        """Look the day up in every table and work out what doesn't hang on the payer."""
        schedule = self.schedule
        rate = self._found(schedule.rates, "rates", asked)
        if isinstance(rate, Wrong):
            return rate
        base = tier = None
        floor = ceiling = 0
        if isinstance(rate.edition, OfBase) and schedule.bases is not None:
            found = self._found(schedule.bases, "bases", asked)
            if isinstance(found, Wrong):
                return found
            base = found
            floor, ceiling = (bound.fen for bound in found.edition.bounds_in_money())
            if schedule.tiers is not None:
                at = schedule.tiers.as_known(asked, self.known_on, carry_on=False)
                tier = None if isinstance(at, NoEdition) else at.edition
        kinds = [rate.edition.evidence.kind]
        if base is not None:
            kinds.append(base.edition.evidence.kind)
            if base.edition.bounds.evidence is not None:
                kinds.append(base.edition.bounds.evidence.kind)
            if base.carried is not None and schedule.late is not None:
                kinds.append(schedule.late.evidence.kind)
        tier_kinds = [*kinds, *([tier.evidence.kind] if tier else [])]
        starts = [rate.edition.from_, *([base.edition.from_] if base else [])]
        return Cell(
            asked,
            rate.edition,
            base.edition if base else None,
            tier,
            floor,
            ceiling,
            ("bases",) if base is not None and base.carried is not None else (),
            tuple(share_of(part, rate.edition) for part in rate.edition.parts),
            max(starts).isoformat(),
            weakest(kinds),
            weakest(tier_kinds),
            isinstance(rate.edition, OfBase),
            paid_on_top(rate.edition.parts),
            rate.edition.rounding.premium.rounding,
            rate.edition.rounding.parts.rounding,
        )

    def _late(self, asked: date) -> Late | None:
        """The rule for late announcements, where it is in force on the day looked up."""
        late = self.schedule.late
        return late if late is not None and asked in Span(late.from_, late.until) else None

    def _found(self, table: Table[E], name: str, asked: date) -> Found[E] | Wrong:
        """A table's edition; only the bases are ever announced late and carried on."""
        late = self._late(asked) if name == "bases" else None
        carry_on = late is not None and late.until_published == "carry_on"
        found = table.as_known(asked, self.known_on, carry_on)
        return no_edition("on", name, found) if isinstance(found, NoEdition) else found


@lru_cache(maxsize=4096)
def _period(month: int) -> str:
    """A month's name by its index. Kept, as every line of every quote bears one."""
    return str(Month(month))
