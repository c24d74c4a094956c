"""Problems as an author sees them: with the line and a caret under it, or for machines.

    error[bad_rate]: '20 %' is not a rate
      --> rates.yaml:41:11
       |
    41 |     rate: 20 %
       |           ^^^^
       = help: write 20%

The caret is placed by terminal cells, not characters: Chinese and full-width letters take two,
combining marks (Tibetan vowels, subjoined letters) none, so that it is right under any text.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from sstibet.disk import place
from sstibet.problems import Problem, visible
from sstibet.reader import MAX_BYTES, lines_of

__all__ = ["FORMATS", "Format", "Source", "render", "source_in"]

Format: TypeAlias = Literal["full", "concise", "json", "github"]
FORMATS: tuple[Format, ...] = ("full", "concise", "json", "github")
# A file's lines by its name in the problem, or None if they cannot be shown.
Source: TypeAlias = Callable[[str], Sequence[str] | None]

WIDTH = 100  # cells of a shown line; a longer one is cut around the caret
_BEFORE = 40  # cells kept before the caret of a cut line


def source_in(folder: Path) -> Source:
    """The lines of the book in `folder`, read when first shown. A file too large has none."""
    read: dict[str, list[str] | None] = {}

    def source(file: str) -> list[str] | None:
        if file not in read:
            read[file] = _lines(Path(place(folder, file)))
        return read[file]

    return source


def _lines(path: Path) -> list[str] | None:
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            return None
        return lines_of(path.read_bytes())
    except (OSError, ValueError):  # ValueError: a name with a NUL in it
        return None


def render(problems: Iterable[Problem], source: Source, format: Format = "full") -> str:
    """All problems, sorted, as one text without a final line break.

    `full`: for people, with frames and a closing line. `concise`: one line each. `json`: a list
    of objects. `github`: workflow commands. Raises `ValueError` for another format.
    """
    ordered = sorted(problems)
    if format == "full":
        return "\n\n".join([*(_full(problem, source) for problem in ordered), *_closing(ordered)])
    if format == "concise":
        return "\n".join(map(str, ordered))
    if format == "json":
        return json.dumps([_object(problem) for problem in ordered], ensure_ascii=False, indent=2)
    if format == "github":
        return "\n".join(map(_command, ordered))
    raise ValueError(f"no format {format!r}: one of {', '.join(FORMATS)}")


def _closing(problems: list[Problem]) -> list[str]:
    if not problems:
        return []
    files = len({problem.file for problem in problems})
    return [f"{_count(len(problems), 'problem')} in {_count(files, 'file')}"]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _object(problem: Problem) -> dict[str, str | int]:
    names = ("file", "line", "column", "code", "message", "hint")
    return {name: getattr(problem, name) for name in names}


def _command(problem: Problem) -> str:
    """A GitHub workflow command; its own characters are escaped as it wants."""
    message = f"{problem.message} ({problem.hint})" if problem.hint else problem.message
    return (
        f"::error file={_property(problem.file)},line={problem.line},col={problem.column},"
        f"title={_property(problem.code)}::{_data(message)}"
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _full(problem: Problem, source: Source) -> str:
    """One problem with its frame; without the line if the file or the line is not to be had."""
    margin = " " * len(str(problem.line))
    out = [
        f"error[{visible(problem.code)}]: {visible(problem.message)}",
        f"{margin}--> {visible(problem.file)}:{problem.line}:{problem.column}",
    ]
    lines = source(problem.file)
    if lines is not None and 0 < problem.line <= len(lines):
        shown, caret = _frame(lines[problem.line - 1], problem.column - 1, problem.width)
        out += [f"{margin} |", f"{problem.line} | {shown}".rstrip(), f"{margin} | {caret}"]
    if problem.hint:
        out.append(f"{margin} = help: {visible(problem.hint)}")
    return "\n".join(out)


def _frame(line: str, column: int, width: int) -> tuple[str, str]:
    """The line as shown and the line of carets under it, `width` characters from `column` (0…)."""
    first = max(0, column - 4 * WIDTH)  # what is far from the caret cannot show: 50 MB lines
    last = column + 4 * WIDTH
    pieces = [_piece(character) for character in line[first:last]]
    column -= first
    left = sum(map(_cells, pieces[:column]))
    under = sum(map(_cells, pieces[column : column + width]))
    whole = first == 0 and last >= len(line)
    if whole and sum(map(_cells, pieces)) <= WIDTH:
        return "".join(pieces), " " * left + "^" * max(1, under)
    return _cut(pieces, column, under, more=last < len(line), less=first > 0)


def _cut(pieces: list[str], column: int, under: int, *, more: bool, less: bool) -> tuple[str, str]:
    """A window of `WIDTH` cells around the caret, `…` where something is left out."""
    begin = column
    before = 0
    while begin and before + _cells(pieces[begin - 1]) <= _BEFORE:
        begin -= 1
        before += _cells(pieces[begin])
    end, used = begin, 0
    while end < len(pieces) and used + _cells(pieces[end]) <= WIDTH - 2:
        used += _cells(pieces[end])
        end += 1
    head = "…" if begin or less else ""
    tail = "…" if end < len(pieces) or more else ""
    carets = "^" * max(1, min(under, used - before))
    return head + "".join(pieces[begin:end]) + tail, " " * (len(head) + before) + carets


def _piece(character: str) -> str:
    """What is shown for one character; a tab is one cell, so that carets can be counted."""
    return "⇥" if character == "\t" else visible(character)


def _cells(piece: str) -> int:
    """Terminal cells of what is shown for one character."""
    if piece.isascii():  # also `<U+202E>`, the only thing longer than one character
        return len(piece)
    if unicodedata.category(piece) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(piece) in ("W", "F") else 1
