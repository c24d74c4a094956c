"""A changed book against a store: all that is under way, and all that was recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from dataclasses import replace as replace_in
from pathlib import Path
from typing import Any

from sstibet.checks.item_look import Look
from sstibet.checks.item_told import check_told
from sstibet.checks.review import Review
from sstibet.deciding.migrating import Stranded, migrated
from sstibet.engine.clock import day_of
from sstibet.items.value import Item
from sstibet.loading import Site
from sstibet.problems import Problem
from sstibet.replaying.books import Book, Books
from sstibet.replaying.differences import Difference
from sstibet.replaying.live import CODE, check_live, place_of
from sstibet.replaying.replay import Moment, NotReplayed, replay
from sstibet.stores.records import Store
from sstibet.vault import Spoilt

_PAGE = 500


@dataclass(slots=True)
class Report:
    """What was found: the problems of the book, how many items were looked at and replayed, and of
    the others how many could not be for which reason."""

    problems: list[Problem] = field(default_factory=list)
    items: int = 0
    events: int = 0
    replayed: int = 0
    not_replayed: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Seen:
    """How often a difference was found, and where first."""

    ref: str
    difference: Difference
    way: str
    times: int = 0


def check_against(root: Path, store: Store, *, as_new: bool = False) -> Report:
    """Check a sound book against a store. Nothing is written.

    Args:
        root: the book's folder.
        store: whose items are under way.
        as_new: decide histories by the book's rules as well, as if every item were opened now;
            without it each keeps the edition that it was opened under.
    """
    return _Against(Books(Book.read(root), store), store, as_new).report()


class _Against:
    def __init__(self, books: Books, store: Store, as_new: bool) -> None:
        self.books, self.store, self.as_new = books, store, as_new
        self.found = Report()
        self.machines = set[tuple[str, int, str]]()
        self.stranded = dict[tuple[str, int, str], tuple[str, int]]()
        self.differences = dict[tuple[str, int, str, str, str], _Seen]()
        self.zone = books.now.contents.info.time_zone

    def report(self) -> Report:
        for item in self._items():
            self.found.items += 1
            head = item.head
            self.machines.add((head.item, head.machine, head.digest))
            self._live(item)
            self._replay(item)
        machines = [*self._machines(), *self._untold()]
        told = {(each.file, each.line, each.column) for each in machines}
        # What holds for a state of the machine is not told again of each item that stands in it.
        stranded = [
            each for each in self._stranded() if (each.file, each.line, each.column) not in told
        ]
        problems = {*self._editions(), *machines, *stranded, *self._differing()}
        self.found.problems = sorted(problems)
        return self.found

    def _items(self) -> Iterator[Item]:
        """Every item of the store, page by page; a spoilt one is counted."""
        after = ""
        while refs := self.store.refs(after, _PAGE):
            for ref in refs:
                try:
                    item = self.store.get(ref)
                except Spoilt:
                    self.found.items += 1
                    self.found.not_replayed["altered behind the store's back"] += 1
                    continue
                if item is not None:
                    yield item
            after = refs[-1]

    def _live(self, item: Item) -> None:
        """Whether the very item can be gone on with."""
        decider = self.books.decider(item.head.digest, self.books.now.digest)
        if isinstance(decider, str):
            return  # told of its edition
        head = item.head
        rules = decider.contents.items.get(head.item)
        why = ""
        try:
            migrated(decider, item, 0)
        except Stranded as stranded:
            why = str(stranded)
        if why and rules is not None:
            key = (head.item, head.machine, f"{item.state!r}: {why}")
            ref, times = self.stranded.get(key, (head.ref, 0))
            self.stranded[key] = (ref, times + 1)

    def _replay(self, item: Item) -> None:
        try:
            pasts = self.store.history(item.head.ref)
            for moment, difference in replay(
                self.books, item, pasts, lambda at: day_of(at, self.zone), as_new=self.as_new
            ):
                self._note(item.head.ref, moment, difference)
            self.found.replayed += 1
            self.found.events += len(pasts)
        except NotReplayed as why:
            self.found.not_replayed[str(why)] += 1
        except Spoilt:
            self.found.not_replayed["altered behind the store's back"] += 1

    def _note(self, ref: str, at: Moment, difference: Difference) -> None:
        key = (at.item, at.version, at.state, at.event, difference.field)
        self.differences.setdefault(key, _Seen(ref, difference, at.way)).times += 1

    def _editions(self) -> Iterator[Problem]:
        """The books that items were opened under and that can't be had."""
        for digest in sorted({digest for _, _, digest in self.machines}):
            why = self.books.kept(digest)
            if isinstance(why, str):
                place = self.books.now.loaded.sites["book", "book"].at("version")
                message = f"items were opened under the book {digest[:12]}: {why}"
                yield place.problem("edition_gone", message)

    def _untold(self) -> Iterator[Problem]:
        """What the rules of an earlier book ask for and the machines of now don't tell them."""
        now, told = self.books.now, set[tuple[str, str]]()
        for item, _, digest in sorted(self.machines):
            decider = self.books.decider(digest, now.digest)
            if digest == now.digest or (item, digest) in told or isinstance(decider, str):
                continue
            told.add((item, digest))
            review = Review(now.loaded, decider.contents)
            if item in now.contents.items:
                check_told(Look(review, item, now.contents.items[item]))
            for each in review.problems:
                message = f"under the book {digest[:12]}, which items were opened under: "
                yield replace_in(each, code=CODE, message=message + each.message)

    def _machines(self) -> Iterator[Problem]:
        """Every machine that items may be under way by."""
        for item, version, digest in sorted(self.machines):
            for book in self.books.with_machine(item, version, digest):
                yield from check_live(book, self.books.now, item)

    def _stranded(self) -> Iterator[Problem]:
        for (item, version, why), (ref, times) in sorted(self.stranded.items()):
            place = place_of(self.books.now.looks[item], version)
            message = f"{_times(times)} of version {version} in {why} (first {ref})"
            yield place.problem(CODE, message, "write a migration that leads it on")

    def _differing(self) -> Iterator[Problem]:
        for (item, version, state, event, name), seen in sorted(self.differences.items()):
            place = self._place(item, state, event, seen.way)
            what = f"{event!r} in {state!r}" if state else "the beginning"
            difference = seen.difference
            message = f"{what}: {name} was {difference.was} and is {difference.now}, in the"
            message += f" histories of {_times(seen.times)} of version {version}"
            message += f" (first {seen.ref})" + (f", by the way {seen.way}" if seen.way else "")
            yield place.problem("replay_differs", message)

    def _place(self, item: str, state: str, event: str, way: str) -> Site:
        """The way that the changed machine takes, or else the event, the state, the machine."""
        look = self.books.now.looks[item]
        for edge in look.happenings:
            for n, each in enumerate(edge.on.all_ways):
                if way and each.where == way:
                    return edge.way(n)
        states: Any = look.rules.states
        if state in states:
            at = look.site.at("states", state)
            return at.at("on", event) if event in states[state].on else at
        return look.site.at("initial")


def _times(number: int) -> str:
    return "one item" if number == 1 else f"{number:,} items"
