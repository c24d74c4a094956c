"""What all checks of one book share: its contents, its places, and the problems found so far.

A check reports and goes on; nothing is raised. What is faulty by itself is *held*: its examples
are not run, so that one mistake gives one problem and not an avalanche.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from sstibet.contents import Contents
from sstibet.loading import Loaded, Site
from sstibet.premium.pick import PickSchedule
from sstibet.premium.rate import RateSchedule
from sstibet.problems import Problem, closest

# What is held together: ("price", scheme), ("may_pay", scheme), ("parameter", name) …
Key = tuple[str, str]
EVERY = "*"  # in the place of a name: every one of a kind

# Looking for the name that was meant compares letter by letter. A book in which hundreds of names
# are wrong has one mistake behind them, which no guess at each of them would show.
_MOST_GUESSES = 100
_MOST_NAMES = 12


@dataclass
class Review:
    """One run of all checks over a book.

    ``held`` are the parts that have a problem of their own, ``failed`` those of which an example
    does; ``broken`` are the facts that have one, or are derived from one that has.
    """

    loaded: Loaded
    contents: Contents
    problems: list[Problem] = field(default_factory=list)
    held: set[Key] = field(default_factory=set)
    failed: set[Key] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    _guesses: int = 0

    @cached_property
    def schedules(self) -> dict[str, PickSchedule | RateSchedule]:
        """All schedules of the book, of both kinds."""
        return {**self.contents.picks, **self.contents.rates}

    @property
    def book(self) -> Site:
        """``book.yaml``."""
        return self.loaded.sites["book", "book"]

    @property
    def periods(self) -> Site:
        """``periods.yaml``."""
        return self.loaded.sites["periods", "periods"]

    def schedule(self, scheme: str) -> Site:
        """Where a scheme's schedule stands."""
        sites = self.loaded.sites
        return sites.get(("tiers", scheme)) or sites["rates", scheme]

    def site(self, kind: str, name: str) -> Site:
        """Where a named thing stands: ``site("facts", "base")``."""
        return self.loaded.sites[kind, name]

    def fault(self, site: Site, code: str, message: str, hint: str = "") -> None:
        """Report a problem of a node's value."""
        self.problems.append(site.problem(code, message, hint))

    def key_fault(self, site: Site, code: str, message: str, hint: str = "") -> None:
        """Report a problem of a node's key."""
        self.problems.append(site.key_problem(code, message, hint))

    def meant(self, name: str, names: Iterable[str]) -> str:
        """``did you mean …?``, or what there is, or nothing where that would be too long."""
        known = list(names)
        self._guesses += 1
        near = closest(name, known) if self._guesses <= _MOST_GUESSES else None
        if near:
            return f"did you mean {near!r}?"
        return f"there are: {', '.join(known)}" if 0 < len(known) <= _MOST_NAMES else ""

    @contextmanager
    def holding(self, key: Key) -> Iterator[None]:
        """Hold ``key`` if a problem is found inside."""
        before = len(self.problems)
        yield
        if len(self.problems) > before:
            self.held.add(key)

    @contextmanager
    def trying(self, key: Key) -> Iterator[None]:
        """Note that examples of ``key`` fail if a problem is found inside."""
        before = len(self.problems)
        yield
        if len(self.problems) > before:
            self.failed.add(key)

    def distinct(self, site: Site, names: Iterable[str], of: str) -> None:
        """Every entry of a list stands there once."""
        seen = dict[str, int]()
        for n, name in enumerate(names):
            if name in seen:
                message = f"{name!r} is among the {of} twice"
                self.fault(site.at(n), "doubled_entry", message, "keep one of them")
            seen.setdefault(name, n)
