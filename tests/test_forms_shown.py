"""What is only shown, what is masked, and the words for what is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import sstibet
from forms_kit import CARD, DICTIONARY, ID_NUMBER, LINES, codes, shown, typed
from sstibet.facts import KINDS
from sstibet.forms.shapes import SHAPES
from sstibet.forms.shown import masked
from sstibet.texts import catalogue


class TestReadOnly:
    """What comes from the system is shown, may come back as it is, and can't be changed."""

    FIELDS = "- {fact: own_number, read_only: yes}\n- {fact: note, required: no}"
    KNOWN = {"own_number": ID_NUMBER}  # noqa: RUF012 - read by the tests, never changed

    @pytest.mark.parametrize(
        "payload", [{}, {"own_number": ID_NUMBER}, {"own_number": "540101********0015"}]
    )
    def test_the_same_value_is_tolerated(self, payload: dict[str, str]) -> None:
        reading = typed(self.FIELDS, payload, answers=self.KNOWN)

        assert reading.problems == ()
        assert reading.values == self.KNOWN
        assert reading.forgotten == {"note"}

    @pytest.mark.parametrize("other", ["540101199001010023", "x", [], {"a": 1}, 7])
    def test_another_value_is_refused(self, other: object) -> None:
        reading = typed(self.FIELDS, {"own_number": other}, answers=self.KNOWN)

        assert codes(reading) == {"own_number": "read_only"}

    def test_it_is_masked_where_it_is_shown(self) -> None:
        bound = shown(self.FIELDS, answers=self.KNOWN)

        assert bound.field("own_number").display() == "540101********0015"
        assert ID_NUMBER not in str(bound.ui_schema()) + repr(bound)


@pytest.mark.parametrize(
    ("fact", "value", "stars"),
    [
        ("own_number", ID_NUMBER, "540101********0015"),
        ("id_number", "E12345678", "*******78"),
        ("mobile", "13800138000", "138****8000"),
        ("card", CARD, "***************0000"),
        ("account", "123456", "****56"),
        ("password", "x", "******"),
        ("name", "扎西", "扎西"),
        ("card", None, None),
        ("lines", LINES[:1], [{**LINES[0], "card": "***************0000"}]),
    ],
)
def test_personal_numbers_are_masked(fact: str, value: Any, stars: Any) -> None:
    assert masked(DICTIONARY.facts[fact], value) == stars


def test_every_kind_has_its_shape() -> None:
    assert SHAPES.keys() == KINDS.keys()


def raised() -> set[str]:
    """The codes that a value of a form can be refused with, out of the sources."""
    files = ["identifiers", "facts", "money", "months", "documents", "resident_id", "kinds"]
    source = Path(sstibet.__file__).parent
    texts = [(source / f"{name}.py").read_text("utf-8") for name in files]
    texts += [each.read_text("utf-8") for each in (source / "forms").glob("*.py")]
    return {code for text in texts for code in re.findall(r'"([a-z_]+)"', text)}


@pytest.mark.parametrize("key", sorted(each for each in catalogue("zh") if each[:6] == "typed."))
def test_words_for_a_form_have_a_code_and_repeat_nothing(key: str) -> None:
    """A text that no code leads to is left over; one with ``{given}`` would tell what was typed."""
    assert key.split(".")[1] in raised() | {"wrong"}
    for language in ("zh", "en"):
        assert "{label}" in catalogue(language)[key]
        assert "{given}" not in catalogue(language)[key]


def test_every_fault_that_a_parser_finds_has_words_for_a_form() -> None:
    """The codes of the kinds' own parsers; what only a book can say is not among them."""
    source, texts = Path(sstibet.__file__).parent, catalogue("zh")
    found = {
        code
        for name in ("identifiers", "resident_id", "money", "months")
        for code in re.findall(r'BadValue\(\s*"(\w+)"', (source / f"{name}.py").read_text("utf-8"))
    }
    words = {code: texts.get(f"typed.{code}") or texts.get(f"wrong.{code}") for code in found}
    assert [code for code, text in words.items() if text is None or "{given}" in text] == [
        "unknown_word"
    ]
