"""The second opinion beside our own: each decision of which way holds is asked of both."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from sstibet.deciding import BookFault, Machine, NoWay, TwoWays
from sstibet.deciding.machine import WayPlan
from sstibet.deciding.working import Stopped
from sstibet.durable.export import export
from sstibet.durable.missing import engine
from sstibet.durable.selector import Chosen, Selector
from sstibet.facts import Dictionary
from sstibet.known import Known

_log = logging.getLogger("sstibet.durable")


class Disagreement(BookFault):
    """The two engines don't choose the same way. Nothing has changed."""


class DurableOpinion:
    """Asks durable-rules about every event that is decided, of any machine.

    Raises:
        DurableMissing: durable-rules isn't installed, or can't be.
    """

    def __init__(self) -> None:
        engine()
        self._selectors = dict[int, tuple[Machine, Selector]]()
        self._lock = threading.Lock()

    def agree(
        self, machine: Machine, state: str, event: str, known: Known, ours: Callable[[], WayPlan]
    ) -> WayPlan:
        """The way that ``ours`` chooses, or what it raises, once the other engine says the same.
        Raises Disagreement."""
        way, raised = None, None
        try:
            way = ours()
        except (Stopped, BookFault) as error:
            raised = error
        said = _said(machine.plans[state, event].ways, way, raised)
        theirs = self._asked(machine, state, event, known)
        if said is None or theirs != said:
            message = f"{machine.name}: {event} in {state}: ours {said}, the other engine {theirs}"
            _log.error("the second opinion differs: %s", message)
            raise Disagreement(message) from raised
        if way is None:
            assert raised is not None, "something was chosen, or raised"
            raise raised
        return way

    def _asked(self, machine: Machine, state: str, event: str, known: Known) -> Chosen | str:
        """What the other engine says; where it breaks, in what way: that is no agreement."""
        try:
            return self.selector(machine, known.dictionary).choose(state, event, known)
        except Exception as error:
            return type(error).__name__

    def selector(self, machine: Machine, dictionary: Dictionary) -> Selector:
        """What asks about a machine, made when it is first asked for."""
        with self._lock:
            found = self._selectors.get(id(machine))
            if found is None:  # the machine is kept, so that its id is nobody else's
                found = machine, Selector(export(machine, dictionary))
                self._selectors[id(machine)] = found
        return found[1]


def _said(ways: Sequence[WayPlan], way: WayPlan | None, raised: Exception | None) -> Chosen | None:
    """What our own engine says, in the words of the other; None where that has no word for it."""
    match raised:
        case None:
            return Chosen("way", next(n for n, each in enumerate(ways) if each is way))
        case Stopped():
            return Chosen("missing")
        case TwoWays():
            return Chosen("two")
        case NoWay():
            return Chosen("no_way")
    return None
