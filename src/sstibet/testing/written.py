"""Hypothesis strategies for the kinds of facts whose values are text: names, cards, accounts …"""

from __future__ import annotations

import re

from hypothesis import strategies as st

from sstibet.facts import Fact
from sstibet.identifiers import luhn_digit

_HAN = "甲乙丙丁扎西次仁"
_TIBETAN = ("བཀྲ་ཤིས", "ཚེ་རིང", "པད་མ")
_LATIN = ("Tashi", "O'Brien", "Anne-Marie", "José")
# Of no bank; the number of an invented card begins like no card that is given out.
_ISSUER = "999999"


def mobiles() -> st.SearchStrategy[str]:
    """Mobile numbers of the right shape, of a block that ends in zeros."""
    return st.integers(0, 9999).map(lambda n: f"1990000{n:04d}")


def bank_cards() -> st.SearchStrategy[str]:
    """Card numbers that pass the check of their last digit, of an issuer that there isn't."""
    digits = st.text("0123456789", min_size=9, max_size=12).map(lambda rest: _ISSUER + rest)
    return digits.map(lambda first: first + luhn_digit(first)).filter(lambda n: set(n) != {"9"})


def person_names() -> st.SearchStrategy[str]:
    """Names in Chinese, with · between parts, in Tibetan and in Latin letters."""
    part = st.text(_HAN, min_size=2, max_size=4)
    chinese = st.lists(part, min_size=1, max_size=3).map("·".join)
    latin = st.lists(st.sampled_from(_LATIN), min_size=1, max_size=3).map(" ".join)
    return chinese | st.sampled_from(_TIBETAN) | latin


def written(fact: Fact) -> st.SearchStrategy[str]:
    """Values of a fact whose kind is text of some shape, within its lengths and its pattern."""
    least, most = fact.shortest or 1, fact.longest or 50
    if fact.pattern is not None:
        shaped = st.from_regex(re.compile(fact.pattern, re.ASCII), fullmatch=True)
        return shaped.filter(lambda text: least <= len(text) <= most)
    match fact.kind:
        case "mobile":
            return mobiles()
        case "bank_card":
            return bank_cards()
        case "person_name":
            return person_names().filter(lambda text: least <= len(text) <= most)
        case "user_name":
            tail = st.text("abcXYZ09_.-", min_size=max(least, 4) - 1, max_size=min(most, 32) - 1)
            return tail.map(lambda rest: "t" + rest)
        case "account_number":
            return st.text("0123456789", min_size=max(least, 6), max_size=min(most, 50))
        case "voucher_number":
            return st.integers(0, 10**12 - 1).map(lambda n: f"454016{n:012d}")
    return st.text("甲乙丙丁ཀཁགabc 12", min_size=least, max_size=min(most, max(least, 12)))
