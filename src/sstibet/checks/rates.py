"""Schedules paid by the month: parts add up, tiers rise, and floors stay below ceilings."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from sstibet.checks.review import Review
from sstibet.editions import Edition, Table
from sstibet.loading import Site
from sstibet.money import ZERO, Money, Rate
from sstibet.premium.rate import (
    BaseEdition,
    BaseTier,
    FixedAmount,
    OfBase,
    Part,
    PartOfBase,
    PartOfPremium,
    PartOnTop,
    PartRest,
    RateSchedule,
    TierEdition,
)

_WHOLE = Rate(1, 1)
# How many neighbouring bases are tried where a small rest might be rounded below zero.
_TRIES = 500


def check_rates(review: Review) -> None:
    """Every schedule paid by the month."""
    for scheme, schedule in review.contents.rates.items():
        site = review.site("rates", scheme)
        with review.holding(("price", scheme)):
            for n, edition in enumerate(schedule.rates.editions):
                place = site.at("rates", "editions", n)
                if _check_parts(review, place, edition):
                    _check_rest(review, place, schedule, edition)
            for n, base in enumerate(schedule.bases.editions if schedule.bases else ()):
                _check_bounds(review, site.at("bases", "editions", n, "bounds"), base)
            for n, tiers in enumerate(schedule.tiers.editions if schedule.tiers else ()):
                place = site.at("tiers", "editions", n, "picks")
                _check_tiers(review, place, schedule, tiers)
            _check_late(review, site, schedule)
            _check_base_fact(review, site, schedule)


def overlapping(table: Table[Any] | None, edition: Edition) -> Iterator[Any]:
    """The editions of a table that hold on a day on which ``edition`` holds too."""
    for each in table.editions if table is not None else ():
        if (each.until is None or edition.from_ < each.until) and (
            edition.until is None or each.from_ < edition.until
        ):
            yield each


def _check_parts(review: Review, site: Site, edition: OfBase | FixedAmount) -> bool:
    """The list of parts can be told from every other order of it, and is split but once."""
    before, parts = len(review.problems), edition.parts
    place = site.at("parts")
    first = dict[str, Part]()
    for n, part in enumerate(parts):
        if part.id in first:
            message = f"the part {part.id!r} is there twice"
            hint = f"the other is {first[part.id].where}"
            review.fault(place.at(n, "id"), "doubled_part", message, hint)
        first.setdefault(part.id, part)
        if isinstance(part, PartOfBase) and isinstance(edition, FixedAmount):
            message = "a fixed amount has no base that a part could be a rate of"
            hint = "write 'of_premium: …', or an amount under 'on_top'"
            review.fault(place.at(n, "of_base"), "part_kind", message, hint)
        if isinstance(part, PartRest) and not part.rest:
            message = "a part of the rest says 'rest: yes'"
            review.fault(place.at(n, "rest"), "one_rest", message, "drop the part, or say yes")
    rests = [n for n, part in enumerate(parts) if isinstance(part, PartRest)]
    if len(rests) != 1:
        message = (
            f"{len(rests)} parts take the rest; exactly one must"
            if rests
            else "no part takes the rest"
        )
        if rests:
            review.fault(place.at(rests[1], "rest"), "one_rest", message, "keep one of them")
        else:
            review.key_fault(place, "one_rest", message, "let one part say 'rest: yes'")
    for n, (one, two) in enumerate(pairwise(parts), 1):
        if _order(two) < _order(one) and two.id != one.id:
            message = f"the part {two.id!r} comes after {one.id!r}"
            hint = "first the shares by their ids, then the rest, then what is on top by their ids"
            review.fault(place.at(n), "unsorted_parts", message, hint)
    if isinstance(edition, OfBase) and edition.rate > _WHOLE:
        message = f"a rate of {edition.rate} is more than the base itself"
        meant = Rate.exactly(edition.rate.numerator, edition.rate.denominator * 100)
        hint = f"at most 100%; did you mean {meant}?"
        review.fault(site.at("rate"), "share_above_whole", message, hint)
    return len(review.problems) == before


def _order(part: Part) -> tuple[int, str]:
    if isinstance(part, PartRest):
        return 1, ""
    return (2 if isinstance(part, PartOnTop) else 0), part.id


def _check_rest(
    review: Review, site: Site, schedule: RateSchedule, edition: OfBase | FixedAmount
) -> None:
    """The shares of the premium never come to more than the premium."""
    shares = sum_of([_share(part, edition) for part in edition.parts])
    rest = next(n for n, part in enumerate(edition.parts) if isinstance(part, PartRest))
    place = site.at("parts", rest)
    whole = edition.rate if isinstance(edition, OfBase) else _WHOLE
    if whole < shares:
        message = f"the other parts come to {shares}, more than the whole of {whole}"
        review.fault(place, "parts_above_premium", message, "mend their rates")
        return
    if isinstance(edition, FixedAmount):
        _try(review, place, edition, Money(0), 1)
        return
    if schedule.bases is None or schedule.asks.base is None:
        message = "the premium is a rate of a base, but the schedule has no table 'bases'"
        review.fault(site.at("method"), "no_bases", message, "add 'bases' and ask for a base")
        return
    bases = list(overlapping(schedule.bases, edition))
    if not bases:
        message = "no edition of 'bases' holds while this rate does"
        hint = f"add one, or mend the day: 'bases' covers from {schedule.bases.covers.from_}"
        review.fault(site.at("from"), "no_bases", message, hint)
    units = sum(1 for part in edition.parts if not isinstance(part, PartOnTop)) * max(
        edition.rounding.premium.to, edition.rounding.parts.to
    )
    left = whole.less(shares)
    for base in bases:
        floor = base.bounds_in_money()[0]
        # Roundings move the rest by less than a unit for each part: above that nothing can happen.
        if floor.fen * left.numerator <= units * left.denominator and not _try(
            review, place, edition, floor, _TRIES
        ):
            return


def _share(part: Part, edition: OfBase | FixedAmount) -> Rate:
    """A part as a share of what the edition's whole is a share of."""
    if isinstance(part, PartOfBase):
        return part.of_base
    if isinstance(part, PartOfPremium):
        whole = edition.rate if isinstance(edition, OfBase) else _WHOLE
        share = part.of_premium
        return Rate.exactly(
            whole.numerator * share.numerator, whole.denominator * share.denominator
        )
    return Rate(0, 1)


def sum_of(rates: list[Rate]) -> Rate:
    """The sum of some rates, exactly."""
    numerator, denominator = 0, 1
    for rate in rates:
        numerator = numerator * rate.denominator + rate.numerator * denominator
        denominator *= rate.denominator
    return Rate.exactly(numerator, denominator)


def _try(
    review: Review, site: Site, edition: OfBase | FixedAmount, floor: Money, tries: int
) -> bool:
    """Whether the rest is never below zero for the bases from the floor on."""
    for fen in range(floor.fen, floor.fen + tries):
        premium, *shares = amounts(edition, fen)
        rest = premium - sum(shares)
        if rest < 0:
            at = f"at a base of {Money(fen)} " if isinstance(edition, OfBase) else ""
            message = f"{at}this part would be {Money(rest)}: the others are rounded above it"
            hint = "round the parts down, or to a smaller unit"
            review.fault(site, "rest_below_zero", message, hint)
            return False
    return True


def amounts(edition: OfBase | FixedAmount, base: int) -> list[int]:
    """The premium in fen for a base in fen, then each part that is a share of either."""
    if isinstance(edition, FixedAmount):
        premium = edition.amount.fen
    else:
        how = edition.rounding.premium.rounding
        premium = int(how.round(base * edition.rate.numerator, edition.rate.denominator))
    how, made = edition.rounding.parts.rounding, [premium]
    for part in edition.parts:
        if isinstance(part, PartOfBase):
            made.append(how.round(base * part.of_base.numerator, part.of_base.denominator))
        elif isinstance(part, PartOfPremium):
            made.append(how.round(premium * part.of_premium.numerator, part.of_premium.denominator))
    return made


def _check_base_fact(review: Review, site: Site, schedule: RateSchedule) -> None:
    """The dictionary takes every base that lies within the bounds of any edition."""
    fact = review.contents.dictionary.facts.get(schedule.asks.base or "")
    if fact is None or fact.kind != "money" or schedule.bases is None:
        return
    bounds = [edition.bounds_in_money() for edition in schedule.bases.editions]
    least, most = (None if t is None else Money.parse(t) for t in (fact.least, fact.most))
    for floor, ceiling in bounds:
        if (least is not None and floor < least) or (most is not None and ceiling > most):
            message = (
                f"the bounds of {schedule.asks.base!r} shut out bases from {floor} to {ceiling}"
            )
            hint = f"widen its 'least' and 'most' ({fact.where})"
            review.fault(site.at("asks", "base"), "asked_bounds", message, hint)
            return


def _check_bounds(review: Review, site: Site, edition: BaseEdition) -> None:
    floor, ceiling = edition.bounds_in_money()
    if ceiling < floor:
        message = f"the floor {floor} is above the ceiling {ceiling}"
        review.fault(site.at("floor"), "bounds_crossed", message, "mend one of the two")
    if ceiling == ZERO:
        message = "the ceiling is 0, so no base would ever be allowed"
        review.fault(site.at("ceiling"), "bounds_crossed", message, "mend the mean or the share")


def _check_tiers(review: Review, site: Site, schedule: RateSchedule, edition: TierEdition) -> None:
    """Ids are unique; the bases rise and lie within the bounds wherever both tables hold."""
    if not edition.picks:
        review.fault(site, "empty_list", "this edition has no tier", "add its tiers")
        return
    first = dict[str, BaseTier]()
    for n, tier in enumerate(edition.picks):
        if tier.id in first:
            message = f"the tier {tier.id!r} is there twice"
            hint = f"the other is {first[tier.id].where}"
            review.fault(site.at(n, "id"), "doubled_tier", message, hint)
        first.setdefault(tier.id, tier)
    if len(first) < len(edition.picks):
        return
    faulty = set[int]()
    for base in overlapping(schedule.bases, edition):
        amounts = [tier_base(tier, edition, base) for tier in edition.picks]
        bounds = base.bounds_in_money()
        if bounds[1] == ZERO or bounds[1] < bounds[0]:
            continue  # told where the bounds stand
        for n, amount in enumerate(amounts):
            if n in faulty:
                continue
            tier, from_ = edition.picks[n], f"from {base.from_} on ({base.where})"
            if not bounds[0] <= amount <= bounds[1]:
                message = f"{from_} the tier {tier.id!r} would be {amount}, outside the bounds"
                hint = f"they are {bounds[0]} and {bounds[1]}"
                review.fault(site.at(n, "share"), "tier_outside_bounds", message, hint)
                faulty.add(n)
            elif n and n - 1 not in faulty and amount <= amounts[n - 1]:
                message = f"{from_} this tier is {amount}, the one above it {amounts[n - 1]}"
                hint = f"the tiers must rise; the one above is {edition.picks[n - 1].where}"
                review.fault(site.at(n), "unsorted_tiers", message, hint)
                faulty.add(n)


def tier_base(tier: BaseTier, tiers: TierEdition, base: BaseEdition) -> Money:
    """The base that a tier stands for in an edition of the bases."""
    floor, ceiling = base.bounds_in_money()
    if tier.share is None:
        return floor if tier.take == "floor" else ceiling
    return tiers.share_of_mean(tier.share, base, None)


def _check_late(review: Review, site: Site, schedule: RateSchedule) -> None:
    late = schedule.late
    if late is None:
        return
    if late.until is not None and late.from_ >= late.until:
        message = f"'until' {late.until} is not after 'from' {late.from_}"
        hint = "'until' is the first day on which it no longer holds"
        review.fault(site.at("late", "until"), "ends_before_it_begins", message, hint)
    if schedule.bases is None:
        message = "only bases are announced late, and this schedule has none"
        review.key_fault(site.at("late"), "no_bases", message, "write 'late: none'")
