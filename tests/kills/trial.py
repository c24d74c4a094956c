"""A trial: two workers on the same requests, killed again and again; and the audit after it."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
from worker import POINTS, SPEED, Case, Plan, QuickClock, desk_of

from sstibet import Engine
from sstibet.bureau import Bureau, Sums
from sstibet.stores.records import DONE

HOWS = ("card", "code", "card", "left")
MOODS = ("usual", "twice", "late", "lost_reply", "slow")
_CASES = 3  # of one round
_LONGEST = 60.0  # seconds without any worker's end after which a round is called stuck


class Lost(AssertionError):
    """Something that was acknowledged isn't there, or something was done twice."""


class Nursery:
    """Forks workers, and tells how they ended."""

    def __init__(self) -> None:
        program = [sys.executable, str(Path(__file__).with_name("worker.py"))]
        self._process = subprocess.Popen(
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._read() == "ready"

    def work(self, plan: Plan) -> int:
        """A new worker's process id."""
        return int(self._ask(f"work {plan.text()}"))

    def ended(self, pid: int) -> int | None:
        """How a worker ended (below zero: by which signal); None: not yet."""
        told = self._ask(f"poll {pid}")
        return None if told == "-" else int(told)

    def close(self) -> None:
        """Let go of the nursery; its workers have ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@dataclass(frozen=True)
class Working:
    """A worker at work: when it is to be killed, or the point at which it will be for once."""

    pid: int
    dies_at: float = float("inf")
    point: str | None = None


@dataclass
class Trial:
    """Kills of workers on one store, at each of the ``points`` and at random moments; ``disturb``
    is called all the time: what else goes wrong."""

    folder: Path
    nursery: Nursery
    store: str
    seed: int
    fault: str | None = None
    points: tuple[str, ...] = POINTS
    disturb: Callable[[Trial], None] | None = None
    speed: int = SPEED
    kills: int = 0
    missed: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=time.monotonic)
    cases: list[Case] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.bureau = (
            self.store.removeprefix("sqlite:")
            if self.store.startswith("sqlite:")
            else str(self.folder / "bureau.db")
        )
        self.journal = str(self.folder / "journal.jsonl")
        self.clock = QuickClock(self.began, self.speed)
        self.ahead = list(self.points)
        self.rng.shuffle(self.ahead)

    def run(self, kills: int) -> Audit:
        """Round after round until so many workers were killed; then what the audit found."""
        self._a_file_is_made(kills)
        everybody, before = self._everybody()
        while self.kills < kills or self.ahead:
            if len(everybody) < _CASES:
                raise Lost(f"nobody is left to pay after {self.kills} kills; {self.ahead} to come")
            batch = [Case(*everybody.pop(), how=self.rng.choice(HOWS)) for _ in range(_CASES)]
            self.cases += batch
            self._mood()
            self._round(batch, kills)
        self._mood("usual")
        return Audit(self, before)

    def _a_file_is_made(self, kills: int) -> None:
        """The first workers are killed while they make the file, and have nothing else to do."""
        for _ in range(min(4, kills // 5)):
            pid = self.nursery.work(self._plan([]))
            time.sleep(self.rng.uniform(0, 0.05))
            self._kill(pid)
            self._end(pid)

    def _plan(self, cases: list[Case], stop: tuple[str, int] | None = None) -> Plan:
        return Plan(
            self.store, self.bureau, self.journal, self.began, cases, stop, self.fault, self.speed
        )

    def _everybody(self) -> tuple[list[tuple[str, str, str, str]], Sums]:
        """Who may pay a pension for this year and hasn't yet, shuffled; and the money so far."""
        with Bureau.open(self.bureau, clock=self.clock) as bureau:
            sql = "SELECT enrolment FROM bureau_lines WHERE live = 1 AND period LIKE '2025%'"
            taken = {row["enrolment"] for row in bureau._database.rows(sql)}
            found = [
                (each.actor, each.name, each.id_number, one.enrolment)
                for each in bureau.persons()
                for one in each.enrolments
                if one.scheme == "resident_pension" and one.enrolment not in taken
                if not (each.in_employee_pension or each.public_employee or each.student)
                if 1970 < each.birth_date.year < 2005
            ]
            self.rng.shuffle(found)
            return found, bureau.money()

    def _mood(self, mood: str | None = None) -> None:
        """How the gateway behaves from now on."""
        with Bureau.open(self.bureau, clock=self.clock) as bureau:
            bureau.tell("gateway", "usual")
            if (mood := mood or self.rng.choice(MOODS)) != "usual":
                bureau.tell("gateway", mood, times=3 if mood == "lost_reply" else None)

    def _round(self, batch: list[Case], kills: int) -> None:
        """Two workers on the same cases until both have gone through them."""
        working = [self._worker(batch, kills) for _ in range(2)]
        until = time.monotonic() + _LONGEST
        while working:
            if time.monotonic() > until:
                raise Lost(f"a round never ends: {batch}")
            for each in list(working):
                if time.monotonic() >= each.dies_at:
                    self._kill(each.pid)
                    if self.rng.random() < 0.2:  # both at once
                        for other in working:
                            self._kill(other.pid)
                code = self.nursery.ended(each.pid)
                if code is None:
                    continue
                until = time.monotonic() + _LONGEST
                working.remove(each)
                if each.point is not None and each.point not in self.struck():
                    self.ahead.insert(0, each.point)  # it never came by so often
                    self.missed[each.point] += 1
                if code == -signal.SIGKILL:
                    self.kills += 1
                    working.append(self._worker(batch, kills))
                elif code:
                    crash = Path(self.journal).with_suffix(".crash")
                    raise Lost(f"a worker broke: {crash.read_text()}")
            if self.disturb is not None:
                self.disturb(self)
            time.sleep(0.002)

    def _worker(self, batch: list[Case], kills: int) -> Working:
        """A new worker that stops at a point, or is killed at some time, or goes on to the end.
        Every point comes once, then any of them."""
        if not self.ahead and self.kills >= kills:
            return Working(self.nursery.work(self._plan(batch)))
        if self.ahead or self.rng.random() < 0.5:
            once = bool(self.ahead)
            point = self.ahead.pop() if once else self.rng.choice(self.points or POINTS)
            # One that is seldom passed is struck the first time that somebody comes by.
            often = 1 if point.startswith("open") or self.missed[point] > 1 else 8
            before = self.rng.randrange(often)
            pid = self.nursery.work(self._plan(batch, (point, before)))
            return Working(pid, point=point if once else None)
        pid = self.nursery.work(self._plan(batch))
        return Working(pid, time.monotonic() + self.rng.uniform(0.002, 0.15))

    def struck(self) -> set[str]:
        """The points at which a worker has died so far."""
        path = Path(self.journal)
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        told = [json.loads(line) for line in lines if line.startswith('["struck"')]
        return {each["point"] for _, each in told}

    def _kill(self, pid: int) -> None:
        # Nobody has waited for it yet, so the id is nobody else's.
        os.kill(pid, signal.SIGKILL)

    def _end(self, pid: int) -> None:
        while (code := self.nursery.ended(pid)) is None:
            time.sleep(0.001)
        self.kills += code == -signal.SIGKILL


class Audit:
    """What a fresh engine finds after the kills, told against the workers' journal."""

    def __init__(self, trial: Trial, before: Sums) -> None:
        self._trial, self._before = trial, before
        lines = Path(trial.journal).read_text("utf-8").splitlines()
        self.journal = [(what, told) for what, told in map(json.loads, lines)]
        self.acknowledged = [told for what, told in self.journal if what == "ack"]
        self.struck = {told["point"] for what, told in self.journal if what == "struck"}
        self.ends = Counter[str]()
        self.wrong = list[str]()

    def law(self, holds: bool, *what: object) -> None:
        """Remember what is broken."""
        if not holds:
            self.wrong.append(" ".join(map(str, what)))

    def check(self) -> Audit:
        """Lost, with all that is wrong, where anything is."""
        trial = self._trial
        desk = desk_of(trial._plan([]), trial.clock, lambda store, ports: (store, ports))
        try:
            for told in self.acknowledged:
                self._is_there(desk, told)
            self._settle(desk)
            for case in trial.cases:
                self._once(desk, case)
            self._money(desk)
            self._delivered(desk)
        finally:
            desk.close()
        self._asked()
        for path in {trial.bureau, *([trial.store[7:]] if "sqlite" in trial.store else [])}:
            self._sound(path)
        if self.wrong:
            raise Lost("\n".join(self.wrong))
        return self

    def _is_there(self, desk: Engine, told: dict[str, Any]) -> None:
        """What was acknowledged: the key, the item at that version or beyond, its history line."""
        kept = desk.store.keyed(told["actor"], told["key"])
        item = desk.store.get(told["ref"])
        self.law(item is not None and item.version >= told["version"], "the item is lost:", told)
        self.law(kept is not None and kept.ref == told["ref"], "the key is lost:", told)
        if told["event"] is not None and kept is not None:
            lines = [each for each in desk.store.history(told["ref"])
                     if each.version == kept.version]  # fmt: skip
            right = [(each.event, each.actor) for each in lines] == [(told["event"], told["actor"])]
            self.law(right, "the line of history is lost:", told)

    def _settle(self, desk: Engine) -> None:
        """Time passes until nothing more happens by itself."""
        for seconds in (*(1, 61, 601, 3601) * 3, 31 * 86_401, 86_401):
            self._trial.clock.ahead += seconds
            for _ in range(200):
                if not desk.deliver() + desk.due():
                    break
            else:
                self.law(False, "it never comes to rest")

    def _once(self, desk: Engine, case: Case) -> None:
        """Each key took effect once, whatever was killed."""
        owned = list(desk.store.of_actor(case.actor, 100))
        started = desk.store.keyed(case.actor, case.start_key)
        self.law(len(owned) == (started is not None), case.start_key, "began", len(owned), "items")
        if started is None:
            return
        keys = [desk.store.keyed(case.actor, key) for key, _, _ in case.requests()]
        taken = sorted((each.ref, each.version) for each in keys if each is not None)
        lines = list[tuple[str, int]]()
        for ref in [each for each in desk.store.refs() if each.startswith(started.ref)]:
            past = desk.store.history(ref)
            item = desk.store.get(ref)
            assert item is not None
            versions = [each.version for each in past]
            self.law(versions == list(range(item.version + 1)), ref, "has gaps:", versions)
            for before, after in itertools.pairwise(past):
                self.law(before.after == after.before, ref, "jumps at", after.version)
            # The first line tells how it was begun; the key of that is the item's.
            lines += [(ref, each.version) for each in past[1:] if each.actor == case.actor]
            self.ends[f"{item.head.item}.{item.state}"] += 1
        self.law(sorted(lines) == taken, "keys", taken, "took effect as", sorted(lines))

    def _money(self, desk: Engine) -> None:
        """What is charged is booked in or given back, and no period is paid twice."""
        now, then = desk.bureau.money(), self._before
        charged = now.charged.fen - then.charged.fen
        back, booked = (
            now.given_back.fen - then.given_back.fen,
            now.booked.fen - then.booked.fen,
        )
        self.law(booked == charged - back, "booked", booked, "charged", charged, "back", back)
        database = desk.bureau._database
        mine = {case.enrolment for case in self._trial.cases}
        live = Counter(
            (each.enrolment, each.period)
            for each in desk.bureau.live_payments()
            if each.enrolment in mine
        )
        self.law(max(live.values(), default=0) < 2, "paid twice:", live.most_common(1))
        for row in database.rows(
            "SELECT l.enrolment, count(*) AS n FROM bureau_orders o JOIN bureau_declarations d"
            " ON d.held_by = o.ref JOIN bureau_lines l USING (declaration_no)"
            " WHERE o.status = 'succeeded' AND o.given_back_on IS NULL GROUP BY l.enrolment"
        ):
            self.law(row["enrolment"] not in mine or row["n"] == 1, "charged twice:", row)

    def _delivered(self, desk: Engine) -> None:
        """No row is left that somebody still has to deliver."""
        for ref in desk.store.refs():
            item = desk.store.get(ref)
            assert item is not None
            waits = {each.number for each in item.pending}
            for row in desk.store.rows(ref):
                over = row.status == DONE or row.number in waits
                self.law(over, "not delivered:", row.key, row.status)
                self.law(row.status in (DONE, "waiting"), "left behind:", row.key, row.status)

    def _asked(self) -> None:
        """A port is asked the same under the same key, however often."""
        said: dict[str, Any] = {}
        for what, told in self.journal:
            if what == "asked":
                first = said.setdefault(told["key"], told)
                self.law(first == told, "one key, two questions:", first, told)

    def _sound(self, path: str) -> None:
        connection = apsw.Connection(path)
        self.law(connection.pragma("integrity_check") == "ok", path, "is damaged")
        connection.close()
