"""SIGKILL of two workers on a PostgreSQL store, and of the server under them: nothing acknowledged
is lost, nothing done twice.

20 kills; with ``SSTIBET_SOAK=1`` 300, on three desks. The bureau is in a file, as it is always.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from test_kills import KILLS, SEED, SEEDS, nursery  # noqa: F401 - a fixture
from trial import Nursery, Trial
from worker import POINTS

from postgres_kit import PostgresServer

# The commit is one statement: there is nothing inside of it where a worker could be.
AT = tuple(point for point in POINTS if point != "commit.inside")


class TestPostgres:
    """Two processes on one server."""

    @pytest.mark.parametrize("seed", SEEDS)
    def test_nothing_acknowledged_is_lost_and_nothing_is_done_twice(
        self,
        seed: int,
        tmp_path: Path,
        nursery: Nursery,  # noqa: F811 - the fixture
        postgres: PostgresServer,
    ) -> None:
        store = f"{postgres.url}|{postgres.schema()}"
        trial = Trial(tmp_path, nursery, store, seed, points=AT)

        audit = trial.run(KILLS).check()

        assert trial.kills >= KILLS
        assert audit.struck == set(AT), "workers died at every point"
        assert audit.ends["payment.paid"] > 0

    def test_a_server_that_dies_in_the_middle_loses_nothing(
        self,
        tmp_path: Path,
        nursery: Nursery,  # noqa: F811 - the fixture
        postgres: PostgresServer,
    ) -> None:
        stopped = list[int]()

        def die(trial: Trial) -> None:
            if trial.kills >= 3 * (len(stopped) + 1):
                postgres.stop()
                postgres.start()
                stopped.append(trial.kills)

        store = f"{postgres.url}|{postgres.schema()}"
        # It is away for some seconds: nobody's time shall be over because of that.
        trial = Trial(tmp_path, nursery, store, SEED + 1, points=(), disturb=die, speed=100)

        audit = trial.run(KILLS // 2).check()

        assert len(stopped) >= KILLS // 6 - 1
        assert audit.ends["payment.paid"] > 0
