"""Between plain values, as they stand in JSON and in an item, and the dictionary's own types.

Plain is text, whole numbers, yes and no, and rows of these. A value is read from it by the
dictionary when it is asked for, and only then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sstibet.facts import Dictionary
from sstibet.personal import Personal
from sstibet.problems import BadValue


class Typed(Mapping[str, Any]):
    """Plain answers as values of the dictionary's own types, each read when it is asked for.

    With ``strict`` an answer that can't be read is a BadValue; else it is as if it were not given,
    as is what the dictionary doesn't have (what is being typed is not checked yet).
    """

    __slots__ = ("_dictionary", "_plain", "_read", "_strict")

    def __init__(
        self, dictionary: Dictionary, answers: Mapping[str, Any], *, strict: bool = False
    ) -> None:
        self._dictionary, self._plain, self._strict = dictionary, answers, strict
        self._read: dict[str, Any] = {}

    def get(self, name: str, default: Any = None) -> Any:
        """The typed value, or ``default`` where there is none."""
        if name not in self._read:
            self._read[name] = self._typed(name)
        found = self._read[name]
        return default if found is None else found

    def _typed(self, name: str) -> Any:
        value = self._plain.get(name)
        if value is None:
            return None
        try:
            return self._dictionary.read(name, value)
        except BadValue:
            if self._strict:
                raise
            return None

    def __getitem__(self, name: str) -> Any:
        found = self.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._plain if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return self.get(str(name)) is not None


def plain(value: Any) -> Any:
    """A value of the dictionary's own types as it stands in JSON: amounts, days, months and rates
    as their texts; rows as a list of mappings, without the columns that have no value."""
    if isinstance(value, (bool, int, str)) or value is None:
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items() if each is not None}
    if isinstance(value, (tuple, list)):
        return [plain(each) for each in value]
    if isinstance(value, Personal):
        return plain(value.reveal())
    return str(value)


def projected(dictionary: Dictionary, name: str, value: Any) -> Any:
    """Plain rows as rows of the records ``name``: columns that those lack are left out."""
    fields = dictionary.facts[name].fields
    if fields is None or not isinstance(value, (list, tuple)):
        return value
    return [{key: each for key, each in row.items() if key in fields} for row in value]
