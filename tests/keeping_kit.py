"""A desk on a file at which every scene was played: what the tests of keeping one share, be it that
keys are changed or that persons are forgotten."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from planted import Witness


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Witness:
    """Played once for all, and closed; its key stands beside its file. Nobody changes anything of
    it: `desk_file` is for that."""
    from planted import Witness  # not for every run of any test: it takes some time to import

    made = Witness(tmp_path_factory.mktemp("played"))
    stage = made.play()
    made.engine.close()
    assert not [fault for each in stage.played.values() for fault in each.faults]
    return made


@pytest.fixture
def desk_file(played: Witness, tmp_path: Path) -> Path:
    """A copy of its file, with its key, to do anything to."""
    for each in played.path.parent.glob("desk.db*"):
        shutil.copy(each, tmp_path)
    return tmp_path / "desk.db"
