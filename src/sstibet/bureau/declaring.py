"""The ledger's declarations (申报): declared, voided, held for one payment at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sstibet.bureau.database import Row
from sstibet.bureau.office import CallingPort, says, verb
from sstibet.bureau.plain import fen, maybe_fen, text, yuan
from sstibet.engine.ports import Call, Reply, reply
from sstibet.money import Money, Rate, Rounding, Unit

_TO_FEN = Rounding(Unit.FEN, "half_up")


class LedgerPart(CallingPort):
    """What the parts of the ledger have in common."""

    name = "ledger"

    def declaration_row(self, declaration_no: str) -> Row | None:
        """One declaration, whoever's it is."""
        sql = "SELECT * FROM bureau_declarations WHERE declaration_no = ?"
        return self.database.row(sql, declaration_no)

    def lines_of(self, declaration_no: str) -> list[Row]:
        """The lines of a declaration in their order."""
        sql = "SELECT * FROM bureau_lines WHERE declaration_no = ? ORDER BY length(line), line"
        return self.database.rows(sql, declaration_no)

    def may_see(self, actor: str, declaration: Row) -> bool:
        """Whether a person has declared it, or it is declared for them."""
        return declaration["actor"] == actor or any(
            line["insured"] == actor for line in self.lines_of(declaration["declaration_no"])
        )

    def may_act_for(self, actor: str, insured: str) -> bool:
        """Whether this is oneself, or somebody whose name and ID number one gave rightly."""
        sql = "SELECT 1 FROM bureau_introduced WHERE actor = ? AND insured = ?"
        return actor == insured or self.database.row(sql, actor, insured) is not None

    def may_act_on(self, actor: str, enrolment: str) -> bool:
        """Whether an enrolment is of somebody for whom a person may act."""
        sql = "SELECT actor FROM bureau_enrolments WHERE enrolment = ?"
        row = self.database.row(sql, enrolment)
        return row is not None and self.may_act_for(actor, row["actor"])

    def may_pay(self, actor: str, declaration: Row) -> bool:
        """Whether a person may pay a declaration: whoever may see it, and whoever may act for all
        that it is for, though another has declared it."""
        return self.may_see(actor, declaration) or all(
            self.may_act_for(actor, line["insured"])
            for line in self.lines_of(declaration["declaration_no"])
        )


class Declaring(LedgerPart):
    """Declare, void, hold, release."""

    @verb
    def declare(
        self, call: Call, *, declaration_lines: Sequence[Mapping[str, Any]], amount_due: Money
    ) -> Reply:
        """Declare premiums: one line for each insurance and year or month, each only once."""
        lines = [self._line(call, row, n) for n, row in enumerate(declaration_lines, 1)]
        if problem := _problem(lines, fen(amount_due)):
            return reply("refused", ledger_reason=says()[problem])
        if (before := self._before(lines)) is not None:
            return self._in_the_way(before, lines)
        number = f"54{call.day:%Y%m%d}{self.office.serial('declaration'):08d}"
        self.database.insert(
            "bureau_declarations",
            declaration_no=number,
            actor=call.actor,
            ref=call.ref,
            declared_on=call.day.isoformat(),
            amount=fen(amount_due),
            status="unpaid",
        )
        rows = [{"declaration_no": number, **line, "live": 1} for line in lines]
        self.database.insert_all("bureau_lines", rows)
        listed = [line_facts(line) for line in self.lines_of(number)]
        return reply("declared", declaration_no=number, declaration_lines=listed)

    def _in_the_way(self, before: Row, lines: list[Row]) -> Reply:
        """A declaration that has some of these lines: its own lines, or those paid already."""
        if before["status"] == "paid":
            paid = [line for line in lines if (self._before([line]) or {}).get("status") == "paid"]
            return reply("already_paid", declaration_lines=[line_facts(line) for line in paid])
        number = before["declaration_no"]
        return reply(
            "already_declared",
            declaration_no=number,
            declaration_lines=[line_facts(line) for line in self.lines_of(number)],
            amount_due=Money(before["amount"]),
            declared_on=before["declared_on"],
        )

    def _line(self, call: Call, row: Mapping[str, Any], number: int) -> Row:
        """A declared line as the table has it. A residents' year that isn't named is this year."""
        sql = (
            "SELECT e.*, p.name AS insured_name FROM bureau_enrolments e "
            "JOIN bureau_persons p USING (actor) WHERE e.enrolment = ?"
        )
        enrolment = self.database.row(sql, row.get("enrolment")) or {}
        if enrolment and not self.may_act_for(call.actor, enrolment["actor"]):
            enrolment = {}  # as one that there isn't
        month = text(row.get("month"))
        year = None if month else int(row.get("coverage_year") or call.day.year)
        part, scheme = row.get("account_part"), row.get("scheme") or enrolment.get("scheme")
        return {
            "line": str(number),
            "enrolment": enrolment.get("enrolment"),
            "insured": enrolment.get("actor"),
            "insured_name": enrolment.get("insured_name"),
            "scheme": scheme,
            "category": row.get("category") or enrolment.get("category"),
            "period": month or str(year),
            "coverage_year": year,
            "month": month,
            "tier": text(row.get("tier")),
            "base": maybe_fen(row.get("base")),
            "amount": fen(row.get("amount", 0)),
            "government_amount": maybe_fen(row.get("government_amount")),
            "account_part": maybe_fen(part) if part is not None else _account_part(row, scheme),
        }

    def _before(self, lines: list[Row]) -> Row | None:
        """A declaration that holds one of these lines already, a paid one before others."""
        found = list[Row]()
        for line in lines:
            sql = (
                "SELECT d.* FROM bureau_lines l JOIN bureau_declarations d USING (declaration_no) "
                "WHERE l.enrolment = ? AND l.period = ? AND l.live = 1"
            )
            found.extend(self.database.rows(sql, line["enrolment"], line["period"]))
        paid = [each for each in found if each["status"] == "paid"]
        return next(iter(paid or found), None)

    @verb
    def void(self, call: Call, *, declaration_no: str) -> Reply:
        """Void a declaration (申报作废) that is neither paid nor being paid."""
        row = self.declaration_row(declaration_no)
        if row is None or not self.may_see(call.actor, row):
            return reply("not_found")
        if row["status"] in ("paid", "being_paid"):
            return reply(row["status"])
        if row["status"] == "unpaid":
            self.database.run(
                "UPDATE bureau_declarations SET status = 'voided', voided_on = ? "
                "WHERE declaration_no = ?",
                call.day.isoformat(),
                declaration_no,
            )
            sql = "UPDATE bureau_lines SET live = 0 WHERE declaration_no = ?"
            self.database.run(sql, declaration_no)
        return reply("voided", voided_on=row["voided_on"] or call.day.isoformat())

    @verb
    def hold(self, call: Call, *, declaration_no: str, amount_due: Money) -> Reply:
        """Hold a declaration for one payment (the caller's reference); of another amount there is
        none that could be held."""
        row = self.declaration_row(declaration_no)
        if row is None or not self.may_pay(call.actor, row):
            return reply("voided")  # another's is as none
        if row["status"] == "voided" or row["amount"] != fen(amount_due):
            return reply("voided")
        if row["status"] == "paid":
            return reply("paid")
        if row["status"] == "being_paid" and row["held_by"] != call.ref:
            return reply("being_paid")
        self.database.run(
            "UPDATE bureau_declarations SET status = 'being_paid', held_by = ? "
            "WHERE declaration_no = ?",
            call.ref,
            declaration_no,
        )
        return reply("held")

    @verb
    def release(self, call: Call, *, declaration_no: str) -> Reply:
        """Let a declaration go that this payment holds; one that it doesn't hold stays."""
        self.database.run(
            "UPDATE bureau_declarations SET status = 'unpaid', held_by = NULL "
            "WHERE declaration_no = ? AND status = 'being_paid' AND held_by = ?",
            declaration_no,
            call.ref,
        )
        return reply("released")


def _problem(lines: list[Row], due: int) -> str | None:
    """Why these lines are not taken: the name of what is said about it."""
    if not lines:
        return "no_lines"
    if any(line["enrolment"] is None for line in lines):
        return "no_enrolment"
    if len({(line["enrolment"], line["period"]) for line in lines}) < len(lines):
        return "doubled_line"
    return "sum" if sum(line["amount"] for line in lines) != due else None


def _account_part(row: Mapping[str, Any], scheme: str | None) -> int | None:
    """What of a line goes to the individual account, where its scheme and base say so."""
    for column, shares in says()["account_shares"].items():
        if scheme in shares and row.get(column) is not None:
            return Rate.parse(shares[scheme]).of(Money.of(row[column]), _TO_FEN).fen
    return None


def line_facts(row: Row) -> dict[str, Any]:
    """A line of a declaration as the ports list it."""
    same = "line enrolment insured_name scheme category coverage_year month tier"
    amounts = "base amount government_amount account_part"
    known = {name: row[name] for name in same.split()}
    known.update({name: yuan(row[name]) for name in amounts.split()})
    return {name: value for name, value in known.items() if value is not None}
