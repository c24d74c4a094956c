"""Expressions over one flat message, with a `negated` of each: durable-rules has no "not".

>>> negated(every(compared("n", "below", 3), compared("c", "is", "x"))).written()
{'$or': [{'$gte': {'n': 3}}, {'$neq': {'c': 'x'}}]}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_WORDS = {
    "is": None,
    "is_not": "$neq",
    "below": "$lt",
    "at_most": "$lte",
    "at_least": "$gte",
    "above": "$gt",
}
_OPPOSITE = {
    "is": "is_not",
    "is_not": "is",
    "below": "at_least",
    "at_most": "above",
    "at_least": "below",
    "above": "at_most",
}


@dataclass(frozen=True, slots=True)
class Field:
    """Another field of the same message, as the right side of a comparison."""

    name: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A field compared with a whole number, a text, or another field."""

    left: str
    test: str
    right: int | str | Field

    def written(self) -> dict[str, Any]:
        """As durable-rules reads it."""
        right = {"$m": self.right.name} if isinstance(self.right, Field) else self.right
        word = _WORDS[self.test]
        return {self.left: right} if word is None else {word: {self.left: right}}


@dataclass(frozen=True, slots=True)
class Joined:
    """Every one of some expressions (``all_``), or at least one of them."""

    all_: bool
    parts: tuple[Expression, ...]

    def written(self) -> dict[str, Any]:
        """As durable-rules reads it."""
        return {"$and" if self.all_ else "$or": [each.written() for each in self.parts]}


Expression = Compared | Joined
ALWAYS, NEVER = Compared("one", "is", 1), Compared("one", "is_not", 1)


def compared(left: str, test: str, right: int | str | Field) -> Expression:
    """One comparison, by the words of the condition language that need no list."""
    return Compared(left, test, right)


def every(*parts: Expression) -> Expression:
    """All of these hold."""
    return _joined(True, parts)


def some(*parts: Expression) -> Expression:
    """At least one of these holds."""
    return _joined(False, parts)


def negated(each: Expression) -> Expression:
    """What holds where, and only where, the expression does not."""
    if isinstance(each, Joined):
        return _joined(not each.all_, tuple(negated(part) for part in each.parts))
    return Compared(each.left, _OPPOSITE[each.test], each.right)


def _joined(all_: bool, parts: tuple[Expression, ...]) -> Expression:
    """Joined without what says nothing, and flat."""
    silent, settles = (ALWAYS, NEVER) if all_ else (NEVER, ALWAYS)
    found = list[Expression]()
    for part in parts:
        if part == settles:
            return settles
        if isinstance(part, Joined) and part.all_ is all_:
            found += [each for each in part.parts if each not in found]
        elif part != silent and part not in found:
            found.append(part)
    if len(found) < 2:
        return found[0] if found else silent
    return Joined(all_, tuple(found))
