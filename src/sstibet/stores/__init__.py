"""Stores: where items, their history, the effects to be delivered and the keys of requests are
kept, each step in one transaction."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sstibet.stores.records import Store
    from sstibet.vault import Vault

SERVERS = ("postgresql://", "postgres://")


def is_server(place: str | Path) -> bool:
    """Whether a place is the address of a server, and no file."""
    return str(place).startswith(SERVERS)


def open_store(place: str | Path | None, vault: Vault | None = None) -> Store:
    """The store of a place: a file, a ``postgresql://`` address, or (None) memory.

    Raises:
        OSError: the file can't be opened, or is no file of a desk.
        Spoilt: it was made with other keys.
    """
    if place is not None and is_server(place):
        # By its name, as what it needs is an extra.
        made: Store = import_module("sstibet.stores.postgres").PostgresStore(str(place), vault)
        return made
    from sstibet.stores.sqlite import SqliteStore

    return SqliteStore(None if place is None else str(place), vault)
