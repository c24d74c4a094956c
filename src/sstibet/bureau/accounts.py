"""Deposit accounts on file (存款账户账号备案)."""

from __future__ import annotations

from datetime import date

from sstibet.bureau.office import Port, verb
from sstibet.bureau.plain import text
from sstibet.engine.ports import Call, Reply, reply


class Accounts(Port):
    """The accounts that a person has filed: at most one preferred for paying, one for refunds."""

    name = "accounts"

    @verb
    def filed(self, call: Call) -> Reply:
        """One's own accounts, by bank and last four digits."""
        sql = "SELECT * FROM bureau_accounts WHERE actor = ? ORDER BY account"
        rows = self.database.rows(sql, call.actor)
        listed = [
            {
                "account": row["account"],
                "bank": row["bank"],
                "account_name": row["account_name"],
                "account_tail": row["account_number"][-4:],
                "preferred_for_payment": bool(row["preferred_for_payment"]),
                "for_refunds": bool(row["for_refunds"]),
            }
            for row in rows
        ]
        return reply("listed", filed_accounts=listed) if listed else reply("none")

    @verb
    def file(
        self,
        call: Call,
        *,
        account_kind: str,
        account_name: str,
        region_code: str,
        bank: str,
        bank_branch: str,
        account_number: str,
        currency: str,
        opened_on: date,
        preferred_for_payment: bool,
        for_refunds: bool,
    ) -> Reply:
        """File one more account."""
        mine = self.database.rows("SELECT * FROM bureau_accounts WHERE actor = ?", call.actor)
        if any((row["bank"], row["account_number"]) == (bank, account_number) for row in mine):
            return reply("doubled")
        wanted = {"preferred_for_payment": preferred_for_payment, "for_refunds": for_refunds}
        if any(row[flag] and yes for row in mine for flag, yes in wanted.items()):
            return reply("preferred_exists")
        account = f"A{self.office.scattered('account')}"
        self.database.insert(
            "bureau_accounts",
            account=account,
            actor=call.actor,
            account_kind=account_kind,
            account_name=account_name,
            region_code=region_code,
            bank=bank,
            bank_branch=bank_branch,
            account_number=account_number,
            currency=currency,
            opened_on=text(opened_on),
            preferred_for_payment=int(preferred_for_payment),
            for_refunds=int(for_refunds),
        )
        return reply("filed", account=account)
