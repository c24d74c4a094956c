"""The scheduler, and what it stands between: a worker and its store, its ports, its clock.

A task is a greenlet: one request or one round of a worker. It stops at every *point*, before and
after whatever it asks of the store or of a port, until the scheduler lets it go on; no transaction
is open then. A worker that is killed takes all of its tasks with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import apsw
import greenlet

from sstibet.engine.engine import Engine
from sstibet.engine.ports import Call, CallsBack, Reply, Unavailable
from sstibet.stores.records import Change, Outgoing, Store

if TYPE_CHECKING:
    from sstibet.testing.simulation.world import World

T = TypeVar("T")


class Killed(BaseException):
    """The worker was killed. No ``except Exception`` of the engine sees it."""


@dataclass(eq=False)
class Worker:
    """One process: an engine, and a clock that is perhaps wrong."""

    name: str
    engine: Engine
    dead: bool = False


@dataclass(eq=False)
class Task:
    """What a worker is doing."""

    name: str
    worker: Worker
    act: Callable[[], Any]
    at: str = "begins"
    thread: Any = field(init=False)

    def __post_init__(self) -> None:
        self.thread = greenlet.greenlet(self.act)

    @property
    def over(self) -> bool:
        """Whether it has come to its end."""
        return bool(self.thread.dead)


class Scheduler:
    """Lets one task at a time go on, from one point to the next."""

    def __init__(self) -> None:
        self.tasks = list[Task]()
        self.running: Task | None = None
        self.points = 0

    def point(self, at: str) -> None:
        """A task stops here. Whoever isn't a task goes on at once."""
        task = self.running
        if task is None:
            return
        self._alive(task)
        task.at = at
        self.points += 1
        task.thread.parent.switch()
        self._alive(task)

    @staticmethod
    def _alive(task: Task) -> None:
        if task.worker.dead:
            raise Killed(task.worker.name)

    def let_go(self, task: Task) -> None:
        """Let a task go on to its next point."""
        self.running, task.thread.parent = task, greenlet.getcurrent()
        try:
            task.thread.switch()
        finally:
            self.running = None
            if task.over:
                self.tasks.remove(task)

    def kill(self, worker: Worker) -> int:
        """A worker is gone, and all that it was doing."""
        worker.dead = True
        mine = [task for task in self.tasks if task.worker is worker]
        for task in mine:
            while not task.over:
                self.running, task.thread.parent = task, greenlet.getcurrent()
                try:
                    task.thread.throw(Killed(worker.name))
                except Killed:
                    pass
                finally:
                    self.running = None
            self.tasks.remove(task)
        return len(mine)


class SkewedClock:
    """The true clock, as a worker sees it."""

    def __init__(self, world: World, skew: int) -> None:
        self._world, self.skew = world, skew

    def now(self) -> int:
        """Seconds since 1970."""
        return self._world.clock.now() + self.skew


class WatchedStore:
    """The shared store as one worker reaches it: a point before and after each call, faults, and
    the laws looking on."""

    def __init__(self, inner: Store, world: World) -> None:
        self._inner, self._world = inner, world

    def commit(self, change: Change) -> None:
        """See `Store`."""
        world, ref = self._world, f"{change.item.head.ref} v{change.item.version}"
        world.point(f"about to write {ref}")
        try:
            self._write(ref, lambda: self._inner.commit(change))
        except apsw.FullError:
            world.laws.wrote_nothing(change)
            raise
        world.done(f"has written {ref}", step=True)
        event = "begin" if change.past is None else change.past.event
        world.say(f"{ref} {event} -> {change.item.state}")
        world.laws.wrote(change)
        world.point(f"has written {ref}")

    def mark(self, key: str, status: str, again_at: int = 0) -> None:
        """See `Store`."""
        self._world.point(f"about to mark {key}")
        self._write(key, lambda: self._inner.mark(key, status, again_at))
        self._world.done(f"has marked {key}")
        self._world.laws.marked(key, status)
        self._world.point(f"has marked {key}")

    def claim(self, now: int, until: int, limit: int) -> list[Outgoing]:
        """See `Store`."""
        self._world.point("about to claim")
        found = self._write("a claim", lambda: self._inner.claim(now, until, limit))
        self._world.point("has claimed")
        return found

    def _write(self, what: str, act: Callable[[], T]) -> T:
        """Write; where the disk is full, it may be so in the middle of it."""
        statement = self._world.disk_is_full()
        if statement is None:
            return act()
        try:
            with full_disk(self._inner, statement):
                return act()
        except apsw.FullError:
            self._world.say(f"the disk is full: {what} isn't written")
            raise

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name in ("fingerprint", "close") or not callable(method):
            return method

        def ask(*given: Any, **named: Any) -> Any:
            self._world.point(name)
            return method(*given, **named)

        return ask


@contextmanager
def full_disk(store: object, statement: int) -> Iterator[None]:
    """The disk is full: at once, or, where the store is one of SQLite, when that many statements
    of its transaction have been run."""
    connection = getattr(store, "_db", None)
    left = statement

    def count(cursor: object, sql: str, values: object) -> bool:
        nonlocal left
        left -= 1
        if left == 0 and not sql.startswith("ROLLBACK"):
            raise apsw.FullError("database or disk is full")
        return True

    if not isinstance(connection, apsw.Connection) or statement == 0:
        raise apsw.FullError("database or disk is full")
    before, connection.exec_trace = connection.exec_trace, count
    try:
        yield
    finally:
        connection.exec_trace = before


class WatchedPort:
    """A port as one worker reaches it."""

    def __init__(self, name: str, inner: object, world: World) -> None:
        self._name, self._inner, self._world = name, inner, world

    def __getattr__(self, verb: str) -> Any:
        method = getattr(self._inner, verb)  # AttributeError: the port has no such verb
        if not callable(method):
            return method
        name, world = self._name, self._world

        def ask(call: Call, **told: Any) -> Reply:
            world.point(f"about to ask {name}.{verb}")
            fault = world.fault_of(name, verb)
            if fault == "down":
                world.say(f"{name}.{verb} {call.key}: cannot be reached")
                raise Unavailable(verb)
            world.done(f"has asked {name}.{verb}")
            world.laws.asked(name, verb, call)
            answer: Reply = method(call, **told)
            world.laws.heard(call.key, call.ref, answer)
            world.say(f"{name}.{verb} {call.key}: {answer.answer}{' (lost)' if fault else ''}")
            world.looked_at(name)
            world.point(f"has asked {name}.{verb}")
            if fault == "lost":
                raise ConnectionError(f"the connection broke before {verb} had answered")
            return answer

        return ask


class WatchedCallingPort(WatchedPort):
    """A port that calls back, as one worker reaches it."""

    def ready(self, now: int) -> Iterator[tuple[str, Reply]]:
        """The callbacks that have come. One is told until it was taken; two workers that ask at
        once are both told."""
        world, name = self._world, self._name
        world.point(f"{name}.ready")
        world.draw(name, self._inner, now)
        for each in world.callbacks(name):
            world.point(f"a callback of {name} comes")
            yield each.key, each.reply
            world.told(each)


def watched(name: str, inner: object, world: World) -> WatchedPort:
    """A port, watched."""
    kind = WatchedCallingPort if isinstance(inner, CallsBack) else WatchedPort
    return kind(name, inner, world)
