"""A bound form laid out for JSON Forms: its UI schema, and the words that it asks for by key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sstibet.forms.dialect import YES_NO, dialect
from sstibet.forms.layout import (
    autocomplete,
    described,
    inputmode,
    plain_rows,
    rule_of,
    widget,
)
from sstibet.forms.parts import BoundField, BoundRows, Option
from sstibet.forms.plain import KEY
from sstibet.forms.says import says, says_of_column
from sstibet.forms.schema import form_schema, place_of
from sstibet.texts import say

if TYPE_CHECKING:
    from sstibet.forms.bound import BoundForm


def layout(form: BoundForm, language: str) -> dict[str, Any]:
    """A group a page, one under the other, so that nothing that is asked stands behind a tab.

    JSON Forms takes its words from the application's ``translate``: they stand in
    ``options.translations`` by the keys that it asks, those for what is wrong among them.
    """
    schema = form_schema(form, language, "jsonforms")
    translations = {"enum.none": say("choose", language)}
    radios = _radios(form)
    groups = [] if form.help is None else [_label(form.help.text(language))]
    for page in form.pages:
        elements = [] if page.help is None else [_label(page.help.text(language))]
        for each in page.fields:
            place = place_of(schema, each.fact)
            if place is None:
                element = _shown(each, language)
            else:
                element = _control(form.name, each, place, language, translations)
                if each.fact in radios:
                    element["options"]["format"] = "radio"
            if (rule := rule_of(each)) is not None:
                condition = {"scope": "#", "schema": dialect(rule)}
                element["rule"] = {"effect": "SHOW", "condition": condition}
            elements.append(element)
        groups.append({"type": "Group", "label": page.label.text(language), "elements": elements})
    return {
        "type": "VerticalLayout",
        "elements": groups,
        "options": {"translations": translations},
    }


def _label(text: str) -> dict[str, Any]:
    return {"type": "Label", "text": text}


def _radios(form: BoundForm) -> set[str]:
    """The fields shown as radio buttons: JSON Forms names a button by its value alone, so where two
    fields have a value in common the second is a list, or a click would answer the first."""
    taken, found = set[Any](), set[str]()
    for each in form.fields:
        values = {_word(value) for value, _ in each.options or ()}
        if each.asked and widget(each) == "radio" and not values & taken:
            taken |= values
            found.add(each.fact)
    return found


def _shown(field: BoundField, language: str) -> dict[str, Any]:
    """What is only known, as text; rows one under the other, with all that a table needs."""
    title = field.label.text(language)
    if field.rows is None:
        return _label(_named(title, field.display(language), language))
    rows = field.rows
    lines = [_label(_told(rows, n, language)) for n in range(len(rows.rows))]
    if not lines and rows.empty is not None:
        lines = [_label(rows.empty.text(language))]
    options = {"rows": plain_rows(rows, language)}
    return {"type": "Group", "label": title, "elements": lines, "options": options}


def _told(rows: BoundRows, at: int, language: str) -> str:
    """A row with the names of its columns."""
    cells = ((each.label, rows.cell(rows.rows[at], each, language)) for each in rows.shows)
    told = (_named(label.text(language), cell, language) for label, cell in cells if cell)
    return " · ".join(told)


def _named(label: str, value: str, language: str) -> str:
    return say("labelled", language, label=label, value=value)


def _control(
    form: str, field: BoundField, place: str, language: str, translations: dict[str, str]
) -> dict[str, Any]:
    key = f"{form}.{field.fact}"
    title = field.label.text(language)
    options: dict[str, Any] = {"showUnfocusedDescription": True}
    for keyword, text in says(field, language).items():
        translations[f"{key}.error.{keyword}"] = text
    if field.rows is not None:
        options |= _rows_options(key, field, field.rows, language, translations)
        return {"type": "Control", "scope": place, "label": title, "i18n": key, "options": options}
    options["inputMode"] = inputmode(field)
    if (filled := autocomplete(field)) is not None:
        options["autocomplete"] = filled
    if field.kind == "secret":
        options["format"] = "password"
    if widget(field) == "textarea":
        options["multi"] = True
    if not field.must_be_yes:
        _name(key, field.options or (), language, translations)
    return {"type": "Control", "scope": place, "label": title, "i18n": key, "options": options}


def _rows_options(
    key: str, field: BoundField, rows: BoundRows, language: str, translations: dict[str, str]
) -> dict[str, Any]:
    """The rows for a renderer that has a table, and words for one that has none."""
    options: dict[str, Any] = {"rows": plain_rows(rows, language)}
    for row in rows.pickable:
        translations[f"{key}.{row.key}"] = described(rows, row, language)
    if not rows.asks:
        return options
    title = field.label.text(language)
    asked = [_detail(KEY, title, key)]
    for column in rows.asks:
        named = f"{key}.{column.name}"
        _name(named, column.options or (), language, translations)
        for keyword, text in says_of_column(field, column, language).items():
            translations[f"{named}.error.{keyword}"] = text
        asked.append(_detail(column.name, column.label.text(language), named))
    # Left to itself it would make a control of the conditions between a row and its offers.
    fixed = rows.pick == "all"
    return {
        **options,
        "detail": {"type": "VerticalLayout", "elements": asked},
        "disableAdd": fixed,
        "disableRemove": fixed,
    }


def _detail(name: str, title: str, key: str) -> dict[str, Any]:
    return {"type": "Control", "scope": f"#/properties/{name}", "label": title, "i18n": key}


def _name(
    key: str, options: tuple[Option, ...], language: str, translations: dict[str, str]
) -> None:
    for value_, label in options:
        translations[f"{key}.{_word(value_)}"] = label.text(language)


def _word(value_: Any) -> str:
    return YES_NO[value_] if isinstance(value_, bool) else str(value_)
