"""Steps: read → decide → one transaction, again where somebody else was quicker."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, NamedTuple

from sstibet.engine import errors
from sstibet.engine.clock import day_of
from sstibet.engine.migrating import Migrating, as_begun
from sstibet.items.documents import DEADLINE
from sstibet.items.value import NOTHING, Caller, Event, Head, Item, Refused
from sstibet.personal import Personal
from sstibet.stores.records import DONE, Change, Conflict, Keyed

if TYPE_CHECKING:
    from sstibet.engine.delivery import Courier
    from sstibet.engine.engine import Engine

_log = logging.getLogger("sstibet.engine")

# The item stands otherwise than whoever decided saw it.
MOVED_ON = Refused("moved_on")
TRIES = 8  # how often a step is decided again when another process was quicker


class Taken(NamedTuple):
    """An event that was taken: the rows to deliver now, the secrets that they need, the steps of
    the guide that it was, and the item after it; or, where the same request was quicker elsewhere,
    only what that led to (``kept``)."""

    rows: tuple[Any, ...] = ()
    secrets: Mapping[str, Mapping[str, Personal[str]]] = NOTHING
    steps: tuple[str, ...] = ()
    item: Item | None = None
    kept: Keyed | None = None


class Steps:
    """Takes an engine's items from one step to the next."""

    def __init__(self, engine: Engine, courier: Courier) -> None:
        self._engine, self._courier = engine, courier
        self.migrating = Migrating(engine, courier)

    def begin(
        self,
        item: str,
        ref: str,
        actor: str,
        given: Mapping[str, Any],
        caller: Caller | None,
        keyed: Keyed | None = None,
        agent: str | None = None,
        answered: str | None = None,
    ) -> Item | Refused | None:
        """Begin an item by itself or by a call (``answered``: its row); the item as it was seen
        last, None where the call had begun it before, or why what it is given won't do. That an
        ``agent`` begins it is the first line of its history.

        Raises:
            Conflict: it can't be begun by itself under this reference or key.
        """
        engine = self._engine
        at = engine.clock.now()
        machine = engine.decider.machines[item]
        head = Head(ref, item, machine.version, actor, at, engine.book.digest, caller)
        step = engine.decider.begin(head, given, day_of(at, engine.zone))
        if isinstance(step, Refused):
            return step
        engine.editions.keep()
        rows, secrets = self._courier.rows(None, step)
        begun = as_begun(step.item, at, agent)
        change = Change(step.item, None, begun, rows, self._courier.lease(), answered, keyed)
        try:
            engine.store.commit(change)
        except Conflict:
            if caller is None:
                raise
            return None  # begun before, by the same call
        return self._courier.run(rows, secrets, step.item).get(ref)

    def take(
        self,
        ref: str,
        event: Event,
        actor: str,
        *,
        keyed: Keyed | None = None,
        answered: str | None = None,
        only: int | None = None,
        known: Item | None = None,
        left: Callable[[Item], bool] | None = None,
    ) -> Taken | Refused:
        """Decide an event and write the step; again where another process was quicker (unless
        ``only`` one version will do, or it is ``left`` to the owner by then). ``known`` is the item
        as it was last seen: where it is that still, it needn't be read."""
        for tried in range(TRIES):
            item = known if known is not None and not tried else self.at_hand(ref)
            if tried and keyed is not None and (kept := self.kept(*_request(keyed))):
                return Taken(kept=kept)
            if only is not None and item.version != only:
                return MOVED_ON
            if tried and self._over(item, event, answered):
                return errors.ANSWERED
            if tried and left is not None and left(item):
                return Refused("in_person")
            if self._too_late(item, event):
                # Nobody goes on in a state whose time is over. It is over by the event's own
                # time: the clock may have been put back since, and no deadline is fired early.
                self.fire(ref, item.version, event.at)
                continue
            step = self._engine.decider_of(item).decide(item, event)
            if isinstance(step, Refused):
                return step
            self._engine.editions.keep()  # the history names it, whoever opened the item
            rows, secrets = self._courier.rows(item, step)
            if keyed is not None:
                keyed = Keyed(
                    keyed.actor, keyed.key, keyed.fingerprint, keyed.ref, step.item.version
                )
            change = Change(
                step.item, item.version, self._courier.past(item, step, event, actor), rows,
                self._courier.lease(), answered, keyed,
            )  # fmt: skip
            try:
                self._engine.store.commit(change)
            except Conflict:
                continue
            return Taken(rows, secrets, step.steps, step.item)
        raise Conflict(ref)

    def _too_late(self, item: Item, event: Event) -> bool:
        """Whether a person does this when the state's time was over by then."""
        rules = self._engine.decider.machines[item.head.item].rules
        over = item.deadline is not None and item.deadline <= event.at
        return over and event.name in rules.events

    def fire(self, ref: str, version: int, now: int | None = None) -> bool:
        """Fire the deadline of one version of an item; whether it was still to be fired."""
        engine = self._engine
        at = engine.clock.now() if now is None else now
        item = engine.store.get(ref)
        if item is None or item.version != version:
            return False
        item = self.migrating.brought(item)
        moved = item.version != version
        if moved and (item.deadline is None or item.deadline > at):  # another now, or none
            return False
        event = Event(DEADLINE, at, day_of(at, engine.zone))
        taken = self.take(ref, event, "clock", only=item.version, known=item)
        if isinstance(taken, Refused):
            return False
        self._courier.run(taken.rows, {}, taken.item)
        return True

    def fire_all(self, now: int, limit: int) -> int:
        """Fire the deadlines that have come; how many. See `Engine.due`."""
        fired = 0
        for ref, version in self._engine.store.overdue(now, limit):
            try:
                fired += self.fire(ref, version, now)
            except errors.OF_ONE_ITEM as fault:
                _log.error("the deadline of %s is not fired: %s", ref, errors.in_words(fault))
        return fired

    def kept(self, actor: str, key: str | None, fingerprint: str) -> Keyed | None:
        """What this actor's key was used for before. KeyReused where that was something else."""
        if key is None:
            return None
        kept = self._engine.store.keyed(actor, key)
        return kept if self.same(kept, fingerprint) else None

    @staticmethod
    def same(kept: Keyed | None, fingerprint: str) -> bool:
        """Whether a key was used before, for the same. KeyReused where for something else."""
        if kept is not None and not compare_digest(kept.fingerprint, fingerprint):
            raise errors.KeyReused("this key was used before for something else")
        return kept is not None

    def at_hand(self, ref: str) -> Item:
        """An item that the book's machine can go on with; it is brought to it where it must."""
        item = self._engine.store.get(ref)
        if item is None:
            raise errors.NoSuchItem
        return self.migrating.brought(item)

    def _over(self, item: Item, event: Event, answered: str | None) -> bool:
        """Whether what an event answers was answered while it was decided here."""
        if event.number is None:
            return False
        if all(each.number != event.number for each in item.pending):
            return True
        row = None if answered is None else self._engine.store.outgoing(answered)
        return row is not None and row.status == DONE


def _request(keyed: Keyed) -> tuple[str, str, str]:
    return keyed.actor, keyed.key, keyed.fingerprint
