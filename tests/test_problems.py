"""Problems as values, their codes, and how they are shown."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from sstibet.frames import render, source_in
from sstibet.problems import (
    BadValue,
    Problem,
    RulebookError,
    all_codes,
    closest,
    explain_code,
    visible,
)
from sstibet.reader import read_bytes

LATER = Problem("rates.yaml", 41, 11, "bad_rate", "'20 %' is not a rate", "write 20%", 4)
EARLIER = Problem("facts.yaml", 7, 1, "unknown_key", "no key 'lable'")


def frame(line: str, column: int, width: int = 1) -> list[str]:
    """The shown line and the carets under it, without the margin."""
    problem = Problem("a.yaml", 1, column, "syntax", "m", width=width)
    shown = render([problem], lambda file: [line]).split("\n")
    return [text[4:] for text in shown[3:5]]


class TestProblem:
    """A problem is a value: compared by content, sorted by place, one line as text."""

    def test_width_is_how_it_is_drawn_and_not_what_it_is(self) -> None:
        assert Problem("a", 1, 1, "c", "m", width=3) == Problem("a", 1, 1, "c", "m", width=9)

    def test_concise_is_always_one_line_and_never_sends_an_escape(self) -> None:
        problem = Problem("a", 1, 2, "c", "no \x1b[31mkey\n'x'", "h")
        assert str(problem) == "a:1:2: c: no ␛[31mkey␊'x' (h)"

    def test_an_error_sorts_its_problems_and_keeps_each_once(self) -> None:
        error = RulebookError([LATER, EARLIER, LATER])
        assert error.problems == (EARLIER, LATER)
        assert str(error) == f"{EARLIER}\n{LATER}"

    def test_an_error_survives_pickling(self) -> None:
        again = pickle.loads(pickle.dumps(RulebookError([LATER])))
        assert again.problems == (LATER,)

    def test_a_bad_value_becomes_a_problem_where_it_stands(self) -> None:
        bad = BadValue("bad_rate", "'20 %' is not a rate", "write 20%")
        assert bad.at("rates.yaml", 41, 11, 4) == LATER
        assert str(bad) == "'20 %' is not a rate (write 20%)"
        assert pickle.loads(pickle.dumps(bad)).hint == "write 20%"

    def test_joiners_stay_and_direction_marks_are_named(self) -> None:
        assert visible("a\u200db\u202ec\x7f") == "a\u200db<U+202E>c␡"


class TestClosest:
    """Did you mean."""

    @pytest.mark.parametrize(
        ("word", "expected"),
        [
            ("lable", "label"),
            ("LABEL", "label"),
            ("ｌａｂｅｌ", "label"),
            ("flexible-pension", "flexible_pension"),
            ("flexble_penson", "flexible_pension"),
            ("zzz", None),
            ("", None),
        ],
    )
    def test_near_names_are_found_and_far_ones_not(self, word: str, expected: str | None) -> None:
        assert closest(word, ["label", "flexible_pension", "rate"]) == expected

    def test_the_order_of_the_candidates_does_not_matter(self) -> None:
        assert closest("ratex", ["rates", "rated"]) == closest("ratex", ["rated", "rates"])


class TestCodes:
    """Each code says cause and cure."""

    def test_every_code_is_complete_and_a_snake_case_word(self) -> None:
        for code in all_codes():
            entry = explain_code(code)
            assert entry.code == code
            assert code == code.lower()
            assert code.replace("_", "a").isalnum()
            assert all((entry.title, entry.cause, entry.cure)), code
            assert bool(entry.wrong) == bool(entry.right), code

    def test_the_example_shows_wrong_and_right(self) -> None:
        example = explain_code("full_width_punctuation").example
        assert example == "Wrong:\n    label：灵活就业\nRight:\n    label: 灵活就业"

    def test_an_unknown_code_is_a_key_error(self) -> None:
        with pytest.raises(KeyError):
            explain_code("nonsense")

    def test_our_own_file_of_codes_passes_our_own_reader(self) -> None:
        import sstibet.problems

        data = Path(sstibet.problems.__file__).with_name("problem_codes.yaml").read_bytes()
        document, problems = read_bytes(data, "problem_codes.yaml")
        assert problems == []
        assert document is not None
        assert isinstance(document.data, dict)
        assert set(document.data) - {"where"} == set(all_codes())


class TestFull:
    """The frame with the line, the caret and the help."""

    def test_a_frame(self) -> None:
        lines = [""] * 40 + ["    rate: 20 %"]
        assert render([LATER], lambda file: lines) == (
            "error[bad_rate]: '20 %' is not a rate\n"
            "  --> rates.yaml:41:11\n"
            "   |\n"
            "41 |     rate: 20 %\n"
            "   |           ^^^^\n"
            "   = help: write 20%\n"
            "\n"
            "1 problem in 1 file"
        )

    def test_the_closing_line_counts_problems_and_files(self) -> None:
        shown = render([LATER, EARLIER, LATER], lambda file: None)
        assert shown.endswith("\n\n3 problems in 2 files")
        assert shown.startswith("error[unknown_key]")

    def test_nothing_wrong_is_nothing_said(self) -> None:
        assert render([], lambda file: None) == ""

    @pytest.mark.parametrize(
        ("line", "column", "width", "before", "carets"),
        [
            ("label：灵活", 6, 1, 5, 2),
            ("灵活就业x", 5, 1, 8, 1),
            ("灵活就业", 2, 2, 2, 4),
            ("བོད་ཡིག x", 9, 1, 6, 1),  # two vowel signs take no cell
            ("རྒྱ x", 5, 1, 2, 1),  # nor do subjoined letters
            ("😀 x", 3, 1, 3, 1),
            ("ab\u0301 x", 5, 1, 3, 1),
            ("abc", 4, 1, 3, 1),  # one past the end
            ("a\u202eb", 3, 1, 9, 1),
        ],
    )
    def test_the_caret_is_counted_in_cells(
        self, line: str, column: int, width: int, before: int, carets: int
    ) -> None:
        assert frame(line, column, width)[1] == " " * before + "^" * carets

    def test_a_tab_is_one_arrow_and_a_control_character_a_picture(self) -> None:
        assert frame("a:\t\x1b[x", 4) == ["a:⇥␛[x", "   ^"]

    @pytest.mark.parametrize("filler", ["x", "灵", "བོ"])
    @pytest.mark.parametrize("length", [200, 20_000])
    def test_a_long_line_is_cut_around_the_caret(self, filler: str, length: int) -> None:
        line = filler * length + "!" + filler * length
        shown, carets = frame(line, len(filler) * length + 1)
        cells = shown.replace("\u0f7c", "").replace("灵", "灵_")
        assert len(cells) <= 101
        assert cells[carets.index("^")] == "!"
        assert shown[0] == shown[-1] == "…"

    def test_a_line_that_is_not_there_is_left_out(self) -> None:
        assert "|" not in render([LATER], lambda file: ["one line"])


class TestMachines:
    """json and github."""

    def test_json_has_the_six_fields(self) -> None:
        assert json.loads(render([LATER], lambda file: None, "json")) == [
            {
                "file": "rates.yaml",
                "line": 41,
                "column": 11,
                "code": "bad_rate",
                "message": "'20 %' is not a rate",
                "hint": "write 20%",
            }
        ]

    def test_github_escapes_what_its_commands_are_made_of(self) -> None:
        problem = Problem("a,b:c.yaml", 1, 2, "c", "20 %\r\nx, y: z", "h")
        assert render([problem], lambda file: None, "github") == (
            "::error file=a%2Cb%3Ac.yaml,line=1,col=2,title=c::20 %25%0D%0Ax, y: z (h)"
        )

    def test_concise_is_one_line_each(self) -> None:
        shown = render([LATER, EARLIER], lambda file: None, "concise")
        assert shown == f"{EARLIER}\n{LATER}"

    def test_another_format_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no format 'xml'"):
            render([], lambda file: None, "xml")  # type: ignore[arg-type]  # what is tested


def test_lines_come_from_the_folder_counted_as_the_reader_counts(tmp_path: Path) -> None:
    """A form feed or U+2028 ends no line, and a BOM is no column."""
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa\x0cb\r\nc\xe2\x80\xa8d\n\xff")
    source = source_in(tmp_path)
    assert source("a.yaml") == ["a\x0cb", "c\u2028d", "\ufffd"]
    assert source("missing.yaml") is None
    assert source(".") is None
