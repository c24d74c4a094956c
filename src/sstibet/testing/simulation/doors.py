"""Mutants of the doors: what comes over the network, and who acts for others. Each is the engine
with one check of its door switched off; where the check can't be left out, what it looks at is made
right before it looks.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

from sstibet.engine.access import Access, Acting
from sstibet.engine.engine import Engine
from sstibet.engine.errors import CallbackRefused
from sstibet.engine.steps import Steps
from sstibet.items.value import Event
from sstibet.plain import plain
from sstibet.stores.records import DONE
from sstibet.testing.simulation.network import PORT, SIGNER


class _Door(Engine):
    """An engine that makes something of a letter right before it looks at it."""

    def right(self, told: dict[str, Any]) -> None:
        """Make one thing of a body right."""

    def signed(self, body: bytes, signature: str) -> bool:
        """Whether the gateway has signed this: a body that wasn't is left as it is."""
        return SIGNER.sign(body) == signature

    def receive(self, port: str, body: bytes, signature: str) -> bool:
        if self.signed(body, signature) and port == PORT:
            told = json.loads(body)
            self.right(told)
            body = json.dumps(told).encode()
            signature = SIGNER.sign(body)
        return super().receive(port, body, signature)


class AnySignature(_Door):
    """Whoever has signed it."""

    def signed(self, body: bytes, signature: str) -> bool:
        return True


class AnyAge(_Door):
    """However old it is."""

    def right(self, told: dict[str, Any]) -> None:
        told["sent_at"] = self.clock.now()


class AnyItem(_Door):
    """Whatever item it names."""

    def right(self, told: dict[str, Any]) -> None:
        row = self.store.outgoing(told["key"])
        told["ref"] = told["ref"] if row is None else row.ref


class AnyAmount(_Door):
    """Whatever amount it confirms."""

    def right(self, told: dict[str, Any]) -> None:
        row = self.store.outgoing(told["key"])
        if row is not None and "amount_due" in told["facts"]:
            told["facts"]["amount_due"] = plain(row.told["amount_due"])


class WritesFirst(Engine):
    """What a letter is about is over, even where it is refused."""

    def receive(self, port: str, body: bytes, signature: str) -> bool:
        try:
            return super().receive(port, body, signature)
        except CallbackRefused:
            key = json.loads(body)["key"]
            if self.store.outgoing(key) is not None:
                self.store.mark(key, DONE)
            raise


class HearsOnly(Engine):
    """A right letter is acknowledged, and left for later; there is no later."""

    def receive(self, port: str, body: bytes, signature: str) -> bool:
        courier: Any = self._courier
        courier.callback = lambda *told: True
        try:
            return super().receive(port, body, signature)
        finally:
            del courier.callback


class _Lax(Engine):
    """An engine with another access."""

    access_by: type[Access] = Access

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.access = self.access_by(self.book.contents, self.settings.agents)


class _ForAnybody(Access):
    """An agent acts for everybody."""

    def __init__(self, contents: Any, agents: Any) -> None:
        super().__init__(contents, tuple(dataclasses.replace(each, for_=None) for each in agents))


class _ForEver(Access):
    """An agent acts from ever on and for ever."""

    def __init__(self, contents: Any, agents: Any) -> None:
        always = {"from_": None, "until": None}
        super().__init__(contents, tuple(dataclasses.replace(each, **always) for each in agents))


class _All(Acting):
    """An agent's role lists everything."""

    def may(self, item: str, level: str) -> bool:
        return self.roles != ()


class _AnyItemOf(Access):
    """An agent reaches every item of whom they act for."""

    def acting(self, *given: Any) -> Acting:
        found = super().acting(*given)
        return _All(found.owner, found.actor, found.roles)


class _NothingWithheld(Access):
    """What is withheld from a role isn't."""

    def withheld(self, *given: Any) -> bool:
        return False


class Unnamed(Steps):
    """What an agent does is told as if the person had done it."""

    def take(self, ref: str, event: Event, actor: str, **more: Any) -> Any:
        item = more.get("known")
        if item is not None and more.get("keyed") is not None:
            actor = item.head.actor
        return super().take(ref, event, actor, **more)


def lax(by: type[Access]) -> Callable[..., Engine]:
    """An engine with another access."""
    return type("Mutant", (_Lax,), {"access_by": by})


FOR_ANYBODY, FOR_EVER, ANY_ITEM_OF, NOTHING_WITHHELD = map(
    lax, (_ForAnybody, _ForEver, _AnyItemOf, _NothingWithheld)
)
