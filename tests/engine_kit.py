"""Small machines over the shipped dictionary, forms and ports: what the tests of deciding, of the
stores and of the engine's faults share."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import sstibet
from sstibet import Engine, Reply, SetClock
from sstibet.deciding import Decider, decider
from sstibet.engine.ids import CountedIds
from sstibet.findings import validate
from sstibet.items.documents import ItemRules
from sstibet.items.value import Event, Head, Item, Refused, Step
from sstibet.reader import read_bytes
from sstibet.rulebook import Rulebook
from sstibet.stores.records import Store
from sstibet.stores.snapshot import dump
from sstibet.stores.sqlite import SqliteStore

BOOK = sstibet.load()
DAY, AT = date(2025, 10, 15), 1_760_490_000  # 09:00 in Lhasa
_HEAD = """
label: {zh: 试验, en: trial}
version: 1
evidence: {doc: x, url: none, kind: synthetic, confidence: low, jurisdiction: CN-54}
"""


def rules_of(text: str) -> ItemRules:
    """A machine out of YAML; ``open_to: person`` and a label for each state may be left out."""
    if "open_to:" not in text:
        text = "open_to: person\n" + text
    document, problems = read_bytes((_HEAD + text).encode(), "trial.yaml")
    assert document is not None, problems
    for state in document.data["states"].values():
        if isinstance(state, dict) and "on" in state:
            state.setdefault("label", {"zh": "某", "en": "some"})
    found = validate(ItemRules, document, problems)
    assert not problems, problems
    return found


def book_of(**items: str) -> Rulebook:
    """A book with these items only; its rules, facts, forms and ports are the shipped ones."""
    made = {name: rules_of(text) for name, text in items.items()}
    contents = dataclasses.replace(BOOK.contents, items=made)
    return Rulebook(contents, "small", BOOK.root)


def decider_of(**items: str) -> Decider:
    """What decides the events of these items."""
    return decider(book_of(**items).contents, "small")


def an_item(state: str = "s", name: str = "trial", version: int = 0, **answers: Any) -> Item:
    """An item in a state, with these answers."""
    return Item(Head("r", name, 1, "p", AT, "small"), state, version, answers)


def an_event(name: str, payload: Mapping[str, Any] | None = None, **more: Any) -> Event:
    """An event of the usual morning."""
    return Event(name, more.pop("at", AT), more.pop("day", DAY), payload or {}, **more)


def taken(step: Step | Refused) -> Item:
    """The item after a step that was taken."""
    assert isinstance(step, Step), step
    return step.item


class Port:
    """A port whose verbs answer as they are told: ``Port(myself=reply("found", …))``. An answer
    may be a function of the call, and so raise. ``asked`` are the keys it was asked under."""

    def __init__(self, **verbs: Reply | Callable[..., Any]) -> None:
        self.verbs = dict(verbs)
        self.asked: list[str] = []

    def __getattr__(self, verb: str) -> Any:
        if verb.startswith("_") or verb not in self.__dict__.get("verbs", {}):
            raise AttributeError(verb)

        def ask(call: sstibet.Call, **told: Any) -> Any:
            self.asked.append(call.key)
            answer = self.verbs[verb]
            return answer(call, **told) if callable(answer) else answer

        return ask


def desk_of(
    book: Rulebook,
    ports: Mapping[str, object],
    *,
    path: Path | None = None,
    clock: SetClock | None = None,
    ids: Any = None,
    store: Store | None = None,
) -> Engine:
    """A desk with these ports and no bureau, on a file, in memory, or on a store of its own."""
    return Engine(
        book,
        store=store or SqliteStore(None if path is None else str(path)),
        ports=ports,
        clock=clock or SetClock(AT),
        ids=ids or CountedIds(),
    )


def opened(store: Any) -> str:
    """All that a store holds, unsealed: what its key's owner could read."""
    texts = list[str]()
    for ref in store.refs():
        texts += [dump(store.get(ref)), repr([line.payload for line in store.history(ref)])]
        texts += [repr(dict(row.told)) for row in store.rows(ref)]
    return "\n".join(texts)
