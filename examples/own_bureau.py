"""An embedder's own bureau: a register, a ledger and a payment gateway in plain Python.

A port is any object with a method for each verb of ``rules/ports.yaml``; what a `PartialPort` lacks
can't be reached. The other ports stay the embedded bureau's. ``python examples/own_bureau.py``
"""

from typing import Any

from sstibet import Call, Engine, Money, PartialPort, Personal, Reply, SetClock, reply

# Invented. What the rules ask about a person comes from the register, never from the screen.
WHO = ("格桑虚构", "549901199001010017")
ENROLMENT = {
    "enrolment": "E-1", "scheme": "resident_medical", "category": "general", "since": "2020-01",
    "agency_office": "虚构社保中心", "tax_office": "虚构税务局", "paid_this_year": False,
}  # fmt: skip
NO = ("student", "public_employee", "in_employee_pension", "in_employee_medical", "monastic",
      "in_another_medical_pool", "left_employee_insurance")  # fmt: skip
ABOUT = {"birth_date": "1990-01-01", "sex": "female", "local_hukou": True, "lapsed_years": 0,
         "bought_back_years": 0, **dict.fromkeys(NO, False)}  # fmt: skip


class Registry(PartialPort):
    """Who is enrolled in what."""

    def find_enrolments(
        self,
        call: Call,
        *,
        insured_name: Personal[str],
        insured_id_number: Personal[str],
        insurance_group: str,
    ) -> Reply:
        # A Personal shows itself masked, and equals the text that it holds; reveal() gives it.
        print(f"registry: who is {insured_name}, {insured_id_number}?")
        if (insured_name, insured_id_number) != WHO:
            return reply("not_found")  # whichever of the two is wrong
        return reply("found", enrolments=[ENROLMENT], **ABOUT)


class Ledger(PartialPort):
    """Declarations by number: how each stands. The same call.key again must do nothing again."""

    def __init__(self) -> None:
        self.status: dict[str, str] = {}

    def declare(self, call: Call, *, declaration_lines: Any, amount_due: Money) -> Reply:
        number = f"D-{call.ref}"
        self.status.setdefault(number, "unpaid")
        lines = [{**row, "line": str(n)} for n, row in enumerate(declaration_lines, 1)]
        return reply("declared", declaration_no=number, declaration_lines=lines)

    def hold(self, call: Call, *, declaration_no: str, amount_due: Money) -> Reply:
        return reply("held" if self.status[declaration_no] == "unpaid" else "paid")

    def book(self, call: Call, *, declaration_no: str, charge_no: str, amount_due: Money) -> Reply:
        self.status[declaration_no] = f"paid by {charge_no}"
        return reply("booked", voucher_no="454016251000000001", booked_on=call.day)


class Gateway(PartialPort):
    """Gives a code to scan; that it was paid is told later, by a callback."""

    def __init__(self) -> None:
        self.orders: dict[str, Money] = {}  # call.key → amount

    def charge_qr(self, call: Call, *, amount_due: Money) -> Reply:
        self.orders[call.key] = amount_due
        return reply("ready", qr_text=f"https://pay.invalid/{len(self.orders)}")


def main() -> None:
    """Medical insurance of 2026, from the register to the voucher."""
    ledger, gateway = Ledger(), Gateway()
    ports = {"registry": Registry(), "ledger": ledger, "gateway": gateway}
    desk = Engine.open(ports=ports, clock=SetClock.on("2025-10-15T09:00"))
    ref = desk.start("resident_payment", actor="user-7").ref
    key = {"key": ENROLMENT["enrolment"]}
    for answers in (
        {"insured_name": WHO[0], "insured_id_number": WHO[1]},
        {"chosen_enrolments": [key]},
        {"pay_mode": "ordinary", "chosen_enrolments": [{**key, "coverage_year": "2026"}]},
        {"chosen_enrolments": [{**key, "tier": "standard"}]},
        {},
        {"channel": "alipay"},
    ):
        front = desk.view(ref, actor="user-7").front
        after = desk.send(front.ref, "submit", answers, actor="user-7")
        print(f"{front.state} → {desk.view(ref, actor='user-7').front.state}")
        assert not after.refused, after.text("en")
    print("scan", desk.view(ref, actor="user-7").front.answers["qr_text"])

    # What the gateway's web hook would do; it may well come twice.
    [(order, amount)] = gateway.orders.items()
    for _ in range(2):
        # It confirms the amount that was asked for: one of another amount is refused.
        paid = reply("succeeded", charge_no="C-1", paid_on="2025-10-15", amount_due=amount)
        print(
            f"callback for {amount}: {'taken' if desk.callback('gateway', order, paid) else 'old'}"
        )
    view = desk.view(ref, actor="user-7")
    print(view.state_label.text("en"), view.answers["voucher_no"], *ledger.status.values())


if __name__ == "__main__":
    main()
