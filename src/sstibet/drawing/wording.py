"""How wide a text is drawn, and where it is broken. No font is at hand, so widths are estimates by
kind of character, on the wide side."""

from __future__ import annotations

import unicodedata

_NARROW, _WIDE = frozenset("iljftrI.,:;'|!()[] "), frozenset("mwMW@%—…→✓✗")
# Not at the beginning of a line.
_CLOSING = frozenset("，。、；：？！）】》”’…,.;:?!)]%")
_OPENING = frozenset("（【《“‘([")


def width(text: str, size: float) -> float:
    """A text's width at a font size, both in pixels."""
    return sum(_em(character) for character in text) * size


def _em(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if character in _NARROW:
        return 0.36
    if character in _WIDE or character.isupper():
        return 0.95 if character in _WIDE else 0.72
    return 0.58


def wrap(text: str, size: float, most: float) -> list[str]:
    """A text in lines of at most ``most`` pixels: broken at blanks, and between Chinese characters
    except before closing marks and after opening ones."""
    lines, line = list[str](), ""
    for piece in _pieces(text):
        if line and width(line + piece.rstrip(), size) > most:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str) -> list[str]:
    """What isn't broken inside: a word with its blank, or one Chinese character with its marks."""
    pieces = list[str]()
    for character in text:
        wide = unicodedata.east_asian_width(character) in "WF"
        last = pieces[-1][-1:] if pieces else ""
        glued = bool(last) and (
            character in _CLOSING
            or last in _OPENING
            or character == " "
            or (not wide and last != " " and unicodedata.east_asian_width(last) not in "WF")
        )
        if glued:
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces
