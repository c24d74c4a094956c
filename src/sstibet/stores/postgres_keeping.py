"""What the commands that keep a PostgreSQL store ask of it; see `sqlite_keeping`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sstibet.stores.records import Keyed
from sstibet.vault import HEAD_BYTES, key_of

if TYPE_CHECKING:
    import psycopg

    from sstibet.stores.postgres_pool import Connections
    from sstibet.stores.sealing import Sealer

    Connection = psycopg.Connection[Any]

_TABLES = ("items", "history", "outbox", "keys", "books")


class PostgresKeeping:
    """A part of `PostgresStore`."""

    if TYPE_CHECKING:
        _connections: Connections
        _in: str
        _sealer: Sealer

        def _all(self, sql: str, *given: Any) -> list[tuple[Any, ...]]: ...
        def _do(self, sql: str, *given: Any) -> None: ...

    def requests(self, after: bytes = b"", limit: int = 1000) -> list[tuple[bytes, Keyed]]:
        """The requests' keys in the order of their marks. Raises Spoilt."""
        sql = f"SELECT mark, sealed FROM {self._in}keys WHERE mark > %b ORDER BY mark LIMIT %s"
        found = self._all(sql, after, limit)
        return [(mark, self._sealer.read_keyed(mark, sealed)) for mark, sealed in found]

    def drop(self, requests: Sequence[bytes], rows: Sequence[str]) -> None:
        """Drop requests' keys, and rows of the outbox that are over."""
        if requests:
            self._do(f"DELETE FROM {self._in}keys WHERE mark = ANY(%s)", list(requests))
        if rows:
            sql = f"DELETE FROM {self._in}outbox WHERE key = ANY(%s) AND status = 'done'"
            self._do(sql, list(rows))

    def tidy(self) -> None:
        """Let the server write its tables anew, without what was dropped or overwritten; each is
        locked meanwhile. What stands in its log or its backups goes when these do."""

        def write(connection: Connection, before: bool) -> None:
            for table in _TABLES:
                connection.execute(f"VACUUM (FULL) {self._in}{table}".encode())

        self._connections.run(write)

    def sealed_by(self) -> Mapping[str, int]:
        """How many texts each key has sealed."""
        found = Counter[str]()
        for table, column in (("store", "index_key"), *((each, "sealed") for each in _TABLES)):
            sql = f"SELECT substr({column}, 1, {HEAD_BYTES}) FROM {self._in}{table}"
            for (head,) in self._all(sql):
                found[key_of(head)] += 1
        return found
