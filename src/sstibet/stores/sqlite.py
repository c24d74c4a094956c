"""The SQLite store: one file, or memory. Several processes may work on the same file.

Each step is one transaction in WAL mode with ``synchronous=FULL``: what was acknowledged is on the
disk.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import apsw

from sstibet.items.value import Item
from sstibet.stores.records import Change, Conflict, Keyed, Outgoing, Past
from sstibet.stores.snapshot import dump, load, to_json

SCHEMA = 1
LEAST_SQLITE = (3, 51, 3)  # older ones can spoil a file when its WAL is reset
_BUSY_MS = 10_000

_TABLES = """
CREATE TABLE IF NOT EXISTS store (schema INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS items (
  ref TEXT PRIMARY KEY, actor TEXT NOT NULL, item TEXT NOT NULL, state TEXT NOT NULL,
  version INTEGER NOT NULL, deadline INTEGER, opened INTEGER NOT NULL, snapshot TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS items_deadline ON items (deadline) WHERE deadline IS NOT NULL;
CREATE INDEX IF NOT EXISTS items_actor ON items (actor, opened);
CREATE TABLE IF NOT EXISTS history (
  ref TEXT NOT NULL, version INTEGER NOT NULL, event TEXT NOT NULL, at INTEGER NOT NULL,
  actor TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, way TEXT NOT NULL,
  steps TEXT NOT NULL, payload TEXT NOT NULL, PRIMARY KEY (ref, version)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
  key TEXT PRIMARY KEY, ref TEXT NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL,
  name TEXT NOT NULL, goes_to TEXT NOT NULL, told TEXT NOT NULL, secret INTEGER NOT NULL,
  status TEXT NOT NULL, claimed INTEGER NOT NULL, attempts INTEGER NOT NULL, born INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS outbox_due ON outbox (claimed, born) WHERE status = 'due';
CREATE TABLE IF NOT EXISTS keys (
  actor TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, ref TEXT NOT NULL,
  PRIMARY KEY (actor, key)
) WITHOUT ROWID;
"""
_COLUMNS = "key, ref, number, kind, name, goes_to, told, secret, status, attempts"


class SqliteStore:
    """A store in a SQLite file (``path``), or in memory (None)."""

    def __init__(self, path: str | None = None) -> None:
        found = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
        if found < LEAST_SQLITE:
            least = ".".join(map(str, LEAST_SQLITE))
            raise RuntimeError(f"SQLite {apsw.sqlite_lib_version()} is too old; {least} is needed")
        self._lock = threading.RLock()
        self._db = apsw.Connection(path or ":memory:")
        self._db.set_busy_timeout(_BUSY_MS)
        try:
            self._prepare(path)
        except BaseException:
            self._db.close()
            raise

    def _prepare(self, path: str | None) -> None:
        if path is not None:
            self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        with self._transaction():
            self._db.execute(_TABLES)
            schema = self._one("SELECT schema FROM store")
            if schema is None:
                self._db.execute("INSERT INTO store VALUES (?)", (SCHEMA,))
            elif schema[0] != SCHEMA:
                raise RuntimeError(f"{path} has schema {schema[0]}; this version knows {SCHEMA}")

    def get(self, ref: str) -> Item | None:
        """An item by its reference."""
        row = self._one("SELECT snapshot FROM items WHERE ref = ?", (ref,))
        return None if row is None else load(row[0])

    def commit(self, change: Change) -> None:
        """Write a step whole, or nothing of it. Raises Conflict."""
        with self._transaction():
            self._put(change.item, change.expected)
            ref, version = change.item.head.ref, change.item.version
            if (past := change.past) is not None:
                self._db.execute(
                    "INSERT INTO history VALUES (?,?,?,?,?,?,?,?,?,?)",
                    (ref, past.version, past.event, past.at, past.actor, past.before, past.after,
                     past.way, " ".join(past.steps), to_json(past.payload)),
                )  # fmt: skip
            for row in change.outgoing:
                self._db.execute(
                    "INSERT OR IGNORE INTO outbox VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                    (row.key, row.ref, row.number, row.kind, row.name, row.to, to_json(row.told),
                     int(row.secret), row.status, change.claimed, row.attempts, version),
                )  # fmt: skip
            if change.answered is not None:
                self._close_row(change.answered)
            if change.keyed is not None:
                self._keep_key(change.keyed)

    def _close_row(self, key: str) -> None:
        sql = "UPDATE outbox SET status = 'done' WHERE key = ? AND status != 'done'"
        self._db.execute(sql, (key,))
        if self._db.changes() != 1:
            raise Conflict(key)

    def _keep_key(self, keyed: Keyed) -> None:
        values = (keyed.actor, keyed.key, keyed.fingerprint, keyed.ref)
        try:
            self._db.execute("INSERT INTO keys VALUES (?,?,?,?)", values)
        except apsw.ConstraintError:
            raise Conflict(keyed.key) from None

    def _put(self, item: Item, expected: int | None) -> None:
        head = item.head
        if expected is None:
            try:
                self._db.execute(
                    "INSERT INTO items VALUES (?,?,?,?,?,?,?,?)",
                    (head.ref, head.actor, head.item, item.state, item.version, item.deadline,
                     head.opened, dump(item)),
                )  # fmt: skip
            except apsw.ConstraintError:
                raise Conflict(head.ref) from None
            return
        self._db.execute(
            "UPDATE items SET state = ?, version = ?, deadline = ?, snapshot = ?"
            " WHERE ref = ? AND version = ?",
            (item.state, item.version, item.deadline, dump(item), head.ref, expected),
        )
        if self._db.changes() != 1:
            raise Conflict(head.ref)

    def keyed(self, actor: str, key: str) -> Keyed | None:
        """What an actor's key was used for before."""
        sql = "SELECT actor, key, fingerprint, ref FROM keys WHERE actor = ? AND key = ?"
        row = self._one(sql, (actor, key))
        return None if row is None else Keyed(*row)

    def outgoing(self, key: str) -> Outgoing | None:
        """A row of the outbox by its key."""
        row = self._one(f"SELECT {_COLUMNS} FROM outbox WHERE key = ?", (key,))
        return None if row is None else _outgoing(row)

    def claim(self, now: int, until: int, limit: int) -> list[Outgoing]:
        """Rows that are due and claimed by nobody, the oldest first, claimed ``until`` then."""
        with self._transaction():
            rows = self._all(
                f"SELECT {_COLUMNS} FROM outbox WHERE status = 'due' AND claimed <= ?"
                " ORDER BY claimed, born, ref, number LIMIT ?",
                (now, limit),
            )
            for row in rows:
                self._db.execute(
                    "UPDATE outbox SET claimed = ?, attempts = attempts + 1 WHERE key = ?",
                    (until, row[0]),
                )
        return [_outgoing(row) for row in rows]

    def mark(self, key: str, status: str, again_at: int = 0) -> None:
        """Set how a row stands, unless it is over already."""
        with self._transaction():
            self._db.execute(
                "UPDATE outbox SET status = ?, claimed = ? WHERE key = ? AND status != 'done'",
                (status, again_at, key),
            )

    def overdue(self, now: int, limit: int) -> list[tuple[str, int]]:
        """(ref, version) of the items whose deadline has come, the oldest first."""
        sql = "SELECT ref, version FROM items WHERE deadline <= ? ORDER BY deadline, ref LIMIT ?"
        return [(str(ref), int(version)) for ref, version in self._all(sql, (now, limit))]

    def of_actor(self, actor: str, limit: int) -> list[Item]:
        """An actor's items, the newest first; those that others have called are left out."""
        sql = "SELECT snapshot FROM items WHERE actor = ? ORDER BY opened DESC, ref"
        with self._lock:
            items = (load(text) for (text,) in self._db.execute(sql, (actor,)))
            return list(islice((item for item in items if item.head.caller is None), limit))

    def history(self, ref: str) -> list[Past]:
        """An item's history, from the first event on."""
        sql = (
            "SELECT version, event, at, actor, before, after, way, steps, payload FROM history"
            " WHERE ref = ? ORDER BY version"
        )
        return [
            Past(*(*row[:-2], tuple(row[-2].split()), json.loads(row[-1])))
            for row in self._all(sql, (ref,))
        ]

    def close(self) -> None:
        """Close the file."""
        self._db.close()

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


def _outgoing(row: tuple[Any, ...]) -> Outgoing:
    key, ref, number, kind, name, to, told, secret, status, attempts = row
    return Outgoing(
        key, ref, number, kind, name, to, json.loads(told), bool(secret), status, attempts
    )
