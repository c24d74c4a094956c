"""A step as one statement, and whether it was written already.

A statement is made of the parts that a step has: the item, a line of history, rows of the outbox, a
row that is over, a request's key. It is one transaction: where the item has gone further, or the
row is over already, it raises, and all of it is taken back.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from sstibet.stores.postgres_pool import UNSURE
from sstibet.stores.postgres_schema import NONE
from sstibet.stores.records import Change, Outgoing, StoreAway
from sstibet.stores.sealing import Sealer
from sstibet.stores.shared import Row

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

_NEW = (
    "INSERT INTO {s}items"
    f" VALUES (%s, %b, %s, %s, %s, NULLIF(%s, '{NONE}'), %s, %s, %b) RETURNING ref"
)
_NEXT = (
    f"UPDATE {{s}}items SET state = %s, version = %s, deadline = NULLIF(%s, '{NONE}'),"
    " sealed = %b WHERE ref = %s AND version = %s RETURNING ref"
)
_PAST = "INSERT INTO {s}history VALUES (%s, %s, %b)"
_ROW = (
    "INSERT INTO {s}outbox VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %b)"
    " ON CONFLICT (key) DO NOTHING"
)
_OVER = "UPDATE {s}outbox SET status = 'done' WHERE key = %s AND status <> 'done' RETURNING key"
_KEY = "INSERT INTO {s}keys VALUES (%b, %b)"
_MOST_ROWS = 2  # of a statement that is prepared beforehand


class Shape(NamedTuple):
    """Which parts a step has."""

    new: bool
    past: bool
    rows: int
    over: bool
    key: bool

    @cache  # noqa: B019 - shapes are few and stay
    def statement(self, inside: str) -> str:
        """The statement that writes such a step, for the schema whose name ``inside`` begins."""
        parts = {"item": _NEW if self.new else _NEXT}
        if self.over:
            parts["over"] = _OVER
        if self.past:
            parts["past"] = _PAST
        parts |= {f"row{n}": _ROW for n in range(self.rows)}
        if self.key:
            parts["key"] = _KEY
        # In the order that they are asked for: who is slower waits at the item.
        late = [f"(SELECT count(*) FROM {name}) = 0" for name in ("item", "over") if name in parts]
        told = ", ".join(f"{name} AS ({sql.format(s=inside)})" for name, sql in parts.items())
        return f"WITH {told} SELECT CASE WHEN {' OR '.join(late)} THEN {inside}late(%s) END"


class Sent(NamedTuple):
    """A step as it is sent: the statement with its values; and what tells that it was written."""

    sql: str
    values: Row
    ref: str
    version: int
    sealed: bytes
    past: tuple[int, bytes] | None
    key: tuple[bytes, bytes] | None


def sent(sealer: Sealer, inside: str, change: Change) -> Sent:
    """A step, sealed; the values of a shape are always of the same types."""
    number, item = whole_number(), change.item
    ref, version, sealed = item.head.ref, item.version, sealer.item(item)
    deadline = number(NONE if item.deadline is None else item.deadline)
    values: list[Any]
    if change.expected is None:
        _, owner, machine, state, _, _, opened, called = sealer.item_columns(item)
        values = [ref, owner, machine, state, number(version), deadline, number(opened),
                  bool(called), sealed]  # fmt: skip
    else:
        values = [item.state, number(version), deadline, sealed, ref, number(change.expected)]
    if change.answered is not None:
        values.append(change.answered)
    past = key = None
    if change.past is not None:
        past = change.past.version, sealer.past(ref, change.past)
        values += (ref, number(past[0]), past[1])
    for row in change.outgoing:
        values += _row(row, change.claimed, version, sealer.row(row))
    if change.keyed is not None:
        key = sealer.keyed(change.keyed)
        values += key
    values.append(ref)
    shape = Shape(
        change.expected is None, past is not None, len(change.outgoing),
        change.answered is not None, key is not None,
    )  # fmt: skip
    return Sent(shape.statement(inside), tuple(values), ref, version, sealed, past, key)


def _row(row: Outgoing, claimed: int, born: int, sealed: bytes) -> Row:
    number = whole_number()
    return (
        row.key, row.ref, number(row.number), row.kind, row.name, row.to, row.secret, row.status,
        number(claimed), number(row.attempts), number(born), sealed,
    )  # fmt: skip


def rehearsal(inside: str) -> Iterator[tuple[str, Row]]:
    """The statements of usual steps, with values that can be written one after the other, and what
    deletes them: done in one transaction they are prepared, and leave nothing."""
    name, none, row = f"rehearsed {secrets.token_hex(8)}", whole_number()(0), _ROW.format(s=inside)
    shapes = product((True, False), (True,), range(_MOST_ROWS + 1), (False, True), (False, True))
    for n, shape in enumerate(map(Shape._make, shapes)):
        ref, over = f"{name}.{n}", f"{name}.{n}:over"
        values: Row = ("", none, none, b"", f"{name}.0", none)  # the first one, which is new
        if shape.new:
            values = (ref, b"", "", "", none, none, none, False, b"")
        if shape.over:
            yield row, _row(Outgoing(over, ref, 0, "", "", "", {}), 0, 0, b"")
            values += (over,)
        values += (ref, none, b"")
        for each in range(shape.rows):
            values += _row(Outgoing(f"{ref}:{each}", ref, 0, "", "", "", {}), 0, 0, b"")
        if shape.key:
            values += (ref.encode(), b"")
        yield shape.statement(inside), (*values, ref)
    ends = f"{name}.", f"{name}/"
    for column in ("items.ref", "history.ref", "outbox.key"):
        table, _, key = column.partition(".")
        yield f"DELETE FROM {inside}{table} WHERE {key} > %s AND {key} < %s", ends
    marks = tuple(each.encode() for each in ends)
    yield f"DELETE FROM {inside}keys WHERE mark > %b AND mark < %b", marks


@cache
def whole_number() -> Callable[[int], object]:
    """A number that is bound as eight bytes, however small it is."""
    from psycopg.types.numeric import Int8

    return Int8


def written(connection: Connection, inside: str, step: Sent) -> bool:
    """Whether this very step had been written before the connection was lost: nobody else's
    texts are sealed as its own. StoreAway where that can't be told any more."""
    found = connection.execute(
        f"SELECT (SELECT sealed FROM {inside}items WHERE ref = %(ref)s),"
        f" (SELECT version FROM {inside}items WHERE ref = %(ref)s),"
        f" (SELECT sealed FROM {inside}history WHERE ref = %(ref)s AND version = %(past)s),"
        f" (SELECT sealed FROM {inside}keys WHERE mark = %(mark)b)",
        {
            "ref": step.ref,
            "past": whole_number()(-1 if step.past is None else step.past[0]),
            "mark": b"" if step.key is None else step.key[0],
        },
        binary=True,
    ).fetchone()
    assert found is not None, "one row of four"
    sealed, version, past, keyed = found
    traceless = step.past is None and step.key is None
    if traceless and version is not None and version > step.version:
        raise StoreAway(UNSURE)
    return (
        sealed == step.sealed
        or (step.past is not None and past == step.past[1])
        or (step.key is not None and keyed == step.key[1])
    )
