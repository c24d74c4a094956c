"""One SQLite file, or one in memory: short transactions, rows as dicts, a lock for the threads."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import apsw

Row = dict[str, Any]

# The first version without the fault that could damage a file in WAL mode used by two processes.
_LEAST = (3, 51, 3)
_WAIT = 10_000  # milliseconds to wait for another process's transaction


class OldSqlite(RuntimeError):
    """The SQLite that apsw brings is older than this library can trust with a shared file."""


def check_version(version: str) -> None:
    """OldSqlite where ``version`` ("3.51.2") is older than 3.51.3."""
    if tuple(int(part) for part in version.split(".")[:3]) < _LEAST:
        least = ".".join(map(str, _LEAST))
        raise OldSqlite(f"SQLite {least} or newer is needed, not {version}: install a newer apsw")


class Database:
    """A connection with the bureau's tables. ``path`` None: in memory, perhaps from an image."""

    def __init__(self, path: str | Path | None, image: bytes | None = None) -> None:
        import apsw

        check_version(apsw.sqlite_lib_version())
        self.lock = threading.RLock()
        self._depth = 0
        self._connection = apsw.Connection(":memory:" if path is None else str(path))
        self._connection.set_busy_timeout(_WAIT)
        self._connection.row_trace = _as_dict
        if path is None:
            if image is not None:
                self._connection.deserialize("main", image)
        else:
            self._connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        if image is None:
            with self.writing():
                self._connection.execute(_schema())

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction, begun as a writer at once; inside another it is part of that one."""
        with self.lock:
            if self._depth:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if not self._connection.get_autocommit():
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._depth -= 1

    def rows(self, sql: str, *values: Any) -> list[Row]:
        """All rows of a query."""
        with self.lock:
            return list(self._connection.execute(sql, values))

    def row(self, sql: str, *values: Any) -> Row | None:
        """The first row of a query, None where there is none."""
        found = self.rows(sql, *values)
        return found[0] if found else None

    def run(self, sql: str, *values: Any) -> int:
        """Run a statement; gives how many rows it changed."""
        with self.lock:
            self._connection.execute(sql, values)
            return self._connection.changes()

    def insert(self, table: str, **values: Any) -> None:
        """One more row. Tables and columns are named by the code, never by a caller."""
        self.insert_all(table, [values])

    def insert_all(self, table: str, rows: Iterable[Row]) -> None:
        """More rows, all with the columns of the first."""
        rows = list(rows)
        if not rows:
            return
        names = list(rows[0])
        sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        with self.lock:
            self._connection.executemany(sql, [tuple(row[name] for name in names) for row in rows])

    def image(self) -> bytes:
        """The whole database as bytes, for another one in memory."""
        return self._connection.serialize("main")

    def close(self) -> None:
        """Close the connection; a file's last one folds its log into it."""
        self._connection.close()


def _as_dict(cursor: apsw.Cursor, row: tuple[Any, ...]) -> Any:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


@cache
def _schema() -> str:
    return resources.files("sstibet.bureau").joinpath("schema.sql").read_text("utf-8")
