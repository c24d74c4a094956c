"""A bound form laid out for react-jsonschema-form: its uiSchema.

What the renderer does by itself is left to it: a consent is a ticked box because its schema is a
boolean, and only so is its help shown beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sstibet.forms.layout import (
    FEW,
    autocomplete,
    described,
    inputmode,
    plain_page,
    plain_rows,
    widget,
)
from sstibet.forms.parts import BoundField, BoundRows
from sstibet.forms.plain import KEY
from sstibet.forms.says import says, says_of_column
from sstibet.forms.schema import alone
from sstibet.texts import say

if TYPE_CHECKING:
    from sstibet.forms.bound import BoundForm

_WIDGETS = {"password", "radio", "select", "textarea", "date"}


def layout(form: BoundForm, language: str) -> dict[str, Any]:
    """What is only shown isn't in the schema: it stands in the options of the root, with the pages,
    for a template that shows them. ``says`` of a field has words for what its validator finds."""
    asked = [each for each in form.fields if each.asked]
    root: dict[str, Any] = {"ui:order": [each.fact for each in asked]}
    root["ui:options"] = {"pages": [plain_page(page, language) for page in form.pages]}
    for each in asked:
        root[each.fact] = _field(each, language)
    return root


def _field(field: BoundField, language: str) -> dict[str, Any]:
    if field.rows is not None:
        return _rows(field, field.rows, language)
    options: dict[str, Any] = {"inputMode": inputmode(field), "says": says(field, language)}
    if field.kind == "month":
        options["inputType"] = "month"
    hints: dict[str, Any] = {"ui:options": options}
    if (name := widget(field)) in _WIDGETS:
        hints["ui:widget"] = name
    if (filled := autocomplete(field)) is not None:
        hints["ui:autocomplete"] = filled
    if field.options is not None and not field.must_be_yes:
        hints["ui:enumNames"] = [label.text(language) for _, label in field.options]
        hints["ui:placeholder"] = say("choose", language)
    return hints


def _rows(field: BoundField, rows: BoundRows, language: str) -> dict[str, Any]:
    names = [described(rows, row, language) for row in rows.pickable]
    options: dict[str, Any] = {"rows": plain_rows(rows, language), "says": says(field, language)}
    if not rows.asks:
        hints: dict[str, Any] = {"ui:enumNames": names, "ui:options": options}
        if not alone(rows):
            return {"ui:widget": "checkboxes", **hints}
        few = len(names) <= FEW
        return {
            "ui:widget": "radio" if few else "select",
            "ui:placeholder": say("choose", language),
            **hints,
        }
    every = rows.pick == "all"
    options |= {"orderable": False, "addable": not every, "removable": not every}
    key: dict[str, Any] = {"ui:title": field.label.text(language), "ui:enumNames": names}
    key["ui:readonly" if every else "ui:placeholder"] = every or say("choose", language)
    return {"ui:options": options, "items": {KEY: key, **_asked(field, rows, language)}}


def _asked(field: BoundField, rows: BoundRows, language: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column in rows.asks:
        found[column.name] = {"ui:options": {"says": says_of_column(field, column, language)}}
        if column.options is not None:
            found[column.name] |= {
                "ui:enumNames": [label.text(language) for _, label in column.options],
                "ui:placeholder": say("choose", language),
            }
    return found
