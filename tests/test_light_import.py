"""Importing the library, and loading a book that was read before, waits for nothing heavy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = [
    "babel",
    "hypothesis",
    "jsonschema",
    "numpy",
    "pendulum",
    "phonenumbers",
    "pyarrow",
    "pydantic",
    "pydantic_core",
    "rich",
    "typer",
    "yaml",
]
LOAD = "import sstibet; sstibet.load({book!r})"
GOOD = Path(__file__).parent / "books" / "good" / "second_region"


def loaded_by(program: str, cache: Path) -> set[str]:
    """The heavy modules that a fresh interpreter has loaded once it has run ``program``."""
    ends = f"import sys; print(*[m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\n{ends}"],
        env={**os.environ, "SSTIBET_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache of this test's own, which nobody else may write."""
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o700)
    return folder


def test_importing_the_library_loads_nothing_heavy(cache: Path) -> None:
    assert loaded_by("import sstibet", cache) == set()


@pytest.mark.parametrize("book", [None, str(GOOD)], ids=["shipped", "second_region"])
def test_only_the_first_reading_of_a_book_loads_the_readers(book: str | None, cache: Path) -> None:
    program = LOAD.format(book=book)

    assert {"pydantic", "yaml"} <= loaded_by(program, cache)
    assert loaded_by(program, cache) == set()


def test_a_quote_from_a_book_read_before_loads_nothing_heavy(cache: Path) -> None:
    program = """
import datetime, sstibet
rules = sstibet.load().on(datetime.date(2025, 3, 1))
quote = rules.quote("flexible_pension", {"base": "7066.20", "months": 1})
assert str(quote.due) == "1413.24"
quote.explain("en").json()
rules.may_pay("resident_pension", {"birth_date": "1990-01-01"})
"""
    loaded_by(program, cache)  # reads the book from its files

    assert loaded_by(program, cache) == set()
