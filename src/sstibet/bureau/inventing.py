"""Inventing persons: out of one seed always the same ones, none of whom can be real.

Their ID numbers are right by GB 11643 and begin with 5499, which no county has; their mobile
numbers are 1990000 and the person's own number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from sstibet.bureau.people import ROLES, Enrolment, Person
from sstibet.bureau.plain import data
from sstibet.months import Month
from sstibet.resident_id import check_character

_RESIDENT = ("resident_pension", "resident_medical")
_FLEXIBLE = ("flexible_pension", "flexible_medical")

# Role -> (age in years, enrolled in, what else differs). An age of 0 is 60 days.
_PARTS: dict[str, tuple[int, tuple[str, ...], dict[str, Any]]] = {
    "resident": (35, _RESIDENT, {}),
    "neighbour": (41, _RESIDENT, {"sex": "female"}),
    "settled": (38, _RESIDENT, {}),
    "flexible": (36, _FLEXIBLE, {"sex": "male"}),
    "worker": (29, _FLEXIBLE, {"sex": "female"}),
    "helped": (44, _RESIDENT, {"category": "extreme_hardship"}),
    "refunder": (47, _RESIDENT, {}),
    "elder": (64, _RESIDENT, {}),
    "student": (19, _RESIDENT, {"student": True}),
    "newborn": (0, ("resident_medical",), {}),
    "lapsed": (33, _RESIDENT, {"lapsed_years": 4}),
    "employee": (
        40,
        _RESIDENT,
        {"in_employee_pension": True, "in_employee_medical": True},
    ),
    "monastic": (31, _RESIDENT, {"monastic": True, "local_hukou": False, "sex": "male"}),
    "away": (39, _RESIDENT, {"in_another_medical_pool": True}),
    "left": (37, _RESIDENT, {}),
    "agreed": (45, _RESIDENT, {}),
    "visitor": (28, (), {"local_hukou": False}),
    "nobody": (30, (), {}),
}


def invent(seed: int, count: int, today: date) -> list[Person]:
    """The cast, then others until there are ``count`` persons; ages as of ``today``."""
    random = Random(f"persons {seed}")  # always the same ones; nothing here is secret
    persons = list(_cast(random, today))
    persons.extend(_other(random, n, today) for n in range(len(persons) + 1, count + 1))
    return persons


def _cast(random: Random, today: date) -> Iterator[Person]:
    for number, (role, actor) in enumerate(ROLES.items(), 1):
        age, schemes, rest = _PARTS[role]
        born = today - timedelta(days=60 if age == 0 else age * 365 + age // 4 + 200)
        person = _person(random, number, born, rest.get("sex"))
        person = replace(person, actor=actor, user_name=f"demo_{role}", **rest)
        if role == "left":
            person = replace(person, left_employee_insurance_on=today - timedelta(days=31))
        if role == "visitor":
            passport = f"N0000{number:04d}"
            name = "PEMA INVENTED"
            person = replace(
                person, name=name, id_type="208", id_number=passport, nationality="524"
            )
        if role in ("newborn", "nobody"):
            person = replace(person, user_name=None)
        yield _enrol(random, person, schemes, today)


def _other(random: Random, number: int, today: date) -> Person:
    kind = random.choices(("child", "resident", "flexible", "elder", "none"), (3, 9, 6, 3, 1))[0]
    least, most = {"child": (1, 15), "elder": (60, 88), "flexible": (20, 44)}.get(kind, (16, 59))
    days = random.randint(least * 366, most * 365)
    person = _person(random, number, today - timedelta(days=days), None)
    schemes = {"child": ("resident_medical",), "flexible": _FLEXIBLE, "none": ()}.get(
        kind, _RESIDENT
    )
    if kind == "flexible" and random.random() < 0.3:
        schemes = (random.choice(_FLEXIBLE),)
    if kind in ("child", "resident", "elder"):
        person = replace(person, category=random.choice(data("invented.json")["common_categories"]))
    if kind == "child" or (kind == "resident" and days < 22 * 365 and random.random() < 0.5):
        person = replace(person, student=days > 6 * 366)
    if kind == "resident" and random.random() < 0.06:
        person = replace(person, monastic=True, local_hukou=False)
    if kind == "resident" and random.random() < 0.05:
        person = replace(person, lapsed_years=random.randint(1, 6))
    if kind == "none":
        person = replace(person, public_employee=True, in_employee_pension=True)
        person = replace(person, in_employee_medical=True)
    if number % 4 == 0 and kind in ("resident", "flexible"):
        person = replace(person, user_name=f"user_{person.actor}")
    person = _enrol(random, person, schemes, today)
    if kind == "resident" and random.random() < 0.05:
        *kept, last = person.enrolments
        person = replace(person, enrolments=(*kept, replace(last, until=Month.of(today).plus(-3))))
    return person


def _person(random: Random, number: int, born: date, sex: str | None) -> Person:
    sex = sex or random.choice(("female", "male"))
    county = random.choice(data("invented.json")["counties"])
    # The sequence of the day is odd for men; the person's number keeps ID numbers apart.
    sequence = (number * 2 + (sex == "male")) % 1000
    first17 = f"{county}{born:%Y%m%d}{sequence:03d}"
    return Person(
        actor=f"p{number:04d}",
        name=_name(random, sex),
        id_type="201",
        id_number=first17 + check_character(first17),
        birth_date=born,
        sex=sex,
        mobile=f"1990000{number:04d}",
    )


def _name(random: Random, sex: str) -> str:
    names = data("invented.json")
    if random.random() < 0.15:
        return str(random.choice(names["chinese_family"]) + random.choice(names[f"chinese_{sex}"]))
    first = random.choice(names["tibetan_first"])
    last = random.choice(names[f"tibetan_{sex}"])
    return f"{first}·{last}" if random.random() < 0.5 else f"{first}{last}"


def _enrol(random: Random, person: Person, schemes: tuple[str, ...], today: date) -> Person:
    agency, tax = random.choice(data("invented.json")["offices"])
    month = Month.of(today)
    earliest = max(Month.of(person.birth_date).index + 1, month.index - 60)
    enrolments = list[Enrolment]()
    for scheme in schemes:
        grown = scheme == "resident_medical"
        since = earliest if grown else max(earliest, Month.of(person.birth_date).index + 192)
        enrolments.append(
            Enrolment(
                enrolment=f"54{person.actor[1:]}{len(enrolments) + 1}",
                scheme=scheme,
                category=person.category,
                since=min(Month(since), month),
                until=None,
                agency_office=agency,
                tax_office=tax,
            )
        )
    return replace(person, enrolments=tuple(enrolments))
