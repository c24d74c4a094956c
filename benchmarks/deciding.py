"""How fast events are decided, against the package ``transitions`` on the same machine, and how
large a live item is."""

from __future__ import annotations

import dataclasses
import tracemalloc
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from transitions import Machine

import sstibet
from benchmarks.measure import Report, medians
from sstibet.deciding import Decider, decider
from sstibet.findings import validate
from sstibet.items.documents import ItemRules
from sstibet.items.value import Event, Head, Item, Step
from sstibet.reader import read_bytes
from sstibet.stores.snapshot import dump, load

DAY, AT = date(2025, 10, 15), 1_760_490_000
GIVEN = {"declaration_no": "D-1", "amount_due": "400.00", "channel": "ccb"}
# Three rounds through all five states; `charge` stands for the event that begins each.
ROUNDS = (("decline", "again"), ("succeed", "again"), ("expire", "again"))
TRANSITIONS = [
    ["charge", "choosing", "charging"],
    ["succeed", "charging", "paid"],
    ["decline", "charging", "declined"],
    ["expire", "charging", "expired"],
    ["again", ["paid", "declined", "expired"], "choosing"],
]


class Payment:
    """What the other package moves."""

    channel = "ccb"

    def by_ccb(self) -> bool:
        """The condition, as its users write it."""
        return self.channel == "ccb"


def theirs() -> Any:
    """The machine in ``transitions``."""
    model = Payment()
    guarded = {
        "trigger": "confirm", "source": "choosing", "dest": "charging", "conditions": "by_ccb"
    }  # fmt: skip
    states = ["choosing", "charging", "paid", "declined", "expired"]
    Machine(model, states=states, transitions=[*TRANSITIONS, guarded], initial="choosing")
    return model


def ours(book: sstibet.Rulebook) -> tuple[Decider, Item]:
    """The machine as an item of a book, and one of it."""
    document, problems = read_bytes(Path(__file__).with_name("payment.yaml").read_bytes(), "x.yaml")
    assert document is not None, problems
    rules = validate(ItemRules, document, problems)
    assert not problems, problems
    contents = dataclasses.replace(book.contents, items={"measured": rules})
    made = decider(contents, book.digest)
    step = made.begin(Head("ref-1", "measured", 1, "p1", AT, book.digest), GIVEN, DAY)
    assert isinstance(step, Step)
    return made, step.item


def check(book: sstibet.Rulebook) -> int:
    """Both go through the same states. Returns the number of events compared."""
    model, (made, item) = theirs(), ours(book)
    compared = 0
    for first in ("charge", "confirm"):
        for names in ROUNDS:
            for name in (first, *names):
                getattr(model, name)()
                step = made.decide(item, Event(name, AT, DAY))
                assert isinstance(step, Step), step
                item = step.item
                assert item.state == model.state, (item.state, model.state)
                compared += 1
    return compared


def speed(report: Report, book: sstibet.Rulebook) -> None:
    """Events a second, without and with a condition."""
    model, (made, item) = theirs(), ours(book)
    for first, what in (("charge", "no condition"), ("confirm", "every third by a condition")):
        names = [name for round_ in ROUNDS for name in (first, *round_)]
        events = [Event(name, AT, DAY) for name in names]
        triggers = [getattr(model, name) for name in names]

        def decide(events: list[Event] = events) -> None:
            now = item
            for event in events:
                now = made.decide(now, event).item  # type: ignore[union-attr]  # checked before

        def trigger(triggers: list[Callable[[], bool]] = triggers) -> None:
            for each in triggers:
                each()

        took = medians({"ours": decide, "theirs": trigger}, rounds=31, number=200)
        name = f"events decided a second to those of transitions, {what}"
        report.ratio(name, took["theirs"] / took["ours"], 5, least=True)


def size(report: Report, book: sstibet.Rulebook) -> None:
    """Bytes of a live payment, read back from its snapshot so that nothing is shared."""
    step = decider(book.contents, book.digest).begin(
        Head("ref-1", "payment", 1, "p1", AT, book.digest),
        {name: GIVEN[name] for name in book.contents.items["payment"].given},
        DAY,
    )
    assert isinstance(step, Step)
    text = dump(step.item)
    count = 2000
    tracemalloc.start()
    items = [load(text) for _ in range(count)]
    taken = tracemalloc.get_traced_memory()[0] / len(items)
    tracemalloc.stop()
    report.ratio("bytes of a live payment to 2 KiB", taken / 2048, 1)
