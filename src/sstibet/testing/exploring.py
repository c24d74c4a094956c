"""How walks are looked for: by trying events, the likeliest first, and going on from where
something new came."""

from __future__ import annotations

import dataclasses
import heapq
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

from sstibet.deciding import BookFault, Decider
from sstibet.deciding.machine import Plan
from sstibet.engine.clock import day_of, instant
from sstibet.items.documents import DEADLINE
from sstibet.items.value import Event, Head, Item, Refused, Step
from sstibet.testing.payloads import Payloads
from sstibet.testing.samples import Samples

_MOST_IN_VAIN = 9_000  # events after the last that took a new way
_MOST_VARIED = 2
_MOST_KEPT = 30  # items in one state from which another day is tried
_A_DAY = 86_400
_FAR = 1_000

# How an event was chosen: its name, how many of its answers were unusual, and the how manieth of
# all such payloads it had. The same choices can be made again on another day.
_Choice = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Found:
    """How a way was taken: the item at the beginning, the events, and what the last leads to."""

    start: Item
    events: tuple[Event, ...]
    end: Step | Refused


@dataclass(frozen=True, slots=True)
class _Place:
    """An item that was come to, how, when, and by how many unusual answers."""

    start: Item
    now: Item
    events: tuple[Event, ...]
    choices: tuple[_Choice, ...]
    at: int
    unusual: int


class Search:
    """Looks for a path through every way of one item's machine.

    An item is gone on from in the order of how unusual the answers on its path were, then of its
    length. One that comes by a new way or into a new state counts as usual from there on; one that
    stands, in all that the machine hangs on, as another one did is not gone on from; and neither is
    one from which no way is left to be found.
    """

    def __init__(self, decider: Decider, item: str, samples: Samples) -> None:
        self.decider, self.item = decider, item
        self.machine, self.samples = decider.machines[item], samples
        self.payloads = Payloads(decider, self.machine, samples)
        self.zone = decider.contents.info.time_zone
        self.found: dict[str, Found] = {}
        self.reached: dict[str, list[_Place]] = {}
        self.open = {
            way.because.way: state
            for (state, _), plan in self.machine.plans.items()
            for way in plan.ways
            if not way.stays
        }
        self.ways = frozenset(self.open)
        self.plans: dict[str, list[tuple[str, Plan]]] = {}
        for (state, name), plan in self.machine.plans.items():
            if not plan.ways[0].stays:
                self.plans.setdefault(state, []).append((name, plan))
        self._heap: list[tuple[int, int, int, int, int, _Place]] = []
        self._outlooks = set[str]()
        self._tried, self._new, self._made = 0, 0, 0
        self._near: Mapping[str, int] = {}
        self._near_of = -1

    def run(self, day: date) -> None:
        """Look for ways, from a day on."""
        for varied in range(_MOST_VARIED):
            for n, given in enumerate(self.payloads.given(day, varied)):
                place = self._begun(day, given, ("", varied, n))
                if place is not None:
                    self._note(place)
        while self._heap and self.open and self._tried < self._new + _MOST_IN_VAIN:
            _, _, _, _, varied, place = heapq.heappop(self._heap)
            if self._distance(place.now.state) < _FAR:
                self._go_on(place, varied)

    def run_over(self, day: date) -> None:
        """Look for ways that are open still where the last event comes on a day and all before it
        on the day before: the same choices are made again then."""
        before, again = day - timedelta(days=1), dict[tuple[_Choice, ...], _Place | None]()
        for state in sorted(set(self.open.values())):
            for known in self.reached.get(state, ())[:_MOST_KEPT]:
                place = self._again(known.choices, before, again)
                if place is None or place.now.state != state:
                    continue
                place = dataclasses.replace(place, at=place.at + _A_DAY)
                for name in self._open_events(state):
                    for choice, event in self._events(place, 0, name):
                        self._try(place, event, choice)
                if state not in self.open.values():
                    break

    def _open_events(self, state: str) -> list[str]:
        """The events of a state that have ways which are still open."""
        return [
            name
            for name, plan in self.plans.get(state, ())
            if any(way.because.way in self.open for way in plan.ways)
        ]

    def _begun(self, day: date, given: Mapping[str, Any], choice: _Choice) -> _Place | None:
        at = instant(f"{day}T09:00", self.zone)
        head = Head("walk", self.item, self.machine.version, "walker", at, "")
        step = self.decider.begin(head, given, day)
        if isinstance(step, Refused):
            return None
        return _Place(step.item, step.item, (), (choice,), at, choice[1])

    def _again(
        self,
        choices: tuple[_Choice, ...],
        day: date,
        again: dict[tuple[_Choice, ...], _Place | None],
    ) -> _Place | None:
        """The same choices on another day; ``again`` keeps where they led to."""
        if choices in again:
            return again[choices]
        (_, varied, nth), place = choices[-1], None
        if len(choices) == 1:
            given = next(islice(self.payloads.given(day, varied), nth, None), None)
            place = None if given is None else self._begun(day, given, choices[0])
        elif (before := self._again(choices[:-1], day, again)) is not None:
            events = self._events(before, varied, choices[-1][0])
            _, event = next(islice(events, nth, None), (None, None))
            step = None if event is None else self._decided(before.now, event)
            if event is not None and isinstance(step, Step):
                path = (*before.events, event)
                place = _Place(before.start, step.item, path, choices, event.at, before.unusual)
        again[choices] = place
        return place

    def _go_on(self, place: _Place, varied: int) -> None:
        tried = self._tried
        for choice, event in self._events(place, varied):
            self._try(place, event, choice)
        if varied < _MOST_VARIED and (varied == 0 or self._tried > tried):
            self._push(place, varied + 1)

    def _decided(self, now: Item, event: Event) -> Step | Refused | None:
        """What comes of an event; None where the answers don't go together and an invariant of the
        machine is broken by them."""
        self._tried += 1
        try:
            return self.decider.decide(now, event)
        except BookFault:
            return None

    def _try(self, place: _Place, event: Event, choice: _Choice) -> None:
        outcome = self._decided(place.now, event)
        if outcome is None:
            return
        way, path, new = way_of(outcome), (*place.events, event), False
        if way in self.ways:
            new = self.open.pop(way, None) is not None
            self._new = self._tried if new else self._new
            known = self.found.get(way)
            if known is None or len(path) < len(known.events):
                self.found[way] = Found(place.start, path, outcome)
        if isinstance(outcome, Step):
            new = new or outcome.item.state not in self.reached
            unusual = 0 if new else place.unusual + choice[1]
            choices = (*place.choices, choice)
            self._note(_Place(place.start, outcome.item, path, choices, event.at, unusual))

    def _note(self, place: _Place) -> None:
        outlook = self._outlook(place)
        if outlook not in self._outlooks:
            self._outlooks.add(outlook)
            self.reached.setdefault(place.now.state, []).append(place)
            self._push(place, 0)

    def _push(self, place: _Place, varied: int) -> None:
        self._made += 1
        far = self._distance(place.now.state)
        key = (place.unusual + varied, len(place.events), far, self._made, varied, place)
        heapq.heappush(self._heap, key)

    def _outlook(self, place: _Place) -> str:
        """An item as far as the machine hangs on it."""
        now, read, facts = place.now, self.samples.read, self.decider.contents.dictionary.facts
        seen = dict[str, Any]()
        for name in sorted(now.answers):
            value = now.answers[name]
            if facts[name].kind == "records":
                seen[name] = [{k: v for k, v in row.items() if k in read} for row in value]
            else:
                seen[name] = value if name in read else None
        names = [each.name for each in now.pending]
        # Asked twice is otherwise than asked once: an answer may come and one be waited for still.
        pending = sorted((name, min(names.count(name), 2)) for name in set(names))
        return json.dumps([now.state, pending, seen], sort_keys=True, default=str)

    def _events(
        self, place: _Place, varied: int, only: str | None = None
    ) -> Iterator[tuple[_Choice, Event]]:
        now = place.now
        pending = {each.name: each.number for each in reversed(now.pending)}
        for name, plan in self.plans.get(now.state, ()):
            if only not in (None, name) or not (plan.answers is None or plan.answers in pending):
                continue
            at, number = place.at, pending.get(plan.answers or "")
            if name == DEADLINE and now.deadline is not None:
                at = max(at, now.deadline)
            day = day_of(at, self.zone)
            for n, payload in enumerate(self._payloads(now, plan, day, varied)):
                yield (name, varied, n), Event(name, at, day, payload, number)

    def _payloads(self, now: Item, plan: Plan, day: date, varied: int) -> Iterator[dict[str, Any]]:
        if plan.form is None and not plan.gives:
            return iter([{}] if varied == 0 else [])
        return self.payloads.of(now, plan, day, varied)

    def _distance(self, state: str) -> int:
        """How many ways there are from a state to the nearest that is still open."""
        if self._near_of != len(self.open):
            self._near, self._near_of = self._distances(), len(self.open)
        return self._near.get(state, _FAR)

    def _distances(self) -> Mapping[str, int]:
        before = dict[str, set[str]]()
        for state, plans in self.plans.items():
            for way in (way for _, plan in plans for way in plan.ways if way.to is not None):
                before.setdefault(way.to or "", set()).add(state)
        near = dict.fromkeys(self.open.values(), 0)
        todo = list(near)
        for state in todo:
            for each in before.get(state, ()):
                if each not in near:
                    near[each] = near[state] + 1
                    todo.append(each)
        return near


def way_of(outcome: Step | Refused) -> str | None:
    """The way (``file:line``) that was taken; None where none was."""
    if isinstance(outcome, Step):
        return outcome.because.way
    refusal = outcome.refusal
    return refusal.failed[0].rule if refusal is not None and refusal.failed else None
