"""A step as the function of the PostgreSQL schema takes it, and whether it was written already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sstibet.stores.postgres_pool import UNSURE
from sstibet.stores.postgres_schema import NEW, NONE, NOTHING
from sstibet.stores.records import Change, Outgoing, StoreAway
from sstibet.stores.sealing import Sealer
from sstibet.stores.shared import Row
from sstibet.stores.snapshot import to_json

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

# What `commit_step` takes, each as it is bound.
_TAKES = {
    "expected": "s", "ref": "s", "owner": "b", "item": "s", "state": "s", "version": "s",
    "deadline": "s", "opened": "s", "called": "s", "sealed": "b", "past_version": "s",
    "past": "b", "claimed": "s", "rows": "s", "answered": "s", "mark": "b", "keyed": "b",
}  # fmt: skip
PARAMETERS = [f"%{kind}" for kind in _TAKES.values()]


def values_of(sealer: Sealer, change: Change) -> Row:
    """A step, sealed, in the order of `PARAMETERS`; always of the same types."""
    number = whole_number()
    item, keyed, past = change.item, change.keyed, change.past
    mark, keyed_text = (b"", b"") if keyed is None else sealer.keyed(keyed)
    ref, owner, machine, state, version, deadline, opened, called = sealer.item_columns(item)
    return (
        number(NEW if change.expected is None else change.expected), ref, owner, machine, state,
        number(version), number(NONE if deadline is None else deadline), number(opened),
        bool(called), sealer.item(item),
        number(0 if past is None else past.version),
        b"" if past is None else sealer.past(ref, past),
        number(change.claimed), _rows(sealer, change.outgoing), change.answered or "",
        mark, keyed_text,
    )  # fmt: skip


def no_values() -> Row:
    """What writes nothing: so that a new connection prepares the statement."""
    none = whole_number()(0)
    return (
        whole_number()(NOTHING), "", b"", "", "", none, none, none, False, b"", none, b"", none,
        "", "", b"", b"",
    )  # fmt: skip


def whole_number() -> Callable[[int], object]:
    """A number that is bound as eight bytes, however small it is."""
    from psycopg.types.numeric import Int8

    return Int8


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
    traceless = not given["past"] and not given["keyed"]
    if traceless and version is not None and version > int(given["version"]):
        raise StoreAway(UNSURE)
    return (
        sealed == given["sealed"]
        or (past is not None and past == given["past"])
        or (keyed is not None and keyed == given["keyed"])
    )


def _rows(sealer: Sealer, rows: Sequence[Outgoing]) -> str:
    if not rows:
        return ""
    told = [
        {
            "key": row.key, "ref": row.ref, "number": row.number, "kind": row.kind,
            "name": row.name, "goes_to": row.to, "secret": row.secret, "status": row.status,
            "attempts": row.attempts, "sealed": sealer.row(row).hex(),
        }
        for row in rows
    ]  # fmt: skip
    return to_json(told)
