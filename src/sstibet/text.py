"""Words about names and text: full width, and a name that isn't there."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from sstibet.problems import closest


def half_width_hint(text: str) -> str:
    """``write 012`` for ``０１２``; empty where the text holds no full-width form."""
    narrow = unicodedata.normalize("NFKC", text)
    if narrow == text:
        return ""
    return f"write {narrow} in half-width characters"


def nearest(word: str, names: Iterable[str]) -> str:
    """The name that was probably meant, for showing: among numbers the nearest one, else the
    nearest spelling; a dash where none is near.

    >>> nearest("150", ["100", "200", "1500"]), nearest("genral", ["general", "orphan"])
    ('100', 'general')
    """
    names = list(names)
    if all(each.isascii() and each.isdigit() for each in (word, *names)) and names:
        return min(names, key=lambda each: abs(int(each) - int(word[:18])))
    return closest(word, names) or "—"


class UnknownName(LookupError):
    """A scheme, parameter or other name that the book doesn't have: a programmer's mistake."""

    def __init__(self, kind: str, name: object, known: Iterable[str]) -> None:
        names = list(known)
        near = closest(str(name), names)
        hint = f"did you mean {near!r}?" if near else f"there are: {', '.join(names)}"
        super().__init__(f"the book has no {kind} {name!r}; {hint}")
