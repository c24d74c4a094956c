"""Which store a place means: memory, a file, or a server by its URL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sstibet.stores.records import Store
    from sstibet.vault import Vault

_SERVERS = ("postgresql://", "postgres://")


def is_server(place: str | Path | None) -> bool:
    """Whether a place is the URL of a PostgreSQL database."""
    return place is not None and str(place).startswith(_SERVERS)


def shown(place: str | Path) -> str:
    """A place for a message: a URL may hold a password, which belongs in none."""
    return "the server" if is_server(place) else str(place)


def open_store(place: str | Path | None, vault: Vault | None = None) -> Store:
    """The store in memory (None), in a file, or on a server.

    Raises:
        ValueError: a server without keys (there is no file for one to stand beside), or a URL that
            can't be read.
        RuntimeError: as `SqliteStore` and `PostgresStore` say.
    """
    if place is None or not is_server(place):
        from sstibet.stores.sqlite import SqliteStore

        return SqliteStore(None if place is None else str(place), vault)
    if vault is None:
        raise ValueError("a store on a server needs keys: name some in the settings")
    from sstibet.stores.postgres import PostgresStore

    return PostgresStore(str(place), vault)


def read_store(place: str | Path, vault: Vault | None = None) -> Store:
    """The store that is there already, only read; nothing is made where nothing was.

    Raises:
        ValueError: as for `open_store`.
        Whatever `ReadStore` or `read_postgres` raises.
    """
    from sstibet.stores.reading import ReadStore, read_postgres

    if not is_server(place):
        return ReadStore(place, vault)
    if vault is None:
        raise ValueError("a store on a server needs keys: name some in the settings")
    return read_postgres(str(place), vault)
