"""Histories that no guide tells: processes that end in the middle, two at once, a doubled request,
another person's item, midnight, a leap day, rules that change on the way. What comes by callbacks
is with each item's own tests (whenever, twice, late, early, never)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from guide_kit import (
    ACCOUNT,
    CARD,
    PIN,
    Desk,
    Visit,
    declare_pension,
    name_and_number,
    pay_by_card,
    proves,
    tiers,
    to_resident_tiers,
    to_resident_years,
    years,
    yuan,
)

import sstibet
from sstibet import KeyReused, NoSuchItem, NotOpen, SetClock
from sstibet.engine.delivery import Courier
from sstibet.engine.rows import LEASE
from sstibet.files import find_rules

OpenDesk = Callable[..., Desk]


class Killed(BaseException):
    """The process ends here."""


def elsewhere(desk: Desk, visit: Visit) -> Visit:
    """The same item as seen by another process."""
    desk.refs.append(visit.ref)
    return Visit(desk, visit.ref, visit.actor)


def new_payments(desk: Desk) -> list[str]:
    """The amounts that are booked in or being paid since the desk was opened."""
    return [str(p.amount) for p in desk.bureau.live_payments() if not p.seeded]


class TestAProcessThatEnds:
    """One process begins, another one goes on with the file."""

    @proves("P1.1", "P1.5", "P1.6", "PY.3")
    def test_another_process_goes_on(self, tmp_path: Path, open_desk: OpenDesk) -> None:
        """A real one, which is killed while the bank is charging."""
        file = tmp_path / "desk.db"
        program = f"""
import os, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from guide_kit import *
desk = Desk.open(path={str(file)!r})
visit = declare_pension(desk, desk.cast.resident)
pay_by_card(visit, desk.cast.resident)
print(visit.ref, flush=True)
os._exit(9)
"""
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, check=False, text=True,
            env={**os.environ},
        )  # fmt: skip
        assert done.returncode == 9, done.stderr

        desk = open_desk(path=file)
        desk.refs.append(done.stdout.strip())
        visit = Visit(desk, done.stdout.strip(), desk.cast.resident.actor)
        assert (visit.view.state, visit.state) == ("paying", "charging")
        desk.deliver()
        assert visit.view.state == "paid"
        assert new_payments(desk) == ["200.00"]

    def crash(
        self, desk: Desk, visit: Visit, monkeypatch: pytest.MonkeyPatch, **answers: Any
    ) -> None:
        """The step is on the disk, and nothing of it is delivered: the process ends."""

        def run(*_: object) -> None:
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(Courier, "run", run)
            with pytest.raises(Killed):
                visit.send(**answers)
        desk.close()

    def test_what_was_not_delivered_is_delivered_by_another(
        self, tmp_path: Path, open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A look-up that was never sent: the next process sends it, once its lease is over."""
        first = open_desk(path=tmp_path / "desk.db")
        resident = first.cast.resident
        visit = first.begin("resident_payment", resident)
        self.crash(first, visit, monkeypatch, **name_and_number(resident))

        second = open_desk(path=tmp_path / "desk.db")
        again = elsewhere(second, visit)
        assert again.state == "looking_up"
        assert second.engine.deliver() == 0, "it may still be the first process's own"
        second.later(seconds=LEASE)
        assert again.state == "choosing_enrolments"

    def test_a_charge_whose_password_is_gone_is_asked_about_first(
        self, tmp_path: Path, open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The password lived in the process that ended: the gateway is asked whether anything was
        charged, and only then is the person asked again."""
        first = open_desk(path=tmp_path / "desk.db")
        resident = first.cast.resident
        visit = declare_pension(first, resident)
        visit.send(channel="ccb")
        visit.send(card_number=CARD, id_last_four="0022")
        self.crash(first, visit, monkeypatch, card_holder=resident.name, withdrawal_password=PIN)

        second = open_desk(path=tmp_path / "desk.db")
        again = elsewhere(second, visit)
        assert again.state == "charging"
        second.later(seconds=LEASE)
        assert again.state == "not_charged"
        again.send("ask_again")
        pay_by_card(again, resident)
        second.deliver()
        assert again.view.state == "paid"
        assert new_payments(second) == ["200.00"]

    def test_a_declaration_that_was_not_sent_is_declared_once(
        self, tmp_path: Path, open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Confirmed, and the process ends before the ledger hears of it."""
        first = open_desk(path=tmp_path / "desk.db")
        resident = first.cast.resident
        visit = first.begin("resident_payment", resident)
        to_resident_tiers(visit, resident, resident_pension="2025")
        visit.send(**tiers(visit, resident_pension="200"))
        self.crash(first, visit, monkeypatch)

        second = open_desk(path=tmp_path / "desk.db")
        again = elsewhere(second, visit)
        second.later(seconds=LEASE)
        second.later(seconds=LEASE)
        assert (again.view.state, again.state) == ("paying", "choosing")
        query = second.begin("declared_query", resident)
        assert len(query.rows("declarations", event="")) == 1

    def test_two_processes_at_once(self, tmp_path: Path, open_desk: OpenDesk) -> None:
        """Both have the screen of the amount before them, and both confirm: declared once."""
        first = open_desk(path=tmp_path / "desk.db")
        second = open_desk(path=tmp_path / "desk.db")
        resident = first.cast.resident
        visit = first.begin("resident_payment", resident)
        to_resident_tiers(visit, resident, resident_pension="2025")
        visit.send(**tiers(visit, resident_pension="200"))
        other = elsewhere(second, visit)
        assert other.shows("amount_due") == "200.00"

        visit.send()
        late = second.engine.send(visit.ref, "submit", {}, actor=visit.actor)
        assert late.code == "not_now"
        assert late.text("zh")
        assert late.text("en") != late.text("zh")
        assert (other.view.state, visit.view.state) == ("paying", "paying")
        pay_by_card(other, resident)
        first.deliver()
        assert (other.view.state, visit.view.state) == ("paid", "paid")
        assert new_payments(first) == ["200.00"]

    def test_a_deadline_that_came_while_nobody_ran(
        self, tmp_path: Path, open_desk: OpenDesk
    ) -> None:
        """Late rather than never, and once."""
        first = open_desk(path=tmp_path / "desk.db")
        visit = first.begin("resident_payment", first.cast.resident)
        first.close()
        second = open_desk("2025-11-30T09:00", path=tmp_path / "desk.db")
        again = elsewhere(second, visit)
        assert again.state == "asking_who"
        assert second.engine.due() == 1
        assert again.state == "abandoned"
        assert second.engine.due() == 0


class TestADoubledRequest:
    """A phone that sends twice."""

    def test_the_same_key_is_taken_once(self, desk: Desk) -> None:
        """Confirmed twice: declared once, and both answers are the same."""
        resident = desk.cast.resident
        visit = desk.begin("resident_payment", resident)
        to_resident_tiers(visit, resident, resident_pension="2025")
        visit.send(**tiers(visit, resident_pension="200"))
        first = desk.engine.send(visit.ref, "submit", {}, actor=visit.actor, key="tap-1")
        second = desk.engine.send(visit.ref, "submit", {}, actor=visit.actor, key="tap-1")

        assert (first.state, second.state) == ("paying", "paying")
        assert first.version == second.version
        events = [past.event for past in desk.engine.store.history(visit.ref)]
        assert events.count("submit") == 5

    def test_a_doubled_card_payment_is_charged_once(self, desk: Desk) -> None:
        """The password comes again with the same key: nothing more is charged."""
        resident = desk.cast.resident
        before = desk.bureau.money().charged
        visit = declare_pension(desk, resident)
        visit.send(channel="ccb")
        visit.send(card_number=CARD, id_last_four="0022")
        ref = visit.front.ref
        answers = {"card_holder": resident.name, "withdrawal_password": PIN}
        for _ in range(3):
            desk.engine.send(ref, "submit", answers, actor=visit.actor, key="pay")
        desk.deliver()
        desk.engine.send(ref, "submit", answers, actor=visit.actor, key="pay")
        desk.deliver()
        assert visit.view.state == "paid"
        assert desk.bureau.money().charged - before == yuan("200.00")

    def test_the_same_key_begins_one_item(self, desk: Desk) -> None:
        """Opened twice: one certificate, and not two."""
        settled = desk.cast.settled.actor
        first = desk.engine.start("payment_certificate", actor=settled, key="open")
        second = desk.engine.start("payment_certificate", actor=settled, key="open")
        assert first.ref == second.ref
        other = desk.engine.start("payment_certificate", actor=desk.cast.agreed.actor, key="open")
        assert other.ref != first.ref, "a key is its actor's own"

    def test_a_key_for_something_else_is_a_mistake(self, desk: Desk) -> None:
        """Same key, other answers: refused, and nothing has changed."""
        visit = desk.begin("resident_payment", desk.cast.resident)
        asked = name_and_number(desk.cast.resident)
        desk.engine.send(visit.ref, "submit", asked, actor=visit.actor, key="k")
        version = visit.view.version
        with pytest.raises(KeyReused):
            desk.engine.send(
                visit.ref,
                "submit",
                name_and_number(desk.cast.neighbour),
                actor=visit.actor,
                key="k",
            )
        with pytest.raises(KeyReused):
            desk.engine.start("login", actor=visit.actor, key="k")
        assert visit.view.version == version

    def test_a_refused_request_may_be_sent_again_with_its_key(self, desk: Desk) -> None:
        """What was refused was not taken: corrected, it is."""
        visit = desk.begin("resident_payment", desk.cast.resident)
        wrong = {"insured_name": "", "insured_id_number": ""}
        refused = desk.engine.send(visit.ref, "submit", wrong, actor=visit.actor, key="k")
        assert refused.refused
        right = name_and_number(desk.cast.resident)
        taken = desk.engine.send(visit.ref, "submit", right, actor=visit.actor, key="k")
        assert taken.state == "choosing_enrolments"


class TestAnotherPersonsItem:
    """It isn't there: for whoever asks it is as if there were none."""

    def test_it_can_be_neither_seen_nor_touched(self, desk: Desk) -> None:
        """Not the item, nor the payment inside of it; a made-up reference says the same."""
        visit = declare_pension(desk, desk.cast.resident)
        stranger = desk.cast.neighbour.actor
        inner = visit.front.ref
        assert inner != visit.ref
        said = set()
        for ref in (visit.ref, inner, "no-such-reference"):
            for attempt in (
                lambda ref: desk.engine.view(ref, actor=stranger),
                lambda ref: desk.engine.send(ref, "cancel", {}, actor=stranger),
                lambda ref: desk.engine.save(ref, {"channel": "ccb"}, actor=stranger),
            ):
                with pytest.raises(NoSuchItem) as caught:
                    attempt(ref)
                said.add(str(caught.value).replace(ref, "REF"))
        assert len(said) == 1
        assert (visit.view.state, visit.state) == ("paying", "choosing")
        assert desk.engine.items(actor=stranger) == []

    def test_nobody_begins_a_payment_by_itself(self, desk: Desk) -> None:
        """A payment is called by what was declared; an item that there is none of is a mistake."""
        given = {"declaration_no": "54", "amount_due": "1.00"}
        with pytest.raises(NotOpen):
            desk.engine.start("payment", actor=desk.cast.resident.actor, given=given)
        with pytest.raises(NotOpen):
            desk.engine.start("login", actor="a", given={"user_name": "x"})
        with pytest.raises(sstibet.UnknownName, match="resident_payment"):
            desk.engine.start("resident_paymnt", actor="a")


class TestTheCalendar:
    """Days are days in Lhasa, and years have leap days."""

    def test_the_year_begins_at_16_00_in_greenwich(self, open_desk: OpenDesk) -> None:
        """1767196800 is 2025-12-31T16:00:00Z, New Year in Asia/Shanghai. A second before it a
        pension for 2025 can be declared; from then on one for 2026."""
        desk = open_desk()
        resident = desk.cast.resident
        desk.clock.at = 1767196799
        old = desk.begin("resident_payment", resident)
        to_resident_years(old, resident, "resident_pension")
        desk.clock.at = 1767196800
        assert old.failed_rules(**years(old, resident_pension="2025")) == ["pension_this_year_only"]
        old.send(**years(old, resident_pension="2026"))
        desk.clock.at = 1767196799
        assert old.send("back").state == "choosing_years"
        old.send(**years(old, resident_pension="2025"))
        assert old.state == "choosing_tiers"

    def test_a_deadline_over_the_29_of_february(self, open_desk: OpenDesk) -> None:
        """Seven days from the 25th: with a leap day it is the 3rd of March, without the 4th."""
        for opened, ends in (
            ("2024-02-25T09:00", "2024-03-03T09:00"),
            ("2025-02-25T09:00", "2025-03-04T09:00"),
        ):
            desk = open_desk(opened)
            visit = desk.begin("resident_payment", desk.cast.resident)
            assert visit.view.deadline == SetClock.on(ends).at

    def test_a_month_that_has_a_29th(self, open_desk: OpenDesk) -> None:
        """On 2024-02-29 February can still be paid, on 2024-03-01 it can't."""
        desk = open_desk("2024-02-29T23:59:59")
        worker = desk.cast.worker
        visit = desk.begin("flexible_payment", worker)
        visit.send(**name_and_number(worker))
        visit.send(chosen_enrolments=visit.row("chosen_enrolments", scheme="flexible_pension"))
        visit.send(period_from="2024-02", period_to="2024-03", base_tier="60")
        assert [row.pickable for row in visit.rows("chosen_months")] == [True, True]
        # 6,928 is the listed floor of 2024: 20 % of it.
        assert visit.rows("chosen_months")[0].values["amount"] == "1385.60"
        visit.send(chosen_months=["2024-02"])
        desk.put("2024-03-01T00:00:00")
        assert visit.failed_rules() == ["no_back_payment"]

    def test_somebody_born_on_a_29_of_february(self, open_desk: OpenDesk) -> None:
        """Accounts and IDs of leap days are as good as others; of other years there is none."""
        desk = open_desk("2024-04-29T09:00")
        newborn = desk.cast.newborn
        assert newborn.id_number[6:14] == "20240229"
        visit = desk.begin("resident_payment", desk.cast.resident)
        visit.send(**name_and_number(newborn))
        assert visit.state == "choosing_enrolments"
        made_up = newborn.id_number[:6] + "20230229" + newborn.id_number[14:17]
        from sstibet.resident_id import check_character

        other = desk.begin("resident_payment", desk.cast.resident)
        assert other.wrong(
            insured_name=newborn.name, insured_id_number=made_up + check_character(made_up)
        ).keys() == {"insured_id_number"}


MOVED = {
    "2017-08-01": "2025-10-20",
    "2017-07-31": "2025-10-19",
    "2025-03-01": "2025-11-01",
    "2017-08-31": "2025-09-01",
    "2017-08-30": "2025-08-31",
}


@pytest.fixture(scope="module")
def moved_book(tmp_path_factory: pytest.TempPathFactory) -> sstibet.Rulebook:
    """The shipped book, but that what the government pays for people in hardship begins on
    2025-10-20 (it does on 2017-08-01); its examples are moved along."""
    rules = find_rules(None)
    root = tmp_path_factory.mktemp("moved")
    shutil.copytree(rules, root / "rules")
    shutil.copytree(rules.parent / "forms", root / "forms")
    file = root / "rules" / "tiers.yaml"
    lines = file.read_text("utf-8").splitlines()
    begin = lines.index("  relief:")
    end = next(n for n, line in enumerate(lines) if n > begin and line.startswith("resident_"))
    head = [_moved(line) if "known_on:" in line else line for line in lines[:begin]]
    file.write_text("\n".join([*head, _moved("\n".join(lines[begin:end])), *lines[end:], ""]))
    cases = root / "rules" / "cases" / "residents.yaml"
    cases.write_text(_moved(cases.read_text("utf-8")))
    return sstibet.load(root / "rules", cache=False)


def _moved(text: str) -> str:
    for old, new in MOVED.items():
        text = text.replace(old, new)
    return text


class TestRulesThatChangeOnTheWay:
    """A new edition begins between declaring and paying; a new book is taken in between."""

    def test_an_edition_that_ends_between_declaring_and_paying(
        self, open_desk: OpenDesk, moved_book: sstibet.Rulebook
    ) -> None:
        """On the 19th the person pays the tier of 200, from the 20th on 100 of it is paid for
        them. Declared on the 19th: can't be paid on the 20th as it was, but voided."""
        desk = open_desk("2025-10-19T23:55", book=moved_book)
        helped = desk.cast.helped
        visit = declare_pension(desk, helped, "200")
        assert visit.shows("amount_due") == "200.00"
        desk.later(minutes=5)
        visit.send("cancel")
        assert visit.failed_rules("pay_again") == ["amount_changed"]
        assert "缴费标准已变化" in visit.refused("pay_again").text("zh")
        visit.send("void_it")
        anew = declare_pension(desk, helped, "200")
        assert anew.shows("amount_due") == "100.00"

    def test_what_is_being_paid_stays_as_it_was_declared(
        self, open_desk: OpenDesk, moved_book: sstibet.Rulebook
    ) -> None:
        """The charge is under way at midnight: 200 are declared, charged and booked in."""
        desk = open_desk("2025-10-19T23:59:59", book=moved_book)
        helped = desk.cast.helped
        visit = declare_pension(desk, helped, "200")
        desk.bureau.tell("gateway.charge_card", "slow", seconds=60)
        pay_by_card(visit, helped)
        desk.later(minutes=1)
        assert visit.view.state == "paid"
        assert new_payments(desk) == ["200.00"]
        quote = visit.view.quote
        assert quote is not None
        assert str(quote.due) == "200.00", "later rules don't change what was worked out"

    def test_an_edition_that_ends_between_choosing_and_confirming(
        self, open_desk: OpenDesk, moved_book: sstibet.Rulebook
    ) -> None:
        """What the screen showed isn't what would be declared: refused, chosen again."""
        desk = open_desk("2025-10-19T23:59:59", book=moved_book)
        helped = desk.cast.helped
        visit = desk.begin("resident_payment", helped)
        to_resident_tiers(visit, helped, resident_pension="2025")
        visit.send(**tiers(visit, resident_pension="200"))
        assert visit.shows("amount_due") == "200.00"
        desk.put("2025-10-20T00:00:00")
        assert visit.failed_rules() == ["amount_changed"]
        visit.send("back")
        visit.send(**tiers(visit, resident_pension="200"))
        assert visit.shows("amount_due") == "100.00"

    def test_a_new_book_between_two_processes(
        self, tmp_path: Path, open_desk: OpenDesk, moved_book: sstibet.Rulebook
    ) -> None:
        """Begun under the shipped book, gone on with where another is in force: the item is priced
        by the book that it was begun under, to its end; the next one by the other."""
        first = open_desk(path=tmp_path / "desk.db")
        helped = first.cast.helped
        visit = first.begin("resident_payment", helped)
        to_resident_tiers(visit, helped, resident_pension="2025")
        visit.send(**tiers(visit, resident_pension="200"))
        assert visit.shows("amount_due") == "100.00"
        first.close()

        second = open_desk("2025-10-16T09:00", path=tmp_path / "desk.db", book=moved_book)
        again = elsewhere(second, visit)
        quote = again.view.quote
        assert quote is not None
        assert quote.digest == sstibet.load().digest != moved_book.digest
        assert str(quote.due) == "100.00"
        assert again.failed_rules() == ["shown_before_today"]
        again.send("back")
        again.send(**tiers(again, resident_pension="200"))
        assert again.shows("amount_due") == "100.00"
        next_one = second.begin("resident_payment", helped)
        to_resident_tiers(next_one, helped, resident_pension="2025")
        next_one.send(**tiers(next_one, resident_pension="200"))
        assert next_one.shows("amount_due") == "200.00"
        assert next_one.view.quote is not None
        assert next_one.view.quote.digest == moved_book.digest


def test_no_secret_is_on_the_disk(tmp_path: Path, open_desk: OpenDesk) -> None:
    """Passwords, codes, the face and the withdrawal password, after all items that ask for one;
    with what was typed and not sent, and what was refused."""
    desk = open_desk(path=tmp_path / "desk.db")
    resident, nobody = desk.cast.resident, desk.cast.nobody
    password, pin = "mist-over-yamdrok", "918273"
    form = {
        "user_name": "kelsang_2025",
        "password": password,
        "password_again": password,
        "person_name": nobody.name,
        "id_type": "201",
        "id_number": nobody.id_number,
        "mobile": nobody.mobile,
        "consent": "yes",
    }
    register = desk.begin("register", "a phone")
    desk.engine.save(register.ref, form, actor="a phone")
    register.refused(**{**form, "consent": "no"})
    register.send(**form)
    codes = [desk.bureau.code(nobody.mobile)]
    register.send(sms_code=codes[0])
    register.send("verify_person")
    face = desk.begin("login", "a phone")
    face.send("other_way")
    face.send(way_of_signing_in="face")
    face.send(person_name=resident.name, id_number=resident.id_number,
              face_scan=desk.bureau.demo_face())  # fmt: skip
    reset = desk.begin("reset_password", "a phone")
    reset.send(user_name=resident.user_name)
    codes.append(desk.bureau.code(resident.mobile))
    reset.send(sms_code=codes[1])
    reset.send(password=password + "2", password_again=password + "2")
    visit = declare_pension(desk, resident)
    visit.send(channel="ccb")
    visit.send(card_number=CARD, id_last_four="0022")
    visit.refused(card_holder="", withdrawal_password=pin)
    desk.engine.save(visit.front.ref, {"withdrawal_password": pin}, actor=resident.actor)
    visit.send(card_holder=resident.name, withdrawal_password=pin)
    desk.deliver()
    assert (register.state, face.state, reset.state) == ("registered", "signed_in", "done")
    assert visit.view.state == "paid"

    everything = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert b"bureau_persons" in everything, "the file is looked into as it is"
    for personal in (
        resident.id_number, nobody.id_number, resident.mobile, nobody.mobile, resident.name,
        str(resident.user_name), "kelsang_2025", CARD,
    ):  # fmt: skip
        assert personal.encode() not in everything
    for secret in (password, pin, desk.bureau.demo_face(), *(f'"{code}"' for code in codes)):
        assert secret.encode() not in everything, secret


def test_what_was_filed_inside_of_another_item_survives_its_end(desk: Desk) -> None:
    """The agreement is left for a week after the account was filed: the account stays."""
    worker = desk.cast.worker
    visit = desk.begin("debit_agreement", worker)
    visit.send(scheme="flexible_medical")
    visit.send("file_account")
    visit.send(**ACCOUNT)
    desk.later(days=7)
    assert (visit.state, visit.view.ends) == ("abandoned", "badly")
    assert len(desk.bureau.cast().worker.accounts) == 1


def test_an_inner_item_that_is_left_leads_back_to_the_outer_one(desk: Desk) -> None:
    """The filing runs out by itself; what called it is told, and goes on waiting for the person."""
    visit = desk.begin("debit_agreement", desk.cast.worker)
    visit.send(scheme="flexible_medical")
    visit.send("file_account")
    desk.later(days=7)
    assert (visit.view.state, visit.view.inner) == ("no_account", None)
