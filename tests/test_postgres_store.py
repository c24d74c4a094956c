"""The PostgreSQL store, on a real server: the contract of stores, how often it goes to the server,
several who open it at once, and a server that is stopped in the middle."""

from __future__ import annotations

import dataclasses
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

import sstibet
from engine_kit import Port, book_of
from postgres_kit import PostgresServer
from sstibet import Engine, SetClock
from sstibet.engine.ids import CountedIds
from sstibet.settings import NamedKey, Settings
from sstibet.stores import postgres_schema
from sstibet.stores.postgres import PostgresStore
from sstibet.stores.postgres_pool import Connections
from sstibet.stores.records import DONE, DUE, Change, Conflict, Keyed, StoreAway
from sstibet.stores.shared import SEALED
from sstibet.testing.store_contract import SharedStoreContract
from sstibet.testing.store_contract.values import (
    NOW,
    Make,
    a_past,
    a_row,
    an_item,
    at_once,
    begin,
)
from sstibet.vault import Spoilt, Vault

KEY = bytes(range(32))
pytestmark = pytest.mark.xdist_group("postgres")  # one server is enough


class TestContract(SharedStoreContract):
    """The contract of stores."""

    @pytest.fixture
    def make_store(self, postgres: PostgresServer) -> Iterator[Make]:
        """Connections to one schema."""
        made, schema = list[PostgresStore](), postgres.schema()

        def make(vault: Vault) -> PostgresStore:
            made.append(PostgresStore(postgres.url, vault, schema=schema))
            return made[-1]

        yield make
        for each in made:
            each.close()

    def sealed(self, store: PostgresStore, table: str, *key: Any) -> bytes:
        """A sealed text."""
        where, given = _place(store, table, key)
        sql = f"SELECT sealed FROM {store._in}{table} WHERE {where}"
        row = store._connections.run(lambda c, lost: c.execute(sql, given).fetchone())
        assert row is not None
        return bytes(row[0])

    def put_sealed(self, store: PostgresStore, table: str, *key: Any, text: bytes) -> None:
        """Another text in its place."""
        where, given = _place(store, table, key)
        sql = f"UPDATE {store._in}{table} SET sealed = %s WHERE {where}"
        store._connections.run(lambda c, lost: c.execute(sql, (text, *given)))


def _place(store: PostgresStore, table: str, key: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    names = next(each.key for each in SEALED if each.table == table)
    given = (store._sealer.request(*key),) if table == "keys" else key
    return " AND ".join(f"{name} = %s" for name in names), given


@pytest.fixture
def store(postgres: PostgresServer) -> Iterator[PostgresStore]:
    """A store of its own, with one connection."""
    made = PostgresStore(postgres.url, Vault.fresh(), schema=postgres.schema(), most=1)
    yield made
    made.close()


def trips(store: PostgresStore, folder: Path, work: Callable[[], object]) -> int:
    """How often a store with one connection went to its server and back: each trip ends in one
    message that the server is ready, as libpq's own trace of the wire shows them."""
    held = store._connections._pool.getconn()
    path = folder / "wire"
    with path.open("w") as wire:
        held.pgconn.trace(wire.fileno())
        store._connections._pool.putconn(held)
        work()
        again = store._connections._pool.getconn()
        assert again is held, "another connection, that nobody has watched"
        held.pgconn.untrace()
        store._connections._pool.putconn(held)
    return sum("ReadyForQuery" in line for line in path.read_text().splitlines())


class TestRoundTrips:
    """A step is two: one look, one commit."""

    def test_each_method_is_one(self, store: PostgresStore, tmp_path: Path) -> None:
        begin(store, a_row("r:0:1"))
        version = 0

        def commit() -> None:
            nonlocal version
            version += 1
            row, keyed = a_row(f"r:{version}:1"), Keyed("p", f"k{version}", "f", "r")
            store.commit(
                Change(
                    an_item(version=version), version - 1, a_past(version), [row], 0,
                    f"r:{version - 1}:1", keyed,
                )
            )  # fmt: skip

        def conflict() -> None:
            with pytest.raises(Conflict):
                store.commit(Change(an_item(version=99), 98))

        once = [
            commit, conflict, lambda: store.get("r"), lambda: store.look("r", "p", "k1"),
            lambda: store.keyed("p", "k1"), lambda: store.outgoing("r:0:1"),
            lambda: store.asked("r:0:1"),
            lambda: store.claim(NOW, NOW + 60, 5), lambda: store.mark("r:0:1", DUE),
            lambda: store.busy("r", NOW), lambda: store.overdue(NOW, 9),
            lambda: store.of_actor("p", 9), lambda: store.history("r"), lambda: store.rows("r"),
            lambda: store.refs(), lambda: store.keep_book("d", b"x"), lambda: store.book("d"),
            store.books,
        ]  # fmt: skip
        for each in once:
            for _ in range(8):  # a driver may change its ways once a statement comes often
                assert trips(store, tmp_path, each) == 1
        assert trips(store, tmp_path, lambda: None) == 0

    def test_a_step_of_the_engine_is_two(self, store: PostgresStore, tmp_path: Path) -> None:
        text = """
events: {go: {label: {zh: 走, en: go}}}
initial: s
states:
  s: {on: {go: {to: s}}}
"""
        book = book_of(trial=text)
        desk = Engine(book, store=store, ports={}, clock=SetClock(NOW), ids=CountedIds())
        view = desk.start("trial", actor="p", key="first")
        for n in range(8):
            sent = trips(
                store, tmp_path, lambda n=n: desk.send(view.ref, "go", actor="p", key=f"k{n}")
            )
            assert sent == 2
        assert desk.view(view.ref, actor="p").version == 8


class TestOpening:
    """What isn't there is made once; what isn't right is refused and left alone."""

    def test_many_who_open_a_new_one_at_once(self, postgres: PostgresServer) -> None:
        schema, vault = postgres.schema(), Vault({"a": KEY})
        made = list[PostgresStore]()
        at_once(6, lambda n: made.append(PostgresStore(postgres.url, vault, schema=schema, most=1)))
        begin(made[0])
        assert [each.get("r") for each in made] == [an_item()] * 6
        for each in made:
            each.close()

    def test_an_older_schema_is_brought_forward_once(
        self, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        schema, vault = postgres.schema(), Vault({"a": KEY})
        store = PostgresStore(postgres.url, vault, schema=schema)
        begin(store)
        monkeypatch.setattr(postgres_schema, "SCHEMA", postgres_schema.SCHEMA + 2)
        scripts = {
            postgres_schema.SCHEMA - 2: "ALTER TABLE {s}.items ADD COLUMN note text;"
            "CREATE TABLE {s}.steps (n int); INSERT INTO {s}.steps VALUES (1)",
            postgres_schema.SCHEMA - 1: "INSERT INTO {s}.steps VALUES (2)",
        }
        monkeypatch.setattr(postgres_schema, "FORWARD", scripts)
        made = list[PostgresStore]()
        at_once(4, lambda n: made.append(PostgresStore(postgres.url, vault, schema=schema)))
        assert postgres.run(f"SELECT n FROM {schema}.steps ORDER BY n") == [(1,), (2,)]
        assert postgres.run(f"SELECT schema FROM {schema}.store") == [(postgres_schema.SCHEMA,)]
        for each in (store, *made):
            each.close()

    def test_schema_1_had_an_index_more_and_wrote_by_a_function(
        self, postgres: PostgresServer
    ) -> None:
        schema, vault = postgres.schema(), Vault({"a": KEY})
        store = PostgresStore(postgres.url, vault, schema=schema)
        begin(store, a_row("r:0:1"))
        store.close()
        function = f"{schema}.commit_step(x bigint) RETURNS bigint LANGUAGE sql AS 'SELECT x'"
        for sql in (
            f"CREATE INDEX outbox_ref ON {schema}.outbox (ref, born)",
            f"CREATE FUNCTION {function}",
            f"DROP FUNCTION {schema}.late",
            f"UPDATE {schema}.store SET schema = 1",
        ):
            postgres.run(sql)
        store = PostgresStore(postgres.url, vault, schema=schema)
        assert postgres.run(f"SELECT schema FROM {schema}.store") == [(2,)]
        assert postgres.run(
            f"SELECT to_regclass('{schema}.outbox_ref'), to_regproc('{schema}.commit_step')"
        ) == [(None, None)]
        store.commit(Change(an_item(version=1), 0))
        with pytest.raises(Conflict):
            store.commit(Change(an_item(version=1), 0))
        assert store.rows("r") == [a_row("r:0:1")]
        store.close()

    def test_a_connection_that_is_made_leaves_nothing(self, postgres: PostgresServer) -> None:
        """What it prepares by writing it is gone when it is committed."""
        schema = postgres.schema()
        store = PostgresStore(postgres.url, Vault({"a": KEY}), schema=schema, least=3)
        begin(store)
        tables = [f"(SELECT count(*) FROM {schema}.{each})" for each in
                  ("items", "history", "outbox", "keys")]  # fmt: skip
        assert postgres.run(f"SELECT {', '.join(tables)}") == [(1, 0, 0, 0)]
        store.close()

    def test_a_migration_that_fails_leaves_all_as_it_was(
        self, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        schema, vault, now = postgres.schema(), Vault({"a": KEY}), postgres_schema.SCHEMA
        PostgresStore(postgres.url, vault, schema=schema).close()
        monkeypatch.setattr(postgres_schema, "SCHEMA", now + 1)
        script = "CREATE TABLE {s}.steps (n int); SELECT 1 / 0"
        monkeypatch.setattr(postgres_schema, "FORWARD", {now: script})
        with pytest.raises(psycopg.errors.DivisionByZero):
            PostgresStore(postgres.url, vault, schema=schema)
        assert postgres.run(f"SELECT to_regclass('{schema}.steps')") == [(None,)]
        assert postgres.run(f"SELECT schema FROM {schema}.store") == [(now,)]

    def test_a_later_schema_is_left_alone(self, postgres: PostgresServer) -> None:
        schema, vault = postgres.schema(), Vault({"a": KEY})
        PostgresStore(postgres.url, vault, schema=schema).close()
        postgres.run(f"UPDATE {schema}.store SET schema = 99")
        with pytest.raises(RuntimeError, match="schema 99; this version knows 2"):
            PostgresStore(postgres.url, vault, schema=schema)
        assert postgres.run(f"SELECT schema FROM {schema}.store") == [(99,)]

    @pytest.mark.parametrize("level", ["off", "local", "remote_write"])
    def test_what_a_database_says_of_commits_is_overruled(
        self, level: str, postgres: PostgresServer
    ) -> None:
        postgres.run(f"ALTER DATABASE postgres SET synchronous_commit = '{level}'")
        try:
            store = PostgresStore(postgres.url, Vault.fresh(), schema=postgres.schema())
            shown = store._connections.run(
                lambda c, lost: c.execute("SHOW synchronous_commit").fetchone()
            )
            assert shown == ("on",)
            store.close()
        finally:
            postgres.run("ALTER DATABASE postgres RESET synchronous_commit")

    @pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
    def test_a_server_that_would_not_keep_it_is_refused(
        self, setting: str, postgres: PostgresServer
    ) -> None:
        def to(value: str) -> None:
            postgres.run(f"ALTER SYSTEM SET {setting} = {value}")
            postgres.run("SELECT pg_reload_conf()")
            for _ in range(500):
                if postgres.run(f"SHOW {setting}") == [(value,)]:
                    return
                threading.Event().wait(0.01)

        to("off")
        schema = postgres.schema()
        try:
            with pytest.raises(RuntimeError, match=f"{setting}=off here and not on"):
                PostgresStore(postgres.url, Vault.fresh(), schema=schema)
        finally:
            to("on")
        assert postgres.run(f"SELECT to_regnamespace('{schema}')") == [(None,)]

    def test_a_server_that_only_reads_is_told_as_such(
        self, postgres: PostgresServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A standby, or a user who may write nothing."""
        caplog.set_level(logging.CRITICAL)
        schema, vault = postgres.schema(), Vault({"a": KEY})
        PostgresStore(postgres.url, vault, schema=schema).close()
        only = make_conninfo(postgres.url, options="-c default_transaction_read_only=on")
        store = PostgresStore(only, vault, schema=schema, patience=5)
        with pytest.raises(StoreAway, match="read-only transaction"):
            store.get("r")
        store.close()

    def test_a_server_that_is_not_there(self) -> None:
        with pytest.raises(StoreAway, match="can't be reached"):
            PostgresStore("postgresql://x@127.0.0.1:9/x", Vault.fresh(), patience=1)

    @pytest.mark.parametrize("name", ["", "a b", "a;b", 'a"', "A", "x" * 41, "1a", "s\n"])
    def test_a_name_that_is_no_schemas(self, name: str) -> None:
        with pytest.raises(ValueError, match="name of a schema"):
            PostgresStore("postgresql://x@127.0.0.1:9/x", Vault.fresh(), schema=name)

    def test_without_the_extra_it_says_what_to_install(self) -> None:
        program = (
            "import sys\n"
            "sys.modules['psycopg'] = None\n"
            "from sstibet.stores.postgres import PostgresStore\n"
            "from sstibet.vault import Vault\n"
            "try:\n"
            "    PostgresStore('postgresql://x', Vault.fresh())\n"
            "except ModuleNotFoundError as error:\n"
            "    print(error)\n"
        )
        said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        assert "pip install 'sstibet[postgres]'" in said.stdout, said.stderr


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """A server that tests may stop."""
    server = PostgresServer()
    yield server
    server.close()


class TestServerThatStops:
    """A server is stopped and started in the middle: a step is whole or told, nothing is lost."""

    def test_nothing_acknowledged_is_lost_and_work_goes_on(
        self, own_server: PostgresServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.CRITICAL)
        store = PostgresStore(
            own_server.url, Vault.fresh(), schema=own_server.schema(), most=4, patience=30
        )
        workers, told = 4, list[tuple[int, int]]()
        stop = threading.Event()
        for n in range(workers):
            begin(store, ref=f"r{n}")

        def work(number: int) -> None:
            version, ref = 0, f"r{number}"
            while not stop.is_set():
                version += 1
                keyed = Keyed("p", f"{ref}-{version}", "f", ref, version)
                row = a_row(f"{ref}:{version}:1", ref)
                made = an_item(ref, version=version)
                store.commit(Change(made, version - 1, a_past(version), [row], NOW, None, keyed))
                told.append((number, version))

        def interrupt(number: int) -> None:
            try:
                for _ in range(2):
                    before = len(told)
                    while len(told) < before + 40:
                        stop.wait(0.005)
                    own_server.stop()
                    own_server.start()
                before = len(told)
                while len(told) < before + 40:
                    stop.wait(0.005)
            finally:
                stop.set()

        at_once(workers + 1, lambda n: work(n) if n < workers else interrupt(n))
        for number in range(workers):
            ref = f"r{number}"
            last = max(version for n, version in told if n == number)
            found = store.get(ref)
            assert found is not None
            # Nothing was written that nobody was told of: not a step of these was in doubt.
            assert found.version == last
            assert [past.version for past in store.history(ref)] == list(range(1, last + 1))
            assert len(store.rows(ref)) == last
            assert store.keyed("p", f"{ref}-{last}") is not None
        store.close()

    def test_one_that_stays_away_is_told_and_come_back_to(
        self, own_server: PostgresServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.CRITICAL)
        store = PostgresStore(own_server.url, Vault.fresh(), schema=own_server.schema(), patience=1)
        begin(store)
        own_server.stop()
        with pytest.raises(StoreAway, match="can't be reached"):
            store.get("r")
        with pytest.raises(StoreAway, match="can't be reached"):
            store.commit(Change(an_item(version=1), 0))
        own_server.start()
        store._connections._patience = 20
        assert store.get("r") == an_item()
        store.commit(Change(an_item(version=1), 0))
        assert store.get("r") == an_item(version=1)
        store.close()


class TestLostAnswers:
    """The server has written a step, and its word of it never came."""

    @pytest.fixture
    def losing(self, store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
        """Lose the connection right after the next commit was written."""
        run = Connections.run

        def lose() -> None:
            def once(self: Connections, work: Any) -> Any:
                monkeypatch.setattr(Connections, "run", run)
                told = list[bool]()

                def lost(connection: Any, before: bool) -> Any:
                    done = work(connection, before)
                    if not told:
                        told.append(True)
                        connection.close()
                        raise psycopg.OperationalError("the connection is lost")
                    return done

                return run(self, lost)

            monkeypatch.setattr(Connections, "run", once)

        return lose

    @pytest.mark.parametrize(
        "change",
        [
            Change(an_item(version=1), 0, a_past()),
            Change(an_item(version=1), 0, None, [a_row("r:1:1")], 0, "r:0:1"),
            Change(an_item("q"), None, None, (), 0, None, Keyed("p", "k", "f", "q")),
            Change(an_item("q"), None),
        ],
    )
    def test_it_is_known_by_its_seal_and_taken_once(
        self, store: PostgresStore, losing: Callable[[], None], change: Change
    ) -> None:
        begin(store, a_row("r:0:1"))
        losing()
        store.commit(change)
        assert store.get(change.item.head.ref) == change.item
        with pytest.raises(Conflict):
            store.commit(change)

    def test_what_somebody_else_wrote_is_not_taken_for_it(
        self, store: PostgresStore, postgres: PostgresServer, losing: Callable[[], None]
    ) -> None:
        """Their step has the same version, and what it says is the same."""
        begin(store)
        store.commit(Change(an_item(version=1), 0, a_past()))
        work = store._connections.run

        def before(connection: Any, lost: bool) -> None:
            if not lost:
                connection.close()
                raise psycopg.OperationalError("the connection is lost before it was sent")

        def run(job: Any) -> Any:
            def both(connection: Any, lost: bool) -> Any:
                before(connection, lost)
                return job(connection, lost)

            return work(both)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(store._connections, "run", run)
            with pytest.raises(Conflict):
                store.commit(Change(an_item(version=1), 0, a_past()))

    def test_one_that_left_no_trace_and_was_gone_on_from_is_said_to_be_in_doubt(
        self, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begin(store)
        work = store._connections.run

        def run(job: Any) -> Any:
            def lost_and_overtaken(connection: Any, lost: bool) -> Any:
                done = job(connection, lost)
                if not lost:
                    store_of_others = f"UPDATE {store._in}items SET version = version + 1"
                    connection.execute(store_of_others)
                    connection.close()
                    raise psycopg.OperationalError("the connection is lost")
                return done

            return work(lost_and_overtaken)

        monkeypatch.setattr(store._connections, "run", run)
        with pytest.raises(StoreAway, match="whether this was written is not known"):
            store.commit(Change(an_item(version=1), 0))


class TestConflictsInTheServer:
    """A deadlock, a serialisation failure: all was taken back, so it is done again."""

    @pytest.mark.parametrize("state", ["40001", "40P01", "55P03"])
    def test_done_again_and_then_told_as_a_conflict(
        self, state: str, store: PostgresStore, postgres: PostgresServer
    ) -> None:
        begin(store)
        schema = store._in.rstrip(".")
        postgres.run(
            f"CREATE SEQUENCE {schema}.tries;"
            f"CREATE FUNCTION {schema}.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f"  IF nextval('{schema}.tries') % 3 <> 0 THEN"
            f"    RAISE EXCEPTION USING ERRCODE = '{state}'; END IF; RETURN NEW; END $$;"
            f"CREATE TRIGGER fails BEFORE INSERT ON {schema}.history"
            f"  FOR EACH ROW EXECUTE FUNCTION {schema}.fail()"
        )
        store.commit(Change(an_item(version=1), 0, a_past()))  # the third time it is taken
        assert store.get("r") == an_item(version=1)
        postgres.run(
            f"ALTER SEQUENCE {schema}.tries INCREMENT BY 3; SELECT setval('{schema}.tries', 4)"
        )
        with pytest.raises(Conflict):
            store.commit(Change(an_item(version=2), 1, a_past(2)))
        assert store.get("r") == an_item(version=1)

    def test_what_else_goes_wrong_is_told_as_it_is(
        self, store: PostgresStore, postgres: PostgresServer
    ) -> None:
        begin(store)
        schema = store._in.rstrip(".")
        postgres.run(
            f"CREATE FUNCTION {schema}.full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            "  RAISE EXCEPTION USING ERRCODE = '53100', MESSAGE = 'no space left'; END $$;"
            f"CREATE TRIGGER full_disk BEFORE INSERT ON {schema}.history"
            f"  FOR EACH ROW EXECUTE FUNCTION {schema}.full()"
        )
        with pytest.raises(psycopg.errors.DiskFull):
            store.commit(Change(an_item(version=1), 0, a_past()))
        assert store.get("r") == an_item()
        postgres.run(f"DROP TRIGGER full_disk ON {schema}.history")
        store.commit(Change(an_item(version=1), 0, a_past()))

    def test_claims_wait_for_nobody(self, store: PostgresStore, postgres: PostgresServer) -> None:
        begin(store, a_row("a"), a_row("b", number=2))
        with psycopg.connect(postgres.url) as other:
            other.execute(f"SELECT * FROM {store._in}outbox WHERE key = 'a' FOR UPDATE")
            assert [each.key for each in store.claim(NOW, NOW + 60, 9)] == ["b"]
        assert [each.key for each in store.claim(NOW, NOW + 60, 9)] == ["a"]


class TestDesk:
    """A desk of the library on PostgreSQL."""

    def test_an_item_from_its_first_state_to_its_end(
        self, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text = """
events: {go: {label: {zh: 走, en: go}}}
initial: s
effects: {me: {do: registry.myself}}
states:
  s: {on: {go: {to: m, effects: [me]}}}
  m: {on: {me.found: {to: t}, me.not_found: {to: u}, me.failed: {to: u}}}
  t: {label: {zh: 甲, en: t}, ends: well}
  u: {label: {zh: 乙, en: u}, ends: badly}
"""
        found = sstibet.reply(
            "found", person_name="格桑", id_type="201", id_number="540101199001010015",
            nationality="156",
        )  # fmt: skip
        port = Port(myself=found)
        schema, vault = postgres.schema(), Vault({"a": KEY})
        first, second = (
            Engine(
                book_of(trial=text), store=PostgresStore(postgres.url, vault, schema=schema),
                ports={"registry": port}, clock=SetClock(NOW),
            )
            for _ in range(2)
        )  # fmt: skip
        view = first.start("trial", actor="540101199001010015")
        view = second.send(view.ref, "go", actor="540101199001010015", key="540101199001010015")
        assert view.final
        assert port.asked == [f"{view.ref}:1:1"]
        assert first.view(view.ref, actor="540101199001010015") == view
        assert [row.status for row in first.store.rows(view.ref)] == [DONE]
        dumped = [postgres.run(f"SELECT t::text FROM {schema}.{each.table} t") for each in SEALED]
        assert "540101199001010015" not in str(dumped)
        assert b"540101199001010015".hex() not in str(dumped)
        first.close()
        second.close()

    def test_other_keys_are_told_so(self, postgres: PostgresServer) -> None:
        schema = postgres.schema()
        PostgresStore(postgres.url, Vault({"a": KEY}), schema=schema).close()
        with pytest.raises(Spoilt, match="can't be opened with these keys"):
            PostgresStore(postgres.url, Vault({"a": bytes(32)}), schema=schema)

    def test_a_desk_is_opened_by_the_servers_url(
        self, postgres: PostgresServer, tmp_path: Path
    ) -> None:
        key = NamedKey(id="a", secret=KEY, where="")
        settings = dataclasses.replace(Settings.none(), keys=(key,))
        file = tmp_path / "bureau.db"
        desk = Engine.open(postgres.url, settings=settings, bureau_path=file)
        ref = desk.start("resident_payment", actor="p0001").ref
        desk.close()
        again = Engine.open(postgres.url, settings=settings, bureau_path=file)
        assert again.view(ref, actor="p0001").state == "asking_who"
        again.close()
        assert file.exists()
        with pytest.raises(ValueError, match="a store on a server needs keys"):
            Engine.open(postgres.url, settings=Settings.none())
