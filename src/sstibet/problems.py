"""Mistakes of a rule book's author, as values: where, what, and how to mend it.

A `Problem` is data; nothing is printed here (see `sstibet.frames` for that). A whole book's
problems come out together in one `RulebookError`. A parser of a single scalar, which knows no
file, raises `BadValue`; whoever knows the place turns it into a problem with `BadValue.at`.

    >>> str(Problem("rates.yaml", 41, 7, "bad_rate", "'20 %' is not a rate", "write 20%"))
    "rates.yaml:41:7: bad_rate: '20 %' is not a rate (write 20%)"
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

__all__ = [
    "BadValue",
    "CodeText",
    "Problem",
    "RulebookError",
    "all_codes",
    "closest",
    "explain_code",
    "visible",
]

# Format characters that shape the letters around them and are rightly invisible.
_JOINERS = frozenset("\u200c\u200d")


def visible(text: str) -> str:
    """`text` on one line with every control or invisible format character made visible.

    What an author wrote is quoted in messages; an escape sequence in it must not reach the
    terminal, and a line break must not break the one-line forms. C0 controls become the Unicode
    control pictures (one cell each), the rest `<U+202E>`.
    """
    if text.isprintable():
        return text
    return "".join(_picture(character) for character in text)


def _picture(character: str) -> str:
    """One character as it may be shown."""
    number = ord(character)
    if number < 0x20:
        return chr(0x2400 + number)
    if number == 0x7F:
        return "\u2421"
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return character if character in _JOINERS else f"<U+{number:04X}>"
    return character


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in one file of a rule book.

    `file` is the POSIX path relative to the book's folder; `line` and `column` count from 1,
    the column in characters (code points). A problem of a whole file stands at 1:1. `width` is
    how many characters a frame underlines; it takes no part in comparing or sorting.
    """

    file: str
    line: int
    column: int
    code: str
    message: str
    hint: str = ""
    width: int = field(default=1, compare=False)

    def __str__(self) -> str:
        """The concise form: `file:line:column: code: message (hint)`, always one line."""
        hint = f" ({self.hint})" if self.hint else ""
        place = f"{self.file}:{self.line}:{self.column}"
        return visible(f"{place}: {self.code}: {self.message}{hint}")


class RulebookError(Exception):
    """A rule book that cannot be used, with every problem found, sorted by place and then code.

    The same mistake at the same place is kept once. `str()` is the concise form, one a line.
    """

    problems: tuple[Problem, ...]

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class BadValue(ValueError):
    """A scalar's text is not what its kind wants. `code` is one of `problem_codes.yaml`.

    A node that finds fault with its own keys says under `path` below which of them to look.
    """

    code: str
    message: str
    hint: str
    path: tuple[str | int, ...]

    def __init__(
        self, code: str, message: str, hint: str = "", path: tuple[str | int, ...] = ()
    ) -> None:
        self.code, self.message, self.hint, self.path = code, message, hint, path
        super().__init__(code, message, hint)

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message

    def at(self, file: str, line: int, column: int, width: int = 1) -> Problem:
        """The same mistake, now that its place is known."""
        return Problem(file, line, column, self.code, self.message, self.hint, width)


def _folded(word: str) -> str:
    """`word` without what a writer confuses: full-width letters, case, `-` or space for `_`."""
    plain = unicodedata.normalize("NFKC", word).casefold().strip()
    return plain.replace("-", "_").replace(" ", "_")


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` was probably meant to be ("did you mean"), or None.

    Case, full-width letters (NFKC) and `-` for `_` do not count as differences. Among equally
    near candidates the first in alphabetical order is taken, so that the answer is stable.
    """
    by_fold: dict[str, str] = {}
    for candidate in sorted(candidates):
        by_fold.setdefault(_folded(candidate), candidate)
    wanted = _folded(word)
    if wanted in by_fold:
        return by_fold[wanted]
    import difflib  # only when an author has made a mistake

    near = difflib.get_close_matches(wanted, sorted(by_fold), n=1, cutoff=0.6)
    return by_fold[near[0]] if near else None


@dataclass(frozen=True, slots=True)
class CodeText:
    """What `sstibet explain-code CODE` says: title, cause, cure, a wrong and a right example."""

    code: str
    title: str
    cause: str
    cure: str
    wrong: str = ""
    right: str = ""

    @property
    def example(self) -> str:
        """The wrong and the right piece of a file, under each other; empty if there is none."""
        parts = [("Wrong", self.wrong), ("Right", self.right)]
        return "\n".join(f"{name}:\n{_indented(text)}" for name, text in parts if text)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.rstrip("\n").split("\n"))


@cache
def _codes() -> dict[str, CodeText]:
    """`problem_codes.yaml` beside this module, read once and only when somebody asks."""
    from importlib.resources import files

    import yaml

    text = files("sstibet").joinpath("problem_codes.yaml").read_text(encoding="utf-8")
    # BaseLoader leaves every scalar its text, whatever another library did to the safe loader.
    entries = yaml.load(text, Loader=yaml.BaseLoader)
    return {code: CodeText(code, **entry) for code, entry in entries.items()}


def all_codes() -> tuple[str, ...]:
    """Every problem code there is, sorted."""
    return tuple(sorted(_codes()))


def explain_code(code: str) -> CodeText:
    """Cause and cure of a problem code. Raises `KeyError` for a code that does not exist."""
    return _codes()[code]
