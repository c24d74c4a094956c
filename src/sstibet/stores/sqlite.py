"""The SQLite store: one file, or memory. Several processes may work on the same file.

Each step is one transaction in WAL mode with ``synchronous=FULL``: what was acknowledged is on the
disk. Both are read back when the file is opened, and a store that hasn't them is refused.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import apsw

from sstibet.items.value import Item
from sstibet.stores.records import DUE, Change, Conflict, Keyed, Outgoing, Past
from sstibet.stores.sealing import (
    INDEX_PLACE,
    Sealer,
    book_place,
    item_place,
    key_place,
    past_place,
    row_place,
)
from sstibet.stores.snapshot import load
from sstibet.stores.sqlite_keeping import SqliteKeeping
from sstibet.vault import Spoilt, Vault

T = TypeVar("T")
SCHEMA = 2
LEAST_SQLITE = (3, 51, 3)  # older ones can spoil a file when its WAL is reset
_BUSY_MS = 10_000
_log = logging.getLogger("sstibet.stores")

_TABLES = """
CREATE TABLE IF NOT EXISTS store (schema INTEGER NOT NULL, index_key BLOB);
CREATE TABLE IF NOT EXISTS items (
  ref TEXT PRIMARY KEY, owner BLOB NOT NULL, item TEXT NOT NULL, state TEXT NOT NULL,
  version INTEGER NOT NULL, deadline INTEGER, opened INTEGER NOT NULL, called INTEGER NOT NULL,
  sealed BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS items_deadline ON items (deadline) WHERE deadline IS NOT NULL;
CREATE INDEX IF NOT EXISTS items_owner ON items (owner, opened) WHERE called = 0;
CREATE TABLE IF NOT EXISTS history (
  ref TEXT NOT NULL, version INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (ref, version)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
  key TEXT PRIMARY KEY, ref TEXT NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL,
  name TEXT NOT NULL, goes_to TEXT NOT NULL, secret INTEGER NOT NULL, status TEXT NOT NULL,
  claimed INTEGER NOT NULL, attempts INTEGER NOT NULL, born INTEGER NOT NULL, sealed BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS outbox_due ON outbox (claimed, born)
  WHERE status IN ('due', 'retry');
CREATE INDEX IF NOT EXISTS outbox_ref ON outbox (ref, born);
CREATE TABLE IF NOT EXISTS keys (mark BLOB PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS books (digest TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
"""
_ITEM = "ref, owner, item, state, version, deadline, opened, called, sealed"
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
        self._db.set_busy_timeout(_BUSY_MS)
        try:
            self._prepare(path, vault)
        except BaseException:
            self._db.close()
            raise

    def _prepare(self, path: str | None, vault: Vault | None) -> None:
        self._db.execute("PRAGMA synchronous=FULL")
        if path is not None:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._must_be("journal_mode", "wal")
        self._must_be("synchronous", 2)
        found = self._one("SELECT schema FROM store") if self._has("store") else None
        if found is not None and found[0] > SCHEMA:
            raise RuntimeError(f"{path} has schema {found[0]}; this version knows {SCHEMA}")
        vault = vault or (Vault.fresh() if path is None else Vault.beside(path))
        with self._transaction():
            # Read again: another process may have made it, or brought it forward, meanwhile.
            found = self._one("SELECT schema FROM store") if self._has("store") else None
            for schema in range(found[0] if found else SCHEMA, SCHEMA):
                _FORWARD[schema](self)
            for statement in _TABLES.split(";\n"):
                self._db.execute(statement)
            if found is None:
                sealed = vault.new_index(INDEX_PLACE)
                self._db.execute("INSERT INTO store VALUES (?, ?)", (SCHEMA, sealed))
            row = self._one("SELECT index_key FROM store")
            assert row is not None, "just written"
            index_key = row[0] or vault.new_index(INDEX_PLACE)
            self._sealer = Sealer(vault, vault.index(index_key, INDEX_PLACE))
            if found is not None and found[0] < SCHEMA:
                self._db.execute("UPDATE store SET schema = ?, index_key = ?", (SCHEMA, index_key))
                _seal_old(self)
        self._vault = vault
        if found is not None and found[0] < SCHEMA:
            self._db.execute("VACUUM")  # what stood there in plain text is in no free page either
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _must_be(self, pragma: str, wanted: object) -> None:
        found = self._db.pragma(pragma)
        if found != wanted:
            message = f"SQLite has {pragma}={found} here and not {wanted}; it wouldn't keep a step"
            raise RuntimeError(f"{message} whose power is cut. Is it on a network's disk?")

    def _has(self, table: str) -> bool:
        sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?"
        return self._one(sql, (table,)) is not None

    def get(self, ref: str) -> Item | None:
        """An item by its reference. Raises Spoilt."""
        row = self._one(f"SELECT {_ITEM} FROM items WHERE ref = ?", (ref,))
        return None if row is None else self._item(row)

    def look(self, ref: str, actor: str, key: str) -> tuple[Item | None, Keyed | None]:
        """The item, and what the actor's key was used for."""
        return self.get(ref), self.keyed(actor, key)

    def commit(self, change: Change) -> None:
        """Write a step whole, or nothing of it. Raises Conflict."""
        with self._transaction():
            self._put(change.item, change.expected)
            ref, version = change.item.head.ref, change.item.version
            if change.past is not None:
                self._keep_past(ref, change.past)
            for row in change.outgoing:
                self._keep_row(row, change.claimed, version)
            if change.answered is not None:
                self._close_row(change.answered)
            if change.keyed is not None:
                self._keep_key(change.keyed)

    def _keep_past(self, ref: str, past: Past) -> None:
        sealed = self._sealer.past(ref, past)
        self._insert("INSERT INTO history VALUES (?,?,?)", (ref, past.version, sealed), ref)

    def _keep_row(self, row: Outgoing, claimed: int, born: int) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO outbox VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            (row.key, row.ref, row.number, row.kind, row.name, row.to, int(row.secret),
             row.status, claimed, row.attempts, born, self._sealer.row(row)),
        )  # fmt: skip

    def _close_row(self, key: str) -> None:
        sql = "UPDATE outbox SET status = 'done' WHERE key = ? AND status != 'done'"
        self._db.execute(sql, (key,))
        if self._db.changes() != 1:
            raise Conflict(key)

    def _keep_key(self, keyed: Keyed) -> None:
        values = (self._sealer.request(keyed.actor, keyed.key), self._sealer.keyed(keyed))
        self._insert("INSERT INTO keys VALUES (?,?)", values, keyed.key)

    def _put(self, item: Item, expected: int | None) -> None:
        ref, sealed = item.head.ref, self._sealer.item(item)
        if expected is None:
            values = (*self._sealer.item_columns(item), sealed)
            self._insert("INSERT INTO items VALUES (?,?,?,?,?,?,?,?,?)", values, ref)
            return
        self._db.execute(
            "UPDATE items SET state = ?, version = ?, deadline = ?, sealed = ?"
            " WHERE ref = ? AND version = ?",
            (item.state, item.version, item.deadline, sealed, ref, expected),
        )
        if self._db.changes() != 1:
            raise Conflict(ref)

    def _insert(self, sql: str, values: tuple[Any, ...], what: str) -> None:
        try:
            self._db.execute(sql, values)
        except apsw.ConstraintError:
            raise Conflict(what) from None

    def keyed(self, actor: str, key: str) -> Keyed | None:
        """What an actor's key was used for before."""
        mark = self._sealer.request(actor, key)
        row = self._one("SELECT sealed FROM keys WHERE mark = ?", (mark,))
        return None if row is None else self._sealer.read_keyed(mark, row[0])

    def outgoing(self, key: str) -> Outgoing | None:
        """A row of the outbox by its key. Raises Spoilt."""
        row = self._one(f"SELECT {_ROW} FROM outbox WHERE key = ?", (key,))
        return None if row is None else self._row(row)

    def claim(self, now: int, until: int, limit: int) -> list[Outgoing]:
        """Rows that are due and claimed by nobody, the oldest first, claimed ``until`` then."""
        with self._transaction():
            rows = self._all(
                f"SELECT {_ROW} FROM outbox WHERE status IN ('due', 'retry') AND claimed <= ?"
                " ORDER BY claimed, born, ref, number LIMIT ?",
                (now, limit),
            )
            for row in rows:
                self._db.execute(
                    "UPDATE outbox SET status = ?, claimed = ?, attempts = attempts + 1"
                    " WHERE key = ?",
                    (DUE, until, row[0]),
                )
        return whole(self._row, rows)

    def mark(self, key: str, status: str, again_at: int = 0) -> None:
        """Set how a row stands, unless it is over already."""
        with self._transaction():
            self._db.execute(
                "UPDATE outbox SET status = ?, claimed = ? WHERE key = ? AND status != 'done'",
                (status, again_at, key),
            )

    def busy(self, ref: str, now: int) -> bool:
        """Whether somebody is delivering a row of this item, or of one that it has called."""
        sql = (
            "SELECT 1 FROM outbox WHERE (ref = ? OR (ref > ? AND ref < ?))"
            " AND status = ? AND claimed > ?"
        )
        return self._one(sql, (ref, f"{ref}.", f"{ref}/", DUE, now)) is not None

    def overdue(self, now: int, limit: int) -> list[tuple[str, int]]:
        """(ref, version) of the items whose deadline has come, the oldest first."""
        sql = "SELECT ref, version FROM items WHERE deadline <= ? ORDER BY deadline, ref LIMIT ?"
        return [(str(ref), int(version)) for ref, version in self._all(sql, (now, limit))]

    def of_actor(self, actor: str, limit: int) -> list[Item]:
        """An actor's items, the newest first; those that others have called are left out."""
        sql = f"SELECT {_ITEM} FROM items WHERE owner = ? AND called = 0"
        rows = self._all(
            f"{sql} ORDER BY opened DESC, ref LIMIT ?", (self._sealer.owner(actor), limit)
        )
        return whole(self._item, rows)

    def history(self, ref: str) -> list[Past]:
        """An item's history, from the first event on. Raises Spoilt."""
        sql = "SELECT version, sealed FROM history WHERE ref = ? ORDER BY version"
        return [self._sealer.read_past(ref, *row) for row in self._all(sql, (ref,))]

    def rows(self, ref: str) -> list[Outgoing]:
        """An item's rows of the outbox, the oldest first. Raises Spoilt."""
        sql = f"SELECT {_ROW} FROM outbox WHERE ref = ? ORDER BY born, number, key"
        return [self._row(row) for row in self._all(sql, (ref,))]

    def refs(self, after: str = "", limit: int = 1000) -> list[str]:
        """The references of all items in their order, from the first after one."""
        sql = "SELECT ref FROM items WHERE ref > ? ORDER BY ref LIMIT ?"
        return [str(ref) for (ref,) in self._all(sql, (after, limit))]

    def rewrite(self, item: Item, pasts: Sequence[Past], rows: Sequence[Outgoing]) -> None:
        """Put this in place of what is kept about an item. Raises Conflict."""
        ref = item.head.ref
        with self._transaction():
            self._put(item, item.version)
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
        done = 0
        with self._transaction():
            (index_key,) = self._one("SELECT index_key FROM store") or (b"",)
            if not self._sealer.is_current(index_key):
                again = self._sealer.again(index_key, INDEX_PLACE)
                self._db.execute("UPDATE store SET index_key = ?", (again,))
                done += 1
            for table, (columns, place) in _PLACES.items():
                for row in self._sealed_by_others(table, columns, limit - done):
                    again = self._sealer.again(row[-1], place(row[:-1]))
                    named = " AND ".join(f"{name} = ?" for name in _NAMED[table])
                    given = (again, *row[: len(_NAMED[table])])
                    self._db.execute(f"UPDATE {table} SET sealed = ? WHERE {named}", given)
                    done += 1
        return done

    def _sealed_by_others(self, table: str, columns: str, most: int) -> list[tuple[Any, ...]]:
        found = list[tuple[Any, ...]]()
        for row in self._db.execute(f"SELECT {columns}, sealed FROM {table}"):
            if len(found) >= most:
                break
            if not self._sealer.is_current(row[-1]):
                found.append(row)
        return found

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
        return self._sealer.read_item(row[:-1], row[-1])

    def _row(self, row: tuple[Any, ...]) -> Outgoing:
        return self._sealer.read_row(row[:-1], row[-1])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # a disk that is full may have ended it already
                    self._db.execute("ROLLBACK")
                raise

    def _all(self, sql: str, given: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return list(self._db.execute(sql, given))

    def _one(self, sql: str, given: tuple[Any, ...] = ()) -> tuple[Any, ...] | None:
        rows = self._all(sql, given)
        return rows[0] if rows else None


# table -> (the columns that a sealed text is bound to, the place that they make); and its key.
_PLACES: dict[str, tuple[str, Callable[[tuple[Any, ...]], bytes]]] = {
    "items": ("ref, version", lambda row: item_place(*row)),
    "history": ("ref, version", lambda row: past_place(*row)),
    "outbox": (
        "key, ref, number, kind, name, goes_to, secret",
        lambda row: row_place((*row[:-1], bool(row[-1]))),
    ),
    "keys": ("mark", lambda row: key_place(*row)),
    "books": ("digest", lambda row: book_place(*row)),
}
_NAMED = {
    "items": ("ref", "version"),
    "history": ("ref", "version"),
    "outbox": ("key",),
    "keys": ("mark",),
    "books": ("digest",),
}


def check_sqlite(version: str) -> None:
    """RuntimeError where SQLite's ``version`` ("3.51.2") is too old."""
    if tuple(int(part) for part in version.split(".")[:3]) < LEAST_SQLITE:
        least = ".".join(map(str, LEAST_SQLITE))
        raise RuntimeError(f"SQLite {version} is too old; {least} is needed: install a newer apsw")


def whole(read: Callable[[tuple[Any, ...]], T], rows: Sequence[tuple[Any, ...]]) -> list[T]:
    """What rows hold; a spoilt one is told in the log and left out."""
    found = list[T]()
    for row in rows:
        try:
            found.append(read(row))
        except Spoilt as spoilt:
            _log.error("%s is left out: %s", row[0], spoilt)
    return found


def _rename_old(store: SqliteStore) -> None:
    """From schema 1, whose rows stood in plain text: put aside here, sealed by `_seal_old`."""
    for index in ("items_deadline", "items_actor", "outbox_due"):
        store._db.execute(f"DROP INDEX IF EXISTS {index}")
    for table in ("items", "history", "outbox", "keys"):
        store._db.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    store._db.execute("ALTER TABLE store ADD COLUMN index_key BLOB")


def _seal_old(store: SqliteStore) -> None:
    for (snapshot,) in store._all("SELECT snapshot FROM old_items"):
        store._put(load(snapshot), None)
    columns = "ref, version, event, at, actor, before, after, way, steps, payload"
    for ref, *row in store._all(f"SELECT {columns} FROM old_history"):
        past = Past(*(*row[:-2], tuple(row[-2].split()), json.loads(row[-1])))
        store._keep_past(ref, past)
    columns = "key, ref, number, kind, name, goes_to, told, secret, status, attempts"
    for *row, claimed, born in store._all(f"SELECT {columns}, claimed, born FROM old_outbox"):
        told, secret = json.loads(row[6]), bool(row[7])
        store._keep_row(Outgoing(*(*row[:6], told, secret, *row[8:])), claimed, born)
    for actor, key, hashed, ref in store._all("SELECT actor, key, fingerprint, ref FROM old_keys"):
        store._keep_key(Keyed(actor, key, store.fingerprint(hashed), ref))
    for table in ("items", "history", "outbox", "keys"):
        store._db.execute(f"DROP TABLE old_{table}")


_FORWARD: dict[int, Callable[[SqliteStore], None]] = {1: _rename_old}
