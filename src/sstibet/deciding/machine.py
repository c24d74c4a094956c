"""A machine made ready to decide: for each (state, event) a plan, and what each name means.

What can be worked out once is worked out here, so that deciding an event is a look-up, the
conditions that its ways hang on, and the next value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sstibet.conditions import All, Not
from sstibet.contents import Contents
from sstibet.deciding.quick import Quick, quick
from sstibet.facts import Dictionary
from sstibet.items.documents import (
    FAILED,
    LOST,
    Call,
    Effect,
    ItemRules,
    On,
    Port,
    State,
    Verb,
    Way,
)
from sstibet.items.value import Because
from sstibet.items.works import Put, Work
from sstibet.plain import plain
from sstibet.problems import BadValue


@dataclass(frozen=True, slots=True)
class Told:
    """How an effect is told to its port: the verb, the inputs with the facts they are taken from
    (secret ones apart), and whether an input may be left out."""

    name: str
    verb: str
    inputs: tuple[tuple[str, str], ...]
    secrets: tuple[tuple[str, str], ...]
    optional: frozenset[str]


@dataclass(frozen=True, slots=True)
class WayPlan:
    """One way: its conditions, and all that it brings about. ``stays``: the event is taken and
    nothing changes, the deadline neither."""

    when: tuple[str, ...]
    unless: tuple[str, ...]
    to: str | None
    refuse: str | None
    effects: tuple[Told, ...]
    call: str | None
    seconds: int | None
    because: Because
    steps: tuple[str, ...]
    quiet: bool
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What an event does in a state. ``answers`` is the effect or call that it answers, ``gives``
    the facts that may come with it (as the port calls them, and as they are kept); ``last``: no
    more answers follow. ``plain`` plans have one way and nothing to work out. ``guards``: each
    way with its condition as one step (None: otherwise), where that and no more is to be done.
    ``settled``: the plain answers that the works set, where they do nothing else and hang on
    nothing."""

    form: str | None
    works: tuple[Work, ...]
    ways: tuple[WayPlan, ...]
    answers: str | None = None
    last: bool = False
    gives: tuple[tuple[str, str], ...] = ()
    plain: bool = False
    guards: tuple[tuple[Quick | None, WayPlan], ...] | None = None
    settled: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """A business item's machine. ``ends`` are the states in which it is over; ``watched`` the
    invariants that must be looked at in a state, with their conditions as one step where they can
    be so; ``seen`` the facts, and as ``records.column`` the columns, that its forms show or ask."""

    name: str
    rules: ItemRules
    plans: Mapping[tuple[str, str], Plan]
    begins: tuple[Told, ...]
    ends: Mapping[str, str]
    watched: Mapping[str, tuple[tuple[str, Quick | None], ...]]
    seen: frozenset[str]

    @property
    def version(self) -> int:
        """The machine's own version."""
        return self.rules.version


def verb_of(ports: Mapping[str, Port], effect: Effect) -> Verb:
    """The verb that an effect asks a port for."""
    port, _, verb = effect.do.partition(".")
    return ports[port].verbs[verb]


def answers_of(verb: Verb, dictionary: Dictionary) -> tuple[str, ...]:
    """Every answer of a verb, ``failed`` and ``lost`` among them."""
    lost = (LOST,) if needs_secret(verb, dictionary) else ()
    return (*verb.answers, FAILED, *lost)


def needs_secret(verb: Verb, dictionary: Dictionary) -> bool:
    """Whether a verb must be told a secret."""
    return any(dictionary.facts[name].kind == "secret" for name in verb.needs)


def compile_machine(name: str, contents: Contents) -> Machine:
    """The machine of an item that has passed the checks."""
    rules = contents.items[name]
    maker = _Maker(rules, contents)
    plans = {
        (state_name, event): maker.ignored(state_name, state, event)
        for state_name, state in rules.states.items()
        for event in maker.ignored_events(state)
    } | {
        (state_name, event): maker.plan(state, event, on)
        for state_name, state in rules.states.items()
        for event, on in state.on.items()
    }
    return Machine(
        name,
        rules,
        plans,
        tuple(maker.told(effect) for effect in rules.begins_with),
        {name: state.ends for name, state in rules.states.items() if state.ends is not None},
        maker.watched,
        frozenset(_seen(contents, rules)),
    )


def _seen(contents: Contents, rules: ItemRules) -> Iterator[str]:
    for field in (each for name in rules.forms for each in contents.forms[name].fields):
        yield field.fact
        if field.rows is not None:
            for column in (*field.rows.show, *field.rows.asks):
                yield from (f"{records}.{column}" for records in (field.fact, field.rows.of))


class _Maker:
    def __init__(self, rules: ItemRules, contents: Contents) -> None:
        self.rules, self.items = rules, contents.items
        self.ports, self.dictionary = contents.ports, contents.dictionary
        never = {name: quick(each.holds, self.dictionary) for name, each in rules.never.items()}
        self.watched = {
            state: tuple(
                (name, never[name]) for name, each in rules.never.items() if state in each.in_
            )
            for state in {state for each in rules.never.values() for state in each.in_}
        }

    def plan(self, state: State, event: str, on: On) -> Plan:
        ways = tuple(self.way(way) for way in on.all_ways)
        form = on.form or (state.form if event == "submit" else None)
        works = tuple(self.rules.works[name] for name in on.works)
        source, _, answer = event.partition(".")
        answers, last, gives = None, False, tuple[tuple[str, str], ...]()
        if source in self.rules.effects and answer:
            answers, last, gives = self.effect_answer(self.rules.effects[source], source, answer)
        elif source in self.rules.calls and answer:
            # The other item may end again in another way, so a call goes on being answered.
            call = self.rules.calls[source]
            answers, gives = source, tuple((fact, fact) for fact in call.back)
        plain = len(ways) == 1 and form is None and not works and ways[0].quiet
        guards = self.guards(ways) if form is None and not works and not plain else None
        settled = self.settled(works)
        return Plan(form, works, ways, answers, last, gives, plain, guards, settled)

    def settled(self, works: tuple[Work, ...]) -> dict[str, Any] | None:
        """What works set to values of their own; None where one does anything else."""
        found = dict[str, Any]()
        for work in works:
            if not isinstance(work, Put) or any(each.value is None for each in work.set.values()):
                return None
            for name, source in work.set.items():
                try:
                    found[name] = plain(self.dictionary.read(name, source.value))
                except BadValue:  # told as any wrong answer, where it is come to
                    return None
        return found

    def guards(self, ways: tuple[WayPlan, ...]) -> tuple[tuple[Quick | None, WayPlan], ...] | None:
        """Each way with its condition as one step; None where some can't be so."""
        found = list[tuple[Quick | None, WayPlan]]()
        for way in ways:
            if way.refuse or way.effects or way.call or way.to in self.watched:
                return None
            conditions = self.rules.conditions
            named = [conditions[name].holds for name in way.when]
            denied = [Not(where="", not_=conditions[name].holds) for name in way.unless]
            if not named and not denied:
                found.append((None, way))
                continue
            guard = quick(All(where="", all_=(*named, *denied)), self.dictionary)
            if guard is None:
                return None
            found.append((guard, way))
        return tuple(found)

    def ignored_events(self, state: State) -> list[str]:
        """What a state takes and lets change nothing, answer by answer."""
        found = list[str]()
        for name in state.ignores:
            if "." in name:
                found.append(name)
            elif name in self.rules.effects:
                verb = verb_of(self.ports, self.rules.effects[name])
                found += [f"{name}.{answer}" for answer in answers_of(verb, self.dictionary)]
            else:
                ends = self.items[self.rules.calls[name].item].states.items()
                found += [f"{name}.{end}" for end, each in ends if each.ends is not None]
        return found

    def ignored(self, name: str, state: State, event: str) -> Plan:
        """A plan by which an event is taken and nothing changes, the deadline neither."""
        source, _, answer = event.partition(".")
        last = False
        if source in self.rules.effects:
            last = self.effect_answer(self.rules.effects[source], source, answer)[1]
        way = WayPlan(
            (), (), name, None, (), None, None, Because(state.where), (), True, stays=True
        )
        return Plan(None, (), (way,), source, last, (), True)

    def effect_answer(
        self, effect: Effect, source: str, answer: str
    ) -> tuple[str, bool, tuple[tuple[str, str], ...]]:
        verb = verb_of(self.ports, effect)
        found = verb.answers.get(answer)
        if found is None:  # failed; or lost, after which a callback may still tell
            return source, answer == FAILED or not verb.later, ()
        gives = tuple(
            (fact, effect.as_.get(fact, fact)) for fact in (*found.gives, *found.may_give)
        )
        return source, not found.progress, gives

    def told(self, name: str) -> Told:
        effect = self.rules.effects[name]
        verb = verb_of(self.ports, effect)
        known = [*verb.needs, *verb.may_need]
        inputs = {each: effect.with_.get(each, each) for each in known}
        inputs |= effect.with_ if verb.takes_any else {}
        secret = {each for each in inputs if self.secret(each)}
        return Told(
            name,
            effect.do,
            tuple(pair for pair in inputs.items() if pair[0] not in secret),
            tuple(pair for pair in inputs.items() if pair[0] in secret),
            frozenset(each for each in inputs if each not in verb.needs),
        )

    def secret(self, name: str) -> bool:
        fact = self.dictionary.facts.get(name)
        return fact is not None and fact.kind == "secret"

    def way(self, way: Way) -> WayPlan:
        state = self.rules.states[way.to] if way.to is not None else None
        effects = tuple(self.told(name) for name in way.effects)
        call: Call | None = self.rules.calls[way.call] if way.call is not None else None
        quiet = not (way.when or way.unless or way.refuse or effects or call)
        return WayPlan(
            way.when,
            way.unless,
            way.to,
            way.refuse,
            effects,
            way.call,
            None if state is None else state.seconds,
            Because(way.where, way.when, way.unless),
            way.steps,
            quiet and way.to not in self.watched,
        )


class Machines(dict[str, Machine]):
    """The machines of a book by item, each made ready when it is first asked for, and then known to
    all who decide by this book.

    A dict, so that every event after that finds its machine in one step.
    """

    def __init__(self, contents: Contents) -> None:
        super().__init__()
        self._contents = contents

    def __missing__(self, name: str) -> Machine:
        ready = self[name] = self._contents.machine(name, compile_machine)
        return ready
