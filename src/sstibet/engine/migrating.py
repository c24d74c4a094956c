"""Items that were opened under another version of their machine: brought to the one of today when
they are next touched, as a step of its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sstibet.deciding.migrating import Stranded, chain, migrated
from sstibet.engine import errors
from sstibet.items.value import Item
from sstibet.stores.records import DONE, END, Change, Conflict, Outgoing, Past
from sstibet.vault import Spoilt

if TYPE_CHECKING:
    from sstibet.engine.delivery import Courier
    from sstibet.engine.engine import Engine

MIGRATED = "migrated"  # the event in an item's history
_TRIES = 8
_PAGE = 500


class Migrating:
    """Brings an engine's items to the machines of its book."""

    def __init__(self, engine: Engine, courier: Courier) -> None:
        self._engine, self._courier = engine, courier

    def seen(self, item: Item) -> Item:
        """The item as it is to be gone on with, of the same version; nothing is written.

        Raises:
            MachineChanged: no migration leads it to the book's machine.
            EditionGone: the book that it was opened under can't be had.
        """
        rules = self._engine.book.contents.items.get(item.head.item)
        if rules is None or rules.version != item.head.machine:
            try:
                decider = self._engine.decider_of(item)
                item = migrated(decider, item, self._engine.clock.now())
            except Stranded as stranded:
                raise errors.MachineChanged(f"{_opened(item)}: {stranded}") from None
        elif item.state not in rules.states:
            why = f"it has no state {item.state!r} any more, and its version was not raised"
            raise errors.MachineChanged(f"{_opened(item)}: {why}")
        elif item.pending and (
            strange := {each.name for each in item.pending} - {*rules.effects, *rules.calls}
        ):
            why = f"{min(strange)!r} is none of it any more, and its version was not raised"
            raise errors.MachineChanged(f"{_opened(item)}: {why}")
        return item

    def brought(self, item: Item) -> Item:
        """The item under the book's machine, written where it wasn't yet.

        Raises:
            Conflict: others were quicker, again and again.
        """
        for _ in range(_TRIES):
            now = self.seen(item)
            if now.head.machine == item.head.machine:
                return now
            moved = now._replace(version=item.version + 1)
            self._engine.editions.keep()
            rows = self._tell_again(item, moved)
            change = Change(
                moved, item.version, self._past(item, moved), rows, self._courier.lease()
            )
            try:
                self._engine.store.commit(change)
            except Conflict:
                again = self._engine.store.get(item.head.ref)
                if again is None:
                    raise errors.NoSuchItem from None
                item = again
                continue
            return moved
        raise Conflict(item.head.ref)

    def _tell_again(self, before: Item, after: Item) -> tuple[Outgoing, ...]:
        """An end that its caller has not been told yet is told by its new name."""
        caller, ref = after.head.caller, after.head.ref
        ends = self._engine.decider.machines[after.head.item].ends
        if caller is None or before.state == after.state or after.state not in ends:
            return ()
        rows = self._engine.store.rows(ref)
        if all(row.kind != END or row.status == DONE for row in rows):
            return ()
        return (self._courier.end(after, caller),)

    def _past(self, before: Item, after: Item) -> Past:
        engine, rules = self._engine, self._engine.book.contents.items[after.head.item]
        last = chain(rules, before.head.machine)[-1]
        payload = {
            "migrated": [before.head.machine, after.head.machine],
            "book": engine.book.digest,
        }
        return Past(
            after.version, MIGRATED, engine.clock.now(), "book", before.state, after.state,
            last.where, (), payload,
        )  # fmt: skip


@dataclass(slots=True)
class Brought:
    """What became of a store's items: by machine, version and state how many stay and how many go
    where; and of those that can't be gone on with, why, with the first of them."""

    stay: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    go: Counter[tuple[str, int, str, int, str]] = field(default_factory=Counter)
    cannot: dict[str, tuple[int, str]] = field(default_factory=dict)


def bring_all(engine: Engine, *, dry: bool) -> Brought:
    """Bring every item of a store to the machines of an engine's book, one by one, each by itself:
    it may be stopped and begun again at any time. With ``dry`` nothing is written."""
    found, after = Brought(), ""
    while refs := engine.store.refs(after, _PAGE):
        for ref in refs:
            _bring(engine, ref, found, dry)
        after = refs[-1]
    return found


def _bring(engine: Engine, ref: str, found: Brought, dry: bool) -> None:
    try:
        item = engine.store.get(ref)
        if item is None:
            return
        now = engine.migrating.seen(item) if dry else engine.migrating.brought(item)
        engine.decider_of(now)
    except (Conflict, Spoilt, errors.EditionGone, errors.MachineChanged) as why:
        reason = str(why).partition(": ")[2] or str(why)
        times, first = found.cannot.get(reason, (0, ref))
        found.cannot[reason] = (times + 1, first)
        return
    head = item.head
    if now.head.machine == head.machine:
        found.stay[head.item, head.machine, item.state] += 1
    else:
        to = (now.head.machine, now.state)
        found.go[head.item, head.machine, item.state, *to] += 1


def awaited(item: Item, number: int) -> str | None:
    """By what name an item awaits an answer now; None where it is awaited no more."""
    return next((each.name for each in item.pending if each.number == number), None)


def _opened(item: Item) -> str:
    head = item.head
    return f"{head.ref} was opened under version {head.machine} of {head.item!r}"


def as_begun(item: Item, at: int, agent: str | None) -> Past:
    """The first line of an item's history, of version 0: what it began with, and who began it."""
    owner = item.head.actor
    payload: dict[str, Any] = {"answers": dict(item.answers)}
    payload |= {"on_behalf_of": owner} if agent is not None else {}
    return Past(0, BEGAN, at, agent or owner, "", item.state, "", (), payload)


BEGAN = "begin"
SAVED = "saved"


def as_saved(item: Item, form: str, at: int, agent: str | None) -> Past:
    """The line of history of a draft that was kept: that it was and by whom, and not what was
    typed."""
    state, owner = item.state, item.head.actor
    payload: dict[str, Any] = {"saved": form}
    payload |= {"on_behalf_of": owner} if agent is not None else {}
    return Past(item.version, SAVED, at, agent or owner, state, state, "", (), payload)
