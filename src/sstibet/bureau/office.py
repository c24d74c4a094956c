"""What all ports of the bureau share: the file, the clock, one answer to one key, and callbacks.

Each verb is one transaction. What it answered is kept under its key; what it has begun, and answers
only later, is a job. A job *happens* once, at an instant or the next time somebody looks, and is
then told, once or twice or never, as the mood was.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from sstibet.bureau.database import Database, Row
from sstibet.bureau.moods import Mood, Moods
from sstibet.bureau.plain import data, dump, undump
from sstibet.bureau.sealed import Actor
from sstibet.engine.access import DESK
from sstibet.engine.clock import day_of
from sstibet.engine.ports import Call, Reply, Unavailable
from sstibet.personal import revealed
from sstibet.plain import plain

if TYPE_CHECKING:
    from sstibet.engine.callbacks import Signer

P = ParamSpec("P")
S = TypeVar("S", bound="Port")
Hook = Callable[[str, str, Reply], None]

# The mood of a later verb that was told nothing: it answers when its port is next looked at.
_LATER = Mood("later")


@dataclass(frozen=True, slots=True)
class Going:
    """A verb has begun: what it answers first, and what its job is told (never a secret)."""

    progress: Reply
    told: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Job:
    """Something begun that happens now: by which verb and for whom; ``refused`` where the mood
    wants it refused."""

    verb: str
    key: str
    ref: str
    actor: str = field(repr=False)
    told: Mapping[str, Any] = field(repr=False)
    at: int
    day: date
    refused: Reply | None


class Office:
    """The bureau behind its ports. See `Bureau` for its face."""

    def __init__(self, database: Database, zone: str, offset: int) -> None:
        self.database = database
        self.zone = zone
        self.ports: dict[str, Port] = {}
        self.on_early: Hook | None = None
        self.signers: dict[str, Signer] = {}
        self.offset = offset
        self._after: list[Callable[[], None]] = []
        self.moods = Moods(database, frozenset(), frozenset())

    def open(self, ports: list[Port]) -> None:
        """Know the ports, once all are made."""
        self.ports = {port.name: port for port in ports}
        verbs = {f"{port.name}.{verb}" for port in ports for verb in port.verbs()}
        self.moods = Moods(self.database, frozenset(verbs), frozenset(says()["refusals"]))

    def day(self, at: int) -> date:
        """The day of an instant, in the bureau's time zone."""
        return day_of(at, self.zone)

    def after(self, act: Callable[[], None]) -> None:
        """Do this once the verb's transaction is on the disk, and not at all if it fails."""
        self._after.append(act)

    def serial(self, name: str) -> int:
        """The next number of a sequence, from 1 on; no number comes twice, whoever asks."""
        sql = (
            "INSERT INTO bureau_counters VALUES (?, 1) "
            "ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value"
        )
        found = self.database.row(sql, name)
        assert found is not None
        return int(found["value"])

    def scattered(self, name: str) -> str:
        """Eight digits that no other number of the sequence has and that don't follow the last."""
        # 61803399 has no factor in common with 10**8, so the first 10**8 numbers all differ.
        return f"{(self.serial(name) * 61_803_399 + self.offset) % 10**8:08d}"

    def ask(self, verb: str, call: Call, act: Callable[[], Reply | Going]) -> Reply:
        """One verb: as it was answered before under this key, or done now.

        Raises:
            Unavailable: the mood is ``down``, or what is asked makes no sense; nothing was done.
            ConnectionError: the mood is ``lost_reply``; it was done.
        """
        with self.database.lock:
            reach = self._reach(verb)
            if reach == "down":
                raise Unavailable(f"{verb} cannot be reached")
            self._after.clear()
            with self.database.writing():
                answer = self._answered(verb, call)
                if answer is None:
                    self.settle(call.at)
                    answer = self._do(verb, call, act)
                    told = {"verb": verb, "key": self._asked_by(call), "answered": dump(answer)}
                    self.database.insert("bureau_replies", **told)
            after, self._after = self._after, []
        for each in after:
            each()
        if reach == "lost_reply":
            raise ConnectionError(f"the connection broke before {verb} had answered")
        return answer

    def look(self, verb: str, call: Call, act: Callable[[], Reply]) -> Reply:
        """One verb of the desk's own, which changes nothing, so nothing of it is kept.

        Raises:
            Unavailable: the mood is ``down``, or somebody else asks: it tells of all persons.
            ConnectionError: the mood is ``lost_reply``.
        """
        if not call.actor.startswith(DESK):
            raise Unavailable("only the desk is told this")
        with self.database.lock:
            reach = self._reach(verb)
            if reach == "down":
                raise Unavailable(f"{verb} cannot be reached")
            answer = act()
        if reach == "lost_reply":
            raise ConnectionError(f"the connection broke before {verb} had answered")
        return Reply(answer.answer, plain(answer.facts))

    def _reach(self, verb: str) -> str | None:
        with self.database.writing():
            mood = self.moods.take(verb, "reach")
        return mood.name if mood else None

    def _asked_by(self, call: Call) -> str:
        """The key under which an answer is kept: whoever else sends the key is not told it."""
        return asked_by(self.database, call.key, call.actor)

    def _answered(self, verb: str, call: Call) -> Reply | None:
        """What the key was answered before. Its callback comes again, for whoever asks twice has
        perhaps not heard it."""
        sql = "SELECT * FROM bureau_replies WHERE verb = ? AND key = ?"
        found = self.database.row(sql, verb, self._asked_by(call))
        if found is None:
            return None
        self.database.run(
            "UPDATE bureau_jobs SET copies = 1, tells_at = ? WHERE port = ? AND key = ? "
            "AND state = 'happened' AND copies = 0 AND tells_at IS NOT NULL",
            call.at,
            verb.partition(".")[0],
            call.key,
        )
        return undump(found["answered"])

    def _do(self, verb: str, call: Call, act: Callable[[], Reply | Going]) -> Reply:
        if not self.ports[verb.partition(".")[0]].is_later(verb):
            mood = self.moods.take(verb, "verdict") if verb in self.moods.refusing else None
            answer = refusal(verb, mood.reason) if mood else act()
            assert isinstance(answer, Reply)
        else:
            begun = act()
            answer = self._begin(verb, call, begun) if isinstance(begun, Going) else begun
        return Reply(answer.answer, plain(answer.facts))

    def _begin(self, verb: str, call: Call, going: Going) -> Reply:
        """Enter the job of a verb that answers later, or do it at once where the mood is prompt."""
        when = self.moods.take(verb, "when") or _LATER
        verdict = self.moods.take(verb, "verdict")
        port = verb.partition(".")[0]
        sql = "SELECT 1 FROM bureau_jobs WHERE port = ? AND key = ?"
        if self.database.row(sql, port, call.key) is not None:
            raise Unavailable("this key is another's")
        job: Row = {
            "port": port,
            "verb": verb,
            "key": call.key,
            "ref": call.ref,
            "actor": call.actor,
            "told": json.dumps(plain(going.told), ensure_ascii=False),
            "refused": dump(refusal(verb, verdict.reason)) if verdict else None,
            "state": "waiting",
            "happens": {"slow": call.at + when.seconds, "later": None, "twice": None}.get(
                when.name, call.at
            ),
            "tells_after": {"never": None, "prompt": None, "late": when.seconds}.get(when.name, 0),
            "copies": {"twice": 2, "never": 0, "prompt": 0}.get(when.name, 1),
        }
        self.database.insert("bureau_jobs", **job)
        if when.name not in ("prompt", "late", "never", "early"):
            return going.progress
        final = self._happen(job, call.at)
        if when.name == "prompt" and final is not None:
            return final
        if when.name == "early" and final is not None and self.on_early is not None:
            hook = self.on_early
            sql = "UPDATE bureau_jobs SET copies = 0 WHERE port = ? AND key = ?"
            self.database.run(sql, port, call.key)
            self.after(lambda: hook(port, call.key, final))
        return going.progress

    def _happen(self, row: Row, at: int) -> Reply | None:
        """Let a job happen: what it answers, None where nothing is to come of it any more."""
        job = Job(
            verb=row["verb"],
            key=row["key"],
            ref=row["ref"],
            actor=row["actor"],
            told=json.loads(row["told"]),
            at=at,
            day=self.day(at),
            refused=undump(row["refused"]) if row["refused"] else None,
        )
        final = self.ports[row["port"]].happens(job)
        tells = None
        if final is not None:
            final = Reply(final.answer, plain(final.facts))
            tells = None if row["tells_after"] is None else at + row["tells_after"]
        self.database.run(
            "UPDATE bureau_jobs SET state = ?, reply = ?, tells_at = ? WHERE port = ? AND key = ?",
            "dropped" if final is None else "happened",
            self.database.bind("reply", (row["port"], row["key"]), dump(final)) if final else None,
            tells,
            row["port"],
            row["key"],
        )
        return final

    def settle(self, at: int, looked_at: str | None = None) -> None:
        """Let happen what is due, and what waits for somebody to look at its port."""
        sql = (
            "SELECT * FROM bureau_jobs WHERE state = 'waiting' AND "
            "(happens <= ? OR (happens IS NULL AND port = ?)) ORDER BY happens, port, key"
        )
        for row in self.database.rows(sql, at, looked_at):
            self._happen(row, at if row["happens"] is None else max(row["happens"], 0))

    def ready(self, port: str, now: int) -> Iterator[tuple[str, Reply]]:
        """The callbacks of a port that are due, each marked as told once the next one is asked for:
        one that its taker breaks down over comes again. A doubled one comes again anyway."""
        sql = (
            "SELECT port, key, reply FROM bureau_jobs WHERE port = ? AND state = 'happened' "
            "AND copies > 0 AND tells_at <= ? ORDER BY tells_at, key"
        )
        with self.database.writing():
            self.settle(now, port)
            due = self.database.rows(sql, port, now)
        told = (
            "UPDATE bureau_jobs SET copies = copies - 1 WHERE port = ? AND key = ? AND copies > 0"
        )
        for each in due:
            yield each["key"], undump(each["reply"])
            self.database.run(told, port, each["key"])

    def waiting(self, port: str, ref: str) -> bool:
        """Whether something that this item has begun at a port is still to happen."""
        sql = "SELECT 1 FROM bureau_jobs WHERE port = ? AND ref = ? AND state = 'waiting'"
        return self.database.row(sql, port, ref) is not None


def asked_by(database: Database, key: str, actor: str) -> str:
    """A mark of a key and of whoever sends it."""
    return database.mark("asked", f"{len(key)}:{key}{actor}").hex()


def says() -> Any:
    """What the bureau says in words, and how each of its verbs refuses when it is told to."""
    return data("says.json")


def refusal(verb: str, reason: str | None) -> Reply:
    """How a verb refuses, with a reason where it gives one."""
    answer, facts = says()["refusals"][verb]
    if reason is not None:
        facts = {name: reason if name.endswith("_reason") else each for name, each in facts.items()}
    return Reply(answer, facts)


class Port:
    """One port: a name, the office behind it, and its verbs (marked `verb` or `later`)."""

    name = ""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.database = office.database

    @classmethod
    def verbs(cls) -> list[str]:
        """The names of its verbs."""
        return [name for name in dir(cls) if hasattr(getattr(cls, name), "sstibet_later")]

    @classmethod
    def is_later(cls, verb: str) -> bool:
        """Whether a verb (``port.verb``) answers by a callback."""
        return bool(getattr(cls, verb.partition(".")[2]).sstibet_later)

    def happens(self, job: Job) -> Reply | None:
        """What a job of this port answers when it happens."""
        raise NotImplementedError(job.verb)


class CallingPort(Port):
    """A port some of whose verbs answer later."""

    def ready(self, now: int) -> Iterator[tuple[str, Reply]]:
        """The callbacks due by ``now``, each ``(key, reply)``; none where they are told signed."""
        return iter(()) if self.name in self.office.signers else self.office.ready(self.name, now)


def verb(
    method: Callable[Concatenate[S, Call, P], Reply],
) -> Callable[Concatenate[S, Call, P], Reply]:
    """A verb that answers at once, in one transaction, once for each key."""
    return _asked(method, later=False)


def later(
    method: Callable[Concatenate[S, Call, P], Reply | Going],
) -> Callable[Concatenate[S, Call, P], Reply]:
    """A verb that may only begin (`Going`) and answer when its job happens."""
    return _asked(method, later=True)


def for_desk(
    method: Callable[Concatenate[S, Call, P], Reply],
) -> Callable[Concatenate[S, Call, P], Reply]:
    """A verb that the desk itself asks, and nobody else is answered."""

    @wraps(method)
    def ask(self: S, call: Call, /, *args: P.args, **facts: P.kwargs) -> Reply:
        name = f"{self.name}.{method.__name__}"
        return self.office.look(name, call, lambda: method(self, call, *args, **facts))

    ask.sstibet_later = False  # type: ignore[attr-defined]  # how a port knows its verbs
    return ask


def prepared(prepare: Callable[..., Any]) -> Callable[[Callable[..., Reply]], Any]:
    """A verb some of whose work is done before its transaction begins, because it takes long: the
    verb is given what ``prepare``, called like the verb, has made."""

    def mark(method: Callable[..., Reply]) -> Callable[..., Reply]:
        return _asked(method, later=False, prepare=prepare)

    return mark


def _asked(
    method: Callable[Concatenate[S, Call, P], Any],
    later: bool,
    prepare: Callable[..., Any] | None = None,
) -> Callable[Concatenate[S, Call, P], Reply]:
    @wraps(method)
    def ask(self: S, call: Call, /, *args: P.args, **facts: P.kwargs) -> Reply:
        name = f"{self.name}.{method.__name__}"
        # The one place where the bureau unveils what it is told; its tables are its own to guard.
        told = revealed(facts)
        call = dataclasses.replace(call, actor=Actor(call.actor))
        made = args if prepare is None else (prepare(self, call, *args, **told),)
        return self.office.ask(name, call, lambda: method(self, call, *made, **told))

    ask.sstibet_later = later  # type: ignore[attr-defined]  # how a port knows its verbs
    return ask
