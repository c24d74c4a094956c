"""The tables of earlier schemas, as their versions of the library made them."""

OLD_STORE = """
CREATE TABLE IF NOT EXISTS store (schema INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS items (
  ref TEXT PRIMARY KEY, actor TEXT NOT NULL, item TEXT NOT NULL, state TEXT NOT NULL,
  version INTEGER NOT NULL, deadline INTEGER, opened INTEGER NOT NULL, snapshot TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS items_deadline ON items (deadline) WHERE deadline IS NOT NULL;
CREATE INDEX IF NOT EXISTS items_actor ON items (actor, opened);
CREATE TABLE IF NOT EXISTS history (
  ref TEXT NOT NULL, version INTEGER NOT NULL, event TEXT NOT NULL, at INTEGER NOT NULL,
  actor TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, way TEXT NOT NULL,
  steps TEXT NOT NULL, payload TEXT NOT NULL, PRIMARY KEY (ref, version)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
  key TEXT PRIMARY KEY, ref TEXT NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL,
  name TEXT NOT NULL, goes_to TEXT NOT NULL, told TEXT NOT NULL, secret INTEGER NOT NULL,
  status TEXT NOT NULL, claimed INTEGER NOT NULL, attempts INTEGER NOT NULL, born INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS outbox_due ON outbox (claimed, born) WHERE status = 'due';
CREATE TABLE IF NOT EXISTS keys (
  actor TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, ref TEXT NOT NULL,
  PRIMARY KEY (actor, key)
) WITHOUT ROWID;
INSERT INTO store VALUES (1);
"""
