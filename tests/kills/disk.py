"""A disk that tells what was written and what was synced, can lose its power, and can be full.

SQLite writes through it as through any disk. What it could hold when the power is cut at some
moment: all that was synced; and of what was written to a file since its last sync any of the
sectors, in any order, the last of them perhaps torn.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

_NAME = "sstibet-disk"
_BASE = "unix"  # named, for this disk is the default while it is plugged in


@dataclass
class Log:
    """All that was done to a disk, one after another: (what, file's name, more); and what the tests
    note between."""

    lines: list[tuple[Any, ...]] = field(default_factory=list)
    fails: Callable[[str, str], Exception | None] = lambda what, name: None

    def add(self, *line: Any) -> None:
        """One more line."""
        self.lines.append(line)

    def ask(self, what: str, name: str) -> None:
        """Raise where the disk is to fail here."""
        error = self.fails(what, name)
        if error is not None:
            raise error


class _Disk(apsw.VFS):
    def __init__(self, log: Log) -> None:
        super().__init__(_NAME, _BASE, makedefault=True)
        self._log = log

    def xOpen(self, name: Any, flags: Any) -> apsw.VFSFile:
        plain = name if isinstance(name, str) or name is None else name.filename()
        return _File(self._log, Path(plain or "temporary").name, name, flags)

    def xDelete(self, name: str, syncs: bool) -> None:
        super().xDelete(name, syncs)
        self._log.add("delete", Path(name).name, syncs)


class _File(apsw.VFSFile):
    def __init__(self, log: Log, plain: str, name: Any, flags: Any) -> None:
        super().__init__(_BASE, name, flags)
        self._log, self._name = log, plain
        journal = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL
        # The first time that a new journal is synced, its folder is too (`unixSync`).
        self._new = bool(flags[0] & apsw.SQLITE_OPEN_CREATE and flags[0] & journal)

    def xWrite(self, data: bytes, offset: int) -> None:
        self._log.ask("write", self._name)
        super().xWrite(data, offset)
        self._log.add("write", self._name, offset, bytes(data))

    def xTruncate(self, size: int) -> None:
        self._log.ask("truncate", self._name)
        super().xTruncate(size)
        self._log.add("truncate", self._name, size)

    def xSync(self, flags: int) -> None:
        self._log.ask("sync", self._name)
        super().xSync(flags)
        self._log.add("sync", self._name)
        if self._new:
            self._log.add("folder", self._name)
            self._new = False


@contextmanager
def plugged_in() -> Iterator[Log]:
    """Everything that SQLite opens meanwhile is on a disk that is watched."""
    log = Log()
    disk = _Disk(log)
    try:
        yield log
    finally:
        disk.unregister()


@dataclass
class _Kept:
    """A file: what is surely there (None: not even its name), and what came since."""

    sure: bytearray | None = None
    since: list[tuple[Any, ...]] = field(default_factory=list)


class Platter:
    """The files of a disk as its log goes on."""

    def __init__(self) -> None:
        self.files: dict[str, _Kept] = {}

    def take(self, line: tuple[Any, ...]) -> None:
        """One line of the log."""
        what, name, *more = line
        if what == "folder":
            self._folder()
        if what not in ("write", "truncate", "sync", "delete"):
            return
        file = self.files.setdefault(name, _Kept())
        if what == "sync":
            now = file.sure or bytearray()
            for each in file.since:
                now = _apply(now, each)
            file.sure, file.since = now, []
        elif what == "delete" and more[0]:
            del self.files[name]
        else:
            file.since.append((what, *more))

    def _folder(self) -> None:
        """The names of all files are as they are: what is made is there, what is deleted is not."""
        for name, file in list(self.files.items()):
            deleted = [n for n, each in enumerate(file.since) if each[0] == "delete"]
            if deleted:
                file.sure, file.since = None, file.since[deleted[-1] + 1 :]
            if file.sure is None and not file.since:
                del self.files[name]
            elif file.sure is None:
                file.sure = bytearray()

    def unsure(self, ending: str) -> bool:
        """Whether a file whose name ends so was written to since it was synced."""
        return any(name.endswith(ending) and file.since for name, file in self.files.items())

    def cut(self, rng: random.Random, sector: int) -> dict[str, bytes]:
        """The files that could be found if the power went out now."""
        found = dict[str, bytes]()
        for name, file in self.files.items():
            kept = _survivors(file, rng, sector)
            if kept is not None:
                found[name] = bytes(kept)
        return found


def _apply(now: bytearray | None, line: tuple[Any, ...]) -> bytearray:
    what, *more = line
    if what == "delete" or now is None:
        now = bytearray()
    if what == "truncate":
        size = more[0]
        return now[:size] + bytes(max(0, size - len(now)))
    if what == "write":
        offset, data = more
        now = now + bytes(max(0, offset - len(now)))
        now[offset : offset + len(data)] = data
    return now


def _pieces(line: tuple[Any, ...], sector: int) -> Iterator[tuple[Any, ...]]:
    """A write by the sectors that it touches."""
    if line[0] != "write":
        yield line
        return
    _, offset, data = line
    at = 0
    while at < len(data):
        end = min(len(data), (offset + at) // sector * sector + sector - offset)
        yield "write", offset + at, data[at:end]
        at = end


def _survivors(file: _Kept, rng: random.Random, sector: int) -> bytearray | None:
    pieces = [piece for line in file.since for piece in _pieces(line, sector)]
    how = rng.choice(("none", "all", "some", "first", "last", "some"))
    if how == "none" or not pieces:
        return None if file.sure is None else bytearray(file.sure)
    if how == "some":
        share = rng.choice((0.1, 0.5, 0.9))
        pieces = [piece for piece in pieces if rng.random() < share]
    elif how != "all":
        at = rng.randrange(len(pieces) + 1)
        pieces = pieces[:at] if how == "first" else pieces[at:]
    if all(piece[0] == "write" for piece in pieces) and rng.random() < 0.5:
        rng.shuffle(pieces)  # of a sector that was written twice either may be the last
    if pieces and pieces[-1][0] == "write" and rng.random() < 0.3:
        _, offset, data = pieces[-1]
        pieces[-1] = ("write", offset, data[: rng.randrange(len(data) + 1)])
    now = None if file.sure is None else bytearray(file.sure)
    for piece in pieces:
        now = _apply(now, piece)
    return now
