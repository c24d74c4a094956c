"""Every cell of every machine: what each event of its alphabet does in each of its states.

What it should do is read out of the YAML by the reader of files alone (see `item_cells`); what it
does is decided for items that the walks have brought into that state.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache

import pytest

from item_cells import alphabet, cell, cells, item_trees, part
from item_samples import MENDED, book, decides, walk_mended, walked
from sstibet.engine.clock import day_of
from sstibet.items.value import Event, Item, Refused, Step
from sstibet.stores.snapshot import dump

pytestmark = pytest.mark.xdist_group("items")

STATES = [(item, state) for item, tree in item_trees().items() for state in part(tree, "states")]
_SOME = 12  # items in one state; the walks bring many more into some


@cache
def taken(item: str) -> dict[tuple[str, str], list[tuple[Item, Step | Refused]]]:
    """By (state, event): items before that event, and what came of it, one for each way."""
    found: dict[tuple[str, str], list[tuple[Item, Step | Refused]]] = {}
    for walk in walked(item).walks:
        before, end = walk.replay(decides())
        found.setdefault((before.state, walk.events[-1].name), []).append((before, end))
    for mended in MENDED:
        if mended.item == item:
            found[mended.state, mended.event].append(walk_mended(mended))
    return found


def items_in(item: str, state: str) -> list[Item]:
    """Some items in a state."""
    before = [now for (at, _), ends in taken(item).items() if at == state for now, _ in ends]
    return [walked(item).reached[state], *before][:_SOME]


def events(now: Item, name: str) -> Iterator[Event]:
    """The event with nothing, and as an answer to each of what is pending."""
    at = now.head.opened + 60
    day = day_of(at, "Asia/Shanghai")
    yield Event(name, at, day)
    source = name.partition(".")[0]
    for each in now.pending:
        if each.name == source:
            yield Event(name, at, day, {}, each.number)


@pytest.mark.parametrize(("item", "state"), STATES, ids=lambda value: value)
def test_what_a_state_takes(item: str, state: str) -> None:
    """An event that the YAML has under `on` leads to each of the targets and refusals that stand
    there, and to nothing else."""
    for event in alphabet(item):
        told = cell(item, state, event)
        if not (told.targets or told.refusals):
            continue
        ends = [end for _, end in taken(item)[state, event]]
        states = {end.item.state for end in ends if isinstance(end, Step)}
        refusals = {
            end.refusal.code for end in ends if isinstance(end, Refused) and end.refusal is not None
        }
        assert (states, refusals) == (told.targets, told.refusals), event


@pytest.mark.parametrize(("item", "state"), STATES, ids=lambda value: value)
def test_what_a_refusal_of_a_way_changes(item: str, state: str) -> None:
    """A refused event changes nothing: what comes of it holds no item at all, and the item that was
    there is what it was."""
    for event in alphabet(item):
        for before, end in taken(item).get((state, event), ()):
            snapshot = dump(copy.deepcopy(before))
            if isinstance(end, Refused):
                assert not hasattr(end, "item")
            else:
                assert end.item.version == before.version + 1
            assert dump(before) == snapshot


@pytest.mark.parametrize(("item", "state"), STATES, ids=lambda value: value)
def test_what_a_state_ignores(item: str, state: str) -> None:
    """An answer that `ignores` covers is taken and changes nothing but the version, and what is
    waited for; the deadline stays."""
    for event in alphabet(item):
        if not cell(item, state, event).ignored:
            continue
        for now in items_in(item, state):
            for each in events(now, event):
                step = decides().decide(now, each)
                assert isinstance(step, Step), event
                assert (step.effects, step.call, step.steps) == ((), None, ())
                left = step.item.pending
                assert step.item == now._replace(version=now.version + 1, pending=left)
                assert set(left) <= set(now.pending)
                assert all(p.number == each.number for p in set(now.pending) - set(left))


@pytest.mark.parametrize(("item", "state"), STATES, ids=lambda value: value)
def test_what_a_state_does_not_know(item: str, state: str) -> None:
    """Any other event is refused as none of this state's, and changes nothing."""
    for event in alphabet(item):
        told = cell(item, state, event)
        if told.ignored or told.targets or told.refusals:
            continue
        for now in items_in(item, state):
            snapshot = dump(now)
            for each in events(now, event):
                assert decides().decide(now, each) == Refused("not_now"), event
            assert dump(now) == snapshot


def test_a_machine_has_no_other_cells() -> None:
    """Every plan of a machine made ready stands in the YAML, and nothing of it is left out."""
    for item in item_trees():
        plans = set(decides().machines[item].plans)
        every = {(state, event) for each, state, event in cells() if each == item}
        quiet = {key for key in every if cell(item, *key) == cell(item, key[0], "no_such_event")}
        assert plans == every - quiet, item


def test_there_are_as_many_cells_as_states_times_events() -> None:
    """The cells are those of every state of every item, each with the whole alphabet."""
    rules = book().contents.items
    assert sorted(rules) == sorted(item_trees())
    assert len(cells()) == sum(len(rules[i].states) * len(alphabet(i)) for i in rules)
