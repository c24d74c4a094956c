"""What the commands that keep a store need: request keys and rows dropped, the disk made tidy."""

from __future__ import annotations

from sstibet.stores.records import DONE, Change, Keyed, Store
from sstibet.testing.store_contract.values import (
    MadeContract,
    a_row,
    an_item,
    begin,
)


class KeepingContract(MadeContract):
    """What is dropped is gone and nothing else is."""

    def test_requests_are_listed_in_the_order_of_their_marks(self, store: Store) -> None:
        keys = [Keyed("p", f"k{n}", "f", f"r{n}") for n in range(5)]
        for n, keyed in enumerate(keys):
            store.commit(Change(an_item(ref=f"r{n}"), None, keyed=keyed))
        listed = store.requests()
        marks = [mark for mark, _ in listed]
        assert marks == sorted(marks)
        assert sorted(keyed.key for _, keyed in listed) == [each.key for each in keys]
        assert store.requests(limit=2) == listed[:2]
        assert store.requests(after=marks[1], limit=2) == listed[2:4]
        assert store.requests(after=marks[-1]) == []

    def test_what_is_dropped_is_gone_and_nothing_else(self, store: Store) -> None:
        begin(store, a_row("r:over", status=DONE), a_row("r:due", number=2))
        for n in range(2):
            keyed = Keyed("p", f"k{n}", "f", f"q{n}")
            store.commit(Change(an_item(ref=f"q{n}"), None, keyed=keyed))
        [first] = [mark for mark, keyed in store.requests() if keyed.key == "k0"]
        # A row that isn't over is still to be delivered: it stays, whoever asks for it to go.
        store.drop([first], ["r:over", "r:due", "r:nobody"])
        store.tidy()
        assert store.keyed("p", "k0") is None
        assert store.keyed("p", "k1") is not None
        assert [row.key for row in store.rows("r")] == ["r:due"]
        assert store.get("r") == an_item()

    def test_each_text_is_counted_under_the_key_that_sealed_it(self, store: Store) -> None:
        before = store.sealed_by()
        assert len(before) == 1
        begin(store, a_row("r:a"))
        after = store.sealed_by()
        # An item and a row: each is a text of its own.
        assert {name: n - before[name] for name, n in after.items()} == dict.fromkeys(before, 2)
