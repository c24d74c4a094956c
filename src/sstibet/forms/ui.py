"""How a bound form is laid out: hints for rjsf and JSON Forms, or plainly for any other screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sstibet.forms.parts import BoundColumn, BoundField, BoundPage, BoundRow, BoundRows, Option
from sstibet.forms.plain import KEY
from sstibet.forms.schema import conditions, form_schema, place_of
from sstibet.forms.shapes import SHAPES
from sstibet.forms.when import if_schema
from sstibet.text import UnknownName

if TYPE_CHECKING:
    from sstibet.forms.bound import BoundForm

# So many options are shown at once; more are unfolded.
_FEW = 5
# A text that may be longer than this gets a box of several lines.
_LONG = 100


def ui_schema(form: BoundForm, renderer: str | None, language: str) -> dict[str, Any]:
    """See `BoundForm.ui_schema`. UnknownName for another renderer."""
    if renderer is None:
        return {
            "title": form.label.text(language),
            "help": form.help and form.help.text(language),
            "pages": [_page(page, language) for page in form.pages],
        }
    if renderer == "rjsf":
        return _rjsf(form, language)
    if renderer == "jsonforms":
        return _jsonforms(form, language)
    raise UnknownName("renderer", renderer, ("rjsf", "jsonforms"))


# Plainly: everything a screen needs, page by page


def _page(page: BoundPage, language: str) -> dict[str, Any]:
    return {
        "title": page.label.text(language),
        "help": page.help and page.help.text(language),
        "fields": [_field(each, language) for each in page.fields],
    }


def _field(field: BoundField, language: str) -> dict[str, Any]:
    shape = SHAPES.get(field.kind)
    hints: dict[str, Any] = {
        "name": field.fact,
        "title": field.label.text(language),
        "help": field.help and field.help.text(language),
        "widget": widget(field),
        "required": field.required and field.asked,
        "read_only": not field.asked,
        "display": field.display(language),
        "shown_if": None if isinstance(field.shown, bool) else if_schema(field.shown),
    }
    if field.asked and shape is not None:
        hints |= {"inputmode": inputmode(field), "autocomplete": autocomplete(field)}
    if field.asked and field.options is not None:
        hints["options"] = _options(field.options, language)
    if field.rows is not None:
        hints["rows"] = _rows(field.rows, language)
    return hints


def _options(options: tuple[Option, ...], language: str) -> list[dict[str, Any]]:
    return [{"value": value, "label": label.text(language)} for value, label in options]


def _rows(rows: BoundRows, language: str) -> dict[str, Any]:
    return {
        "pick": rows.pick,
        "page_by": rows.page_by,
        "empty": rows.empty and rows.empty.text(language),
        "columns": [_column(each, language) for each in rows.shows],
        "asks": [{**_column(each, language), "required": each.required} for each in rows.asks],
        "rows": [
            {
                "key": row.key,
                "cells": [rows.cell(row, each, language) for each in rows.shows],
                "pickable": row.pickable,
                "why_not": row.why_not and row.why_not.text(language),
                "picked": row.picked,
                "options": {
                    name: _options(options, language) for name, options in row.options.items()
                },
                "given": dict(row.given),
            }
            for row in rows.rows
        ],
    }


def _column(column: BoundColumn, language: str) -> dict[str, Any]:
    return {
        "name": column.name,
        "title": column.label.text(language),
        "help": column.help and column.help.text(language),
        "kind": column.kind,
    }


def widget(field: BoundField) -> str:
    """What a field is shown by: ``table`` (rows), ``text`` (only shown), ``password``, ``checkbox``
    (a consent), ``radio``, ``select``, ``date``, ``month``, ``textarea`` or ``input``."""
    if field.rows is not None:
        return "table"
    if not field.asked:
        return "text"
    if field.kind == "secret":
        return "password"
    if field.must_be_yes:
        return "checkbox"
    if field.options is not None:
        return "radio" if len(field.options) <= _FEW else "select"
    if field.kind in ("date", "month"):
        return field.kind
    longest = field.definition.longest
    return "textarea" if field.kind == "text" and longest and longest > _LONG else "input"


def inputmode(field: BoundField) -> str:
    """Which keyboard a telephone shows; digits for what the fact's own pattern says is digits."""
    pattern = field.definition.pattern or ""
    digits = pattern.startswith(("[0-9]{", r"\d{")) and pattern.endswith("}")
    return "numeric" if digits and pattern.count("{") == 1 else SHAPES[field.kind].inputmode


def autocomplete(field: BoundField) -> str | None:
    """What a browser may fill in, by the form or else by the kind; HTML's words."""
    return field.autocomplete or SHAPES[field.kind].autocomplete


# rjsf

_RJSF = {"password", "checkbox", "radio", "select", "textarea", "date"}


def _rjsf(form: BoundForm, language: str) -> dict[str, Any]:
    """uiSchema of react-jsonschema-form. What is only shown isn't in the schema: it stands in the
    options of the root, with the pages, for a template that shows them."""
    asked = [each for each in form.fields if each.asked]
    root: dict[str, Any] = {"ui:order": [each.fact for each in asked]}
    root["ui:options"] = {"pages": [_page(page, language) for page in form.pages]}
    for each in asked:
        root[each.fact] = _rjsf_field(each, language)
    return root


def _rjsf_field(field: BoundField, language: str) -> dict[str, Any]:
    if field.rows is not None:
        return _rjsf_rows(field.rows, language)
    hints: dict[str, Any] = {"ui:options": {"inputMode": inputmode(field)}}
    if (name := widget(field)) in _RJSF:
        hints["ui:widget"] = name
    if (filled := autocomplete(field)) is not None:
        hints["ui:autocomplete"] = filled
    if field.options is not None and not field.must_be_yes:
        hints["ui:enumNames"] = [label.text(language) for _, label in field.options]
    return hints


def _rjsf_rows(rows: BoundRows, language: str) -> dict[str, Any]:
    names = [_described(rows, row, language) for row in rows.pickable]
    options = {"rows": _rows(rows, language), "orderable": False}
    if not rows.asks:
        return {"ui:widget": "checkboxes", "ui:enumNames": names, "ui:options": options}
    items: dict[str, Any] = {KEY: {"ui:enumNames": names}}
    for column in rows.asks:
        if column.options is not None:
            labels = [label.text(language) for _, label in column.options]
            items[column.name] = {"ui:enumNames": labels}
    return {"ui:options": options, "items": items}


def _described(rows: BoundRows, row: BoundRow, language: str) -> str:
    """A row on one line, for a screen that has no table."""
    return " · ".join(filter(None, (rows.cell(row, each, language) for each in rows.shows)))


# JSON Forms


def _jsonforms(form: BoundForm, language: str) -> dict[str, Any]:
    """UI schema of JSON Forms: a category a page. It takes the words for codes from the
    application's ``translate``, so they stand in ``options.translations`` by the keys it asks."""
    schema = form_schema(form, language, "jsonforms")
    open_ = {each.fact: if_schema(shown) for shown, fields in conditions(form) for each in fields}
    translations: dict[str, str] = {}
    categories = []
    for page in form.pages:
        elements = []
        for each in page.fields:
            place = place_of(schema, each.fact)
            if place is None:
                text = f"{each.label.text(language)}：{each.display(language)}"
                element: dict[str, Any] = {"type": "Label", "text": text}
            else:
                element = _control(form.name, each, place, language, translations)
            if each.fact in open_:
                condition = {"scope": "#", "schema": open_[each.fact]}
                element["rule"] = {"effect": "SHOW", "condition": condition}
            elements.append(element)
        label = page.label.text(language)
        categories.append({"type": "Category", "label": label, "elements": elements})
    options = {"variant": "stepper", "showNavButtons": True, "translations": translations}
    return {"type": "Categorization", "elements": categories, "options": options}


def _control(
    form: str, field: BoundField, place: str, language: str, translations: dict[str, str]
) -> dict[str, Any]:
    key = f"{form}.{field.fact}"
    options: dict[str, Any] = {"inputMode": inputmode(field)} if field.rows is None else {}
    if field.kind == "secret":
        options["format"] = "password"
    if field.rows is None and (filled := autocomplete(field)) is not None:
        options["autocomplete"] = filled
    if widget(field) == "radio":
        options["format"] = "radio"
    if widget(field) == "textarea":
        options["multi"] = True
    if field.rows is not None:
        options["rows"] = _rows(field.rows, language)
        for row in field.rows.pickable:
            translations[f"{key}.{row.key}"] = _described(field.rows, row, language)
    for value, label in field.options or ():
        word = str(value).lower() if isinstance(value, bool) else value
        translations[f"{key}.{word}"] = label.text(language)
    title = field.label.text(language)
    return {"type": "Control", "scope": place, "label": title, "i18n": key, "options": options}
