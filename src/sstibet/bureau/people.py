"""The persons that the bureau knows, as values. All of them are invented."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import date

from sstibet.bureau.database import Database, Row
from sstibet.months import Month


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One enrolment (参保登记): since and until which month (None is open)."""

    enrolment: str
    scheme: str
    category: str
    since: Month
    until: Month | None
    agency_office: str
    tax_office: str

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.scheme!r})"


@dataclass(frozen=True, slots=True)
class Person:
    """One person; ``actor`` is who they are to the engine. ``accounts`` are those on file."""

    actor: str
    name: str
    id_type: str
    id_number: str
    birth_date: date
    sex: str
    mobile: str
    nationality: str = "156"
    category: str = "general"
    student: bool = False
    public_employee: bool = False
    in_employee_pension: bool = False
    in_employee_medical: bool = False
    in_another_medical_pool: bool = False
    local_hukou: bool = True
    monastic: bool = False
    left_employee_insurance_on: date | None = None
    lapsed_years: int = 0
    bought_back_years: int = 0
    user_name: str | None = None
    accounts: tuple[str, ...] = ()
    enrolments: tuple[Enrolment, ...] = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.actor!r})"

    def enrolled(self, scheme: str) -> str:
        """The number of the enrolment in a scheme. LookupError where there is none."""
        for each in self.enrolments:
            if each.scheme == scheme:
                return each.enrolment
        raise LookupError(f"{self.actor} is not enrolled in {scheme}")


# What stands in the person's own table: in columns that are looked up by, and what is told about
# them besides, which is sealed as one. The other fields come from tables of their own.
_LOOKED_UP = ("actor", "name", "id_type", "id_number", "mobile")
_OWN = [
    each.name
    for each in dataclasses.fields(Person)
    if each.name not in ("user_name", "accounts", "enrolments")
]
_YES_NO = [each.name for each in dataclasses.fields(Person) if each.type == "bool"]


def person_row(person: Person) -> Row:
    """A person as their table has them."""
    row = {name: getattr(person, name) for name in _OWN}
    left = person.left_employee_insurance_on
    row["birth_date"] = person.birth_date.isoformat()
    row["left_employee_insurance_on"] = left.isoformat() if left else None
    return folded(row)


def folded(row: Row) -> Row:
    """A person's row with all that isn't looked up by in one text."""
    about = {name: row[name] for name in _OWN if name not in _LOOKED_UP}
    return {
        **{name: row[name] for name in _LOOKED_UP},
        "about": json.dumps(about, ensure_ascii=False),
    }


def unfolded(row: Row) -> Row:
    """A person's row with all that is told about them."""
    return {**{k: v for k, v in row.items() if k != "about"}, **json.loads(row["about"])}


def enrolment_row(person: Person, enrolment: Enrolment) -> Row:
    """An enrolment as its table has it."""
    until = enrolment.until
    same = {name: getattr(enrolment, name) for name in ("enrolment", "scheme", "category")}
    offices = {name: getattr(enrolment, name) for name in ("agency_office", "tax_office")}
    span = {"since": str(enrolment.since), "until": str(until) if until else None}
    return {**same, "actor": person.actor, **span, **offices}


def read_persons(database: Database, first: int = -1) -> list[Person]:
    """All persons, as they are now, or the first so many."""
    these = "(SELECT actor FROM bureau_persons ORDER BY rowid LIMIT ?)"
    users = {
        row["actor"]: row["written"]
        for row in database.rows(f"SELECT * FROM bureau_users WHERE actor IN {these}", first)
    }
    accounts: dict[str, list[str]] = {}
    sql = f"SELECT actor, account FROM bureau_accounts WHERE actor IN {these} ORDER BY rowid"
    for row in database.rows(sql, first):
        accounts.setdefault(row["actor"], []).append(row["account"])
    enrolments: dict[str, list[Enrolment]] = {}
    sql = f"SELECT * FROM bureau_enrolments WHERE actor IN {these} ORDER BY enrolment"
    for row in database.rows(sql, first):
        enrolments.setdefault(row.pop("actor"), []).append(_enrolment(row))
    return [
        _person(
            row,
            users.get(row["actor"]),
            tuple(accounts.get(row["actor"], ())),
            tuple(enrolments.get(row["actor"], ())),
        )
        for row in database.rows("SELECT * FROM bureau_persons ORDER BY rowid LIMIT ?", first)
    ]


def _person(
    row: Row, user: str | None, accounts: tuple[str, ...], enrolments: tuple[Enrolment, ...]
) -> Person:
    row = unfolded(row)
    left = row["left_employee_insurance_on"]
    row = {
        **row,
        "actor": str(row["actor"]),
        **{name: bool(row[name]) for name in _YES_NO},
        "birth_date": date.fromisoformat(row["birth_date"]),
        "left_employee_insurance_on": date.fromisoformat(left) if left else None,
    }
    return Person(**row, user_name=user, accounts=accounts, enrolments=enrolments)


def _enrolment(row: Row) -> Enrolment:
    until = row["until"]
    return Enrolment(
        **{
            **row,
            "since": Month.parse(row["since"]),
            "until": Month.parse(until) if until else None,
        }
    )


@dataclass(frozen=True, slots=True)
class Cast:
    """Those who have a part to play, by what they are. Unless it says so, nothing is paid and no
    account is on file; all but `newborn` and `nobody` are users.

    ``resident``, ``neighbour``: both residents' insurances. ``settled``: the same, this year's
    pension and medical paid (20 yuan too much), an account. ``flexible``: both flexible insurances,
    bases confirmed, two months of this year paid (of each), and last December, which another place
    has as well, an account. ``worker``: the same with no base, no month
    paid, no account. ``helped``: in extreme hardship. ``refunder``: years paid, this year's pension
    and next year's medical twice, an account for refunds. ``elder``: 64. ``student``: 19.
    ``newborn``: 60 days. ``lapsed``: four years lapsed. ``employee``: in both employees' schemes,
    with last year's residents' pension paid beside it, an account.
    ``monastic``: a monk from elsewhere. ``away``: in residents' medical insurance elsewhere.
    ``left``: left employees' insurance a month ago. ``agreed``: an agreement in force for the
    residents' pension. ``visitor``: a foreigner with a passport, enrolled in nothing. ``nobody``:
    no enrolment, no user.
    """

    resident: Person
    neighbour: Person
    settled: Person
    flexible: Person
    worker: Person
    helped: Person
    refunder: Person
    elder: Person
    student: Person
    newborn: Person
    lapsed: Person
    employee: Person
    monastic: Person
    away: Person
    left: Person
    agreed: Person
    visitor: Person
    nobody: Person


# Role -> actor: the first persons, in this order.
ROLES = {each.name: f"p{n:04d}" for n, each in enumerate(dataclasses.fields(Cast), 1)}


def cast_of(persons: list[Person]) -> Cast:
    """The cast among all persons."""
    by_actor = {person.actor: person for person in persons}
    return Cast(**{role: by_actor[actor] for role, actor in ROLES.items()})
