"""References that nobody can guess."""

from __future__ import annotations

import secrets
import time

# No letters or digits that are easily taken for one another when a reference is read out; in the
# order of their bytes.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_BASE = len(_ALPHABET)
_TIME, _CHANCE = 8, 17  # characters: 31 ** 8 milliseconds are 27 years, 31 ** 17 about 84 bits
_VISITOR = 26  # about 129 bits


class RandomIds:
    """References from the system's own source of chance, behind the millisecond: those of one time
    stand beside each other in a store, whose pages at work are then few. A visitor, who is known by
    nothing else, has no time in theirs and more chance."""

    def new(self, kind: str) -> str:
        """A new reference for an item of a kind, or for a ``visitor``."""
        if kind == "visitor":
            return _spelled(secrets.randbelow(_BASE**_VISITOR), _VISITOR)
        time_ = time.time_ns() // 1_000_000 % _BASE**_TIME
        return _spelled(time_ * _BASE**_CHANCE + secrets.randbelow(_BASE**_CHANCE), _TIME + _CHANCE)


def _spelled(number: int, length: int) -> str:
    letters = list[str]()
    for _ in range(length):
        number, digit = divmod(number, _BASE)
        letters.append(_ALPHABET[digit])
    return "".join(reversed(letters))


class CountedIds:
    """References that count, for demonstrations and tests: the same run gives the same ones."""

    def __init__(self) -> None:
        self._last = 0

    def new(self, kind: str) -> str:
        """The next reference."""
        self._last += 1
        return f"{kind}-{self._last}"
