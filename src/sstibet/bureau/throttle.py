"""Failures in a row: counted over all items, and answered by waits that end by themselves.

After every fifth failure nobody gets on by this name or number for a while: a quarter of an hour
first, twice as long each time, a day at most. What is tried meanwhile is not looked at and counts
for nothing, so that nobody makes the wait of another longer than it is.
"""

from __future__ import annotations

from sstibet.bureau.database import Database

FAILURES = 5
_FIRST, _LONGEST = 900, 86_400  # seconds
_FORGOTTEN = 30 * 86_400  # seconds after the last failure


class Throttle:
    """Counts failures by keyed marks: who they are about stands nowhere."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def locked(self, mark: bytes, at: int) -> bool:
        """Whether nobody gets on by this now."""
        sql = "DELETE FROM bureau_failures WHERE who = ? AND at <= ?"
        self._database.run(sql, mark, at - _FORGOTTEN)
        row = self._database.row("SELECT count, at FROM bureau_failures WHERE who = ?", mark)
        if row is None or row["count"] % FAILURES:
            return False
        return bool(at < row["at"] + wait(row["count"]))

    def failed(self, mark: bytes, at: int) -> None:
        """One more failure."""
        self._database.run(
            "INSERT INTO bureau_failures VALUES (?, 1, ?) "
            "ON CONFLICT (who) DO UPDATE SET count = count + 1, at = excluded.at",
            mark,
            at,
        )

    def passed(self, mark: bytes) -> None:
        """It went well: the failures before it are over."""
        self._database.run("DELETE FROM bureau_failures WHERE who = ?", mark)


def wait(count: int) -> int:
    """Seconds to wait after so many failures in a row (a multiple of five)."""
    times = count // FAILURES
    return min(_FIRST << min(times - 1, 10), _LONGEST) if times else 0
