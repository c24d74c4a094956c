"""Whether examples show every rate with its parts, every base with its bounds, every base tier."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from math import gcd
from typing import Any

from sstibet.checks.alterations import swapped
from sstibet.checks.cover_published import cover_published
from sstibet.checks.rates import amounts, overlapping, tier_base
from sstibet.checks.review import Review
from sstibet.checks.shown import Asked, Cases, asked_of, notices, sound, unnoticed, unproven, unseen
from sstibet.loading import Site
from sstibet.money import MODES
from sstibet.premium.rate import (
    BaseEdition,
    FixedAmount,
    ListedBounds,
    OfBase,
    RateSchedule,
    TierEdition,
)

# How many neighbouring bases are tried to find one that two roundings treat differently.
_TRIES = 2000


def cover_rates(review: Review, cases: Cases) -> None:
    """Every schedule paid by the month."""
    for scheme, schedule in review.contents.rates.items():
        if not sound(review, ("price", scheme)):
            continue
        site = review.site("rates", scheme)
        tables = (schedule.rates, schedule.bases, schedule.tiers)
        asked = asked_of(review, scheme, schedule, tables, cases)
        priced = [each for each in asked if each.shown.due is not None]
        for n, rate in enumerate(schedule.rates.editions):
            place = site.at("rates", "editions", n)
            _cover_rate(review, place, scheme, n, rate, priced)
        for n, base in enumerate(schedule.bases.editions if schedule.bases else ()):
            place = site.at("bases", "editions", n)
            _cover_base(review, place, scheme, n, base, asked)
        for n, tiers in enumerate(schedule.tiers.editions if schedule.tiers else ()):
            place = site.at("tiers", "editions", n)
            _cover_tiers(review, place, schedule, tiers, priced)
        _cover_days(review, site, scheme, schedule, asked)
        _cover_late(review, site, scheme, asked, cases)
        for name in ("rates", "bases", "tiers"):
            cover_published(review, scheme, schedule, name, asked, cases)


def _cover_rate(
    review: Review,
    site: Site,
    scheme: str,
    n: int,
    edition: OfBase | FixedAmount,
    priced: list[Asked],
) -> None:
    schedule = review.contents.rates[scheme]
    shown = [each for each in priced if each.meets(schedule.rates, edition)]
    if not any(each.shown.parts for each in shown):
        facts = "{…, " + f"{schedule.asks.months}: 1" + "}"
        hint = f"add {{on: {edition.from_}, facts: {facts}, due: …, parts: {{…}}}}"
        unseen(review, site, "what this rate and its parts come to", hint)
        return
    for key, altered in _roundings(edition):
        if _can_differ(schedule, edition, altered):
            table = schedule.rates
            table = dataclasses.replace(table, editions=swapped(table.editions, n, altered))
            if not notices(review, scheme, dataclasses.replace(schedule, rates=table), shown):
                mode = getattr(altered.rounding, key).mode
                hint = "add an example whose exact amount lies between two units"
                unnoticed(review, site.at("rounding", key, "mode"), repr(mode), hint)


def _roundings(edition: OfBase | FixedAmount) -> Iterator[tuple[str, OfBase | FixedAmount]]:
    """The edition with each other mode of each of its roundings."""
    for key in ("premium", "parts"):
        rounding = getattr(edition.rounding, key)
        for mode in MODES:
            if mode != rounding.mode:
                other = dataclasses.replace(rounding, mode=mode)
                both = dataclasses.replace(edition.rounding, **{key: other})
                yield key, dataclasses.replace(edition, rounding=both)


def _can_differ(
    schedule: RateSchedule, edition: OfBase | FixedAmount, altered: OfBase | FixedAmount
) -> bool:
    """Whether two roundings of an edition differ for any base at all, as far as can be tried."""
    if isinstance(edition, FixedAmount):
        return amounts(edition, 0) != amounts(altered, 0)
    base = next(overlapping(schedule.bases, edition), None)
    if base is None:
        return False
    floor, ceiling = (bound.fen for bound in base.bounds_in_money())
    unit = max(edition.rounding.premium.to, edition.rounding.parts.to)
    cycle = edition.rate.denominator * unit
    for part in edition.parts:
        share = getattr(part, "of_base", None) or getattr(part, "of_premium", None)
        if share is not None:
            cycle = cycle * share.denominator // gcd(cycle, share.denominator)
    tries = min(cycle * unit, _TRIES, ceiling - floor + 1)
    return any(
        amounts(edition, fen) != amounts(altered, fen) for fen in range(floor, floor + tries)
    )


def _cover_base(
    review: Review, site: Site, scheme: str, n: int, edition: BaseEdition, asked: list[Asked]
) -> None:
    schedule = review.contents.rates[scheme]
    table = schedule.bases
    assert table is not None
    if not any(each.bounds is not None for each in edition.examples):
        hint = f"add {{on: {edition.from_}, facts: {{}}, bounds: {{floor: …, ceiling: …}}}}"
        unseen(review, site.at("bounds"), "the bounds that these come to", hint)
    shown = [each for each in asked if each.shown.due is not None and each.meets(table, edition)]
    if not shown and any(isinstance(r, OfBase) for r in overlapping(schedule.rates, edition)):
        hint = f"add {{on: {edition.from_}, facts: {{…}}, due: …, parts: {{…}}}}"
        unseen(review, site, "a price under these bounds", hint)
        return
    bounds = edition.bounds
    if isinstance(bounds, ListedBounds) or bounds.of == "unrounded_mean":
        _cover_mean(review, site, schedule, edition, shown)
    if shown and bounds.evidence is not None:
        bare: Any = dataclasses.replace(bounds, evidence=None)
        changed = dataclasses.replace(edition, bounds=bare)
        bases = dataclasses.replace(table, editions=swapped(table.editions, n, changed))
        altered = dataclasses.replace(schedule, bases=bases)
        unproven(review, site.at("bounds", "evidence"), scheme, altered, shown)


def _cover_mean(
    review: Review, site: Site, schedule: RateSchedule, edition: BaseEdition, shown: list[Asked]
) -> None:
    """Where the bounds don't show the mean as it is used, a tier that is a share of it must."""
    shares = {
        tier.id
        for tiers in overlapping(schedule.tiers, edition)
        for tier in tiers.picks
        if tier.share is not None
    }
    if shares and not any(each.given.get(schedule.asks.tier or "") in shares for each in shown):
        hint = f"add an example with '{schedule.asks.tier}: …' that is a share of the mean"
        unseen(review, site.at("mean"), "what a share of this mean comes to", hint)


def _cover_tiers(
    review: Review, site: Site, schedule: RateSchedule, edition: TierEdition, priced: list[Asked]
) -> None:
    assert schedule.tiers is not None
    if not any(True for _ in overlapping(schedule.bases, edition)):
        return
    shown = [each for each in priced if each.meets(schedule.tiers, edition)]
    ids = {each.given.get(schedule.asks.tier or "") for each in shown}
    for n, tier in enumerate(edition.picks):
        if tier.id not in ids:
            facts = f'{{{schedule.asks.tier}: "{tier.id}", {schedule.asks.months}: 1}}'
            hint = f"add {{on: …, facts: {facts}, due: …}}"
            unseen(review, site.at("picks", n), f"the tier {tier.id!r}", hint)
    for mode in MODES:
        other = dataclasses.replace(edition.rounding, mode=mode)
        altered = dataclasses.replace(edition, rounding=other)
        differing = {
            (base.from_, tier.id)
            for base in overlapping(schedule.bases, edition)
            for tier in edition.picks
            if tier_base(tier, edition, base) != tier_base(tier, altered, base)
        }
        there = {
            (base.from_, each.given.get(schedule.asks.tier or ""))
            for each in shown
            if schedule.bases is not None
            for base in overlapping(schedule.bases, edition)
            if each.meets(schedule.bases, base)
        }
        if differing and not differing & there:
            day, tier_id = min(differing)
            hint = f"add an example of the tier {tier_id!r} in the edition from {day}"
            unnoticed(review, site.at("rounding", "mode"), repr(mode), hint)


def _cover_days(
    review: Review, site: Site, scheme: str, schedule: RateSchedule, asked: list[Asked]
) -> None:
    """Whether months that lie in two editions show on which days the rules are looked up."""
    tables = (schedule.rates, schedule.bases)
    if all(table is None or len(table.editions) < 2 for table in tables):
        return
    at = "paid_on" if schedule.at == "period_start" else "period_start"
    if not notices(review, scheme, dataclasses.replace(schedule, at=at), asked):
        hint = "add an example with several months, of which one lies in the next edition"
        unnoticed(review, site.at("at"), repr(at), hint)


def _cover_late(review: Review, site: Site, scheme: str, asked: list[Asked], cases: Cases) -> None:
    """Whether late announcements show what is done until then, and what afterwards."""
    schedule = review.contents.rates[scheme]
    late, bases = schedule.late, schedule.bases
    if late is None or bases is None:
        return
    dated = [each for each in asked if each.shown.known_on is not None]
    differences = cases.get(("difference", scheme), [])
    for key, words in (
        ("until_published", ("carry_on", "refuse")),
        ("outside_new_bounds", ("hold_within", "refuse")),
    ):
        word = words[getattr(late, key) == words[0]]
        other: dict[str, Any] = {key: word}
        altered = dataclasses.replace(schedule, late=dataclasses.replace(late, **other))
        if not notices(review, scheme, altered, dated, differences):
            hint = "add a case with 'ask: difference' and 'paid_as_known_on: …'"
            unnoticed(review, site.at("late", key), repr(word), hint)
