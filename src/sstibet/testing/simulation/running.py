"""Playing a seed, telling what came of it, and shrinking what broke a law."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sstibet.testing.simulation.laws import Broken
from sstibet.testing.simulation.parts import Parts
from sstibet.testing.simulation.planning import plan
from sstibet.testing.simulation.playing import Play

MOST_RUNS = 250  # that shrinking takes
_log = logging.getLogger("sstibet.engine")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a seed: the history, line by line; the first law that was broken, or None; the
    decisions that were played, by their places; how much was done; and how the money stood."""

    seed: int
    broken: Broken | None
    history: tuple[str, ...]
    events: tuple[int, ...]
    steps: int
    points: int
    charged: int
    mutant: str | None = None

    @property
    def text(self) -> str:
        """The history as text."""
        return "\n".join(self.history) + "\n"

    @property
    def command(self) -> str:
        """The command, of one line, that plays it again."""
        mutant = "" if self.mutant is None else f" --mutant {self.mutant}"
        events = f" --events {ranges(self.events) or 'none'}"
        return f"python -m sstibet.testing.simulation --seed {self.seed}{mutant}{events}"

    @property
    def report(self) -> str:
        """The history; whether a law was broken and which; and the command that plays it again."""
        end = "every law holds" if self.broken is None else str(self.broken)
        return f"{self.text}\n{end}\nplay it again: {self.command}"


class _Told(logging.Handler):
    """What the engine complains of."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


def simulate(
    seed: int,
    parts: Parts | None = None,
    *,
    events: Sequence[int] | None = None,
    mutant: str | None = None,
) -> Outcome:
    """Play a seed.

    Args:
        seed: decides everything; the same seed plays the same, byte for byte.
        parts: what is put together; None for the library's own.
        events: the places of those decisions that are played; None for all.
        mutant: the name under which the command of the outcome knows the parts.
    """
    whole = plan(seed)
    kept = tuple(range(len(whole.decisions)) if events is None else sorted(set(events)))
    told, spread = _Told(), _log.propagate
    _log.addHandler(told)
    _log.propagate = False
    world = Play(parts or Parts(), whole.only(kept))
    try:
        _play(world, told)
        charged = (world.outside.money().charged - world.money.charged).fen
        return Outcome(
            seed, world.laws.broken, tuple(world.said), kept, sum(world.laws.taken.values()),
            world.scheduler.points, charged, mutant,
        )  # fmt: skip
    finally:
        world.close()
        _log.removeHandler(told)
        _log.propagate = spread


def _play(world: Play, told: _Told) -> None:
    for decision in world.plan.decisions:
        world.decide(*decision)
        _complained(world, told)
        if world.laws.broken is not None:
            return
    world.settle()
    _complained(world, told)


def _complained(world: Play, told: _Told) -> None:
    for said in told.said:
        taken = "not taken" not in said and "can't be taken" not in said
        world.laws.law("answers_taken", taken, said)
    told.said.clear()


def shrink(outcome: Outcome, parts: Parts | None = None, runs: int = MOST_RUNS) -> Outcome:
    """The same broken law by the fewest decisions found: parts of them are left out, ever smaller
    ones, for as long as it is still broken."""
    assert outcome.broken is not None, "only what broke a law is shrunk"
    trial = _Trial(outcome, parts, runs)
    size = max(1, len(outcome.events) // 2)
    while trial.runs > 0:
        thinner = trial.thin(size)
        if size == 1 and not thinner:
            break
        size = max(1, size // 2)
    return trial.best


class _Trial:
    """The best found so far, and how many runs may still be made."""

    def __init__(self, best: Outcome, parts: Parts | None, runs: int) -> None:
        self.best, self.parts, self.runs = best, parts, runs

    def thin(self, size: int) -> bool:
        """Leave out what can be left out in parts of this size; whether anything was."""
        before, end = len(self.best.events), len(self.best.events)
        # From the end on: what comes after the fault goes first.
        while end > 0 and self.runs > 0:
            events, begin = self.best.events, max(0, end - size)
            self._try(events[:begin] + events[end:])
            end = begin
        return len(self.best.events) < before

    def _try(self, events: tuple[int, ...]) -> None:
        self.runs -= 1
        tried = simulate(self.best.seed, self.parts, events=events, mutant=self.best.mutant)
        assert self.best.broken is not None, "only what broke a law is shrunk"
        if tried.broken is not None and tried.broken.law == self.best.broken.law:
            self.best = tried


def ranges(places: Sequence[int]) -> str:
    """Places as ``0-3,7``."""
    found = list[list[int]]()
    for n in places:
        if found and found[-1][-1] == n - 1:
            found[-1][1:] = [n]
        else:
            found.append([n])
    return ",".join("-".join(map(str, each)) for each in found)


def places(text: str) -> list[int]:
    """What `ranges` has written. ValueError where it is something else."""
    if text == "none":
        return []
    found = list[int]()
    for each in text.split(","):
        first, dash, last = each.partition("-")
        found += range(int(first), int(last if dash else first) + 1)
    return found
