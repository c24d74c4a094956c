"""``demo``: real premiums worked out from the shipped rules, with their reasons, and checked.

``steps`` is the list of what is shown and what must come out; ``ask`` puts one step to the rules
and tells the answer; ``workshop`` shows what isn't a single question: a whole table at once, and
an author's mistake.
"""

from __future__ import annotations

import typer

from sstibet.cli.demo.ask import Shown, answer
from sstibet.cli.demo.steps import STEPS, Step
from sstibet.cli.demo.workshop import author_mistake, whole_table
from sstibet.cli.options import open_book
from sstibet.cli.terminal import say_line
from sstibet.rulebook import Rulebook

SHOWS = {"table": whole_table, "mistake": author_mistake}


def demo() -> None:
    """Work out a set of real premiums from the shipped rules, with their reasons.

    Exit status: 0 every step came out as it must, 1 one didn't.
    """
    book = open_book(None)
    info = book.contents.info
    say_line(f"{info.label.text('en')} ({info.label.text('zh')}), {info.version}")
    say_line(
        f"{len(STEPS)} steps from the rules in {len(info.schemes)} schemes, {book.digest[:12]}"
    )
    failed = [number for number, step in enumerate(STEPS, 1) if not _show(book, number, step)]
    if failed:
        say_line(f"\n{len(failed)} of {len(STEPS)} steps came out otherwise: {failed}")
        raise typer.Exit(1)
    say_line(f"\nAll {len(STEPS)} steps came out as they must.")
    say_line(
        "Next: sstibet quote flexible_pension --on 2025-03-01 --set base=7066.20 "
        "--set months=1 --explain --lang en"
    )


def _show(book: Rulebook, number: int, step: Step) -> bool:
    """Print one step with its reason; whether it came out as it must."""
    shown: Shown = SHOWS.get(step.ask, answer)(book, step)
    right = shown.outcome == step.expect
    say_line(f"\n{number:2} {'✓' if right else '✗'} {step.title}")
    for line in (step.command, f"→ {shown.outcome}", *shown.working):
        say_line(f"     {line}")
    if shown.because:
        say_line(f"     because {shown.because}")
    if not right:
        say_line(f"     BUT IT SHOULD BE: {step.expect}")
    return right
