"""Which catalogues there are, and how the code beside each asks for its words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "sstibet"


@dataclass(frozen=True)
class Call:
    """A call whose first argument is a key: ``say(…)``, or ``talk.say(…)`` where ``method``.

    ``prefix`` is put before the key; ``files`` is where the name means this (a glob in the
    domain's sources).
    """

    name: str
    method: bool = False
    prefix: str = ""
    files: str = "**/*"


@dataclass(frozen=True)
class Domain:
    """The catalogues of one room.

    Args:
        complete: languages that must have every text; the first is the one that others are
            translated from.
        partial: languages that have what is sure.
        sources: the folder whose modules and templates use the words.
        data: YAML whose names become parts of keys.
        note: what a translator is told about each of its texts.
    """

    name: str
    locale: Path = field(compare=False)  # what the code uses doesn't hang on it
    sources: Path
    calls: tuple[Call, ...]
    complete: tuple[str, ...] = ("zh", "en")
    partial: tuple[str, ...] = ("bo",)
    data: tuple[Path, ...] = ()
    note: str = ""

    @property
    def languages(self) -> tuple[str, ...]:
        return self.complete + self.partial

    def file(self, language: str, ending: str = "po") -> Path:
        """A language's catalogue: its source, or what it is compiled to (``mo``)."""
        return self.locale / language / "LC_MESSAGES" / f"{self.name}.{ending}"

    def files(self, ending: str) -> Iterator[Path]:
        """The modules or templates that may use the words."""
        yield from sorted(self.sources.rglob(f"*.{ending}"))


LIBRARY = Domain(
    "sstibet",
    SOURCE / "locale",
    SOURCE,
    (Call("say"), Call("Term"), Call("language_of", files="texts.py")),
    data=(ROOT / "rules", SOURCE),
)
COMMAND = Domain(
    "cli",
    SOURCE / "cli" / "locale",
    SOURCE / "cli",
    (
        Call("word"),
        Call("word", method=True, files="showing.py"),
        Call("word", method=True, prefix="walk.", files="walking*.py"),
        Call("say", method=True, prefix="walk.", files="walking*.py"),
    ),
    data=(ROOT / "rules",),
)
DRAWING = Domain(
    "drawing",
    SOURCE / "drawing" / "locale",
    SOURCE / "drawing",
    (Call("word"), Call("answer_word", prefix="answer.")),
    data=(ROOT / "rules", SOURCE),
)
PAPERS = Domain(
    "papers",
    SOURCE / "papers" / "locale",
    SOURCE / "papers",
    (Call("word_of"),),
    note="Printed on a certificate, in Chinese and Tibetan alone.",
)
COUNTER = Domain(
    "counter",
    ROOT / "examples" / "counter" / "locale",
    ROOT / "examples" / "counter",
    tuple(Call(name, method) for name in ("_", "plain", "markup") for method in (False, True)),
    complete=("zh_CN", "en"),
    data=(ROOT / "rules", ROOT / "examples" / "counter"),
)


def domains() -> tuple[Domain, ...]:
    """Those that this checkout has."""
    every = (LIBRARY, COMMAND, DRAWING, PAPERS, COUNTER)
    return tuple(each for each in every if each.locale.is_dir())
