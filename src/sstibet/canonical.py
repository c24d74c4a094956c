"""The one way to write down what a book says, so that the same meaning has the same digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from hashlib import sha256
from json import dumps
from typing import Any

from sstibet.documents import yaml_key
from sstibet.money import Money, Rate
from sstibet.months import Month


def digest(value: object) -> str:
    """SHA-256, in hex, of a value's canonical form.

    Spacing, comments, quotes, the order of keys and the lines that rules stand on don't count;
    whatever the rules or their words say does.
    """
    text = dumps(canonical(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def canonical(value: Any) -> Any:
    """A value as plain JSON: amounts and dates as text, records by their YAML keys."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (Money, Month)):
        return str(value)
    if isinstance(value, Rate):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return {
            yaml_key(each.name): canonical(getattr(value, each.name))
            for each in fields(value)
            if each.compare
        }
    if isinstance(value, Mapping):
        return {str(key): canonical(each) for key, each in value.items() if key != "where"}
    if isinstance(value, (list, tuple)):
        return [canonical(each) for each in value]
    raise TypeError(f"{type(value).__name__} has no canonical form")
