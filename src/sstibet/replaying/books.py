"""The books that a store's items were opened under and gone on with by, beside the changed one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from sstibet.archive import NoBook, typed, unpack
from sstibet.canonical import digest as digest_of
from sstibet.checks.item_look import Look
from sstibet.checks.review import Review
from sstibet.contents import Contents
from sstibet.deciding import Decider, decider
from sstibet.deciding.composed import composed
from sstibet.files import Files
from sstibet.loading import Loaded, load_documents
from sstibet.stores.records import Store
from sstibet.vault import Spoilt


class Book:
    """One book, read: what it says, and where."""

    def __init__(self, loaded: Loaded, digest: str) -> None:
        assert loaded.contents is not None, "read without a problem"
        self.loaded, self.digest = loaded, digest
        self.contents: Contents = loaded.contents

    @classmethod
    def read(cls, root: Path) -> Book:
        """The sound book in a folder."""
        loaded = load_documents(Files.of(root))
        return cls(loaded, digest_of(loaded.entries))

    @cached_property
    def looks(self) -> Mapping[str, Look]:
        """Its items under review."""
        review = Review(self.loaded, self.contents)
        return {name: Look(review, name, rules) for name, rules in self.contents.items.items()}


class Books:
    """The changed book (``now``), and by their digests those that the store keeps."""

    def __init__(self, now: Book, store: Store) -> None:
        self.now, self._store = now, store
        self._kept: dict[str, Book | str] = {}
        self._deciders: dict[tuple[str, str], Decider] = {}

    def kept(self, digest: str) -> Book | str:
        """A book by its digest, or why it can't be had."""
        if digest == self.now.digest:
            return self.now
        if digest not in self._kept:
            self._kept[digest] = self._read(digest)
        return self._kept[digest]

    def _read(self, digest: str) -> Book | str:
        try:
            archive = self._store.book(digest)
            if archive is None:
                return "the store doesn't have it"
            return Book(typed(unpack(archive), digest), digest)
        except (NoBook, Spoilt) as error:
            return str(error)

    def with_machine(self, item: str, version: int, digest: str) -> list[Book]:
        """The books that have this version of a machine: the one of this digest, or else any."""
        first = self.kept(digest)
        if not isinstance(first, str) and _has(first, item, version):
            return [first]
        found = (self.kept(each) for each in self._store.books())
        return [book for book in found if not isinstance(book, str) and _has(book, item, version)]

    def decider(self, rules: str, machines: str) -> Decider | str:
        """What decides by the rules of one book and the machines of another; or why not."""
        if (rules, machines) not in self._deciders:
            ours, theirs = self.kept(rules), self.kept(machines)
            if isinstance(ours, str):
                return f"the book {rules[:12]}: {ours}"
            if isinstance(theirs, str):
                return f"the book {machines[:12]}: {theirs}"
            same = rules == machines
            contents = theirs.contents if same else composed(ours.contents, theirs.contents)
            self._deciders[rules, machines] = decider(contents, rules)
        return self._deciders[rules, machines]


def _has(book: Book, item: str, version: int) -> bool:
    rules = book.contents.items.get(item)
    return rules is not None and rules.version == version
