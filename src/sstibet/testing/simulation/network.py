"""The network in a simulation: the gateway's callbacks as signed letters, told until they were
heard, and beside them a sender who wishes the desk ill, or a gateway that is mistaken.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from sstibet.engine.callbacks import Signer, write
from sstibet.engine.errors import CallbackRefused, NoSuchItem
from sstibet.engine.ports import Reply
from sstibet.settings import CallbackKey
from sstibet.stores.records import Outgoing
from sstibet.testing.simulation.acting import Task, Worker

if TYPE_CHECKING:
    from sstibet.bureau.signing import SignedCallback
    from sstibet.testing.simulation.world import Callback, World

PORT, MINUTES = "gateway", 5
SIGNER = Signer.shared("gateway-1", b"the gateway of the simulation's.")
_OTHER = Signer.shared("gateway-1", b"somebody else's, of 32 bytes too")
KEY = CallbackKey(
    where="", port=PORT, id=SIGNER.id, secret=b"the gateway of the simulation's.", minutes=MINUTES
)
_FORGED = "CH-FORGED"
_CHARGES = ("gateway.charge_card", "gateway.charge_qr")
_AT_ONCE = 4  # letters of one sender
_FAULTY = 0.6  # how many of the gateway's letters are lost, late, doubled or overtake others


@runtime_checkable
class Signs(Protocol):
    """What stands outside, where a port of it can sign its callbacks."""

    def sign_callbacks(self, port: str, signer: Signer) -> None:
        """From now on a port's callbacks come by `signed_callbacks` alone."""
        ...

    def signed_callbacks(self) -> Iterator[SignedCallback]:
        """Those that are due by now, each told once."""
        ...


@dataclass(frozen=True, slots=True)
class Letter:
    """A callback as it comes over the network, and what is ``wrong`` with it: nothing, if it is
    the gateway's own as it has signed it."""

    port: str
    key: str
    body: bytes
    signature: str
    wrong: str = ""

    @property
    def sent_at(self) -> int:
        """When it was sent, as it says."""
        return int(json.loads(self.body)["sent_at"])

    def saying(self, **changes: Any) -> Letter:
        """The same with another body beneath the same signature."""
        return dataclasses.replace(self, body=_dumped({**json.loads(self.body), **changes}))

    def by(self, signer: Signer) -> Letter:
        """The same, signed anew."""
        return dataclasses.replace(self, signature=signer.sign(self.body))


def _dumped(told: Any) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def letter(key: str, ref: str, reply: Reply, now: int) -> Letter:
    """What the gateway sends."""
    body = write(PORT, key, ref, reply, now)
    return Letter(PORT, key, body, SIGNER.sign(body))


class Network:
    """The gateway's sender and whoever else writes to the desk, of one world."""

    def __init__(self, world: World, on: bool) -> None:
        outside: object = world.outside
        self._world, self._gateway = world, outside if on and isinstance(outside, Signs) else None
        self.sent, self._rng = list[Letter](), random.Random(f"letters {world.plan.seed}")
        self._heard: dict[Task | None, Letter | None] = {}  # by each task now, if it is wrong
        if self._gateway is not None:
            self._gateway.sign_callbacks(PORT, SIGNER)

    @property
    def on(self) -> bool:
        """Whether the gateway calls back over the network here."""
        return self._gateway is not None

    def signs(self, port: str) -> bool:
        """Whether a port's callbacks are letters here."""
        return self.on and port == PORT

    def drawn(self) -> Iterator[tuple[str, Reply]]:
        """What the gateway has to tell by now. Its own signatures are looked at as well."""
        for each in () if self._gateway is None else self._gateway.signed_callbacks():
            assert each.signature == SIGNER.sign(each.body)
            told = json.loads(each.body)
            yield told["key"], Reply(told["answer"], told["facts"])

    def post(self, at: Worker) -> int:
        """The gateway tells a worker what it has to tell; how many letters were heard."""
        world, heard = self._world, 0
        if self.on:
            world.drew(PORT, self.drawn(), self._fault)
            for each in world.callbacks(PORT):
                heard += 1
                self.tell(each, at)
        return heard

    def _fault(self) -> int | None:
        """What befalls a letter on its way: mostly something."""
        return self._rng.randrange(4) if self._rng.random() < _FAULTY else None

    def tell(self, call: Callback, at: Worker) -> None:
        """One callback is told as it was signed when it was sent; it is told anew, with the time
        that it is by then, where it was refused."""
        world = self._world
        row = world.laws.rows[call.key]
        sent = letter(call.key, row.ref, call.reply, call.sent_at)
        self.sent.append(sent)
        world.point(f"a letter about {call.key} comes")
        if self.receive(sent, at) is None:
            call.sent_at = call.due = world.clock.at
        else:
            world.told(call)

    def receive(self, each: Letter, at: Worker) -> bool | None:
        """A letter comes to a worker; whether it was taken, None where it was refused."""
        world, law = self._world, self._world.laws.law
        stale = abs(at.engine.clock.now() - each.sent_at) > 60 * MINUTES
        what, done = each.wrong or ("its time is over" if stale else ""), world.done_by_this()
        by = world.scheduler.running
        self._heard[by] = each if what else None
        try:
            taken = at.engine.receive(each.port, each.body, each.signature)
        except CallbackRefused:
            world.say(f"a letter about {each.key} is refused: {what or 'nothing is wrong with it'}")
            same = done == world.done_by_this()
            law("refused_does_nothing", same, each.key, "was refused, and something was done")
            law("genuine_taken", bool(what), each.key, "is genuine, and was refused")
            return None
        finally:
            self._heard[by] = None
        heard = "taken" if taken else "known"
        world.say(f"a letter about {each.key} is {heard}{what and ': '}{what}")
        law("signed_alone", not what, each.key, "wasn't refused:", what)
        left = self._waits(each.key)
        law("genuine_taken", bool(what) or not left, each.key, "was heard, and is waited for")
        return taken

    def done(self, by: Task | None, what: str, step: bool) -> None:
        """A task has done something: not for a letter that nothing may be done for."""
        each, law = self._heard.get(by), self._world.laws.law
        if each is not None:
            law("signed_alone", not step, each.key, what, "by a letter", each.wrong or "too late")
            # Of one that is only too late, this is told when it is over.
            law("refused_does_nothing", not each.wrong, each.key, what, "by a letter", each.wrong)

    def _waits(self, key: str) -> bool:
        laws = self._world.laws
        row = laws.rows.get(key)
        item = None if row is None else laws.items.get(row.ref)
        return row is not None and item is not None and any(
            each.number == row.number for each in item.pending
        )  # fmt: skip

    # Who wishes ill

    def forge(self, kind: int, nth: int, at: Worker, points: int) -> None:
        """Some letters come that must not be taken, and old ones, which must not be taken as if
        they were new."""

        def act() -> None:
            for n in range(_AT_ONCE):
                if (row := self._charge(nth)) is None:
                    return
                made: Letter | None = _KINDS[(kind + n) % len(_KINDS)](self, row, nth)
                if made is not None:
                    self.receive(made, at)

        if self.on and self._charge(nth) is not None:
            self._world.begun("letters", at, act, points)

    def _charge(self, nth: int) -> Outgoing | None:
        """A charge that was asked for: one that is waited for, where there is any."""
        asked = [each for each in self._world.laws.rows.values() if each.to in _CHARGES]
        asked = [each for each in asked if self._waits(each.key)] or asked
        return asked[nth % len(asked)] if asked else None

    def _would_be(self, row: Outgoing) -> Letter:
        """What the gateway would send of a charge, had it succeeded just now."""
        day = self._world.today().isoformat()
        facts = {"charge_no": _FORGED, "paid_on": day, "amount_due": row.told["amount_due"]}
        return letter(row.key, row.ref, Reply("succeeded", facts), self._world.clock.at)

    def _old(self, row: Outgoing, nth: int) -> Letter:
        """A letter that was sent; where there is none yet, what would be."""
        mine = [each for each in self.sent if each.key == row.key] or self.sent
        return mine[nth % len(mine)] if mine else self._would_be(row)

    def by_another(self, row: Outgoing, nth: int) -> Letter:
        """By somebody who hasn't the key."""
        return _wrong(self._would_be(row).by(_OTHER), "signed by somebody else")

    def altered_signature(self, row: Outgoing, nth: int) -> Letter:
        """With one bit of the signature changed."""
        sent = self._would_be(row)
        name, _, text = sent.signature.partition(".")
        signed = bytearray(base64.b64decode(text))
        signed[nth % len(signed)] ^= 1 << nth % 8
        altered = f"{name}.{base64.b64encode(signed).decode()}"
        return _wrong(dataclasses.replace(sent, signature=altered), "its signature is altered")

    def altered_amount(self, row: Outgoing, nth: int) -> Letter:
        """With the amount changed on its way."""
        sent = self._old(row, nth)
        facts = json.loads(sent.body)["facts"]
        facts |= {"amount_due": _more(facts.get("amount_due", "0.00"), nth)}
        return _wrong(sent.saying(facts=facts), "its amount is altered")

    def altered_item(self, row: Outgoing, nth: int) -> Letter | None:
        """With another item's reference in place of its own."""
        other = self._other(row, nth)
        sent = self._would_be(row)
        return other and _wrong(sent.saying(ref=other.ref), "its item is altered")

    def altered_time(self, row: Outgoing, nth: int) -> Letter | None:
        """An old letter, with another time: that of now, mostly."""
        sent = self._old(row, nth)
        now = self._world.clock.at
        again = sent.saying(sent_at=now if now != sent.sent_at else now + 1)
        return _wrong(again, "its time is altered")

    def anothers_signature(self, row: Outgoing, nth: int) -> Letter:
        """An old signature beneath what it wasn't made for."""
        old, sent = self._old(row, nth), self._would_be(row)
        signature = old.signature if old.body != sent.body else f"{SIGNER.id}.AAAA"
        return _wrong(dataclasses.replace(sent, signature=signature), "an old signature")

    def another_amount(self, row: Outgoing, nth: int) -> Letter:
        """By the gateway itself, about another amount than it was told."""
        sent = self._would_be(row)
        facts = json.loads(sent.body)["facts"]
        facts |= {"amount_due": _more(facts["amount_due"], nth)}
        return _wrong(sent.saying(facts=facts).by(SIGNER), "about another amount")

    def another_item(self, row: Outgoing, nth: int) -> Letter | None:
        """By the gateway itself, about another item than it was asked for."""
        other = self._other(row, nth)
        sent = self._would_be(row)
        return other and _wrong(sent.saying(ref=other.ref).by(SIGNER), "about another item")

    def another_port(self, row: Outgoing, nth: int) -> Letter:
        """A right letter at another port's door."""
        sent = self._old(row, nth)
        return _wrong(dataclasses.replace(sent, port="bank"), "at another port's door")

    def again(self, row: Outgoing, nth: int) -> Letter | None:
        """An old letter as it was sent, word for word."""
        return self._old(row, nth) if self.sent else None

    def _other(self, row: Outgoing, nth: int) -> Outgoing | None:
        others = [each for each in self._world.laws.rows.values() if each.ref != row.ref]
        return others[nth % len(others)] if others else None

    def person(self, kind: int, nth: int, at: Worker, points: int) -> None:
        """A person tells their own item what only the gateway can tell."""
        world, laws = self._world, self._world.laws
        waiting = [(i, each) for i in laws.items.values() for each in i.pending]
        if not self.on or not waiting:
            return
        item, pending = waiting[nth % len(waiting)]
        ref, owner, event = item.head.ref, item.head.actor, f"{pending.name}.succeeded"
        facts = {"charge_no": _FORGED, "paid_on": world.today().isoformat(), "number": 1}

        def act() -> None:
            try:
                view = at.engine.send(ref, event, facts if kind % 2 else {}, actor=owner)
            except NoSuchItem:
                return
            laws.law("signed_alone", view.refused, owner, "has told", ref, event)

        world.begun(f"{owner} tells {event}", at, act, points)


def _wrong(sent: Letter, why: str) -> Letter:
    return dataclasses.replace(sent, wrong=why)


def _more(amount: str, nth: int) -> str:
    """Another amount than this: more, or less."""
    fen = int(amount.replace(".", ""))
    fen += 1 + nth % 50_000 if nth % 2 or fen == 0 else -1 - nth % fen
    return f"{fen // 100}.{fen % 100:02}"


_KINDS: Sequence[Any] = (
    Network.by_another, Network.another_amount, Network.again, Network.another_item,
    Network.altered_signature, Network.altered_amount, Network.altered_item,
    Network.altered_time, Network.anothers_signature, Network.another_port, Network.again,
)  # fmt: skip
