"""Simulated power cuts and full disks: what the engine has acknowledged is on the disk, and nothing
is there by half.

40 cuts; 1,000 with ``SSTIBET_SOAK=1``.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from cutting import NORMAL, OFF, PLAIN, Cuts, cut, fill, run

SOAK = os.environ.get("SSTIBET_SOAK") == "1"
SEED = int(os.environ.get("SSTIBET_SEED", "54"))
RUNS, CUTS = (20, 50) if SOAK else (2, 20)


def cuts_of(folder: Path, synchronous: int | None) -> Cuts:
    """All cuts of all runs."""
    cuts = Cuts()
    for number in range(RUNS):
        seed = SEED * 1000 + number
        cut(
            run(folder / str(number), seed, synchronous),
            CUTS,
            seed,
            cuts,
            10 if synchronous is PLAIN else None,
        )
    return cuts


class TestPowerCuts:
    """The power is cut while two desks work on one file."""

    def test_nothing_acknowledged_is_lost_and_nothing_is_there_by_half(
        self, tmp_path: Path
    ) -> None:
        cuts = cuts_of(tmp_path, PLAIN)

        assert cuts.found == {"kept": RUNS * CUTS}, cuts.told
        assert cuts.moments["copying"] > RUNS, "while the log is copied into the file as well"

    @pytest.mark.parametrize("synchronous", [NORMAL, OFF], ids=["NORMAL", "OFF"])
    def test_less_than_full_would_lose_what_was_acknowledged(
        self, tmp_path: Path, synchronous: int
    ) -> None:
        """Else these cuts would prove nothing."""
        cuts = cuts_of(tmp_path, synchronous)

        assert cuts.found["lost"] > 0, cuts.found


class TestFullDisk:
    """The disk takes nothing more at random moments."""

    def test_a_step_is_refused_whole_and_taken_once_there_is_room(self, tmp_path: Path) -> None:
        failed, broken = Counter[str](), 0
        for number in range(RUNS):
            disk, steps = fill(tmp_path / str(number), SEED * 1000 + number)
            failed += disk.failed
            broken += steps

        assert set(failed) >= {"write", "sync"}, failed
        assert broken > RUNS, "steps broke in the middle"
