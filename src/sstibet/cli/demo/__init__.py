"""``demo``: real premiums with their reasons, then every step of the operating guide; all checked.

``steps`` is the list of the premiums shown and what must come out; ``ask`` puts one step to the
rules and tells the answer; ``workshop`` shows what isn't a single question: a whole table at once,
and an author's mistake. ``guide`` plays the business items (`sstibet.cli.scenes`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sstibet.cli.demo import guide
from sstibet.cli.demo import papers as certificates
from sstibet.cli.demo.ask import Shown, answer
from sstibet.cli.demo.steps import STEPS, Step
from sstibet.cli.demo.workshop import author_mistake, whole_table
from sstibet.cli.options import language_of, open_book
from sstibet.cli.terminal import say_line
from sstibet.rulebook import Rulebook

SHOWS = {"table": whole_table, "mistake": author_mistake}


# The demo explains itself in English; what the book says stands in the language wanted.
_LANGUAGE = "en"
Language = Annotated[
    str,
    typer.Option("--lang", "--language", metavar="LANG", help="Of the guide's steps: zh or en."),
]


Papers = Annotated[
    Path | None,
    typer.Option("--papers", metavar="DIR", help="Keep the certificates that are printed there."),
]


def demo(lang: Language = _LANGUAGE, papers: Papers = None) -> None:
    """Work out real premiums with their reasons, and play every step of the operating guide.

    Exit status: 0 every step came out as it must, 1 one didn't.
    """
    book = open_book(None)
    language = language_of(book, lang)
    wrong = [*_premiums(book), *_guide(book, language, papers)]
    if wrong:
        say_line(f"\n{len(wrong)} came out otherwise: {', '.join(wrong)}")
        raise typer.Exit(1)
    say_line(
        "Next: sstibet quote flexible_pension --on 2025-03-01 --set base=7066.20 "
        "--set months=1 --explain --lang en"
    )


def _premiums(book: Rulebook) -> list[str]:
    """The premiums, each with its reason; those that came out otherwise."""
    info = book.contents.info
    say_line(f"{info.label.text('en')} ({info.label.text('zh')}), {info.version}")
    say_line(
        f"{len(STEPS)} steps from the rules in {len(info.schemes)} schemes, {book.digest[:12]}"
    )
    wrong = [f"step {n}" for n, step in enumerate(STEPS, 1) if not _show(book, n, step)]
    if not wrong:
        say_line(f"\nAll {len(STEPS)} steps came out as they must.")
    return wrong


def _guide(book: Rulebook, language: str, folder: Path | None) -> list[str]:
    """The steps of the guide, a line each; those that failed or were not taken."""
    stage = guide.play(book)
    say_line(
        f"\nThe operating guide (操作指南) on the embedded bureau, {stage.scenes.at}: "
        f"{len(stage.played)} scenes\n"
    )
    told = list(guide.tell(stage, language))
    for each in told:
        say_line(each.line)
    faults = guide.faults(stage)
    for fault in faults:
        say_line(f"FAILED {fault}")
    printed = list(certificates.tell(stage, folder, language))
    for line, _ in printed:
        say_line(line)
    wrong = [each.step for each in told if not each.right]
    wrong += ["a certificate" for _, right in printed if not right]
    if not wrong and not faults:
        say_line(f"\nAll {len(told)} steps of the guide were taken.")
    return wrong or faults


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
