"""``table``: a whole file of questions at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from sstibet.cli.options import Book, Lang, language_of, open_book
from sstibet.cli.terminal import warn_line, word

Report = Callable[[int, int, int], None]


def table(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A .csv or .parquet file.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="A .csv or .parquet file.")],
    scheme: Annotated[
        str | None,
        typer.Option("--scheme", metavar="SCHEME", help="For all rows; else a column says it."),
    ] = None,
    lang: Lang = None,
    book: Book = None,
) -> None:
    """Quotes for every row of a CSV or Parquet file, in constant memory.

    A row that can't be quoted gets its code and leaves the rest untouched.
    Exit status: 0 the table is written, 2 it couldn't be.
    """
    try:
        from sstibet.columns import quote_file
    except ImportError as error:
        if error.name not in ("numpy", "pyarrow"):
            raise
        warn_line(f"Error: {error}")
        raise typer.Exit(2) from None
    rules = open_book(book)
    language = language_of(rules, lang)
    if scheme is not None:
        rules.contents.schedule(scheme)
    if not source.is_file():
        raise typer.BadParameter(f"there is no file {source}", param_hint="'IN'")
    try:
        with _progress() as report:
            done = quote_file(rules, source, target, scheme=scheme, progress=report)
    # Also pyarrow's own: no CSV, no such column, a column of floats, another ending.
    except (ValueError, TypeError) as error:
        warn_line(f"Error: {error}")
        raise typer.Exit(2) from None
    warn_line(word("table_done", language, rows=done.rows, bad=done.bad))


@contextmanager
def _progress() -> Iterator[Report | None]:
    """A progress bar on a terminal; nothing at all in a pipe or a log."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None, rows=0)

        def report(rows: int, bytes_done: int, bytes_total: int) -> None:
            bar.update(task, completed=bytes_done, total=bytes_total or None, rows=rows)

        yield report
