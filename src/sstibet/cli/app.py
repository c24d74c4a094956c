"""The command's commands, gathered."""

from __future__ import annotations

from typing import Annotated

import typer

from sstibet.cli import (
    asking,
    checking,
    drawing,
    exporting,
    inflight,
    keeping,
    papering,
    reconciling,
    showing,
    tabling,
    translating,
    walking,
)
from sstibet.cli.demo import demo
from sstibet.cli.terminal import say_line
from sstibet.version import __version__

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    # Plain text in help and errors, so that a pipe and a log show the same as a terminal.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Social-insurance premiums in Tibet (西藏社保费): dated, explained, exact to the fen.",
)


def _version(wanted: bool) -> None:
    if wanted:
        say_line(f"sstibet {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Social-insurance premiums in Tibet (西藏社保费): dated, explained, exact to the fen."""


app.command("demo")(demo)
app.command("check")(checking.check)
app.command("quote")(asking.quote)
app.command("refund")(asking.refund)
app.command("may-pay")(asking.may_pay)
app.command("show")(showing.show)
app.command("table")(tabling.table)
app.command("walk")(walking.walk)
app.command("draw")(drawing.draw)
app.command("export-durable")(exporting.export_durable)
app.command("reconcile")(reconciling.reconcile)
app.command("verify-paper")(papering.verify_paper)
app.command("paper-key")(papering.paper_key)
app.command("explain-code")(checking.explain_code)
app.command("migrate")(inflight.migrate)
app.command("translations")(translating.translations)
app.command("schema")(checking.schema)
app.command("new-key")(keeping.new_key)
app.command("rotate")(keeping.rotate)
app.command("forget")(keeping.forget)
