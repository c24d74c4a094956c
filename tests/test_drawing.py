"""Drawings: every state and every way of every item is in them, legible, and nothing else is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

import sstibet
from sstibet import Rulebook, UnknownName
from sstibet.cli import run
from sstibet.drawing import mermaid, svg
from sstibet.drawing.layout import Box, layout
from sstibet.drawing.ordering import ordered
from sstibet.drawing.picture import Picture, picture
from sstibet.drawing.ranks import Link, layered
from sstibet.drawing.wording import width, wrap

ROOT = Path(__file__).parents[1]
ITEMS = sorted(path.stem for path in (ROOT / "rules" / "items").glob("*.yaml"))
LANGUAGES = ("zh", "en")
SVG = "{http://www.w3.org/2000/svg}"

each_drawing = pytest.mark.parametrize(
    ("item", "language"), [(item, language) for item in ITEMS for language in LANGUAGES]
)


@pytest.fixture(scope="module")
def book() -> Rulebook:
    """The rules that come with the library."""
    return sstibet.load()


@cache
def drawn(book: Rulebook, item: str, language: str) -> Drawn:
    """An item's SVG taken apart."""
    return Drawn(svg(book, item, language))


class Drawn:
    """An SVG taken apart: its groups by class, the boxes in them, the points of its lines."""

    def __init__(self, text: str) -> None:
        self.root = ElementTree.fromstring(text)

    def groups(self, name: str) -> Iterator[ElementTree.Element]:
        for group in self.root.iter(f"{SVG}g"):
            if name in group.get("class", "").split():
                yield group

    def boxes(self) -> list[tuple[str, Box]]:
        """The boxes of the states, and of the arrows' labels."""
        return [
            (
                self.name(group),
                Box(*(float(rect.get(n, "")) for n in ("x", "y", "width", "height"))),
            )
            for kind in ("state", "label")
            for group in self.groups(kind)
            for rect in group.iter(f"{SVG}rect")
        ]

    @staticmethod
    def name(group: ElementTree.Element) -> str:
        return group.get("data-state") or f"{group.get('data-from')} {group.get('data-to')}"

    @staticmethod
    def words(group: ElementTree.Element) -> str:
        """A group's text without the blanks at which it may have been broken."""
        return bare("".join(each.text or "" for each in group.iter(f"{SVG}text")))

    @staticmethod
    def tip(group: ElementTree.Element) -> list[str]:
        """The events that a group tells of when it is pointed at."""
        title = group.find(f"{SVG}title")
        told = "" if title is None or title.text is None else title.text
        return [each.split(" ")[0] for each in told.split("; ")]


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def points(path: str) -> Iterator[tuple[float, float]]:
    """Points along a path of M, L and C, eight on each bend."""
    here = (0.0, 0.0)
    for command, numbers in re.findall(r"([MLC])([^MLC]+)", path):
        n = [float(each) for each in numbers.split()]
        if command == "C":
            corners = [here, (n[0], n[1]), (n[2], n[3]), (n[4], n[5])]
            for step in range(1, 9):
                t = step / 8
                weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
                yield (
                    sum(w * x for w, (x, _) in zip(weights, corners, strict=True)),
                    sum(w * y for w, (_, y) in zip(weights, corners, strict=True)),
                )
        elif command == "L":
            for step in range(1, 9):
                t = step / 8
                yield here[0] + t * (n[0] - here[0]), here[1] + t * (n[1] - here[1])
        here = (n[-2], n[-1])


class TestSvg:
    """An SVG that a person can read: all of the machine is in it, and nothing lies on another."""

    @each_drawing
    def test_it_stands_alone(self, book: Rulebook, item: str, language: str) -> None:
        text = svg(book, item, language)
        root = ElementTree.fromstring(text)

        assert root.findtext(f"{SVG}title") == book.contents.items[item].label.text(language)
        assert root.findtext(f"{SVG}desc")
        assert not re.search(r"<script|href|<image|@import|url\((?!#)|<foreignObject", text)
        assert "prefers-color-scheme: dark" in text

    @each_drawing
    def test_every_state_is_in_it_with_its_label(
        self, book: Rulebook, item: str, language: str
    ) -> None:
        image = drawn(book, item, language)
        found = {image.name(group): image.words(group) for group in image.groups("state")}
        states = book.contents.items[item].states

        assert found.keys() == states.keys()
        for name, state in states.items():
            assert bare(state.label.text(language)) in found[name]
            if state.form is not None:
                assert bare(book.contents.forms[state.form].label.text(language)) in found[name]

    @each_drawing
    def test_every_way_is_drawn(self, book: Rulebook, item: str, language: str) -> None:
        image = drawn(book, item, language)
        arrows = {image.name(group): image.tip(group) for group in image.groups("arrow")}
        stays = {image.name(group): image.tip(group) for group in image.groups("state")}

        for name, state in book.contents.items[item].states.items():
            for event, on in state.on.items():
                for way in on.all_ways:
                    if way.to in (None, name):
                        assert event in stays[name]
                    else:
                        assert event in arrows[f"{name} {way.to}"]

    @each_drawing
    def test_every_arrow_says_what_it_hangs_on_and_starts(
        self, book: Rulebook, item: str, language: str
    ) -> None:
        image = drawn(book, item, language)
        words = {image.name(group): image.words(group) for group in image.groups("label")}
        words |= {image.name(group): image.words(group) for group in image.groups("state")}

        for move in picture(book.contents, item, language).moves:
            place = move.source if move.stays else f"{move.source} {move.target}"
            for told in (move.says, *move.conditions, *move.effects):
                assert bare(told) in words[place]

    @each_drawing
    def test_no_two_boxes_overlap(self, book: Rulebook, item: str, language: str) -> None:
        boxes = drawn(book, item, language).boxes()
        lie = [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if overlap(one, other)]

        assert boxes
        assert lie == []

    @each_drawing
    def test_no_line_runs_through_a_box(self, book: Rulebook, item: str, language: str) -> None:
        image = drawn(book, item, language)
        boxes = image.boxes()
        crossed = set[tuple[str, str]]()
        for group in image.groups("arrow"):
            path = group.find(f"{SVG}path")
            assert path is not None
            for x, y in points(path.get("d", "")):
                crossed |= {
                    (image.name(group), name)
                    for name, box in boxes
                    if box.x + 1 < x < box.x + box.width - 1
                    and box.y + 1 < y < box.y + box.height - 1
                    and name != image.name(group)  # its own label, which lies over it
                }

        assert crossed == set()

    @each_drawing
    def test_every_arrow_comes_in_upright(self, book: Rulebook, item: str, language: str) -> None:
        """Its last piece has a length, and a direction within a few degrees of straight."""
        for group in drawn(book, item, language).groups("arrow"):
            path = group.find(f"{SVG}path")
            assert path is not None
            before, last = re.findall(r"([\d.]+) ([\d.]+)(?= [MLC]|$| )", path.get("d", ""))[-2:]

            assert abs(float(last[1]) - float(before[1])) > 1
            assert abs(float(last[0]) - float(before[0])) < 0.6

    @each_drawing
    def test_text_stays_inside_of_its_box(self, book: Rulebook, item: str, language: str) -> None:
        for group in drawn(book, item, language).groups("state"):
            rect = next(group.iter(f"{SVG}rect"))
            bottom = float(rect.get("y", "")) + float(rect.get("height", ""))
            for text in group.iter(f"{SVG}text"):
                assert width(text.text or "", 11) <= float(rect.get("width", ""))
                assert float(rect.get("y", "")) < float(text.get("y", "")) < bottom

    def test_the_same_book_gives_the_same_drawing(self, book: Rulebook) -> None:
        assert svg(book, ITEMS[0], "en") == svg(book, ITEMS[0], "en")

    def test_a_language_without_words_is_drawn_in_chinese(self, book: Rulebook) -> None:
        assert svg(book, ITEMS[0], "bo") == svg(book, ITEMS[0], "zh")

    def test_an_item_that_the_book_has_not_is_named_with_the_nearest(self, book: Rulebook) -> None:
        with pytest.raises(UnknownName, match="did you mean 'payment'"):
            svg(book, "paymnt")


class TestMermaid:
    """Mermaid text with every state and every way, in its own grammar."""

    STATE = re.compile(r'^    state "([^"]+)" as (\w+)$')
    ARROW = re.compile(r"^    (\w+|\[\*\]) --> (\w+|\[\*\])(?: : ([^:;\n]+))?$")

    @each_drawing
    def test_every_line_is_one_of_its_grammar(
        self, book: Rulebook, item: str, language: str
    ) -> None:
        _, head, rest = mermaid(book, item, language).split("---\n")
        kind, _, rest = rest.partition("\n    direction TB\n")

        assert yaml.safe_load(head) == {"title": book.contents.items[item].label.text(language)}
        assert kind == "stateDiagram-v2"
        for line in rest.rstrip("\n").split("\n"):
            other = re.match(r"    (classDef (well|badly) \S+|class \w+ (well|badly))$", line)
            assert self.STATE.match(line) or self.ARROW.match(line) or other, line

    @each_drawing
    def test_every_way_is_a_line(self, book: Rulebook, item: str, language: str) -> None:
        lines = mermaid(book, item, language).split("\n")
        found = Counter(m.group(1, 2) for line in lines if (m := self.ARROW.match(line)))
        wanted = Counter[tuple[str, str]]()
        rules = book.contents.items[item]
        for name, state in rules.states.items():
            for on in state.on.values():
                wanted.update((name, way.to or name) for way in on.all_ways)
            wanted.update([(name, "[*]")] if state.ends else [])
        wanted["[*]", rules.initial] += 1

        assert found == wanted

    @each_drawing
    def test_every_state_has_its_label_and_time(
        self, book: Rulebook, item: str, language: str
    ) -> None:
        lines = mermaid(book, item, language).split("\n")
        found = {m[2]: m[1] for line in lines if (m := self.STATE.match(line))}

        for each in picture(book.contents, item, language).states:
            label = each.label.replace(":", "：").replace(";", "；").replace('"', "”")
            assert found[each.name].startswith(label)
            assert each.deadline is None or each.deadline in found[each.name]

    def test_ends_are_marked_well_and_badly(self, book: Rulebook) -> None:
        text = mermaid(book, "payment", "en")
        ends = {name: s.ends for name, s in book.contents.items["payment"].states.items()}

        assert {"well", "badly"} <= set(ends.values())
        for name, how in ends.items():
            assert (f"class {name} {how}" in text) == (how is not None)


class TestPicture:
    """What is drawn is told in labels alone."""

    def test_a_deadline_is_told_in_its_unit(self, book: Rulebook) -> None:
        found: Picture = picture(book.contents, "account_filing", "en")
        filling = next(each for each in found.states if each.name == "filling")
        over = next(m for m in found.moves if (m.source, m.event) == ("filling", "deadline"))

        assert (filling.deadline, over.says, over.minor) == ("7 d", "after 7 d", True)

    @each_drawing
    def test_nothing_in_it_looks_like_somebodys_number(
        self, book: Rulebook, item: str, language: str
    ) -> None:
        text = "".join(drawn(book, item, language).root.itertext())

        assert re.findall(r"\d{9,}", text + mermaid(book, item, language)) == []


class TestLayout:
    """The layout of any graph: top down, what leads back up again, few crossings."""

    SIZES = dict.fromkeys("abcd", (100.0, 40.0))

    def test_each_stands_below_all_that_lead_to_it(self) -> None:
        links = [Link("a", "b", (50, 20)), Link("b", "c"), Link("a", "c"), Link("c", "d")]
        found = layout(self.SIZES, links, "a").nodes

        assert found["a"].y < found["b"].y < found["c"].y < found["d"].y

    def test_what_leads_back_is_an_arrow_upwards(self) -> None:
        links = [Link("a", "b"), Link("b", "a", (50, 20)), Link("b", "c"), Link("c", "d")]
        found = layout(self.SIZES, links, "a")
        back = found.routes[1]

        assert back.points[0][1] == found.nodes["b"].y
        assert back.points[-1][1] == found.nodes["a"].y + 40
        assert back.label is not None

    def test_lines_that_need_not_cross_do_not(self) -> None:
        sizes = dict.fromkeys("sabcd", (100.0, 40.0))
        links = [Link("s", "a"), Link("s", "b"), Link("b", "c"), Link("a", "d")]
        graph = layered(sizes, links, "s")
        names = [graph.places[at].node for at in ordered(graph)[4]]
        above = [graph.places[at].node for at in ordered(graph)[2]]

        assert (above == ["a", "b"]) == (names == ["d", "c"])

    def test_a_node_that_nothing_leads_to_has_its_place(self) -> None:
        found = layout(self.SIZES, [Link("a", "b")], "a").nodes

        assert not any(overlap(one, other) for one, other in combinations(found.values(), 2))


class TestWrap:
    """Lines are broken where a reader expects it."""

    def test_words_stay_whole(self) -> None:
        assert wrap("abcd efgh abcd", 10, 55) == ["abcd efgh", "abcd"]
        assert wrap("abcd efgh abcd", 10, 45) == ["abcd", "efgh", "abcd"]

    def test_chinese_is_broken_anywhere_but_before_a_closing_mark(self) -> None:
        lines = wrap("请核对姓名，再提交（可修改）。", 10, 50)

        assert "".join(lines) == "请核对姓名，再提交（可修改）。"
        assert not any(line[0] in "，。）" or line[-1] == "（" for line in lines)

    def test_a_word_longer_than_the_line_is_not_lost(self) -> None:
        assert wrap("x" * 40, 10, 50) == ["x" * 40]


class TestCommand:
    """``sstibet draw``."""

    def test_mermaid_is_printed(self, book: Rulebook, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["draw", "payment", "--language", "en"]) == 0
        assert capsys.readouterr().out == mermaid(book, "payment", "en")

    def test_the_ending_of_the_file_says_which(self, book: Rulebook, tmp_path: Path) -> None:
        assert run(["draw", "login", "--out", str(tmp_path / "x.svg")]) == 0
        assert (tmp_path / "x.svg").read_text("utf-8") == svg(book, "login", "zh")

    def test_all_of_them_in_both_languages_with_a_list(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["draw", "--all", str(tmp_path / "new" / "folder")]) == 0
        found = {path.name for path in (tmp_path / "new" / "folder").iterdir()}
        wanted = {f"{i}.{lang}.{s}" for i in ITEMS for lang in LANGUAGES for s in ("mmd", "svg")}

        assert found == {*wanted, "README.md"}
        index = (tmp_path / "new" / "folder" / "README.md").read_text("utf-8")
        assert set(re.findall(r"\]\(([^)]+)\)", index)) == wanted
        assert str(len(wanted)) in capsys.readouterr().out

    @pytest.mark.parametrize(
        "arguments",
        [["nothing"], [], ["payment", "--as", "png"], ["payment", "--all", "somewhere"]],
    )
    def test_what_cannot_be_drawn_is_said(
        self, arguments: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["draw", *arguments]) == 2
        assert capsys.readouterr().err
