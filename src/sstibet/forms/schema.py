"""A bound form as JSON Schema 2020-12: what may be sent, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sstibet.forms.dialect import YES_NO, dialect
from sstibet.forms.parts import BoundField, BoundRows, Option
from sstibet.forms.plain import KEY
from sstibet.forms.shapes import fragment
from sstibet.forms.when import Open, if_schema
from sstibet.labels import Label

if TYPE_CHECKING:
    from sstibet.forms.bound import BoundForm

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def form_schema(form: BoundForm, language: str, renderer: str | None) -> dict[str, Any]:
    """See `BoundForm.json_schema`."""
    asked = [each for each in form.fields if each.asked]
    always = [each for each in asked if each.shown is True]
    schema: dict[str, Any] = {} if renderer == "jsonforms" else {"$schema": DIALECT}
    schema |= {"type": "object", **_titles(form.label, form.help, language)}
    schema |= _fields(always, language, renderer)
    if conditional := conditions(form):
        schema["allOf"] = [
            {"if": if_schema(shown), "then": _fields(fields, language, renderer)}
            for shown, fields in conditional
        ]
        # What stands in `then` is unknown to `additionalProperties` out here.
        schema["unevaluatedProperties"] = False
    else:
        schema["additionalProperties"] = False
    if renderer == "jsonforms":
        found: dict[str, Any] = dialect(schema)
        return found
    return schema


def conditions(form: BoundForm) -> list[tuple[Open, list[BoundField]]]:
    """The fields shown conditionally, by their condition, as the schema's ``allOf`` has them."""
    found: list[tuple[Open, list[BoundField]]] = []
    for each in form.fields:
        if not each.asked or isinstance(each.shown, bool):
            continue
        fields = next((fields for shown, fields in found if shown == each.shown), None)
        if fields is None:
            found.append((each.shown, [each]))
        else:
            fields.append(each)
    return found


def _fields(fields: list[BoundField], language: str, renderer: str | None) -> dict[str, Any]:
    properties = {each.fact: field_schema(each, language, renderer) for each in fields}
    required = [each.fact for each in fields if each.required]
    return {"properties": properties, **({"required": required} if required else {})}


def _titles(label: Label, help_: Label | None, language: str) -> dict[str, str]:
    found = {"title": label.text(language)}
    return found if help_ is None else {**found, "description": help_.text(language)}


def field_schema(field: BoundField, language: str, renderer: str | None = None) -> dict[str, Any]:
    """One field's values, with its title."""
    titles = _titles(field.label, field.help, language)
    if field.rows is not None and renderer is not None and alone(field.rows):
        return {**titles, **_item(field.rows, _keys(field.rows), language)}
    if field.rows is not None:
        return {**titles, **_rows_schema(field.rows, field.required, language)}
    if field.must_be_yes:
        # Not `const`: of that a renderer ticks the consent by itself.
        return {**titles, "type": "boolean", "enum": [True]}
    return {**titles, **fragment(field.definition, field.options)}


def alone(rows: BoundRows) -> bool:
    """Whether a renderer sends one key by itself, as it does of any choice; a list of one would let
    a person tick two."""
    return rows.pick == "one" and not rows.asks


def _keys(rows: BoundRows) -> list[str]:
    return [row.key for row in rows.pickable]


def _rows_schema(rows: BoundRows, required: bool, language: str) -> dict[str, Any]:
    """Ticked rows: their keys alone, or objects of ``key`` and the asked columns."""
    keys = _keys(rows)
    least = 1 if required and rows.pick != "all" else 0
    most = 1 if rows.pick == "one" else len(keys)
    if rows.pick == "all":
        least = most
    bounds = {"uniqueItems": True, "minItems": least, "maxItems": min(most, len(keys))}
    return {"type": "array", "items": _item(rows, keys, language), **bounds}


def _item(rows: BoundRows, keys: list[str], language: str) -> dict[str, Any]:
    among: dict[str, Any] = {"enum": keys} if keys else {"not": {}}
    key = {"type": "string", **among}
    if not rows.asks:
        return key
    columns = {
        column.name: {
            **_titles(column.label, column.help, language),
            **fragment(column.definition, column.options),
        }
        for column in rows.asks
    }
    required = [KEY, *(column.name for column in rows.asks if column.required)]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {KEY: key, **columns},
        "required": required,
        "additionalProperties": False,
    }
    own = [each for column in rows.asks for each in _own_offers(rows, column.name, column.options)]
    return {**schema, **({"allOf": own} if own else {})}


def _own_offers(
    rows: BoundRows, column: str, every: tuple[Option, ...] | None
) -> list[dict[str, Any]]:
    """Where a row offers less than all rows together: what it offers itself."""
    groups: dict[tuple[Any, ...], list[str]] = {}
    for row in rows.pickable:
        values = tuple(value for value, _ in row.options.get(column, ()))
        if values != tuple(value for value, _ in every or ()):
            groups.setdefault(values, []).append(row.key)
    return [
        {
            "if": {"properties": {KEY: {"enum": keys}}, "required": [KEY]},
            "then": {"properties": {column: {"enum": list(values)} if values else {"not": {}}}},
        }
        for values, keys in groups.items()
    ]


def sent_value(field: BoundField, renderer: str | None = None) -> Any:
    """A field's known value as the schema wants it: of rows those that are ticked."""
    if field.rows is None:
        words = renderer == "jsonforms" and isinstance(field.value, bool) and not field.must_be_yes
        return YES_NO[field.value] if words else field.value
    ticked = [row for row in field.rows.rows if row.picked]
    if field.rows.asks:
        return [{KEY: row.key, **row.given} for row in ticked] or None
    keys = [row.key for row in ticked]
    if renderer is not None and alone(field.rows):
        return keys[0] if keys else None
    return keys or None


def place_of(schema: Mapping[str, Any], field: str) -> str | None:
    """The JSON pointer of a field's own schema in a form's, None where it isn't there."""
    if field in schema["properties"]:
        return f"#/properties/{field}"
    for n, each in enumerate(schema.get("allOf", ())):
        if field in each["then"]["properties"]:
            return f"#/allOf/{n}/then/properties/{field}"
    return None
