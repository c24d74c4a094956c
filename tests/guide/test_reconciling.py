"""Reconciling: what is charged and not booked is found and settled; what doesn't add up is told to
a person, and never mended in silence.

Beside what `reconcile` says stand the bureau's own sums: once all is settled, booked is charged
less given back.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from base64 import b64encode
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from guide_kit import Desk, Visit, declare_pension, pay_by_card, yuan
from typer.testing import CliRunner

import sstibet
from engine_kit import Port
from postgres_kit import PostgresServer
from sstibet import Engine, PortMissing, Reconciled, Reply, Settings, Unavailable, reply
from sstibet.cli.app import app
from sstibet.cli.desks import has_bureau
from sstibet.stores.sqlite import SqliteStore

OpenDesk = Callable[..., Desk]
DAY = date(2025, 10, 15)
KEY = f"keys:\n  - {{id: one, secret: {b64encode(b'o' * 32).decode()}}}\n"


def codes(found: Reconciled) -> list[tuple[str, str, str]]:
    """What was found: kind, code, comparison."""
    return [(each.kind, each.code, each.of) for each in found.findings]


def balanced(desk: Desk) -> bool:
    sums = desk.bureau.money()
    return sums.booked == sums.charged - sums.given_back


def everything(engine: Engine) -> Any:
    store = engine.store
    return [(store.get(r), store.history(r), store.rows(r)) for r in store.refs()]


def unheard(desk: Desk, *, alipay: bool = False) -> Visit:
    """A payment that is charged, and of which nobody is told."""
    verb = "gateway.charge_qr" if alipay else "gateway.charge_card"
    desk.bureau.tell(verb, "never")
    visit = declare_pension(desk, desk.cast.resident)
    if alipay:
        visit.send(channel="alipay")
    else:
        pay_by_card(visit, desk.cast.resident)
    return visit


class Lying:
    """A statement that was altered, in front of the bureau's own port."""

    def __init__(self, port: Any, change: Callable[[list[dict[str, Any]]], Any], fact: str) -> None:
        self._port, self._change, self._fact = port, change, fact

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    def _lie(self, answer: Reply) -> Reply:
        rows = [dict(row) for row in answer.facts[self._fact]]
        changed = self._change(rows)
        return Reply(answer.answer, {self._fact: rows if changed is None else changed})

    def statement(self, call: Any, **told: Any) -> Reply:
        return self._lie(self._port.statement(call, **told))

    def bookings(self, call: Any, **told: Any) -> Reply:
        return self._lie(self._port.bookings(call, **told))


def lies(desk: Desk, port: str, fact: str, change: Callable[[Any], Any]) -> None:
    desk.engine.ports[port] = Lying(desk.engine.ports[port], change, fact)


def expired(desk: Desk) -> Visit:
    """A payment that has expired, after a gateway that knew nothing and closed the order; and which
    is charged after all."""
    gateway = desk.engine.ports["gateway"]

    class Forgetful:
        def __getattr__(self, name: str) -> Any:
            return getattr(gateway, name)

        def query(self, call: Any) -> Reply:
            return reply("not_found")

        def close(self, call: Any) -> Reply:
            return reply("closed")

    desk.engine.ports["gateway"] = Forgetful()
    visit = unheard(desk)
    desk.later(minutes=15)
    desk.later(minutes=30)
    assert visit.view.state == "declared_unpaid"
    return visit


class TestSettled:
    """A charge that its item was never told of is brought to it, in whatever state it is."""

    @pytest.mark.parametrize("alipay", [False, True], ids=["card", "code"])
    def test_a_lost_callback(self, desk: Desk, alipay: bool) -> None:
        visit = unheard(desk, alipay=alipay)
        assert not balanced(desk)
        found = desk.engine.reconcile()

        assert codes(found) == [("settled", "brought", "payment.charges")]
        assert (visit.view.state, found.agrees, balanced(desk)) == ("paid", True, True)
        again = desk.engine.reconcile()
        assert (again.findings, again.items) == ((), 1)
        assert dict(again.rows) == {"payment.charges": 1, "payment.bookings": 1}

    def test_an_order_whose_item_has_expired(self, desk: Desk) -> None:
        """The gateway says that it knows nothing, closes the order, and has charged after all."""
        visit = expired(desk)
        found = desk.engine.reconcile()

        assert codes(found) == [("settled", "brought", "payment.charges")]
        [each] = found.settled
        assert each.ref is not None
        assert desk.engine.store.get(each.ref).state == "booked_late"  # type: ignore[union-attr]  # it is there
        assert (visit.view.state, balanced(desk)) == ("paid", True)

    def test_a_charge_of_what_is_void_by_now_is_given_back(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        gateway = desk.engine.ports["gateway"]

        class Closing:
            def __getattr__(self, name: str) -> Any:
                return getattr(gateway, name)

            def close(self, call: Any) -> Reply:
                return reply("closed")

        desk.engine.ports["gateway"] = Closing()
        visit = unheard(desk)
        visit.send("cancel")
        visit.send("void_it")
        found = desk.engine.reconcile()

        assert codes(found) == [("settled", "brought", "payment.charges")]
        assert (visit.view.state, balanced(desk)) == ("voided", True)
        assert desk.engine.reconcile().findings == ()

    def test_a_booking_that_could_not_be_reached_is_tried_again(self, desk: Desk) -> None:
        desk.bureau.tell("ledger.book", "down", times=1)
        visit = unheard(desk)
        first = desk.engine.reconcile()
        assert [each[:2] for each in codes(first)] == [("settled", "brought")]
        assert visit.state == "booking_waits"
        desk.clock.forward(minutes=1)

        assert desk.engine.reconcile().findings == ()
        assert (visit.view.state, balanced(desk)) == ("paid", True)

    def test_two_at_once_settle_once(self, tmp_path: Path) -> None:
        desk = Desk.open(path=tmp_path / "desk.db")
        visit = unheard(desk)
        other = Desk.open(path=tmp_path / "desk.db")
        found = list[Reconciled]()
        both = threading.Barrier(2)

        def run(one: Desk) -> None:
            both.wait(timeout=20)
            found.append(one.engine.reconcile())

        threads = [threading.Thread(target=run, args=(each,)) for each in (desk, other)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(timeout=60)
        assert len(found) == 2
        assert all(each.agrees for each in found)
        assert (visit.view.state, balanced(desk)) == ("paid", True)
        history = (
            desk.engine.store.history(found[0].settled[0].ref or "") if found[0].settled else []
        )
        history = history or desk.engine.store.history(found[1].settled[0].ref or "")
        assert [each.event for each in history].count("card.succeeded") == 1
        other.close()
        desk.close()


class TestForAPerson:
    """What doesn't agree is told and left as it is."""

    def told(self, desk: Desk) -> list[tuple[str, str, str]]:
        """What is found, twice the same, with nothing changed by it."""
        before, money = everything(desk.engine), desk.bureau.money()
        found = desk.engine.reconcile()
        assert (everything(desk.engine), desk.bureau.money()) == (before, money)
        assert desk.engine.reconcile() == found
        assert not found.agrees
        return [each[1:] for each in codes(found)]

    def paid(self, desk: Desk) -> Visit:
        visit = declare_pension(desk, desk.cast.resident)
        pay_by_card(visit, desk.cast.resident)
        desk.deliver()
        assert visit.view.state == "paid"
        return visit

    def test_paid_where_the_gateway_knows_of_no_charge(self, desk: Desk) -> None:
        self.paid(desk)
        lies(desk, "gateway", "charges", lambda rows: [])
        assert self.told(desk) == [("missing", "payment.charges")]

    def test_paid_where_the_ledger_knows_of_no_booking(self, desk: Desk) -> None:
        self.paid(desk)
        lies(desk, "ledger", "bookings", lambda rows: [])
        assert self.told(desk) == [("missing", "payment.bookings")]

    def test_a_doubled_charge(self, desk: Desk) -> None:
        self.paid(desk)

        def double(rows: list[dict[str, Any]]) -> Any:
            return [*rows, *({**row, "charge_no": "CH-AGAIN"} for row in rows)]

        lies(desk, "gateway", "charges", double)
        assert self.told(desk) == [("doubled", "payment.charges")] * 2

    def test_a_doubled_charge_that_nobody_was_told_of(self, desk: Desk) -> None:
        visit = unheard(desk)

        def double(rows: list[dict[str, Any]]) -> Any:
            return [*rows, *({**row, "charge_no": "CH-AGAIN"} for row in rows)]

        lies(desk, "gateway", "charges", double)
        assert self.told(desk) == [("doubled", "payment.charges")] * 2
        assert visit.state == "charging"

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("amount", "200.01"),
            ("amount", "2.00"),
            ("charge_no", "CH-X"),
            ("paid_on", DAY.replace(day=14)),
        ],
    )
    def test_a_charge_that_differs(self, desk: Desk, column: str, value: Any) -> None:
        self.paid(desk)
        lies(desk, "gateway", "charges", lambda rows: [{**row, column: value} for row in rows])
        assert self.told(desk) == [(f"differs_{column}", "payment.charges")]

    def test_another_amount_is_never_brought(self, desk: Desk) -> None:
        """Though nobody was told of the charge: it isn't what was asked for."""
        visit = unheard(desk)
        lies(desk, "gateway", "charges", lambda rows: [{**r, "amount": "1.00"} for r in rows])
        assert self.told(desk) == [("differs_amount", "payment.charges")]
        assert visit.state == "charging"

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("amount", "1.00"),
            ("declaration_no", "5420251015x"),
            ("voucher_no", "454016251000000001"),
        ],
    )
    def test_a_booking_that_differs(self, desk: Desk, column: str, value: Any) -> None:
        self.paid(desk)
        lies(desk, "ledger", "bookings", lambda rows: [{**row, column: value} for row in rows])
        assert self.told(desk) == [(f"differs_{column}", "payment.bookings")]

    def test_a_booking_without_a_charge(self, desk: Desk) -> None:
        more = {"charge_no": "CH-NONE", "declaration_no": "1", "amount": "9.00",
                "voucher_no": "454016251000000001", "booked_on": DAY}  # fmt: skip
        self.paid(desk)
        lies(desk, "ledger", "bookings", lambda rows: [*rows, more] if rows else rows)
        assert self.told(desk) == [("unknown", "payment.bookings")]

    @pytest.mark.parametrize("order", ["nobody", "x" * 400, "", "藏", "'; --"])
    def test_a_charge_of_an_order_that_nobody_made(self, desk: Desk, order: str) -> None:
        self.paid(desk)
        more = {"order_no": order, "charge_no": "CH-X", "amount": "5.00", "paid_on": DAY}
        lies(desk, "gateway", "charges", lambda rows: [*rows, more] if rows else rows)
        assert self.told(desk) == [("unknown", "payment.charges")]

    def test_a_charge_of_an_item_that_is_no_payment(self, desk: Desk) -> None:
        """The order names the item that called the payment: that is no order of ours."""
        visit = self.paid(desk)
        lies(desk, "gateway", "charges", lambda rows: [{**r, "order_no": visit.ref} for r in rows])
        assert self.told(desk) == [("missing", "payment.charges"), ("unknown", "payment.charges")]

    def test_a_charge_that_was_given_back_behind_our_back(self, desk: Desk) -> None:
        self.paid(desk)
        lies(desk, "gateway", "charges", lambda rows: [{**r, "given_back_on": DAY} for r in rows])
        assert self.told(desk) == [("undone", "payment.charges")]

    def test_a_charge_that_was_not_given_back(self, desk: Desk) -> None:
        visit = unheard(desk)
        desk.bureau._database.run(
            "UPDATE bureau_declarations SET status = 'voided' WHERE ref = ?", visit.ref
        )
        desk.engine.reconcile()
        lies(
            desk,
            "gateway",
            "charges",
            lambda rows: [{k: v for k, v in r.items() if k != "given_back_on"} for r in rows],
        )
        assert self.told(desk) == [("not_undone", "payment.charges")]

    def test_an_item_that_was_altered(self, tmp_path: Path) -> None:
        """It is told, and stands in nobody else's way."""
        desk = Desk.open(path=tmp_path / "desk.db")
        spoilt = declare_pension(desk, desk.cast.neighbour).front.ref
        visit = unheard(desk)
        store: Any = desk.engine.store
        store._db.execute("UPDATE items SET sealed = x'00' WHERE ref = ?", (spoilt,))
        found = desk.engine.reconcile()
        assert codes(found) == [
            ("person", "spoilt", "items"),
            ("settled", "brought", "payment.charges"),
        ]
        assert visit.view.state == "paid"
        desk.close()


class Otherwise:
    """A gateway in front of the bureau's, whose answers that an order is paid are changed."""

    def __init__(self, port: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self._port, self.change = port, change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    def query(self, call: Any) -> Reply:
        return self._changed(self._port.query(call))

    def close(self, call: Any) -> Reply:
        return self._changed(self._port.close(call))

    def _changed(self, answer: Reply) -> Reply:
        paid = answer.answer == "succeeded"
        return Reply(answer.answer, self.change(dict(answer.facts))) if paid else answer


def less(facts: dict[str, Any]) -> dict[str, Any]:
    return {**facts, "amount_due": "1.00"}


class TestAnotherAmount:
    """A gateway that says, asked how an order stands, that another amount was paid: nothing goes on
    from it, whoever asks and when; what was paid is for the statement to say."""

    @pytest.fixture
    def paid(self, desk: Desk) -> Visit:
        """A payment that is charged and not told of, whose gateway says other amounts."""
        visit = unheard(desk)
        desk.engine.ports["gateway"] = Otherwise(desk.engine.ports["gateway"], less)
        return visit

    def left_alone(self, visit: Visit, state: str, logged: str, verb: str) -> None:
        """It stands where it was asked from, nothing is booked in, and the log says why: without
        what was answered."""
        desk = visit.desk
        assert visit.state == state
        sums = desk.bureau.money()
        assert sums.charged == sums.booked + yuan("200.00")
        assert f"{verb} answered about another amount_due" in logged
        assert visit.front.ref in logged
        assert "1.00" not in logged

    @pytest.mark.parametrize(
        "change",
        [
            less,
            lambda facts: {**facts, "amount_due": "200.01"},
            lambda facts: {**facts, "amount_due": "much"},
            lambda facts: {**facts, "amount_due": None},
            lambda facts: {name: facts[name] for name in ("charge_no", "paid_on")},
        ],
        ids=["less", "more", "no amount", "none", "left out"],
    )
    def test_a_person_who_asks(
        self, paid: Visit, change: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        paid.desk.engine.ports["gateway"].change = change  # type: ignore[attr-defined]  # ours
        paid.send("ask_again")
        self.left_alone(paid, "querying", caplog.text, "gateway.query")

    def test_a_deadline(self, paid: Visit, caplog: pytest.LogCaptureFixture) -> None:
        paid.desk.later(minutes=15)
        self.left_alone(paid, "querying", caplog.text, "gateway.query")
        assert "deadline" not in caplog.text, "it was fired"

    def test_a_person_who_cancels(self, paid: Visit, caplog: pytest.LogCaptureFixture) -> None:
        paid.send("cancel")
        self.left_alone(paid, "closing", caplog.text, "gateway.close")

    def test_after_a_lost_password(self, desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
        """Charged, and the connection broke: the order is asked before anything else."""
        desk.engine.ports["gateway"] = Otherwise(desk.engine.ports["gateway"], less)
        desk.bureau.tell("gateway.charge_card", "never")
        gateway = desk.engine.ports["gateway"]

        def breaks(call: Any, **told: Any) -> Reply:
            gateway._port.charge_card(call, **told)  # type: ignore[attr-defined]  # ours
            raise ConnectionResetError

        gateway.charge_card = breaks  # type: ignore[attr-defined]  # ours
        visit = declare_pension(desk, desk.cast.resident)
        pay_by_card(visit, desk.cast.resident)
        self.left_alone(visit, "asking_what_was_done", caplog.text, "gateway.query")

    def test_it_is_asked_again_and_booked_in_once_the_gateway_is_mended(self, paid: Visit) -> None:
        paid.send("ask_again")
        paid.desk.later(seconds=5)
        assert paid.state == "querying"
        paid.desk.engine.ports["gateway"].change = dict  # type: ignore[attr-defined]  # ours
        paid.desk.later(seconds=30)
        assert (paid.view.state, balanced(paid.desk)) == ("paid", True)

    @pytest.mark.parametrize("event", ["ask_again", "cancel"])
    def test_a_statement_that_says_the_right_amount_settles_it(
        self, paid: Visit, event: str
    ) -> None:
        paid.send(event)
        found = paid.desk.engine.reconcile()
        assert codes(found) == [("settled", "brought", "payment.charges")]
        assert (paid.view.state, balanced(paid.desk)) == ("paid", True)

    @pytest.mark.parametrize("event", ["ask_again", "cancel"])
    def test_a_statement_that_says_the_other_one_is_for_a_person(
        self, paid: Visit, event: str
    ) -> None:
        """It was really paid: the gateway's order is of 0.01, and its own answers say so."""
        desk = paid.desk
        desk.bureau._database.run("UPDATE bureau_orders SET amount = 1 WHERE ref = ?",
                                  paid.front.ref)  # fmt: skip
        desk.engine.ports["gateway"].change = dict  # type: ignore[attr-defined]  # ours
        state = {"ask_again": "querying", "cancel": "closing"}[event]
        paid.send(event)
        found = desk.engine.reconcile()
        assert codes(found) == [("person", "differs_amount", "payment.charges")]
        assert paid.state == state
        assert [p.status for p in desk.bureau.live_payments() if not p.seeded] == ["being_paid"]


class Own:
    """A gateway of an embedder's own: it charges what it is asked, and tells nobody of it."""

    def __init__(self) -> None:
        self.charged: list[dict[str, Any]] = []

    def charge_card(self, call: Any, *, amount_due: Any, **told: Any) -> Reply:
        row = {
            "order_no": call.ref,
            "charge_no": "OWN-1",
            "amount": amount_due,
            "paid_on": call.day,
        }
        self.charged.append(row)
        return reply("accepted")

    charge_qr = charge_card

    def query(self, call: Any) -> Reply:
        return reply("pending")

    close = give_back = query

    def statement(self, call: Any, *, statement_day: Any) -> Reply:
        rows = [each for each in self.charged if each["paid_on"] == statement_day]
        return reply("listed", charges=rows)


class TestPortsOfOnesOwn:
    """What an embedder's own gateway charged, the embedded bureau knows nothing of: asked in its
    place it would let payments expire that are charged."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "desk.db"

    @pytest.fixture
    def own(self) -> Own:
        return Own()

    @pytest.fixture
    def charged(self, path: Path, own: Own) -> Visit:
        """A payment that its own gateway has charged, at a desk that is closed by now; its time is
        over."""
        desk = Desk.open(path=path, ports={"gateway": own})
        visit = declare_pension(desk, desk.cast.resident)
        pay_by_card(visit, desk.cast.resident)
        desk.close()
        return visit

    def again(self, charged: Visit, path: Path, **more: Any) -> Visit:
        """The same payment at a desk that is opened anew, an hour later."""
        desk = Desk.open(at="2025-10-15T10:00", path=path, **more)
        return Visit(desk, charged.ref, charged.actor)

    def test_opened_with_them_each_port_is_asked_for_its_own_statement(
        self, charged: Visit, path: Path, own: Own
    ) -> None:
        visit = self.again(charged, path, ports={"gateway": own})
        found = visit.desk.engine.reconcile()
        assert codes(found) == [("settled", "brought", "payment.charges")]
        assert visit.view.state == "paid"
        assert visit.desk.engine.reconcile().findings == ()
        visit.desk.close()

    def test_opened_without_them_nothing_is_asked_and_nothing_done(
        self, charged: Visit, path: Path
    ) -> None:
        visit = self.again(charged, path)
        before = everything(visit.desk.engine)
        with pytest.raises(PortMissing, match="'gateway' of its own"):
            visit.desk.engine.reconcile()
        assert everything(visit.desk.engine) == before
        visit.desk.close()

    def test_a_port_that_the_embedded_bureau_never_had(self) -> None:
        """Another book has other ports; these are nobody's but its own."""
        book = sstibet.load(Path(__file__).parents[1] / "books" / "good" / "counter_item")
        register = Port(myself=reply("not_found"), desks=reply("listed", desks=[]))
        teller = Port(
            charge=reply("accepted"), write_down=reply("written"),
            statement=reply("listed", charges=[]),
        )  # fmt: skip
        desk = Engine.open(book=book, ports={"register": register, "teller": teller})
        assert desk.reconcile().findings == ()
        desk.close()

    @pytest.mark.parametrize("elsewhere", [False, True], ids=["beside", "elsewhere"])
    def test_the_command_asks_nothing_and_does_nothing(
        self, charged: Visit, path: Path, tmp_path: Path, elsewhere: bool
    ) -> None:
        """Neither of a desk with a port of its own, nor of one beside which no bureau stands."""
        given = ["reconcile", str(path), "--since", "2025-10-15"]
        if elsewhere:
            other = tmp_path / "other.db"
            SqliteStore(str(other)).close()
            given += ["--bureau", str(other)]
        desk = Desk.open(path=path)
        before = everything(desk.engine)
        said = CliRunner().invoke(app, given)
        assert said.exit_code == 2, said.output
        assert "desk.reconcile()" in said.stderr
        assert (
            "no embedded bureau is in it" if elsewhere else "'gateway' of its own"
        ) in said.stderr
        assert everything(desk.engine) == before
        assert not elsewhere or not has_bureau(other)
        desk.close()


class TestStatements:
    """A statement that can't be had or read is an error, never an empty one."""

    def test_one_that_cannot_be_reached(self, desk: Desk) -> None:
        unheard(desk)
        desk.bureau.tell("gateway.statement", "down")
        with pytest.raises(Unavailable):
            desk.engine.reconcile()
        desk.bureau.tell("gateway.statement", "usual")
        assert desk.engine.reconcile().agrees

    def test_one_that_cannot_be_read(self, desk: Desk) -> None:
        unheard(desk)
        for change in (
            lambda rows: [{**row, "amount": "much"} for row in rows],
            lambda rows: [{**row, "more": 1} for row in rows],
            lambda rows: "none",
        ):
            gateway = desk.engine.ports["gateway"]
            lies(desk, "gateway", "charges", change)
            with pytest.raises(Unavailable, match=r"gateway\.statement"):
                desk.engine.reconcile()
            desk.engine.ports["gateway"] = gateway

    def test_a_gateway_that_has_none(self, open_desk: OpenDesk) -> None:
        class Bare:
            def charge_card(self, call: Any, **told: Any) -> Reply:
                return reply("accepted")

            charge_qr = query = close = give_back = charge_card

        with pytest.raises(PortMissing, match=r"gateway\.statement"):
            open_desk(ports={"gateway": Bare()}).engine.reconcile()

    def test_an_empty_desk_agrees(self, desk: Desk) -> None:
        found = desk.engine.reconcile()
        assert (found.findings, found.items, found.since, found.until) == ((), 0, DAY, DAY)

    def test_since_a_day(self, desk: Desk) -> None:
        unheard(desk)
        desk.clock.forward(days=2)
        found = desk.engine.reconcile(since=date(2025, 10, 16))
        assert (found.since, found.rows["payment.charges"]) == (date(2025, 10, 16), 0)
        assert desk.engine.reconcile().since == DAY


KILLED = """
    import os, signal, sys
    from guide_kit import Desk, declare_pension, pay_by_card
    desk = Desk.open(path=sys.argv[1])
    def die(*given, **told):
        os.kill(os.getpid(), signal.SIGKILL)
    ledger = desk.engine.ports["ledger"]
    class Deadly:
        def __getattr__(self, name):
            return die if name == "book" else getattr(ledger, name)
    desk.engine.ports["ledger"] = Deadly()
    desk.bureau.tell("gateway.charge_card", "prompt")
    visit = declare_pension(desk, desk.cast.resident)
    print(visit.ref, flush=True)
    pay_by_card(visit, desk.cast.resident)
"""
RECONCILED_KILLED = """
    import os, signal, sys
    from guide_kit import Desk
    desk = Desk.open(path=sys.argv[1])
    real, left = desk.engine.store.commit, [int(sys.argv[2])]
    def commit(change):
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        return real(change)
    desk.engine.store.commit = commit
    desk.engine.reconcile()
"""


def process(program: str, *given: str) -> subprocess.CompletedProcess[str]:
    """A process of its own, with the same library and the guide's kit."""
    paths = [*sys.path, str(Path(__file__).parent)]
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), *given],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


class TestKilled:
    """A process that is gone in the middle leaves nothing that the next doesn't settle."""

    def test_between_charge_and_booking(self, tmp_path: Path) -> None:
        path = str(tmp_path / "desk.db")
        done = process(KILLED, path)
        assert done.returncode == -signal.SIGKILL, done.stderr
        desk = Desk.open(path=path)
        visit = Visit(desk, done.stdout.strip(), desk.cast.resident.actor)
        assert (visit.state, balanced(desk)) == ("booking", False)
        desk.clock.forward(minutes=2)  # the dead process's lease is over
        found = desk.engine.reconcile()

        assert found.agrees
        assert (visit.view.state, balanced(desk)) == ("paid", True)
        desk.close()

    def test_while_it_is_still_leased_it_is_under_way(self, tmp_path: Path) -> None:
        path = str(tmp_path / "desk.db")
        process(KILLED, path)
        desk = Desk.open(path=path)
        assert desk.engine.reconcile().agrees, "nothing for a person: its time is to come"
        desk.close()

    @pytest.mark.parametrize("commits", [0, 1, 2])
    def test_while_reconciling(self, tmp_path: Path, commits: int) -> None:
        path = str(tmp_path / "desk.db")
        desk = Desk.open(path=path)
        visit = unheard(desk)
        done = process(RECONCILED_KILLED, path, str(commits))
        assert done.returncode == -signal.SIGKILL, done.stderr
        desk.clock.forward(minutes=2)
        desk.engine.reconcile()
        desk.clock.forward(minutes=2)
        assert desk.engine.reconcile().agrees
        assert (visit.view.state, balanced(desk)) == ("paid", True)
        desk.close()


class TestTheCommand:
    """``sstibet reconcile DESK``: 0 all in order, 1 for a person, 2 can't be done."""

    def test_it_settles_and_says_so(self, tmp_path: Path) -> None:
        path = tmp_path / "desk.db"
        desk = Desk.open(path=path)
        expired(desk)
        desk.close()
        said = CliRunner().invoke(
            app, ["reconcile", str(path), "--since", "2025-10-15", "--lang", "en"]
        )
        assert said.exit_code == 0, said.output
        assert "settled: payment.charges" in said.output
        again = CliRunner().invoke(app, ["reconcile", str(path), "--json"])
        found = json.loads(again.stdout)
        assert (again.exit_code, found["findings"], found["items"]) == (0, [], 1)
        assert found["rows"] == {"payment.charges": 1, "payment.bookings": 1}

    def test_it_tells_what_needs_a_person(self, tmp_path: Path) -> None:
        path = tmp_path / "desk.db"
        desk = Desk.open(path=path)
        unheard(desk)
        desk.bureau._database.run(
            "UPDATE bureau_orders SET amount = 1 WHERE ref NOT LIKE 'seeded-%'"
        )
        desk.close()
        said = CliRunner().invoke(app, ["reconcile", str(path), "--json"])
        assert said.exit_code == 1, said.output
        [each] = json.loads(said.stdout)["findings"]
        assert (each["kind"], each["code"], each["told"]["amount"]) == (
            "person", "differs_amount", "0.01",
        )  # fmt: skip
        for language, words in (("zh", "须人工处理"), ("en", "for a person")):
            said = CliRunner().invoke(app, ["reconcile", str(path), "--lang", language])
            assert words in said.output

    @pytest.mark.parametrize("named", ["--settings", "variable"])
    def test_of_a_desk_on_a_server(
        self,
        named: str,
        postgres: PostgresServer,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Charged and not booked is found and settled, the embedded bureau being in a file."""
        url, file = postgres.database(), tmp_path / "settings.yaml"
        file.write_text(KEY, "utf-8")
        file.chmod(0o600)
        settings, bureau = Settings.read(file), tmp_path / "bureau.db"
        desk = Desk.open(path=url, bureau_path=bureau, settings=settings)
        visit = expired(desk)
        assert not balanced(desk)
        given = ["reconcile", url, "--bureau", str(bureau), "--since", "2025-10-15"]
        if named == "variable":
            monkeypatch.setenv("SSTIBET_SETTINGS", str(file))
        else:
            given += ["--settings", str(file)]
        said = CliRunner().invoke(app, [*given, "--lang", "en"])
        assert said.exit_code == 0, said.output
        assert "settled: payment.charges" in said.output
        assert (visit.view.state, balanced(desk)) == ("paid", True)
        again = CliRunner().invoke(app, [*given, "--json"])
        found = json.loads(again.stdout)
        assert (again.exit_code, found["findings"], found["items"]) == (0, [], 1)
        assert found["rows"] == {"payment.charges": 1, "payment.bookings": 1}

        desk.bureau._database.run(
            "UPDATE bureau_orders SET amount = 1 WHERE ref NOT LIKE 'seeded-%'"
        )
        bad = CliRunner().invoke(app, [*given, "--json"])
        assert bad.exit_code == 1
        assert [each["code"] for each in json.loads(bad.stdout)["findings"]] == ["differs_amount"]
        desk.close()

    @pytest.mark.parametrize("make", ["none", "a folder", "no desk"])
    def test_what_is_no_desk(self, tmp_path: Path, make: str) -> None:
        path = tmp_path / "desk.db"
        if make == "a folder":
            path.mkdir()
        elif make == "no desk":
            path.write_text("not a database, but long enough to be taken for one" * 100)
        said = CliRunner().invoke(app, ["reconcile", str(path)])
        assert said.exit_code == 2
        assert make != "none" or not path.exists(), "it makes no desk"


def test_the_sums_of_the_past_are_no_part_of_it(desk: Desk) -> None:
    """What the invented persons paid before the desk was opened is another desk's."""
    assert desk.bureau.money().charged > yuan("0")
    declare_pension(desk, desk.cast.resident)
    desk.clock.forward(days=1)
    assert desk.engine.reconcile().agrees


def test_another_machine_may_say_how_it_is_reconciled() -> None:
    """Which rows stand for what is the book's to say."""
    compared = sstibet.load().contents.items["payment"].reconciles
    assert list(compared) == ["charges", "bookings"]
    assert compared["charges"].brings == ("card.succeeded", "code.succeeded")
