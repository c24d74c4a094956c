"""Every word that an answer or an explanation can need stands in both catalogues."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sstibet
from sstibet.conditions import IN_WINDOW, TESTS
from sstibet.evidence import KINDS
from sstibet.money import MODES, Money, Unit
from sstibet.texts import Term, catalogue, say, shown

SOURCE = Path(sstibet.__file__).parent
ROOMS = "\n".join(
    path.read_text("utf-8")
    for path in SOURCE.rglob("*.py")
    if path.relative_to(SOURCE).parts[0] not in ("cli", "testing", "checks")
)


def used(pattern: str) -> set[str]:
    found = set(re.findall(pattern, ROOMS))
    assert found, pattern
    return found


NEEDED = (
    {f"mode.{mode}" for mode in MODES}
    | {f"unit.{unit.name.lower()}" for unit in Unit}
    | {f"evidence.{kind}" for kind in KINDS}
    | {f"test.{test}" for test in (*TESTS, IN_WINDOW)}
    | {f"wrong.{code}" for code in used(r'Wrong\(\s*[^"\n]*?"\w+", "(\w+)"')}
    | {f"wrong.{code}" for code in used(r'Wrong\(\s*[\w. \[\]()]+, "(\w+)"')}
    | {f"operand.{name}" for name in used(r'Operand\(\s*"(\w+)"')}
    | {f"table.{name}" for name in used(r'RuleRead(?:\.of)?\(\s*"(\w+)"')}
    | {f"table.{name}" for name in used(r'no_edition\(\s*[^,]+, "(\w+)"')}
    | {f"wrong.no_edition_{reason}" for reason in used(r'NoEdition\(\s*"(\w+)"')}
    | used(r'\bsay\(\s*"([\w.]+)"')
)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_word_is_missing(language: str) -> None:
    assert NEEDED - catalogue(language).keys() == set()


def test_no_word_is_left_over() -> None:
    """A text that nothing says any more is deleted with what said it."""
    stems = (
        "wrong.",
        "operand.",
        "table.",
        "mode.",
        "unit.",
        "evidence.",
        "test.",
        "confidence.",
        "refused.",
        "typed.",  # see test_forms_shown
    )
    keys = {key for key in catalogue("zh") if not key.startswith(stems)}
    quoted = used(r'"([a-z_]+(?:\.[a-z_]+)?)"')
    assert {key for key in keys - quoted if not key.startswith("payer.")} == set()


def test_a_language_without_a_catalogue_is_answered_in_chinese() -> None:
    assert say("yes", "bo") == say("yes", "zh") == "是"
    assert say("yes", "../en") == "是"


def test_values_are_shown_in_the_readers_language() -> None:
    assert shown([Term("yes"), True, Money(5)], "en") == "yes, yes, 0.05"
    assert shown((False, "x"), "zh") == "否、x"
