"""Amounts, days and periods as people read them, and 大写金额, which nobody can alter."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstibet.formats import MOST, amount, capital, day, month, period
from sstibet.money import Money
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
