"""Who sees what of an engine's items: found for whoever may reach them, and shown as views."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from sstibet.engine import access, errors
from sstibet.engine.access import Acting, check_text
from sstibet.engine.clock import day_of
from sstibet.engine.view import Choice, View
from sstibet.engine.viewing import make_view
from sstibet.items.roles import GO_ON, SEE
from sstibet.items.value import Item, Refused
from sstibet.outcomes import Refusal
from sstibet.stores.records import Keyed

if TYPE_CHECKING:
    from sstibet.engine.engine import Engine

_log = logging.getLogger("sstibet.engine")


class Sight:
    """Finds and shows an engine's items for whoever acts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def own(self, ref: str, acting: Acting, *, as_kept: bool = False) -> Item:
        """An item by its reference, to whoever may see it. NoSuchItem."""
        found = self._engine.store.get(access.findable(ref))
        return self.if_own(acting, found, as_kept=as_kept)

    def if_own(self, acting: Acting, item: Item | None, *, as_kept: bool = False) -> Item:
        """The item, to whoever may see it; to all others there is none, whatever the reason."""
        mine = item is not None and item.head.actor == acting.owner
        if item is None or not mine or not acting.may(item.head.item, SEE):
            raise errors.NoSuchItem
        return item if as_kept else self._engine.migrating.seen(item)

    def looked(self, ref: str, acting: Acting, key: str | None) -> tuple[Item, Keyed | None]:
        """The owner's item, and what the request's key was used for."""
        if key is None:
            return self._engine.migrating.brought(self.own(ref, acting, as_kept=True)), None
        check_text("key", key)
        item, kept = self._engine.store.look(access.findable(ref), acting.actor, key)
        return self._engine.migrating.brought(self.if_own(acting, item, as_kept=True)), kept

    def withheld(self, acting: Acting, item: Item, event: str) -> bool:
        """Whether an event, with the form that it takes, is left to the item's owner."""
        plan = self._engine.decider.machines[item.head.item].plans.get((item.state, event))
        form = None if plan is None else plan.form
        return self._engine.access.withheld(acting, item.head.item, event, GO_ON, form)

    def left(self, acting: Acting, event: str) -> Callable[[Item], bool] | None:
        """What tells whether an event is left to an item's owner; None where they act."""
        return partial(self.withheld, acting, event=event) if acting.roles else None

    def first_outcome(self, kept: Keyed, acting: Acting) -> View:
        """What a request led to that was taken before: its item as it is now, with the steps that
        the request was. KeyInFlight where it is still being worked on."""
        if self._engine.store.busy(kept.ref, self._engine.clock.now()):
            raise errors.KeyInFlight("the request under this key is being worked on")
        item = self.own(kept.ref, acting)
        steps = next(
            (p.steps for p in self._engine.store.history(kept.ref) if p.version == kept.version), ()
        )
        return self.seen(item, None, steps, acting)

    def of_owner(self, acting: Acting, limit: int) -> list[View]:
        """The owner's items that may be seen, the newest first; see `Engine.items`."""
        found = [
            self.showable(item)
            for item in self._engine.store.of_actor(acting.owner, limit)
            if acting.may(item.head.item, SEE)
        ]
        return [self.seen(item, acting=acting) for item in found if item is not None]

    def showable(self, item: Item) -> Item | None:
        """The item as it is to be gone on with; None, told in the log, where it can't be."""
        try:
            shown = self._engine.migrating.seen(item)
            self._engine.decider_of(shown)
        except (errors.MachineChanged, errors.EditionGone) as why:
            _log.error("%s is not shown: %s", item.head.ref, why)
            return None
        return shown

    def seen(
        self,
        item: Item,
        refused: Refused | None = None,
        steps: tuple[str, ...] = (),
        acting: Acting | None = None,
    ) -> View:
        """An item as a view, with what it has called and is going on inside."""
        at = self._engine.clock.now()
        machine, inner = self._engine.decider.machines[item.head.item], None
        for each in reversed(item.pending):
            if each.name in machine.rules.calls:
                called = self._engine.store.get(f"{item.head.ref}.{each.number}")
                called = None if called is None else self.showable(called)
                if called is not None and not self._over(called):
                    if acting is None or acting.may(called.head.item, SEE):
                        inner = self.seen(called, acting=acting)
                    break
        day = day_of(at, self._engine.zone)
        view = make_view(self._engine.decider_of(item), item, at, day, inner, refused, steps)
        if acting is None or acting.roles is None:
            return view
        events = tuple(self._for_agent(acting, item, each) for each in view.events)
        return dataclasses.replace(view, events=events)

    def _for_agent(self, acting: Acting, item: Item, choice: Choice) -> Choice:
        if not self.withheld(acting, item, choice.name):
            return choice
        return dataclasses.replace(choice, why_not=Refusal("in_person", ()))

    def _over(self, item: Item) -> bool:
        return item.state in self._engine.decider.machines[item.head.item].ends
