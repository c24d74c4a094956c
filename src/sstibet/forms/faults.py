"""What a validator of JSON Schema finds, as codes that a person's words hang on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sstibet.facts import Fact
from sstibet.forms.parts import BoundColumn, BoundField, BoundRows
from sstibet.forms.plain import KEY
from sstibet.forms.shapes import SHAPES
from sstibet.forms.words import wrong, wrong_cell
from sstibet.outcomes import Wrong

if TYPE_CHECKING:
    from jsonschema import ValidationError

# JSON Schema's keyword -> our code; a pattern's is told by the kind.
_CODES = {
    "type": "wrong_type",
    "enum": "not_an_option",
    "not": "nothing_to_choose",
    "minimum": "below_least",
    "maximum": "above_most",
    "minLength": "too_short",
    "maxLength": "too_long",
    "required": "required",
    "minItems": "too_few_rows",
    "maxItems": "too_many_rows",
    "uniqueItems": "doubled_row",
    "additionalProperties": "unknown_field",
}


def fault(field: BoundField, error: ValidationError, sent: Any) -> Wrong:
    """A finding of the validator at or below a field, of which ``sent`` was sent."""
    path = list(error.absolute_path)[1:]
    if field.rows is None:
        code = "must_be_yes" if field.must_be_yes else _code(field.definition, error)
        return wrong(field, code)
    column = _column(field.rows, path, error) if path else None
    if column is None:
        return _rows_fault(field, field.rows, error)
    # The row as it is numbered on the screen, not among the ticked ones.
    keys = [row.key for row in field.rows.rows]
    number = keys.index(sent[path[0]][KEY]) + 1
    return wrong_cell(field, number, column, _code(column.definition, error))


def absent(field: BoundField) -> str:
    """The code for no answer where one must be given."""
    if field.must_be_yes:
        return "must_be_yes"
    empty = field.options == () or (field.rows is not None and not field.rows.pickable)
    return "nothing_to_choose" if empty else "required"


def keyword_code(fact: Fact, keyword: str) -> str:
    """The code for an answer that breaks a keyword of its fact's schema."""
    if keyword == "pattern" and fact.pattern is not None:
        return "pattern_differs"
    if keyword in ("pattern", "format"):
        return SHAPES[fact.kind].wrong
    return _CODES.get(keyword, "wrong_type")


def _code(fact: Fact, error: ValidationError) -> str:
    return keyword_code(fact, str(error.validator))


def _rows_fault(field: BoundField, rows: BoundRows, error: ValidationError) -> Wrong:
    code = _code(field.definition, error)
    count = len(rows.pickable)
    return wrong(field, code, wanted=count if rows.pick == "all" else 1)


def _column(rows: BoundRows, path: list[str | int], error: ValidationError) -> BoundColumn | None:
    """The asked column that a finding in a ticked row is about."""
    name = path[1] if len(path) > 1 else None
    if error.validator == "required":
        wanted: Any = error.validator_value  # the schema's own list
        given: Any = error.instance
        name = next((each for each in wanted if each not in given), None)
    return next((each for each in rows.asks if each.name == name and name != KEY), None)
