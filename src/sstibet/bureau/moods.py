"""How the bureau was told to behave: prompt, late, never, refusing, down; kept in the file, so that
another process sees it."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from sstibet.bureau.database import Database
from sstibet.problems import closest

# mood -> the side of the behaviour that it is about; one mood of each side may be told at a time.
SIDES = MappingProxyType(
    {
        "prompt": "when",
        "later": "when",
        "slow": "when",
        "late": "when",
        "twice": "when",
        "never": "when",
        "early": "when",
        "refuse": "verdict",
        "down": "reach",
        "lost_reply": "reach",
    }
)
USUAL = "usual"
# Seconds of the clock, where `tell` isn't given any.
_SECONDS = {"slow": 60, "late": 86400}


@dataclass(frozen=True, slots=True)
class Mood:
    """One way to behave; ``seconds`` for ``slow`` and ``late``, ``reason`` for ``refuse``."""

    name: str
    seconds: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Moods:
    """The moods of a bureau's verbs. A verb's own comes first, then its port's, then ``*``."""

    database: Database
    verbs: frozenset[str]
    refusing: frozenset[str]

    def tell(
        self, target: str, mood: str, seconds: int | None, times: int | None, reason: str | None
    ) -> None:
        """From now on, or the next ``times`` times, the ``target`` behaves so."""
        ports = {verb.partition(".")[0] for verb in self.verbs}
        _known("verb", target, {"*", *self.verbs, *ports})
        _known("mood", mood, {*SIDES, USUAL})
        if mood == "refuse" and target in self.verbs - self.refusing:
            raise ValueError(f"{target} has no answer that refuses")
        with self.database.writing():
            if mood == USUAL:
                self.database.run("DELETE FROM bureau_moods WHERE target = ?", target)
                return
            self.database.run(
                "INSERT OR REPLACE INTO bureau_moods VALUES (?, ?, ?, ?, ?, ?)",
                target,
                SIDES[mood],
                mood,
                _SECONDS.get(mood, 0) if seconds is None else seconds,
                times,
                reason,
            )

    def take(self, verb: str, side: str) -> Mood | None:
        """The mood of a verb on one side, counted as used once; None is as usual."""
        port = verb.partition(".")[0]
        for target in (verb, port, "*"):
            sql = "SELECT * FROM bureau_moods WHERE target = ? AND side = ?"
            found = self.database.row(sql, target, side)
            if found is not None:
                self._count(target, side, found["times"])
                return Mood(found["mood"], found["seconds"], found["reason"])
        return None

    def _count(self, target: str, side: str, times: int | None) -> None:
        if times is None:
            return
        sql = "UPDATE bureau_moods SET times = times - 1 WHERE target = ? AND side = ?"
        if times <= 1:
            sql = "DELETE FROM bureau_moods WHERE target = ? AND side = ?"
        self.database.run(sql, target, side)


def _known(kind: str, name: str, names: set[str]) -> None:
    if name in names:
        return
    near = closest(name, names)
    hint = f"one of: {', '.join(sorted(names))}" if near is None else f"the nearest is {near!r}"
    raise ValueError(f"there is no {kind} {name!r}; {hint}")
