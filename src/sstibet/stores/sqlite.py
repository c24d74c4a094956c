"""The SQLite store: one file, or memory. Several processes may work on the same file.

Each step is one transaction in WAL mode with ``synchronous=FULL``: what was acknowledged is on the
disk. Both are read back when the file is opened, and a store that hasn't them is refused.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import apsw

from sstibet.items.value import Item
from sstibet.stores.records import DUE, Change, Keyed, Outgoing, Past
from sstibet.stores.sealing import INDEX_PLACE
from sstibet.stores.shared import (
    Resealing,
    Row,
    Sealed,
    holdable,
    keys_called,
    keys_of,
    log,
    version_of,
    whole,
)
from sstibet.stores.sqlite_keeping import SqliteKeeping
from sstibet.stores.sqlite_schema import BUSY_MS, LEAST_SQLITE, SCHEMA, check_sqlite, prepare
from sstibet.stores.sqlite_writing import Writer, writing
from sstibet.vault import Spoilt, Vault

__all__ = ["LEAST_SQLITE", "SCHEMA", "SqliteStore", "check_sqlite"]

_ITEM = (
    "ref, owner, item, state, version, deadline, opened, called, sealed,"
    " (SELECT max(version) FROM history h WHERE h.ref = items.ref)"
)
_GET = f"SELECT {_ITEM} FROM items WHERE ref = ?"
_LOOK = f"SELECT (SELECT sealed FROM keys WHERE mark = ?), {_ITEM} FROM items WHERE ref = ?"
_ROW = "key, ref, number, kind, name, goes_to, secret, status, attempts, sealed"


class SqliteStore(SqliteKeeping):
    """A store in a SQLite file (``path``), or in memory (None).

    ``vault`` seals what is kept; without one the key stands beside the file, or ends with the
    memory.

    Raises:
        RuntimeError: SQLite is too old, the file can't be made durable, or its schema is of a later
            version of the library.
        Spoilt: the vault's keys are not those that the file was made with.
    """

    def __init__(self, path: str | None = None, vault: Vault | None = None) -> None:
        check_sqlite(apsw.sqlite_lib_version())
        self._lock = threading.RLock()
        self._db = apsw.Connection(path or ":memory:")
        self._db.set_busy_timeout(BUSY_MS)
        try:
            self._sealer = prepare(self._db, path, vault)
        except BaseException:
            self._db.close()
            raise
        self._write = Writer(self._db, self._sealer, self._lock)
        self._resealing = Resealing(self._sealer, self._sealed_by_others, self._put_anew)

    def get(self, ref: str) -> Item | None:
        """An item by its reference. Raises Spoilt."""
        row = self._one(_GET, (ref,))
        return None if row is None else self._item(row)

    def look(self, ref: str, actor: str, key: str) -> tuple[Item | None, Keyed | None]:
        """The item, and what the actor's key was used for."""
        mark = self._sealer.request(actor, key)
        row = self._one(_LOOK, (mark, ref))
        if row is None:
            return None, self.keyed(actor, key)
        kept = None if row[0] is None else self._sealer.read_keyed(mark, row[0])
        return self._item(row[1:]), kept

    def commit(self, change: Change) -> None:
        """Write a step whole, or nothing of it. Raises Conflict."""
        self._write.change(change)

    def keyed(self, actor: str, key: str) -> Keyed | None:
        """What an actor's key was used for before."""
        mark = self._sealer.request(actor, key)
        row = self._one("SELECT sealed FROM keys WHERE mark = ?", (mark,))
        return None if row is None else self._sealer.read_keyed(mark, row[0])

    def outgoing(self, key: str) -> Outgoing | None:
        """A row of the outbox by its key. Raises Spoilt."""
        row = self._one(f"SELECT {_ROW} FROM outbox WHERE key = ?", (key,))
        return None if row is None else self._row(row)

    def asked(self, key: str) -> tuple[Outgoing | None, Item | None]:
        """A row of the outbox with its item. Raises Spoilt."""
        row = self.outgoing(key)
        return row, None if row is None else self.get(row.ref)

    def claim(self, now: int, until: int, limit: int) -> list[Outgoing]:
        """Rows that are due and claimed by nobody, the oldest first, claimed ``until`` then."""
        sql = (
            f"SELECT {_ROW} FROM outbox WHERE status IN ('due', 'retry') AND claimed <= ?"
            " ORDER BY claimed, born, ref, number LIMIT ?"
        )
        if not self._listed(f"SELECT 1 FROM ({sql})", (now, 1)):
            return []  # who looks in vain stands in no writer's way
        with self._transaction():
            rows = self._listed(sql, (now, limit))
            for row in rows:
                self._db.execute(
                    "UPDATE outbox SET status = ?, claimed = ?, attempts = attempts + 1"
                    " WHERE key = ?",
                    (DUE, until, row[0]),
                )
        return whole(self._row, rows)

    def mark(self, key: str, status: str, again_at: int = 0) -> None:
        """Set how a row stands, unless it is over already."""
        if not holdable(key):
            return
        with self._transaction():
            self._db.execute(
                "UPDATE outbox SET status = ?, claimed = ? WHERE key = ? AND status != 'done'",
                (status, again_at, key),
            )

    def busy(self, ref: str, now: int) -> bool:
        """Whether somebody is delivering a row of this item, or of one that it has called."""
        sql = (
            "SELECT 1 FROM outbox WHERE (key > ? AND key < ? OR key > ? AND key < ?)"
            " AND status = ? AND claimed > ?"
        )
        return self._one(sql, (*keys_of(ref), *keys_called(ref), DUE, now)) is not None

    def overdue(self, now: int, limit: int) -> list[tuple[str, int]]:
        """(ref, version) of the items whose deadline has come, the oldest first."""
        sql = "SELECT ref, version FROM items WHERE deadline <= ? ORDER BY deadline, ref LIMIT ?"
        return whole(version_of, self._listed(sql, (now, limit)))

    def of_actor(self, actor: str, limit: int) -> list[Item]:
        """An actor's items, the newest first; those that others have called are left out."""
        sql = f"SELECT {_ITEM} FROM items WHERE owner = ? AND called = 0"
        rows = self._listed(
            f"{sql} ORDER BY opened DESC, ref LIMIT ?", (self._sealer.owner(actor), limit)
        )
        return whole(self._item, rows)

    def history(self, ref: str) -> list[Past]:
        """An item's history, from the first event on. Raises Spoilt."""
        sql = "SELECT version, sealed FROM history WHERE ref = ? ORDER BY version"
        return [self._sealer.read_past(ref, *row) for row in self._all(sql, (ref,))]

    def rows(self, ref: str) -> list[Outgoing]:
        """An item's rows of the outbox, the oldest first. Raises Spoilt."""
        sql = f"SELECT {_ROW} FROM outbox WHERE key > ? AND key < ? ORDER BY born, number, key"
        return [self._row(row) for row in self._all(sql, keys_of(ref))]

    def refs(self, after: str = "", limit: int = 1000) -> list[str]:
        """The references of all items in their order, from the first after one."""
        sql = "SELECT ref FROM items WHERE ref > ? ORDER BY ref LIMIT ?"
        return [str(ref) for (ref,) in self._listed(sql, (after, limit))]

    def rewrite(self, item: Item, pasts: Sequence[Past], rows: Sequence[Outgoing]) -> None:
        """Put this in place of what is kept about an item. Raises Conflict."""
        ref = item.head.ref
        with self._transaction():
            self._write.item(item, item.version)
            for past in pasts:
                values = (self._sealer.past(ref, past), ref, past.version)
                self._db.execute(
                    "UPDATE history SET sealed = ? WHERE ref = ? AND version = ?", values
                )
            for row in rows:
                self._db.execute(
                    "UPDATE outbox SET sealed = ? WHERE key = ?", (self._sealer.row(row), row.key)
                )

    def reseal(self, limit: int) -> int:
        """Seal anew, under the current key, some of what another key has sealed."""
        with self._transaction():
            (index_key,) = self._one("SELECT index_key FROM store") or (b"",)
            if not self._sealer.is_current(index_key):
                again = self._sealer.again(index_key, INDEX_PLACE)
                self._db.execute("UPDATE store SET index_key = ?", (again,))
                return 1
        return self._resealing.some(limit)

    def _sealed_by_others(
        self, sealed: Sealed, after: Row | None, head: bytes, most: int
    ) -> list[Row]:
        keys, given = ", ".join(sealed.key), after or ()
        marks = ", ".join("?" * len(given))
        sql = (
            f"SELECT {', '.join(sealed.columns)}, sealed FROM {sealed.table}"
            f" WHERE {f'({keys}) > ({marks}) AND' if given else ''} substr(sealed, 1, ?) != ?"
            f" ORDER BY {keys} LIMIT ?"
        )
        return self._all(sql, (*given, len(head), head, most))

    def _put_anew(self, sealed: Sealed, rows: list[tuple[bytes, Row]]) -> None:
        named = " AND ".join(f"{name} = ?" for name in sealed.key)
        sql = f"UPDATE {sealed.table} SET sealed = ? WHERE {named} AND sealed = ?"
        with self._transaction():
            for again, row in rows:
                self._db.execute(sql, (again, *row[: len(sealed.key)], row[-1]))

    def keep_book(self, digest: str, archive: bytes) -> None:
        """Keep the sources of a rule book."""
        with self._transaction():
            values = (digest, self._sealer.book(digest, archive))
            self._db.execute("INSERT OR IGNORE INTO books VALUES (?,?)", values)

    def book(self, digest: str) -> bytes | None:
        """The sources of a rule book that `keep_book` has kept. Raises Spoilt."""
        row = self._one("SELECT sealed FROM books WHERE digest = ?", (digest,))
        return None if row is None else self._sealer.read_book(digest, row[0])

    def books(self) -> list[str]:
        """The digests of the rule books that are kept."""
        return [str(digest) for (digest,) in self._all("SELECT digest FROM books ORDER BY digest")]

    def fingerprint(self, text: str) -> str:
        """A keyed hash of (the hash of) what a request asks."""
        return self._sealer.fingerprint(text)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _item(self, row: tuple[Any, ...]) -> Item:
        return self._sealer.read_item(row[:-2], *row[-2:])

    def _row(self, row: tuple[Any, ...]) -> Outgoing:
        return self._sealer.read_row(row[:-1], row[-1])

    def _transaction(self) -> AbstractContextManager[None]:
        return writing(self._db, self._lock)

    def _all(self, sql: str, given: Row = ()) -> list[Row]:
        for each in given:
            if isinstance(each, str) and not holdable(each):
                return []  # what can't be kept isn't there
        with self._lock:
            try:
                return list(self._db.execute(sql, given))
            except UnicodeDecodeError:
                raise Spoilt("what stands in a column of text is no text") from None

    def _listed(self, sql: str, given: Row = ()) -> list[Row]:
        """As `_all`; a row that can't be read is told in the log and left out."""
        try:
            return self._all(sql, given)
        except Spoilt:
            return list(self._readable(sql, given))

    def _readable(self, sql: str, given: Row) -> Iterator[Row]:
        with self._lock:
            cursor = self._db.execute(sql, given)
            while True:
                try:
                    row = next(cursor, None)
                except UnicodeDecodeError:
                    log.error("a row is left out: what stands in a column of text is no text")
                    continue
                if row is None:
                    return
                yield row

    def _one(self, sql: str, given: Row = ()) -> Row | None:
        rows = self._all(sql, given)
        return rows[0] if rows else None
