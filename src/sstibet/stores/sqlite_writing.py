"""Writing rows into a SQLite store; what its steps and its forward migrations share."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import apsw

from sstibet.items.value import Item
from sstibet.stores.records import Change, Conflict, Keyed, Outgoing, Past
from sstibet.stores.sealing import Sealer

AnyLock = AbstractContextManager[Any]


_THERE_ALREADY = (apsw.SQLITE_CONSTRAINT_PRIMARYKEY, apsw.SQLITE_CONSTRAINT_UNIQUE)
_BEGIN = "BEGIN IMMEDIATE;"
_NEW_ITEM = "INSERT INTO items VALUES (?,?,?,?,?,?,?,?,?);"
_ITEM = (
    "UPDATE items SET state = ?, version = ?, deadline = ?, sealed = ?"
    " WHERE ref = ? AND version = ?;"
)
_PAST = "INSERT INTO history VALUES (?,?,?);"
_ROW = "INSERT OR IGNORE INTO outbox VALUES (?,?,?,?,?,?,?,?,?,?,?,?);"
_KEY = "INSERT INTO keys VALUES (?,?);"
_CLOSE = "UPDATE outbox SET status = 'done' WHERE key = ? AND status != 'done'"


def take_back(database: apsw.Connection) -> None:
    """Take back a transaction that is open: a disk that is full may have ended it already."""
    if database.in_transaction:
        database.execute("ROLLBACK")


class writing:
    """One transaction, begun as a writer at once: whole, or taken back; under a lock, if any."""

    __slots__ = ("_database", "_lock")

    def __init__(self, database: apsw.Connection, lock: AnyLock | None = None) -> None:
        self._database, self._lock = database, lock or nullcontext()

    def __enter__(self) -> None:
        self._lock.__enter__()
        try:
            self._database.execute(_BEGIN)
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if kind is None:
                self._database.execute("COMMIT")
            else:
                take_back(self._database)
        except BaseException:
            take_back(self._database)
            raise
        finally:
            self._lock.__exit__(None, None, None)


class Writer:
    """Seals and writes rows. But for a whole step it does so inside of the caller's transaction."""

    __slots__ = ("_database", "_lock", "_sealer")

    def __init__(
        self, database: apsw.Connection, sealer: Sealer, lock: AnyLock | None = None
    ) -> None:
        self._database, self._sealer, self._lock = database, sealer, lock or nullcontext()

    def change(self, change: Change) -> None:
        """A whole step as one transaction of its own. Raises Conflict.

        All is sealed before the transaction begins, and what nobody waits for an answer to goes to
        SQLite at once: others wait for as long as the transaction takes.
        """
        ref, more, given = change.item.head.ref, "", list[Any]()
        item = self._item(change.item, change.expected)
        if change.past is not None:
            more, given = _PAST, [*self._past(ref, change.past)]
        for row in change.outgoing:
            more += _ROW
            given += self._row(row, change.claimed, change.item.version)
        if change.keyed is not None:
            more += _KEY
            given += self._sealer.keyed(change.keyed)
        execute = self._database.execute
        with self._lock:
            try:
                execute(_BEGIN + item[0], item[1])
                self._must_change(ref)
                if change.answered is not None:
                    execute(_CLOSE, (change.answered,))
                    self._must_change(change.answered)
                execute(more + "COMMIT", given)
            except BaseException as error:
                take_back(self._database)
                if getattr(error, "extendedresult", None) in _THERE_ALREADY:
                    raise Conflict(ref) from None
                raise

    def item(self, item: Item, expected: int | None) -> None:
        """An item: a new one, or in place of the version that is expected. Raises Conflict."""
        self._database.execute(*self._item(item, expected))
        self._must_change(item.head.ref)

    def past(self, ref: str, past: Past) -> None:
        """A line of history."""
        self._database.execute(_PAST, self._past(ref, past))

    def row(self, row: Outgoing, claimed: int, born: int) -> None:
        """A row of the outbox, unless there is one under its key."""
        self._database.execute(_ROW, self._row(row, claimed, born))

    def key(self, keyed: Keyed) -> None:
        """A request's key."""
        self._database.execute(_KEY, self._sealer.keyed(keyed))

    def _item(self, item: Item, expected: int | None) -> tuple[str, tuple[Any, ...]]:
        sealed = self._sealer.item(item)
        if expected is None:
            return _NEW_ITEM, (*self._sealer.item_columns(item), sealed)
        return _ITEM, (item.state, item.version, item.deadline, sealed, item.head.ref, expected)

    def _past(self, ref: str, past: Past) -> tuple[Any, ...]:
        return ref, past.version, self._sealer.past(ref, past)

    def _row(self, row: Outgoing, claimed: int, born: int) -> tuple[Any, ...]:
        return (
            row.key, row.ref, row.number, row.kind, row.name, row.to, int(row.secret),
            row.status, claimed, row.attempts, born, self._sealer.row(row),
        )  # fmt: skip

    def _must_change(self, what: str) -> None:
        if self._database.changes() != 1:
            raise Conflict(what)
