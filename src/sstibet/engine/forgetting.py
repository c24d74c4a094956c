"""Forgetting (遗忘个人信息): what an item that is over knew of persons, once it was kept long
enough, or because the person asks for it.

What goes: every personal answer (in rows by their columns), all drafts, what came with each line of
history and what ports were told of persons. What stays is the accounting record: states, times,
ways, amounts, vouchers, declaration numbers. An item that isn't over, or of which anything is still
to be delivered or answered, is never touched; nor is what stands behind the ports. Where all of a
person's is forgotten, their sessions end.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sstibet.contents import Contents
from sstibet.facts import Dictionary, Fact
from sstibet.items.documents import State
from sstibet.items.value import FORGOTTEN, Item
from sstibet.kinds import PERSONAL
from sstibet.retention import DAY
from sstibet.stores.records import DONE, Conflict, Outgoing, Past, Store
from sstibet.vault import Spoilt

_log = logging.getLogger("sstibet.engine")
_BATCH = 500
# What an item's history says of its lines once they are forgotten; such an item can't be replayed.
MARK: Mapping[str, Any] = {"forgotten": True}


@dataclass(slots=True)
class Forgotten:
    """What was forgotten, by item; how many requests' keys and delivered rows were dropped; and how
    many items are over but wait: for an answer, or for a book that knows them, or are spoilt. Of
    one person: how many items of theirs are ``left``, whatever the reason, and, where none is, how
    many sessions ended."""

    items: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    rows: int = 0
    sessions: int = 0
    left: int = 0
    waiting: int = 0
    unknown: int = 0
    spoilt: int = 0


class Signed(Protocol):
    """Where it is kept who is signed in."""

    def count(self, actor: str) -> int:
        """How many sessions a person has."""
        ...

    def end_all(self, actor: str, but: bytes | None) -> int:
        """End all sessions of a person, but perhaps one; how many ended."""
        ...


class Forgetter:
    """Forgets by the retention rule of a book. With ``dry`` it only counts."""

    def __init__(
        self,
        store: Store,
        contents: Contents,
        now: int,
        *,
        dry: bool = False,
        sessions: Signed | None = None,
    ) -> None:
        if contents.info.retention is None:
            raise ValueError("this book has no 'retention': it doesn't say what is forgotten when")
        self._store, self._contents, self._now, self._dry = store, contents, now, dry
        self._sessions, self._rule = sessions, contents.info.retention
        self._found = Forgotten()

    def run(self, actor: str | None = None) -> Forgotten:
        """Forget what has come to its time; with an ``actor``, all of theirs that is over."""
        for ref in self._refs():
            try:
                self._item(ref, actor)
            except Spoilt:
                self._found.spoilt += 1
            except Conflict:  # it has gone on just now, and is looked at the next time
                self._found.waiting += 1
        self._requests(actor)
        if actor is not None and not self._found.left:
            self._sign_out(actor)
        if not self._dry:
            self._store.tidy()
        return self._found

    def _sign_out(self, actor: str) -> None:
        """End the sessions of who is forgotten: a row of one names them."""
        if self._sessions is not None:
            ended = self._sessions.count(actor)
            self._found.sessions = ended if self._dry else self._sessions.end_all(actor, None)

    def _refs(self) -> Iterator[str]:
        after = ""
        while refs := self._store.refs(after, _BATCH):
            yield from refs
            after = refs[-1]

    def _item(self, ref: str, actor: str | None) -> None:
        item = self._store.get(ref)
        if item is None or item.forgotten or (actor is not None and item.head.actor != actor):
            return
        self._found.left += actor is not None
        if self._state(item) is None:
            self._found.unknown += 1
        if (ends := self._ends(item)) is None:
            return
        past, rows = self._store.history(ref), self._store.rows(ref)
        ended = past[-1].at if past else item.head.opened
        if actor is None and ended + self._rule.of(item.head.item).days(ends) * DAY > self._now:
            return
        if any(row.status != DONE for row in rows) or not self._root_is_over(item):
            self._found.waiting += 1
            return
        if not self._dry:
            self._store.rewrite(*self._without(item, past))
            self._store.drop((), [row.key for row in rows])
        self._found.items[item.head.item] = self._found.items.get(item.head.item, 0) + 1
        self._found.rows += len(rows)
        self._found.left -= actor is not None

    def _ends(self, item: Item) -> str | None:
        """How an item has ended; None where it hasn't, or can't be known."""
        state = self._state(item)
        return None if state is None or item.deadline is not None else state.ends

    def _state(self, item: Item) -> State | None:
        rules = self._contents.items.get(item.head.item)
        return rules.states.get(item.state) if rules is not None else None

    def _root_is_over(self, item: Item) -> bool:
        """A called item is part of the one that called it, and is forgotten no earlier."""
        while item.head.caller is not None:
            caller = self._store.get(item.head.caller.ref)
            if caller is None:
                return True
            item = caller
        return self._ends(item) is not None

    def _without(self, item: Item, past: list[Past]) -> tuple[Item, list[Past], list[Outgoing]]:
        answers = pruned(self._contents.dictionary, item.answers)
        lines = [line._replace(payload=MARK) for line in past]
        return item._replace(answers=answers, drafts={FORGOTTEN: {}}), lines, []

    def _requests(self, actor: str | None) -> None:
        """Keys of requests that were used too long ago to come again; with an actor, all of theirs
        whose item is over."""
        after, before = b"", self._now - self._rule.requests * DAY
        while found := self._store.requests(after, _BATCH):
            after = found[-1][0]
            old = [
                mark
                for mark, keyed in found
                if (keyed.actor == actor if actor is not None else self._used(keyed) <= before)
                and self._is_over(keyed.ref)
            ]
            self._found.requests += len(old)
            if old and not self._dry:
                self._store.drop(old, ())

    def _is_over(self, ref: str) -> bool:
        try:
            item = self._store.get(ref)
        except Spoilt:
            return False
        return item is None or self._ends(item) is not None

    def _used(self, keyed: Any) -> int:
        """When a key was used: when the version was made that it led to."""
        for line in self._store.history(keyed.ref):
            if line.version == keyed.version:
                return line.at
        item = self._store.get(keyed.ref)
        return 0 if item is None else item.head.opened


def forget(
    store: Store,
    contents: Contents,
    now: int,
    *,
    actor: str | None = None,
    dry: bool = False,
    sessions: Signed | None = None,
) -> Forgotten:
    """Forget what the book's retention rule says, or all of an actor's that is over.

    Args:
        store: where it is kept.
        contents: the book's; its ``retention`` and its dictionary decide.
        now: seconds since 1970.
        actor: one person's wish: whatever the periods, all of theirs that is over.
        dry: only count.
        sessions: where the sessions of that person end, once all of theirs is forgotten.

    Raises:
        ValueError: the book has no retention rule.
    """
    return Forgetter(store, contents, now, dry=dry, sessions=sessions).run(actor)


def pruned(dictionary: Dictionary, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Plain answers without what is personal: facts whole, rows by their columns. Amounts stay, as
    they name nobody once all else is gone; what the dictionary doesn't know goes."""
    found = dict[str, Any]()
    for name, value in answers.items():
        fact = dictionary.facts.get(name)
        if fact is None:
            continue
        if fact.fields is not None:
            fields = fact.fields
            found[name] = [
                {key: v for key, v in row.items() if key in fields and _stays(fields[key])}
                for row in value
            ]
        elif _stays(fact):
            found[name] = value
    return found


def _stays(fact: Fact) -> bool:
    return fact.kind == "money" or not (fact.personal or fact.kind in PERSONAL)
