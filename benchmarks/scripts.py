"""Bare scripts that write what a durable step writes, and know all of it beforehand.

``Same`` scripts have the store's own tables and statements, with the same references; ``Bare`` ones
tables as small as can be, whose rows come in order. All keep what they acknowledge as the store
does: four statements and one commit in SQLite (WAL, FULL), a select and a writing statement, each
prepared, in PostgreSQL.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
import psycopg
from psycopg.types.numeric import Int8

from sstibet.stores.postgres import PostgresStore
from sstibet.stores.postgres_schema import NONE
from sstibet.stores.postgres_writing import Shape
from sstibet.stores.sqlite import SqliteStore
from sstibet.vault import Vault


@dataclass(frozen=True)
class Sort:
    """A sort of step: the item, the state that it is taken in, the event, and what comes with it;
    the sizes of the sealed texts that it writes, in bytes."""

    name: str
    item: str
    state: str
    event: str
    payload: Mapping[str, Any]
    sizes: Mapping[str, int]
    answers: Mapping[str, Any] = field(default_factory=dict)


_BARE = """
CREATE TABLE {s}items (ref text PRIMARY KEY, state text, version bigint, body {b});
CREATE TABLE {s}history (ref text, version bigint, body {b}, PRIMARY KEY (ref, version));
CREATE TABLE {s}outbox (key text PRIMARY KEY, ref text, status text, claimed bigint, body {b});
CREATE TABLE {s}keys (mark {b} PRIMARY KEY, body {b});
"""


class BareSqlite:
    """The script on SQLite: WAL, FULL."""

    def __init__(self, path: Path, count: int, sort: Sort) -> None:
        self._sizes = sort.sizes
        self._db = apsw.Connection(str(path))
        self._db.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
        self._db.execute(_BARE.format(s="", b="blob"))
        with self._db:
            for n in range(count):
                values = (f"r{n}", os.urandom(self._sizes["items"]))
                self._db.execute("INSERT INTO items VALUES (?, 's', 0, ?)", values)
        self._todo = iter(range(count))

    def step(self) -> None:
        """Four statements and one commit."""
        db, n = self._db, next(self._todo)
        item, past, row, keyed = (os.urandom(size) for size in self._sizes.values())
        db.execute("BEGIN IMMEDIATE")
        db.execute(
            "UPDATE items SET state = ?, version = ?, body = ? WHERE ref = ? AND version = ?",
            ("t", 1, item, f"r{n}", 0),
        )
        assert db.changes() == 1
        db.execute("INSERT INTO history VALUES (?, ?, ?)", (f"r{n}", 1, past))
        db.execute("INSERT INTO outbox VALUES (?, ?, 'due', ?, ?)", (f"r{n}:1", f"r{n}", n, row))
        db.execute("INSERT INTO keys VALUES (?, ?)", (os.urandom(16), keyed))
        db.execute("COMMIT")

    def check(self, count: int) -> None:
        """What was written is there."""
        assert self._db.pragma("synchronous") == 2
        assert self._db.pragma("journal_mode") == "wal"
        for table in ("history", "outbox", "keys"):
            assert list(self._db.execute(f"SELECT count(*) FROM {table}")) == [(count,)]

    def close(self) -> None:
        """Let go of it."""
        self._db.close()


class SameSqlite:
    """A script with the store's own tables, statements and references."""

    def __init__(self, path: Path, refs: Sequence[str], sort: Sort) -> None:
        SqliteStore(str(path), Vault.fresh()).close()
        self._db, self._sort = apsw.Connection(str(path)), sort
        self._db.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
        with self._db:
            for n, ref in enumerate(refs):
                body, owner = os.urandom(sort.sizes["items"]), os.urandom(16)
                values = (ref, owner, sort.item, sort.state, 0, 1760491800, 1760490000 + n, 0, body)
                self._db.execute("INSERT INTO items VALUES (?,?,?,?,?,?,?,?,?)", values)
                values = (ref, 0, os.urandom(sort.sizes["history"]))
                self._db.execute("INSERT INTO history VALUES (?,?,?)", values)
        self._todo = iter(refs)

    def step(self) -> None:
        """Four statements and one commit."""
        db, ref = self._db, next(self._todo)
        item, past, row, keyed = (os.urandom(size) for size in self._sort.sizes.values())
        db.execute("BEGIN IMMEDIATE")
        db.execute(
            "UPDATE items SET state = ?, version = ?, deadline = ?, sealed = ?"
            " WHERE ref = ? AND version = ?",
            ("looking_up", 1, None, item, ref, 0),
        )
        assert db.changes() == 1
        db.execute("INSERT INTO history VALUES (?,?,?)", (ref, 1, past))
        db.execute(
            "INSERT OR IGNORE INTO outbox VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            (f"{ref}:1:1", ref, 1, "effect", "find", "register.enrolments", 0, "due", 1760490060, 0,
             1, row),
        )  # fmt: skip
        db.execute("INSERT INTO keys VALUES (?,?)", (os.urandom(16), keyed))
        db.execute("COMMIT")

    def check(self, count: int) -> None:
        """What was written is there."""
        for table in ("outbox", "keys"):
            assert list(self._db.execute(f"SELECT count(*) FROM {table}")) == [(count,)]

    def close(self) -> None:
        """Let go of it."""
        self._db.close()


class BarePostgres:
    """The script on PostgreSQL: two round trips, prepared."""

    SELECT = (
        "SELECT i.*, k.body FROM bare.items i LEFT JOIN bare.keys k ON k.mark = %s WHERE ref = %s"
    )
    WRITE = """
WITH item AS (UPDATE bare.items SET state = %s, version = %s, body = %s
  WHERE ref = %s AND version = %s RETURNING ref),
past AS (INSERT INTO bare.history SELECT ref, %s, %s FROM item),
told AS (INSERT INTO bare.outbox SELECT %s, ref, 'due', %s, %s FROM item)
INSERT INTO bare.keys SELECT %s, %s FROM item
"""

    def __init__(self, url: str, count: int, sort: Sort) -> None:
        self._sizes = sort.sizes
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute("DROP SCHEMA IF EXISTS bare CASCADE")
        self._connection.execute("CREATE SCHEMA bare")
        self._connection.execute(_BARE.format(s="bare.", b="bytea").encode())
        with self._connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO bare.items VALUES (%s, 's', 0, %s)",
                [(f"r{n}", os.urandom(self._sizes["items"])) for n in range(count)],
            )
        self._todo = iter(range(count))

    def step(self) -> None:
        """Two round trips."""
        n, mark = next(self._todo), os.urandom(16)
        ref = f"r{n}"
        found = self._connection.execute(self.SELECT, (mark, ref), prepare=True).fetchone()
        assert found is not None
        item, past, row, keyed = (os.urandom(size) for size in self._sizes.values())
        values = ("t", 1, item, ref, 0, 1, past, f"{ref}:1", n, row, mark, keyed)
        done = self._connection.execute(self.WRITE, values, prepare=True)
        assert done.rowcount == 1

    def check(self, count: int) -> None:
        """What was written is there."""
        for table in ("history", "outbox", "keys"):
            sql = f"SELECT count(*) FROM bare.{table}".encode()
            assert self._connection.execute(sql).fetchone() == (count,)

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()


class SamePostgres:
    """A script with the store's own tables, statements and references."""

    def __init__(self, url: str, schema: str, refs: Sequence[str], sort: Sort) -> None:
        store = PostgresStore(url, Vault.fresh(), schema=schema)
        self._look, self._sort = store._look, sort
        store.close()
        self._write = Shape(False, True, 1, False, True).statement(f"{schema}.")
        self._connection = psycopg.connect(url, autocommit=True)
        zero, number = Int8(0), Int8(1760490000)
        with self._connection.cursor() as cursor:
            for ref in refs:
                body = os.urandom(sort.sizes["items"])
                values = (
                    ref,
                    os.urandom(16),
                    sort.item,
                    sort.state,
                    zero,
                    number,
                    number,
                    False,
                    body,
                )
                cursor.execute(
                    f"INSERT INTO {schema}.items VALUES (%s,%b,%s,%s,%s,%s,%s,%s,%b)", values
                )
                begun = (ref, zero, os.urandom(sort.sizes["history"]))
                cursor.execute(f"INSERT INTO {schema}.history VALUES (%s,%s,%b)", begun)
        self._todo = iter(refs)

    def step(self) -> None:
        """Two round trips."""
        ref, mark, run = next(self._todo), os.urandom(16), self._connection.execute
        found = run(self._look, (ref, mark), prepare=True, binary=True).fetchone()
        assert found is not None
        item, past, row, keyed = (os.urandom(size) for size in self._sort.sizes.values())
        zero, one, number = Int8(0), Int8(1), Int8(1760490060)
        values = (
            "looking_up", one, Int8(NONE), item, ref, zero, ref, one, past,
            f"{ref}:1:1", ref, one, "effect", "find", "register.enrolments", False, "due", number,
            zero, one, row, mark, keyed, ref,
        )  # fmt: skip
        run(self._write, values, prepare=True, binary=True)

    def check(self, count: int) -> None:
        """What was written is there."""
        inside = self._write.partition("UPDATE ")[2].partition("items")[0]
        for table in ("outbox", "keys"):
            sql = f"SELECT count(*) FROM {inside}{table}".encode()
            assert self._connection.execute(sql).fetchone() == (count,)

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()
