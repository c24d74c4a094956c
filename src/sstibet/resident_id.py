"""Citizen identity numbers (公民身份号码): the 18 characters of GB 11643-1999.

The check is this library's own: it takes true Tibetan numbers of late registrations and of county
codes newer than any list, and the residence permits of Hong Kong, Macao and Taiwan (81, 82, 83).

>>> parse_resident_id("54010119900101001x")
Traceback (most recent call last):
...
sstibet.problems.BadValue: the last character does not fit the others
"""

from __future__ import annotations

import re
from datetime import date
from operator import mul

from sstibet.problems import BadValue
from sstibet.text import half_width_hint

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_AGAIN = "type it again from the card"
_SHAPE = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)

# The first two digits: provinces (GB/T 2260); 81, 82, 83 are residence permits (港澳台居民居住证).
_PROVINCES = frozenset(
    map(
        str,
        (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55)),
    )
) | {"61", "62", "63", "64", "65", "71", "81", "82", "83"}


def check_character(first17: str) -> str:
    """The 18th character for 17 digits, by GB 11643-1999 (ISO 7064, MOD 11-2)."""
    digits = list(map(int, first17))
    if len(digits) != len(_WEIGHTS):
        raise ValueError("17 digits are wanted")
    total = sum(map(mul, digits, _WEIGHTS))
    return _CHECKS[total % 11]


def parse_resident_id(text: str) -> str:
    """An identity number in its one spelling (capital X).

    Raises:
        BadValue: not 18 characters, an unknown province, a birth date that doesn't exist, or a
            last character that doesn't fit. The number itself is never in the message.
    """
    number = text.strip().upper()
    if not _SHAPE.fullmatch(number):
        hint = "write it in half-width characters" if half_width_hint(text) else ""
        raise BadValue("id_shape", "an ID number has 17 digits and a digit or X", hint)
    if number[:2] not in _PROVINCES:
        raise BadValue("id_province", "the first two digits name no province", _AGAIN)
    birth_date(number)
    if check_character(number[:17]) != number[17]:
        raise BadValue("id_check", "the last character does not fit the others", _AGAIN)
    return number


def birth_date(number: str) -> date:
    """The date of birth in an ID number. BadValue where the digits are no date from 1850 on."""
    try:
        day = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        day = date.min
    if day.year < 1850:
        raise BadValue("id_birth_date", "digits 7 to 14 are no date of birth", _AGAIN)
    return day
