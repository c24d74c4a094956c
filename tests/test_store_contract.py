"""The contract of stores catches a store that breaks it: each with one fault planted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from sstibet.items.value import Item
from sstibet.stores.records import DONE, DUE, Change, Conflict, Keyed, Outgoing, Past, Store
from sstibet.stores.sqlite import SqliteStore
from sstibet.testing.store_contract import SharedStoreContract, StoreContract
from sstibet.vault import Spoilt, Vault
from test_stores import SqliteHooks


class Contract(SqliteHooks, SharedStoreContract):
    """The contract, run by hand here."""


class NoVersionCheck(SqliteStore):
    """Writes whatever version stands there."""

    def commit(self, change: Change) -> None:
        now = self.get(change.item.head.ref)
        known = change.expected is not None and now is not None
        super().commit(change._replace(expected=now.version) if known and now else change)


class NoKeyCheck(SqliteStore):
    """Takes a key again."""

    def commit(self, change: Change) -> None:
        keyed = change.keyed
        again = keyed is not None and self.keyed(keyed.actor, keyed.key) is not None
        super().commit(change._replace(keyed=None) if again else change)


class KeysOfAll(SqliteStore):
    """Has one drawer for the keys of all actors."""

    def keyed(self, actor: str, key: str) -> Keyed | None:
        for each in (actor, "p", "q"):
            if (found := super().keyed(each, key)) is not None:
                return found
        return None


class ClaimsTwice(SqliteStore):
    """Reads what is due and only then, elsewhere, that it is taken: for two who come at once."""

    def claim(self, now: int, until: int, limit: int) -> list[Outgoing]:
        found = super().claim(now, until, limit)
        for row in found:
            self.mark(row.key, DUE, now)
        return found


class ForgetsLeases(SqliteStore):
    """New rows are anybody's."""

    def commit(self, change: Change) -> None:
        super().commit(change._replace(claimed=0))


class Reopens(SqliteStore):
    """A late mark opens what was over."""

    def mark(self, key: str, status: str, again_at: int = 0) -> None:
        sql = "UPDATE outbox SET status = ?, claimed = ? WHERE key = ?"
        self._db.execute(sql, (status, again_at, key))


_CLOSE = "UPDATE outbox SET status = 'done' WHERE key = ?"


class HalfACommit(SqliteStore):
    """Two transactions for one step."""

    def commit(self, change: Change) -> None:
        super().commit(
            Change(change.item, change.expected, change.past, change.outgoing, change.claimed)
        )
        with self._transaction():
            if change.answered is not None:
                self._db.execute(_CLOSE, (change.answered,))
            if change.keyed is not None and self.keyed(*change.keyed[:2]) is None:
                self._write.key(change.keyed)


class AnsweredTwice(SqliteStore):
    """Doesn't mind that a row was answered before."""

    def commit(self, change: Change) -> None:
        row = None if change.answered is None else self.outgoing(change.answered)
        over = row is not None and row.status == "done"
        super().commit(change._replace(answered=None) if over else change)


class RowsOverwritten(SqliteStore):
    """A row that stands there already is begun anew."""

    def commit(self, change: Change) -> None:
        with self._transaction():
            for row in change.outgoing:
                self._db.execute("DELETE FROM outbox WHERE key = ?", (row.key,))
        super().commit(change)


class ConflictsAreSilent(SqliteStore):
    """Says nothing where it wrote nothing."""

    def commit(self, change: Change) -> None:
        try:
            super().commit(change)
        except Conflict:
            return


class YoungestFirst(SqliteStore):
    """Claims in the wrong order."""

    def claim(self, now: int, until: int, limit: int) -> list[Outgoing]:
        return super().claim(now, until, limit)[::-1]


class ForgetsTheFirst(SqliteStore):
    """Loses the oldest line of history."""

    def history(self, ref: str) -> list[Past]:
        return super().history(ref)[1:]


class ListsTheCalled(SqliteStore):
    """Limits an actor's items before it leaves out those that were called."""

    def of_actor(self, actor: str, limit: int) -> list[Item]:
        sql = "SELECT ref FROM items WHERE owner = ? ORDER BY opened DESC, ref LIMIT ?"
        found = self._all(sql, (self._sealer.owner(actor), limit))
        items = [self.get(ref) for (ref,) in found]
        return [each for each in items if each is not None and each.head.caller is None]


class NeverBusyBelow(SqliteStore):
    """Knows nothing of the items that were called."""

    def busy(self, ref: str, now: int) -> bool:
        sql = "SELECT 1 FROM outbox WHERE ref = ? AND status = 'due' AND claimed > ?"
        return self._one(sql, (ref, now)) is not None


class BusyBeside(SqliteStore):
    """Takes r2 for something that r has called."""

    def busy(self, ref: str, now: int) -> bool:
        sql = "SELECT 1 FROM outbox WHERE ref LIKE ? || '%' AND status = 'due' AND claimed > ?"
        return self._one(sql, (ref, now)) is not None


class OverdueInAnyOrder(SqliteStore):
    """Sorts deadlines by reference."""

    def overdue(self, now: int, limit: int) -> list[tuple[str, int]]:
        return sorted(super().overdue(now, limit))


class RewritesAnyVersion(SqliteStore):
    """Puts a forgotten item over one that has gone on."""

    def rewrite(self, item: Item, pasts: Sequence[Past], rows: Sequence[Outgoing]) -> None:
        now = self.get(item.head.ref)
        super().rewrite(item._replace(version=now.version) if now else item, pasts, rows)


class RewritesItemsOnly(SqliteStore):
    """Forgets the item, and not its history."""

    def rewrite(self, item: Item, pasts: Sequence[Past], rows: Sequence[Outgoing]) -> None:
        super().rewrite(item, [], rows)


class DoneTooSoon(SqliteStore):
    """Says that nothing needs the old key any more, before that is so."""

    def reseal(self, limit: int) -> int:
        return 0 if super().reseal(limit) < limit else limit


class SpoiltIsGone(SqliteStore):
    """Takes a spoilt row for none."""

    def get(self, ref: str) -> Item | None:
        try:
            return super().get(ref)
        except Spoilt:
            return None


class SpoiltStopsAll(SqliteStore):
    """One spoilt row stands in everybody's way."""

    def of_actor(self, actor: str, limit: int) -> list[Item]:
        refs = [ref for ref in self.refs() if (now := self.get(ref)) and now.head.actor == actor]
        return [now for ref in refs if (now := self.get(ref))]


class BooksOverwritten(SqliteStore):
    """Forgets all books but one."""

    def books(self) -> list[str]:
        return super().books()[:1]


class OpenFingerprints(SqliteStore):
    """Anybody can tell what was asked."""

    def fingerprint(self, text: str) -> str:
        return text


class DropsWhatIsDue(SqliteStore):
    """Drops a row that nobody has delivered."""

    def drop(self, requests: Sequence[bytes], rows: Sequence[str]) -> None:
        for key in rows:
            self.mark(key, DONE)
        super().drop(requests, rows)


class KeepsRequests(SqliteStore):
    """Forgets to drop what requests were known by."""

    def drop(self, requests: Sequence[bytes], rows: Sequence[str]) -> None:
        super().drop((), rows)


class CountsItems(SqliteStore):
    """Counts what isn't sealed alike."""

    def sealed_by(self) -> Mapping[str, int]:
        return {name: len(self.refs()) for name in super().sealed_by()}


class RequestsFromTheStart(SqliteStore):
    """Lists the same requests again and again."""

    def requests(self, after: bytes = b"", limit: int = 1000) -> list[tuple[bytes, Keyed]]:
        return super().requests(b"", limit)


class NoKeyOfItsOwn(SqliteStore):
    """Is read by the key that it was made with, whatever is given."""

    def __init__(self, path: str | None, vault: Vault) -> None:
        super().__init__(path, KNOWN.setdefault(str(path), vault))


KNOWN: dict[str, Vault] = {}
# Each fault, and the test that catches it.
FAULTY = {
    NoVersionCheck: "nothing_of_a_change_that_comes_too_late",
    NoKeyCheck: "nothing_of_a_change_that_comes_too_late",
    KeysOfAll: "a_key_is_its_actors_own",
    ClaimsTwice: "claimed_rows_are_nobody_elses_until_then",
    ForgetsLeases: "new_rows_are_their_writers_own",
    Reopens: "marks",
    HalfACommit: "nothing_of_a_change_that_comes_too_late",
    AnsweredTwice: "nothing_of_a_change_that_comes_too_late",
    RowsOverwritten: "one_row_under_one_key",
    ConflictsAreSilent: "nothing_of_a_change_that_comes_too_late",
    YoungestFirst: "the_oldest_come_first",
    ForgetsTheFirst: "history_from_the_first_event_on",
    ListsTheCalled: "an_actors_own_items_the_newest_first",
    NeverBusyBelow: "busy_is_an_item_or_what_it_called_while_it_is_being_delivered",
    BusyBeside: "busy_is_an_item_or_what_it_called_while_it_is_being_delivered",
    OverdueInAnyOrder: "overdue_the_oldest_first",
    RewritesAnyVersion: "a_rewritten_item_keeps_its_version_and_its_place",
    RewritesItemsOnly: "a_rewritten_item_keeps_its_version_and_its_place",
    DoneTooSoon: "a_store_is_sealed_anew_under_another_key",
    SpoiltIsGone: "an_altered_text_is_refused",
    SpoiltStopsAll: "in_a_list_it_stands_in_nobody_elses_way",
    BooksOverwritten: "a_book_is_kept_once",
    OpenFingerprints: "a_fingerprint_tells_texts_apart_and_nothing_else",
    DropsWhatIsDue: "what_is_dropped_is_gone_and_nothing_else",
    KeepsRequests: "what_is_dropped_is_gone_and_nothing_else",
    CountsItems: "each_text_is_counted_under_the_key_that_sealed_it",
    RequestsFromTheStart: "requests_are_listed_in_the_order_of_their_marks",
    NoKeyOfItsOwn: "a_store_opens_to_its_own_key_only",
}
ALL = sorted(name for name in dir(Contract) if name.startswith("test_"))


def fails(kind: Callable[..., SqliteStore], name: str, path: Path) -> bool:
    """Whether a kind of store fails a test of the contract, on a file that needn't be kept."""
    made = list[SqliteStore]()

    def make(vault: Vault) -> SqliteStore:
        made.append(kind(str(path), vault))
        made[-1]._db.execute("PRAGMA synchronous=OFF")
        return made[-1]

    test: Any = getattr(Contract(), name)
    takes_store = "store" in test.__code__.co_varnames[: test.__code__.co_argcount]
    try:
        test(make(Vault.fresh()) if takes_store else make)
    except (AssertionError, pytest.fail.Exception, Spoilt):
        return True
    finally:
        for each in made:
            each.close()
    return False


@pytest.mark.parametrize("kind", FAULTY)
def test_a_store_with_a_fault_fails_it(kind: type[SqliteStore], tmp_path: Path) -> None:
    assert fails(kind, f"test_{FAULTY[kind]}", tmp_path / "desk.db")
    assert not fails(SqliteStore, f"test_{FAULTY[kind]}", tmp_path / "sound.db")


def test_every_method_of_a_store_is_asked_by_it(tmp_path: Path) -> None:
    """A store that lacks one fails."""
    methods = {name for name in vars(Store) if not name.startswith("_")} - {"close"}
    asked = set[str]()

    class Watched(SqliteStore):
        def __getattribute__(self, name: str) -> Any:
            asked.add(name)
            return super().__getattribute__(name)

    assert [name for name in ALL if fails(Watched, name, tmp_path / f"{name}.db")] == []
    assert len(methods) >= 23
    assert methods <= asked


def test_a_subclass_must_say_how_its_store_is_made() -> None:
    with pytest.raises(NotImplementedError, match="read behind the store's back"):
        StoreContract().sealed(None, "items", "r")
    with pytest.raises(NotImplementedError, match="replaced behind the store's back"):
        StoreContract().put_sealed(None, "items", "r", text=b"")
