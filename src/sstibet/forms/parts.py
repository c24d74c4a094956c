"""The parts of a form as one item shows it now: pages, fields, rows, and what may be chosen."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sstibet.facts import Dictionary, Fact
from sstibet.forms.shown import in_words, masked
from sstibet.forms.when import Shown
from sstibet.labels import Label
from sstibet.texts import DEFAULT_LANGUAGE

# What can be chosen: the plain value, and what it is called.
Option = tuple[Any, Label]


@dataclass(frozen=True, slots=True)
class BoundColumn:
    """A column of rows. ``options``: what a code is chosen from, over all rows; None where it
    isn't chosen."""

    name: str
    label: Label
    kind: str
    help: Label | None = None
    required: bool = True
    options: tuple[Option, ...] | None = None
    definition: Fact = dataclasses.field(kw_only=True, repr=False)


@dataclass(frozen=True, slots=True)
class BoundRow:
    """One row: its key, whether it may be ticked (else ``why_not``), whether it was, what may be
    chosen in each asked column, and what was chosen there before."""

    key: str = dataclasses.field(repr=False)
    pickable: bool
    why_not: Label | None
    picked: bool
    options: Mapping[str, tuple[Option, ...]]
    given: Mapping[str, Any] = dataclasses.field(repr=False)
    values: Mapping[str, Any] = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True)
class BoundRows:
    """Rows of which ``one``, ``some``, ``all`` or ``none`` are ticked; the columns shown, those
    asked of a ticked row, what is said where there are none, and how many go on a page."""

    of: str
    pick: str
    rows: tuple[BoundRow, ...]
    shows: tuple[BoundColumn, ...]
    asks: tuple[BoundColumn, ...]
    empty: Label | None
    page_by: int | None
    dictionary: Dictionary = dataclasses.field(repr=False, compare=False)

    @property
    def pickable(self) -> tuple[BoundRow, ...]:
        """The rows that may be ticked."""
        return tuple(row for row in self.rows if row.pickable)

    @property
    def leaves_choice(self) -> bool:
        """Whether there is anything to be sent: rows to tick, or columns to fill in."""
        return self.pick in ("one", "some") or (self.pick == "all" and bool(self.asks))

    @property
    def pages(self) -> tuple[tuple[BoundRow, ...], ...]:
        """The rows page by page; one page where they aren't divided."""
        size = self.page_by or max(len(self.rows), 1)
        return tuple(self.rows[at : at + size] for at in range(0, len(self.rows), size))

    def cell(self, row: BoundRow, column: BoundColumn, language: str = DEFAULT_LANGUAGE) -> str:
        """What a row shows in a column."""
        value = row.values.get(column.name)
        options = row.options.get(column.name, ())
        label = next((label for each, label in options if each == value), None)
        if label is not None:
            return label.text(language)
        return in_words(self.dictionary, column.definition, value, language)


@dataclass(frozen=True, slots=True)
class BoundField:
    """One field: the fact it asks or shows, in the form's own words.

    ``shown`` is whether it is shown, or the condition on other fields of the form that decides it
    (see `BoundForm.visible`). ``options`` are what is chosen from, None where it isn't chosen.
    ``value`` is what was typed or known before, plain; None for nothing and for every secret.
    """

    fact: str
    kind: str
    label: Label
    help: Label | None
    required: bool
    read_only: bool
    must_be_yes: bool
    shown: Shown
    options: tuple[Option, ...] | None
    value: Any = dataclasses.field(repr=False)
    rows: BoundRows | None
    autocomplete: str | None
    says: Mapping[str, Label] = dataclasses.field(repr=False)
    definition: Fact = dataclasses.field(repr=False)
    dictionary: Dictionary = dataclasses.field(repr=False, compare=False)

    @property
    def asked(self) -> bool:
        """Whether anything is sent for it; else it only shows what is known."""
        if self.read_only:
            return False
        return self.rows is None or self.rows.leaves_choice

    @property
    def masked(self) -> Any:
        """The plain value with stars for what must not be shown."""
        return masked(self.definition, self.value)

    def display(self, language: str = DEFAULT_LANGUAGE) -> str:
        """The value as it is shown: a code by its label, personal numbers masked."""
        label = next((label for each, label in self.options or () if each == self.value), None)
        if label is not None:
            return label.text(language)
        return in_words(self.dictionary, self.definition, self.value, language)


@dataclass(frozen=True, slots=True)
class BoundPage:
    """Some fields under one heading."""

    label: Label
    help: Label | None
    fields: tuple[BoundField, ...]
