"""A bureau with a clock that a test can move, and short ways to ask its ports."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sstibet.bureau import Bureau, Cast, Person, Sums
from sstibet.contents import Contents
from sstibet.engine.clock import day_of
from sstibet.engine.ports import Call, Reply
from sstibet.files import Files, find_rules
from sstibet.loading import load_documents
from sstibet.money import Money
from sstibet.months import Month

ZONE = "Asia/Shanghai"
START = 1_760_500_000  # 2025-10-15, 11:46 in Shanghai


@dataclass
class Clock:
    """Stands still until it is moved."""

    at: int = START

    def now(self) -> int:
        return self.at


@dataclass
class World:
    """A bureau, its cast, and the last call made of it."""

    bureau: Bureau
    clock: Clock
    cast: Cast
    asked: int = 0
    last: tuple[str, Call, dict[str, Any]] | None = None

    def ask(
        self,
        verb: str,
        actor: Person | str = "p0001",
        ref: str = "item-1",
        key: str | None = None,
        **facts: Any,
    ) -> Reply:
        """Ask a verb; without a key, under a new one."""
        self.asked += 1
        who = actor if isinstance(actor, str) else actor.actor
        at = self.clock.now()
        call = Call(key or f"{ref}:{self.asked}", ref, who, at, day_of(at, ZONE))
        self.last = (verb, call, facts)
        return self.send(verb, call, facts)

    def send(self, verb: str, call: Call, facts: dict[str, Any]) -> Reply:
        port, _, method = verb.partition(".")
        answer: Reply = getattr(self.bureau.port(port), method)(call, **facts)
        return answer

    def ready(self, port: str) -> list[tuple[str, Reply]]:
        """The callbacks that a port has ready now."""
        found: Any = self.bureau.port(port)
        return list(found.ready(self.clock.now()))

    def final(self, port: str) -> Reply:
        """The one callback that a port has ready."""
        told = self.ready(port)
        assert len(told) == 1, told
        return told[0][1]

    def state(self) -> dict[str, list[dict[str, Any]]]:
        """All that the bureau has on record, but for what it was asked and is still to tell."""
        database = self.bureau._database
        names = database.rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        kept = [
            row["name"] for row in names if row["name"] not in ("bureau_replies", "bureau_jobs")
        ]
        return {name: database.rows(f"SELECT * FROM {name}") for name in kept}

    # What many scenes begin with.

    def line(self, person: Person, scheme: str, amount: str, **more: Any) -> dict[str, Any]:
        """A line to declare, as an item would put it."""
        return {
            "enrolment": person.enrolled(scheme),
            "scheme": scheme,
            "category": person.category,
            "amount": Money.parse(amount),
            **more,
        }

    def declare(self, person: Person, amount: str = "200.00", **ask: Any) -> str:
        """Declare this year's pension of a resident; gives the declaration's number."""
        line = self.line(person, "resident_pension", amount, coverage_year=2025, tier="200")
        answer = self.ask(
            "ledger.declare",
            person,
            declaration_lines=(line,),
            amount_due=Money.parse(amount),
            **ask,
        )
        assert answer.answer == "declared"
        return str(answer.facts["declaration_no"])

    def find(self, payer: Person, insured: Person) -> Reply:
        """Give the name and ID number of somebody to pay for."""
        return self.ask(
            "registry.find_enrolments",
            payer,
            insured_name=insured.name,
            insured_id_number=insured.id_number,
            insurance_group="resident",
        )

    def charge(self, person: Person, amount: str = "200.00", ref: str = "pay-1") -> str:
        """Charge a code at once; gives the charge's number."""
        self.bureau.tell("gateway.charge_qr", "prompt", times=1)
        answer = self.ask("gateway.charge_qr", person, ref, amount_due=Money.parse(amount))
        assert answer.answer == "succeeded"
        return str(answer.facts["charge_no"])

    def pay(self, person: Person, amount: str = "200.00", ref: str = "pay-1") -> str:
        """Declare, hold, charge and book in; gives the voucher's number."""
        number, due = self.declare(person, amount), Money.parse(amount)
        held = self.ask("ledger.hold", person, ref, declaration_no=number, amount_due=due)
        assert held.answer == "held"
        charge = self.charge(person, amount, ref)
        facts = {"declaration_no": number, "charge_no": charge, "amount_due": due}
        return str(self.ask("ledger.book", person, ref, **facts).facts["voucher_no"])

    def refundable(self, person: Person, scheme: str = "resident_pension") -> list[dict[str, Any]]:
        """The payments of a person that may still be refunded."""
        period = {"period_from": Month.at(2020, 1), "period_to": Month.at(2027, 12)}
        answer = self.ask("ledger.refundable", person, scheme=scheme, **period)
        return list(answer.facts.get("payments", ()))

    def reserve(self, person: Person, ref: str = "refund-1") -> tuple[str, Money]:
        """Reserve the last payment of a person's pension; gives the refund's number and total."""
        payment = self.refundable(person)[-1]
        total = Money.parse(payment["amount"])
        line = {"payment": payment["payment"], "refund_amount": total}
        answer = self.ask(
            "ledger.reserve_refund", person, ref, refund_lines=(line,), refund_total=total
        )
        assert answer.answer == "reserved"
        return str(answer.facts["refund_no"]), total

    def sign(self, person: Person, scheme: str = "resident_medical", **ask: Any) -> str:
        """Enter an agreement on a person's account; gives its number."""
        facts = {"account": person.accounts[0], "scheme": scheme, "holder_is_another": False}
        answer = self.ask("agreements.sign", person, **ask, **facts)
        assert answer.answer == "signed"
        return str(answer.facts["agreement_no"])

    def accept(self, person: Person, agreement_no: str, ref: str = "sign-1") -> Reply:
        """Have the bank accept an agreement at once."""
        self.bureau.tell("bank.verify", "prompt", times=1)
        facts = {"agreement_no": agreement_no, "account": person.accounts[0]}
        return self.ask("bank.verify", person, ref, **facts)

    def code_for(self, person: Person, ref: str = "item-1") -> str:
        """Send a code to a user for an item; gives the code."""
        assert self.ask("messages.send_code_to_user", "", ref, user_name=person.user_name).answer
        return self.bureau.code(person.mobile)

    def try_year(self, year: int) -> str | None:
        """Declare the resident's pension of a year; gives the number, None where it is taken."""
        line = self.line(self.cast.resident, "resident_pension", "1", coverage_year=year)
        due = Money.parse("1")
        key = f"{os.getpid()}:{year}"
        answer = self.ask("ledger.declare", key=key, declaration_lines=(line,), amount_due=due)
        declared = answer.answer == "declared"
        return str(answer.facts["declaration_no"]) if declared else None

    def today(self) -> date:
        """The day of the clock."""
        return day_of(self.clock.now(), ZONE)


def contents() -> Contents:
    """The shipped book's contents, unchecked: what is asked here are its ports and facts."""
    found = load_documents(Files.of(find_rules(None))).contents
    assert found is not None
    return found


def sums_after(charged: int) -> Sums:
    """The totals of a fresh bureau with so many fen more charged."""
    sums = world().bureau.money()
    return dataclasses.replace(sums, charged=Money(sums.charged.fen + charged))


DECLARED_YEARS = range(2000, 2020)


def world(path: Path | None = None, at: int = START, **options: Any) -> World:
    """A bureau with nothing but the cast in it."""
    clock = Clock(at)
    bureau = Bureau.open(path, clock=clock, **{"persons": 18, **options})
    return World(bureau, clock, bureau.cast())


ACCOUNT = {
    "account_kind": "1200",
    "account_name": "某甲",
    "region_code": "540100",
    "bank": "105",
    "bank_branch": "虚构支行",
    "account_number": "6200000000000000000",
    "currency": "156",
    "opened_on": date(2020, 2, 29),
    "preferred_for_payment": False,
    "for_refunds": False,
}
CARD = {
    "card_number": "6200000000000000",
    "id_last_four": "123X",
    "card_holder": "某甲",
    "withdrawal_password": "246810",
}
