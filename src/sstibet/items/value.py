"""The values of a business item: the item itself, an event, and the step from one to the next.

An item's answers are plain: text, whole numbers, yes and no, and rows of these, as they stand in
JSON. What they mean is read by the dictionary where a rule asks for them, so an item is small, its
snapshot is itself, and equal content is equal.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from sstibet.outcomes import Refusal, Wrong
from sstibet.personal import Personal

Answers = Mapping[str, Any]
NOTHING: Answers = MappingProxyType({})
# No form has this name: where drafts have it, what was personal in the item is forgotten.
FORGOTTEN = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """The item that called another: its reference and its machine's name, and the call with its
    number there."""

    ref: str
    item: str
    call: str
    number: int


@dataclass(frozen=True, slots=True)
class Head:
    """What never changes about an item: its reference, its machine (by name and version), whose it
    is, when it was opened (seconds since 1970), by which book (digest), and who called it."""

    ref: str
    item: str
    machine: int
    actor: str = dataclasses.field(repr=False)
    opened: int
    digest: str
    caller: Caller | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """An effect or call that may still answer: its name in the machine, and its number in the item
    (``ref:number`` is the stable key that the port is told)."""

    name: str
    number: int


class Item(NamedTuple):
    """One business item at one moment.

    ``version`` counts the events taken; ``deadline`` is an instant in seconds since 1970.
    ``drafts`` are what was typed into forms, by form, hidden fields as well, secrets never.

    A named tuple and no dataclass, as `Step` is: every event makes one of each, and a tuple is made
    in a fifth of the time.
    """

    head: Head
    state: str
    version: int = 0
    answers: Answers = NOTHING
    drafts: Mapping[str, Answers] = NOTHING
    pending: tuple[Pending, ...] = ()
    deadline: int | None = None
    numbered: int = 0

    @property
    def forgotten(self) -> bool:
        """Whether what was personal in it is forgotten: it can be seen, and goes on no more."""
        return FORGOTTEN in self.drafts

    def __repr__(self) -> str:
        # What is known and what was typed is a person's own.
        head = self.head
        return f"Item({head.ref!r}, {head.item!r}, {self.state!r}, version={self.version})"


class Event(NamedTuple):
    """What happens: its name, when (seconds since 1970) and on which day of the book's time zone,
    what comes with it, and which effect or call it answers (by number)."""

    name: str
    at: int
    day: date
    payload: Answers = NOTHING
    number: int | None = None

    def __repr__(self) -> str:
        # What comes with an event may hold a secret.
        return f"Event({self.name!r}, at={self.at}, number={self.number})"


@dataclass(frozen=True, slots=True)
class EffectDue:
    """An effect to be delivered: its name in the machine, the verb, what the port is told (secrets
    are in ``secrets`` and nowhere else), and its number."""

    name: str
    verb: str
    number: int
    told: Answers = dataclasses.field(repr=False)
    secrets: Mapping[str, Personal[str]] = dataclasses.field(
        default_factory=dict, compare=False, repr=False
    )
    needs_secret: bool = False


@dataclass(frozen=True, slots=True)
class CallDue:
    """An item to be begun on behalf of this one: the call's name, the item, and what it's given."""

    name: str
    item: str
    number: int
    given: Answers = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True)
class Because:
    """Why a step came out so: the way that was taken (file:line), and the conditions it hung on."""

    way: str
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


class Step(NamedTuple):
    """The next item, what is to be done outside of it, and why; and what an answer ``came`` with,
    as it was read."""

    item: Item
    because: Because
    effects: tuple[EffectDue, ...] = ()
    call: CallDue | None = None
    steps: tuple[str, ...] = ()
    came: Answers = NOTHING

    def __repr__(self) -> str:
        # What came with the event is a person's own.
        return (
            f"Step({self.item!r}, {self.because!r}, effects={self.effects!r},"
            f" call={self.call!r}, steps={self.steps!r})"
        )


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing has changed: the answers that are wrong, by field; or the rules' refusal; or the
    event is none of this state's (``not_now``)."""

    code: str
    problems: tuple[Wrong, ...] = ()
    refusal: Refusal | None = None
