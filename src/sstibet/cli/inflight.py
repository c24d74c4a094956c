"""``check --against`` and ``migrate``: a changed book and the items that are under way."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sstibet.cli.desks import SettingsFile, settings_in, store_at, vault_of
from sstibet.cli.options import Book, open_book
from sstibet.cli.terminal import say_line

if TYPE_CHECKING:
    from sstibet.engine.migrating import Brought
    from sstibet.replaying import Report


def against(root: Path, store: str, as_new: bool) -> Report:
    """What a sound book's folder has against it in a store, which is only read."""
    from sstibet.replaying import check_against

    kept = store_at(store, vault_of(store, settings_in(None)), reading=True)
    try:
        return check_against(root, kept, as_new=as_new)
    finally:
        kept.close()


def say_report(report: Report) -> None:
    """How much was looked at, in a few lines."""
    say_line(
        f"items: {report.items}; replayed: {report.replayed}, {report.events} lines of history"
    )
    for why, times in sorted(report.not_replayed.items()):
        say_line(f"not replayed: {times}: {why}")


def migrate(
    store: Annotated[
        str, typer.Argument(metavar="STORE", help="A desk's file, or the URL of its PostgreSQL.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")
    ] = False,
    settings: SettingsFile = None,
    book: Book = None,
) -> None:
    """Bring every item of a store to the machines of a book, by the migrations that they list.

    Each item is a step of its own; it may be stopped and run again. Others may use the store.
    Exit status: 0 every item can be gone on with, 1 some can't, 2 the store or the book can't be
    read.
    """
    from sstibet.engine.engine import Engine
    from sstibet.engine.migrating import bring_all
    from sstibet.engine.ports import PartialPort

    rules = open_book(book)
    kept = store_at(store, vault_of(store, settings_in(settings)), reading=dry_run)
    # Nothing is delivered here, so no port is asked anything.
    ports = {name: PartialPort() for name in rules.contents.ports}
    desk = Engine(rules, store=kept, ports=ports)
    try:
        found = bring_all(desk, dry=dry_run)
    finally:
        desk.close()
    _say_brought(found, dry_run)
    if found.cannot:
        raise typer.Exit(1)


def _say_brought(found: Brought, dry: bool) -> None:
    goes = "would go" if dry else "went"
    for (item, version, state, to, where), times in sorted(found.go.items()):
        say_line(f"{times:6} {item} {version} {state} {goes} to {to} {where}")
    for (item, version, state), times in sorted(found.stay.items()):
        say_line(f"{times:6} {item} {version} {state} stays")
    for why, (times, first) in sorted(found.cannot.items()):
        say_line(f"{times:6} can't be gone on with: {why} (first {first})")
    done, stay = found.go.total(), found.stay.total()
    cannot = sum(times for times, _ in found.cannot.values())
    say_line(f"{done} {goes} on, {stay} stay as they are, {cannot} can't be gone on with")
