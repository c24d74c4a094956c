"""Words about names and text: full width, and a name that isn't there."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from sstibet.problems import closest

# Longer numbers are refused: Python itself reads and writes none of more than 4,300 digits.
MOST_DIGITS = 4000
MOST_BITS = 13_287  # so many have MOST_DIGITS digits
_BRIEF = 60  # characters of a value that a message repeats


def half_width_hint(text: str) -> str:
    """``write 012`` for ``０１２``; empty where the text holds no full-width form."""
    narrow = unicodedata.normalize("NFKC", text)
    if narrow == text:
        return ""
    return f"write {narrow if len(narrow) <= _BRIEF else 'it'} in half-width characters"


def brief(value: object) -> str:
    """A value as a message may repeat it: short, and whatever it is.

    >>> brief("9" * 100_000), brief(10**5000), brief([1, [2]])
    ("'999999999999999999999999999999999999999999999999999999999999'…", 'a long number', 'a list')
    """
    if isinstance(value, str):
        return repr(value) if len(value) <= _BRIEF else f"{value[:_BRIEF]!r}…"
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        return "a long number"
    if isinstance(value, (list, tuple, dict, set, frozenset)):
        return f"a {type(value).__name__}"
    said = repr(value)
    return said if len(said) <= _BRIEF else f"{said[:_BRIEF]}…"


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
        near = closest(name, names) if isinstance(name, str) else None
        hint = f"did you mean {near!r}?" if near else f"there are: {', '.join(names)}"
        super().__init__(f"the book has no {kind} {brief(name)}; {hint}")
