"""durable-rules chooses the same way as we do, whatever happens to an item.

``make test`` asks it 5,000 times, ``SSTIBET_SOAK=1`` 100,000 times, over every machine.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from item_samples import book, walked
from sstibet.deciding import BookFault, Decider, Machine, decider
from sstibet.deciding.machine import WayPlan
from sstibet.durable import Disagreement, DurableOpinion
from sstibet.items.value import Event, Item, Step
from sstibet.known import Known
from sstibet.testing.wandering import Wanderer

pytest.importorskip("durable", reason="durable-rules can't be installed for this Python")
pytestmark = pytest.mark.xdist_group("items")

ITEMS = sorted(book().contents.items)
SOAK = os.environ.get("SSTIBET_SOAK") == "1"
SEED = os.environ.get("SSTIBET_SEED", "1")
EACH = 5_000 if SOAK else 250  # of 20 machines
LONGEST = 30


class Counting(DurableOpinion):
    """An opinion that counts what both said."""

    def __init__(self) -> None:
        super().__init__()
        self.agreed = Counter[tuple[str, str, Any]]()

    def agree(
        self, machine: Machine, state: str, event: str, known: Known, ours: Callable[[], WayPlan]
    ) -> WayPlan:
        said: Any = None
        try:
            way = super().agree(machine, state, event, known, ours)
            said = way.because.way
        except Disagreement:
            raise
        except Exception as error:
            said = type(error).__name__
            raise
        finally:
            if said is not None:
                self.agreed[state, event, said] += 1
        return way


class Both:
    """One machine decided by us alone and with the second opinion."""

    def __init__(self, item: str) -> None:
        self.opinion = Counting()
        self.ours = decider(book().contents, book().digest)
        self.both = decider(book().contents, book().digest, self.opinion)
        self.wanderer = Wanderer(self.ours, item)

    @property
    def decisions(self) -> int:
        return self.opinion.agreed.total()

    def same(self, now: Item, event: Event) -> Any:
        """What both decide: the very same, or the very same fault."""
        ours, both = outcome_of(self.ours, now, event), outcome_of(self.both, now, event)
        assert both == ours, (now, event)
        return ours


def outcome_of(decides: Decider, now: Item, event: Event) -> Any:
    """What comes of an event, or the fault's own words. A disagreement is raised."""
    try:
        return decides.decide(now, event)
    except Disagreement:
        raise
    except BookFault as fault:
        return str(fault)
    except (AssertionError, LookupError, TypeError, ValueError) as error:
        return type(error).__name__  # an item that was spoilt so that the works can't be done


@pytest.mark.parametrize("item", ITEMS)
def test_the_second_opinion_agrees_wherever_an_item_may_come_to(item: str) -> None:
    """Along the walk through every way of the machine, and at random from there on, with answers
    forgotten and changed."""
    two, rng = Both(item), random.Random(f"{item}{SEED}")
    starts = list[tuple[Item, int]]()
    for walk in walked(item).walks:
        now = walk.start
        for event in walk.events:
            starts.append((now, event.at))
            outcome = two.same(now, event)
            now = outcome.item if isinstance(outcome, Step) else now
    chosen = {said for _, _, said in two.opinion.agreed}
    while two.decisions < EACH + len(starts):
        now, at = rng.choice(starts)
        for moment in two.wanderer.walk(rng, LONGEST, now, at):
            two.same(moment.before, moment.event)
            two.same(two.wanderer.spoilt(moment.before, moment.event.day, rng), moment.event)
    # A work that refuses ends an event before any way is looked at; every other way is chosen.
    own = f"items/{item}.yaml:"
    assert {walk.way for walk in walked(item).walks if walk.way.startswith(own)} <= chosen
