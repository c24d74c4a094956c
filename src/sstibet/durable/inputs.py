"""What the other engine is told: one flat message of whole numbers and short plain texts.

An amount is its fen, a day and a month are counted, yes is 1 and no is 0, a code is itself; any
other text is told as its digest, so that nothing of a person stands in the message. Every field is
always there and of its own type: of what isn't known a second field says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

from sstibet.conditions import Condition, Rows, decide
from sstibet.known import Known, Resolved, Row
from sstibet.money import ZERO, Money
from sstibet.months import Month

Told = dict[str, int | str]
WHOLE, TEXT = "whole", "text"
EMPTY: Mapping[str, int | str] = {WHOLE: 0, TEXT: ""}
# Kinds of facts, by how they are told. What isn't here (a rate) is compared before.
TOLD_AS = {"money": WHOLE, "whole": WHOLE, "date": WHOLE, "month": WHOLE, "yes_no": WHOLE}
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def told_as(kind: str) -> str | None:
    """How values of a kind of fact are told; None where they can't be."""
    return None if kind in ("rate", "records") else TOLD_AS.get(kind, TEXT)


def encoded(value: object) -> int | str:
    """A value as it is told. TypeError where it is of none of the types that can be."""
    match value:
        case bool():
            return int(value)
        case int():
            return value
        case Money():
            return value.fen
        case date():
            return value.toordinal()
        case Month():
            return value.index
        case str():
            if _CODE.fullmatch(value):
                return value
            told = value.encode("utf-8", "surrogatepass")
            return f"#{blake2b(told, digest_size=16).hexdigest()}"
    raise TypeError(f"a {type(value).__name__} is not told to the second opinion")


@dataclass(frozen=True, slots=True)
class Input:
    """Something that is told: its fields with their types, and how they are found out. Where
    ``find`` finds no value, the second field of an input, ``…_known``, is 0."""

    fields: Mapping[str, str]
    find: Callable[[Known], Told]


def known_of(name: str) -> str:
    """The field that says whether another is known."""
    return f"{name}_known"


def single(name: str, type_: str, resolve: Callable[[Known], Resolved]) -> Input:
    """One value, and whether it is known."""
    is_known = known_of(name)

    def find(known: Known) -> Told:
        value, missing = resolve(known)
        if missing:
            return {name: EMPTY[type_], is_known: 0}
        return {name: encoded(value), is_known: 1}

    return Input({name: type_, is_known: WHOLE}, find)


def window(name: str, resolve: Callable[[Known], Resolved]) -> Input:
    """A span of days by its first day and the day after its last, and whether it is known."""
    first, end, is_known = f"{name}_first", f"{name}_end", known_of(name)

    def find(known: Known) -> Told:
        span, missing = resolve(known)
        if missing:
            return {first: 0, end: 0, is_known: 0}
        last = date.max.toordinal() + 1 if span.end is None else span.end.toordinal()
        return {first: span.start.toordinal(), end: last, is_known: 1}

    return Input({first: WHOLE, end: WHOLE, is_known: WHOLE}, find)


def tally(name: str, rows: Rows) -> Input:
    """Of how many rows a condition holds, doesn't hold, and nobody knows; and whether the records
    are known at all."""
    fields = {f"{name}_{each}": WHOLE for each in ("yes", "no", "unknown", "known")}

    def find(known: Known) -> Told:
        truths = _truths(rows, known)
        if truths is None:
            return dict.fromkeys(fields, 0)
        counts = (truths.count(True), truths.count(False), truths.count(None), 1)
        return dict(zip(fields, counts, strict=True))

    return Input(fields, find)


def total(name: str, rows: Rows) -> Input:
    """The sum of a column over the rows of which a condition holds, and whether it is known."""

    def resolve(known: Known) -> Resolved:
        truths = _truths(rows, known)
        if truths is None or None in truths:
            return None, frozenset([rows.fact])
        amounts = ZERO
        for row, holds in zip(known.fact(rows.fact)[0], truths, strict=True):
            if holds:
                amount, missing = known.field(Row(rows.fact, row), rows.column or "")
                if missing:
                    return None, missing
                amounts += amount
        return amounts, frozenset()

    return single(name, WHOLE, resolve)


def answer(name: str, condition: Condition) -> Input:
    """The answer to a condition that can't be told in parts."""

    def resolve(known: Known) -> Resolved:
        found = decide(condition, known)
        return found.truth, frozenset() if found.truth is not None else frozenset(["?"])

    return single(name, WHOLE, resolve)


def _truths(rows: Rows, known: Known) -> list[bool | None] | None:
    """What a condition says of each row; None where the records are missing."""
    given, missing = known.fact(rows.fact)
    if missing:
        return None
    if rows.that is None:
        return [True] * len(given)
    return [decide(rows.that, known, Row(rows.fact, row)).truth for row in given]
