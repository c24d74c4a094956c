"""Certificates (缴费证明、完税证明): made of what is paid when they are issued, and verified."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sstibet.bureau.booking import voucher_number
from sstibet.bureau.database import Row
from sstibet.bureau.listing import LEFT, payment, payments_in
from sstibet.bureau.office import CallingPort, Going, Job, later, says, verb
from sstibet.engine.ports import Call, Reply, reply
from sstibet.money import Money
from sstibet.months import Month

_PAYMENT, _TAX = "payment", "tax"
_SEEN = (
    "SELECT c.* FROM bureau_certificates c JOIN bureau_certified v USING (certificate_no) "
    "WHERE v.voucher_no = ? AND c.kind = ? ORDER BY c.number DESC"
)


class Papers(CallingPort):
    """What is refunded, or being refunded, is not certified."""

    name = "papers"

    @later
    def payment_certificate(self, call: Call) -> Reply | Going:
        """A certificate of all that is paid for the person who asks."""
        if not self._insured(call.actor):
            return reply("nothing")
        return Going(reply("issuing"))

    @verb
    def certifiable(self, call: Call, *, period_from: Month, period_to: Month) -> Reply:
        """The payments of a period that a tax-paid certificate may be about."""
        rows = payments_in(self, call.actor, period_from, period_to)
        listed = [payment(row) for row in rows]
        return reply("listed", payments=listed) if listed else reply("none")

    @later
    def tax_certificate(
        self, call: Call, *, certified_payments: Sequence[Mapping[str, Any]]
    ) -> Reply | Going:
        """A tax-paid certificate of the payments ticked."""
        keys = [row["payment"] for row in certified_payments]
        if self._ticked(call.actor, keys) is None:
            return reply("nothing")
        return Going(reply("issuing"), {"payments": keys})

    def happens(self, job: Job) -> Reply | None:
        """The certificate is made now, of what is paid now."""
        if job.refused is not None:
            return job.refused
        if job.verb == "papers.tax_certificate":
            rows = self._ticked(job.actor, job.told["payments"])
            return self._issue(job, _TAX, rows) if rows else reply("nothing")
        rows = self._insured(job.actor)
        return self._issue(job, _PAYMENT, rows) if rows else reply("nothing")

    def _insured(self, actor: str) -> list[Row]:
        sql = (
            f"SELECT * FROM bureau_payments WHERE insured = ? AND {LEFT} "
            "ORDER BY booked_on, payment"
        )
        return self.database.rows(sql, actor)

    def _ticked(self, actor: str, keys: Sequence[str]) -> list[Row] | None:
        """The payments ticked, all or None."""
        sql = (
            "SELECT * FROM bureau_payments WHERE payment = ? AND (actor = ? OR insured = ?) "
            f"AND {LEFT}"
        )
        found = [self.database.row(sql, key, actor, actor) for key in dict.fromkeys(keys)]
        rows = [row for row in found if row is not None]
        return rows if rows and len(rows) == len(found) else None

    def _issue(self, job: Job, kind: str, rows: list[Row]) -> Reply:
        lines = [_line(row) for row in rows]
        sql = "SELECT id_number FROM bureau_persons WHERE actor = ?"
        person = self.database.row(sql, job.actor)
        issued = {
            "certificate_no": voucher_number(self.office, "015", job.day),
            "voucher_no": lines[-1]["voucher_no"],
            "issued_on": job.day.isoformat(),
        }
        self.database.insert(
            "bureau_certificates",
            **issued,
            kind=kind,
            actor=job.actor,
            id_number=person["id_number"] if person else "",
            number=self.office.serial("certificate"),
            lines=json.dumps(lines, ensure_ascii=False),
        )
        for voucher in {line["voucher_no"] for line in lines}:
            values = {"voucher_no": voucher, "certificate_no": issued["certificate_no"]}
            self.database.insert("bureau_certified", **values)
        return reply("issued", certificate_lines=lines, **issued)

    @verb
    def verify_payment_certificate(
        self, call: Call, *, id_number_asked: str, voucher_no: str
    ) -> Reply:
        """The newest payment certificate that names the voucher, if it is this person's."""
        found = self.database.rows(_SEEN, voucher_no, _PAYMENT)
        # A comparison for every certificate, and one where there is none: the same work always.
        mine = [
            row
            for row in found or [{"id_number": ""}]
            if hmac.compare_digest(row["id_number"].encode(), id_number_asked.encode())
        ]
        return _genuine(mine[0]) if found and mine else reply("not_found")

    @verb
    def verify_tax_certificate(self, call: Call, *, voucher_no: str) -> Reply:
        """The newest tax-paid certificate that names the voucher."""
        found = self.database.row(_SEEN, voucher_no, _TAX)
        return _genuine(found) if found else reply("not_found")


def _line(row: Row) -> dict[str, str]:
    """A payment as a certificate has it: what is left of it, under its own voucher."""
    return {
        "voucher_no": row["voucher_no"],
        "levy_item": says()["levy_items"].get(row["scheme"], row["scheme"]),
        "period": row["period"],
        "booked_on": row["booked_on"],
        "amount": str(Money(row["amount"] - row["given_back"])),
    }


def _genuine(row: Row) -> Reply:
    return reply(
        "genuine",
        certificate_no=row["certificate_no"],
        certificate_lines=json.loads(row["lines"]),
        issued_on=row["issued_on"],
    )
