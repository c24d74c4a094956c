"""What was typed, as values that a field could hold, not yet checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sstibet.documents import parse_whole
from sstibet.facts import Fact
from sstibet.forms.shapes import SHAPES
from sstibet.money import Money, Rate
from sstibet.months import Month
from sstibet.problems import BadValue
from sstibet.typed import normalise

# What a ticked row is told by, beside the columns asked of it.
KEY = "key"
# No field takes more; a longer text is refused before anything is done with it.
LONGEST = 20_000
_FREE = ("text", "secret")
_LONGEST_SHAPED = 300
_LARGEST = 10**18
_YES = {"yes": True, "true": True, "是": True, "no": False, "false": False, "否": False}
# Types whose text is the plain value itself.
_OWN = (date, Decimal, Money, Month, Rate)
# The kinds whose digits some programs send as a number.
_DIGITS = ("money", "whole", "code", "text")


def spelled(fact: Fact, value: object) -> Any:
    """What was typed as text, whole number or yes-or-no of ``fact``'s kind, not yet checked.

    Returns:
        The value in its usual spelling (see `sstibet.typed`); None where nothing was typed.

    Raises:
        BadValue: it is of a type that such a field doesn't take. The value is in no message.
    """
    if value is None:
        return None
    if isinstance(value, bool) or fact.kind == "records":
        if fact.kind == "yes_no":
            return value
        raise BadValue("wrong_type", "yes or no is no answer here")
    if type(value) in _OWN:  # a program's, which may give what the fact itself would be
        value = str(value)
    if isinstance(value, float):
        value = _whole(fact, value)
    if isinstance(value, int) and fact.kind in _DIGITS and abs(value) < _LARGEST:
        value = str(value)
    if not isinstance(value, str):
        raise BadValue("wrong_type", f"a {type(value).__name__} is no answer here")
    free = fact.kind in _FREE
    if len(value) > (LONGEST if free else _LONGEST_SHAPED):
        raise BadValue("too_long" if free else SHAPES[fact.kind].wrong, "this is far too long")
    return _from_text(fact, normalise(fact.kind, value))


def _whole(fact: Fact, value: float) -> int:
    """A number that a program wrote as 12.0; an amount is never taken from a float."""
    if fact.kind == "whole" and value.is_integer() and abs(value) < _LARGEST:
        return int(value)
    code = "money_float" if fact.kind == "money" else "wrong_type"
    raise BadValue(code, "a fraction is no answer here")


def _from_text(fact: Fact, text: str) -> Any:
    if not text:
        return None
    if fact.kind == "yes_no":
        if text.lower() not in _YES:
            raise BadValue("not_yes_no", "this is neither yes nor no")
        return _YES[text.lower()]
    if fact.kind == "whole":
        return parse_whole(text)
    return text


def listed(typed: Any) -> list[Any] | None:
    """Ticked rows as a list, also where a single one was sent alone; None for what is no rows."""
    if typed is None or typed == "":
        return []
    if isinstance(typed, (str, Mapping)) or type(typed) is int:
        return [typed]
    return list(typed) if isinstance(typed, (list, tuple)) else None


def row_key(typed: Any, column: str | None) -> str:
    """The key of a ticked row: the text itself, or what stands under ``key`` or in the records'
    own key column; empty where there is none."""
    if isinstance(typed, Mapping):
        typed = typed.get(KEY, typed.get(column or KEY))
    if isinstance(typed, str):
        return typed if len(typed) <= LONGEST else ""
    return str(typed) if type(typed) is int and abs(typed) < _LARGEST else ""
