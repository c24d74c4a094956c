"""Money once: 200 payments of one declaration at once, by threads and by processes, and 1,000
hostile callbacks. Whatever comes, what is due is booked once, and no more is charged than that.

The desks are real: several engines on one SQLite file, with the embedded bureau on another.
"""

from __future__ import annotations

import dataclasses
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from bureau_world import Clock, World
from engine_kit import BOOK, rules_of
from sstibet import Engine
from sstibet.bureau import Bureau, Sums
from sstibet.bureau.office import _asked_by
from sstibet.bureau.plain import undump
from sstibet.deciding import BookFault
from sstibet.engine.callbacks import Signer, write
from sstibet.engine.errors import CallbackRefused, KeyInFlight, UnknownKey
from sstibet.engine.ports import Call, Reply
from sstibet.engine.view import View
from sstibet.money import Money
from sstibet.rulebook import Rulebook
from sstibet.stores.records import EFFECT, Conflict, Outgoing
from sstibet.stores.sqlite import SqliteStore

PAYMENTS, DESKS = 200, 4
ZONE = "Asia/Shanghai"
DUE = "200.00"
ENDS = (
    "paid", "booked_late", "given_back", "cancelled", "expired", "failed", "being_paid",
    "paid_before", "voided_before", "not_begun",
)  # fmt: skip
# The shortest item that pays: it is given a declaration, and calls the shipped payment.
PAYER = f"""given: [declaration_no, amount_due]
initial: s
events: {{go: {{label: {{zh: 缴, en: pay}}}}}}
calls:
  payment: {{item: payment, with: {{declaration_no: declaration_no, amount_due: amount_due}}}}
states:
  s: {{on: {{go: {{to: paying, call: payment}}}}}}
  paying: {{on: {{{", ".join(f"payment.{end}: {{to: over}}" for end in ENDS)}}}}}
  over:
    label: {{zh: 完, en: over}}
    ends: well
    ignores: [payment]
"""
CARD = {"card_number": "6227000000000000011", "id_last_four": "0015"}
HOLDER = {"card_holder": "格桑", "withdrawal_password": "246810"}


def book_that_pays() -> Rulebook:
    """A book with the payment as it is shipped, and the item that calls it."""
    items = {"payer": rules_of(PAYER), "payment": BOOK.contents.items["payment"]}
    return Rulebook(dataclasses.replace(BOOK.contents, items=items), "paying", BOOK.root)


def desk_on(folder: Path, clock: Clock) -> Engine:
    """One more desk on the files in a folder."""
    bureau = Bureau.open(folder / "bureau.db", clock=clock, persons=24)
    store = SqliteStore(str(folder / "desk.db"))
    desk = Engine(book_that_pays(), store=store, ports=bureau.ports(), clock=clock)
    desk.bureau = bureau
    return desk


def begin(desk: Engine, actor: str, number: str, due: str, key: str) -> View:
    """An item that pays, as far as its payment: which has got hold of the declaration, or not."""
    given = {"declaration_no": number, "amount_due": due}
    view = desk.start("payer", actor=actor, given=given, key=f"{key}-start")
    return desk.send(view.ref, "go", actor=actor, key=f"{key}-go")


def pay(desk: Engine, actor: str, number: str, due: str, key: str, card: bool) -> str:
    """Pay a declaration, as far as a person can; gives the state of the payment."""
    view = begin(desk, actor, number, due, key)
    ref = view.front.ref
    if view.final:
        return "refused"
    typed: list[dict[str, str]] = [{"channel": "ccb"}, CARD, HOLDER] if card else [
        {"channel": "alipay"}
    ]  # fmt: skip
    for n, answers in enumerate(typed):
        view = desk.send(ref, "submit", answers, actor=actor, key=f"{key}-{n}")
        assert not view.refused, view.text()
    return view.state


def many(desks: list[Engine], do: Callable[[Engine, int], object], count: int) -> list[object]:
    """Do something many times at once, from as many threads; what came of each."""
    gate, found = threading.Barrier(count), list[object]()

    def one(n: int) -> None:
        gate.wait()
        try:
            found.append(do(desks[n % len(desks)], n))
        except Exception as fault:
            found.append(fault)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return found


@pytest.fixture
def clock() -> Clock:
    """Stands still until it is moved."""
    return Clock()


@pytest.fixture
def desks(tmp_path: Path, clock: Clock) -> Iterator[list[Engine]]:
    """Some desks on the same files."""
    made = [desk_on(tmp_path, clock) for _ in range(DESKS)]
    yield made
    for each in made:
        each.close()


def world_of(desk: Engine, clock: Clock) -> World:
    """The bureau of a desk, to be asked."""
    return World(desk.bureau, clock, desk.bureau.cast())


def until_quiet(desk: Engine, clock: Clock) -> None:
    """Time passes until nothing happens any more."""
    for seconds in (1, 61, 601, 3601, 3601, 86_401, 86_401):
        clock.at += seconds
        while desk.deliver() + desk.due():
            pass


def money(desk: Engine, before: Sums) -> tuple[int, int, int]:
    """Charged, booked, given back since then, in fen."""
    now = desk.bureau.money()
    return (
        (now.charged - before.charged).fen,
        (now.booked - before.booked).fen,
        (now.given_back - before.given_back).fen,
    )


def payments(desk: Engine) -> Counter[str]:
    """How the payments stand: how many are in which state."""
    items = [desk.store.get(ref) for ref in desk.store.refs(limit=5000)]
    return Counter(item.state for item in items if item and item.head.item == "payment")


class TestAtOnce:
    """200 concurrent payments on one declaration's money: booked once."""

    def test_by_threads(self, desks: list[Engine], clock: Clock) -> None:
        world = world_of(desks[0], clock)
        person, before = world.cast.resident, world.bureau.money()
        number = world.declare(person, DUE)
        found = many(
            desks, lambda d, n: pay(d, person.actor, number, DUE, f"k{n}", n % 2 == 0), PAYMENTS
        )
        assert {str(each) for each in found} <= {"refused", "charging", "showing_code"}
        assert Counter(each == "refused" for each in found) == {True: PAYMENTS - 1, False: 1}
        until_quiet(desks[1], clock)
        assert money(desks[0], before) == (20000, 20000, 0)
        assert payments(desks[0]) == {"paid": 1, "being_paid": PAYMENTS - 1}

    def test_of_one_item(self, desks: list[Engine], clock: Clock) -> None:
        """200 confirm the same payment at once, each under a key of its own."""
        world = world_of(desks[0], clock)
        person, before = world.cast.resident, world.bureau.money()
        number = world.declare(person, DUE)
        ref = begin(desks[0], person.actor, number, DUE, "k").front.ref
        for answers in ({"channel": "ccb"}, CARD):
            desks[0].send(ref, "submit", answers, actor=person.actor)

        def confirm(desk: Engine, n: int) -> str:
            view = desk.send(ref, "submit", HOLDER, actor=person.actor, key=f"confirm-{n}")
            return view.code or "taken"

        assert Counter(many(desks, confirm, PAYMENTS)) == {"taken": 1, "not_now": PAYMENTS - 1}
        until_quiet(desks[1], clock)
        assert money(desks[0], before) == (20000, 20000, 0)
        assert payments(desks[0]) == {"paid": 1}

    def test_of_one_request(self, desks: list[Engine], clock: Clock) -> None:
        """The same request 200 times at once, under one key: all are told what the first led to,
        or to ask again in a moment."""
        world = world_of(desks[0], clock)
        person, before = world.cast.resident, world.bureau.money()
        number = world.declare(person, DUE)
        ref = begin(desks[0], person.actor, number, DUE, "k").front.ref

        def scan(desk: Engine, n: int) -> str:
            view = desk.send(
                ref, "submit", {"channel": "alipay"}, actor=person.actor, key="the one"
            )
            return view.code or "taken"

        found = many(desks, scan, PAYMENTS)
        assert {type(each) for each in found} <= {str, KeyInFlight}
        assert {each for each in found if isinstance(each, str)} == {"taken"}
        assert scan(desks[2], 0) == "taken"
        assert [line.event for line in desks[0].store.history(ref)].count("submit") == 1
        until_quiet(desks[1], clock)
        assert money(desks[0], before) == (20000, 20000, 0)

    def test_by_processes(self, tmp_path: Path, clock: Clock) -> None:
        desk = desk_on(tmp_path, clock)
        world = world_of(desk, clock)
        person, before = world.cast.resident, world.bureau.money()
        number = world.declare(person, DUE)
        here = Path(__file__).parent
        paths = os.pathsep.join((str(here), str(here.parent / "src")))
        share = PAYMENTS // DESKS
        running = [
            subprocess.Popen(
                [sys.executable, "-c", "import test_money_once; test_money_once.process()",
                 str(tmp_path), person.actor, number, str(n * share), str(share)],
                env={**os.environ, "PYTHONPATH": paths}, stdout=subprocess.PIPE, text=True,
            )
            for n in range(DESKS)
        ]  # fmt: skip
        try:
            # Each says when it is ready, and all begin at once.
            while len(list(tmp_path.glob("ready-*"))) < DESKS:
                assert all(each.poll() is None for each in running), "one has died"
                threading.Event().wait(0.02)
            (tmp_path / "go").touch()
            found = [each.communicate(timeout=120)[0].split() for each in running]
        finally:
            for each in running:
                each.kill()
                each.wait()
        told = Counter(state for states in found for state in states)
        assert sum(told.values()) == PAYMENTS
        assert told["refused"] == PAYMENTS - 1, told
        until_quiet(desk, clock)
        assert money(desk, before) == (20000, 20000, 0)
        assert payments(desk) == {"paid": 1, "being_paid": PAYMENTS - 1}
        desk.close()


def process() -> None:
    """One process of `test_by_processes`: its share of the payments, by some threads."""
    folder, actor, number, first, share = sys.argv[1:]
    desk = desk_on(Path(folder), Clock())
    (Path(folder) / f"ready-{first}").touch()
    while not (Path(folder) / "go").exists():
        threading.Event().wait(0.01)

    def act(desk: Engine, n: int) -> str:
        return pay(desk, actor, number, DUE, f"k{int(first) + n}", n % 2 == 0)

    print(*(repr(e) if isinstance(e, Exception) else e for e in many([desk], act, int(share))))


# What is called back. The first three say what was answered in truth, more often or later than it
# was, or with facts that nobody asked for. (A last answer that is forged comes by the network,
# unless it is a port that lies, and is signed by no key of the desk.)
TRUE = ("doubled", "another amount", "out of order")
KINDS = (*TRUE, "wrong port", "unknown", "unlisted", "lacking", "unreadable", "forged")
FORGER = Signer.shared("k1", bytes(32))


class TestHostileCallbacks:
    """1,000 hostile callbacks against live payments: each is booked once, for its own amount."""

    @pytest.mark.parametrize("seed", range(2))
    def test_whatever_is_called_back(self, tmp_path: Path, clock: Clock, seed: int) -> None:
        desks = [desk_on(tmp_path, clock) for _ in range(2)]
        world, rng = world_of(desks[0], clock), random.Random(seed)
        before = world.bureau.money()
        people = [
            each
            for each in world.bureau.persons()
            if any(e.scheme == "resident_pension" and e.until is None for e in each.enrolments)
        ]
        live = dict[str, str]()
        for n, person in enumerate(people[:12]):
            due = f"{100 * (1 + n % 9)}.00"
            facts = {"declaration_lines": (world.line(
                person, "resident_pension", due, coverage_year=2025, tier="x"),)}  # fmt: skip
            answer = world.ask("ledger.declare", person, amount_due=Money.parse(due), **facts)
            if answer.answer != "declared":
                continue  # it has been paid before
            number = str(answer.facts["declaration_no"])
            assert pay(desks[n % 2], person.actor, number, due, f"k{n}", n % 2 == 0) != "refused"
            live[number] = due
        assert len(live) >= 5
        keys = asked(desks[0])
        for n in range(1000):
            if n % 60 == 59:  # the true ones come as well, by and by
                clock.at += 20
                desks[n % 2].deliver(2)
            hostile(rng.choice(desks), rng, keys)
        until_quiet(desks[0], clock)
        for _ in range(200):  # and after the end
            hostile(rng.choice(desks), rng, keys)
        until_quiet(desks[1], clock)
        due_in_all = sum(Money.parse(due).fen for due in live.values())
        assert money(desks[0], before) == (due_in_all, due_in_all, 0)
        rows = world.bureau._database.rows(
            "SELECT declaration_no, count(*) AS n, sum(amount) AS fen FROM bureau_payments "
            "GROUP BY declaration_no"
        )
        booked = {row["declaration_no"]: (row["n"], row["fen"]) for row in rows}
        assert {each: booked.get(each) for each in live} == {
            each: (1, Money.parse(due).fen) for each, due in live.items()
        }
        assert payments(desks[0]) == {"paid": len(live)}
        for each in desks:
            each.close()


def asked(desk: Engine) -> list[Outgoing]:
    """Every effect that a port was asked for."""
    store = desk.store
    rows = [row for ref in store.refs(limit=5000) for row in store.rows(ref)]
    return [row for row in rows if row.kind == EFFECT]


def hostile(desk: Engine, rng: random.Random, rows: list[Outgoing]) -> None:
    """One callback that must do no harm: it is taken where it is a true answer that came before, or
    refused as what it is."""
    row = rng.choice(rows)
    port, true = row.to.partition(".")[0], _answered(desk, row)
    before = desk.store.get(row.ref)
    first = _first(desk, row)
    kind = rng.choice(KINDS)
    told = true or Reply("succeeded")
    wrong = rng.choice(sorted({"gateway", "ledger", "papers", "bank"} - {port}))
    unread = {"charge_no": [1], "paid_on": "2025-02-30"}
    calls = {
        "doubled": (port, row.key, true or first),
        "another amount": (port, row.key, _of_another_amount(true or first)),
        "out of order": (port, row.key, first),
        "wrong port": (wrong, row.key, told),
        "unknown": (port, rng.choice(_unknown(row)), told),
        "unlisted": (port, row.key, Reply(rng.choice(("", "paid", "SUCCEEDED", "deadline")))),
        "lacking": (port, row.key, Reply("succeeded", {"charge_no": "CH-1"})),
        "unreadable": (port, row.key, Reply("succeeded", unread)),
    }
    if kind == "forged":
        forged = Reply("succeeded", {"charge_no": "CH-FORGED", "paid_on": "2025-10-15"})
        body = write(port, row.key, row.ref, forged, desk.clock.now())
        with pytest.raises(CallbackRefused):
            desk.receive(port, body, FORGER.sign(body))
        assert desk.store.get(row.ref) == before
        return
    try:
        taken = desk.callback(*calls[kind])
    except UnknownKey:
        assert kind in ("wrong port", "unknown")
    except (BookFault, Conflict):
        assert kind not in ("wrong port", "unknown")
    else:
        assert kind in TRUE or not taken
    if kind not in TRUE:
        assert desk.store.get(row.ref) == before, kind


def _of_another_amount(reply: Reply) -> Reply:
    return Reply(reply.answer, {**reply.facts, "amount_due": "0.01", "declaration_no": "1"})


def _unknown(row: Outgoing) -> tuple[str, ...]:
    ref, version, number = row.key.rsplit(":", 2)
    return (
        f"{ref}:{int(version) + 1}:{number}", f"{ref}:{version}:{int(number) + 7}", "",
        f"{ref}.9:{version}:{number}", row.key.upper(), row.key + " ", "'; drop table outbox; --",
    )  # fmt: skip


def _first(desk: Engine, row: Outgoing) -> Reply:
    """What the bureau has answered to a key at once."""
    item = desk.store.get(row.ref)
    assert item is not None
    call = Call(row.key, row.ref, item.head.actor, 0, date(2025, 10, 15))
    sql = "SELECT reply FROM bureau_replies WHERE verb = ? AND key = ?"
    found = desk.bureau._database.row(sql, row.to, _asked_by(call))
    assert found is not None
    return undump(found["reply"])


def _answered(desk: Engine, row: Outgoing) -> Reply | None:
    """What the bureau calls back to a key, where it has come to that."""
    sql = "SELECT reply FROM bureau_jobs WHERE port = ? AND key = ? AND state = 'happened'"
    found = desk.bureau._database.row(sql, row.to.partition(".")[0], row.key)
    return None if found is None else undump(found["reply"])
