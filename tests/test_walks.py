"""Every way of every shipped item is walked, and each walk walks again the same."""

from __future__ import annotations

from pathlib import Path

import pytest

import sstibet
from item_samples import MENDED, Mended, book, decides, walk_mended, walked, way
from sstibet.deciding import decider
from sstibet.items.value import Refused, Step
from sstibet.testing import explore, walks
from sstibet.testing.exploring import way_of
from sstibet.text import UnknownName

pytestmark = pytest.mark.xdist_group("items")

ITEMS = sorted(book().contents.items)


def ways(item: str) -> set[str]:
    """All ways of an item that change anything, by the places at which its YAML has them."""
    states = book().contents.items[item].states.values()
    return {w.where for state in states for on in state.on.values() for w in on.all_ways}


@pytest.mark.parametrize("item", ITEMS)
def test_every_way_is_walked(item: str) -> None:
    """No way of any item is one that nobody can take; some only an item in flight while the book
    is mended, see below."""
    later = {way(each) for each in MENDED if each.item == item}
    assert set(walked(item).missed) == later
    assert {walk.way for walk in walked(item).walks} == ways(item) - later


@pytest.mark.parametrize("item", ITEMS)
def test_a_walk_walks_again_the_same(item: str) -> None:
    """A walk replayed by a decider that knows nothing of it takes its way with its last event, and
    leads to the very same."""
    fresh = decider(book().contents, book().digest)
    for walk in walked(item).walks:
        before, end = walk.replay(fresh)
        assert end == walk.end
        assert way_of(end) == walk.way
        assert before.state in book().contents.items[item].states
        times = [event.at for event in walk.events]
        assert times == sorted(times)


@pytest.mark.parametrize("item", ITEMS)
def test_every_state_is_reached(item: str) -> None:
    """An item in every state is among what the walks came to."""
    states = book().contents.items[item].states
    assert {name: now.state for name, now in walked(item).reached.items()} == {s: s for s in states}


@pytest.mark.parametrize("mended", MENDED, ids=lambda m: f"{m.item}.{m.state}.{m.event}.{m.target}")
def test_a_way_for_a_mended_book(mended: Mended) -> None:
    """A way for items that were under way when the book was mended is taken then."""
    before, end = walk_mended(mended)
    assert before.state == mended.state
    assert isinstance(end, Step | Refused)
    assert way_of(end) == way(mended)


def test_walks_are_told_in_the_order_of_the_file() -> None:
    """`walks` lists one walk for each way, in the order in which the file has them."""
    found = walks(book(), "void_declaration")
    lines = [int(walk.way.rpartition(":")[2]) for walk in found]
    assert lines == sorted(lines)
    assert str(found[0]).endswith(": list.listed")


def test_a_walk_through_a_first_event_is_one_event_long() -> None:
    """A way out of the initial state takes one event: nothing longer stands where less will do."""
    for item in ITEMS:
        initial = book().contents.items[item].initial
        first = {
            w.where
            for on in book().contents.items[item].states[initial].on.values()
            for w in on.all_ways
        }
        lengths = {len(walk.events) for walk in walked(item).walks if walk.way in first}
        assert lengths == {1}, item


def test_samples_stand_in_for_the_library_s_own() -> None:
    """What the caller says a fact may be is tried, and nothing else."""
    found = walks(
        book(), "void_declaration", samples={"ledger_reason": ["?"], "voided_on": ["2025-10-16"]}
    )
    brought = [
        event.payload["voided_on"]
        for walk in found
        for event in walk.events
        if "voided_on" in event.payload
    ]
    assert brought
    assert set(brought) == {"2025-10-16"}


def test_an_item_that_is_not_there_is_named() -> None:
    """An unknown item is told with what it may have been meant for."""
    with pytest.raises(UnknownName, match="void_declaration"):
        walks(book(), "void_declarations")


def test_the_decider_of_the_walks_is_the_book_s_own() -> None:
    """The last event of a walk leads to the same with the decider that all tests share."""
    walk = walked("void_declaration").walks[0]
    assert walk.replay(decides())[1] == walk.end


BOOKS = sorted(
    folder
    for folder in (Path(__file__).parent / "books" / "good").iterdir()
    if (folder / "items").is_dir()
)


# A refusal that its form leaves nobody to come to: it wants one row ticked.
_UNNEEDED = {"no_desk"}


@pytest.mark.skipif(not BOOKS, reason="no small book has items yet")
@pytest.mark.parametrize("folder", BOOKS, ids=lambda folder: folder.name)
def test_every_way_of_a_small_book_is_walked(folder: Path) -> None:
    """The walks know nothing of the shipped book: those of a small one are found as well."""
    small = sstibet.load(folder, cache=False)
    for item, rules in small.contents.items.items():
        missed = explore(small, item).missed
        refusals = {
            w.refuse
            for state in rules.states.values()
            for on in state.on.values()
            for w in on.all_ways
            if w.where in missed
        }
        assert refusals <= _UNNEEDED, item
