"""What is wrong with an answer, in words for the person who gave it.

What was typed is never repeated, whatever it is: the person sees it, and a log must not.
"""

from __future__ import annotations

from typing import Any

from sstibet.facts import Fact
from sstibet.forms.parts import BoundColumn, BoundField
from sstibet.forms.shapes import SHAPES, fragment
from sstibet.labels import Label
from sstibet.outcomes import Wrong
from sstibet.texts import DEFAULT_LANGUAGE, Term, catalogue

_CHOSEN = ("code", "yes_no", "records")


def wrong(field: BoundField, code: str, **values: Any) -> Wrong:
    """A wrong answer of a field: the form's own words for the code, else the library's."""
    says = field.says.get(code) or values.pop("says", None)
    return told(field.fact, code, field.label, field.definition, says, **values)


def wrong_cell(field: BoundField, row: int, column: BoundColumn, code: str) -> Wrong:
    """A wrong answer in a column of a ticked row (``row`` counts those shown, from 1)."""
    label = Term("row", (("label", field.label), ("row", row), ("field", column.label)))
    says = field.says.get(code)
    more = {"row": row, "column": column.name}
    return told(field.fact, code, label, column.definition, says, **more)


_BOUNDS = {
    "least": "minimum",
    "most": "maximum",
    "shortest": "minLength",
    "longest": "maxLength",
}


def _bounds(fact: Fact) -> dict[str, Any]:
    """The bounds that an answer must keep: the fact's own, else its kind's."""
    if fact.kind not in SHAPES:
        return {}
    schema = fragment(fact)
    kinds = {name: schema.get(key) for name, key in _BOUNDS.items()}
    own = {name: bound for name in _BOUNDS if (bound := getattr(fact, name)) is not None}
    return {**kinds, **own}


def told(
    field: str, code: str, label: Label | Term, fact: Fact | None, says: Label | None, **more: Any
) -> Wrong:
    """A wrong answer with its words under ``says``.

    The key ``typed.CODE`` has words for a person at a form, where ``wrong.CODE`` is for one who
    asks by program; ``.choice`` is for what is chosen and not written.
    """
    values = {"label": label, **(_bounds(fact) if fact is not None else {}), **more}
    texts = catalogue(DEFAULT_LANGUAGE)
    chosen = fact is not None and fact.kind in _CHOSEN
    keys = [f"typed.{code}.choice"] if chosen else []
    keys += [f"typed.{code}", f"wrong.{code}", "typed.wrong"]
    key = next(key for key in keys if key in texts)
    return Wrong(field, code, {**values, "says": says or Term(key, tuple(values.items()))})
