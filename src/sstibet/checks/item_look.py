"""What all checks of one business item look at: its machine, its places, its edges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from sstibet.checks.review import Key, Review
from sstibet.facts import Fact
from sstibet.forms.documents import Field, Form
from sstibet.items.documents import DEADLINE, FAILED, LOST, ItemRules, On, Verb, Way
from sstibet.loading import Site


@dataclass(frozen=True, slots=True)
class Happens:
    """An event in a state, and where that stands."""

    state: str
    event: str
    on: On
    site: Site

    @property
    def source(self) -> str:
        """The effect or call that this answers; empty for a person's event and a deadline."""
        return self.event.partition(".")[0] if "." in self.event else ""

    @property
    def answer(self) -> str:
        """What an effect answers, or how a call ends."""
        return self.event.partition(".")[2]

    def way(self, number: int) -> Site:
        """Where one of its ways stands."""
        return self.site.at("ways", number) if self.on.ways else self.site


@dataclass(frozen=True, slots=True)
class Edge:
    """One way of an event from a state to a state."""

    happens: Happens
    number: int
    way: Way
    to: str

    @property
    def site(self) -> Site:
        """Where the way stands."""
        return self.happens.way(self.number)


@dataclass
class Look:
    """One item under review. ``strange`` are the effects and calls that it names and hasn't got."""

    review: Review
    name: str
    rules: ItemRules
    strange: set[str] = field(default_factory=set)

    @property
    def key(self) -> Key:
        """What is held of it."""
        return "item", self.name

    @property
    def site(self) -> Site:
        """Its file."""
        return self.review.site("items", self.name)

    @property
    def facts(self) -> dict[str, Fact]:
        """The dictionary's facts."""
        return self.review.contents.dictionary.facts

    @cached_property
    def happenings(self) -> tuple[Happens, ...]:
        """Every event of every state, in the order in which they are written."""
        return tuple(
            Happens(name, event, on, self.site.at("states", name, "on", event))
            for name, state in self.rules.states.items()
            for event, on in state.on.items()
        )

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Every way that leads to a state."""
        return tuple(
            Edge(each, n, way, way.to)
            for each in self.happenings
            for n, way in enumerate(each.on.all_ways)
            if way.to is not None
        )

    @cached_property
    def leaving(self) -> dict[str, list[Edge]]:
        """The edges by the state that they leave."""
        found: dict[str, list[Edge]] = {name: [] for name in self.rules.states}
        for edge in self.edges:
            found[edge.happens.state].append(edge)
        return found

    @cached_property
    def reached(self) -> dict[str, tuple[Edge, ...]]:
        """Every state that can be reached from the initial one, conditions left aside, with the
        shortest way there."""
        ways: dict[str, tuple[Edge, ...]] = {self.rules.initial: ()}
        queue = [self.rules.initial]
        for state in queue:
            for edge in self.leaving[state]:
                if edge.to not in ways:
                    ways[edge.to] = (*ways[state], edge)
                    queue.append(edge.to)
        return ways

    def verb(self, effect: str) -> Verb:
        """What an effect asks a port for; its names are known to be there."""
        port, _, verb = self.rules.effects[effect].do.partition(".")
        return self.review.contents.ports[port].verbs[verb]

    def answers(self, effect: str) -> tuple[str, ...] | None:
        """Every answer that an effect may have; None where it asks for no verb."""
        port, _, name = self.rules.effects[effect].do.partition(".")
        found = self.review.contents.ports.get(port)
        verb = None if found is None else found.verbs.get(name)
        if verb is None:
            return None
        needed = [self.facts[name] for name in verb.needs if name in self.facts]
        secret = any(fact.kind == "secret" for fact in needed)
        return (*verb.answers, FAILED, *((LOST,) if secret else ()))

    def ends_of(self, call: str) -> tuple[str, ...] | None:
        """The ends of the item that is called; None where there is none."""
        item = self.review.contents.items.get(self.rules.calls[call].item)
        if item is None:
            return None
        return tuple(name for name, state in item.states.items() if state.ends is not None)

    def ignored(self, state: str) -> tuple[str, ...]:
        """Every answer that a state takes without deciding it."""
        found = list[str]()
        for name in self.rules.states[state].ignores:
            every = self.answers(name) if name in self.rules.effects else None
            every = self.ends_of(name) if name in self.rules.calls else every
            found += [name] if "." in name else [f"{name}.{each}" for each in every or ()]
        return tuple(found)

    def is_persons(self, event: str) -> bool:
        """Whether a person does it."""
        return "." not in event and event != DEADLINE

    def form_of(self, happens: Happens) -> str | None:
        """The form that an event's answers are checked by."""
        own = self.rules.states[happens.state].form if happens.event == "submit" else None
        return happens.on.form or own

    def forms(self) -> Iterator[tuple[str, Site]]:
        """The forms it shows, each with the places where it says so."""
        for name, state in self.rules.states.items():
            if state.form is not None:
                yield state.form, self.site.at("states", name, "form")
        for each in self.happenings:
            if each.on.form is not None:
                yield each.on.form, each.site.at("form")


def asks(field: Field) -> bool:
    """Whether a field takes an answer; the others only show what is known."""
    return not field.read_only and (field.rows is None or field.rows.pick != "none")


def asked_fields(form: Form) -> list[Field]:
    """The fields of a form that take an answer."""
    return [each for each in form.fields if asks(each)]
