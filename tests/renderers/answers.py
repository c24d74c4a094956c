"""Answers to a form, generated: right, nearly right, of wrong types, missing, hidden."""

from __future__ import annotations

import copy
import random
from typing import Any

# What breaks validators that aren't careful: ends of lines, other digits, dates that are none, the
# edges of whole numbers, text beyond the plane of most, and what another type looks like.
ODD: tuple[Any, ...] = (
    "", " ", "\n", "0", "-0", "1e3", "400", "400.00", "400.005", "١٢٣", "１２３", "2025",
    "2025-02-30", "2024-02-29", "2025-02-29", "0000-01-01", "2025-1-1", "2025-13", "2025-12",
    "2025-12-31T00:00:00", "yes", "no", "true", "Yes", "201", "x" * 31, "x" * 300, "x" * 1001,
    "𠀀" * 15, "བོད", "扎西", "é", "e\u0301", "\u0000", "\u2028", "12345\n",
    None, True, False, 0, 1, -1, 1.0, 1.5, 2025, 2025.0, 2**53 - 1, 2**53, -(2**53), 1e300,
    [], [None], [""], {}, {"key": "1"}, [{"key": "1"}],
)  # fmt: skip


def rightly(schema: dict[str, Any], value: Any, chance: random.Random) -> Any:
    """An answer that fits a field, or one that nearly does."""
    if "enum" in schema:
        return chance.choice(schema["enum"])
    kind = schema.get("type")
    if kind == "array":
        keys = schema["items"].get("enum") or schema["items"].get("properties", {}).get(
            "key", {}
        ).get("enum", [])
        some = chance.sample(keys, chance.randint(0, len(keys)))
        if "properties" not in schema["items"]:
            return some
        columns = schema["items"]["properties"]
        return [
            {n: rightly(s, None, chance) for n, s in columns.items()} | {"key": key} for key in some
        ]
    if kind == "integer":
        return chance.choice([schema["minimum"], schema["maximum"], 2025, 1])
    if kind == "boolean":
        return True
    return value if value is not None else chance.choice(["扎西", "2025-10", "2025-10-15", "12.50"])


def slip(value: Any, chance: random.Random) -> Any:
    """A value with a slip in it."""
    if isinstance(value, str) and value:
        at = chance.randrange(len(value))
        return chance.choice(
            [
                value + "\n",
                value[:at] + value[at + 1 :],
                value[:at] + chance.choice("0X٣é ") + value[at:],
                value.lower(),
                value + value,
                " " + value,
            ]
        )
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return chance.choice([value + 1, value - 1, float(value), value + 0.5, str(value)])
    if isinstance(value, list) and value:
        longer = [*value, copy.deepcopy(chance.choice(value))]
        shorter = value[1:]
        inner = [slip(value[0], chance), *value[1:]]
        return chance.choice([longer, shorter, inner])
    if isinstance(value, dict) and value:
        name = chance.choice(sorted(value))
        changed = {**value, name: slip(value[name], chance)}
        without = {each: v for each, v in value.items() if each != name}
        return chance.choice([changed, without, {**value, "more": 1}])
    return chance.choice(ODD)


def fields(schema: dict[str, Any]) -> dict[str, Any]:
    """All fields that a form's schema has, those shown conditionally among them."""
    found = dict(schema["properties"])
    for each in schema.get("allOf", ()):
        found |= each["then"]["properties"]
    return found


def generated(
    schema: dict[str, Any], right: dict[str, Any], chance: random.Random
) -> dict[str, Any]:
    """An answer to a form: the right one, or a mixture, changed in none, one or a few places."""
    known = fields(schema)
    answers = dict(right)
    if chance.random() < 0.7:
        answers = {
            name: rightly(each, right.get(name), chance)
            for name, each in known.items()
            if chance.random() < 0.85
        }
    for _ in range(chance.choice([0, 0, 1, 1, 1, 2, 3])):
        way = chance.random()
        name = chance.choice(sorted(known) or ["stray"])
        if way < 0.45 and name in answers:
            answers[name] = slip(answers[name], chance)
        elif way < 0.75:
            answers[name] = copy.deepcopy(chance.choice(ODD))
        elif way < 0.9:
            answers.pop(name, None)
        else:
            answers["stray"] = copy.deepcopy(chance.choice(ODD))
    return answers
