"""Money is whole fen; rates are exact; every rounding does what its name says."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstibet.money import MODES, ZERO, Money, Rate, Rounding, Unit, parse_mode, parse_unit
from sstibet.problems import BadValue

DECIMAL_MODES = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "up": ROUND_CEILING,
    "down": ROUND_FLOOR,
}


@pytest.mark.parametrize(
    ("text", "fen"),
    [("0", 0), ("7066.20", 706620), ("7066.2", 706620), ("0.01", 1), ("-0.5", -50), ("100", 10000)],
)
def test_money_is_read_exactly(text: str, fen: int) -> None:
    assert Money.parse(text).fen == fen


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1,234", "money_separator"),
        ("1,234.50", "money_separator"),
        ("０１２", "full_width_digits"),
        ("１２.5", "full_width_digits"),
        ("012", "leading_zero"),
        ("1.005", "money_not_fen"),
        ("1e3", "money_float"),
        ("4.0E2", "money_float"),
        (".5", "money_float"),
        ("5.", "money_float"),
        (".inf", "money_float"),
        ("nan", "money_float"),
        ("", "not_money"),
        (" 1", "not_money"),
        ("1 元", "not_money"),
        ("+1", "not_money"),
        ("--1", "not_money"),
        ("٣", "not_money"),
        ("1\n", "not_money"),
    ],
)
def test_what_is_no_amount_says_why(text: str, code: str) -> None:
    with pytest.raises(BadValue) as caught:
        Money.parse(text)
    assert caught.value.code == code


@pytest.mark.parametrize("value", [1.0, 7066.2, True, None, float("nan"), b"1", [1]])
def test_no_float_no_bool_nothing_strange_becomes_money(value: object) -> None:
    with pytest.raises(BadValue):
        Money.of(value)


@pytest.mark.parametrize("value", [Decimal("0.001"), Decimal("NaN"), Decimal("Infinity")])
def test_a_decimal_must_be_whole_fen(value: Decimal) -> None:
    with pytest.raises(BadValue, match="whole fen"):
        Money.of(value)


def test_money_from_its_other_exact_types() -> None:
    assert Money.of(7066) == Money.of("7066.00") == Money.of(Decimal("7066")) == Money(706600)
    assert Money.of(Money(1)) == Money(1)


def test_money_never_multiplies_money_or_floats() -> None:
    with pytest.raises(TypeError):
        Money(1) * Money(2)  # type: ignore[operator]  # the point of the test
    with pytest.raises(TypeError):
        Money(1) * 0.5  # type: ignore[operator]  # the point of the test
    with pytest.raises(TypeError):
        Money(1) + 1  # type: ignore[operator]  # the point of the test
    with pytest.raises(TypeError):
        Money(1) * True


@given(st.integers(), st.integers(), st.integers(-1000, 1000))
def test_money_counts_like_its_fen(a: int, b: int, n: int) -> None:
    assert (Money(a) + Money(b)).fen == a + b
    assert (Money(a) - Money(b)).fen == a - b
    assert (n * Money(a)).fen == (Money(a) * n).fen == a * n
    assert (Money(a) < Money(b)) == (a < b)
    assert bool(Money(a)) == (a != 0)
    assert -Money(a) + Money(a) == ZERO


@given(st.integers(-(10**20), 10**20))
def test_an_amount_survives_its_own_text(fen: int) -> None:
    assert Money.parse(str(Money(fen))) == Money(fen)
    assert Money.of(Money(fen).decimal) == Money(fen)
    assert Fraction(str(Money(fen))) == Fraction(fen, 100)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("20%", Fraction(1, 5)),
        ("12.5%", Fraction(1, 8)),
        ("0.2", Fraction(1, 5)),
        ("2/37", Fraction(2, 37)),
        ("300%", Fraction(3)),
        ("0%", Fraction(0)),
    ],
)
def test_a_rate_is_read_exactly(text: str, value: Fraction) -> None:
    rate = Rate.parse(text)
    assert Fraction(rate.numerator, rate.denominator) == value
    assert Rate.parse(str(rate)) == rate


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("20 %", "rate_space"),
        ("２０%", "not_a_rate"),
        ("20％", "not_a_rate"),
        ("-1%", "not_a_rate"),
        ("1/0", "not_a_rate"),
        ("01%", "not_a_rate"),
        ("", "not_a_rate"),
        ("1e-2", "not_a_rate"),
        ("1/2%", "not_a_rate"),
    ],
)
def test_what_is_no_rate_says_why(text: str, code: str) -> None:
    with pytest.raises(BadValue) as caught:
        Rate.parse(text)
    assert caught.value.code == code


@given(
    st.integers(0, 10**15),
    st.integers(1, 10**6),
    st.sampled_from(sorted(MODES)),
    st.sampled_from(list(Unit)),
)
def test_a_rounding_is_the_decimal_modules_of_the_same_name(
    numerator: int, denominator: int, mode: str, unit: Unit
) -> None:
    units = Fraction(numerator, denominator) / int(unit)
    # Scaled by the denominator the value is whole, so Decimal sees ties and all without error.
    exact = Decimal(units.numerator)
    whole, rest = divmod(exact, Decimal(units.denominator))
    tie = (
        Decimal(0)
        if rest == 0
        else Decimal("0.5")
        if rest * 2 == units.denominator
        else (Decimal("0.25") if rest * 2 < units.denominator else Decimal("0.75"))
    )
    expected = int((whole + tie).to_integral_value(rounding=DECIMAL_MODES[mode])) * int(unit)
    assert Rounding(unit, mode).round(numerator, denominator) == expected


@given(
    st.lists(st.tuples(st.integers(0, 10**12), st.integers(1, 10**5)), min_size=1, max_size=20),
    st.sampled_from(sorted(MODES)),
    st.sampled_from(list(Unit)),
)
def test_a_column_is_rounded_like_its_numbers(
    rows: list[tuple[int, int]], mode: str, unit: Unit
) -> None:
    import numpy as np

    rounding = Rounding(unit, mode)
    numerators = np.array([row[0] for row in rows], dtype=np.int64)
    denominators = np.array([row[1] for row in rows], dtype=np.int64)
    together = rounding.round(numerators, denominators)
    assert together.dtype == np.int64
    assert together.tolist() == [rounding.round(n, d) for n, d in rows]


def test_shanghai_rounds_every_fen_up_to_the_jiao() -> None:
    """见分进角: a premium of 565.21 becomes 565.30."""
    assert Rounding(Unit.JIAO, "up").round(56521, 1) == 56530
    assert Rounding(Unit.JIAO, "up").round(56520, 1) == 56520


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 10**4))
def test_less_is_exact(a: int, b: int, d: int) -> None:
    low, high = sorted([a, b])
    rest = Rate.exactly(high, d).less(Rate.exactly(low, d))
    assert Fraction(rest.numerator, rest.denominator) == Fraction(high - low, d)
    if low != high:
        with pytest.raises(ValueError, match="below zero"):
            Rate.exactly(low, d).less(Rate.exactly(high, d))


def test_unknown_words_are_told_apart_from_their_neighbours() -> None:
    with pytest.raises(BadValue, match="half_up"):
        parse_mode("half_pu")
    with pytest.raises(BadValue, match="jiao"):
        parse_unit("jioa")


@pytest.mark.parametrize("given", ["500.00", 1.5, True, None, Money(1)])
def test_money_is_made_of_whole_fen_only(given: object) -> None:
    with pytest.raises(TypeError, match="whole fen"):
        Money(given)  # type: ignore[arg-type]  # that is what is tested
