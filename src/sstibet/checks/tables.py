"""Tables of editions: every day that a table covers lies in exactly one edition, or in a stretch
that the book itself calls unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from sstibet.checks.review import Key, Review
from sstibet.editions import Edition, Stretch, Table
from sstibet.loading import Site
from sstibet.premium.pick import AT_YEAR


@dataclass(frozen=True, slots=True)
class Placed:
    """A table, where it stands, what is held with it, and on which days it is ever looked up."""

    key: Key
    site: Site
    table: Table[Any]
    looked_up: str = "any day"


def tables(review: Review) -> Iterator[Placed]:
    """Every table of the book."""
    contents, periods = review.contents, review.contents.periods
    for scheme, pick in contents.picks.items():
        site, key = review.site("tiers", scheme), ("price", scheme)
        days = "1 January" if pick.at == AT_YEAR else "any day"
        yield Placed(key, site.at("tiers"), pick.tiers, days)
        if pick.relief is not None:
            yield Placed(key, site.at("relief"), pick.relief, days)
    for scheme, rate in contents.rates.items():
        site, key = review.site("rates", scheme), ("price", scheme)
        days = "first of a month" if rate.at == "period_start" else "any day"
        for name, table in (("rates", rate.rates), ("bases", rate.bases), ("tiers", rate.tiers)):
            if table is not None:
                yield Placed(key, site.at(name), table, days)
    for kind, named in (("parameter", periods.parameters), ("window", periods.windows)):
        days = "1 January" if kind == "window" else "any day"
        for name, each in named.items():
            yield Placed(
                (kind, name), review.periods.at(f"{kind}s", name, "table"), each.table, days
            )
    for kind, by_scheme in (("waiting", periods.waiting), ("cover", periods.cover)):
        for name, rule in by_scheme.items():
            yield Placed((kind, name), review.periods.at(kind, name, "table"), rule.table)
    for name, refunds in contents.refunds.items():
        if refunds is not None:
            site = review.site("refunds", name).at("table")
            yield Placed(("refunds", name), site, refunds.table)


def check_tables(review: Review) -> None:
    """All tables of the book."""
    for placed in tables(review):
        with review.holding(placed.key):
            _check_table(review, placed)


def _check_table(review: Review, placed: Placed) -> None:
    table, site = placed.table, placed.site
    if not table.editions:
        review.fault(site.at("editions"), "empty_table", "this table has no edition", "add one")
        return
    pieces = [(each, ("editions", n)) for n, each in enumerate(table.editions)]
    pieces += [(each, ("unknown", n)) for n, each in enumerate(table.unknown)]
    sound = _check_ends(review, site, table.covers, ("covers",))
    for piece, path in pieces:
        sound &= _check_ends(review, site, piece, path)
    sound &= _check_order(review, site.at("editions"), table.editions)
    sound &= _check_order(review, site.at("unknown"), table.unknown)
    for n, edition in enumerate(table.editions):
        _check_edition(review, site.at("editions", n), edition, placed.looked_up)
    if sound:
        pieces.sort(key=lambda piece: piece[0].from_)
        _check_partition(review, site, pieces)
        _check_covers(review, site, table.covers, pieces)


def _check_ends(
    review: Review, site: Site, piece: Edition | Stretch, path: tuple[str | int, ...]
) -> bool:
    if piece.until is None or piece.from_ < piece.until:
        return True
    message = f"'until' {piece.until} is not after 'from' {piece.from_}"
    hint = "'until' is the first day on which it no longer holds"
    review.fault(site.at(*path, "until"), "ends_before_it_begins", message, hint)
    return False


def _check_order(review: Review, site: Site, pieces: tuple[Edition | Stretch, ...]) -> bool:
    sound = True
    for n in range(1, len(pieces)):
        before, this = pieces[n - 1], pieces[n]
        if this.from_ > before.from_:
            continue
        sound, place = False, site.at(n, "from")
        if this.from_ == before.from_:
            message = f"two of them begin on {this.from_}"
            review.fault(place, "doubled_edition", message, f"the other is {before.where}")
        else:
            message = f"this one begins on {this.from_}, before the one above it ({before.from_})"
            hint = f"sort them by 'from'; the one above is {before.where}"
            review.fault(place, "unsorted_editions", message, hint)
    return sound


def _check_partition(review: Review, site: Site, pieces: list[tuple[Any, tuple[str, int]]]) -> None:
    """Each piece begins on the day on which the one before it ends."""
    for (before, _), (this, path) in pairwise(pieces):
        lines = f"{before.where} and {this.where}"
        place = site.at(*path, "from")
        if before.until is None or before.until > this.from_:
            ends = before.until - timedelta(days=1) if before.until is not None else "open"
            message = f"from {this.from_} to {_earlier(ends, this.until)} two of them hold"
            hint = f"let {before.where} end on {this.from_}, or {this.where} begin later"
            review.fault(place, "overlap", message, hint)
        elif before.until < this.from_:
            last = this.from_ - timedelta(days=1)
            message = f"from {before.until} to {last} none of them holds, between {lines}"
            hint = "mend the dates, add the edition, or name the stretch under 'unknown'"
            review.fault(place, "gap", message, hint)


def _earlier(last: Any, until: date | None) -> Any:
    if until is None:
        return last
    other = until - timedelta(days=1)
    return other if last == "open" or other < last else last


def _check_covers(
    review: Review, site: Site, covers: Stretch, pieces: list[tuple[Any, tuple[str, int]]]
) -> None:
    """What the table says it covers is what its pieces cover."""
    first, last = pieces[0][0], pieces[-1][0]
    for name, said, found, at in (
        ("from", covers.from_, first.from_, first.where),
        ("until", covers.until, last.until, last.where),
    ):
        if said != found:
            says, is_ = said or "open", found or "open"
            message = f"'covers' says {name} {says}, but the editions run {name} {is_} ({at})"
            hint = "an edition is missing, or one of the two dates is wrong"
            review.fault(site.at("covers", name), "covers_mismatch", message, hint)


def _check_edition(review: Review, site: Site, edition: Edition, looked_up: str) -> None:
    seen, published = edition.evidence.seen, edition.published
    if published is None and seen is None:
        message = "neither the day of publication is known nor a day on which the source was seen"
        hint = "add 'seen: YYYY-MM-DD' to the evidence"
        review.fault(site.at("published"), "publication_unproven", message, hint)
    if published is not None and seen is not None and seen < published:
        message = f"the source was seen on {seen}, before it was published on {published}"
        hint = "one of the two days is wrong"
        review.fault(site.at("evidence", "seen"), "seen_before_published", message, hint)
    if edition.until is None or edition.from_ >= edition.until:
        return
    if _first_use(edition.from_, looked_up) >= edition.until:
        message = f"no {looked_up} lies in this edition, so it would never be used"
        hint = f"this table is looked up on each {looked_up} only"
        review.fault(site.at("from"), "edition_never_used", message, hint)


def _first_use(day: date, looked_up: str) -> date:
    """The first day, from a day on, on which a table is looked up; the last of all if none is."""
    monthly = looked_up == "first of a month"
    if looked_up == "any day" or (day.day == 1 and (monthly or day.month == 1)):
        return day
    year, month = day.year + 1, 1
    if monthly and day.month < 12:
        year, month = day.year, day.month + 1
    return date(year, month, 1) if year <= 9999 else date.max
