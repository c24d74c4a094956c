"""The library's floors: an import only points down, and this guard is itself guarded.

A module's floor is written here once; a module without a floor is a failure, so a new one has to
find its place. Clock, chance and network stay out of everything below floor 5.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "sstibet"

FLOORS: dict[int, str] = {
    # words, numbers, dates, and YAML with its places
    1: """amounts canonical catalogues composer disk documents findings frames identifiers kinds
       labels misreadings money months patterns personal problems reader refusals resident_id text
       texts typed version""",
    # facts and what is said about them
    2: """conditions derivations editions evidence examples explanation facts formats known
       outcomes plain retention sources sweeping tested unreadable""",
    # three kinds of rules that don't know one another
    3: "forms items periods premium refunds",
    # all rules of a day
    4: "contents deciding rules",
    # books: read, checked, kept, and asked by the table
    5: "archive cache cases checks columns files frozen loading rulebook",
    # items carried through: the engine, its stores, the bureau behind its ports; and items drawn,
    # printed, or given to another engine
    6: "bureau drawing durable engine papers replaying sessions settings stores vault",
    # the whole, as it is given out
    7: "__main__ cli sstibet testing",
}
FLOOR_OF = {name: floor for floor, names in FLOORS.items() for name in names.split()}
SIBLINGS = frozenset(FLOORS[3].split())
# Modules of the standard library, and others', that bring a clock, chance or a network.
OUTSIDE = set(
    """aiohttp apsw asyncio http httpx pendulum psycopg random requests secrets socket sqlite3 ssl
    subprocess time urllib uuid zoneinfo""".split()  # noqa: SIM905 - a list of words reads better
)
CLOCK_CALLS = frozenset(["today", "now", "utcnow", "monotonic", "perf_counter"])


@dataclass(frozen=True)
class Import:
    """One import of one module: its own room, the room imported, and how."""

    file: str
    line: int
    room: str
    target: str
    typing_only: bool = False
    lazy: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line} ({self.room}) imports {self.target}"


def sources() -> dict[str, str]:
    """Every module of the library by its path inside it."""
    return {str(p.relative_to(SOURCE)): p.read_text("utf-8") for p in SOURCE.rglob("*.py")}


def room(file: str) -> str:
    """The room (top module or package) that a file belongs to."""
    top = Path(file).parts[0].removesuffix(".py")
    return "sstibet" if top == "__init__" else top


def imports(files: Mapping[str, str]) -> list[Import]:
    """Every import of every file, wherever in it it stands."""
    return [
        Import(file, node.lineno, room(file), target, typing_only, lazy)
        for file, text in files.items()
        for node, typing_only, lazy in _statements(ast.parse(text), False, False)
        for target in _targets(node, file)
    ]


def _statements(
    node: ast.AST, typing_only: bool, lazy: bool
) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, typing_only, lazy
        inside = lazy or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        types = typing_only or (
            isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        )
        yield from _statements(child, types, inside)


def _targets(node: ast.Import | ast.ImportFrom, file: str) -> Iterator[str]:
    """The rooms of the library that an import names; other modules by their top name."""
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"{file}:{node.lineno}: imports here name their module in full"
        names = [f"{node.module}.{alias.name}" for alias in node.names]
    else:
        names = [alias.name for alias in node.names]
    for name in names:
        top, _, rest = name.partition(".")
        first = rest.partition(".")[0]
        if top != "sstibet":
            yield f"outside:{top}"
        else:
            yield first if first in FLOOR_OF else "sstibet"


def upward(found: Iterable[Import]) -> list[str]:
    """Every import that points up, between siblings, or to a room without a floor."""
    wrong = list[str]()
    for each in found:
        if each.target.startswith("outside:"):
            continue
        if each.room not in FLOOR_OF:
            wrong.append(f"{each.file}: {each.room} has no floor")
        elif FLOOR_OF[each.target] > FLOOR_OF[each.room] or _between_siblings(each):
            wrong.append(str(each))
    return wrong


def _between_siblings(each: Import) -> bool:
    """Whether one sibling knows another; a type that only an annotation names is no knowledge."""
    both = {each.room, each.target}
    return len(both) == 2 and both <= SIBLINGS and not each.typing_only


def worldly(found: Iterable[Import], files: Mapping[str, str]) -> list[str]:
    """Every import of a clock, chance or a network, and every call of a clock, below floor 5."""
    wrong = [
        str(each)
        for each in found
        if FLOOR_OF.get(each.room, 0) < 5
        and each.target.removeprefix("outside:") in OUTSIDE
        and each.target.startswith("outside:")
    ]
    for file, text in files.items():
        if FLOOR_OF.get(room(file), 0) >= 5:
            continue
        wrong.extend(
            f"{file}:{node.lineno} asks a clock"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Attribute) and node.attr in CLOCK_CALLS
        )
    return wrong


def circles(found: Iterable[Import]) -> list[list[str]]:
    """Rooms that import one another when they are loaded, as the circles they form."""
    below: dict[str, set[str]] = {}
    for each in found:
        when_loaded = not (each.typing_only or each.lazy)
        if when_loaded and each.target in FLOOR_OF and each.target != each.room:
            below.setdefault(each.room, set()).add(each.target)
    found_circles = list[list[str]]()

    def walk(name: str, path: list[str]) -> None:
        if name in path:
            found_circles.append([*path[path.index(name) :], name])
            return
        for target in sorted(below.get(name, ())):
            walk(target, [*path, name])

    for name in sorted(below):
        walk(name, [])
    return found_circles


class TestFloors:
    """An import only points down; no circle; the world stays outside of the core."""

    def test_every_module_has_a_floor_and_every_floor_its_modules(self) -> None:
        rooms = {room(file) for file in sources()}

        assert rooms == set(FLOOR_OF)

    def test_imports_point_down(self) -> None:
        assert upward(imports(sources())) == []

    def test_no_module_is_part_of_a_circle(self) -> None:
        assert circles(imports(sources())) == []

    def test_no_clock_chance_or_network_below_floor_five(self) -> None:
        files = sources()

        assert worldly(imports(files), files) == []


class TestTheGuard:
    """A violation that is planted is seen."""

    @pytest.mark.parametrize(
        ("file", "text"),
        [
            ("money.py", "from sstibet.rules import Rules"),
            ("money.py", "def f():\n    import sstibet.rules"),
            ("rules.py", "from sstibet import load"),
            ("rulebook.py", "from sstibet.cli.app import app"),
            ("premium/pick.py", "from sstibet.periods.ask import wait"),
            ("refunds.py", "from sstibet import premium"),
            ("facts.py", "if TYPE_CHECKING:\n    from sstibet.rulebook import Rulebook"),
            ("newcomer.py", "import sstibet.money"),
        ],
    )
    def test_an_import_that_points_up_is_seen(self, file: str, text: str) -> None:
        assert upward(imports({file: text})) != []

    @pytest.mark.parametrize(
        ("file", "text"),
        [
            ("money.py", "import random"),
            ("months.py", "from time import time"),
            ("premium/rate.py", "def f():\n    import urllib.request"),
            ("rules.py", "from datetime import date\nday = date.today()"),
        ],
    )
    def test_the_world_in_the_core_is_seen(self, file: str, text: str) -> None:
        assert worldly(imports({file: text}), {file: text}) != []

    def test_a_circle_is_seen(self) -> None:
        planted = {
            "money.py": "import sstibet.months",
            "months.py": "import sstibet.text",
            "text.py": "from sstibet import money",
        }

        assert ["money", "months", "text", "money"] in circles(imports(planted))

    def test_what_points_down_is_left_alone(self) -> None:
        planted = {"rules.py": "import sstibet.money\nimport json", "money.py": "import re"}

        assert upward(imports(planted)) == []
        assert worldly(imports(planted), planted) == []
