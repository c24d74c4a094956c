"""What the columns of a table are, by their names; and what can't be taken, refused at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import pyarrow as pa

from sstibet.columns.sheet import AMOUNTS, WORDS
from sstibet.contents import Contents

_DAYS = ("on", "known_on")


class Headings:
    """The columns that are read: ``facts`` in the table's order, and the days and the scheme."""

    def __init__(self, contents: Contents, schema: pa.Schema, scheme: str | None) -> None:
        known = contents.dictionary.facts
        controls = (*_DAYS, "scheme")
        names = list(schema.names)
        _no_doubles(names)
        for name in names:
            if name in (*AMOUNTS, *WORDS) or name.startswith("part_"):
                raise ValueError(f"a column called {name!r} comes out: rename the one going in")
            if name not in known and name not in controls:
                _no_near_miss(name, (*controls, *known))
        if "on" not in names:
            raise ValueError("there is no column 'on', the day that each row is asked for")
        if scheme is None and "scheme" not in names:
            raise ValueError("there is no column 'scheme': add one, or name a scheme for all rows")
        if scheme is not None and "scheme" in names:
            raise ValueError("the scheme is named for all rows and in a column too: drop one")
        self.has_scheme, self.has_known_on = scheme is None, "known_on" in names
        self.facts = [name for name in names if name in known and name not in controls]
        self.read = [name for name in names if name in controls or name in known]
        for name in self.read:
            _check_type(name, schema.field(name).type, name in _DAYS)


def _check_type(name: str, kind: pa.DataType, is_day: bool) -> None:
    values = kind.value_type if pa.types.is_dictionary(kind) else kind
    if pa.types.is_floating(values):
        raise TypeError(
            f"the column {name!r} holds floats ({kind}), which cannot be taken exactly; give "
            "amounts as decimals or text and counts as integers, such as "
            f"table['{name}'].cast(pa.decimal128(18, 2))"
        )
    if not is_day:
        return
    if pa.types.is_timestamp(values) and values.tz is not None:
        raise TypeError(f"the column {name!r} holds instants of {values.tz}; give plain dates")
    text = any(test(values) for test in (pa.types.is_string, pa.types.is_large_string))
    if not (text or pa.types.is_date(values) or pa.types.is_null(values)
            or pa.types.is_timestamp(values)):  # fmt: skip
        raise TypeError(f"the column {name!r} holds {kind}; give dates, or text such as 2025-03-01")


def _no_doubles(names: list[str]) -> None:
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ValueError(f"there are several columns called {', '.join(map(repr, doubled))}")


def _no_near_miss(name: str, known: Iterable[str]) -> None:
    """A column called almost like a fact is a slip, and not passed by in silence."""
    folded = _folded(name)
    for each in known:
        if folded == each or (len(each) > 3 and _one_slip(folded, each)):
            raise ValueError(
                f"the column {name!r} is no fact of the book; did you mean {each!r}? Rename it, "
                "or call it something else if it is meant to pass through"
            )


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).casefold().strip()
    return plain.replace("-", "_").replace(" ", "_")


def _one_slip(one: str, other: str) -> bool:
    """Whether two names differ by one letter more, less, or other, or by two letters swapped."""
    short, long = sorted((one, other), key=len)
    at = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(long) - len(short) == 1:
        return short[at:] == long[at + 1 :]
    if len(long) != len(short):
        return False
    swapped = short[:at] + short[at : at + 2][::-1] + short[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or swapped == long
