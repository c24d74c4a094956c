"""The cells of one column as whole numbers: fen, counts, days, or places in a list of ids.

The usual shapes (decimals, integers, dates, plain amounts as text) are taken out of Arrow's own
buffers. Every other cell is read by the book's dictionary, each different value once; so a cell is
right or wrong here exactly where it is in a single quote.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sstibet.facts import Dictionary, Fact
from sstibet.money import Money
from sstibet.problems import BadValue

Numbers = np.ndarray[Any, np.dtype[np.int64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

# A number beyond this isn't calculated with here; its row is priced by itself.
LARGEST = 2**62
EPOCH = date(1970, 1, 1).toordinal()
FIRST_DAY, LAST_DAY = date.min.toordinal() - EPOCH, date.max.toordinal() - EPOCH
_MEMO = 200_000  # different values that are kept from batch to batch
# Amounts that surely fit. Whatever else there is goes to the dictionary, which takes or refuses it.
_PLAIN_MONEY = r"\A-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,2})?\z"


class Words:
    """Words by number, in the order in which they turned up; 0 is none."""

    def __init__(self) -> None:
        self.words: list[str] = [""]
        self._numbers: dict[str, int] = {"": 0}

    def number(self, word: str) -> int:
        """The number of a word, a new one for a new word."""
        found = self._numbers.get(word)
        if found is None:
            found = self._numbers[word] = len(self.words)
            self.words.append(word)
        return found


@dataclass(slots=True)
class Cells:
    """One column of a batch.

    ``given``: the cells that aren't empty (None: all). ``bad``: the number of the code that says
    what is wrong with a cell, 0 where nothing is (None: nowhere). ``odd``: the cells that only a
    single quote can judge (None: none).
    """

    numbers: Numbers
    given: Mask | None = None
    bad: Numbers | None = None
    odd: Mask | None = None

    def at(self, rows: Numbers | None) -> Cells:
        """The cells of some rows (None: of all)."""
        if rows is None:
            return self
        return Cells(self.numbers[rows], None if self.given is None else self.given[rows])

    def tell(self, wrong: Mask, code: int) -> None:
        """Tell what is wrong with some cells that are given and not yet known to be wrong."""
        if self.given is not None:
            wrong = wrong & self.given
        if wrong.any():
            if self.bad is None:
                self.bad = np.zeros(len(self.numbers), np.int64)
            self.bad[wrong & (self.bad == 0)] = code

    def leave(self, odd: Mask) -> None:
        """Leave some of the cells that are given to a single quote."""
        if self.given is not None:
            odd = odd & self.given
        if odd.any():
            self.odd = odd if self.odd is None else self.odd | odd


class EachValue:
    """Reads a column by its different values. ``read`` gives a value's number, None for an odd
    one, and raises BadValue."""

    def __init__(self, read: Callable[[Any], int | None], codes: Words) -> None:
        self._read, self._codes = read, codes
        self._memo: dict[Any, tuple[int, int, bool]] = {}

    def code(self, word: str) -> int:
        """The number of a code."""
        return self._codes.number(word)

    def cells(self, array: pa.Array) -> Cells:
        """The cells of a column of any type."""
        count = len(array)
        if pa.types.is_null(array.type):
            return Cells(np.zeros(count, np.int64), np.zeros(count, np.bool_))
        if pa.types.is_nested(array.type):
            cells = Cells(np.zeros(count, np.int64), mask(array.is_valid()))
            cells.leave(np.ones(count, np.bool_))
            return cells
        coded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        # One more place at the end of the values stands for the empty cell.
        values = [*(self._value(each) for each in coded.dictionary), None]
        places = numbers(coded.indices.fill_null(len(values) - 1))
        made = np.array([each or (0, 0, False) for each in values], np.int64)
        cells = Cells(made[places, 0])
        if coded.null_count or any(each is None for each in values[:-1]):
            cells.given = np.array([each is not None for each in values])[places]
        if made[:, 1].any():
            cells.bad = made[places, 1]
        if made[:, 2].any():
            cells.odd = made[places, 2].astype(np.bool_)
        return cells

    def _value(self, scalar: pa.Scalar) -> tuple[int, int, bool] | None:
        """A value's number, the number of the code of what is wrong with it, and if it's odd."""
        try:
            value = scalar.as_py()
        except (ValueError, OverflowError):  # a date outside of Python's calendar
            return 0, self._codes.number("not_a_date"), False
        if value is None:
            return None
        found = self._memo.get(value)
        if found is None:
            if len(self._memo) >= _MEMO:
                self._memo.clear()
            found = self._memo[value] = self._judge(value)
        return found

    def _judge(self, value: Any) -> tuple[int, int, bool]:
        try:
            number = self._read(value)
        except BadValue as error:
            return 0, self._codes.number(error.code), False
        if number is None or not -LARGEST < number < LARGEST:
            return 0, 0, True
        return number, 0, False


class FactReader:
    """Reads the column of a fact. ``ids`` numbers the ids that the schemes know of a code."""

    def __init__(
        self, name: str, dictionary: Dictionary, codes: Words, ids: dict[str, int]
    ) -> None:
        self._fact, self._codes = dictionary.facts[name], codes
        self._bounds = _bounds(self._fact)
        fact, read = self._fact, dictionary.read
        self._each = EachValue(lambda value: _number(fact, read(name, value), ids), codes)

    def cells(self, array: pa.Array) -> Cells:
        """The cells of a column."""
        kind, wanted = array.type, self._fact.kind
        if self._bounds is None:
            return self._each.cells(array)
        if pa.types.is_decimal128(kind) and wanted == "money":
            return self._inside(_decimals(array, self._codes))
        if pa.types.is_integer(kind) and not pa.types.is_uint64(kind):
            return self._inside(_integers(array, 100 if wanted == "money" else 1))
        if (pa.types.is_string(kind) or pa.types.is_large_string(kind)) and wanted == "money":
            return self._texts(array)
        return self._each.cells(array)

    def _texts(self, array: pa.Array) -> Cells:
        """Plain amounts are read by Arrow; the rest value by value."""
        plain = pc.match_substring_regex(array, _PLAIN_MONEY)
        rest = np.flatnonzero(~mask(plain.fill_null(True)))
        usual = array
        if len(rest):
            usual = pc.if_else(plain, array, pa.scalar(None, array.type))
        cells = self._inside(_decimals(usual.cast(pa.decimal128(18, 2)), self._codes))
        if len(rest):
            _lay(cells, rest, self._each.cells(array.take(pa.array(rest))))
        return cells

    def _inside(self, cells: Cells) -> Cells:
        """The cells, those outside the fact's own bounds told."""
        assert self._bounds is not None
        least, most = self._bounds
        if least is not None:
            cells.tell(cells.numbers < least, self._codes.number("below_least"))
        if most is not None:
            cells.tell(cells.numbers > most, self._codes.number("above_most"))
        return cells


def read_days(array: pa.Array, each: EachValue) -> Cells:
    """A column of days as days since 1970: dates, or their ISO text.

    Raises:
        TypeError: the column holds something else, or instants of some time zone.
    """
    kind = array.type
    if pa.types.is_date32(kind):
        cells = _plain(array, np.int32)
    elif pa.types.is_date64(kind) or (pa.types.is_timestamp(kind) and kind.tz is None):
        days = array.cast(pa.date32(), safe=False)
        cells = _plain(days, np.int32)
        inside = pc.not_equal(days.cast(kind), array).fill_null(False)
        cells.tell(mask(inside), each.code("not_a_date"))
    else:
        return each.cells(array)
    outside = (cells.numbers < FIRST_DAY) | (cells.numbers > LAST_DAY)
    cells.tell(outside, each.code("not_a_date"))
    return cells


def numbers(array: pa.Array) -> Numbers:
    """An array without empty cells as int64."""
    found: Numbers = array.to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
    return found


def mask(array: pa.Array) -> Mask:
    """An array of yes and no as numpy's."""
    found: Mask = array.to_numpy(zero_copy_only=False)
    return found


def _plain(array: pa.Array, kind: Any) -> Cells:
    """The values in the array's own buffer. What lies under an empty cell is 0."""
    found = np.frombuffer(array.buffers()[1], kind)[array.offset : array.offset + len(array)]
    cells = Cells(found)
    if array.null_count:
        cells.given = mask(array.is_valid())
        cells.numbers = np.where(cells.given, found, 0)
    return cells


def _integers(array: pa.Array, times: int) -> Cells:
    """Integers, ``times`` each."""
    cells = _plain(array.cast(pa.int64()), np.int64)
    if times != 1:
        most = LARGEST // times
        cells.leave((cells.numbers > most) | (cells.numbers < -most))
        cells.numbers = cells.numbers * times
    return cells


def _decimals(array: pa.Array, codes: Words) -> Cells:
    """Decimals of yuan as fen: the low words of Arrow's 128 bits, where they hold it all."""
    words = np.frombuffer(array.buffers()[1], np.int64).reshape(-1, 2)
    words = words[array.offset : array.offset + len(array)]
    cells = Cells(words[:, 0].copy())
    if array.null_count:
        cells.given = mask(array.is_valid())
    if array.type.precision > 18:
        cells.leave(words[:, 1] != words[:, 0] >> 63)
    scale = array.type.scale - 2
    if scale > 18 or scale < -18:
        cells.leave(np.ones(len(array), np.bool_))
    elif scale > 0:
        exact = cells.numbers // 10**scale
        cells.tell(cells.numbers != exact * 10**scale, codes.number("money_not_fen"))
        cells.numbers = exact
    elif scale < 0:
        most = LARGEST // 10**-scale
        cells.leave((cells.numbers > most) | (cells.numbers < -most))
        cells.numbers = cells.numbers * 10**-scale
    if cells.given is not None:
        cells.numbers = np.where(cells.given, cells.numbers, 0)
    return cells


def _lay(cells: Cells, rows: Numbers, more: Cells) -> None:
    """Lay the cells of some rows over those of all."""
    count = len(cells.numbers)
    if cells.given is not None:
        cells.given[rows] = True if more.given is None else more.given
    cells.numbers[rows] = more.numbers
    if more.bad is not None:
        cells.bad = np.zeros(count, np.int64) if cells.bad is None else cells.bad
        cells.bad[rows] = more.bad
    if more.odd is not None:
        odd = np.zeros(count, np.bool_)
        odd[rows] = more.odd
        cells.odd = odd if cells.odd is None else cells.odd | odd


def _bounds(fact: Fact) -> tuple[int | None, int | None] | None:
    """A money's or whole number's least and most as numbers; None where each of the fact's values
    is for the dictionary to look at."""
    if fact.kind not in ("money", "whole") or fact.derive is not None:
        return None

    def number(text: str | None) -> int | None:
        value = None if text is None else fact.parse_text(text)
        return value.fen if isinstance(value, Money) else value

    return number(fact.least), number(fact.most)


def _number(fact: Fact, value: Any, ids: dict[str, int]) -> int | None:
    """A fact's value as a number; None for an id that no scheme knows."""
    if fact.kind == "money":
        return int(value.fen)
    if fact.kind == "whole":
        return int(value)
    return ids.get(value) if ids else 0
