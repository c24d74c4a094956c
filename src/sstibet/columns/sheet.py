"""The columns that a quoted table gains: filled batch by batch, and handed to Arrow as they lie."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa

from sstibet.columns.cells import Mask, Numbers
from sstibet.columns.outcomes import Priced, Totals, Vocabulary
from sstibet.evidence import KINDS

MONEY = pa.decimal128(18, 2)
WORD = pa.dictionary(pa.int32(), pa.string())
AMOUNTS = ("due", "total", "government")
WORDS = ("evidence", "code", "field")

# Places of rows: a slice of neighbours, or one by one.
Places = Any


def fields(parts: Iterable[str]) -> list[pa.Field]:
    """The columns' names and types."""
    amounts = [*AMOUNTS, *(f"part_{part}" for part in parts)]
    return [*(pa.field(name, MONEY) for name in amounts), *(pa.field(name, WORD) for name in WORDS)]


class Sheet:
    """The answers for so many rows."""

    def __init__(self, count: int, parts: Iterable[str], vocabulary: Vocabulary) -> None:
        self._count, self._words = count, vocabulary
        # Two words for each amount, as decimal128 has it: the fen, and their sign. Pages that are
        # never written to (a government that pays nothing) are never made.
        self._due = np.zeros((count, 2), np.int64)
        self._government: Numbers | None = None
        self._parts = {part: np.zeros((count, 2), np.int64) for part in parts}
        self.code = np.zeros(count, np.int32)
        self.field = np.zeros(count, np.int32)
        self._evidence = np.zeros(count, np.int32)

    def put(self, places: Places, priced: Priced) -> None:
        """Lay down what some rows come to."""
        _set(self._due, places, priced.due)
        if priced.government is not None:
            _set(self._governments(), places, priced.government)
        for part, fen in priced.parts.items():
            _set(self._parts[part], places, fen)
        self.code[places] = priced.code
        self.field[places] = priced.field
        self._evidence[places] = priced.evidence

    def refuse(self, place: int, code: int, field: int) -> None:
        """Say what is wrong with a row, or missing."""
        self.code[place], self.field[place] = code, field

    def put_one(self, place: int, totals: Totals) -> None:
        """Lay down one row's amounts over whatever was there."""
        self.refuse(place, 0, 0)
        one = slice(place, place + 1)
        _set(self._due, one, np.array([totals.due]))
        if totals.government or self._government is not None:
            _set(self._governments(), one, np.array([totals.government]))
        for part, amounts in self._parts.items():
            _set(amounts, one, np.array([totals.parts.get(part, 0)]))
        self._evidence[place] = totals.evidence

    def columns(self) -> list[pa.Array]:
        """The filled columns, in the order of `fields`."""
        priced = self.code == 0
        nulls = self._count - int(priced.sum())
        validity = pa.py_buffer(np.packbits(priced, bitorder="little")) if nulls else None

        def money(amounts: Numbers) -> pa.Array:
            buffers = [validity, pa.py_buffer(amounts)]
            return pa.Array.from_buffers(MONEY, self._count, buffers, nulls)

        due = money(self._due)
        total = due if self._government is None else money(self._total())
        government = money(self._governments())
        return [
            due,
            total,
            government,
            *(money(amounts) for amounts in self._parts.values()),
            _words(list(KINDS), self._evidence, priced & (self._evidence >= 0)),
            _words(self._words.codes.words, self.code, ~priced),
            _words(self._words.fields.words, self.field, ~priced & (self.field > 0)),
        ]

    def _governments(self) -> Numbers:
        if self._government is None:
            self._government = np.zeros((self._count, 2), np.int64)
        return self._government

    def _total(self) -> Numbers:
        total = np.zeros((self._count, 2), np.int64)
        assert self._government is not None
        _set(total, slice(None), self._due[:, 0] + self._government[:, 0])
        return total


def _set(amounts: Numbers, places: Places, fen: Numbers) -> None:
    """Write fen as decimals. The upper words lie there as 0 already, and are written only where
    something is below it, or stood there before (a single row is written a second time)."""
    amounts[places, 0] = fen
    if len(fen) == 1 or (len(fen) and fen.min() < 0):
        amounts[places, 1] = fen >> 63


def _words(words: list[str], numbers: Any, given: Mask) -> pa.Array:
    count = len(numbers)
    validity = pa.py_buffer(np.packbits(given, bitorder="little"))
    buffers = [validity, pa.py_buffer(numbers.astype(np.int32, copy=False))]
    values, nulls = pa.array(words, pa.string()), count - int(given.sum())
    return pa.DictionaryArray.from_buffers(WORD, count, buffers, values, nulls)
