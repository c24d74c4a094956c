"""Direct-debit agreements (委托银行划缴税费款三方协议), and the bank that verifies them."""

from __future__ import annotations

from sstibet.bureau.database import Row
from sstibet.bureau.office import CallingPort, Going, Job, Port, later, verb
from sstibet.engine.ports import Call, Reply, Unavailable, reply

_MINE = "SELECT * FROM bureau_agreements WHERE agreement_no = ? AND actor = ?"


class Agreements(Port):
    """A person's agreements; for each insurance at most one is in force."""

    name = "agreements"

    @verb
    def mine(self, call: Call) -> Reply:
        """One's own agreements, the newest first."""
        sql = (
            "SELECT g.*, a.bank, a.account_number FROM bureau_agreements g "
            "JOIN bureau_accounts a USING (account) WHERE g.actor = ? ORDER BY g.rowid DESC"
        )
        listed = [
            {
                "agreement_no": row["agreement_no"],
                "scheme": row["scheme"],
                "bank": row["bank"],
                "account_tail": row["account_number"][-4:],
                "holder_name": row["holder_name"],
                "status": row["status"],
                "active_from": row["active_from"],
            }
            for row in self.database.rows(sql, call.actor)
        ]
        return reply("listed", agreements=listed) if listed else reply("none")

    @verb
    def sign(
        self,
        call: Call,
        *,
        account: str,
        scheme: str,
        holder_is_another: bool,
        holder_name: str | None = None,
        holder_id_type: str | None = None,
        holder_id_number: str | None = None,
        holder_mobile: str | None = None,
    ) -> Reply:
        """Enter an agreement, to be verified by the bank."""
        sql = "SELECT account_name FROM bureau_accounts WHERE account = ? AND actor = ?"
        filed = self.database.row(sql, account, call.actor)
        if filed is None:
            raise Unavailable("this person has no such account on file")
        if self._active(call, scheme) is not None:
            return reply("already_active")
        number = f"54{call.day:%Y%m%d}{self.office.scattered('agreement')}"
        self.database.insert(
            "bureau_agreements",
            agreement_no=number,
            actor=call.actor,
            account=account,
            scheme=scheme,
            status="verifying",
            holder_name=holder_name if holder_is_another and holder_name else filed["account_name"],
            holder_id_type=holder_id_type if holder_is_another else None,
            holder_id_number=holder_id_number if holder_is_another else None,
            holder_mobile=holder_mobile if holder_is_another else None,
        )
        return reply("signed", agreement_no=number)

    @verb
    def activate(self, call: Call, *, agreement_no: str) -> Reply:
        """Put an agreement that the bank has accepted in force."""
        row = self._mine(call, agreement_no)
        if row["status"] not in ("verifying", "active") or row["verified_on"] is None:
            raise Unavailable("the bank has not accepted this agreement")
        if self._active(call, row["scheme"]) not in (None, agreement_no):
            return reply("already_active")
        day = row["active_from"] or call.day.isoformat()
        self.database.run(
            "UPDATE bureau_agreements SET status = 'active', active_from = ? "
            "WHERE agreement_no = ?",
            day,
            agreement_no,
        )
        return reply("activated", active_from=day)

    @verb
    def end(self, call: Call, *, agreement_no: str) -> Reply:
        """End an agreement, once however often it is asked for."""
        day = self._mine(call, agreement_no)["ended_on"] or call.day.isoformat()
        self.database.run(
            "UPDATE bureau_agreements SET ended_on = ?, status = CASE status WHEN 'refused' "
            "THEN 'refused' ELSE 'ended' END WHERE agreement_no = ?",
            day,
            agreement_no,
        )
        return reply("ended", ended_on=day)

    def _active(self, call: Call, scheme: str) -> str | None:
        sql = (
            "SELECT agreement_no FROM bureau_agreements "
            "WHERE actor = ? AND scheme = ? AND status = 'active'"
        )
        row = self.database.row(sql, call.actor, scheme)
        return None if row is None else str(row["agreement_no"])

    def _mine(self, call: Call, agreement_no: str) -> Row:
        row = self.database.row(_MINE, agreement_no, call.actor)
        if row is None:
            raise Unavailable("this person has no such agreement")
        return row


class Bank(CallingPort):
    """The bank that verifies agreements."""

    name = "bank"

    @later
    def verify(
        self,
        call: Call,
        *,
        agreement_no: str,
        account: str,
        holder_name: str | None = None,
        holder_id_type: str | None = None,
        holder_id_number: str | None = None,
        holder_mobile: str | None = None,
    ) -> Reply | Going:
        """Verify an agreement: accepted, unless the mood is to refuse."""
        row = self.database.row(_MINE, agreement_no, call.actor)
        if row is None or row["account"] != account:
            raise Unavailable("this person has no such agreement")
        return Going(reply("verifying"), {"agreement_no": agreement_no})

    def happens(self, job: Job) -> Reply | None:
        """The bank answers, if it hasn't been told meanwhile that it need not."""
        row = self.database.row(_MINE, job.told["agreement_no"], job.actor)
        if row is None or row["status"] != "verifying":
            return None
        if job.refused is not None:
            sql = "UPDATE bureau_agreements SET status = 'refused' WHERE agreement_no = ?"
            self.database.run(sql, row["agreement_no"])
            return job.refused
        sql = "UPDATE bureau_agreements SET verified_on = ? WHERE agreement_no = ?"
        self.database.run(sql, job.day.isoformat(), row["agreement_no"])
        return reply("accepted", verified_on=job.day)

    @verb
    def withdraw(self, call: Call, *, agreement_no: str) -> Reply:
        """Withdraw what is being verified: the agreement ends, and no answer comes any more."""
        self.database.run(
            "UPDATE bureau_agreements SET status = 'ended', ended_on = ? "
            "WHERE agreement_no = ? AND actor = ? AND status = 'verifying'",
            call.day.isoformat(),
            agreement_no,
            call.actor,
        )
        return reply("withdrawn")
