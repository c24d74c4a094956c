"""Each kind of fact as JSON Schema 2020-12: one small table.

A new code list, fact, tier or form needs nothing here; a new kind is one more line. The shapes are
what a renderer can check while a person types; the last word has the kind's own parser.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sstibet.facts import Fact
from sstibet.labels import Label
from sstibet.patterns import anchored

Options = Sequence[tuple[Any, Label]]

# The largest whole number that every JSON reader keeps exact.
_MOST_WHOLE = 2**53 - 1
_DECIMAL = r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,2})?"
_RATE = r"(0|[1-9][0-9]{0,11})((\.[0-9]{1,8})?%?|/[1-9][0-9]{0,11})"


@dataclass(frozen=True, slots=True)
class Shape:
    """How a kind stands in JSON Schema; the code told for a value that has not this shape; and
    what helps to type it (HTML's ``inputmode`` and ``autocomplete``)."""

    schema: dict[str, Any]
    wrong: str
    inputmode: str = "text"
    autocomplete: str | None = None


def _text(wrong: str, least: int, most: int, *hints: str, **more: str) -> Shape:
    bounds = {"minLength": least, "maxLength": most}
    return Shape({"type": "string", **bounds, **more}, wrong, *hints)


def _pattern(pattern: str, wrong: str, *hints: str, **more: str) -> Shape:
    return Shape({"type": "string", "pattern": anchored(pattern), **more}, wrong, *hints)


SHAPES: dict[str, Shape] = {
    "money": _pattern(_DECIMAL, "not_money", "decimal"),
    "rate": _pattern(_RATE, "not_a_rate", "decimal"),
    "whole": Shape(
        {"type": "integer", "minimum": -_MOST_WHOLE, "maximum": _MOST_WHOLE}, "not_whole", "numeric"
    ),
    # Of the year 0 some programs have dates, and others none.
    "date": _pattern("(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}", "not_a_date", "numeric", format="date"),
    "month": _pattern("[0-9]{4}-(0[1-9]|1[0-2])", "not_a_month", "numeric"),
    "code": _text("not_an_option", 1, 80),
    # Without its type: a required "boolean" is answered with no by rjsf itself.
    "yes_no": Shape({"enum": [True, False]}, "not_yes_no"),
    "text": _text("pattern_differs", 1, 1000),
    "resident_id": _pattern("[1-9][0-9]{16}[0-9X]", "id_shape"),
    "id_number": _text("id_number_shape", 5, 30),
    "mobile": _pattern("1[0-9]{10}", "mobile_shape", "tel", "tel"),
    "bank_card": _pattern("[0-9]{16,19}", "card_shape", "numeric", "cc-number"),
    "account_number": _pattern("[0-9A-Z]{6,50}", "account_shape"),
    "person_name": _text("name_shape", 2, 80),
    "user_name": _pattern("[A-Za-z][A-Za-z0-9_.-]{3,31}", "user_name_shape", "text", "username"),
    "voucher_number": _pattern("[0-9]{18}", "voucher_shape", "numeric"),
    "secret": _text("pattern_differs", 1, 256, "text", "off"),
}


def fragment(fact: Fact, options: Options | None = None) -> dict[str, Any]:
    """A fact's values as JSON Schema.

    Args:
        fact: its kind, bounds and shape.
        options: what a code is chosen from; None where any code may be written.

    Returns:
        A new schema without title. Codes are an ``enum`` and nothing else: of ``oneOf`` with
        ``const`` a renderer picks the first by itself. Where nothing can be chosen nothing fits.
    """
    if fact.kind == "code" and options is not None:
        values = [value for value, _ in options]
        return {"type": "string", "enum": values} if values else {"type": "string", "not": {}}
    found = shape(fact.kind, fact.least, fact.most, fact.pattern, fact.shortest, fact.longest)
    return dict(found)


@lru_cache(maxsize=1024)
def shape(
    kind: str,
    least: str | None,
    most: str | None,
    pattern: str | None,
    shortest: int | None,
    longest: int | None,
) -> dict[str, Any]:
    """A kind's schema inside of a fact's own bounds; shared, not to be changed."""
    schema = dict(SHAPES[kind].schema)
    if kind == "whole":
        for key, bound in (("minimum", least), ("maximum", most)):
            schema[key] = schema[key] if bound is None else int(bound)
    if pattern is not None:
        schema["pattern"] = anchored(pattern)
    lengths = {"minLength": shortest, "maxLength": longest}
    return {**schema, **{key: most for key, most in lengths.items() if most is not None}}
