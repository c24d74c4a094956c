"""What an invented person types into any form of the shipped items: answers that may do, mostly.

Everything is drawn from a `random.Random` that the caller seeds, so the same seed types the same.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from typing import Any

from sstibet.bureau import Person
from sstibet.forms.bound import BoundForm
from sstibet.forms.parts import BoundField
from sstibet.months import Month

# Invented; their check digits are right.
CARDS = ("6227000000000000011", "6222020000000000018", "6227000000000000029")
LIKELY_GROUNDS = ("paid_twice", "paid_twice", "overcharged", "death", "employee_pension_overlap")
# What leads away from where an item is going; done now and then.
LEAVING = ("back", "cancel", "withdraw", "void_it", "close", "end_agreement", "file_account")
SECRET = "246810"  # the withdrawal password that everybody types; it must stand nowhere


class Filler:
    """Fills in forms for ``people``; the second of them signs direct-debit agreements."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.people = people

    def filled(
        self, form: BoundForm, whom: Person, day: date, rng: random.Random
    ) -> dict[str, Any]:
        """Answers to a form, about ``whom``."""
        answers = {f.fact: self._value(f, whom, day, rng) for f in form.fields if f.asked}
        typed = {name: value for name, value in answers.items() if value is not None}
        bound = form.with_typed(typed)
        for each in bound.fields:
            if each.asked and each.fact in typed and (each.rows or each.options is not None):
                typed[each.fact] = self._value(each, whom, day, rng)
        visible = bound.visible(typed)
        return {name: v for name, v in typed.items() if name in visible and v is not None}

    def _value(self, each: BoundField, whom: Person, day: date, rng: random.Random) -> Any:
        if each.rows is not None:
            return _rows(each, day, rng)
        if each.must_be_yes:
            return True
        if each.fact == "refund_ground" and rng.random() < 0.8:
            return rng.choice(LIKELY_GROUNDS)
        if each.options is not None:
            return rng.choice([value for value, _ in each.options]) if each.options else None
        month = Month.of(day)
        known: dict[str, Any] = {
            "insured_name": whom.name,
            "insured_id_number": whom.id_number,
            "card_number": rng.choice(CARDS),
            "id_last_four": whom.id_number[-4:],
            "card_holder": whom.name,
            "withdrawal_password": SECRET,
            "period_from": str(month.plus(rng.choice((-10, 0, 0, -20)))),
            "period_to": str(month.plus(rng.choice((0, 1, 2, 14)))),
            "effective_month": str(month.plus(rng.choice((0, 0, 1)))),
            "base": rng.choice(("7066.20", "9000.00", "5000.00", "12000")),
            "opened_on": "2020-02-29",
            "account_number": rng.choice(CARDS),
            "account_name": whom.name,
            "bank_branch": "虚构支行",
            "reason_text": "重复缴费",
            "holder_name": self.people[1].name,
            "holder_id_number": self.people[1].id_number,
            "holder_mobile": "13800138000",
            "page_number": "1",
        }
        return each.value if each.value is not None else known.get(each.fact)


def _rows(each: BoundField, day: date, rng: random.Random) -> list[dict[str, Any]] | None:
    rows = each.rows
    assert rows is not None
    pickable = list(rows.pickable)
    if not pickable:
        return None
    if rows.pick == "one":
        pickable = [rng.choice(pickable)]
    elif rows.pick == "some":
        pickable = rng.sample(pickable, rng.randint(1, min(3, len(pickable))))
    picked = []
    for row in pickable:
        ticked: dict[str, Any] = {"key": row.key}
        for column in rows.asks:
            options = row.options.get(column.name)
            if options:
                ticked[column.name] = rng.choice([value for value, _ in options])
            elif column.name == "coverage_year":
                later = str(row.values.get("scheme")).endswith("medical")
                ticked[column.name] = day.year + (1 if later and rng.random() < 0.9 else 0)
        picked.append(ticked)
    return picked


def likely_event(
    choices: Sequence[str], was_refused: bool, rng: random.Random, leaves: float = 0.03
) -> str | None:
    """What a person does next, mostly ahead, and how often what ``leaves``; None where there is
    nothing to do but to wait."""
    ahead = [each for each in choices if each not in LEAVING]
    leaving = [each for each in choices if each in LEAVING]
    if was_refused and "back" in leaving and rng.random() < 0.5:
        return "back"
    if ahead and rng.random() < 1 - leaves:
        return "submit" if "submit" in ahead and rng.random() < 0.94 else rng.choice(ahead)
    if leaving and (ahead or rng.random() < 0.05 + leaves):
        return rng.choice(leaving)
    return None
