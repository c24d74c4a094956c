"""What an author's slip looks like in the raw text: the reader's own words for libyaml's refusals.

libyaml says "could not find expected ':'" three lines below a full-width colon. The functions
here look at the text itself: invisible characters, tabs, and the full-width punctuation of a
Chinese keyboard where YAML needs the ASCII one. All take the whole text and give indexes into it
(code points, from 0), so that they know nothing of files or problems. A full-width character in
quotes or in ordinary label text is no fault; every pattern here is therefore structural.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

# Characters that cannot be seen, break lines only for some readers, or turn the text's direction.
# The joiners U+200C and U+200D are left alone: they shape letters and emoji.
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064"
    "\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff]+|\r(?!\n)"
)
ASCII_FOR = {
    "：": ":", "，": ",", "｛": "{", "｝": "}", "［": "[", "］": "]", "＃": "#",
    "“": '"', "”": '"', "„": '"', "「": '"', "」": '"', "『": '"', "』": '"', "＂": '"',
    "‘": "'", "’": "'", "＇": "'", "\u3000": " ", "\u00a0": " ",
}  # fmt: skip
_KEY = r"[a-z_][a-z0-9_]*"  # what a key of ours looks like; Chinese before a colon is just text
_OPEN = "“”„「『＂‘＇"
_CLOSE = "“”」』＂’＇\"'"
_FULL_WIDTH = re.compile("[" + "".join(ASCII_FOR) + "]")
_KEY_LINE = re.compile(rf"[ \u3000\u00a0]*(?:- +)*{_KEY} ?(：)")
_FLOW_KEY = re.compile(rf"(?:^|[{{\[,，])\s*{_KEY} ?(：)")
_FLOW_COMMA = re.compile(
    rf"(?<=[A-Za-z0-9_\"'\])}}])(，)(?=\s*[A-Za-z0-9_\"'\[({{])|(，)(?=\s*{_KEY} ?[:：])"
)
_HASH = re.compile(r"(?:^|[ \t])(＃)", re.M)
_VALUE_START = re.compile(rf"(?:^ *|[:\-,] +|[\[{{] *)([{_OPEN}｛［])")
_LONE_BRACKET = re.compile(r"(?:^ *|[:\-,] +)([｛［])\s*$")
_ODD_SPACE = re.compile(rf"^ *(?:- +)*(?:(?:{_KEY}|x+) *:)? *([\u3000\u00a0])")
_UNCLOSED = re.compile(r"(?:^ *|[:\-,] +|[\[{] *)[\"'][^\"']*([”’」』＂＇])")
_QUOTED_OR_COMMENT = re.compile(
    r""""(?:\\.|[^"\\\n])*"|(?<!\w)'(?:''|[^'\n])*'|(?:^|(?<=[ \t]))#[^\n]*"""
)
_LONGEST = 10_000  # characters of a line that is looked into; nobody types a longer one
_MOST_TABS = 10_000  # are looked for in a file; after them libyaml has the word
_BLOCK_SCALAR = re.compile(r"(?:^|[:\-?] +)[|>][0-9+\-]{0,2} *(?:#.*)?$")
_TAB = re.compile(r"^ *(?P<indent>\t[ \t]*)(?=[^\s#])|(?:[:\-?]) *(?P<gap>\t[ \t]*)(?=[^\s#])")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something the author must mend: the token `start:end` of the text (code points, from 0)."""

    start: int
    end: int
    code: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """A run of tabs and spaces where YAML wants spaces: its index and how many characters.

    `kind`: in the indentation; in the gap after `:` or `-`; or before nothing but a comment,
    which is no fault but which libyaml does not take either.
    """

    start: int
    width: int
    kind: Literal["indent", "gap", "blank"]


def _masked(line: str) -> str:
    """`line`, same length, its closed quotes filled with `x` and its comment with spaces."""

    def fill(found: re.Match[str]) -> str:
        return (" " if found[0].startswith("#") else "x") * len(found[0])

    return _QUOTED_OR_COMMENT.sub(fill, line)


def _block_scalar_lines(lines: list[str]) -> set[int]:
    """The lines (from 0) that seem to be the text of a `|` or `>` scalar, by indentation alone."""
    inside: set[int] = set()
    base: int | None = None
    for number, line in enumerate(lines):
        depth = len(line) - len(line.lstrip(" "))
        if base is not None and (depth > base or not line.strip()):
            inside.add(number)
            continue
        base = depth if _BLOCK_SCALAR.search(line.rstrip("\r")) else None
    return inside


def tabs(text: str) -> list[Tab]:
    """Tabs in indentation, on blank lines, or after `:` or `-` where a space belongs.

    A line inside a quoted scalar of several lines cannot be told from here; whoever has the
    scalars' extents takes those out again.
    """
    if "\t" not in text:
        return []
    found: list[Tab] = []
    lines = text.split("\n")
    inside = _block_scalar_lines(lines)
    start = 0
    for number, line in enumerate(lines):
        if "\t" in line and number not in inside and len(line) <= _LONGEST:
            found.extend(_tabs_of(line, start))
        if len(found) >= _MOST_TABS:
            break
        start += len(line) + 1
    return found


def _tabs_of(line: str, start: int) -> Iterator[Tab]:
    """The tabs of one line, which begins at `start`."""
    masked = _masked(line)
    lead = len(line) - len(line.lstrip(" \t"))
    if not masked.strip():
        if "\t" in line[:lead]:
            yield Tab(start, lead, "blank")
        return
    for match in _TAB.finditer(masked):
        kind: Literal["indent", "gap"] = "indent" if match["indent"] else "gap"
        yield Tab(start + match.start(kind), match.end(kind) - match.start(kind), kind)


def full_width_in_plain(text: str, start: int, end: int, *, flow: bool) -> list[int]:
    """Full-width punctuation that was taken for text in the plain scalar at `start:end`.

    `flow`: the scalar stands between `{ }` or `[ ]`. Found are: quotes or brackets around the
    whole scalar, a line that looks like `key：value`, ` ＃` as for a comment, a full-width space
    at either end, and between brackets a comma between two words.
    """
    raw = text[start:end]
    if not _FULL_WIDTH.search(raw):
        return []
    found: set[int] = set()
    wrapped = len(raw) > 1 and not re.search(f"[{_OPEN}{_CLOSE}]", raw[1:-1])
    if wrapped and (
        (raw[0] in _OPEN and raw[-1] in _CLOSE) or (raw[0] in "｛［" and raw[-1] in "｝］}]")
    ):
        found.add(0)
    found.update(i for i in (0, len(raw) - 1) if raw[i] in "\u3000\u00a0")
    found.update(match.start(1) for match in _HASH.finditer(raw) if match.start() or not start)
    found.update(_key_lines(text, start, raw))
    if flow:
        found.update(match.start(1) for match in _FLOW_KEY.finditer(raw))
        found.update(match.start(match.lastindex or 0) for match in _FLOW_COMMA.finditer(raw))
    return sorted(start + offset for offset in found)


def _key_lines(text: str, start: int, raw: str) -> Iterator[int]:
    """Offsets in `raw` of full-width colons in lines of the source that look like `key：value`."""
    offset = 0
    for number, line in enumerate(raw.split("\n")):
        match = _KEY_LINE.match(line)
        if match and (number or not _before(text, start).strip(" -\u3000\u00a0")):
            yield offset + match.start(1)
        offset += len(line) + 1


def _before(text: str, at: int) -> str:
    """What stands on the line before `at`."""
    return text[text.rfind("\n", 0, at) + 1 : at]


def full_width_near(text: str, first: int, last: int, since: int) -> list[int]:
    """Full-width punctuation that YAML will have tripped over, given that it did trip.

    Looked at are the lines `first` to `last` (from 0), where `last` is the line of the refusal
    and `since` that of what libyaml was reading then. If there is a culprit, every later line
    like `key：value` is told with it.
    """
    lines = text.split("\n")
    inside = _block_scalar_lines(lines)
    found: list[int] = []
    start = 0
    for number, line in enumerate(lines):
        skipped = number in inside or len(line) > _LONGEST
        if not skipped and _FULL_WIDTH.search(line):
            masked = _masked(line)
            if first <= number <= last:
                found.extend(
                    start + offset for offset in _culprits(masked, number in (last, since))
                )
            elif number > last and found and (match := _KEY_LINE.match(masked)):
                found.append(start + match.start(1))
        start += len(line) + 1
    return found


def _culprits(line: str, refused: bool) -> list[int]:
    """Offsets of the likely culprits in one masked line.

    A text that begins with “ or ［ is good YAML on a line before the one that was `refused`.
    """
    found: set[int] = set()
    if match := _KEY_LINE.match(line):
        found.add(match.start(1))
    openers = (_VALUE_START, _UNCLOSED) if refused else (_LONE_BRACKET,)
    for pattern in (_ODD_SPACE, _HASH, *openers):
        found.update(match.start(1) for match in pattern.finditer(line))
    if re.search(r"[{\[]", line):
        found.update(match.start(1) for match in _FLOW_KEY.finditer(line))
        found.update(match.start(match.lastindex or 0) for match in _FLOW_COMMA.finditer(line))
        if sum(line.count(c) for c in "{[") > sum(line.count(c) for c in "}]"):
            found.update(i for i, character in enumerate(line) if character in "｝］")
    return sorted(found)


def grouped_digits(text: str, start: int, end: int) -> tuple[int, str] | None:
    """Where an amount like `1,234.00` begins of which YAML took `234.00` for a key; and mended."""
    if not re.fullmatch(r"\d{3}(\.\d+)?", text[start:end]):
        return None
    before = re.search(r"(?<![\w.,])\d{1,3}(,\d{3})*,$", text[max(0, start - 40) : start])
    if before is None:
        return None
    return start - len(before[0]), (before[0] + text[start:end]).replace(",", "")


SECOND_DOCUMENT = (
    "several_documents",
    "a second document begins here",
    "one file holds one document: make it a file of its own",
)


def directive_words(token: str) -> tuple[str, str]:
    """Message and hint for a directive line."""
    return f"directives ('{token}') are not read", "remove the line"


def full_width_words(character: str) -> tuple[str, str, str]:
    """Code, message and hint for a full-width character where YAML needs the ASCII one."""
    plain = ASCII_FOR[character]
    if plain == " ":
        name = "full-width space (U+3000)" if character == "\u3000" else "no-break space (U+00A0)"
        return "full_width_punctuation", f"a {name} where YAML needs a space", "write a plain space"
    half = f"'{plain}'" if plain != "'" else f'"{plain}"'
    wanted = f"{half} (half-width)" + (" and a space" if plain in ":," else "")
    message = f"full-width '{character}' where YAML needs {half}"
    hint = f"write {wanted}; if '{character}' belongs to the text, put the whole text in quotes"
    return "full_width_punctuation", message, hint
