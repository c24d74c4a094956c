"""From the files of a book to its contents: every document read, typed, and put in its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Annotated, Any

from sstibet.cases import Case
from sstibet.contents import BookInfo, Contents
from sstibet.documents import Named, OrWord
from sstibet.facts import CodeList, Dictionary, Fact
from sstibet.files import Files
from sstibet.findings import validate
from sstibet.forms.documents import Form
from sstibet.items.documents import ItemRules, Port
from sstibet.items.roles import Role
from sstibet.periods.tables import Periods
from sstibet.premium.pick import PickSchedule
from sstibet.premium.rate import RateSchedule
from sstibet.problems import Problem
from sstibet.reader import Document, read_bytes
from sstibet.refunds import RefundRules

Step = str | int

# What a file of each kind holds.
TYPES: dict[str, Any] = {
    "book": BookInfo,
    "facts": Annotated[dict[str, Fact], Named()],
    "codes": CodeList,
    "tiers": Annotated[dict[str, PickSchedule], Named()],
    "rates": Annotated[dict[str, RateSchedule], Named()],
    "periods": Periods,
    "refunds": Annotated[dict[str, Annotated[RefundRules | None, OrWord("none")]], Named()],
    "ports": Annotated[dict[str, Port], Named()],
    "items": ItemRules,
    "forms": Form,
    "roles": Annotated[dict[str, Role], Named()],
    "cases": tuple[Case, ...],
}


@dataclass(frozen=True, slots=True)
class Site:
    """A node of a document: from here a check says where its problem is."""

    document: Document
    path: tuple[Step, ...] = ()

    def at(self, *steps: Step) -> Site:
        """A node below this one."""
        return Site(self.document, (*self.path, *steps))

    def problem(self, code: str, message: str, hint: str = "") -> Problem:
        """A problem of this node's value."""
        spot = self.document.position(self.path)
        file = self.document.file
        return Problem(file, spot.line, spot.column, code, message, hint, spot.width)

    def key_problem(self, code: str, message: str, hint: str = "") -> Problem:
        """A problem of this node's key."""
        spot = self.document.key_position(self.path)
        file = self.document.file
        return Problem(file, spot.line, spot.column, code, message, hint, spot.width)


@dataclass(slots=True)
class Loaded:
    """What was read: the contents, the site of each named thing (``("tiers",
    "resident_pension")``), the cases with their sites, the problems, and the entries that the
    book's digest is made of: (kind, name, tree).

    There are contents where every document could be typed, or all but some of the `LEAVES`; those
    that could not are ``unread`` by kind and name, and what names them is left alone by the checks.
    """

    contents: Contents | None = None
    sites: dict[tuple[str, str], Site] = field(default_factory=dict)
    cases: list[tuple[Case, Site]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    entries: list[tuple[str, str, object]] = field(default_factory=list)
    unread: set[tuple[str, str]] = field(default_factory=set)


# The documents that others may be checked without.
LEAVES = ("cases", "items", "forms")


def load_documents(files: Files) -> Loaded:
    """Read and type every file of a book; all problems of all files are gathered."""
    loaded = Loaded()
    parts: dict[str, dict[str, Any]] = {kind: {} for kind in TYPES}
    sound = True
    for kind in TYPES:
        for name in files.kind(kind):
            before = len(loaded.problems)
            _read(loaded, parts, kind, name, files.data[name])
            if len(loaded.problems) > before:
                sound = sound and kind in LEAVES
                loaded.unread.add((kind, PurePosixPath(name).stem))
    if sound and all(parts[kind] for kind in ("book", "facts", "periods")):
        dictionary = Dictionary(parts["facts"], parts["codes"])
        loaded.contents = Contents(
            parts["book"]["book"],
            dictionary,
            parts["tiers"],
            parts["rates"],
            parts["periods"]["periods"],
            parts["refunds"],
            parts["ports"],
            parts["items"],
            parts["forms"],
            parts["roles"],
        )
    return loaded


def _read(
    loaded: Loaded, parts: dict[str, dict[str, Any]], kind: str, name: str, data: bytes
) -> None:
    document, problems = read_bytes(data, name)
    loaded.problems.extend(problems)
    if document is None or problems:
        return
    value = validate(TYPES[kind], document, loaded.problems)
    if value is None:
        return
    site = Site(document)
    if kind == "cases":
        loaded.cases.extend((case, site.at(n)) for n, case in enumerate(value))
    elif kind in ("book", "periods", "codes", "items", "forms"):
        stem = PurePosixPath(name).stem
        loaded.sites[kind, stem] = site
        parts[kind][stem] = value
        loaded.entries.append((kind, stem, document.data))
    else:
        _merge(loaded, parts[kind], kind, value, site)


def _merge(
    loaded: Loaded, part: dict[str, Any], kind: str, value: dict[str, Any], site: Site
) -> None:
    """Add named things; a name that another file has already is a problem."""
    trees = site.document.data
    assert isinstance(trees, dict), "checked when the document was typed"
    for key, each in value.items():
        if (first := loaded.sites.get((kind, key))) is not None:
            message = f"{key!r} stands in {first.document.file} already"
            hint = "keep one of the two"
            loaded.problems.append(site.at(key).key_problem("doubled_name", message, hint))
            continue
        loaded.sites[kind, key] = site.at(key)
        loaded.entries.append((kind, key, trees[key]))
        part[key] = each
