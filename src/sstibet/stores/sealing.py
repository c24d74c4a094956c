"""What the stores keep, sealed: each row's own text, bound to the columns that are looked up by.

Plain columns are references, machines, states, versions, times, and keyed marks of actors and
request keys. All else is sealed; a row whose columns don't belong to its text is `Spoilt`.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from sstibet.items.value import Item
from sstibet.stores.records import STATUSES, Keyed, Outgoing, Past
from sstibet.stores.snapshot import dumped, restored, to_bytes
from sstibet.vault import Index, Spoilt, Vault

INDEX_PLACE = b"store index"
_FILLED_TO = 256


class Sealer:
    """Makes and reads the sealed texts of rows."""

    __slots__ = ("_index", "_vault", "owner", "request")

    def __init__(self, vault: Vault, index: Index) -> None:
        self._vault, self._index = vault, index

        def owner(actor: str) -> bytes:
            return index.of("actor", actor)

        def request(actor: str, key: str) -> bytes:
            return index.of("request", f"{len(actor)}:{actor}{key}")

        # The mark under which an actor's items are found, and that of a request's key, which is its
        # actor's own. Each is asked for twice within one step at least.
        self.owner = lru_cache(maxsize=1000)(owner)
        self.request = lru_cache(maxsize=100)(request)

    def fingerprint(self, text: str) -> str:
        """A keyed hash of a text."""
        return self._index.of("fingerprint", text).hex()

    def is_current(self, sealed: bytes) -> bool:
        """Whether the current key has sealed this."""
        return self._vault.is_current(sealed)

    @property
    def head(self) -> bytes:
        """How everything begins that the current key has sealed."""
        return self._vault.head

    def again(self, sealed: bytes, bound: bytes) -> bytes:
        """The same under the current key."""
        return self._vault.seal(self._vault.open(sealed, bound), bound)

    def item(self, item: Item) -> bytes:
        """An item's text, filled up with blanks: it seldom grows, so that a store puts the next one
        where it stood, and its length tells little."""
        text = dumped(item)
        text += b" " * (-len(text) % _FILLED_TO)
        return self._vault.seal(text, item_place(item.head.ref, item.version))

    def read_item(self, columns: tuple[Any, ...], sealed: bytes, last: int | None) -> Item:
        """The item of a row; ``columns`` as `item_columns` lists them, ``last`` the version of the
        last line of its history. An item that was put back to how it stood before is as genuine as
        it was then; but its history goes further."""
        ref, version = columns[0], columns[4]
        item = restored(self._vault.open(sealed, item_place(*typed(ref, version))))
        if self.item_columns(item) != columns:
            raise Spoilt(f"{ref}: its columns and its text don't belong together")
        if last is not None and not (isinstance(last, int) and last <= version):
            raise Spoilt(f"{ref}: its history goes further than it does itself")
        return item

    def item_columns(self, item: Item) -> tuple[Any, ...]:
        """The plain columns: ref, owner, machine, state, version, deadline, opened, called."""
        head = item.head
        return (
            head.ref, self.owner(head.actor), head.item, item.state, item.version, item.deadline,
            head.opened, int(head.caller is not None),
        )  # fmt: skip

    def past(self, ref: str, past: Past) -> bytes:
        """A line of history: all of it but its place."""
        told = [
            past.event, past.at, past.actor, past.before, past.after, past.way, list(past.steps),
            dict(past.payload),
        ]  # fmt: skip
        return self._vault.seal(to_bytes(told), past_place(ref, past.version))

    def read_past(self, ref: str, version: int, sealed: bytes) -> Past:
        """The line of history of a row."""
        told = json.loads(self._vault.open(sealed, past_place(*typed(ref, version))))
        event, at, actor, before, after, way, steps, payload = told
        return Past(version, event, at, actor, before, after, way, tuple(steps), payload)

    def row(self, row: Outgoing) -> bytes:
        """What a row of the outbox tells."""
        return self._vault.seal(to_bytes(row.told), row_place(_unchanging(row)))

    def read_row(self, columns: tuple[Any, ...], sealed: bytes) -> Outgoing:
        """The row of the outbox; ``columns``: key, ref, number, kind, name, to, secret, status,
        attempts."""
        key, ref, number, kind, name, to, secret, status, attempts = columns
        place = row_place(typed(key, ref, number, kind, name, to, bool(secret)))
        if status not in STATUSES or not isinstance(attempts, int) or attempts < 0:
            raise Spoilt(f"{key}: nobody knows how it stands")
        told = json.loads(self._vault.open(sealed, place))
        return Outgoing(key, ref, number, kind, name, to, told, bool(secret), status, attempts)

    def keyed(self, keyed: Keyed) -> tuple[bytes, bytes]:
        """The mark of a request's key, and the key with what it led to."""
        told = [keyed.actor, keyed.key, keyed.fingerprint, keyed.ref, keyed.version]
        mark = self.request(keyed.actor, keyed.key)
        return mark, self._vault.seal(to_bytes(told), key_place(mark))

    def read_keyed(self, mark: bytes, sealed: bytes) -> Keyed:
        """The request's key of a row."""
        return Keyed(*json.loads(self._vault.open(sealed, key_place(mark))))

    def book(self, digest: str, archive: bytes) -> bytes:
        """The sources of a rule book: nothing to hide, but nobody else may have written them."""
        return self._vault.seal(archive, book_place(digest))

    def read_book(self, digest: str, sealed: bytes) -> bytes:
        """The sources in a row."""
        return self._vault.open(sealed, book_place(digest))


_TYPES = frozenset((str, int, bool))


def _unchanging(row: Outgoing) -> tuple[Any, ...]:
    return (*row[:6], row.secret)


def item_place(ref: str, version: int) -> bytes:
    """Where an item's text belongs."""
    return to_bytes(("item", ref, version))


def past_place(ref: str, version: int) -> bytes:
    """Where a line of history belongs."""
    return to_bytes(("past", ref, version))


def row_place(columns: tuple[Any, ...]) -> bytes:
    """Where a row of the outbox belongs, by the columns that never change."""
    return to_bytes(("row", *columns))


def key_place(mark: bytes) -> bytes:
    """Where a request's key belongs."""
    return b"key " + mark


def book_place(digest: str) -> bytes:
    """Where the sources of a rule book belong."""
    return b"book " + digest.encode()


def typed(*columns: Any) -> tuple[Any, ...]:
    """Columns as they were read, of which a place can be made. Whatever else may stand in them, it
    is no place: Spoilt."""
    if not _TYPES.issuperset(map(type, columns)):
        raise Spoilt(f"a column of {columns[0]!r} isn't of its type")
    return columns
