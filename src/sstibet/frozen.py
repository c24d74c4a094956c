"""A book's contents as bytes, and back: only this library's own values come back.

The bytes are a pickle, but it is read by a reader that makes nothing except the classes of
`sstibet` and the few of the standard library that a book is made of; anything else ends the
reading, and the book is read from its files instead.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

from sstibet.contents import Contents

_ALLOWED = {
    ("datetime", "date"),
    ("copyreg", "_reconstructor"),
    ("copyreg", "__newobj__"),
    ("builtins", "object"),
}


def freeze(contents: Contents, digest: str) -> bytes:
    """The contents and their digest as bytes."""
    bare = Contents(
        contents.info,
        contents.dictionary,
        contents.picks,
        contents.rates,
        contents.periods,
        contents.refunds,
    )
    return pickle.dumps((bare, digest), protocol=5)


def thaw(data: bytes) -> tuple[Contents, str] | None:
    """What `freeze` made, or None where the bytes hold anything else."""
    try:
        contents, digest = _Reader(io.BytesIO(data)).load()
    except Exception:  # whatever damaged bytes lead to: the book is read from its files then
        return None
    if not isinstance(contents, Contents) or not isinstance(digest, str):
        return None
    return contents, digest


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        own = module == "sstibet" or module.startswith("sstibet.")
        if (own and "." not in name) or (module, name) in _ALLOWED:
            found = super().find_class(module, name)
            if isinstance(found, type) or not own:
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is not part of a book")
