"""A whole table is quoted row by row as single quotes are, whatever its cells hold."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import sstibet
from sstibet import Missing, Quote, Rulebook, Wrong

pa = pytest.importorskip("pyarrow")
import pyarrow.csv as pa_csv  # noqa: E402  (after importorskip)
import pyarrow.parquet as pq  # noqa: E402

from sstibet.columns import Counts, quote_file, quote_table  # noqa: E402
from sstibet.columns.calendar import publications  # noqa: E402
from sstibet.files import Files, find_rules  # noqa: E402
from sstibet.loading import load_documents  # noqa: E402

BOOKS = Path(__file__).parent / "books" / "good"
MOST = Decimal(10) ** 16  # what no longer fits decimal128(18, 2)


def _load(root: Path) -> Rulebook:
    """A book as it is read. Whether it is sound, with all its examples, other tests ask."""
    loaded = load_documents(Files.of(root))
    assert loaded.contents is not None, loaded.problems
    return Rulebook(loaded.contents, "", root)


LOADED = {
    "small": _load(BOOKS / "small"),
    "second_region": _load(BOOKS / "second_region"),
    "shipped": _load(find_rules(None)),
}
SMALL = LOADED["small"]
PENSION = "flexible_pension"


# --- what a row must come to, by a single quote ------------------------------------------------


def by_single_quote(
    book: Rulebook, scheme: str, day: date, known: date | None, facts: dict[str, Any]
) -> dict[str, Any]:
    """The outcome of one row, from the scalar path alone."""
    answer = book.on(day, known).quote(scheme, facts)
    if isinstance(answer, Missing):
        code, field = f"missing:{'+'.join(answer.facts)}", answer.facts[0]
    elif isinstance(answer, Wrong):
        code, field = answer.code, answer.field
    else:
        assert isinstance(answer, Quote)
        amounts = {"due": answer.due, "total": answer.total}
        amounts["government"] = answer.total - answer.due
        amounts |= {f"part_{line.part}": answer.part(line.part) for line in answer.lines}
        if all(abs(amount.decimal) < MOST for amount in amounts.values()):
            made: dict[str, Any] = {name: each.decimal for name, each in amounts.items()}
            return made | {"evidence": answer.evidence if answer.lines else None, "code": None}
        code, field = "too_large", None
    return {"due": None, "total": None, "evidence": None, "code": code, "field": field}


def check(book: Rulebook, table: Any, scheme: str | None = None) -> None:
    """The table's quotes are those of its rows, and its own columns are as they were."""
    quoted = quote_table(book, table, scheme)
    quoted.validate(full=True)
    assert quoted.select(table.column_names).equals(table)
    rows, asked = quoted.to_pylist(), table.to_pylist()
    assert len(rows) == len(asked)
    for row, question in zip(rows, asked, strict=True):
        day, known = question.pop("on"), question.pop("known_on", None)
        name = question.pop("scheme", scheme)
        facts = {
            fact: value
            for fact, value in question.items()
            if value is not None and fact in book.contents.dictionary.facts
        }
        wanted = by_single_quote(book, name, _as_day(day), _as_day(known), facts)
        assert {key: row[key] for key in wanted} == wanted, (name, day, known, facts)
        if wanted["code"] is None:
            others = {each: row[each] for each in row if each.startswith("part_")}
            rest = {each for each, value in others.items() if value and each not in wanted}
            assert not rest
            assert row["field"] is None


def _as_day(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) else value


# --- tables of every kind ----------------------------------------------------------------------


def _edges(book: Rulebook) -> list[date]:
    """The days at which any edition begins or ends or was published, and those about them."""
    found = set[date]()
    for scheme in book.contents.schemes:
        schedule = book.contents.schedule(scheme)
        for name in ("rates", "bases", "tiers", "relief"):
            for each in getattr(getattr(schedule, name, None), "editions", ()):
                seen = each.evidence.seen
                found |= {each.from_, each.until, each.published, seen}  # type: ignore[arg-type]  # None is taken out below
    found -= {None}  # type: ignore[arg-type]
    about = {day + timedelta(days) for day in found for days in (-31, -1, 0, 1)}
    return sorted(about | {date(1, 1, 1), date(1799, 12, 31), date(2300, 1, 1), date(9999, 12, 31)})


def _amounts(book: Rulebook) -> list[str]:
    """Amounts at every bound, one fen outside of it, and texts that are no amounts at all."""
    made = set[str]()
    for schedule in book.contents.rates.values():
        for edition in schedule.bases.editions if schedule.bases else ():
            for bound in edition.bounds_in_money():
                made |= {str(sstibet.Money(bound.fen + fen)) for fen in (-1, 0, 1, 3333)}
    return [*sorted(made), "0", "-0.01", "7100", "7100.5", *NO_AMOUNTS]


NO_AMOUNTS = (
    "1.999", "NaN", "inf", "1e5", "７０６６.２０", "七千", "1,234", "007", " 7100", "7100\n", "",
    ".5", "92233720368547758.07", "92233720368547758.08", "9" * 17, "9" * 40, "9" * 5000,
    "-" + "9" * 30,
)  # fmt: skip
WHOLES = ("1", "2", "12", "13", "36", "600", "601", "0", "-1", "x", "1.0", "９", "", "9" * 20)
JUNK = ("", "150", "甲", "general ", "0", "１００")


def _ids(book: Rulebook, fact: str) -> list[str]:
    """The ids that any table has for a fact, and some that none has."""
    found = set(JUNK)
    for schedule in [*book.contents.picks.values(), *book.contents.rates.values()]:
        if schedule.asks.tier == fact:
            for edition in schedule.tiers.editions if schedule.tiers else ():
                found |= {pick.id for pick in edition.picks}
        if getattr(schedule.asks, "category", None) == fact:
            for edition in getattr(getattr(schedule, "relief", None), "editions", ()):
                found |= set(edition.by_category)
    return sorted(found)


def _texts(book: Rulebook, fact: str) -> list[str]:
    """Good and bad texts for a fact."""
    found = book.contents.dictionary.facts[fact]
    if found.kind == "money":
        return _amounts(book)
    if found.kind == "whole":
        return [*WHOLES, *(str(year) for year in (1799, 2014, 2018, 2024, 2025, 2026, 2027, 9999))]
    if found.kind == "code":
        return _ids(book, fact)
    return ["2001-02-29", "2000-02-29", "yes", "2025-03", "甲", ""]


def _good(book: Rulebook, fact: str, texts: list[str]) -> list[str]:
    """The texts that a fact can be given as."""

    def taken(text: str) -> bool:
        try:
            book.contents.dictionary.read(fact, text)
        except ValueError:
            return False
        return True

    return [text for text in texts if taken(text)] or texts


def _asked(book: Rulebook) -> tuple[list[str], list[str]]:
    """Every fact that a price hangs on, and two that it doesn't: a given and a derived one."""
    asks = [book.contents.schedule(scheme).asks for scheme in book.contents.schemes]
    names = {getattr(each, name) for each in asks for name in each.__slots__ if name != "where"}
    facts = book.contents.dictionary.facts
    derived = next((name for name, fact in facts.items() if fact.derive), None)
    more = [next((name for name, fact in facts.items() if fact.kind == "date"), None), derived]
    return sorted(names & set(facts)), [each for each in more if each and each not in names]


EDGES = {name: _edges(book) for name, book in LOADED.items()}
ASKED = {name: _asked(book) for name, book in LOADED.items()}
TEXTS = {
    name: {fact: _texts(book, fact) for fact in [*ASKED[name][0], *ASKED[name][1]]}
    for name, book in LOADED.items()
}
GOOD = {
    name: {fact: _good(LOADED[name], fact, each) for fact, each in texts.items()}
    for name, texts in TEXTS.items()
}


@st.composite
def tables(draw: st.DrawFn, name: str) -> tuple[Any, str | None]:
    """Rows of any scheme, or of one, on any day, with some of the facts as good and bad texts."""
    book, rows = LOADED[name], draw(st.integers(1, 8))
    days = st.sampled_from(EDGES[name]) | st.dates(date(2013, 1, 1), date(2027, 12, 31))
    columns: dict[str, Any] = {"姓名": pa.array(["甲"] * rows)}
    on = draw(st.lists(days, min_size=rows, max_size=rows))
    kind = draw(st.sampled_from([pa.date32(), pa.string(), pa.dictionary(pa.int8(), pa.string())]))
    texts = on if kind == pa.date32() else [day.isoformat() for day in on]
    columns["on"] = pa.array(texts, kind)
    if draw(st.booleans()):
        known = draw(st.lists(st.none() | days, min_size=rows, max_size=rows))
        columns["known_on"] = pa.array(known, pa.date32())
    scheme = None
    if draw(st.booleans()):
        scheme = draw(st.sampled_from(book.contents.schemes))
    else:
        each = st.sampled_from(book.contents.schemes)
        columns["scheme"] = pa.array(draw(st.lists(each, min_size=rows, max_size=rows)))
    asked, others = ASKED[name]
    if draw(st.integers(0, 9)) == 0:
        asked = [*asked, draw(st.sampled_from(others))]
    for fact in draw(st.permutations(asked)):
        if draw(st.integers(0, 9)):
            columns[fact] = draw(cells(name, fact, rows))
    return pa.table(columns), scheme


@st.composite
def cells(draw: st.DrawFn, name: str, fact: str, rows: int) -> Any:
    """A fact's column, of one of the types that it may have."""
    good, texts = st.sampled_from(GOOD[name][fact]), st.sampled_from(TEXTS[name][fact])
    kind = LOADED[name].contents.dictionary.facts[fact].kind
    if kind == "whole" and draw(st.integers(0, 3)) == 0:
        numbers = st.sampled_from([1, 3, 12, 40, 600, 0, -1, 2018, 2025, 2026, 2**62])
        some = draw(st.lists(st.none() | numbers, min_size=rows, max_size=rows))
        return pa.array(some, pa.int64())
    if kind == "money" and draw(st.integers(0, 2)) == 0:
        fen = st.integers(700_000, 3_600_000) | st.integers(-(10**20), 10**20)
        places = draw(st.sampled_from([0, 1, 2, 3, 6]))
        exact = fen.map(lambda each: round(Decimal(each).scaleb(-2), places))
        column = draw(st.lists(st.none() | exact, min_size=rows, max_size=rows))
        return pa.array(column, pa.decimal128(draw(st.sampled_from([30, 38])), places))
    # Mostly what can be read, so that prices come out as well.
    each = st.one_of(st.none(), good, texts) if draw(st.integers(0, 3)) == 0 else good
    column = draw(st.lists(each, min_size=rows, max_size=rows))
    texts_as = draw(st.sampled_from([pa.string(), pa.large_string(), "dictionary"]))
    if texts_as == "dictionary":
        return pa.array(column, pa.string()).dictionary_encode()
    return pa.array(column, texts_as)


class TestAWholeTable:
    """Whatever its rows hold, a table's quote of a row is that row's own quote, to the fen."""

    @given(drawn=tables("small"))
    def test_of_a_small_book(self, drawn: tuple[Any, str | None]) -> None:
        check(SMALL, *drawn)

    @given(drawn=tables("second_region"))
    def test_of_another_regions_book(self, drawn: tuple[Any, str | None]) -> None:
        check(LOADED["second_region"], *drawn)

    @given(drawn=tables("shipped"))
    def test_of_the_shipped_book(self, drawn: tuple[Any, str | None]) -> None:
        check(LOADED["shipped"], *drawn)

    @given(
        day=st.dates(date(2023, 11, 1), date(2026, 2, 1)),
        fen=st.integers(600_000, 3_700_000),
        months=st.integers(1, 30),
    )
    @example(day=date(2024, 12, 31), fen=692_800, months=1)
    @example(day=date(2024, 12, 31), fen=706_620, months=600)
    def test_of_prices(self, day: date, fen: int, months: int) -> None:
        base = pa.array([Decimal(fen).scaleb(-2)] * 2, pa.decimal128(18, 2))
        table = pa.table({"on": pa.array([day] * 2), "base": base, "months": [months, 1]})
        check(SMALL, table, PENSION)


def _questions(name: str, scheme: str) -> dict[str, list[str | None]]:
    """For each fact that a scheme's price hangs on, all that its tables know of it."""
    book, asks = LOADED[name], LOADED[name].contents.schedule(scheme).asks
    counts = {"months": ["1", "14"], "times": ["1", "3"]}
    counts["coverage_year"] = [str(year) for year in range(2013, 2030)]
    asked: dict[str, list[str | None]] = {}
    for role in ("base", "tier", "category", "coverage_year", "months", "times"):
        fact = getattr(asks, role, None)
        if fact is not None:
            asked[fact] = [*counts.get(role, GOOD[name][fact])]
    both = getattr(asks, "base", None), asks.tier
    for fact in both if all(both) else ():
        asked[fact].append(None)
    assert set(asked) <= set(book.contents.dictionary.facts)
    return asked


@pytest.mark.parametrize(
    ("name", "scheme"),
    [(name, scheme) for name, book in LOADED.items() for scheme in book.contents.schemes],
)
def test_every_cell_of_every_table(name: str, scheme: str) -> None:
    """Each tier, category, base at a bound and year, on each side of each edition's ends."""
    asked = _questions(name, scheme)
    days = EDGES[name] if "coverage_year" not in asked else [date(2025, 3, 1)]
    rows = list(itertools.product(days, *asked.values()))
    # A step that shares no factor with any column's length: every value meets many others.
    rows = rows[:: max(1, len(rows) // 4000) | 1]
    columns = dict(zip(["on", *asked], map(list, zip(*rows, strict=True)), strict=True))
    check(LOADED[name], pa.table(columns), scheme)


@pytest.mark.parametrize("name", LOADED)
def test_what_was_known_on_every_day_that_something_was_published(name: str) -> None:
    """On the day of a publication it is known, on the day before it isn't."""
    book = LOADED[name]
    for scheme in book.contents.schemes:
        asked = _questions(name, scheme)
        schedule = book.contents.schedule(scheme)
        known = {day - timedelta(n) for day in publications(schedule) for n in (0, 1)}
        days = sorted({edge for edge in EDGES[name] if edge.day == 1 and 2005 < edge.year < 2030})
        rows = [(day, since) for day in days for since in sorted(known)]
        columns: dict[str, Any] = {"on": [day for day, _ in rows]}
        columns["known_on"] = [since for _, since in rows]
        for fact, values in asked.items():
            good = [value for value in values if value is not None]
            columns[fact] = [good[(n * 7) % len(good)] for n in range(len(rows))]
        if schedule.asks.tier in columns and "base" in schedule.asks.__slots__:
            columns.pop(schedule.asks.base)
        check(book, pa.table(columns), scheme)


def table_of(**columns: Any) -> Any:
    """A table of the small book's pension, one good row but for what is given."""
    rows = max((len(each) for each in columns.values()), default=1)
    good = {"on": ["2025-03-01"], "base": ["7066.20"], "months": ["1"]}
    return pa.table({name: each * rows for name, each in good.items()} | columns)


def codes(table: Any, scheme: str | None = PENSION) -> list[tuple[Any, Any]]:
    quoted = quote_table(SMALL, table, scheme)
    return list(zip(quoted["code"].to_pylist(), quoted["field"].to_pylist(), strict=True))


# --- what a row's cells come to ----------------------------------------------------------------


def test_the_amounts_and_their_types() -> None:
    quoted = quote_table(SMALL, table_of(), PENSION)
    row = quoted.to_pylist()[0]
    assert (row["due"], row["total"]) == (Decimal("1413.24"), Decimal("1413.24"))
    assert (row["part_account"], row["part_pooled"]) == (Decimal("565.30"), Decimal("847.94"))
    assert (row["government"], row["evidence"], row["code"]) == (Decimal("0.00"), "code", None)
    assert quoted.schema.field("due").type == pa.decimal128(18, 2)


def test_one_bad_row_touches_no_other() -> None:
    table = table_of(base=["7066.20", "7066.19", None, "1.999", "7066.20"])
    quoted = quote_table(SMALL, table, PENSION)
    assert quoted["code"].to_pylist() == [
        None, "below_floor", "missing:base", "money_not_fen", None
    ]  # fmt: skip
    assert [due is None for due in quoted["due"].to_pylist()] == [False, True, True, True, False]


def test_days_that_are_none() -> None:
    found = codes(table_of(on=["2025-02-30", "2025-3-1", "", None, "２０２５-03-01", "2025-03-01"]))
    assert [code for code, _ in found] == [
        "no_such_day", "not_a_date", "not_a_date", "missing:on", "not_a_date", None
    ]  # fmt: skip
    assert {field for code, field in found if code} == {"on"}


def test_a_day_of_whatever_type() -> None:
    day = pa.array([date(2025, 3, 1), None], pa.date32())
    for kind in (pa.date64(), pa.timestamp("s"), pa.timestamp("ns"), pa.string()):
        found = codes(table_of(on=day.cast(kind)))
        assert found == [(None, None), ("missing:on", "on")], kind


def test_a_time_within_a_day_is_no_day() -> None:
    noon = pa.array([1_740_830_400 + 3600], pa.timestamp("s"))
    assert codes(table_of(on=noon)) == [("not_a_date", "on")]


def test_a_day_outside_of_the_calendar() -> None:
    far = pa.array([2**31 - 1, -(2**31)], pa.int32()).cast(pa.date32())
    assert codes(table_of(on=far)) == [("not_a_date", "on")] * 2


def test_schemes_row_by_row() -> None:
    table = table_of(scheme=[PENSION, "resident_pension", "灵活", None])
    assert codes(table, None) == [
        (None, None),
        ("missing:tier+category", "tier"),
        ("unknown_scheme", "scheme"),
        ("missing:scheme", "scheme"),
    ]


def test_what_was_known_row_by_row() -> None:
    known = pa.array([date(2025, 6, 1), date(2025, 11, 1), None])
    table = table_of(base=["6928", "6928", "6928"], known_on=known)
    assert [code for code, _ in codes(table)] == [None, "below_floor", "below_floor"]
    check(SMALL, table, PENSION)


def test_a_range_that_runs_past_the_calendar() -> None:
    check(SMALL, table_of(on=pa.array([date(9999, 12, 1)]), months=["2"]), PENSION)


def test_slices_and_many_small_chunks() -> None:
    parts = [table_of(base=[str(7000 + n)] * 3).slice(1, 1) for n in range(200)]
    check(SMALL, pa.concat_tables(parts), PENSION)


def test_a_table_without_rows() -> None:
    quoted = quote_table(SMALL, table_of().slice(0, 0), PENSION)
    assert quoted.num_rows == 0
    assert "due" in quoted.column_names


def test_a_column_of_nothing() -> None:
    assert codes(table_of(base=pa.nulls(1))) == [("missing:base", "base")]


# --- amounts that could leave int64 ------------------------------------------------------------


def _changed(folder: Path, before: str, after: str) -> Rulebook:
    """The small book with one text in the place of another."""
    for file in (BOOKS / "small").rglob("*.yaml"):
        copy = folder / file.relative_to(BOOKS / "small")
        copy.parent.mkdir(exist_ok=True)
        text = file.read_text(encoding="utf-8")
        copy.write_text(text.replace(before, after), encoding="utf-8")
    return _load(folder)


@pytest.mark.parametrize("ceiling", ["9" * 13, "9" * 16, "9" * 25])
def test_large_amounts_are_exact_or_told_and_never_wrapped(tmp_path: Path, ceiling: str) -> None:
    book = _changed(tmp_path, "ceiling: 34640", f"ceiling: {ceiling}")
    bases = [ceiling, f"{ceiling}.01", "7000", "9" * 12, "9" * 15, "92233720368547758.07"]
    table = table_of(on=["2024-01-01"] * 12, base=bases * 2, months=["1"] * 6 + ["12"] * 6)
    check(book, table, PENSION)


def test_a_rate_of_many_digits_is_exact(tmp_path: Path) -> None:
    book = _changed(tmp_path, "rate: 20%", "rate: 20.00000000000001%")
    check(book, table_of(base=["7066.20", "8000.05", "35331"]), PENSION)


@pytest.mark.parametrize("precision", [38, 30, 24])
@pytest.mark.parametrize("scale", [0, 1, 2, 3, 6])
def test_decimals_of_any_scale_and_size(precision: int, scale: int) -> None:
    # Two to the 64th more than a good amount looks like it in the lower word.
    wrapped = Decimal(2**64 + 706_620).scaleb(-2)
    bases = [Decimal("7066.20"), Decimal("7067"), Decimal("7066.201"), wrapped, -wrapped, None]
    exact = [each and round(each, scale) for each in bases]
    if scale in (3, 6):
        exact += [Decimal(2**64 + 7_066_200_000).scaleb(-6).quantize(Decimal(1).scaleb(-scale))]
    check(SMALL, table_of(base=pa.array(exact, pa.decimal128(precision, scale))), PENSION)


@pytest.mark.parametrize("kind", ["int8", "int16", "int32", "int64", "uint8", "uint64"])
def test_whole_numbers_of_any_size(kind: str) -> None:
    most = 2 ** (int(kind.removeprefix("u").removeprefix("int")) - (kind[0] == "i")) - 1
    months = [each for each in (0, 1, 2, 10, 600, 601, most) if each <= most]
    check(SMALL, table_of(months=pa.array([*months, None], kind)), PENSION)
    bases = [each for each in (0, 100, 7067, 35331, 35332, most) if each <= most]
    check(SMALL, table_of(base=pa.array([*bases, None], kind)), PENSION)


def test_several_months_over_the_end_of_an_edition() -> None:
    on = [date(2024, month, 15) for month in range(1, 13)] * 3
    months = [1] * 12 + [12] * 12 + [13 - day.month for day in on[:12]]
    check(SMALL, table_of(on=on, base=["7100"] * 36, months=pa.array(months)), PENSION)


def test_a_part_below_zero_keeps_its_sign(tmp_path: Path) -> None:
    # No check lets such a book pass; the table must be right all the same.
    book = _changed(tmp_path, "of_base: 8%", "of_premium: 150%")
    check(book, table_of(base=["7066.20", "8000.05"]), PENSION)


# --- when rules are looked up --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2025-01-01", "2025-01-15"),  # a month keeps the rules of its first day
        ("at: period_start", "at: paid_on"),  # all months by the day asked about
        ("at: period_start", "at: declared_on"),
    ],
)
def test_the_day_that_is_looked_up(tmp_path: Path, before: str, after: str) -> None:
    book = _changed(tmp_path, before, after)
    days = [date(2024, 11, 1) + timedelta(each) for each in range(100)]
    for months in ("1", "2", "3"):
        rows = table_of(on=days, base=["6999"] * 100, months=[months] * 100)
        check(book, rows, PENSION)
        assert len(set(quote_table(book, rows, PENSION)["code"].to_pylist())) == 2


# --- what is refused for the whole table -------------------------------------------------------


@pytest.mark.parametrize("fact", ["base", "months"])
def test_floats_are_refused_with_the_cure(fact: str) -> None:
    with pytest.raises(TypeError, match=rf"'{fact}' holds floats .*cast"):
        quote_table(SMALL, table_of(**{fact: [7066.2]}), PENSION)


@pytest.mark.parametrize("name", ["bass", "Base", "month", "mnoths", "ON", "ｂａｓｅ", "base "])
def test_a_column_almost_called_like_a_fact_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="did you mean"):
        quote_table(SMALL, table_of(**{name: ["1"]}), PENSION)


@pytest.mark.parametrize("name", ["name", "姓名", "id", "部门", "remark", "x"])
def test_other_columns_pass_through(name: str) -> None:
    quoted = quote_table(SMALL, table_of(**{name: ["甲"]}), PENSION)
    assert quoted[name].to_pylist() == ["甲"]


@pytest.mark.parametrize("name", ["due", "code", "part_account"])
def test_a_column_called_like_one_that_comes_out_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="rename the one"):
        quote_table(SMALL, table_of(**{name: ["1"]}), PENSION)


def test_what_every_table_needs() -> None:
    with pytest.raises(ValueError, match="no column 'on'"):
        quote_table(SMALL, table_of().drop(["on"]), PENSION)
    with pytest.raises(ValueError, match="no column 'scheme'"):
        quote_table(SMALL, table_of())
    with pytest.raises(ValueError, match="drop one"):
        quote_table(SMALL, table_of(scheme=[PENSION]), PENSION)
    with pytest.raises(sstibet.UnknownName, match="did you mean"):
        quote_table(SMALL, table_of(), "flexible_pensions")
    with pytest.raises(TypeError, match="instants of UTC"):
        quote_table(SMALL, table_of(on=pa.array([0], pa.timestamp("s", "UTC"))), PENSION)
    with pytest.raises(TypeError, match="give dates"):
        quote_table(SMALL, table_of(on=pa.array([20250301])), PENSION)


# --- files -------------------------------------------------------------------------------------

ROWS = """\
姓名,on,base,months
"张,三",2025-03-01,7066.20,1
李四,2025-03-01,,1
王五,2025-13-01,1,x
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def test_csv_in_and_out(source: Path) -> None:
    target = source.with_name("out.csv")
    assert quote_file(SMALL, source, target, scheme=PENSION) == Counts(3, 2)
    assert target.read_text(encoding="utf-8").splitlines()[1:3] == [
        '"张,三","2025-03-01","7066.20","1",1413.24,1413.24,0.00,565.30,847.94,"code",,',
        '"李四","2025-03-01",,"1",,,,,,,"missing:base","base"',
    ]
    assert sorted(each.name for each in source.parent.iterdir()) == ["in.csv", "out.csv"]


def test_a_byte_order_mark_is_taken(source: Path) -> None:
    source.write_text(ROWS, encoding="utf-8-sig")
    target = source.with_name("out.csv")
    assert quote_file(SMALL, source, target, scheme=PENSION) == Counts(3, 2)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
@pytest.mark.parametrize("header", ["姓名", "name"])
def test_another_encoding_is_named(source: Path, encoding: str, header: str) -> None:
    source.write_text(ROWS.replace("姓名", header), encoding=encoding)
    with pytest.raises(ValueError, match="save it as CSV UTF-8"):
        quote_file(SMALL, source, source.with_name("out.csv"), scheme=PENSION)
    assert [each.name for each in source.parent.iterdir()] == ["in.csv"]


def test_a_row_with_too_few_cells_names_its_row(source: Path) -> None:
    source.write_text("on,base\n2025-03-01\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"in\.csv.*Row #2"):
        quote_file(SMALL, source, source.with_name("out.csv"), scheme=PENSION)


def test_parquet_and_csv_say_the_same(source: Path) -> None:
    parquet, back = source.with_name("a.parquet"), source.with_name("b.csv")
    quote_file(SMALL, source, parquet, scheme=PENSION)
    quoted = pq.read_table(parquet)
    quoted.validate(full=True)
    again = source.with_name("in.parquet")
    pq.write_table(quoted.select(["姓名", "on", "base", "months"]), again)
    quote_file(SMALL, again, back, scheme=PENSION)
    straight = source.with_name("c.csv")
    quote_file(SMALL, source, straight, scheme=PENSION)
    assert back.read_bytes() == straight.read_bytes()


def test_the_file_that_is_read_is_never_written(source: Path) -> None:
    with pytest.raises(ValueError, match="the file that is read"):
        quote_file(SMALL, source, source.parent / "." / "in.csv", scheme=PENSION)
    link = source.with_name("link.csv")
    os.link(source, link)
    with pytest.raises(ValueError, match="the file that is read"):
        quote_file(SMALL, source, link, scheme=PENSION)
    with pytest.raises(ValueError, match=r"neither \.csv nor \.parquet"):
        quote_file(SMALL, source, source.with_name("out.xlsx"), scheme=PENSION)


def test_an_interrupted_run_leaves_what_was_there(source: Path) -> None:
    target = source.with_name("out.csv")
    target.write_text("as it was", encoding="utf-8")

    def interrupt(rows: int, done: int, whole: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        quote_file(SMALL, source, target, scheme=PENSION, progress=interrupt)
    assert target.read_text(encoding="utf-8") == "as it was"
    assert sorted(each.name for each in source.parent.iterdir()) == ["in.csv", "out.csv"]


def _lines(count: int) -> Iterator[str]:
    yield "on,base,months\n"
    for row in range(count):
        day = f"{2024 + row % 2}-{row % 12 + 1:02d}-01"
        yield f"{day},{7000 + row % 20_000}.{row % 100:02d},{row % 4}\n"


def test_progress_reaches_the_whole_file(tmp_path: Path) -> None:
    source, seen = tmp_path / "in.csv", list[tuple[int, int, int]]()
    source.write_text("".join(_lines(250_000)), encoding="utf-8")
    counts = quote_file(
        SMALL, source, tmp_path / "out.parquet", scheme=PENSION,
        progress=lambda *each: seen.append(each),
    )  # fmt: skip
    size = source.stat().st_size
    assert counts.rows == seen[-1][0] == 250_000
    assert seen[-1][1:] == (size, size)
    assert len(seen) > 1
    assert seen == sorted(seen)


_GROWTH = """
import sys
from pathlib import Path
from sstibet import Rulebook
from sstibet.columns import quote_file
from sstibet.columns.calendar import publications  # noqa: E402
from sstibet.files import Files
from sstibet.loading import load_documents
root = Path(sys.argv[1])
book = Rulebook(load_documents(Files.of(root)).contents, "", root)
peaks = []
for source, target in (sys.argv[2:4], sys.argv[4:6]):
    quote_file(book, source, target, scheme="flexible_pension")
    # This process's own peak in KiB; getrusage's would begin with that of whoever started it.
    lines = dict(each.split(":", 1) for each in open("/proc/self/status"))
    peaks.append(lines["VmHWM"].split()[0])
print(*peaks)
"""


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, kind: str) -> None:
    """A file of 1,200,000 rows takes hardly more memory than one of 300,000."""
    arguments = list[str]()
    for rows in (300_000, 1_200_000):
        source = tmp_path / f"{rows}.csv"
        source.write_text("".join(_lines(rows)), encoding="utf-8")
        if kind == "parquet":
            as_text = pa_csv.ConvertOptions(column_types={"base": pa.string()})
            table = pa_csv.read_csv(source, convert_options=as_text)
            pq.write_table(table, source.with_suffix(".parquet"), row_group_size=100_000)
        arguments += [str(source.with_suffix(f".{kind}")), str(tmp_path / f"out{rows}.{kind}")]
    command = [sys.executable, "-c", _GROWTH, str(BOOKS / "small"), *arguments]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    first, second = (int(each) / 1024 for each in said.split())
    assert second < 1024
    assert second - first < 100, "MiB"


def test_without_the_extra_the_error_names_it() -> None:
    script = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "import sstibet\n"
        "try: import sstibet.columns\n"
        "except ImportError as error: print(error)\n"
    )
    command = [sys.executable, "-c", script]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "pip install sstibet[table]" in said.stdout
