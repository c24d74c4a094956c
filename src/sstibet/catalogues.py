"""Catalogues of words: gettext's, one for each language, compiled to ``.mo`` and read at first use.

A room's own words stand in ``locale/LANGUAGE/LC_MESSAGES/DOMAIN.po`` beside it, under keys
(``refused.not_now``) as msgids, so that every language is a translation and none the original.
``make messages`` compiles them. A text whose words change with a number has ``{NAME}`` of that
number as its msgid_plural, and a form for each plural of its language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from struct import unpack_from

# Everything is said in Chinese; a text that another language lacks is answered in it.
DEFAULT_LANGUAGE = "zh"
_TAGS = {"zh": "zh-CN"}
_MAGIC = 0x950412DE


def tag(language: str) -> str:
    """A language of the library as HTML and HTTP name it: ``"zh"`` is ``"zh-CN"``."""
    return _TAGS.get(language, language)


@dataclass(frozen=True, slots=True)
class Template:
    """A text with ``{names}`` in it: one form, or one for each plural of its language, chosen by
    the value named ``number``."""

    forms: tuple[str, ...]
    number: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of a language by key, and which of a text's forms a number takes."""

    texts: Mapping[str, Template]
    plural: Callable[[int], int]

    def form(self, key: str, values: Mapping[str, object]) -> str:
        """The form of a text that its values want."""
        template = self.texts[key]
        number = values.get(template.number)
        index = self.plural(abs(number)) if type(number) is int else len(template.forms) - 1
        return template.forms[min(index, len(template.forms) - 1)]


class Words:
    """The words of one room in every language.

    Args:
        folder: the folder ``locale``.
        domain: what its catalogues are called.
        folders: languages whose folder has another name (``{"zh": "zh_CN"}``).
    """

    def __init__(self, folder: Path, domain: str, folders: Mapping[str, str] | None = None) -> None:
        self.folder, self.domain, self.folders = folder, domain, dict(folders or {})
        self.catalogue = cache(self._read)

    def language(self, key: str, wanted: str) -> str:
        """The language that a text is really answered in: the one wanted, or Chinese."""
        return wanted if key in self.catalogue(wanted).texts else DEFAULT_LANGUAGE

    def find(self, key: str, wanted: str, values: Mapping[str, object]) -> tuple[str, str]:
        """A text's template, and the language that it is really in.

        Raises:
            KeyError: there is no such text in any language.
        """
        language = self.language(key, wanted)
        return self.catalogue(language).form(key, values), language

    def languages(self) -> tuple[str, ...]:
        """The languages that have a catalogue here."""
        own = {folder: language for language, folder in self.folders.items()}
        found = (path.parts[-3] for path in self.folder.glob(f"*/*/{self.domain}.mo"))
        return tuple(sorted(own.get(each, each) for each in found))

    def _read(self, language: str) -> Catalogue:
        if not language.replace("_", "").isalpha():
            return Catalogue({}, _only)
        path = (
            self.folder / self.folders.get(language, language) / "LC_MESSAGES" / f"{self.domain}.mo"
        )
        return read(path.read_bytes()) if path.is_file() else Catalogue({}, _only)


def read(compiled: bytes) -> Catalogue:
    """A compiled catalogue (GNU's .mo). gettext's own reader drops the msgid_plural, answers a
    missing text with its key, and doesn't tell which texts there are."""
    from gettext import c2py

    texts = dict[str, Template]()
    plural: Callable[[int], int] = _only
    for key, text in _entries(compiled):
        name, _, number = key.partition("\0")
        if name:
            texts[name] = Template(tuple(text.split("\0")), number.strip("{}"))
            continue
        for line in text.split("\n"):
            if line.startswith("Plural-Forms:") and "plural=" in line:
                plural = c2py(line.partition("plural=")[2].strip(" ;"))
    return Catalogue(texts, plural)


def _entries(compiled: bytes) -> Iterator[tuple[str, str]]:
    order = "<" if unpack_from("<I", compiled)[0] == _MAGIC else ">"
    _, _, count, keys, texts = unpack_from(f"{order}5I", compiled)
    for each in range(count):
        found = [unpack_from(f"{order}2I", compiled, at + 8 * each) for at in (keys, texts)]
        key, text = (compiled[start : start + size].decode("utf-8") for size, start in found)
        yield key, text


def _only(_: int) -> int:
    return 0
