"""The engine: items begun, gone on with, and seen to their end.

>>> desk = Engine.open()                                            # doctest: +SKIP
>>> view = desk.start("resident_payment", actor=person)             # doctest: +SKIP
>>> view = desk.send(view.ref, "submit", {...}, actor=person)       # doctest: +SKIP

Every step is read → decide → one transaction: the item (compare and swap on its version), its
history, its effects, the request's key. Effects are delivered after that, at least once, each under
a stable key; what they answer comes back as an event. Those that answer at once are delivered
before ``send`` returns, so that one ``send`` brings the next screen.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from sstibet.deciding import Decider, decider
from sstibet.engine import errors
from sstibet.engine.clock import SystemClock, day_of
from sstibet.engine.delivery import Courier
from sstibet.engine.ids import RandomIds
from sstibet.engine.ports import Clock, Ids, Reply
from sstibet.engine.steps import TRIES
from sstibet.engine.view import View
from sstibet.engine.viewing import make_view
from sstibet.engine.wiring import check_ports
from sstibet.forms.reading import read
from sstibet.items.value import Event, Item, Refused
from sstibet.plain import plain
from sstibet.rulebook import Rulebook, load
from sstibet.settings import Settings
from sstibet.stores.records import Change, Conflict, Keyed, Store
from sstibet.stores.snapshot import to_json
from sstibet.sweeping import swept
from sstibet.text import UnknownName
from sstibet.vault import Vault

_log = logging.getLogger("sstibet.engine")


class Engine:
    """A desk at which items are done: a book, a store, ports, a clock.

    ``Engine.open()`` has everything in memory, with the embedded bureau behind its ports.
    """

    def __init__(
        self,
        book: Rulebook,
        *,
        store: Store,
        ports: Mapping[str, object],
        clock: Clock | None = None,
        ids: Ids | None = None,
    ) -> None:
        self.book, self.store, self.ports = book, store, dict(ports)
        self.clock: Clock = clock or SystemClock()
        self.ids: Ids = ids or RandomIds()
        self.bureau: Any = None
        self.decider: Decider = decider(book.contents, book.digest)
        self.zone = book.contents.info.time_zone
        check_ports(book.contents, self.ports)
        self._courier = Courier(self)
        self._steps = self._courier.steps

    @classmethod
    @swept
    def open(
        cls,
        path: str | Path | None = None,
        *,
        book: Rulebook | None = None,
        ports: Mapping[str, object] | None = None,
        clock: Clock | None = None,
        ids: Ids | None = None,
        settings: Settings | None = None,
    ) -> Engine:
        """A desk in memory, or on a file that another process can go on with.

        Args:
            path: the file; None for memory.
            book: the rule book; None for the one that comes with the library.
            ports: those that stand in for the embedded bureau's, by name.
            clock: None for the machine's own.
            ids: None for references from the system's source of chance.
            settings: keys and more; None for those in the file that ``SSTIBET_SETTINGS`` names.
                Without keys, a file's own stands beside it (``desk.db.key``).

        Raises:
            OSError: the file can't be opened, or is no file of a desk.
            Spoilt: the file was made with other keys.
            PortMissing: a port lacks a verb that the book's items ask for.
        """
        from sstibet.bureau import Bureau
        from sstibet.stores.sqlite import SqliteStore

        place = None if path is None else str(path)
        time = clock or SystemClock()
        settings = settings or Settings.found()
        vault = Vault(settings.secrets) if settings.keys else None
        if place is not None:
            _usable(place)
        bureau = Bureau.open(place, clock=time)
        engine = cls(
            book or load(),
            store=SqliteStore(place, vault),
            ports={**bureau.ports(), **(ports or {})},
            clock=time,
            ids=ids,
        )
        engine.bureau = bureau
        return engine

    @swept
    def start(
        self,
        item: str,
        *,
        actor: str,
        given: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> View:
        """Begin an item.

        Args:
            item: its id, such as ``"resident_payment"``.
            actor: who begins it; it belongs to them.
            given: the facts that it begins with, where it asks for any.
            key: the same key again returns the item that it began.

        Raises:
            UnknownName: the book has no such item.
            NotOpen: it is only called by other items, or what it is given is wrong.
            KeyReused: the key was used for something else.
            KeyInFlight: the same request is being worked on just now.
        """
        _text("actor", actor)
        _mapping("what an item begins with", given)
        given = given or {}
        self._open(item)
        fingerprint = "" if key is None else self._fingerprint("start", item, given)
        for _ in range(TRIES):
            if (kept := self._kept(actor, key, fingerprint)) is not None:
                return self._first_outcome(kept)
            ref = self.ids.new(item)
            keyed = Keyed(actor, key, fingerprint, ref) if key is not None else None
            try:
                refused = self._steps.begin(item, ref, actor, given, None, keyed)
            except Conflict:  # another was quicker with the key, or the reference is somebody's
                continue
            if refused is not None:
                wrong = "; ".join(f"{each.field}: {each.code}" for each in refused.problems)
                raise errors.NotOpen(f"{item!r} cannot begin with what it is given: {wrong}")
            return self.view(ref, actor=actor)
        raise Conflict(item)

    def _open(self, item: str) -> None:
        if item not in self.book.contents.items:
            raise UnknownName("item", item, self.book.contents.items)
        if self.book.contents.items[item].open_to == "items":
            raise errors.NotOpen(f"{item!r} is called by other items and not begun by itself")

    @swept
    def send(
        self,
        ref: str,
        event: str,
        payload: Mapping[str, Any] | None = None,
        *,
        actor: str,
        key: str | None = None,
    ) -> View:
        """What a person does: an event with the answers of its form.

        Returns the view after it, or, where it was refused, the unchanged item with ``code``,
        ``problems`` by field, or the ``refusal`` of a rule. With a ``key`` the same request is
        taken once, however often it is sent.

        Raises:
            NoSuchItem: there is no such item of this actor.
            KeyReused: the key was used for something else.
            KeyInFlight: the same request is being worked on just now.
        """
        _mapping("a payload", payload)
        payload = payload or {}
        item, kept = self._looked(ref, actor, key)
        keyed: Keyed | None = None
        if key is not None:
            fingerprint = self._fingerprint(ref, event, payload)
            if self._steps.same(kept, fingerprint) and kept is not None:
                return self._first_outcome(kept)
            keyed = Keyed(actor, key, fingerprint, ref)
        machine = self.decider.machines[item.head.item]
        if event not in machine.rules.events or item.forgotten:
            return self._seen(item, Refused("not_now"))
        known: Item | None = item
        if item.deadline is not None and item.deadline <= self.clock.now():
            self._steps.fire(ref, item.version)  # nobody goes on in a state whose time is over
            known = None
        what = self._event(event, payload)
        taken = self._steps.take(ref, what, actor, keyed=keyed, known=known)
        if isinstance(taken, Refused):
            return self._seen(self._own(ref, actor), taken)
        if taken.kept is not None:  # the same request was quicker elsewhere
            return self._first_outcome(taken.kept)
        if not taken.rows and taken.item is not None:
            return self._seen(taken.item, None, taken.steps)
        self._courier.run(taken.rows, taken.secrets, taken.item)
        return self._seen(self._own(ref, actor), None, taken.steps)

    @swept
    def save(self, ref: str, payload: Mapping[str, Any], *, actor: str) -> View:
        """Keep what was typed into the state's form so far, right or wrong, without going on.
        Secrets are not kept."""
        _mapping("a payload", payload)
        for _ in range(TRIES):
            item = self._own(ref, actor)
            form = self.decider.machines[item.head.item].rules.states[item.state].form
            if form is None or item.forgotten:
                return self._seen(item, Refused("not_now"))
            now = self.clock.now()
            bound = self.decider.bound(item, form, day_of(now, self.zone))
            typed = {**item.drafts.get(form, {}), **payload}  # perhaps one page of several
            drafts = {**item.drafts, form: read(bound, typed).draft}
            kept = item._replace(version=item.version + 1, drafts=drafts)
            try:
                self.store.commit(Change(kept, item.version))
            except Conflict:
                continue
            return self._seen(kept)
        raise Conflict(ref)

    @swept
    def view(self, ref: str, *, actor: str) -> View:
        """An item as it stands. NoSuchItem where this actor has none by this reference."""
        return self._seen(self._own(ref, actor))

    @swept
    def items(self, *, actor: str, limit: int = 100) -> list[View]:
        """An actor's own items, the newest first; those called by others are inside of these.
        What was opened under another version of its machine can't be shown and is left out."""
        found = self.store.of_actor(actor, limit)
        return [self._seen(item) for item in found if self._steps.fits(item)]

    @swept
    def deliver(self, limit: int = 100) -> int:
        """Deliver what is due: effects that a process left behind, and the callbacks that ports
        have ready. Returns how many were delivered."""
        return self._courier.deliver(limit)

    @swept
    def due(self, now: int | None = None, limit: int = 1000) -> int:
        """Fire the deadlines that have come by ``now`` (seconds since 1970; None: the clock's),
        each once, late rather than never. Returns how many. One that can't be fired is told in the
        log and stands in no other's way."""
        at, fired = self.clock.now() if now is None else now, 0
        for ref, version in self.store.overdue(at, limit):
            try:
                fired += self._steps.fire(ref, version, at)
            except errors.OF_ONE_ITEM as fault:
                _log.error("the deadline of %s is not fired: %s", ref, errors.in_words(fault))
        return fired

    @swept
    def callback(self, port: str, key: str, reply: Reply) -> bool:
        """What a port tells later about the effect that it was asked for under ``key``.

        Returns whether it was taken: an answer that was given before is not taken twice.

        Raises:
            UnknownKey: nothing was ever asked of this port under this key.
        """
        return self._courier.callback(port, key, reply)

    def close(self) -> None:
        """Let go of the store and the bureau."""
        self.store.close()
        if self.bureau is not None:
            self.bureau.close()

    def _event(self, name: str, payload: Mapping[str, Any]) -> Event:
        at = self.clock.now()
        return Event(name, at, day_of(at, self.zone), payload)

    def _own(self, ref: str, actor: str) -> Item:
        return self._if_own(ref, actor, self.store.get(ref))

    def _if_own(self, ref: str, actor: str, item: Item | None) -> Item:
        if item is None or item.head.actor != actor:
            raise errors.NoSuchItem(errors.NONE_HERE)
        return self._steps.fitting(item)

    def _looked(self, ref: str, actor: str, key: str | None) -> tuple[Item, Keyed | None]:
        """The actor's item, and what the request's key was used for."""
        if key is None:
            return self._own(ref, actor), None
        _text("key", key)
        item, kept = self.store.look(ref, actor, key)
        return self._if_own(ref, actor, item), kept

    def _first_outcome(self, kept: Keyed) -> View:
        """What a request led to that was taken before: its item as it is now, with the steps that
        the request was. KeyInFlight where it is still being worked on."""
        if self.store.busy(kept.ref, self.clock.now()):
            raise errors.KeyInFlight("the request under this key is being worked on")
        item = self._own(kept.ref, kept.actor)
        steps = next(
            (p.steps for p in self.store.history(kept.ref) if p.version == kept.version), ()
        )
        return self._seen(item, None, steps)

    def _seen(
        self, item: Item, refused: Refused | None = None, steps: tuple[str, ...] = ()
    ) -> View:
        at = self.clock.now()
        machine, inner = self.decider.machines[item.head.item], None
        for each in reversed(item.pending):
            if each.name in machine.rules.calls:
                called = self.store.get(f"{item.head.ref}.{each.number}")
                if called is not None and self._steps.fits(called) and not self._over(called):
                    inner = self._seen(called)
                    break
        return make_view(self.decider, item, at, day_of(at, self.zone), inner, refused, steps)

    def _over(self, item: Item) -> bool:
        return item.state in self.decider.machines[item.head.item].ends

    def _kept(self, actor: str, key: str | None, fingerprint: str) -> Keyed | None:
        if key is not None:
            _text("key", key)
        return self._steps.kept(actor, key, fingerprint)

    def _fingerprint(self, what: str, name: str, payload: Mapping[str, Any]) -> str:
        """What was asked, without secrets: not even their hash is kept."""
        facts = self.decider.contents.dictionary.facts
        told = {
            key: value
            for key, value in payload.items()
            if key in facts and facts[key].kind != "secret"
        }
        text = to_json([what, name, plain(dict(sorted(told.items())))])
        return self.store.fingerprint(sha256(text.encode()).hexdigest())


def _usable(path: str) -> None:
    """OSError where a desk's file can't be opened, or is something else."""
    import apsw

    try:
        connection = apsw.Connection(path)
        connection.set_busy_timeout(10_000)  # another process may just be opening it
        connection.execute("PRAGMA schema_version")
        connection.close()
    except apsw.Error as error:
        raise OSError(f"{path} cannot be the file of a desk: {error}") from None


def _mapping(name: str, value: object) -> None:
    if value is not None and not isinstance(value, Mapping):
        raise TypeError(f"{name} is a mapping from facts, not {type(value).__name__}")


def _text(name: str, value: object) -> None:
    whole = type(value) is str and not any("\ud800" <= each <= "\udfff" for each in value)
    if not whole or not 1 <= len(str(value)) <= 200:
        raise TypeError(f"{name} must be a text of 1 to 200 characters")
