"""Each change is whole or nothing."""

from __future__ import annotations

import pytest

from sstibet.items.value import Pending
from sstibet.stores.records import (
    CALL,
    DONE,
    WAITING,
    Change,
    Conflict,
    Keyed,
    Outgoing,
    Past,
    Store,
)
from sstibet.testing.store_contract.values import (
    ANY_TEXTS,
    NOW,
    MadeContract,
    Make,
    a_past,
    a_row,
    an_item,
    begin,
    kept,
)
from sstibet.vault import Vault


class StepsContract(MadeContract):
    """Each change is whole or nothing; what was sent before, and in the wrong order, is told."""

    def test_all_of_a_change_is_there(self, store: Store) -> None:
        first = begin(store, a_row("r:0:1"), answers={"scheme": "resident_pension"})
        after = first._replace(
            version=1, state="t", deadline=NOW + 5, pending=(Pending("me", 1),), numbered=2,
            drafts={"form": {"name": "格桑"}},
        )  # fmt: skip
        past = a_past(steps=("R1.1", "R1.2"), payload={"answers": {"a": [{"b": True}]}})
        keyed = Keyed("p", "k", "f", "r", 1)
        call = Outgoing("r:1:2", "r", 2, CALL, "payment", "payment", {"amount_due": "1.00"})
        store.commit(Change(after, 0, past, [call], NOW + 60, "r:0:1", keyed))

        assert store.get("r") == after
        assert store.look("r", "p", "k") == (after, keyed)
        assert store.history("r") == [past]
        assert store.outgoing("r:1:2") == call
        answered = store.outgoing("r:0:1")
        assert answered is not None
        assert answered.status == DONE
        assert store.keyed("p", "k") == keyed
        assert store.overdue(NOW + 5, 9) == [("r", 1)]

    def test_nothing_of_a_change_that_comes_too_late(self, store: Store) -> None:
        begin(store, a_row("r:0:1"), a_row("r:0:2", status=DONE, number=2))
        used = Keyed("p", "used", "f", "second")
        store.commit(Change(an_item("second"), None, keyed=used))
        before = kept(store, ("p", "used"), ("p", "new"))
        new = Keyed("p", "new", "f", "r")
        late = [
            Change(an_item(version=2), 1, keyed=new),  # another was quicker
            Change(an_item("nobody", version=1), 0, keyed=new),  # there is no such item
            Change(an_item(), None, keyed=new),  # begun already
            Change(an_item(version=1), 0, keyed=Keyed("p", "used", "f", "r")),
            Change(an_item("other"), None, keyed=Keyed("p", "used", "f", "other")),
            Change(an_item(version=1), 0, answered="r:0:2", keyed=new),  # answered before
            Change(an_item(version=1), 0, answered="no such row", keyed=new),
        ]
        for each in late:
            ref = each.item.head.ref
            with pytest.raises(Conflict):
                store.commit(
                    Change(
                        each.item, each.expected, a_past(9), [a_row(f"{ref}:new", ref)], NOW,
                        each.answered, each.keyed,
                    )
                )  # fmt: skip
            assert kept(store, ("p", "used"), ("p", "new")) == before
            assert store.outgoing(f"{ref}:new") is None
            assert store.history(ref) == []

    def test_a_line_of_history_is_written_once(self, store: Store) -> None:
        begin(store)
        store.commit(Change(an_item(version=1), 0, a_past()))
        with pytest.raises(Conflict):
            store.commit(Change(an_item(version=2), 1, a_past(), keyed=Keyed("p", "k", "f", "r")))
        assert store.get("r") == an_item(version=1)
        assert store.keyed("p", "k") is None

    def test_a_key_is_its_actors_own(self, store: Store) -> None:
        store.commit(Change(an_item(), None, keyed=Keyed("p", "k", "f", "r")))
        store.commit(Change(an_item("q"), None, keyed=Keyed("q", "k", "g", "q")))
        assert store.keyed("p", "k") == Keyed("p", "k", "f", "r")
        assert store.keyed("q", "k") == Keyed("q", "k", "g", "q")
        store.commit(Change(an_item("m"), None, keyed=Keyed("p", "mine", "h", "m")))
        assert store.keyed("q", "mine") is None
        assert store.look("m", "q", "mine") == (an_item("m"), None)
        # Two that would be one if they were only written one after the other.
        store.commit(Change(an_item("s"), None, keyed=Keyed("pq", "r", "f", "s")))
        assert store.keyed("p", "qr") is None

    def test_looking_finds_the_one_without_the_other(self, store: Store) -> None:
        begin(store)
        keyed = Keyed("p", "k", "f", "gone")
        store.commit(Change(an_item("q", actor="q"), None, keyed=keyed))
        assert store.look("r", "p", "none") == (an_item(), None)
        assert store.look("none", "p", "k") == (None, keyed)
        assert store.look("none", "p", "none") == (None, None)

    def test_an_answer_finds_its_row_and_its_item(self, store: Store) -> None:
        made = begin(store, a_row("r:0:1"), answers={"a": "b"})
        begin(store, a_row("q:0:1", "nobody"), ref="q")
        assert store.asked("r:0:1") == (a_row("r:0:1"), made)
        assert store.asked("q:0:1") == (a_row("q:0:1", "nobody"), None)
        assert store.asked("none") == (None, None)

    def test_text_of_any_kind(self, store: Store) -> None:
        for n, text in enumerate(ANY_TEXTS):
            ref = f"any{n}"
            made = an_item(ref, actor=f"p{text}", answers={"a": text}, drafts={"f": {"g": text}})
            keyed = Keyed(f"p{text}", f"k{text}", "f", ref)
            row = a_row(f"{ref}:0:1", ref, told={"name": text, "rows": [{"x": text}]})
            store.commit(Change(made, None, None, [row], 0, None, keyed))
            past = Past(1, "e", NOW, f"p{text}", "s", "s", "w", (), {"answers": {"a": text}})
            store.commit(Change(made._replace(version=1), 0, past))
            assert store.look(ref, f"p{text}", f"k{text}") == (made._replace(version=1), keyed)
            assert store.rows(ref) == [row]
            assert store.history(ref) == [past]
            assert store.of_actor(f"p{text}", 9) == [made._replace(version=1)]

    def test_a_reference_of_any_kind_is_one_to_nothing(self, store: Store) -> None:
        begin(store, a_row("r:0:1"))
        for text in (*ANY_TEXTS, "r\0", "r:0:1\0", "R", "r "):
            assert store.get(text) is None
            assert store.look(text, text, text) == (None, None)
            assert store.outgoing(text) is None
            assert store.asked(text) == (None, None)
            assert (store.history(text), store.rows(text)) == ([], [])
            assert not store.busy(text, 0)
            assert store.book(text) is None
            store.mark(text, DONE)
        assert store.rows("r") == [a_row("r:0:1")]

    def test_a_rewritten_item_keeps_its_version_and_its_place(self, store: Store) -> None:
        begin(store, a_row("r:0:1", told={"name": "格桑"}), answers={"name": "格桑"})
        begin(store, a_row("q:0:1", "q", told={"name": "达瓦"}), ref="q")
        now = an_item(version=1, answers={"name": "格桑"}, deadline=NOW)
        store.commit(Change(now, 0, a_past(payload={"answers": {"name": "格桑"}})))
        store.mark("r:0:1", WAITING)
        new = now._replace(answers={}, deadline=None)
        row = a_row("r:0:1", status=WAITING)
        store.rewrite(new, [a_past()], [row])
        assert (store.get("r"), store.history("r"), store.rows("r")) == (new, [a_past()], [row])
        assert store.overdue(NOW, 9) == []
        assert store.rows("q") == [a_row("q:0:1", "q", told={"name": "达瓦"})]
        with pytest.raises(Conflict):
            store.rewrite(an_item(version=0), [a_past(payload={"a": 1})], [a_row("r:0:1")])
        with pytest.raises(Conflict):
            store.rewrite(an_item("nobody"), [], [])
        assert (store.get("r"), store.history("r")) == (new, [a_past()])

    def test_a_book_is_kept_once(self, store: Store) -> None:
        assert (store.books(), store.book("d")) == ([], None)
        store.keep_book("e", b"\0archive")
        store.keep_book("d", b"first")
        store.keep_book("d", b"first")
        assert (store.books(), store.book("d"), store.book("e")) == (
            ["d", "e"], b"first", b"\0archive",
        )  # fmt: skip

    def test_a_fingerprint_tells_texts_apart_and_nothing_else(self, make_store: Make) -> None:
        store = make_store(Vault.fresh())
        assert store.fingerprint("a") == store.fingerprint("a") != store.fingerprint("b")
        assert "a" * 20 not in store.fingerprint("a" * 20)
