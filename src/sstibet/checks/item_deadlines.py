"""Deadlines: each is answered, and whatever may be waited for in vain has one."""

from __future__ import annotations

from sstibet.checks.item_answers import ASKED, CALLED, LATER, MORE, Pending
from sstibet.checks.item_look import Look
from sstibet.items.documents import DEADLINE


def check_deadlines(look: Look) -> None:
    """A deadline is answered in its state, and none where there is none."""
    for name, state in look.rules.states.items():
        site = look.site.at("states", name)
        if state.deadline is not None and DEADLINE not in state.on:
            message = f"nothing is done when the deadline of {name!r} has passed"
            hint = f"add '{DEADLINE}: …' to its 'on', or drop the deadline"
            look.review.key_fault(site.at("deadline"), "deadline_unanswered", message, hint)
        elif state.deadline is None and DEADLINE in state.on:
            message = f"the state {name!r} has no deadline that could pass"
            hint = "add 'deadline: {minutes: …}', or drop this"
            look.review.key_fault(site.at("on", DEADLINE), "no_deadline", message, hint)


def check_waiting(look: Look, may: Pending) -> None:
    """No state waits for ever; ``may`` is what may still come in each."""
    for name, state in look.rules.states.items():
        if state.deadline is not None or state.ends is not None:
            continue
        if waits := _waits(look, may, name):
            site = look.site.at("states", name)
            message = f"in the state {name!r} {waits!r} may be waited for for ever"
            hint = "add 'deadline: {minutes: …}' and 'deadline: …' to its 'on'"
            look.review.key_fault(site, "no_deadline", message, hint)


def _waits(look: Look, may: Pending, state: str) -> str | None:
    """What a state waits for that may never come; None where something else comes for certain, or
    where a person can lead on and no callback is waited for."""
    tokens = sorted(may.tokens.get(state, ()))
    later = [name for kind, name, *_ in tokens if kind in (ASKED, LATER) and look.verb(name).later]
    at_once = any(kind == ASKED and name not in later for kind, name, *_ in tokens)
    if at_once or any(token[0] == CALLED and not token[2] for token in tokens):
        return None
    if later:
        return later[0]
    if any(look.is_persons(edge.happens.event) for edge in look.leaving[state]):
        return None
    return next((name for kind, name, *_ in tokens if kind != MORE), None)
