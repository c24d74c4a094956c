"""The yardsticks of ``make bench`` do the same job as the library. Nothing is timed here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_yardsticks_answer_the_same_to_the_fen() -> None:
    command = [sys.executable, "-m", "benchmarks", "--short"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "20,000 rows as by hand, to the fen" in done.stdout
    assert "18 events lead where they lead in transitions" in done.stdout
    assert "240 steps kept whole by every side" in done.stdout
    assert "passes every check" in done.stdout
    assert "3 pages of certificates are read back as they were sealed" in done.stdout
    assert "4 pages of the counter are whole and small" in done.stdout
    assert "14 tries at the door are answered alike" in done.stdout
