"""Laws of time, in both books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from questions import ROOTS, book

from sstibet.editions import Edition, NoEdition, Table

FAR = date(2100, 1, 1)


def all_tables() -> Iterator[tuple[str, Table[Any]]]:
    """Every table of both books with its name."""
    for name in ROOTS:
        contents = book(name).contents
        for scheme, schedule in {**contents.picks, **contents.rates}.items():
            for each in ("tiers", "relief", "rates", "bases"):
                if (table := getattr(schedule, each, None)) is not None:
                    yield f"{name} {scheme} {each}", table
        periods = contents.periods
        for kind in (periods.parameters, periods.windows, periods.waiting, periods.cover):
            yield from ((f"{name} {key}", rule.table) for key, rule in kind.items())
        yield from ((f"{name} refunds {k}", r.table) for k, r in contents.refunds.items() if r)


TABLES = dict(all_tables())


@st.composite
def days_in(draw: st.DrawFn) -> tuple[Table[Any], date]:
    """A table and a day in or around what it covers: near an end of an edition, or anywhere."""
    table = TABLES[draw(st.sampled_from(sorted(TABLES)))]
    stretches = [*table.editions, *table.unknown, table.covers]
    ends = sorted({d for each in stretches for d in (each.from_, each.until) if d is not None})
    near = st.sampled_from(ends).flatmap(
        lambda day: st.integers(-1, 1).map(lambda by: day + timedelta(days=by))
    )
    first = table.covers.from_ - timedelta(days=30)
    return table, draw(near | st.dates(first, FAR))


class TestPartition:
    """“editions partition time”: every day that a table covers lies in exactly one edition, or in
    a stretch that the book itself calls unknown; a day outside lies in none."""

    @given(days_in())
    def test_every_day_has_exactly_one_place(self, question: tuple[Table[Any], date]) -> None:
        table, day = question
        places = [
            each
            for each in (*table.editions, *table.unknown)
            if each.from_ <= day and (each.until is None or day < each.until)
        ]
        covered = table.covers.from_ <= day and (
            table.covers.until is None or day < table.covers.until
        )
        assert len(places) == (1 if covered else 0)

    @given(days_in())
    def test_the_edition_found_is_the_one_of_that_day(
        self, question: tuple[Table[Any], date]
    ) -> None:
        table, day = question
        found = table.at(day)
        here = [each for each in table.editions if day in each.span]
        if isinstance(found, NoEdition):
            assert here == []
            assert found.reason == (
                "unknown"
                if any(u.from_ <= day and (not u.until or day < u.until) for u in table.unknown)
                else "before"
                if day < table.covers.from_
                else "after"
            )
        else:
            assert isinstance(found, Edition)
            assert here == [found]

    def test_both_books_have_tables_with_several_editions(self) -> None:
        assert sum(len(table.editions) > 1 for table in TABLES.values()) > 5
