"""A whole table's quotes: which column is what, which rows go through which kernel, and the few
rows that are priced one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from sstibet.columns import calendar
from sstibet.columns.cells import EPOCH, Cells, EachValue, FactReader, Mask, Numbers, read_days
from sstibet.columns.headings import Headings
from sstibet.columns.outcomes import TOO_LARGE, Totals, Vocabulary
from sstibet.columns.pick import PickKernel
from sstibet.columns.rate import RateKernel
from sstibet.columns.sheet import Sheet, fields
from sstibet.contents import Contents
from sstibet.months import parse_day
from sstibet.premium.monthly import RatePricer
from sstibet.premium.pick import PickSchedule
from sstibet.premium.quote import Quote
from sstibet.problems import BadValue
from sstibet.rules import Rules

# Rows at a time: a dozen of int64 columns stay in a core's own cache.
CHUNK = 32_768


class Book(Protocol):
    """What a table needs of a rule book: its contents, and the rules of a day."""

    contents: Contents

    def on(self, day: date, known_on: date | None = None) -> Rules: ...


def quote_table(book: Book, table: pa.Table, scheme: str | None = None) -> pa.Table:
    """The quotes of a table's rows, each for a day of its own.

    Args:
        book: the rule book.
        table: a row for each question. Columns: ``on``, the day asked about (dates, or ISO text);
            ``known_on`` (may be absent, or empty in a row); ``scheme``, unless it is the argument;
            and one for each fact, called like it. Amounts are decimals, text, or whole yuan as
            integers; an empty cell is a fact that isn't given. Other columns pass through.
        scheme: the scheme of every row.

    Returns:
        The table with more columns, ``due``, ``total``, ``government`` and ``part_…`` as
        decimal128(18, 2) in yuan, ``evidence``, and, where a row can't be priced, its ``code`` and
        ``field`` in place of them. A code is that of the `Wrong` that ``quote`` answers, or
        ``missing:`` and the facts of its `Missing`, joined by ``+``; ``unknown_scheme`` where there
        is no such scheme; ``too_large`` where an amount has more than 16 digits before the point.

    Raises:
        TypeError: a column's type can't be taken as what its name says: floats for facts above all.
        ValueError: a column is missing, doubled, almost called like a fact, or called like one of
            those that come out.
        UnknownName: the book has no such scheme.
    """
    if not isinstance(table, pa.Table):
        raise TypeError(f"a pyarrow.Table is wanted here, not {type(table).__name__}")
    plan = Plan(book, table.schema, scheme)
    columns = plan.quote(table)
    for field, column in zip(plan.added, columns, strict=True):
        table = table.append_column(field, column)
    return table


@dataclass(slots=True)
class _Batch:
    """A batch's cells: its days and facts, the rows that have a code already, and those that only
    a single quote can judge."""

    scheme: Numbers
    on: Numbers
    known: Numbers | None
    facts: dict[str, Cells]
    code: Numbers
    field: Numbers
    slow: Mask


class Plan:
    """How tables of one shape are quoted; one plan serves all batches of a stream."""

    def __init__(self, book: Book, schema: pa.Schema, scheme: str | None) -> None:
        self.headings = Headings(book.contents, schema, scheme)
        self._book, self._contents = book, book.contents
        self._words = Vocabulary()
        self._schemes = (scheme,) if scheme is not None else self._contents.schemes
        schedules = [self._contents.schedule(name) for name in self._schemes]
        self.parts = _parts(schedules)
        self.added = fields(self.parts)
        self._publications = sorted(set().union(*map(calendar.publications, schedules)))
        self._ids = _ids_of(self._contents, schedules)
        codes = self._words.codes
        self._facts = {
            name: FactReader(name, self._contents.dictionary, codes, self._ids.get(name, {}))
            for name in self.headings.facts
        }
        self._day, self._scheme = EachValue(_day, codes), EachValue(self._number_of, codes)
        self._kernels: dict[tuple[int, int], RateKernel | PickKernel] = {}

    def quote(self, table: pa.Table) -> list[pa.Array]:
        """The columns that the rows of a table gain."""
        sheet = Sheet(table.num_rows, self.parts, self._words)
        table = table.select(self.headings.read)
        if table.num_columns and table.column(0).num_chunks > 2 + table.num_rows // (CHUNK // 4):
            table = table.combine_chunks()  # many small chunks: one by one they'd take long
        start = 0
        for batch in table.to_batches(max_chunksize=CHUNK):
            if batch.num_rows:
                self._quote_batch(batch, start, sheet)
                start += batch.num_rows
        return sheet.columns()

    def _quote_batch(self, batch: pa.RecordBatch, start: int, sheet: Sheet) -> None:
        read = self._read(batch)
        for rows, number, known in self._groups(read):
            places: Any = slice(start, start + batch.num_rows) if rows is None else rows + start
            facts = {name: cells.at(rows) for name, cells in read.facts.items()}
            days = read.on if rows is None else read.on[rows]
            priced = self._kernel(number, known).price(days, facts)
            sheet.put(places, priced)
            if priced.slow is not None:
                read.slow[slice(None) if rows is None else rows] |= priced.slow
        bad = np.flatnonzero(read.code)
        sheet.code[bad + start], sheet.field[bad + start] = read.code[bad], read.field[bad]
        for row in np.flatnonzero(read.slow):
            self._quote_row(batch, int(row), read, sheet, start + int(row))

    def _read(self, batch: pa.RecordBatch) -> _Batch:
        """Every cell of a batch."""
        count, headings = batch.num_rows, self.headings
        zeros = np.zeros(count, np.int64)
        read = _Batch(zeros, zeros, None, {}, zeros.copy(), zeros.copy(), zeros.astype(np.bool_))
        if headings.has_scheme:
            read.scheme = self._take(read, "scheme", self._scheme.cells(batch.column("scheme")))
        read.on = self._take(read, "on", read_days(batch.column("on"), self._day))
        if headings.has_known_on:
            cells = read_days(batch.column("known_on"), self._day)
            self._note(read, "known_on", cells)
            # By the last publication before it: nothing else of the day is ever asked for.
            turns = np.array([day.toordinal() - EPOCH for day in self._publications], np.int64)
            read.known = np.searchsorted(turns, cells.numbers, side="right")
            if cells.given is not None:
                read.known = np.where(cells.given, read.known, -1)
        unasked = read.code > 0
        far = (read.on < calendar.FIRST_DAY) | (read.on >= calendar.END_DAY)
        read.slow |= far
        for name, reader in self._facts.items():
            cells = read.facts[name] = reader.cells(batch.column(name))
            self._note(read, name, cells)
            if cells.odd is not None:
                read.slow |= cells.odd
        read.slow &= ~unasked
        return read

    def _take(self, read: _Batch, name: str, cells: Cells) -> Numbers:
        """The numbers of a column that no row can do without."""
        if cells.given is not None:
            empty = ~cells.given & (read.code == 0)
            read.code[empty], read.field[empty] = self._words.told(f"missing:{name}", name)
        self._note(read, name, cells)
        return cells.numbers

    def _note(self, read: _Batch, name: str, cells: Cells) -> None:
        """Note what is wrong with a column, where nothing else is."""
        if cells.bad is not None:
            fresh = (cells.bad > 0) & (read.code == 0)
            read.code[fresh] = cells.bad[fresh]
            read.field[fresh] = self._words.fields.number(name)

    def _groups(self, read: _Batch) -> Iterator[tuple[Numbers | None, int, int]]:
        """The rows to be priced (None: all), by scheme and by what was known."""
        live = None if not read.code.any() else np.flatnonzero(read.code == 0)
        if read.known is None and not self.headings.has_scheme:
            if live is None or len(live):
                yield live, 0, -1
            return
        known = np.full(len(read.code), -1) if read.known is None else read.known
        width = len(self._publications) + 2
        keys = read.scheme * width + known + 1
        rows = np.arange(len(keys)) if live is None else live
        for key in np.unique(keys[rows]):
            yield rows[keys[rows] == key], int(key) // width, int(key) % width - 1

    def _kernel(self, scheme: int, known: int) -> RateKernel | PickKernel:
        kernel = self._kernels.get((scheme, known))
        if kernel is None:
            since = None if known < 0 else date.min if not known else self._publications[known - 1]
            pricer = self._contents.pricer(self._schemes[scheme], since)
            asks, words = pricer.schedule.asks, self._words
            if isinstance(pricer, RatePricer):
                kernel = RateKernel(pricer, self._ids.get(asks.tier or "", {}), words)
            else:
                category = pricer.schedule.asks.category or ""
                ids = self._ids.get(asks.tier or "", {}), self._ids.get(category, {})
                kernel = PickKernel(pricer, *ids, words)
            self._kernels[scheme, known] = kernel
        return kernel

    def _quote_row(
        self, batch: pa.RecordBatch, row: int, read: _Batch, sheet: Sheet, place: int
    ) -> None:
        """Price one row by a single quote."""
        facts: dict[str, Any] = {}
        for name in self.headings.facts:
            try:
                value = batch.column(name)[row].as_py()
            except (ValueError, OverflowError):  # a date outside of Python's calendar
                sheet.refuse(place, *self._words.told("not_a_date", name))
                return
            if value is not None:
                facts[name] = value
        known = None
        if self.headings.has_known_on and batch.column("known_on")[row].is_valid:
            cells = read_days(batch.column("known_on").slice(row, 1), self._day)
            known = date.fromordinal(int(cells.numbers[0]) + EPOCH)
        day = date.fromordinal(int(read.on[row]) + EPOCH)
        scheme = self._schemes[int(read.scheme[row])]
        answer = self._book.on(day, known).quote(scheme, facts)
        if not isinstance(answer, Quote):
            sheet.refuse(place, *self._words.answer(answer))
            return
        totals = Totals.of(answer.lines)
        if totals.fit():
            sheet.put_one(place, totals)
        else:
            sheet.refuse(place, *self._words.told(TOO_LARGE, ""))

    def _number_of(self, scheme: object) -> int:
        if scheme not in self._schemes:
            raise BadValue("unknown_scheme", f"the book has no scheme {scheme!r}")
        return self._schemes.index(str(scheme))


def _day(value: object) -> int:
    """A day given as text, or as a date in a dictionary column."""
    day = parse_day(value) if isinstance(value, str) else value
    if type(day) is not date:
        raise BadValue("not_a_date", f"{value!r} is no date")
    return day.toordinal() - EPOCH


def _parts(schedules: Sequence[Any]) -> tuple[str, ...]:
    """The parts of all editions of some schedules, in their own order."""
    found = dict[str, None]()
    for schedule in schedules:
        if isinstance(schedule, PickSchedule):
            found |= dict.fromkeys(("individual", "paid_for", "subsidy"))
        else:
            for edition in schedule.rates.editions:
                found |= dict.fromkeys(part.id for part in edition.parts)
    return tuple(found)


def _ids_of(contents: Any, schedules: Sequence[Any]) -> dict[str, dict[str, int]]:
    """The ids that tables know for each fact that picks a row of one, numbered from 1."""
    found: dict[str, dict[str, int]] = {}

    def know(fact: str, names: Any) -> None:
        numbers = found.setdefault(fact, {})
        for name in names:
            numbers.setdefault(name, len(numbers) + 1)

    for schedule in schedules:
        asks, tiers = schedule.asks, schedule.tiers
        if asks.tier is not None and tiers is not None:
            know(asks.tier, (pick.id for edition in tiers.editions for pick in edition.picks))
        if isinstance(schedule, PickSchedule) and asks.category and schedule.relief is not None:
            for edition in schedule.relief.editions:
                know(asks.category, edition.by_category)
            codes = contents.dictionary.facts[asks.category].codes
            know(asks.category, contents.dictionary.codes[codes].codes if codes else ())
    return found
