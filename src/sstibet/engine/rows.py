"""What a step leaves to be done: the rows of the outbox, and the line of history that tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sstibet.engine.migrating import awaited
from sstibet.items.value import Caller, Event, Item, Step
from sstibet.personal import Personal
from sstibet.stores.records import CALL, EFFECT, END, Outgoing, Past

if TYPE_CHECKING:
    from sstibet.engine.engine import Engine
    from sstibet.engine.steps import Steps

LEASE = 60  # seconds for which a process has the rows that it writes to itself

OfOne = Mapping[str, Personal[str]]  # the secrets of one effect
Secrets = Mapping[str, OfOne]


class Rows:
    """Works out what an engine's steps write besides the item."""

    steps: Steps

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def lease(self) -> int:
        """Until when rows written now are this process's own."""
        return self._engine.clock.now() + LEASE

    def rows(
        self, before: Item | None, step: Step
    ) -> tuple[tuple[Outgoing, ...], dict[str, OfOne]]:
        """The rows of a step, and by key the secrets that stay in memory. ``before`` is the item
        that it was taken from, if any: an end is told when it is come to, and not again."""
        item, ref = step.item, step.item.head.ref
        rows, secrets = list[Outgoing](), dict[str, OfOne]()
        for each in step.effects:
            key = f"{ref}:{item.version}:{each.number}"
            rows.append(
                Outgoing(
                    key, ref, each.number, EFFECT, each.name, each.verb, each.told,
                    each.needs_secret,
                )
            )  # fmt: skip
            if each.secrets:
                secrets[key] = each.secrets
        if (call := step.call) is not None:
            key = f"{ref}:{item.version}:{call.number}"
            rows.append(Outgoing(key, ref, call.number, CALL, call.name, call.item, call.given))
        caller = item.head.caller
        if caller is not None:
            machine = self._engine.decider.machines[item.head.item]
            stays = before is not None and before.state == item.state
            if item.state in machine.ends and not stays:
                rows.append(self.end(item, caller))
        return tuple(rows), secrets

    def end(self, item: Item, caller: Caller) -> Outgoing:
        """What the caller is told: how it ended, and the facts that it wants back."""
        calls = self._engine.decider.machines[caller.item].rules.calls
        name: str | None = caller.call
        if name not in calls:  # the caller's machine has another name for it by now
            name = awaited(self.steps.at_hand(caller.ref), caller.number)
        wanted = calls[name].back if name in calls else {}
        back = {
            fact: item.answers[theirs] for fact, theirs in wanted.items() if theirs in item.answers
        }
        ref, event = item.head.ref, f"{caller.call}.{item.state}"  # as it was called
        key = f"{ref}:{item.version}:end"
        return Outgoing(key, ref, caller.number, END, caller.call, event, back)

    def past(self, before: Item, step: Step, event: Event, actor: str) -> Past:
        """The line of history that a step makes. Of a form it keeps what the draft keeps."""
        machine = self._engine.decider.machines[before.head.item]
        plan = machine.plans[before.state, event.name]
        if plan.form is not None:
            came = step.item.drafts.get(plan.form, {})
        else:
            after = step.item.answers
            # As it came, before the rules worked on it; what they dropped is dropped here too.
            came = {
                fact: step.came[kept]
                for fact, kept in plan.gives
                if kept in step.came and kept in after
            }
        payload: dict[str, Any] = {"answers": came}
        if event.number:
            payload["number"] = event.number
        if event.name in machine.rules.events and actor != before.head.actor:  # an agent
            payload["on_behalf_of"] = before.head.actor
        if (book := self._engine.book.digest) != before.head.digest:
            payload["book"] = book  # whose machine has decided it
        return Past(
            step.item.version, event.name, event.at, actor, before.state, step.item.state,
            step.because.way, step.steps, payload,
        )  # fmt: skip
