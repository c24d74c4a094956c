"""The PostgreSQL store: for several machines. It needs the extra ``postgres``.

A step is two round trips: one statement that looks, one that writes all of it and commits. Nothing
else is sent: connections commit by themselves, and the statements of usual steps are prepared when
a connection is made.

A connection that is lost is replaced, and what was being sent is sent again: a step carries its own
seal, so that one which had been written already is known by it and not taken twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sstibet.items.value import Item
from sstibet.stores.postgres_keeping import PostgresKeeping
from sstibet.stores.postgres_pool import Connections, driver, is_conflict
from sstibet.stores.postgres_schema import prepare
from sstibet.stores.postgres_writing import rehearsal, sent, written
from sstibet.stores.records import Change, Conflict, Keyed, Outgoing, Past
from sstibet.stores.sealing import INDEX_PLACE
from sstibet.stores.shared import (
    Resealing,
    Row,
    Sealed,
    holdable,
    keys_called,
    keys_of,
    whole,
)
from sstibet.vault import Vault

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

_ITEM = "ref, owner, item, state, version, deadline, opened, called, sealed"
_ROW = "key, ref, number, kind, name, goes_to, secret, status, attempts, sealed"
_ROW_WIDTH = len(_ROW.split())


class PostgresStore(PostgresKeeping):
    """A store in a schema of a PostgreSQL database (13 or newer; UTF8).

    Args:
        url: such as ``"postgresql://desk@db.example/desk"``.
        vault: seals what is kept.
        schema: the name of the schema in which its tables stand; made where it isn't there.
        least: connections that are kept open.
        most: connections at most; as many threads work at once, others wait.
        patience: seconds for which one waits for a connection, or for a server that is away.
        writes: whether steps are taken; without, a connection whose transactions only read will do.

    Raises:
        ModuleNotFoundError: the extra ``postgres`` isn't installed.
        StoreAway: the server can't be reached.
        RuntimeError: it wouldn't keep what it acknowledges, is too old, or the store's schema is of
            a later version of the library.
        Spoilt: the vault's keys are not those that the store was made with.
    """

    def __init__(
        self,
        url: str,
        vault: Vault,
        *,
        schema: str = "sstibet",
        least: int = 1,
        most: int = 8,
        patience: float = 10.0,
        writes: bool = True,
    ) -> None:
        driver()  # told before anything else, where it isn't installed
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,39}", schema):
            raise ValueError(f"{schema!r} can't be the name of a schema here")
        self._in = f"{schema}."
        item, row = (", ".join(_qualified(*each)) for each in (("i", _ITEM), ("o", _ROW)))
        last = f"SELECT max(h.version) FROM {self._in}history h WHERE h.ref = i.ref"
        self._item_columns = item = f"{item}, ({last})"
        self._asked = (
            f"SELECT {row}, {item} FROM {self._in}outbox o"
            f" LEFT JOIN {self._in}items i ON i.ref = o.ref WHERE o.key = %s"
        )
        self._look = (
            f"SELECT {item}, k.sealed"
            f" FROM (SELECT) one LEFT JOIN {self._in}items i ON i.ref = %s"
            f" LEFT JOIN {self._in}keys k ON k.mark = %b"
        )
        self._get = f"SELECT {item} FROM {self._in}items i WHERE i.ref = %s"
        often = (
            (self._get, ("",)), (self._look, ("", b"")), (self._asked, ("",)),
        )  # fmt: skip
        self._connections = Connections(
            url, f"sstibet-{schema}", often, lambda: rehearsal(self._in) if writes else (),
            least, most, patience,
        )  # fmt: skip
        self._sealer = self._connections.open(lambda first: prepare(first, schema, vault))
        self._resealing = Resealing(self._sealer, self._sealed_by_others, self._put_anew)

    def get(self, ref: str) -> Item | None:
        """An item by its reference. Raises Spoilt."""
        row = self._one(self._get, ref)
        return None if row is None else self._item(row)

    def look(self, ref: str, actor: str, key: str) -> tuple[Item | None, Keyed | None]:
        """The item, and what the actor's key was used for."""
        if not holdable(ref):
            return None, self.keyed(actor, key)
        mark = self._sealer.request(actor, key)
        row = self._one(self._look, ref, mark)
        assert row is not None, "one row, perhaps of nothing"
        item = None if row[0] is None else self._item(row[:-1])
        return item, None if row[-1] is None else self._sealer.read_keyed(mark, row[-1])

    def commit(self, change: Change) -> None:
        """Write a step whole, or nothing of it. Raises Conflict."""
        step = sent(self._sealer, self._in, change)  # sealed once, however often it is sent

        def write(connection: Connection, before: bool) -> None:
            try:
                self._connections.usual(connection, step.sql, step.values)
            except driver()[0].Error as error:
                if not (before and is_conflict(error) and written(connection, self._in, step)):
                    raise

        self._connections.run(write)

    def keyed(self, actor: str, key: str) -> Keyed | None:
        """What an actor's key was used for before."""
        mark = self._sealer.request(actor, key)
        row = self._one(f"SELECT sealed FROM {self._in}keys WHERE mark = %b", mark)
        return None if row is None else self._sealer.read_keyed(mark, row[0])

    def outgoing(self, key: str) -> Outgoing | None:
        """A row of the outbox by its key. Raises Spoilt."""
        row = self._one(f"SELECT {_ROW} FROM {self._in}outbox WHERE key = %s", key)
        return None if row is None else self._row(row)

    def asked(self, key: str) -> tuple[Outgoing | None, Item | None]:
        """A row of the outbox with its item. Raises Spoilt."""
        row = self._one(self._asked, key)
        if row is None:
            return None, None
        ours, item = row[:_ROW_WIDTH], row[_ROW_WIDTH:]
        return self._row(ours), None if item[0] is None else self._item(item)

    def claim(self, now: int, until: int, limit: int) -> list[Outgoing]:
        """Rows that are due and claimed by nobody, the oldest first, claimed ``until`` then."""
        rows = self._all(
            f"WITH chosen AS ("
            f"  SELECT {_ROW}, claimed, born FROM {self._in}outbox"
            "   WHERE status IN ('due', 'retry') AND claimed <= %s"
            "   ORDER BY claimed, born, ref, number LIMIT %s FOR UPDATE SKIP LOCKED"
            f"), taken AS ("
            f"  UPDATE {self._in}outbox o SET status = 'due', claimed = %s,"
            "   attempts = o.attempts + 1 FROM chosen WHERE o.key = chosen.key RETURNING o.key"
            f") SELECT {_ROW} FROM chosen JOIN taken USING (key)"
            " ORDER BY chosen.claimed, born, ref, number",
            now, limit, until,
        )  # fmt: skip
        return whole(self._row, rows)

    def mark(self, key: str, status: str, again_at: int = 0) -> None:
        """Set how a row stands, unless it is over already."""
        self._do(
            f"UPDATE {self._in}outbox SET status = %s, claimed = %s"
            " WHERE key = %s AND status <> 'done'",
            status, again_at, key,
        )  # fmt: skip

    def busy(self, ref: str, now: int) -> bool:
        """Whether somebody is delivering a row of this item, or of one that it has called."""
        sql = (
            f"SELECT 1 FROM {self._in}outbox"
            " WHERE (key > %s AND key < %s OR key > %s AND key < %s)"
            " AND status = 'due' AND claimed > %s LIMIT 1"
        )
        return self._one(sql, *keys_of(ref), *keys_called(ref), now) is not None

    def overdue(self, now: int, limit: int) -> list[tuple[str, int]]:
        """(ref, version) of the items whose deadline has come, the oldest first."""
        sql = (
            f"SELECT ref, version FROM {self._in}items WHERE deadline <= %s"
            " ORDER BY deadline, ref LIMIT %s"
        )
        return [(str(ref), int(version)) for ref, version in self._all(sql, now, limit)]

    def of_actor(self, actor: str, limit: int) -> list[Item]:
        """An actor's items, the newest first; those that others have called are left out."""
        sql = (
            f"SELECT {self._item_columns} FROM {self._in}items i WHERE owner = %b AND NOT called"
            " ORDER BY opened DESC, ref LIMIT %s"
        )
        return whole(self._item, self._all(sql, self._sealer.owner(actor), limit))

    def history(self, ref: str) -> list[Past]:
        """An item's history, from the first event on. Raises Spoilt."""
        sql = f"SELECT version, sealed FROM {self._in}history WHERE ref = %s ORDER BY version"
        return [self._sealer.read_past(ref, *row) for row in self._all(sql, ref)]

    def rows(self, ref: str) -> list[Outgoing]:
        """An item's rows of the outbox, the oldest first. Raises Spoilt."""
        sql = (
            f"SELECT {_ROW} FROM {self._in}outbox WHERE key > %s AND key < %s"
            " ORDER BY born, number, key"
        )
        return [self._row(row) for row in self._all(sql, *keys_of(ref))]

    def refs(self, after: str = "", limit: int = 1000) -> list[str]:
        """The references of all items in their order, from the first after one."""
        sql = f"SELECT ref FROM {self._in}items WHERE ref > %s ORDER BY ref LIMIT %s"
        return [str(ref) for (ref,) in self._all(sql, after, limit)]

    def rewrite(self, item: Item, pasts: Sequence[Past], rows: Sequence[Outgoing]) -> None:
        """Put this in place of what is kept about an item. Raises Conflict."""
        ref, seal = item.head.ref, self._sealer
        sealed = (item.state, item.deadline, seal.item(item), ref, item.version)

        def write(connection: Connection, before: bool) -> None:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute(
                    f"UPDATE {self._in}items SET state = %s, deadline = %s, sealed = %b"
                    " WHERE ref = %s AND version = %s",
                    sealed,
                )
                if cursor.rowcount != 1:
                    raise Conflict(ref)
                cursor.executemany(
                    f"UPDATE {self._in}history SET sealed = %b WHERE ref = %s AND version = %s",
                    [(seal.past(ref, past), ref, past.version) for past in pasts],
                )
                cursor.executemany(
                    f"UPDATE {self._in}outbox SET sealed = %b WHERE key = %s",
                    [(seal.row(row), row.key) for row in rows],
                )

        self._connections.run(write)

    def reseal(self, limit: int) -> int:
        """Seal anew, under the current key, some of what another key has sealed."""
        row = self._one(f"SELECT index_key FROM {self._in}store")
        assert row is not None, "made with the tables"
        if not self._sealer.is_current(row[0]):
            again = self._sealer.again(row[0], INDEX_PLACE)
            sql = f"UPDATE {self._in}store SET index_key = %b WHERE index_key = %b"
            self._do(sql, again, row[0])
            return 1
        return self._resealing.some(limit)

    def _sealed_by_others(
        self, sealed: Sealed, after: Row | None, head: bytes, most: int
    ) -> list[Row]:
        keys, given = ", ".join(sealed.key), after or ()
        marks = ", ".join(["%s"] * len(given))
        return self._all(
            f"SELECT {', '.join(sealed.columns)}, sealed FROM {self._in}{sealed.table}"
            f" WHERE {f'({keys}) > ({marks}) AND' if given else ''}"
            f" substr(sealed, 1, %s) <> %b ORDER BY {keys} LIMIT %s",
            *given, len(head), head, most,
        )  # fmt: skip

    def _put_anew(self, sealed: Sealed, rows: list[tuple[bytes, Row]]) -> None:
        named = " AND ".join(f"{name} = %s" for name in sealed.key)
        sql = f"UPDATE {self._in}{sealed.table} SET sealed = %b WHERE {named} AND sealed = %b"
        values = [(again, *row[: len(sealed.key)], row[-1]) for again, row in rows]

        def write(connection: Connection, before: bool) -> None:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany(sql, values)

        self._connections.run(write)

    def keep_book(self, digest: str, archive: bytes) -> None:
        """Keep the sources of a rule book."""
        sql = f"INSERT INTO {self._in}books VALUES (%s, %b) ON CONFLICT (digest) DO NOTHING"
        self._do(sql, digest, self._sealer.book(digest, archive))

    def book(self, digest: str) -> bytes | None:
        """The sources of a rule book that `keep_book` has kept. Raises Spoilt."""
        row = self._one(f"SELECT sealed FROM {self._in}books WHERE digest = %s", digest)
        return None if row is None else self._sealer.read_book(digest, row[0])

    def books(self) -> list[str]:
        """The digests of the rule books that are kept."""
        sql = f"SELECT digest FROM {self._in}books ORDER BY digest"
        return [str(digest) for (digest,) in self._all(sql)]

    def fingerprint(self, text: str) -> str:
        """A keyed hash of (the hash of) what a request asks."""
        return self._sealer.fingerprint(text)

    def close(self) -> None:
        """Close all connections."""
        self._connections.close()

    def _item(self, row: Row) -> Item:
        return self._sealer.read_item((*row[:7], int(row[7])), row[8], row[9])

    def _row(self, row: Row) -> Outgoing:
        return self._sealer.read_row(row[:-1], row[-1])

    def _all(self, sql: str, *given: Any) -> list[Row]:
        if not all(holdable(each) for each in given if isinstance(each, str)):
            return []  # what can't be kept isn't there

        def read(connection: Connection, before: bool) -> list[Row]:
            return self._connections.usual(connection, sql, given).fetchall()

        return self._connections.run(read)

    def _one(self, sql: str, *given: Any) -> Row | None:
        rows = self._all(sql, *given)
        return rows[0] if rows else None

    def _do(self, sql: str, *given: Any) -> None:
        if all(holdable(each) for each in given if isinstance(each, str)):
            self._connections.run(lambda connection, before: connection.execute(sql, given))


def _qualified(table: str, columns: str) -> list[str]:
    return [f"{table}.{name}" for name in columns.split(", ")]
