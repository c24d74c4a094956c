"""A bureau of schema 1, where everything stood in plain text, brought forward as it is opened.

Codes that were sent, counts of failures and names that were reserved are dropped: whoever waits for
a code asks for a new one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sstibet.bureau.office import asked_by
from sstibet.bureau.passwords import cost_of
from sstibet.bureau.people import folded

if TYPE_CHECKING:
    from sstibet.bureau.database import Database, Row

_DROPPED = ("bureau_failures", "bureau_codes", "bureau_sendings", "bureau_reservations")


def set_aside(database: Database) -> None:
    """Put the old tables aside; what is not to be kept is dropped."""
    sql = "SELECT type, name FROM sqlite_schema WHERE name LIKE 'bureau_%' AND sql IS NOT NULL"
    found = [(row["type"], row["name"]) for row in database.bare(sql)]
    for kind, name in found:
        if kind == "index":
            database.bare(f"DROP INDEX {name}")
    for kind, name in found:
        if kind == "table":
            dropped = name in _DROPPED
            database.bare(
                f"DROP TABLE {name}" if dropped else f"ALTER TABLE {name} RENAME TO old_{name}"
            )


def bring_forward(database: Database) -> None:
    """Write what was put aside anew, sealed."""
    whose = _askers(database)
    sql = (
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name LIKE 'old\\_bureau\\_%'"
    )
    for each in database.bare(f"{sql} ESCAPE '\\'"):
        old, table = each["name"], each["name"].removeprefix("old_")
        order = "" if "WITHOUT ROWID" in each["sql"] else " ORDER BY rowid"
        rows = database.bare(f"SELECT * FROM {old}{order}")
        if table == "bureau_replies":
            rows = [reply for row in rows for reply in _reply(database, row, whose)]
        change = _CHANGED.get(table, dict)
        database.insert_all(table, [change(row) for row in rows])
        database.bare(f"DROP TABLE {old}")


def _user(row: Row) -> Row:
    name = row["user_name"]
    return {**row, "user_name": name.casefold(), "written": name, "cost": cost_of(row["hash"])}


def _askers(database: Database) -> dict[str, str]:
    """Who has begun what, by the references of items: replies were kept without it once."""
    found = dict[str, str]()
    for table in ("bureau_jobs", "bureau_declarations", "bureau_orders", "bureau_refunds"):
        for row in database.bare(f"SELECT ref, actor FROM old_{table}"):
            found[row["ref"]] = row["actor"]
    return found


def _reply(database: Database, row: Row, whose: dict[str, str]) -> list[Row]:
    """A reply under the mark of its key and asker. Where nobody can tell who has asked, nothing was
    begun by it, and it is dropped: whoever asks again is answered anew."""
    key, _, actor = row["key"].partition(" ")
    actor = actor or whose.get(key.rsplit(":", 2)[0]) or whose.get(key)
    if actor is None:
        return []
    marked = asked_by(database, key, actor)
    return [{"verb": row["verb"], "key": marked, "answered": row["reply"]}]


_CHANGED: dict[str, Callable[[Row], Row]] = {
    "bureau_users": _user,
    "bureau_persons": folded,
}
