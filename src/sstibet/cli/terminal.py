"""Where the command writes: lines, JSON and tables, right on a terminal and in a pipe."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from sstibet.catalogues import Words

WORDS = Words(Path(__file__).with_name("locale"), "cli")
_WIDE = 10_000  # cells: a table in a pipe is never wrapped


def say_line(text: str) -> None:
    """One line (or several) to standard output."""
    sys.stdout.write(f"{text}\n")


def warn_line(text: str) -> None:
    """One line (or several) to standard error."""
    sys.stderr.write(f"{text}\n")


def say_json(value: object) -> None:
    """A value as JSON, in the characters themselves, never wrapped or coloured."""
    say_line(json.dumps(value, ensure_ascii=False, indent=2))


def say_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; on a terminal as wide as that, in a pipe as wide as it needs."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    on_terminal = sys.stdout.isatty()
    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console = Console(file=sys.stdout, width=None if on_terminal else _WIDE, highlight=False)
    with console.capture() as kept:
        console.print(table)
    # rich fills every line up to its width; a reader of a file wants no blanks at the end.
    say_line("\n".join(line.rstrip() for line in kept.get().rstrip("\n").split("\n")))


def word(key: str, language: str, **values: object) -> str:
    """One of the command's own words, in Chinese where ``language`` has none."""
    return WORDS.find(key, language, values)[0].format_map(values)
