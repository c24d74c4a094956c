"""What README and CONTRIBUTING show is run: the Python, the commands, the smallest book.

How blocks are run, and what of their output is compared, stands in `shown`.
"""

from __future__ import annotations

import itertools
import re
import shutil
from pathlib import Path

import pytest

from shown import blocks, commands, printed_by, printed_in, steady
from sstibet.files import find_rules
from sstibet.problems import all_codes

CHECKOUT = Path(__file__).parents[1]
README = (CHECKOUT / "README.md").read_text("utf-8")
CONTRIBUTING = (CHECKOUT / "CONTRIBUTING.md").read_text("utf-8")


@pytest.fixture
def analyst(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place with a copy of the rules that may be broken."""
    shutil.copytree(find_rules(None), tmp_path / "rules")
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestReadme:
    """README.md."""

    def test_the_two_commands_stand_at_the_top(self) -> None:
        first = blocks(README)[0]

        assert README.index(first.text) < 100
        assert [line.split()[:2] for line in first.text.splitlines()] == [
            ["make", "demo"],
            ["make", "test"],
        ]

    def test_the_quote_takes_ten_lines_at_most(self) -> None:
        first = next(block for block in blocks(README) if block.language == "python")

        assert len([line for line in first.text.splitlines() if line.strip()]) <= 10

    def test_every_python_block_prints_what_stands_under_it(self) -> None:
        names: dict[str, object] = {}
        shown = blocks(README)
        pairs = [
            (block, after)
            for block, after in itertools.pairwise(shown)
            if block.language == "python"
        ]

        assert len(pairs) == 4
        for block, after in pairs:
            assert after.language == "text"
            assert steady(printed_in(block, "README.md", names)) == steady(after.text)

    def test_every_command_prints_what_stands_under_it(self, analyst: Path) -> None:
        """Each block begins with the rules as they are."""
        count = 0
        for block in blocks(README):
            if block.language != "console":
                continue
            shutil.rmtree(analyst / "rules")
            shutil.copytree(find_rules(None), analyst / "rules")
            for command, output in commands(block):
                assert steady(printed_by(command)) == steady(output), command
                count += 1
        assert count == 6

    def test_every_shipped_scheme_is_named(self) -> None:
        import sstibet

        schemes = sstibet.load().contents.schemes

        assert [scheme for scheme in schemes if f"`{scheme}`" not in README] == []

    def test_every_shipped_item_is_named(self) -> None:
        import sstibet

        items = sstibet.load().contents.items

        assert [item for item in items if f"`{item}`" not in README] == []

    def test_the_picture_is_the_machine_as_it_is(self) -> None:
        """After a change: sstibet draw account_filing --as svg --language en --out …"""
        import sstibet
        from sstibet.drawing import svg

        picture = CHECKOUT / "docs" / "pictures" / "account_filing.svg"

        assert picture.read_text("utf-8") == svg(sstibet.load(), "account_filing", "en")

    def test_links_lead_somewhere(self) -> None:
        for text in (README, CONTRIBUTING):
            targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
            assert [target for target in targets if not (CHECKOUT / target).exists()] == []


class TestContributing:
    """CONTRIBUTING.md."""

    def test_the_smallest_book_is_sound_and_quotes(self, analyst: Path) -> None:
        for block in blocks(CONTRIBUTING):
            title = re.match(r"# (mybook/\S+)\n", block.text)
            if title:
                file = analyst / title[1]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(block.text, "utf-8")
        [question] = re.findall(r"`(sstibet quote .*--book mybook)`", CONTRIBUTING)

        assert "is sound" in printed_by("sstibet check mybook")
        assert "775.00" in printed_by(question)

    def test_every_code_and_file_it_names_is_there(self) -> None:
        codes = re.findall(r"explain-code (\w+)", CONTRIBUTING)
        files = re.findall(r"`((?:src|tests)/[\w/.]+)`", CONTRIBUTING)

        assert set(codes) <= set(all_codes())
        assert [file for file in files if not (CHECKOUT / file).exists()] == []
