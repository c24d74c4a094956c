"""Mistakes of the program that calls the engine. What a person does wrong is never one of these:
that is told in the `View`."""

from __future__ import annotations

from sstibet.deciding import BookFault
from sstibet.items.value import Refused
from sstibet.stores.records import Conflict
from sstibet.vault import Spoilt

# An answer that another was quicker with: there is nothing left to do.
ANSWERED = Refused("answered")


class NoSuchItem(LookupError):
    """There is no such item, or it is another's: the two are not told apart, nor is what can be no
    reference at all."""

    def __init__(self) -> None:
        super().__init__("this actor has no such item")


class NoPaper(LookupError):
    """The item has no certificate (yet), or it is not to be had so."""


class KeyReused(ValueError):
    """The same key was used before for something else."""


class KeyInFlight(RuntimeError):
    """The same request is being worked on just now: ask again in a moment, with the same key."""


class NotOpen(ValueError):
    """This item can't be begun so: only other items call it, or it wants a person who is signed in,
    or an agent's role doesn't reach it, or what it is given is wrong."""


class MachineChanged(RuntimeError):
    """The item was opened under another version of its machine than the book has now, and no
    migration leads on."""


class EditionGone(RuntimeError):
    """The book that an item was opened under can't be had, so nobody can say what it costs."""


class PortMissing(TypeError):
    """A port, or one of its verbs, that the book's items ask for isn't there."""


class UnknownKey(LookupError):
    """A callback for an effect that was never sent, or by another port than it was sent to."""


class CallbackRefused(ValueError):
    """What came over a network is no callback that can be taken. Why is told in the log alone."""

    def __init__(self) -> None:
        super().__init__("this is no callback that can be taken")


# What is the matter with one item, its book or its port, and with no other: a fault of the book, a
# snapshot that says nonsense or was altered (`Spoilt` is a ValueError), a race that was lost too
# often. A full disk is none of these.
OF_ONE_ITEM = (
    BookFault,
    Conflict,
    EditionGone,
    MachineChanged,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


def in_words(fault: Exception) -> str:
    """A fault as a log may hold it: what a value was is in no message but the library's own."""
    own = isinstance(fault, (BookFault, Conflict, EditionGone, MachineChanged, Spoilt, UnknownKey))
    return str(fault) if own else type(fault).__name__
