"""One simulated world: its workers, its persons, and what each decision of a plan does in it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import apsw

from sstibet.engine.clock import SetClock, day_of
from sstibet.engine.errors import KeyInFlight, KeyReused, NoSuchItem, UnknownKey
from sstibet.engine.ids import CountedIds
from sstibet.engine.migrating import SAVED
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
from sstibet.testing.simulation.agents import Agents, act
from sstibet.testing.simulation.filling import Filler, likely_event
from sstibet.testing.simulation.laws import Laws
from sstibet.testing.simulation.network import KEY, Network
from sstibet.testing.simulation.parts import AT_HOME, Parts
from sstibet.testing.simulation.planning import JUMPS, SKEWS, WHOLE, Plan
from sstibet.testing.simulation.rights import settled

MOST_TASKS = 10  # at once
LEAVES = 0.06  # how often a person turns away: cancels, voids, goes back
STATEMENTS = 7  # some more than a step has, its BEGIN and COMMIT among them
MOST_STEPS = 7  # that a person goes on with an item in one go
QUIET = (61, 61, 601, 3_601, 3_601, 86_401, 5 * 86_401, 31 * 86_401)
ROUNDS = 6  # of QUIET, until everything must be quiet
_LOOKED = 2  # points, after which a worker has seen what is due
_STILL = 80  # deliveries and deadlines, one after the other, until nothing more happens
# What a person may be told besides a view: try again. The rest is documented for one thing only.
_AGAIN = (apsw.FullError, Conflict, KeyInFlight)
LATER = ("void_declaration", "resident_payment", "refund")
PORTS = ("gateway", "ledger", "agency", "bank", "registry")


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
    """A world in which a plan is played. ``said`` is what happened, line by line."""

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

    def drew(self, port: str, ready: Iterable[tuple[str, Reply]]) -> None:
        """Callbacks are on their way; some are lost, late, doubled or come first."""
        for key, reply in ready:
            call = Callback(port, key, reply, sent_at=self.clock.at)
            self._heard(call)
            fault = self._calls.pop() % 4 if self._calls else None
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

    # Decisions

    def decide(self, name: str, *numbers: int) -> None:
        """Do what one decision says."""
        getattr(self, f"do_{name}")(*numbers)

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

    def do_run(self, nth: int, points: int) -> None:
        """A task goes on, some points far."""
        tasks = self.scheduler.tasks
        if not tasks:
            return
        task = tasks[-1 - nth % len(tasks)] if points >= WHOLE else tasks[nth % len(tasks)]
        self._far(task, points)

    def _far(self, task: Task, points: int) -> None:
        for _ in range(points):
            self.scheduler.let_go(task)
            if task.over or self.laws.broken is not None:
                return

    def do_begin(self, item: int, who: int, worker: int) -> None:
        """Somebody begins an item."""
        name = self.parts.items[item % len(self.parts.items)]
        known = AT_HOME.get(name, range(len(self.people)))
        actor = self.people[known[who % len(known)] % len(self.people)].actor
        self._sends(Request(actor, ("start", name), {}, self._key()), self._alive(worker))

    def open_items(self) -> list[tuple[str, str]]:
        """Items that aren't over; all of them where there is none."""
        machines = self.decider.machines
        left = [
            (ref, actor)
            for ref, actor in self.refs
            if self.laws.items[ref].state not in machines[self.laws.items[ref].head.item].ends
        ]
        return left or self.refs

    def do_later(self, item: int, who: int, worker: int) -> None:
        """Somebody comes later: to void, to pay, to have something given back."""
        places = [n for n, name in enumerate(self.parts.items) if name in LATER]
        if places:
            self.do_begin(places[item % len(places)], who, worker)

    def do_go(self, nth: int, seed: int, worker: int) -> None:
        """Somebody looks at their item and goes on with it, some steps."""
        if not (known := self.open_items()):
            return
        ref, actor = known[nth % len(known)]
        at, rng = self._alive(worker), random.Random(seed)
        self._task(f"go {ref}", at, lambda: self.goes(at, ref, actor, rng))

    def do_twice(self, nth: int, seed: int, worker: int) -> None:
        """The same request at two workers at once, under one key."""
        self._pair(nth, seed, worker, same_key=True)

    def do_both(self, nth: int, seed: int, worker: int) -> None:
        """The same at two workers at once, under two keys: a person with two phones."""
        self._pair(nth, seed, worker, same_key=False)

    def _pair(self, nth: int, seed: int, worker: int, *, same_key: bool) -> None:
        if seed % 5 == 0:
            self.do_begin(nth, seed, worker)
            request = self.requests[-1]
        else:
            if not (known := self.open_items()):
                return
            ref, actor = known[nth % len(known)]
            found = self._chosen(self._alive(worker), ref, actor, random.Random(seed))
            if found is None:
                return
            request = found
            self._sends(request, self._alive(worker))
        if not same_key:
            request = replace(request, key=self._key())
        self._sends(request, self._alive(worker + 1))

    def do_again(self, nth: int, worker: int, late: int) -> None:
        """A request is sent again: one that wasn't answered, or any."""
        waiting = list(self.open_requests.values())
        known = waiting if waiting and late % 4 else self.requests
        if known:
            self._sends(known[-1 - nth % len(known)], self._alive(worker))

    def do_other(self, nth: int, worker: int, _: int) -> None:
        """Something else under a key that was used."""
        taken = [r for r in self.requests if r.what[0] != "start" and r.for_ is None]
        if not taken:
            return
        request, at = taken[nth % len(taken)], self._alive(worker)

        def act() -> None:
            known = self.store.keyed(request.actor, request.key) is not None
            try:
                view = at.engine.send(
                    request.what[0], "another", {}, actor=request.actor, key=request.key
                )
            except KeyReused:
                return
            self.laws.law("key_means_one", not known and view.refused, *request.what)

        self._task(f"other {request.key}", at, act)

    def do_stranger(self, nth: int, who: int, worker: int) -> None:
        """Somebody reaches for another's item: it isn't there for them."""
        if not self.refs:
            return
        (ref, actor), other = self.refs[nth % len(self.refs)], self.people[who % len(self.people)]
        at = self._alive(worker)

        def act() -> None:
            try:
                at.engine.send(ref, "submit", {}, actor=other.actor, key="stranger")
            except NoSuchItem:
                return
            self.laws.law("no_surprise", False, f"{other.actor} reached {ref}")

        if other.actor != actor:
            self._task(f"stranger {ref}", at, act)

    def do_save(self, nth: int, seed: int, worker: int) -> None:
        """Something is typed and kept without going on."""
        if not self.refs:
            return
        (ref, actor), at = self.refs[nth % len(self.refs)], self._alive(worker)
        self.laws.asks(actor, (ref, SAVED), "a draft")
        self._task(f"save {ref}", at, lambda: at.engine.save(ref, {"channel": "?"}, actor=actor))

    def do_deliver(self, worker: int, *_: int) -> None:
        """A worker delivers what was left behind, and takes callbacks."""
        at = self._alive(worker)
        self._task("deliver", at, lambda: self._delivers(at))

    def _delivers(self, at: Worker) -> int:
        return at.engine.deliver() + self.network.post(at)

    def do_post(self, points: int, worker: int, *faults: int) -> None:
        """The gateway's letters come, some of them otherwise than they should."""
        if self.network.on:
            self._calls += faults[:2]
            at = self._alive(worker)
            self.begun("post", at, lambda: self.network.post(at), points)

    def do_forge(self, points: int, worker: int, nth: int, kind: int, person: int) -> None:
        """Somebody writes to the desk who isn't the gateway, or it is mistaken."""
        forge = self.network.forge if person % 8 else self.network.person
        forge(kind, nth, self._alive(worker), points)

    def do_agent(self, points: int, worker: int, nth: int, kind: int, seed: int) -> None:
        """An agent does something for somebody, or tries to."""
        act(self.agents, kind, nth, seed, self._alive(worker), points)

    def do_due(self, worker: int, both: int, _: int) -> None:
        """Deadlines are fired, now and then by two workers at once: both have seen what is due
        before the first of them does anything."""
        if both % 2:
            self._at_a_deadline()
        begun = list[Task]()
        for n in range(1 + both % 2):
            at, before = self._alive(worker + n), len(self.scheduler.tasks)
            self._task("due", at, at.engine.due)
            begun += self.scheduler.tasks[before:]
        if both % 2:
            for task in begun:
                self._far(task, _LOOKED)
            if begun and both % 4 == 1 and not begun[0].over:
                self._far(begun[0], WHOLE)

    def _at_a_deadline(self) -> None:
        """Time passes until the next deadline."""
        open_refs = {ref for ref, _ in self.open_items()}
        ahead = [
            item.deadline
            for ref, item in self.laws.items.items()
            if item.deadline is not None and ref.partition(".")[0] in open_refs
        ]
        if ahead and min(ahead) > self.clock.at:
            self.clock.at = min(ahead)
            self.say("is the time")

    def do_callback(self, nth: int, worker: int, old: int) -> None:
        """A callback comes to a worker: one on its way, or one that came before."""
        known = self.pool if self.pool and old % 3 else self.past_calls
        if known:
            self._callback(self._alive(worker), known[nth % len(known)])

    def _callback(self, at: Worker, call: Callback) -> None:
        def tell() -> None:
            if self.network.signs(call.port):
                self.network.tell(call, at)
                return
            at.engine.callback(call.port, call.key, call.reply)
            self.told(call)

        self._task(f"callback {call.key} {call.reply.answer}", at, tell)

    def do_nobody(self, nth: int, worker: int, kind: int) -> None:
        """A callback that nobody can have been asked for: of no row, or by another port."""
        at, keys = self._alive(worker), sorted(self.laws.rows)
        key = keys[nth % len(keys)] if keys and kind % 2 else f"nobody:{nth}:1"
        port = "papers"

        def act() -> None:
            try:
                at.engine.callback(port, key, Reply("succeeded", {"charge_no": "CH-FORGED"}))
            except UnknownKey:
                return
            self.laws.law("answer_as_told", False, f"{port} answered {key}")

        self._task(f"nobody {key}", at, act)

    def do_crash(self, worker: int, *_: int) -> None:
        """A worker is killed, and another takes its place."""
        busy = [self.workers.index(each.worker) for each in self.scheduler.tasks]
        n = busy[worker % len(busy)] if busy else worker % len(self.workers)
        gone, skew = self.workers[n], self.workers[n].engine.clock
        points = [f"{each.name} ({each.at})" for each in self.scheduler.tasks
                  if each.worker is gone]  # fmt: skip
        self.say(f"{gone.name} is killed, at: {'; '.join(points) or 'nothing'}")
        self.scheduler.kill(gone)
        self.workers[n] = self._worker(getattr(skew, "skew", 0))

    def do_clock(self, jump: int, *_: int) -> None:
        """Time passes, now and then backwards."""
        self.clock.forward(seconds=JUMPS[jump % len(JUMPS)])
        self.say("is the time")

    def do_skew(self, worker: int, skew: int, _: int) -> None:
        """A worker's clock goes wrong."""
        clock = self._alive(worker).engine.clock
        if isinstance(clock, SkewedClock):
            clock.skew = SKEWS[skew % len(SKEWS)]

    def do_full(self, writes: int, statements: int, _: int) -> None:
        """The disk is full when so many writes have been made, and so much of the next."""
        self._full, self._fits = 1 + writes % 6, statements % STATEMENTS

    def do_broken(self, port: int, verb: int, how: int) -> None:
        """The next call of a port can't be made, or its reply is lost."""
        name = PORTS[port % 2 if verb % 3 else port % len(PORTS)]
        self._broken.append((name, "lost" if how % 3 else "down"))

    def do_mood(self, verb: int, mood: int, times: int) -> None:
        """What stands outside behaves otherwise."""
        what = self.outside.disturb(verb, mood, times % 3)
        if what is not None:
            self.say(what)

    def do_calls(self, *faults: int) -> None:
        """The next callbacks are lost, late, doubled, or overtake others."""
        self._calls += faults[:2]

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

    def _chosen(self, at: Worker, ref: str, actor: str, rng: random.Random) -> Request | None:
        return self._request(at, at.engine.view(ref, actor=actor), actor, rng)

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

    # In the end

    def settle(self) -> None:
        """The world becomes quiet: nothing goes wrong any more, and time passes until nothing
        happens by itself."""
        while self.scheduler.tasks and self.laws.broken is None:
            self.do_run(0, WHOLE)
        self.outside.calm()
        self._full, self._broken, self._calls = 0, [], []
        for each in self.pool:
            each.due = 0
        at = self._worker(0)
        for _ in range(ROUNDS):
            for seconds in QUIET:
                self.clock.forward(seconds=seconds)
                self._until_still(at)
                if self.laws.broken is not None:
                    return
            if not any(self.laws.waits(item) for item in self.laws.items.values()):
                break
        self._quiet()

    def _until_still(self, at: Worker) -> None:
        for _ in range(_STILL):
            if not self._delivers(at) + at.engine.due() or self.laws.broken is not None:
                return
        self.laws.law("quiet", False, "callbacks and deadlines never end")

    def _quiet(self) -> None:
        for item in self.laws.items.values():
            what = (item.head.ref, item.state, "waits for", item.pending)
            self.laws.law("quiet", not self.laws.waits(item), *what)
        now, then = self.outside.money(), self.money
        charged, back = now.charged - then.charged, now.given_back - then.given_back
        booked = now.booked - then.booked
        self.laws.law(
            "money_adds_up", booked == charged - back,
            "charged", charged, "booked", booked, "given back", back,
        )  # fmt: skip
        self.laws.payments(self.outside.live_payments())
        self.laws.whole()
