"""Delivery: effects told to their ports, calls begun, ends told to the caller; and what they answer
brought back as events.

A row of the outbox is delivered at least once under its stable key. What answers at once is gone on
with at once, up to a bound; the rest waits for `Engine.deliver` or for a callback.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sstibet.deciding import BookFault
from sstibet.deciding.machine import verb_of
from sstibet.engine.access import findable
from sstibet.engine.clock import day_of
from sstibet.engine.errors import ANSWERED, OF_ONE_ITEM, UnknownKey, in_words
from sstibet.engine.migrating import awaited
from sstibet.engine.ports import Call, CallsBack, Reply, Unavailable
from sstibet.engine.replies import Unconfirmed, checked, replied
from sstibet.engine.rows import LEASE, OfOne, Rows, Secrets
from sstibet.engine.steps import Steps, Taken
from sstibet.items.documents import FAILED, LOST
from sstibet.items.value import Caller, Event, Item, Refused
from sstibet.personal import veiled
from sstibet.problems import BadValue
from sstibet.stores.records import (
    CALL,
    DONE,
    DUE,
    EFFECT,
    END,
    RETRY,
    WAITING,
    Conflict,
    Outgoing,
)

if TYPE_CHECKING:
    from sstibet.engine.engine import Engine

_log = logging.getLogger("sstibet.engine")

ROUNDS = 100  # most deliveries that one call goes on with; the rest is left to `deliver`
BACKOFF = (5, 30, 120, 600)  # seconds until a port that broke is asked again

Seen = dict[str, Item]  # items as one call has seen them last


class Courier(Rows):
    """Delivers what an engine's steps bring about."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.steps = Steps(engine, self)

    def run(self, rows: Sequence[Outgoing], secrets: Secrets, known: Item | None = None) -> Seen:
        """Deliver rows, and what follows from their answers, up to a bound; the items as they were
        seen last. ``known`` is the item whose rows they are, as it was just written."""
        todo, done, kept = list(rows), 0, dict(secrets)
        seen = {} if known is None else {known.head.ref: known}
        while todo and done < ROUNDS:
            done += 1
            try:
                for more, their_secrets in self._deliver(todo[0], kept.pop(todo[0].key, {}), seen):
                    todo.append(more)
                    kept |= their_secrets
            except Unconfirmed as doubt:  # nothing is taken, and who has asked is told no error
                _log.error("%s: it is asked again", in_words(doubt))
                self._let_go(todo[:1])
            except Exception:
                self._let_go(todo)
                raise
            del todo[0]
        self._let_go(todo)
        return seen

    def _let_go(self, rows: Sequence[Outgoing]) -> None:
        """Leave rows to whoever delivers next: this call works on them no more."""
        now = self._engine.clock.now()
        for row in rows:
            try:
                self._engine.store.mark(row.key, RETRY, now + self._wait(row))
            except Exception as error:  # then its lease comes to an end by itself
                _log.error("%s could not be let go (%s)", row.key, type(error).__name__)

    def deliver(self, limit: int) -> int:
        """Rows that a process left behind, and callbacks that ports have ready."""
        engine, done = self._engine, 0
        now = engine.clock.now()
        for row in engine.store.claim(now, now + LEASE, limit):
            try:
                self.run([row], {})
            except OF_ONE_ITEM as fault:  # one that can't be taken stands in no other's way
                _log.error("%s is tried again: %s", row.key, in_words(fault))
                continue
            done += 1
        return done + sum(
            self._poll(name, port)
            for name, port in engine.ports.items()
            if isinstance(port, CallsBack)
        )

    def _poll(self, name: str, port: CallsBack) -> int:
        """Take the callbacks that a port has ready, one by one; how many were taken."""
        ready, done = None, 0
        while True:
            try:
                ready = ready or iter(port.ready(self._engine.clock.now()))
                found = next(ready, None)
            except Exception as error:  # whatever a port breaks by, the others are still asked
                _log.error("%s.ready broke (%s)", name, type(error).__name__)
                return done
            if found is None:
                return done
            done += self._ready(name, *found)

    def _ready(self, port: str, key: str, answer: Reply) -> bool:
        """Take one callback of those that a port has ready; what it can't have been asked is told
        in the log."""
        try:
            return self.callback(port, key, answer)
        except Conflict:
            raise  # what is told again the next time is not lost
        except OF_ONE_ITEM as fault:
            _log.error("a callback of %s was not taken: %s", port, in_words(fault))
            return False

    def _wait(self, row: Outgoing) -> int:
        return BACKOFF[min(row.attempts, len(BACKOFF) - 1)]

    def callback(self, port: str, key: str, answer: Reply) -> bool:
        """An answer that comes by itself; see `Engine.callback`."""
        row, item = self._engine.store.asked(findable(key))
        if row is None or row.kind != EFFECT or row.to.partition(".")[0] != port:
            raise UnknownKey("nothing was asked of this port under this key")
        seen: Seen = {} if item is None else {row.ref: self.steps.migrating.brought(item)}
        followed = self._answer(row, answer, seen)
        if followed is None:
            return False
        for rows, secrets in followed:
            self.run([rows], secrets, seen.get(rows.ref))
        return True

    def _deliver(self, row: Outgoing, secrets: OfOne, seen: Seen) -> list[tuple[Outgoing, Secrets]]:
        if row.kind == END:
            return self._tell_end(row, seen)
        if awaited(self._at_hand(row.ref, seen), row.number) is None:
            # Answered before, whatever the row says.
            self._engine.store.mark(row.key, DONE)
            return []
        if row.kind == CALL:
            return self._begin(row, seen)
        answer = self._ask(row, secrets, seen)
        return [] if answer is None else self._answer(row, answer, seen) or []

    def _at_hand(self, ref: str, seen: Seen) -> Item:
        """An item as this call has seen it last. Whether it is that still is found out when a step
        of it is written."""
        if ref not in seen:
            seen[ref] = self.steps.at_hand(ref)
        return seen[ref]

    def _ask(self, row: Outgoing, secrets: OfOne, seen: Seen) -> Reply | None:
        """The port's answer; None where it broke and is asked again later."""
        engine = self._engine
        item = self._at_hand(row.ref, seen)
        if row.secret and not secrets:
            return Reply(LOST)
        port, _, verb = row.to.partition(".")
        at = engine.clock.now()
        call = Call(row.key, row.ref, item.head.actor, at, day_of(at, engine.zone))
        told = {name: self._typed(item, row, name, value) for name, value in row.told.items()}
        try:
            answer: Reply = getattr(engine.ports[port], verb)(call, **told, **secrets)
        except Unavailable:
            return Reply(FAILED) if self._first(row) else self._again(row)
        except Exception as error:  # whatever a port breaks by, its effect isn't lost
            # The message may repeat what the port was told, so only the kind is written down.
            _log.error("%s broke (%s); %s is tried again", row.to, type(error).__name__, row.key)
            return self._again(row)
        return replied(row, answer)

    def _first(self, row: Outgoing) -> bool:
        """Whether nobody has asked before. Where somebody has, and heard no answer, the effect may
        be done: that the port can't be reached now doesn't say that nothing was."""
        now = self._engine.store.outgoing(row.key)
        return now is not None and row.attempts == now.attempts == 0 and now.status == DUE

    def _again(self, row: Outgoing) -> Reply | None:
        """The port is asked again later; where that needs a secret, it can't be."""
        if row.secret:
            return Reply(LOST)
        now = self._engine.clock.now()
        self._engine.store.mark(row.key, RETRY, now + self._wait(row))
        return None

    def _typed(self, item: Item, row: Outgoing, name: str, value: Any) -> Any:
        """A value as its port is told it: of its own type, and masked where it is personal."""
        dictionary = self._engine.decider_of(item).contents.dictionary
        try:
            return dictionary.guarded(name, dictionary.read(name, value))
        except BadValue as bad:  # whose message may repeat it
            raise BookFault(f"{row.key}: {name!r} can't be told ({bad.code})") from None

    def _answer(
        self, row: Outgoing, answer: Reply, seen: Seen
    ) -> list[tuple[Outgoing, Secrets]] | None:
        """Bring a port's answer to its item; None where it is taken no more. BookFault where it is
        none that could be taken: nothing has changed, and the row stays to be answered."""
        engine = self._engine
        item = self._at_hand(row.ref, seen)
        name = awaited(item, row.number)
        if name is None:
            engine.store.mark(row.key, DONE)
            return None
        rules = engine.decider.machines[item.head.item].rules
        effect = rules.effects[name]
        verb = verb_of(engine.decider.contents.ports, effect)
        typed = engine.decider_of(item).contents.dictionary.read
        found = checked(row, effect, verb, answer, item, typed)
        progress = found.progress if found is not None else verb.later and answer.answer == LOST
        at = engine.clock.now()
        brought = answer.facts
        if found is not None and found.confirms:
            silent = set(found.confirms) - {*found.gives, *found.may_give}
            brought = {name: value for name, value in brought.items() if name not in silent}
        came = veiled(brought)
        event = Event(f"{name}.{answer.answer}", at, day_of(at, engine.zone), came, row.number)
        actor = row.to.partition(".")[0]
        answered = None if progress else row.key
        taken = self._take(row.ref, event, actor, answered, seen)
        if progress:
            engine.store.mark(row.key, WAITING)
        if isinstance(taken, Refused):
            if taken is not ANSWERED and not (progress and taken.code == "not_now"):
                facts = ", ".join(f"{each.field} {each.code}" for each in taken.problems)
                raise BookFault(f"{event.name} of {row.key} can't be taken: {taken.code} {facts}")
            return None
        return [(each, taken.secrets) for each in taken.rows]

    def _take(
        self, ref: str, event: Event, actor: str, answered: str | None, seen: Seen
    ) -> Taken | Refused:
        """A step, from the item as this call has seen it last to the next that it will see."""
        known = seen.pop(ref, None)
        taken = self.steps.take(ref, event, actor, answered=answered, known=known)
        if not isinstance(taken, Refused) and taken.item is not None:
            seen[ref] = taken.item
        return taken

    def _begin(self, row: Outgoing, seen: Seen) -> list[tuple[Outgoing, Secrets]]:
        engine = self._engine
        item = self._at_hand(row.ref, seen)
        called_as = awaited(item, row.number)
        if called_as is None:  # a migration has given it up before it was begun
            engine.store.mark(row.key, DONE)
            return []
        caller = Caller(row.ref, item.head.item, called_as, row.number)
        ref = f"{row.ref}.{row.number}"
        given = self._given(row, item, called_as)
        begun = self.steps.begin(row.to, ref, item.head.actor, given, caller, answered=row.key)
        if isinstance(begun, Refused):
            raise BookFault(f"{row.key}: {row.to!r} cannot begin with what it is given")
        seen.clear()  # the called item has gone its own way, perhaps to its end
        if begun is None:
            engine.store.mark(row.key, DONE)
        return []

    def _given(self, row: Outgoing, item: Item, call: str) -> Mapping[str, Any]:
        """What a called item begins with: as it was told, unless it asks for other facts by now."""
        machines = self._engine.decider.machines
        names = machines[row.to].rules.given
        with_ = machines[item.head.item].rules.calls[call].with_
        if set(names) == set(row.told):
            return row.told
        facts = {name: with_.get(name, name) for name in names}
        return {name: item.answers[f] for name, f in facts.items() if f in item.answers}

    def _tell_end(self, row: Outgoing, seen: Seen) -> list[tuple[Outgoing, Secrets]]:
        engine = self._engine
        item = self._at_hand(row.ref, seen)
        caller = item.head.caller
        assert caller is not None, "only a called item tells its end"
        if row.to != f"{row.name}.{item.state}":  # it has gone on since, and tells its next end
            engine.store.mark(row.key, DONE)
            return []
        name = awaited(self._at_hand(caller.ref, seen), caller.number)
        if name is None:  # a migration has given up awaiting it
            engine.store.mark(row.key, DONE)
            return []
        at = engine.clock.now()
        # What is wanted back may have other names by now than when it was written down.
        told = {**row.told, **self.end(item, caller).told}
        event = Event(f"{name}.{item.state}", at, day_of(at, engine.zone), told, row.number)
        taken = self._take(caller.ref, event, item.head.item, row.key, seen)
        if isinstance(taken, Refused):
            now = engine.store.outgoing(row.key)
            over = now is not None and now.status == DONE  # another process has told it
            if taken is not ANSWERED and not over:  # it is kept until the caller can take it
                _log.error("%s of %s was not taken: %s", row.to, row.key, taken.code)
                engine.store.mark(row.key, RETRY, at + self._wait(row))
            return []
        return [(each, taken.secrets) for each in taken.rows]
