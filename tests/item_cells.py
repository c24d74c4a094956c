"""What the YAML of the items says of every event in every state, read by nothing but the reader of
files: no machine is made ready, and no document's type is asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sstibet.files import Files, find_rules
from sstibet.reader import WHERE, read_bytes

Tree = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """What an event may lead to: states and refusals; ``ignored``: it is taken and changes
    nothing; neither: it is refused, for it is none of this state's."""

    targets: frozenset[str] = frozenset()
    refusals: frozenset[str] = frozenset()
    ignored: bool = False


@cache
def trees() -> dict[str, Tree]:
    """Every file of the shipped book as its plain tree, by its path in the book."""
    found = {}
    for name, data in Files.of(find_rules(None)).data.items():
        document, problems = read_bytes(data, name)
        assert document is not None, problems
        assert not problems, problems
        found[name] = document.data
    return found


def item_trees() -> dict[str, Tree]:
    """The items by their ids."""
    return {
        name.removeprefix("items/").removesuffix(".yaml"): tree
        for name, tree in trees().items()
        if name.startswith("items/")
    }


def part(tree: Tree, key: str) -> Tree:
    """A mapping in a mapping, without its place; empty where it isn't there."""
    return {name: each for name, each in (tree.get(key) or {}).items() if name != WHERE}


def alphabet(item: str) -> list[str]:
    """Every event that can come to an item at all: what persons do, the deadline, every answer of
    every effect, every end of every call."""
    tree = item_trees()[item]
    events = [*part(tree, "events"), "deadline"]
    for name, effect in part(tree, "effects").items():
        events += [f"{name}.{answer}" for answer in answers(effect["do"])]
    for name, call in part(tree, "calls").items():
        events += [f"{name}.{end}" for end in ends(call["item"])]
    return events


def answers(verb: str) -> list[str]:
    """Every answer of a verb: those listed, that it failed, and, where a secret may be lost, that
    it was."""
    port, _, name = verb.partition(".")
    told = part(part(trees()["ports.yaml"], port), "verbs")[name]
    lost = ["lost"] if any(_kind(fact) == "secret" for fact in told.get("needs", ())) else []
    return [*part(told, "answers"), "failed", *lost]


def ends(item: str) -> list[str]:
    """The states in which an item is over."""
    states = part(item_trees()[item], "states")
    return [name for name, state in states.items() if "ends" in state]


def _kind(fact: str) -> str:
    files = [tree for name, tree in trees().items() if name.partition("/")[0].startswith("facts")]
    return next(str(tree[fact]["kind"]) for tree in files if fact in tree)


def cell(item: str, state: str, event: str) -> Cell:
    """What the YAML says of an event in a state."""
    tree = part(item_trees()[item], "states")[state]
    on = part(tree, "on").get(event)
    if on is not None:
        ways = on.get("ways") or [on]
        return Cell(
            frozenset(way["to"] for way in ways if "to" in way),
            frozenset(way["refuse"] for way in ways if "refuse" in way),
        )
    ignores = tree.get("ignores", [])
    source, dot, _ = event.partition(".")
    return Cell(ignored=event in ignores or (bool(dot) and source in ignores))


def cells() -> list[tuple[str, str, str]]:
    """(item, state, event) of every cell of every machine."""
    return [
        (item, state, event)
        for item, tree in sorted(item_trees().items())
        for state in part(tree, "states")
        for event in alphabet(item)
    ]
