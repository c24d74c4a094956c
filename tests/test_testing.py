"""`sstibet.testing`: its strategies, and the pytest plugin in somebody else's project."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sstibet
from sstibet import Money, Quote, Wrong
from sstibet.files import find_rules
from sstibet.money import MODES, Rounding, Unit
from sstibet.resident_id import birth_date, parse_resident_id
from sstibet.testing import invented, strategies

SECOND = Path(__file__).parent / "books" / "good" / "second_region"
NAMED = {point.value for point in entry_points(group="pytest11")}
# Where the library is installed, pytest has found the plugin by itself.
LOADED = [] if "sstibet.testing.plugin" in NAMED else ["-p", "sstibet.testing.plugin"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that isn't ours: one test of its own, no conftest."""
    (tmp_path / "test_own.py").write_text("def test_own(): pass\n")
    return tmp_path


def run(project: Path, *arguments: str | Path) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", *LOADED, "-p", "no:cacheprovider", "-o", "addopts="]
    done = subprocess.run(
        [*command, *map(str, arguments)],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


class TestPlugin:
    """`pytest --rulebook DIR` runs every example of every edition and every case of the book."""

    def test_without_the_option_nothing_happens(self, project: Path) -> None:
        code, out = run(project, "-q")
        assert code == 0
        assert "1 passed" in out

    def test_every_example_and_case_is_a_test_of_its_own(self, project: Path) -> None:
        code, out = run(project, "--rulebook", SECOND, "-v")
        assert code == 0, out
        lines = (SECOND / "cases" / "worked.yaml").read_text(encoding="utf-8").split("\n")
        cases = [n for n, line in enumerate(lines, 1) if line.startswith("- title: ")]
        for number in cases:
            title = lines[number - 1].removeprefix("- title: ")
            assert f"::cases/worked.yaml:{number} {title}" in out
        texts = [
            p.read_text(encoding="utf-8")
            for p in SECOND.rglob("*.yaml")
            if p.parent.name != "cases"
        ]
        examples = sum(line.lstrip().startswith("- {on: ") for t in texts for line in t.split("\n"))
        assert f"{len(cases) + examples + 1} passed" in out

    def test_an_outcome_that_differs_shows_both_amounts_and_the_place(self, project: Path) -> None:
        book = Path(shutil.copytree(SECOND, project / "book"))
        worked = book / "cases" / "worked.yaml"
        text = worked.read_text(encoding="utf-8")
        worked.write_text(text.replace("due: 84.60", "due: 84.61"), encoding="utf-8")
        line = text[: text.index("due: 84.60")].count("\n") + 1
        code, out = run(project, "--rulebook", "book")
        assert code == 1
        assert "1 failed" in out
        assert "84.60" in out
        assert "84.61" in out
        assert f"cases/worked.yaml:{line}:" in out

    def test_a_book_that_does_not_load_fails_with_its_problems(self, project: Path) -> None:
        book = Path(shutil.copytree(SECOND, project / "book"))
        (book / "refunds.yaml").write_text("a: 1\na: 2\n", encoding="utf-8")
        code, out = run(
            project, "--rulebook", "book", "--rulebook", SECOND, "--rulebook", "nowhere"
        )
        assert code == 1
        assert "doubled_key" in out
        assert "refunds.yaml:2" in out
        assert "nowhere" in out
        assert "2 failed" in out

    def test_where_the_structure_is_faulty_no_example_passes(self, project: Path) -> None:
        """A scheme with a fault of its own is not asked; its examples prove nothing."""
        book = Path(shutil.copytree(SECOND, project / "book"))
        path = book / "tiers" / "harvest_pension.yaml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("{tier: rung,", "{tier: wrung,"), encoding="utf-8")
        code, out = run(project, "--rulebook", "book", "book")
        assert code == 1
        assert "unknown_fact" in out
        assert "passed" not in out

    def test_the_shipped_book_passes(self, project: Path) -> None:
        code, out = run(project, "--rulebook", find_rules(None), "-q", find_rules(None))
        assert code == 0, out
        assert "passed" in out


class TestStrategies:
    """Strategies draw what they say they draw."""

    @given(strategies.money("1", "2"))
    def test_money_lies_between_its_bounds(self, amount: Money) -> None:
        assert Money(100) <= amount <= Money(200)

    @given(strategies.days(date(2023, 12, 30), date(2024, 3, 1)))
    def test_days_lie_between_their_bounds(self, day: date) -> None:
        assert date(2023, 12, 30) <= day <= date(2024, 3, 1)

    @given(strategies.months("2024-11", "2025-02"))
    def test_months_lie_between_their_bounds(self, month: sstibet.Month) -> None:
        assert "2024-11" <= str(month) <= "2025-02"

    @given(strategies.rates())
    def test_rates_read_back_from_their_text(self, rate: sstibet.Rate) -> None:
        assert sstibet.Rate.parse(str(rate)) == rate

    @given(strategies.roundings(), st.integers(0, 10**9))
    def test_roundings_stay_within_one_unit(self, rounding: Rounding, fen: int) -> None:
        assert rounding.to in Unit
        assert rounding.mode in MODES
        assert abs(rounding.round(fen, 3) - fen / 3) < int(rounding.to)

    @given(strategies.resident_ids())
    def test_resident_ids_are_sound_and_plainly_nobodys(self, number: str) -> None:
        assert parse_resident_id(number) == number
        assert number[2:6] == "0000"
        assert birth_date(number).year >= 1920
        assert int(number[14:17]) >= 900

    @given(st.data())
    def test_persons_are_taken_by_the_dictionary(self, data: st.DataObject) -> None:
        dictionary = sstibet.load(SECOND).contents.dictionary
        person = data.draw(strategies.persons(dictionary))
        for name, value in person.items():
            assert dictionary.facts[name].personal
            dictionary.read(name, value)

    @given(data=st.data())
    def test_invented_books_are_sound_and_price(self, data: st.DataObject, tmp_path: Path) -> None:
        texts = data.draw(invented.books())
        folder = invented.write(texts, tmp_path / "book")
        for path in folder.rglob("*.yaml"):
            if path.relative_to(folder).as_posix() not in texts:
                path.unlink()
        assert sstibet.check(folder) == []
        book = sstibet.load(folder, cache=False)
        for scheme in book.contents.schemes:
            day, facts = data.draw(strategies.questions(book, scheme))
            answer = book.on(day).quote(scheme, facts)
            assert isinstance(answer, (Quote, Wrong))
            if isinstance(answer, Wrong):
                assert answer.code.startswith("no_edition") or "no_such_tier" in facts.values()
            day, facts = data.draw(strategies.questions(book, scheme, valid=False))
            assert isinstance(book.on(day).quote(scheme, facts), Wrong)
