"""The files of a rule book: where a book is found, what belongs to it, and its bytes."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from sstibet.disk import FORMS, forms_of, own_folder, place, raw
from sstibet.problems import Problem, closest

# The documents of a book. Those named in FOLDERS may be one file, or any number in a folder.
REQUIRED = ("book", "facts", "periods", "refunds")
FOLDERS = ("codes", "facts", "tiers", "rates", "cases", "items", "forms")
ONE_FILE_TOO = ("tiers", "rates", "ports", "roles")
# Where a file's name is the id of what it holds.
NAMED = ("codes", "items", "forms")
_ID = re.compile(r"[a-z0-9_]+")
_OTHER = re.compile(r"[ -]+")


def find_rules(path: str | Path | None) -> Path:
    """A book's folder: the one given; else the package's own rules; else those of the checkout.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    if path is not None:
        root = Path(path)
        if not root.is_dir():
            raise FileNotFoundError(f"there is no folder {str(path)!r} to read a rule book from")
        return root
    own = own_folder("rules")
    if own is not None and (own / "book.yaml").is_file():
        return own
    raise FileNotFoundError("the rules that come with sstibet are not installed; reinstall it")


@dataclass(frozen=True)
class Files:
    """The YAML files of a book with their bytes, by their paths inside it, and what is wrong with
    the folder itself: a file that is missing, strange, too large, or no file at all."""

    root: Path
    data: dict[str, bytes]
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def of(cls, root: Path) -> Files:
        """Read every file that belongs to the book in ``root``."""
        files = cls(root, {})
        forms = forms_of(root)
        elsewhere = _forms_elsewhere(root, forms)
        inside = _walk(root)
        for name in sorted({*inside, *elsewhere}):
            files._take(name, forms)
        for name in sorted(set(inside) & set(elsewhere)):
            message = f"{name} stands inside the book and beside it"
            files._fault(name, "doubled_name", message, "keep one of the two")
        for kind in REQUIRED:
            if f"{kind}.yaml" not in files.data and not (root / f"{kind}.yaml").exists():
                hint = "write it, or mend its name; capital and small letters count"
                message = f"the book has no file {kind}.yaml"
                files._fault(f"{kind}.yaml", "not_found", message, hint)
        return files

    def kind(self, kind: str) -> list[str]:
        """The files of a kind, sorted: ``tiers.yaml`` and ``tiers/*.yaml``."""
        return self._by_kind.get(kind, [])

    @cached_property
    def _by_kind(self) -> dict[str, list[str]]:
        kinds: dict[str, list[str]] = {}
        for name in sorted(self.data):
            kinds.setdefault(name.partition("/")[0].removesuffix(".yaml"), []).append(name)
        return kinds

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over every name and every byte."""
        whole = sha256()
        for name, data in sorted(self.data.items()):
            whole.update(f"{name}\0{len(data)}\0".encode())
            whole.update(data)
        return whole.hexdigest()

    def _take(self, name: str, forms: tuple[Path, ...]) -> None:
        if not _belongs(name):
            near = closest(name, [f"{kind}.yaml" for kind in (*REQUIRED, *ONE_FILE_TOO)])
            hint = f"did you mean {near}?" if near else "see CONTRIBUTING for the files of a book"
            if _belongs(mended := f"{_OTHER.sub('_', os.path.splitext(name)[0].lower())}.yaml"):
                hint = f"rename it {mended}"
            self._fault(name, "strange_file", f"{name} is no file of a rule book", hint)
            return
        data = raw(place(self.root, name, forms), name)
        if isinstance(data, Problem):
            self.problems.append(data)
        else:
            self.data[name] = data

    def _fault(self, name: str, code: str, message: str, hint: str = "") -> None:
        self.problems.append(Problem(name, 1, 1, code, message, hint))


def _forms_elsewhere(root: Path, forms: tuple[Path, ...]) -> list[str]:
    """The forms that stand outside of the book's folder, by their names inside the book."""
    return [
        f"{FORMS}/{each.name}"
        for folder in forms
        if folder.parent != root
        for each in os.scandir(folder)
        if _yaml(each.name)
    ]


def _walk(root: Path) -> list[str]:
    """Everything in the folder, two levels deep, that is called YAML, files or not."""
    found = list[str]()
    for entry in os.scandir(root):
        if entry.name.startswith("."):
            continue
        if _yaml(entry.name):
            found.append(entry.name)
        elif entry.is_dir():
            inner = [each.name for each in os.scandir(entry.path) if _yaml(each.name)]
            found.extend(f"{entry.name}/{name}" for name in inner)
    return found


def _yaml(name: str) -> bool:
    return name.lower().endswith((".yaml", ".yml")) and not name.startswith(".")


def _belongs(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    if not file.endswith(".yaml"):
        return False
    if folder in NAMED:
        return _ID.fullmatch(file.removesuffix(".yaml")) is not None
    if folder:
        return folder in FOLDERS
    return file.removesuffix(".yaml") in (*REQUIRED, *ONE_FILE_TOO)
