"""An item as an SVG that stands alone: no script, no font, nothing fetched, light and dark.

>>> image = svg(sstibet.load(), "enrolment_query", "en")            # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from sstibet.drawing.blocks import FONTS, Block, effects_block, label_block, state_block
from sstibet.drawing.layout import Box, Layout, Route, layout
from sstibet.drawing.picture import Move, Picture, picture
from sstibet.drawing.ranks import Link
from sstibet.drawing.wording import width
from sstibet.drawing.words import word
from sstibet.rulebook import Rulebook
from sstibet.texts import DEFAULT_LANGUAGE

MARGIN, HEADING, KEY_ROW = 24.0, 40.0, 24.0
START = "*"
DOT = 14.0  # pixels: the dot that an item begins at
_LANGUAGES = {"zh": "zh-CN"}


def svg(book: Rulebook, item: str, language: str = DEFAULT_LANGUAGE) -> str:
    """An item's machine as SVG text: every state, and every way of every event.

    Args:
        book: the rule book.
        item: the item's id, such as ``"payment"``.
        language: of the labels; Chinese where the library has no words in it.

    Raises:
        UnknownName: the book has no such item.
    """
    return _Page(picture(book.contents, item, language)).text()


@dataclass(frozen=True, slots=True)
class _Arrow:
    """One arrow: what it joins, the moves along it (none for the first), and its label."""

    source: str
    target: str
    moves: tuple[Move, ...]
    block: Block

    @property
    def light(self) -> bool:
        return bool(self.moves) and all(each.minor for each in self.moves)


class _Page:
    def __init__(self, drawn: Picture) -> None:
        self.drawn = drawn
        self.stays = {
            each.name: [move for move in drawn.moves if move.stays and move.source == each.name]
            for each in drawn.states
        }
        self.blocks = {
            each.name: state_block(each, self.stays[each.name], drawn.language)
            for each in drawn.states
        }
        self.arrows = _arrows(drawn)
        sizes = {START: (DOT, DOT)} | {name: each.size for name, each in self.blocks.items()}
        links = [
            Link(each.source, each.target, each.block.size if each.block.lines else None)
            for each in self.arrows
        ]
        self.laid: Layout = layout(sizes, links, START)

    def text(self) -> str:
        """The whole document."""
        key = _Key(self.drawn.language, HEADING + self.laid.height + MARGIN)
        wide = max(self.laid.width, width(self.drawn.label, 18), key.width) + 2 * MARGIN
        high = HEADING + self.laid.height + key.height + 2 * MARGIN
        drawn = self.drawn
        initial = next(each.label for each in drawn.states if each.name == drawn.initial)
        described = word(
            "described",
            drawn.language,
            item=drawn.label,
            states=len(drawn.states),
            moves=len(drawn.moves),
            initial=initial,
        )
        root = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:.0f}" height="{high:.0f}" '
            f'viewBox="0 0 {wide:.0f} {high:.0f}" role="img" aria-labelledby="title desc" '
            f'xml:lang="{_LANGUAGES.get(drawn.language, drawn.language)}">'
        )
        parts = [
            root,
            f'<title id="title">{escape(drawn.label)}</title>',
            f'<desc id="desc">{escape(described)}</desc>',
            f"<style>\n{_style()}</style>",
            f"<defs>{_head('head', 'head')}{_head('light', 'light')}</defs>",
            f'<rect class="paper" width="{wide:.0f}" height="{high:.0f}"/>',
            f'<g transform="translate({MARGIN:.0f} {MARGIN:.0f})">',
            f'<text class="title" x="0" y="18">{escape(drawn.label)}</text>',
            f'<g transform="translate(0 {HEADING:.0f})">',
            *self._arrows(),
            *self._states(),
            "</g>",
            key.text(),
            "</g>",
            "</svg>",
        ]
        return "\n".join(parts) + "\n"

    def _states(self) -> list[str]:
        found = [_circle(self.laid.nodes[START])]
        for each in self.drawn.states:
            box = self.laid.nodes[each.name]
            tip = escape("; ".join([each.name, *_events(self.stays[each.name])]))
            found.append(
                f'<g class="state {each.ends or ""}" data-state={quoteattr(each.name)}>'
                f"<title>{tip}</title>{_rect('box', box, 10)}"
                f"{_lines(self.blocks[each.name], box)}</g>"
            )
        return found

    def _arrows(self) -> list[str]:
        """The lines first, then the labels, so that no line runs over a label."""
        lines, labels = list[str](), list[str]()
        for arrow, route in zip(self.arrows, self.laid.routes, strict=True):
            named = f"data-from={quoteattr(arrow.source)} data-to={quoteattr(arrow.target)}"
            tip = f"<title>{escape('; '.join(_events(arrow.moves)))}</title>" if arrow.moves else ""
            style, head = ("arrow minor", "light") if arrow.light else ("arrow", "head")
            lines.append(
                f'<g class="{style}" {named}>{tip}<path class="edge" d="{_path(route)}" '
                f'marker-end="url(#{head})"/></g>'
            )
            if route.label is not None:
                plate, text = _rect("plate", route.label, 3), _lines(arrow.block, route.label)
                labels.append(f'<g class="label" {named}>{tip}{plate}{text}</g>')
        return [*lines, *labels]


def _arrows(drawn: Picture) -> list[_Arrow]:
    """The moves by source and target: one arrow each, those drawn lightly last in its label."""
    found: dict[tuple[str, str], list[Move]] = {}
    for move in sorted(drawn.moves, key=lambda each: each.minor):
        if move.target is not None and not move.stays:
            found.setdefault((move.source, move.target), []).append(move)
    first = _Arrow(START, drawn.initial, (), effects_block(drawn.begins))
    return [first] + [
        _Arrow(source, target, tuple(moves), label_block(moves, drawn.language))
        for (source, target), moves in found.items()
    ]


def _events(moves: Sequence[Move]) -> list[str]:
    """What is told of moves when they are pointed at: the events and the guide's steps."""
    return [" ".join([each.event, *each.steps]) for each in moves]


def _path(route: Route) -> str:
    """A line through a route's points: straight inside of layers, bent in the gaps between them."""
    (x, y), *rest = route.points
    found = [f"M{x:.1f} {y:.1f}"]
    for to_x, to_y in rest:
        if abs(to_x - x) < 0.5 and abs(to_y - y) < 0.5:
            continue  # an arrowhead after no line would point anywhere
        if abs(to_x - x) < 0.5:
            found.append(f"L{to_x:.1f} {to_y:.1f}")
        else:
            half = (y + to_y) / 2
            found.append(f"C{x:.1f} {half:.1f} {to_x:.1f} {half:.1f} {to_x:.1f} {to_y:.1f}")
        x, y = to_x, to_y
    return " ".join(found)


def _rect(name: str, box: Box, round_by: float) -> str:
    return (
        f'<rect class="{name}" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="{round_by:g}"/>'
    )


def _circle(box: Box) -> str:
    x, y = box.x + box.width / 2, box.y + box.height / 2
    return f'<circle class="start" cx="{x:.1f}" cy="{y:.1f}" r="{box.width / 2:.1f}"/>'


def _lines(block: Block, box: Box) -> str:
    """A block's lines in the middle of its box."""
    x = box.x + box.width / 2
    found, y = list[str](), box.y + block.pad
    for line in block.lines:
        size, high = FONTS[line.style]
        y += line.above
        style = f"{line.style} minor" if line.light else line.style
        at = f'x="{x:.1f}" y="{y + (high + size) / 2 - 1.5:.1f}"'
        found.append(f'<text class="{style}" {at} text-anchor="middle">{escape(line.text)}</text>')
        y += high
    return "".join(found)


def _head(name: str, style: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" '
        f'markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path class="{style}" d="M0 0.8 L8 4 L0 7.2 z"/></marker>'
    )


@cache
def _style() -> str:
    return Path(__file__).with_name("style.css").read_text("utf-8")


class _Key:
    """The legend, in rows under the drawing."""

    def __init__(self, language: str, top: float) -> None:
        self.top = top
        names = ("state", "well", "badly", "move", "minor", "stays")
        self.rows = [(name, word(f"legend.{name}", language)) for name in names]
        self.heading = word("legend", language)
        self.width = max(width(says, 11.5) for _, says in self.rows) + 60
        self.height = KEY_ROW * (len(self.rows) + 1)

    def text(self) -> str:
        found = [f'<g class="legend" transform="translate(0 {self.top:.1f})">']
        found.append(f'<text class="name" x="0" y="12">{escape(self.heading)}</text>')
        for n, (name, says) in enumerate(self.rows, 1):
            y = n * KEY_ROW
            found.append(self._sample(name, y))
            found.append(f'<text class="event" x="52" y="{y + 10:.0f}">{escape(says)}</text>')
        return "".join([*found, "</g>"])

    def _sample(self, name: str, y: float) -> str:
        if name in ("state", "well", "badly"):
            style = "" if name == "state" else f" {name}"
            return f'<rect class="box{style}" x="0" y="{y - 2:.0f}" width="40" height="16" rx="5"/>'
        if name in ("move", "minor"):
            light = name == "minor"
            return (
                f'<path class="edge{" minor" if light else ""}" d="M0 {y + 6:.0f} L40 {y + 6:.0f}" '
                f'marker-end="url(#{"light" if light else "head"})"/>'
            )
        return ""
