"""Pages in MyST, written by a program: escaped text, tables, labels in both languages, sources."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from sstibet.evidence import Evidence
from sstibet.labels import Label

# Whatever Markdown or MyST may take for more than a character; each may stand after a backslash.
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>|#$~^&!@%=:+\"']")
_LANGUAGES = {"zh": "zh-CN", "bo": "bo"}
OPEN = "open"


def plain(text: object) -> str:
    """A text that shows itself, on one line."""
    return _SPECIAL.sub(r"\\\g<0>", " ".join(str(text).split()))


def code(text: object) -> str:
    """A name as it stands in files."""
    return f"<code>{html.escape(str(text)).replace('|', '&#124;')}</code>"


def spoken(text: str, language: str) -> str:
    """A text of a language other than the page's."""
    # docutils writes this class as the attribute `lang`; raw HTML would be shown by the search.
    return f"[{plain(text)}]{{.language-{_LANGUAGES[language]}}}"


def both(label: Label | None) -> str:
    """A label in English, with the Chinese beside it, and the Tibetan where a term is attested."""
    if label is None:
        return ""
    others = [spoken(label.texts[each], each) for each in _LANGUAGES if each in label.texts]
    first = [plain(label.texts["en"])] if "en" in label.texts else []
    return "<br>".join([*first, *others])


def heading(label: Label) -> str:
    """A label as a heading: English, then Chinese."""
    english = label.text("en")
    return f"{plain(english[:1].upper() + english[1:])} {spoken(label.text('zh'), 'zh')}"


def chip(kind: str) -> str:
    """A kind of evidence, coloured and in words."""
    return f'<span class="evidence evidence-{kind}">{kind}</span>'


def days(first: date, until: date | None) -> str:
    """From when until when: the first day that it is in force, and the first that it isn't."""
    return f"{day(first)}<br>until {day(until) if until else OPEN}"


def day(value: date) -> str:
    """A day, which is not broken over two lines."""
    return f'<span class="day">{value}</span>'


def place(where: str) -> str:
    """Where in the book a rule stands."""
    return f'<code class="place">{html.escape(where)}</code>'


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A table of cells that are Markdown already; nothing where there is no row."""
    kept = [[str(cell) for cell in row] for row in rows]
    if not kept:
        return []
    lines = [_row(columns), _row(["---"] * len(columns))]
    return ["", *lines, *(_row(row) for row in kept), ""]


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def fenced(text: str, language: str = "text") -> list[str]:
    """A block shown as it is, in no language that would be run."""
    return ["", f"``````{{code-block}} {language}", text.rstrip("\n"), "``````", ""]


class Sources:
    """The documents that a page rests on, each listed once and named by its number."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.numbers: dict[Evidence, int] = {}

    def of(self, evidence: Evidence) -> str:
        """The cell for a piece of evidence: its kind, and the number of its document."""
        number = self.numbers.setdefault(evidence, len(self.numbers) + 1)
        return f"{chip(evidence.kind)} [\\[{number}\\]](#{self._anchor(number)})"

    def _anchor(self, number: int) -> str:
        return f"source-{self.page}-{number}".replace("_", "-")

    def lines(self) -> Iterator[str]:
        """The list that stands at the end of the page, made once all else of it is."""
        if not self.numbers:
            return
        yield "\n## On what this rests\n"
        for evidence, number in self.numbers.items():
            yield f"({self._anchor(number)})="
            yield f"**\\[{number}\\]** {_document(evidence)}\n"


def _document(evidence: Evidence) -> str:
    """A document with how it is known, how sure that is, and whose rule it is."""
    name = plain(evidence.doc)
    if evidence.url is not None:
        name = f"[{name}](<{evidence.url}>)"
    parts = [
        f"{name} {chip(evidence.kind)}",
        f"confidence {evidence.confidence}",
        f"jurisdiction {evidence.jurisdiction}",
    ]
    if evidence.seen is not None:
        parts.append(f"seen {evidence.seen}")
    text = ", ".join(parts) + "."
    return text if evidence.note is None else f"{text} {plain(evidence.note)}"


def page(title: str, anchor: str, *parts: Iterable[str]) -> str:
    """A whole page."""
    lines = [f"({anchor})=", f"# {title}", ""]
    for part in parts:
        lines.extend(part)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip("\n") + "\n"


def toctree(names: Iterable[str], **options: Any) -> list[str]:
    """The pages under a page."""
    given = [f":{key}: {value}".rstrip() for key, value in options.items()]
    return ["", "```{toctree}", *given, "", *names, "```", ""]
