"""What a store keeps, and the protocol that every store follows.

What every step makes is a named tuple, as `Item` is: made in a fraction of a dataclass's time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from sstibet.items.value import NOTHING, Item

# How a row of the outbox stands: to be delivered (by whoever has claimed it, or claims it first);
# to be delivered again once its port has had time; delivered, to be answered later; over.
DUE, RETRY, WAITING, DONE = STATUSES = "due", "retry", "waiting", "done"
# What a row of the outbox is: an effect of a port, an item to be begun, an end to be told.
EFFECT, CALL, END = "effect", "call", "end"


class Conflict(Exception):
    """Somebody else was quicker: the item has gone further, the row has been answered, the key or
    the reference is used by now. Nothing was written."""


class StoreAway(ConnectionError):
    """The store can't be reached. Where it was lost while a step was being written, whether the
    step is there isn't known: the same request under the same key finds it out."""


class Outgoing(NamedTuple):
    """One row of the outbox: what is to be done outside of the item, at least once, under one
    stable ``key``, which is the item's ``ref``, a colon, and what makes it unique there. ``to`` is
    the verb of a port, the item to be begun, or the event to be told; ``secret`` that it needs one,
    which is never written down."""

    key: str
    ref: str
    number: int
    kind: str
    name: str
    to: str
    told: Mapping[str, Any]
    secret: bool = False
    status: str = DUE
    attempts: int = 0

    def __repr__(self) -> str:
        # What a port is told is a person's own.
        return f"Outgoing({self.key!r}, {self.kind!r}, {self.to!r}, {self.status!r})"


class Past(NamedTuple):
    """One line of an item's history: the event that made this version, when, by whom, from and to
    which state, by which way (file:line), and what came with it (never a secret)."""

    version: int
    event: str
    at: int
    actor: str
    before: str
    after: str
    way: str
    steps: tuple[str, ...] = ()
    payload: Mapping[str, Any] = NOTHING

    def __repr__(self) -> str:
        # Who did it, and what came with it, is a person's own.
        told = f"{self.event!r}, at={self.at}, {self.before!r}, {self.after!r}, {self.way!r}"
        return f"Past({self.version}, {told})"


class Keyed(NamedTuple):
    """A request's key: the (keyed) fingerprint of what was asked, the item that it led to, and the
    version of it that the request made: its first outcome."""

    actor: str
    key: str
    fingerprint: str
    ref: str
    version: int = 0

    def __repr__(self) -> str:
        return f"Keyed({self.fingerprint!r}, {self.ref!r}, version={self.version})"


class Change(NamedTuple):
    """All that one step writes, in one transaction.

    ``expected`` is the version that the item must still have (None: it must not be there yet);
    ``claimed`` is until when nobody else shall deliver the new rows; ``answered`` the row that this
    step is the last answer to (it must not be over yet); ``keyed`` must be a new key of its actor.
    """

    item: Item
    expected: int | None
    past: Past | None = None
    outgoing: Sequence[Outgoing] = ()
    claimed: int = 0
    answered: str | None = None
    keyed: Keyed | None = None


class Store(Protocol):
    """Where the engine keeps everything. Every method is one transaction, and at most one round
    trip where the store is a server.

    What was altered behind the store's back is `Spoilt` where it is asked for by its name; in a
    list it is told in the log and left out, so that it stands in nobody else's way. A text that no
    store can hold (a NUL, half a character) is a reference to nothing. `StoreAway` where a server
    can't be reached.
    """

    def get(self, ref: str) -> Item | None:
        """An item by its reference. Raises Spoilt."""
        ...

    def look(self, ref: str, actor: str, key: str) -> tuple[Item | None, Keyed | None]:
        """All that a request needs, at once: the item, and what the actor's key was used for."""
        ...

    def commit(self, change: Change) -> None:
        """Write a step whole, or nothing of it. Raises Conflict."""
        ...

    def keyed(self, actor: str, key: str) -> Keyed | None:
        """What an actor's key was used for before."""
        ...

    def outgoing(self, key: str) -> Outgoing | None:
        """A row of the outbox by its key."""
        ...

    def asked(self, key: str) -> tuple[Outgoing | None, Item | None]:
        """All that an answer needs, at once: the row of the outbox that it answers, and the item
        whose it is. Raises Spoilt."""
        ...

    def claim(self, now: int, until: int, limit: int) -> list[Outgoing]:
        """Rows that are due and claimed by nobody, the oldest first, claimed ``until`` then. Two
        who claim at once get different rows, and neither waits for the other."""
        ...

    def mark(self, key: str, status: str, again_at: int = 0) -> None:
        """Set how a row stands; ``again_at`` is when it may be claimed again."""
        ...

    def busy(self, ref: str, now: int) -> bool:
        """Whether somebody is delivering a row of this item, or of one that it has called."""
        ...

    def overdue(self, now: int, limit: int) -> list[tuple[str, int]]:
        """(ref, version) of the items whose deadline has come, the oldest first."""
        ...

    def of_actor(self, actor: str, limit: int) -> list[Item]:
        """An actor's items, the newest first; those that others have called are left out."""
        ...

    def history(self, ref: str) -> list[Past]:
        """An item's history, from the first event on. Raises Spoilt."""
        ...

    def rows(self, ref: str) -> list[Outgoing]:
        """An item's rows of the outbox, the oldest first. Raises Spoilt."""
        ...

    def refs(self, after: str = "", limit: int = 1000) -> list[str]:
        """The references of all items in their order, from the first after one: for commands that
        go through a whole store."""
        ...

    def rewrite(self, item: Item, pasts: Sequence[Past], rows: Sequence[Outgoing]) -> None:
        """Put this in place of what is kept about an item, its history and its rows: what is to be
        forgotten is in none of them. The version stays. Raises Conflict where it has gone on."""
        ...

    def requests(self, after: bytes = b"", limit: int = 1000) -> list[tuple[bytes, Keyed]]:
        """The requests' keys in the order of their marks, from the first after one."""
        ...

    def drop(self, requests: Sequence[bytes], rows: Sequence[str]) -> None:
        """Drop requests' keys by their marks, and rows of the outbox that are over by theirs."""
        ...

    def tidy(self) -> None:
        """Leave nothing on the disk of what was dropped or overwritten, as far as the store can see
        to it."""
        ...

    def sealed_by(self) -> Mapping[str, int]:
        """How many texts each key has sealed, by its id: what still needs an old key."""
        ...

    def reseal(self, limit: int) -> int:
        """Seal anew, under the current key, some of what another key has sealed; how many were.
        Zero: nothing is left that needs another key."""
        ...

    def keep_book(self, digest: str, archive: bytes) -> None:
        """Keep the sources of a rule book, so that items opened under it can go on under it."""
        ...

    def book(self, digest: str) -> bytes | None:
        """The sources of a rule book that `keep_book` has kept."""
        ...

    def books(self) -> list[str]:
        """The digests of the rule books that are kept."""
        ...

    def fingerprint(self, text: str) -> str:
        """A keyed hash of what a request asks: whoever reads the store can't guess it back."""
        ...

    def close(self) -> None:
        """Let go of what the store holds."""
        ...
