"""Opening a SQLite store: what SQLite must hold to, the tables, and bringing older ones forward.

A file is refused before anything is written to it: by a SQLite that is too old, with a schema of a
later version of the library, or with keys that aren't its own.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from typing import Any

import apsw

from sstibet.stores.records import Keyed, Outgoing, Past
from sstibet.stores.sealing import INDEX_PLACE, Sealer
from sstibet.stores.snapshot import load
from sstibet.stores.sqlite_writing import Writer, writing
from sstibet.vault import Spoilt, Vault

SCHEMA = 3
_PLAIN = 1  # the schema before anything was sealed
LEAST_SQLITE = (3, 51, 3)  # older ones can spoil a file when its WAL is reset
BUSY_MS = 10_000  # how long one waits for another's transaction
_FULL = 2
_log = logging.getLogger("sstibet.stores")

_TABLES = """
CREATE TABLE IF NOT EXISTS store (
  schema INTEGER NOT NULL, index_key BLOB, wiped INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE IF NOT EXISTS items (
  ref TEXT PRIMARY KEY, owner BLOB NOT NULL, item TEXT NOT NULL, state TEXT NOT NULL,
  version INTEGER NOT NULL, deadline INTEGER, opened INTEGER NOT NULL, called INTEGER NOT NULL,
  sealed BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS items_deadline ON items (deadline) WHERE deadline IS NOT NULL;
CREATE INDEX IF NOT EXISTS items_owner ON items (owner, opened) WHERE called = 0;
CREATE TABLE IF NOT EXISTS history (
  ref TEXT NOT NULL, version INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (ref, version)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
  key TEXT PRIMARY KEY, ref TEXT NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL,
  name TEXT NOT NULL, goes_to TEXT NOT NULL, secret INTEGER NOT NULL, status TEXT NOT NULL,
  claimed INTEGER NOT NULL, attempts INTEGER NOT NULL, born INTEGER NOT NULL, sealed BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS outbox_due ON outbox (claimed, born)
  WHERE status IN ('due', 'retry');
CREATE TABLE IF NOT EXISTS keys (mark BLOB PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS books (digest TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
"""


def check_sqlite(version: str) -> None:
    """RuntimeError where SQLite's ``version`` ("3.51.2") is too old."""
    if tuple(int(part) for part in version.split(".")[:3]) < LEAST_SQLITE:
        least = ".".join(map(str, LEAST_SQLITE))
        raise RuntimeError(f"SQLite {version} is too old; {least} is needed: install a newer apsw")


def prepare(database: apsw.Connection, path: str | None, vault: Vault | None) -> Sealer:
    """Make an opened file ready to keep steps; what seals them. Raises as `SqliteStore` does."""
    schema = _schema(database)
    if schema is not None and schema > SCHEMA:
        raise RuntimeError(f"{path} has schema {schema}; this version knows {SCHEMA}")
    vault = vault or _own_vault(path, schema)
    if _is_sealed(schema):
        _sealer(database, path, vault)  # before anything is written
    if path is not None:
        _patiently(lambda: database.execute("PRAGMA journal_mode=WAL"))
        _must_be(database, "journal_mode", "wal")
    database.execute("PRAGMA synchronous=FULL")
    _must_be(database, "synchronous", _FULL)
    if schema != SCHEMA:
        with writing(database):
            _bring_forward(database, path, vault)
    if not _value(database, "SELECT wiped FROM store"):
        _wipe(database)
    return _sealer(database, path, vault)


def _is_sealed(schema: int | None) -> bool:
    return schema is not None and schema > _PLAIN


def _own_vault(path: str | None, schema: int | None) -> Vault:
    if path is None:
        return Vault.fresh()
    if _is_sealed(schema) and not os.path.exists(f"{path}.key"):
        raise Spoilt(f"{path} was sealed, and its key isn't beside it: put {path}.key back")
    return Vault.beside(path)


def _sealer(database: apsw.Connection, path: str | None, vault: Vault) -> Sealer:
    index_key = _value(database, "SELECT index_key FROM store")
    try:
        return Sealer(vault, vault.index(index_key, INDEX_PLACE))
    except Spoilt as spoilt:
        raise Spoilt(f"{path} can't be opened with these keys: {spoilt}") from None


def _bring_forward(database: apsw.Connection, path: str | None, vault: Vault) -> None:
    """Make the tables, or bring those of an older schema forward, in the caller's transaction."""
    schema = _schema(database)  # again: another process may have been quicker
    if schema is not None and schema > SCHEMA:
        raise RuntimeError(f"{path} has schema {schema}; this version knows {SCHEMA}")
    older = range(SCHEMA if schema is None else schema, SCHEMA)
    for each in older:
        _PUT_ASIDE[each](database)
    for statement in _TABLES.split(";\n"):
        database.execute(statement)
    if schema is None:
        values = (SCHEMA, vault.new_index(INDEX_PLACE))
        database.execute("INSERT INTO store (schema, index_key) VALUES (?, ?)", values)
    for each in older:
        if each in _TAKE_OVER:
            _TAKE_OVER[each](database, path, vault)
    database.execute("UPDATE store SET schema = ?", (SCHEMA,))


def _wipe(database: apsw.Connection) -> None:
    """What stood there in plain text is in no free page and in no log either. Where others use
    the file just now it is done by whoever opens it next."""
    try:
        database.execute("VACUUM")
        _patiently(lambda: _truncate_log(database))
    except apsw.BusyError:
        _log.warning("what an older version wrote in plain text isn't wiped yet: the file is busy")
        return
    with writing(database):
        database.execute("UPDATE store SET wiped = 1")


def _schema(database: apsw.Connection) -> int | None:
    """The schema of a file's store; None where it has none. Raises Spoilt."""
    # One statement each: another process may make the tables, or bring them forward, between two.
    tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ('store', 'items')"
    found = {name for (name,) in database.execute(tables)}
    if "store" not in found:
        if found:
            raise Spoilt("the file holds items, and nothing says how they are sealed")
        return None
    ((schema, sealed),) = database.execute(
        "SELECT (SELECT schema FROM store),"
        " EXISTS (SELECT 1 FROM pragma_table_info('store') WHERE name = 'index_key')"
    )
    # The first schema had no seals: what is sealed can't be of it, whatever it says.
    if type(schema) is not int or schema < 1 or _is_sealed(schema) != bool(sealed):
        raise Spoilt("what the file says of its schema isn't as it was written")
    return schema


def _truncate_log(database: apsw.Connection) -> None:
    (busy, *_), *_ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if busy:
        raise apsw.BusyError


def _patiently(work: Callable[[], object]) -> None:
    """Do what SQLite itself doesn't wait for others with: a change of mode, a checkpoint."""
    until = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            work()
        except apsw.BusyError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def _must_be(database: apsw.Connection, pragma: str, wanted: object) -> None:
    found = database.pragma(pragma)
    if found != wanted:
        message = f"SQLite has {pragma}={found} here and not {wanted}; it wouldn't keep a step"
        raise RuntimeError(f"{message} whose power is cut. Is it on a network's disk?")


def _value(database: apsw.Connection, sql: str) -> Any:
    rows = list(database.execute(sql))
    return rows[0][0] if rows else None


_OLD = ("items", "history", "outbox", "keys")


def _rename_plain(database: apsw.Connection) -> None:
    """Schema 1, whose rows stood in plain text."""
    for index in ("items_deadline", "items_actor", "outbox_due"):
        database.execute(f"DROP INDEX IF EXISTS {index}")
    for table in _OLD:
        database.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    database.execute("ALTER TABLE store ADD COLUMN index_key BLOB")
    database.execute("ALTER TABLE store ADD COLUMN wiped INTEGER NOT NULL DEFAULT 1")


def _seal_plain(database: apsw.Connection, path: str | None, vault: Vault) -> None:
    sealed = vault.new_index(INDEX_PLACE)
    database.execute("UPDATE store SET index_key = ?, wiped = 0", (sealed,))
    sealer = _sealer(database, path, vault)
    writer = Writer(database, sealer)
    for (snapshot,) in database.execute("SELECT snapshot FROM old_items"):
        writer.item(load(snapshot), None)
    columns = "ref, version, event, at, actor, before, after, way, steps, payload"
    for ref, *row in database.execute(f"SELECT {columns} FROM old_history"):
        writer.past(ref, Past(*(*row[:-2], tuple(row[-2].split()), json.loads(row[-1]))))
    columns = "key, ref, number, kind, name, goes_to, told, secret, status, attempts"
    for *row, claimed, born in database.execute(f"SELECT {columns}, claimed, born FROM old_outbox"):
        told, secret = json.loads(row[6]), bool(row[7])
        writer.row(Outgoing(*(*row[:6], told, secret, *row[8:])), claimed, born)
    for actor, key, hashed, ref in database.execute(
        "SELECT actor, key, fingerprint, ref FROM old_keys"
    ):
        writer.key(Keyed(actor, key, sealer.fingerprint(hashed), ref))
    for table in _OLD:
        database.execute(f"DROP TABLE old_{table}")


def _drop_index(database: apsw.Connection) -> None:
    """Schema 2, which had an index that the rows' keys make needless: each begins with its item."""
    database.execute("DROP INDEX IF EXISTS outbox_ref")


# From each schema to the next: what is put aside before the tables are made, and taken over after.
_PUT_ASIDE: dict[int, Callable[[apsw.Connection], None]] = {1: _rename_plain, 2: _drop_index}
_TAKE_OVER: dict[int, Callable[[apsw.Connection, str | None, Vault], None]] = {1: _seal_plain}
