"""What waits for a translator: catalogues' texts and labels of a book that a language lacks."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from sstibet.cli.terminal import WORDS as COMMAND
from sstibet.contents import Contents
from sstibet.drawing.words import WORDS as DRAWING
from sstibet.labels import STAND_IN, Label
from sstibet.papers.printed import WORDS as PAPERS
from sstibet.texts import WORDS as LIBRARY

LABELS = "labels"
_SECOND = "en"  # what a translator who reads no Chinese goes by
_FOLDERS = {STAND_IN: ("zh", "zh_CN", "zh_Hans_CN")}


@dataclass(frozen=True, slots=True)
class Text:
    """One text: which catalogue it is of, its key, what it is in each language, where it is used,
    and what a translator should know."""

    room: str
    key: str
    by_language: Mapping[str, str]
    used: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def has(self, language: str) -> bool:
        """Whether it stands in a language."""
        return bool(self.by_language.get(language))


def texts_of(contents: Contents, languages: tuple[str, ...], also: list[Path]) -> list[Text]:
    """Every text that people may read: the library's, those in more folders ``locale``, the
    book's labels (each wording once)."""
    found = list[Text]()
    for folder in (LIBRARY.folder, COMMAND.folder, DRAWING.folder, PAPERS.folder, *also):
        found += _of_catalogues(folder, languages)
    return [*found, *_of_labels(contents)]


def _of_catalogues(folder: Path, languages: tuple[str, ...]) -> Iterator[Text]:
    for room in sorted({path.stem for path in folder.glob("*/LC_MESSAGES/*.po")}):
        read = {each: _messages(folder, each, room) for each in languages}
        for key, message in read[STAND_IN].items():
            said = {each: _text(read[each].get(key)) for each in languages}
            used = tuple(str(file) for file, _ in message.locations)
            notes = tuple(
                each for each in message.auto_comments if each[:4] not in ("zh: ", "en: ")
            )
            yield Text(room, key, said, used, notes)


def _messages(folder: Path, language: str, room: str) -> dict[str, Any]:
    from babel.messages.pofile import read_po

    for name in _FOLDERS.get(language, (language,)):
        path = folder / name / "LC_MESSAGES" / f"{room}.po"
        if path.is_file():
            with path.open("rb") as file:
                return {_key(each): each for each in read_po(file, locale=name) if each.id}
    return {}


def _key(message: Any) -> str:
    return str(message.id if isinstance(message.id, str) else message.id[0])


def _text(message: Any) -> str:
    if message is None or message.fuzzy:
        return ""
    forms = [message.string] if isinstance(message.string, str) else list(message.string)
    return " / ".join(forms) if all(forms) else ""


def _of_labels(contents: Contents) -> Iterator[Text]:
    places = dict[Label, list[str]]()
    for label, where in _labels(contents, ""):
        places.setdefault(label, []).append(where)
    for label, wheres in places.items():
        yield Text(LABELS, label.text(STAND_IN), label.texts, tuple(dict.fromkeys(wheres)))


def _labels(value: object, where: str) -> Iterator[tuple[Label, str]]:
    """Every label inside a value of the book, with the place of the nearest thing that has one."""
    if isinstance(value, Label):
        yield value, where
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _labels(each, where)
    elif isinstance(value, tuple | list | frozenset):
        for each in value:
            yield from _labels(each, where)
    elif is_dataclass(value) and not isinstance(value, type):
        here = getattr(value, "where", "") or where
        for each in fields(value):
            if each.name.startswith("_"):
                continue  # what is kept for speed stands elsewhere already
            yield from _labels(getattr(value, each.name), str(here))


def as_csv(waiting: list[Text]) -> str:
    """A row for each text, with an empty column for its translation."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["room", "key", STAND_IN, _SECOND, "translation", "used", "notes"])
    for each in waiting:
        said = [each.by_language.get(language, "") for language in (STAND_IN, _SECOND)]
        rows.writerow([each.room, each.key, *said, "", " ".join(each.used), " ".join(each.notes)])
    return out.getvalue()


def as_po(waiting: list[Text], language: str) -> str:
    """One catalogue of all that waits: the room as msgctxt, the Chinese and English as comments,
    the translation empty."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    made = Catalog(locale=language, fuzzy=False)
    for each in waiting:
        said = [
            f"{name}: {each.by_language[name]}" for name in (STAND_IN, _SECOND) if each.has(name)
        ]
        used = [(place, 0) for place in each.used]
        made.add(each.key, locations=used, auto_comments=[*each.notes, *said], context=each.room)
    for message in made:
        message.flags -= {"python-format", "python-brace-format"}
    out = io.BytesIO()
    write_po(out, made, width=0, include_lineno=False)
    return out.getvalue().decode("utf-8")
