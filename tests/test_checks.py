"""What is checked across a whole book: one mistake is told once and where it stands, a book with
an example of every cell notices every slip, and no book however broken makes the checks fail.

Which words are said of which mistake is shown by ``test_bad_books``.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sstibet.checks import check_contents
from sstibet.files import Files
from sstibet.loading import load_documents
from sstibet.problems import Problem, all_codes

BOOK = Path(__file__).parent / "books" / "good" / "complete"
SOURCE = Path(__file__).parents[1] / "src" / "sstibet"
SOUND = Files.of(BOOK).data


def problems(data: dict[str, bytes]) -> list[Problem]:
    loaded = load_documents(Files(BOOK, data))
    return loaded.problems or check_contents(loaded)


def slip(*edits: tuple[str, str, str]) -> list[Problem]:
    """The problems of the book after edits, each (file, what stands there once, what instead)."""
    data = dict(SOUND)
    for file, old, new in edits:
        text = data[file].decode()
        assert text.count(old) == 1, f"{old!r} is in {file} {text.count(old)} times"
        data[file] = text.replace(old, new).encode()
    return sorted(problems(data))


def at(problem: Problem, *edits: tuple[str, str, str]) -> str:
    """The text at which a problem points."""
    text = SOUND[problem.file].decode()
    for file, old, new in edits:
        text = text.replace(old, new) if file == problem.file else text
    return text.split("\n")[problem.line - 1][problem.column - 1 :]


def codes(found: list[Problem]) -> list[str]:
    return [problem.code for problem in found]


def test_the_book_is_sound() -> None:
    assert problems(SOUND) == []


BETWEEN = "from: 2025-01-01, until: 2026-01-01, why"
TIERS = "tiers:\n    covers: {from: 2024-01-01, until: %s}"
FIRST = "until: %s\n        published"
STUDENT = "{fact: %s, test: is, value: no}"
BOOKED_IN = "{field: %s, test: is, value: yes}"

# file, what stands there, the slip, the code of the only problem, the text that it points at
ONE_SLIP = [
    ("book.yaml", "pension]", "pension, medical]", "doubled_entry", "medical]"),
    ("book.yaml", "Asia/Shanghai", "Asia/Shangai", "unknown_time_zone", "Asia/Shangai"),
    ("facts.yaml", "en: tier}", "en: tier, fr: palier}", "unknown_language", "fr"),
    ("facts.yaml", "{zh: 档次, en: tier}", "{zh: 档次}", "missing_language", "{zh: 档次}"),
    ("facts.yaml", "codes: categories", "codes: groups", "unknown_code_list", "groups"),
    ("tiers.yaml", FIRST % "2025-01-01", FIRST % "2024-12-01", "gap", BETWEEN[6:]),
    ("tiers.yaml", BETWEEN, BETWEEN.replace("2025", "2024"), "overlap", "2024-01-01"),
    ("tiers.yaml", TIERS % "2027-01-01", TIERS % "2028-01-01", "covers_mismatch", "2028-01-01"),
    ("tiers.yaml", "notice_year: 2023", "notice_year: 2022", "notice_year", "2022"),
    ("tiers.yaml", "id: low, person: 100,", "id: low, person: 400,", "unsorted_tiers", "380.50"),
    ("rates.yaml", "of_base: 8%", "of_base: 21%", "parts_above_premium", "{id: pooled"),
    ("rates.yaml", "rest: yes", "rest: no", "one_rest", "no}"),
    ("rates.yaml", "share: 80%", "share: 301%", "tier_outside_bounds", "301%"),
    ("periods.yaml", "value: 16}", "value: sixteen}", "not_whole", "sixteen"),
    ("periods.yaml", "parameter: oldest", "parameter: oldst", "unknown_parameter", "oldst"),
    ("periods.yaml", STUDENT % "student", STUDENT % "password", "secret_in_rule", "password"),
    ("refunds.yaml", BOOKED_IN % "booked_in", BOOKED_IN % "booked", "unknown_field", "booked"),
    ("refunds.yaml", "column: account\n", "column: booked_in\n", "column_kind", "booked_in"),
    ("cases/worked.yaml", "cover, of: medical", "cover, of: pension", "unknown_scheme", "pension"),
    ("cases/worked.yaml", "due: 13.24", "due: 13.25", "example_differs", "13.25"),
]


@pytest.mark.parametrize(("file", "old", "new", "code", "text"), ONE_SLIP)
def test_a_slip_is_told_where_it_stands(
    file: str, old: str, new: str, code: str, text: str
) -> None:
    found = slip((file, old, new))
    assert codes(found) == [code]
    assert at(found[0], (file, old, new)).startswith(text)


def test_a_problem_of_structure_keeps_its_examples_quiet() -> None:
    """A gap in the tiers is one problem, though no example of the scheme comes out any more."""
    moved = (
        "tiers.yaml",
        "until: 2025-01-01\n        published",
        "until: 2024-01-02\n        published",
    )
    assert codes(slip(moved)) == ["gap"]


def test_independent_problems_are_told_together() -> None:
    found = slip(
        ("facts.yaml", "codes: grounds", "codes: ground"),
        ("tiers.yaml", "notice_year: 2023", "notice_year: 2021"),
        ("rates.yaml", "due: 1847.40, evidence", "due: 1847.41, evidence"),
        ("periods.yaml", "parameter: oldest", "parameter: youngest"),
        ("cases/worked.yaml", 'value: "60"', 'value: "61"'),
    )
    assert sorted(codes(found)) == [
        "example_differs",
        "example_differs",
        "notice_year",
        "unknown_code_list",
        "unknown_parameter",
    ]


def test_both_amounts_and_the_rule_are_named() -> None:
    edit = ("rates.yaml", "account: 560.00, pooled: 840.01", "account: 560.00, pooled: 840.02")
    (found,) = slip(edit)
    assert found.code == "example_differs"
    assert "840.01" in found.message
    assert "840.02" in found.message
    assert "rates.yaml:16" in found.hint
    assert at(found, edit).startswith("840.02")


def test_what_is_derived_from_a_broken_fact_is_not_asked_of_the_rules() -> None:
    """The circle is told; that nobody's age is known any more is not."""
    edit = ("facts.yaml", "since: born, until: day,", "since: born, until: circle,")
    circle = "circle: {kind: date, label: {zh: 圈, en: circle}, personal: no, "
    circle += "derive: {year_start: age}}\n"
    found = slip(edit, ("facts.yaml", "born: {kind", f"{circle}born: {{kind"))
    assert codes(found) == ["derived_in_a_circle"]
    assert "age" in found[0].message
    assert "circle" in found[0].message


# What an example alone shows: without it the book says which slip nobody would notice.
NEEDED = [
    ("tiers.yaml", "{tier: low, category: general, year: 2024, back: 1}, due: 100", "no_example"),
    ("tiers.yaml", "back: 15}", "no_example"),
    ("tiers.yaml", "back: 16}", "no_example"),
    ("rates.yaml", "bounds: {floor: 6928", "no_example"),
    ("rates.yaml", "bounds: {floor: 7066.20", "no_example"),
    ("rates.yaml", 'base_tier: "60"', "no_example"),
    ("rates.yaml", 'base_tier: "300"', "no_example"),
    ("rates.yaml", "base: 8000", "slip_unnoticed"),
    ("rates.yaml", "known_on: 2025-10-29", "slip_unnoticed"),
    ("rates.yaml", "known_on: 2025-10-30", "slip_unnoticed"),
    ("periods.yaml", "{on: 2025-08-31", "slip_unnoticed"),
    ("periods.yaml", "{on: 2025-09-01", "slip_unnoticed"),
    ("periods.yaml", "{on: 2025-12-31", "slip_unnoticed"),
    ("periods.yaml", "{on: 2026-01-01", "slip_unnoticed"),
    ("periods.yaml", "born: 2009-03-01", "slip_unnoticed"),
    ("periods.yaml", "born: 2009-03-02", "slip_unnoticed"),
    ("periods.yaml", "born: 1965-03-01", "slip_unnoticed"),
    ("periods.yaml", "lapsed: 4", "slip_unnoticed"),
    ("periods.yaml", "{on: 2026-02-01", "no_example"),
    ("refunds.yaml", "account: 0.01", "slip_unnoticed"),
    ("refunds.yaml", "confirmed_by: agency, ends_enrolment: yes", "slip_unnoticed"),
    ("refunds.yaml", "ground: mind", "no_example"),
    ("cases/worked.yaml", "after the window", "no_example"),
    ("cases/worked.yaml", "a student", "no_example"),
    ("cases/worked.yaml", "a base announced late", "slip_unnoticed"),
    ("cases/worked.yaml", "the highest age", "no_example"),
    ("cases/worked.yaml", "a longer lapse", "no_example"),
    ("cases/worked.yaml", "less than no lapse", "no_example"),
    ("cases/worked.yaml", "the longest lapse", "no_example"),
    ("periods.yaml", "row: early", "no_example"),
    ("tiers.yaml", "code: amount_unknown", "no_example"),
    ("cases/worked.yaml", "the year", "no_example"),
    ("cases/worked.yaml", "a death", "no_example"),
]


@pytest.mark.parametrize(("file", "line", "code"), NEEDED)
def test_an_example_that_alone_shows_a_cell_is_missed(file: str, line: str, code: str) -> None:
    lines = SOUND[file].decode().split("\n")
    kept = [each for each in lines if not (line in each and each.strip().startswith("- {"))]
    assert len(kept) == len(lines) - 1
    found = problems({**SOUND, file: "\n".join(kept).encode()})
    assert found
    assert set(codes(found)) == {code}, found


def test_a_book_that_shows_some_is_only_asked_for_one_example_an_edition() -> None:
    some = ("book.yaml", "every_cell", "some")
    student = "- {title: a student, ask: may_pay, of: pension, on: 2025-03-01, facts: "
    student += "{born: 1990-01-01, student: yes}, refused: grown_up}\n"
    assert slip(some, ("cases/worked.yaml", student, "")) == []
    text = SOUND["tiers.yaml"].decode()
    start = text.index("        examples:\n          - {on: 2025-10-01")
    examples = text[start : text.index("  relief:")]
    assert codes(slip(some, ("tiers.yaml", examples, ""))) == ["no_example"]


def test_many_unknown_names_are_told_without_a_guess_at_each() -> None:
    """A list in which everything is wrong has one mistake behind it; each entry is still told."""
    names = ", ".join(f"name_{n}" for n in range(2000))
    found = slip(
        ("book.yaml", "schemes: [medical, pension]", f"schemes: [medical, pension, {names}]")
    )
    unknown = [each for each in found if each.code == "unknown_scheme"]
    assert len(unknown) == 2000


# The codes


def _codes_raised() -> Iterator[tuple[str, str]]:
    """Every (code, place) that a problem or a BadValue is made with anywhere in the library."""
    position = {"BadValue": 0, "problem": 0, "key_problem": 0, "fault": 1, "key_fault": 1}
    for file in sorted(SOURCE.rglob("*.py")):
        # In the checks `_fault` takes the place first, elsewhere the file or the span.
        own = {"_fault": 1} if "checks" in file.parts else {}
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                nth = {**position, **own}.get(name)
                if nth is not None and len(node.args) > nth:
                    for each in ast.walk(node.args[nth]):
                        if isinstance(each, ast.Constant) and isinstance(each.value, str):
                            yield each.value, f"{file.name}:{node.lineno}"


def test_every_code_that_is_raised_has_its_text() -> None:
    known = set(all_codes())
    raised = dict(_codes_raised())
    assert len(raised) > 100
    assert {code: place for code, place in raised.items() if code not in known} == {}


def test_every_text_is_of_a_code_that_is_raised() -> None:
    words = {
        node.value
        for file in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(all_codes()) - words == set()


# No book makes the checks fail

Tree = Any
TREES: dict[str, Tree] = {name: yaml.load(data, yaml.BaseLoader) for name, data in SOUND.items()}
STRANGE = [
    "", "x", "0", "-1", "7", "none", "open", "unknown", "yes", "9999-12-31", "0001-01-01",
    "2024-02-29", "99999999999999999999", "0%", "1000%", "1/3", "0.01", "day", "age", "payments",
    "tier", "category", "password", "records", "date", "fixed", "listed", "paid_on", "ceiling",
    "every_cell", "some", [], {}, ["x"], {"x": "y"}, {"all": []}, {"count": {"fact": "payments"}},
]  # fmt: skip


def _paths(tree: Tree, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = (
        tree.items()
        if isinstance(tree, dict)
        else enumerate(tree if isinstance(tree, list) else ())
    )
    for key, child in inner:
        yield (*path, key)
        yield from _paths(child, (*path, key))


PLACES = [(name, path) for name, tree in TREES.items() for path in _paths(tree)]


@st.composite
def broken_books(draw: st.DrawFn) -> dict[str, bytes]:
    """The book with one to four of its nodes dropped, doubled, swapped, renamed or replaced."""
    trees = json.loads(json.dumps(TREES))
    for name, path in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=4)):
        node = trees[name]
        try:
            for step in path[:-1]:
                node = node[step]
            _break(draw, node, path[-1])
        except (KeyError, IndexError, TypeError):
            continue  # an earlier slip has taken the place away
    return {name: json.dumps(tree, ensure_ascii=False).encode() for name, tree in trees.items()}


def _break(draw: st.DrawFn, node: Any, key: Any) -> None:
    if not isinstance(node, (dict, list)):
        return  # an earlier slip has put a text in its place
    assert node[key] is not None  # or it is gone, which the caller takes for done
    kind = draw(st.sampled_from(["drop", "replace", "borrow", "swap", "double", "rename"]))
    if kind == "drop":
        del node[key]
    elif kind == "replace":
        node[key] = draw(st.sampled_from(STRANGE))
    elif kind == "borrow":
        name, path = draw(st.sampled_from(PLACES))
        other = TREES[name]
        for step in path:
            other = other[step]
        node[key] = other
    elif isinstance(node, list):
        at = draw(st.integers(0, len(node) - 1))
        if kind == "swap":
            node[key], node[at] = node[at], node[key]
        else:
            node.insert(at, node[key])
    else:
        other = draw(st.sampled_from(sorted(node)))
        if kind == "swap":
            node[key], node[other] = node[other], node[key]
        else:
            node[draw(st.sampled_from(["x", "none", other + "s"]))] = node.pop(key)


@given(broken_books())
@settings(max_examples=120)
def test_no_book_makes_the_checks_fail(data: dict[str, bytes]) -> None:
    for problem in problems(data):
        assert problem.file in data
        assert problem.line >= 1
        assert problem.code in all_codes()
