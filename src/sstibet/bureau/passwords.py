"""Passwords: kept as argon2id hashes only, at a cost that the settings say, and never a weak one.

A password may have any characters; full-width and composed forms of it are one and the same (NFKC).
"""

from __future__ import annotations

import os
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sstibet.bureau.plain import data

SHORTEST, LONGEST = 8, 256  # characters, once normalised
_MOST_TYPED = 1024  # characters; what is longer is looked at by nobody
_SHORTEST_WORD = {True: 4, False: 2}  # of what others know: in ASCII letters, and in others
# So many are hashed at once: each takes the memory that its cost says.
_AT_ONCE = threading.BoundedSemaphore(min(os.cpu_count() or 1, 8))
_ROWS = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")


@dataclass(frozen=True, slots=True)
class Hashing:
    """The cost of argon2id: passes, KiB of memory, lanes."""

    passes: int = 1
    memory: int = 256
    lanes: int = 1

    @property
    def cost(self) -> str:
        """The cost as it stands in a hash."""
        return f"m={self.memory},t={self.passes},p={self.lanes}"

    @classmethod
    def of(cls, cost: str) -> Hashing:
        """The cost that `cost_of` has read."""
        told = dict(each.split("=") for each in cost.split(","))
        return cls(passes=int(told["t"]), memory=int(told["m"]), lanes=int(told["p"]))

    def hash(self, secret: str) -> str:
        """The hash of a secret, with a salt of its own."""
        with _AT_ONCE:
            return str(_hasher(self).hash(secret))

    def fits(self, hashed: str, secret: str) -> bool:
        """Whether a secret is the one that was hashed."""
        from argon2.exceptions import VerifyMismatchError

        try:
            with _AT_ONCE:
                return bool(_hasher(self).verify(hashed, secret))
        except VerifyMismatchError:
            return False


# For tests, and for the invented users, whose passwords are no secret; and what OWASP asks for.
CHEAP = Hashing()
STRONG = Hashing(passes=2, memory=19_456, lanes=1)


def cost_of(hashed: str) -> str:
    """What a hash was made at."""
    return hashed.split("$")[3]


@cache
def _hasher(hashing: Hashing):  # type: ignore[no-untyped-def]  # argon2 is only imported when it's needed
    from argon2 import PasswordHasher

    return PasswordHasher(
        time_cost=hashing.passes, memory_cost=hashing.memory, parallelism=hashing.lanes
    )


@cache
def nobody(hashing: Hashing) -> str:
    """The hash that is compared where there is no user, so that it takes as long."""
    return hashing.hash("nobody's password")


def normal(password: str) -> str | None:
    """A password as it is hashed and compared; None for what no password can be."""
    if len(password) > _MOST_TYPED:
        return None
    found = unicodedata.normalize("NFKC", password)
    whole = not any("\ud800" <= each <= "\udfff" for each in found)
    return found if whole and len(found) <= LONGEST else None


def why_weak(password: str | None, own: Iterable[str] = ()) -> str | None:
    """Why a (normal) password is not taken, a code of ``password_faults``; None where it is.

    ``own`` is what others may know of the person: user name, numbers, days. A password that holds
    such a thing must be one without it as well.
    """
    if password is None:
        return "too_long"
    if len(password) < SHORTEST:
        return "too_short"
    folded = fold(password)
    if _is_common(folded):
        return "common"
    if _is_run(folded):
        return "run"
    rest = folded
    for word in sorted(
        {fold(each) for each in (*own, *data("says.json")["own_words"])}, key=len, reverse=True
    ):
        if len(word) >= _SHORTEST_WORD.get(word.isascii(), 2):
            rest = rest.replace(word, " ")
    left = "".join(each for each in rest if each.isalnum())
    if rest != folded and (len(left) < SHORTEST or _is_common(left)):
        return "own"
    return None


def fold(text: str) -> str:
    """A text as it is compared where neither case nor form tell anything."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


@cache
def _common() -> frozenset[str]:
    path = resources.files("sstibet.bureau").joinpath("common_passwords.txt")
    lines = path.read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("# "))


def _is_common(folded: str) -> bool:
    """Whether it is one of the commonest, perhaps with a year or a sign put after it."""
    bare = folded
    while bare and not bare[-1].isalpha() and len(folded) - len(bare) < 5:
        if bare in _common():
            return True
        bare = bare[:-1]
    return bare in _common()


def _is_run(folded: str) -> bool:
    """Whether it is a few characters again and again, or a row of digits, letters or keys."""
    length = len(folded)
    if any(folded == (folded[:n] * length)[:length] for n in range(1, length // 2 + 1) if n <= 4):
        return True
    return any(folded in row * 3 or folded in row[::-1] * 3 for row in _ROWS)
