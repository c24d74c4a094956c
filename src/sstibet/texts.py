"""The library's own words, by language: templates in ``locale/``, none in the code.

>>> say("missing", "en", facts="base")
'still missing: base'
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sstibet.catalogues import DEFAULT_LANGUAGE, Words, tag

__all__ = [
    "DEFAULT_LANGUAGE", "WORDS", "Term", "catalogue", "in_every_language", "language_of",
    "languages", "say", "shown", "tag",
]  # fmt: skip

WORDS = Words(Path(__file__).with_name("locale"), "sstibet")


def say(key: str, language: str = DEFAULT_LANGUAGE, **values: object) -> str:
    """The text ``key`` in ``language`` with its ``{names}`` filled in.

    A text that a language lacks (Tibetan has only the terms that are sure) is answered in Chinese,
    all of it: `language_of` tells, so that a page can mark it. Values that have a
    ``text(language)`` are shown in the language of the answer.
    """
    template, answered = WORDS.find(key, language, values)
    return template.format_map({name: shown(v, answered) for name, v in values.items()})


def language_of(key: str, language: str = DEFAULT_LANGUAGE) -> str:
    """The language that `say` really answers in, for a ``lang`` attribute (see `tag`)."""
    return WORDS.language(key, language)


def in_every_language(key: str, **values: object) -> dict[str, str]:
    """The text ``key`` by language, of the languages that have it; Chinese always among them."""
    found = {
        each: say(key, each, **values) for each in languages() if language_of(key, each) == each
    }
    return {DEFAULT_LANGUAGE: say(key, DEFAULT_LANGUAGE, **values), **found}


@cache
def languages() -> tuple[str, ...]:
    """The languages that the library has words in."""
    return WORDS.languages()


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the library's own that is chosen when it is shown."""

    key: str
    values: tuple[tuple[str, object], ...] = ()

    def text(self, language: str = DEFAULT_LANGUAGE) -> str:
        """The word in ``language``, with its names filled in."""
        return say(self.key, language, **dict(self.values))

    def language(self, language: str) -> str:
        """The language that :meth:`text` really answers in, for a ``lang`` attribute."""
        return language_of(self.key, language)


def shown(value: object, language: str) -> str:
    """A value as a reader sees it: labels in their language, yes and no as words."""
    text = getattr(value, "text", None)
    if callable(text):
        return str(text(language))
    if isinstance(value, bool):
        return say("yes" if value else "no", language)
    if isinstance(value, (list, tuple, set, frozenset)):
        return say("list", language).join(shown(each, language) for each in value)
    return str(value)


@cache
def catalogue(language: str) -> dict[str, str]:
    """All texts of a language by key (of those with plurals the general form); empty where there
    is no catalogue for it."""
    found = WORDS.catalogue(language)
    return {key: template.forms[-1] for key, template in found.texts.items()}
