"""The SQLite store: the contract of stores, in memory and on a file, and what is SQLite's own. The
snapshots that every store keeps."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from old_stores import OLD_STORE
from sstibet.items.value import Caller, Pending
from sstibet.stores import sqlite_schema
from sstibet.stores.records import DUE, Change, Keyed, Outgoing, Past
from sstibet.stores.shared import SEALED
from sstibet.stores.snapshot import dump, load
from sstibet.stores.sqlite import SqliteStore, check_sqlite
from sstibet.testing.store_contract import SharedStoreContract, StoreContract
from sstibet.testing.store_contract.values import NOW, Make
from sstibet.testing.store_contract.values import a_row as row
from sstibet.testing.store_contract.values import an_item as item
from sstibet.testing.store_contract.values import begin as begun
from sstibet.vault import Spoilt, Vault

KEY = bytes(range(32))


def everything(store: SqliteStore) -> list[Any]:
    """All that a store holds."""
    return [list(store._db.execute(f"SELECT * FROM {each.table}")) for each in SEALED]


class SqliteHooks:
    """How what a SQLite store keeps is read and spoilt behind its back."""

    def sealed(self, store: SqliteStore, table: str, *key: Any) -> bytes:
        """A sealed text."""
        where, given = _place(store, table, key)
        ((text,),) = store._db.execute(f"SELECT sealed FROM {table} WHERE {where}", given)
        assert isinstance(text, bytes)
        return text

    def put_sealed(self, store: SqliteStore, table: str, *key: Any, text: bytes) -> None:
        """Another text in its place."""
        where, given = _place(store, table, key)
        store._db.execute(f"UPDATE {table} SET sealed = ? WHERE {where}", (text, *given))


def _place(store: SqliteStore, table: str, key: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    names = next(each.key for each in SEALED if each.table == table)
    given = (store._sealer.request(*key),) if table == "keys" else key
    return " AND ".join(f"{name} = ?" for name in names), given


class TestContractInMemory(SqliteHooks, StoreContract):
    """The contract of stores, in memory."""

    @pytest.fixture
    def make_store(self) -> Iterator[Make]:
        """One store."""
        made = list[SqliteStore]()

        def make(vault: Vault) -> SqliteStore:
            made.append(SqliteStore(None, vault))
            return made[-1]

        yield make
        for each in made:
            each.close()


class TestContractOnAFile(SqliteHooks, SharedStoreContract):
    """The contract of stores, on a file."""

    @pytest.fixture
    def make_store(self, tmp_path: Path) -> Iterator[Make]:
        """Connections to one file."""
        made = list[SqliteStore]()

        def make(vault: Vault) -> SqliteStore:
            made.append(SqliteStore(str(tmp_path / "desk.db"), vault))
            return made[-1]

        yield make
        for each in made:
            each.close()


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqliteStore]:
    """A store in memory, and one on a file."""
    made = SqliteStore(None if request.param == "memory" else str(tmp_path / "desk.db"))
    yield made
    made.close()


class TestWholeOrNothing:
    """What fails in the middle is taken back."""

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


class TestManyProcesses:
    """Several processes on one file."""

    def test_they_open_a_new_file_at_once(self, tmp_path: Path) -> None:
        program = (
            "import sys\n"
            "from sstibet.stores.sqlite import SqliteStore\n"
            "sys.stdin.readline()\n"
            "for n in range(10):\n"
            "    SqliteStore(sys.argv[1] + str(n)).close()\n"
            "print('opened')\n"
        )
        assert in_processes(program, str(tmp_path / "desk")) == [("opened", "")] * 4

    def test_they_bring_an_old_file_forward_at_once(self, tmp_path: Path) -> None:
        for n in range(5):
            old_file(tmp_path / f"desk{n}")
        program = (
            "import sys\n"
            "from sstibet.stores.sqlite import SqliteStore\n"
            "sys.stdin.readline()\n"
            "for n in range(5):\n"
            "    store = SqliteStore(sys.argv[1] + str(n))\n"
            "    assert store.get('r').answers['name'] == '格桑', n\n"
            "    store.close()\n"
            "print('opened')\n"
        )
        assert in_processes(program, str(tmp_path / "desk")) == [("opened", "")] * 4
        for n in range(5):
            assert found_in(tmp_path, f"desk{n}", PLAIN) == []

    def test_they_lose_no_step(self, tmp_path: Path) -> None:
        path = str(tmp_path / "desk.db")
        store = SqliteStore(path)
        begun(store)
        program = (
            "import sys\n"
            "from sstibet.stores.sqlite import SqliteStore\n"
            "from sstibet.testing.store_contract.values import count_up\n"
            "sys.stdin.readline()\n"
            "count_up(SqliteStore(sys.argv[1]), 25)\n"
            "print('counted')\n"
        )
        assert in_processes(program, path) == [("counted", "")] * 4
        found = store.get("r")
        assert found is not None
        assert (found.version, found.answers) == (100, {"n": 100})
        store.close()


def in_processes(program: str, argument: str) -> list[tuple[str, str]]:
    """What four processes said that began a program at the same moment."""
    command, pipe = [sys.executable, "-c", program, argument], subprocess.PIPE
    running = [
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(4)
    ]
    for each in running:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    ended = []
    for each in running:
        out, err = each.communicate(timeout=60)
        ended.append((out.strip(), err[-300:]))
    return ended


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

    def test_schema_2_had_an_index_more(self, tmp_path: Path) -> None:
        path = tmp_path / "desk.db"
        store = SqliteStore(str(path))
        begun(store)
        store._db.execute("CREATE INDEX outbox_ref ON outbox (ref, born)")
        store._db.execute("UPDATE store SET schema = 2")
        store.close()
        key = path.with_suffix(".db.key")
        key.rename(tmp_path / "away")
        with pytest.raises(Spoilt, match="its key isn't beside it"):
            SqliteStore(str(path))
        assert not key.exists()
        (tmp_path / "away").rename(key)
        store = SqliteStore(str(path))
        found = store._db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'outbox_ref'")
        assert list(found) == [(0,)]
        assert list(store._db.execute("SELECT schema FROM store")) == [(3,)]
        assert store.get("r") is not None
        store.close()

    def test_a_file_of_another_schema_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "desk.db"
        store = SqliteStore(str(path))
        begun(store)
        store._db.execute("UPDATE store SET schema = 99")
        store.close()
        before = all_bytes(tmp_path)
        with pytest.raises(RuntimeError, match=r"schema 99; this version knows 3"):
            SqliteStore(str(path))
        assert all_bytes(tmp_path) == before

    def test_a_file_of_other_keys_is_left_alone(self, tmp_path: Path) -> None:
        path = str(tmp_path / "desk.db")
        store = SqliteStore(path, Vault({"a": KEY}))
        begun(store)
        store.close()
        before = all_bytes(tmp_path)
        for wrong in (Vault({"a": bytes(32)}), Vault({"b": KEY})):
            with pytest.raises(Spoilt, match=r"desk\.db can't be opened with these keys"):
                SqliteStore(path, wrong)
            assert all_bytes(tmp_path) == before

    def test_a_file_whose_key_is_gone_gets_no_new_one(self, tmp_path: Path) -> None:
        path = str(tmp_path / "desk.db")
        SqliteStore(path).close()
        (tmp_path / "desk.db.key").unlink()
        before = all_bytes(tmp_path)
        with pytest.raises(Spoilt, match=r"desk\.db\.key back"):
            SqliteStore(path)
        assert all_bytes(tmp_path) == before

    def test_a_file_that_is_no_store_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "desk.db"
        path.write_bytes("这不是数据库。".encode() * 100)
        before = path.read_bytes()
        with pytest.raises(apsw.NotADBError):
            SqliteStore(str(path))
        assert path.read_bytes() == before


class TestRefusals:
    """A SQLite that wouldn't keep what it acknowledges is refused."""

    @pytest.mark.parametrize("version", ["3.51.2", "3.50.99", "3.9.0", "2.99.99"])
    def test_an_old_sqlite(self, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(RuntimeError, match=r"too old; 3\.51\.3 is needed"):
            check_sqlite(version)
        monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: version)
        with pytest.raises(RuntimeError, match="too old"):
            SqliteStore()

    @pytest.mark.parametrize("version", ["3.51.3", "3.52.0", "4.0", "3.51.3.1"])
    def test_a_new_one_is_taken(self, version: str) -> None:
        check_sqlite(version)

    @pytest.mark.parametrize("setting", ["journal_mode", "synchronous"])
    def test_settings_that_it_does_not_take(
        self, setting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A connection that takes no such setting, as on a network's disk."""

        class Deaf(apsw.Connection):
            def execute(self, statements: str, *more: Any, **named: Any) -> Any:
                if setting == "synchronous":
                    statements = statements.replace("synchronous=FULL", "synchronous=NORMAL")
                else:
                    statements = statements.replace("journal_mode=WAL", "journal_mode=DELETE")
                return super().execute(statements, *more, **named)

        monkeypatch.setattr(apsw, "Connection", Deaf)
        with pytest.raises(RuntimeError, match=rf"{setting}=.*wouldn't keep a step"):
            SqliteStore(str(tmp_path / "desk.db"))


class TestIndexes:
    """What is asked in every step is found by an index, however large the store."""

    @pytest.mark.parametrize(
        "ask",
        [
            lambda store: store.get("r"),
            lambda store: store.look("r", "p", "k"),
            lambda store: store.outgoing("r:0:1"),
            lambda store: store.busy("r", NOW),
            lambda store: store.overdue(NOW, 9),
            lambda store: store.of_actor("p", 9),
            lambda store: store.history("r"),
            lambda store: store.rows("r"),
            lambda store: store.refs("a", 9),
            lambda store: store.claim(NOW, NOW + 60, 9),
            lambda store: store.mark("r:0:1", DUE),
            lambda store: store.commit(Change(item(version=1), 0, answered="r:0:1")),
        ],
    )  # fmt: skip
    def test_no_table_is_read_from_end_to_end(self, ask: Callable[[SqliteStore], object]) -> None:
        store = SqliteStore()
        begun(store, row("r:0:1"))
        asked: list[tuple[str, Any]] = []
        store._db.exec_trace = lambda cursor, sql, given: asked.append((sql, given)) or True
        ask(store)
        store._db.exec_trace = None
        read = [each for each in asked if each[0].lstrip().startswith(("SELECT", "UPDATE"))]
        assert read
        for sql, given in read:
            plan = [line[3] for line in store._db.execute(f"EXPLAIN QUERY PLAN {sql}", given)]
            assert not any(line.startswith("SCAN") for line in plan), (sql, plan)

    def test_a_rotation_goes_on_where_it_stopped(self) -> None:
        """What is done already is not read again at each call."""
        store, count = SqliteStore(None, Vault({"a": KEY})), 300
        for n in range(count):
            begun(store, ref=f"r{n}")
        store._sealer._vault = Vault({"b": bytes(32), "a": KEY})

        scan = store._resealing._scan
        seen = list[int]()

        def watched(sealed: Any, after: Any, head: bytes, most: int) -> Any:
            found = scan(sealed, after, head, most)
            if sealed.table == "items":
                seen.append(len(found))
                assert after is None or all(each[0] > after[0] for each in found)
            return found

        store._resealing._scan = watched
        while store.reseal(10):
            pass
        assert sum(seen) == count
        assert len(seen) <= count / 10 + 3


PLAIN = ["格桑", "540101199001010015", "张三的钥匙", "某人"]


def old_file(path: Path, *, leave_open: bool = False) -> Any:
    """A store of schema 1, as its version wrote it: in plain text, with all that it may hold."""
    database = apsw.Connection(str(path))
    database.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
    database.execute(OLD_STORE)
    made = item(version=3, answers={"name": "格桑"}, deadline=NOW, actor="某人")
    called = item("r.1", caller=Caller("r", "refund", "payment", 1), actor="某人")
    for each in (made, called, item("q", answers={"text": "540101199001010015" * 500})):
        head = each.head
        database.execute(
            "INSERT INTO items VALUES (?,?,?,?,?,?,?,?)",
            (head.ref, head.actor, head.item, each.state, each.version, each.deadline,
             head.opened, dump(each)),
        )  # fmt: skip
    database.execute(
        "INSERT INTO history VALUES ('r',1,'submit',9,'某人','s','t','x.yaml:3','R1.1 R1.2',?),"
        "('r',2,'go',10,'clock','t','u','x.yaml:4','','{}')",
        (json.dumps({"answers": {"name": "格桑"}}, ensure_ascii=False),),
    )
    row = "INSERT INTO outbox VALUES (?,'r',?,'effect','me','registry.myself',?,?,?,?,?,1)"
    told = json.dumps({"id_number": "540101199001010015"})
    database.execute(row, ("r:1:1", 1, told, 0, "due", NOW, 2))
    database.execute(row, ("r:1:2", 2, "{}", 1, "done", 0, 0))
    database.execute("INSERT INTO keys VALUES ('某人', '张三的钥匙', 'hash of it', 'r')")
    database.execute("DELETE FROM items WHERE ref = 'q'")  # it stays in the free pages
    if not leave_open:
        database.close()
    return database


def all_bytes(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {each.name: each.read_bytes() for each in sorted(folder.iterdir())}


def found_in(folder: Path, name: str, texts: list[str]) -> list[tuple[str, str]]:
    """Which of the texts stand in a file, its log or whatever else stands beside it."""
    return [
        (each, text)
        for each, held in all_bytes(folder).items()
        for text in texts
        if each.startswith(name)
        and (text.encode() in held or json.dumps(text)[1:-1].encode() in held)
    ]


class TestForward:
    """A file of schema 1, which kept everything in plain text, is brought forward."""

    def test_all_is_there_and_nothing_is_plain(self, tmp_path: Path) -> None:
        path = tmp_path / "desk.db"
        old_file(path)
        assert {text for _, text in found_in(tmp_path, "desk.db", PLAIN)} == set(PLAIN)

        store = SqliteStore(str(path))
        made = item(version=3, answers={"name": "格桑"}, deadline=NOW, actor="某人")
        assert store.get("r") == made
        assert store.refs() == ["r", "r.1"]
        assert store.of_actor("某人", 9) == [made]
        assert store.overdue(NOW, 9) == [("r", 3)]
        assert store.history("r") == [
            Past(1, "submit", 9, "某人", "s", "t", "x.yaml:3", ("R1.1", "R1.2"),
                 {"answers": {"name": "格桑"}}),
            Past(2, "go", 10, "clock", "t", "u", "x.yaml:4"),
        ]  # fmt: skip
        told = {"id_number": "540101199001010015"}
        first = Outgoing(
            "r:1:1", "r", 1, "effect", "me", "registry.myself", told, False, DUE, 2
        )  # fmt: skip
        second = Outgoing("r:1:2", "r", 2, "effect", "me", "registry.myself", {}, True, "done")
        assert store.rows("r") == [first, second]
        assert store.keyed("某人", "张三的钥匙") == Keyed(
            "某人", "张三的钥匙", store.fingerprint("hash of it"), "r"
        )
        assert store.claim(NOW - 1, NOW, 9) == []
        assert store.claim(NOW, NOW + 60, 9) == [first]
        assert found_in(tmp_path, "desk.db", PLAIN) == []
        store.commit(Change(made._replace(version=4), 3))  # and it goes on
        store.close()
        assert found_in(tmp_path, "desk.db", PLAIN) == []

    def test_what_another_holds_is_wiped_by_the_next(self, tmp_path: Path) -> None:
        path = tmp_path / "desk.db"
        old_file(path)
        reader = apsw.Connection(str(path))
        cursor = reader.execute("SELECT * FROM history")
        next(cursor)  # somebody is still reading
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sstibet.stores.sqlite.BUSY_MS", 50)
            patch.setattr(sqlite_schema, "BUSY_MS", 50)
            SqliteStore(str(path)).close()
        assert found_in(tmp_path, "desk.db", PLAIN) != []
        cursor.close()
        reader.close()
        SqliteStore(str(path)).close()
        assert found_in(tmp_path, "desk.db", PLAIN) == []

    def test_what_stands_in_the_log_is_brought_forward(self, tmp_path: Path) -> None:
        """A process that died left its last steps there."""
        held = old_file(tmp_path / "desk.db", leave_open=True)
        for each in tmp_path.iterdir():
            (tmp_path / each.name.replace("desk", "dead")).write_bytes(each.read_bytes())
        held.close()
        store = SqliteStore(str(tmp_path / "dead.db"))
        assert store.refs() == ["r", "r.1"]
        store.close()
        assert found_in(tmp_path, "dead.db", PLAIN) == []

    def test_one_that_cannot_be_finished_leaves_the_file_as_it_was(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old_file(tmp_path / "desk.db")

        def broken(*given: Any) -> None:
            raise OSError("the disk is full")

        monkeypatch.setattr(sqlite_schema.Writer, "key", broken)
        with pytest.raises(OSError, match="full"):
            SqliteStore(str(tmp_path / "desk.db"))
        monkeypatch.undo()
        store = SqliteStore(str(tmp_path / "desk.db"))
        assert store.refs() == ["r", "r.1"]
        assert store.keyed("某人", "张三的钥匙") is not None
        store.close()


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
