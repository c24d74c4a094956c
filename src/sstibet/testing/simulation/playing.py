"""What each decision of a plan does in a world, and how the world becomes quiet in the end."""

from __future__ import annotations

import random
from dataclasses import replace

from sstibet.engine.errors import KeyReused, NoSuchItem, UnknownKey
from sstibet.engine.migrating import SAVED
from sstibet.engine.ports import Reply
from sstibet.testing.simulation.acting import SkewedClock, Task, Worker
from sstibet.testing.simulation.agents import act as acts
from sstibet.testing.simulation.parts import AT_HOME
from sstibet.testing.simulation.planning import JUMPS, SKEWS, WHOLE
from sstibet.testing.simulation.world import Request, World

STATEMENTS = 7  # some more than a step has, its BEGIN and COMMIT among them
QUIET = (61, 61, 601, 3_601, 3_601, 86_401, 5 * 86_401, 31 * 86_401)
ROUNDS = 6  # of QUIET, until everything must be quiet
LATER = ("void_declaration", "resident_payment", "refund")
PORTS = ("gateway", "ledger", "agency", "bank", "registry")
_LOOKED = 2  # points, after which a worker has seen what is due
_STILL = 80  # deliveries and deadlines, one after the other, until nothing more happens


class Play(World):
    """A world in which a plan is played."""

    def decide(self, name: str, *numbers: int) -> None:
        """Do what one decision says."""
        getattr(self, f"do_{name}")(*numbers)

    def do_run(self, nth: int, points: int) -> None:
        """A task goes on, some points far."""
        tasks = self.scheduler.tasks
        if not tasks:
            return
        task = tasks[-1 - nth % len(tasks)] if points >= WHOLE else tasks[nth % len(tasks)]
        self._far(task, points)

    def do_begin(self, item: int, who: int, worker: int) -> None:
        """Somebody begins an item."""
        name = self.parts.items[item % len(self.parts.items)]
        known = AT_HOME.get(name, range(len(self.people)))
        actor = self.people[known[who % len(known)] % len(self.people)].actor
        self._sends(Request(actor, ("start", name), {}, self._key()), self._alive(worker))

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

    def _chosen(self, at: Worker, ref: str, actor: str, rng: random.Random) -> Request | None:
        return self._request(at, at.engine.view(ref, actor=actor), actor, rng)

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
        acts(self.agents, kind, nth, seed, self._alive(worker), points)

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

    def settle(self) -> None:
        """The world becomes quiet: nothing goes wrong any more, and time passes until nothing
        happens by itself."""
        while self.scheduler.tasks and self.laws.broken is None:
            self.do_run(0, WHOLE)
        self.outside.calm()
        self._full, self._broken, self._calls = 0, [], []
        for each in self.pool:
            if not self.network.signs(each.port):  # a letter comes late, is refused, and told anew
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
