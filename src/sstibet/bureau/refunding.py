"""The ledger's refunds (退费): lines reserved, let go, or repaid to an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sstibet.bureau.database import Row
from sstibet.bureau.declaring import LedgerPart
from sstibet.bureau.office import Going, Job, later, says, verb
from sstibet.bureau.plain import fen
from sstibet.engine.ports import Call, Reply, Unavailable, reply
from sstibet.money import Money


class Refunding(LedgerPart):
    """Nothing of a payment is refunded twice: a line that is reserved is nobody else's."""

    @verb
    def reserve_refund(
        self, call: Call, *, refund_lines: Sequence[Mapping[str, Any]], refund_total: Money
    ) -> Reply:
        """Reserve what is to be given back of each payment (its ``refund_amount``)."""
        rows = [self._of_caller(call, line) for line in refund_lines]
        left = [row["amount"] - row["given_back"] if row else 0 for row in rows]
        amounts = [
            fen(line["refund_amount"]) if line.get("refund_amount") is not None else rest
            for line, rest in zip(refund_lines, left, strict=True)
        ]
        free = all(
            row is not None and row["refund_no"] is None and 0 < amount <= rest
            for row, amount, rest in zip(rows, amounts, left, strict=True)
        )
        keys = {line["payment"] for line in refund_lines}
        if not rows or not free or len(keys) < len(rows):
            return reply("already_refunded")
        if sum(amounts) != fen(refund_total):
            raise Unavailable("the lines of the refund don't add up to its total")
        number = f"54{call.day:%Y%m%d}{self.office.scattered('refund')}"
        self.database.insert(
            "bureau_refunds",
            refund_no=number,
            actor=call.actor,
            ref=call.ref,
            total=fen(refund_total),
            status="reserved",
        )
        for line, amount in zip(refund_lines, amounts, strict=True):
            values = {"refund_no": number, "payment": line["payment"], "amount": amount}
            self.database.insert("bureau_refund_lines", **values)
            sql = "UPDATE bureau_payments SET refund_no = ? WHERE payment = ?"
            self.database.run(sql, number, line["payment"])
        return reply("reserved", refund_no=number)

    def _of_caller(self, call: Call, line: Mapping[str, Any]) -> Row | None:
        """The payment of a line, if this person paid it or it was paid for them."""
        sql = "SELECT * FROM bureau_payments WHERE payment = ? AND (actor = ? OR insured = ?)"
        return self.database.row(sql, line["payment"], call.actor, call.actor)

    @verb
    def drop_refund(self, call: Call, *, refund_no: str) -> Reply:
        """Let the lines of a refund go that is not repaid."""
        row = self._refund(call.actor, refund_no)
        if row is not None and row["status"] != "repaid":
            sql = "UPDATE bureau_payments SET refund_no = NULL WHERE refund_no = ?"
            self.database.run(sql, refund_no)
            sql = "UPDATE bureau_refunds SET status = 'dropped' WHERE refund_no = ?"
            self.database.run(sql, refund_no)
        return reply("dropped")

    @later
    def give_back(
        self, call: Call, *, refund_no: str, refund_total: Money, account: str
    ) -> Reply | Going:
        """Repay a refund to the account on file, once however often it is asked for."""
        row = self._refund(call.actor, refund_no)
        if row is None or row["total"] != fen(refund_total) or row["status"] == "dropped":
            raise Unavailable("this person has no such refund of this amount")
        if row["status"] == "repaid":
            return reply("repaid", repaid_on=row["repaid_on"])
        return Going(reply("repaying"), {"refund_no": refund_no, "account": account})

    def happens(self, job: Job) -> Reply | None:
        """The money arrives, or the bank says why not."""
        row = self._refund(job.actor, job.told["refund_no"])
        if row is None or row["status"] == "dropped":
            return None
        if row["status"] == "repaid":
            return reply("repaid", repaid_on=row["repaid_on"])
        if job.refused is not None:
            return job.refused
        sql = "SELECT 1 FROM bureau_accounts WHERE account = ? AND actor = ?"
        if self.database.row(sql, job.told["account"], job.actor) is None:
            return reply("refused", bank_reason=says()["no_account"])
        day = job.day.isoformat()
        sql = "UPDATE bureau_refunds SET status = 'repaid', repaid_on = ? WHERE refund_no = ?"
        self.database.run(sql, day, row["refund_no"])
        sql = "SELECT * FROM bureau_refund_lines WHERE refund_no = ?"
        for line in self.database.rows(sql, row["refund_no"]):
            self._repay(line)
        return reply("repaid", repaid_on=day)

    def _repay(self, line: Row) -> None:
        """Mark what was given back; a period of which nothing is left may be declared again."""
        self.database.run(
            "UPDATE bureau_payments SET given_back = given_back + ?, refund_no = NULL "
            "WHERE payment = ?",
            line["amount"],
            line["payment"],
        )
        self.database.run(
            "UPDATE bureau_lines SET live = 0 WHERE (declaration_no, line) IN (SELECT "
            "declaration_no, line FROM bureau_payments WHERE payment = ? AND given_back >= amount)",
            line["payment"],
        )

    def _refund(self, actor: str, refund_no: str) -> Row | None:
        sql = "SELECT * FROM bureau_refunds WHERE refund_no = ? AND actor = ?"
        return self.database.row(sql, refund_no, actor)
