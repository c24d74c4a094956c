"""Conditions in words: the English of the library's own explanations, with the facts' names."""

from __future__ import annotations

from typing import Any

from bookpages.writing import code, plain
from sstibet.conditions import All, Any_, Condition, Count, Every, Not, Some, Sum
from sstibet.contents import Contents
from sstibet.facts import Fact
from sstibet.texts import say


class Words:
    """The words of one book."""

    def __init__(self, contents: Contents) -> None:
        self.contents = contents

    def of(self, condition: Condition | None, row: str | None = None) -> str:
        """A condition as a sentence without a full stop; nothing for none."""
        if condition is None:
            return ""
        match condition:
            case All():
                return self._joined(condition.all_, " and ", row)
            case Any_():
                return self._joined(condition.any_, " or ", row)
            case Not():
                return f"not ({self.of(condition.not_, row)})"
            case Every():
                return f"every row of {self._rows(condition.every)}"
            case Some():
                return f"some row of {self._rows(condition.some)}"
            case Count():
                counted = f"the number of rows of {self._rows(condition.count)}"
                return f"{counted} {_test(condition.test)} {condition.value}"
            case Sum():
                column = code(condition.sum.column)
                summed = f"the sum of {column} over {self._rows(condition.sum)}"
                return f"{summed} {_test(condition.test)} {condition.value}"
            case _:
                return self._tested(condition, row)

    def _joined(self, conditions: tuple[Condition, ...], word: str, row: str | None) -> str:
        parts = [self.of(each, row) for each in conditions]
        kinds = (All, Any_)
        return word.join(
            f"({part})" if isinstance(each, kinds) and len(parts) > 1 else part
            for each, part in zip(conditions, parts, strict=True)
        )

    def _rows(self, rows: Any) -> str:
        named = code(rows.fact)
        return named if rows.that is None else f"{named} where {self.of(rows.that, rows.fact)}"

    def _tested(self, test: Any, row: str | None) -> str:
        left = code(test.fact or test.field)
        return f"{left} {_test(test.test)} {self._right(test, row)}"

    def _right(self, test: Any, row: str | None) -> str:
        if test.value is not None:
            values = test.value if isinstance(test.value, tuple) else (test.value,)
            fact = self._fact(test, row)
            return " or ".join(self._value(each, fact) for each in values)
        for name in ("other_fact", "other_field"):
            if (found := getattr(test, name)) is not None:
                return code(found)
        if test.parameter is not None:
            return f"the parameter {code(test.parameter)}"
        return f"the window {code(test.window)}"

    def _value(self, value: str, fact: Fact | None) -> str:
        listed = None if fact is None or fact.codes is None else self.contents.dictionary.codes
        if listed is None or fact is None or value not in listed[str(fact.codes)].codes:
            return plain(value)
        label = listed[str(fact.codes)].codes[value].label.text("en")
        return f"{code(value)} ({plain(label)})"

    def _fact(self, test: Any, row: str | None) -> Fact | None:
        facts = self.contents.dictionary.facts
        if test.fact is not None:
            return facts.get(test.fact)
        records = facts.get(row or "")
        return None if records is None else (records.fields or {}).get(test.field or "")


def _test(test: str) -> str:
    return plain(say(f"test.{test}", "en"))
