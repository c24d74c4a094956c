"""The ledger's lists: declarations, payments, months; ten rows a page, the newest first."""

from __future__ import annotations

from typing import Any

from sstibet.bureau.database import Row
from sstibet.bureau.declaring import LedgerPart, line_facts
from sstibet.bureau.office import verb
from sstibet.bureau.plain import month, yuan
from sstibet.engine.ports import Call, Reply, reply
from sstibet.money import Money
from sstibet.months import Month

PAGE = 10
_MINE = (
    "SELECT d.* FROM bureau_declarations d WHERE (d.actor = :actor OR EXISTS (SELECT 1 FROM "
    "bureau_lines l WHERE l.declaration_no = d.declaration_no AND l.insured = :actor))"
)
_PAID = "SELECT * FROM bureau_payments WHERE (actor = ? OR insured = ?)"
# What of a payment is still there to be refunded or certified.
LEFT = "given_back < amount AND refund_no IS NULL"


class Listing(LedgerPart):
    """What is declared and paid, by oneself or for oneself."""

    @verb
    def declared(self, call: Call, *, page_number: int = 1) -> Reply:
        """One page of the declarations (已申报信息)."""
        rows = self._declarations(call.actor, "")
        return _page("declarations", rows, page_number)

    @verb
    def open_declarations(self, call: Call) -> Reply:
        """All declarations that are not paid, also those being paid (which can't be voided)."""
        rows = self._declarations(call.actor, " AND d.status IN ('unpaid', 'being_paid')")
        return reply("listed", declarations=rows) if rows else reply("none")

    @verb
    def declaration(self, call: Call, *, declaration_no: str) -> Reply:
        """One declaration with its lines (申报明细)."""
        row = self.declaration_row(declaration_no)
        if row is None or not self.may_see(call.actor, row):
            return reply("not_found")
        lines = [line_facts(line) for line in self.lines_of(declaration_no)]
        return reply(
            "found",
            declaration_lines=lines,
            amount_due=Money(row["amount"]),
            declared_on=row["declared_on"],
        )

    @verb
    def paid(self, call: Call, *, page_number: int = 1) -> Reply:
        """One page of the payments (已缴费信息)."""
        sql = f"{_PAID} ORDER BY booked_on DESC, payment DESC"
        rows = [payment(row) for row in self.database.rows(sql, call.actor, call.actor)]
        return _page("payments", rows, page_number)

    @verb
    def refundable(self, call: Call, *, scheme: str, period_from: Month, period_to: Month) -> Reply:
        """The payments of an insurance and period that are booked in and not refunded."""
        rows = payments_in(self, call.actor, period_from, period_to)
        listed = [payment(row) for row in rows if row["scheme"] == scheme]
        return reply("listed", payments=listed) if listed else reply("none")

    @verb
    def months(
        self,
        call: Call,
        *,
        enrolment: str,
        scheme: str,
        period_from: Month,
        period_to: Month,
        base_tier: str | None = None,
        base: Money | None = None,
    ) -> Reply:
        """Each month of a period: whether enrolled, paid, declared, and the base that is confirmed
        for it; where none is, the tier told, else the base told."""
        sql = (
            "SELECT e.*, p.name AS insured_name FROM bureau_enrolments e "
            "JOIN bureau_persons p USING (actor) WHERE e.enrolment = ? AND e.scheme = ?"
        )
        found = self.database.row(sql, enrolment, scheme)
        first, last = month(period_from), month(period_to)
        if found is None or last < first or not self.may_act_for(call.actor, found["actor"]):
            return reply("none")
        each = [first.plus(n) for n in range(last.index - first.index + 1)]
        told: dict[str, Any] = {"base": base} if base is not None else {}
        if base_tier is not None:
            told = {"tier": base_tier}
        return reply("listed", month_lines=[self._month(found, str(one), told) for one in each])

    def _month(self, enrolment: Row, at: str, told: dict[str, Any]) -> dict[str, Any]:
        key = enrolment["enrolment"]
        sql = (
            "SELECT base FROM bureau_bases WHERE enrolment = ? AND effective_month <= ? "
            "ORDER BY effective_month DESC"
        )
        base = self.database.row(sql, key, at)
        sql = (
            "SELECT d.status FROM bureau_lines l JOIN bureau_declarations d "
            "USING (declaration_no) WHERE l.enrolment = ? AND l.period = ? AND l.live = 1"
        )
        live = self.database.row(sql, key, at)
        return {
            "line": at,
            "enrolment": key,
            "insured_name": enrolment["insured_name"],
            "scheme": enrolment["scheme"],
            "category": enrolment["category"],
            "month": at,
            **({"base": Money(base["base"])} if base else told),
            "enrolled": enrolment["since"] <= at <= (enrolment["until"] or at),
            "paid": live is not None and live["status"] == "paid",
            "declared": live is not None and live["status"] != "paid",
        }

    def _declarations(self, actor: str, more: str) -> list[dict[str, Any]]:
        sql = f"{_MINE}{more} ORDER BY d.declared_on DESC, d.rowid DESC"
        rows = self.database.rows(sql.replace(":actor", "?"), actor, actor)
        return [self._declaration(row) for row in rows]

    def _declaration(self, row: Row) -> dict[str, Any]:
        lines = self.lines_of(row["declaration_no"])
        periods = sorted({line["period"] for line in lines})
        return {
            "declaration_no": row["declaration_no"],
            "scheme": lines[0]["scheme"],
            "insured_name": lines[0]["insured_name"],
            "period": periods[0] if len(periods) == 1 else f"{periods[0]} – {periods[-1]}",
            "amount": Money(row["amount"]),
            "declared_on": row["declared_on"],
            "status": row["status"],
        }


def payments_in(part: LedgerPart | Any, actor: str, first: Month, last: Month) -> list[Row]:
    """A person's payments for months or years of a period of which something is left, the oldest
    period first."""
    start, end = month(first), month(last)
    sql = (
        f"{_PAID} AND {LEFT} AND (month BETWEEN ? AND ? OR coverage_year BETWEEN ? AND ?) "
        "ORDER BY period, sequence, payment"
    )
    values = (str(start), str(end), start.year, end.year)
    found: list[Row] = part.database.rows(sql, actor, actor, *values)
    return found


def payment(row: Row) -> dict[str, Any]:
    """A payment as the ports list it."""
    return {
        name: value
        for name, value in {
            "payment": row["payment"],
            "enrolment": row["enrolment"],
            "insured_name": row["insured_name"],
            "scheme": row["scheme"],
            "period": row["period"],
            "coverage_year": row["coverage_year"],
            "month": row["month"],
            "amount": Money(row["amount"]),
            "account_part": yuan(row["account_part"]),
            "given_back": Money(row["given_back"]),
            "voucher_no": row["voucher_no"],
            "booked_on": row["booked_on"],
            "booked_in": True,
            "sequence": row["sequence"],
            "overcharged": yuan(row["overcharged"]),
            "kept_elsewhere": bool(row["kept_elsewhere"]),
            "overlaps_employee_pension": bool(row["overlaps_employee_pension"]),
            "status": _status(row),
        }.items()
        if value is not None
    }


def _status(row: Row) -> str:
    if row["refund_no"] is not None:
        return "refund_applied"
    if row["given_back"] == 0:
        return "booked_in"
    return "refunded" if row["given_back"] >= row["amount"] else "part_refunded"


def _page(name: str, rows: list[dict[str, Any]], number: int) -> Reply:
    """One page, the last one where the list has none of this number (any more)."""
    if not rows:
        return reply("none")
    count = -(-len(rows) // PAGE)
    number = min(max(number, 1), count)
    shown = rows[(number - 1) * PAGE : number * PAGE]
    return Reply("listed", {name: shown, "page_number": number, "page_count": count})
