"""The payment gateway (支付渠道): one item's reference is one order, and an order is paid once."""

from __future__ import annotations

from datetime import date

from sstibet.bureau.database import Row
from sstibet.bureau.office import CallingPort, Going, Job, for_desk, later, says, verb
from sstibet.bureau.plain import fen
from sstibet.engine.ports import Call, Reply, Unavailable, reply
from sstibet.money import Money


class Gateway(CallingPort):
    """Charges cards and Alipay codes. Card numbers and passwords are looked at by nobody here and
    kept nowhere."""

    name = "gateway"

    @later
    def charge_card(
        self,
        call: Call,
        *,
        amount_due: Money,
        card_number: str,
        id_last_four: str,
        card_holder: str,
        withdrawal_password: str,
    ) -> Reply | Going:
        """Charge a CCB card (建行支付)."""
        return self._charge(call, "ccb", amount_due, reply("accepted"))

    @later
    def charge_qr(self, call: Call, *, amount_due: Money) -> Reply | Going:
        """Ask for an Alipay code (支付宝收款码); scanning it pays."""
        code = f"https://qr.invalid/{self.office.scattered('qr')}"
        return self._charge(call, "alipay", amount_due, reply("ready", qr_text=code))

    def _charge(self, call: Call, channel: str, amount: Money, progress: Reply) -> Reply | Going:
        order = self._own_order(call)
        if order is None:
            self._enter(call, channel, fen(amount), "pending")
        elif order["status"] == "closed":
            return reply("declined", decline_reason=says()["closed"])
        elif order["amount"] != fen(amount):
            return reply("declined", decline_reason=says()["other_amount"])
        elif order["status"] == "succeeded":
            return _charged(order)
        else:
            sql = "UPDATE bureau_orders SET status = 'pending', channel = ? WHERE ref = ?"
            self.database.run(sql, channel, call.ref)
        return Going(progress)

    def happens(self, job: Job) -> Reply | None:
        """The charge goes through, unless its order is closed or was declined by the mood."""
        order = self._order(job.ref)
        assert order is not None
        if order["status"] == "succeeded":
            return _charged(order)
        if order["status"] == "closed":
            return reply("declined", decline_reason=says()["closed"])
        if job.refused is not None:
            self.database.run(
                "UPDATE bureau_orders SET status = 'declined', decline_reason = ? WHERE ref = ?",
                job.refused.facts["decline_reason"],
                job.ref,
            )
            return job.refused
        self.database.run(
            "UPDATE bureau_orders SET status = 'succeeded', charge_no = ?, paid_on = ? "
            "WHERE ref = ?",
            f"CH{job.day:%Y%m%d}{self.office.scattered('charge')}",
            job.day.isoformat(),
            job.ref,
        )
        paid = self._order(job.ref)
        assert paid is not None
        return _charged(paid)

    @verb
    def query(self, call: Call) -> Reply:
        """How the item's order stands; what a lost callback would have told."""
        order = self._own_order(call)
        if order is None:
            return reply("not_found")
        if order["status"] == "succeeded":
            return _charged(order)
        if order["status"] == "closed":
            return reply("declined", decline_reason=says()["closed"])
        if self.office.waiting(self.name, call.ref):
            return reply("pending")
        return reply("declined", decline_reason=order["decline_reason"])

    @verb
    def close(self, call: Call) -> Reply:
        """Close the order: no charge of it can succeed from now on. Too late where it was paid."""
        order = self._own_order(call)
        if order is None:
            self._enter(call, "none", 0, "closed")
        elif order["status"] == "succeeded":
            return _charged(order)
        else:
            sql = "UPDATE bureau_orders SET status = 'closed' WHERE ref = ?"
            self.database.run(sql, call.ref)
        return reply("closed")

    @verb
    def give_back(self, call: Call, *, charge_no: str, amount_due: Money) -> Reply:
        """Give a charge back whole (原路退回), once however often it is asked for."""
        order = self.database.row("SELECT * FROM bureau_orders WHERE charge_no = ?", charge_no)
        mine = order is not None and (order["ref"], order["actor"]) == (call.ref, call.actor)
        if order is None or not mine or order["amount"] != fen(amount_due):
            raise Unavailable("this item has no such charge of this amount")
        day = order["given_back_on"] or call.day.isoformat()
        sql = "UPDATE bureau_orders SET given_back_on = ? WHERE charge_no = ?"
        self.database.run(sql, day, charge_no)
        return reply("given_back", given_back_on=day)

    @for_desk
    def statement(self, call: Call, *, statement_day: date) -> Reply:
        """What was charged on a day (对账单), order by order, for the desk alone. Charges of the
        invented past were another desk's."""
        sql = (
            "SELECT ref AS order_no, charge_no, amount, paid_on, given_back_on FROM bureau_orders "
            "WHERE status = 'succeeded' AND paid_on = ? AND ref NOT LIKE 'seeded-%' "
            "ORDER BY charge_no"
        )
        rows = self.database.rows(sql, statement_day.isoformat())
        listed = [
            {key: value for key, value in {**row, "amount": Money(row["amount"])}.items() if value}
            for row in rows
        ]
        return reply("listed", charges=listed)

    def _own_order(self, call: Call) -> Row | None:
        """The item's order. Unavailable where another person has one under this reference."""
        order = self._order(call.ref)
        if order is not None and order["actor"] != call.actor:
            raise Unavailable("this person has no such order")
        return order

    def _order(self, ref: str) -> Row | None:
        return self.database.row("SELECT * FROM bureau_orders WHERE ref = ?", ref)

    def _enter(self, call: Call, channel: str, amount: int, status: str) -> None:
        self.database.insert(
            "bureau_orders",
            ref=call.ref,
            actor=call.actor,
            amount=amount,
            channel=channel,
            status=status,
        )


def _charged(order: Row) -> Reply:
    """That a charge succeeded, and of which amount."""
    told = {"charge_no": order["charge_no"], "paid_on": order["paid_on"]}
    return reply("succeeded", **told, amount_due=Money(order["amount"]))
