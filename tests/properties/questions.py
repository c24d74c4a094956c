"""What the property tests ask: both books, every scheme, days and facts drawn from the book."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

import sstibet
from sstibet.files import find_rules
from sstibet.premium.rate import RateSchedule
from sstibet.testing import strategies

ROOTS = {
    "shipped": find_rules(None),
    "second_region": Path(__file__).parents[1] / "books" / "good" / "second_region",
}


@cache
def book(name: str) -> sstibet.Rulebook:
    """A book by its name in `ROOTS`, read once."""
    return sstibet.load(ROOTS[name], cache=False)


def schemes(monthly: bool | None = None) -> list[tuple[str, str]]:
    """(book, scheme) of all books; only the monthly ones, or only the others, if asked."""
    return [
        (name, scheme)
        for name in ROOTS
        for scheme in book(name).contents.schemes
        if monthly in (None, isinstance(book(name).contents.schedule(scheme), RateSchedule))
    ]


@st.composite
def asked(
    draw: st.DrawFn, valid: bool = True, monthly: bool | None = None
) -> tuple[sstibet.Rulebook, str, date, dict[str, Any]]:
    """A book, a scheme of it, a day, and facts."""
    name, scheme = draw(st.sampled_from(schemes(monthly)))
    day, facts = draw(strategies.questions(book(name), scheme, valid))
    return book(name), scheme, day, facts


def texts(facts: dict[str, Any]) -> dict[str, str]:
    """Facts as an author or a form would write them."""
    return {name: str(value) for name, value in facts.items()}
