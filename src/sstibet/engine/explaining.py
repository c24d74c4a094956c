"""Why an item's amounts are what they are: the rules' answers that they were taken from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sstibet.deciding.retelling import Answer, retold
from sstibet.engine.clock import day_of
from sstibet.items.value import Item

if TYPE_CHECKING:
    from sstibet.engine.engine import Engine


def worked_out(engine: Engine, item: Item) -> tuple[Answer, ...]:
    """See `Engine.worked_out`."""
    if item.forgotten:
        return ()
    pasts = reversed(engine.store.history(item.head.ref))
    taken = ((past.before, past.event, day_of(past.at, engine.zone)) for past in pasts)
    return retold(engine.decider_of(item), item, taken)
