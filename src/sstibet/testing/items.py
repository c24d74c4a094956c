"""The tests that the pytest plugin makes of a rule book: one for each example, case and problem."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sstibet.checks import check_contents
from sstibet.files import Files
from sstibet.frames import render, source_in
from sstibet.loading import Loaded, Site, Step, load_documents
from sstibet.problems import Problem
from sstibet.reader import WHERE

_TITLE = 100  # characters of an example's own title
# Levels of a path that say nothing to a reader of a test's name.
_SILENT = ("editions", "table", "examples")


@dataclass(slots=True)
class Shown:
    """An example or case: its title, its place, and what is wrong with it."""

    title: str
    site: Site
    problems: list[Problem] = field(default_factory=list)

    @property
    def start(self) -> tuple[str, int, int]:
        """File, line and column where it begins."""
        spot = self.site.document.position(self.site.path)
        return self.site.document.file, spot.line, spot.column

    @property
    def end(self) -> tuple[str, int, int]:
        """File, line and column of the last thing in it."""
        site = self.site
        spots = (site.document.position(site.path + path) for path in _paths(_below(site)))
        return max((self.start, *((site.document.file, spot.line, spot.column) for spot in spots)))


def shown_in(folder: Path) -> tuple[list[Shown], list[Problem]]:
    """Every example and case of the book in a folder with its problems, and all the others."""
    if not folder.is_dir():
        return [], [Problem(str(folder), 1, 1, "not_found", "there is no such folder")]
    files = Files.of(folder)
    loaded = load_documents(files)
    problems = {*files.problems, *loaded.problems, *check_contents(loaded)}
    if loaded.contents is None:
        return [], sorted(problems)
    shown = list(_shown(loaded))
    spans = sorted(((each.start, each.end, each) for each in shown), key=lambda span: span[:2])
    others = list[Problem]()
    for problem in sorted(problems):
        at = (problem.file, problem.line, problem.column)
        owner = next((each for start, end, each in spans if start <= at <= end), None)
        (owner.problems if owner else others).append(problem)
    return shown, others


def tests_of(session: pytest.Session, folder: Path, name: str) -> Iterator[pytest.Item]:
    """The tests of the book in a folder; ``name`` is how the user called it."""
    book = _Book.from_parent(session, name=name, nodeid=name, path=folder)
    yield from book.collect()


class _Book(pytest.Collector):
    """A rule book as a place where tests come from."""

    def collect(self) -> list[pytest.Item]:
        shown, others = shown_in(self.path)
        names = dict[str, int]()
        items = list[pytest.Item]()
        for problem in others:
            title = f"{problem.file}:{problem.line} {problem.code}"
            items.append(self._item(names, title, [problem], (problem.file, problem.line), False))
        for each in shown:
            file, line, _ = each.start
            title = f"{file}:{line} {each.title}"
            unsure = bool(others) and not each.problems
            items.append(self._item(names, title, each.problems, (file, line), unsure))
        return items

    def _item(
        self,
        names: dict[str, int],
        title: str,
        problems: list[Problem],
        place: tuple[str, int],
        unsure: bool,
    ) -> pytest.Item:
        names[title] = names.get(title, 0) + 1
        name = title if names[title] == 1 else f"{title} #{names[title]}"
        item: pytest.Item = _Item.from_parent(
            self, name=name, problems=problems, place=place, unsure=unsure
        )
        return item


class _Problems(Exception):
    """What is wrong with one example, or with the book."""


class _Item(pytest.Item):
    """One example, one case, or one problem of the book."""

    def __init__(
        self, *, problems: list[Problem], place: tuple[str, int], unsure: bool, **rest: Any
    ) -> None:
        super().__init__(**rest)
        self.problems, self.place, self.unsure = problems, place, unsure

    def runtest(self) -> None:
        if self.unsure:
            # A scheme with a fault of its own isn't asked, so its examples prove nothing yet.
            pytest.skip("the book has problems outside of its examples: mend those first")
        if self.problems:
            assert self.parent is not None
            raise _Problems(render(self.problems, source_in(self.parent.path)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, _Problems):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        assert self.parent is not None
        file, line = self.place
        # pytest takes the dots of a name that ends the node id for those of a Python path.
        return self.parent.path / file, line - 1, f"{self.parent.name}: {self.name}"


def _shown(loaded: Loaded) -> Iterator[Shown]:
    """Every example in the order of the files, then every case."""
    documents = {site.document.file: site.document for site in loaded.sites.values()}
    for _, document in sorted(documents.items()):
        root = Site(document)
        for path in _lists_of_examples(document.data):
            for n, example in enumerate(_below(root.at(*path))):
                yield Shown(_title(path, example), root.at(*path, n))
    for case, site in loaded.cases:
        yield Shown(case.title, site)


def _lists_of_examples(node: Any, path: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "examples" and isinstance(value, list):
                yield (*path, key)
            else:
                yield from _lists_of_examples(value, (*path, key))
    elif isinstance(node, list):
        for n, value in enumerate(node):
            yield from _lists_of_examples(value, (*path, n))


def _below(site: Site) -> Any:
    node: Any = site.document.data
    for step in site.path:
        node = node[step]
    return node


def _paths(node: Any, path: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    yield path
    steps: Iterable[Step] = node if isinstance(node, dict) else ()
    if isinstance(node, list):
        steps = range(len(node))
    for step in steps:
        if step != WHERE:
            yield from _paths(node[step], (*path, step))


def _title(path: tuple[Step, ...], example: Any) -> str:
    """``flexible_pension rates 2025-03-01 base=7066.20 months=1``."""
    words = [step for step in path if isinstance(step, str) and step not in _SILENT]
    facts = example.get("facts", {})
    given = [f"{k}={v}" for k, v in facts.items() if isinstance(v, str) and k != WHERE]
    title = " ".join([*words, example.get("on", ""), *given])
    return title if len(title) <= _TITLE else title[: _TITLE - 1] + "…"
