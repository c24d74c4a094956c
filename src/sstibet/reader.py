"""The strict reader: one YAML file of a rule book to plain text values with their places.

libyaml (through PyYAML) says where the tokens are; everything else is ours. No tag is resolved,
no object built, nothing evaluated, and every scalar stays the text that its author wrote: `on`,
`no`, `0123`, `12:30` and `380.00` are strings (YAML 1.2's failsafe schema). What YAML allows and
a rule book does not (anchors, tags, merge keys, null, doubled keys, …) is a problem, and as many
problems of a file as can be found are found at once.

    >>> document, problems = read_bytes("days: [on, 0123]".encode(), "a.yaml")
    >>> document.data
    {'where': 'a.yaml:1', 'days': ['on', '0123']}
    >>> document.position(("days", 1))
    Position(line=1, column=12, width=4)
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from sstibet import misreadings
from sstibet.composer import (
    BITS,
    END,
    MAX_DEPTH,
    WHERE,
    Composed,
    Place,
    Tree,
    compose,
)
from sstibet.disk import MAX_BYTES, raw, too_large
from sstibet.misreadings import Fault
from sstibet.problems import Problem
from sstibet.refusals import explained

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_PROBLEMS",
    "WHERE",
    "Document",
    "Position",
    "Tree",
    "lines_of",
    "read",
    "read_bytes",
]

MAX_PROBLEMS = 1000  # of one file: nobody mends more at once, and a binary file has millions


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file: line and column from 1, the column and the width in characters."""

    line: int
    column: int
    width: int


@dataclass(frozen=True, slots=True)
class Document:
    """One file as read. `data` must not be changed: the places are kept by its order.

    A value that was a problem already (null, an alias) is None in `data`.
    """

    file: str
    data: Tree
    text: str = field(repr=False)
    _places: Place = field(repr=False, compare=False)

    @property
    def lines(self) -> list[str]:
        """The file's lines without their ends."""
        return _split(self.text)

    def position(self, path: tuple[str | int, ...]) -> Position:
        """Where the value at `path` (keys and list indexes) stands, else its nearest ancestor."""
        return self._find(path)[0]

    def key_position(self, path: tuple[str | int, ...]) -> Position:
        """Where the key at the end of `path` stands (a list's entry: the entry itself).

        If there is no such key, the key of the nearest ancestor that exists.
        """
        return self._find(path)[1]

    def _find(self, path: tuple[str | int, ...]) -> tuple[Position, Position]:
        node, place = self.data, self._places
        key_place = place
        for step in path:
            if not isinstance(place, list):
                break
            if isinstance(node, dict) and isinstance(step, str) and step in node and step != WHERE:
                nth = list(node).index(step)  # WHERE is the dict's entry 0
                key_place, place, node = place[2 * nth - 1], place[2 * nth], node[step]
            elif isinstance(node, list) and isinstance(step, int) and 0 <= step < len(node):
                place, node = place[step + 1], node[step]
                key_place = place
            else:
                break
        return _position(self.text, _token(place)), _position(self.text, _token(key_place))


def _token(place: Place) -> int:
    """The token to underline for a place; for a block mapping that is its first key."""
    if isinstance(place, int):
        return place
    own = place[0]
    assert isinstance(own, int)
    if len(place) > 1 and isinstance(place[1], int) and place[1] >> BITS == own >> BITS:
        return place[1]
    return own


def _position(text: str, place: int) -> Position:
    start, end = place >> BITS, place & END
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", start)
    stop = len(text) if stop < 0 else stop
    token = text[start : min(end, stop)]
    width = len(token.rstrip() or token)
    return Position(text.count("\n", 0, start) + 1, start - begin + 1, max(1, width))


def _split(text: str) -> list[str]:
    """Lines as the reader counts them: ended by a line feed and by nothing else."""
    return [line.removesuffix("\r") for line in text.split("\n")]


def lines_of(data: bytes) -> list[str]:
    """The lines of any bytes, for showing them: what is not UTF-8 is replaced, a BOM left out."""
    return _split(data.decode("utf-8", "replace").removeprefix("\ufeff"))


def read(path: Path, file: str) -> tuple[Document | None, list[Problem]]:
    """Read the file at `path`; in problems and `WHERE` entries it is called `file`."""
    data = raw(path, file)
    return (None, [data]) if isinstance(data, Problem) else read_bytes(data, file)


def read_bytes(data: bytes, file: str) -> tuple[Document | None, list[Problem]]:
    """Read one file's bytes: the document if it could be composed, and every problem, sorted.

    A document with problems is given too when its structure is known, so that later checks can
    add theirs; it is not fit for use.
    """
    if len(data) > MAX_BYTES:
        return None, [Problem(file, 1, 1, *too_large(len(data)))]
    decoded = _decode(data, file)
    if isinstance(decoded, Problem):
        return None, [decoded]
    text = decoded.removeprefix("\ufeff")
    faults: list[Fault] = []
    if decoded.startswith("\ufeff"):
        hint = "save the file as UTF-8 without BOM"
        message = "the file begins with a byte order mark (BOM)"
        faults.append(Fault(0, 1, "byte_order_mark", message, hint))
    clean, unseen = _without_unseen(text)
    faults += unseen
    composed, tabs = _composed(clean, file)
    faults += [*_tab_faults(tabs), *composed.faults]
    if composed.refusal:
        faults += explained(clean, composed.refusal, tabs)
        if faults[-1].code == "cut_off":  # the last key has no value because the rest is gone
            end = len(clean.rstrip())
            faults = [each for each in faults if each.code != "null_value" or each.end < end]
    elif composed.data is None and not composed.faults:
        faults.append(
            Fault(
                0,
                1,
                "empty_file",
                "the file has no content",
                "write its content, or remove the file",
            )
        )
    whole = composed.complete and not composed.refusal
    document = Document(file, composed.data, text, composed.place) if whole else None
    return document, _problems(faults, text, file)


def _decode(data: bytes, file: str) -> str | Problem:
    """The text, or the place of the first byte that is not UTF-8."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data.count(0) * 3 > len(data):
        hint = "it looks like UTF-16: save it as UTF-8"
        return Problem(file, 1, 1, "not_utf8", "the file is not UTF-8", hint)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        at = error.start
    before = data[data.rfind(b"\n", 0, at) + 1 : at].decode("utf-8").removeprefix("\ufeff")
    place = (data.count(b"\n", 0, at) + 1, len(before) + 1)
    hint = "save the file as UTF-8"
    try:
        data.decode("gb18030")
        hint += "; it may be GBK / GB18030 now"
    except UnicodeDecodeError:
        pass
    return Problem(file, *place, "not_utf8", f"byte 0x{data[at]:02X} is not UTF-8", hint)


def _without_unseen(text: str) -> tuple[str, list[Fault]]:
    """`text`, same length, with U+FFFD for what libyaml or the eye cannot take; and its faults."""
    faults = []
    for match in islice(misreadings.UNSEEN.finditer(text), MAX_PROBLEMS + 1):
        names = " ".join(f"U+{ord(character):04X}" for character in match[0][:4])
        message = f"an invisible or control character ({names})"
        faults.append(Fault(*match.span(), "control_character", message, "delete it"))
    if faults:
        text = misreadings.UNSEEN.sub(lambda match: "\ufffd" * len(match[0]), text)
    return text, faults


def _composed(text: str, file: str) -> tuple[Composed, list[misreadings.Tab]]:
    """Compose with a space for each misplaced tab, so that the rest of the file is read too.

    A tab inside a quoted text of several lines is no fault; that is known only afterwards.
    """
    tabs = misreadings.tabs(text)
    if not tabs:
        return compose(text, file, MAX_PROBLEMS + 1), tabs
    composed = compose(_spaced(text, tabs), file, MAX_PROBLEMS + 1)
    quoted = sorted((s, e) for s, e in composed.spans() if text[s : s + 1] in ('"', "'"))
    starts = [start for start, _ in quoted]

    def inside(tab: misreadings.Tab) -> bool:
        nth = bisect_right(starts, tab.start) - 1
        return nth >= 0 and tab.start < quoted[nth][1]

    real = [tab for tab in tabs if not inside(tab)]
    if len(real) < len(tabs):
        composed = compose(_spaced(text, real), file, MAX_PROBLEMS + 1)
    return composed, real


def _spaced(text: str, tabs: list[misreadings.Tab]) -> str:
    parts, done = [], 0
    for tab in tabs:
        parts += [text[done : tab.start], " " * tab.width]
        done = tab.start + tab.width
    return "".join([*parts, text[done:]])


def _tab_faults(tabs: list[misreadings.Tab]) -> Iterator[Fault]:
    words = {
        "indent": ("a tab in the indentation", "put two spaces for the tab"),
        "gap": ("a tab where a space belongs", "put one space for the tab"),
    }
    for tab in tabs:
        if tab.kind in words:
            yield Fault(tab.start, tab.start + tab.width, "tab", *words[tab.kind])


def _problems(faults: list[Fault], text: str, file: str) -> list[Problem]:
    """The faults with their lines, sorted; of too many only the first."""
    faults = sorted(set(faults), key=lambda fault: (fault.start, fault.code))
    if len(faults) > MAX_PROBLEMS:
        message = f"more than {MAX_PROBLEMS} problems: the rest of the file is not told"
        after = faults[MAX_PROBLEMS]
        hint = "mend the ones above first"
        faults[MAX_PROBLEMS:] = [Fault(after.start, 0, "too_many_problems", message, hint)]
    problems = []
    for fault in faults:
        at = _position(text, fault.start << BITS | max(fault.end, fault.start))
        words = (fault.code, fault.message, fault.hint)
        problems.append(Problem(file, at.line, at.column, *words, at.width))
    return sorted(problems)
