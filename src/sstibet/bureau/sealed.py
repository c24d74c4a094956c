"""What of the bureau's tables is sealed at rest, and how.

Names, numbers and user names are sealed so that equal ones look equal (AES-SIV): they are still
joined, compared and unique, by their sealed form. What is only read back with its row (a reply, all
else about a person) is sealed and bound to its row (AES-GCM). What nobody needs to read back is a
keyed mark. Plain are references, numbers of papers, days, amounts, codes and states.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sstibet.vault import Index, Spoilt, Vault

Row = dict[str, Any]
INDEX_PLACE = b"bureau index"


class Actor(str):
    """Who somebody is to the engine. Where it is looked up or written, it is sealed."""

    __slots__ = ()


# table -> its columns that are looked up by; and, by the name under which a column is read, what it
# holds. Columns of one kind may be compared with one another.
LOOKED_UP: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        table: frozenset(columns.split())
        for table, columns in {
            "bureau_jobs": "actor",
            "bureau_persons": "actor name id_number mobile",
            "bureau_enrolments": "actor",
            "bureau_introduced": "actor insured",
            "bureau_declarations": "actor",
            "bureau_lines": "insured insured_name",
            "bureau_payments": "actor insured insured_name",
            "bureau_refunds": "actor",
            "bureau_orders": "actor",
            "bureau_accounts": "actor account_name bank_branch account_number",
            "bureau_agreements": "actor holder_name holder_id_number holder_mobile",
            "bureau_users": "user_name written actor mobile",
            "bureau_sessions": "actor",
            "bureau_certificates": "actor id_number",
        }.items()
    }
)
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "actor": "actor",
        "insured": "actor",
        "name": "name",
        "insured_name": "name",
        "account_name": "name",
        "holder_name": "name",
        "id_number": "id_number",
        "holder_id_number": "id_number",
        "mobile": "mobile",
        "user_mobile": "mobile",
        "holder_mobile": "mobile",
        "user_name": "user_name",
        "written": "user_name",
        "account_number": "account_number",
        "bank_branch": "bank_branch",
    }
)


@dataclass(frozen=True, slots=True)
class Bound:
    """A column that is read back with its row only: its table, and the key that it is bound to."""

    table: str
    key: tuple[str, ...]


# By the column's name, which no other table has.
BOUND: Mapping[str, Bound] = MappingProxyType(
    {
        "answered": Bound("bureau_replies", ("verb", "key")),
        "told": Bound("bureau_jobs", ("port", "key")),
        "refused": Bound("bureau_jobs", ("port", "key")),
        "reply": Bound("bureau_jobs", ("port", "key")),
        "about": Bound("bureau_persons", ("actor",)),
        "lines": Bound("bureau_certificates", ("certificate_no",)),
    }
)


class Seals:
    """Seals and opens what rows hold."""

    def __init__(self, vault: Vault, index: Index) -> None:
        self.vault, self.index = vault, index

    def values(self, values: Iterable[Any]) -> tuple[Any, ...]:
        """What a statement is given: an `Actor` as its columns hold it."""
        return tuple(
            self.index.seal("actor", each) if type(each) is Actor else each for each in values
        )

    def closed(self, table: str, row: Row) -> Row:
        """A row as its table holds it."""
        looked_up = LOOKED_UP.get(table, frozenset())
        found = Row()
        for name, value in row.items():
            if value is not None and name in looked_up:
                value = self.index.seal(KINDS[name], value)
            elif value is not None and name in BOUND and BOUND[name].table == table:
                value = self.bind(name, [str(row[each]) for each in BOUND[name].key], value)
            found[name] = value
        return found

    def bind(self, column: str, key: Sequence[str], text: str) -> bytes:
        """A text of a column that is bound to its row, by the row's (plain) key."""
        return self.vault.seal(text.encode("utf-8", "surrogatepass"), place(column, key))

    def opened(self, row: Row) -> Row:
        """A row that was read, in plain. Raises Spoilt."""
        later = list[str]()
        for name, value in row.items():
            if type(value) is not bytes:
                continue
            if (kind := KINDS.get(name)) is not None:
                text = self.index.open(kind, value)
                row[name] = Actor(text) if kind == "actor" else text
            elif name in BOUND:
                later.append(name)  # once its key is open
        for name in later:
            at = place(name, [row[each] for each in BOUND[name].key])
            row[name] = self.vault.open(row[name], at).decode("utf-8", "surrogatepass")
        return row


def place(column: str, key: Sequence[str]) -> bytes:
    """Where a bound text belongs."""
    return json.dumps([BOUND[column].table, column, *key]).encode()


def seals_of(vault: Vault, index_key: object) -> Seals:
    """The seals of a bureau whose index has this (sealed) key. Raises Spoilt."""
    if not isinstance(index_key, bytes):
        raise Spoilt("the bureau's index has no key")
    return Seals(vault, vault.index(index_key, INDEX_PLACE))
