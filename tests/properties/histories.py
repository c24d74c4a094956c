"""A desk with the embedded bureau, and moves that random histories are made of.

A move is a name and some numbers; what the numbers choose is taken from what is there when the move
is made, so every list of moves is a history.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sstibet import Engine, SetClock, View, load
from sstibet.bureau import Bureau, Person
from sstibet.conditions import decide as answer
from sstibet.deciding.working import Workbench
from sstibet.engine.clock import day_of
from sstibet.engine.errors import KeyReused, NoSuchItem
from sstibet.engine.ids import CountedIds
from sstibet.forms.bound import BoundForm
from sstibet.items.value import Item
from sstibet.stores.sqlite import SqliteStore
from sstibet.testing.simulation import parts as simulated
from sstibet.testing.simulation.filling import Filler, likely_event
from sstibet.testing.simulation.parts import MOODS, PEOPLE
from sstibet.testing.simulation.planning import STARTS

ZONE = "Asia/Shanghai"
_MOST_AT_HOME = 12
ITEMS = (
    "resident_payment", "flexible_payment", "refund", "void_declaration", "resident_payment",
    "flexible_payment", "debit_agreement", "base_confirmation", "payment_certificate",
    "tax_certificate", "account_filing", "declared_query", "paid_query",
)  # fmt: skip
# Who has anything to do there, by their places in PEOPLE; anybody may try.
AT_HOME = simulated.AT_HOME | {
    "void_declaration": (0, 3, 1),
    "tax_certificate": (5, 3),
    "payment_certificate": (5, 0),
}
# What the simulator disturbs, and what it disturbs only together with all else.
VERBS = (
    *simulated.VERBS, "ledger.give_back", "ledger.drop_refund", "bank.verify", "accounts", "papers",
)  # fmt: skip
JUMPS = (1, 59, 61, 301, 901, 1801, 3601, 86_401, 5 * 86_401, 31 * 86_401)
GARBAGE: tuple[Any, ...] = (
    None, "", "９９９", "x" * 5000, -1, 2**70, [], [{}], [{"key": "?"}], {}, {"a": 1}, True, 1.5,
    "\ud800", "2025-02-30", "1e9", "'; drop table items; --", ["5400011", "5400011"],
)  # fmt: skip


class Broken(AssertionError):
    """A law was broken."""


class _Told(logging.Handler):
    """What the engine complains of."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@dataclass
class Sent:
    """One request, so that it can be sent again."""

    ref: str
    event: str
    payload: Mapping[str, Any]
    actor: str
    key: str


@dataclass
class World:
    """A desk, the bureau, some persons, and what has been done so far."""

    start: str = STARTS[0]
    refs: list[tuple[str, str]] = field(default_factory=list)
    last: Sent | None = None
    keys: int = 0
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = SetClock.on(self.start, ZONE)
        self.bureau = Bureau.open(clock=self.clock, persons=24)
        self.desk = Engine(
            load(),
            store=SqliteStore(None),
            ports=self.bureau.ports(),
            clock=self.clock,
            ids=CountedIds(),
        )
        self.bureau.on_early = lambda port, key, reply: self.desk.callback(port, key, reply)
        cast = self.bureau.cast()
        self.people: list[Person] = [getattr(cast, name) for name in PEOPLE]
        self.began_with = self.bureau.money()
        self.seen: dict[str, int] = {}
        self.written = -1
        self.refused = set[str]()
        self.log = _Told()
        logging.getLogger("sstibet.engine").addHandler(self.log)

    def close(self) -> None:
        """Let go of everything."""
        logging.getLogger("sstibet.engine").removeHandler(self.log)
        self.desk.close()
        self.bureau.close()

    @property
    def day(self) -> date:
        """Today."""
        return day_of(self.clock.now(), ZONE)

    def image(self) -> tuple[bytes, bytes]:
        """Every byte of the store and of the bureau."""
        return self.desk.store._db.serialize("main"), self.bureau._database.image()

    def items(self) -> list[Item]:
        """Every item there is, those that others called among them."""
        found = [self.desk.store.get(ref) for ref in self.desk.store.refs()]
        return [item for item in found if item is not None]

    # Moves

    def make(self, move: tuple[Any, ...]) -> None:
        """Make one move, and look whether every law still holds."""
        name, *numbers = move
        getattr(self, f"do_{name}")(*numbers)
        self.check()

    def do_start(self, item: int, who: int) -> None:
        """Somebody begins an item."""
        name = ITEMS[item % len(ITEMS)]
        known = AT_HOME.get(name, range(len(PEOPLE)))
        whose = known[who % len(known)] if who < _MOST_AT_HOME else who % len(PEOPLE)
        actor = self.people[whose].actor
        self.keys += 1
        key = f"start-{self.keys}"
        view = self.desk.start(name, actor=actor, key=key)
        self.refs.append((view.ref, actor))
        before = self.image()
        again = self.desk.start(name, actor=actor, key=key)
        self.law(again.ref == view.ref, "a repeated key begins nothing")
        self.law(self.image() == before, "a repeated key does nothing")

    def do_go(self, item: int, steps: int, seed: int) -> None:
        """Somebody goes on with an item, some steps: mostly forward, with answers that may do."""
        rng = random.Random(seed)
        for _ in range(steps):
            if self.refs:
                self._step(*self.refs[item % len(self.refs)], rng)

    def _step(self, ref: str, actor: str, rng: random.Random) -> None:
        front = self.desk.view(ref, actor=actor).front
        choices = [each.name for each in front.events]
        event = likely_event(choices, ref in self.refused, rng)
        if event is None:
            return  # there is nothing to do but to wait
        form = front.forms.get(event) or (front.form if event == "submit" else None)
        payload = {} if form is None else self.filled(form, actor, rng)
        view = self.send(front.ref, event, payload, actor)
        (self.refused.add if view.refused or event == "back" else self.refused.discard)(ref)
        self.check()

    def send(self, ref: str, event: str, payload: Mapping[str, Any], actor: str) -> View:
        """A request under a key of its own; refused, it has changed nothing."""
        self.keys += 1
        self.last = Sent(ref, event, payload, actor, f"key-{self.keys}")
        before, lines = self.image(), len(self.desk.store.history(ref))
        deadline = self.desk.store.get(ref).deadline
        view = self.desk.send(ref, event, payload, actor=actor, key=self.last.key)
        if view.refused:
            same = self.image() == before
            if deadline is not None and deadline <= self.clock.now():
                # The state's time was over, and that came first.
                new = [line.event for line in self.desk.store.history(ref)[lines:]]
                same = same or (event not in new and new[:1] == ["deadline"])
            self.law(same, "a refused event changes nothing", ref, event)
            self.last = None
        return view

    def do_again(self) -> None:
        """The last request once more, under the same key: it does nothing."""
        if self.last is None:
            return
        before, last = self.image(), self.last
        self.desk.send(last.ref, last.event, last.payload, actor=last.actor, key=last.key)
        self.law(self.image() == before, "a repeated key does nothing", last.ref, last.event)
        try:
            self.desk.send(last.ref, "another", {}, actor=last.actor, key=last.key)
        except KeyReused:
            self.law(self.image() == before, "a key used for something else does nothing")
        else:
            raise Broken("a key was used for something else")

    def do_garbage(self, item: int, seed: int) -> None:
        """Anything at all for an event that may be there or not."""
        if not self.refs:
            return
        rng, (ref, actor) = random.Random(seed), self.refs[item % len(self.refs)]
        front = self.desk.view(ref, actor=actor).front
        events = ["submit", "deadline", "payment.paid", "card.succeeded", "", "x" * 300]
        event = rng.choice([*events, *self.desk.decider.machines[front.item].rules.events])
        facts = [each.fact for each in front.form.fields] if front.form else ["amount_due"]
        payload = {
            name: rng.choice(GARBAGE) for name in (*facts, "no_such_fact")[: rng.randint(0, 6)]
        }
        self.send(front.ref, event, payload, actor)

    def do_save(self, item: int, seed: int) -> None:
        """Something typed is kept without going on: the item stays where it is."""
        if not self.refs:
            return
        rng, (ref, actor) = random.Random(seed), self.refs[item % len(self.refs)]
        front = self.desk.view(ref, actor=actor).front
        fields = [each.fact for each in front.form.fields] if front.form else ["amount_due"]
        typed = {name: rng.choice(GARBAGE) for name in fields}
        view = self.desk.save(front.ref, typed, actor=actor)
        self.law((view.state, view.deadline) == (front.state, front.deadline), "a draft goes on")
        self.law(dict(view.answers) == dict(front.answers), "a draft answers")

    def do_stranger(self, item: int, who: int) -> None:
        """Somebody else reaches for an item: it isn't there for them, and nothing changes."""
        if not self.refs:
            return
        (ref, actor), other = self.refs[item % len(self.refs)], self.people[who % len(self.people)]
        if other.actor == actor:
            return
        before = self.image()
        for reach in (
            lambda: self.desk.view(ref, actor=other.actor),
            lambda: self.desk.send(ref, "submit", {}, actor=other.actor, key="k"),
            lambda: self.desk.save(ref, {}, actor=other.actor),
        ):
            try:
                reach()
            except NoSuchItem:
                continue
            raise Broken(f"{other.actor} reached {ref} of {actor}")
        self.law(self.image() == before, "a stranger changes nothing")

    def do_mood(self, verb: int, mood: int, times: int) -> None:
        """The bureau behaves otherwise from now on, or for some times."""
        target = VERBS[verb % len(VERBS)]
        try:
            self.bureau.tell(target, MOODS[mood % len(MOODS)], times=times or None)
        except ValueError:
            return  # this verb can't refuse
        self.told.append(target)

    def do_clock(self, jump: int) -> None:
        """Time passes; nobody looks."""
        self.clock.forward(seconds=JUMPS[jump % len(JUMPS)])

    def do_due(self) -> None:
        """The deadlines that have come are fired."""
        self.desk.due()

    def do_deliver(self) -> None:
        """What is left over is delivered, and callbacks are taken."""
        self.desk.deliver()

    # Laws

    def law(self, holds: bool, *what: object) -> None:
        """Broken where it doesn't hold."""
        if not holds:
            raise Broken(" ".join(map(str, what)))

    def check(self) -> None:
        """The laws of every moment."""
        unanswered = [each for each in self.log.said if "was not taken" in each]
        self.law(not unanswered, "every answer is taken in every state:", unanswered)
        items = self.items()
        for item in items:
            if self.seen.get(item.head.ref) != item.version:
                self.seen[item.head.ref] = item.version
                self._never(item)
                self._goes_on(item)
        self._one_payment()

    def _never(self, item: Item) -> None:
        decider = self.desk.decider
        bench = Workbench(decider.contents, decider.digest, self.day, dict(item.answers))
        for name, never in decider.machines[item.head.item].rules.never.items():
            if item.state in never.in_:
                found = answer(never.holds, bench.known())
                self.law(found.truth is False, item.head.ref, item.state, "breaks never", name)

    def _goes_on(self, item: Item) -> None:
        """An item always ends or can go on."""
        machine = self.desk.decider.machines[item.head.item]
        persons = any((item.state, event) in machine.plans for event in machine.rules.events)
        live = persons or item.pending or item.deadline is not None or item.state in machine.ends
        self.law(bool(live), item.head.ref, item.state, "is stuck")

    def _one_payment(self) -> None:
        written = self.bureau._database._connection.total_changes()
        if written == self.written:
            return
        self.written = written
        found: dict[tuple[str, str, str], list[Any]] = {}
        for each in self.bureau.live_payments():
            found.setdefault((each.enrolment, each.scheme, each.period), []).append(each)
        for key, payments in found.items():
            new = [each for each in payments if not each.seeded]
            self.law(len(payments) < 2 or not new, "two live payments:", key, payments)

    def settle(self) -> None:
        """The world becomes quiet: the bureau is as usual, and time passes until nothing more
        happens by itself. Then everything has ended or waits for a person, and the money is right.
        """
        for target in set(self.told):
            self.bureau.tell(target, "usual")
        for seconds in (*(1, 61, 601, 3601) * 3, *(86_401,) * 8, *(31 * 86_401,) * 5):
            self.clock.forward(seconds=seconds)
            self._until_still()
        for item in self.items():
            machine = self.desk.decider.machines[item.head.item]
            persons = any((item.state, event) in machine.plans for event in machine.rules.events)
            self.law(
                item.state in machine.ends or persons,
                item.head.ref, item.state, "neither ends nor waits for a person:", item.pending,
            )  # fmt: skip
        now, then = self.bureau.money(), self.began_with
        charged = now.charged.fen - then.charged.fen
        back = now.given_back.fen - then.given_back.fen
        booked = now.booked.fen - then.booked.fen
        self.law(booked == charged - back, "booked", booked, "charged", charged, "back", back)

    def _until_still(self) -> None:
        for _ in range(60):
            if not self.desk.deliver() + self.desk.due():
                self.check()
                return
        raise Broken("callbacks and deadlines that never end")

    # What a person fills in

    def filled(self, form: BoundForm, actor: str, rng: random.Random) -> dict[str, Any]:
        """Answers to a form that may do, most of them."""
        own = next(each for each in self.people if each.actor == actor)
        whom = own if rng.random() < 0.75 else rng.choice(self.people[:4])
        return Filler(self.people).filled(form, whom, self.day, rng)
