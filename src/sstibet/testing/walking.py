"""Walks: for every way of a machine the shortest path found that takes it.

They are found by trying: from the beginning on, each event with values that are valid, and with
those that the item's own conditions name, until every way was taken or nothing new comes. Ports are
not asked; every answer that one may give is tried, in every order in which they may come.

>>> from sstibet import load                                        # doctest: +SKIP
>>> for walk in walks(load(), "payment"):                           # doctest: +SKIP
...     print(walk)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sstibet.deciding import Decider, decider
from sstibet.items.value import Event, Item, Refused, Step
from sstibet.rulebook import Rulebook
from sstibet.testing.exploring import Search
from sstibet.testing.relevant import days_of_change
from sstibet.testing.samples import Samples
from sstibet.text import UnknownName

_ON = date(2025, 10, 15)
_MOST_DAYS = 30


@dataclass(frozen=True, slots=True)
class Walk:
    """One way (``file:line``) and how to get through it: the item at the beginning, the events one
    after another, and what the last of them leads to."""

    way: str
    start: Item
    events: tuple[Event, ...]
    end: Step | Refused

    def __str__(self) -> str:
        return f"{self.way}: {' → '.join(event.name for event in self.events)}"

    def replay(self, decides: Decider) -> tuple[Item, Step | Refused]:
        """Walk it again: the item before the last event, and what that leads to."""
        now = self.start
        for event in self.events[:-1]:
            step = decides.decide(now, event)
            assert isinstance(step, Step), "every event of a walk but the last is taken"
            now = step.item
        return now, decides.decide(now, self.events[-1])


@dataclass(frozen=True, slots=True)
class Walked:
    """What was walked, the ways (``file:line``) that nothing was found for, and for each state that
    was come to the first item found there."""

    walks: tuple[Walk, ...]
    missed: tuple[str, ...]
    reached: Mapping[str, Item]


def walks(
    book: Rulebook,
    item: str,
    *,
    on: date = _ON,
    samples: Mapping[str, list[Any]] | None = None,
) -> list[Walk]:
    """The shortest walk found through every way of an item's machine, in the order of the file.

    Args:
        book: the rule book.
        item: the item's id.
        on: the day on which the item is begun. Where a way asks for it, it is begun on the day
            before some edition of the rules begins.
        samples: plain values to try for a fact in place of any others, by its id; records as lists
            of rows.

    Raises:
        UnknownName: the book has no such item.
    """
    return list(explore(book, item, on=on, samples=samples).walks)


def explore(
    book: Rulebook,
    item: str,
    *,
    on: date = _ON,
    samples: Mapping[str, list[Any]] | None = None,
) -> Walked:
    """As `walks`, with the ways for which none was found, and an item in every state."""
    if item not in book.contents.items:
        raise UnknownName("item", item, book.contents.items)
    search = Search(
        decider(book.contents, book.digest), item, Samples(book.contents, item, samples)
    )
    search.run(on)
    for day in days_of_change(book.contents, on)[:_MOST_DAYS]:
        if not search.open:
            break
        search.run_over(day)
    return Walked(
        tuple(
            Walk(way, found.start, found.events, found.end)
            for way, found in sorted(search.found.items(), key=lambda pair: _place(pair[0]))
        ),
        tuple(sorted(search.open, key=_place)),
        {state: places[0].now for state, places in search.reached.items()},
    )


def _place(way: str) -> tuple[str, int]:
    file, _, line = way.rpartition(":")
    return file, int(line or 0)
