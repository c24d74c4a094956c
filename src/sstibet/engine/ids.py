"""References that nobody can guess."""

from __future__ import annotations

import secrets

# No letters or digits that are easily taken for one another when a reference is read out.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_LENGTH = 20  # 31 ** 20: about 99 bits


class RandomIds:
    """References from the system's own source of chance."""

    def new(self, kind: str) -> str:
        """A new reference for an item of a kind."""
        return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


class CountedIds:
    """References that count, for demonstrations and tests: the same run gives the same ones."""

    def __init__(self) -> None:
        self._last = 0

    def new(self, kind: str) -> str:
        """The next reference."""
        self._last += 1
        return f"{kind}-{self._last}"
