"""Which store a place means: memory, a file, or a server by its URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sstibet.vault import Vault

if TYPE_CHECKING:
    from sstibet.stores.records import Store

_SERVERS = ("postgresql://", "postgres://")


def is_server(place: str | None) -> bool:
    """Whether a place is the URL of a PostgreSQL database."""
    return place is not None and place.startswith(_SERVERS)


def open_store(place: str | None, vault: Vault | None) -> Store:
    """The store in memory (None), in a file, or on a server.

    Raises:
        ValueError: a server without keys: there is no file for one to stand beside.
        Whatever `SqliteStore` or `PostgresStore` raises.
    """
    if place is None or not is_server(place):
        from sstibet.stores.sqlite import SqliteStore

        return SqliteStore(place, vault)
    if vault is None:
        raise ValueError("a store on a server needs keys: name some in the settings")
    from sstibet.stores.postgres import PostgresStore

    return PostgresStore(place, vault)
