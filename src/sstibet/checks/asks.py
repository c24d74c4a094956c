"""What a rule asks for: the fact exists, is of the kind that the rule needs, and can be given."""

from __future__ import annotations

from collections.abc import Iterator

from sstibet.checks.facts import year_bounds
from sstibet.checks.review import Key, Review
from sstibet.facts import Fact
from sstibet.loading import Site

# A hundred years: nobody pays more at once, and every month is worked out by itself.
MOST_MONTHS = 1200


def check_asks(review: Review) -> None:
    """The facts that prices, waits, windows and cover ask for."""
    contents, periods = review.contents, review.contents.periods
    for scheme in contents.picks:
        with review.holding(("price", scheme)):
            _check_pick(review, scheme)
    for scheme in contents.rates:
        with review.holding(("price", scheme)):
            _check_rate(review, scheme)
    for name, window in periods.windows.items():
        with review.holding(("window", name)):
            site = review.periods.at("windows", name, "year")
            fact = asked(review, ("window", name), site, window.year, "whole")
            ends = [each for row in window.table.editions for each in (row.opens, row.closes)]
            before = max((each.years_before for each in ends), default=0)
            if fact is not None:
                year_bounds(review, site, window.year, fact, max(before, 0) + 1)
    for scheme in periods.waiting:
        with review.holding(("waiting", scheme)):
            _check_waiting(review, scheme)
    for scheme, cover in periods.cover.items():
        with review.holding(("cover", scheme)):
            for n, edition in enumerate(cover.table.editions):
                for row, each in edition.rows.items():
                    site = review.periods.at("cover", scheme, "table", "editions", n, "rows", row)
                    asked(review, ("cover", scheme), site.at("first"), each.first, "date")
                    asked(review, ("cover", scheme), site.at("last"), each.last, "date")


def _check_waiting(review: Review, scheme: str) -> None:
    """As many years may be bought back as may have lapsed, and none as well."""
    asks, key = review.contents.periods.waiting[scheme].asks, ("waiting", scheme)
    site = review.periods.at("waiting", scheme, "asks")
    name = asks.bought_back_years
    lapsed = asked(review, key, site.at("lapsed_years"), asks.lapsed_years, "whole")
    bought = asked(review, key, site.at("bought_back_years"), name, "whole")
    if lapsed is not None and lapsed.derive is None:
        _bounds(review, site.at("lapsed_years"), asks.lapsed_years, lapsed, least=0)
    if lapsed is None or bought is None or bought.derive is not None:
        return
    if (bought.least, bought.most) != ("0", lapsed.most):
        most = "no 'most'" if lapsed.most is None else f"'most: {lapsed.most}'"
        message = f"{name!r} must have 'least: 0' and, as {asks.lapsed_years!r} has, {most}"
        review.fault(site.at("bought_back_years"), "asked_bounds", message, f"see {bought.where}")


def asked(
    review: Review, key: Key, site: Site, name: str, kind: str, given: bool = False
) -> Fact | None:
    """The fact that a rule asks for, if it's there and of the right kind.

    ``given``: the answer is made from what is given, so a derived fact would never be found.
    """
    facts = review.contents.dictionary.facts
    fact = facts.get(name)
    if name in review.broken:
        review.held.add(key)
    if fact is None:
        hint = review.meant(name, facts)
        review.fault(site, "unknown_fact", f"there is no fact {name!r}", hint)
        return None
    if fact.kind != kind:
        message = f"{name!r} is of the kind {fact.kind}; the kind {kind} is needed here"
        hint = f"name another fact, or mend the kind of this one ({fact.where})"
        review.fault(site, "asked_kind", message, hint)
        return None
    if given and fact.derive is not None:
        message = f"{name!r} is derived; what is asked for here must be given"
        review.fault(site, "asked_derived", message, f"see {fact.where}")
        return None
    return fact


def _check_pick(review: Review, scheme: str) -> None:
    asks, key = review.contents.picks[scheme].asks, ("price", scheme)
    site = review.site("tiers", scheme).at("asks")
    asked(review, key, site.at("tier"), asks.tier, "code", given=True)
    if asks.category is not None:
        place = site.at("category")
        fact = asked(review, key, place, asks.category, "code", given=True)
        if fact is not None and fact.codes is None:
            message = f"{asks.category!r} has no code list, so its categories aren't known"
            review.fault(place, "asked_bounds", message, f"give it 'codes' ({fact.where})")
    if asks.coverage_year is not None:
        place = site.at("coverage_year")
        fact = asked(review, key, place, asks.coverage_year, "whole", given=True)
        if fact is not None:
            year_bounds(review, place, asks.coverage_year, fact)
    if asks.times is not None:
        place = site.at("times")
        fact = asked(review, key, place, asks.times, "whole", given=True)
        if fact is not None:
            _bounds(review, place, asks.times, fact, least=1)
    each_once(review, site, [(name, getattr(asks, name)) for name in _PICK_ASKS])


_PICK_ASKS = ("tier", "category", "coverage_year", "times")


def _check_rate(review: Review, scheme: str) -> None:
    asks, key = review.contents.rates[scheme].asks, ("price", scheme)
    site = review.site("rates", scheme).at("asks")
    if asks.base is not None:
        asked(review, key, site.at("base"), asks.base, "money", given=True)
    if asks.tier is not None:
        asked(review, key, site.at("tier"), asks.tier, "code", given=True)
    fact = asked(review, key, site.at("months"), asks.months, "whole", given=True)
    if fact is not None:
        _bounds(review, site.at("months"), asks.months, fact, least=1, most=MOST_MONTHS)
    each_once(review, site, [(name, getattr(asks, name)) for name in ("base", "tier", "months")])


def each_once(review: Review, site: Site, asks: list[tuple[str, str | None]]) -> None:
    """No fact answers two questions of one rule."""
    for key, name in _doubled(asks):
        message = f"{name!r} is asked for twice, for two different things"
        review.fault(site.at(key), "asked_twice", message, "each needs one of its own")


def _doubled(asks: list[tuple[str, str | None]]) -> Iterator[tuple[str, str]]:
    seen = set[str]()
    for key, name in asks:
        if name is not None:
            if name in seen:
                yield key, name
            seen.add(name)


def _bounds(
    review: Review, site: Site, name: str, fact: Fact, least: int, most: int | None = None
) -> None:
    """A number that is asked for has bounds, and they make sense."""
    low = None if fact.least is None else fact.parse_text(fact.least)
    high = None if fact.most is None else fact.parse_text(fact.most)
    if low is None or low < least:
        message = f"{name!r} may be less than {least}"
        hint = f"give it 'least: {least}' or more ({fact.where})"
        review.fault(site, "asked_bounds", message, hint)
    if most is not None and (high is None or high > most):
        message = f"{name!r} may be more than {most}"
        hint = f"give it 'most: {most}' or less ({fact.where})"
        review.fault(site, "asked_bounds", message, hint)
