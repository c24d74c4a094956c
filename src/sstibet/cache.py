"""The cache of books read before, by the content of their files.

A book is found under a digest of every byte of its files, of this library's version and of
Python's, and of when and how large the library's own modules were written, so neither a changed
byte nor a changed line of code is ever answered by what stood there before. The cache lies in the
user's own cache folder, outside of any book. It is used only where nobody else could have written
it: the folder and the file must belong to this user and be writable by nobody else, both opened
without following links; and what is read back may only be made of this library's own values.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sstibet.contents import Contents
    from sstibet.files import Files

_ROOT = "SSTIBET_CACHE"  # a folder of the user's choice, or "off"


@dataclass(frozen=True, slots=True)
class Cache:
    """The place of one book in the cache."""

    folder: Path
    name: str

    @classmethod
    def open(cls, files: Files, kind: str = "book") -> Cache | None:
        """The place for a book's files; None where caching is off or there is no safe folder.
        What is kept under another ``kind`` is never taken for a book that was checked."""
        folder = _folder()
        if folder is None:
            return None
        from sstibet.version import __version__

        runs_on = f"{__version__} {sys.implementation.cache_tag} {sys.byteorder} {_code()}"
        key = sha256(f"{runs_on} {files.fingerprint}".encode()).hexdigest()
        return cls(folder, f"{key}.{kind}")

    def get(self) -> tuple[Contents, str] | None:
        """The contents and digest kept for the book, or None where there is nothing sound."""
        data = _read_own(self.folder, self.name)
        if data is None or sha256(data[32:]).digest() != data[:32]:
            return None
        from sstibet.frozen import thaw

        return thaw(data[32:])

    def put(self, contents: Contents, digest: str) -> None:
        """Keep a book. Where it can't be kept, it is read again next time: never an error."""
        from sstibet.frozen import freeze

        data = freeze(contents, digest)
        temporary = f".{os.getpid()}.{self.name}"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _own_folder(self.folder) as folder:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
                file = os.open(temporary, flags, 0o600, dir_fd=folder)
                with os.fdopen(file, "wb") as stream:
                    stream.write(sha256(data).digest() + data)
                os.replace(temporary, self.name, src_dir_fd=folder, dst_dir_fd=folder)
        except (OSError, NotImplementedError):
            return


# What reads and checks a book; what only asks it may change without harm.
_READERS = ("", "checks", "forms", "items", "periods", "premium")


def _code() -> str:
    """The state of the library's own modules: a checkout changes without its version's leave."""
    here = os.path.dirname(os.path.abspath(__file__))
    found = list[str]()
    for room in _READERS:
        with os.scandir(os.path.join(here, room)) as entries:
            for each in entries:
                if each.name.endswith(".py"):
                    status = each.stat()
                    found.append(f"{room}/{each.name} {status.st_mtime_ns} {status.st_size}")
    return sha256("\n".join(sorted(found)).encode()).hexdigest()


def _folder() -> Path | None:
    """The user's cache folder. None where it is switched off, or the system has no owners."""
    chosen = os.environ.get(_ROOT, "")
    if chosen == "off" or not hasattr(os, "geteuid"):
        return None
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        home = os.path.expanduser("~")
        if not os.path.isabs(home):
            return None
        base = os.path.join(home, ".cache")
    return Path(base) / "sstibet"


@contextmanager
def _own_folder(folder: Path) -> Iterator[int]:
    """The folder as a descriptor, if it is this user's alone; PermissionError else."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | getattr(os, "O_NOFOLLOW", 0))
    try:
        if not _is_own(os.fstat(descriptor)):
            raise PermissionError(f"{folder} is not this user's alone")
        yield descriptor
    finally:
        os.close(descriptor)


def _is_own(status: os.stat_result) -> bool:
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _read_own(folder: Path, name: str) -> bytes | None:
    """A file's bytes, if the file and its folder are this user's alone."""
    try:
        with _own_folder(folder) as descriptor:
            flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)
            file = os.open(name, flags, dir_fd=descriptor)
            with os.fdopen(file, "rb") as stream:
                status = os.fstat(stream.fileno())
                if not stat.S_ISREG(status.st_mode) or not _is_own(status):
                    return None
                return stream.read()
    except (OSError, NotImplementedError):
        return None
