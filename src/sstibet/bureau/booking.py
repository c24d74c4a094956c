"""The ledger's bookings (缴费入库): a payment row for each declared line, under one voucher."""

from __future__ import annotations

from datetime import date

from sstibet.bureau.database import Row
from sstibet.bureau.declaring import LedgerPart
from sstibet.bureau.office import Office, for_desk, verb
from sstibet.bureau.plain import fen
from sstibet.engine.ports import Call, Reply, reply
from sstibet.money import Money


class Booking(LedgerPart):
    """Book a payment in, or settle what the government pays whole."""

    @verb
    def book(self, call: Call, *, declaration_no: str, charge_no: str, amount_due: Money) -> Reply:
        """Book a charge in: for a declaration of this very amount that is neither voided nor paid,
        and each charge once. One that came late is booked in even while another payment holds the
        declaration: that one's charge is given back then."""
        row = self.declaration_row(declaration_no)
        if row is None or not self.may_pay(call.actor, row):
            return reply("not_open")
        if row["amount"] != fen(amount_due):
            return reply("not_open")
        if row["status"] == "paid" and row["charge_no"] == charge_no:
            return _booked(row) if row["held_by"] == call.ref else reply("not_open")
        sql = "SELECT 1 FROM bureau_declarations WHERE charge_no = ?"
        if row["status"] not in ("unpaid", "being_paid") or self.database.row(sql, charge_no):
            return reply("not_open")
        return _booked(self._book({**row, "held_by": call.ref}, charge_no, call.day))

    @verb
    def settle(self, call: Call, *, declaration_no: str) -> Reply:
        """Enter as paid what the government pays whole: nothing is due from the person."""
        row = self.declaration_row(declaration_no)
        if row is None or row["amount"] != 0 or not self.may_pay(call.actor, row):
            return reply("not_open")
        if row["status"] == "paid" and row["held_by"] == call.ref:
            return reply("settled", booked_on=row["booked_on"])
        if not _open_for(call, row):
            return reply("not_open")
        self._book({**row, "held_by": call.ref}, None, call.day)
        return reply("settled", booked_on=call.day.isoformat())

    @for_desk
    def bookings(self, call: Call, *, statement_day: date) -> Reply:
        """What was booked in on a day, charge by charge, for the desk alone."""
        sql = (
            "SELECT charge_no, declaration_no, amount, voucher_no, booked_on "
            "FROM bureau_declarations WHERE status = 'paid' AND charge_no IS NOT NULL "
            "AND seeded = 0 AND booked_on = ? ORDER BY charge_no"
        )
        rows = self.database.rows(sql, statement_day.isoformat())
        return reply("listed", bookings=[{**row, "amount": Money(row["amount"])} for row in rows])

    def _book(self, row: Row, charge_no: str | None, day: date) -> Row:
        voucher = voucher_number(self.office, "016", day)
        booked = {"charge_no": charge_no, "voucher_no": voucher, "booked_on": day.isoformat()}
        self.database.run(
            "UPDATE bureau_declarations SET status = 'paid', charge_no = ?, voucher_no = ?, "
            "booked_on = ?, held_by = ? WHERE declaration_no = ?",
            *booked.values(),
            row["held_by"],
            row["declaration_no"],
        )
        for line in self.lines_of(row["declaration_no"]):
            self.database.insert("bureau_payments", **self._payment({**row, **booked}, line))
        return {**row, **booked}

    def _payment(self, declaration: Row, line: Row) -> Row:
        sql = (
            "SELECT count(*) AS n FROM bureau_payments WHERE enrolment = ? AND period = ? "
            "AND (given_back < amount OR amount = 0)"
        )
        before = self.database.row(sql, line["enrolment"], line["period"]) or {"n": 0}
        return payment_row(declaration, line, before["n"] + 1)


def payment_row(declaration: Row, line: Row, sequence: int) -> Row:
    """The payment that a booked line becomes, the ``sequence``-th of its period."""
    same = (
        "declaration_no line insured insured_name enrolment scheme period coverage_year month "
        "amount government_amount account_part"
    )
    return {
        **{name: line[name] for name in same.split()},
        "payment": f"{line['declaration_no']}-{line['line']}",
        "actor": declaration["actor"],
        "voucher_no": declaration["voucher_no"],
        "booked_on": declaration["booked_on"],
        "sequence": sequence,
    }


def voucher_number(office: Office, kind: str, day: date) -> str:
    """The next 18-digit number: 4, the province's 54, the kind (016 a ticket, 015 a certificate),
    year and month, eight digits. The reading of three samples (policy.md §7, C6 and C7)."""
    return f"454{kind}{day:%y%m}{office.scattered(kind)}"


def _open_for(call: Call, row: Row) -> bool:
    """Whether this payment may book the declaration in."""
    held = row["status"] == "being_paid" and row["held_by"] == call.ref
    return bool(held or row["status"] == "unpaid")


def _booked(row: Row) -> Reply:
    return reply("booked", voucher_no=row["voucher_no"], booked_on=row["booked_on"])
