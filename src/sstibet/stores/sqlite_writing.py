"""Writing rows into a SQLite store; what its steps and its forward migrations share."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import apsw

from sstibet.items.value import Item
from sstibet.stores.records import Change, Conflict, Keyed, Outgoing, Past
from sstibet.stores.sealing import Sealer

AnyLock = AbstractContextManager[Any]


class writing:
    """One transaction, begun as a writer at once: whole, or taken back; under a lock, if any.

    A class and no generator: every step passes here.
    """

    __slots__ = ("_database", "_lock")

    def __init__(self, database: apsw.Connection, lock: AnyLock | None = None) -> None:
        self._database, self._lock = database, lock or nullcontext()

    def __enter__(self) -> None:
        self._lock.__enter__()
        try:
            self._database.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if kind is None:
                self._database.execute("COMMIT")
            else:
                self._take_back()
        except BaseException:
            self._take_back()
            raise
        finally:
            self._lock.__exit__(None, None, None)

    def _take_back(self) -> None:
        if self._database.in_transaction:  # a disk that is full may have ended it already
            self._database.execute("ROLLBACK")


class Writer:
    """Seals and writes rows, inside of the caller's transaction."""

    __slots__ = ("_database", "_sealer")

    def __init__(self, database: apsw.Connection, sealer: Sealer) -> None:
        self._database, self._sealer = database, sealer

    def change(self, change: Change) -> None:
        """All rows of a step. Raises Conflict."""
        self.item(change.item, change.expected)
        ref, version = change.item.head.ref, change.item.version
        if change.past is not None:
            self.past(ref, change.past)
        for row in change.outgoing:
            self.row(row, change.claimed, version)
        if change.answered is not None:
            self._close(change.answered)
        if change.keyed is not None:
            self.key(change.keyed)

    def item(self, item: Item, expected: int | None) -> None:
        """An item: a new one, or in place of the version that is expected. Raises Conflict."""
        ref, sealed = item.head.ref, self._sealer.item(item)
        if expected is None:
            values = (*self._sealer.item_columns(item), sealed)
            self._insert("INSERT INTO items VALUES (?,?,?,?,?,?,?,?,?)", values, ref)
            return
        self._database.execute(
            "UPDATE items SET state = ?, version = ?, deadline = ?, sealed = ?"
            " WHERE ref = ? AND version = ?",
            (item.state, item.version, item.deadline, sealed, ref, expected),
        )
        if self._database.changes() != 1:
            raise Conflict(ref)

    def past(self, ref: str, past: Past) -> None:
        """A line of history. Raises Conflict."""
        sealed = self._sealer.past(ref, past)
        self._insert("INSERT INTO history VALUES (?,?,?)", (ref, past.version, sealed), ref)

    def row(self, row: Outgoing, claimed: int, born: int) -> None:
        """A row of the outbox, unless there is one under its key."""
        self._database.execute(
            "INSERT OR IGNORE INTO outbox VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            (row.key, row.ref, row.number, row.kind, row.name, row.to, int(row.secret),
             row.status, claimed, row.attempts, born, self._sealer.row(row)),
        )  # fmt: skip

    def key(self, keyed: Keyed) -> None:
        """A request's key. Raises Conflict."""
        self._insert("INSERT INTO keys VALUES (?,?)", self._sealer.keyed(keyed), keyed.key)

    def _close(self, key: str) -> None:
        sql = "UPDATE outbox SET status = 'done' WHERE key = ? AND status != 'done'"
        self._database.execute(sql, (key,))
        if self._database.changes() != 1:
            raise Conflict(key)

    def _insert(self, sql: str, values: tuple[Any, ...], what: str) -> None:
        try:
            self._database.execute(sql, values)
        except apsw.ConstraintError:
            raise Conflict(what) from None
