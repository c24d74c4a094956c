"""A bound form laid out plainly: everything that a screen needs, page by page, in one language."""

from __future__ import annotations

from typing import Any

from sstibet.forms.parts import BoundColumn, BoundField, BoundPage, BoundRow, BoundRows, Option
from sstibet.forms.shapes import SHAPES
from sstibet.forms.when import if_schema

# So many options are shown at once; more are unfolded.
FEW = 5
# A text that may be longer than this gets a box of several lines.
_LONG = 100


def plain_page(page: BoundPage, language: str) -> dict[str, Any]:
    """A page: its title, its help, and all of its fields."""
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
        "shown_if": rule_of(field),
    }
    if field.asked and shape is not None:
        hints |= {"inputmode": inputmode(field), "autocomplete": autocomplete(field)}
    if field.asked and field.options is not None:
        hints["options"] = _options(field.options, language)
    if field.rows is not None:
        hints["rows"] = plain_rows(field.rows, language)
    return hints


def _options(options: tuple[Option, ...], language: str) -> list[dict[str, Any]]:
    return [{"value": value, "label": label.text(language)} for value, label in options]


def plain_rows(rows: BoundRows, language: str) -> dict[str, Any]:
    """Rows: the columns, and each row with its cells, whether it may be ticked, and its offers."""
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
        return "radio" if len(field.options) <= FEW else "select"
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


def described(rows: BoundRows, row: BoundRow, language: str) -> str:
    """A row on one line, for a screen that has no table."""
    return " · ".join(filter(None, (rows.cell(row, each, language) for each in rows.shows)))


def rule_of(field: BoundField) -> dict[str, Any] | None:
    """The answers for which a field is shown, as JSON Schema; None where it always is."""
    return None if isinstance(field.shown, bool) else if_schema(field.shown)
