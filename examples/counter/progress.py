"""How far one is in an item: its stages, and which of them a state is in."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

import sstibet

FILE = Path(__file__).with_name("home.yaml")


@dataclass(frozen=True)
class Group:
    """Items that stand together on the home page, under a title (a key of the catalogues)."""

    title: str
    items: Sequence[str]


@dataclass(frozen=True)
class Progress:
    """The stages of an item (keys of the catalogues), and how many of them are begun."""

    stages: Sequence[str]
    number: int

    @property
    def title(self) -> str:
        """The stage one is in."""
        return self.stages[self.number - 1]


@dataclass(frozen=True)
class Home:
    """What ``home.yaml`` says: the groups, and by item the stages and the stage of each state."""

    groups: Sequence[Group]
    stages: Mapping[str, Sequence[str]]
    numbers: Mapping[tuple[str, str], int]
    named: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def read(cls, book: sstibet.Rulebook, file: Path = FILE) -> Home:
        """The file, with every name in it looked up in the book. KeyError where one is wrong."""
        found = yaml.safe_load(file.read_text("utf-8"))
        items = book.contents.items
        groups = [Group(each["title"], each["items"]) for each in found["groups"]]
        for name in (name for group in groups for name in group.items):
            items[name]
        numbers, named = dict[tuple[str, str], int](), set[tuple[str, str]]()
        for name, stages in found["stages"].items():
            numbers |= {(name, at): n for at, n in _numbers(items[name], stages).items()}
            named |= {
                (name, state)
                for stage in stages
                if not stage.get("told")
                for state in stage["states"]
            }
        for name, states in found["quiet"].items():
            named |= {(name, state) for state in states if items[name].states[state]}
        titles = {n: [each["title"] for each in stages] for n, stages in found["stages"].items()}
        return cls(groups, titles, numbers, frozenset(named))

    def tells(self, view: sstibet.View) -> bool:
        """Whether a state's own words say more than where one is on the way."""
        return (view.item, view.state) not in self.named

    def progress(self, view: sstibet.View) -> Progress | None:
        """Where an item stands; None where it has no stages."""
        number = self.numbers.get((view.item, view.state))
        return None if number is None else Progress(self.stages[view.item], number)


def _numbers(rules: Any, stages: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The stage of each state: its own, else the earliest that leads to it."""
    own = {state: n for n, stage in enumerate(stages, 1) for state in stage["states"]}
    for state in own:
        rules.states[state]
    found, front = {**own}, deque([rules.initial, *sorted(own, key=lambda name: own[name])])
    found.setdefault(rules.initial, 1)
    seen = set[str]()
    while front:
        state = front.popleft()
        if state in seen:
            continue
        seen.add(state)
        reached = {way.to for on in rules.states[state].on.values() for way in on.all_ways}
        for target in sorted(each for each in reached if each is not None and each not in own):
            found[target] = min(found.get(target, len(stages)), found[state])
            if target not in seen:
                front.appendleft(target)
    return found
