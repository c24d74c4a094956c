"""Schedules paid by the month (按月): a rate of a base between bounds, or a fixed amount.

Three tables, each with editions of its own: ``rates`` (the rate or amount and its parts), ``bases``
(the mean wage and the bounds made from it) and ``tiers`` (named bases). Every month takes its own
edition of each. Mean, bounds and premium are rounded where and how the YAML says, each by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from sstibet.amounts import Amount, RoundTo, Share
from sstibet.documents import (
    Name,
    Node,
    OneOf,
    OrWord,
    ToldBy,
    YesNo,
    node,
    or_word,
    parse_name,
    word,
)
from sstibet.editions import Edition, NoEdition, Table
from sstibet.evidence import Day, Evidence, OpenDay
from sstibet.examples import Example
from sstibet.explanation import Operand, Rounded, Step
from sstibet.labels import Label
from sstibet.money import Money, Rate
from sstibet.months import Month
from sstibet.outcomes import Wrong, no_edition
from sstibet.problems import BadValue

OrNone = Annotated[str | None, or_word("none", parse_name)]


@node
class PartOfBase(Node):
    """A part that is a rate of the base itself (8 % to the account)."""

    id: Name
    label: Label
    payer: Annotated[str, word("person", "government")]
    of_base: Share


@node
class PartOfPremium(Node):
    """A part that is a share of the whole premium."""

    id: Name
    label: Label
    payer: Annotated[str, word("person", "government")]
    of_premium: Share


@node
class PartOnTop(Node):
    """A fixed amount on top of the premium (大额补助)."""

    id: Name
    label: Label
    payer: Annotated[str, word("person", "government")]
    on_top: Amount


@node
class PartRest(Node):
    """What is left of the premium when the other parts are taken: parts always add up."""

    id: Name
    label: Label
    payer: Annotated[str, word("person", "government")]
    rest: YesNo


Part = Annotated[
    PartOfBase | PartOfPremium | PartOnTop | PartRest,
    OneOf(of_base=PartOfBase, of_premium=PartOfPremium, on_top=PartOnTop, rest=PartRest),
]


@node
class RateRounding(Node):
    """How the premium, and each part of it, is rounded."""

    premium: RoundTo
    parts: RoundTo


@node
class OfBase(Edition):
    """The premium is a rate of the base (费率)."""

    method: Annotated[str, word("rate")]
    rate: Share
    parts: tuple[Part, ...]
    rounding: RateRounding
    examples: tuple[Example, ...] = ()


@node
class FixedAmount(Edition):
    """The premium is the same amount for everybody (定额)."""

    method: Annotated[str, word("fixed")]
    amount: Amount
    parts: tuple[Part, ...]
    rounding: RateRounding
    examples: tuple[Example, ...] = ()


RateEdition = Annotated[OfBase | FixedAmount, ToldBy("method", rate=OfBase, fixed=FixedAmount)]


@node
class Mean(Node):
    """A mean wage (平均工资), of a month or of a year."""

    amount: Amount
    per: Annotated[str, word("month", "year")]


def _crossed(floor: object, ceiling: object) -> BadValue:
    message = f"the floor {floor} is above the ceiling {ceiling}"
    return BadValue("bounds_crossed", message, "mend one of the two", ("floor",))


@node
class ShareBounds(Node):
    """Bounds that are shares of the mean: of the rounded one, or of the mean before rounding."""

    method: Annotated[str, word("share")]
    of: Annotated[str, word("rounded_mean", "unrounded_mean")]
    floor: Share
    ceiling: Share
    evidence: Evidence | None = None

    def __post_init__(self) -> None:
        if self.ceiling < self.floor:
            raise _crossed(self.floor, self.ceiling)


@node
class ListedBounds(Node):
    """Bounds as they were published, in yuan a month."""

    method: Annotated[str, word("listed")]
    floor: Amount
    ceiling: Amount
    evidence: Evidence | None = None

    def __post_init__(self) -> None:
        if self.ceiling < self.floor:
            raise _crossed(self.floor, self.ceiling)


@node
class BaseRounding(Node):
    """How the mean, and the bounds made from it, are rounded."""

    mean: RoundTo
    bounds: RoundTo


@node
class BaseEdition(Edition):
    """The mean wage of a contribution year and the bounds of the base (缴费基数上下限). Bounds that
    come from another document than the mean have evidence of their own."""

    mean: Mean
    bounds: Annotated[
        ShareBounds | ListedBounds, ToldBy("method", share=ShareBounds, listed=ListedBounds)
    ]
    rounding: BaseRounding
    examples: tuple[Example, ...] = ()

    def mean_fen(self) -> tuple[int, int]:
        """The monthly mean before rounding, as a fraction of fen."""
        return self.mean.amount.fen, 12 if self.mean.per == "year" else 1

    def rounded_mean(self, steps: list[Step] | None = None) -> Money:
        """The monthly mean as it is used."""
        numerator, denominator = self.mean_fen()
        return _rounded("mean", numerator, denominator, self.rounding.mean, steps)

    def bounds_in_money(self, steps: list[Step] | None = None) -> tuple[Money, Money]:
        """Floor and ceiling of the base, in yuan a month."""
        bounds = self.bounds
        if isinstance(bounds, ListedBounds):
            if steps is not None:
                steps += [Operand("floor", bounds.floor), Operand("ceiling", bounds.ceiling)]
            return bounds.floor, bounds.ceiling
        numerator, denominator = self.mean_fen()
        mean = self.rounded_mean(steps)
        if bounds.of == "rounded_mean":
            numerator, denominator = mean.fen, 1
        floor, ceiling = (
            _rounded(
                name,
                numerator * share.numerator,
                denominator * share.denominator,
                self.rounding.bounds,
                steps,
            )
            for name, share in (("floor", bounds.floor), ("ceiling", bounds.ceiling))
        )
        return floor, ceiling


@node
class BaseTier(Node):
    """A named base (缴费档次): the floor, the ceiling, or a share of the mean."""

    id: Name
    label: Label
    take: Annotated[str, word("floor", "ceiling", "share_of_mean")]
    share: Share | None = None

    def __post_init__(self) -> None:
        if (self.take == "share_of_mean") != (self.share is not None):
            message = "'share' goes with 'take: share_of_mean', and only with it"
            hint = "add 'share: …'" if self.share is None else "drop 'share'"
            raise BadValue("tier_shape", message, hint, ("take",))


@node
class TierEdition(Edition):
    """The named bases that a payer may pick from, rising, and the rounding of their shares.

    ``of`` says which mean a share is taken of: the rounded one, as it is announced, where it says
    nothing.
    """

    of: Annotated[str, word("rounded_mean", "unrounded_mean")] = "rounded_mean"
    rounding: RoundTo
    picks: tuple[BaseTier, ...]
    examples: tuple[Example, ...] = ()

    def share_of_mean(self, share: Rate, base: BaseEdition, steps: list[Step] | None) -> Money:
        """The base that a share of an edition's mean comes to, in yuan a month."""
        mean, parts = base.rounded_mean().fen, 1
        if self.of == "unrounded_mean":
            mean, parts = base.mean_fen()
        exact, whole = mean * share.numerator, parts * share.denominator
        return _rounded("tier_base", exact, whole, self.rounding, steps)


@node
class Late(Node):
    """What happens while a new base isn't announced yet, and once it is: whether the last one is
    carried on, and whether a base already paid on is held within the new bounds."""

    until_published: Annotated[str, word("carry_on", "refuse")]
    outside_new_bounds: Annotated[str, word("hold_within", "refuse")]
    from_: Day
    until: OpenDay
    evidence: Evidence


@node
class RateAsks(Node):
    """The facts that a price hangs on: the base, a base tier in its place, how many months."""

    base: OrNone
    tier: OrNone
    months: Name


def _alone(fact: str, table: str, *, asked: bool) -> BadValue:
    """A fact that is asked for without its table, or the other way round."""
    message = f"there is a table {table!r}, but 'asks' names no {fact}"
    if asked:
        message = f"'asks' names a {fact}, but there is no table {table!r}"
    return BadValue(fact, message, "add the one, or write 'none' for both", ("asks", fact))


@node
class RateSchedule(Node):
    """A scheme paid by the month. ``at`` names the day on which each month's rules are looked up:
    the month's first day, or the day that the question is asked for."""

    label: Label
    levy_item: Name | None = None
    at: Annotated[str, word("period_start", "declared_on", "paid_on")]
    asks: RateAsks
    rates: Table[RateEdition]
    bases: Annotated[Table[BaseEdition] | None, OrWord("none")]
    tiers: Annotated[Table[TierEdition] | None, OrWord("none")]
    late: Annotated[Late | None, OrWord("none")]
    succeeds: tuple[Name, ...] = ()

    def without_edition(self, day: date, _: Mapping[str, Any]) -> Wrong | None:
        """What is wrong with a day on which the scheme has no rates; None where it has."""
        asked = Month.of(day).first_day if self.at == "period_start" else day
        found = self.rates.at(asked)
        return no_edition("on", "rates", found) if isinstance(found, NoEdition) else None

    def __post_init__(self) -> None:
        if (self.bases is None) != (self.asks.base is None):
            raise _alone("base", "bases", asked=self.asks.base is not None)
        if (self.tiers is None) != (self.asks.tier is None):
            raise _alone("tier", "tiers", asked=self.asks.tier is not None)
        if self.tiers is not None and self.bases is None:
            hint = "add 'bases', or write 'tiers: none' and ask for no tier"
            raise BadValue("tier", "a table 'tiers' needs a table 'bases'", hint, ("bases",))


def _rounded(
    name: str, numerator: int, denominator: int, how: RoundTo, steps: list[Step] | None
) -> Money:
    """Round and, where a trace is kept, tell the amount before and after."""
    after = Money(how.rounding.round(numerator, denominator))
    if steps is not None:
        steps.append(Rounded(name, numerator, denominator, how.rounding, after))
    return after
