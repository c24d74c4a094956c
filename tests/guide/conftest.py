"""A desk for each test of the guide, and whether the steps that it claims were really taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from guide_kit import Desk

from sstibet.cli.scenes import steps_taken
from sstibet.engine.clock import day_of
from sstibet.files import find_rules
from sstibet.replaying.books import Book, Books
from sstibet.replaying.replay import NotReplayed, replay


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
    again = [told for desk in desks if not desk.closed for told in _otherwise(desk)]
    for desk in desks:
        desk.close()
    assert again == [], "a history that comes out otherwise when it is decided again"
    assert claimed <= taken, f"claimed, but not in the history: {sorted(claimed - taken)}"


@cache
def _book() -> Book:
    return Book.read(find_rules(None))


def _otherwise(desk: Desk) -> list[object]:
    """What the histories of a desk come out as otherwise, by the book that they were made by."""
    engine = desk.engine
    if engine.book.digest != _book().digest:
        return []
    books, found = Books(_book(), engine.store), list[object]()
    for ref in engine.store.refs():
        item = engine.store.get(ref)
        assert item is not None
        try:
            found += replay(
                books, item, engine.store.history(ref), lambda at: day_of(at, engine.zone)
            )
        except NotReplayed as why:
            found.append((ref, item.head.item, str(why)))
    return found


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    """A desk on 2025-10-15, 9:00 in Lhasa."""
    return open_desk()
