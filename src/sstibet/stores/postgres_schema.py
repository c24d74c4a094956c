"""Opening a PostgreSQL store: what the server must hold to, the tables and the one function that
writes a step, made or brought forward under a lock, so that many may open at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sstibet.stores.sealing import INDEX_PLACE, Sealer
from sstibet.vault import Spoilt, Vault

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

SCHEMA = 1
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
);
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
CREATE INDEX outbox_ref ON {s}.outbox (ref, born);
CREATE TABLE {s}.keys (mark bytea PRIMARY KEY, sealed bytea NOT NULL);
CREATE TABLE {s}.books (digest text COLLATE "C" PRIMARY KEY, sealed bytea NOT NULL);
ALTER TABLE {s}.items ALTER sealed SET STORAGE EXTERNAL;
ALTER TABLE {s}.history ALTER sealed SET STORAGE EXTERNAL;
ALTER TABLE {s}.outbox ALTER sealed SET STORAGE EXTERNAL;
ALTER TABLE {s}.books ALTER sealed SET STORAGE EXTERNAL;
"""

# A whole step in one statement, and so in one round trip and one transaction: what it raises takes
# all of it back.
_COMMIT = """
CREATE FUNCTION {s}.commit_step(
  p_expected bigint, p_ref text, p_owner bytea, p_item text, p_state text, p_version bigint,
  p_deadline bigint, p_opened bigint, p_called boolean, p_sealed bytea,
  p_past_version bigint, p_past bytea, p_claimed bigint,
  p_keys text[], p_refs text[], p_numbers bigint[], p_kinds text[], p_names text[], p_tos text[],
  p_secrets boolean[], p_statuses text[], p_attempts bigint[], p_told bytea[],
  p_answered text, p_mark bytea, p_keyed bytea
) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
  IF p_expected IS NULL THEN
    INSERT INTO {s}.items VALUES (p_ref, p_owner, p_item, p_state, p_version, p_deadline, p_opened,
      p_called, p_sealed);
  ELSE
    UPDATE {s}.items SET state = p_state, version = p_version, deadline = p_deadline,
      sealed = p_sealed WHERE ref = p_ref AND version = p_expected;
    IF NOT FOUND THEN
      RAISE EXCEPTION USING ERRCODE = '{conflict}', MESSAGE = p_ref;
    END IF;
  END IF;
  IF p_past IS NOT NULL THEN
    INSERT INTO {s}.history VALUES (p_ref, p_past_version, p_past);
  END IF;
  IF p_keys IS NOT NULL THEN
    INSERT INTO {s}.outbox
      SELECT key, ref, number, kind, name, goes_to, secret, status, p_claimed, attempts, p_version,
        told
      FROM unnest(p_keys, p_refs, p_numbers, p_kinds, p_names, p_tos, p_secrets, p_statuses,
        p_attempts, p_told)
        AS t (key, ref, number, kind, name, goes_to, secret, status, attempts, told)
      ON CONFLICT (key) DO NOTHING;
  END IF;
  IF p_answered IS NOT NULL THEN
    UPDATE {s}.outbox SET status = 'done' WHERE key = p_answered AND status <> 'done';
    IF NOT FOUND THEN
      RAISE EXCEPTION USING ERRCODE = '{conflict}', MESSAGE = p_answered;
    END IF;
  END IF;
  IF p_mark IS NOT NULL THEN
    INSERT INTO {s}.keys VALUES (p_mark, p_keyed);
  END IF;
END
$body$;
"""

# From each schema to the next: a script. Schema 1 is the first.
FORWARD: Mapping[int, str] = {}

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
        connection.execute(_script(_COMMIT, schema))
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
