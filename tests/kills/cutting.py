"""Work of two desks on one file, on a disk that is watched; and what is left when the power is cut
in the middle of it."""

from __future__ import annotations

import bisect
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import apsw
from disk import Log, Platter, plugged_in
from worker import PAYMENT, START, Case, book

import sstibet
from sstibet import Engine, SetClock
from sstibet.bureau import Bureau
from sstibet.stores.sqlite import SqliteStore

PLAIN, FULL, NORMAL, OFF = None, 2, 1, 0
_FILE = "desk.db"


def content(connection: apsw.Connection) -> str:
    """A digest of all rows of all tables, as this connection sees them."""
    digest = sha256()
    cursor = connection.cursor()
    names = [
        row["name"] if isinstance(row, dict) else row[0]
        for row in cursor.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")
    ]
    for name in names:
        digest.update(name.encode())
        for row in cursor.execute(f"SELECT * FROM {name}"):
            digest.update(repr(tuple(row.values()) if isinstance(row, dict) else row).encode())
    return digest.hexdigest() if names else ""


@dataclass
class Run:
    """The log of a disk with what was noted in it: ``states`` are all contents that there were, in
    their order; ``acknowledged`` (place in the log, place in the states, what)."""

    log: Log
    folder: Path
    states: list[str] = field(default_factory=lambda: [""])
    begun: list[int] = field(default_factory=lambda: [0])
    acknowledged: list[tuple[int, int, str]] = field(default_factory=list)
    clock: SetClock = field(default_factory=lambda: SetClock(START))

    def watch(self, connection: apsw.Connection) -> None:
        """Note the content that each transaction of a connection makes, before it commits."""

        def trace(cursor: object, sql: str, given: object) -> bool:
            if sql == "COMMIT" or (sql.startswith("BEGIN") and len(self.states) > 1):
                self.note(connection)
            return True

        connection.exec_trace = trace

    def note(self, connection: apsw.Connection) -> None:
        """Note the content as a connection sees it now."""
        found = content(connection)
        if found != self.states[-1]:
            self.states.append(found)
            self.begun.append(len(self.log.lines))

    def acknowledge(self, desk: Engine, what: str) -> None:
        """What the engine has returned may not be lost from here on."""
        self.note(desk.store._db)
        self.acknowledged.append((len(self.log.lines), len(self.states) - 1, what))
        self.log.add("acknowledged", "")


@contextmanager
def a_desk(path: Path, clock: SetClock) -> Iterator[Engine]:
    """A desk on a file, with the bureau on the same."""
    bureau = Bureau.open(path, clock=clock, persons=18)
    desk = Engine(book(), store=SqliteStore(str(path)), ports=bureau.ports(), clock=clock)
    desk.bureau = bureau
    try:
        yield desk
    finally:
        desk.close()


def cases(bureau: Bureau) -> list[Case]:
    """Those who may pay a pension for this year and haven't yet."""
    sql = "SELECT enrolment FROM bureau_lines WHERE live = 1 AND period LIKE '2025%'"
    taken = {row["enrolment"] for row in bureau._database.rows(sql)}
    return [
        Case(each.actor, each.name, each.id_number, one.enrolment, how)
        for number, each in enumerate(bureau.persons())
        for one in each.enrolments
        if one.scheme == "resident_pension" and one.enrolment not in taken
        for how in (("card", "code", "left")[number % 3],)
    ]


def run(folder: Path, seed: int, synchronous: int | None = PLAIN) -> Run:
    """Several payments by two desks on one file, from the making of the file on. ``synchronous``
    None: as the store opens it; the others only show what they'd lose."""
    folder.mkdir()
    rng = random.Random(seed)
    with plugged_in() as log:
        found = Run(log, folder)
        pages = rng.choice((4, 12, 60))  # small ones, so that it is copied into the file often

        def opened(connection: apsw.Connection) -> None:
            connection.wal_autocheckpoint(pages)
            found.watch(connection)

        apsw.connection_hooks.append(opened)
        try:
            path = folder / _FILE
            with a_desk(path, found.clock) as one, a_desk(path, found.clock) as two:
                for desk in (one, two):
                    if synchronous is not None:
                        desk.store._db.pragma("synchronous", synchronous)
                        desk.bureau._database._connection.pragma("synchronous", synchronous)
                _work(found, [one, two], rng)
        finally:
            apsw.connection_hooks.remove(opened)
    return found


def _work(run: Run, desks: list[Engine], rng: random.Random) -> None:
    everybody = cases(desks[0].bureau)
    rng.shuffle(everybody)
    run.acknowledge(desks[0], "opened")
    for case in everybody[:4]:
        desk = rng.choice(desks)
        ref = desk.start("resident_payment", actor=case.actor, key=case.start_key).ref
        run.acknowledge(desk, f"start {ref}")
        for key, inner, answers in case.requests():
            desk = rng.choice(desks)
            where = f"{ref}.{PAYMENT}" if inner else ref
            view = desk.send(where, "submit", answers, actor=case.actor, key=key)
            if view.refused:  # the rules let this person pay nothing
                break
            run.acknowledge(desk, f"send {where} {view.version}")
        desk.deliver()
        run.acknowledge(desk, "deliver")
        run.clock.forward(minutes=rng.choice((1, 31)))
        desk.due()
        run.acknowledge(desk, "due")


@dataclass
class Cuts:
    """What was found after the power was cut: how often it was ``kept``, something acknowledged was
    ``lost``, a step was there by ``half``, or the file was ``damaged``."""

    found: Counter[str] = field(default_factory=Counter)
    moments: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)


def cut(run: Run, count: int, seed: int, cuts: Cuts, go_on: int | None = 10) -> None:
    """Cut the power at so many moments of a run; after each ``go_on``-th, the desk is opened and
    everything is brought to its end."""
    rng = random.Random(seed)
    platter, at = Platter(), 0
    for number, moment in enumerate(sorted(_moments(run, count, rng))):
        for line in run.log.lines[at:moment]:
            platter.take(line)
        at = moment
        where = "copying" if platter.unsure(".db") else "writing"
        where = where if platter.unsure("") else "at rest"
        folder = run.folder / f"cut-{seed}-{number}"
        folder.mkdir()
        _image(platter, folder, run.folder, rng)
        outcome = _look(run, folder / _FILE, moment)
        cuts.moments[where] += 1
        cuts.found[outcome] += 1
        if outcome != "kept":
            cuts.told.append(f"{outcome} {where}: moment {moment}, cut {number} of seed {seed}")
        elif go_on and number % go_on == 0:
            _goes_on(run, folder / _FILE, moment)
        shutil.rmtree(folder)


def _moments(run: Run, count: int, rng: random.Random) -> Iterator[int]:
    """Any; right after something was acknowledged; while the log is copied into the file."""
    lines = run.log.lines
    copying = [n + 1 for n, (what, name, *_) in enumerate(lines)
               if name == _FILE and what != "sync"]  # fmt: skip
    acknowledged = [place for place, _, _ in run.acknowledged]
    for number in range(count):
        some = (range(1, len(lines) + 1), acknowledged, copying, acknowledged)[number % 4]
        yield rng.choice(some)


def _image(platter: Platter, folder: Path, whole: Path, rng: random.Random) -> None:
    for name, data in platter.cut(rng, rng.choice((512, 4096))).items():
        (folder / name).write_bytes(data)
    # It was on the disk before the first byte of the file (`vault.key_beside`).
    shutil.copy(whole / f"{_FILE}.key", folder)
    shared = rng.choice((None, None, bytes(32768), rng.randbytes(32768)))
    if shared is not None:  # it is memory only; whatever the disk has of it counts for nothing
        (folder / f"{_FILE}-shm").write_bytes(shared)


def _look(run: Run, path: Path, moment: int) -> str:
    """What a fresh connection finds in the image."""
    try:
        connection = apsw.Connection(str(path))
        try:
            if connection.pragma("integrity_check") != "ok":
                return "damaged"
            found = content(connection)
        finally:
            connection.close()
    except (apsw.Error, UnicodeDecodeError):
        return "damaged"
    begun = bisect.bisect_right(run.begun, moment)  # one more may be on its way
    sure = max((state for place, state, _ in run.acknowledged if place <= moment), default=0)
    if found in run.states[sure : begun + 1]:
        return "kept"
    return "lost" if found in run.states else "half"


def _goes_on(run: Run, path: Path, moment: int) -> None:
    """The ordinary desk opens it, all is there, and everything comes to its end."""
    clock = SetClock(run.clock.now())
    with a_desk(path, clock) as desk:
        is_there(desk, [what for place, _, what in run.acknowledged if place <= moment])
        bring_to_an_end(desk, clock)


def is_there(desk: Engine, acknowledged: Iterable[str]) -> None:
    """What was acknowledged: each item at that version or beyond, with all of its history."""
    for what in acknowledged:
        name, _, rest = what.partition(" ")
        if name not in ("start", "send"):
            continue
        ref, _, version = rest.partition(" ")
        item = desk.store.get(ref)
        assert item is not None, what
        assert item.version >= int(version or 0), what
        desk.view(ref, actor=item.head.actor)
        lines = [line.version for line in desk.store.history(ref)]
        assert lines == list(range(1, item.version + 1)), what


@dataclass
class FullDisk:
    """A disk that now and then takes nothing, until room is made."""

    rng: random.Random
    log: Log
    on: bool = False
    failed: Counter[str] = field(default_factory=Counter)

    def __call__(self, what: str, name: str) -> Exception | None:
        """Whether this fails, and how."""
        if not self.on or self.rng.random() > 0.08:
            return None
        self.failed[what] += 1
        return self.rng.choice((apsw.FullError, apsw.IOError))("no room")


def fill(folder: Path, seed: int) -> tuple[FullDisk, int]:
    """Payments by two desks on one file, on a disk that is full at random moments: what is refused
    is asked again under the same key once there is room. The disk, and how many steps it broke."""
    folder.mkdir()
    rng, broken, acknowledged = random.Random(seed), 0, list[str]()
    with plugged_in() as log:
        found, disk = Run(log, folder), FullDisk(rng, log)
        log.fails = disk
        pages = rng.choice((4, 60))

        def opened(connection: apsw.Connection) -> None:
            connection.wal_autocheckpoint(pages)
            found.watch(connection)

        apsw.connection_hooks.append(opened)
        path = folder / _FILE
        try:
            with a_desk(path, found.clock) as one, a_desk(path, found.clock) as two:
                everybody = cases(one.bureau)
                rng.shuffle(everybody)
                for case in everybody[:4]:
                    broken += _insisting(found, disk, (one, two), case, acknowledged)
                is_there(one, acknowledged)
                bring_to_an_end(two, found.clock)
        finally:
            apsw.connection_hooks.remove(opened)
    with a_desk(path, found.clock) as again:
        is_there(again, acknowledged)
        assert again.store._db.pragma("integrity_check") == "ok"
    return disk, broken


def _insisting(
    run: Run, disk: FullDisk, desks: Sequence[Engine], case: Case, acknowledged: list[str]
) -> int:
    """One case on a disk that may be full; how often a step broke."""
    broken = 0

    def ask(act: Callable[[Engine], Any]) -> Any:
        nonlocal broken
        desk = disk.rng.choice(desks)
        for full in (True, False):
            disk.on = full
            try:
                return act(desk)
            except (apsw.FullError, apsw.IOError, sstibet.KeyInFlight):
                broken += 1
                disk.on = False
                seen = content(desk.store._db)
                assert seen in run.states, "a step is there by half"
                run.clock.forward(minutes=2)  # whoever was delivering has let go
                desk.deliver()
            finally:
                disk.on = False
        raise AssertionError("it doesn't go on once there is room")

    ref = ask(lambda desk: desk.start("resident_payment", actor=case.actor, key=case.start_key)).ref
    acknowledged.append(f"start {ref}")
    for key, inner, answers in case.requests():
        where = f"{ref}.{PAYMENT}" if inner else ref

        def send(desk: Engine, where: str = where, key: str = key, answers: Any = answers) -> Any:
            return desk.send(where, "submit", answers, actor=case.actor, key=key)

        run.clock.forward(minutes=2)
        desks[0].deliver()
        view = ask(send)
        if view.refused:
            break
        acknowledged.append(f"send {where} {view.version}")
    return broken


def bring_to_an_end(desk: Engine, clock: SetClock) -> None:
    """Time passes until nothing more happens; then what is charged is booked in or given back."""
    for seconds in (*(1, 61, 601, 3601) * 2, 31 * 86_401):
        clock.forward(seconds=seconds)
        for _ in range(50):
            if not desk.deliver() + desk.due():
                break
    money = desk.bureau.money()
    assert money.booked.fen == money.charged.fen - money.given_back.fen, money
