"""Measuring fairly: candidates take turns, and medians are compared, never bare times."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

Job = Callable[[], object]


def medians(jobs: dict[str, Job], rounds: int, number: int = 1) -> dict[str, float]:
    """Seconds that each job takes, in turns: what slows the machine slows them all."""
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            start = perf_counter()
            for _ in range(number):
                job()
            taken[name].append((perf_counter() - start) / number)
    return {name: median(times) for name, times in taken.items()}


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
