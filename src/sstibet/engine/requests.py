"""Requests: what somebody asks for once, by its key and what was asked under it; and those of them
that are no event of an item: to begin one, and to keep what was typed.

What is sent is taken by `Engine.send` itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sstibet.engine import errors
from sstibet.engine.access import DESK, Acting, check_mapping, check_text
from sstibet.engine.clock import day_of
from sstibet.engine.migrating import as_saved
from sstibet.engine.steps import MOVED_ON, TRIES
from sstibet.forms.reading import read
from sstibet.items.value import Item, Refused
from sstibet.plain import plain
from sstibet.stores.records import Change, Conflict, Keyed
from sstibet.stores.snapshot import to_bytes
from sstibet.text import UnknownName

if TYPE_CHECKING:
    from sstibet.engine.engine import Engine
    from sstibet.engine.sight import Sight
    from sstibet.engine.steps import Steps
    from sstibet.engine.view import View


class Requests:
    """Takes the requests that are made at an engine."""

    def __init__(self, engine: Engine, steps: Steps, sight: Sight) -> None:
        self._engine, self._steps, self._sight = engine, steps, sight
        self._facts = engine.book.contents.dictionary.facts

    def fingerprint(self, what: str, name: str, payload: Mapping[str, Any]) -> str:
        """What was asked, without secrets: not even their hash is kept."""
        facts = self._facts
        told = {
            key: payload[key]
            for key in sorted(facts.keys() & payload.keys())
            if facts[key].kind != "secret"
        }
        try:
            text = to_bytes([what, name, plain(told)])
        except (RecursionError, ValueError):
            raise TypeError("a payload with a key must be such as JSON can hold") from None
        return self._engine.store.fingerprint(sha256(text).hexdigest())

    def begin(
        self, item: str, acting: Acting, given: Mapping[str, Any] | None, key: str | None
    ) -> View:
        """Begin an item; see `Engine.start`."""
        check_text("actor", acting.actor)
        if acting.actor.startswith(DESK):
            raise TypeError(f"{DESK!r} is how the desk itself is called, and no actor")
        check_mapping("what an item begins with", given)
        given = given or {}
        self._open(item, acting)
        fingerprint = "" if key is None else self.fingerprint(acting.told("start"), item, given)
        agent = None if acting.roles is None else acting.actor
        for _ in range(TRIES):
            if (kept := self._kept(acting.actor, key, fingerprint)) is not None:
                return self._sight.first_outcome(kept, acting)
            ref = self._engine.ids.new(item)
            keyed = None if key is None else Keyed(acting.actor, key, fingerprint, ref)
            try:
                begun = self._steps.begin(item, ref, acting.owner, given, None, keyed, agent)
            except Conflict:  # another was quicker with the key, or the reference is somebody's
                continue
            if isinstance(begun, Refused):
                wrong = "; ".join(f"{each.field}: {each.code}" for each in begun.problems)
                raise errors.NotOpen(f"{item!r} cannot begin with what it is given: {wrong}")
            return self._sight.seen(begun or self._sight.own(ref, acting), acting=acting)
        raise Conflict(item)

    def _open(self, item: str, acting: Acting) -> None:
        items = self._engine.book.contents.items
        if item not in items:
            raise UnknownName("item", item, items)
        if items[item].open_to == "items":
            raise errors.NotOpen(f"{item!r} is called by other items and not begun by itself")
        if not self._engine.access.may_begin(acting, item):
            raise errors.NotOpen(f"{item!r} is not open to this actor")

    def _kept(self, actor: str, key: str | None, fingerprint: str) -> Keyed | None:
        if key is not None:
            check_text("key", key)
        return self._steps.kept(actor, key, fingerprint)

    def save(
        self, ref: str, payload: Mapping[str, Any], acting: Acting, version: int | None
    ) -> View:
        """Keep what was typed; see `Engine.save`."""
        engine = self._engine
        for _ in range(TRIES):
            item = engine.migrating.brought(self._sight.own(ref, acting, as_kept=True))
            if version is not None and item.version != version:
                return self._sight.seen(item, MOVED_ON, acting=acting)
            form = engine.decider.machines[item.head.item].rules.states[item.state].form
            if form is None or item.forgotten:
                return self._sight.seen(item, Refused("not_now"), acting=acting)
            if self._sight.withheld(acting, item, "submit"):
                return self._sight.seen(item, Refused("in_person"), acting=acting)
            now = engine.clock.now()
            kept = self._typed(item, form, payload, now)
            saved = as_saved(kept, form, now, None if acting.roles is None else acting.actor)
            try:
                engine.store.commit(Change(kept, item.version, saved))
            except Conflict:
                continue
            return self._sight.seen(kept, acting=acting)
        raise Conflict(ref)

    def _typed(self, item: Item, form: str, payload: Mapping[str, Any], now: int) -> Item:
        engine = self._engine
        bound = engine.decider_of(item).bound(item, form, day_of(now, engine.zone))
        typed = {**item.drafts.get(form, {}), **payload}  # perhaps one page of several
        drafts = {**item.drafts, form: read(bound, typed).draft}
        return item._replace(version=item.version + 1, drafts=drafts)
