"""The bureau's first contents: invented persons, what they have paid, filed and signed."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from sstibet.bureau.booking import payment_row, voucher_number
from sstibet.bureau.database import Row
from sstibet.bureau.inventing import invent
from sstibet.bureau.office import Office
from sstibet.bureau.passwords import CHEAP, cost_of
from sstibet.bureau.people import ROLES, Enrolment, Person, enrolment_row, person_row
from sstibet.bureau.plain import data
from sstibet.identifiers import luhn_digit
from sstibet.money import Money, Rate, Rounding, Unit
from sstibet.months import Month

_TOO_MUCH = Money(2000)
_TO_FEN = Rounding(Unit.FEN, "half_up")
_OF_ROLE = {actor: role for role, actor in ROLES.items()}
_WITH_ACCOUNT = ("settled", "flexible", "refunder", "employee", "agreed")


def demo_password(seed: int, actor: str) -> str:
    """The password of an invented user: worked out from the seed, so it is stored nowhere."""
    key = f"sstibet's invented users {seed}".encode()
    return f"demo-{hmac.digest(key, actor.encode(), 'sha256').hex()[:12]}"


def seed_once(office: Office, seed: int, count: int, today: date) -> None:
    """Fill an empty bureau; one that was filled, by whomever, stays as it is, with its own seed."""
    with office.database.writing():
        if (known := seed_of(office)) is not None:
            office.offset = known
            return
        for name, value in (("seed", str(seed)), ("seeded_on", today.isoformat())):
            office.database.insert("bureau_meta", name=name, value=value)
        _Seeding(office, seed, today).fill(invent(seed, count, today))


def seed_of(office: Office) -> int | None:
    """The seed that the bureau was filled by."""
    found = office.database.row("SELECT value FROM bureau_meta WHERE name = 'seed'")
    return None if found is None else int(found["value"])


@dataclass(frozen=True, slots=True)
class _Paid:
    """One payment of the past: of what, for when, how much, and when it was booked in."""

    enrolment: Enrolment
    amount: Money
    on: date
    year: int | None = None
    month: Month | None = None
    base: Money | None = None
    tier: str | None = None
    account_part: Money | None = None
    overcharged: Money | None = None
    kept_elsewhere: bool = False
    overlaps_employee_pension: bool = False


class _Seeding:
    def __init__(self, office: Office, seed: int, today: date) -> None:
        self.office, self.database = office, office.database
        self.seed, self.today = seed, today
        self.random = Random(f"history {seed}")  # nothing here is secret
        self.rows: dict[str, list[Row]] = {}

    def fill(self, persons: list[Person]) -> None:
        """Everything of every person, in as few statements as there are tables."""
        for person in persons:
            role = _OF_ROLE.get(person.actor)
            self.add("bureau_persons", person_row(person))
            for enrolment in person.enrolments:
                self.add("bureau_enrolments", enrolment_row(person, enrolment))
            if person.user_name is not None:
                self.user(person)
            if role in _WITH_ACCOUNT or (role is None and self.random.random() < 0.3):
                self.account(person, role)
            self.history(person, role)
        for table, rows in self.rows.items():
            self.database.insert_all(table, rows)

    def add(self, table: str, row: Row) -> None:
        self.rows.setdefault(table, []).append(row)

    def user(self, person: Person) -> None:
        """A user whose password `demo_password` tells."""
        hashed = CHEAP.hash(demo_password(self.seed, person.actor))
        names = {"user_name": person.user_name, "written": person.user_name, "actor": person.actor}
        kept = {"hash": hashed, "cost": cost_of(hashed), "mobile": person.mobile}
        self.add("bureau_users", {**names, **kept})

    def account(self, person: Person, role: str | None) -> None:
        """An account on file, and the agreement of whoever has one."""
        number = f"62000000000000{person.actor[1:]}"
        account = f"A{self.office.scattered('account')}"
        row = {
            "account": account,
            "actor": person.actor,
            "account_kind": "1200",
            "account_name": person.name,
            "region_code": "540100",
            "bank": self.random.choice(("102", "103", "104", "105")),
            "bank_branch": data("invented.json")["branch"],
            "account_number": number + luhn_digit(number),
            "currency": "156",
            "opened_on": (self.today - timedelta(days=900)).isoformat(),
            "preferred_for_payment": 1,
            "for_refunds": 1,
        }
        self.add("bureau_accounts", row)
        if role == "agreed":
            self.agreement(person, account)

    def agreement(self, person: Person, account: str) -> None:
        """An agreement in force for the residents' pension."""
        on = self.today - timedelta(days=100)
        row = {
            "agreement_no": f"54{on:%Y%m%d}{self.office.scattered('agreement')}",
            "actor": person.actor,
            "account": account,
            "scheme": "resident_pension",
            "status": "active",
            "holder_name": person.name,
            "verified_on": on.isoformat(),
            "active_from": on.isoformat(),
        }
        self.add("bureau_agreements", row)

    def history(self, person: Person, role: str | None) -> None:
        """What the person has paid so far."""
        year = self.today.year
        parts = {"settled": self.settled, "refunder": self.refunder, "employee": self.employee}
        for enrolment in person.enrolments:
            if enrolment.scheme.startswith("flexible"):
                self.flexible(person, enrolment, role)
            elif role is not None:
                if role in parts:
                    self.book(person, parts[role](enrolment, year))
            elif person.category == "general":
                self.book(person, self.resident(person, enrolment, year))

    def settled(self, enrolment: Enrolment, year: int) -> list[_Paid]:
        """This year paid, and 20 yuan too much for the medical insurance."""
        paid = self.yearly(enrolment, year, self.before(20))
        if enrolment.scheme == "resident_medical":
            paid = replace(paid, amount=paid.amount + _TOO_MUCH, overcharged=_TOO_MUCH)
        return [paid]

    def employee(self, enrolment: Enrolment, year: int) -> list[_Paid]:
        """Last year's pension, paid beside the employees' scheme."""
        if enrolment.scheme != "resident_pension":
            return []
        paid = self.yearly(enrolment, year - 1, self.before(300))
        return [replace(paid, overlaps_employee_pension=True)]

    def refunder(self, enrolment: Enrolment, year: int) -> list[_Paid]:
        """Years paid; this year's pension, and the medical insurance of next year, paid twice."""
        twice = year if enrolment.scheme == "resident_pension" else year + 1
        return [
            self.yearly(enrolment, twice - 1, self.before(300)),
            self.yearly(enrolment, twice, self.before(9)),
            self.yearly(enrolment, twice, self.before(8)),
        ]

    def resident(self, person: Person, enrolment: Enrolment, year: int) -> list[_Paid]:
        """Most have paid last year's pension and this year's medical insurance, some more."""
        medical = enrolment.scheme == "resident_medical"
        if not medical and (year - person.birth_date.year >= 60 or person.student):
            return []
        found = list[_Paid]()
        for offset, share in ((-1, 0.7), (0, 0.3)):
            if self.random.random() < share:
                on = self.before(-365 * offset + self.random.randint(15, 60))
                found.append(self.yearly(enrolment, year + offset + medical, on))
        return found

    def yearly(self, enrolment: Enrolment, year: int, on: date) -> _Paid:
        """A year of a residents' insurance."""
        if enrolment.scheme == "resident_medical":
            amount = Money.parse(data("invented.json")["medical"])
            return _Paid(enrolment, amount, on, year, tier="standard")
        amount = Money.parse(self.random.choice(data("invented.json")["tiers"]))
        tier = str(amount.fen // 100)
        return _Paid(enrolment, amount, on, year, tier=tier, account_part=amount)

    def flexible(self, person: Person, enrolment: Enrolment, role: str | None) -> None:
        """A base confirmed for this year, and some of its months paid."""
        if role == "worker":
            return
        now = Month.of(self.today)
        months = [Month.at(now.year, n) for n in range(1, now.month)]
        base = Money.parse(self.random.choice(data("invented.json")["bases"]))
        if role == "flexible":
            # This month and the one before, or what else leaves a month of the year to be paid.
            last = min(max(now.month, 2), 11)
            months = [Month.at(now.year, last - 1), Month.at(now.year, last)]
            base = Money.parse(data("invented.json")["bases"][0])
        else:
            months = months[: self.random.randint(0, 12)]
        row = {
            "enrolment": enrolment.enrolment,
            "effective_month": str(Month.at(now.year, 1)),
            "base": base.fen,
            "base_tier": None,
            "confirmation_no": f"54{self.today:%Y%m%d}{self.office.scattered('confirmation')}",
        }
        self.add("bureau_bases", row)
        paid = [self.monthly(enrolment, each, base) for each in months if each >= enrolment.since]
        if role == "flexible":
            before = self.monthly(enrolment, Month.at(now.year - 1, 12), base)
            paid.insert(0, replace(before, kept_elsewhere=True))
        self.book(person, paid)

    def monthly(self, enrolment: Enrolment, month: Month, base: Money) -> _Paid:
        """A month of a flexible worker's insurance, paid in it (or today, if it is to come)."""
        known = data("invented.json")
        amount = Rate.parse(known[enrolment.scheme]).of(base, _TO_FEN)
        amount += Money.parse(known.get(f"{enrolment.scheme}_on_top", "0"))
        share = Rate.parse(data("says.json")["account_shares"]["base"][enrolment.scheme])
        on = min(month.first_day + timedelta(days=9), self.today)
        account = share.of(base, _TO_FEN)
        return _Paid(enrolment, amount, on, month=month, base=base, account_part=account)

    def before(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def book(self, person: Person, payments: list[_Paid]) -> None:
        """Each payment as its declaration, its order and its booking."""
        seen: dict[str, int] = {}
        for paid in payments:
            line, declaration = self.declared(person, paid)
            seen[line["period"]] = sequence = seen.get(line["period"], 0) + 1
            number, on = declaration["declaration_no"], paid.on.isoformat()
            self.add("bureau_declarations", declaration)
            self.add("bureau_lines", {**line, "live": int(sequence == 1)})
            payment = payment_row(declaration, line, sequence)
            self.add("bureau_payments", {**payment, **_marks(paid)})
            order: dict[str, Any] = {
                "ref": f"seeded-{number}",
                "actor": person.actor,
                "amount": paid.amount.fen,
                "channel": "alipay",
                "status": "succeeded",
                "charge_no": declaration["charge_no"],
                "paid_on": on,
            }
            self.add("bureau_orders", order)

    def declared(self, person: Person, paid: _Paid) -> tuple[Row, Row]:
        """The line of a payment of the past and its declaration."""
        on, serial = paid.on, self.office.serial
        number = f"54{on:%Y%m%d}{serial('declaration'):08d}"
        fen: Callable[[Money | None], int | None] = lambda money: money.fen if money else None  # noqa: E731 - one word for four amounts
        line = {
            "declaration_no": number,
            "line": "1",
            "enrolment": paid.enrolment.enrolment,
            "insured": person.actor,
            "insured_name": person.name,
            "scheme": paid.enrolment.scheme,
            "category": paid.enrolment.category,
            "period": str(paid.month or paid.year),
            "coverage_year": paid.year,
            "month": str(paid.month) if paid.month else None,
            "tier": paid.tier,
            "base": fen(paid.base),
            "amount": paid.amount.fen,
            "government_amount": None,
            "account_part": fen(paid.account_part),
        }
        declaration = {
            "declaration_no": number,
            "actor": person.actor,
            "ref": f"seeded-{number}",
            "declared_on": on.isoformat(),
            "amount": paid.amount.fen,
            "status": "paid",
            "charge_no": f"CH{on:%Y%m%d}{self.office.scattered('charge')}",
            "voucher_no": voucher_number(self.office, "016", on),
            "booked_on": on.isoformat(),
            "seeded": 1,
        }
        return line, declaration


def _marks(paid: _Paid) -> Row:
    """What the agency knows of a payment of the past that a refund may rest on."""
    return {
        "overcharged": paid.overcharged.fen if paid.overcharged else None,
        "kept_elsewhere": int(paid.kept_elsewhere),
        "overlaps_employee_pension": int(paid.overlaps_employee_pension),
    }
