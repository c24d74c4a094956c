"""The files of a rule book: where a book is found, what belongs to it, and its bytes."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from sstibet.disk import raw
from sstibet.problems import Problem, closest

# The documents of a book. Those named in FOLDERS may be one file, or any number in a folder.
REQUIRED = ("book", "facts", "periods", "refunds")
FOLDERS = ("codes", "tiers", "rates", "cases")
ONE_FILE_TOO = ("tiers", "rates")


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
    here = Path(__file__).resolve().parent
    for root in (here / "_data" / "rules", here.parents[1] / "rules"):
        if (root / "book.yaml").is_file():
            return root
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
        for name in sorted(_walk(root)):
            files._take(name)
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

    def _take(self, name: str) -> None:
        if not _belongs(name):
            near = closest(name, [f"{kind}.yaml" for kind in (*REQUIRED, *ONE_FILE_TOO)])
            hint = f"did you mean {near}?" if near else "see CONTRIBUTING for the files of a book"
            if _belongs(mended := f"{os.path.splitext(name)[0]}.yaml"):
                hint = f"rename it {mended}"
            self._fault(name, "strange_file", f"{name} is no file of a rule book", hint)
            return
        data = raw(os.path.join(self.root, name), name)
        if isinstance(data, Problem):
            self.problems.append(data)
        else:
            self.data[name] = data

    def _fault(self, name: str, code: str, message: str, hint: str = "") -> None:
        self.problems.append(Problem(name, 1, 1, code, message, hint))


def _walk(root: Path) -> list[str]:
    """Everything in the folder, two levels deep, that is called YAML, files or not."""
    found = list[str]()
    for entry in os.scandir(root):
        if entry.name.startswith("."):
            continue
        if _yaml(entry.name):
            found.append(entry.name)
        elif entry.is_dir() and entry.name != "items":
            inner = [each.name for each in os.scandir(entry.path) if _yaml(each.name)]
            found.extend(f"{entry.name}/{name}" for name in inner)
    return found


def _yaml(name: str) -> bool:
    return name.lower().endswith((".yaml", ".yml")) and not name.startswith(".")


def _belongs(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    if not file.endswith(".yaml"):
        return False
    if folder:
        return folder in FOLDERS
    return file.removesuffix(".yaml") in (*REQUIRED, *ONE_FILE_TOO)
