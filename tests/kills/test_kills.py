"""SIGKILL of two workers on the same requests: nothing acknowledged is lost, nothing done twice.

20 kills for each store; with ``SSTIBET_SOAK=1`` 300, on three desks: on each only so many can pay.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from trial import Lost, Nursery, Trial
from worker import POINTS

SOAK = os.environ.get("SSTIBET_SOAK") == "1"
KILLS = 100 if SOAK else 20
SEED = int(os.environ.get("SSTIBET_SEED", "54"))
SEEDS = range(SEED, SEED + (3 if SOAK else 1))


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Where workers come from."""
    found = Nursery()
    yield found
    found.close()


class TestSqlite:
    """Two processes on one file, which the embedded bureau shares."""

    @pytest.mark.parametrize("seed", SEEDS)
    def test_nothing_acknowledged_is_lost_and_nothing_is_done_twice(
        self, seed: int, tmp_path: Path, nursery: Nursery
    ) -> None:
        trial = Trial(tmp_path, nursery, f"sqlite:{tmp_path / 'desk.db'}", seed)

        audit = trial.run(KILLS).check()

        assert trial.kills >= KILLS
        assert audit.struck == set(POINTS), "workers died at every point"
        assert len(audit.acknowledged) > KILLS
        assert audit.ends["payment.paid"] > 0


class TestTheAudit:
    """What a worker or an engine does wrong is found."""

    @pytest.mark.parametrize(
        ("fault", "found"),
        [("early", "is lost"), ("no_keys", "the key is lost")],
        ids=["acknowledged before the commit", "a step without its key"],
    )
    def test_a_fault_is_found(
        self, tmp_path: Path, nursery: Nursery, fault: str, found: str
    ) -> None:
        store = f"sqlite:{tmp_path / 'desk.db'}"
        trial = Trial(tmp_path, nursery, store, SEED, fault, points=())

        with pytest.raises(Lost, match=found):
            trial.run(4).check()
