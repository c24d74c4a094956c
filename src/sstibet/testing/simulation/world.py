"""One simulated world: its workers, what goes wrong in it, its callbacks and its persons."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import apsw

from sstibet.engine.clock import SetClock, day_of
from sstibet.engine.errors import KeyInFlight
from sstibet.engine.ids import CountedIds
from sstibet.engine.ports import Reply
from sstibet.engine.view import View
from sstibet.settings import Settings
from sstibet.stores.records import Conflict
from sstibet.testing.simulation.acting import (
    Killed,
    Scheduler,
    SkewedClock,
    Task,
    WatchedStore,
    Worker,
    watched,
)
from sstibet.testing.simulation.agents import Agents
from sstibet.testing.simulation.filling import Filler, likely_event
from sstibet.testing.simulation.laws import Laws
from sstibet.testing.simulation.network import KEY, Network
from sstibet.testing.simulation.parts import Parts
from sstibet.testing.simulation.planning import Plan
from sstibet.testing.simulation.rights import settled

MOST_TASKS = 10  # at once
LEAVES = 0.06  # how often a person turns away: cancels, voids, goes back
MOST_STEPS = 7  # that a person goes on with an item in one go
# What a person may be told besides a view: try again. The rest is documented for one thing only.
_AGAIN = (apsw.FullError, Conflict, KeyInFlight)


@dataclass(eq=False)
class Callback:
    """A callback on its way."""

    port: str
    key: str
    reply: Reply
    due: int = 0
    copies: int = 1
    sent_at: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """What a person has sent, so that it can be sent again."""

    actor: str
    what: tuple[str, ...]  # (ref, event), or ("start", item), with the owner too for an agent
    payload: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    for_: str | None = None  # on whose behalf an agent sends it


class World:
    """A world. ``said`` is what happened in it, line by line."""

    def __init__(self, parts: Parts, plan: Plan) -> None:
        self.parts, self.plan, self.book = parts, plan, parts.the_book()
        self.zone = self.book.contents.info.time_zone
        self.clock = SetClock.on(plan.start, self.zone)
        self.began, self.said, self.ids = self.clock.at, list[str](), CountedIds()
        self.outside = parts.outside(self.clock)
        self.store = parts.before_watch(parts.open_store())
        self.scheduler, self.workers = Scheduler(), list[Worker]()
        self.decider, self._born = parts.the_decider(), 0
        self.people = list(self.outside.people)
        self.network = Network(self, plan.network and parts.network)
        holdings = parts.agents if plan.agents else ()
        held = settled(holdings, self.people, self.today(), self.book.contents)
        self.agents = Agents(self, held)
        self._settings = Settings(where="", agents=held, callbacks=(KEY,))
        for skew in plan.skews:
            self.workers.append(self._worker(skew))
        self.laws = Laws(self.decider, self.store, self.zone)
        self.laws.rights = self.agents.rights
        self.outside.on_early(self._early)
        self.filler, self.money = Filler(self.people), self.outside.money()
        self.refs, self.requests = list[tuple[str, str]](), list[Request]()
        self.open_requests = dict[str, Request]()
        self.pool, self.past_calls = list[Callback](), list[Callback]()
        self._full, self._fits = 0, 0
        self._broken, self._calls = list[tuple[str, str]](), list[int]()
        self._keys, self._refused = 0, set[str]()
        self._done = Counter[Task | None]()

    def _worker(self, skew: int) -> Worker:
        self._born += 1
        parts = self.parts
        ports = {
            name: watched(name, parts.before_port(name, port), self)
            for name, port in self.outside.ports.items()
        }
        engine = parts.make_engine(
            self.book,
            store=parts.before_store(WatchedStore(self.store, self)),
            ports=ports,
            clock=SkewedClock(self, skew),
            ids=self.ids,
            settings=self._settings,
        )
        return Worker(f"w{self._born}", engine)

    def close(self) -> None:
        """Let go of everything; what is still going on is killed."""
        for worker in self.workers:
            self.scheduler.kill(worker)
        self.store.close()
        self.outside.close()

    def say(self, what: str) -> None:
        """One more line of the history."""
        task, at = self.scheduler.running, self.clock.at - self.began
        who = "--" if task is None else f"{task.worker.name} {task.name}"
        self.said.append(f"{at:+8d}s {who}: {what}")

    def point(self, at: str) -> None:
        """A task stops here until it is let go on."""
        self.scheduler.point(at)

    def today(self) -> date:
        """The true day."""
        return day_of(self.clock.at, self.zone)

    def done(self, what: str, *, step: bool = False) -> None:
        """Whoever is running has written a step or something else, or asked a port."""
        self._done[self.scheduler.running] += 1
        self.network.done(self.scheduler.running, what, step)

    def done_by_this(self) -> int:
        """How often whoever is running has done so."""
        return self._done[self.scheduler.running]

    # Faults, as the store and the ports ask for them

    def disk_is_full(self) -> int | None:
        """How many statements of this write find room on the disk; None: all do."""
        self._full -= 1
        return self._fits if self._full == 0 else None

    def fault_of(self, port: str, verb: str) -> str | None:
        """What is to go wrong with this call, once."""
        for n, (where, fault) in enumerate(self._broken):
            if where in (port, f"{port}.{verb}"):
                del self._broken[n]
                return fault
        return None

    def looked_at(self, port: str) -> None:
        """After a port was asked: how the money stands."""
        if port == "ledger":
            self.laws.payments(self.outside.live_payments())

    def draw(self, port: str, inner: Any, now: int) -> None:
        """Take the callbacks that a port has."""
        self.drew(port, inner.ready(now))

    def drew(
        self,
        port: str,
        ready: Iterable[tuple[str, Reply]],
        more: Callable[[], int | None] = lambda: None,
    ) -> None:
        """Callbacks are on their way; some are lost, late, doubled or come first, by what was
        decided before or by what ``more`` says."""
        for key, reply in ready:
            call = Callback(port, key, reply, sent_at=self.clock.at)
            self._heard(call)
            fault = self._calls.pop() % 4 if self._calls else more()
            if fault == 0:
                self.say(f"a callback {key}: {reply.answer} is lost")
                continue
            call.due = self.clock.at + (3_000 if fault == 1 else 0)
            call.copies = 2 if fault == 2 else 1
            self.pool.insert(0 if fault == 3 else len(self.pool), call)

    def _heard(self, call: Callback) -> None:
        row = self.laws.rows.get(call.key)
        self.laws.heard(call.key, call.key if row is None else row.ref, call.reply)
        self.past_calls.append(call)

    def callbacks(self, port: str) -> Iterator[Callback]:
        """Those of a port that have come by now."""
        for each in [*self.pool]:
            if each.port == port and each.due <= self.clock.at:
                yield each

    def told(self, call: Callback) -> None:
        """A callback was taken once; it comes again where it is doubled."""
        call.copies -= 1
        if call.copies <= 0 and call in self.pool:
            self.pool.remove(call)

    def _early(self, port: str, key: str, reply: Reply) -> None:
        """A callback that comes before its verb has answered, perhaps at another worker."""
        call = Callback(port, key, reply, sent_at=self.clock.at)
        self._heard(call)
        self._callback(self.workers[len(self.past_calls) % len(self.workers)], call)

    # Tasks

    def _alive(self, n: int) -> Worker:
        return self.workers[n % len(self.workers)]

    def begun(self, name: str, at: Worker, act: Callable[[], Any], points: int) -> None:
        """A worker begins something, and is let go on some points far."""
        if (task := self._task(name, at, act)) is not None:
            self._far(task, points)

    def _task(self, name: str, worker: Worker, act: Callable[[], Any]) -> Task | None:
        """A worker begins something; it goes on when the scheduler lets it."""
        if len(self.scheduler.tasks) >= MOST_TASKS:
            return None

        def whole() -> None:
            try:
                act()
            except Killed:
                self.say("killed")
            except _AGAIN as fault:
                self.say(f"ends with {type(fault).__name__}")
            except Exception as fault:
                self.laws.law("no_surprise", False, f"{name}: {type(fault).__name__}: {fault}")

        self.scheduler.tasks.append(Task(name, worker, whole))
        return self.scheduler.tasks[-1]

    def _far(self, task: Task, points: int) -> None:
        for _ in range(points):
            self.scheduler.let_go(task)
            if task.over or self.laws.broken is not None:
                return

    def open_items(self) -> list[tuple[str, str]]:
        """Items that aren't over; all of them where there is none."""
        machines = self.decider.machines
        left = [
            (ref, actor)
            for ref, actor in self.refs
            if self.laws.items[ref].state not in machines[self.laws.items[ref].head.item].ends
        ]
        return left or self.refs

    def _delivers(self, at: Worker) -> int:
        return at.engine.deliver() + self.network.post(at)

    def _callback(self, at: Worker, call: Callback) -> None:
        def tell() -> None:
            if self.network.signs(call.port):
                self.network.tell(call, at)
                return
            at.engine.callback(call.port, call.key, call.reply)
            self.told(call)

        self._task(f"callback {call.key} {call.reply.answer}", at, tell)

    # Persons

    def _key(self) -> str:
        self._keys += 1
        return f"key-{self._keys}"

    def goes(
        self, at: Worker, ref: str, actor: str, rng: random.Random, for_: str | None = None
    ) -> None:
        """Somebody goes on with an item, some steps: its owner, or an agent for them."""
        for _ in range(rng.randint(1, MOST_STEPS)):
            if for_ is None:
                view: View | None = at.engine.view(ref, actor=actor)
            else:
                view = self.agents.view(at, ref, actor, for_)
            request = None if view is None else self._request(at, view, actor, rng, for_)
            if request is None or not self.send(request, at):
                return

    def request(
        self, actor: str, what: tuple[str, ...], payload: Mapping[str, Any], for_: str | None = None
    ) -> Request:
        """A new request, as it can be sent again."""
        self.requests.append(Request(actor, what, payload, self._key(), for_))
        return self.requests[-1]

    def _request(
        self, at: Worker, view: View, actor: str, rng: random.Random, for_: str | None = None
    ) -> Request | None:
        front = view.front
        # An agent mostly leaves what is the person's own to do.
        left = for_ is not None and rng.random() < 0.7
        names = [each.name for each in front.events if not left or each.allowed]
        event = likely_event(names, view.ref in self._refused, rng, LEAVES)
        if event is None:
            return None
        form = front.forms.get(event) or (front.form if event == "submit" else None)
        payload: Mapping[str, Any] = {}
        if form is not None:
            day = day_of(at.engine.clock.now(), self.zone)
            payload = self.filler.filled(form, self._whom(view, for_ or actor), day, rng)
        return self.request(actor, (front.ref, event), payload, for_)

    def _whom(self, view: View, actor: str) -> Any:
        """Whom an item is about: where all pay for the same, the first resident."""
        own = next(each for each in self.people if each.actor == actor)
        shared = self.plan.shared and view.item in ("resident_payment", "void_declaration")
        return self.people[0] if shared else own

    def _sends(self, request: Request, at: Worker) -> None:
        if request not in self.requests:
            self.requests.append(request)
        self._task(f"send {request.key}", at, lambda: self.send(request, at))

    def send(self, request: Request, at: Worker) -> bool:
        """Send a request; whether it was taken."""
        first, second = request.what[:2]
        for_ = "" if request.for_ is None else f" by {request.actor} for {request.for_}"
        self.say(f"{request.key}: {first} {second}{for_}")
        self.laws.asks(request.actor, request.what, request.key)
        self.open_requests[request.key] = request
        who: dict[str, Any] = {
            "actor": request.actor,
            "key": request.key,
            "on_behalf_of": request.for_,
        }

        def ask() -> View:
            if first == "start":
                return at.engine.start(second, **who)
            return at.engine.send(first, second, request.payload, **who)

        view = ask() if request.for_ is None else self.agents.ask(request, at, ask)
        self.open_requests.pop(request.key, None)
        if view is None:
            return False
        if view.refused:
            self.say(f"{request.key} is refused: {view.code}")
            self._refused.add(view.ref)
            return False
        self._refused.discard(view.ref)
        self.say(f"{request.key} is acknowledged: {view.state} v{view.version}")
        self.laws.acknowledges(request.actor, request.what, request.key, view.steps)
        known = (view.ref, request.for_ or request.actor)
        if first == "start" and known not in self.refs:
            self.refs.append(known)
        return True
