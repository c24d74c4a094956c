"""A PostgreSQL store's connections: a pool that mends itself, and what is done again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from sstibet.stores.postgres_schema import CONFLICT, settle
from sstibet.stores.records import Conflict, StoreAway
from sstibet.stores.shared import Row

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

T = TypeVar("T")
UNSURE = "PostgreSQL can't be reached; whether this was written is not known: ask again"
_UNIQUE = "23505"
# A deadlock, a serialisation failure, a lock that was waited for too long: all was taken back.
_AGAIN = ("40001", "40P01", "55P03")
_TRIES = 3
# A pool gives up connecting after some seconds, and begins anew when it is asked for a connection.
_RECONNECT, _ASK_AGAIN = 1.0, 0.5


class Connections:
    """Connections to one server, each settled to keep what it acknowledges.

    No transaction is begun apart, and what comes ``often`` (each with values of its types) is
    prepared when a connection is made, and nothing ever after: what is executed is one round trip.
    What is ``rehearsed`` is prepared by being done in one transaction, which leaves nothing.
    """

    def __init__(
        self,
        url: str,
        name: str,
        often: Sequence[tuple[str, Row]],
        rehearsed: Callable[[], Iterable[tuple[str, Row]]],
        least: int,
        most: int,
        patience: float,
    ) -> None:
        self._psycopg, pool = driver()
        check_url(url)
        self._url, self._patience = url, patience
        self._often, self._rehearsed = often, rehearsed
        self._prepared = {sql for sql, _ in (*often, *rehearsed())}
        self._given: dict[str, Any] = {
            "autocommit": True,
            "prepare_threshold": sys.maxsize,
            "connect_timeout": max(2, int(patience)),
        }
        self._away = pool.PoolTimeout
        self._refused: Exception | None = None
        self._pool = pool.ConnectionPool(
            url, kwargs=self._given, min_size=least, max_size=most, configure=self._settle,
            open=False, timeout=patience, reconnect_timeout=_RECONNECT, name=name,
        )  # fmt: skip

    def open(self, prepare: Callable[[Connection], T]) -> T:
        """Open them, once a first connection has prepared the store. StoreAway."""
        try:
            with self._psycopg.connect(self._url, **self._given) as connection:
                prepared = prepare(connection)
        except self._psycopg.OperationalError as error:
            raise StoreAway(f"PostgreSQL can't be reached: {error}") from error
        self._pool.open()
        return prepared

    def run(self, work: Callable[[Connection, bool], T]) -> T:
        """Work on a connection; again on another where it was lost (``work`` is told so, and must
        do nothing twice). StoreAway where there is none for too long."""
        until, lost, tried = monotonic() + self._patience, False, 0
        while True:
            connection = self._connection(until, lost)
            try:
                return work(connection, lost)
            except self._psycopg.Error as error:
                if not connection.closed:
                    tried += 1
                    if error.sqlstate not in _AGAIN:
                        raise _told(error) from error
                    if tried == _TRIES:
                        raise Conflict(str(error.sqlstate)) from error
            finally:
                broken = bool(connection.closed)
                self._pool.putconn(connection)
            if broken:
                lost = True
                self._pool.check()  # others were lost at the same moment

    def usual(self, connection: Connection, sql: str, given: Row) -> psycopg.Cursor[Any]:
        """Execute a statement: one that was prepared, where it is."""
        return connection.execute(sql, given, prepare=sql in self._prepared, binary=True)

    def close(self) -> None:
        """Close all of them."""
        self._pool.close()

    def _connection(self, until: float, lost: bool) -> Connection:
        while True:
            left = max(0.05, until - monotonic())
            try:
                found: Connection = self._pool.getconn(min(left, _ASK_AGAIN))
            except self._away as error:
                if left > _ASK_AGAIN:
                    continue
                told = UNSURE if lost else "PostgreSQL can't be reached; nothing was sent"
                why = "" if self._refused is None else f" ({self._refused})"
                raise StoreAway(f"{told}{why}") from error
            return found

    def _settle(self, connection: Connection) -> None:
        self._refused = None
        try:
            settle(connection)
            for sql, given in self._often:
                self.usual(connection, sql, given)
            with connection.transaction():  # of one that is rolled back nothing stays prepared
                for sql, given in self._rehearsed():
                    self.usual(connection, sql, given)
        except (RuntimeError, self._psycopg.Error) as refused:
            self._refused = refused  # the pool tells its log; who waits is told why as well
            raise


def check_url(url: str) -> None:
    """ValueError where psycopg can't read it; without the URL, which may hold a password."""
    from psycopg.conninfo import conninfo_to_dict

    try:
        conninfo_to_dict(url)
    except driver()[0].ProgrammingError:
        message = "the server's URL can't be read: postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
        raise ValueError(message) from None


def is_conflict(error: psycopg.Error) -> bool:
    """Whether somebody else was quicker."""
    return error.sqlstate in (CONFLICT, _UNIQUE)


def driver() -> tuple[Any, Any]:
    """psycopg and its pool. ModuleNotFoundError tells how to get them."""
    try:
        import psycopg
        import psycopg_pool
    except ImportError as error:
        message = "a PostgreSQL store needs psycopg: pip install 'sstibet[postgres]'"
        raise ModuleNotFoundError(message, name=error.name) from error
    return psycopg, psycopg_pool


def _told(error: psycopg.Error) -> Exception:
    """The error as the engine knows it."""
    if not is_conflict(error):
        return error
    return Conflict(error.diag.message_primary if error.sqlstate == CONFLICT else "a key")
