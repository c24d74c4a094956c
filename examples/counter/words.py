"""The words of the pages, from gettext catalogues: none stands in code or in templates.

A catalogue's ids are keys (``home.title``); a key that a language doesn't have is answered by the
Chinese text, and marked as such.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.messages.pofile import read_po
from markupsafe import Markup, escape

FOLDER = Path(__file__).with_name("locale")
DOMAIN = "counter"
STAND_IN = "zh"
# Our language -> its catalogue's folder, and the tag of BCP 47 that a page carries.
CATALOGUES = {"zh": "zh_CN", "en": "en", "bo": "bo"}
TAGS = {"zh": "zh-CN", "en": "en", "bo": "bo"}


@dataclass(frozen=True)
class Words:
    """All catalogues, by language and key."""

    texts: Mapping[str, Mapping[str, str]]

    @classmethod
    def read(cls, folder: Path = FOLDER) -> Words:
        """The catalogues in a folder, read once when the service starts."""
        return cls({language: _read(folder / name) for language, name in CATALOGUES.items()})

    def plain(self, key: str, language: str, **values: object) -> str:
        """A text for an attribute or a title, where no markup can stand."""
        found = self.texts[language].get(key) or self.texts[STAND_IN][key]
        return found.format(**values)

    def markup(self, key: str, language: str, **values: object) -> Markup:
        """A text for a page; values are escaped, and a stand-in is marked with its language."""
        own = self.texts[language].get(key)
        text = escape(own or self.texts[STAND_IN][key]).format(**values)
        return text if own else marked(text, STAND_IN)


def marked(text: str, language: str) -> Markup:
    """A text in another language than its page's."""
    return Markup('<span lang="{}">{}</span>').format(TAGS[language], text)


def chosen(cookie: str | None, accepts: str) -> str:
    """The language of a visit: the one chosen before, else the browser's first that we have."""
    if cookie in CATALOGUES:
        return cookie
    for each in accepts.split(","):
        language = each.partition(";")[0].strip().lower().partition("-")[0]
        if language in CATALOGUES:
            return language
    return STAND_IN


def _read(folder: Path) -> Mapping[str, str]:
    path = folder / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file)
    return {str(each.id): str(each.string) for each in catalogue if each.id and each.string}
