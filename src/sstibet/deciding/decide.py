"""Deciding an event: from an item and what happens to it, the next item, or a refusal.

Pure: the clock's instant comes with the event, ports are only named in the effects that come out,
and nothing moves unless everything passes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sstibet.conditions import Answer
from sstibet.conditions import decide as answer_condition
from sstibet.contents import Contents
from sstibet.deciding.choosing import Opinion, chosen, guarded, refusal
from sstibet.deciding.faults import BookFault
from sstibet.deciding.machine import Machine, Machines, Plan, Told, WayPlan
from sstibet.deciding.working import Stopped, Workbench, work_on
from sstibet.forms.at_once import TakeAtOnce, taker
from sstibet.forms.bound import BoundForm, bind
from sstibet.forms.reading import Reading, read
from sstibet.items.value import (
    NOTHING,
    Because,
    CallDue,
    EffectDue,
    Event,
    Head,
    Item,
    Pending,
    Refused,
    Step,
)
from sstibet.known import Known
from sstibet.labels import Label
from sstibet.outcomes import Wrong
from sstibet.periods import ask
from sstibet.personal import Personal
from sstibet.plain import plain, projected
from sstibet.problems import BadValue
from sstibet.rules import Rules
from sstibet.unreadable import lacking, unreadable

NOT_NOW = Refused("not_now")
_BEGUN = Because("")
_make = tuple.__new__


class Decider:
    """Decides events for the items of one book, perhaps with another ``opinion`` beside its own."""

    __slots__ = ("_at_once", "_bound_once", "contents", "digest", "machines", "opinion")

    def __init__(
        self,
        contents: Contents,
        digest: str,
        machines: Machines,
        opinion: Opinion | None = None,
    ) -> None:
        self.contents, self.digest, self.machines = contents, digest, machines
        self.opinion = opinion
        self._bound_once: dict[str, BoundForm] = {}
        self._at_once: dict[str, TakeAtOnce] = {}

    def begin(self, head: Head, given: Mapping[str, Any], day: date) -> Step | Refused:
        """A new item in its initial state, with the effects that it begins with."""
        machine = self.machines[head.item]
        answers, wrong = self.taken(machine.rules.given, given)
        missing = [name for name in machine.rules.given if name not in answers]
        facts = self.contents.dictionary
        wrong += [lacking(facts, name) for name in missing if given.get(name) is None]
        wrong += [Wrong(name, "unknown_field") for name in given if name not in machine.rules.given]
        if wrong:
            return Refused("wrong", tuple(wrong))
        initial = machine.rules.initial
        seconds = machine.rules.states[initial].seconds
        way = WayPlan((), (), initial, None, machine.begins, None, seconds, _BEGUN, (), True)
        bench = Workbench(self.contents, self.digest, day, answers)
        return self._moved(
            machine, Item(head, initial, 0, answers, {}), bench, way, head.opened, {}
        )

    def decide(self, item: Item, event: Event) -> Step | Refused:
        """The step that an event leads to, or why it doesn't.

        Raises:
            BookFault: two ways hold, or none, or an invariant would be broken.
        """
        machine = self.machines[item.head.item]
        plan = machine.plans.get((item.state, event.name))
        if plan is None:
            return NOT_NOW
        if not (event.payload and plan.gives):
            way: WayPlan | None = None
            if plan.plain:
                way = plan.ways[0]
            elif plan.guards is not None:
                way = guarded(plan.guards, item.answers)
            if way is not None:
                if self.opinion is not None:
                    bench = Workbench(self.contents, self.digest, event.day, dict(item.answers))
                    self._agreed(machine, item, event, bench.known(), lambda: way)
                return _quick(item, event, plan, way)
        try:
            return self._decide(machine, item, event, plan)
        except Stopped as stopped:
            return stopped.refused

    def _decide(self, machine: Machine, item: Item, event: Event, plan: Plan) -> Step | Refused:
        answers, secrets, drafts = dict(item.answers), dict[str, str](), item.drafts
        came: Mapping[str, Any] = NOTHING
        if plan.form is not None:
            reading = self._read(item, plan.form, event)
            if reading.problems:
                return Refused("wrong", reading.problems)
            for name in reading.forgotten:
                answers.pop(name, None)
            answers |= reading.values
            secrets, drafts = dict(reading.secrets), {**drafts, plan.form: reading.draft}
        elif plan.gives:
            brought = {
                kept: event.payload[fact] for fact, kept in plan.gives if fact in event.payload
            }
            read_as, wrong = self.taken(tuple(brought), brought)
            if wrong:
                return Refused("wrong", tuple(wrong))
            answers |= read_as
            came = read_as
        bench = Workbench(self.contents, self.digest, event.day, answers)
        if plan.settled is not None:
            answers |= plan.settled
        else:
            for work in plan.works:
                work_on(bench, work)
        way = self._way(machine, plan, bench, item, event)
        if isinstance(way, Refused):
            return way
        if bench.forgotten:
            drafts = {form: _without(typed, bench.forgotten) for form, typed in drafts.items()}
        pending = item.pending
        if plan.last:
            pending = tuple(each for each in pending if each.number != event.number)
        now = Item(
            item.head, item.state, item.version + 1, answers, drafts, pending, None, item.numbered
        )
        return self._moved(machine, now, bench, way, event.at, secrets, came)

    def _moved(
        self,
        machine: Machine,
        item: Item,
        bench: Workbench,
        way: WayPlan,
        at: int,
        secrets: Mapping[str, str],
        came: Mapping[str, Any] = NOTHING,
    ) -> Step:
        """The item in its next state, with the effects of the way and the call it makes."""
        state, number, answers = way.to or item.state, item.numbered, bench.answers
        effects, pending = list[EffectDue](), list(item.pending)
        for told in way.effects:
            number += 1
            effects.append(_effect(told, number, bench, secrets))
            pending.append(Pending(told.name, number))
        call = None
        if way.call is not None:
            number += 1
            rules = machine.rules.calls[way.call]
            names = self.machines[rules.item].rules.given
            facts = {name: rules.with_.get(name, name) for name in names}
            for fact in facts.values():
                if fact not in answers:
                    raise BookFault(f"call {way.call!r}: the fact {fact!r} is not known")
            given = {name: answers[fact] for name, fact in facts.items()}
            call = CallDue(way.call, rules.item, number, given)
            pending.append(Pending(way.call, number))
        deadline = None if way.seconds is None else at + way.seconds
        moved = Item(
            item.head, state, item.version, answers, item.drafts, tuple(pending), deadline, number
        )
        if state in machine.watched:
            _watch(machine, state, bench)
        return Step(moved, way.because, tuple(effects), call, way.steps, came)

    def _way(
        self, machine: Machine, plan: Plan, bench: Workbench, item: Item, event: Event
    ) -> WayPlan | Refused:
        """The one way that holds, or its refusal."""
        only = plan.ways[0]
        if len(plan.ways) == 1 and self.opinion is None and not (only.when or only.unless):
            return only if only.refuse is None else refusal(machine, only, {})
        known, asked = bench.known(), dict[str, Answer]()

        def ours() -> WayPlan:
            return chosen(machine, plan, known, asked)

        way = self._agreed(machine, item, event, known, ours) if self.opinion else ours()
        return refusal(machine, way, asked) if way.refuse is not None else way

    def _agreed(
        self,
        machine: Machine,
        item: Item,
        event: Event,
        known: Known,
        ours: Callable[[], WayPlan],
    ) -> WayPlan:
        assert self.opinion is not None, "asked only where there is one"
        return self.opinion.agree(machine, item.state, event.name, known, ours)

    def bound(self, item: Item, form: str, day: date) -> BoundForm:
        """A form as the item shows it on a day."""
        look_up, look_up_window = ask.look_ups(self.contents.periods)
        return bind(
            form,
            self.contents.forms[form],
            self.contents.dictionary,
            item.answers,
            item.drafts.get(form, {}),
            day,
            self.tiers,
            look_up=look_up,
            look_up_window=look_up_window,
        )

    def _read(self, item: Item, form: str, event: Event) -> Reading:
        """An answer to a form, read."""
        take = self._at_once.get(form)
        taken = None if take is None else take(event.payload)
        return taken or read(self._to_read(item, form, event.day), event.payload)

    def _to_read(self, item: Item, form: str, day: date) -> BoundForm:
        """A form as an answer to it is read: one that takes the same of every item, on every day,
        is bound once."""
        bound = self._bound_once.get(form)
        if bound is not None:
            return bound
        bound = self.bound(item, form, day)
        if bound.plan.alone:
            bound = self.bound(item._replace(answers=NOTHING, drafts=NOTHING), form, day)
            self._bound_once[form], self._at_once[form] = bound, taker(bound)
        return bound

    def tiers(self, scheme: str, day: date, facts: Mapping[str, Any]) -> list[tuple[str, Label]]:
        """The tiers of a scheme that a form offers."""
        return list(Rules(self.contents, self.digest, day).tiers(scheme, facts))

    def taken(
        self, names: tuple[str, ...], values: Mapping[str, Any]
    ) -> tuple[dict[str, Any], list[Wrong]]:
        """Facts that come from outside, checked by the dictionary and made plain; what is wrong
        among them."""
        taken, wrong = dict[str, Any](), list[Wrong]()
        for name in names:
            if values.get(name) is None:
                continue
            try:
                taken[name] = plain(self.contents.dictionary.read(name, values[name]))
            except BadValue as bad:
                wrong.append(unreadable(self.contents.dictionary, name, values[name], bad))
        return taken, wrong


def _quick(item: Item, event: Event, plan: Plan, way: WayPlan) -> Step:
    """A way without works, effects or answers: only the state changes."""
    head, _, version, answers, drafts, pending, _, numbered = item
    if plan.last and pending:
        number = event.number
        pending = tuple([each for each in pending if each.number != number])
    if way.stays:
        deadline = item.deadline
    else:
        deadline = None if way.seconds is None else event.at + way.seconds
    # The tuples are made without their own constructors, which would take longer than all else.
    moved = _make(Item, (head, way.to, version + 1, answers, drafts, pending, deadline, numbered))
    return _make(Step, (moved, way.because, (), None, way.steps, NOTHING))


def _effect(told: Told, number: int, bench: Workbench, secrets: Mapping[str, str]) -> EffectDue:
    tells, dictionary = dict[str, Any](), bench.contents.dictionary
    for name, fact in told.inputs:
        value = bench.answers.get(fact)
        if value is None:  # not answered; perhaps it can be derived
            derived, missing = bench.known().fact(fact)
            if missing:
                if name in told.optional:
                    continue
                raise BookFault(f"effect {told.name!r}: the fact {fact!r} is not known")
            value = plain(derived)
        tells[name] = projected(dictionary, name, value)
    given = {
        name: Personal(secrets[fact], "secret") for name, fact in told.secrets if fact in secrets
    }
    return EffectDue(told.name, told.verb, number, tells, given, bool(told.secrets))


def _without(typed: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in typed.items() if name not in names}


def _watch(machine: Machine, state: str, bench: Workbench) -> None:
    """BookFault where what must never be is so, or can't be told."""
    for name, at_once in machine.watched[state]:
        if at_once is not None and at_once(bench.answers) is False:
            continue
        never = machine.rules.never[name]
        if answer_condition(never.holds, bench.known()).truth is not False:
            raise BookFault(f"never {name!r}: {never.where}")
