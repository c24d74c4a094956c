"""A desk for each test of the guide, and whether the steps that it claims were really taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from guide_kit import Desk

from sstibet.cli.scenes import steps_taken


@pytest.fixture
def open_desk(request: pytest.FixtureRequest) -> Iterator[Callable[..., Desk]]:
    """Opens desks. After the test, the steps that it claims must be in the history of what was
    begun at them: a claim by name alone counts for nothing."""
    desks = list[Desk]()

    def open_(*given: Any, **named: Any) -> Desk:
        desks.append(Desk.open(*given, **named))
        return desks[-1]

    yield open_
    claimed = {step for mark in request.node.iter_markers("proves") for step in mark.args}
    taken = {
        step
        for desk in desks
        if not desk.closed
        for ref in desk.refs
        for step in steps_taken(desk.engine, ref)
    }
    for desk in desks:
        desk.close()
    assert claimed <= taken, f"claimed, but not in the history: {sorted(claimed - taken)}"


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    """A desk on 2025-10-15, 9:00 in Lhasa."""
    return open_desk()
