"""Changing a store's key (换密钥): all of it sealed anew while others go on working, and the proof
that the old key is needed no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from sstibet.stores.records import Store
from sstibet.vault import Spoilt

BATCH = 500
_PAGE = 1000


class Sealed(Protocol):
    """What can be sealed anew: a store, or the embedded bureau."""

    def reseal(self, limit: int) -> int:
        """Seal some anew; how many. Zero: nothing is left."""
        ...


def rotate(store: Sealed, batch: int = BATCH, tell: Callable[[int], None] = lambda n: None) -> int:
    """Seal anew all that the current key hasn't sealed, a batch at a time; how many texts were.
    What a kill leaves is done by the next run. ``tell`` hears how many are done so far."""
    done = 0
    while sealed := store.reseal(batch):
        done += sealed
        tell(done)
    return done


def unreadable(store: Store) -> list[str]:
    """What a store can't read with the keys that it was opened with, in words without values. With
    the new key alone, an empty list proves that the old one is needed no more."""
    return list(_unreadable(store))


def _unreadable(store: Store) -> Iterator[str]:
    for ref in _refs(store):
        for what, read in (("item", store.get), ("history", store.history), ("rows", store.rows)):
            try:
                read(ref)
            except Spoilt as spoilt:
                yield f"{what} of {ref}: {spoilt}"
    for digest in store.books():
        try:
            store.book(digest)
        except Spoilt as spoilt:
            yield f"book {digest[:12]}: {spoilt}"
    after = b""
    try:
        while found := store.requests(after, _PAGE):
            after = found[-1][0]
    except Spoilt as spoilt:
        yield f"the requests' keys: {spoilt}"


def _refs(store: Store) -> Iterator[str]:
    after = ""
    while refs := store.refs(after, _PAGE):
        yield from refs
        after = refs[-1]
