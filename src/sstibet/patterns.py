"""Shapes of texts as data: a small part of regular expressions, the same in every program.

A pattern stands in YAML and in JSON Schema alike, so it has only what Python and ECMA 262 read the
same way: literals, classes such as ``[A-Z0-9]``, ``\\d``, groups, ``|``, ``?``, ``{n}`` and
``{n,m}``. It always means the whole text. Nothing in it is unbounded, and the ways in which it can
match are counted, so that no text however long makes it run away.

>>> matches(parse_pattern(r"[A-Z]{1,2}\\d{6}"), "AB123456")
True
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, NoReturn

from sstibet.documents import Text
from sstibet.problems import BadValue

# How many ways through a pattern there may be: each is tried at most once.
MOST_WAYS = 100_000
_LONGEST_REPEAT = 999
_DEEPEST = 20
_ESCAPED = frozenset("^$\\.*+?()[]{}|/")
_ESCAPED_IN_CLASS = frozenset("\\]^[-")
_UNREADABLE = frozenset("^$.*+?{}])")
_REPEAT = re.compile(r"\{([0-9]{1,4})(?:,([0-9]{1,4}))?\}")


def parse_pattern(text: str) -> str:
    """A pattern, as it is written. BadValue (``bad_pattern``) says what in it is not allowed."""
    reader = _Reader(text)
    ways = reader.alternatives()
    if reader.at < len(text):
        reader.fail("this ')' closes nothing", "drop it, or write \\)")
    if ways > MOST_WAYS:
        reader.fail("there are too many ways through this pattern", "repeat fewer things")
    return text


def anchored(pattern: str) -> str:
    """A pattern for JSON Schema, which searches: bound to both ends of the text.

    Python's ``$`` also stands before a line's end, ECMA's doesn't; so none may follow.
    """
    return f"^(?:{pattern})$(?!\\n)"


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text has the shape of a pattern that `parse_pattern` let through."""
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


class _Reader:
    """Reads a pattern from left to right and counts the ways through it."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0

    def fail(self, message: str, hint: str) -> NoReturn:
        raise BadValue("bad_pattern", f"{message} (character {self.at + 1})", hint)

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def alternatives(self) -> int:
        """Branches between ``|``, up to a ``)`` or the end."""
        ways = self._branch()
        while self.peek() == "|":
            self.at += 1
            ways += self._branch()
        return ways

    def _branch(self) -> int:
        start, ways = self.at, 1
        while self.peek() not in ("", "|", ")"):
            ways = min(ways * self._repeated(self._atom()), MOST_WAYS + 1)
        if self.at == start:
            self.fail("there is nothing on one side of this", "write ? after what may be missing")
        return ways

    def _atom(self) -> int:
        sign = self.peek()
        if sign == "(":
            return self._group()
        if sign == "[":
            self._class()
        elif sign == "\\":
            self._escape(_ESCAPED)
        elif sign in _UNREADABLE or not sign.isprintable():
            hint = f"write \\{sign} for the sign itself; repeat with {{n,m}} or ?"
            self.fail(f"{sign!r} cannot be used like this", hint)
        else:
            self.at += 1
        return 1

    def _group(self) -> int:
        start = self.at
        self.at += 3 if self.text.startswith("(?:", start) else 1
        if self.peek() == "?":
            self.fail("a group cannot look around or have a name", "write ( … )")
        self.depth += 1
        if self.depth > _DEEPEST:
            self.fail("groups stand in each other too deep", "make it flatter")
        ways = self.alternatives()
        self.depth -= 1
        if self.peek() != ")":
            self.at = start
            self.fail("this '(' is not closed", "add ')'")
        self.at += 1
        return ways

    def _escape(self, allowed: frozenset[str]) -> str:
        sign = self.text[self.at + 1 : self.at + 2]
        if sign != "d" and sign not in allowed:
            self.fail(f"'\\{sign}' is not read the same everywhere", "write a class, or \\d")
        self.at += 2
        return sign

    def _class(self) -> None:
        start = self.at
        self.at += 1
        first = ""  # what a '-' would begin a range with
        while self.peek() != "]":
            if not self.peek():
                self.at = start
                self.fail("this '[' is not closed", "add ']'")
            at_an_end = self.at == start + 1 or self.text[self.at + 1 : self.at + 2] in ("", "]")
            if self.peek() == "-" and not at_an_end:
                self._range(first)
                first = ""
            else:
                first = self._member()
        if self.at == start + 1:
            self.fail("this class is empty", "write what may stand here")
        self.at += 1

    def _member(self) -> str:
        """One sign of a class; empty for ``\\d`` and a bare ``-``, with which no range begins."""
        sign = self.peek()
        if sign == "\\":
            sign = self._escape(_ESCAPED_IN_CLASS)
            return "" if sign == "d" else sign
        if sign in ("[", "&", "~", "^", "|") or not sign.isprintable():
            hint = "escape [ and ^; for & ~ and | write an alternative outside the class"
            self.fail(f"{sign!r} is not read the same everywhere in a class", hint)
        self.at += 1
        return "" if sign == "-" else sign

    def _range(self, first: str) -> None:
        """From ``first`` to what stands behind the ``-``."""
        self.at += 1
        last = self._member()
        if not first or not last or last < first:
            self.fail("this range does not run from a lower sign to a higher", "or write \\-")

    def _repeated(self, ways: int) -> int:
        """The ways through what was just read, with the ``?`` or ``{n,m}`` behind it."""
        sign = self.peek()
        if sign == "?":
            self.at += 1
            low, high = 0, 1
        elif sign == "{":
            low, high = self._bounds()
        else:
            return ways
        if self.peek() in tuple("?*+{"):
            self.fail("what is repeated is repeated again", "put it in a group, or keep one")
        total, power = 0, 1
        for times in range(high + 1):
            total += power if times >= low else 0
            power = min(power * ways, MOST_WAYS + 1)
        return min(total, MOST_WAYS + 1)

    def _bounds(self) -> tuple[int, int]:
        found = _REPEAT.match(self.text, self.at)
        if found is None:
            self.fail("this is no {n} or {n,m}", "say how often at most; write \\{ for the sign")
        low = int(found[1])
        high = low if found[2] is None else int(found[2])
        if not low <= high <= _LONGEST_REPEAT or high == 0:
            self.fail("this can never be repeated so often", f"at most {_LONGEST_REPEAT} times")
        self.at = found.end()
        return low, high


Pattern = Annotated[str, Text(parse_pattern)]
