"""A form is laid out for two renderers and for any other screen; every shipped form is."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

import sstibet
from forms_kit import DAY, FORMS, KNOWN, shown
from sstibet.forms.bound import bind
from sstibet.forms.reading import read
from sstibet.text import UnknownName


class TestUiSchema:
    """Order, widgets, words for codes, pages; what is only shown is shown."""

    def test_for_rjsf(self) -> None:
        ui = FORMS[0].ui_schema("rjsf", "en")

        fields = [each.fact for each in FORMS[0].fields if each.asked]
        assert ui["ui:order"] == fields
        assert ui["colour"]["ui:enumNames"] == ["red", "blue"]
        assert ui["colour"]["ui:widget"] == "radio"
        # Left to rjsf, which ticks a boolean, and only so shows its help as well.
        assert "ui:widget" not in ui["agreed"]
        assert (ui["sms_code"]["ui:widget"], ui["sms_code"]["ui:autocomplete"]) == (
            "password",
            "one-time-code",
        )
        assert ui["sms_code"]["ui:options"]["inputMode"] == "numeric"
        assert ui["chosen"]["items"]["key"]["ui:enumNames"] == ["apple · ¥400.00", "pear · ¥120.50"]
        (page,) = ui["ui:options"]["pages"]
        assert page["fields"][0]["display"] == "540101********0015"

    def test_for_json_forms_every_control_finds_its_schema(self) -> None:
        schema, ui = FORMS[0].json_schema("en", "jsonforms"), FORMS[0].ui_schema("jsonforms", "en")
        elements = [each for page in ui["elements"] for each in page["elements"]]

        assert elements[0] == {"type": "Label", "text": "own number: 540101********0015"}
        for element in elements[1:]:
            node: Any = schema
            for step in element["scope"].removeprefix("#/").split("/"):
                node = node[int(step) if isinstance(node, list) else step]
            assert node["title"] == element["label"]
            assert ("rule" in element) == element["scope"].startswith("#/allOf/")
        words = ui["options"]["translations"]
        assert words["f.colour.red"] == "red"
        assert words["f.tier.200"] == "200 yuan"
        assert (words["f.own.yes"], words["f.own.no"]) == ("yes", "no")
        assert words["enum.none"] == "please choose"
        (secret,) = (each for each in elements if each.get("i18n") == "f.sms_code")
        assert secret["options"]["format"] == "password"

    def test_what_a_renderers_validator_finds_is_told_in_the_librarys_words(self) -> None:
        """By the keyword that is broken: the very words that sending would be answered with."""
        ui, words = FORMS[0].ui_schema("rjsf", "en"), FORMS[0].ui_schema("jsonforms", "en")
        told = words["options"]["translations"]
        broken = {
            ("base", "pattern"): {"base": "abc"},
            ("base", "required"): {},
            ("months", "maximum"): {"months": 13},
            ("note", "maxLength"): {"note": "a" * 21},
            ("agreed", "enum"): {"agreed": False},
            ("chosen", "maxItems"): {"chosen": [{"key": "1"}, {"key": "2"}, {"key": "1"}]},
        }
        for (field, keyword), sent in broken.items():
            said = ui[field]["ui:options"]["says"][keyword]
            assert told[f"f.{field}.error.{keyword}"] == said
            if keyword != "maxItems":
                problems = read(FORMS[0], {"own": False, "fruit": "apple", **sent}).problems
                assert said in [each.text("en") for each in problems if each.field == field]
        column = ui["chosen"]["items"]["months"]["ui:options"]["says"]
        assert column["maximum"] == told["f.chosen.months.error.maximum"]
        assert "12" in column["maximum"]

    def test_json_forms_asks_yes_or_no_as_words_and_a_consent_as_a_tick(self) -> None:
        schema = FORMS[0].json_schema("en", "jsonforms")

        assert schema["properties"]["own"]["enum"] == ["yes", "no"]
        assert schema["properties"]["agreed"]["not"] == {"enum": [False]}
        assert "enum" not in schema["properties"]["agreed"]
        own = shown("- fact: own\n- {fact: agreed, must_be_yes: yes}", draft={"own": "no"})
        assert own.data("jsonforms") == {"own": "no"}
        assert own.data("rjsf") == own.data() == {"own": False}
        reading = read(own, {"own": "yes", "agreed": True})
        assert (reading.problems, reading.values) == ((), {"own": True, "agreed": True})

    def test_radio_buttons_of_json_forms_have_no_value_in_common(self) -> None:
        """It names a button by its value alone: a click on the second would answer the first."""
        both = shown("- fact: own\n- fact: agreed\n- fact: colour")
        elements = both.ui_schema("jsonforms", "en")["elements"][0]["elements"]

        formats = [each["options"].get("format") for each in elements]
        assert formats == ["radio", None, "radio"]

    @pytest.mark.parametrize("renderer", ["rjsf", "jsonforms"])
    def test_one_row_is_sent_by_its_key_alone(self, renderer: str) -> None:
        """A list of one would let a person tick two."""
        fields = "- {fact: chosen, rows: {of: lines, pick: one, show: [fruit]}}"
        one = shown(fields, answers=KNOWN, draft={"chosen": ["2"]})

        schema = one.json_schema("en", renderer)["properties"]["chosen"]
        assert (schema["type"], schema["enum"]) == ("string", ["1", "2", "3"])
        assert (one.data(renderer), one.data()) == ({"chosen": "2"}, {"chosen": ["2"]})
        assert not read(one, {"chosen": "3"}).problems
        assert one.json_schema("en")["properties"]["chosen"]["type"] == "array"

    def test_rows_that_are_only_shown_are_shown_by_json_forms(self) -> None:
        fields = (
            "- {fact: lines, read_only: yes, rows: {of: lines, pick: none, show: [fruit, amount]}}"
        )
        [page] = shown(fields, answers=KNOWN).ui_schema("jsonforms", "en")["elements"]
        [group] = page["elements"]

        assert (group["type"], group["label"]) == ("Group", "lines")
        assert group["elements"][1]["text"] == "fruit: pear · amount: ¥120.50"
        assert len(group["options"]["rows"]["rows"]) == 3

    def test_plainly_for_any_other_screen(self) -> None:
        (page,) = FORMS[0].ui_schema(language="en")["pages"]
        widgets = {each["name"]: each["widget"] for each in page["fields"]}

        assert widgets["own_number"] == "text"
        assert widgets["chosen"] == "table"
        assert (widgets["since"], widgets["note"], widgets["tier"]) == ("date", "input", "radio")

    def test_another_renderer_is_told(self) -> None:
        with pytest.raises(UnknownName, match="jsonforms"):
            FORMS[0].ui_schema("json_forms")


def test_the_shipped_forms_give_schemas_and_read_nothing(shipped: sstibet.Rulebook) -> None:
    """Every form of the book is bound without answers, gives its schemas, and tells what lacks."""
    contents = shipped.contents
    for name, form in contents.forms.items():
        bound = bind(name, form, contents.dictionary, {}, {}, DAY, lambda *_: ())
        for language in ("zh", "en"):
            Draft202012Validator.check_schema(bound.json_schema(language))
            for renderer in (None, "rjsf", "jsonforms"):
                assert bound.ui_schema(renderer, language)
        reading = read(bound, {})
        required = {
            each.fact
            for each in bound.fields
            if each.asked and each.shown is True and each.required
        }
        assert {each.field for each in reading.problems} == required
