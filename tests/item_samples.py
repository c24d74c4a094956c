"""The shipped items walked once for all tests, and what their walks need besides the book.

``SAMPLES``: values that only the world of a bureau tells, by item. ``MENDED``: ways that are there
for items in flight while the book itself is mended; nothing else leads to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import sstibet
from sstibet.contents import Contents
from sstibet.deciding import Decider, decider
from sstibet.files import Files, find_rules
from sstibet.items.value import Item, Refused, Step
from sstibet.loading import load_documents
from sstibet.testing import Walk, Walked, explore

SAMPLES: dict[str, dict[str, list[Any]]] = {
    # Two years' premiums, of which one can't be given back any more once its year has begun: at
    # midnight of 31 December the amount of an application changes.
    "refund": {
        "scheme": ["resident_medical"],
        "refund_ground": ["joined_employee_medical", "death"],
        "payments": [
            [
                {
                    "payment": f"p{year}",
                    "amount": "400.00",
                    "given_back": "0.00",
                    "booked_in": True,
                    "status": "booked_in",
                    "coverage_year": year,
                }
                for year in (2026, 2027)
            ]
        ],
    },
}


@dataclass(frozen=True)
class Mended:
    """A way that is taken when the book is mended after so many events of the walk through its
    neighbour (None: after all but the last): in ``file``, ``old`` became ``new``."""

    item: str
    state: str
    event: str
    target: str
    file: str
    old: str
    new: str
    after: int | None


_RATE = ("rates.yaml", "20%", "21%", None)
MENDED = (
    Mended("flexible_payment", "confirming", "submit", "amount_changed", *_RATE),
    Mended("flexible_payment", "ledger_away", "again", "amount_changed", *_RATE),
    Mended(
        "refund", "reserving", "reserve.reserved", "repaying",
        "refunds.yaml", "confirmed_by: agency", "confirmed_by: none", 0,
    ),
)  # fmt: skip


@cache
def book() -> sstibet.Rulebook:
    """The shipped book."""
    return sstibet.load()


@cache
def decides() -> Decider:
    """What decides its items."""
    return decider(book().contents, book().digest)


@cache
def walked(item: str) -> Walked:
    """An item walked: without samples first, then with them for what was missed."""
    found = explore(book(), item)
    if not found.missed or item not in SAMPLES:
        return found
    more = explore(book(), item, samples=SAMPLES[item])
    walks = {walk.way: walk for walk in (*more.walks, *found.walks)}
    missed = [way for way in found.missed if way not in walks]
    return Walked(tuple(walks.values()), tuple(missed), {**more.reached, **found.reached})


def way(mended: Mended) -> str:
    """The place (file:line) of its way."""
    ways = decides().machines[mended.item].plans[mended.state, mended.event].ways
    return next(w.because.way for w in ways if mended.target in (w.to, w.refuse))


def neighbour(mended: Mended) -> Walk:
    """The walk through another way of the same state and event."""
    plan = decides().machines[mended.item].plans[mended.state, mended.event]
    ways = {each.because.way for each in plan.ways}
    return next(walk for walk in walked(mended.item).walks if walk.way in ways)


def walk_mended(mended: Mended) -> tuple[Item, Step | Refused]:
    """The item before the last event, and what that leads to in the mended book."""
    walk, later = neighbour(mended), decider(_mended(mended), "mended")
    after = len(walk.events) - 1 if mended.after is None else mended.after
    now = walk.start
    for event in walk.events[:after]:
        now = _taken(decides().decide(now, event))
    for event in walk.events[after:-1]:
        now = _taken(later.decide(now, event))
    return now, later.decide(now, walk.events[-1])


def _taken(step: Step | Refused) -> Item:
    assert isinstance(step, Step), step
    return step.item


@cache
def _mended(mended: Mended) -> Contents:
    """The shipped rules with the change; its worked examples, which tell of it, aren't asked."""
    files = Files.of(find_rules(None))
    text = files.data[mended.file].decode()
    assert mended.old in text, mended
    files.data[mended.file] = text.replace(mended.old, mended.new).encode()
    contents = load_documents(files).contents
    assert contents is not None, mended
    return contents
