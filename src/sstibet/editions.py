"""Editions: what a table says, from when until when, and since when anyone could know it.

A table covers a stretch of time without a gap or an overlap: every day in it lies in exactly one
edition, or in a stretch that the book itself calls unknown. Each edition names both its ends, so
that one that is dropped, doubled or moved is found and never filled in by its neighbour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from sstibet.documents import Filled, Node, node
from sstibet.evidence import Day, Evidence, OpenDay, UnknownDay
from sstibet.months import Span


@node
class Edition(Node):
    """One edition of a table: in force from ``from_`` up to, not including, ``until``.

    ``published`` is the day it was announced; where that is not on record, the evidence's
    ``seen`` tells by when it was.
    """

    from_: Day
    until: OpenDay
    published: UnknownDay
    evidence: Evidence

    @property
    def span(self) -> Span:
        """The days on which the edition is in force."""
        return Span(self.from_, self.until)

    def known_on(self, day: date) -> bool | None:
        """Whether the edition was public on ``day``; None where the record can't tell."""
        if self.published is not None:
            return self.published <= day
        if self.evidence.seen is not None and self.evidence.seen <= day:
            return True
        return None


E = TypeVar("E", bound=Edition)


@node
class Stretch(Node):
    """From a day up to, not including, another."""

    from_: Day
    until: OpenDay


@node
class Unknown(Stretch):
    """A stretch inside a table of which the book says that it doesn't know the rule."""

    why: Filled


@dataclass(frozen=True, slots=True)
class NoEdition:
    """Why a table has no edition for a day.

    ``reason``: ``before`` the first, ``after`` the last, in an ``unknown`` stretch (``why``),
    ``not_known_yet`` on the day asked, or ``publication_unknown``.
    """

    reason: str
    day: date
    why: str = ""
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Found(Generic[E]):
    """The edition used for a day. ``carried`` is the edition that was not yet public then and
    in whose stead the last public one was carried on (None in the ordinary case)."""

    edition: E
    carried: E | None = None


@node
class Table(Node, Generic[E]):
    """The editions of one table in the order of time, over the stretch that it ``covers``."""

    covers: Stretch
    editions: tuple[E, ...]
    unknown: tuple[Unknown, ...] = ()

    def at(self, day: date) -> E | NoEdition:
        """The edition in force on ``day`` by all that the book holds."""
        for edition in reversed(self.editions):
            if edition.from_ <= day:
                if edition.until is None or day < edition.until:
                    return edition
                break
        return self._absent(day)

    def as_known(self, day: date, known_on: date | None, carry_on: bool) -> Found[E] | NoEdition:
        """The edition for ``day`` as it was public on ``known_on`` (None: by all the book holds).

        Where the edition for ``day`` was not public yet, the last public one goes on if the book
        says so (``carry_on``), else there is none.
        """
        edition = self.at(day)
        if known_on is None:
            return edition if isinstance(edition, NoEdition) else Found(edition)
        known = None if isinstance(edition, NoEdition) else edition.known_on(known_on)
        if not isinstance(edition, NoEdition):
            if known:
                return Found(edition)
            if known is None:
                return NoEdition("publication_unknown", day)
        elif edition.reason != "after":
            return edition
        return self._carried(day, known_on, edition) if carry_on else _not_yet(day, edition)

    def _carried(self, day: date, known_on: date, missing: E | NoEdition) -> Found[E] | NoEdition:
        for earlier in reversed(self.editions):
            if earlier.from_ > day or earlier is missing:
                continue
            known = earlier.known_on(known_on)
            if known is None:
                return NoEdition("publication_unknown", day)
            if known:
                return Found(earlier, missing if isinstance(missing, Edition) else earlier)
        return _not_yet(day, missing)

    def _absent(self, day: date) -> NoEdition:
        for stretch in self.unknown:
            if day in Span(stretch.from_, stretch.until):
                return NoEdition("unknown", day, stretch.why)
        if day < self.covers.from_:
            return NoEdition("before", day, end=self.covers.from_)
        return NoEdition("after", day, end=self.covers.until)


def _not_yet(day: date, found: Edition | NoEdition) -> NoEdition:
    return found if isinstance(found, NoEdition) else NoEdition("not_known_yet", day)
