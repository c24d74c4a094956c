"""What people type into a form, brought to the spelling that the kinds' parsers read.

Only a form's answers pass here, before they are parsed and checked; a rule book is never read
generously. A spelling is changed, never a value: what is wrong stays wrong, and is refused by the
parser with its reason. What is canonical already comes back as it is.

>>> normalise("date", "２０２５年3月1日"), normalise("money", "￥1,234.50")
('2025-03-01', '1234.50')
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from sstibet.identifiers import middle_dots, upper

# Dashes of all lengths that a keyboard or a text program puts for the hyphen.
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_DAY = re.compile(
    r"([0-9]{4})(?: ?年 ?([0-9]{1,2}) ?月 ?([0-9]{1,2}) ?[日号]?"
    r"|([/.-])([0-9]{1,2})\4([0-9]{1,2})|([0-9]{2})([0-9]{2}))"
)
_MONTH = re.compile(r"([0-9]{4})(?: ?年 ?([0-9]{1,2}) ?月份?|[/.-]([0-9]{1,2})|([0-9]{2}))")
_AMOUNT = re.compile(r"¥? ?(-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]*)?) ?元?")
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[ -]+(?=[0-9])")
_BETWEEN_SIGNS = re.compile(r"(?<=[0-9A-Za-z])[ -]+(?=[0-9A-Za-z])")
_TRUNK = re.compile(r"(?:\+|00)86[ -]*(?=1[0-9]{10}$)")
# Joiners shape the letters of some scripts, and belong to a free text.
_JOINERS = "\u200c\u200d"
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\u0085]")


def normalise(kind: str, text: str) -> str:
    """``text`` as the parser of ``kind`` reads it, if people mean by it what that kind holds.

    Args:
        kind: a kind of fact that holds single values, see `sstibet.kinds.KINDS`.
        text: what was typed.

    Returns:
        The usual spelling: NFKC (full-width digits, letters and blanks), no zero-width characters
        and no blanks around it, and what each kind leaves out or has in one order. A secret is in
        NFKC and else untouched (NIST SP 800-63B, 5.1.1.2); a free text keeps its characters but for
        control characters. Doing it twice changes nothing more.
    """
    step = NORMALISERS[kind]
    once = step(text)
    # Where a blank is taken out a letter may meet an accent, which only NFKC makes one.
    return once if once == text else step(once)


def _plain(text: str) -> str:
    """NFKC, without what cannot be seen and without blanks at either end."""
    if text.isprintable():  # then nothing in it is of the category Cf
        return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()
    visible = "".join(each for each in text if unicodedata.category(each) != "Cf")
    return unicodedata.normalize("NFKC", visible).strip()


def _secret(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _text(text: str) -> str:
    """A free text without control characters; its lines stay lines."""
    if text.isprintable():  # no control characters, and no ends of lines
        return text.strip()
    lines = _LINE_ENDS.sub("\n", text).replace("\t", " ")
    kept = (each for each in lines if each == "\n" or each in _JOINERS or not _unseen(each))
    return "".join(kept).strip()


def _unseen(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs")


def _hyphens(text: str) -> str:
    plain = " ".join(_plain(text).split())
    return plain if plain.isascii() else _DASHES.sub("-", plain)


def _date(text: str) -> str:
    plain = _hyphens(text)
    found = _DAY.fullmatch(plain)
    if found is None:
        return plain
    year = found[1]
    month, day = next(
        pair for pair in (found.group(2, 3), found.group(5, 6), found.group(7, 8)) if pair[0]
    )
    return f"{year}-{month:0>2}-{day:0>2}"


def _month(text: str) -> str:
    plain = _hyphens(text)
    found = _MONTH.fullmatch(plain)
    if found is None:
        return plain
    return f"{found[1]}-{found[2] or found[3] or found[4]:0>2}"


def _money(text: str) -> str:
    plain = _plain(text)
    found = _AMOUNT.fullmatch(plain)
    return plain if found is None else found[1].replace(",", "")


def _mobile(text: str) -> str:
    number = _BETWEEN_DIGITS.sub("", _hyphens(text))
    return _TRUNK.sub("", number)


def _card(text: str) -> str:
    return _BETWEEN_DIGITS.sub("", _hyphens(text))


def _account(text: str) -> str:
    return upper(_BETWEEN_SIGNS.sub("", _hyphens(text)))


def _id(text: str) -> str:
    return upper("".join(_hyphens(text).split()))


def _name(text: str) -> str:
    return middle_dots(_plain(text))


def _digits(text: str) -> str:
    return "".join(_plain(text).split())


# kind -> how what was typed becomes its usual spelling
NORMALISERS: dict[str, Callable[[str], str]] = {
    "money": _money,
    "rate": _plain,
    "whole": _plain,
    "date": _date,
    "month": _month,
    "code": _plain,
    "yes_no": _plain,
    "text": _text,
    "resident_id": _id,
    "id_number": _id,
    "mobile": _mobile,
    "bank_card": _card,
    "account_number": _account,
    "person_name": _name,
    "user_name": _plain,
    "voucher_number": _digits,
    "secret": _secret,
}
