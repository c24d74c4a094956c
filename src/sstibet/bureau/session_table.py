"""The desk's sessions, in a table of the bureau's."""

from __future__ import annotations

from sstibet.bureau.database import Database
from sstibet.bureau.sealed import Actor
from sstibet.sessions import Session


class SessionTable:
    """A `sstibet.sessions.SessionStore` in the bureau's file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mark(self, kind: str, text: str) -> bytes:
        """A keyed mark of a text."""
        return self._database.mark(kind, text)

    def keep(self, session: Session, before: int) -> bool:
        """Keep a session, unless one was opened by its item before."""
        with self._database.writing():
            self._database.run("DELETE FROM bureau_sessions WHERE opened <= ?", before)
            sql = "INSERT OR IGNORE INTO bureau_sessions VALUES (?, ?, ?, ?, ?)"
            actor = Actor(session.actor)
            values = (session.mark, actor, session.item, session.opened, session.seen)
            return self._database.run(sql, *values) == 1

    def find(self, mark: bytes) -> Session | None:
        """The session of a token's mark."""
        row = self._database.row("SELECT * FROM bureau_sessions WHERE mark = ?", mark)
        return None if row is None else Session(**{**row, "actor": str(row["actor"])})

    def seen(self, mark: bytes, at: int) -> None:
        """It was used."""
        sql = "UPDATE bureau_sessions SET seen = max(seen, ?) WHERE mark = ?"
        self._database.run(sql, at, mark)

    def change(self, mark: bytes, new: bytes) -> bool:
        """Give a session another token."""
        sql = "UPDATE bureau_sessions SET mark = ? WHERE mark = ?"
        return self._database.run(sql, new, mark) == 1

    def end(self, mark: bytes) -> bool:
        """End one session."""
        return self._database.run("DELETE FROM bureau_sessions WHERE mark = ?", mark) == 1

    def count(self, actor: str) -> int:
        """How many sessions of a person are kept."""
        sql = "SELECT count(*) AS n FROM bureau_sessions WHERE actor = ?"
        found = self._database.row(sql, Actor(actor))
        return 0 if found is None else int(found["n"])

    def end_all(self, actor: str, but: bytes | None) -> int:
        """End all sessions of a person, but perhaps one."""
        sql = "DELETE FROM bureau_sessions WHERE actor = ? AND mark IS NOT ?"
        return self._database.run(sql, Actor(actor), but)
