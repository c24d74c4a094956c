"""Every program under ``examples/`` runs, and says what it promises to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
SAYS = {
    "quote.py": ["ask for: base months", "at the field base", "1413.24 yuan from the person"],
    "bulk_table.py": [
        "a flexible_pension 2025-03-01 1413.24",
        "b flexible_pension 2024-03-01 13856.00",
        "c flexible_pension 2025-03-01 below_floor",
        "d resident_pension 2025-03-01 200.00",
    ],
}


def test_every_example_is_run_here() -> None:
    assert {file.name for file in EXAMPLES.glob("*.py")} == set(SAYS)


@pytest.mark.parametrize("name", SAYS)
def test_an_example_says_what_it_promises(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "utf8", EXAMPLES / name], capture_output=True, check=False
    )

    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    said = done.stdout.decode("utf-8")
    assert [each for each in SAYS[name] if each not in said] == []
