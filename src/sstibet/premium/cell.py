"""The rules of one month and what they come to: premium, parts, bases of tiers, told on demand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sstibet.editions import Edition
from sstibet.explanation import Operand, Rounded, RuleRead, Step
from sstibet.money import Money, Rate, Rounding
from sstibet.months import Month
from sstibet.outcomes import Wrong
from sstibet.premium.rate import (
    BaseEdition,
    BaseTier,
    FixedAmount,
    OfBase,
    Part,
    PartOfBase,
    PartOfPremium,
    PartOnTop,
    TierEdition,
)
from sstibet.text import nearest

Steps = list[Step] | None


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """The rules of one month: its editions, its bounds in fen, and the tables carried on.

    ``needs_base``: whether the month's premium hangs on a base at all. ``on_top``: what is paid on
    top of the premium, in fen; None where the person doesn't pay every part.
    """

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
    needs_base: bool
    on_top: int | None
    rounding: Rounding  # of the premium, and of its parts: at hand for every price
    part_rounding: Rounding

    def same_rules(self, other: Cell) -> bool:
        """Whether two months have the same editions, and so come to the same for the same facts."""
        return self.rate is other.rate and self.base is other.base and self.tier is other.tier

    def premium(self, base: Any) -> Any:
        """The whole premium in fen for a base in fen (an int, or an int64 array of bases), without
        what comes on top."""
        rate = self.rate
        if isinstance(rate, FixedAmount):
            return rate.amount.fen
        share = rate.rate
        return self.rounding.round(base * share.numerator, share.denominator)

    def amounts(self, base: Any, steps: Steps = None) -> list[Any]:
        """Every part's amount in fen, in the order of the parts; an int where it hangs on no base,
        and an array where ``base`` is one."""
        premium = self.premium(base)
        if steps is not None and isinstance(self.rate, OfBase):
            share, how = self.rate.rate, self.rate.rounding.premium.rounding
            steps.append(Operand("rate", share))
            _tell(steps, "premium", base * share.numerator, share.denominator, how, premium)
        rounding, rest = self.part_rounding, premium
        made: list[Any] = []
        for part in self.rate.parts:
            fen = _part(part, base, premium, rounding, steps)
            if not isinstance(part, PartOnTop):
                fen = rest if fen is None else fen
                rest = rest - fen  # not in place, which would change an array of premiums
            made.append(fen)
        return made

    def due(self, base: int) -> int:
        """What the person pays for the month, in fen."""
        if self.on_top is not None:
            return int(self.premium(base) + self.on_top)
        paid = zip(self.rate.parts, self.amounts(base), strict=True)
        return int(sum(fen for part, fen in paid if part.payer == "person"))

    def tier_base(self, tier: BaseTier, steps: Steps = None) -> int:
        """The base in fen that a tier stands for this month."""
        if tier.take == "floor":
            return self.floor
        if tier.take == "ceiling":
            return self.ceiling
        assert tier.share is not None, "checked when the tier was read"
        assert self.base is not None
        assert self.tier is not None
        return self.tier.share_of_mean(tier.share, self.base, steps).fen


def paid_parts(cell: Cell, month: Month, base: int, by_tier: bool, steps: Steps) -> list[Money]:
    """Every part's amount, told with the rules that were read for it."""
    if steps is not None:
        _tell_rules(cell, month, base, by_tier, steps)
    return [Money(fen) for fen in cell.amounts(base, steps)]


def _part(part: Part, base: Any, premium: Any, rounding: Rounding, steps: Steps) -> Any:
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
    fen = rounding.round(whole * share.numerator, share.denominator)
    if steps is not None:
        steps.append(Operand("part_rate", share))
        _tell(steps, "part", whole * share.numerator, share.denominator, rounding, fen)
    return fen


def paid_on_top(parts: tuple[Part, ...]) -> int | None:
    """What is paid on top of the premium in fen, where the person pays every part."""
    if any(part.payer != "person" for part in parts):
        return None
    return sum(part.on_top.fen for part in parts if isinstance(part, PartOnTop))


def share_of(part: Part, edition: OfBase | FixedAmount) -> Rate | None:
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


def picked_tier(cell: Cell, fact: str, picked: str) -> BaseTier | Wrong:
    if cell.tier is None:
        return Wrong(fact, "no_tiers", {"day": cell.asked})
    ids = [tier.id for tier in cell.tier.picks]
    for tier in cell.tier.picks:
        if tier.id == picked:
            return tier
    values: dict[str, object] = {"tier": picked, "tiers": ids, "near": nearest(picked, ids)}
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
        bounds = cell.base.bounds
        if bounds.evidence is not None:
            steps.append(RuleRead("bases", bounds.where, bounds.evidence))
        cell.base.bounds_in_money(steps)
        steps.append(Operand("base", Money(base)))


def _tell(
    steps: list[Step], name: str, numerator: int, denominator: int, how: Rounding, fen: int
) -> None:
    steps.append(Rounded(name, numerator, denominator, how, Money(fen)))
