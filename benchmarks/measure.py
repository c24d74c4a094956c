"""Measuring fairly: candidates take turns, and medians are compared, never bare times.

What is counted is the processor's time, which other programs on the machine don't lengthen; all
that is measured here runs in one thread, and so takes no less of the clock's.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time

Job = Callable[[], object]


def medians(jobs: dict[str, Job], rounds: int, number: int = 1) -> dict[str, float]:
    """Seconds that each job takes, in turns: what slows the machine slows them all."""
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            start = process_time()
            for _ in range(number):
                job()
            taken[name].append((process_time() - start) / number)
    return {name: median(times) for name, times in taken.items()}


def fresh(script: str, cache: Path) -> float:
    """Seconds that a fresh process takes for a script, with a cache of books of its own."""
    environment = {**os.environ, "SSTIBET_CACHE": str(cache)}
    # Installed packages come compiled; a checkout is compiled at its first import, if it may be.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def inside(first: str, script: str, cache: Path) -> float:
    """Seconds that a script takes in a fresh process, once ``first`` is done there."""
    timed = f"import time\n{first}\nstart = time.process_time()\n{script}\n"
    command = [sys.executable, "-c", f"{timed}print(time.process_time() - start)"]
    environment = {**os.environ, "SSTIBET_CACHE": str(cache)}
    done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    return float(done.stdout)


class Report:
    """Ratios with their limits, printed as they come. ``missed`` holds those out of them."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def ratio(self, what: str, value: float, limit: float, *, least: bool = False) -> None:
        """One ratio: at most its limit, or with ``least`` at least."""
        held = value >= limit if least else value <= limit
        if not held:
            self.missed.append(what)
        word = "at least" if least else "at most"
        mark = "ok    " if held else "MISSED"
        print(f"{mark} {what:<74} {value:6.2f}  ({word} {limit:g})", flush=True)

    def note(self, what: str, value: float) -> None:
        """A ratio that has no limit."""
        print(f"       {what:<74} {value:6.2f}", flush=True)
