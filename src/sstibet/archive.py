"""Rule books put away and taken out again (归档): the files of one as bytes, for as long as an item
is under way that was opened under it.

A book was checked when it was put away. Taken out it is only read and typed again, and it must say
what its digest names; so a later version of the library, which may check more, strands nobody.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from sstibet.cache import Cache
from sstibet.contents import Contents
from sstibet.disk import MAX_BYTES
from sstibet.files import Files

if TYPE_CHECKING:
    # The YAML reader and pydantic are needed only where the cache doesn't have the book.
    from sstibet.loading import Loaded

_DAY = (1980, 1, 1, 0, 0, 0)  # the same files are the same archive, whenever it is made
_MOST_FILES = 10_000
_HERE = Path("archive")


class NoBook(ValueError):
    """What is put away can't be read as the book that it was."""


def pack(files: Files) -> bytes:
    """The files of a book, as bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.data.items()):
            archive.writestr(zipfile.ZipInfo(name, _DAY), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def unpack(archive: bytes) -> Files:
    """The files that `pack` has packed. Raises NoBook."""
    data = dict[str, bytes]()
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            infos = packed.infolist()
            if len(infos) > _MOST_FILES or any(each.file_size > MAX_BYTES for each in infos):
                raise NoBook("it holds more than a book has")
            for each in infos:
                data[each.filename] = packed.read(each)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError) as error:
        raise NoBook(f"it is no archive of a book ({type(error).__name__})") from None
    return Files(_HERE, data)


def read_archive(archive: bytes, digest: str) -> Contents:
    """The book that was put away under ``digest``. Raises NoBook."""
    files = unpack(archive)
    store = Cache.open(files, "edition")
    kept = store.get() if store is not None else None
    if kept is not None and kept[1] == digest:
        return kept[0]
    contents = typed(files, digest).contents
    assert contents is not None, "typed without a problem"
    if store is not None:
        store.put(contents, digest)
    return contents


def typed(files: Files, digest: str) -> Loaded:
    """The same with the place of everything, for checks. Raises NoBook."""
    from sstibet.canonical import digest as digest_of
    from sstibet.loading import load_documents

    loaded = load_documents(files)
    if loaded.problems or loaded.contents is None:
        first = min(loaded.problems, default=None)
        raise NoBook("this version can't read it" + (f": {first}" if first else ""))
    if digest_of(loaded.entries) != digest:
        raise NoBook("it says something else than the book that it is kept for")
    return loaded
