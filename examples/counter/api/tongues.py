"""The words of the API, from gettext catalogues (``api.po``), and which language is read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LANGUAGES = ("zh", "en", "bo")
TAGS = {"zh": "zh-CN", "en": "en", "bo": "bo"}
_FOLDERS = {"zh": "zh_CN", "en": "en", "bo": "bo"}
_LOCALE = Path(__file__).parents[1] / "locale"
_LONGEST = 1000  # characters of a header that are looked at


@cache
def words(language: str) -> Mapping[str, str]:
    """All words of a language; Chinese where it has no catalogue."""
    place = _LOCALE / _FOLDERS[language] / "LC_MESSAGES" / "api.po"
    if not place.is_file():
        return words("zh")
    with place.open("rb") as file:
        found = {str(each.id): str(each.string) for each in read_po(file) if each.id}
    return {key: text for key, text in found.items() if text} or words("zh")


def spoken(language: str) -> str:
    """The language in which sentences are really told: Tibetan readers get the Chinese ones."""
    return language if language == "en" else "zh"


def language_of(accepted: str | None) -> str:
    """The language that a reader likes best (``Accept-Language``), among those there are.

    >>> language_of("fr, en;q=0.3, bo-CN;q=0.8"), language_of(None), language_of("zh;q=0, *")
    ('bo', 'zh', 'en')
    """
    liked = dict[str, float]()
    for each in (accepted or "")[:_LONGEST].split(","):
        tag, weight = weighed(each)
        primary = tag.partition("-")[0]
        for language in LANGUAGES if primary == "*" else (primary,):
            if language in LANGUAGES and (primary != "*" or language not in liked):
                liked[language] = weight
    best = max(LANGUAGES, key=lambda language: liked.get(language, 0))
    return best if liked.get(best) else LANGUAGES[0]


def weighed(text: str) -> tuple[str, float]:
    """``"en;q=0.3"`` as a name and its weight."""
    name, *parameters = (each.strip().lower() for each in text.split(";"))
    for each in parameters:
        key, _, value = each.partition("=")
        if key.strip() == "q":
            try:
                weight = float(value)
            except ValueError:
                return name, 0
            return name, weight if 0 <= weight <= 1 else 0
    return name, 1
