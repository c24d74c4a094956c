"""One SQLite file, or one in memory: short transactions, rows as dicts, a lock for the threads.

What is personal is sealed as it is written and opened as it is read (see `sealed`); a statement
that looks something up by such a column is given `Database.seal` of it.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sstibet.bureau.sealed import BOUND, INDEX_PLACE, Row, place, seals_of
from sstibet.vault import KEY_BYTES, Vault

if TYPE_CHECKING:
    import apsw

__all__ = ["Database", "OldSqlite", "Row", "check_version"]

# The first version without the fault that could damage a file in WAL mode used by two processes.
_LEAST = (3, 51, 3)
_WAIT = 10_000  # milliseconds to wait for another process's transaction
SCHEMA = 2  # 1 had everything in plain text, and no number
OWN_SECRETS = ("paper_key",)  # what `Database.own_secret` may be asked for


class OldSqlite(RuntimeError):
    """The SQLite that apsw brings is older than this library can trust with a shared file."""


def check_version(version: str) -> None:
    """OldSqlite where ``version`` ("3.51.2") is older than 3.51.3."""
    if tuple(int(part) for part in version.split(".")[:3]) < _LEAST:
        least = ".".join(map(str, _LEAST))
        raise OldSqlite(f"SQLite {least} or newer is needed, not {version}: install a newer apsw")


class Database:
    """A connection with the bureau's tables. ``path`` None: in memory, perhaps from an image that
    was made under the same vault.

    Raises:
        Spoilt: the file was made with other keys.
        RuntimeError: the file was made by a later version of the library, or can't be made durable.
    """

    def __init__(self, path: str | Path | None, vault: Vault, image: bytes | None = None) -> None:
        import apsw

        check_version(apsw.sqlite_lib_version())
        self.lock = threading.RLock()
        self._depth = 0
        self._connection = apsw.Connection(":memory:" if path is None else str(path))
        self._connection.set_busy_timeout(_WAIT)
        self._connection.row_trace = _as_dict
        try:
            self._prepare(path, vault, image)
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self, path: str | Path | None, vault: Vault, image: bytes | None) -> None:
        # What is deleted (a code, a kept password) is overwritten, and no sorting spills to disk.
        self._connection.execute("PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY")
        if path is not None:
            self._connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
            found = [self._connection.pragma(name) for name in ("journal_mode", "synchronous")]
            if found != ["wal", 2]:
                raise RuntimeError(f"{path} can't be made durable (it has {found}): where is it?")
        elif image is not None:
            self._connection.deserialize("main", image)
            self._seals = seals_of(vault, self._meta("index_key"))
            return
        with self.writing():
            before = self._schema()
            if before > SCHEMA:
                known = f"this version of the library knows {SCHEMA}"
                raise RuntimeError(f"the bureau in {path} has schema {before}; {known}")
            if before == 1:
                from sstibet.bureau.forward import set_aside

                set_aside(self)
            self._connection.execute(_tables())
            if (index_key := self._meta("index_key")) is None:
                index_key = vault.new_index(INDEX_PLACE)
                self._set_meta("index_key", index_key)
                self._set_meta("schema", SCHEMA)
            self._seals = seals_of(vault, index_key)
            if before == 1:
                from sstibet.bureau.forward import bring_forward

                bring_forward(self)
        if before == 1:
            # What stood there in plain text is overwritten; now the file and its log say so too.
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _schema(self) -> int:
        """The schema of what is there; 0 where nothing is."""
        sql = "SELECT 1 FROM sqlite_schema WHERE name = 'bureau_meta'"
        return int(self._meta("schema") or 1) if list(self._connection.execute(sql)) else 0

    def _meta(self, name: str) -> Any:
        sql = "SELECT value FROM bureau_meta WHERE name = ?"
        found = list(self._connection.execute(sql, (name,)))
        return found[0]["value"] if found else None

    def _set_meta(self, name: str, value: object) -> None:
        sql = "INSERT OR REPLACE INTO bureau_meta VALUES (?, ?)"
        self._connection.execute(sql, (name, value))

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

    def bare(self, sql: str) -> list[Row]:
        """Run a statement about the tables themselves, whose rows are given as they are."""
        return list(self._connection.execute(sql))

    def seal(self, kind: str, text: str) -> bytes:
        """A personal text as its columns hold it, to be looked up by. ``kind`` as in `sealed`."""
        return self._seals.index.seal(kind, text)

    def mark(self, kind: str, text: str) -> bytes:
        """A keyed mark of a text: it can be compared, and nobody comes back from it."""
        return self._seals.index.of(kind, text)

    def bind(self, column: str, key: Sequence[str], text: str) -> bytes:
        """A text as a column holds it that is bound to its row, by the row's key."""
        return self._seals.bind(column, key, text)

    def rows(self, sql: str, *values: Any) -> list[Row]:
        """All rows of a query. Raises Spoilt."""
        return [self._seals.opened(row) for row in self.kept(sql, *values)]

    def row(self, sql: str, *values: Any) -> Row | None:
        """The first row of a query, None where there is none. Raises Spoilt."""
        found = self.kept(sql, *values)
        return self._seals.opened(found[0]) if found else None

    def kept(self, sql: str, *values: Any) -> list[Row]:
        """All rows of a query as they are kept: what is sealed in them isn't opened."""
        with self.lock:
            return list(self._execute(sql, values))

    def opened(self, row: Row) -> Row:
        """A row that `kept` gave, in plain. Raises Spoilt."""
        return self._seals.opened(dict(row))

    def run(self, sql: str, *values: Any) -> int:
        """Run a statement; gives how many rows it changed."""
        with self.lock:
            self._execute(sql, values)
            return self._connection.changes()

    def _execute(self, sql: str, values: tuple[Any, ...]) -> Any:
        return self._connection.execute(sql, self._seals.values(values))

    def insert(self, table: str, **values: Any) -> None:
        """One more row. Tables and columns are named by the code, never by a caller."""
        self.insert_all(table, [values])

    def insert_all(self, table: str, rows: Iterable[Row]) -> None:
        """More rows, all with the columns of the first."""
        rows = [self._seals.closed(table, row) for row in rows]
        if not rows:
            return
        names = list(rows[0])
        sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        with self.lock:
            self._connection.executemany(sql, [tuple(row[name] for name in names) for row in rows])

    def own_secret(self, name: str) -> bytes:
        """32 bytes of the bureau's own, made when first asked for and kept sealed; ``name`` one of
        `OWN_SECRETS`. Raises Spoilt."""
        vault, at = self._seals.vault, _secret_place(name)
        with self.writing():
            kept = self._meta(name)
            if kept is None:
                kept = vault.seal(secrets.token_bytes(KEY_BYTES), at)
                self._set_meta(name, kept)
        return vault.open(kept, at)

    def reseal(self, limit: int) -> int:
        """Seal anew, under the current key, some of what another key has sealed; how many were."""
        with self.writing():
            done = 0
            vault = self._seals.vault
            index_key = self._meta("index_key")
            if not vault.is_current(index_key):
                plain = vault.open(index_key, INDEX_PLACE)
                self._set_meta("index_key", vault.seal(plain, INDEX_PLACE))
                done += 1
            for name in OWN_SECRETS:
                kept = self._meta(name)
                if kept is not None and not vault.is_current(kept):
                    at = _secret_place(name)
                    self._set_meta(name, vault.seal(vault.open(kept, at), at))
                    done += 1
            for column in BOUND:
                done += self._reseal_column(column, limit - done)
        return done

    def _reseal_column(self, column: str, most: int) -> int:
        bound, vault, done = BOUND[column], self._seals.vault, 0
        keys = ", ".join(bound.key)
        sql = f"SELECT {keys}, {column} AS sealed FROM {bound.table} WHERE {column} IS NOT NULL"
        named = " AND ".join(f"{name} = ?" for name in bound.key)
        update = f"UPDATE {bound.table} SET {column} = ? WHERE {named}"
        for row in list(self._connection.execute(sql)):
            if done >= most:
                break
            if not vault.is_current(row["sealed"]):
                raw = [row[name] for name in bound.key]
                shown = self._seals.opened(dict(row))
                at = place(column, [shown[name] for name in bound.key])
                again = vault.seal(vault.open(row["sealed"], at), at)
                self._connection.execute(update, (again, *raw))
                done += 1
        return done

    def image(self) -> bytes:
        """The whole database as bytes, for another one in memory."""
        return self._connection.serialize("main")

    def close(self) -> None:
        """Close the connection; a file's last one folds its log into it."""
        self._connection.close()


def _secret_place(name: str) -> bytes:
    return f"bureau secret {name}".encode()


def _as_dict(cursor: apsw.Cursor, row: tuple[Any, ...]) -> Any:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


@cache
def _tables() -> str:
    return resources.files("sstibet.bureau").joinpath("schema.sql").read_text("utf-8")
