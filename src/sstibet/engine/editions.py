"""Editions in flight: an item is priced by the book that it was opened under, whatever the book of
today says, and gone on with by the machine of today.

The store keeps the files of every book that an item was opened under. Where one can't be had, the
items of it are told so (`EditionGone`); they are never priced by another.
"""

from __future__ import annotations

import threading

from sstibet.archive import NoBook, pack, read_archive
from sstibet.contents import Contents
from sstibet.deciding import Decider, decider
from sstibet.deciding.composed import composed
from sstibet.engine.errors import EditionGone
from sstibet.items.value import Item
from sstibet.rulebook import Rulebook
from sstibet.stores.records import Store
from sstibet.vault import Spoilt


class Editions:
    """What decides the events of items, each under the book that it was opened under."""

    def __init__(self, book: Rulebook, store: Store) -> None:
        self._book, self._store = book, store
        self._today = decider(book.contents, book.digest)
        self._deciders = {book.digest: self._today}
        self._kept = False
        self._lock = threading.Lock()

    @property
    def today(self) -> Decider:
        """What decides the events of items that are opened now."""
        return self._today

    def of(self, item: Item) -> Decider:
        """What decides an item's events. Raises EditionGone."""
        found = self._deciders.get(item.head.digest)
        return found if found is not None else self._of(item.head.digest, item.head.ref)

    def _of(self, digest: str, ref: str) -> Decider:
        with self._lock:  # two threads that come at once read the book once
            if digest not in self._deciders:
                contents = composed(kept_book(self._store, digest, ref), self._book.contents)
                self._deciders[digest] = decider(contents, digest)
            return self._deciders[digest]

    def keep(self) -> None:
        """Let the store have today's book before anything of it is written there."""
        if self._kept:
            return
        files = self._book.files
        if files is not None and self._book.digest not in self._store.books():
            self._store.keep_book(self._book.digest, pack(files))
        self._kept = True


def kept_book(store: Store, digest: str, what: str) -> Contents:
    """A book that a store keeps. EditionGone says ``what`` can't be gone on with without it."""
    archive = None
    try:
        archive = store.book(digest)
        if archive is not None:
            return read_archive(archive, digest)
        why = "the store doesn't have it"
    except (NoBook, Spoilt) as error:
        why = str(error)
    raise EditionGone(f"{what} was opened under the book {digest[:12]}: {why}")
