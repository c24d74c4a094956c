"""What is known when a question is asked: the given facts, those derived from them, and the
book's own parameters and windows in force on the day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sstibet.facts import Dictionary, Fact
from sstibet.kinds import PERSONAL
from sstibet.outcomes import Missing
from sstibet.personal import Personal
from sstibet.tested import Tested

# A value (None where it isn't known) and the facts that are missing to know it.
Resolved = tuple[Any, frozenset[str]]

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of some records: the fact that holds them, and its values by field."""

    fact: str
    values: Mapping[str, Any] = field(repr=False)


def nothing(name: str) -> Resolved:
    """A look-up that knows nothing."""
    return None, frozenset([name])


@dataclass(frozen=True, slots=True)
class Known:
    """The facts of one question on one day.

    ``given`` holds values already read by the dictionary. ``look_up`` answers for parameters and
    ``look_up_window`` for windows, from this same value.
    """

    dictionary: Dictionary = field(repr=False)
    day: date
    given: Mapping[str, Any] = field(repr=False)
    look_up: Callable[[str, Known], Resolved] = lambda name, _: nothing(name)
    look_up_window: Callable[[str, Known], Resolved] = lambda name, _: nothing(name)

    def fact(self, name: str) -> Resolved:
        """A fact's value, given or derived, or what is missing to know it."""
        value = self.given.get(name)
        if value is not None:
            return value, _NONE
        derivation = self.dictionary.facts[name].derive
        if derivation is None:
            return nothing(name)
        return self._derive(derivation, [self.fact(source) for source in derivation.sources()])

    def field(self, row: Row, name: str) -> Resolved:
        """A row's field, given or derived. A derived field takes its sources from the row where
        it has such a field, else from the facts."""
        value = row.values.get(name)
        if value is not None:
            return value, _NONE
        fields = self._fields(row.fact)
        derivation = fields[name].derive
        if derivation is None:
            return nothing(f"{row.fact}.{name}")
        sources = [
            self.field(row, source) if source in fields else self.fact(source)
            for source in derivation.sources()
        ]
        return self._derive(derivation, sources)

    def _derive(self, derivation: Any, sources: list[Resolved]) -> Resolved:
        missing = _NONE.union(*(lacking for _, lacking in sources))
        if missing:
            return None, missing
        return derivation.compute(self.day, tuple(value for value, _ in sources)), _NONE

    def parameter(self, name: str) -> Resolved:
        """A parameter of the book on this day."""
        return self.look_up(name, self)

    def window(self, name: str) -> Resolved:
        """A window of the book, as a span of days."""
        return self.look_up_window(name, self)

    def missing(self, facts: Iterable[str]) -> Missing:
        """What is missing, sorted, with the labels to ask for it."""
        names = tuple(sorted(facts))
        labels = {name: fact.label for name in names if (fact := self._known_fact(name))}
        return Missing(names, labels)

    def _known_fact(self, name: str) -> Fact | None:
        records, _, field = name.partition(".")
        fact = self.dictionary.facts.get(records)
        return (fact.fields or {}).get(field) if fact and field else fact

    def kind_of(self, fact: str | None, field: str | None, row: Row | None) -> Fact:
        """The definition of a fact, or of a field of the row at hand."""
        if fact is not None:
            return self.dictionary.facts[fact]
        assert row is not None, "checked when the book was loaded"
        assert field is not None, "a test has a fact or a field"
        return self._fields(row.fact)[field]

    def tested(
        self,
        rule: str,
        name: str,
        test: str,
        left: Any,
        right: Any,
        answer: bool | None,
        row: Row | None = None,
    ) -> Tested:
        """One test as it came out, with the label of what was tested; of numbers that
        no explanation may show the masked ones."""
        fields = self._fields(row.fact) if row is not None else {}
        fact = fields.get(name) or self.dictionary.facts[name]
        if fact.kind in PERSONAL:
            left, right = (
                Personal(each, fact.kind) if isinstance(each, str) else each
                for each in (left, right)
            )
        labels = self.dictionary.labels_of(fact)
        return Tested(rule, name, fact.label, test, left, right, answer, labels)

    def _fields(self, fact: str) -> dict[str, Fact]:
        fields = self.dictionary.facts[fact].fields
        assert fields is not None, "checked when the book was loaded"
        return fields
