"""What the stores have in common: which columns a sealed text is bound to, lists that a spoilt row
doesn't stop, texts that no store holds, and sealing a whole store anew, some rows at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sstibet.stores.sealing import (
    Sealer,
    book_place,
    item_place,
    key_place,
    past_place,
    row_place,
    typed,
)
from sstibet.vault import Spoilt

T = TypeVar("T")
Row = tuple[Any, ...]
log = logging.getLogger("sstibet.stores")


@dataclass(frozen=True, slots=True)
class Sealed:
    """A table with sealed texts: its primary key, the columns that they are bound to (the key
    stands first), and the place that these make."""

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    place: Callable[[Row], bytes]


SEALED = (
    Sealed("items", ("ref",), ("ref", "version"), lambda row: item_place(*typed(*row))),
    Sealed("history", ("ref", "version"), ("ref", "version"), lambda row: past_place(*typed(*row))),
    Sealed(
        "outbox",
        ("key",),
        ("key", "ref", "number", "kind", "name", "goes_to", "secret"),
        lambda row: row_place(typed(*row[:-1], bool(row[-1]))),
    ),
    Sealed("keys", ("mark",), ("mark",), lambda row: key_place(*row)),
    Sealed("books", ("digest",), ("digest",), lambda row: book_place(*row)),
)


def whole(read: Callable[[Row], T], rows: Sequence[Row]) -> list[T]:
    """What rows hold; a spoilt one is told in the log and left out."""
    found = list[T]()
    for row in rows:
        try:
            found.append(read(row))
        except Spoilt as spoilt:
            log.error("%s is left out: %s", row[0], spoilt)
    return found


def version_of(row: Row) -> tuple[str, int]:
    """An item's reference and version. Raises Spoilt."""
    ref, version = row
    if not (isinstance(ref, str) and isinstance(version, int)):
        raise Spoilt("its reference or its version isn't of its type")
    return ref, version


def holdable(text: str) -> bool:
    """Whether a store can hold a text in a plain column. One that it can't, it hasn't either."""
    if text.isascii():
        return "\0" not in text
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def keys_of(ref: str) -> tuple[str, str]:
    """Between which two texts the keys of an item's rows stand."""
    return f"{ref}:", f"{ref};"


def keys_called(ref: str) -> tuple[str, str]:
    """The same of the items that it has called, and of those that these have."""
    return f"{ref}.", f"{ref}/"


class Resealing:
    """Seals a store anew under the current key. It goes through the tables by their primary keys
    and goes on where it stopped, so that a whole rotation is two passes, however large the store.

    ``scan`` finds rows of a table (its bound columns and the sealed text) after a primary key that
    don't begin with ``head``, in the key's order; ``write`` puts new texts where the old ones still
    stand, in one transaction.
    """

    def __init__(
        self,
        sealer: Sealer,
        scan: Callable[[Sealed, Row | None, bytes, int], list[Row]],
        write: Callable[[Sealed, list[tuple[bytes, Row]]], None],
    ) -> None:
        self._sealer, self._scan, self._write = sealer, scan, write
        self._lock = threading.Lock()
        self._table, self._found = 0, False
        self._after: Row | None = None

    def some(self, limit: int) -> int:
        """Seal at most ``limit`` rows anew; how many. Zero: one pass over all has found none."""
        done = 0
        with self._lock:
            while done < limit:
                if self._table == len(SEALED):
                    found, self._table, self._found = self._found, 0, False
                    if done or not found:
                        break
                    continue
                done += self._batch(SEALED[self._table], limit - done)
        return done

    def _batch(self, sealed: Sealed, most: int) -> int:
        rows = self._scan(sealed, self._after, self._sealer.head, most)
        if not rows:
            self._table, self._after = self._table + 1, None
            return 0
        anew = whole(lambda row: (self._sealer.again(row[-1], sealed.place(row[:-1])), row), rows)
        self._write(sealed, anew)
        self._after = rows[-1][: len(sealed.key)]
        self._found = self._found or bool(anew)
        return len(anew)
