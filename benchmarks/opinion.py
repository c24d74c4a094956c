"""The second opinion against our own engine, in the same run: decisions a second, memory, start.

``python -m benchmarks.opinion`` prints the figures of ``docs/second-opinion.md``.
"""

from __future__ import annotations

import subprocess
import sys

import sstibet
from benchmarks.measure import Job, Report, medians
from sstibet.deciding import Decider, decider
from sstibet.items.value import Event, Item, Step
from sstibet.testing import walks

MACHINES = ("payment", "debit_agreement", "login")
_ROUNDS = 11

Decision = tuple[Item, Event]


def decisions(book: sstibet.Rulebook, item: str) -> list[Decision]:
    """Every event of the walks through an item's machine, with the item that it comes to."""
    ours, found = decider(book.contents, book.digest), list[Decision]()
    for walk in walks(book, item):
        now = walk.start
        for event in walk.events:
            found.append((now, event))
            step = ours.decide(now, event)
            now = step.item if isinstance(step, Step) else now
    return found


def check(book: sstibet.Rulebook, item: str = "debit_agreement") -> int:
    """How many decisions of an item's walks both engines came to alike."""
    asked = decisions(book, item)
    ours, both = _deciders(book)
    for now, event in asked:
        assert ours.decide(now, event) == both.decide(now, event)
    return len(asked)


def speed(report: Report, book: sstibet.Rulebook) -> None:
    """Decisions by us alone, and with the second opinion asked."""
    for item in MACHINES:
        asked = decisions(book, item)
        took = _both(book, asked)
        what = f"{item}: time with the second opinion, to ours alone"
        report.note(what, took["both"] / took["ours"])
        for name, words in (("ours", "ours"), ("both", "with it")):
            thousands = len(asked) / took[name] / 1000
            report.note(f"{item}: thousand decisions a second, {words}", thousands)


def _both(book: sstibet.Rulebook, asked: list[Decision]) -> dict[str, float]:
    ours, both = _deciders(book)
    jobs: dict[str, Job] = {"ours": lambda: _run(ours, asked), "both": lambda: _run(both, asked)}
    return medians(jobs, _ROUNDS)


def bare(report: Report) -> None:
    """Memory and start of a process that has all machines ready."""
    for name, opinion in (("ours alone", "None"), ("with the second opinion", "DurableOpinion()")):
        seconds, mebibytes = _ready(opinion)
        report.note(f"all machines ready, {name}: seconds of start", seconds)
        report.note(f"all machines ready, {name}: MiB of memory", mebibytes)


def _ready(opinion: str) -> tuple[float, float]:
    script = (
        "import time, sstibet\n"
        "from sstibet.deciding import decider\n"
        "book = sstibet.load()\n"
        "start = time.process_time()\n"
        f"{'from sstibet.durable import DurableOpinion' if opinion != 'None' else ''}\n"
        f"opinion = {opinion}\n"
        "ready = decider(book.contents, book.digest, opinion)\n"
        "for item in book.contents.items:\n"
        "    machine = ready.machines[item]\n"
        "    if opinion: opinion.selector(machine, book.contents.dictionary)\n"
        "took = time.process_time() - start\n"
        # The largest that this process was, and not whoever started it.
        "told = dict(line.split(':') for line in open('/proc/self/status'))\n"
        "print(took, int(told['VmHWM'].split()[0]) / 1024)\n"
    )
    found = [_numbers(script) for _ in range(5)]
    return sorted(seconds for seconds, _ in found)[2], sorted(size for _, size in found)[2]


def _numbers(script: str) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    seconds, size = done.stdout.split()
    return float(seconds), float(size)


def _deciders(book: sstibet.Rulebook) -> tuple[Decider, Decider]:
    from sstibet.durable import DurableOpinion

    ours = decider(book.contents, book.digest)
    return ours, decider(book.contents, book.digest, DurableOpinion())


def _run(decides: Decider, asked: list[Decision]) -> None:
    for now, event in asked:
        decides.decide(now, event)


def able() -> bool:
    """Whether durable-rules is here at all."""
    from sstibet.durable.missing import DurableMissing, engine

    try:
        engine()
    except DurableMissing:
        return False
    return True


def measure(report: Report, book: sstibet.Rulebook) -> None:
    """All figures, or a line that says why there are none."""
    if not able():
        print("       the second opinion is not measured: durable-rules isn't installed")
        return
    speed(report, book)
    bare(report)


if __name__ == "__main__":
    measure(Report(), sstibet.load())
