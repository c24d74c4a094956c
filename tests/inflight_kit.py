"""A small book with a payment that is under way, changed in between: what the tests of items in
flight share."""

from __future__ import annotations

import shutil
from pathlib import Path

import sstibet
from engine_kit import Port, desk_of
from sstibet import Engine, SetClock, View, reply
from sstibet.engine.ids import CountedIds
from sstibet.rulebook import Rulebook
from sstibet.stores.records import Store

GOOD = Path(__file__).parent / "books" / "good" / "counter_item"
PERSON = {
    "person_name": "格桑梅朵",
    "category": "general",
    "birth_date": "1990-03-07",
    "student": "no",
}
PINS = {"pin": "123456", "pin_again": "123456"}
CHARGED = reply("succeeded", receipt_no="R-1", due="200.00")
DESKS = [{"desk": "1", "scheme": "resident_pension", "open": "yes"}]

Edit = tuple[str, str, str]

# The payment with other names for all that it names, and whoever calls it with another name for it.
CHARGING = "items/charging.yaml"
DECLARING = "items/declaring.yaml"
RENAMED: tuple[Edit, ...] = (
    (CHARGING, "version: 1", ("version: 2\nmigrations:\n  - from: 1\n    states: {asking: entering,"
     " charging: waiting, paid: settled, given_up: given_up, paid_late: settled_late}\n"
     "    pending: {charge: debit}")),
    (CHARGING, "initial: asking", "initial: entering"),
    (CHARGING, "  asking:", "  entering:"),
    (CHARGING, "  charging:\n", "  waiting:\n"),
    (CHARGING, "{to: charging, effects: [charge]}", "{to: waiting, effects: [debit]}"),
    (CHARGING, "  charge: {do", "  debit: {do"),
    (CHARGING, "[charge.accepted, charge.lost]", "[debit.accepted, debit.lost]"),
    (CHARGING, "ignores: [charge]", "ignores: [debit]"),
    (CHARGING, "charge.succeeded: {to: paid}", "debit.succeeded: {to: settled}"),
    (CHARGING, "charge.succeeded: {to: paid_late}", "debit.succeeded: {to: settled_late}"),
    (CHARGING, "      charge.", "      debit."),
    (CHARGING, "  paid:\n", "  settled:\n"),
    (CHARGING, "in: [paid, paid_late]", "in: [settled, settled_late]"),
    (CHARGING, "brings: [charge.succeeded]", "brings: [debit.succeeded]"),
    (CHARGING, "  paid_late:\n", "  settled_late:\n"),
    (DECLARING, "version: 1", ("version: 2\nmigrations:\n"
     "  - {from: 1, states: same, pending: {pay: collect}}")),
    (DECLARING, "  pay:\n", "  collect:\n"),
    (DECLARING, "call: pay}", "call: collect}"),
    (DECLARING, "pay.paid_late", "collect.settled_late"),
    (DECLARING, "pay.paid:", "collect.settled:"),
    (DECLARING, "pay.given_up", "collect.given_up"),
    (DECLARING, "[note, pay]", "[note, collect]"),
)  # fmt: skip
# Another price of the same tier, in the same edition.
DEARER: tuple[Edit, ...] = (
    ("tiers.yaml", '{id: "200", person: 200,', '{id: "200", person: 250,'),
    ("tiers.yaml", "category: general}, due: 200", "category: general}, due: 250"),
    ("tiers.yaml", "due: 100, government: 130", "due: 150, government: 130"),
)


def changed(folder: Path, *edits: Edit, rules: Path = GOOD) -> Path:
    """A copy of a book with some texts changed; each stands there."""
    shutil.copytree(rules, folder)
    for file, old, new in edits:
        text = (folder / file).read_text("utf-8")
        assert old in text, (file, old)
        (folder / file).write_text(text.replace(old, new), "utf-8")
    return folder


def desk(path: Path | Store, book: Rulebook, clock: SetClock, ids: CountedIds) -> Engine:
    """A desk on a file, or on a store; the teller takes charges and tells later how they went."""
    registry = Port(myself=reply("found", **PERSON), desks=reply("listed", desks=DESKS))
    teller = Port(charge=reply("accepted"), write_down=reply("written"))
    ports = {"register": registry, "teller": teller}
    if isinstance(path, Path):
        return desk_of(book, ports, path=path, clock=clock, ids=ids)
    return desk_of(book, ports, store=path, clock=clock, ids=ids)


def choosing(engine: Engine, actor: str = "p") -> View:
    """An item in which the desk is to be chosen, and then the price is worked out."""
    view = engine.start("declaring", actor=actor)
    form = {"for_another": "no", "consent": "yes", "tier": "200"}
    return engine.send(view.ref, "submit", form, actor=actor)


def chosen(engine: Engine, view: View) -> View:
    """The same, priced, with its payment begun."""
    desks = [{"key": "1", "tier": "200"}]
    return engine.send(view.ref, "submit", {"chosen_desk": desks}, actor="p")


def charged(engine: Engine, view: View) -> View:
    """The same, with its charge under way."""
    engine.send(view.front.ref, "submit", PINS, actor="p")
    return engine.view(view.ref, actor="p")


def loaded(folder: Path, *edits: Edit) -> Rulebook:
    """The book so changed."""
    return sstibet.load(changed(folder, *edits), cache=False)
