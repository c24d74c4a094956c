"""What documents show, as blocks that can be run: the Python, and the commands with their output.

A ``python`` block is run, and the ``text`` block right after it is what it must print. In a
``console`` block each ``$ command`` must print what stands under it. Line numbers, digests and how
much a sound book holds may move as the rules grow; nothing else is left out of the comparison.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from sstibet.cli import run

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block of a document."""

    language: str
    text: str


@dataclass(frozen=True)
class Shown:
    """What was run, what it printed, and what the document says that it prints."""

    what: str
    printed: str
    said: str


def blocks(text: str) -> list[Block]:
    """All fenced blocks of a document, in their order."""
    return [Block(*found.groups()) for found in _BLOCK.finditer(text)]


def steady(text: str) -> str:
    """A text without what may move: line numbers, their margin, digests, how
    much a sound book holds."""
    text = re.sub(r"(?<=yaml:)\d+", "N", text)
    text = re.sub(r"^ *\d* +(?=[|=] )|^ *\d* +(?=\|$)|^ +(?=--> )", "", text, flags=re.MULTILINE)
    text = re.sub(r"\bby [0-9a-f]{6}\b", "by DIGEST", text)
    text = re.sub(r"(?<=is sound ).*", "(HOW MUCH)", text)
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))


def commands(block: Block) -> list[tuple[str, str]]:
    """The commands of a console block, each with the output shown under it."""
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]
    return [(command, output) for command, _, output in (part.partition("\n") for part in parts)]


def printed_by(command: str) -> str:
    """What one command of a document prints; sstibet itself is run in this process."""
    words = shlex.split(command)
    if words[0] != "sstibet":
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        run(words[1:])
    return out.getvalue() + err.getvalue()


def printed_in(block: Block, name: str, names: dict[str, object]) -> str:
    """What a python block prints, run with the names that the blocks before it made."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(block.text, name, "exec"), names)
    return out.getvalue()


def played(text: str, name: str) -> Iterator[Shown]:
    """A whole document, block by block: a python block without a text block after it prints
    nothing."""
    names: dict[str, object] = {}
    shown = blocks(text)
    for block, after in zip(shown, [*shown[1:], Block("", "")], strict=True):
        if block.language == "python":
            said = after.text if after.language == "text" else ""
            yield Shown(block.text, printed_in(block, name, names), said)
        elif block.language == "console":
            for command, said in commands(block):
                yield Shown(command, printed_by(command), said)
