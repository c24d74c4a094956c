"""Opening a PostgreSQL store: what the server must hold to, and the tables, made or brought forward
under a lock, so that many may open at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sstibet.stores.sealing import INDEX_PLACE, Sealer
from sstibet.vault import Spoilt, Vault

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

SCHEMA = 2
LEAST_SERVER = 130000
CONFLICT = "SB409"  # the library's own SQLSTATE: somebody else was quicker

# Order and ranges of references are those of their bytes, as in SQLite. What is sealed can't be
# compressed, and uncompressed its beginning is read without the rest.
_TABLES = """
CREATE SCHEMA IF NOT EXISTS {s};
CREATE TABLE {s}.store (schema bigint NOT NULL, index_key bytea NOT NULL);
CREATE TABLE {s}.items (
  ref text COLLATE "C" PRIMARY KEY, owner bytea NOT NULL, item text NOT NULL, state text NOT NULL,
  version bigint NOT NULL, deadline bigint, opened bigint NOT NULL, called boolean NOT NULL,
  sealed bytea NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX items_deadline ON {s}.items (deadline, ref) WHERE deadline IS NOT NULL;
CREATE INDEX items_owner ON {s}.items (owner, opened DESC, ref) WHERE NOT called;
CREATE TABLE {s}.history (
  ref text COLLATE "C" NOT NULL, version bigint NOT NULL, sealed bytea NOT NULL,
  PRIMARY KEY (ref, version)
);
CREATE TABLE {s}.outbox (
  key text COLLATE "C" PRIMARY KEY, ref text COLLATE "C" NOT NULL, number bigint NOT NULL,
  kind text NOT NULL, name text NOT NULL, goes_to text NOT NULL, secret boolean NOT NULL,
  status text NOT NULL, claimed bigint NOT NULL, attempts bigint NOT NULL, born bigint NOT NULL,
  sealed bytea NOT NULL
);
CREATE INDEX outbox_due ON {s}.outbox (claimed, born, ref, number)
  WHERE status IN ('due', 'retry');
CREATE TABLE {s}.keys (mark bytea PRIMARY KEY, sealed bytea NOT NULL);
CREATE TABLE {s}.books (digest text COLLATE "C" PRIMARY KEY, sealed bytea NOT NULL);
ALTER TABLE {s}.items ALTER sealed SET STORAGE EXTERNAL;
ALTER TABLE {s}.history ALTER sealed SET STORAGE EXTERNAL;
ALTER TABLE {s}.outbox ALTER sealed SET STORAGE EXTERNAL;
ALTER TABLE {s}.books ALTER sealed SET STORAGE EXTERNAL;
"""

# What stands for a deadline that isn't there, so that every step is the same prepared statement.
NONE = -(2**63)
# A step that comes too late raises: what its statement has written is taken back.
_LATE = """
CREATE FUNCTION {s}.late(what text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION USING ERRCODE = '{conflict}', MESSAGE = what;
END
$body$;
"""

# From each schema to the next: a script. Schema 1 had an index that the rows' keys make needless,
# and wrote a step by a function.
FORWARD: Mapping[int, str] = {
    1: "DROP INDEX {s}.outbox_ref; DROP FUNCTION {s}.commit_step;" + _LATE
}

_SESSION = """
SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')
    WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false),
  set_config('default_transaction_isolation', 'read committed', false),
  set_config('lock_timeout', '10s', false)
"""
_HOLDS = """
SELECT current_setting('synchronous_commit'), current_setting('fsync'),
  current_setting('full_page_writes'), current_setting('server_encoding'),
  current_setting('server_version_num')::bigint
"""


def settle(connection: Connection) -> None:
    """Make a new connection keep what it acknowledges, and read it back. RuntimeError where the
    server can't."""
    connection.execute(_SESSION)
    found = connection.execute(_HOLDS).fetchone()
    assert found is not None, "one row of settings"
    commits, fsync, pages, encoding, version = found
    if version < LEAST_SERVER:
        raise RuntimeError(f"PostgreSQL {version // 10000} is too old; 13 is needed")
    if encoding != "UTF8":
        raise RuntimeError(f"the database is in {encoding}; one in UTF8 is needed")
    wanted = [("fsync", fsync, "on"), ("full_page_writes", pages, "on")]
    if commits not in ("on", "remote_apply"):
        wanted.append(("synchronous_commit", commits, "on"))
    for name, is_so, should in wanted:
        if is_so != should:
            message = f"PostgreSQL has {name}={is_so} here and not {should}"
            raise RuntimeError(f"{message}; it wouldn't keep a step whose power is cut")


def prepare(connection: Connection, schema: str, vault: Vault) -> Sealer:
    """Make the tables or bring them forward; what seals them. The connection commits by itself."""
    settle(connection)
    if _schema(connection, schema) != SCHEMA:
        # Locked before the transaction begins: within one, what another made isn't seen for sure.
        lock = (f"sstibet {schema}",)
        connection.execute("SET lock_timeout = 0")  # another's migration may take its time
        connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", lock)
        try:
            with connection.transaction():
                _bring_forward(connection, schema, vault)
        finally:
            connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", lock)
    row = connection.execute(f"SELECT index_key FROM {schema}.store").fetchone()
    assert row is not None, "made with the tables"
    try:
        return Sealer(vault, vault.index(row[0], INDEX_PLACE))
    except Spoilt as spoilt:
        raise Spoilt(f"the store can't be opened with these keys: {spoilt}") from None


def _bring_forward(connection: Connection, schema: str, vault: Vault) -> None:
    found = _schema(connection, schema)  # again: another may have been quicker
    if found is None:
        connection.execute(_script(_TABLES, schema))
        connection.execute(_script(_LATE, schema))
        values = (SCHEMA, vault.new_index(INDEX_PLACE))
        connection.execute(f"INSERT INTO {schema}.store VALUES (%s, %b)", values)
        return
    for each in range(found, SCHEMA):
        connection.execute(_script(FORWARD[each], schema))
    connection.execute(f"UPDATE {schema}.store SET schema = %s", (SCHEMA,))


def _script(text: str, schema: str) -> bytes:
    return text.replace("{s}", schema).replace("{conflict}", CONFLICT).encode()


def _schema(connection: Connection, schema: str) -> int | None:
    """The schema of the store; None where there is none. RuntimeError where it's a later one."""
    # Asked of the catalogue itself: what a name stands for may be remembered from before the lock.
    there = connection.execute(
        "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = %s AND tablename = 'store'",
        (schema,),
    ).fetchone()
    if there is None:
        return None
    row = connection.execute(f"SELECT schema FROM {schema}.store").fetchone()
    found = None if row is None else int(row[0])
    if found is not None and found > SCHEMA:
        raise RuntimeError(f"the store has schema {found}; this version knows {SCHEMA}")
    return found
