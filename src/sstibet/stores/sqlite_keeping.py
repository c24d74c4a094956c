"""What the commands that keep a SQLite store ask of it: requests' keys listed and dropped,
delivered rows dropped, the file left without what was there, and which keys have sealed it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from sstibet.stores.records import Keyed
from sstibet.vault import HEAD_BYTES, key_of

if TYPE_CHECKING:
    import threading

    import apsw

    from sstibet.stores.sealing import Sealer


class SqliteKeeping:
    """A part of `SqliteStore`."""

    if TYPE_CHECKING:
        _db: apsw.Connection
        _lock: threading.RLock
        _sealer: Sealer

        def _all(self, sql: str, given: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]: ...
        def _transaction(self) -> AbstractContextManager[None]: ...

    def requests(self, after: bytes = b"", limit: int = 1000) -> list[tuple[bytes, Keyed]]:
        """The requests' keys in the order of their marks. Raises Spoilt."""
        sql = "SELECT mark, sealed FROM keys WHERE mark > ? ORDER BY mark LIMIT ?"
        found = self._all(sql, (after, limit))
        return [(mark, self._sealer.read_keyed(mark, sealed)) for mark, sealed in found]

    def drop(self, requests: Sequence[bytes], rows: Sequence[str]) -> None:
        """Drop requests' keys, and rows of the outbox that are over."""
        with self._transaction():
            for mark in requests:
                self._db.execute("DELETE FROM keys WHERE mark = ?", (mark,))
            for key in rows:
                sql = "DELETE FROM outbox WHERE key = ? AND status = 'done'"
                self._db.execute(sql, (key,))

    def tidy(self) -> None:
        """Write the file anew, without its free pages, and empty its WAL."""
        with self._lock:
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def sealed_by(self) -> Mapping[str, int]:
        """How many texts each key has sealed."""
        found = Counter[str]()
        for table in ("store", "items", "history", "outbox", "keys", "books"):
            column = "index_key" if table == "store" else "sealed"
            for (head,) in self._all(f"SELECT substr({column}, 1, {HEAD_BYTES}) FROM {table}"):
                found[key_of(head)] += 1
        return found
