"""The kinds of facts (种类): how the text of each is read, and what is said of its values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from sstibet.documents import parse_whole, parse_yes_no
from sstibet.money import Money, Rate
from sstibet.months import Month, parse_day
from sstibet.personal import SHOWN_ENDS
from sstibet.problems import BadValue
from sstibet.resident_id import parse_resident_id


def _parse_code(text: str) -> str:
    return text


def _parse_text(text: str) -> str:
    """Any text that can be written down: half a surrogate pair cannot."""
    if not text.isascii() and any("\ud800" <= each <= "\udfff" for each in text):
        raise BadValue("text_broken", "this text holds half a character", "type it again")
    return text


def _identifier(name: str) -> Callable[[str], str]:
    """A parser of `sstibet.identifiers`, which is loaded with the first number that is read."""

    found: Callable[[str], str] | None = None

    def parse(text: str) -> str:
        nonlocal found
        if found is None:
            from sstibet import identifiers

            found = getattr(identifiers, name)
        return found(text)

    return parse


# kind -> (reader of its text, the Python type of its values, may it be ordered)
KINDS: dict[str, tuple[Callable[[str], Any], type, bool]] = {
    "money": (Money.parse, Money, True),
    "rate": (Rate.parse, Rate, True),
    "whole": (parse_whole, int, True),
    "date": (parse_day, date, True),
    "month": (Month.parse, Month, True),
    "code": (_parse_code, str, False),
    "yes_no": (parse_yes_no, bool, False),
    "text": (_parse_text, str, False),
    "resident_id": (parse_resident_id, str, False),
    "id_number": (_identifier("parse_id_number"), str, False),
    "mobile": (_identifier("parse_mobile"), str, False),
    "bank_card": (_identifier("parse_bank_card"), str, False),
    "account_number": (_identifier("parse_account_number"), str, False),
    "person_name": (_identifier("parse_person_name"), str, False),
    "user_name": (_identifier("parse_user_name"), str, False),
    "voucher_number": (_identifier("parse_voucher_number"), str, False),
    "secret": (_parse_text, str, False),
}

# The kinds whose values no explanation, message or log may show.
HIDDEN = (*SHOWN_ENDS, "secret")
# The kinds that are personal data wherever they stand.
PERSONAL = (*HIDDEN, "person_name")
# The kinds whose values may be long or short, so that a bound on their length says something.
FREE_LENGTH = ("text", "secret", "person_name", "user_name", "account_number", "id_number")
