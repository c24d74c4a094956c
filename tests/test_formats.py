"""Amounts, days and periods as people read them, and 大写金额, which nobody can alter."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstibet.formats import (
    MOST,
    amount,
    capital,
    day,
    days,
    line_period,
    moment,
    month,
    period,
    rate,
    shown,
    written_in,
    year,
)
from sstibet.money import Money, Rate
from sstibet.months import Month

WORTH = {word: value for value, word in enumerate("零壹贰叁肆伍陆柒捌玖")}
PLACES = {"拾": 10, "佰": 100, "仟": 1000}
AMOUNTS = st.integers(0, MOST.fen).map(Money)


def read_back(words: str) -> int:
    """The fen of an amount in capital words, read as a clerk reads them: an oracle that knows no
    more than what each word is worth."""
    assert words.startswith("人民币")
    total = section = digit = fen = 0
    for word in words.removeprefix("人民币").removesuffix("整"):
        if word in WORTH:
            digit = WORTH[word]
        elif word in PLACES:
            section, digit = section + digit * PLACES[word], 0
        elif word in "万亿":
            total, section, digit = (
                total + (section + digit) * (10**4 if word == "万" else 10**8),
                0,
                0,
            )
        elif word == "元":
            total, section, digit = total + section + digit, 0, 0
        else:
            fen, digit = fen + digit * (10 if word == "角" else 1), 0
    assert digit == section == 0, "a digit without a place"
    return total * 100 + fen


class TestCapitalWords:
    """支付结算办法, 附件一, 正确填写票据和结算凭证的基本规定 (from memory)."""

    @pytest.mark.parametrize(
        ("yuan", "words"),
        [
            # The rule's own examples, each in the first of the ways that it allows.
            ("1409.50", "人民币壹仟肆佰零玖元伍角整"),
            ("6007.14", "人民币陆仟零柒元壹角肆分"),
            ("1680.32", "人民币壹仟陆佰捌拾元叁角贰分"),
            ("107000.53", "人民币壹拾万零柒仟元伍角叁分"),
            ("16409.02", "人民币壹万陆仟肆佰零玖元零贰分"),
            ("325.04", "人民币叁佰贰拾伍元零肆分"),
            # Ends and edges, by hand.
            ("0.00", "人民币零元整"),
            ("0.05", "人民币伍分"),
            ("0.50", "人民币伍角整"),
            ("10.00", "人民币壹拾元整"),
            ("20000000", "人民币贰仟万元整"),
            ("100000000", "人民币壹亿元整"),
            ("1000000001", "人民币壹拾亿零壹元整"),
            ("999999999999.99", "人民币玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
        ],
    )
    def test_the_examples_of_the_rule(self, yuan: str, words: str) -> None:
        assert capital(Money.parse(yuan)) == words

    @given(AMOUNTS)
    def test_the_words_are_the_amount(self, value: Money) -> None:
        """阿拉伯金额数字 and 中文大写金额 must agree, or the paper is void."""
        assert read_back(capital(value)) == value.fen

    @given(AMOUNTS)
    def test_no_two_zeros_follow_one_another(self, value: Money) -> None:
        """阿拉伯金额数字中间连续有几个"0"时，中文大写金额中间可以只写一个"零"字。"""
        words = capital(value)
        assert "零零" not in words
        assert value.fen == 0 or not words.removeprefix("人民币").startswith("零")

    @given(AMOUNTS)
    def test_it_ends_in_a_whole_or_in_a_fen(self, value: Money) -> None:
        """到"元"为止的，应写"整"字；到"角"为止的，可以不写；有"分"的，"分"后面不写。"""
        assert capital(value).endswith("分" if value.fen % 10 else "整")

    @pytest.mark.parametrize("value", [Money(-1), MOST + Money(1)])
    def test_what_it_cannot_write_is_refused(self, value: Money) -> None:
        with pytest.raises(ValueError, match="from 0 to"):
            capital(value)


class TestAmounts:
    """Exact, grouped, with the currency."""

    @pytest.mark.parametrize(
        ("yuan", "text"),
        [
            ("0", "¥0.00"),
            ("1413.24", "¥1,413.24"),
            ("-0.05", "-¥0.05"),
            ("1234567.8", "¥1,234,567.80"),
        ],
    )
    def test_as_people_write_them(self, yuan: str, text: str) -> None:
        assert amount(Money.parse(yuan)) == text

    @given(st.integers(-(10**30), 10**30).map(Money))
    def test_nothing_is_rounded_however_large(self, value: Money) -> None:
        assert amount(value).replace(",", "").replace("¥", "") == str(value)

    def test_a_float_is_no_amount(self) -> None:
        with pytest.raises(TypeError, match="not float"):
            amount(1413.24)  # type: ignore[arg-type]  # what the test is about


class TestDays:
    """By the language; a Tibetan reader is given the Chinese form."""

    def test_days(self) -> None:
        leap = date(2028, 2, 29)
        assert [day(leap, each) for each in ("zh", "en", "bo")] == [
            "2028年2月29日", "February 29, 2028", "2028年2月29日",
        ]  # fmt: skip

    def test_periods(self) -> None:
        march, may, next_year = (Month.parse(each) for each in ("2025-03", "2025-05", "2026-01"))
        assert month(march, "zh") == period(march, march, "zh") == "2025年3月"
        assert month(march, "en") == "March 2025"
        assert period(march, may, "zh").replace("\u2009", " ") == "2025年3月 – 5月"
        assert period(march, next_year, "en").replace("\u2009", " ") == "March 2025 – January 2026"
        with pytest.raises(ValueError, match="cannot end"):
            period(may, march)


DATES = st.dates(date(1900, 1, 1), date(2199, 12, 31))
LANGUAGES = st.sampled_from(["zh", "en", "bo"])


def read_day(text: str, language: str) -> date:
    """A day as a reader of the language reads it: an oracle that knows the names of months."""
    if language == "en":
        return datetime.strptime(text, "%B %d, %Y").date()  # noqa: DTZ007 - a day has no zone
    return date(*(int(each) for each in re.findall(r"[0-9]+", text)))


class TestRoundTrips:
    """What is written is read back as what it was."""

    @given(DATES, LANGUAGES)
    def test_a_day(self, value: date, language: str) -> None:
        assert read_day(day(value, language), language) == value

    @given(DATES, LANGUAGES)
    def test_a_month(self, value: date, language: str) -> None:
        text = month(Month.of(value), language)
        whole = text.replace(" ", " 1, ") if language == "en" else f"{text}1日"
        assert read_day(whole, language) == value.replace(day=1)

    @given(DATES, st.times(), LANGUAGES)
    def test_a_moment_to_the_minute(self, on: date, at: time, language: str) -> None:
        value = datetime.combine(on, at, UTC)
        text = moment(value, language)
        assert read_day(text[:-6].rstrip(","), language) == value.date()
        assert text[-5:] == value.isoformat()[11:16]

    @given(DATES, DATES, LANGUAGES)
    def test_a_span_tells_both_of_its_ends(self, one: date, other: date, language: str) -> None:
        first, last = sorted([one, other])
        numbers = [int(each) for each in re.findall(r"[0-9]+", days(first, last, language))]
        assert {first.year, last.year, first.day, last.day} <= set(numbers)
        with pytest.raises(ValueError, match="cannot end"):
            days(last, first, language) if first < last else days(date.max, date.min, language)

    @given(DATES, DATES, LANGUAGES)
    def test_a_period_tells_both_of_its_years(self, one: date, other: date, language: str) -> None:
        first, last = sorted([Month.of(one), Month.of(other)])
        text = period(first, last, language)
        assert {str(first.year), str(last.year)} <= set(re.findall(r"[0-9]{4}", text))

    @given(st.integers(0, 10**6), st.integers(1, 10**6))
    def test_a_rate_is_exact(self, top: int, bottom: int) -> None:
        value = Rate.exactly(top, bottom)
        assert Rate.parse(rate(value)) == value

    @given(st.integers(0, 10**14).map(Money))
    def test_an_amount_may_be_typed_as_it_is_shown(self, value: Money) -> None:
        assert Money.parse(amount(value).replace("¥", "").replace(",", "")) == value


class TestInOneLanguage:
    """A Tibetan reader is given the Chinese form, and it is marked."""

    @given(DATES)
    def test_tibetan_is_written_as_chinese(self, value: date) -> None:
        assert written_in("bo") == "zh"
        assert [written_in(each) for each in ("zh", "en")] == ["zh", "en"]
        assert day(value, "bo") == day(value, "zh")

    @pytest.mark.parametrize(
        ("value", "zh", "en"),
        [
            (Money(141324), "¥1,413.24", "¥1,413.24"),
            (Rate.parse("12.5%"), "12.5%", "12.5%"),
            (date(2025, 3, 1), "2025年3月1日", "March 1, 2025"),
            (datetime(2025, 3, 1, 9, 5, tzinfo=UTC), "2025年3月1日 09:05", "March 1, 2025, 09:05"),
            (Month.parse("2025-03"), "2025年3月", "March 2025"),
        ],
    )
    def test_each_kind_of_value(self, value: object, zh: str, en: str) -> None:
        assert (shown(value, "zh"), shown(value, "en")) == (zh, en)

    def test_what_is_of_no_such_kind_is_left_to_others(self) -> None:
        assert shown("2025-03-01") is None
        assert shown(12) is None

    def test_the_period_of_a_line(self) -> None:
        assert [line_period(each) for each in ("2025-03", "2025", "")] == [
            "2025年3月", "2025年", "",
        ]  # fmt: skip
        assert line_period("2025", "en") == year(2025, "en") == "2025"
