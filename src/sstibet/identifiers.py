"""What names a person or an account (姓名、手机号、银行卡号…): the shape of each, read strictly.

Every parser gives the value in its one spelling, or raises `BadValue` with a code of its own; no
message ever holds the value. What people type around it (full-width digits, ¥, 2025年3月) is the
business of `sstibet.typed`, before these parsers see it.

>>> parse_mobile("+86 138-0013-8000"), parse_person_name("洛桑•次仁")
('13800138000', '洛桑·次仁')
"""

from __future__ import annotations

import re
import unicodedata

from sstibet.problems import BadValue

_BETWEEN = re.compile(r"(?<=[0-9A-Za-z])[ \-]+(?=[0-9A-Za-z])")
_DIGITS = re.compile(r"[0-9]+")
_TRUNK = re.compile(r"(?:\+|00)86(?=1[0-9]{10}$)")
_ABROAD = re.compile(r"(?:\+|00)[0-9]+")
_MOBILE = re.compile(r"1[0-9]{10}")

MIDDLE_DOT = "·"
# What is typed for the middle dot of a transliterated name: • ・ ･ ． ‧ ∙ ⋅ and the full stop.
_DOTS = re.compile("[•・･．‧∙⋅·.]")
# Ideographs (漢字): the basic block, extensions A to J, 〇, and the twelve that stand by mistake
# among the compatibility forms (﨎﨏﨑﨓﨔﨟﨡﨣﨤﨧﨨﨩).
HAN = (
    "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
    "\ufa0e\ufa0f\ufa11\ufa13\ufa14\ufa1f\ufa21\ufa23\ufa24\ufa27-\ufa29"
)
_HAN_NAME = re.compile(f"[{HAN}]+(?:·[{HAN}]+)*")
_HAN_BARE = re.compile(f"[{HAN} ]+")
_BETWEEN_HAN = re.compile(rf"(?<=[{HAN}])(?:{_DOTS.pattern})(?=[{HAN}])")
# Letters, vowel signs and subjoined letters, with the tsheg (་) or a blank between syllables.
_TIBETAN_NAME = re.compile("[\u0f40-\u0fbc]+(?:[\u0f0b ][\u0f40-\u0fbc]+)*\u0f0b?")
_LATIN_PARTS = re.compile("[ '-]")
_APOSTROPHES = re.compile("[’ʼ]")
_NAME_LONGEST = 80
_HAN_LENGTHS = (2, 40)

_ACCOUNT = re.compile(r"[0-9A-Z]+")
_ID_NUMBER = re.compile(f"[0-9A-Z()/.{HAN}-]+")
_USER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_VOUCHER = re.compile(r"[0-9]{18}")
_AGAIN = "type it again"


def upper(text: str) -> str:
    """ASCII letters as capitals; no other letter changes (ß stays ß)."""
    if text.isascii():
        return text.upper()
    return "".join(each.upper() if each.isascii() else each for each in text)


def parse_mobile(text: str) -> str:
    """A mobile number of the mainland (手机号): 11 digits, without +86, blanks and hyphens.

    Raises:
        BadValue: ``mobile_foreign`` another country's, ``mobile_shape`` not 11 digits from 1 on,
            ``mobile_not_mobile`` a number that no mobile network of the mainland gives out.
    """
    number = _TRUNK.sub("", _BETWEEN.sub("", text))
    if _ABROAD.fullmatch(number) and not number.startswith(("+86", "0086")):
        raise BadValue("mobile_foreign", "this is not a number of the mainland", _AGAIN)
    if not _MOBILE.fullmatch(number):
        raise BadValue("mobile_shape", "a mobile number has 11 digits and begins with 1", _AGAIN)
    # Only here: the plans of all countries' numbers are a large module.
    from phonenumbers import PhoneNumber, PhoneNumberType, is_valid_number, number_type

    found = PhoneNumber(country_code=86, national_number=int(number))
    if not is_valid_number(found) or number_type(found) != PhoneNumberType.MOBILE:
        raise BadValue("mobile_not_mobile", "no network gives out such a mobile number", _AGAIN)
    return number


def luhn_digit(digits: str) -> str:
    """The check digit that follows ``digits`` (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def parse_bank_card(text: str) -> str:
    """A bank card number (银行卡号): 16 to 19 digits, without the blanks and hyphens between.

    Raises:
        BadValue: ``card_shape`` not digits, ``card_length``, ``card_alike`` one digit all along,
            ``card_check`` a slip in one digit.
    """
    number = _BETWEEN.sub("", text)
    if not _DIGITS.fullmatch(number):
        raise BadValue("card_shape", "a bank card number has digits only", _AGAIN)
    if not 16 <= len(number) <= 19:
        raise BadValue("card_length", f"a card number has 16 to 19 digits, not {len(number)}")
    if len(set(number)) == 1:
        raise BadValue("card_alike", "all digits of the card number are the same", _AGAIN)
    if luhn_digit(number[:-1]) != number[-1]:
        raise BadValue("card_check", "the last digit does not fit the others", _AGAIN)
    return number


def middle_dots(text: str) -> str:
    """``text`` with · for what is typed between two ideographs in its stead."""
    if text.isascii():
        return text
    return _BETWEEN_HAN.sub(MIDDLE_DOT, text)


def parse_person_name(text: str) -> str:
    """A name (姓名) as on the document: in Chinese (· between the parts), Tibetan or Latin letters.

    Raises:
        BadValue: ``name_length``; ``name_blank`` a blank inside a Chinese name; ``name_dot`` a dot
            that stands at an end, doubled, or in a name that has none; ``name_shape`` digits,
            signs, or two scripts in one name.
    """
    least, most = _HAN_LENGTHS
    if (
        least <= len(text) <= most
        and _HAN_NAME.fullmatch(text)
        and unicodedata.is_normalized("NFC", text)
    ):
        return text  # as nearly all are written
    name = _APOSTROPHES.sub("'", middle_dots(unicodedata.normalize("NFC", text)))
    bare = _DOTS.sub("", name)
    if not bare.strip(" "):
        raise BadValue("name_length", "a name has at least 2 characters")
    if _HAN_BARE.fullmatch(bare):
        _check_han(name)
    elif _DOTS.search(name):
        raise BadValue("name_dot", "a dot stands only between the parts of a Chinese name")
    elif not (_TIBETAN_NAME.fullmatch(name) or _is_latin(name)):
        hint = "write it in Chinese, Tibetan or Latin letters only"
        raise BadValue("name_shape", "a name has letters only, of one script", hint)
    elif not 2 <= len(name) <= _NAME_LONGEST:
        raise BadValue("name_length", f"a name has 2 to {_NAME_LONGEST} characters")
    return name


def _check_han(name: str) -> None:
    if " " in name:
        raise BadValue("name_blank", "a Chinese name has no blank", "take it out")
    if not _HAN_NAME.fullmatch(name):
        raise BadValue("name_dot", "a dot stands between two parts of a name, and only once")
    least, most = _HAN_LENGTHS
    if not least <= len(name) <= most:
        raise BadValue("name_length", f"a Chinese name has {least} to {most} characters")


def _is_latin(name: str) -> bool:
    """Whether each part between blanks, hyphens and apostrophes is of Latin letters."""
    return all(
        part.isalpha() and all(unicodedata.name(each, "").startswith("LATIN ") for each in part)
        for part in _LATIN_PARTS.split(name)
    )


def parse_user_name(text: str) -> str:
    """A user name (用户名): 4 to 32 of a-z, A-Z, 0-9, _ . and -, a letter first.

    Raises:
        BadValue: ``user_name_shape`` or ``user_name_length``.
    """
    if not _USER_NAME.fullmatch(text):
        hint = "use a-z, 0-9, _ . and -"
        raise BadValue("user_name_shape", "a user name begins with a letter", hint)
    if not 4 <= len(text) <= 32:
        raise BadValue("user_name_length", f"a user name has 4 to 32 characters, not {len(text)}")
    return text


def parse_account_number(text: str) -> str:
    """A bank account (银行账号): 6 to 50 digits or letters, without blanks and hyphens.

    The 50 are the tax bureau's limit (存款账户账号报告表); banks write accounts in many shapes.

    Raises:
        BadValue: ``account_shape`` or ``account_length``.
    """
    number = upper(_BETWEEN.sub("", text))
    if not _ACCOUNT.fullmatch(number):
        raise BadValue("account_shape", "an account number has digits and letters only", _AGAIN)
    if not 6 <= len(number) <= 50:
        raise BadValue("account_length", f"an account has 6 to 50 characters, not {len(number)}")
    return number


def parse_id_number(text: str) -> str:
    """The number of an identity document of any type (证件号码), in capitals, without blanks.

    Its exact shape is told by the type: see `sstibet.facts.check_id_number`.

    Raises:
        BadValue: ``id_number_shape`` not 5 to 30 digits, letters, ideographs or ( ) / . -.
    """
    number = upper(text.replace(" ", ""))
    if not 5 <= len(number) <= 30 or not _ID_NUMBER.fullmatch(number):
        raise BadValue("id_number_shape", "an ID number has 5 to 30 digits and letters", _AGAIN)
    return number


def parse_voucher_number(text: str) -> str:
    """An electronic tax voucher's number (电子税票号码): 18 digits, no check digit known.

    Raises:
        BadValue: ``voucher_shape``.
    """
    if not _VOUCHER.fullmatch(text):
        raise BadValue("voucher_shape", "a voucher number has 18 digits", "copy it from there")
    return text
