"""The outbox and the lists."""

from __future__ import annotations

from sstibet.items.value import Caller
from sstibet.stores.records import (
    DONE,
    DUE,
    RETRY,
    WAITING,
    Change,
    Past,
    Store,
)
from sstibet.testing.store_contract.values import (
    NOW,
    MadeContract,
    a_row,
    an_item,
    begin,
)


class OutboxContract(MadeContract):
    """Rows are claimed by one at a time, the oldest first, and are over only once."""

    def test_claimed_rows_are_nobody_elses_until_then(self, store: Store) -> None:
        begin(store, a_row("r:a"), a_row("r:b", number=2), a_row("r:c", number=3))
        assert [each.key for each in store.claim(NOW, NOW + 60, 2)] == ["r:a", "r:b"]
        assert [each.key for each in store.claim(NOW, NOW + 60, 9)] == ["r:c"]
        assert store.claim(NOW + 59, NOW + 99, 9) == []
        again = store.claim(NOW + 60, NOW + 99, 9)
        assert [(each.key, each.attempts) for each in again] == [(f"r:{name}", 1) for name in "abc"]

    def test_new_rows_are_their_writers_own(self, store: Store) -> None:
        begin(store, a_row("r:a"), claimed=NOW + 60)
        assert store.claim(NOW + 59, NOW + 99, 9) == []
        assert len(store.claim(NOW + 60, NOW + 99, 9)) == 1

    def test_the_oldest_come_first(self, store: Store) -> None:
        begin(store, a_row("r:z"))
        begin(store, a_row("q:v", "q", number=5), a_row("q:u", "q", number=4), ref="q", version=1)
        store.commit(Change(an_item(version=1), 0, outgoing=[a_row("r:y"), a_row("r:x", number=2)]))
        store.commit(Change(an_item(version=2), 1, outgoing=[a_row("r:w")]))
        store.commit(Change(an_item(version=3), 2, outgoing=[a_row("r:later")], claimed=5))
        found = [each.key for each in store.claim(NOW, NOW + 60, 9)]
        assert found == ["r:z", "q:u", "q:v", "r:y", "r:x", "r:w", "r:later"]
        assert [each.key for each in store.rows("r")] == ["r:z", "r:y", "r:x", "r:w", "r:later"]

    def test_marks(self, store: Store) -> None:
        begin(store, a_row("r:a"))
        store.mark("r:a", WAITING)
        assert store.claim(NOW, NOW + 60, 9) == []
        for status in (DUE, RETRY):
            store.mark("r:a", status, NOW + 5)
            assert store.claim(NOW + 4, NOW + 60, 9) == []
            assert len(store.claim(NOW + 5, NOW + 60, 9)) == 1
        store.mark("r:a", DONE)
        for late in (WAITING, DUE, RETRY):  # a mark that comes late doesn't open it again
            store.mark("r:a", late)
            found = store.outgoing("r:a")
            assert found is not None
            assert found.status == DONE
        assert store.claim(NOW + 999, NOW + 9999, 9) == []

    def test_one_row_under_one_key(self, store: Store) -> None:
        begin(store, a_row("r:a"))
        store.mark("r:a", DONE)
        store.commit(Change(an_item(version=1), 0, outgoing=[a_row("r:a", told={"x": 1})]))
        assert store.outgoing("r:a") == a_row("r:a", status=DONE)
        assert store.outgoing("r:b") is None

    def test_a_secret_row_says_so_and_no_more(self, store: Store) -> None:
        begin(store, a_row("r:a", secret=True))
        found = store.outgoing("r:a")
        assert found is not None
        assert (found.secret, found.told) == (True, {})

    def test_busy_is_an_item_or_what_it_called_while_it_is_being_delivered(
        self, store: Store
    ) -> None:
        begin(store, a_row("r:a"), claimed=NOW + 60)
        begin(store, a_row("q.1.2:b", "q.1.2"), claimed=NOW + 60, ref="q.1.2")
        begin(store, a_row("r2:c", "r2"), claimed=NOW + 60, ref="r2")
        begin(store, ref="t")
        assert [store.busy(ref, NOW) for ref in ("r", "q", "q.1", "q.1.2")] == [True] * 4
        assert [store.busy(ref, NOW) for ref in ("t", "q.1.2.3", "q.10", "s", "")] == [False] * 5
        assert not store.busy("r", NOW + 60)
        for status in (RETRY, WAITING, DONE):
            store.mark("r:a", status, NOW + 60)
            assert not store.busy("r", NOW)
        assert store.busy("r2", NOW)
        assert store.claim(NOW + 60, NOW + 99, 9) != []
        assert store.busy("q", NOW + 60)


class ListsContract(MadeContract):
    """What is overdue, an actor's items, an item's history, all references."""

    def test_overdue_the_oldest_first(self, store: Store) -> None:
        for ref, deadline in (("a", 30), ("b", 10), ("c", None), ("d", 20), ("e", 10)):
            store.commit(Change(an_item(ref, deadline=deadline), None))
        assert store.overdue(9, 9) == []
        assert store.overdue(10, 9) == [("b", 0), ("e", 0)]
        assert store.overdue(99, 9) == [("b", 0), ("e", 0), ("d", 0), ("a", 0)]
        assert store.overdue(99, 1) == [("b", 0)]
        store.commit(Change(an_item("b", version=1, deadline=None), 0))
        store.commit(Change(an_item("e", version=1, deadline=40), 0))
        assert store.overdue(99, 9) == [("d", 0), ("a", 0), ("e", 1)]

    def test_an_actors_own_items_the_newest_first(self, store: Store) -> None:
        """Those that others have called count for nothing in the limit either."""
        for ref, opened in (("a", 1), ("b", 3), ("c", 2), ("e", 3)):
            store.commit(Change(an_item(ref, opened=opened), None))
        for n in range(5):
            caller = Caller("b", "refund", "payment", n)
            store.commit(Change(an_item(f"b.{n}", opened=9, caller=caller), None))
        store.commit(Change(an_item("d", opened=4, actor="q"), None))
        assert [each.head.ref for each in store.of_actor("p", 9)] == ["b", "e", "c", "a"]
        assert [each.head.ref for each in store.of_actor("p", 1)] == ["b"]
        assert store.of_actor("nobody", 9) == []

    def test_history_from_the_first_event_on(self, store: Store) -> None:
        begin(store)
        begin(store, ref="other")
        made = [Past(n, f"e{n}", NOW, "p", "s", "s", "w", ("R1.1",) * n) for n in (1, 2, 10)]
        for n, past in enumerate(made):
            store.commit(Change(an_item(version=n + 1), n, past))
        assert store.history("r") == made
        assert store.history("other") == []

    def test_references_in_the_order_of_their_bytes(self, store: Store) -> None:
        refs = sorted(["a", "B", "a.1", "a-1", "a1", "西", "\U0001f600", "\uffff"])
        for ref in reversed(refs):
            begin(store, ref=ref)
        assert store.refs() == refs
        assert store.refs("a", 2) == refs[refs.index("a") + 1 :][:2]
        assert store.refs(refs[-1]) == []
