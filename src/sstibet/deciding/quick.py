"""Conditions on plain answers, answered in one step where that says the same as the long way.

Equality of codes, texts and yes-or-no is equality of their plain values, as those are canonical.
Whatever else a condition compares is left to `sstibet.conditions`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sstibet.conditions import All, Any_, Condition, Not, Test
from sstibet.facts import Dictionary

# Yes, no, or None where the long way must be gone (a fact isn't known, perhaps).
Quick = Callable[[Mapping[str, Any]], bool | None]

_KINDS = ("code", "text", "yes_no")


def quick(condition: Condition, dictionary: Dictionary) -> Quick | None:
    """The condition as one step; None where it isn't made of such comparisons alone."""
    match condition:
        case All():
            return _joined([quick(each, dictionary) for each in condition.all_], False)
        case Any_():
            return _joined([quick(each, dictionary) for each in condition.any_], True)
        case Not():
            return _negated(quick(condition.not_, dictionary))
        case Test():
            return _test(condition, dictionary)
    return None


def _test(test: Test, dictionary: Dictionary) -> Quick | None:
    fact = dictionary.facts.get(test.fact or "")
    if fact is None or fact.kind not in _KINDS or fact.derive is not None or test.value is None:
        return None
    name = test.fact or ""
    texts = test.value if isinstance(test.value, tuple) else (test.value,)
    values = frozenset(fact.parse_text(text) for text in texts)
    if test.test in ("is", "one_of"):
        return lambda answers: None if (v := answers.get(name)) is None else v in values
    if test.test in ("is_not", "none_of"):
        return lambda answers: None if (v := answers.get(name)) is None else v not in values
    return None


def _joined(parts: list[Quick | None], settles: bool) -> Quick | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None

    def joined(answers: Mapping[str, Any]) -> bool | None:
        unknown = False
        for part in known:
            answer = part(answers)
            if answer is settles:
                return settles
            unknown = unknown or answer is None
        return None if unknown else not settles

    return joined


def _negated(part: Quick | None) -> Quick | None:
    if part is None:
        return None

    def negated(answers: Mapping[str, Any]) -> bool | None:
        answer = part(answers)
        return None if answer is None else not answer

    return negated
