"""What a simulation is made of: an embedder puts their own book, store and ports in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from sstibet.bureau import Bureau, Person
from sstibet.bureau.bureau import LivePayment, Sums
from sstibet.bureau.moods import SIDES, USUAL
from sstibet.bureau.signing import SignedCallback
from sstibet.deciding import Decider, decider
from sstibet.engine.callbacks import Signer
from sstibet.engine.engine import Engine
from sstibet.engine.ports import Clock, Reply
from sstibet.rulebook import Rulebook, load
from sstibet.stores.records import Store
from sstibet.stores.sqlite import SqliteStore
from sstibet.testing.simulation.rights import HOLDINGS, Holding

ITEMS = (
    "resident_payment", "flexible_payment", "resident_payment", "refund", "resident_payment",
    "void_declaration", "flexible_payment", "void_declaration", "base_confirmation",
    "debit_agreement",
)  # fmt: skip
PEOPLE = ("resident", "neighbour", "helped", "flexible", "worker", "refunder", "agreed")
# Who has anything to do there, by their places in PEOPLE; of others, anybody may.
AT_HOME = {
    "resident_payment": (0, 1, 2),
    "flexible_payment": (3, 4),
    "refund": (5, 5, 0),
    "void_declaration": (0, 1),
    "base_confirmation": (3, 4),
}
VERBS = (
    "gateway.charge_card", "gateway.charge_qr", "gateway.charge_qr", "gateway.query",
    "gateway.close", "gateway.give_back", "gateway", "gateway", "ledger.hold", "ledger.release",
    "ledger.book", "ledger.book", "ledger.declare", "ledger.void", "ledger.reserve_refund",
    "ledger", "bank", "agency", "registry", "*",
)  # fmt: skip
MOODS = tuple(SIDES)


class Outside(Protocol):
    """What stands outside of the engine: the ports, the persons, and how the money stands there."""

    ports: Mapping[str, object]
    people: Sequence[Person]

    def disturb(self, verb: int, mood: int, times: int) -> str | None:
        """Behave otherwise from now on; what exactly, in words, or None where nothing changed."""
        ...

    def calm(self) -> None:
        """Behave as usual again."""
        ...

    def on_early(self, hook: Callable[[str, str, Reply], None]) -> None:
        """Hand callbacks that come before their verb has answered to this."""
        ...

    def money(self) -> Sums:
        """How much was charged, booked and given back so far."""
        ...

    def live_payments(self) -> Iterable[LivePayment]:
        """What is being paid, or paid and not given back."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


class BureauOutside:
    """The embedded bureau, in memory, with its invented persons."""

    def __init__(self, clock: Clock) -> None:
        self.bureau = Bureau.open(clock=clock, persons=24)
        self.ports: Mapping[str, object] = self.bureau.ports()
        cast = self.bureau.cast()
        self.people: Sequence[Person] = [getattr(cast, name) for name in PEOPLE]
        self._told = dict[str, None]()

    def disturb(self, verb: int, mood: int, times: int) -> str | None:
        """A mood of one verb, of a port or of all, for some times or until further notice."""
        target, told = VERBS[verb % len(VERBS)], MOODS[mood % len(MOODS)]
        try:
            self.bureau.tell(target, told, times=times or None)
        except ValueError:
            return None  # this verb can't refuse
        self._told[target] = None
        return f"{target} is {told}"

    def calm(self) -> None:
        """Every mood is over."""
        for target in self._told:
            self.bureau.tell(target, USUAL)

    def on_early(self, hook: Callable[[str, str, Reply], None]) -> None:
        """See `Outside`."""
        self.bureau.on_early = hook

    def sign_callbacks(self, port: str, signer: Signer) -> None:
        """From now on a port's callbacks come by `signed_callbacks` alone."""
        self.bureau.sign_callbacks(port, signer)

    def signed_callbacks(self) -> Iterator[SignedCallback]:
        """Those that are due by now, each told once."""
        return self.bureau.signed_callbacks()

    def money(self) -> Sums:
        """See `Outside`."""
        return self.bureau.money()

    def live_payments(self) -> Iterable[LivePayment]:
        """See `Outside`."""
        return self.bureau.live_payments()

    def close(self) -> None:
        """See `Outside`."""
        self.bureau.close()


@dataclass(frozen=True)
class Parts:
    """What is put together.

    Args:
        book: the rule book; None for the one that comes with the library.
        open_store: opens the one store that all workers share.
        outside: opens what stands outside of the engine, as the true clock goes.
        make_engine: makes the engine of one worker, called as `Engine` is.
        before_store: what stands between an engine and its store: nothing.
        before_watch: what stands before the store, where the laws look on: nothing.
        before_port: what stands before a port, by the port's name: nothing.
        items: what persons begin.
        network: whether a gateway whose `Outside` is a `Signs` too calls back over the network, in
            some of the seeds, with forged letters beside its own.
        agents: who acts for others in some of the seeds, and tries what isn't theirs; roles that
            the book doesn't have are left out.
    """

    book: Rulebook | None = None
    open_store: Callable[[], Store] = lambda: SqliteStore(None)
    outside: Callable[[Clock], Outside] = BureauOutside
    make_engine: Callable[..., Engine] = Engine
    before_store: Callable[[Any], Any] = lambda store: store
    before_watch: Callable[[Any], Any] = lambda store: store
    before_port: Callable[[str, object], object] = lambda name, port: port
    items: Sequence[str] = ITEMS
    network: bool = True
    agents: Sequence[Holding] = HOLDINGS

    def the_book(self) -> Rulebook:
        """The rule book."""
        return _shipped() if self.book is None else self.book

    def the_decider(self) -> Decider:
        """What decides the book's events."""
        book = self.the_book()
        return decider(book.contents, book.digest)


@cache
def _shipped() -> Rulebook:
    return load()
