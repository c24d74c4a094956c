"""Which way holds: of those that an event may take in a state, the one whose conditions do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from sstibet.conditions import Answer, decide
from sstibet.deciding.faults import NoWay, TwoWays
from sstibet.deciding.machine import Machine, Plan, WayPlan
from sstibet.deciding.quick import Quick
from sstibet.deciding.working import Stopped
from sstibet.items.value import Refused
from sstibet.known import Known
from sstibet.outcomes import FailedRule, Refusal
from sstibet.unreadable import lacking


class Opinion(Protocol):
    """Another engine that is asked which way holds (`sstibet.durable`)."""

    def agree(
        self, machine: Machine, state: str, event: str, known: Known, ours: Callable[[], WayPlan]
    ) -> WayPlan:
        """The way that ``ours`` chooses, or whatever it raises, if the other engine chooses the
        same; a BookFault if it doesn't."""
        ...


def guarded(
    guards: tuple[tuple[Quick | None, WayPlan], ...], answers: Mapping[str, Any]
) -> WayPlan | None:
    """The one way whose guard holds; None where that must be found out the long way."""
    found, otherwise = None, None
    for guard, way in guards:
        if guard is None:
            otherwise = otherwise or way
            continue
        holds = guard(answers)
        if holds is None or (holds and found is not None):
            return None
        if holds:
            found = way
    return found or otherwise


def chosen(machine: Machine, plan: Plan, known: Known, asked: dict[str, Answer]) -> WayPlan:
    """The one way that holds. What its conditions came to is put into ``asked``."""

    def holds(way: WayPlan) -> bool:
        unknown, missing = False, set[str]()
        for n, name in enumerate((*way.when, *way.unless)):
            if name not in asked:
                asked[name] = decide(machine.rules.conditions[name].holds, known)
            answer = asked[name]
            if answer.truth is (n >= len(way.when)):  # no where it must hold, or the reverse
                return False
            unknown = unknown or answer.truth is None
            missing |= answer.missing
        if unknown:
            wrong = tuple(lacking(known.dictionary, name) for name in sorted(missing))
            raise Stopped(Refused("missing", wrong))
        return True

    found = [way for way in plan.ways if (way.when or way.unless) and holds(way)]
    if len(found) > 1:
        places = " and ".join(way.because.way for way in found)
        raise TwoWays(f"two ways hold at once: {places}")
    way = found[0] if found else next((w for w in plan.ways if not (w.when or w.unless)), None)
    if way is None:
        raise NoWay(f"no way holds: {plan.ways[0].because.way}")
    return way


def refusal(machine: Machine, way: WayPlan, asked: Mapping[str, Answer]) -> Refused:
    """The named reason of a way that refuses, with every test that led to it."""
    rules, code = machine.rules, way.refuse or ""
    names = (*way.when, *way.unless)
    tests = tuple(test for name in names if name in asked for test in asked[name].tests)
    failed = FailedRule(code, rules.refusals[code], way.because.way, rules.evidence, tests)
    return Refused("refused", refusal=Refusal(code, (failed,), words=failed.label))
