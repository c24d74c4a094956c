"""Schedules whose payer picks a tier: the tiers rise, and every payer category has its row."""

from __future__ import annotations

from itertools import pairwise

from sstibet.checks.review import Review
from sstibet.loading import Site
from sstibet.money import Money, Rate
from sstibet.premium.pick import AT_YEAR, Pick, PickEdition, PickSchedule, ReliefEdition

_WHOLE = Rate(1, 1)


def check_picks(review: Review) -> None:
    """Every pick schedule."""
    for scheme, schedule in review.contents.picks.items():
        site = review.site("tiers", scheme)
        with review.holding(("price", scheme)):
            for n, edition in enumerate(schedule.tiers.editions):
                _check_tiers(review, site.at("tiers", "editions", n, "picks"), edition)
                _check_year(review, site.at("tiers", "editions", n), scheme, schedule, edition)
            for n, relief in enumerate(schedule.relief.editions if schedule.relief else ()):
                place = site.at("relief", "editions", n, "by_category")
                _check_relief(review, place, schedule, relief)
            _check_year_fact(review, site, schedule)


def _check_tiers(review: Review, site: Site, edition: PickEdition) -> None:
    """Ids are unique, and amounts rise, so that every other order of the list is another list."""
    picks = edition.picks
    if not picks:
        review.fault(site, "empty_list", "this edition has no tier", "add its tiers")
        return
    first = dict[str, Pick]()
    for n, pick in enumerate(picks):
        if pick.id in first:
            message = f"the tier {pick.id!r} is there twice"
            hint = f"the other is {first[pick.id].where}"
            review.fault(site.at(n, "id"), "doubled_tier", message, hint)
        first.setdefault(pick.id, pick)
    known = [(n, pick) for n, pick in enumerate(picks) if pick.person is not None]
    for (_, before), (n, this) in pairwise(known):
        if before.id == this.id:
            continue
        below, above = _amounts(before), _amounts(this)
        if above < below:
            message = f"{this.person} comes after {before.person}; the tiers must rise"
            hint = f"sort them by what the person pays; the tier above is {before.where}"
            review.fault(site.at(n, "person"), "unsorted_tiers", message, hint)
        elif above == below:
            message = f"the tiers {before.id!r} and {this.id!r} are the same amounts"
            hint = f"drop one of them, or mend the amount; the other is {before.where}"
            review.fault(site.at(n, "person"), "doubled_tier", message, hint)
    if all(pick.person is None and pick.government is None for pick in picks):
        message = "no tier of this edition has a known amount"
        hint = "name the stretch under the table's 'unknown' instead"
        review.key_fault(site, "no_known_tier", message, hint)


def _amounts(pick: Pick) -> tuple[Money, Money]:
    """What tiers are sorted by: the person's amount, then the government's."""
    return pick.person or Money(0), pick.government or Money(0)


def _check_year(
    review: Review, site: Site, scheme: str, schedule: PickSchedule, edition: PickEdition
) -> None:
    """The year of the notice and the coverage year it sets belong together, as periods say."""
    if schedule.at != AT_YEAR:
        if edition.notice_year is not None:
            message = f"'notice_year' goes with 'at: {AT_YEAR}' only"
            review.key_fault(site.at("notice_year"), "notice_year", message, "drop it")
        return
    if (edition.from_.month, edition.from_.day) != (1, 1):
        message = f"a coverage year begins on 1 January, not on {edition.from_}"
        review.fault(site.at("from"), "year_start", message, f"write {edition.from_.year}-01-01")
    rule = review.contents.periods.notice_years.get(scheme)
    if edition.notice_year is None:
        message = "the year of the notice that set these amounts is missing"
        review.fault(site, "notice_year", message, "add 'notice_year: …'")
    elif rule is not None:
        coverage = edition.notice_year + rule.coverage_year_is_plus
        if coverage != edition.from_.year:
            message = (
                f"a notice of {edition.notice_year} sets {coverage} ({rule.where}), "
                f"but this edition begins in {edition.from_.year}"
            )
            hint = "one of the three is wrong"
            review.fault(site.at("notice_year"), "notice_year", message, hint)


def _check_year_fact(review: Review, site: Site, schedule: PickSchedule) -> None:
    """The dictionary takes every coverage year that has an edition."""
    fact = review.contents.dictionary.facts.get(schedule.asks.coverage_year or "")
    if fact is None or fact.kind != "whole" or fact.least is None or fact.most is None:
        return
    covers = schedule.tiers.covers
    first, last = covers.from_.year, (covers.until or covers.from_).year
    last -= (covers.until is not None) and (covers.until.month, covers.until.day) == (1, 1)
    if fact.parse_text(fact.least) > first or fact.parse_text(fact.most) < last:
        message = (
            f"the bounds of {schedule.asks.coverage_year!r} shut out years of {first} to {last}"
        )
        hint = f"widen its 'least' and 'most' ({fact.where})"
        review.fault(site.at("asks", "coverage_year"), "asked_bounds", message, hint)


def _check_relief(
    review: Review, site: Site, schedule: PickSchedule, edition: ReliefEdition
) -> None:
    """Every category of the official list has its row, and no other has."""
    fact = review.contents.dictionary.facts.get(schedule.asks.category or "")
    codes = review.contents.dictionary.codes.get(fact.codes or "") if fact else None
    if codes is not None and not codes.codes:
        codes = None  # an empty list is told where it stands
    for category, row in edition.by_category.items():
        if row.share is not None and row.share > _WHOLE:
            message = f"{row.share} is more than the whole"
            review.fault(site.at(category, "share"), "share_above_whole", message, "at most 100%")
        if codes is not None and category not in codes.codes:
            message = f"{category!r} is not in the list {fact.codes if fact else ''!r}"
            hint = review.meant(category, codes.codes)
            review.key_fault(site.at(category), "unknown_code", message, hint)
    if codes is not None:
        for category in codes.codes:
            if category not in edition.by_category:
                message = f"the category {category!r} has no row"
                hint = f"add '{category}: {{pays: none}}' if nothing is paid for it"
                review.key_fault(site, "missing_category", message, hint)
