"""What a seed decides: a list of decisions, each a name and some numbers.

What the numbers choose is taken from what is there when the decision comes, so every part of a list
of decisions is a list of decisions: a history that breaks a law is shrunk by leaving some out.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

Decision = tuple[str, *tuple[int, ...]]

STARTS = ("2025-10-15T09:00", "2025-12-31T23:40", "2026-01-01T00:10", "2028-02-29T12:00")
JUMPS = (1, 59, 61, 61, 301, 901, 1801, 3601, 86_401, 5 * 86_401, -1, -20, -90)
SKEWS = (0, 0, 0, 2, -7, 45, 95, -95)
WHOLE = 1_000  # points that a task is let go on for when it shall come to its end
# How often each decision is made, of those that a seed takes part in.
USUAL = {"go": 42, "later": 4, "deliver": 6, "due": 5, "clock": 8, "callback": 5}
ODD = {
    "again": 9, "crash": 6, "other": 3, "full": 4, "broken": 8, "mood": 8, "calls": 6,
    "nobody": 3, "skew": 2, "both": 8, "twice": 8, "stranger": 2, "save": 3,
}  # fmt: skip
# What stands beside the rest, in some of the seeds. It is drawn from a stream of its own: without
# it a seed decides what it did before there was any of it.
BESIDE = 0.4
FORGED, ACTED = (5, 9), (4, 8)
_LATE = 0.3  # how often time passes at once before deadlines are fired


@dataclass(frozen=True, slots=True)
class Plan:
    """A seed's decisions, and what is so from the beginning: how many workers there are, by how
    many seconds their clocks are wrong, when it begins, whether all pay for the same person,
    whether the gateway calls back over the network, and whether there are agents."""

    seed: int
    workers: int
    skews: tuple[int, ...]
    start: str
    shared: bool
    network: bool
    agents: bool
    decisions: tuple[Decision, ...]

    def only(self, kept: tuple[int, ...]) -> Plan:
        """The same with some of the decisions only, by their places."""
        left = tuple(self.decisions[n] for n in kept if n < len(self.decisions))
        return replace(self, decisions=left)


def plan(seed: int) -> Plan:
    """What a seed decides."""
    rng = random.Random(seed)
    workers = rng.randint(2, 4)
    skews = tuple(rng.choice(SKEWS) for _ in range(workers))
    shared = rng.random() < 0.6
    # A seed takes part in some kinds of trouble only: a history with all of them at once comes
    # nowhere, and many a fault hides behind another.
    odd = {name: much for name, much in ODD.items() if rng.random() < 0.6}
    weights = {**USUAL, **odd}
    made = list[Decision]()
    for _ in range(rng.randint(2, 3)):
        made.append(("begin", rng.randrange(20), rng.randrange(12), rng.randrange(workers)))
        made.append(_run(rng, WHOLE))
    for _ in range(rng.randint(24, 42)):
        name = rng.choices(list(weights), list(weights.values()))[0]
        if name == "crash":  # in the middle of something
            made.append(("go", *(rng.randrange(1 << 16) for _ in range(3))))
            made.append(("run", 0, rng.randint(1, 24)))
        made.append((name, *(rng.randrange(1 << 16) for _ in range(3))))
        if name == "clock" and rng.random() < _LATE:
            made.append(("due", rng.randrange(1 << 16), 0, 0))
        if name in ("go", "again", "twice", "both", "other") or rng.random() < 0.5:
            made.append(_run(rng, None))
    start, beside = rng.choice(STARTS), random.Random(f"beside {seed}")
    network, agents = beside.random() < BESIDE, beside.random() < BESIDE
    if network:
        _add(made, beside, ("forge", "forge", "forge", "post"), beside.randint(*FORGED))
    if agents:
        _add(made, beside, ("agent",), beside.randint(*ACTED))
    return Plan(seed, workers, skews, start, shared, network, agents, tuple(made))


def _add(made: list[Decision], rng: random.Random, names: tuple[str, ...], much: int) -> None:
    """Put so many decisions anywhere among others; each says itself how far it is let go on."""
    for n in range(much):
        points = WHOLE if rng.random() < 0.7 else rng.randint(0, 6)
        # Most of it late: there must be something to be reached for, and something charged.
        place = max(4, rng.randint(0, len(made)), rng.randint(0, len(made)))
        numbers = (rng.randrange(1 << 16) for _ in range(4))
        made.insert(place, (names[n % len(names)], *(points, *numbers)))


def _run(rng: random.Random, points: int | None) -> Decision:
    if points is None:
        points = WHOLE if rng.random() < 0.6 else rng.randint(1, 14)
    return ("run", rng.randrange(1 << 16), points)
