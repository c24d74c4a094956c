"""``python -m benchmarks.durable_faults``: what durable-rules does bare, and here, as a table.

Each fault is shown in a process of its own, for one of them ends it:
``python -m benchmarks.durable_faults NAME``.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
# Two references of 18 digits whose 32-bit FNV-1a hash is the same: 0x706da708.
ALIKE = ("241359908018763427", "641045683242728177")
SESSIONS = 3000


class Bare:
    """The library without anything around it: a ruleset, and which of its rules fired."""

    def __init__(self, **rules: list[dict[str, Any]]) -> None:
        from durable import engine

        self.fired: list[str] = []
        self.refusals = (engine.MessageNotHandledException, engine.MessageObservedException)
        self.number = 0
        made = {name: {"all": all_, "run": self._firing(name)} for name, all_ in rules.items()}
        self.ruleset = engine.Ruleset("bare", None, made)

    def _firing(self, name: str) -> Callable[[Any], None]:
        def fire(closure: Any) -> None:
            self.fired.append(f"{name} for {closure.s.sid}")

        return fire

    def post(self, sid: str = "1", *, as_fact: bool = False, **message: Any) -> int:
        """How many rules an event (or a fact) fires."""
        self.fired.clear()
        self.number += 1
        told = self.ruleset.assert_fact if as_fact else self.ruleset.assert_event
        try:
            handle = told({"sid": sid, "id": str(self.number), **message})
        except self.refusals:
            return 0
        self.ruleset.do_actions(handle, lambda error, state: None)
        return len(self.fired)


def crash() -> str:
    """Let go of a session in which nothing has fired."""
    bare = Bare(other=[{"m": {"kind": "other"}}])
    bare.post(kind="this")
    bare.ruleset.delete_state("1")
    return "goes on"


def mixed_up() -> str:
    """Half of a rule's facts come from one person, half from another."""
    bare = Bare(pay=[{"m_0": {"kind": "asked"}}, {"m_1": {"kind": "confirmed"}}])
    bare.post(ALIKE[0], kind="asked")
    fired = bare.post(ALIKE[1], kind="confirmed")
    return f"{ALIKE[1]} confirms, and fires what {ALIKE[0]} asked" if fired else "kept apart"


def too_many() -> str:
    """Many sessions at once."""
    bare = Bare(touch=[{"m": {"kind": "touch"}}])
    for number in range(SESSIONS):
        try:
            bare.post(f"s{number}", kind="touch")
        except MemoryError:
            return f"MemoryError at the session {number + 1:,}"
    return f"{SESSIONS:,} sessions"


def early() -> str:
    """An event that comes before its state does."""
    bare = Bare(pay=[{"m_0": {"event": "pay"}}, {"m_1": {"state": "confirmed"}}])
    bare.post(event="pay")
    return "fires later, by itself" if bare.post(state="confirmed") else "is refused"


def text_for_number() -> str:
    """A text where a number is meant."""
    bare = Bare(above=[{"m": {"$gt": {"x": 1000}}}])
    found = [text for text in ("abc", "9") if bare.post(x=text)]
    return ", ".join(f"'{text}' > 1000" for text in found) or "never above"


def equal_to_one() -> str:
    """What equals the number 1."""
    bare = Bare(is_=[{"m": {"x": 1}}])
    found = [text for text, value in (("true", True), ("'1'", "1")) if bare.post(x=value)]
    return " and ".join([*found, "1"])


def misspelt() -> str:
    """A right side that names nothing: 5 < y, for y = 1."""
    bare = Bare(below=[{"m": {"$lt": {"x": {"m": "y"}}}}])
    return "holds always, without a word" if bare.post(x=5, y=1) else "does not hold"


def twice() -> str:
    """One fact, and a rule with an "or" of which both sides hold."""
    bare = Bare(pay=[{"m": {"$or": [{"x": 1}, {"y": 1}]}}])
    return f"fires {bare.post(as_fact=True, x=1, y=1)} times"


def by_itself() -> str:
    """Threads that run once a host is made."""
    import threading

    from durable import engine

    before = threading.active_count()
    engine.Host()
    more = threading.active_count() - before
    return f"{more} threads that fire what waits" if more else "none"


@dataclass(frozen=True)
class Fault:
    """A fault, how it is shown, and what keeps it out here."""

    words: str
    bare: Callable[[], str]
    here: str


FAULTS: Mapping[str, Fault] = {
    "crash": Fault(
        "letting go of a session in which no rule has fired", crash,
        "a rule `touch` fires first in each; tested with an event that fires nothing",
    ),
    "mixed_up": Fault(
        "two persons whose references have one 32-bit hash", mixed_up,
        "no reference is told; one session, which is let go after every decision",
    ),
    "too_many": Fault("3,000 live sessions", too_many, "there is never more than one"),
    "early": Fault(
        "an event that comes too early", early,
        "every rule has one pattern over one message, so nothing waits",
    ),
    "text_for_number": Fault(
        "a text where a number is meant", text_for_number,
        "every field has one type, checked before anything is told (`Unfit`)",
    ),
    "equal_to_one": Fault(
        "what equals the number 1", equal_to_one,
        "yes and no are told as 1 and 0, and a truth value or a text in their place is `Unfit`",
    ),
    "misspelt": Fault(
        "a right side that is misspelt", misspelt,
        "rules are written by the exporter alone; every comparison is tested against our own",
    ),
    "twice": Fault(
        'one fact, and an "or" of which both sides hold', twice,
        "a rule that has fired counts once",
    ),
    "by_itself": Fault("its host, once made", by_itself, "no host is made"),
}  # fmt: skip


def observed(name: str) -> str:
    """What the bare library does, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.durable_faults", name]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode < 0:
        return f"the process dies (signal {-done.returncode})"
    return done.stdout.strip() or f"exit status {done.returncode}"


def table() -> Iterator[str]:
    """The faults as Markdown."""
    yield "| what | durable-rules bare | how it is kept out here |"
    yield "|---|---|---|"
    for name, fault in FAULTS.items():
        yield f"| {fault.words} | {observed(name)} | {fault.here} |"


if __name__ == "__main__":
    if sys.argv[1:]:
        print(FAULTS[sys.argv[1]].bare())
    else:
        print("\n".join(table()))
