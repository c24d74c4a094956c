"""The ledger's bases (缴费基数): confirmed from a month on, until the next one."""

from __future__ import annotations

from sstibet.bureau.declaring import LedgerPart
from sstibet.bureau.office import verb
from sstibet.bureau.plain import fen, month
from sstibet.engine.ports import Call, Reply, Unavailable, reply
from sstibet.money import Money
from sstibet.months import Month


class Bases(LedgerPart):
    """A flexible worker's bases. Months that are paid keep the base they were paid on."""

    @verb
    def bases(self, call: Call, *, enrolment: str) -> Reply:
        """The bases confirmed so far, the oldest first."""
        if not self.may_act_on(call.actor, enrolment):
            return reply("none")
        sql = "SELECT * FROM bureau_bases WHERE enrolment = ? ORDER BY effective_month"
        listed = [
            {
                "effective_month": row["effective_month"],
                "base": Money(row["base"]),
                **({"base_tier": row["base_tier"]} if row["base_tier"] else {}),
            }
            for row in self.database.rows(sql, enrolment)
        ]
        return reply("listed", confirmed_bases=listed) if listed else reply("none")

    @verb
    def confirm_base(
        self,
        call: Call,
        *,
        enrolment: str,
        effective_month: Month,
        base: Money,
        base_tier: str | None = None,
    ) -> Reply:
        """Confirm a base of one's own from a month on, if no month from there on is paid."""
        sql = "SELECT 1 FROM bureau_enrolments WHERE enrolment = ? AND actor = ?"
        if self.database.row(sql, enrolment, call.actor) is None:
            raise Unavailable("this person has no such enrolment")
        start = str(month(effective_month))
        sql = (
            "SELECT max(l.month) AS last FROM bureau_lines l JOIN bureau_declarations d "
            "USING (declaration_no) WHERE l.enrolment = ? AND l.live = 1 AND d.status = 'paid' "
            "AND l.month >= ?"
        )
        paid = self.database.row(sql, enrolment, start)
        if paid and paid["last"]:
            return reply("already_paid", first_unpaid_month=Month.parse(paid["last"]).plus(1))
        number = f"54{call.day:%Y%m%d}{self.office.scattered('confirmation')}"
        self.database.run(
            "INSERT OR REPLACE INTO bureau_bases VALUES (?, ?, ?, ?, ?)",
            enrolment,
            start,
            fen(base),
            base_tier,
            number,
        )
        return reply("confirmed", confirmation_no=number)
