"""When a field is shown: what is left open of its condition once the earlier answers are known.

What hangs on answers of the same form stays open, so that a screen can show and hide fields while
a person answers; it is a small tree without "not", which JSON Schema's ``if`` says as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sstibet.conditions import All, Any_, Condition, Not, Test, decide
from sstibet.known import Known

# The tests, and the kinds of facts, by which a field of a form may show another one.
SHOWING_TESTS = {"is": True, "one_of": True, "is_not": False, "none_of": False}
SHOWING_KINDS = ("code", "yes_no")


@dataclass(frozen=True, slots=True)
class Among:
    """A field of the form is answered, and by one of these values (or, ``inside`` False, by
    another one)."""

    field: str
    values: tuple[Any, ...]
    inside: bool


@dataclass(frozen=True, slots=True)
class Joined:
    """All of the parts hold, or (``every`` False) at least one."""

    parts: tuple[Among | Joined, ...]
    every: bool


Open = Among | Joined
Shown = bool | Open


def reduced(
    condition: Condition | None, known: Known, open_: Mapping[str, str], yes: bool = True
) -> Shown:
    """What is left of a condition (``yes`` False: of its opposite).

    Args:
        condition: when a field is shown; None: always.
        known: the facts answered before this form.
        open_: the fields that this form asks, with their kinds.
        yes: False for the opposite.

    Returns:
        Whether it holds, or what of it hangs on the form's own fields. What is unknown doesn't
        hold, and neither does its opposite.
    """
    match condition:
        case None:
            return yes
        case All():
            parts = [reduced(each, known, open_, yes) for each in condition.all_]
            return _joined(parts, every=yes)
        case Any_():
            parts = [reduced(each, known, open_, yes) for each in condition.any_]
            return _joined(parts, every=not yes)
        case Not():
            return reduced(condition.not_, known, open_, not yes)
        case Test() if condition.fact in open_ and condition.test in SHOWING_TESTS:
            return _among(condition, open_[condition.fact or ""], yes)
        case _:
            return decide(condition, known).truth is yes


def _among(test: Test, kind: str, yes: bool) -> Among:
    texts = test.value if isinstance(test.value, tuple) else (test.value or "",)
    values = tuple(each == "yes" if kind == "yes_no" else each for each in texts)
    return Among(test.fact or "", values, SHOWING_TESTS[test.test] is yes)


def _joined(parts: list[Shown], every: bool) -> Shown:
    """The parts together: one that is ``not every`` settles it, those that are drop out."""
    if any(each is not every for each in parts if isinstance(each, bool)):
        return not every
    left = tuple(each for each in parts if not isinstance(each, bool))
    if not left:
        return every
    return left[0] if len(left) == 1 else Joined(left, every)


def holds(shown: Shown, value_of: Callable[[str], Any]) -> bool:
    """Whether it holds for the form's answers; ``value_of`` gives None for what isn't answered."""
    match shown:
        case bool():
            return shown
        case Among():
            value = value_of(shown.field)
            return value is not None and (value in shown.values) is shown.inside
        case Joined():
            results = (holds(each, value_of) for each in shown.parts)
            return all(results) if shown.every else any(results)


def if_schema(shown: Open) -> dict[str, Any]:
    """The same as JSON Schema, valid for exactly the answers for which it holds.

    A value stands in an ``enum`` and never in a ``const``, which some renderers fill in themselves.
    """
    if isinstance(shown, Joined):
        word = "allOf" if shown.every else "anyOf"
        return {word: [if_schema(each) for each in shown.parts]}
    inside = {"enum": list(shown.values)}
    test = inside if shown.inside else {"not": inside}
    return {"properties": {shown.field: test}, "required": [shown.field]}
