"""The JSON API: its description, and what it tells anybody: kinds, machines, prices."""

from __future__ import annotations

from typing import Any

import pytest
from api_kit import (
    Caller,
    Counter,
)
from openapi_spec_validator import OpenAPIV31SpecValidator

from counter.api.describing import PROBLEMS


class TestKinds:
    """What may be begun, and how each goes."""

    def test_all_that_may_be_begun(self, shared: Counter) -> None:
        kinds = shared.caller().call("GET", "/kinds", expect=200).json()["kinds"]
        items = shared.desk.book.contents.items
        assert [each["item"] for each in kinds] == [
            name for name, rules in items.items() if rules.open_to != "items"
        ]
        tibetan = Caller(shared, {"Accept-Language": "bo"})
        found = tibetan.call("GET", "/kinds", expect=200).json()["kinds"]
        assert {each["label"]["lang"] for each in found} <= {"zh-CN", "bo"}

    def test_every_machine_is_told_and_drawn(self, shared: Counter) -> None:
        caller = shared.caller()
        for name, rules in shared.desk.book.contents.items.items():
            machine = caller.call("GET", f"/kinds/{name}/machine", expect=200).json()
            assert {each["name"] for each in machine["states"]} == set(rules.states)
            names = {each["name"] for each in machine["states"]}
            to = {
                to for state in machine["states"] for event in state["events"] for to in event["to"]
            }
            assert to <= names
        drawn = caller.call("GET", "/kinds/login/machine.svg", expect=200)
        assert drawn.headers["content-type"].startswith("image/svg+xml")
        assert "sandbox" in drawn.headers["content-security-policy"]


class TestDescription:
    """OpenAPI: whole, strict, and true of every answer (see ``Described``)."""

    def test_it_is_served_and_is_openapi(self, shared: Counter) -> None:
        found = shared.caller().call("GET", "/../openapi.json", expect=200).json()
        assert found == shared.described.document
        assert found["openapi"].startswith("3.1")
        OpenAPIV31SpecValidator(found).validate()

    def test_every_operation_tells_all_of_itself(self, shared: Counter) -> None:
        document = shared.described.document
        operations = [each for item in document["paths"].values() for each in item.values()]
        assert {each["operationId"] for each in operations} == set(PROBLEMS)
        for each in operations:
            assert each["summary"]
            assert each["description"]
            assert "security" in each
            assert {"406", "429", "500", "503"} <= set(each["responses"])
            for status, answer in each["responses"].items():
                [content] = answer.get("content", {"none": {}}).values()
                assert status < "400" or content["examples"], (each["operationId"], status)

    def test_our_own_shapes_are_closed(self, shared: Counter) -> None:
        schemas = shared.described.document["components"]["schemas"]
        open_ = [n for n, each in schemas.items() if each.get("additionalProperties") is not False]
        assert open_ == []

    def test_money_is_a_text_with_two_decimals(self, shared: Counter) -> None:
        line = shared.described.document["components"]["schemas"]["Line"]["properties"]
        assert line["amount"]["pattern"] == r"^-?[0-9]+\.[0-9]{2}$"


class TestQuotes:
    """Prices without an item."""

    def test_a_price_with_its_reasons(self, shared: Counter) -> None:
        sent = {"scheme": "flexible_pension", "on": "2025-03-01",
                "facts": {"base": "7066.20", "months": 1}}  # fmt: skip
        found = shared.caller().call("POST", "/quotes", sent, expect=200).json()
        assert (found["due"], found["total"], found["evidence"]) == ("1413.24", "1413.24", "code")
        assert [each["amount"] for each in found["lines"]] == ["565.30", "847.94"]
        assert found["explanation"][0].startswith("basic endowment insurance")

    @pytest.mark.parametrize(
        ("sent", "errors"),
        [
            ({"facts": {"base": "7066.19", "months": 1}}, [("#/facts/base", "below_floor")]),
            ({"facts": {"months": 1}}, [("#/facts/base", "required")]),
            ({"facts": {"base": "x", "months": 1.5}}, None),
            ({"scheme": "none"}, [("#/scheme", "unknown_scheme")]),
            ({"on": "2025-02-30"}, [("#/on", "no_such_day")]),
            ({"known_on": "0000-01-01"}, [("#/known_on", "no_such_day")]),
        ],
    )
    def test_what_can_not_be_priced(
        self, shared: Counter, sent: dict[str, Any], errors: list[tuple[str, str]] | None
    ) -> None:
        whole = {"scheme": "flexible_pension", "on": "2025-03-01", "facts": {}, **sent}
        problem = shared.caller().call("POST", "/quotes", whole, expect=422).json()
        found = [(each["pointer"], each["code"]) for each in problem["errors"]]
        assert errors is None or found == errors
