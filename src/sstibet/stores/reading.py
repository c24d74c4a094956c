"""Stores that are only read: by checks, while others work with them."""

from __future__ import annotations

import threading
from pathlib import Path
from urllib.parse import quote

import apsw

from sstibet.stores.records import Store
from sstibet.stores.sealing import INDEX_PLACE, Sealer
from sstibet.stores.sqlite import SCHEMA, SqliteStore
from sstibet.vault import Vault


class ReadStore(SqliteStore):
    """The store in a file that is there already; whatever would write to it is refused by SQLite.

    Raises:
        OSError: there is no such file, it is none of a store, or its key isn't there.
        RuntimeError: it has the schema of another version of the library.
        Spoilt: the vault's keys are not those that the file was made with.
    """

    def __init__(self, path: str | Path, vault: Vault | None = None) -> None:
        if not Path(path).is_file():
            raise OSError(f"there is no file {path}")
        self._lock = threading.RLock()
        flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        try:
            self._db = apsw.Connection(f"file:{quote(str(path))}?mode=ro", flags=flags)
            self._db.set_busy_timeout(10_000)
            row = self._one("SELECT * FROM store")
        except apsw.Error as error:
            raise OSError(f"{path} cannot be read as a store: {error}") from None
        if row is None or row[0] != SCHEMA:
            self._db.close()
            has = "none" if row is None else row[0]
            raise RuntimeError(f"it has schema {has}, not {SCHEMA}: open a desk on it once")
        if vault is None and not Path(f"{path}.key").exists():
            self._db.close()
            raise OSError(f"{path}.key isn't there; name the settings that hold the keys")
        self._vault = vault or Vault.beside(path)
        self._sealer = Sealer(self._vault, self._vault.index(row[1], INDEX_PLACE))


def read_postgres(url: str, vault: Vault, schema: str = "sstibet") -> Store:
    """A PostgreSQL store that is there already, on connections whose transactions only read.

    Raises:
        OSError: the server can't be reached, or it has no such store.
        RuntimeError, Spoilt: as for `PostgresStore`.
    """
    from sstibet.stores.postgres import PostgresStore
    from sstibet.stores.postgres_pool import check_url, driver

    driver()  # told before anything else, where it isn't installed
    check_url(url)
    from psycopg import Error
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    try:
        given = conninfo_to_dict(url).get("options") or ""
        only = make_conninfo(url, options=f"{given} -c default_transaction_read_only=on".strip())
        return PostgresStore(only, vault, schema=schema, writes=False)
    except Error as error:  # it would have to make its tables first
        raise OSError(f"it cannot be read as a store: {type(error).__name__}") from None
