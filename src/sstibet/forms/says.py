"""What a validator may find in a field's answer, in words for the person who gave it.

A renderer's own validator speaks English and of JSON Schema. These are the library's words, or the
form's own, by the keyword that an answer breaks, so that a screen says at once what sending would.
"""

from __future__ import annotations

from typing import Any

from sstibet.facts import Fact
from sstibet.forms.faults import absent, keyword_code
from sstibet.forms.parts import BoundColumn, BoundField, Option
from sstibet.forms.shapes import fragment
from sstibet.forms.words import told, wrong
from sstibet.outcomes import Wrong

_ROWS = ("type", "enum", "not", "minItems", "maxItems", "uniqueItems")
# What stands in a schema and asks nothing of an answer by itself.
_SILENT = ("title", "description")


def says(field: BoundField, language: str) -> dict[str, str]:
    """The words for each keyword that an answer to a field may break, ``required`` among them.

    They never repeat what was typed. A column of rows has its own, see `says_of_column`.
    """
    if field.must_be_yes:
        keywords: tuple[str, ...] = ("type", "enum", "not")
    elif field.rows is not None:
        keywords = _ROWS
    else:
        keywords = _keywords(field.definition, field.options)
    found = {"required": wrong(field, absent(field))}
    for keyword in keywords:
        more: dict[str, Any] = {}
        if field.rows is not None:
            every = field.rows.pick == "all"
            more["wanted"] = len(field.rows.pickable) if every else 1
        code = "must_be_yes" if field.must_be_yes else keyword_code(field.definition, keyword)
        found[keyword] = wrong(field, code, **more)
    return _texts(found, language)


def says_of_column(field: BoundField, column: BoundColumn, language: str) -> dict[str, str]:
    """The same for an asked column of ticked rows."""
    fact = column.definition
    codes = {
        keyword: keyword_code(fact, keyword) for keyword in _keywords(fact, column.options)
    } | {"required": "required"}
    found = {
        keyword: told(field.fact, code, column.label, fact, field.says.get(code))
        for keyword, code in codes.items()
    }
    return _texts(found, language)


def _keywords(fact: Fact, options: tuple[Option, ...] | None) -> tuple[str, ...]:
    found = {"type", *fragment(fact, options)} | ({"enum"} if options is not None else set())
    return tuple(sorted(found.difference(_SILENT)))


def _texts(found: dict[str, Wrong], language: str) -> dict[str, str]:
    return {keyword: each.text(language) for keyword, each in found.items()}
