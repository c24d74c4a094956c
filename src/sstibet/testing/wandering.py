"""Going at random through an item's machine, with payloads that no bureau would give."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any

from sstibet.deciding import BookFault, Decider
from sstibet.engine.clock import day_of, instant
from sstibet.items.documents import DEADLINE
from sstibet.items.value import Event, Head, Item, Refused, Step
from sstibet.testing.payloads import Payloads
from sstibet.testing.samples import Samples

DAY = date(2025, 10, 15)
_MOST_OFFERS = 200


@dataclass(frozen=True, slots=True)
class Moment:
    """One decision: the item before, the event, and what came of it (the fault where the answers
    didn't go together)."""

    before: Item
    event: Event
    outcome: Step | Refused | BookFault = field(repr=False)


class Wanderer:
    """Goes at random through one item's machine; ``decider`` decides."""

    def __init__(self, decider: Decider, item: str) -> None:
        self.decider, self.item = decider, item
        self.machine = decider.machines[item]
        self.samples = Samples(decider.contents, item)
        self.payloads = Payloads(decider, self.machine, self.samples)
        self.zone = decider.contents.info.time_zone

    def begun(self, day: date = DAY) -> Item:
        """A new item, with likely answers where it is given any."""
        at = instant(f"{day}T09:00", self.zone)
        head = Head("walk", self.item, self.machine.version, "walker", at, "")
        step = self.decider.begin(head, next(self.payloads.given(day, 0)), day)
        assert isinstance(step, Step), "the likeliest answers begin it"
        return step.item

    def walk(
        self, rng: random.Random, longest: int, now: Item | None = None, at: int | None = None
    ) -> Iterator[Moment]:
        """One walk, from the beginning or from an item at an instant: any event of the state with
        any sampled payload, until none may come or enough have."""
        now = now if now is not None else self.begun()
        at = at if at is not None else now.head.opened
        for _ in range(longest):
            event = self.event(now, at, rng)
            if event is None:
                return
            at = event.at
            outcome = self.decide(now, event)
            yield Moment(now, event, outcome)
            now = outcome.item if isinstance(outcome, Step) else now

    def decide(self, now: Item, event: Event) -> Step | Refused | BookFault:
        """What comes of an event."""
        try:
            return self.decider.decide(now, event)
        except BookFault as fault:
            return fault

    def event(self, now: Item, at: int, rng: random.Random) -> Event | None:
        """Any event that may come now, with any payload; None where none may."""
        pending = {each.name: each.number for each in now.pending}
        plans = [
            (name, plan)
            for (state, name), plan in self.machine.plans.items()
            if state == now.state and (plan.answers is None or plan.answers in pending)
        ]
        if not plans:
            return None
        name, plan = rng.choice(plans)
        if name == DEADLINE and now.deadline is not None:
            at = max(at, now.deadline)
        day = day_of(at, self.zone)
        varied = rng.choice((0, 0, 1, 2))
        offers = list(islice(self.payloads.of(now, plan, day, varied), _MOST_OFFERS))
        return Event(name, at, day, rng.choice(offers or [{}]), pending.get(plan.answers or ""))

    def spoilt(self, now: Item, day: date, rng: random.Random) -> Item:
        """The item with some of what its machine hangs on forgotten, or known otherwise."""
        answers = dict(now.answers)
        names = [name for name in sorted(answers) if self._matters(name)]
        for name in rng.sample(names, min(len(names), rng.choice((1, 1, 2)))):
            values: list[Any] = [None, *self.samples.of(name, {}, {}, day)[:_MOST_OFFERS]]
            value = rng.choice(values)
            if value is None:
                del answers[name]
            else:
                answers[name] = value
        return now._replace(answers=answers)

    def _matters(self, name: str) -> bool:
        fields = self.decider.contents.dictionary.facts[name].fields
        return name in self.samples.read or fields is not None
