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

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sstibet.deciding import Decider, Opinion
from sstibet.engine import access
from sstibet.engine.access import Access, Acting, check_mapping, check_text
from sstibet.engine.clock import SystemClock, day_of
from sstibet.engine.delivery import Courier
from sstibet.engine.editions import Editions
from sstibet.engine.ids import RandomIds
from sstibet.engine.opening import open_desk
from sstibet.engine.ports import Clock, Ids, Reply
from sstibet.engine.requests import Requests
from sstibet.engine.sight import Sight
from sstibet.engine.view import View
from sstibet.engine.wiring import check_ports
from sstibet.items.value import Event, Item, Refused
from sstibet.rulebook import Rulebook
from sstibet.settings import Settings
from sstibet.stores.records import Keyed, Store
from sstibet.sweeping import swept

if TYPE_CHECKING:
    from sstibet.engine.reconciling import Reconciled
    from sstibet.papers.desk import Checked
    from sstibet.papers.sealing import Sealed, Verifier
    from sstibet.premium.quote import Quote
    from sstibet.refunds import Entitlement
    from sstibet.sessions import Sessions


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
        settings: Settings | None = None,
        opinion: Opinion | None = None,
    ) -> None:
        self.book, self.store, self.ports = book, store, dict(ports)
        self.clock: Clock = clock or SystemClock()
        self.ids: Ids = ids or RandomIds()
        self.bureau: Any = None
        self._sessions: Sessions | None = None
        self.editions = Editions(book, store, opinion)
        self.decider: Decider = self.editions.today
        self.zone = book.contents.info.time_zone
        self.settings = settings or Settings.none()
        self.access = Access(book.contents, self.settings.agents)
        check_ports(book.contents, self.ports)
        self._courier = Courier(self)
        self._steps = self._courier.steps
        self._sight = Sight(self)
        self._requests = Requests(self, self._steps, self._sight)
        self.migrating = self._steps.migrating

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
        second_opinion: bool = False,
        bureau_path: str | Path | None = None,
    ) -> Engine:
        """A desk in memory, or on a file that another process can go on with.

        Args:
            path: the file; None for memory; ``"postgresql://…"`` for a server, which needs keys.
            book: the rule book; None for the one that comes with the library.
            ports: those that stand in for the embedded bureau's, by name.
            clock: None for the machine's own.
            ids: None for references from the system's source of chance.
            settings: keys and more; None for those in the file that ``SSTIBET_SETTINGS`` names.
                Without keys, a file's own stands beside it (``desk.db.key``).
            second_opinion: ask durable-rules as well, and take no step on which the two differ.
            bureau_path: the embedded bureau's file; None for the desk's own, or for memory where
                the desk is on a server.

        Raises:
            UnknownName: the book has no port of a name that is given.
            DurableMissing: a second opinion is wanted, and durable-rules isn't installed.
            OSError: the file can't be opened, or is no file of a desk; the server is away.
            ValueError: a server without keys, or a URL that can't be read.
            Spoilt: the file was made with other keys.
            PortMissing: a port lacks a verb that the book's items ask for.
        """
        return open_desk(
            cls, path, book=book, ports=ports, clock=clock, ids=ids, settings=settings,
            second_opinion=second_opinion, bureau_path=bureau_path,
        )  # fmt: skip

    def paper(self, ref: str, *, actor: str, on_behalf_of: str | None = None) -> Sealed:
        """The certificate of an item, whole and as its issuer sealed it: to be printed (see
        `sstibet.papers.press`), or handed on as JSON (its `text`). Nothing in it is masked.

        Raises:
            NoSuchItem: there is no such item of this actor, or of whom they may act for.
            NoPaper: it has no certificate, or none yet; or the owner must fetch it in person.
        """
        from sstibet.papers.desk import paper_of

        acting = self._acting(actor, on_behalf_of)
        return paper_of(self, self._sight.own(ref, acting), acting)

    def paper_verifiers(self) -> tuple[Verifier, ...]:
        """What judges the certificates that this desk believes: by the keys of its settings, and by
        the embedded bureau's own."""
        from sstibet.papers.desk import verifiers_of

        return verifiers_of(self)

    def verify_paper(self, sealed: Sealed) -> Checked:
        """Whether a certificate says what was signed by a key that this desk believes, and how it
        stands on its issuer's record: a payment in it may have been repaid since.

        Raises:
            PortMissing: the issuer tells nothing of single certificates.
            Unavailable: the issuer can't be reached, or its answer can't be read.
        """
        from sstibet.papers.desk import verify

        return verify(self, sealed)

    @property
    def sessions(self) -> Sessions:
        """Who is signed in. Raises LookupError at a desk that was given no `Sessions`."""
        if self._sessions is None:
            raise LookupError("this desk keeps no sessions: set desk.sessions = Sessions(…) first")
        return self._sessions

    @sessions.setter
    def sessions(self, sessions: Sessions) -> None:
        self._sessions = sessions

    @swept
    def start(
        self,
        item: str,
        *,
        actor: str,
        given: Mapping[str, Any] | None = None,
        key: str | None = None,
        on_behalf_of: str | None = None,
    ) -> View:
        """Begin an item.

        Args:
            item: its id, such as ``"resident_payment"``.
            actor: who begins it; it belongs to them. Who is not signed in is a `visitor`.
            on_behalf_of: whose it is to be, where an agent begins it by a role that they hold.
            given: the facts that it begins with, where it asks for any.
            key: the same key again returns the item that it began.

        Raises:
            UnknownName: the book has no such item.
            NotOpen: it is only called by other items, or is not open to this actor, or what it is
                given is wrong.
            KeyReused: the key was used for something else.
            KeyInFlight: the same request is being worked on just now.
        """
        return self._requests.begin(item, self._acting(actor, on_behalf_of), given, key)

    def visitor(self) -> str:
        """A new actor for somebody who is not signed in: may begin what is open to anyone, and
        reaches what it has begun. Whoever knows it is that visitor: it is kept like a password."""
        return access.visitor(self.ids.new("visitor"))

    def _acting(self, actor: object, on_behalf_of: object) -> Acting:
        """Who acts for whom, today."""
        if on_behalf_of is None:
            return self.access.alone(actor)
        return self.access.acting(actor, on_behalf_of, day_of(self.clock.now(), self.zone))

    @swept
    def send(
        self,
        ref: str,
        event: str,
        payload: Mapping[str, Any] | None = None,
        *,
        actor: str,
        key: str | None = None,
        on_behalf_of: str | None = None,
        version: int | None = None,
    ) -> View:
        """What a person does, or an agent ``on_behalf_of`` them: an event with its form's answers.

        Returns the view after it, or, where it was refused, the unchanged item with ``code``,
        ``problems`` by field, or the ``refusal`` of a rule. With a ``key`` the same request is
        taken once, however often it is sent. With the ``version`` of the view that the person had
        before them it is taken only while the item stands so, else refused as ``moved_on``.

        Raises:
            NoSuchItem: there is no such item of this actor, or of whom they may act for.
            KeyReused: the key was used for something else.
            KeyInFlight: the same request is being worked on just now.
        """
        acting = self._acting(actor, on_behalf_of)
        item, kept = self._sight.looked(ref, acting, key)
        check_mapping("a payload", payload)
        payload = payload or {}
        keyed: Keyed | None = None
        if key is not None:
            fingerprint = self._requests.fingerprint(acting.told(ref), event, payload)
            if self._steps.same(kept, fingerprint) and kept is not None:
                return self._sight.first_outcome(kept, acting)
            keyed = Keyed(actor, key, fingerprint, ref)
        if event not in self.decider.machines[item.head.item].rules.events or item.forgotten:
            return self._sight.seen(item, Refused("not_now"), acting=acting)
        if self._sight.withheld(acting, item, event):
            return self._sight.seen(item, Refused("in_person"), acting=acting)
        what = self._event(event, payload)
        left = self._sight.left(acting, event)
        taken = self._steps.take(ref, what, actor, keyed=keyed, only=version, known=item, left=left)
        if isinstance(taken, Refused):
            return self._sight.seen(self._sight.own(ref, acting), taken, acting=acting)
        if taken.kept is not None:  # the same request was quicker elsewhere
            return self._sight.first_outcome(taken.kept, acting)
        seen = self._courier.run(taken.rows, taken.secrets, taken.item).get(ref)
        return self._sight.seen(seen or self._sight.own(ref, acting), None, taken.steps, acting)

    @swept
    def save(
        self,
        ref: str,
        payload: Mapping[str, Any],
        *,
        actor: str,
        on_behalf_of: str | None = None,
        version: int | None = None,
    ) -> View:
        """Keep what was typed into the state's form so far, right or wrong, without going on.
        Secrets are not kept. With a ``version`` only while the item stands so, as in `send`."""
        return self._requests.save(ref, payload, self._acting(actor, on_behalf_of), version)

    @swept
    def view(self, ref: str, *, actor: str, on_behalf_of: str | None = None) -> View:
        """An item as it stands. NoSuchItem where this actor has none by this reference, and may not
        see one of whom they act for."""
        acting = self._acting(actor, on_behalf_of)
        return self._sight.seen(self._sight.own(ref, acting), acting=acting)

    @swept
    def worked_out(
        self, ref: str, *, actor: str, on_behalf_of: str | None = None
    ) -> tuple[Quote | Entitlement, ...]:
        """The answers of the rules that an item's amounts were taken from: a `Quote` for each row
        that was priced, or an `Entitlement`. Each explains itself, by the book that the item was
        opened under and on the day on which it was worked out (``answer.explain(language)``); what
        no form of the item shows of a person is hidden in it. Empty where nothing was worked out,
        where the item has changed since, or where what was personal in it is forgotten.

        Raises:
            NoSuchItem: there is no such item of this actor, or of whom they may act for.
            EditionGone: the store doesn't have the book that the item was opened under.
        """
        from sstibet.engine.explaining import worked_out

        return worked_out(self, self._sight.own(ref, self._acting(actor, on_behalf_of)))

    @swept
    def items(self, *, actor: str, limit: int = 100, on_behalf_of: str | None = None) -> list[View]:
        """An actor's own items, or those that they may see of whom they act for, the newest first;
        those called by others are inside of these. What was opened under another version of its
        machine is shown as it is to be gone on with; what can't be is told in the log and left
        out."""
        check_text("actor", actor)
        return self._sight.of_owner(self._acting(actor, on_behalf_of), limit)

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
        return self._steps.fire_all(self.clock.now() if now is None else now, limit)

    @swept
    def callback(self, port: str, key: str, reply: Reply) -> bool:
        """What a port tells later about the effect that it was asked for under ``key``.

        Returns whether it was taken: an answer that was given before is not taken twice.

        Raises:
            UnknownKey: nothing was ever asked of this port under this key.
        """
        return self._courier.callback(port, key, reply)

    @swept
    def receive(self, port: str, body: bytes, signature: str) -> bool:
        """A callback that came over a network: the one door for what can't be trusted.

        Verified are the signature (by a key of the settings' ``callbacks``, over the exact bytes),
        the time it says, its JSON, that its key was asked of this port for this item, and that it
        confirms the amount that was told. Returns whether it was taken: one that comes again is not
        taken twice, and does no harm.

        Raises:
            CallbackRefused: it is not taken. The reason is in the log, and nothing has changed.
            Conflict: others were quicker too often; whoever sent it shall send it again.
        """
        from sstibet.engine.callbacks import receive

        return receive(self, port, body, signature)

    @swept
    def reconcile(self, since: date | None = None) -> Reconciled:
        """Compare what gateway and ledger list with the items, and settle what can be settled.

        Args:
            since: the first day of the statements; None for that of the oldest item.

        Raises:
            PortMissing: nobody tells a statement; or the desk has ports of its own, and wasn't
                opened with them.
            Unavailable: a statement can't be had or read; what was settled till then stays so.
        """
        from sstibet.engine.reconciling import reconcile

        return reconcile(self, since)

    def close(self) -> None:
        """Let go of the store and the bureau."""
        self.store.close()
        if self.bureau is not None:
            self.bureau.close()

    def decider_of(self, item: Item) -> Decider:
        """What decides an item's events: by the rules of the book that it was opened under and the
        machine of today's. Raises EditionGone."""
        return self.decider if item.head.digest == self.book.digest else self.editions.of(item)

    def _event(self, name: str, payload: Mapping[str, Any]) -> Event:
        at = self.clock.now()
        return Event(name, at, day_of(at, self.zone), payload)
