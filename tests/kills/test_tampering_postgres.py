"""A PostgreSQL store that was altered behind its back: each plain column, and an item put back to
how it stood. That an altered or moved text is refused is in the contract of every store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from postgres_kit import PostgresServer
from sstibet.stores.postgres import PostgresStore
from sstibet.stores.records import Change
from sstibet.testing.store_contract.values import NOW, a_past, a_row, an_item, begin
from sstibet.vault import Spoilt, Vault


class Kept:
    """A store with an item that has gone on, and another's; and the way behind its back."""

    def __init__(self, server: PostgresServer) -> None:
        self.server, self.schema = server, server.schema()
        self.store = PostgresStore(server.url, Vault.fresh(), schema=self.schema)
        for ref in ("r", "q"):
            begin(self.store, a_row(f"{ref}:0:1", ref), ref=ref, deadline=NOW)
            self.run(f"CREATE TABLE {{s}}.old_{ref} AS TABLE {{s}}.items")
            made = an_item(ref, version=1, state="t", deadline=NOW)
            self.store.commit(Change(made, 0, a_past()))

    def run(self, sql: str) -> None:
        """A statement; ``{s}`` is the schema."""
        self.server.run(sql.replace("{s}", self.schema))


@pytest.fixture
def kept(postgres: PostgresServer) -> Iterator[Kept]:
    """A store that may be altered."""
    found = Kept(postgres)
    yield found
    found.store.close()


ITEM = {
    "owner": "'x'", "item": "'login'", "state": "'s'", "version": "7", "deadline": "5",
    "opened": "5", "called": "true",
}  # fmt: skip
ROW = {
    "ref": "'q'", "number": "7", "kind": "'call'", "name": "'x'", "goes_to": "'gateway.close'",
    "secret": "true", "status": "'x'", "attempts": "-1",
}  # fmt: skip


def test_an_item_put_back_to_how_it_stood_is_refused(kept: Kept) -> None:
    kept.run(
        "UPDATE {s}.items i SET state = o.state, version = o.version, deadline = o.deadline,"
        " sealed = o.sealed FROM {s}.old_r o WHERE i.ref = o.ref AND i.ref = 'r'"
    )
    with pytest.raises(Spoilt, match="goes further"):
        kept.store.get("r")
    with pytest.raises(Spoilt, match="goes further"):
        kept.store.look("r", "p", "k")
    assert [each.head.ref for each in kept.store.of_actor("p", 9)] == ["q"]


@pytest.mark.parametrize("column", ITEM)
def test_a_column_of_an_item_belongs_to_its_text(kept: Kept, column: str) -> None:
    kept.run(f"UPDATE {{s}}.items SET {column} = {ITEM[column]} WHERE ref = 'r'")
    with pytest.raises(Spoilt):
        kept.store.get("r")
    assert [each.head.ref for each in kept.store.of_actor("p", 9)] == ["q"]


@pytest.mark.parametrize("column", ROW)
def test_a_column_of_a_row_belongs_to_its_text(kept: Kept, column: str) -> None:
    kept.run(f"UPDATE {{s}}.outbox SET {column} = {ROW[column]} WHERE key = 'r:0:1'")
    with pytest.raises(Spoilt):
        kept.store.outgoing("r:0:1")
    assert [each.key for each in kept.store.claim(NOW, NOW + 60, 9)] == ["q:0:1"]
