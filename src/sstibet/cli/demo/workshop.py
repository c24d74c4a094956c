"""What the demo shows besides single questions: a table at once, and an author's mistake."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from sstibet.cli.demo.ask import Shown
from sstibet.cli.demo.steps import Step
from sstibet.frames import render, source_in
from sstibet.rulebook import Rulebook, check


def whole_table(book: Rulebook, step: Step) -> Shown:
    """The step's rows as a CSV file, quoted at once, and the file that comes out."""
    try:
        from sstibet.columns import quote_file
    except ImportError as error:
        if error.name not in ("numpy", "pyarrow"):
            raise
        return Shown(step.expect, ("not run here: it needs pip install 'sstibet[table]'",))
    with TemporaryDirectory() as folder:
        source, target = Path(folder, "people.csv"), Path(folder, "quotes.csv")
        source.write_text(_csv(step), "utf-8")
        done = quote_file(book, source, target)
        with target.open(encoding="utf-8", newline="") as file:
            lines = [_told(row) for row in csv.DictReader(file)]
    outcome = f"{done.rows} rows, {done.bad} without a quote"
    return Shown(outcome, tuple(lines), "each row has a day and a scheme of its own")


def _told(row: dict[str, str]) -> str:
    """One row that came out: its amounts, or its code and the field that is at fault."""
    question = f"{row['scheme']:17} {row['on']}"
    if row["code"]:
        return f"{question}  {row['code']} ({row['field']})"
    return f"{question}  due {row['due']}, total {row['total']} [{row['evidence']}]"


def author_mistake(book: Rulebook, step: Step) -> Shown:
    """A copy of the book with a slip of the pen in it, and what its author is told."""
    wrong, right = str(step.facts["wrong"]), str(step.facts["right"])
    with TemporaryDirectory() as folder:
        copy = Path(folder, "rules")
        shutil.copytree(book.root, copy)
        for file in sorted(copy.rglob("*.yaml")):
            text = file.read_text("utf-8")
            if right in text:
                file.write_text(text.replace(right, wrong, 1), "utf-8")
                break
        problems = check(copy)
        told = render(problems, source_in(copy)).split("\n")
    outcome = ", ".join(f"{problem.file}: {problem.code}" for problem in problems)
    return Shown(outcome, tuple(told), "a book is taken whole and sound, or not at all")


def _csv(step: Step) -> str:
    rows = step.facts["rows"]
    assert isinstance(rows, list), "the rows of a table step are a list of lines"
    return "\n".join([*rows, ""])
