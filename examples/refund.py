"""Apply for a refund of a premium that was paid twice: what the rules say, line by line.

The ground decides, not the person: a refusal is a value with the rule it rests on. Run it with
``python examples/refund.py``.
"""

from collections.abc import Mapping
from typing import Any

import sstibet


class Applicant:
    """Somebody at the desk."""

    def __init__(self, desk: sstibet.Engine, actor: str) -> None:
        self.desk, self.actor = desk, actor
        self.view = desk.start("refund", actor=actor)

    def does(self, event: str, answers: Mapping[str, Any] | None = None) -> sstibet.View:
        """Do something, and tell what came of it."""
        self.view = self.desk.send(self.view.ref, event, answers or {}, actor=self.actor)
        print(f"{event:7} {'REFUSED: ' if self.view.refused else '→ '}{self.view.text('en')}")
        return self.view

    def rows(self, fact: str) -> list[str]:
        """The keys of the rows that may be ticked."""
        assert self.view.form is not None
        rows = self.view.form.field(fact).rows
        assert rows is not None
        return [row.key for row in rows.pickable]


def main() -> None:
    """Medical insurance of 2026 was paid twice; first the wrong ground, then the right one."""
    desk = sstibet.Engine.open(clock=sstibet.SetClock.on("2025-10-15T09:00"))
    person = Applicant(desk, desk.bureau.cast().refunder.actor)
    person.does("submit")
    person.does("submit", {"scheme": "resident_medical"})
    reason = {
        "reason_text": "paid twice",
        "refund_ground": "changed_mind",
        "chosen_account": person.rows("chosen_account"),
    }
    person.does("submit", reason)
    person.does("submit", {"period_from": "2026-01", "period_to": "2026-12"})
    refused = person.does("submit", {"refund_lines": person.rows("refund_lines")})
    assert refused.refusal is not None
    for rule in refused.refusal.failed:
        print(f"        by {rule.rule}: {rule.evidence.doc}")

    person.does("back")
    person.does("back")
    person.does("submit", {**reason, "refund_ground": "paid_twice"})
    person.does("submit", {"period_from": "2026-01", "period_to": "2026-12"})
    person.does("submit", {"refund_lines": person.rows("refund_lines")})
    for row in person.view.answers["refund_lines"]:
        print(f"        {row['period']}: {row['refund_amount']} of {row['amount']}")
    person.does("submit")

    # The agency and the bank answer when they are ready.
    while desk.deliver():
        print("        …", desk.view(person.view.ref, actor=person.actor).text("en"))


if __name__ == "__main__":
    main()
