"""Certificates (缴费证明、完税证明): made of what is paid when they are issued, and verified."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sstibet.bureau.booking import voucher_number
from sstibet.bureau.database import Row
from sstibet.bureau.listing import LEFT, payment, payments_in
from sstibet.bureau.office import CallingPort, Going, Job, Office, for_desk, later, says, verb
from sstibet.engine.ports import Call, Reply, reply
from sstibet.money import ZERO, Money
from sstibet.months import Month, parse_day
from sstibet.papers.certificate import PAYMENT, TAX, Certificate, PaidLine
from sstibet.papers.sealing import Ed25519Signer, Signer, seal

if TYPE_CHECKING:
    from sstibet.papers.sealing import Verifier

_SEEN = (
    "SELECT c.* FROM bureau_certificates c JOIN bureau_certified v USING (certificate_no) "
    "WHERE v.voucher_no = ? AND c.kind = ? ORDER BY c.number DESC"
)


class Papers(CallingPort):
    """What is refunded, or being refunded, is not certified. Its certificates are specimens: the
    persons are invented. Without a ``signer`` the bureau's own key seals them."""

    name = "papers"

    def __init__(self, office: Office, signer: Signer | None = None) -> None:
        super().__init__(office)
        self._given = signer

    @property
    def signer(self) -> Signer:
        """Who seals what is issued."""
        if self._given is None:
            self._given = Ed25519Signer.named(self.database.own_secret("paper_key"))
        return self._given

    @property
    def verifiers(self) -> tuple[Verifier, ...]:
        """What judges the seals of the bureau's own key; none where it was given another signer,
        whose owner can tell."""
        signer = self.signer
        return (signer.verifier,) if isinstance(signer, Ed25519Signer) else ()

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
            return self._issue(job, TAX, rows) if rows else reply("nothing")
        rows = self._insured(job.actor)
        return self._issue(job, PAYMENT, rows) if rows else reply("nothing")

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
        sql = "SELECT name, id_type, id_number FROM bureau_persons WHERE actor = ?"
        person = self.database.row(sql, job.actor) or dict.fromkeys(
            ("name", "id_type", "id_number"), ""
        )
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
            id_number=person["id_number"],
            number=self.office.serial("certificate"),
            # Beside what is certified, which payment it was: it may be repaid later.
            lines=json.dumps(
                [
                    {**line, "payment": row["payment"]}
                    for line, row in zip(lines, rows, strict=True)
                ],
                ensure_ascii=False,
            ),
        )
        for voucher in {line["voucher_no"] for line in lines}:
            values = {"voucher_no": voucher, "certificate_no": issued["certificate_no"]}
            self.database.insert("bureau_certified", **values)
        certificate = Certificate(
            kind=kind,
            number=issued["certificate_no"],
            voucher_no=issued["voucher_no"],
            issued_on=job.day,
            office=says()["office"],
            holder_name=person["name"],
            id_type=person["id_type"],
            id_number=person["id_number"],
            lines=tuple(_paid(line) for line in lines),
            specimen=True,
        )
        sealed = seal(certificate, self.signer).text()
        return reply("issued", certificate_lines=lines, sealed_certificate=sealed, **issued)

    @verb
    def verify_payment_certificate(
        self, call: Call, *, id_number_asked: str, voucher_no: str
    ) -> Reply:
        """The newest payment certificate that names the voucher, if it is this person's."""
        found = self.database.rows(_SEEN, voucher_no, PAYMENT)
        # A comparison for every certificate, and one where there is none: the same work always.
        mine = [
            row
            for row in found or [{"id_number": ""}]
            if hmac.compare_digest(row["id_number"].encode(), id_number_asked.encode())
        ]
        return self._stands(mine[0]) if found and mine else reply("not_found")

    @verb
    def verify_tax_certificate(self, call: Call, *, voucher_no: str) -> Reply:
        """The newest tax-paid certificate that names the voucher."""
        found = self.database.row(_SEEN, voucher_no, TAX)
        return self._stands(found) if found else reply("not_found")

    @for_desk
    def on_record(self, call: Call, *, certificate_no: str) -> Reply:
        """How the one certificate of this number stands."""
        sql = "SELECT * FROM bureau_certificates WHERE certificate_no = ?"
        found = self.database.row(sql, certificate_no)
        if found is None:
            return reply("not_found")
        stands = self._stands(found)
        told = {name: stands.facts[name] for name in stands.facts if name == "refunded_on"}
        return Reply(stands.answer, told)

    def _stands(self, row: Row) -> Reply:
        """What a certificate says, and whether that is still so."""
        lines, days = list[dict[str, Any]](), list[str]()
        for line in json.loads(row["lines"]):
            key = line.pop("payment", None)
            back = self._repaid_since(line, key)
            if back > ZERO:
                line["refunded"] = str(back)
                days.append(self._repaid_on(line, key))
            lines.append(line)
        told = {
            "certificate_no": row["certificate_no"],
            "certificate_lines": lines,
            "issued_on": row["issued_on"],
        }
        return (
            reply("refunded", **told, refunded_on=max(days)) if days else reply("genuine", **told)
        )

    def _repaid_since(self, line: Mapping[str, Any], key: str | None) -> Money:
        """How much less is left of a line's payment than was certified."""
        rows = self._payments(line, key)
        left = sum((Money(row["amount"] - row["given_back"]) for row in rows), ZERO)
        return max(Money.parse(line["amount"]) - left, ZERO) if rows else ZERO

    def _repaid_on(self, line: Mapping[str, Any], key: str | None) -> str:
        sql = (
            "SELECT max(r.repaid_on) AS day FROM bureau_refunds r JOIN bureau_refund_lines l "
            "USING (refund_no) WHERE l.payment = ? AND r.status = 'repaid'"
        )
        found = [self.database.row(sql, row["payment"]) for row in self._payments(line, key)]
        days = [str(row["day"]) for row in found if row is not None and row["day"]]
        return max(days, default=str(line["booked_on"]))

    def _payments(self, line: Mapping[str, Any], key: str | None) -> list[Row]:
        """The payment that a line certifies. Certificates of before the library kept which one:
        those that it may have been."""
        if key is not None:
            return self.database.rows("SELECT * FROM bureau_payments WHERE payment = ?", key)
        sql = "SELECT * FROM bureau_payments WHERE voucher_no = ? AND period = ?"
        rows = self.database.rows(sql, line["voucher_no"], line["period"])
        return [row for row in rows if _item(row) == line["levy_item"]]


def _line(row: Row) -> dict[str, str]:
    """A payment as a certificate has it: what is left of it, under its own voucher."""
    return {
        "voucher_no": row["voucher_no"],
        "levy_item": _item(row),
        "period": row["period"],
        "booked_on": row["booked_on"],
        "amount": str(Money(row["amount"] - row["given_back"])),
    }


def _item(row: Row) -> str:
    return str(says()["levy_items"].get(row["scheme"], row["scheme"]))


def _paid(line: Mapping[str, str]) -> PaidLine:
    return PaidLine(
        line["voucher_no"],
        line["levy_item"],
        line["period"],
        parse_day(line["booked_on"]),
        Money.parse(line["amount"]),
    )
