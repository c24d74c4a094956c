"""Ports: how the engine asks what stands outside, and how it is answered.

A port is any object with a method for each verb that ``ports.yaml`` lists for it. A method takes a
`Call` and, by keyword, the facts that the verb needs, as values of their own types (`Money`,
`Month`, ``date``, ``str``, ``bool``; records as tuples of mappings); facts that it only may need
come when they are known, so they want a default.

What says who a person is, or how to reach or to pay them (names, numbers, addresses, free texts,
days of birth, the columns of rows that hold such), and every secret, comes as a `Personal`, so that
``print(told)``, a log or a report of an error shows no more than its ends. Where it leaves the port
for good, in a request or a table, ``reveal()`` it, as late as you can. It equals the text that it
holds and has its hash, so that comparing and looking up need no revealing; it is no ``str``, so
``"/" + told`` is a TypeError. Codes, numbers, yes and no, and amounts come as they are. A `Reply`
may hold a `Personal`. The method answers with a `Reply`:

>>> reply("succeeded", charge_no="C-1", paid_on="2025-10-01").facts["charge_no"]
'C-1'

A verb marked ``later`` may answer with a ``progress`` reply, and bring its last one by
``Engine.callback(port, call.key, reply)``, or by a method ``ready(now)`` of its port that lists
``(key, reply)`` pairs each time the engine delivers. Every verb is asked *at least once* for each
key: the same key again must do nothing again and answer the same. A reply brings every fact that
its answer ``gives``; one that it doesn't bring, or that can't be read, is no answer (`BookFault`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, runtime_checkable


class Unavailable(Exception):
    """A port could not be reached, and nothing was done: the item is told ``failed``."""


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks and when: the stable ``key`` of this effect, the item's ``ref`` (one item is one
    order), its ``actor``, the instant ``at`` (seconds since 1970) and its ``day``."""

    key: str
    ref: str
    actor: str = dataclasses.field(repr=False)
    at: int
    day: date


@dataclass(frozen=True, slots=True)
class Reply:
    """A port's answer: one of the verb's answers, and the facts that it brings."""

    answer: str
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict, repr=False)


def reply(answer: str, **facts: Any) -> Reply:
    """A `Reply`, written shortly."""
    return Reply(answer, facts)


@runtime_checkable
class CallsBack(Protocol):
    """A port that has callbacks ready when it is asked for them."""

    def ready(self, now: int) -> Iterable[tuple[str, Reply]]:
        """The callbacks due by ``now``, each ``(key, reply)``; told once each."""
        ...


class PartialPort:
    """A port that has only some of its verbs: the others can't be reached, and items that ask for
    them say so. A base class for ports of one's own.

    >>> PartialPort().void(None)
    Traceback (most recent call last):
        ...
    sstibet.engine.ports.Unavailable: void
    """

    def __getattr__(self, verb: str) -> Any:
        # `ready` is no verb: a port that has it is asked for callbacks.
        if verb.startswith("_") or verb == "ready":
            raise AttributeError(verb)

        def away(call: Call, **told: Any) -> Reply:
            raise Unavailable(verb)

        return away


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> int:
        """Seconds since 1970."""
        ...


class Ids(Protocol):
    """Makes references that nobody can guess."""

    def new(self, kind: str) -> str:
        """A new reference, such as one for an item (``kind`` its id)."""
        ...
