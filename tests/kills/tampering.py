"""A desk's file, altered behind its back in every way that somebody could who has the file and not
its key; and a drive over it that does everything an engine does."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
from cutting import cases
from worker import CARD, PAYMENT, START, Case, book

import sstibet
from sstibet import Engine, SetClock
from sstibet.bureau import Bureau
from sstibet.engine.errors import Conflict, NoSuchItem, UnknownKey
from sstibet.stores.records import DONE
from sstibet.stores.sqlite import SqliteStore
from sstibet.vault import Spoilt

# What whoever asks for an altered row is told: it is spoilt, or it isn't there.
TOLD = (Spoilt, NoSuchItem, UnknownKey, Conflict)
TABLES = ("items", "history", "outbox", "keys")


# All of an item as it stood before: nothing tells that from what was genuine.
WHOLE = "the item, its rows and its history"


class Power(BaseException):
    """The process is gone."""


@dataclass
class Asked:
    """The ports of a bureau, and all that they were asked: by the key what was told."""

    ports: Mapping[str, Any]
    calls: dict[str, tuple[str, str]] = field(default_factory=dict)
    dies_at: str | None = None

    def wrapped(self) -> dict[str, Any]:
        """The ports to be given to an engine."""
        return {name: _Asked(name, port, self) for name, port in self.ports.items()}


class _Asked:
    def __init__(self, name: str, port: Any, asked: Asked) -> None:
        self._name, self._port, self._asked = name, port, asked

    def __getattr__(self, verb: str) -> Any:
        method = getattr(self._port, verb)
        if verb.startswith("_") or verb == "ready":
            return method

        def ask(call: Any, **told: Any) -> Any:
            if f"{self._name}.{verb}" == self._asked.dies_at:
                raise Power
            public = {key: told[key] for key in sorted(told) if "password" not in key}
            this = (f"{self._name}.{verb}", f"{call.ref} {call.actor} {public!r}")
            self._asked.calls[call.key] = this
            return method(call, **told)

        return ask


@dataclass
class Desk:
    """A desk on a file with ports that are watched."""

    engine: Engine
    asked: Asked
    clock: SetClock

    @classmethod
    def at(cls, path: Path, now: int) -> Desk:
        """The desk on a file at an instant."""
        clock = SetClock(now)
        bureau = Bureau.open(path, clock=clock, persons=18)
        asked = Asked(bureau.ports())
        try:
            store = SqliteStore(str(path))
        except BaseException:
            bureau.close()
            raise
        engine = Engine(book(), store=store, ports=asked.wrapped(), clock=clock)
        engine.bureau = bureau
        return cls(engine, asked, clock)


@dataclass
class Scene:
    """A file in which each of two persons has an item that is being paid, one whose row was left
    behind by a process that died, and one that waits for its person; ``older`` is the same file
    some steps before, ``rows`` are the keys of its outbox, ``done`` of what is over, ``calls`` what
    ports were told by then, ``victim`` is whose rows are altered."""

    file: Path
    older: Path
    refs: dict[str, list[str]]
    people: list[Case]
    now: int
    rows: frozenset[str]
    done: frozenset[str]
    calls: Mapping[str, tuple[str, str]]

    @property
    def victim(self) -> str:
        """Whose rows are altered."""
        return self.people[0].actor

    def copy(self, folder: Path) -> Path:
        """The file once more, with its key."""
        folder.mkdir()
        shutil.copy(self.file, folder / "desk.db")
        shutil.copy(f"{self.file}.key", folder / "desk.db.key")
        return folder / "desk.db"


def scene(folder: Path) -> Scene:
    """Make the file, and the older one on the way."""
    folder.mkdir()
    path = folder / "desk.db"
    desk = Desk.at(path, START)
    people = [each for each in cases(desk.engine.bureau) if _may_pay(desk.engine, each)][:2]
    refs: dict[str, list[str]] = {each.actor: [] for each in people}
    for case in people:
        refs[case.actor].append(_pays(desk, case, 2))
    _copy(path, folder / "older.db")
    for case in people:
        engine, ref = desk.engine, refs[case.actor][0]
        for answers in (
            {"card_number": CARD, "id_last_four": case.id_number[-4:]},
            {"card_holder": case.name, "withdrawal_password": "739151"},
        ):
            view = engine.send(f"{ref}.{PAYMENT}", "submit", answers, actor=case.actor)
            assert not view.refused, view
        waits = engine.start("resident_payment", actor=case.actor, key=f"{case.actor}:2").ref
        engine.start("enrolment_query", actor=case.actor)
        refs[case.actor].append(waits)
        left = engine.start("resident_payment", actor=case.actor).ref
        desk.asked.dies_at = "registry.find_enrolments"
        try:
            who = {"insured_name": case.name, "insured_id_number": case.id_number}
            engine.send(left, "submit", who, actor=case.actor, key=f"{case.actor}:3")
        except Power:
            desk.asked.dies_at = None
        refs[case.actor].append(left)
    desk.engine.store.keep_book("digest", b"a book")
    now, store = desk.clock.now(), desk.engine.store
    every = [row for ref in store.refs() for row in store.rows(ref)]
    rows = frozenset(row.key for row in every)
    done = frozenset(row.key for row in every if row.status == DONE)
    desk.engine.close()
    _copy(path, folder / "whole.db")
    whole, older, calls = folder / "whole.db", folder / "older.db", desk.asked.calls
    return Scene(whole, older, refs, people, now, rows, done, calls)


def _may_pay(engine: Engine, case: Case) -> bool:
    person = next(each for each in engine.bureau.persons() if each.actor == case.actor)
    free = not (person.in_employee_pension or person.public_employee or person.student)
    return free and 1970 < person.birth_date.year < 2005


def _pays(desk: Desk, case: Case, less: int) -> str:
    """Up to the payment, but for the last requests."""
    ref = desk.engine.start("resident_payment", actor=case.actor, key=case.start_key).ref
    as_card = Case(case.actor, case.name, case.id_number, case.enrolment, "card")
    for key, inner, answers in list(as_card.requests())[:-less]:
        where = f"{ref}.{PAYMENT}" if inner else ref
        view = desk.engine.send(where, "submit", answers, actor=case.actor, key=key)
        assert not view.refused, view
    return ref


def _copy(path: Path, to: Path) -> None:
    connection = apsw.Connection(str(path))
    connection.execute("VACUUM INTO ?", (str(to),))
    connection.close()
    shutil.copy(f"{path}.key", f"{to}.key")


@dataclass
class Driven:
    """What came of a drive: who was told what, how each item stands, and what ports were asked."""

    told: list[tuple[str, str, Exception]] = field(default_factory=list)
    stands: dict[str, str] = field(default_factory=dict)
    calls: dict[str, tuple[str, str]] = field(default_factory=dict)
    paid_twice: list[Any] = field(default_factory=list)


def drive(scene: Scene, path: Path) -> Driven:
    """Do all that an engine does with everybody's items, until nothing more happens."""
    found = Driven()
    desk = Desk.at(path, scene.now + 61)
    engine = desk.engine
    try:
        # First what comes of itself, then what persons ask for; and twice, for what is found out
        # late.
        for _ in range(2):
            for _ in range(4):
                _try(found, "", "deliver", engine.deliver)
                _try(found, "", "due", engine.due)
                desk.clock.forward(seconds=61)
            for case in scene.people:
                _person(found, engine, case, scene.refs[case.actor])
            desk.clock.forward(minutes=20)
        for case in scene.people:
            for ref in scene.refs[case.actor]:
                for each in (ref, f"{ref}.{PAYMENT}"):
                    _try(found, case.actor, each, lambda each=each: _state(found, engine, each))
        periods = Counter(
            (each.enrolment, each.period)
            for each in engine.bureau.live_payments()
            if not each.seeded
        )
        found.paid_twice = [each for each, count in periods.items() if count > 1]
    finally:
        engine.close()
    found.calls = desk.asked.calls
    return found


def _state(found: Driven, engine: Engine, ref: str) -> None:
    item = engine.store.get(ref)
    if item is not None:
        found.stands[ref] = item.state


def _person(found: Driven, engine: Engine, case: Case, refs: list[str]) -> None:
    actor = case.actor
    _try(found, actor, "items", lambda: engine.items(actor=actor))
    for ref in refs:
        _try(found, actor, "view", lambda ref=ref: engine.view(ref, actor=actor))
        _try(found, actor, "history", lambda ref=ref: engine.store.history(ref))
        for row in _try(found, actor, "rows", lambda ref=ref: engine.store.rows(ref)) or []:
            if row.kind == "effect":
                _try(found, actor, "callback", lambda row=row: _failed(engine, row))
    who = {"insured_name": case.name, "insured_id_number": case.id_number}
    waits = refs[1]
    send: Callable[[], Any] = lambda: engine.send(  # noqa: E731 - as the others beside it
        waits, "submit", who, actor=actor, key=f"{actor}:who"
    )
    _try(found, actor, "send", send)
    again: Callable[[], Any] = lambda: engine.start(  # noqa: E731
        "resident_payment", actor=actor, key=f"{actor}:2"
    )
    _try(found, actor, "start", again)
    _try(found, actor, "book", lambda: engine.store.book("digest"))


def _failed(engine: Engine, row: Any) -> bool:
    """A callback that comes twice: what is over isn't taken again."""
    if row.status != "done":
        return False
    answer = sstibet.Reply("failed")
    return engine.callback(row.to.partition(".")[0], row.key, answer)


def _try(found: Driven, actor: str, what: str, act: Callable[[], Any]) -> Any:
    try:
        return act()
    except Exception as error:
        found.told.append((actor, what, error))
        return None


@dataclass(frozen=True)
class Alteration:
    """One thing that is done to a file: what, where, and the statements that do it."""

    name: str
    table: str
    column: str
    do: tuple[tuple[str, tuple[Any, ...]], ...]

    def apply(self, path: Path, older: Path) -> None:
        """Do it."""
        connection = apsw.Connection(str(path))
        try:
            connection.execute("ATTACH ? AS older", (str(older),))
            for sql, given in self.do:
                connection.execute(sql, given)
        finally:
            connection.close()

    def put_into(self) -> set[str]:
        """The items into whose history a line is put: these may be refused for it."""
        if self.table != "history":
            return set()
        return {each for _, given in self.do for each in given if isinstance(each, str)}

    def __str__(self) -> str:
        return f"{self.table}.{self.column}: {self.name}"


def alterations(scene: Scene) -> Iterator[Alteration]:
    """Every alteration of the victim's rows."""
    connection = apsw.Connection(str(scene.file))
    try:
        for table in TABLES:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            key = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[5]]
            rows = list(connection.execute(f"SELECT * FROM {table}"))
            mine = [row for row in rows if _is_mine(scene, table, row)]
            theirs = [row for row in rows if row not in mine]
            for row in mine:
                where = " AND ".join(f"{name} IS ?" for name in key)
                named = tuple(row[columns.index(name)] for name in key)
                yield from _of_row(table, columns, row, mine, theirs, where, named)
        yield from _older(scene, connection)
    finally:
        connection.close()


def _is_mine(scene: Scene, table: str, row: tuple[Any, ...]) -> bool:
    if table == "keys":
        return True  # nobody can tell whose they are
    ref = row[1] if table == "outbox" else row[0]
    return any(ref == each or ref.startswith(f"{each}.") for each in scene.refs[scene.victim])


def _of_row(
    table: str,
    columns: list[str],
    row: tuple[Any, ...],
    mine: list[tuple[Any, ...]],
    theirs: list[tuple[Any, ...]],
    where: str,
    named: tuple[Any, ...],
) -> Iterator[Alteration]:
    rng = random.Random(repr(named))
    for place, column in enumerate(columns):
        set_to = f"UPDATE OR IGNORE {table} SET {column} = ? WHERE {where}"
        for name, value in _others(row[place], rng):
            yield Alteration(f"{name} of {named}", table, column, ((set_to, (value, *named)),))
        text = f"UPDATE OR IGNORE {table} SET {column} = CAST(? AS TEXT) WHERE {where}"
        yield Alteration(f"no text in {named}", table, column, ((text, (b"\xff\xfe", *named)),))
        for other in [
            *rng.sample(mine, min(2, len(mine))),
            *rng.sample(theirs, min(1, len(theirs))),
        ]:
            if other[place] != row[place]:
                yield Alteration(
                    f"another row's in {named}", table, column, ((set_to, (other[place], *named)),)
                )
    marks = ", ".join("?" * len(columns))
    yield Alteration(
        f"{named} is gone", table, "*", ((f"DELETE FROM {table} WHERE {where}", named),)
    )
    forged = tuple(f"{each}x" if isinstance(each, str) else each for each in row)
    yield Alteration(
        f"a row like {named}", table, "*",
        ((f"INSERT OR IGNORE INTO {table} VALUES ({marks})", (f"{row[0]}x", *row[1:])),
         (f"INSERT OR IGNORE INTO {table} VALUES ({marks})", forged)),
    )  # fmt: skip


def _others(value: Any, rng: random.Random) -> Iterator[tuple[str, Any]]:
    """Other values of a column, of its own type and of none."""
    if isinstance(value, bytes):
        at = rng.randrange(len(value))
        yield "one bit", value[:at] + bytes([value[at] ^ (1 << rng.randrange(8))]) + value[at + 1 :]
        yield "the end", value[:-1]
        yield "nothing", b""
        yield "a text", "x"
    elif isinstance(value, str):
        at = rng.randrange(len(value) or 1)
        yield "one letter", value[:at] + "z" + value[at + 1 :]
        yield "nothing", ""
        yield "bytes", b"\x00\xff"
        yield "a number", 7
        for status in ("due", "retry", "waiting", "done"):
            if value in ("due", "retry", "waiting", "done") and status != value:
                yield status, status
    else:
        yield "one more", (value or 0) + 1
        yield "far off", -(2**62)
        yield "a text", "x"
        yield "a fraction", 0.5
        yield "bytes", b"\x00"
    yield "null", None


def _older(scene: Scene, connection: apsw.Connection) -> Iterator[Alteration]:
    """Rows as they stood some steps before: each was genuine."""
    ref = scene.refs[scene.victim][0]
    payment = f"{ref}.{PAYMENT}"
    back = "INSERT OR REPLACE INTO {0} SELECT * FROM older.{0} WHERE ref = ?"
    for each in (ref, payment):
        items = (back.format("items"), (each,))
        rows = (back.format("outbox"), (each,))
        newer = (
            "DELETE FROM {0} WHERE ref = ? AND {1} NOT IN (SELECT {1} FROM older.{0} WHERE ref = ?)"
        )
        fewer = (newer.format("outbox", "key"), (each, each))
        lines = (newer.format("history", "version"), (each, each))
        for name, do in (
            ("the item", (items,)),
            ("the item and its rows", (items, rows, fewer)),
            ("its rows", (rows, fewer)),
            (WHOLE, (items, rows, fewer, lines)),
        ):
            yield Alteration(f"{name} as of before: {each}", "items", "older", do)
