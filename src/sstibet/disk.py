"""A file's bytes, or the problem that stands in their way.

A module of its own, without the YAML reader: a book that is kept in the cache is found by its
bytes alone.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from sstibet.problems import Problem

MAX_BYTES = 4 * 1024 * 1024
FORMS = "forms"


def raw(path: Path | str, file: str) -> bytes | Problem:
    """The bytes of the file at `path`, which problems call `file`.

    Never raises for what is on the disk: a file that is missing, no regular file, unreadable or
    larger than `MAX_BYTES` is a problem at 1:1, and the last is found without reading it.
    """

    def whole(code: str, message: str, hint: str = "") -> Problem:
        return Problem(file, 1, 1, code, message, hint)

    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            hint = "rename it, and put the file in its place"
            return whole("is_a_directory", "a directory stands where a file is wanted", hint)
        if not stat.S_ISREG(status.st_mode):
            hint = "put a file in its place"
            return whole("not_a_file", "this is a device, pipe or socket, not a file", hint)
        if status.st_size > MAX_BYTES:
            return whole(*too_large(status.st_size))
        with open(path, "rb", buffering=0) as stream:
            # Room for the whole limit, made anew for each of thousands of small files, would take
            # longer than reading them; more is made only for a file that has grown meanwhile.
            data = stream.read(status.st_size + 1)
            return data + stream.read(MAX_BYTES) if len(data) > status.st_size else data
    except (FileNotFoundError, NotADirectoryError):
        return whole("not_found", "there is no such file", "check its name and folder")
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL in it
        reason = getattr(error, "strerror", None) or str(error)
        return whole("unreadable", f"the file cannot be read: {reason}", "check its permissions")


def too_large(size: int) -> tuple[str, str, str]:
    """Code, message and hint for a file of so many bytes."""
    limit = f"at most {MAX_BYTES // 1024 // 1024} MiB"
    return "file_too_large", f"the file has {size:,} bytes, {limit} are read", "split it up"


def own_folder(name: str) -> Path | None:
    """A folder of data that comes with the library, ``rules`` or ``forms``: the package's own, else
    that of the checkout; None where neither is there."""
    here = Path(__file__).resolve().parent
    for folder in (here / "_data" / name, here.parents[1] / name):
        if folder.is_dir():
            return folder
    return None


def forms_of(root: Path) -> tuple[Path, ...]:
    """The folders of a book's forms: the one inside it, and the one beside a folder that is called
    ``rules``; for a copy of rules that has items and neither, the library's own."""
    beside = root.resolve().parent / FORMS
    found = [root / FORMS, *([beside] if root.resolve().name == "rules" else [])]
    folders = tuple(folder for folder in found if folder.is_dir())
    own = own_folder(FORMS) if not folders and (root / "items").is_dir() else None
    return folders if own is None else (own,)


def place(root: Path, name: str, forms: tuple[Path, ...] | None = None) -> str:
    """Where a file of a book stands on the disk; ``forms``: its folders of forms, where known."""
    folder, _, file = name.rpartition("/")
    if folder == FORMS:
        for each in forms_of(root) if forms is None else forms:
            if (each / file).exists():
                return os.path.join(each, file)
    return os.path.join(root, name)
