"""Blocks of text: the lines of a state's box and of an arrow's label, wrapped and measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sstibet.drawing.picture import DrawnState, Move
from sstibet.drawing.wording import width, wrap
from sstibet.drawing.words import word

STATE_WIDTH, LABEL_WIDTH = 190.0, 150.0  # pixels: the most that a line of text takes
PAD = 9.0
# class -> (font size, height of a line)
FONTS = {"name": (13.0, 18.0), "small": (11.0, 15.0), "event": (11.5, 15.5)}
BETWEEN = 5.0  # pixels between the moves of one label


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text: its style, whether it is drawn lightly, and the pixels left free above."""

    text: str
    style: str
    light: bool = False
    above: float = 0.0


@dataclass(frozen=True, slots=True)
class Block:
    """Lines under one another in a rectangle of this size, ``pad`` from its edges."""

    lines: tuple[Line, ...]
    pad: float

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in pixels."""
        wide = max((width(each.text, FONTS[each.style][0]) for each in self.lines), default=0.0)
        high = sum(FONTS[each.style][1] + each.above for each in self.lines)
        return wide + 2 * self.pad, high + 2 * self.pad


def state_block(state: DrawnState, stays: Sequence[Move], language: str) -> Block:
    """A state's box: its label, form and time, how it ends, and the moves that stay in it."""
    marks = {"well": "✓ ", "badly": "✗ "}
    lines = _wrapped(marks.get(state.ends or "", "") + state.label, "name", STATE_WIDTH)
    if state.form is not None:
        lines += _wrapped(word("form", language, form=state.form), "small", STATE_WIDTH)
    if state.deadline is not None:
        lines += _wrapped(word("lasts", language, time=state.deadline), "small", STATE_WIDTH)
    lines += _moves(stays, language, STATE_WIDTH, "↻ ")
    return Block(tuple(lines), PAD)


def label_block(moves: Sequence[Move], language: str) -> Block:
    """An arrow's label: its moves under one another."""
    return Block(tuple(_moves(moves, language, LABEL_WIDTH)), 3.0)


def effects_block(effects: Iterable[str]) -> Block:
    """What an item begins with."""
    found = (line for each in effects for line in _wrapped(f"→ {each}", "small", LABEL_WIDTH))
    return Block(tuple(found), 3.0)


def _moves(moves: Sequence[Move], language: str, most: float, mark: str = "") -> list[Line]:
    """Moves under one another; those that hang on the same and start the same are told once."""
    alike: dict[object, list[Move]] = {}
    for move in moves:
        alike.setdefault((move.conditions, move.effects, move.refused), []).append(move)
    lines = list[Line]()
    for group in alike.values():
        # What stays and starts nothing is only waved aside.
        idle = bool(mark) and not group[0].effects and group[0].refused is None
        for n, (says, minor) in enumerate(_events(group, language)):
            above = 0.0 if n else BETWEEN
            lines += _wrapped(mark + says, "event", most, minor or idle, above)
        lines += _details(group[0], language, most, all(each.minor for each in group))
    return lines


def _events(group: Sequence[Move], language: str) -> list[tuple[str, bool]]:
    """The events of moves in words, the answers to one question in one line."""
    answers: dict[tuple[str, bool], list[str]] = {}
    for move in group:
        key = (move.says if move.of is None else move.of, move.minor)
        answers.setdefault(key, []).extend([] if move.of is None else [move.says])
    joint = word("and", language)
    return [
        (word("answered", language, what=of, answer=joint.join(says)) if says else of, minor)
        for (of, minor), says in answers.items()
    ]


def _details(move: Move, language: str, most: float, light: bool) -> list[Line]:
    """What a move hangs on, why it is refused, and what it starts."""
    lines = list[Line]()
    if move.conditions:
        conditions = word("and", language).join(move.conditions)
        lines += _wrapped(f"[{conditions}]", "small", most, light)
    if move.refused is not None:
        lines += _wrapped(word("refused", language, why=move.refused), "small", most, light)
    for effect in move.effects:
        lines += _wrapped(f"→ {effect}", "small", most, light)
    return lines


def _wrapped(
    text: str, style: str, most: float, light: bool = False, above: float = 0.0
) -> list[Line]:
    rows = wrap(text, FONTS[style][0], most)
    return [Line(row, style, light, 0.0 if n else above) for n, row in enumerate(rows)]
