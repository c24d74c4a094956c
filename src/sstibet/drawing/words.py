"""The drawings' own words, by language: catalogues in ``locale/`` beside this file."""

from __future__ import annotations

from pathlib import Path

from sstibet.catalogues import DEFAULT_LANGUAGE, Words

WORDS = Words(Path(__file__).with_name("locale"), "drawing")


def language_of(wanted: str) -> str:
    """The language that a drawing is made in: the one wanted, or Chinese where there are no words
    for it."""
    return wanted if WORDS.catalogue(wanted).texts else DEFAULT_LANGUAGE


def word(key: str, language: str, **values: object) -> str:
    """One of the drawings' words with its ``{names}`` filled in."""
    return WORDS.find(key, language, values)[0].format_map(values)


def answer_word(answer: str, language: str) -> str:
    """The word for an answer that its port gives no label; else its name itself."""
    key = f"answer.{answer}"
    known = key in WORDS.catalogue(DEFAULT_LANGUAGE).texts
    return word(key, language) if known else answer.replace("_", " ")
