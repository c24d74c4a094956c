"""Plays seeds from the command line, and prints what happened.

``python -m sstibet.testing.simulation --seed 7`` plays one seed and prints its history;
``--seeds 1000`` plays that many from it on, and prints only what broke a law, shrunk.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from sstibet.testing.simulation.mutants import MUTANTS
from sstibet.testing.simulation.parts import Parts
from sstibet.testing.simulation.running import Outcome, places, shrink, simulate

_DESCRIPTION = "Plays the whole engine under a seeded scheduler, with everything that goes wrong."


def main(given: Sequence[str] | None = None) -> int:
    """Run the command; 1 where a law was broken."""
    parser = argparse.ArgumentParser("python -m sstibet.testing.simulation", None, _DESCRIPTION)
    parser.add_argument("--seed", type=int, default=0, help="the (first) seed")
    parser.add_argument("--seeds", type=int, help="how many seeds, from the first on")
    parser.add_argument("--events", help="only these of its decisions, such as 0-3,17")
    parser.add_argument("--mutant", choices=sorted(MUTANTS), help="with a safeguard switched off")
    parser.add_argument("--shrink", action="store_true", help="find the fewest decisions")
    asked = parser.parse_args(given)
    parts = MUTANTS[asked.mutant].parts if asked.mutant else Parts()
    if asked.seeds is not None:
        return _many(asked.seed, asked.seeds, parts, asked.mutant)
    try:
        events = None if asked.events is None else places(asked.events)
    except ValueError:
        parser.error(f"--events are places such as 0-3,17, not {asked.events!r}")
    outcome = simulate(asked.seed, parts, events=events, mutant=asked.mutant)
    if asked.shrink and outcome.broken is not None:
        outcome = shrink(outcome, parts)
    print(outcome.report)
    return 0 if outcome.broken is None else 1


def _many(first: int, count: int, parts: Parts, mutant: str | None) -> int:
    broken = list[Outcome]()
    for seed in range(first, first + count):
        outcome = simulate(seed, parts, mutant=mutant)
        if outcome.broken is not None:
            broken.append(shrink(outcome, parts))
            print(broken[-1].report, flush=True)
    print(f"{count} seeds from {first} on: {len(broken)} broke a law")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
