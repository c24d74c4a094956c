"""Settings (运行设置): what differs from one desk to the next and is no rule of the book: keys,
costs, who may act for others. They stand in a YAML file, read as strictly as a book's.

>>> Settings.none().keys
()
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import field
from datetime import date
from pathlib import Path
from typing import Annotated

from sstibet.documents import (
    Filled,
    Name,
    Node,
    OrWord,
    Text,
    Whole,
    YesNo,
    node,
    parse_whole,
)
from sstibet.evidence import Day
from sstibet.problems import BadValue, RulebookError
from sstibet.sweeping import swept
from sstibet.vault import KEY_BYTES, tell_if_open_to_others

VARIABLE = "SSTIBET_SETTINGS"
_LONGEST_ID = 40


def parse_key(text: str) -> bytes:
    """A key's bytes from base64 text; the text itself is never repeated in a message."""
    hint = "write 32 random bytes in base64; `sstibet new-key` makes one"
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        raise BadValue("not_a_key", "this is no base64", hint) from None
    if len(key) != KEY_BYTES:
        raise BadValue("not_a_key", f"a key has {KEY_BYTES} bytes, not {len(key)}", hint)
    return key


KeyBytes = Annotated[bytes, Text(parse_key)]


@node
class NamedKey(Node):
    """A key by its id. What it has sealed or signed names it by the id."""

    id: Name
    secret: KeyBytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.id) > _LONGEST_ID:
            message = f"the id of a key has {_LONGEST_ID} characters at most"
            raise BadValue("not_a_key", message, "give it a shorter one", ("id",))
        if not any(self.secret):
            message = "these are no random bytes but zeros"
            raise BadValue("not_a_key", message, "take what `sstibet new-key` makes", ("secret",))


def _bounded(least: int, most: int, what: str) -> Text:
    """A whole number between two bounds."""

    def parse(text: str) -> int:
        value = parse_whole(text)
        if not least <= value <= most:
            hint = f"write a number from {least} to {most}"
            raise BadValue("setting_out_of_bounds", f"{value} {what} are out of bounds", hint)
        return value

    return Text(parse)


# The cheapest costs of argon2id that OWASP still advises: KiB of memory by passes.
_LEAST_MEMORY = {1: 47_104, 2: 19_456, 3: 12_288, 4: 9_216, 5: 7_168}


@node
class PasswordCost(Node):
    """What hashing a password costs (argon2id): KiB of memory, passes, lanes. Where it is raised,
    the hashes that are there are made anew as their users sign in. Less than OWASP's least is for
    tests, and must say so (``for_tests: yes``)."""

    memory: Annotated[int, _bounded(8, 2**21, "KiB of memory")] = 19_456
    passes: Annotated[int, _bounded(1, 64, "passes")] = 2
    lanes: Annotated[int, _bounded(1, 64, "lanes")] = 1
    for_tests: YesNo = False

    def __post_init__(self) -> None:
        least = _LEAST_MEMORY[min(self.passes, 5)]
        if self.memory < least and not self.for_tests:
            message = f"{self.memory} KiB are too little where there are {self.passes} passes"
            hint = f"write {least} or more; less is for tests, with 'for_tests: yes'"
            raise BadValue("weak_hashing", message, hint, ("memory",))
        if self.memory < 8 * self.lanes:
            message = f"{self.memory} KiB are too little for {self.lanes} lanes"
            hint = "argon2id wants 8 KiB for each lane"
            raise BadValue("weak_hashing", message, hint, ("lanes",))


@node
class SessionTimes(Node):
    """When a session ends by itself: after so many minutes without use, and so many hours in all.
    NIST SP 800-63B-4 has an hour and a day at most where two factors are asked for (AAL2)."""

    idle_minutes: Annotated[int, _bounded(1, 60, "idle minutes")] = 30
    hours: Annotated[int, _bounded(1, 24, "hours")] = 12


@node
class Agent(Node):
    """Who (``actor``) holds which role of the book, and ``for`` whom: the actors that are listed,
    or ``any``. It holds ``from`` a day ``until`` another, that one included; without them always.
    """

    actor: Filled
    role: Name
    for_: Annotated[tuple[Filled, ...] | None, OrWord("any")]
    from_: Day | None = None
    until: Day | None = None

    def __post_init__(self) -> None:
        if self.from_ is not None and self.until is not None and self.until < self.from_:
            message = f"{self.actor!r} would be an agent until before they begin"
            raise BadValue("ends_before_it_begins", message, "mend one of the days", ("until",))

    def acts_for(self, person: str, today: date) -> bool:
        """Whether the agent may act for a person on a day."""
        begun = self.from_ is None or self.from_ <= today
        over = self.until is not None and self.until < today
        return begun and not over and (self.for_ is None or person in self.for_)


@node
class CallbackKey(Node):
    """A key that the callbacks of a ``port`` are signed by, named in them by its ``id``: a shared
    ``secret`` (HMAC-SHA256), or the ``public`` key of whoever signs (Ed25519). Several at once let
    a key be changed. ``minutes`` is how far the time that a callback says may be from ours."""

    port: Name
    id: Name
    secret: KeyBytes | None = field(default=None, repr=False)
    public: KeyBytes | None = None
    minutes: Whole = 5

    def __post_init__(self) -> None:
        if (self.secret is None) == (self.public is None):
            message = "a callback's key is a shared 'secret' or a 'public' key, one of the two"
            raise BadValue("not_one_shape", message, "keep one of them")
        if not 1 <= self.minutes <= 60:
            message = f"{self.minutes} minutes is too little or too much"
            raise BadValue("bad_value", message, "write 1 to 60", ("minutes",))


@node
class PaperKey(Node):
    """The public key (32 bytes, Ed25519) of another issuer whose certificates are believed, by the
    ``id`` that its seals name."""

    id: Name
    public: KeyBytes


@node
class PaperSettings(Node):
    """Certificates: the ``keys`` that seal them (seeds of Ed25519; the first seals, what the others
    have sealed is still believed), and those ``believed`` besides. Without keys the embedded bureau
    makes itself one. ``verify_at`` is the address that the code on a paper leads to."""

    keys: tuple[NamedKey, ...] = ()
    believed: tuple[PaperKey, ...] = ()
    verify_at: Filled | None = None

    def __post_init__(self) -> None:
        names = [each.id for each in self.keys] + [each.id for each in self.believed]
        for n, name in enumerate(names):
            if name in names[:n]:
                message = f"the key {name!r} of papers stands here twice"
                place = ("keys", n) if n < len(self.keys) else ("believed", n - len(self.keys))
                raise BadValue("doubled_name", message, "give one of them another id", place)


@node
class Settings(Node):
    """A desk's settings.

    ``keys`` seal what is kept (ID numbers, phones, cards, accounts, and all else in an item). The
    first seals, the others still open: to change a key, put the new one first, run ``sstibet
    rotate``, then drop the old one. Without any, a file's key stands beside it (``desk.db.key``).
    ``agents`` act for others by a role of the book; ``callbacks`` are the keys that ports sign by.
    ``passwords`` is what hashing one costs, ``sessions`` when they end, ``papers`` who seals
    certificates and whose are believed.
    """

    keys: tuple[NamedKey, ...] = ()
    agents: tuple[Agent, ...] = ()
    callbacks: tuple[CallbackKey, ...] = ()
    passwords: PasswordCost = field(default_factory=lambda: PasswordCost(where=""))
    sessions: SessionTimes = field(default_factory=lambda: SessionTimes(where=""))
    papers: PaperSettings = field(default_factory=lambda: PaperSettings(where=""))

    def __post_init__(self) -> None:
        names = [key.id for key in self.keys]
        for n, name in enumerate(names):
            if name in names[:n]:
                message = f"the key {name!r} stands here twice"
                raise BadValue("doubled_name", message, "give one of them another id", ("keys", n))
        signing = [(key.port, key.id) for key in self.callbacks]
        for n, (port, name) in enumerate(signing):
            if (port, name) in signing[:n]:
                message = f"the key {name!r} of {port!r} stands here twice"
                hint = "give one of them another id"
                raise BadValue("doubled_name", message, hint, ("callbacks", n))

    @classmethod
    def none(cls) -> Settings:
        """The settings of a desk that was given none."""
        return cls(where="")

    @classmethod
    @swept
    def read(cls, path: str | Path) -> Settings:
        """The settings in a file.

        Raises:
            RulebookError: with every problem of the file, each with line and column.
            OSError: it can't be read.
        """
        from sstibet.findings import validate
        from sstibet.reader import read_bytes

        with Path(path).open("rb") as file:
            text, status = file.read(), os.fstat(file.fileno())
        document, problems = read_bytes(text, Path(path).name)
        found = None if document is None or problems else validate(cls, document, problems)
        if problems or not isinstance(found, cls):
            raise RulebookError(sorted(problems))
        if found.keys:
            tell_if_open_to_others(Path(path), status)
        return found

    @classmethod
    def found(cls) -> Settings:
        """The settings in the file that the variable ``SSTIBET_SETTINGS`` names, or none."""
        path = os.environ.get(VARIABLE)
        return cls.read(path) if path else cls.none()

    @property
    def secrets(self) -> Mapping[str, bytes]:
        """The keys by id, the current one first."""
        return {key.id: key.secret for key in self.keys}
