"""The drawings' own words, by language: templates in ``locale/`` beside this file."""

from __future__ import annotations

from functools import cache
from json import loads
from pathlib import Path

from sstibet.texts import DEFAULT_LANGUAGE


def language_of(wanted: str) -> str:
    """The language that a drawing is made in: the one wanted, or Chinese where there are no words
    for it."""
    return wanted if _words(wanted) else DEFAULT_LANGUAGE


def word(key: str, language: str, **values: object) -> str:
    """One of the drawings' words with its ``{names}`` filled in."""
    return _words(language_of(language))[key].format_map(values)


def answer_word(answer: str, language: str) -> str:
    """The word for an answer that its port gives no label; else its name itself."""
    return _words(language_of(language)).get(f"answer.{answer}", answer.replace("_", " "))


@cache
def _words(language: str) -> dict[str, str]:
    path = Path(__file__).with_name("locale") / f"{language}.json"
    return dict(loads(path.read_text("utf-8"))) if language.isalpha() and path.is_file() else {}
