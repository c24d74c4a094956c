"""The store: each change whole or not at all, on a file as in memory, for one process or many."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from sstibet.items.value import Caller, Head, Item, Pending
from sstibet.stores.records import (
    CALL,
    DONE,
    DUE,
    EFFECT,
    WAITING,
    Change,
    Conflict,
    Keyed,
    Outgoing,
    Past,
)
from sstibet.stores.snapshot import dump, load
from sstibet.stores.sqlite import SqliteStore

NOW = 1_000_000


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqliteStore]:
    """A store in memory, and one on a file."""
    made = SqliteStore(None if request.param == "memory" else str(tmp_path / "desk.db"))
    yield made
    made.close()


def item(ref: str = "r", version: int = 0, **more: Any) -> Item:
    """An item; ``actor``, ``opened`` and ``caller`` belong to its head."""
    head = Head(
        ref, "refund", 1, more.pop("actor", "p"), more.pop("opened", NOW), "d",
        more.pop("caller", None),
    )  # fmt: skip
    return Item(head, more.pop("state", "s"), version, **more)


def row(key: str, **more: Any) -> Outgoing:
    """A row of the outbox."""
    return Outgoing(key, "r", more.pop("number", 1), EFFECT, "me", "registry.myself", {}, **more)


def everything(store: SqliteStore) -> list[Any]:
    """All that a store holds."""
    tables = ("items", "history", "outbox", "keys")
    return [list(store._db.execute(f"SELECT * FROM {table}")) for table in tables]


def begun(store: SqliteStore, *rows: Outgoing, claimed: int = 0, **more: Any) -> Item:
    """An item that was just begun, with these rows."""
    made = item(**more)
    store.commit(Change(made, None, outgoing=rows, claimed=claimed))
    return made


class TestWholeOrNothing:
    """Each change is one transaction."""

    def test_all_of_a_change_is_there(self, store: SqliteStore) -> None:
        first = begun(store, row("r:0:1"), answers={"scheme": "resident_pension"})
        after = first._replace(
            version=1, state="t", deadline=NOW + 5, pending=(Pending("me", 1),), numbered=2,
            drafts={"form": {"name": "格桑"}},
        )  # fmt: skip
        past = Past(1, "submit", NOW, "p", "s", "t", "x.yaml:3", ("R1.1", "R1.2"), {"answers": {}})
        keyed = Keyed("p", "k", "f", "r")
        call = Outgoing("r:1:2", "r", 2, CALL, "payment", "payment", {"amount_due": "1.00"})
        store.commit(Change(after, 0, past, [call], NOW + 60, "r:0:1", keyed))

        assert store.get("r") == after
        assert store.history("r") == [past]
        assert store.outgoing("r:1:2") == call
        answered = store.outgoing("r:0:1")
        assert answered is not None
        assert answered.status == DONE
        assert store.keyed("p", "k") == keyed
        assert store.overdue(NOW + 5, 9) == [("r", 1)]

    @pytest.mark.parametrize(
        "change",
        [
            Change(item(version=2), 1),  # another was quicker
            Change(item(ref="nobody", version=1), 0),  # there is no such item
            Change(item(), None),  # begun already
            Change(item(version=1), 0, keyed=Keyed("p", "used", "f", "r")),
            Change(item(ref="other"), None, keyed=Keyed("p", "used", "f", "other")),
            Change(item(version=1), 0, answered="r:0:2"),  # answered before
            Change(item(version=1), 0, answered="no such row"),
        ],
    )
    def test_nothing_of_a_change_that_comes_too_late(
        self, store: SqliteStore, change: Change
    ) -> None:
        begun(store, row("r:0:1"), row("r:0:2", status=DONE, number=2))
        store.commit(Change(item(ref="second"), None, keyed=Keyed("p", "used", "f", "second")))
        before = everything(store)
        late = Change(
            change.item, change.expected, Past(9, "e", NOW, "p", "s", "s", ""), [row("new")],
            NOW, change.answered, change.keyed,
        )  # fmt: skip
        with pytest.raises(Conflict):
            store.commit(late)
        assert everything(store) == before

    def test_a_key_is_its_actors_own(self, store: SqliteStore) -> None:
        store.commit(Change(item(), None, keyed=Keyed("p", "k", "f", "r")))
        store.commit(Change(item(ref="q"), None, keyed=Keyed("q", "k", "g", "q")))
        assert store.keyed("p", "k") == Keyed("p", "k", "f", "r")
        assert store.keyed("q", "k") == Keyed("q", "k", "g", "q")
        assert store.keyed("q", "other") is None

    def test_a_full_disk_writes_nothing_and_is_got_over(self, store: SqliteStore) -> None:
        first = begun(store)
        before = everything(store)
        pages = store._db.pragma("page_count")
        store._db.pragma("max_page_count", pages + 1)
        large = first._replace(version=1, answers={"text": "x" * 100_000})
        with pytest.raises(apsw.FullError):
            store.commit(Change(large, 0, outgoing=[row("r:1:1")]))
        assert everything(store) == before
        assert store.get("r") == first

        store._db.pragma("max_page_count", pages + 1000)
        store.commit(Change(large, 0, outgoing=[row("r:1:1")]))
        assert store.get("r") == large

    def test_a_transaction_that_cannot_be_ended_is_taken_back(self, store: SqliteStore) -> None:
        """What fails at the very last word stands in no later change's way."""
        store._db.pragma("foreign_keys", True)
        store._db.execute(
            "CREATE TABLE late (ref TEXT REFERENCES nobody DEFERRABLE INITIALLY DEFERRED);"
            "CREATE TABLE nobody (ref TEXT PRIMARY KEY);"
            "CREATE TRIGGER fails AFTER INSERT ON items BEGIN INSERT INTO late VALUES ('x'); END;"
        )
        with pytest.raises(apsw.ConstraintError):
            begun(store)
        assert store.get("r") is None
        store._db.execute("DROP TRIGGER fails")
        begun(store)
        assert store.get("r") is not None


class TestOutbox:
    """Rows are claimed by one at a time, the oldest first, and are over only once."""

    def test_claimed_rows_are_nobody_elses_until_then(self, store: SqliteStore) -> None:
        begun(store, row("a"), row("b", number=2), row("c", number=3))
        assert [each.key for each in store.claim(NOW, NOW + 60, 2)] == ["a", "b"]
        assert [each.key for each in store.claim(NOW, NOW + 60, 9)] == ["c"]
        assert store.claim(NOW + 59, NOW + 99, 9) == []
        again = store.claim(NOW + 60, NOW + 99, 9)
        assert [(each.key, each.attempts) for each in again] == [("a", 1), ("b", 1), ("c", 1)]

    def test_new_rows_are_their_writers_own(self, store: SqliteStore) -> None:
        begun(store, row("a"), claimed=NOW + 60)
        assert store.claim(NOW + 59, NOW + 99, 9) == []
        assert len(store.claim(NOW + 60, NOW + 99, 9)) == 1

    def test_the_oldest_come_first(self, store: SqliteStore) -> None:
        begun(store, row("z"))
        store.commit(Change(item(version=1), 0, outgoing=[row("y"), row("x", number=2)]))
        store.commit(Change(item(version=2), 1, outgoing=[row("w")]))
        assert [each.key for each in store.claim(NOW, NOW + 60, 9)] == ["z", "y", "x", "w"]

    def test_marks(self, store: SqliteStore) -> None:
        begun(store, row("a"))
        store.mark("a", WAITING)
        assert store.claim(NOW, NOW + 60, 9) == []
        store.mark("a", DUE, NOW + 5)
        assert store.claim(NOW + 4, NOW + 60, 9) == []
        assert len(store.claim(NOW + 5, NOW + 60, 9)) == 1
        store.mark("a", DONE)
        for late in (WAITING, DUE):  # a mark that comes late doesn't open it again
            store.mark("a", late)
            found = store.outgoing("a")
            assert found is not None
            assert found.status == DONE
        assert store.claim(NOW + 999, NOW + 9999, 9) == []

    def test_one_row_under_one_key(self, store: SqliteStore) -> None:
        begun(store, row("a"))
        store.mark("a", DONE)
        store.commit(Change(item(version=1), 0, outgoing=[row("a")]))
        found = store.outgoing("a")
        assert found is not None
        assert found.status == DONE
        assert store.outgoing("b") is None

    def test_a_secret_row_says_so_and_no_more(self, store: SqliteStore) -> None:
        begun(store, row("a", secret=True))
        found = store.outgoing("a")
        assert found is not None
        assert (found.secret, found.told) == (True, {})


class TestLists:
    """What is overdue, an actor's items, an item's history."""

    def test_overdue_the_oldest_first(self, store: SqliteStore) -> None:
        for ref, deadline in (("a", 30), ("b", 10), ("c", None), ("d", 20), ("e", 10)):
            store.commit(Change(item(ref=ref, deadline=deadline), None))
        assert store.overdue(9, 9) == []
        assert store.overdue(10, 9) == [("b", 0), ("e", 0)]
        assert store.overdue(99, 9) == [("b", 0), ("e", 0), ("d", 0), ("a", 0)]
        assert store.overdue(99, 1) == [("b", 0)]
        store.commit(Change(item(ref="b", version=1, deadline=None), 0))
        store.commit(Change(item(ref="e", version=1, deadline=40), 0))
        assert store.overdue(99, 9) == [("d", 0), ("a", 0), ("e", 1)]

    def test_an_actors_own_items_the_newest_first(self, store: SqliteStore) -> None:
        """Those that others have called count for nothing in the limit either."""
        for ref, opened in (("a", 1), ("b", 3), ("c", 2)):
            store.commit(Change(item(ref=ref, opened=opened), None))
        for n in range(5):
            caller = Caller("b", "refund", "payment", n)
            store.commit(Change(item(ref=f"b.{n}", opened=9, caller=caller), None))
        store.commit(Change(item(ref="d", opened=4, actor="q"), None))
        assert [each.head.ref for each in store.of_actor("p", 9)] == ["b", "c", "a"]
        assert [each.head.ref for each in store.of_actor("p", 1)] == ["b"]
        assert store.of_actor("nobody", 9) == []

    def test_history_from_the_first_event_on(self, store: SqliteStore) -> None:
        begun(store)
        begun(store, ref="other")
        made = [Past(n, f"e{n}", NOW, "p", "s", "s", "w", ("R1.1",) * n) for n in (1, 2, 10)]
        for n, past in enumerate(made):
            store.commit(Change(item(version=n + 1), n, past))
        assert store.history("r") == made
        assert store.history("other") == []


class TestManyAtOnce:
    """Several connections to a file, several threads on a connection."""

    def test_two_connections_see_one_another(self, tmp_path: Path) -> None:
        first, second = (SqliteStore(str(tmp_path / "desk.db")) for _ in range(2))
        begun(first, row("a"), row("b", number=2))
        assert second.get("r") == item()
        second.commit(Change(item(version=1, state="t"), 0))
        with pytest.raises(Conflict):
            first.commit(Change(item(version=1, state="u"), 0))
        found = first.get("r")
        assert found is not None
        assert found.state == "t"
        claims = first.claim(NOW, NOW + 60, 1) + second.claim(NOW, NOW + 60, 9)
        assert [each.key for each in claims] == ["a", "b"]
        first.close()
        second.close()

    @pytest.mark.parametrize("shared", [True, False], ids=["one connection", "one each"])
    def test_threads_lose_no_step(self, tmp_path: Path, shared: bool) -> None:
        path = str(tmp_path / "desk.db")
        one = SqliteStore(path)
        begun(one)
        faults: list[BaseException] = []

        def count() -> None:
            store = one if shared else SqliteStore(path)
            try:
                done = 0
                while done < 10:
                    now = store.get("r")
                    assert now is not None
                    n = now.answers.get("n", 0)
                    step = now._replace(version=now.version + 1, answers={"n": n + 1})
                    try:
                        store.commit(Change(step, now.version, outgoing=[row(f"k{n}")]))
                        done += 1
                    except Conflict:
                        continue
            except BaseException as fault:
                faults.append(fault)

        threads = [threading.Thread(target=count) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert faults == []
        found = one.get("r")
        assert found is not None
        assert (found.version, found.answers) == (40, {"n": 40})
        assert len(one.claim(NOW, NOW + 1, 99)) == 40

    def test_processes_that_open_a_new_file_at_once(self, tmp_path: Path) -> None:
        program = (
            "import sys\n"
            "from sstibet.stores.sqlite import SqliteStore\n"
            "sys.stdin.readline()\n"
            "for n in range(10):\n"
            "    SqliteStore(sys.argv[1] + str(n)).close()\n"
            "print('opened')\n"
        )
        command = [sys.executable, "-c", program, str(tmp_path / "desk")]
        pipe = subprocess.PIPE
        running = [
            subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
            for _ in range(4)
        ]
        ended = []
        for each in running:
            assert each.stdin is not None
            each.stdin.write("\n")
            each.stdin.flush()
        for each in running:
            out, err = each.communicate(timeout=60)
            ended.append((out.strip(), err[-300:]))
        assert ended == [("opened", "")] * 4


class TestFiles:
    """What is acknowledged is on the disk; what is no store of ours stays as it is."""

    def test_what_is_acknowledged_is_on_the_disk(self, tmp_path: Path) -> None:
        store = SqliteStore(str(tmp_path / "desk.db"))
        assert store._db.pragma("journal_mode") == "wal"
        assert store._db.pragma("synchronous") == 2  # FULL
        begun(store)
        # Nobody has closed it: another still finds all of it.
        other = SqliteStore(str(tmp_path / "desk.db"))
        assert other.get("r") == item()
        other.close()
        store.close()

    def test_a_file_of_another_schema_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "desk.db"
        store = SqliteStore(str(path))
        begun(store)
        store._db.execute("UPDATE store SET schema = 99")
        store.close()
        before = path.read_bytes()
        with pytest.raises(RuntimeError, match=r"schema 99; this version knows 2"):
            SqliteStore(str(path))
        assert path.read_bytes() == before
        path.rename(tmp_path / "moved")  # nobody holds it any more

    def test_a_file_that_is_no_store_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "desk.db"
        path.write_bytes("这不是数据库。".encode() * 100)
        before = path.read_bytes()
        with pytest.raises(apsw.NotADBError):
            SqliteStore(str(path))
        assert path.read_bytes() == before


def _spoil(change: Callable[[dict[str, Any]], None]) -> str:
    text: dict[str, Any] = json.loads(dump(item()))
    change(text)
    return json.dumps(text)


class TestSnapshots:
    """A snapshot is the item; what is none is told as such and never half taken."""

    def test_an_item_and_its_snapshot_are_one(self) -> None:
        whole = item(
            version=7, caller=Caller("a", "refund", "payment", 3), answers={"a": [{"b": True}]},
            drafts={"f": {"g": "\ud800"}}, pending=(Pending("me", 2), Pending("pay", 5)),
            deadline=NOW, numbered=5,
        )  # fmt: skip
        assert load(dump(whole)) == whole

    @pytest.mark.parametrize(
        "change",
        [
            lambda text: text.update(format=99),
            lambda text: text.pop("state"),
            lambda text: text.update(state=7),
            lambda text: text.update(version="1"),
            lambda text: text.update(version=True),
            lambda text: text.update(answers=[]),
            lambda text: text.update(answers=None),
            lambda text: text.update(drafts="x"),
            lambda text: text.update(drafts={"form": 3}),
            lambda text: text.update(pending={"me": 1}),
            lambda text: text.update(pending=[["me"]]),
            lambda text: text.update(pending=[["me", "1"]]),
            lambda text: text.update(deadline="soon"),
            lambda text: text.update(numbered=None),
            lambda text: text.update(head=["r"]),
            lambda text: text.update(head=["r", "refund", 1, 7, NOW, "d"]),
            lambda text: text.update(caller=["a", "b"]),
            lambda text: text.update(caller="abcd"),
        ],
    )
    def test_what_was_spoiled_is_no_snapshot(self, change: Callable[[Any], None]) -> None:
        with pytest.raises(ValueError, match="snapshot"):
            load(_spoil(change))
