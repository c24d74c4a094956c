"""Declare a resident's premiums and pay them, screen by screen, as an app would.

A desk carries business items through. Whoever shows them needs no more than a `View`: its state,
its form (as JSON Schema), what may be done next, what was wrong. Run it with
``python examples/declare_and_pay.py``.
"""

from typing import Any

import sstibet


def show(view: sstibet.View) -> None:
    """Print what a screen would show: where one stands, what is asked, what is known."""
    front = view.front  # the payment, while one is under way
    print(f"[{front.label.text('en')}] {front.text('en')}")
    if front.form is not None:
        print("  asks:", ", ".join(front.form.json_schema("en")["properties"]) or "nothing")
        for field in front.form.fields:
            if field.kind == "money":
                print(f"  {field.label.text('en')}: {field.display('en')}")


def main() -> None:
    """Pay the pension of 2025 by card, after a slip of the pen."""
    # In memory, with an embedded bureau of invented persons. Engine.open("desk.db") is a file.
    desk = sstibet.Engine.open(clock=sstibet.SetClock.on("2025-10-15T09:00"))
    payer = desk.bureau.cast().resident
    view = desk.start("resident_payment", actor=payer.actor)

    def send(**answers: Any) -> sstibet.View:
        # One `send` brings the next screen; with a key it would be taken once, however often sent.
        view_ = desk.send(desk.view(view.ref, actor=payer.actor).front.ref, "submit", answers,
                          actor=payer.actor)  # fmt: skip
        for problem in view_.problems:
            print(f"  ! {problem.field}: {problem.text('en')}")
        show(desk.view(view.ref, actor=payer.actor))
        return view_

    show(view)
    send(insured_name=payer.name, insured_id_number=payer.id_number[:-1] + "9")
    after = send(insured_name=payer.name, insured_id_number=payer.id_number)
    assert after.form is not None
    rows = after.form.field("chosen_enrolments").rows
    assert rows is not None
    pension = next(row.key for row in rows.rows if row.values["scheme"] == "resident_pension")
    send(chosen_enrolments=[pension])
    send(pay_mode="ordinary", chosen_enrolments=[{"key": pension, "coverage_year": "2025"}])
    quoted = send(chosen_enrolments=[{"key": pension, "tier": "500"}])
    assert quoted.quote is not None
    for line in quoted.quote.lines:
        print(f"  {line.payer} pays {line.amount}, by {line.rule} ({line.evidence})")
    send()  # declared; the payment begins
    send(channel="ccb")
    send(card_number="6227 0000 0000 0000 011", id_last_four=payer.id_number[-4:])
    # The password goes to the gateway and is kept nowhere.
    send(card_holder=payer.name, withdrawal_password="246810")

    desk.deliver()  # callbacks that ports have ready; call it from a timer
    paid = desk.view(view.ref, actor=payer.actor)
    print(
        f"{paid.state_label.text('en')}: {paid.answers['amount_due']} on {paid.answers['paid_on']}"
    )


if __name__ == "__main__":
    main()
