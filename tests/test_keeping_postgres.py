"""What forgets and what changes keys, on a PostgreSQL store."""

from __future__ import annotations

import pytest

from engine_kit import AT, BOOK, opened
from postgres_kit import PostgresServer
from sstibet import Engine, SetClock, Vault
from sstibet.bureau import Bureau
from sstibet.cli.scenes import Stage
from sstibet.engine.forgetting import forget
from sstibet.stores.postgres import PostgresStore
from sstibet.stores.rotating import rotate, unreadable

OLD, NEW = b"o" * 32, b"n" * 32
YEARS = 10 * 366 * 86400


@pytest.fixture
def schema(postgres: PostgresServer) -> str:
    """A schema with some items in it, sealed by the old key."""
    name = postgres.schema()
    clock = SetClock.on("2025-10-15T09:00")
    bureau = Bureau.open(clock=clock)
    store = PostgresStore(postgres.url, Vault({"old": OLD}), schema=name)
    desk = Engine(BOOK, store=store, ports=bureau.ports(), clock=clock)
    desk.bureau = bureau
    stage = Stage(desk)
    for each in list(stage.scenes.scenes)[:8]:
        assert stage.play(each).faults == ()
    desk.close()
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
