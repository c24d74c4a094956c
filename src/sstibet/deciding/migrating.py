"""Bringing an item to the machine as it is now (在办事项迁移): by the migrations that the machine
lists, one version after another. Pure: nothing is written, nobody is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sstibet.deciding.decide import Decider
from sstibet.items.documents import ItemRules, Migration
from sstibet.items.value import Item, Pending
from sstibet.plain import plain
from sstibet.problems import BadValue


class Stranded(Exception):
    """No migration leads an item to the machine as it is now. The message says why."""


def chain(rules: ItemRules, version: int) -> tuple[Migration, ...]:
    """The migrations from a version of a machine to the one it has now. Raises Stranded."""
    if version > rules.version:
        raise Stranded(f"the book has version {rules.version}, an older one")
    by_version = {each.from_: each for each in rules.migrations}
    found = [by_version.get(number) for number in range(version, rules.version)]
    lacking = [version + n for n, each in enumerate(found) if each is None]
    if lacking:
        raise Stranded(f"no migration leads on from version {lacking[0]}")
    return tuple(each for each in found if each is not None)


def migrated(decider: Decider, item: Item, at: int) -> Item:
    """The item under the machine as it is now: its state, what it waits for, its answers; of the
    same version, which whoever writes it raises.

    A deadline stays the one that was told; a state that has one gives it where there was none.

    Raises:
        Stranded: no migration leads there, or one leads to what isn't there.
    """
    rules = decider.contents.items.get(item.head.item)
    if rules is None:
        raise Stranded(f"the book has no item {item.head.item!r} any more")
    state, pending = item.state, item.pending
    answers, drafts = dict(item.answers), dict(item.drafts)
    to_read = set[str]()
    for each in chain(rules, item.head.machine):
        state = state_after(each, state)
        pending = pending_after(each, pending)
        to_read |= _answer(each, answers, drafts)
    _read(decider, answers, to_read)
    if state not in rules.states:
        raise Stranded(f"version {rules.version} has no state {state!r}")
    lost = [each.name for each in pending if each.name not in {*rules.effects, *rules.calls}]
    if lost:
        raise Stranded(f"version {rules.version} has no effect and no call {lost[0]!r}")
    deadline, seconds = item.deadline, rules.states[state].seconds
    if seconds is None or deadline is None:
        deadline = None if seconds is None else at + seconds
    head = replace(item.head, machine=rules.version)
    return Item(head, state, item.version, answers, drafts, pending, deadline, item.numbered)


def state_after(migration: Migration, state: str) -> str:
    """Where a state goes. Raises Stranded."""
    if migration.states is None:
        return state
    if state not in migration.states:
        raise Stranded(f"the migration from version {migration.from_} leaves out {state!r}")
    return migration.states[state]


def name_after(migration: Migration, name: str) -> str | None:
    """What an effect or a call is called; None where its answer is awaited no more."""
    return migration.pending.get(name, name)


def pending_after(migration: Migration, pending: tuple[Pending, ...]) -> tuple[Pending, ...]:
    """What is still awaited, by its new names."""
    named = [(name_after(migration, each.name), each.number) for each in pending]
    return tuple(Pending(name, number) for name, number in named if name is not None)


def _answer(
    migration: Migration, answers: dict[str, Any], drafts: dict[str, Mapping[str, Any]]
) -> set[str]:
    """Rename, set and drop facts, in what was typed as well; the facts that are new."""
    was = dict(answers)
    gone = {*migration.renames, *migration.drops}
    for name in gone:
        answers.pop(name, None)
    for old, new in migration.renames.items():
        if old in was:
            answers[new] = was[old]
    for name, source in migration.sets.items():
        value = source.value if source.fact is None else was.get(source.fact)
        if value is None:
            raise Stranded(f"{source.fact!r} is not known, from which {name!r} is to be set")
        answers[name] = value
    for form, typed in drafts.items():
        if gone & typed.keys():
            named = {migration.renames.get(name, name): each for name, each in typed.items()}
            drafts[form] = {n: each for n, each in named.items() if n not in migration.drops}
    return {*migration.renames.values(), *migration.sets}


def _read(decider: Decider, answers: dict[str, Any], names: set[str]) -> None:
    """Take what is new as the dictionary reads it."""
    dictionary = decider.contents.dictionary
    for name in sorted(names & answers.keys() & dictionary.facts.keys()):
        try:
            answers[name] = plain(dictionary.read(name, answers[name]))
        except BadValue as bad:
            raise Stranded(f"{name!r} can't be taken over: {bad.code}") from None
