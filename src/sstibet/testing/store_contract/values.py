"""What the tests of the contract are made of, and what a subclass gives."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sstibet.items.value import Head, Item
from sstibet.stores.records import (
    EFFECT,
    Change,
    Conflict,
    Outgoing,
    Past,
    Store,
)
from sstibet.vault import Vault

Make = Callable[[Vault], Store]
NOW = 1_000_000
# What a person may type, or a program send: a NUL, half a character, quotes, nothing.
ANY_TEXTS = ("格桑", "བོད་ཡིག", "\0", "a\0b", "\ud800", "'; --", "%s", "\\x00", "{}", "", "x" * 5000)


def an_item(ref: str = "r", version: int = 0, **more: Any) -> Item:
    """An item; ``actor``, ``opened`` and ``caller`` belong to its head."""
    head = Head(
        ref, "refund", 1, more.pop("actor", "p"), more.pop("opened", NOW), "d",
        more.pop("caller", None),
    )  # fmt: skip
    return Item(head, more.pop("state", "s"), version, **more)


def a_row(key: str, ref: str = "r", **more: Any) -> Outgoing:
    """A row of the outbox; its key begins with its item's reference and a colon."""
    told = more.pop("told", {})
    return Outgoing(key, ref, more.pop("number", 1), EFFECT, "me", "registry.myself", told, **more)


def a_past(version: int = 1, **more: Any) -> Past:
    """A line of history."""
    return Past(version, "submit", NOW, "p", "s", "t", "x.yaml:3", **more)


def begin(store: Store, *rows: Outgoing, claimed: int = 0, **more: Any) -> Item:
    """Begin an item, with these rows."""
    made = an_item(**more)
    store.commit(Change(made, None, outgoing=rows, claimed=claimed))
    return made


def kept(store: Store, *keys: tuple[str, str]) -> list[Any]:
    """All that a store shows of its items, and of these actors' keys."""
    shown: list[Any] = [store.keyed(*each) for each in keys]
    for ref in store.refs():
        shown += [store.get(ref), store.history(ref), store.rows(ref)]
    return shown


def at_once(count: int, work: Callable[[int], object]) -> None:
    """Do something in threads at the same moment; what one raises is raised."""
    faults, start = list[BaseException](), threading.Barrier(count)

    def run(number: int) -> None:
        try:
            start.wait(30)
            work(number)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if faults:
        raise faults[0]


def count_up(store: Store, times: int) -> None:
    """Count in an item, one step at a time, again where another was quicker."""
    done = 0
    while done < times:
        now = store.get("r")
        assert now is not None
        n = now.answers.get("n", 0)
        step = now._replace(version=now.version + 1, answers={"n": n + 1})
        try:
            store.commit(Change(step, now.version, a_past(now.version + 1), [a_row(f"r:{n}")]))
            done += 1
        except Conflict:
            continue


def check_counted(store: Store, times: int) -> None:
    found = store.get("r")
    assert found is not None
    assert (found.version, found.answers) == (times, {"n": times})
    assert [past.version for past in store.history("r")] == list(range(1, times + 1))


def claim_all(store: Store) -> list[str]:
    found = list[str]()
    while rows := store.claim(NOW, NOW + 60, 2):
        found += [each.key for each in rows]
    return found


class MadeContract:
    """What a subclass gives."""

    @pytest.fixture
    def make_store(self) -> Iterator[Make]:
        """Make a function from a vault to a store, the same store for all calls in one test."""
        raise NotImplementedError("give a fixture `make_store`")

    def sealed(self, store: Any, table: str, *key: Any) -> bytes:
        """What stands sealed in ``items`` (key: ref), ``history`` (ref, version), ``outbox``
        (key), ``keys`` (actor, key) or ``books`` (digest), read behind the store's back."""
        raise NotImplementedError("say how a sealed text is read behind the store's back")

    def put_sealed(self, store: Any, table: str, *key: Any, text: bytes) -> None:
        """Put another text in its place."""
        raise NotImplementedError("say how a sealed text is replaced behind the store's back")

    @pytest.fixture
    def store(self, make_store: Make) -> Store:
        """A new store."""
        return make_store(Vault.fresh())
