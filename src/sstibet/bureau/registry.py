"""The register of the insured (参保登记)."""

from __future__ import annotations

from sstibet.bureau.database import Row
from sstibet.bureau.office import Port, verb
from sstibet.engine.ports import Call, Reply, reply
from sstibet.months import Month

_YES_NO = (
    "student",
    "public_employee",
    "in_employee_pension",
    "in_employee_medical",
    "in_another_medical_pool",
    "local_hukou",
    "monastic",
)


class Registry(Port):
    """Who somebody is, and what they are enrolled in."""

    name = "registry"

    @verb
    def myself(self, call: Call) -> Reply:
        """The person who asks."""
        person = self.database.row("SELECT * FROM bureau_persons WHERE actor = ?", call.actor)
        if person is None:
            return reply("not_found")
        return reply(
            "found",
            person_name=person["name"],
            id_type=person["id_type"],
            id_number=person["id_number"],
            nationality=person["nationality"],
            mobile=person["mobile"],
            birth_date=person["birth_date"],
            sex=person["sex"],
        )

    @verb
    def find_enrolments(
        self, call: Call, *, insured_name: str, insured_id_number: str, insurance_group: str
    ) -> Reply:
        """The enrolments of a group that are open, and what the rules ask about the person. Name
        and number must both match; which of them doesn't is not told."""
        sql = "SELECT * FROM bureau_persons WHERE id_number = ? AND name = ?"
        person = self.database.row(sql, insured_id_number, insured_name)
        if person is None:
            return reply("not_found")
        month = str(Month.of(call.day))
        found = [
            each
            for each in self._enrolments(call, person["actor"], insurance_group)
            if each.get("until") is None or each["until"] >= month
        ]
        if not found:
            return reply("none")
        sql = "INSERT OR IGNORE INTO bureau_introduced VALUES (?, ?)"
        self.database.run(sql, call.actor, person["actor"])
        return reply("found", enrolments=found, **_about(person))

    @verb
    def my_enrolments(self, call: Call, *, insurance_group: str = "any") -> Reply:
        """One's own enrolments of a group, ended ones as well."""
        found = self._enrolments(call, call.actor, insurance_group)
        return reply("found", enrolments=found) if found else reply("none")

    def _enrolments(self, call: Call, actor: str, group: str) -> list[Row]:
        # The schemes of a group begin with its name: resident_pension, resident_medical.
        sql = (
            "SELECT enrolment, scheme, e.category, since, until, agency_office, tax_office, "
            "left_employee_insurance_on FROM bureau_enrolments e JOIN bureau_persons "
            "USING (actor) WHERE actor = ? AND (? = 'any' OR scheme LIKE ? || '\\_%' ESCAPE '\\') "
            "ORDER BY enrolment"
        )
        rows = self.database.rows(sql, actor, group, group)
        return [{**row, "paid_this_year": self._paid(call, row["enrolment"])} for row in rows]

    def _paid(self, call: Call, enrolment: str) -> bool:
        """Whether something is booked in for this calendar year."""
        sql = (
            "SELECT 1 FROM bureau_payments WHERE enrolment = ? AND substr(period, 1, 4) = ? "
            "AND (given_back < amount OR amount = 0)"
        )
        return self.database.row(sql, enrolment, f"{call.day.year:04d}") is not None


def _about(person: Row) -> Row:
    left = person["left_employee_insurance_on"]
    return {
        **{name: bool(person[name]) for name in _YES_NO},
        "birth_date": person["birth_date"],
        "sex": person["sex"],
        "left_employee_insurance": left is not None,
        "lapsed_years": person["lapsed_years"],
        "bought_back_years": person["bought_back_years"],
    }
