"""The engine: each step whole or not at all, each effect at least once, no secret kept."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sstibet
from engine_kit import opened
from sstibet import Engine, Reply, SetClock, Unavailable, View, reply
from sstibet.deciding import BookFault
from sstibet.engine.ids import RandomIds
from sstibet.stores.records import Change, Conflict
from sstibet.stores.snapshot import dump, load

BOOK = sstibet.load()
MORNING = "2025-10-15T09:00"
CARD, PASSWORD = "6217000000000000004", "739151"


@pytest.fixture
def clock() -> SetClock:
    """A Wednesday morning in Lhasa."""
    return SetClock.on(MORNING)


@pytest.fixture
def desk(clock: SetClock) -> Iterator[Engine]:
    """A desk in memory."""
    engine = Engine.open(book=BOOK, clock=clock)
    yield engine
    engine.close()


def declared(desk: Engine, actor: str, person: Any) -> View:
    """A resident's pension for 2025 at 200 yuan, declared and about to be paid."""
    view = desk.start("resident_payment", actor=actor)
    who = {"insured_name": person.name, "insured_id_number": person.id_number}
    view = desk.send(view.ref, "submit", who, actor=actor)
    key = person.enrolments[0].enrolment
    assert person.enrolments[0].scheme == "resident_pension"
    for answers in (
        {"chosen_enrolments": [key]},
        {"pay_mode": "ordinary", "chosen_enrolments": [{"key": key, "coverage_year": 2025}]},
        {"chosen_enrolments": [{"key": key, "tier": "200"}]},
        {},
    ):
        view = desk.send(view.ref, "submit", answers, actor=actor)
        assert not view.refused, view.text("en")
    assert view.front.item == "payment"
    return view


def charged(desk: Engine, actor: str, person: Any, view: View) -> View:
    """The card is charged; the answer is still to come."""
    for answers in (
        {"channel": "ccb"},
        {"card_number": CARD, "id_last_four": person.id_number[-4:]},
        {"card_holder": person.name, "withdrawal_password": PASSWORD},
    ):
        view = desk.send(view.front.ref, "submit", answers, actor=actor)
        assert not view.refused, view.text("en")
    return view


def everything(desk: Engine) -> list[Any]:
    """All that the store holds."""
    tables = ("items", "history", "outbox", "keys")
    return [list(desk.store._db.execute(f"SELECT * FROM {table}")) for table in tables]


class TestWhoMayDoWhat:
    """An item belongs to its actor; another's and none are not told apart."""

    def test_anothers_item_and_no_item_are_refused_alike(self, desk: Engine) -> None:
        view = desk.start("enrolment_query", actor="p0001")
        told = []
        for ref in (view.ref, "nothing-there"):
            for ask in (
                lambda ref=ref: desk.view(ref, actor="p0002"),
                lambda ref=ref: desk.send(ref, "close", actor="p0002"),
                lambda ref=ref: desk.save(ref, {}, actor="p0002"),
            ):
                with pytest.raises(sstibet.NoSuchItem) as refused:
                    ask()
                told.append((type(refused.value), str(refused.value).replace(ref, "REF")))
        assert len(set(told)) == 1

    def test_a_persons_items_are_their_own_and_newest_first(
        self, desk: Engine, clock: SetClock
    ) -> None:
        first = desk.start("enrolment_query", actor="p0001")
        clock.forward(minutes=1)
        second = desk.start("paid_query", actor="p0001")
        desk.start("enrolment_query", actor="p0002")

        assert [each.ref for each in desk.items(actor="p0001")] == [second.ref, first.ref]

    def test_a_payment_is_begun_by_other_items_only(self, desk: Engine) -> None:
        with pytest.raises(sstibet.NotOpen, match="called by other items"):
            desk.start("payment", actor="p0001", given={"declaration_no": "1", "amount_due": "1"})

    def test_a_person_cannot_answer_for_a_port(self, desk: Engine) -> None:
        """A callback is the gateway's to make, whatever a person sends."""
        person = desk.bureau.cast().resident
        view = charged(desk, person.actor, person, declared(desk, person.actor, person))
        before = everything(desk)
        for event in ("card.succeeded", "deadline", "card", "", "no such event"):
            facts = {"charge_no": "C-1", "paid_on": "2025-10-15"}
            after = desk.send(view.ref, event, facts, actor=person.actor)
            assert (after.code, after.state) == ("not_now", "charging")
        assert everything(desk) == before

    def test_an_unknown_item_says_which_was_meant(self, desk: Engine) -> None:
        with pytest.raises(sstibet.UnknownName, match="refund"):
            desk.start("refunds", actor="p0001")


class TestKeys:
    """The same key and the same request: taken once. The same key, another request: refused."""

    def test_a_request_sent_twice_is_taken_once(self, desk: Engine) -> None:
        first = desk.start("account_filing", actor="p0001", key="k1")
        again = desk.start("account_filing", actor="p0001", key="k1")
        closed = desk.send(first.ref, "cancel", actor="p0001", key="k2")
        twice = desk.send(first.ref, "cancel", actor="p0001", key="k2")

        assert again.ref == first.ref
        assert (closed.state, closed.version) == (twice.state, twice.version)
        assert len(desk.items(actor="p0001")) == 1

    def test_a_key_used_for_something_else_is_refused(self, desk: Engine) -> None:
        view = desk.start("account_filing", actor="p0001", key="k1")
        with pytest.raises(sstibet.KeyReused):
            desk.start("paid_query", actor="p0001", key="k1")
        with pytest.raises(sstibet.KeyReused):
            desk.send(view.ref, "cancel", actor="p0001", key="k1")

    def test_what_was_seen_otherwise_by_then_is_not_gone_on_with(self, desk: Engine) -> None:
        """The version that a person saw: of two tabs the slower changes nothing, and is told."""
        seen = desk.start("refund", actor="p0001")
        faster = desk.send(seen.ref, "submit", actor="p0001", key="k1", version=seen.version)
        again = desk.send(seen.ref, "submit", actor="p0001", key="k1", version=seen.version)
        slower = desk.send(seen.ref, "submit", actor="p0001", key="k2", version=seen.version)

        assert not faster.refused
        assert not again.refused
        assert (slower.code, slower.state, slower.version) == (
            "moved_on",
            faster.state,
            faster.version,
        )

    def test_a_key_is_its_actors_own(self, desk: Engine) -> None:
        mine = desk.start("account_filing", actor="p0001", key="k1")
        theirs = desk.start("account_filing", actor="p0002", key="k1")
        assert mine.ref != theirs.ref

    def test_a_secret_is_no_part_of_what_a_key_stands_for(self, desk: Engine) -> None:
        """Not even a secret's hash is kept: two passwords make the same request."""
        make = desk._requests.fingerprint
        assert make("r", "submit", {"withdrawal_password": "111111"}) == make(
            "r", "submit", {"withdrawal_password": "222222"}
        )
        assert make("r", "submit", {"card_holder": "甲"}) != make(
            "r", "submit", {"card_holder": "乙"}
        )


class TestReferences:
    """Nobody can guess one, and those of one time stand beside each other."""

    def test_they_are_in_the_order_of_their_milliseconds(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ids, at = RandomIds(), 1_764_300_000_000_000_000
        found = list[str]()
        for n in range(200):
            monkeypatch.setattr(time, "time_ns", lambda n=n: at + n * 1_000_000)
            found.append(ids.new("refund"))
        assert found == sorted(found)
        assert all(re.fullmatch("[2-9a-hjkmnp-z]{25}", each) for each in found)

    def test_within_one_they_are_chance(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(time, "time_ns", lambda: 1_764_300_000_000_000_000)
        found = [RandomIds().new("refund") for _ in range(2000)]
        assert len({each[:8] for each in found}) == 1
        for place in range(8, 25):  # each of the 31 letters comes in each place
            assert len({each[place] for each in found}) == 31

    def test_a_visitor_has_no_time_and_more_chance(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(time, "time_ns", lambda: 1_764_300_000_000_000_000)
        found = [RandomIds().new("visitor") for _ in range(2000)]
        for place in range(26):
            assert len({each[place] for each in found}) == 31


class TestRefused:
    """A refused event changes nothing."""

    @pytest.mark.parametrize(
        "answers",
        [
            {},
            {"insured_name": "格桑", "insured_id_number": "54990219900330002X"},
            {"insured_name": 7, "insured_id_number": ["x"]},
            {"insured_name": "", "insured_id_number": None, "unknown": {"a": 1}},
        ],
    )
    def test_wrong_answers_change_nothing(self, desk: Engine, answers: dict[str, Any]) -> None:
        view = desk.start("resident_payment", actor="p0001")
        before = everything(desk)
        after = desk.send(view.ref, "submit", answers, actor="p0001", key="k1")

        assert after.code == "wrong"
        assert after.problems
        assert (after.state, after.version) == (view.state, view.version)
        assert everything(desk) == before

    def test_what_may_not_be_done_is_told_beforehand(self, desk: Engine) -> None:
        view = desk.start("login", actor="somebody")
        assert {choice.name for choice in view.events if choice.allowed} >= {"other_way"}

    def test_a_draft_is_kept_without_its_secrets(self, desk: Engine) -> None:
        person = desk.bureau.cast().resident
        view = declared(desk, person.actor, person)
        for answers in (
            {"channel": "ccb"},
            {"card_number": CARD, "id_last_four": person.id_number[-4:]},
        ):
            view = desk.send(view.front.ref, "submit", answers, actor=person.actor)
        typed = {"card_holder": "格桑", "withdrawal_password": PASSWORD}
        kept = desk.save(view.ref, typed, actor=person.actor)

        assert kept.form is not None
        assert kept.form.field("card_holder").value == "格桑"
        assert kept.form.field("withdrawal_password").value is None
        assert PASSWORD not in json.dumps(everything(desk), default=str, ensure_ascii=False)


class TestSecrets:
    """A secret lives in the memory of one call: handed to the port, never stored or logged."""

    def test_no_secret_is_on_the_disk_or_in_a_log(
        self, tmp_path: Path, clock: SetClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        path = tmp_path / "desk.db"
        desk = Engine.open(path, book=BOOK, clock=clock)
        person = desk.bureau.cast().resident
        view = charged(desk, person.actor, person, declared(desk, person.actor, person))
        desk.deliver()
        shown = repr(view) + repr(desk.store.get(view.ref)) + repr(desk.store.history(view.ref))
        plain = opened(desk.store)
        desk.close()
        data = b"".join(each.read_bytes() for each in tmp_path.iterdir())

        assert CARD in plain, "this test would find what is there"
        assert PASSWORD not in plain
        assert CARD.encode() not in data, "what is personal is sealed"
        assert PASSWORD.encode() not in data
        assert PASSWORD not in shown
        assert PASSWORD not in caplog.text

    def test_a_port_that_breaks_on_a_secret_does_not_print_it(
        self, clock: SetClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        def breaks(told: dict[str, Any]) -> Reply:
            raise ConnectionError(f"cannot send {told}")

        desk, person, view = at_the_till(clock, breaks)
        view = charged(desk, person.actor, person, view)

        assert "gateway.charge_card broke" in caplog.text
        assert PASSWORD not in caplog.text
        # Nobody knows what was done, so it is asked before anything is charged again.
        assert "card.lost" in [past.event for past in desk.store.history(view.ref)]

    def test_a_secret_that_died_with_its_process_is_asked_about(self, clock: SetClock) -> None:
        class Power(BaseException):
            """The process is gone."""

        def dies(told: dict[str, Any]) -> Reply:
            raise Power

        desk, person, view = at_the_till(clock, dies)
        with pytest.raises(Power):
            charged(desk, person.actor, person, view)
        assert desk.deliver() == 0, "the row is still the dead process's own"
        clock.forward(minutes=2)
        desk.deliver()

        events = [past.event for past in desk.store.history(view.front.ref)]
        assert events[-2:] == ["card.lost", "query.not_found"]
        assert desk.view(view.front.ref, actor=person.actor).state == "not_charged"


class Till:
    """A gateway that answers a charge as it is told, and knows no order."""

    def __init__(self, charge: Any) -> None:
        self.charge = charge
        self.keys: list[str] = []

    def charge_card(self, call: sstibet.Call, **told: Any) -> Reply:
        self.keys.append(call.key)
        answer: Reply = self.charge(told)
        return answer

    def charge_qr(self, call: sstibet.Call, **told: Any) -> Reply:
        return reply("ready", qr_text="https://example.invalid/pay")

    def query(self, call: sstibet.Call) -> Reply:
        return reply("not_found")

    def close(self, call: sstibet.Call) -> Reply:
        return reply("closed")

    def give_back(self, call: sstibet.Call, **told: Any) -> Reply:
        return reply("given_back", given_back_on=call.day)


def at_the_till(clock: SetClock, charge: Any) -> tuple[Engine, Any, View]:
    """A desk whose gateway charges so, a person, and their declaration about to be paid."""
    desk = Engine.open(book=BOOK, clock=clock, ports={"gateway": Till(charge)})
    person = desk.bureau.cast().resident
    return desk, person, declared(desk, person.actor, person)


class TestDelivery:
    """Effects are delivered at least once under a stable key; each is answered once."""

    def test_a_callback_is_taken_once(self, clock: SetClock) -> None:
        desk, person, view = at_the_till(clock, lambda told: reply("accepted"))
        view = charged(desk, person.actor, person, view)
        key, due = desk.ports["gateway"].keys[-1], view.answers["amount_due"]
        answer = reply("succeeded", charge_no="C-1", paid_on="2025-10-15", amount_due=due)

        assert desk.callback("gateway", key, answer) is True
        state = desk.view(view.ref, actor=person.actor)
        assert state.state == "paid"
        booked = desk.bureau.money().booked
        assert desk.callback("gateway", key, answer) is False
        assert desk.callback("gateway", key, reply("declined", decline_reason="x")) is False
        assert desk.view(view.ref, actor=person.actor) == state
        assert desk.bureau.money().booked == booked

    def test_a_callback_before_the_charge_has_answered_is_not_lost(self, clock: SetClock) -> None:
        def early(told: dict[str, Any]) -> Reply:
            due = told["amount_due"]
            answer = reply("succeeded", charge_no="C-1", paid_on="2025-10-15", amount_due=due)
            assert desk.callback("gateway", desk.ports["gateway"].keys[-1], answer)
            return reply("accepted")

        desk, person, view = at_the_till(clock, early)
        inner = charged(desk, person.actor, person, view)

        assert inner.state == "paid"
        assert desk.view(view.ref, actor=person.actor).state == "paid"

    def test_a_callback_that_nobody_asked_for_is_refused(self, clock: SetClock) -> None:
        from sstibet.engine.errors import UnknownKey

        desk, person, view = at_the_till(clock, lambda told: reply("accepted"))
        charged(desk, person.actor, person, view)
        key = desk.ports["gateway"].keys[-1]
        for port, told in (("gateway", "made:up:1"), ("ledger", key), ("nobody", key)):
            with pytest.raises(UnknownKey):
                desk.callback(port, told, reply("succeeded", charge_no="C", paid_on="2025-10-15"))

    def test_what_a_port_cannot_say_is_the_ports_fault(self, clock: SetClock) -> None:
        desk, person, view = at_the_till(clock, lambda told: reply("hm"))
        with pytest.raises(BookFault, match=r"gateway\.charge_card answered 'hm'"):
            charged(desk, person.actor, person, view)

    def test_a_port_that_cannot_be_reached_is_a_failure_that_is_told(self, clock: SetClock) -> None:
        def away(told: dict[str, Any]) -> Reply:
            raise Unavailable

        desk, person, view = at_the_till(clock, away)
        assert charged(desk, person.actor, person, view).state == "not_charged"

    def test_a_port_gets_values_of_their_own_types(self, clock: SetClock) -> None:
        told_all: list[dict[str, Any]] = []

        def notes(told: dict[str, Any]) -> Reply:
            told_all.append(told)
            return reply("accepted")

        desk, person, view = at_the_till(clock, notes)
        charged(desk, person.actor, person, view)
        assert told_all[0]["amount_due"] == sstibet.Money.parse("200.00")
        assert told_all[0]["card_number"] == CARD
        assert told_all[0]["withdrawal_password"] == PASSWORD

    def test_a_missing_port_is_named_when_the_desk_is_opened(self, clock: SetClock) -> None:
        with pytest.raises(sstibet.PortMissing, match=r"gateway\.charge_card"):
            Engine.open(book=BOOK, clock=clock, ports={"gateway": object()})


class TestDeadlines:
    """Deadlines are stored instants; each fires once, late rather than never."""

    def test_a_deadline_fires_once_and_late(self, desk: Engine, clock: SetClock) -> None:
        view = desk.start("resident_payment", actor="p0001")
        assert view.deadline is not None
        assert view.deadline == clock.now() + 7 * 86400
        clock.at = view.deadline - 1
        assert desk.due() == 0
        clock.forward(days=90)
        assert desk.due() == 1
        assert desk.due() == 0
        ended = desk.view(view.ref, actor="p0001")
        assert (ended.state, ended.final, ended.deadline) == ("abandoned", True, None)

    def test_going_on_puts_the_deadline_off(self, desk: Engine, clock: SetClock) -> None:
        person = desk.bureau.cast().resident
        view = desk.start("resident_payment", actor=person.actor)
        clock.forward(days=6)
        who = {"insured_name": person.name, "insured_id_number": person.id_number}
        desk.send(view.ref, "submit", who, actor=person.actor)
        clock.forward(days=2)
        assert desk.due() == 0


class TestProcesses:
    """An item that one process began, another goes on with."""

    def test_another_process_goes_on_with_the_file(self, tmp_path: Path) -> None:
        path = tmp_path / "desk.db"
        program = f"""
import os, sstibet
desk = sstibet.Engine.open({str(path)!r}, clock=sstibet.SetClock.on({MORNING!r}))
person = desk.bureau.cast().resident
view = desk.start("resident_payment", actor=person.actor)
who = {{"insured_name": person.name, "insured_id_number": person.id_number}}
view = desk.send(view.ref, "submit", who, actor=person.actor)
print(view.ref, view.state, flush=True)
os._exit(9)  # no goodbye
"""
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False
        )
        assert done.returncode == 9, done.stderr
        ref, state = done.stdout.split()
        desk = Engine.open(path, book=BOOK, clock=SetClock.on(MORNING))
        person = desk.bureau.cast().resident
        view = desk.view(ref, actor=person.actor)

        assert view.state == state == "choosing_enrolments"
        key = person.enrolments[0].enrolment
        answers = {"chosen_enrolments": [key]}
        assert desk.send(ref, "submit", answers, actor=person.actor).state == "choosing_years"
        desk.close()

    def test_what_a_process_left_undelivered_another_delivers(
        self, tmp_path: Path, clock: SetClock
    ) -> None:
        class Power(BaseException):
            """The process is gone."""

        class Dies:
            def my_enrolments(self, call: sstibet.Call, **told: Any) -> Reply:
                raise Power

            find_enrolments = myself = my_enrolments

        path = tmp_path / "desk.db"
        first = Engine.open(path, book=BOOK, clock=clock, ports={"registry": Dies()})
        with pytest.raises(Power):
            first.start("enrolment_query", actor="p0001", key="k1")
        first.close()
        second = Engine.open(path, book=BOOK, clock=clock)
        # Nobody can tell whether the first is dead or slow, until its lease is over.
        with pytest.raises(sstibet.KeyInFlight):
            second.start("enrolment_query", actor="p0001", key="k1")
        clock.forward(minutes=2)
        view = second.start("enrolment_query", actor="p0001", key="k1")
        assert view.state == "looking_up"

        assert second.deliver() == 1
        assert second.view(view.ref, actor="p0001").state == "listed"
        second.close()

    def test_the_slower_of_two_decides_again(self, desk: Engine) -> None:
        """Compare and swap: a step on an old version is not written."""
        view = desk.start("account_filing", actor="p0001")
        old = desk.store.get(view.ref)
        assert old is not None
        desk.save(view.ref, {"bank_branch": "某某支行"}, actor="p0001")
        stale = old._replace(version=old.version + 1, state="abandoned")
        before = everything(desk)
        with pytest.raises(Conflict):
            desk.store.commit(Change(stale, old.version))
        assert everything(desk) == before


class TestSnapshots:
    """An item is its snapshot."""

    def test_an_item_comes_back_as_it_was(self, desk: Engine) -> None:
        person = desk.bureau.cast().resident
        view = charged(desk, person.actor, person, declared(desk, person.actor, person))
        item = desk.store.get(view.ref)
        assert item is not None
        assert item.head.caller is not None
        assert load(dump(item)) == item

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', "null", '{"format": 1}'])
    def test_what_is_no_snapshot_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"snapshot|Expecting"):
            load(text)

    def test_an_item_of_another_machine_is_not_run(self, desk: Engine) -> None:
        view = desk.start("account_filing", actor="p0001")
        item = desk.store.get(view.ref)
        assert item is not None
        from dataclasses import replace

        other = item._replace(head=replace(item.head, machine=99), version=item.version + 1)
        desk.store.commit(Change(other, item.version))
        with pytest.raises(sstibet.MachineChanged, match="version 99"):
            desk.view(view.ref, actor="p0001")

    def test_an_item_whose_state_the_machine_lacks_is_not_run(self, desk: Engine) -> None:
        """A state was taken out, and nobody raised the machine's version."""
        view = desk.start("account_filing", actor="p0001")
        item = desk.store.get(view.ref)
        assert item is not None
        gone = item._replace(state="no_such_state", version=item.version + 1)
        desk.store.commit(Change(gone, item.version))
        with pytest.raises(sstibet.MachineChanged):
            desk.view(view.ref, actor="p0001")
        assert desk.items(actor="p0001") == []


class TestViews:
    """A view is all that a screen needs, and no more than the person may see."""

    def test_who_pays_for_another_sees_nothing_of_what_the_register_says_of_them(
        self, desk: Engine
    ) -> None:
        cast = desk.bureau.cast()
        view = desk.start("resident_payment", actor=cast.resident.actor)
        who = {
            "insured_name": cast.neighbour.name,
            "insured_id_number": cast.neighbour.id_number,
        }
        view = desk.send(view.ref, "submit", who, actor=cast.resident.actor)
        item = desk.store.get(view.ref)
        assert item is not None
        assert {"birth_date", "student"} <= set(item.answers)
        hidden = {"birth_date", "sex", "student", "public_employee", "lapsed_years", "monastic"}
        assert not hidden & set(view.answers)
        number = cast.neighbour.id_number
        assert view.answers["insured_id_number"] == f"{number[:6]}********{number[-4:]}"
        assert number not in repr(view.answers)

    def test_the_amount_stands_with_its_lines(self, desk: Engine) -> None:
        person = desk.bureau.cast().resident
        view = declared(desk, person.actor, person)
        assert view.quote is not None
        # 国发〔2014〕8号: a tier below 500 yuan is subsidised with 30 yuan at least.
        assert (str(view.quote.due), str(view.quote.government)) == ("200.00", "30.00")
        assert all(line.rule.startswith("tiers.yaml:") for line in view.quote.lines)
        assert view.quote.lines[0].label.text("en") == "individual contribution"


class TestOddInput:
    """A programmer's mistake is an exception; what a person types never is."""

    def test_values_of_a_programs_own_types_are_taken(self, desk: Engine) -> None:
        from datetime import date

        view = desk.start("account_filing", actor="p0001")
        answers = {"opened_on": date(2020, 2, 29), "account_number": "6217 0000 0000 0000 004"}
        after = desk.send(view.ref, "submit", answers, actor="p0001", key="k1")
        assert after.code == "wrong"
        assert {"opened_on", "account_number"}.isdisjoint(each.field for each in after.problems)

    @pytest.mark.parametrize("payload", [[], "text", 7, (1, 2)])
    def test_a_payload_that_is_no_mapping_is_a_mistake_of_the_program(
        self, desk: Engine, payload: Any
    ) -> None:
        view = desk.start("account_filing", actor="p0001")
        with pytest.raises(TypeError, match="mapping"):
            desk.send(view.ref, "submit", payload or [], actor="p0001")

    @pytest.mark.parametrize("actor", ["", None, 7, "x" * 201])
    def test_nobody_has_no_items(self, desk: Engine, actor: Any) -> None:
        with pytest.raises(TypeError, match="actor"):
            desk.start("account_filing", actor=actor)

    def test_nobody_goes_on_in_a_state_whose_time_is_over(
        self, desk: Engine, clock: SetClock
    ) -> None:
        """Whether or not `due` was called in time makes no difference to a person."""
        view = desk.start("resident_payment", actor="p0001")
        clock.forward(days=7)
        person = desk.bureau.cast().resident
        who = {"insured_name": person.name, "insured_id_number": person.id_number}
        after = desk.send(view.ref, "submit", who, actor="p0001")
        assert (after.state, after.code) == ("abandoned", "not_now")
        assert desk.due() == 0

    def test_half_a_character_is_refused_and_kept_in_the_draft(self, desk: Engine) -> None:
        view = desk.start("account_filing", actor="p0001")
        typed = {"bank_branch": "\ud800", "account_name": "格桑"}
        after = desk.send(view.ref, "submit", typed, actor="p0001", key="k1")
        assert after.code == "wrong"
        kept = desk.save(view.ref, typed, actor="p0001")
        assert kept.form is not None
        assert kept.form.field("account_name").value == "格桑"
        with pytest.raises(TypeError, match="actor"):
            desk.start("account_filing", actor="\ud800")
