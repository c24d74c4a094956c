"""A book's contents as bytes, and back: only this library's own values come back.

The bytes are pickles, one for each scheme, item and form and one for all the rest, so that a book
of thousands of schemes is back at once and each of them when it is asked for. They are read by a
reader that makes nothing except the classes of `sstibet` and dates; anything else ends the reading,
and the book is read from its files instead.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from sstibet.contents import Contents

V = TypeVar("V")

_ALLOWED = {("datetime", "date"), ("copyreg", "__newobj__")}


class Frozen(Mapping[str, V]):
    """Schemes by name, each thawed when it is first asked for."""

    __slots__ = ("_bytes", "_thawed")

    def __init__(self, frozen: Mapping[str, bytes]) -> None:
        self._bytes, self._thawed = frozen, dict[str, V]()

    def __getitem__(self, name: str) -> V:
        found = self._thawed.get(name)
        if found is None:
            found = self._thawed[name] = _thaw(self._bytes[name])
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._bytes)

    def __len__(self) -> int:
        return len(self._bytes)

    def __contains__(self, name: object) -> bool:
        return name in self._bytes


def freeze(contents: Contents, digest: str) -> bytes:
    """The contents and their digest as bytes."""
    schemes = [
        {name: pickle.dumps(schedule, protocol=5) for name, schedule in table.items()}
        for table in (
            contents.picks,
            contents.rates,
            contents.ports,
            contents.items,
            contents.forms,
            contents.roles,
        )
    ]
    rest = (contents.info, contents.dictionary, contents.periods, contents.refunds, digest)
    return pickle.dumps((*schemes, pickle.dumps(rest, protocol=5)), protocol=5)


def thaw(data: bytes) -> tuple[Contents, str] | None:
    """What `freeze` made, or None where the bytes hold anything else."""
    try:
        *tables, rest = _thaw(data)
        picks, rates, ports, items, forms, roles = (Frozen[Any](table) for table in tables)
        info, dictionary, periods, refunds, digest = _thaw(rest)
    except Exception:  # whatever damaged bytes lead to: the book is read from its files then
        return None
    contents = Contents(
        info, dictionary, picks, rates, periods, refunds, ports, items, forms, roles
    )
    return contents, digest


def _thaw(data: bytes) -> Any:
    return _Reader(io.BytesIO(data)).load()


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        own = module.startswith("sstibet.")
        if (own and "." not in name) or (module, name) in _ALLOWED:
            found = super().find_class(module, name)
            if isinstance(found, type) or not own:
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is not part of a book")
