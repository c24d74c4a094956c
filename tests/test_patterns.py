"""Patterns of texts: what may stand in one, what it matches, and that it never runs away."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstibet.patterns import MOST_WAYS, anchored, matches, parse_pattern
from sstibet.problems import BadValue


class TestPatterns:
    """A pattern is read the same everywhere, means the whole text, and never runs away."""

    @pytest.mark.parametrize(
        ("pattern", "yes", "no"),
        [
            ("[0-9]{3}[0-9X]", ["123X", "0015"], ["123", "123x", "12345", "123X\n", "１２３４"]),
            (r"\d{2,4}", ["12", "1234"], ["1", "12345", "１２"]),
            ("(?:ab|c)d?", ["ab", "abd", "c", "cd"], ["d", "abc", ""]),
            (r"[A-Z]{1,2}\d{6}\([\dA]\)", ["A123456(3)", "AB123456(A)"], ["A1234563"]),
            ("[一-龥]{0,2}字?第[0-9]{2}号?", ["南字第12号", "第12"], ["12"]),
            (r"[a\-z]", ["a", "-", "z"], ["b"]),
            ("[az-]", ["a", "-", "z"], ["b"]),
            (r"1\.5", ["1.5"], ["125"]),
        ],
    )
    def test_a_pattern(self, pattern: str, yes: list[str], no: list[str]) -> None:
        assert parse_pattern(pattern) == pattern
        assert [matches(pattern, text) for text in yes] == [True] * len(yes)
        assert [matches(pattern, text) for text in no] == [False] * len(no)
        assert all(re.search(anchored(pattern), text) for text in yes)

    @pytest.mark.parametrize(
        "pattern",
        [
            "", "a*", "a+", "a{2,}", "a{,3}", "a{3,2}", "a{0}", "a{1000}", "a{x}", "a??", "a{2}?",
            "a{2}{3}", ".", "^a", "a$", "(a", "a)", "[a", "[]", "[z-a]", "[^a]", "[a[b]", "[a&&b]",
            r"[\d-z]", r"[a-\d]", "a|", "|a", "()", "(|a)", "(?=a)", "(?!a)", "(?<=a)", "(?P<n>a)",
            "(?i)a", r"\w", r"\s", r"\b", r"\1", r"(a)\1", "\\", "a]", "a}", "{2}", "?", "\x07",
            "(a?){40}", "a?" * 40, "(a|b|c){20}", "(?", "(?:", "[a-", "[\\", "[--a]", "[a-c-z]",
            "(" * 9_000 + "a" + ")" * 9_000,
        ],
    )  # fmt: skip
    def test_what_is_no_pattern(self, pattern: str) -> None:
        with pytest.raises(BadValue) as caught:
            parse_pattern(pattern)
        assert caught.value.code == "bad_pattern"

    @given(st.text("ab01[](){}?|\\d-,:^.*+$", max_size=12))
    def test_what_is_let_through_can_be_compiled(self, pattern: str) -> None:
        """Nothing but a refusal is raised, and what passes is a regular expression."""
        try:
            parse_pattern(pattern)
        except BadValue:
            return
        assert re.compile(pattern).fullmatch("a" * 200_000) is None

    def test_the_ways_through_are_counted(self) -> None:
        """Sixteen times one of two are 65,536 ways, seventeen are more than allowed."""
        assert 2**16 <= MOST_WAYS < 2**17
        assert parse_pattern("(a|b){16}")
        with pytest.raises(BadValue):
            parse_pattern("(a|b){17}")
        assert not matches("(a|b){16}", "ab" * 5_000)
