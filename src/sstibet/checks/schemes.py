"""The book as a whole: its schemes have all their rules, and nothing has a scheme unknown to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import chain

from sstibet.checks.review import Review
from sstibet.loading import Site
from sstibet.premium.pick import AT_YEAR, PickSchedule
from sstibet.premium.rate import RateSchedule


def check_schemes(review: Review) -> None:
    """``book.yaml`` against what is there, both ways."""
    info, book = review.contents.info, review.book
    review.distinct(book.at("schemes"), info.schemes, "schemes")
    review.distinct(book.at("jurisdictions"), info.jurisdictions, "jurisdictions")
    languages = chain(info.languages.required, info.languages.optional)
    review.distinct(book.at("languages", "required"), info.languages.required, "languages")
    if len(set(languages)) < len(info.languages.required) + len(info.languages.optional):
        site = book.at("languages", "optional")
        review.distinct(site, info.languages.optional, "languages")
        for n, each in enumerate(info.languages.optional):
            if each in info.languages.required:
                message = f"{each!r} is among the required languages already"
                review.fault(site.at(n), "doubled_entry", message, "keep one of them")
    if info.jurisdiction not in info.jurisdictions:
        message = f"the book's own jurisdiction {info.jurisdiction!r} is not among 'jurisdictions'"
        hint = review.meant(info.jurisdiction, info.jurisdictions)
        review.fault(book.at("jurisdiction"), "unknown_jurisdiction", message, hint)
    _check_time_zone(review)
    _check_schedules(review)
    for scheme in review.schedules:
        _check_succession(review, scheme)


def _check_time_zone(review: Review) -> None:
    from zoneinfo import ZoneInfo, available_timezones

    name = review.contents.info.time_zone
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        near = review.meant(name, available_timezones())
        hint = f"{near} All of China has Asia/Shanghai".strip()
        message = f"there is no time zone {name!r}"
        review.fault(review.book.at("time_zone"), "unknown_time_zone", message, hint)


def _check_schedules(review: Review) -> None:
    """Listed schemes, schedules, permissions and refunds are the same ones; others are subsets."""
    contents, periods = review.contents, review.contents.periods
    listed = dict.fromkeys(contents.info.schemes)
    schedules, meant = review.schedules, set[str]()
    for n, name in enumerate(contents.info.schemes):
        if name not in schedules:
            message = f"no file in tiers or rates has a schedule {name!r}"
            unlisted = [each for each in schedules if each not in listed]
            hint = review.meant(name, unlisted) or "add its schedule, or drop it here"
            meant.update(each for each in unlisted if repr(each) in hint)
            review.fault(review.book.at("schemes", n), "unknown_scheme", message, hint)
    for name in contents.picks.keys() & contents.rates.keys():
        first = review.site("tiers", name).document.file
        message = f"{name!r} stands in {first} already"
        review.key_fault(review.site("rates", name), "doubled_name", message)
        review.held.add(("price", name))
    for name in schedules:
        if name not in listed and name not in meant:
            message = f"{name!r} is not among the schemes of book.yaml"
            hint = "add it to 'schemes' there, or drop it here"
            review.key_fault(review.schedule(name), "unlisted_scheme", message, hint)
    every = dict.fromkeys([*listed, *schedules])
    refunds = Site(review.book.document)
    if contents.refunds:
        refunds = Site(review.site("refunds", next(iter(contents.refunds))).document)
    for kind, site, names in (
        ("may_pay", review.periods.at("may_pay"), list(periods.may_pay)),
        ("refunds", refunds, list(contents.refunds)),
    ):
        _check_names(review, kind, site, names, every)
        _check_missing(review, kind, site, schedules, names)
    _check_names(review, "waiting", review.periods.at("waiting"), periods.waiting, every)
    _check_names(review, "cover", review.periods.at("cover"), periods.cover, every)
    yearly = [name for name, each in contents.picks.items() if each.at == AT_YEAR]
    site = review.periods.at("notice_years")
    _check_names(review, "notice_years", site, periods.notice_years, yearly)
    _check_missing(review, "notice_years", site, yearly, periods.notice_years)


def _check_names(
    review: Review, kind: str, site: Site, names: Iterable[str], known: Iterable[str]
) -> None:
    wanted = dict.fromkeys(known)
    for name in names:
        if name not in wanted:
            review.held.add((kind, name))
            message = f"{name!r} is no scheme that {kind!r} is about"
            hint = review.meant(name, wanted)
            review.key_fault(site.at(name), "unknown_scheme", message, hint)


def _check_missing(
    review: Review, kind: str, site: Site, wanted: Iterable[str], names: Iterable[str]
) -> None:
    there = dict.fromkeys(names)
    for name in wanted:
        if name not in there:
            review.held.add((kind, name))
            message = f"{kind!r} says nothing of the scheme {name!r}"
            hint = f"add '{name}: …'" + ("" if kind == "notice_years" else f", or '{name}: none'")
            review.key_fault(site, "missing_scheme", message, hint)


def _check_succession(review: Review, scheme: str) -> None:
    """A scheme succeeds others of the book that have come to an end, and never itself."""
    schedules = review.schedules
    names = schedules[scheme].succeeds
    site = review.schedule(scheme).at("succeeds")
    review.distinct(site, names, "schemes that it succeeds")
    for n, name in enumerate(names):
        if name not in schedules:
            hint = review.meant(name, schedules)
            review.fault(site.at(n), "unknown_scheme", f"there is no scheme {name!r}", hint)
        elif name == scheme or _end(schedules[name]) is None:
            message = f"{scheme!r} cannot succeed {name!r}, which has not come to an end"
            hint = f"give the tables of {name!r} an end: covers: {{until: …}}"
            review.fault(site.at(n), "succeeds_unended", message, hint)


def _end(schedule: PickSchedule | RateSchedule) -> date | None:
    if isinstance(schedule, PickSchedule):
        return schedule.tiers.covers.until
    return schedule.rates.covers.until
