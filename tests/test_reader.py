"""The strict reader: every fault at its place, and plain text for everything else."""

from __future__ import annotations

import gc
import os
import string
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sstibet import composer
from sstibet.problems import all_codes
from sstibet.reader import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_PROBLEMS,
    Position,
    Tree,
    read,
    read_bytes,
)


def places(source: str | bytes) -> list[tuple[str, int, int, int]]:
    """Code, line, column and width of every problem in a text."""
    data = source.encode() if isinstance(source, str) else source
    return [(p.code, p.line, p.column, p.width) for p in read_bytes(data, "a.yaml")[1]]


def tree(source: str) -> Tree:
    """The data of a text without problems."""
    document, problems = read_bytes(source.encode(), "a.yaml")
    assert problems == []
    assert document is not None
    return document.data


def without_where(node: Tree) -> Tree:
    """The tree its author wrote."""
    if isinstance(node, dict):
        return {key: without_where(value) for key, value in node.items() if key != "where"}
    return [without_where(entry) for entry in node] if isinstance(node, list) else node


class TestEverythingIsText:
    """YAML 1.2 strict: `on`, `no`, `0123`, `12:30` stay text; `380.00` is exact."""

    @pytest.mark.parametrize(
        "text",
        ["on", "no", "true", "0123", "12:30", "380.00", "2024-02-30", "1_000", "0x1F", ".inf", "="],
    )
    def test_a_plain_scalar_is_its_text(self, text: str) -> None:
        assert tree(f"{text}: {text}") == {"where": "a.yaml:1", text: text}

    def test_quoted_nulls_and_empty_texts_pass(self) -> None:
        assert tree("[\"\", '', 'null', \"~\", '<<']") == ["", "", "null", "~", "<<"]

    def test_block_scalars_are_read(self) -> None:
        assert tree("a: |\n  x：1\n  y\tz\nb: >-\n  p\n  q\n") == {
            "where": "a.yaml:1",
            "a": "x：1\ny\tz\n",
            "b": "p q",
        }

    @pytest.mark.parametrize(
        "text",
        [
            "label: 注意：七月起，按新基数。",
            "label: “双定”户和“零申报”户",
            "label: “双定”户\nb: 1",
            "label: 藏人社发［2014］8号",
            "label: '“灵活”'  # ｛注释｝，：",
            "label: {zh: 灵活，就业, bo: བོད་ཡིག}",
            "label: |\n  　　label：灵活\n",
            "- 城乡居民，养老",
            "label: '&x'",
            "a: 'x\n\ty'",
            "a: |\n  x\n  \ty\n",
            "# \t x\n\t\na: 1 \t# x\n",
        ],
    )
    def test_chinese_labels_quotes_and_comments_are_no_fault(self, text: str) -> None:
        assert places(text) == []

    def test_a_tab_in_a_quoted_text_of_several_lines_stays(self) -> None:
        assert tree('a: "x\n  b:\ty"') == {"where": "a.yaml:1", "a": "x b:\ty"}

    def test_windows_line_ends_count_as_one(self) -> None:
        assert places("a: 1\r\nb: ~\r\n") == [("null_value", 2, 4, 1)]


class TestPositions:
    """Where a value and a key stand; a path that ends too deep gives the nearest ancestor."""

    SOURCE = "灵活: 1\nrates:\n  - name: 'a b'\n    tiers: [10, 二十]\n  - {x: y}\n"

    @pytest.mark.parametrize(
        ("path", "value", "key"),
        [
            ((), (1, 1, 2), (1, 1, 2)),
            (("灵活",), (1, 5, 1), (1, 1, 2)),
            (("rates",), (3, 3, 1), (2, 1, 5)),
            (("rates", 0), (3, 5, 4), (3, 5, 4)),
            (("rates", 0, "name"), (3, 11, 5), (3, 5, 4)),
            (("rates", 0, "tiers"), (4, 12, 1), (4, 5, 5)),
            (("rates", 0, "tiers", 1), (4, 17, 2), (4, 17, 2)),
            (("rates", 1), (5, 5, 1), (5, 5, 1)),
            (("rates", 1, "x"), (5, 9, 1), (5, 6, 1)),
            (("rates", 1, "missing", 3), (5, 5, 1), (5, 5, 1)),
            (("rates", 7), (3, 3, 1), (2, 1, 5)),
            (("rates", 0, "where"), (3, 5, 4), (3, 5, 4)),
            (("rates", 0, "name", "deeper"), (3, 11, 5), (3, 5, 4)),
        ],
    )
    def test_of_value_and_key(
        self, path: tuple[str | int, ...], value: tuple[int, ...], key: tuple[int, ...]
    ) -> None:
        document, _ = read_bytes(self.SOURCE.encode(), "a.yaml")
        assert document is not None
        assert document.position(path) == Position(*value)
        assert document.key_position(path) == Position(*key)

    def test_where_is_the_first_keys_line_or_that_of_the_brace(self) -> None:
        assert tree("a:\n\n  b: {\n  c: d}\n") == {
            "where": "a.yaml:1",
            "a": {"where": "a.yaml:3", "b": {"where": "a.yaml:3", "c": "d"}},
        }

    def test_lines_are_the_files_own(self) -> None:
        document, _ = read_bytes(b"\xef\xbb\xbfa: x\x0cy\r\nb: 1\n", "a.yaml")
        assert document is not None
        assert document.lines == ["a: x\x0cy", "b: 1", ""]


# One text a fault, with code, line, column and width of all that is to be told.
FAULTS: list[tuple[str | bytes, list[tuple[str, int, int, int]]]] = [
    ("a: 1\na: 2\n'a': 3\n", [("doubled_key", 2, 1, 1), ("doubled_key", 3, 1, 3)]),
    ("x: {a: 1, a: {b: ~}}", [("doubled_key", 1, 11, 1), ("null_value", 1, 18, 1)]),
    ("a: &x 1\nb: *x\n", [("anchor", 1, 4, 2), ("alias", 2, 4, 2)]),
    ("&x a: [1]\nb: &y\n  - 1", [("anchor", 1, 1, 2), ("anchor", 2, 4, 2)]),
    ("a: &", [("anchor", 1, 4, 1)]),
    ("a: *", [("alias", 1, 4, 1)]),
    ("*x : 1\n", [("alias", 1, 1, 2)]),
    ("a: !!str 1\n", [("tag", 1, 4, 5)]),
    ("a: !x &y {}\n", [("tag", 1, 4, 2), ("anchor", 1, 7, 2)]),
    ("a: !e!x 1", [("tag", 1, 4, 4)]),
    ("a:\n  <<: {b: 1}\n  c: 1", [("merge_key", 2, 3, 2)]),
    ("%YAML 1.2\n---\na: 1", [("directive", 1, 1, 5)]),
    ("%TAG ! x\n%YAML 1.1\n---\na: 1", [("directive", 1, 1, 4), ("directive", 2, 1, 5)]),
    ("%FOO\n---\na: 1", [("directive", 1, 1, 4)]),
    ("a: 1\n---\nb: 2", [("several_documents", 2, 1, 3)]),
    ("a: 1\n...\nb: 2", [("several_documents", 3, 1, 1)]),
    ("? [a]\n: 1\nb: ~", [("key_not_text", 1, 3, 1), ("null_value", 3, 4, 1)]),
    ("{[{a: 1}: 2]: 3, {b: 1}: 4}", [("key_not_text", 1, 2, 1), ("key_not_text", 1, 18, 1)]),
    ("a: 1\n: 2", [("key_not_text", 2, 1, 1)]),
    ("'': 2", [("key_not_text", 1, 1, 2)]),
    ("{: 2}", [("key_not_text", 1, 2, 1)]),
    ("days:\nb: null", [("null_value", 1, 1, 4), ("null_value", 2, 4, 4)]),
    ("- 1\n-\n- ~", [("null_value", 2, 2, 1), ("null_value", 3, 3, 1)]),
    ("where: x", [("reserved_key", 1, 1, 5)]),
    ("a:\n\tb: 1\nc: ~", [("tab", 2, 1, 1), ("null_value", 3, 4, 1)]),
    ("a:\n  b: 1\n\t\tc: 1", [("tab", 3, 1, 2)]),
    # A space in the tab's place would be a fault of its own: that is not told.
    ("a:\n    b: 1\n\tc: 1\nd: 1", [("tab", 3, 1, 1)]),
    ("a:\t1\n-:\t1", [("tab", 1, 3, 1), ("tab", 2, 3, 1)]),
    ("a: 'x\n\ty'\nb:\t1", [("tab", 3, 3, 1)]),
    ("a: x\x07\x08y\nb: ~", [("control_character", 1, 5, 2), ("null_value", 2, 4, 1)]),
    ("灵\u200b: x\u2028", [("control_character", 1, 2, 1), ("control_character", 1, 6, 1)]),
    ("a: 1\rb: 2", [("control_character", 1, 5, 1), ("syntax", 1, 7, 1)]),
    (b"\xef\xbb\xbfa: ~", [("byte_order_mark", 1, 1, 1), ("null_value", 1, 4, 1)]),
    (b"\xef\xbb\xbf", [("byte_order_mark", 1, 1, 1), ("empty_file", 1, 1, 1)]),
    ("a: 1\n灵: ".encode() + b"\xff", [("not_utf8", 2, 4, 1)]),
    ("标签: 灵活".encode("gbk"), [("not_utf8", 1, 1, 1)]),
    ("a: 1".encode("utf-16"), [("not_utf8", 1, 1, 1)]),
    ("a: 1".encode("utf-16-le"), [("not_utf8", 1, 1, 1)]),
    ("", [("empty_file", 1, 1, 1)]),
    ("---\n# x\n", [("empty_file", 1, 1, 1)]),
    (" \n\t\n", [("empty_file", 1, 1, 1)]),
    ("a: [1, 2\n", [("cut_off", 1, 4, 1)]),
    ("a: 1\nb: 'xx\n", [("cut_off", 2, 4, 1)]),
    ("a: 1\nlab", [("cut_off", 2, 1, 3)]),
    ("a: 1\nlab\n", [("syntax", 2, 1, 3)]),
    ("a: 1\n  b: 2", [("syntax", 2, 4, 1)]),
    ("a: @x", [("syntax", 1, 4, 2)]),
    ("- a\nb: 1", [("syntax", 2, 1, 1)]),
    ("a: ~\nb: c: d", [("null_value", 1, 4, 1), ("syntax", 2, 5, 1)]),
    ("label：灵活", [("full_width_punctuation", 1, 6, 1)]),
    ("a: 1\nlabel：灵活\nb: 2", [("full_width_punctuation", 2, 6, 1)]),
    (
        "a: 1\nx：1\nb: 2\ny：2\n",
        [("full_width_punctuation", 2, 2, 1), ("full_width_punctuation", 4, 2, 1)],
    ),
    ("tiers：\n  - a: 1", [("full_width_punctuation", 1, 6, 1)]),
    ("a:\n  b：1\nc: ~", [("full_width_punctuation", 2, 4, 1), ("null_value", 3, 4, 1)]),
    ("{zh： 灵活, en: x}", [("full_width_punctuation", 1, 4, 1)]),
    ("a: {zh: 灵活，en: x}", [("full_width_punctuation", 1, 11, 1)]),
    ("[1，2]", [("full_width_punctuation", 1, 3, 1)]),
    ("a: “灵活”", [("full_width_punctuation", 1, 4, 1)]),
    ("a: 「灵活」", [("full_width_punctuation", 1, 4, 1)]),
    ('a: "灵活”\nb: 1', [("full_width_punctuation", 1, 7, 1)]),
    ("a: ［1, 2］", [("full_width_punctuation", 1, 4, 1)]),
    ("a: [1, 2］\nb: 3", [("full_width_punctuation", 1, 9, 1)]),
    ("a: ｛b: 1｝", [("full_width_punctuation", 1, 4, 1)]),
    ("a: ｛\n  b: 1\n｝", [("full_width_punctuation", 1, 4, 1)]),
    ("a: 1 ＃ x", [("full_width_punctuation", 1, 6, 1)]),
    ("＃ x\na: 1", [("full_width_punctuation", 1, 1, 1)]),
    ("a:　1\nb: 2", [("full_width_punctuation", 1, 3, 1)]),
    ("　a: 1", [("full_width_punctuation", 1, 1, 1)]),
    # An innocent “ before the line that is wrong does not take the blame.
    ("a: “双定”户\nb: @x", [("syntax", 2, 4, 2)]),
]


class TestFaults:
    """Refuse at the door, all at once, with the line."""

    @pytest.mark.parametrize(("source", "expected"), FAULTS, ids=lambda value: repr(value)[:50])
    def test_is_told_at_its_place(
        self, source: str | bytes, expected: list[tuple[str, int, int, int]]
    ) -> None:
        assert places(source) == expected

    def test_a_doubled_key_names_the_first(self) -> None:
        problem = read_bytes(b"\na: 1\nb: 2\na: 3", "a.yaml")[1][0]
        assert problem.hint == "the first stands on line 2: remove one of the two"

    def test_of_gbk_the_hint_says_so(self) -> None:
        assert "GBK" in read_bytes("标签".encode("gbk"), "a.yaml")[1][0].hint

    def test_after_a_fault_the_rest_is_still_composed(self) -> None:
        document, _ = read_bytes(b"a: &x 1\na: 2\n<<: {y: z}\nb: [~, c]\n? {}\n: d\ne: f", "a")
        assert document is not None
        assert document.data == {"where": "a:1", "a": "1", "b": [None, "c"], "e": "f"}
        assert document.key_position(("e",)) == Position(7, 1, 1)

    def test_after_a_syntax_fault_there_is_no_document(self) -> None:
        assert read_bytes(b"a: 1\nb: @", "a.yaml")[0] is None

    @pytest.mark.parametrize("level", ["[", "{a: ", "- ", "? ", "- ? "])
    def test_ten_thousand_levels_are_told_at_once(self, level: str) -> None:
        codes = [place[0] for place in places(level * 10_000)]
        assert codes in (["too_deep"], ["key_not_text", "too_deep"])

    def test_indented_levels_too(self) -> None:
        source = "\n".join(" " * depth + "a:" for depth in range(1_000))
        assert places(source) == [("too_deep", MAX_DEPTH + 1, MAX_DEPTH + 1, 1)]

    def test_the_deepest_that_is_allowed_is_read(self) -> None:
        assert places("[" * MAX_DEPTH + "a" + "]" * MAX_DEPTH) == []

    @pytest.mark.parametrize("line", ["- ~\n", "- \x07\n", "-\ta\n", "a：1\n- x\n"])
    def test_of_too_many_problems_only_the_first_are_told(self, line: str) -> None:
        found = places("- 1\n" + line * 3_000)
        assert len(found) <= MAX_PROBLEMS + 1
        assert (len(found) <= MAX_PROBLEMS) == (found[-1][0] != "too_many_problems")

    def test_composing_stops_at_the_most_that_is_asked_for(self) -> None:
        assert len(composer.compose("- ~\n" * 100, "a.yaml", 7).faults) == 7

    def test_the_codes_are_all_explained(self) -> None:
        told = {place[0] for _, expected in FAULTS for place in expected}
        of_files = {"not_found", "is_a_directory", "not_a_file", "unreadable", "file_too_large"}
        of_size = {"too_deep", "too_many_problems"}
        assert told | of_files | of_size <= set(all_codes())


class TestFiles:
    """What stands on the disk in a file's place never raises."""

    def code(self, path: Path) -> str:
        document, problems = read(path, "b.yaml")
        assert document is None
        assert [(p.file, p.line, p.column) for p in problems] == [("b.yaml", 1, 1)]
        return problems[0].code

    def test_a_file_is_read_under_its_name_in_the_book(self, tmp_path: Path) -> None:
        path = tmp_path / "x"
        path.write_text("a: 1")
        document, problems = read(path, "b.yaml")
        assert problems == []
        assert document is not None
        assert document.data == {"where": "b.yaml:1", "a": "1"}

    def test_missing(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        (tmp_path / "loose").symlink_to(tmp_path / "nowhere")
        assert self.code(tmp_path / "nothing") == "not_found"
        assert self.code(tmp_path / "file" / "below") == "not_found"
        assert self.code(tmp_path / "loose") == "not_found"

    def test_a_directory_a_pipe_a_circle_a_name_with_nul(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "circle").symlink_to(tmp_path / "circle")
        assert self.code(tmp_path) == "is_a_directory"
        assert self.code(tmp_path / "pipe") == "not_a_file"
        assert self.code(tmp_path / "circle") == "unreadable"
        assert self.code(tmp_path / "a\0b") == "unreadable"

    def test_fifty_megabytes_are_not_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "big.yaml"
        path.touch()
        os.truncate(path, 50 * 1024 * 1024)

        def opened(*_: object, **__: object) -> None:
            raise AssertionError("the file was opened")

        monkeypatch.setattr(Path, "open", opened)
        assert self.code(path) == "file_too_large"

    def test_the_limit_itself_is_read(self) -> None:
        line = b"a: 1\n"
        assert places(line + b"#" * (MAX_BYTES - len(line))) == []
        assert places(line + b"#" * MAX_BYTES) == [("file_too_large", 1, 1, 1)]


class TestGarbageCollector:
    """It rests while composing and is left as it was found, also after a fault."""

    @pytest.mark.parametrize("on", [True, False])
    @pytest.mark.parametrize("source", [b"a: 1", b"a: [", b"- ~\n" * 3_000])
    def test_is_left_as_it_was(
        self, on: bool, source: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[bool] = []
        run = composer._Composer.run

        def spy(self: composer._Composer) -> composer.Composed:
            seen.append(gc.isenabled())
            return run(self)

        monkeypatch.setattr(composer._Composer, "run", spy)
        was = gc.isenabled()
        try:
            (gc.enable if on else gc.disable)()
            read_bytes(source, "a.yaml")
            assert gc.isenabled() is on
            assert seen == [False]
        finally:
            (gc.enable if was else gc.disable)()


SIGNS = "abc：，“”｛［＃　\t\n\r:-?#&*!|>'\"%@`[]{},~\\\x00\u2028\ufeff\U0001f600灵བོ"
WORDS = [
    "\n  ",
    "\n- ",
    ": ",
    "a: ",
    "null",
    "<<",
    "where",
    "---\n",
    "...\n",
    "!!str ",
    "&x ",
    "*x",
]
PIECES = st.sampled_from([*SIGNS, *WORDS, "&x ", "*x", "? ", " #", "b：", "\n\t", "|\n  "])


def only_texts(node: Tree) -> bool:
    if isinstance(node, dict):
        return all(isinstance(k, str) for k in node) and all(map(only_texts, node.values()))
    return all(map(only_texts, node)) if isinstance(node, list) else isinstance(node, str)


class TestAnyInput:
    """Whatever the bytes: a document of dicts, lists and texts, or at least one problem."""

    def check(self, data: bytes) -> None:
        document, problems = read_bytes(data, "a.yaml")
        assert problems or (document is not None and only_texts(document.data))
        assert problems == sorted(set(problems))
        lines = data.decode("utf-8", "replace").removeprefix("\ufeff").split("\n")
        for problem in problems:
            assert problem.code in all_codes()
            assert 1 <= problem.line <= len(lines)
            assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
            assert problem.column + problem.width <= len(lines[problem.line - 1]) + 2
        assert gc.isenabled()

    @settings(max_examples=500)
    @given(st.lists(PIECES, max_size=40).map("".join))
    def test_text_made_of_yamls_own_signs(self, text: str) -> None:
        self.check(text.encode())

    @given(st.text())
    def test_any_text(self, text: str) -> None:
        self.check(text.encode())

    @given(st.binary())
    def test_any_bytes(self, data: bytes) -> None:
        self.check(data)


KEYS = st.text(min_size=1).filter(lambda key: key != "where")
TREES = st.recursive(
    st.text() | st.sampled_from(["null", "~", "<<", "1", "on", "a: b", "# x", "“x”", "a：b"]),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
    max_leaves=20,
)


class TestRoundTrip:
    """A tree of texts that another program wrote as YAML is read as that very tree."""

    @settings(max_examples=300)
    @given(TREES, st.booleans() | st.none())
    def test_of_safe_dump(self, value: Tree, flow: bool | None) -> None:
        source = yaml.safe_dump(value, default_flow_style=flow, default_style='"')
        assert without_where(tree(source)) == value

    @given(
        st.recursive(
            st.text(string.ascii_letters + string.digits + " .-_:#'\"[]{},!&*?|>%@`~\n"),
            lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abcdef"), inner),
            max_leaves=20,
        ),
        st.booleans() | st.none(),
    )
    def test_of_safe_dump_with_its_own_choice_of_quotes(
        self, value: Tree, flow: bool | None
    ) -> None:
        assert without_where(tree(yaml.safe_dump(value, default_flow_style=flow))) == value
