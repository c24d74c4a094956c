"""What forgets and what changes keys, on a PostgreSQL store."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from engine_kit import AT, BOOK, opened
from postgres_kit import PostgresServer
from sstibet import Engine, SetClock, Vault
from sstibet.bureau import Bureau
from sstibet.cli import run
from sstibet.cli.scenes import Stage
from sstibet.engine.forgetting import forget
from sstibet.files import find_rules
from sstibet.stores.postgres import PostgresStore
from sstibet.stores.rotating import rotate, unreadable

OLD, NEW = b"o" * 32, b"n" * 32
YEARS = 10 * 366 * 86400


def play(store: PostgresStore, scenes: int) -> None:
    """Take some steps of the guide at a desk on a store, which is closed then."""
    clock = SetClock.on("2025-10-15T09:00")
    bureau = Bureau.open(clock=clock)
    desk = Engine(BOOK, store=store, ports=bureau.ports(), clock=clock)
    desk.bureau = bureau
    stage = Stage(desk)
    for each in list(stage.scenes.scenes)[:scenes]:
        assert stage.play(each).faults == ()
    desk.close()


@pytest.fixture
def schema(postgres: PostgresServer) -> str:
    """A schema with some items in it, sealed by the old key."""
    name = postgres.schema()
    play(PostgresStore(postgres.url, Vault({"old": OLD}), schema=name), 8)
    return name


def test_a_key_is_changed_and_the_old_one_needed_no_more(
    postgres: PostgresServer, schema: str
) -> None:
    old = PostgresStore(postgres.url, Vault({"old": OLD}), schema=schema)
    before, count = opened(old), sum(old.sealed_by().values())
    both = PostgresStore(postgres.url, Vault({"new": NEW, "old": OLD}), schema=schema)
    assert both.sealed_by() == {"old": count}
    assert rotate(both, 7) == count
    both.tidy()
    assert both.sealed_by() == {"new": count}
    alone = PostgresStore(postgres.url, Vault({"new": NEW}), schema=schema)
    assert unreadable(alone) == []
    assert opened(alone) == before
    assert unreadable(old)
    for store in (old, both, alone):
        store.close()


def test_what_is_over_is_forgotten(postgres: PostgresServer, schema: str) -> None:
    store = PostgresStore(postgres.url, Vault({"old": OLD}), schema=schema)
    items = [store.get(ref) for ref in store.refs()]
    dry = forget(store, BOOK.contents, AT + YEARS, dry=True)
    assert opened(store)
    found = forget(store, BOOK.contents, AT + YEARS)
    assert found == dry
    assert sum(found.items.values()) + found.waiting == len(items) > 3
    assert found.requests > 3
    assert found.rows > 3
    for ref in store.refs():
        item = store.get(ref)
        assert item is not None
        if item.forgotten:
            assert store.rows(ref) == []
            assert all(line.payload == {"forgotten": True} for line in store.history(ref))
    store.close()


def test_a_row_that_is_not_over_is_not_dropped(postgres: PostgresServer, schema: str) -> None:
    store = PostgresStore(postgres.url, Vault({"old": OLD}), schema=schema)
    row, other = [row for ref in store.refs() for row in store.rows(ref)][:2]
    postgres.run(f"UPDATE {schema}.outbox SET status = 'waiting' WHERE key = '{row.key}'")
    store.drop((), [row.key, other.key])
    assert store.outgoing(row.key) is not None
    assert store.outgoing(other.key) is None
    store.close()


def test_by_the_commands_the_url_is_all_that_is_told(
    postgres: PostgresServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`check --against`, `rotate` and `forget`, with the keys of the settings."""
    url, settings = postgres.database(), tmp_path / "settings.yaml"
    monkeypatch.setenv("SSTIBET_SETTINGS", str(settings))

    def told(*words: str, keys: tuple[tuple[str, bytes], ...] = (("new", NEW),)) -> str:
        entries = [f"  - {{id: {name}, secret: {b64encode(key).decode()}}}" for name, key in keys]
        settings.write_text("\n".join(["keys:", *entries, ""]))
        settings.chmod(0o600)
        assert run(words) == 0, capsys.readouterr()
        return capsys.readouterr().out

    old = ("old", OLD)
    play(PostgresStore(url, Vault({"old": OLD})), 3)
    rules = str(find_rules(None))
    assert "replayed: " in told("check", rules, "--against", url, keys=(old,))
    rotated = told("rotate", url, keys=(("new", NEW), old))
    assert "everything was read with new alone; no other key is needed" in rotated
    late = "2036-01-01T00:00"
    dry = told("forget", url, "--on", late, "--dry-run")
    assert dry.startswith("would be forgotten: ")
    assert told("forget", url, "--on", late) == dry.removeprefix("would be ")
    assert told("forget", url, "--on", late).startswith("forgotten: 0 items\n")
    who = told("forget", url, "--actor", "somebody")
    assert "sessions: none is kept here; --bureau names" in who
