"""The bureau's face: opened on a file or in memory, told how to behave, asked for totals."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from sstibet.bureau.accounts import Accounts
from sstibet.bureau.agency import Agency
from sstibet.bureau.agreements import Agreements, Bank
from sstibet.bureau.database import Database
from sstibet.bureau.gateway import Gateway
from sstibet.bureau.identity import Identity
from sstibet.bureau.ledger import Ledger
from sstibet.bureau.messages import Messages, code_in
from sstibet.bureau.office import Hook, Office
from sstibet.bureau.papers import Papers
from sstibet.bureau.passwords import CHEAP, STRONG, Hashing
from sstibet.bureau.people import ROLES, Cast, Person, cast_of, read_persons
from sstibet.bureau.registry import Registry
from sstibet.bureau.seeding import demo_password, seed_of, seed_once
from sstibet.bureau.session_table import SessionTable
from sstibet.bureau.signing import SignedCallback, signed
from sstibet.bureau.users import FACE, Users
from sstibet.engine.clock import day_of
from sstibet.engine.ports import Clock
from sstibet.money import Money
from sstibet.vault import Vault

if TYPE_CHECKING:
    from sstibet.engine.callbacks import Signer
    from sstibet.papers.sealing import Signer as PaperSigner

SEED = 54
_OTHER = "other port "


@dataclass(frozen=True, slots=True)
class Sums:
    """What was charged, booked in, given back by the gateway, and refunded by the ledger, in all.

    Once nothing is under way, ``booked == charged - given_back``.
    """

    charged: Money
    booked: Money
    given_back: Money
    refunded: Money


@dataclass(frozen=True, slots=True)
class LivePayment:
    """A line that is being paid or paid and not refunded: of one person, insurance and period
    there is never more than one. ``seeded`` ones are from before the bureau was opened."""

    actor: str
    enrolment: str
    scheme: str
    period: str
    declaration_no: str
    status: str
    amount: Money
    seeded: bool

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.declaration_no!r})"


class Bureau:
    """A complete small bureau (税务、社保、银行 in one) behind all of the ports.

    >>> bureau = Bureau.open(clock=clock)                      # doctest: +SKIP
    >>> bureau.tell("gateway.charge_card", mood="never", times=1)   # doctest: +SKIP
    """

    def __init__(
        self,
        office: Office,
        hashing: Hashing,
        codes: Callable[[], str],
        clock: Clock,
        paper_signer: PaperSigner | None = None,
    ) -> None:
        self._office, self._database, self.clock = office, office.database, clock
        self._messages = Messages(office, codes)
        ports = [
            Registry(office),
            Ledger(office),
            Accounts(office),
            Agreements(office),
            Bank(office),
            Gateway(office),
            Identity(office),
            Users(office, hashing, self._messages),
            self._messages,
            Papers(office, paper_signer),
            Agency(office),
        ]
        office.open(ports)
        self.session_table = SessionTable(self._database)

    @classmethod
    def open(
        cls,
        path: str | Path | None = None,
        *,
        clock: Clock,
        seed: int = SEED,
        persons: int = 300,
        zone: str = "Asia/Shanghai",
        hashing: Hashing | None = None,
        codes: Callable[[], str] | None = None,
        vault: Vault | None = None,
        paper_signer: PaperSigner | None = None,
    ) -> Bureau:
        """A bureau on a file, or in memory.

        Args:
            path: an SQLite file; the engine's own may be given, and another process may have it
                open. None: in memory.
            clock: tells the day on which the persons are as they are; their ages and payments are
                relative to it. It counts only where the file isn't filled yet.
            seed: which persons are invented.
            persons: how many; the cast is always among them.
            zone: the time zone of days.
            hashing: the cost of passwords; None is ``STRONG`` in a file, and ``CHEAP`` in memory,
                where there is nothing to steal. The invented users' are hashed cheaply, and, like
                all that were hashed at another cost, anew when they sign in.
            codes: makes the six digits of a text message (a seeded one for tests); without it
                nobody can guess them.
            vault: seals what is personal in a file; without it the file's key stands beside it
                (``desk.db.key``). What is in memory is sealed by a key that ends with it.
            paper_signer: seals certificates; without it a key of the bureau's own, which stays the
                same for as long as the file does.

        Raises:
            OldSqlite: the SQLite found is older than 3.51.3.
            RuntimeError: the file is of a later version of the library.
            Spoilt: the file was made with other keys.
        """
        today = day_of(clock.now(), zone)
        if path is None:
            image, theirs = _image((seed, persons, today.isoformat()), zone)
            database = Database(None, theirs, image)
        else:
            database = Database(path, vault or Vault.beside(path))
        cost = hashing or (CHEAP if path is None else STRONG)
        try:
            office = Office(database, zone, seed)
            seed_once(office, seed, persons, today)
            return cls(office, cost, codes or _six_digits, clock, paper_signer)
        except BaseException:
            database.close()
            raise

    def ports(self) -> dict[str, object]:
        """The ports by their names, for the engine."""
        return dict(self._office.ports)

    def port(self, name: str) -> object:
        """One port. KeyError where there is none of this name."""
        return self._office.ports[name]

    def note_others(self, names: Iterable[str]) -> None:
        """Remember that these ports are somebody else's at the desk: what they did, this bureau
        doesn't know."""
        for name in sorted(self._office.ports.keys() & {*names} - self.others):
            self._database.run("INSERT OR IGNORE INTO bureau_meta VALUES (?, 1)", _OTHER + name)

    @property
    def others(self) -> frozenset[str]:
        """The ports that were ever somebody else's at the desk."""
        sql = "SELECT substr(name, ?) AS port FROM bureau_meta WHERE name LIKE ? || '%'"
        rows = self._database.rows(sql, len(_OTHER) + 1, _OTHER)
        return frozenset(str(row["port"]) for row in rows)

    def tell(
        self,
        verb: str,
        mood: str,
        *,
        seconds: int | None = None,
        times: int | None = None,
        reason: str | None = None,
    ) -> None:
        """Tell a verb, all verbs of a port, or all (``*``) how to behave from now on.

        Args:
            verb: such as ``"gateway.charge_card"``, ``"gateway"`` or ``"*"``; the nearest counts.
            mood: when a verb answers that may answer later: ``prompt`` at once, ``later`` (as
                usual) when its port is next looked at, ``slow`` so many ``seconds`` later,
                ``late`` the thing happens at once and is told ``seconds`` later, ``twice``,
                ``never`` it happens and is told nobody, ``early`` the callback comes before the
                answer (by `on_early`). What it answers: ``refuse``. Whether it is reached:
                ``down`` (nothing is done), ``lost_reply`` (it is done, and the connection breaks).
                ``usual`` takes all of these back.
            times: only the next so many times.
            reason: what is said where it refuses.

        Raises:
            ValueError: there is no such verb or mood, or the verb cannot refuse.
        """
        self._office.moods.tell(verb, mood, seconds, times, reason)

    @property
    def on_early(self) -> Hook | None:
        """What an early callback is handed to: ``(port, key, reply)``. Without it, it comes with
        the next ones that are ready."""
        return self._office.on_early

    @on_early.setter
    def on_early(self, hook: Hook | None) -> None:
        self._office.on_early = hook

    def sign_callbacks(self, port: str, signer: Signer) -> None:
        """From now on a port's callbacks are to be had from `signed_callbacks` and no other way, as
        if they came over a network. KeyError where there is no such port."""
        self._office.signers[self._office.ports[port].name] = signer

    def signed_callbacks(self) -> Iterator[SignedCallback]:
        """The callbacks that are due, written and signed; one whose taker breaks down over it comes
        again."""
        return signed(self._office, self.clock.now())

    def persons(self) -> list[Person]:
        """All persons, as they are now."""
        return read_persons(self._database)

    def cast(self) -> Cast:
        """Those who have a part to play."""
        return cast_of(read_persons(self._database, first=len(ROLES)))

    def demo_password(self, person: Person | str) -> str:
        """The password of an invented user, as long as it wasn't changed."""
        seed = seed_of(self._office)
        assert seed is not None
        return demo_password(seed, _actor(person))

    def demo_face(self) -> str:
        """The one face scan that the bureau takes; the invented phone gives it for everybody."""
        return FACE

    def inbox(self, mobile: str) -> list[str]:
        """The text messages that this object has sent to a number; they are on no disk."""
        return self._messages.texts(mobile)

    def inboxes(self) -> dict[str, list[str]]:
        """All of them that have a message, by number."""
        return self._messages.all_texts()

    def code(self, mobile: str) -> str:
        """The code of the last message to a number. LookupError where there is none."""
        texts = self.inbox(mobile)
        if not texts:
            raise LookupError("no message was sent to this number")
        return code_in(texts[-1])

    def money(self) -> Sums:
        """Totals of all money so far, that of the invented past included."""
        sums = {
            "charged": "SELECT sum(amount) AS fen FROM bureau_orders WHERE status = 'succeeded'",
            "booked": "SELECT sum(amount) AS fen FROM bureau_payments",
            "given_back": "SELECT sum(amount) AS fen FROM bureau_orders WHERE given_back_on > ''",
            "refunded": "SELECT sum(given_back) AS fen FROM bureau_payments",
        }
        rows = {name: self._database.row(sql) for name, sql in sums.items()}
        return Sums(**{name: Money((row and row["fen"]) or 0) for name, row in rows.items()})

    def live_payments(self) -> list[LivePayment]:
        """Every line that is being paid, or paid and not wholly refunded."""
        sql = (
            "SELECT l.insured AS actor, l.enrolment, l.scheme, l.period, l.declaration_no, "
            "d.status, l.amount, d.seeded FROM bureau_lines l JOIN bureau_declarations d "
            "USING (declaration_no) LEFT JOIN bureau_payments p "
            "ON p.declaration_no = l.declaration_no AND p.line = l.line "
            "WHERE d.status IN ('being_paid', 'paid') "
            "AND (p.payment IS NULL OR p.given_back < p.amount OR p.amount = 0) "
            "ORDER BY l.enrolment, l.period, l.declaration_no"
        )
        return [
            LivePayment(**{**row, "amount": Money(row["amount"]), "seeded": bool(row["seeded"])})
            for row in self._database.rows(sql)
        ]

    def reseal(self, limit: int) -> int:
        """Seal anew, under the current key, some of what another key has sealed; how many were.
        Zero: nothing is left that needs another key."""
        return self._database.reseal(limit)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> Bureau:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return "<Bureau>"


@lru_cache(maxsize=8)
def _image(key: tuple[int, int, str], zone: str) -> tuple[bytes, Vault]:
    """A freshly filled bureau as bytes, and the vault that it is sealed by: opening the next one in
    memory takes no new filling."""
    from datetime import date

    seed, persons, today = key
    vault = Vault.fresh()
    database = Database(None, vault)
    seed_once(Office(database, zone, seed), seed, persons, date.fromisoformat(today))
    image = database.image()
    database.close()
    return image, vault


def _six_digits() -> str:
    return f"{secrets.randbelow(10**6):06d}"


def _actor(person: Person | str) -> str:
    return person if isinstance(person, str) else person.actor
