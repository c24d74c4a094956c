"""``new-key``, ``rotate`` and ``forget``: for whoever keeps a desk and what it knows of persons.

A desk without keys in its settings moves from its own key, beside its file, to one of the settings
by ``rotate --own-key``. Unasked that key opens nothing once there are others: else whoever can
write there could have a text of theirs sealed.
"""

from __future__ import annotations

import base64
import re
import secrets
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sstibet.cli.desks import (
    BureauFile,
    Desk,
    SettingsFile,
    bureau_in,
    own_key,
    settings_in,
    store_at,
    vault_of,
)
from sstibet.cli.options import Book, open_book
from sstibet.cli.terminal import say_line, warn_line

if TYPE_CHECKING:
    from sstibet.engine.forgetting import Forgotten
    from sstibet.settings import Settings
    from sstibet.stores.records import Store

_UNTOUCHED = (
    "not touched: what stands behind the ports (of the embedded bureau: its persons, users,\n"
    "  declarations, payments, accounts and papers), logs, and backups"
)


def new_key(
    name: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Its id; one of its own if left out.")
    ] = None,
) -> None:
    """A fresh key, as an entry for the settings. It is printed and kept nowhere.

    ``(umask 077; sstibet new-key > settings.yaml)`` makes the settings of a desk that has none.
    """
    from sstibet.vault import KEY_BYTES

    if name is not None and not re.fullmatch("[a-z0-9_]{1,40}", name):
        raise typer.BadParameter("an id has a-z, 0-9 and _, 40 at most", param_hint="'--id'")
    secret = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    say_line(f"keys:\n  - id: {name or f'k_{secrets.token_hex(6)}'}\n    secret: {secret}")


def rotate(
    desk: Desk,
    check: Annotated[
        bool, typer.Option("--check", help="Only tell how much each key has sealed.")
    ] = False,
    own_too: Annotated[
        bool,
        typer.Option("--own-key", help="The key beside the file opens too: to move away from it."),
    ] = False,
    batch: Annotated[
        int, typer.Option("--batch", min=1, max=100_000, help="Texts in one transaction.")
    ] = 500,
    bureau: BureauFile = None,
    settings: SettingsFile = None,
) -> None:
    """Seal all that a desk keeps anew, under the first key of the settings.

    Give the new key to every process first, before the old one; others go on working meanwhile, and
    a run that was broken off is taken up by the next. Then drop the old key. To move from the key
    beside a file while others work, give its text to them as a second key with the id beside.

    Exit status: 0 all is under the first key, 1 something isn't, 2 it can't be done.
    """
    from sstibet.stores.rotating import rotate as rotate_store
    from sstibet.vault import BESIDE, Spoilt

    found = settings_in(settings)
    if not found.keys and not check:
        message = "the settings have no key to seal with: `sstibet new-key` makes one"
        raise typer.BadParameter(message, param_hint="'--settings'")
    theirs = desk if bureau is None else bureau
    store = _open(desk, found, own_too)
    try:
        if not check:
            done = rotate_store(store, batch)
            with bureau_in(theirs, vault_of(theirs, found, own_too)) as embedded:
                done += 0 if embedded is None else rotate_store(embedded, batch)
            say_line(f"{done} sealed anew")
            store.tidy()
        sealed = dict(store.sealed_by())
    except Spoilt as spoilt:  # it stays as it is, to be looked into
        warn_line(f"something can't be sealed anew: {spoilt}")
        raise typer.Exit(1) from None
    finally:
        store.close()
    current = found.keys[0].id if found.keys else BESIDE
    for name in sorted({*sealed, current}):
        say_line(f"{name}{' (current)' if name == current else ''}: {sealed.get(name, 0)}")
    if sealed.keys() - {current}:
        if not check:
            warn_line("something is still written under another key: is a process running with it?")
        raise typer.Exit(1)
    if not check:
        _prove(desk, theirs, found)


def _prove(desk: str, bureau: str | Path, settings: Settings) -> None:
    """Read everything with the new key alone."""
    from sstibet.stores.rotating import unreadable
    from sstibet.vault import Vault

    alone = Vault({settings.keys[0].id: settings.keys[0].secret})
    store = store_at(desk, alone)
    try:
        faults = unreadable(store)
        with bureau_in(bureau, alone) as embedded:
            found = embedded is not None
            if embedded is not None and embedded.reseal(1):
                faults.append("the embedded bureau's tables")
    finally:
        store.close()
    for fault in faults:
        warn_line(fault)
    if faults:
        raise typer.Exit(1)
    say_line(f"everything was read with {settings.keys[0].id} alone; no other key is needed")
    if not found:
        say_line(
            "no embedded bureau is in it: one in a file of its own needs --bureau FILE as well"
        )
    for own in {own_key(desk), own_key(bureau)} - {None}:
        say_line(f"{own} is needed no more; take it away once no process is left that has it")


def _open(desk: str, settings: Settings, own_too: bool = False) -> Store:
    from sstibet.stores.opening import is_server

    if not is_server(desk) and not Path(desk).is_file():
        raise typer.BadParameter(f"there is no desk {desk}", param_hint="DESK")
    vault = vault_of(desk, settings, own_too)
    if vault is None:
        message = "no key is known: neither the settings nor a file beside the desk has one"
        raise typer.BadParameter(message, param_hint="'--settings'")
    return store_at(desk, vault)


def forget(
    desk: Desk,
    actor: Annotated[
        str | None, typer.Option("--actor", metavar="A", help="All of this person's that is over.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    on: Annotated[
        str | None, typer.Option("--on", metavar="TIME", help="When it is; now if left out.")
    ] = None,
    bureau: BureauFile = None,
    settings: SettingsFile = None,
    book: Book = None,
) -> None:
    """Forget what is known of persons in items that are over, by the book's retention rule.

    States, times, amounts and vouchers stay. What isn't over, or still waits for an answer, is
    never touched; nor is what stands behind the ports, such as the embedded bureau's own record.
    With --actor the person's sessions end, once nothing of theirs is left.
    """
    from sstibet.engine.clock import SystemClock, instant
    from sstibet.engine.forgetting import forget as forget_in

    contents = open_book(book).contents
    try:
        now = SystemClock().now() if on is None else instant(on, contents.info.time_zone)
    except (ValueError, AssertionError):
        message = "write a day and a time, such as 2025-10-01T09:00"
        raise typer.BadParameter(message, param_hint="'--on'") from None
    wanted, theirs = settings_in(settings), bureau or desk
    store = _open(desk, wanted)
    try:
        beside = nullcontext() if actor is None else bureau_in(theirs, vault_of(theirs, wanted))
        with beside as embedded:
            kept = None if embedded is None else embedded.session_table
            found = forget_in(store, contents, now, actor=actor, dry=dry_run, sessions=kept)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'--book'") from None
    finally:
        store.close()
    _say_forgotten(found, dry_run, None if actor is None else _of_sessions(found, kept is not None))


def _of_sessions(found: Forgotten, known: bool) -> str:
    """What became of the sessions of one person."""
    if found.left:
        return f"not ended, as items of theirs are left: {found.left}"
    if known:
        return str(found.sessions)
    return "none is kept here; --bureau names the embedded bureau's file"


def _say_forgotten(found: Forgotten, dry_run: bool, sessions: str | None) -> None:
    say_line(f"{'would be ' if dry_run else ''}forgotten: {sum(found.items.values())} items")
    for name, count in sorted(found.items.items()):
        say_line(f"  {name}: {count}")
    say_line(f"  keys of requests: {found.requests}, delivered effects: {found.rows}")
    if sessions is not None:
        say_line(f"  sessions: {sessions}")
    say_line(_UNTOUCHED)
    for count, why in (
        (found.waiting, "over, but something of them still waits for an answer"),
        (found.unknown, "of a machine or state that this book doesn't have"),
        (found.spoilt, "can't be read: altered, or sealed by a key that isn't there"),
    ):
        if count:
            warn_line(f"left as they are: {count} ({why})")
