"""Pricing of schedules paid by the month: what each month's rules come to, worked out once a month
and kept, so that a quote only multiplies, rounds and compares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sstibet.editions import E, Edition, Found, NoEdition, Table
from sstibet.evidence import weakest
from sstibet.explanation import Operand, Rounded, RuleRead, Step
from sstibet.money import Money, Rate, Rounding
from sstibet.months import Month, Span
from sstibet.outcomes import Missing, Wrong, no_edition
from sstibet.premium.quote import Line, told
from sstibet.premium.rate import (
    BaseEdition,
    BaseTier,
    FixedAmount,
    Late,
    OfBase,
    Part,
    PartOfBase,
    PartOfPremium,
    PartOnTop,
    RateSchedule,
    TierEdition,
)
from sstibet.problems import closest

Steps = list[Step] | None


@dataclass(frozen=True, slots=True)
class Cell:
    """The rules of one month: its editions, its bounds in fen, and the tables carried on."""

    asked: date
    rate: OfBase | FixedAmount
    base: BaseEdition | None
    tier: TierEdition | None
    floor: int
    ceiling: int
    carried: tuple[str, ...]
    shares: tuple[Rate | None, ...]
    start: str
    rests_on: str
    tier_rests_on: str

    @property
    def needs_base(self) -> bool:
        """Whether the month's premium hangs on a base at all."""
        return isinstance(self.rate, OfBase)

    def premium(self, base: int) -> int:
        """The whole premium in fen for a base in fen, without what comes on top."""
        if isinstance(self.rate, FixedAmount):
            return self.rate.amount.fen
        share, how = self.rate.rate, self.rate.rounding.premium.rounding
        return int(how.round(base * share.numerator, share.denominator))

    def amounts(self, base: int, steps: Steps = None) -> list[int]:
        """Every part's amount in fen, in the order of the parts."""
        premium = self.premium(base)
        if steps is not None and isinstance(self.rate, OfBase):
            share, how = self.rate.rate, self.rate.rounding.premium.rounding
            steps.append(Operand("rate", share))
            _tell(steps, "premium", base * share.numerator, share.denominator, how, premium)
        rounding = self.rate.rounding.parts.rounding
        made, rest = list[int](), premium
        for part in self.rate.parts:
            fen = _part(part, base, premium, rounding, steps)
            if not isinstance(part, PartOnTop):
                fen = rest if fen is None else fen
                rest -= fen
            made.append(fen or 0)
        return made

    def due(self, base: int) -> int:
        """What the person pays for the month, in fen."""
        parts = self.rate.parts
        if all(part.payer == "person" for part in parts):
            return self.premium(base) + sum(p.on_top.fen for p in parts if isinstance(p, PartOnTop))
        paid = zip(parts, self.amounts(base), strict=True)
        return sum(fen for part, fen in paid if part.payer == "person")

    def tier_base(self, tier: BaseTier, steps: Steps = None) -> int:
        """The base in fen that a tier stands for this month."""
        if tier.take == "floor":
            return self.floor
        if tier.take == "ceiling":
            return self.ceiling
        assert tier.share is not None, "checked when the tier was read"
        assert self.base is not None
        assert self.tier is not None
        exact = self.base.rounded_mean().fen * tier.share.numerator
        how = self.tier.rounding.rounding
        fen = int(how.round(exact, tier.share.denominator))
        if steps is not None:
            _tell(steps, "tier_base", exact, tier.share.denominator, how, fen)
        return fen


class RatePricer:
    """Prices one monthly schedule as it was known on a day (None: by all that the book holds)."""

    def __init__(self, scheme: str, schedule: RateSchedule, known_on: date | None) -> None:
        self.scheme, self.schedule, self.known_on = scheme, schedule, known_on
        self._cells: dict[tuple[date, bool], Cell | Wrong] = {}

    def cell(self, day: date) -> Cell | Wrong:
        """The rules looked up on a day: of a month by its first day, as the schedule says."""
        key = (day, self.known_on is not None)
        found = self._cells.get(key)
        if found is None:
            found = self._cells[key] = self._find_cell(day)
        return found

    def asked_on(self, month: Month, day: date) -> date:
        """The day on which a month's rules are looked up."""
        return month.first_day if self.schedule.at == "period_start" else day

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
        made = list[Line]()
        first = Month.of(day)
        for offset in range(1 if months is None else months):
            month = first.plus(offset)
            cell = self.cell(self.asked_on(month, day))
            if isinstance(cell, Wrong):
                return cell
            base = self._base(cell, month, given, steps, hold)
            if not isinstance(base, int):
                return self._all_missing(base, months)
            if months is not None:
                made.extend(self._lines_of(cell, month, base, given, steps))
        return tuple(made) if months is not None else Missing((self.schedule.asks.months,))

    def price(self, day: date, given: Mapping[str, Any]) -> Money | Missing | Wrong:
        """What the person pays for all the months, without the lines."""
        months = given.get(self.schedule.asks.months)
        if months is None:
            return Missing((self.schedule.asks.months,))
        first, due = Month.of(day), 0
        for offset in range(months):
            month = first.plus(offset)
            cell = self.cell(self.asked_on(month, day))
            if isinstance(cell, Wrong):
                return cell
            base = self._base(cell, month, given, None, False)
            if not isinstance(base, int):
                return base
            due += cell.due(base)
        return Money(due)

    def provisional(self, day: date, months: int) -> tuple[str, ...]:
        """The tables of which an edition was carried on in any of the months."""
        first = Month.of(day)
        cells = [self.cell(self.asked_on(first.plus(n), day)) for n in range(months)]
        return tuple(sorted({name for c in cells if isinstance(c, Cell) for name in c.carried}))

    def _all_missing(self, base: Missing | Wrong, months: int | None) -> Missing | Wrong:
        if isinstance(base, Wrong) or months is not None:
            return base
        return Missing((*base.facts, self.schedule.asks.months), instead=base.instead)

    def _base(
        self,
        cell: Cell,
        month: Month,
        given: Mapping[str, Any],
        steps: Steps,
        hold: bool,
    ) -> int | Missing | Wrong:
        """The month's base in fen; 0 where the month has a fixed amount."""
        if not cell.needs_base:
            return 0
        asks = self.schedule.asks
        base: Money | None = given.get(asks.base) if asks.base else None
        picked = given.get(asks.tier) if asks.tier else None
        if picked is not None:
            tier = _tier(cell, asks.tier or "", picked)
            if isinstance(tier, Wrong):
                return tier
            fen = cell.tier_base(tier, steps)
            if base is not None and base.fen != fen:
                values: dict[str, object] = {"tier": picked, "base": base, "of_tier": Money(fen)}
                return Wrong(asks.tier or "", "tier_and_base", {**values, "month": month})
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
        return self._outside(cell, month, base)

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
        self, cell: Cell, month: Month, base: int, given: Mapping[str, Any], steps: Steps
    ) -> list[Line]:
        by_tier = self.schedule.asks.tier in given
        if steps is not None:
            _tell_rules(cell, month, base, by_tier, steps)
        rests_on = cell.tier_rests_on if by_tier else cell.rests_on
        basis = Money(base) if cell.needs_base else None
        period, start = str(month), cell.start
        made = [
            Line(
                part.id,
                part.label,
                part.payer,
                period,
                None if isinstance(part, PartOnTop) else basis,
                share,
                Money(fen),
                False,
                part.where,
                start,
                rests_on,
            )
            for part, share, fen in zip(
                cell.rate.parts, cell.shares, cell.amounts(base, steps), strict=True
            )
        ]
        if steps is not None:
            steps.extend(told(made))
        return made

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
            tuple(_share(part, rate.edition) for part in rate.edition.parts),
            max(starts).isoformat(),
            weakest(kinds),
            weakest(tier_kinds),
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


def _part(part: Part, base: int, premium: int, rounding: Rounding, steps: Steps) -> int | None:
    """A part's amount in fen; None for the rest."""
    match part:
        case PartOnTop():
            return part.on_top.fen
        case PartOfBase():
            share, whole = part.of_base, base
        case PartOfPremium():
            share, whole = part.of_premium, premium
        case _:
            return None
    fen = int(rounding.round(whole * share.numerator, share.denominator))
    if steps is not None:
        steps.append(Operand("part_rate", share))
        _tell(steps, "part", whole * share.numerator, share.denominator, rounding, fen)
    return fen


def _share(part: Part, edition: OfBase | FixedAmount) -> Rate | None:
    """The rate of the base that a part comes to, where it is one."""
    if isinstance(part, PartOfBase):
        return part.of_base
    if isinstance(part, (PartOnTop, PartOfPremium)) or isinstance(edition, FixedAmount):
        return None
    others = [each for each in edition.parts if not isinstance(each, PartOnTop) and each != part]
    if not all(isinstance(each, PartOfBase) for each in others):
        return None
    rest = edition.rate
    for each in others:
        assert isinstance(each, PartOfBase)
        rest = rest.less(each.of_base)
    return rest


def _tier(cell: Cell, fact: str, picked: str) -> BaseTier | Wrong:
    if cell.tier is None:
        return Wrong(fact, "no_tiers", {"day": cell.asked})
    ids = [tier.id for tier in cell.tier.picks]
    for tier in cell.tier.picks:
        if tier.id == picked:
            return tier
    values: dict[str, object] = {"tier": picked, "tiers": ids, "near": closest(picked, ids) or "—"}
    return Wrong(fact, "not_a_tier", values)


def _tell_rules(cell: Cell, month: Month, base: int, by_tier: bool, steps: list[Step]) -> None:
    """The rules that a month read, its bounds, and its base."""
    steps.append(Operand("month", month))
    editions: list[tuple[str, Edition | None]] = [("rates", cell.rate), ("bases", cell.base)]
    if by_tier:
        editions.append(("tiers", cell.tier))
    for name, edition in editions:
        if edition is not None:
            steps.append(RuleRead.of(name, edition, cell.asked, name in cell.carried))
    if cell.base is not None:
        cell.base.bounds_in_money(steps)
        steps.append(Operand("base", Money(base)))


def _tell(
    steps: list[Step], name: str, numerator: int, denominator: int, how: Rounding, fen: int
) -> None:
    steps.append(Rounded(name, numerator, denominator, how, Money(fen)))
