"""A whole rule book: read, checked, and asked for the rules of a day.

>>> rules = load().on(date(2025, 3, 1))
>>> rules.quote("flexible_pension", {"base": "7066.20", "months": 1}).due
Money('1413.24')
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sstibet.cache import Cache
from sstibet.contents import Contents
from sstibet.files import Files, find_rules
from sstibet.problems import Problem, RulebookError
from sstibet.rules import Rules

if TYPE_CHECKING:
    import pyarrow as pa


class Rulebook:
    """All rules of one book, checked whole. ``digest`` names what it says (see `canonical`);
    ``files`` are what it was read from (None: it was made by a program)."""

    __slots__ = ("contents", "digest", "files", "root")

    def __init__(
        self, contents: Contents, book_digest: str, root: Path, files: Files | None = None
    ) -> None:
        self.contents, self.digest, self.root, self.files = contents, book_digest, root, files

    def on(self, day: date, known_on: date | None = None) -> Rules:
        """The rules in force on ``day``.

        With ``known_on`` they are taken as they were public on that day: a base announced later is
        not known yet, and the last one goes on where the book's rule says so. Without it they are
        taken by all that the book holds.
        """
        for name, value in (("day", day), ("known_on", day if known_on is None else known_on)):
            if type(value) is not date:  # a datetime is a date too, but in which time zone?
                raise TypeError(f"{name} must be a datetime.date, not {type(value).__name__}")
        return Rules(self.contents, self.digest, day, known_on)

    def quote_table(self, table: pa.Table, scheme: str | None = None) -> pa.Table:
        """Quotes for a whole table at once; see `sstibet.columns.quote_table`."""
        from sstibet.columns import quote_table

        return quote_table(self, table, scheme)

    def __repr__(self) -> str:
        info = self.contents.info
        return f"<Rulebook {info.id} {info.version} {self.digest[:12]}>"


def load(path: str | Path | None = None, *, cache: bool = True) -> Rulebook:
    """Read a rule book and check it whole: its types, its tables, its examples and its cases.

    Args:
        path: the book's folder; None for the rules that come with the library.
        cache: take a book read before out of the user's cache, by the content of its files.

    Raises:
        RulebookError: with every problem of the book, each with file, line and column.
    """
    root = find_rules(path)
    with _no_collecting():
        return _load(root, cache)


def _load(root: Path, cache: bool) -> Rulebook:
    files = Files.of(root)
    store = Cache.open(files) if cache and not files.problems else None
    kept = store.get() if store else None
    if kept is not None:
        return Rulebook(kept[0], kept[1], root, files)
    contents, book_digest, problems = _read_whole(files)
    if problems or contents is None:
        raise RulebookError(problems)
    book = Rulebook(contents, book_digest, root, files)
    if store:
        store.put(contents, book.digest)
    return book


def check(path: str | Path | None = None) -> list[Problem]:
    """Every problem of a book, sorted by file and place; an empty list where it is sound."""
    with _no_collecting():
        return sorted(_read_whole(Files.of(find_rules(path)))[2])


@contextmanager
def _no_collecting() -> Iterator[None]:
    """All that is read is kept, so looking for garbage while it grows only costs time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _read_whole(files: Files) -> tuple[Contents | None, str, list[Problem]]:
    """The contents of a book (None where it has problems), its digest, and its problems."""
    # Reading and checking load pydantic and the YAML parser; a book in the cache needs neither.
    from sstibet.canonical import digest
    from sstibet.checks import check_contents
    from sstibet.loading import load_documents

    loaded = load_documents(files)
    problems = [*files.problems, *loaded.problems]
    if loaded.contents is not None and not files.problems:  # what a lost file said seems to lack
        problems.extend(check_contents(loaded))
    if problems or loaded.contents is None:
        return None, "", problems
    return loaded.contents, digest(loaded.entries), problems
