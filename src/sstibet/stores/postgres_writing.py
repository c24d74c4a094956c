"""A step as the function of the PostgreSQL schema takes it, and whether it was written already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sstibet.stores.postgres_pool import UNSURE
from sstibet.stores.records import Change, Outgoing, StoreAway
from sstibet.stores.sealing import Sealer
from sstibet.stores.shared import Row

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

# What `commit_step` takes, each as it is bound.
_TAKES = {
    "expected": "bigint", "ref": "text", "owner": "bytea", "item": "text", "state": "text",
    "version": "bigint", "deadline": "bigint", "opened": "bigint", "called": "boolean",
    "sealed": "bytea", "past_version": "bigint", "past": "bytea", "claimed": "bigint",
    "keys": "text[]", "refs": "text[]", "numbers": "bigint[]", "kinds": "text[]",
    "names": "text[]", "tos": "text[]", "secrets": "boolean[]", "statuses": "text[]",
    "attempts": "bigint[]", "told": "bytea[]", "answered": "text", "mark": "bytea",
    "keyed": "bytea",
}  # fmt: skip
PARAMETERS = [f"{'%b' if 'bytea' in kind else '%s'}::{kind}" for kind in _TAKES.values()]


def values_of(sealer: Sealer, change: Change) -> Row:
    """A step, sealed, in the order of `PARAMETERS`."""
    item, keyed, past = change.item, change.keyed, change.past
    columns = sealer.item_columns(item)
    return (
        change.expected, *columns[:-1], bool(columns[-1]), sealer.item(item),
        None if past is None else past.version,
        None if past is None else sealer.past(item.head.ref, past),
        change.claimed, *_as_columns(sealer, change.outgoing), change.answered,
        None if keyed is None else sealer.request(keyed.actor, keyed.key),
        None if keyed is None else sealer.keyed(keyed),
    )  # fmt: skip


def written(connection: Connection, inside: str, values: Row) -> bool:
    """Whether this very step had been written before the connection was lost: nobody else's
    texts are sealed as its own. StoreAway where that can't be told any more."""
    given = dict(zip(_TAKES, values, strict=True))
    found = connection.execute(
        f"SELECT (SELECT sealed FROM {inside}items WHERE ref = %(ref)s),"
        f" (SELECT version FROM {inside}items WHERE ref = %(ref)s),"
        f" (SELECT sealed FROM {inside}history WHERE ref = %(ref)s"
        "   AND version = %(past_version)s),"
        f" (SELECT sealed FROM {inside}keys WHERE mark = %(mark)b)",
        given,
        binary=True,
    ).fetchone()
    assert found is not None, "one row of four"
    sealed, version, past, keyed = found
    traceless = given["past"] is None and given["keyed"] is None
    if traceless and version is not None and version > given["version"]:
        raise StoreAway(UNSURE)
    return (
        sealed == given["sealed"]
        or (past is not None and past == given["past"])
        or (keyed is not None and keyed == given["keyed"])
    )


def _as_columns(sealer: Sealer, rows: Sequence[Outgoing]) -> Row:
    if not rows:
        return (None,) * 10
    return tuple(
        list(column)
        for column in zip(
            *(
                (
                    row.key, row.ref, row.number, row.kind, row.name, row.to, row.secret,
                    row.status, row.attempts, sealer.row(row),
                )
                for row in rows
            ),
            strict=True,
        )
    )  # fmt: skip
