"""What the demo shows, as data: a question for each kind of answer, and what must come out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

COMMANDS = {"may_pay": "may-pay", "difference": "quote"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its title, the question, and the outcome that it must have.

    ``ask`` is a question of `sstibet.Rules`, or a show of the workshop.
    """

    title: str
    ask: str
    of: str
    on: date
    expect: str
    facts: Mapping[str, object] = field(default_factory=dict)
    known_on: date | None = None
    paid_as_known_on: date | None = None
    shown_as: str = ""

    @property
    def command(self) -> str:
        """The same question as a reader would type it."""
        if self.shown_as:
            return f"$ {self.shown_as}"
        if self.ask in ("wait", "cover", "parameter"):
            facts = f", {dict(self.facts)}" if self.facts else ""
            rules = f'sstibet.load().on(date.fromisoformat("{self.on}"))'
            return f'>>> {rules}.{self.ask}("{self.of}"{facts})'
        known = f" --known-on {self.known_on}" if self.known_on else ""
        paid = f" --paid-known-on {self.paid_as_known_on}" if self.paid_as_known_on else ""
        facts = "".join(f" --set {name}={_typed(value)}" for name, value in self.facts.items())
        name = COMMANDS.get(self.ask, self.ask)
        return f"$ sstibet {name} {self.of} --on {self.on}{known}{paid}{facts}"


def _typed(value: object) -> str:
    return value if isinstance(value, str) else f"'{json.dumps(value)}'"


def _day(text: str) -> date:
    return date.fromisoformat(text)


GENERAL = {"category": "general"}
ADULT = {
    "birth_date": "1990-05-01",
    "student": "no",
    "public_employee": "no",
    "in_employee_pension": "no",
    "local_hukou": "yes",
    "paid_this_year": "no",
}
PAYMENT_2026 = {
    "coverage_year": "2026",
    "amount": "400",
    "given_back": "0",
    "booked_in": "yes",
    "sequence": "2",
}

STEPS: tuple[Step, ...] = (
    Step(
        "Flexible pension (灵活就业养老保险): one month on the lowest base of 2025",
        "quote",
        "flexible_pension",
        _day("2025-03-01"),
        "due 1413.24, total 1413.24, rests on code evidence",
        {"base": "7066.20", "months": "1"},
    ),
    Step(
        "One fen below that floor (缴费基数下限)",
        "quote",
        "flexible_pension",
        _day("2025-03-01"),
        "wrong base: below_floor",
        {"base": "7066.19", "months": "1"},
    ),
    Step(
        "Four months over the turn of the year: each month by its own edition",
        "quote",
        "flexible_pension",
        _day("2024-11-01"),
        "due 6028.80, total 6028.80, rests on code evidence",
        {"base": "7536", "months": "4"},
    ),
    Step(
        "A whole year by a base tier (缴费档次): the tiers are invented, and the quote says so",
        "quote",
        "flexible_pension",
        _day("2025-01-01"),
        "due 16958.88, total 16958.88, rests on synthetic evidence",
        {"base_tier": "60", "months": "12"},
    ),
    Step(
        "Nothing said of the base yet: the answer names what would settle it",
        "quote",
        "flexible_pension",
        _day("2025-03-01"),
        "missing base, months",
    ),
    Step(
        "June 2025, when the base of 2025 was not announced yet: the last one is carried on",
        "quote",
        "flexible_pension",
        _day("2025-01-01"),
        "due 4156.80, total 4156.80, rests on synthetic evidence, provisional by the last bases",
        {"base": "6928", "months": "3"},
        known_on=_day("2025-06-01"),
    ),
    Step(
        "The same months once it is announced: the back-difference (补差)",
        "difference",
        "flexible_pension",
        _day("2025-01-01"),
        "difference 82.92: 4239.72 due - 4156.80 paid",
        {"base": "6928", "months": "3"},
        paid_as_known_on=_day("2025-06-01"),
    ),
    Step(
        "Flexible medical (灵活就业医疗保险): no value of Tibet is public, so this one is invented",
        "quote",
        "flexible_medical",
        _day("2025-03-01"),
        "due 575.30, total 575.30, rests on synthetic evidence",
        {"base": "7066.20", "months": "1"},
    ),
    Step(
        "Resident pension (城乡居民养老保险), the tier of 500 yuan and the least subsidy",
        "quote",
        "resident_pension",
        _day("2025-03-01"),
        "due 500.00, total 560.00, rests on quoted evidence",
        {"tier": "500", **GENERAL},
    ),
    Step(
        "A tier that does not exist",
        "quote",
        "resident_pension",
        _day("2025-03-01"),
        "wrong tier: not_a_tier",
        {"tier": "150"},
    ),
    Step(
        "A severely disabled payer, for whom the government pays (代缴)",
        "quote",
        "resident_pension",
        _day("2025-03-01"),
        "due 100.00, total 230.00, rests on synthetic evidence",
        {"tier": "200", "category": "severe_disability"},
    ),
    Step(
        "Three years paid back (补缴) at the start of that scheme, without a subsidy",
        "quote",
        "resident_pension_back_payment",
        _day("2025-03-01"),
        "due 1500.00, total 1500.00, rests on memory evidence",
        {"tier": "500", "back_years": "3"},
    ),
    Step(
        "Tibet's rural pilot (新农保) in 2011: only its lowest and highest tier are on record",
        "quote",
        "resident_pension_rural",
        _day("2011-06-01"),
        "due 100.00, total 130.00, rests on press evidence",
        {"tier": "100"},
    ),
    Step(
        "Its urban counterpart (城居保): a tier between the two is not invented",
        "quote",
        "resident_pension_urban",
        _day("2012-06-01"),
        "wrong tier: tier_unknown",
        {"tier": "600"},
    ),
    Step(
        "May an adult of 34 pay it?",
        "may_pay",
        "resident_pension",
        _day("2025-03-01"),
        "may pay",
        ADULT,
    ),
    Step(
        "May a pupil of 14 pay it?",
        "may_pay",
        "resident_pension",
        _day("2025-03-01"),
        "refused: aged_sixteen",
        {**ADULT, "birth_date": "2010-03-02", "student": "yes"},
    ),
    Step(
        "May somebody of whom only the birth date is known?",
        "may_pay",
        "resident_pension",
        _day("2025-03-01"),
        "missing in_employee_pension, local_hukou, monastic, paid_this_year, "
        "public_employee, student",
        {"birth_date": "1990-05-01"},
    ),
    Step(
        "Resident medical (城乡居民医疗保险) of 2025, at the price of the notice of 2024",
        "quote",
        "resident_medical",
        _day("2024-10-15"),
        "due 400.00, total 1070.00, rests on quoted evidence",
        {"coverage_year": "2025", **GENERAL},
    ),
    Step(
        "The same for 2018, of which no price of Tibet's is on record",
        "quote",
        "resident_medical",
        _day("2017-10-15"),
        "wrong coverage_year: no_edition_unknown",
        {"coverage_year": "2018", **GENERAL},
    ),
    Step(
        "Paid in December for the next year: what is covered (待遇享受期)",
        "cover",
        "resident_medical",
        _day("2025-12-01"),
        "covered 2026-01-01 – 2026-12-31",
        {"coverage_year": "2026", "birth_date": "1990-05-01"},
    ),
    Step(
        "Three years lapsed, one bought back: how long one waits (待遇等待期)",
        "wait",
        "resident_medical",
        _day("2026-03-01"),
        "wait 5 months",
        {
            "lapsed_years": "3",
            "bought_back_years": "1",
            "birth_date": "1990-05-01",
            "left_employee_insurance": "no",
            **GENERAL,
        },
    ),
    Step(
        "A refund (退费) of a payment made twice, before the benefits begin",
        "refund",
        "resident_medical",
        _day("2025-12-01"),
        "given back 400.00",
        {"refund_ground": "paid_twice", "payments": [PAYMENT_2026]},
    ),
    Step(
        "The same after the benefits have begun",
        "refund",
        "resident_medical",
        _day("2026-01-01"),
        "refused: before_benefit",
        {"refund_ground": "paid_twice", "payments": [PAYMENT_2026]},
    ),
    Step(
        "The least one must have paid by 2030, in months (最低缴费年限)",
        "parameter",
        "minimum_contribution_months",
        _day("2030-01-01"),
        "186",
    ),
    Step(
        "Many questions in one file, each row with a day and a scheme of its own",
        "table",
        "",
        _day("2025-03-01"),
        "4 rows, 1 without a quote",
        {
            "rows": [
                "scheme,on,base,months,tier,category",
                "flexible_pension,2025-03-01,7066.20,1,,",
                "flexible_pension,2024-03-01,6928,10,,",
                "flexible_pension,2025-03-01,7066.19,1,,",
                "resident_pension,2025-03-01,,,200,general",
            ]
        },
        shown_as="sstibet table people.csv quotes.csv",
    ),
    Step(
        "An author writes '20 %' for '20%', and is told where and how to mend it",
        "mistake",
        "",
        _day("2025-03-01"),
        "rates.yaml: rate_space",
        {"right": "rate: 20%", "wrong": "rate: 20 %"},
        shown_as="sstibet check rules",
    ),
)
