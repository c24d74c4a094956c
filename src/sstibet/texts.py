"""The library's own words, by language: templates in ``locale/``, none in the code.

>>> say("missing", "en", facts="base")
'still missing: base'
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from json import loads
from pathlib import Path

DEFAULT_LANGUAGE = "zh"


def say(key: str, language: str = DEFAULT_LANGUAGE, **values: object) -> str:
    """The text ``key`` in ``language`` with its ``{names}`` filled in.

    A language without a catalogue (Tibetan, until a translator has seen it) is answered in
    Chinese. Values that have a ``text(language)`` are shown in that language.
    """
    templates = catalogue(language) or catalogue(DEFAULT_LANGUAGE)
    return templates[key].format_map({name: shown(v, language) for name, v in values.items()})


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the library's own that is chosen when it is shown."""

    key: str
    values: tuple[tuple[str, object], ...] = ()

    def text(self, language: str = DEFAULT_LANGUAGE) -> str:
        """The word in ``language``, with its names filled in."""
        return say(self.key, language, **dict(self.values))


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
    """All templates of a language; empty where there is no catalogue for it."""
    if not language.isalpha():
        return {}
    path = Path(__file__).with_name("locale") / f"{language}.json"
    return dict(loads(path.read_text("utf-8"))) if path.is_file() else {}
