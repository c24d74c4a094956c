"""Months count like numbers; days exist or are refused; a 29 February is decided by name."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstibet.months import Month, Span, anniversary, full_years, months_after, parse_day
from sstibet.problems import BadValue

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))


@given(DAYS, st.integers(-1000, 1000))
def test_a_month_plus_months_is_the_calendars(day: date, months: int) -> None:
    month = Month.of(day)
    later = month.plus(months)
    years, rest = divmod(day.month - 1 + months, 12)
    assert (later.year, later.month) == (day.year + years, rest + 1)
    assert Month.parse(str(later)) == later
    assert later.first_day == date(later.year, later.month, 1)
    assert (month < later) == (months > 0)


@pytest.mark.parametrize(
    "text", ["2025-13", "2025-00", "2025-1", "25-01", "2025/01", "２０２５-01", "0000-01"]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(BadValue) as caught:
        Month.parse(text)
    assert caught.value.code == "not_a_month"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2024-02-30", "no_such_day"),
        ("2023-02-29", "no_such_day"),
        ("2025-04-31", "no_such_day"),
        ("2025-13-01", "no_such_day"),
        ("2025-01-00", "no_such_day"),
        ("2025-1-1", "not_a_date"),
        ("2025/01/01", "not_a_date"),
        ("2025年1月1日", "not_a_date"),
        ("２０２５-０１-０１", "not_a_date"),
        ("", "not_a_date"),
    ],
)
def test_a_day_that_does_not_exist_is_refused(text: str, code: str) -> None:
    with pytest.raises(BadValue) as caught:
        parse_day(text)
    assert caught.value.code == code


@given(DAYS)
def test_a_day_survives_its_own_text(day: date) -> None:
    assert parse_day(day.isoformat()) == day


@given(DAYS, DAYS, st.sampled_from(["february_28", "march_1"]))
def test_full_years_are_the_birthdays_that_have_come(start: date, end: date, leap: str) -> None:
    years = full_years(start, end, leap)
    assert anniversary(start, years, leap) <= end < anniversary(start, years + 1, leap)


def test_a_29_february_is_decided_by_name() -> None:
    born = date(2008, 2, 29)
    assert full_years(born, date(2024, 2, 28), "february_28") == 15  # 2024 has a 29 February
    assert full_years(born, date(2024, 2, 29), "february_28") == 16
    assert full_years(born, date(2026, 2, 28), "february_28") == 18
    assert full_years(born, date(2026, 2, 28), "march_1") == 17
    assert full_years(born, date(2026, 3, 1), "march_1") == 18


@given(DAYS, st.integers(1, 4000), DAYS)
def test_a_span_is_half_open(start: date, length: int, day: date) -> None:
    span = Span(start, start + timedelta(days=length))
    assert (day in span) == (0 <= (day - start).days < length)
    assert span.last_day == start + timedelta(days=length - 1)
    assert (day in Span(start, None)) == (day >= start)


def test_a_day_that_the_month_lacks_is_decided_by_name() -> None:
    left = date(2023, 11, 30)
    assert months_after(left, 3, "last_of_month") == date(2024, 2, 29)
    assert months_after(left, 3, "first_of_next") == date(2024, 3, 1)
    assert months_after(date(2025, 12, 15), 3, "first_of_next") == date(2026, 3, 15)
    assert months_after(date(9999, 12, 1), 3, "last_of_month") == date.max


@given(DAYS, st.integers(1, 600), st.sampled_from(["last_of_month", "first_of_next"]))
def test_so_many_months_later_is_in_that_month_or_the_next_morning(
    day: date, months: int, missing: str
) -> None:
    later = months_after(day, months, missing)
    if later.day == day.day:
        assert Month.of(later) == Month.of(day).plus(months)
    else:
        month = Month.of(day).plus(months)
        first = month.plus(1).first_day
        assert later == (first if missing == "first_of_next" else first - timedelta(days=1))
