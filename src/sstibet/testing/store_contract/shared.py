"""Several connections to one store, and keys that change."""

from __future__ import annotations

import pytest

from sstibet.stores.records import (
    Change,
    Conflict,
    Keyed,
    Store,
)
from sstibet.testing.store_contract.spoilt import filled
from sstibet.testing.store_contract.values import (
    NOW,
    MadeContract,
    Make,
    a_row,
    an_item,
    at_once,
    begin,
    check_counted,
    claim_all,
    count_up,
    kept,
)
from sstibet.vault import Spoilt, Vault


class ThreadsContract(MadeContract):
    """Several threads on one connection."""

    def test_threads_lose_no_step_and_claim_no_row_twice(self, store: Store) -> None:
        begin(store)
        at_once(4, lambda number: count_up(store, 5))
        check_counted(store, 20)
        claimed = list[str]()
        at_once(4, lambda number: claimed.extend(claim_all(store)))
        assert sorted(claimed) == sorted(f"r:{n}" for n in range(20))

    def test_one_of_many_who_use_a_key_at_once(self, store: Store) -> None:
        won = list[int]()

        def begin_one(number: int) -> None:
            keyed = Keyed("p", "k", "f", f"r{number}")
            try:
                store.commit(Change(an_item(f"r{number}"), None, keyed=keyed))
            except Conflict:
                return
            won.append(number)

        at_once(6, begin_one)
        assert len(won) == 1
        assert store.refs() == [f"r{won[0]}"]


class ConnectionsContract(MadeContract):
    """Several connections to one store."""

    def test_two_connections_see_one_another(self, make_store: Make) -> None:
        vault = Vault.fresh()
        first, second = make_store(vault), make_store(vault)
        begin(first, a_row("a"), a_row("b", number=2))
        assert second.get("r") == an_item()
        second.commit(Change(an_item(version=1, state="t"), 0, keyed=Keyed("p", "k", "f", "r")))
        with pytest.raises(Conflict):
            first.commit(Change(an_item(version=1, state="u"), 0))
        assert first.get("r") == an_item(version=1, state="t")
        assert first.keyed("p", "k") == Keyed("p", "k", "f", "r")
        assert first.fingerprint("x") == second.fingerprint("x")
        claims = first.claim(NOW, NOW + 60, 1) + second.claim(NOW, NOW + 60, 9)
        assert [each.key for each in claims] == ["a", "b"]
        assert [each.head.ref for each in second.of_actor("p", 9)] == ["r"]

    def test_connections_lose_no_step_and_claim_no_row_twice(self, make_store: Make) -> None:
        vault = Vault.fresh()
        stores = [make_store(vault) for _ in range(4)]
        begin(stores[0])
        at_once(4, lambda number: count_up(stores[number], 5))
        check_counted(stores[0], 20)
        claimed = list[str]()
        at_once(4, lambda number: claimed.extend(claim_all(stores[number])))
        assert sorted(claimed) == sorted(f"r:{n}" for n in range(20))

    def test_a_store_is_sealed_anew_under_another_key(self, make_store: Make) -> None:
        """However few rows at a time; without a word lost; and then the old key is needed no
        more."""
        old, new = bytes(range(32)), bytes(range(32, 64))
        store, keys = make_store(Vault({"old": old})), (("p", "k"), ("p", "l"))
        filled(store)
        assert store.reseal(100) == 0

        both = make_store(Vault({"new": new, "old": old}))
        begin(both, ref="s")
        both.rewrite(an_item("s"), [], [])
        begin(store, ref="t", actor="q")  # an engine that doesn't have the new key yet
        before = (kept(both, *keys), both.book("d"), both.fingerprint("x"))
        done = 0
        while some := both.reseal(3):
            assert some <= 3
            done += some
        assert done >= 2 * 4 + 2 + 1
        assert both.reseal(3) == 0

        only = make_store(Vault({"new": new}))
        assert (kept(only, *keys), only.book("d"), only.fingerprint("x")) == before
        assert [each.head.ref for each in only.of_actor("q", 9)] == ["t"]

    def test_a_spoilt_row_stands_in_no_rotations_way(self, make_store: Make) -> None:
        old, new = bytes(range(32)), bytes(range(32, 64))
        store = make_store(Vault({"old": old}))
        filled(store)
        self.put_sealed(store, "items", "q", text=self.sealed(store, "items", "r"))
        both = make_store(Vault({"new": new, "old": old}))
        for _ in range(100):
            if not both.reseal(2):
                break
        only = make_store(Vault({"new": new}))
        assert only.get("r") == an_item(version=1, deadline=NOW)
        with pytest.raises(Spoilt):
            only.get("q")

    def test_a_store_opens_to_its_own_key_only(self, make_store: Make) -> None:
        first = make_store(Vault({"a": bytes(32)}))
        begin(first)
        for name in ("a", "b"):
            with pytest.raises(Spoilt):
                make_store(Vault({name: bytes([1]) * 32}))
        assert make_store(Vault({"a": bytes(32)})).get("r") == an_item()
