"""Money, rates and roundings: whole fen, exact fractions, every rounding named.

>>> rate, to_fen = Rate.parse("20%"), Rounding(Unit.FEN, "half_up")
>>> rate.of(Money.parse("7066.20"), to_fen)
Money('1413.24')

A float is refused in and out. A new kind of rounding is one more line in ``MODES`` below: the
scalar quote, the whole-table path and the books' own spelling all read that table.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from math import gcd
from typing import Any, TypeVar

from sstibet.problems import BadValue, closest
from sstibet.text import MOST_BITS, MOST_DIGITS, brief, half_width_hint

# An int, or a numpy int64 array of the same quantity for many rows: the modes below use only
# operators that mean the same on both.
Int = TypeVar("Int", bound=Any)

# mode -> what is added to the floor quotient, from the quotient q, the remainder r and the
# divisor d of a division of amounts that are never negative (0 <= r < d).
MODES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "half_up": lambda q, r, d: r >= d - r,
    "half_even": lambda q, r, d: (r > d - r) | ((r == d - r) & (q % 2 == 1)),
    "up": lambda q, r, d: r > 0,
    "down": lambda q, r, d: r < 0,
}

# At most 4,000 digits: Python itself refuses to read an int of more than 4,300.
_MONEY = re.compile(r"(-?)(0|[1-9][0-9]{0,3999})(?:\.([0-9]{1,2}))?", re.ASCII)
_LONGEST = 200  # characters of what is no amount that are looked at to say why
_PLAIN = re.compile(r"[1-9][0-9]{0,3999}\.[0-9]{2}", re.ASCII)
_RATE = re.compile(r"(0|[1-9][0-9]*)(?:\.([0-9]+))?%?|(0|[1-9][0-9]*)/([1-9][0-9]*)", re.ASCII)


class Unit(IntEnum):
    """To what an amount is rounded, in fen: 分, 角, 元, 十元, 百元."""

    FEN = 1
    JIAO = 10
    YUAN = 100
    TEN_YUAN = 1000
    HUNDRED_YUAN = 10000


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount of yuan as whole fen (分). Adds, subtracts, is counted; never a float.

    ``Money(50000)`` is so many fen; ``Money.of("500.00")`` reads yuan.
    """

    fen: int

    def __post_init__(self) -> None:
        if type(self.fen) is not int:
            given = type(self.fen).__name__
            raise TypeError(f"Money(…) takes whole fen, not {given}; Money.of(…) reads yuan")

    @classmethod
    def parse(cls, text: str) -> Money:
        """Read ``"7066.20"``, ``"100"`` or ``"-0.5"``, in yuan, exactly.

        Raises:
            BadValue: the text is no amount of whole fen; the code and the hint say why.
        """
        if _PLAIN.fullmatch(text):  # the usual shape, read without taking it apart
            return cls(int(text[:-3] + text[-2:]))
        found = _MONEY.fullmatch(text)
        if found is None:
            raise _bad_money(text)
        sign, yuan, fraction = found.groups("")
        fen = int(yuan + fraction.ljust(2, "0"))
        return cls(-fen if sign else fen)

    @classmethod
    def of(cls, value: object) -> Money:
        """Money from money, whole yuan in an ``int``, or exact text or ``Decimal`` in yuan.

        Raises:
            BadValue: a float, a bool, any other type, or no amount of whole fen.
        """
        if type(value) is str:
            return cls.parse(value)
        if type(value) is Money:
            return value
        if type(value) is int and value.bit_length() <= MOST_BITS:
            return cls(value * 100)
        if isinstance(value, Decimal):
            # By integers: the product of two Decimals is cut to the context's 28 digits.
            near = value.is_finite() and -MOST_DIGITS < value.adjusted() < MOST_DIGITS
            fen, rest = _hundredfold(value) if near else (0, 1)
            if rest:
                raise BadValue("money_not_fen", f"{value} is no amount of whole fen")
            return cls(fen)
        if isinstance(value, float):
            raise BadValue(
                "money_float",
                f"{value!r} is a float, which cannot hold fen exactly",
                "give the amount as text, such as '7066.20', or as a Decimal",
            )
        raise BadValue("not_money", f"{brief(value)} is no amount", "give text such as '7066.20'")

    def __add__(self, other: Money) -> Money:
        return Money(self.fen + other.fen) if isinstance(other, Money) else NotImplemented

    def __sub__(self, other: Money) -> Money:
        return Money(self.fen - other.fen) if isinstance(other, Money) else NotImplemented

    def __mul__(self, times: int) -> Money:
        return Money(self.fen * times) if type(times) is int else NotImplemented

    __rmul__ = __mul__

    def __neg__(self) -> Money:
        return Money(-self.fen)

    def __bool__(self) -> bool:
        return self.fen != 0

    def __str__(self) -> str:
        """In yuan with two decimals and no grouping: ``"1413.24"``."""
        sign = "-" if self.fen < 0 else ""
        yuan, fen = divmod(abs(self.fen), 100)
        return f"{sign}{yuan}.{fen:02d}"

    def __repr__(self) -> str:
        return f"Money('{self}')"

    @property
    def decimal(self) -> Decimal:
        """The same amount in yuan as a ``Decimal`` with two places."""
        return Decimal(self.fen).scaleb(-2)


ZERO = Money(0)


@dataclass(frozen=True, slots=True)
class Rounding:
    """A named rounding (舍入): to which unit, and in which mode of ``MODES``."""

    to: Unit
    mode: str

    def round(self, numerator: Int, denominator: int) -> Int:
        """Round ``numerator / denominator`` fen to fen that are whole multiples of the unit.

        Takes an int or an int64 array, never negative; the answer has the same shape.
        """
        # The remainder by subtraction: on arrays `%` takes several times as long as `//`.
        divisor = denominator * self.to
        quotient = numerator // divisor
        more = MODES[self.mode](quotient, numerator - quotient * divisor, divisor)
        rounded: Int = (quotient + more) * self.to
        return rounded

    def __str__(self) -> str:
        return f"{self.mode} to {self.to.name.lower()}"


@dataclass(frozen=True, slots=True)
class Rate:
    """An exact share in lowest terms: ``"8%"``, ``"0.6"``, ``"2/37"``."""

    numerator: int
    denominator: int

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Read ``"20%"``, ``"12.5%"``, ``"0.2"`` or ``"2/37"`` exactly, never negative.

        Raises:
            BadValue: the text is none of these.
        """
        found = _RATE.fullmatch(text) if len(text) <= MOST_DIGITS else None
        if found is None:
            hint = half_width_hint(text) or "write it such as 20%, 12.5%, 0.2 or 2/37"
            code = "not_a_rate"
            if len(text) <= _LONGEST and re.fullmatch(r"\s*[\d.]+\s+%\s*", text):
                code, hint = "rate_space", f"write {''.join(text.split())}"
            raise BadValue(code, f"{brief(text)} is no rate", hint)
        whole, decimals, top, bottom = found.groups()
        if top is not None:
            return cls.exactly(int(top), int(bottom))
        decimals = decimals or ""
        return cls.exactly(
            int(whole + decimals), 10 ** len(decimals) * (100 if text.endswith("%") else 1)
        )

    @classmethod
    def exactly(cls, numerator: int, denominator: int) -> Rate:
        """The rate ``numerator / denominator`` in lowest terms."""
        common = gcd(numerator, denominator)
        return cls(numerator // common, denominator // common)

    def of(self, money: Money, rounding: Rounding) -> Money:
        """This share of an amount that is not negative, rounded as named."""
        return Money(rounding.round(money.fen * self.numerator, self.denominator))

    def less(self, other: Rate) -> Rate:
        """This share without another, exactly. ValueError where it would be below zero."""
        mine, theirs = self.numerator * other.denominator, other.numerator * self.denominator
        if mine < theirs:
            raise ValueError(f"{self} less {other} is below zero")
        return Rate.exactly(mine - theirs, self.denominator * other.denominator)

    def __le__(self, other: Rate) -> bool:
        return self.numerator * other.denominator <= other.numerator * self.denominator

    def __lt__(self, other: Rate) -> bool:
        return self.numerator * other.denominator < other.numerator * self.denominator

    def __str__(self) -> str:
        """As a percentage where it ends within four decimals (``"8%"``), else a fraction."""
        per_million, rest = divmod(self.numerator * 1_000_000, self.denominator)
        if rest:
            return f"{self.numerator}/{self.denominator}"
        return f"{Decimal(per_million).scaleb(-4).normalize():f}%"


def _hundredfold(value: Decimal) -> tuple[int, int]:
    """A finite Decimal of yuan in fen: the whole part, and a rest that is 0 where it is exact."""
    numerator, denominator = value.as_integer_ratio()
    return divmod(numerator * 100, denominator)


def parse_unit(text: str) -> Unit:
    """Read ``fen``, ``jiao``, ``yuan``, ``ten_yuan`` or ``hundred_yuan``."""
    names = [unit.name.lower() for unit in Unit]
    if text not in names:
        raise BadValue("unknown_word", f"{text!r} is no unit of money", closest_hint(text, names))
    return Unit[text.upper()]


def parse_mode(text: str) -> str:
    """Read the name of a rounding mode."""
    if text not in MODES:
        raise BadValue("unknown_word", f"{text!r} is no rounding", closest_hint(text, MODES))
    return text


def closest_hint(text: str, names: Any) -> str:
    """``did you mean …?`` or the list of what there is."""
    near = closest(text, list(names))
    return f"did you mean {near!r}?" if near else f"one of: {', '.join(names)}"


def _bad_money(text: str) -> BadValue:
    """The reason why ``text`` is no amount, as a problem an author can mend."""
    plain = text.strip()
    if len(plain) > _LONGEST:  # whatever it is, and soon
        return BadValue("not_money", f"{brief(text)} is no amount of yuan", "write it shorter")
    if hint := half_width_hint(text):
        return BadValue("full_width_digits", f"{text!r} holds full-width characters", hint)
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", plain):
        mended = plain.replace(",", "")
        return BadValue("money_separator", f"{text!r} groups its digits", f"write {mended}")
    if re.fullmatch(r"-?0\d+(\.\d*)?", plain):
        return BadValue(
            "leading_zero", f"{text!r} begins with a zero", f"write {plain.lstrip('0') or '0'}"
        )
    if re.fullmatch(r"-?\d+\.\d{3,}", plain):
        return BadValue(
            "money_not_fen",
            f"{text!r} is no amount of whole fen",
            "write at most two decimals; where a finer amount arises, name its rounding",
        )
    if re.fullmatch(
        r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+|[-+]?\.\d+|\d+\.|[-+]?\.?(inf|nan)", plain
    ):
        return BadValue(
            "money_float",
            f"{text!r} is a floating-point number, which cannot hold fen exactly",
            "write the amount in yuan with at most two decimals, such as 7066.20",
        )
    return BadValue("not_money", f"{text!r} is no amount of yuan", "write it such as 7066.20")
