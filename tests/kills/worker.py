"""A worker at a desk, and the nursery that it comes from.

``python worker.py`` reads a line of JSON for each worker that is wanted and forks it: a new process
with its own connections, ready in some milliseconds, that can be killed like any other. A worker
goes through a list of requests, each under its own key, as a client does that asks again until it
is answered; what was answered it writes down after the engine has returned, and not before.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import apsw

import sstibet
from sstibet import Engine, View
from sstibet.bureau import Bureau
from sstibet.stores.records import Conflict
from sstibet.vault import Vault

SPEED = 1000  # the clock's seconds in one of ours: a lease is over in 60 milliseconds
START = 1_760_490_000  # 2025-10-15, 09:00 in Lhasa
CARD = "6217000000000000004"
PAYMENT = 3  # the number of the call of the payment, after `find` and `declare`
_PATIENCE = 3.0  # seconds for which a request is asked again
VERBS = ("find_enrolments", "declare", "hold", "charge_card", "charge_qr", "book", "query")
# Where a worker may be told to stop: it is killed there, at the n-th time that it comes by.
POINTS = (
    "open.after", "look.before", "commit.before", "commit.inside", "commit.after", "claim.after",
    "mark.before", "mark.after", "bureau.inside", "verb.before", "verb.after", "ack.before",
    "ack.after",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One person's business: what is declared and how it is paid (``card``, ``code``), or that it
    is left unpaid until its time is over (``left``)."""

    actor: str
    name: str
    id_number: str
    enrolment: str
    how: str

    def requests(self) -> Iterator[tuple[str, bool, Mapping[str, Any]]]:
        """(key, whether it goes to the payment, answers) after the beginning."""
        key = self.enrolment
        steps: list[tuple[bool, Mapping[str, Any]]] = [
            (False, {"insured_name": self.name, "insured_id_number": self.id_number}),
            (False, {"chosen_enrolments": [key]}),
            (False, {"pay_mode": "ordinary",
                     "chosen_enrolments": [{"key": key, "coverage_year": 2025}]}),
            (False, {"chosen_enrolments": [{"key": key, "tier": "200"}]}),
            (False, {}),
        ]  # fmt: skip
        if self.how == "code":
            steps.append((True, {"channel": "alipay"}))
        if self.how == "card":
            steps += [
                (True, {"channel": "ccb"}),
                (True, {"card_number": CARD, "id_last_four": self.id_number[-4:]}),
                (True, {"card_holder": self.name, "withdrawal_password": "739151"}),
            ]
        for number, (inner, answers) in enumerate(steps, 1):
            yield f"{self.start_key}:{number}", inner, answers

    @property
    def start_key(self) -> str:
        """The key of the beginning."""
        return f"{self.enrolment}:{self.how}"


@dataclass
class Plan:
    """What a worker is told. ``stop``: a point and how often it is passed before; ``fault``: what
    it does wrong, so that the audit can be seen to find it."""

    store: str
    bureau: str
    journal: str
    began: float
    cases: list[Case] = field(default_factory=list)
    stop: tuple[str, int] | None = None
    fault: str | None = None
    speed: int = SPEED

    def text(self) -> str:
        """As one line."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def of(cls, text: str) -> Plan:
        """From that line."""
        told = json.loads(text)
        told["cases"] = [Case(**each) for each in told["cases"]]
        return cls(**told)


class QuickClock:
    """The machine's own clock, so many times as fast; every process has the same."""

    def __init__(self, began: float, speed: int) -> None:
        self._began, self._speed, self.ahead = began, speed, 0

    def now(self) -> int:
        """Seconds since 1970, from a morning in 2025 on."""
        return START + self.ahead + int((time.monotonic() - self._began) * self._speed)


@cache
def book() -> sstibet.Rulebook:
    """The shipped book, read once."""
    return sstibet.load()


def store_of(url: str) -> Any:
    """The store behind a URL: ``sqlite:PATH``, or ``URL|SCHEMA`` in a PostgreSQL server."""
    scheme, _, path = url.partition(":")
    if scheme == "sqlite":
        from sstibet.stores.sqlite import SqliteStore

        return SqliteStore(path)
    from sstibet.stores.postgres import PostgresStore

    server, _, schema = url.partition("|")
    return PostgresStore(server, Vault({"kills": b"k" * 32}), schema=schema, patience=2.0)


def desk_of(plan: Plan, clock: QuickClock, wrap: Callable[[Any, Any], tuple[Any, Any]]) -> Engine:
    """A desk on a plan's store and bureau; ``wrap`` may stand between it and them."""
    bureau = Bureau.open(plan.bureau, clock=clock)
    store, ports = wrap(store_of(plan.store), bureau.ports())
    desk = Engine(book(), store=store, ports=ports, clock=clock)
    desk.bureau = bureau
    return desk


class Journal:
    """Lines that are with the operating system once they are written: no kill takes them back."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(self, what: str, **told: Any) -> None:
        """One line."""
        os.write(self._file, (json.dumps([what, told], ensure_ascii=False) + "\n").encode())


class Stops:
    """The points that a worker passes, and the one at which it is killed."""

    def __init__(self, stop: tuple[str, int] | None, journal: Journal) -> None:
        self._point, self._left = stop or ("", 0)
        self._journal = journal

    def at(self, point: str) -> None:
        """Pass a point, or die there."""
        if point != self._point:
            return
        if self._left:
            self._left -= 1
            return
        self._journal.write("struck", point=point)
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)  # never reached: the signal is not waited for

    def inside(self, point: str, connection: apsw.Connection) -> None:
        """Pass a point right before a connection commits."""

        def trace(cursor: object, sql: str, given: object) -> bool:
            if sql == "COMMIT":
                self.at(point)
            return True

        connection.exec_trace = trace


class Between:
    """A store with points around what it does."""

    def __init__(self, store: Any, stops: Stops, fault: str | None) -> None:
        self._store, self._stops, self._fault = store, stops, fault

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        if not callable(method):
            return method

        def passed(*given: Any) -> Any:
            if name == "commit" and self._fault == "no_keys":
                given = (given[0]._replace(keyed=None),)
            self._stops.at(f"{name}.before")
            found = method(*given)
            self._stops.at(f"{name}.after")
            return found

        return passed


class BetweenPort:
    """A port with points around its verbs; each call is written down with what it was told."""

    def __init__(self, port: Any, stops: Stops, journal: Journal) -> None:
        self._port, self._stops, self._journal = port, stops, journal

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if name not in VERBS:
            return method

        def asked(call: Any, **told: Any) -> Any:
            public = {key: str(told[key]) for key in sorted(told) if "password" not in key}
            self._journal.write("asked", key=call.key, verb=name, told=public)
            self._stops.at("verb.before")
            answer = method(call, **told)
            self._stops.at("verb.after")
            return answer

        return asked


# What a server that is away, or a file that is locked for long, looks like.
_OUTAGES = (apsw.BusyError, Conflict, ConnectionError)


class Worker:
    """Goes through its cases and writes down what it was answered."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.journal = plan, Journal(plan.journal)
        self.stops = Stops(plan.stop, self.journal)
        self.desk = self._patiently(
            lambda: desk_of(plan, QuickClock(plan.began, plan.speed), self._wrap)
        )
        self.stops.at("open.after")

    def _wrap(self, store: Any, ports: Mapping[str, Any]) -> tuple[Any, Any]:
        database = getattr(store, "_db", None)
        if isinstance(database, apsw.Connection):
            self.stops.inside("commit.inside", database)
        wrapped = {
            name: BetweenPort(port, self.stops, self.journal) for name, port in ports.items()
        }
        office = ports["ledger"].database._connection
        self.stops.inside("bureau.inside", office)
        return Between(store, self.stops, self.plan.fault), wrapped

    def run(self) -> None:
        """Every case, the first request first."""
        for case in self.plan.cases:
            view = self._patiently(
                lambda case=case: self._acknowledged(
                    case, case.start_key, None,
                    lambda: self.desk.start(
                        "resident_payment", actor=case.actor, key=case.start_key
                    ),
                )
            )  # fmt: skip
            if view is not None:
                self._go_through(case, view.ref)
        self._patiently(self._still)

    def _go_through(self, case: Case, ref: str) -> None:
        for key, inner, answers in case.requests():
            where = f"{ref}.{PAYMENT}" if inner else ref

            def send(
                where: str = where, key: str = key, answers: Mapping[str, Any] = answers
            ) -> View:
                return self.desk.send(where, "submit", answers, actor=case.actor, key=key)

            done = self._patiently(lambda key=key, send=send: self._sent(case, key, send))
            if done is None or done.refused:
                return

    def _sent(self, case: Case, key: str, send: Callable[[], View]) -> View | None:
        """A request; None where what comes before it is still under way."""
        try:
            view = self._acknowledged(case, key, "submit", send)
        except sstibet.NoSuchItem:  # the payment isn't begun yet
            self._go_on()
            return None
        if view is not None and view.code == "not_now" and view.waits_for and not view.events:
            self._go_on()
            return None
        return view

    def _acknowledged(
        self, case: Case, key: str, event: str | None, ask: Callable[[], View]
    ) -> View | None:
        told = {"key": key, "actor": case.actor, "event": event}
        if self.plan.fault == "early" and event is not None:
            ref = self.desk.store.keyed(case.actor, case.start_key).ref
            self.journal.write("ack", **told, ref=ref, version=self.desk.store.get(ref).version + 1)
        try:
            view = ask()
        except sstibet.KeyInFlight:
            self._go_on()
            return None
        self.stops.at("ack.before")
        if not view.refused:
            self.journal.write("ack", **told, ref=view.ref, version=view.version)
        self.stops.at("ack.after")
        return view

    def _go_on(self) -> None:
        self.desk.deliver()
        self.desk.due()

    def _still(self) -> bool | None:
        """Whether nothing is left to do right now."""
        return True if not self.desk.deliver() + self.desk.due() else None

    def _patiently(self, act: Callable[[], Any]) -> Any:
        """Ask again as long as there is no answer; None where patience came to its end. What is
        away is waited for."""
        left, last = _PATIENCE, time.monotonic()
        while left > 0:
            try:
                if (found := act()) is not None:
                    return found
                left -= time.monotonic() - last
            except _OUTAGES as error:
                self.journal.write("away", kind=type(error).__name__)
                left -= 0.005
                time.sleep(0.03)
            last = time.monotonic()
            time.sleep(0.003)
        self.journal.write("gave_up")
        return None


def _work(line: str) -> None:
    # A worker says nothing but in its journal: what ports break by is in the engine's log.
    import logging

    logging.disable(logging.CRITICAL)
    Worker(Plan.of(line)).run()


def nursery() -> None:
    """Fork a worker for each line ``work PLAN``; ``poll PID`` tells how it ended ("-" not yet)."""
    book()
    print("ready", flush=True)
    for line in sys.stdin:
        what, _, rest = line.strip().partition(" ")
        if what == "work":
            pid = os.fork()
            if not pid:
                code = 1
                try:
                    _work(rest)
                    code = 0
                except BaseException:
                    import traceback

                    path = Path(json.loads(rest)["journal"]).with_suffix(".crash")
                    path.write_text(traceback.format_exc())
                finally:
                    os._exit(code)
            print(pid, flush=True)
        else:
            found, status = os.waitpid(int(rest), os.WNOHANG)
            print(os.waitstatus_to_exitcode(status) if found else "-", flush=True)


if __name__ == "__main__":
    nursery()
