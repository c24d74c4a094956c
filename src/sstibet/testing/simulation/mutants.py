"""Mutants: the engine with one of its safeguards switched off. The simulator must see each of them.

Where two safeguards keep the same thing, so that one alone is never missed, a mutant switches both
off and says so. ``MUTANTS`` has them by name, each with the laws that it may break first.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sstibet.bureau.bureau import Sums
from sstibet.engine.clock import day_of
from sstibet.engine.delivery import Courier, Seen
from sstibet.engine.engine import Engine
from sstibet.engine.ports import Call, Clock, Reply
from sstibet.engine.rows import OfOne, Secrets
from sstibet.engine.steps import Steps
from sstibet.items.documents import DEADLINE, FAILED
from sstibet.items.value import Event, Item, Pending, Refused
from sstibet.money import Money
from sstibet.rulebook import Rulebook
from sstibet.stores.records import DONE, Change, Conflict, Keyed, Outgoing, Past
from sstibet.stores.sqlite import SqliteStore
from sstibet.testing.simulation import doors
from sstibet.testing.simulation.filling import SECRET
from sstibet.testing.simulation.parts import BureauOutside, Parts


class Under:
    """What stands between an engine and its store, and does nothing yet."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class NoVersionCheck(Under):
    """A step is written over whatever is there. The history's own key (reference and version) is a
    second safeguard, so the line is numbered after what is there as well."""

    def commit(self, change: Change) -> None:
        there = None if change.expected is None else self.inner.get(change.item.head.ref)
        if there is not None and there.version != change.expected:
            version = there.version + 1
            past = change.past and change.past._replace(version=version)
            item = change.item._replace(version=version)
            change = change._replace(item=item, expected=there.version, past=past)
        self.inner.commit(change)


class NoKeys(Under):
    """No request's key is kept."""

    def commit(self, change: Change) -> None:
        self.inner.commit(change._replace(keyed=None))

    def keyed(self, actor: str, key: str) -> Keyed | None:
        return None

    def look(self, ref: str, actor: str, key: str) -> tuple[Item | None, Keyed | None]:
        return self.inner.get(ref), None


class KeysApart(Under):
    """A request's key is kept in a transaction of its own, after the step."""

    def commit(self, change: Change) -> None:
        self.inner.commit(change._replace(keyed=None))
        if change.keyed is not None:
            self.kept[change.keyed.actor, change.keyed.key] = change.keyed

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        # It is lost with its process: the transaction was never made.
        self.kept = dict[tuple[str, str], Keyed]()

    def keyed(self, actor: str, key: str) -> Keyed | None:
        return self.kept.get((actor, key))

    def look(self, ref: str, actor: str, key: str) -> tuple[Item | None, Keyed | None]:
        return self.inner.get(ref), self.keyed(actor, key)


class NoTime(Under):
    """A person's request doesn't see that the time of a state is over."""

    def look(self, ref: str, actor: str, key: str) -> tuple[Item | None, Keyed | None]:
        item, keyed = self.inner.look(ref, actor, key)
        return item and item._replace(deadline=None), keyed


class Hasty(Under):
    """A step is acknowledged before it is written: it is written when the store is asked next. (One
    that tells a port something isn't acknowledged before that, so it is let alone.)"""

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        self.left = list[Change]()

    def commit(self, change: Change) -> None:
        self._write()
        if change.outgoing:
            self.inner.commit(change)
        else:
            self.left.append(change)

    def _write(self) -> None:
        while self.left:
            self.inner.commit(self.left.pop(0))

    def __getattr__(self, name: str) -> Any:
        self._write()
        return getattr(self.inner, name)


class OutboxApart(Under):
    """The item is written in one transaction and its rows in the next, which a killed worker or a
    full disk leaves out."""

    def commit(self, change: Change) -> None:
        if not change.outgoing or change.expected is None:
            self.inner.commit(change)
            return
        self.inner.commit(change._replace(outgoing=()))
        item = self.inner.get(change.item.head.ref)
        again = item._replace(version=item.version + 1)
        self.inner.commit(Change(again, item.version, None, change.outgoing))


class LosesRows(Under):
    """Of two rows that a step writes, or of one that follows an answer, one is lost."""

    def commit(self, change: Change) -> None:
        if change.answered is not None:
            change = change._replace(outgoing=change.outgoing[1:])
        self.inner.commit(change)


class ClosesEarly(Under):
    """A row is over once it is claimed: at most once, instead of at least once."""

    def claim(self, now: int, until: int, limit: int) -> list[Outgoing]:
        found: list[Outgoing] = self.inner.claim(now, until, limit)
        for row in found:
            self.inner.mark(row.key, DONE)
        return found


class NeverAgain(Under):
    """What a worker has left behind is claimed by nobody."""

    def claim(self, now: int, until: int, limit: int) -> list[Outgoing]:
        return []


class NoHistory(Under):
    """Now and then a step leaves no line of history."""

    def commit(self, change: Change) -> None:
        if change.answered is not None:
            change = change._replace(past=None)
        self.inner.commit(change)


class ChangesHistory(Under):
    """A line of history is changed after it was written."""

    def history(self, ref: str) -> list[Past]:
        return [line._replace(actor="?") for line in self.inner.history(ref)]


class KeepsSecrets(Under):
    """What a form was given is kept whole, its secrets too."""

    def commit(self, change: Change) -> None:
        if any(row.secret for row in change.outgoing):
            answers = {**change.item.answers, "withdrawal_password": SECRET}
            change = change._replace(item=change.item._replace(answers=answers))
        self.inner.commit(change)


class SwallowsConflicts(Under):
    """Who was slower is told that the step was written."""

    def commit(self, change: Change) -> None:
        with contextlib.suppress(Conflict):
            self.inner.commit(change)


class BitByBit(SqliteStore):
    """Each statement is a transaction of its own."""

    def commit(self, change: Change) -> None:
        write, ref = self._write, change.item.head.ref
        write.item(change.item, change.expected)
        if change.past is not None:
            write.past(ref, change.past)
        for row in change.outgoing:
            write.row(row, change.claimed, change.item.version)
        write.change(change._replace(past=None, outgoing=(), expected=change.item.version))


class OwnWords(Under):
    """A conflict is told in the words of the database."""

    def commit(self, change: Change) -> None:
        try:
            self.inner.commit(change)
        except Conflict:
            raise OSError("database is locked") from None


class ForgetsWaiting(Under):
    """What may still answer is forgotten by the step."""

    def commit(self, change: Change) -> None:
        self.inner.commit(change._replace(item=change.item._replace(pending=())))


class PaysNothing(Under):
    """The amount is lost on the way to the store."""

    def commit(self, change: Change) -> None:
        answers = change.item.answers
        if "charge_no" in answers:
            item = change.item._replace(answers={**answers, "amount_due": "0.00"})
            change = change._replace(item=item)
        self.inner.commit(change)


class NoLeases(Under):
    """Rows are claimed though somebody has them: what is written is nobody's from the first."""

    def commit(self, change: Change) -> None:
        self.inner.commit(change._replace(claimed=0))

    def claim(self, now: int, until: int, limit: int) -> list[Outgoing]:
        found: list[Outgoing] = self.inner.claim(now, now, limit)
        return found


class ChargesAgain:
    """A gateway that charges each time that it is asked: it knows no keys and no orders."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.charged, self.given_back = list[Money](), list[Money]()
        self.last = dict[str, Reply]()

    def __getattr__(self, verb: str) -> Any:
        if verb == "ready":  # it answers at once, and calls nobody back
            raise AttributeError(verb)
        return getattr(self.inner, verb)

    def charge_card(self, call: Call, *, amount_due: Money, **told: Any) -> Reply:
        self.charged.append(amount_due)
        number, day = f"CH-AGAIN-{len(self.charged)}", call.day.isoformat()
        facts = {"charge_no": number, "paid_on": day, "amount_due": amount_due}
        self.last[call.ref] = Reply("succeeded", facts)
        return self.last[call.ref]

    def charge_qr(self, call: Call, *, amount_due: Money) -> Reply:
        return self.charge_card(call, amount_due=amount_due)

    def query(self, call: Call) -> Reply:
        return self.last.get(call.ref, Reply("not_found"))

    def close(self, call: Call) -> Reply:
        return self.last.get(call.ref, Reply("closed"))

    def give_back(self, call: Call, *, charge_no: str, amount_due: Money) -> Reply:
        self.given_back.append(amount_due)
        return Reply("given_back", {"given_back_on": call.day.isoformat()})


class Forgetful(BureauOutside):
    """A bureau with such a gateway."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.gateway = ChargesAgain(self.ports["gateway"])
        self.ports = {**self.ports, "gateway": self.gateway}

    def money(self) -> Sums:
        sums = super().money()
        charged = sum(self.gateway.charged, sums.charged)
        back = sum(self.gateway.given_back, sums.given_back)
        return dataclasses.replace(sums, charged=charged, given_back=back)


class BooksInWord:
    """A ledger that says it has booked a charge in, and hasn't."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, verb: str) -> Any:
        return getattr(self.inner, verb)

    def book(self, call: Call, **told: Any) -> Reply:
        day = call.day.isoformat()
        return Reply("booked", {"voucher_no": "454016251000000001", "booked_on": day})


class DeclaresTwice(BureauOutside):
    """A bureau at which one period is declared and paid as often as one likes. That the ledger
    looks, and that its table has an index, are two safeguards; both are off."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.bureau._database.run("DROP INDEX bureau_lines_live")
        ledger: Any = self.bureau.port("ledger")
        ledger._before = lambda lines: None


class _Mutant(Engine):
    """An engine whose courier or steps are other ones."""

    courier: type[Courier] = Courier
    taker: type[Steps] = Steps

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._courier = self.courier(self)
        self._steps = self._courier.steps = self.taker(self, self._courier)


class _NewKeys(Courier):
    """Each delivery is made under a new key."""

    def _ask(self, row: Outgoing, secrets: OfOne, seen: Seen) -> Reply | None:
        again = row._replace(key=f"{row.key}:{row.attempts}")
        return super()._ask(again if row.attempts else row, secrets, seen)


class _FiresTwice(Steps):
    """A deadline is fired whatever version the item has by now, and whether or not its state's own
    time is over: two safeguards, and both are off."""

    def fire(self, ref: str, version: int, now: int | None = None) -> bool:
        at = self._engine.clock.now() if now is None else now
        taken = self.take(ref, Event(DEADLINE, at, day_of(at, self._engine.zone)), "clock")
        if isinstance(taken, Refused):
            return False
        self._courier.run(taken.rows, {}, taken.item)
        return True


class _AnswersTwice(Courier):
    """A row is answered though it is over. The item's own list of what is pending and the row that
    is over are two safeguards; both are off. A third is the machine, in whose next states most
    answers are none that could be taken."""

    def _answer(
        self, row: Outgoing, answer: Reply, seen: Seen
    ) -> list[tuple[Outgoing, Secrets]] | None:
        item = self.steps.at_hand(row.ref)
        if all(each.number != row.number for each in item.pending):
            pending = (*item.pending, Pending(row.name, row.number))
            seen[row.ref] = item._replace(pending=pending)
        else:
            seen[row.ref] = item
        return super()._answer(row, answer, seen)


class _RowOver(Under):
    """A row may be answered though it is over."""

    def commit(self, change: Change) -> None:
        self.inner.commit(change._replace(answered=None))
        if change.answered is not None:
            self.inner.mark(change.answered, DONE)


class _WrongItem(Courier):
    """A callback is taken for the newest item that waits for one of that name."""

    def callback(self, port: str, key: str, answer: Reply) -> bool:
        store = self._engine.store
        own = store.outgoing(key)
        for ref in store.refs() if own is not None else ():
            for row in store.rows(ref) if ref != getattr(own, "ref", "") else ():
                if own is not None and row.name == own.name and row.status != DONE:
                    return super().callback(port, row.key, answer)
        return super().callback(port, key, answer)


class _TakesSilence(Courier):
    """A port that can't be reached has done what it was asked for."""

    def _ask(self, row: Outgoing, secrets: OfOne, seen: Seen) -> Reply | None:
        answer = super()._ask(row, secrets, seen)
        done = _DONE.get(row.to)
        failed = answer is not None and answer.answer == FAILED
        return Reply(done) if failed and done is not None else answer


_DONE = {"ledger.hold": "held", "ledger.release": "released", "gateway.close": "closed"}


class _AnyPort(Courier):
    """A callback is taken from any port."""

    def callback(self, port: str, key: str, answer: Reply) -> bool:
        row = self._engine.store.outgoing(key)
        port = port if row is None else row.to.partition(".")[0]
        return super().callback(port, key, answer)


class _AnyUse(Steps):
    """A key that was used stands for whatever is asked under it."""

    @staticmethod
    def same(kept: Keyed | None, fingerprint: str) -> bool:
        return kept is not None


def _engine(of: type[Courier] = Courier, by: type[Steps] = Steps) -> Callable[..., Engine]:
    return type("Mutant", (_Mutant,), {"courier": of, "taker": by})


def _port(of: str, made: Callable[[object], object]) -> Callable[[str, object], object]:
    return lambda name, port: made(port) if name == of else port


class Deaf(Parts):
    """A book whose payment doesn't take what comes late, once it has been left."""

    def the_book(self) -> Rulebook:
        contents = super().the_book().contents
        payment = contents.items["payment"]
        states = {
            name: dataclasses.replace(state, ignores=(), on={}) if state.ends else state
            for name, state in payment.states.items()
        }
        items = {**contents.items, "payment": dataclasses.replace(payment, states=states)}
        return Rulebook(dataclasses.replace(contents, items=items), "deaf", self.root)

    @property
    def root(self) -> Any:
        return super().the_book().root


@dataclass(frozen=True)
class Mutant:
    """Parts with a safeguard switched off, and the laws of which one is broken first."""

    parts: Parts
    laws: Sequence[str]


__all__ = ["MUTANTS", "Mutant"]
MUTANTS: Mapping[str, Mutant] = {
    "no_version_check": Mutant(Parts(before_store=NoVersionCheck), ["versions_chain"]),
    "no_idempotency_row": Mutant(Parts(before_store=NoKeys), ["key_once"]),
    "key_apart": Mutant(Parts(before_store=KeysApart), ["key_once"]),
    "acknowledged_early": Mutant(Parts(before_store=Hasty), ["acknowledged_stays"]),
    "new_key_each_time": Mutant(Parts(make_engine=_engine(_NewKeys)), ["stable_key"]),
    "deadline_twice": Mutant(Parts(make_engine=_engine(by=_FiresTwice)), ["deadline_once"]),
    "too_late": Mutant(Parts(before_store=NoTime), ["not_too_late"]),
    "outbox_apart": Mutant(Parts(before_store=OutboxApart), ["nothing_lost"]),
    "bit_by_bit": Mutant(Parts(open_store=lambda: BitByBit(None)), ["whole_or_nothing"]),
    "lost_row": Mutant(Parts(before_store=LosesRows), ["nothing_lost"]),
    "closed_early": Mutant(Parts(before_store=ClosesEarly), ["nothing_lost"]),
    "never_again": Mutant(Parts(before_store=NeverAgain), ["quiet"]),
    "no_history": Mutant(Parts(before_store=NoHistory), ["history_whole"]),
    "secret_kept": Mutant(Parts(before_store=KeepsSecrets), ["no_secret"]),
    "history_changed": Mutant(Parts(before_watch=ChangesHistory), ["history_whole"]),
    "charged_again": Mutant(Parts(before_store=NoLeases, outside=Forgetful), ["charged_once"]),
    "booked_in_word": Mutant(Parts(before_port=_port("ledger", BooksInWord)), ["money_adds_up"]),
    "declared_twice": Mutant(Parts(outside=DeclaresTwice), ["one_live_payment"]),
    "answered_twice": Mutant(
        Parts(before_store=_RowOver, make_engine=_engine(_AnswersTwice)),
        ["answer_as_told", "answers_taken"],
    ),
    "wrong_item": Mutant(Parts(make_engine=_engine(_WrongItem)), ["answer_as_told"]),
    "any_port": Mutant(Parts(make_engine=_engine(_AnyPort)), ["answer_as_told", "no_surprise"]),
    "silence_taken": Mutant(Parts(make_engine=_engine(_TakesSilence)), ["answer_as_told"]),
    "any_use_of_a_key": Mutant(Parts(make_engine=_engine(by=_AnyUse)), ["key_means_one"]),
    "conflict_swallowed": Mutant(Parts(before_store=SwallowsConflicts), ["acknowledged_stays"]),
    "conflict_in_own_words": Mutant(Parts(before_store=OwnWords), ["no_surprise"]),
    "deaf": Mutant(Deaf(), ["answers_taken", "genuine_taken"]),
    "waiting_forgotten": Mutant(Parts(before_store=ForgetsWaiting), ["goes_on"]),
    "amount_lost": Mutant(Parts(before_store=PaysNothing), ["never"]),
    "any_signature": Mutant(Parts(make_engine=doors.AnySignature), ["signed_alone"]),
    "any_age": Mutant(Parts(make_engine=doors.AnyAge), ["signed_alone"]),
    "any_item": Mutant(Parts(make_engine=doors.AnyItem), ["signed_alone"]),
    "any_amount": Mutant(Parts(make_engine=doors.AnyAmount), ["signed_alone"]),
    "refused_and_written": Mutant(Parts(make_engine=doors.WritesFirst), ["refused_does_nothing"]),
    "heard_and_left": Mutant(Parts(make_engine=doors.HearsOnly), ["genuine_taken"]),
    "agent_for_anybody": Mutant(Parts(make_engine=doors.FOR_ANYBODY), ["agent_reaches"]),
    "agent_for_ever": Mutant(Parts(make_engine=doors.FOR_EVER), ["agent_reaches"]),
    "agent_of_any_item": Mutant(Parts(make_engine=doors.ANY_ITEM_OF), ["agent_reaches"]),
    "nothing_withheld": Mutant(Parts(make_engine=doors.NOTHING_WITHHELD), ["withheld"]),
    "agent_unnamed": Mutant(Parts(make_engine=_engine(by=doors.Unnamed)), ["agent_named"]),
}
