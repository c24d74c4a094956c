"""A machine as a ruleset of durable-rules: data, as ``durable.engine`` takes it.

For every state, event and way there is a rule that fires where the way holds (``state/event/0``),
and, for a way under conditions, one that fires where it doesn't (``state/event/0!``). Where neither
does, facts are missing. Every rule has one pattern over one flat message, so nothing is ever kept
for later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sstibet.deciding import Machine
from sstibet.deciding.machine import Plan
from sstibet.durable.expressions import Expression, compared, every
from sstibet.durable.inputs import TEXT, WHOLE, Input
from sstibet.durable.translate import Both, Translator
from sstibet.facts import Dictionary

TOUCH = "touch"
HOLDS, FAILS, OTHERWISE = "holds", "fails", "otherwise"
ASK: Mapping[str, str] = {"kind": TEXT, "one": WHOLE, "state": TEXT, "event": TEXT}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: for which state and event, what it says of which way (its number among the ways of
    the event), and where that stands. ``otherwise``: the way is taken where no other holds."""

    name: str
    state: str
    event: str
    says: str
    way: int
    place: str
    holds: Expression


@dataclass(frozen=True, slots=True)
class Exported:
    """A machine's rules, and the inputs that must be told of each (state, event)."""

    name: str
    rules: tuple[Rule, ...]
    inputs: Mapping[tuple[str, str], tuple[Input, ...]]

    @property
    def fields(self) -> dict[str, str]:
        """Every field of a message, with its type: ``whole`` or ``text``."""
        found = dict(ASK)
        for inputs in self.inputs.values():
            for each in inputs:
                found |= each.fields
        return found

    def ruleset(self) -> dict[str, Any]:
        """The rules as durable-rules takes them; what each runs is its own name."""
        found: dict[str, Any] = {TOUCH: _rule(TOUCH, compared("kind", "is", TOUCH))}
        for rule in self.rules:
            found[rule.name] = _rule(rule.name, rule.holds)
        return found

    def data(self) -> dict[str, Any]:
        """The ruleset under the machine's name, as a host of durable-rules registers it."""
        return {self.name: self.ruleset()}


def export(machine: Machine, dictionary: Dictionary) -> Exported:
    """The rules of a machine."""
    rules, told = list[Rule](), dict[tuple[str, str], tuple[Input, ...]]()
    translator = Translator(dictionary)
    both, needed = dict[str, Both](), dict[str, tuple[str, ...]]()
    for name, condition in machine.rules.conditions.items():
        both[name], needed[name] = translator.named(condition.holds)
    for (state, event), plan in machine.plans.items():
        rules += _rules(state, event, plan, both)
        names = {name for way in plan.ways for name in (*way.when, *way.unless)}
        wanted = {each: None for name in sorted(names) for each in needed[name]}
        told[state, event] = tuple(translator.inputs[each] for each in wanted)
    return Exported(machine.name, tuple(rules), told)


def _rules(state: str, event: str, plan: Plan, both: Mapping[str, Both]) -> list[Rule]:
    here = (compared("kind", "is", "ask"), compared("state", "is", state))
    at = every(*here, compared("event", "is", event))
    found = list[Rule]()
    for n, way in enumerate(plan.ways):
        name, place = f"{state}/{event}/{n}", way.because.way
        if not (way.when or way.unless):
            found.append(Rule(name, state, event, OTHERWISE, n, place, at))
            continue
        parts = [both[name] for name in way.when]
        parts += [Both(both[name].no, both[name].yes) for name in way.unless]
        whole = Translator.all_of(parts)
        found.append(Rule(name, state, event, HOLDS, n, place, every(at, whole.yes)))
        found.append(Rule(f"{name}!", state, event, FAILS, n, place, every(at, whole.no)))
    return found


def _rule(name: str, holds: Expression) -> dict[str, Any]:
    return {"all": [{"m": holds.written()}], "run": name}
