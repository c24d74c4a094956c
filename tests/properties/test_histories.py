"""Random histories: several persons and items at one desk, a bureau in any mood, a clock that
jumps.

``make test`` makes some dozens of them; ``SSTIBET_SOAK=1`` many more. A history that breaks a law
is shrunk by Hypothesis to its least moves.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from histories import ITEMS, JUMPS, MOODS, PEOPLE, STARTS, VERBS, World
from hypothesis import given, settings
from hypothesis import strategies as st

import sstibet
from sstibet.deciding import BookFault, decider
from sstibet.items.value import Event, Item, Step
from sstibet.stores.snapshot import dump, load
from sstibet.testing.wandering import Wanderer

SOAK = os.environ.get("SSTIBET_SOAK") == "1"
SEED = os.environ.get("SSTIBET_SEED", "1")
SECRETS = ("246810", "a long enough secret")
Move = tuple[Any, ...]

# Some numbers choose beyond the end of what there is; the last of a person's are for anybody.
_NUMBER = st.integers(0, 10**6)
_STARTED = st.tuples(
    st.just("start"), st.integers(0, len(ITEMS) - 1), st.integers(0, 11 + len(PEOPLE))
)
_WENT_ON = st.tuples(st.just("go"), st.integers(0, 7), st.integers(1, 8), _NUMBER)
_MOOD = st.tuples(
    st.just("mood"),
    st.integers(0, len(VERBS) - 1),
    st.integers(0, len(MOODS) - 1),
    st.integers(0, 2),
)
_JUMPED = st.tuples(st.just("clock"), st.integers(0, len(JUMPS) - 1))
_LOOKED = st.sampled_from([("due",), ("deliver",)])
_ODD = st.one_of(
    st.just(("again",)),
    st.tuples(st.just("garbage"), st.integers(0, 7), _NUMBER),
    st.tuples(st.just("save"), st.integers(0, 7), _NUMBER),
    st.tuples(st.just("stranger"), st.integers(0, 7), st.integers(0, len(PEOPLE) - 1)),
)
MOVES = st.lists(
    st.one_of(_WENT_ON, _WENT_ON, _WENT_ON, _WENT_ON, _STARTED, _MOOD, _JUMPED, _LOOKED, _ODD),
    max_size=40,
)


def history(moves: Sequence[Move], start: str, then: Callable[[World], None]) -> None:
    """Play the moves at a new desk; every law of every moment is looked at after each."""
    world = World(start)
    try:
        for move in moves:
            world.make(move)
        then(world)
    finally:
        world.close()


def stop(world: World) -> None:
    """Leave it as it is."""


class TestEveryMoment:
    """The laws that hold after every event: "no two live payments for one person, insurance and
    period", "a refused event changes nothing", "a repeated key does nothing", "an item always ends
    or can go on", the machines' own ``never``, and that every answer is taken where it comes."""

    @settings(max_examples=1500 if SOAK else 50)
    @given(_STARTED, MOVES, st.sampled_from(STARTS))
    def test_of_any_history(self, first: Move, moves: list[Move], start: str) -> None:
        """Any items of any persons."""
        history([first, *moves], start, stop)

    @settings(max_examples=1500 if SOAK else 30)
    @given(st.lists(st.sampled_from([0, 1, 3]), min_size=2, max_size=5), MOVES)
    def test_of_those_who_pay_for_the_same(self, items: list[int], moves: list[Move]) -> None:
        """Several payments and voidings of the same persons at once."""
        begun = [("start", item, n % 2) for n, item in enumerate(items)]
        gone = [("go", n, 5, 17 * n) for n in range(len(items))]
        history([*begun, *gone, *moves], STARTS[0], stop)


class TestOnceItIsQuiet:
    """The laws of the end: "money booked = money charged − money given back", once everything has
    been delivered and the deadlines have passed; by then every item has ended or waits for a
    person."""

    @settings(max_examples=1500 if SOAK else 50)
    @given(_STARTED, MOVES, st.sampled_from(STARTS))
    def test_of_any_history(self, first: Move, moves: list[Move], start: str) -> None:
        """Any items of any persons."""
        history([first, *moves], start, World.settle)

    @settings(max_examples=1500 if SOAK else 50)
    @given(
        st.integers(0, 1),
        st.lists(st.one_of(_MOOD, _JUMPED, _LOOKED, _WENT_ON), min_size=3, max_size=20),
        st.integers(4, 9),
        _NUMBER,
    )
    def test_of_a_payment(self, item: int, moves: list[Move], steps: int, seed: int) -> None:
        """A declaration gone on with to its payment; the gateway then does what it will."""
        begun = [("start", item, seed % 12), ("go", 0, steps, seed), ("go", 0, 4, seed + 1)]
        history([*begun, *moves], STARTS[seed % len(STARTS)], World.settle)

    @settings(max_examples=1500 if SOAK else 30)
    @given(MOVES, _NUMBER)
    def test_of_a_refund(self, moves: list[Move], seed: int) -> None:
        """A refund gone on with, whose agency, ledger and bank then do what they will."""
        begun = [("start", 2, 0), ("go", 0, 8, seed), ("go", 0, 8, seed + 1), ("go", 0, 8, seed)]
        history([*begun, *moves], STARTS[0], World.settle)


class TestDecideAlone:
    """The same of `decide` by itself, with answers that no bureau would give: "a refused event
    changes nothing", "an item always ends or can go on", no secret stands in an item, and no book
    is at fault but where an answer breaks what must never be."""

    WALKS = 1500 if SOAK else 12
    LONGEST = 40

    @pytest.mark.parametrize("item", sorted(sstibet.load().contents.items))
    def test_of_random_walks(self, item: str) -> None:
        """From the beginning on, any event of the state with any sampled payload."""
        book = sstibet.load()
        walker = Walker(book, item)
        for seed in range(self.WALKS):
            walker.walk(random.Random(f"{item}{seed}{SEED}"), self.LONGEST)
        assert walker.steps >= self.WALKS


class Walker:
    """Goes at random through one item's machine, and looks at every step."""

    def __init__(self, book: sstibet.Rulebook, item: str) -> None:
        self.decider, self.steps = decider(book.contents, book.digest), 0
        self.wanderer = Wanderer(self.decider, item)
        self.machine = self.wanderer.machine

    def walk(self, rng: random.Random, longest: int) -> None:
        """One walk."""
        begun = self.wanderer.begun()
        snapshot = dump(begun)
        for moment in self.wanderer.walk(rng, longest, begun):
            before, event, outcome = moment.before, moment.event, moment.outcome
            assert dump(before) == snapshot
            if isinstance(outcome, BookFault) and not str(outcome).startswith("never "):
                raise outcome
            if isinstance(outcome, Step):
                self._is_sound(before, outcome, event)
                snapshot, self.steps = dump(outcome.item), self.steps + 1

    def _is_sound(self, before: Item, step: Step, event: Event) -> None:
        now = step.item
        assert load(dump(now)) == now
        assert not any(secret in dump(now) for secret in SECRETS)
        assert (now.head, now.version) == (before.head, before.version + 1)
        numbers = [each.number for each in (*step.effects, *([step.call] if step.call else ()))]
        assert numbers == list(range(before.numbered + 1, now.numbered + 1))
        assert set(numbers) <= {each.number for each in now.pending}
        assert now.deadline is None or now.deadline > event.at or now.deadline == before.deadline
        state = self.machine.rules.states[now.state]
        if state.form is not None:
            self.decider.bound(now, state.form, event.day)
        persons = any((now.state, name) in self.machine.plans for name in self.machine.rules.events)
        assert persons or now.pending or now.deadline is not None or state.ends is not None
