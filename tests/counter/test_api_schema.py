"""schemathesis against the API: each operation with data as described and not, then chains of them.

``make soak`` looks at many more.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from api_kit import Counter, a_key
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.openapi import from_asgi
from schemathesis.schemas import BaseSchema

from counter.api.describing import PROBLEMS
from sstibet import View

ME = "p0001"
SOAK = os.environ.get("SSTIBET_SOAK") == "1"
# What is right as far as a description goes may still be wrong for the book or the item.
_ONLY_THE_BOOK_KNOWS = ("start", "send", "save_draft", "quote", "verify_certificate")
_PLAN: dict[str, Any] = {
    "deadline": None,
    "derandomize": not SOAK,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.generate],
}


@pytest.fixture(scope="module")
def schema(shared: Counter) -> BaseSchema:
    """The description as it is served, with all of schemathesis' checks."""
    found: BaseSchema = from_asgi("/api/openapi.json", shared.app)
    return found


def token(counter: Counter, case: Case) -> dict[str, str]:
    """A session of the resident for what wants one: each its own, as one may sign out."""
    if case.operation.definition.raw["security"] == []:
        return {}
    return {"Authorization": f"Bearer {counter.desk.sessions.open_for('p0001')}"}


def expect(schema: BaseSchema, *more: str) -> None:
    """Which statuses may answer data that are as described."""
    wanted = schema.config.checks.positive_data_acceptance
    wanted.expected_statuses = ["2xx", "401", "403", "404", "409", *more]


@pytest.mark.parametrize("name", PROBLEMS)
def test_an_operation_keeps_its_description(shared: Counter, schema: BaseSchema, name: str) -> None:
    found = (each.ok() for each in schema.get_all_operations())
    operation = next(each for each in found if each.definition.raw["operationId"] == name)
    right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @settings(max_examples=400 if SOAK else 12, **_PLAN)
    @given(case=right | wrong)
    def holds(case: Case) -> None:
        expect(schema, *(("412", "422") if name in _ONLY_THE_BOOK_KNOWS else ()))
        case.call_and_validate(headers=token(shared, case))

    holds()


def test_chains_of_operations_keep_it_too(shared: Counter, schema: BaseSchema) -> None:
    """What is begun is seen and gone on with, by the links of the description. Most events are
    those that an item offers, with what its form was filled with, so that chains lead on; the first
    of a chain asks for nothing, and so is taken."""
    expect(schema, "412", "422")
    machine = schema.as_state_machine()
    answered = set[tuple[str, int]]()
    items = shared.desk.book.contents.items
    begun = [name for name, rules in items.items() if rules.open_to == "person"]

    class Chains(machine):  # type: ignore[misc, valid-type]  # it is made at run time
        def before_call(self, case: Case) -> None:
            """Lead on, two times of three."""
            self.turns = getattr(self, "turns", 0) + 1
            name = case.operation.definition.raw["operationId"]
            if self.turns % 3 == 0 or name not in ("send", "start", "see", "save_draft"):
                return
            for header in ("On-Behalf-Of", "If-Match"):
                (case.headers or {}).pop(header, None)
            if "Idempotency-Key" in (case.headers or {}):
                case.headers["Idempotency-Key"] = a_key()
            if name == "start":
                case.body = {"item": begun[self.turns % len(begun)]}
                return
            if name == "send" and not getattr(self, "sent", False):
                self.sent = True
                case.path_parameters = {"ref": shared.desk.start("account_filing", actor=ME).ref}
                case.body = {"event": "cancel", "answers": {}}
                return
            open_ = _open(shared)
            if open_:
                view = open_[self.turns % len(open_)]
                case.path_parameters = {"ref": view.ref}
                if name == "send":
                    offered = _offered(view)
                    case.body = offered[self.turns % len(offered)]

        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            """Signed in."""
            return {"headers": token(shared, case)}

        def after_call(self, response: schemathesis.Response, case: Case) -> None:
            """What was answered."""
            answered.add((case.operation.definition.raw["operationId"], response.status_code))

    chains, steps = (400, 12) if SOAK else (25, 8)
    Chains.run(settings=settings(max_examples=chains, stateful_step_count=steps, **_PLAN))
    assert {("start", 201), ("see", 200), ("send", 200)} <= answered


def _open(counter: Counter) -> list[View]:
    """The resident's items with which something can be done."""
    counter.desk.deliver()
    return [each for each in counter.desk.items(actor=ME, limit=9) if each.events]


def _offered(view: View) -> list[dict[str, Any]]:
    """What may be sent to an item next."""
    data = {} if view.form is None else view.form.data()
    return [
        {"event": each.name, "answers": data if each.name == "submit" else {}}
        for each in view.events
    ]
