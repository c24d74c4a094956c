"""A form's JSON Schema says exactly what reading takes, and keeps out of the renderers' traps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from forms_kit import CARD, DAY, DICTIONARY, FORMS, ID_NUMBER, KNOWN, PLAIN, shown
from sstibet.forms.bound import BoundForm, bind
from sstibet.forms.reading import read

# Pieces that a payload of such forms is made of, right and wrong.
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 2030),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.text(st.characters(), max_size=3),
    st.sampled_from(
        ["是", "no", "apple", "pear", "red", "blue", "200", "900", "2025-02-30", "2025年2月3日",
         "扎西", "１２３４５６", CARD, ID_NUMBER, "400.005", "\ud800", "9" * 400]
    ),
)  # fmt: skip
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=10,
)
ROW = st.one_of(
    st.sampled_from(["1", "2", "3", "9"]),
    st.fixed_dictionaries(
        {"key": st.sampled_from(["1", "2", "3"]) | JSON},
        optional={"tier": st.sampled_from(["50", "200"]) | JSON, "months": JSON, "amount": JSON},
    ),
)
NAMES = sorted({each.fact for form in FORMS for each in form.fields})
LIKELY = {
    "own": st.booleans(),
    "fruit": st.sampled_from(["apple", "pear"]),
    "base": st.integers(0, 30_000),
    "agreed": st.just(True),
}
# What a renderer sends: values of the schema's own types, some of them wrong.
SENT = {
    "own": st.booleans(),
    "own_number": st.just(ID_NUMBER),
    "name": st.sampled_from(["扎西", "", 5]),
    "colour": st.sampled_from(["red", "blue", "green", None]),
    "fruit": st.sampled_from(["apple", "pear", "pear"]),
    "base": st.sampled_from(["400.00", "400.00", "1e3"]),
    "since": st.sampled_from(["2025-02-03", "soon"]),
    "months": st.integers(0, 13),
    "year": st.sampled_from([2019, 2025, 2026]),
    "tier": st.sampled_from(["200", "900", "50"]),
    "note": st.text("ab", min_size=19, max_size=21),
    "sms_code": st.sampled_from(["123456", "12345", ""]),
    "agreed": st.sampled_from([True, True, True, False]),
    "nickname": st.just("x"),
    "chosen": st.lists(
        st.fixed_dictionaries(
            {"key": st.sampled_from(["1", "2", "3"])},
            optional={"tier": st.sampled_from(["50", "200"]), "amount": st.just("1.00")},
        ),
        max_size=2,
        unique_by=lambda row: str(row["key"]),
    ),
}
PAYLOADS = st.one_of(
    JSON,
    st.fixed_dictionaries({}, optional=dict.fromkeys([*NAMES, "nickname"], JSON)),
    st.fixed_dictionaries(
        LIKELY,
        optional={
            **{name: SCALARS for name in NAMES if name not in LIKELY},
            "chosen": st.lists(ROW, max_size=3),
        },
    ),
)


def sent_again(bound: BoundForm, values: dict[str, Any]) -> dict[str, Any]:
    """What was taken, as the schema wants it sent: what is asked, rows by their key and columns."""
    sent = {
        each.fact: values[each.fact] for each in bound.fields if each.asked and each.fact in values
    }
    if rows := sent.get("chosen"):
        asked = ("tier", "months")
        sent["chosen"] = [
            {"key": row["line"], **{name: row[name] for name in asked if name in row}}
            for row in rows
        ]
    return sent


class TestReadingAndSchemaAgree:
    """Accepted values are exactly those that the schema accepts after normalising."""

    @given(st.sampled_from(FORMS), PAYLOADS)
    def test_no_payload_makes_it_fail_and_what_is_taken_is_valid(
        self, bound: BoundForm, payload: Any
    ) -> None:
        reading = read(bound, payload)

        assert len({each.field for each in reading.problems if each.field}) == sum(
            1 for each in reading.problems if each.field
        )
        for problem in reading.problems:
            assert "{" not in problem.text() + problem.text("en")
            assert "None" not in problem.text() + problem.text("en")
        assert not {"sms_code"} & {*reading.values, *reading.draft}
        if not reading.problems:
            now = bound.with_typed(payload) if isinstance(payload, dict) else bound
            sent = {**sent_again(now, dict(reading.values)), **reading.secrets}
            assert list(Draft202012Validator(now.json_schema()).iter_errors(sent)) == []
            again = read(now, sent)
            assert (again.values, again.secrets) == (reading.values, reading.secrets)

    @given(st.fixed_dictionaries({}, optional=SENT))
    def test_reading_takes_what_the_schema_takes_and_nothing_else(
        self, payload: dict[str, Any]
    ) -> None:
        bound = FORMS[0].with_typed(payload)
        visible = bound.visible(payload)
        hidden = {each.fact for each in bound.fields if each.fact not in visible}
        # What is hidden, empty or only shown is left out before anything is validated.
        left_out = hidden | {name for name, each in payload.items() if each in (None, "", [])}
        sent = {
            name: each for name, each in payload.items() if name not in left_out | {"own_number"}
        }
        valid = Draft202012Validator(bound.json_schema()).is_valid(sent)

        assert valid == (read(bound, payload).problems == ())

    @pytest.mark.parametrize("name", ["own", "fruit", "colour"])
    def test_a_draft_can_be_read_again(self, name: str) -> None:
        reading = read(FORMS[0], {name: "x", "months": "１２", "agreed": "yes"})

        assert reading.draft == {name: "x", "months": 12, "agreed": True}
        again = bind("f", FORMS[0].form, DICTIONARY, KNOWN, reading.draft, DAY, FORMS[0].tiers)
        assert again.data() == reading.draft


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """Every mapping inside a schema."""
    if isinstance(schema, dict):
        yield schema
        for each in schema.values():
            yield from nodes(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from nodes(each)


class TestTraps:
    """Renderers answer for the person where a schema lets them; this one doesn't."""

    @pytest.mark.parametrize("bound", FORMS)
    @pytest.mark.parametrize("language", ["zh", "en", "bo"])
    def test_it_is_a_schema_of_2020_12(self, bound: BoundForm, language: str) -> None:
        schema = bound.json_schema(language)

        Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert "$schema" not in bound.json_schema(language, "jsonforms")

    @pytest.mark.parametrize("bound", FORMS)
    def test_it_has_no_const_no_one_of_no_default_no_ref(self, bound: BoundForm) -> None:
        found = {key for node in nodes(bound.json_schema()) for key in node}

        assert not found & {"const", "oneOf", "default", "$ref", "multipleOf", "nullable"}

    def test_options_are_texts_and_consent_is_an_enum(self) -> None:
        schema = FORMS[0].json_schema("en")

        # Of a required `type: boolean` rjsf makes a "no" that nobody has given.
        assert schema["properties"]["own"] == {"title": "oneself", "enum": [True, False]}
        assert schema["properties"]["agreed"] == {
            "title": "consent",
            "type": "boolean",
            "enum": [True],
        }
        assert schema["properties"]["tier"]["enum"] == ["200", "400"]
        assert schema["properties"]["colour"] == {
            "title": "colour",
            "type": "string",
            "enum": ["red", "blue"],
        }

    def test_amounts_are_texts_with_a_pattern(self) -> None:
        then = FORMS[0].json_schema()["allOf"]
        base = next(
            each["then"]["properties"] for each in then if "base" in each["then"]["properties"]
        )

        assert base["base"]["type"] == "string"
        check = Draft202012Validator(base["base"])
        assert [each for each in ("400", "400.5", "0.05") if not check.is_valid(each)] == []
        assert [each for each in ("4e2", "01", ".5", "1.005", 400) if check.is_valid(each)] == []

    def test_it_is_closed_and_conditional_fields_stand_in_then(self) -> None:
        schema = FORMS[0].json_schema()

        assert schema["unevaluatedProperties"] is False
        assert not {"name", "fruit", "base", "since", "own_number"} & schema["properties"].keys()
        assert schema["allOf"][0]["if"] == {
            "properties": {"own": {"enum": [False]}},
            "required": ["own"],
        }
        assert schema["allOf"][0]["then"].keys() == {"properties"}
        assert shown(PLAIN).json_schema()["additionalProperties"] is False

    @pytest.mark.parametrize(
        ("own", "colour", "fruit", "fields"),
        [
            (True, None, None, set()),
            (False, None, None, {"name", "fruit"}),
            (True, "blue", None, {"fruit"}),
            (True, "red", None, set()),
            (False, None, "apple", {"name", "fruit", "base"}),
            (False, None, "pear", {"name", "fruit", "since"}),
            (True, "blue", "pear", {"fruit"}),
            (None, None, "apple", set()),
        ],
    )
    def test_if_then_shows_what_the_conditions_show(
        self, own: bool | None, colour: str | None, fruit: str | None, fields: set[str]
    ) -> None:
        given = {"own": own, "colour": colour, "fruit": fruit}
        answers = {name: each for name, each in given.items() if each is not None}
        bound, conditional = FORMS[0], {"name", "fruit", "base", "since"}

        assert bound.visible(answers) & conditional == fields
        answers = {name: each for name, each in answers.items() if name in bound.visible(answers)}
        shown_by_schema = {
            name
            for each in bound.json_schema()["allOf"]
            if Draft202012Validator(each["if"]).is_valid(answers)
            for name in each["then"]["properties"]
        }
        assert shown_by_schema == fields

    def test_each_row_offers_its_own(self) -> None:
        check = Draft202012Validator(FORMS[0].json_schema()["properties"]["chosen"])

        def valid(*rows: dict[str, str]) -> bool:
            return check.is_valid(list(rows))

        assert valid({"key": "1", "tier": "200"}, {"key": "2", "tier": "50"})
        assert not valid({"key": "1", "tier": "50"})
        assert not valid({"key": "2", "tier": "200"})
        assert not valid({"key": "3", "tier": "50"})
        assert not valid({"key": "2"})
        assert not valid({"key": "2", "tier": "50", "amount": "1.00"})
        assert not valid({"key": "2", "tier": "50"}, {"key": "2", "tier": "50"})
