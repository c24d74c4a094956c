"""How amounts, rates, days, times and periods are written for people, in a reader's language.

>>> from sstibet.money import Money
>>> capital(Money.parse("1680.32"))
'人民币壹仟陆佰捌拾元叁角贰分'

Babel knows how a language writes days and months (所属期, the period that a premium is for).
What it doesn't know is written here: 大写金额, amounts in words that nobody can alter, as
certificates have them. Babel's Tibetan is thin, so a Tibetan reader is given the Chinese form, and
`written_in` tells so. What programs read (JSON, answers to be sent) is never written so.
"""

from __future__ import annotations

from datetime import date, datetime

from sstibet.money import Money, Rate
from sstibet.months import Month

_LOCALES = {"zh": "zh_Hans_CN", "en": "en"}
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")
# The largest amount that these groups can write: a fen less than 万亿 yuan.
MOST = Money(10**12 * 100 - 1)


def written_in(language: str) -> str:
    """The language that the forms of this module are really in, for a ``lang`` attribute."""
    return language if language in _LOCALES else "zh"


def shown(value: object, language: str = "zh") -> str | None:
    """A value as it is shown alone, in a field or a cell; None for one that isn't of a kind that
    this module writes."""
    match value:
        case Money():
            return amount(value)
        case Rate():
            return rate(value)
        case datetime():
            return moment(value, language)
        case date():
            return day(value, language)
        case Month():
            return month(value, language)
    return None


def rate(value: Rate) -> str:
    """A rate, exactly, alike in every language: ``"8%"``, ``"12.5%"``; a fraction where a
    percentage doesn't end, ``"2/37"``."""
    return str(value)


def amount(value: Money) -> str:
    """An amount with its currency and grouped digits, ``"¥1,413.24"``, alike in every language: the
    symbol is the one on a Chinese bill, and nobody here pays in another currency.

    By whole numbers, since Babel rounds an amount that is longer than Decimal's context.
    """
    if type(value) is not Money:
        raise TypeError(f"an amount is Money, not {type(value).__name__}")
    yuan, fen = divmod(abs(value.fen), 100)
    return f"{'-' if value.fen < 0 else ''}¥{yuan:,}.{fen:02d}"


def day(value: date, language: str = "zh") -> str:
    """A day in full: ``"2025年3月1日"``, ``"March 1, 2025"``."""
    from babel.dates import format_date

    return str(format_date(value, "long", locale=_locale(language)))


def moment(value: datetime, language: str = "zh") -> str:
    """A day and time, to the minute, in the zone that the value is in, by the clock of 24 hours:
    ``"2025年3月1日 09:05"``, ``"March 1, 2025, 09:05"``."""
    joint = ", " if _locale(language) == "en" else " "
    return f"{day(value.date(), language)}{joint}{value:%H:%M}"


def days(first: date, last: date, language: str = "zh") -> str:
    """A span of days, both included: ``"2025年3月1日 – 5月2日"``. ValueError where it ends
    before it begins."""
    if last < first:
        raise ValueError(f"a span that begins on {first} cannot end on {last}")
    if first == last:
        return day(first, language)
    from babel.dates import format_interval

    return str(format_interval(first, last, "yMMMMd", locale=_locale(language)))


def year(value: int, language: str = "zh") -> str:
    """A year (年度): ``"2025年"``, ``"2025"``."""
    from babel.dates import format_skeleton

    return str(format_skeleton("y", date(value, 1, 1), locale=_locale(language)))


def line_period(text: str, language: str = "zh") -> str:
    """The period of a line of a quote, which is a month (``"2025-03"``), a year (``"2025"``) or
    nothing. BadValue for any other."""
    if not text:
        return ""
    return year(int(text), language) if text.isdigit() else month(Month.parse(text), language)


def month(value: Month, language: str = "zh") -> str:
    """A month (所属期): ``"2025年3月"``, ``"March 2025"``."""
    from babel.dates import format_skeleton

    return str(format_skeleton("yMMMM", value.first_day, locale=_locale(language)))


def period(first: Month, last: Month, language: str = "zh") -> str:
    """A period of whole months (所属期起止), both ends included: ``"2025年3月 – 5月"``; a single
    month as `month`. ValueError where it ends before it begins."""
    if last < first:
        raise ValueError(f"a period that begins with {first} cannot end with {last}")
    if first == last:
        return month(first, language)
    from babel.dates import format_interval

    days = first.first_day, last.first_day
    return str(format_interval(*days, "yMMMM", locale=_locale(language)))


def capital(value: Money) -> str:
    """An amount in capital words (大写金额), as 支付结算办法, 附件一 has them (from memory): every
    digit a word of its own, one 零 for zeros between digits, 整 where no fen follows.

    Raises:
        ValueError: the amount is negative, or more than `MOST`.
    """
    if not 0 <= value.fen <= MOST.fen:
        raise ValueError(f"an amount in words is from 0 to {MOST} yuan, not {value}")
    yuan, rest = divmod(value.fen, 100)
    jiao, fen = divmod(rest, 10)
    words = f"{_whole(yuan)}元" if yuan or not rest else ""
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    elif fen and yuan:
        words += "零"
    words += f"{_DIGITS[fen]}分" if fen else "整"
    return f"人民币{words}"


def _whole(yuan: int) -> str:
    """A whole number in capital words, its groups of four places from the highest on."""
    if yuan == 0:
        return _DIGITS[0]
    words, gap, started = "", False, False
    for group in range(len(_GROUPS) - 1, -1, -1):
        four = yuan // 10 ** (4 * group) % 10**4
        for place in range(3, -1, -1):
            digit = four // 10**place % 10
            if digit == 0:
                gap = started
                continue
            words += ("零" if gap else "") + _DIGITS[digit] + _PLACES[place]
            gap, started = False, True
        if four:
            words += _GROUPS[group]
    return words


def _locale(language: str) -> str:
    return _LOCALES.get(language, _LOCALES["zh"])
