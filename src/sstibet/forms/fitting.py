"""Whether an answer surely is one that the form's JSON Schema takes, told without jsonschema.

It compares by the very schemas of the fields, keyword by keyword, and knows only those few that
they are made of. What it doesn't take isn't refused by that: jsonschema has the last word, and says
what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sstibet.facts import Fact
from sstibet.forms.bound import BoundForm
from sstibet.forms.parts import BoundField, BoundRow, BoundRows, Option
from sstibet.forms.plain import KEY
from sstibet.forms.shapes import shape
from sstibet.forms.when import holds

Check = Callable[[Any], bool]


def surely_fits(bound: BoundForm, sent: Mapping[str, Any]) -> bool:
    """True only where the form's schema takes what is sent."""
    left = len(sent)
    for field in bound.by_fact.values():
        if not field.asked:
            continue
        shown = field.shown is True or holds(field.shown, sent.get)
        value = sent.get(field.fact)
        if value is None:
            if shown and field.required:
                return False
        elif shown and _field_fits(field, value):
            left -= 1
        else:
            return False
    return left == 0  # nothing else is sent


def check_of(field: BoundField) -> Check:
    """The check of a field that asks for a single value."""
    if field.must_be_yes or (field.kind == "code" and field.options is not None):
        return lambda value: _field_fits(field, value)
    fact = field.definition
    check = _check(fact.kind, fact.least, fact.most, fact.pattern, fact.shortest, fact.longest)
    return check or (lambda _: False)


def _field_fits(field: BoundField, value: Any) -> bool:
    if field.rows is not None:
        return _rows_fit(field.rows, field.required, value)
    if field.must_be_yes:
        return value is True
    return _value_fits(field.definition, field.options, value)


def _value_fits(fact: Fact, options: tuple[Option, ...] | None, value: Any) -> bool:
    if fact.kind == "code" and options is not None:
        return type(value) is str and any(each == value for each, _ in options)
    check = _check(fact.kind, fact.least, fact.most, fact.pattern, fact.shortest, fact.longest)
    return check is not None and check(value)


def _rows_fit(rows: BoundRows, required: bool, value: Any) -> bool:
    """Ticked rows: their keys, or with columns that are asked objects of key and columns."""
    pickable = rows.pickable
    by_key, count = {row.key: row for row in pickable}, len(pickable)
    if type(value) is not list or len(value) > (1 if rows.pick == "one" else count):
        return False
    if len(value) < (count if rows.pick == "all" else int(required)) or len(by_key) < count:
        return False
    seen = set()
    for each in value:
        key = each.get(KEY) if rows.asks and type(each) is dict else each
        if type(key) is not str or key not in by_key or key in seen:
            return False
        seen.add(key)
        if rows.asks and not (type(each) is dict and _row_fits(rows, by_key[key], each)):
            return False
    return True


def _row_fits(rows: BoundRows, row: BoundRow, given: Mapping[str, Any]) -> bool:
    left = len(given) - 1  # without the key
    for column in rows.asks:
        if column.name not in given:
            if column.required:
                return False
            continue
        value = given[column.name]
        if not _value_fits(column.definition, column.options, value):
            return False
        own, every = row.options.get(column.name, ()), column.options or ()
        if _values(own) != _values(every) and not any(each == value for each, _ in own):
            return False
        left -= 1
    return left == 0


def _values(options: Sequence[Option]) -> list[Any]:
    return [value for value, _ in options]


@lru_cache(maxsize=1024)
def _check(*attributes: Any) -> Check | None:
    """A check of a fact's values by its schema; None where that has a keyword unknown here."""
    schema = shape(*attributes)
    known = {"type", "enum", "pattern", "format", "minLength", "maxLength", "minimum", "maximum"}
    if not schema.keys() <= known:
        return None
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    low, high = schema.get("minimum"), schema.get("maximum")
    # Searched for, as jsonschema does; it leaves `format` unchecked.
    search = None if "pattern" not in schema else re.compile(schema["pattern"]).search

    def text(value: Any) -> bool:
        return (
            type(value) is str
            and least <= len(value)
            and (most is None or len(value) <= most)
            and (search is None or search(value) is not None)
        )

    def whole(value: Any) -> bool:
        return (
            type(value) is int and (low is None or low <= value) and (high is None or value <= high)
        )

    if schema.get("enum") == [True, False]:
        return lambda value: type(value) is bool
    if "enum" in schema:
        return None
    return {"string": text, "integer": whole}.get(schema.get("type", ""))
