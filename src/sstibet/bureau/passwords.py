"""Passwords and codes: kept as argon2id hashes only, compared without telling what was wrong."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

_SHORTEST = 8


@dataclass(frozen=True, slots=True)
class Hashing:
    """The cost of argon2id: passes, KiB of memory, lanes."""

    passes: int = 1
    memory: int = 256
    lanes: int = 1

    def hash(self, secret: str) -> str:
        """The hash of a secret, with a salt of its own."""
        return str(_hasher(self).hash(secret))

    def fits(self, hashed: str, secret: str) -> bool:
        """Whether a secret is the one that was hashed."""
        from argon2.exceptions import VerifyMismatchError

        try:
            return bool(_hasher(self).verify(hashed, secret))
        except VerifyMismatchError:
            return False


# For tests and demonstrations; and what RFC 9106 recommends where memory is short.
CHEAP = Hashing()
STRONG = Hashing(passes=3, memory=64 * 1024, lanes=4)


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


@cache
def _common() -> frozenset[str]:
    path = resources.files("sstibet.bureau").joinpath("common_passwords.txt")
    return frozenset(path.read_text("utf-8").split())


def is_weak(password: str, user_name: str | None = None) -> bool:
    """Whether a password is short, one of the commonest, or holds the user's own name."""
    folded = password.casefold()
    alike = len(set(folded)) < 3
    own = user_name is not None and user_name.casefold() in folded
    return len(password) < _SHORTEST or alike or own or folded in _common()
