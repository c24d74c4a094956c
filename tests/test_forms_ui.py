"""A form is laid out for two renderers and for any other screen; every shipped form is."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

import sstibet
from forms_kit import DAY, FORMS
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
        assert ui["chosen"]["items"]["key"]["ui:enumNames"] == ["apple · 400.00", "pear · 120.50"]
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
