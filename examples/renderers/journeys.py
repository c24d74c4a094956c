"""Journeys of invented persons at a desk, through every item, that meet every form of the book.

Each is a few screens of an app; `Meeting`s are what they leave: a form as it was shown, what was
answered wrongly and rightly there, and what the library said. Nothing is made up but the persons:
rows, tiers, amounts and refusals come from the engine with its embedded bureau.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jsonschema

import sstibet

NOW = "2025-10-15T09:00"
# Invented; the check digit is right.
CARD, PASSWORD = "6227000000000000011", "mist-over-yamdrok"
ACCOUNT = {
    "region_code": "540100",
    "bank": "105",
    "bank_branch": "虚构支行",
    "account_number": "6227000000000000029",
    "opened_on": "2020-02-29",
    "preferred_for_payment": True,
    "for_refunds": True,
}


@dataclass
class Meeting:
    """A form as a person met it: in which item and state, for which event, and what was answered
    (`name`, the answers, and what was said: the problems, empty where it was taken)."""

    item: sstibet.View
    event: str
    form: Any
    answers: dict[str, tuple[dict[str, Any], tuple[sstibet.Wrong, ...]]] = field(
        default_factory=dict
    )


class Visits:
    """All that is met at one desk, by the item and the form."""

    def __init__(self, desk: sstibet.Engine) -> None:
        self.desk, self.bureau, self.cast = desk, desk.bureau, desk.bureau.cast()
        self.met: dict[tuple[str, str], Meeting] = {}

    def begin(self, item: str, who: Any) -> Visit:
        """Somebody begins an item."""
        visit = Visit(self, self.desk.start(item, actor=who.actor).ref, who)
        visit.look()
        return visit

    def deliver(self) -> None:
        """Take what the ports have ready until there is nothing."""
        while self.desk.deliver():
            pass


class Visit:
    """One person's item."""

    def __init__(self, visits: Visits, ref: str, who: Any) -> None:
        self.visits, self.ref, self.who = visits, ref, who

    def look(self) -> sstibet.View:
        """What is in front; its forms are met."""
        view = self.visits.desk.view(self.ref, actor=self.who.actor).front
        for event, form in {"submit": view.form, **view.forms}.items():
            if form is not None:
                self.visits.met.setdefault((view.item, form.name), Meeting(view, event, form))
        return view

    def row(self, fact: str, event: str = "submit", **values: str) -> str:
        """The key of the first row that may be ticked and has these values."""
        return self.rows(fact, event, **values)[0]

    def rows(self, fact: str, event: str = "submit", **values: str) -> list[str]:
        """All of them."""
        view = self.look()
        form = view.forms.get(event, view.form)
        found = [
            row.key
            for row in form.field(fact).rows.pickable
            if all(str(row.values[name]) == value for name, value in values.items())
        ]
        assert found, f"no row of {fact} with {values}"
        return found

    def send(self, event: str = "submit", /, **answers: Any) -> sstibet.View:
        """Do something: wrongly first, where a form asks something, and then rightly."""
        view = self.look()
        form = view.forms.get(event, view.form if event == "submit" else None)
        if form is not None:
            answers = {**form.data(), **answers}
            met = self.visits.met[view.item, form.name]
            if not met.answers:
                for name, wrong in (("empty", {}), ("wrong", mistaken(form))):
                    if not jsonschema.Draft202012Validator(form.json_schema()).is_valid(wrong):
                        met.answers[name] = wrong, self._sent(view, event, wrong).problems
                met.answers["right"] = answers, ()
        taken = self._sent(view, event, answers)
        assert not taken.refused, (view.item, view.state, event, taken.code, taken.text("en"))
        while self.look().form is None and self.visits.desk.deliver():
            pass
        return self.look()

    def _sent(self, view: sstibet.View, event: str, answers: dict[str, Any]) -> sstibet.View:
        return self.visits.desk.send(view.ref, event, answers, actor=self.who.actor)


def mistaken(form: Any) -> dict[str, Any]:
    """A slip in everything that is typed; nothing is chosen."""
    typed = {"month": "2025-13", "date": "2025-02-30", "money": "1,2,3", "whole": 999_999}
    return {
        each.fact: typed.get(each.kind, "?")
        for each in form.fields
        if each.asked and each.rows is None and each.options is None
    }


def named(who: Any) -> dict[str, str]:
    """Of whom the premium is."""
    return {"insured_name": who.name, "insured_id_number": who.id_number}


def declares(visits: Visits, payer: Any, insured: Any, scheme: str, year: str, tier: str) -> Visit:
    """A resident's premium, declared."""
    visit = visits.begin("resident_payment", payer)
    visit.send(**named(insured))
    visit.send(chosen_enrolments=[visit.row("chosen_enrolments", scheme=scheme)])
    key = visit.row("chosen_enrolments", scheme=scheme)
    chosen = [{"key": key, "coverage_year": int(year)}]
    visit.send(pay_mode="ordinary", chosen_enrolments=chosen)
    visit.send(chosen_enrolments=[{"key": key, "tier": tier}])
    visit.send()
    return visit


def pays_by_card(visit: Visit) -> None:
    """The screens of 建行支付."""
    visit.send(channel="ccb")
    visit.send(card_number=CARD, id_last_four=visit.who.id_number[-4:])
    visit.send(card_holder=visit.who.name, withdrawal_password="246810")
    visit.visits.deliver()
    visit.look()


# Who one is


def registers(visits: Visits) -> None:
    """U1, with somebody whom no user is yet; and again, with a password that is easily guessed."""
    who = visits.cast.nobody
    data = {
        "user_name": "demo_nobody",
        "person_name": who.name,
        "id_type": "201",
        "id_number": who.id_number,
        "mobile": who.mobile,
        "consent": True,
    }
    visit = visits.begin("register", who)
    visit.send(**data, **twice(PASSWORD))
    visit.send(sms_code=visits.bureau.code(who.mobile))
    visit = visits.begin("register", who)
    visit.send(**data, **twice("password123"))
    visit.send(**data, **twice(PASSWORD))


def resets_password(visits: Visits) -> None:
    """U2, where the first password that is chosen is easily guessed, too."""
    who = visits.cast.neighbour
    for passwords in ([PASSWORD], ["password123", PASSWORD + "-again"]):
        visit = visits.begin("reset_password", who)
        visit.send(user_name=who.user_name)
        visit.send(sms_code=visits.bureau.code(who.mobile))
        for password in passwords:
            visit.send(**twice(password))


def twice(password: str) -> dict[str, str]:
    """A password, and again."""
    return {"password": password, "password_again": password}


def signs_in(visits: Visits) -> None:
    """U3, and U4 by all three ways."""
    who = visits.cast.resident
    visit = visits.begin("login", who)
    visit.send("send_code", user_name=who.user_name)
    visit.send(
        user_name=who.user_name,
        password=visits.bureau.demo_password(who),
        sms_code=visits.bureau.code(who.mobile),
    )
    who = visits.cast.settled
    visit = visits.begin("login", who)
    visit.send("other_way")
    visit.send(way_of_signing_in="sms")
    visit.send("send_code", mobile=who.mobile)
    visit.send(mobile=who.mobile, sms_code=visits.bureau.code(who.mobile))
    who = visits.cast.worker
    visit = visits.begin("login", who)
    visit.send("other_way")
    visit.send(way_of_signing_in="face")
    visit.send(person_name=who.name, id_number=who.id_number, face_scan=visits.bureau.demo_face())
    visits.begin("profile_query", visits.cast.resident).send("close")


# Premiums


def residents(visits: Visits) -> None:
    """P1: both insurances by card; what is declared twice, refused, paid by the government."""
    cast = visits.cast
    visit = visits.begin("resident_payment", cast.resident)
    visit.send(**named(cast.resident))
    visit.send(chosen_enrolments=visit.rows("chosen_enrolments"))
    pension = visit.row("chosen_enrolments", scheme="resident_pension")
    medical = visit.row("chosen_enrolments", scheme="resident_medical")
    chosen = [{"key": pension, "coverage_year": 2025}, {"key": medical, "coverage_year": 2026}]
    visit.send(pay_mode="ordinary", chosen_enrolments=chosen)
    chosen = [{"key": pension, "tier": "500"}, {"key": medical, "tier": "standard"}]
    visit.send(chosen_enrolments=chosen)
    visit.send()
    visits.bureau.tell("gateway.charge_card", "refuse", times=1, reason="卡已挂失（虚构）")
    pays_by_card(visit)
    visit.send()
    visit.send(channel="alipay")
    visits.deliver()
    visit.look()
    # Paid: another declaration is told so.
    again = declares(visits, cast.neighbour, cast.resident, "resident_medical", "2026", "standard")
    again.look()
    declares(visits, cast.helped, cast.helped, "resident_medical", "2026", "standard")
    first = declares(visits, cast.neighbour, cast.neighbour, "resident_pension", "2025", "200")
    first.send("cancel")
    declares(visits, cast.neighbour, cast.neighbour, "resident_pension", "2025", "500").look()
    visits.bureau.tell("ledger.declare", "refuse", times=1)
    declares(visits, cast.student, cast.student, "resident_medical", "2026", "standard").look()


def flexible(visits: Visits) -> None:
    """B1 and P2: the base is confirmed first, and some months are paid."""
    who = visits.cast.worker
    visit = visits.begin("base_confirmation", who)
    visit.send(chosen_enrolments=[visit.row("chosen_enrolments", scheme="flexible_pension")])
    visit.send(effective_month="2025-10")
    visit.send(base_tier="80")
    visit.send()
    visit = visits.begin("base_confirmation", visits.cast.flexible)
    visit.send(chosen_enrolments=[visit.row("chosen_enrolments", scheme="flexible_medical")])
    visit.send(effective_month="2025-10")
    visit.send(base="10000.00")
    visit.send()

    def to_confirming(who: Any, last: str = "2025-12") -> Visit:
        visit = visits.begin("flexible_payment", who)
        visit.send(**named(who))
        visit.send(chosen_enrolments=[visit.row("chosen_enrolments", scheme="flexible_pension")])
        visit.send(period_from="2025-09", period_to=last)
        visit.send(chosen_months=visit.rows("chosen_months")[:2])
        return visit

    visits.bureau.tell("ledger.declare", "refuse", times=1)
    to_confirming(who).send()
    visit, late = to_confirming(who), to_confirming(who)
    visit.send()
    visit.send("cancel")
    late.send()
    late.look()
    visit.send("pay_again")
    third = to_confirming(who)
    pays_by_card(visit)
    third.send()
    third.look()


def voids(visits: Visits) -> None:
    """D1."""
    visit = visits.begin("void_declaration", visits.cast.neighbour)
    visit.send(chosen_declaration=[visit.row("chosen_declaration")])
    visit.send("void_it")


# Money back, accounts, agreements


def refunds(visits: Visits) -> None:
    """R1: refused by the agency; refused by the bank, and repaid to another account. A certificate
    of before is then genuine, and not the last word."""
    who = visits.cast.refunder
    certificate = visits.begin("payment_certificate", who)
    visits.deliver()
    number = certificate.look().answers["voucher_no"]

    def applies() -> Visit:
        visit = visits.begin("refund", who)
        visit.send()
        visit.send(scheme="resident_medical")
        visit.send(
            reason_text="同一年度缴了两次",
            refund_ground="paid_twice",
            chosen_account=[visit.row("chosen_account")],
        )
        visit.send(period_from="2026-01", period_to="2026-12")
        visit.send(refund_lines=visit.rows("refund_lines"))
        visit.send()
        visits.deliver()
        visit.look()
        return visit

    visits.bureau.tell("agency.apply", "refuse", times=1, reason="材料不全（虚构）")
    applies()
    visits.bureau.tell("ledger.give_back", "refuse", times=1, reason="账户已销户（虚构）")
    visit = applies()
    visit.send(chosen_account=[visit.row("chosen_account")])
    visits.deliver()
    visit.look()
    check = visits.begin("verify_payment_certificate", visits.cast.neighbour)
    check.send(id_number_asked=who.id_number, voucher_no=number)


def accounts(visits: Visits) -> None:
    """A1 and G1: an account is filed; agreements in force, ended, refused by the bank."""
    cast = visits.cast
    visits.begin("account_filing", cast.worker).send(**ACCOUNT)

    def signs(scheme: str) -> Visit:
        visit = visits.begin("debit_agreement", cast.worker)
        visit.send(scheme=scheme)
        visit.send(chosen_account=[visit.row("chosen_account")])
        visit.send(
            holder_is_another=True,
            holder_name=cast.neighbour.name,
            holder_id_type="201",
            holder_id_number=cast.neighbour.id_number,
            holder_mobile=cast.neighbour.mobile,
        )
        visits.deliver()
        visit.look()
        return visit

    visits.bureau.tell("bank.verify", "refuse", times=1, reason="户名与账号不符（虚构）")
    signs("flexible_medical")
    signs("flexible_pension").send("end_agreement")
    signs("flexible_medical")


# Papers and lists


def papers(visits: Visits) -> None:
    """C1, C2, V1, V2."""
    who = visits.cast.settled
    visit = visits.begin("payment_certificate", who)
    visits.deliver()
    number = visit.look().answers["voucher_no"]
    check = visits.begin("verify_payment_certificate", visits.cast.neighbour)
    check.send(id_number_asked=who.id_number, voucher_no=number)
    visit = visits.begin("tax_certificate", who)
    visit.send(period_from="2025-01", period_to="2025-12")
    visit.send(certified_payments=visit.rows("certified_payments"))
    visits.deliver()
    number = visit.look().answers["voucher_no"]
    visits.begin("verify_tax_certificate", visits.cast.neighbour).send(voucher_no=number)


def lists(visits: Visits) -> None:
    """Q1 to Q4."""
    cast = visits.cast
    visits.begin("enrolment_query", cast.resident)
    visit = visits.begin("declared_query", cast.resident)
    visit.send("turn", page_number=1)
    visit.send("detail", chosen_declaration=[visit.row("chosen_declaration", "detail")])
    visit = visits.begin("paid_query", cast.settled)
    visit.send("turn", page_number=1)
    visit.send("detail", chosen_payment=[visit.row("chosen_payment", "detail")])
    visits.begin("agreement_query", cast.worker)


JOURNEYS: tuple[Callable[[Visits], None], ...] = (
    registers,
    resets_password,
    signs_in,
    residents,
    flexible,
    voids,
    refunds,
    accounts,
    papers,
    lists,
)


def all_met() -> dict[tuple[str, str], Meeting]:
    """Every form that the journeys met, by the item and the form's own name."""
    desk = sstibet.Engine.open(clock=sstibet.SetClock.on(NOW))
    try:
        visits = Visits(desk)
        for journey in JOURNEYS:
            journey(visits)
        return visits.met
    finally:
        desk.close()
