"""What a store did not write where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest

from sstibet.stores.records import (
    Change,
    Keyed,
    Store,
)
from sstibet.testing.store_contract.values import (
    NOW,
    MadeContract,
    a_past,
    a_row,
    an_item,
    begin,
)
from sstibet.vault import Spoilt


def filled(store: Store) -> None:
    """Two items with all that may be kept about them, and two books."""
    for ref in ("r", "q"):
        begin(store, a_row(f"{ref}:0:1", ref), ref=ref)
        keyed = Keyed("p", "k" if ref == "r" else "l", "f", ref)
        made = an_item(ref, version=1, deadline=NOW)
        store.commit(Change(made, 0, a_past(), keyed=keyed))
    store.keep_book("d", b"book")
    store.keep_book("e", b"other")


class SpoiltContract(MadeContract):
    """What the store didn't write where it stands is refused by name and left out of lists."""

    PLACES: ClassVar[tuple[tuple[str, tuple[Any, ...], Callable[[Store], object]], ...]] = (
        ("items", ("r",), lambda store: store.get("r")),
        ("history", ("r", 1), lambda store: store.history("r")),
        ("outbox", ("r:0:1",), lambda store: store.outgoing("r:0:1")),
        ("keys", ("p", "k"), lambda store: store.keyed("p", "k")),
        ("books", ("d",), lambda store: store.book("d")),
    )

    @contextmanager
    def _other(self, store: Store, table: str, key: Sequence[Any], text: bytes) -> Iterator[None]:
        right = self.sealed(store, table, *key)
        self.put_sealed(store, table, *key, text=text)
        yield
        self.put_sealed(store, table, *key, text=right)

    def test_an_altered_text_is_refused(self, store: Store) -> None:
        filled(store)
        for table, key, read in self.PLACES:
            right, text = read(store), self.sealed(store, table, *key)
            middle, last = len(text) // 2, len(text) - 1
            flipped = [text[:n] + bytes([text[n] ^ 1]) + text[n + 1 :] for n in (0, middle, last)]
            for wrong in (*flipped, b"", text[:-1], text + b"\0", b'{"format":1}'):
                with self._other(store, table, key, wrong), pytest.raises(Spoilt):
                    read(store)
            assert read(store) == right

    def test_a_text_that_was_moved_is_refused(self, store: Store) -> None:
        filled(store)
        others = {
            "items": ("q",), "history": ("q", 1), "outbox": ("q:0:1",), "keys": ("p", "l"),
            "books": ("e",),
        }  # fmt: skip
        for table, key, read in self.PLACES:
            theirs = self.sealed(store, table, *others[table])
            with self._other(store, table, key, theirs), pytest.raises(Spoilt):
                read(store)

    def test_an_older_text_in_a_later_version_is_refused(self, store: Store) -> None:
        begin(store)
        old = self.sealed(store, "items", "r")
        store.commit(Change(an_item(version=1), 0))
        with self._other(store, "items", ("r",), old), pytest.raises(Spoilt):
            store.get("r")

    def test_in_a_list_it_stands_in_nobody_elses_way(self, store: Store) -> None:
        filled(store)
        for table, key in (("items", ("r",)), ("outbox", ("r:0:1",))):
            self.put_sealed(store, table, *key, text=b"nonsense")
        assert [each.head.ref for each in store.of_actor("p", 9)] == ["q"]
        assert [each.key for each in store.claim(NOW, NOW + 60, 9)] == ["q:0:1"]
        assert store.refs() == ["q", "r"]

    def test_nothing_typed_stands_there_to_be_read(self, store: Store) -> None:
        planted = "540101199001010015"
        begin(
            store, a_row("r:0:1", told={"id_number": planted}), answers={"id_number": planted},
            actor=planted,
        )  # fmt: skip
        past = a_past(payload={"answers": {"id_number": planted}})
        keyed = Keyed(planted, planted, "f", "r")
        made = an_item(version=1, actor=planted, drafts={"form": {"id_number": planted}})
        store.commit(Change(made, 0, past, keyed=keyed))
        for table, key in (
            ("items", ("r",)), ("history", ("r", 1)), ("outbox", ("r:0:1",)),
            ("keys", (planted, planted)),
        ):  # fmt: skip
            assert planted.encode() not in self.sealed(store, table, *key)
