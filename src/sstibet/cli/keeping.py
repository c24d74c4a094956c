"""``new-key``, ``rotate`` and ``forget``: for whoever keeps a desk and what it knows of persons.

DESK is a desk's file or a ``postgresql://`` address. Keys come from the file that the variable
``SSTIBET_SETTINGS`` names, or from ``--settings``. A desk without any moves from its own key,
beside its file, to one of the settings by ``rotate --own-key``. Unasked that key opens nothing once
there are others: else whoever can write there could have a text of theirs sealed.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sstibet.cli.options import Book, open_book
from sstibet.cli.terminal import say_line, warn_line
from sstibet.frames import render
from sstibet.problems import RulebookError

if TYPE_CHECKING:
    from sstibet.settings import Settings
    from sstibet.stores.records import Store
    from sstibet.vault import Vault

Desk = Annotated[str, typer.Argument(metavar="DESK", help="A desk's file, or postgresql://…")]
SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", metavar="FILE", help="Else the file that SSTIBET_SETTINGS names."),
]


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
    own_key: Annotated[
        bool,
        typer.Option("--own-key", help="The key beside the file opens too: to move away from it."),
    ] = False,
    batch: Annotated[
        int, typer.Option("--batch", min=1, max=100_000, help="Texts in one transaction.")
    ] = 500,
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

    found = _settings(settings)
    if not found.keys and not check:
        message = "the settings have no key to seal with: `sstibet new-key` makes one"
        raise typer.BadParameter(message, param_hint="'--settings'")
    vault = _vault(desk, found, own_key)
    store = _open(desk, vault)
    try:
        if not check:
            done = rotate_store(store, batch)
            with _bureau(desk, vault) as bureau:
                done += 0 if bureau is None else rotate_store(bureau, batch)
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
        _prove(desk, found)


def _prove(desk: str, settings: Settings) -> None:
    """Read everything with the new key alone."""
    from sstibet.stores.rotating import unreadable
    from sstibet.vault import Vault

    alone = Vault({settings.keys[0].id: settings.keys[0].secret})
    store = _open(desk, alone)
    try:
        faults = unreadable(store)
        with _bureau(desk, alone) as bureau:
            if bureau is not None and bureau.reseal(1):
                faults.append("the embedded bureau's tables")
    finally:
        store.close()
    for fault in faults:
        warn_line(fault)
    if faults:
        raise typer.Exit(1)
    say_line(f"everything was read with {settings.keys[0].id} alone; no other key is needed")
    if (own := _own_key(desk)) is not None:
        say_line(f"{own} is needed no more; take it away once no process is left that has it")


def forget(
    desk: Desk,
    actor: Annotated[
        str | None, typer.Option("--actor", metavar="A", help="All of this person's that is over.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    on: Annotated[
        str | None, typer.Option("--on", metavar="TIME", help="When it is; now if left out.")
    ] = None,
    settings: SettingsFile = None,
    book: Book = None,
) -> None:
    """Forget what is known of persons in items that are over, by the book's retention rule.

    States, times, amounts and vouchers stay. What isn't over, or still waits for an answer, is
    never touched.
    """
    from sstibet.engine.clock import SystemClock, instant
    from sstibet.engine.forgetting import forget as forget_in

    contents = open_book(book).contents
    try:
        now = SystemClock().now() if on is None else instant(on, contents.info.time_zone)
    except (ValueError, AssertionError):
        message = "write a day and a time, such as 2025-10-01T09:00"
        raise typer.BadParameter(message, param_hint="'--on'") from None
    store = _open(desk, _vault(desk, _settings(settings)))
    try:
        found = forget_in(store, contents, now, actor=actor, dry=dry_run)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'--book'") from None
    finally:
        store.close()
    say_line(f"{'would be ' if dry_run else ''}forgotten: {sum(found.items.values())} items")
    for name, count in sorted(found.items.items()):
        say_line(f"  {name}: {count}")
    say_line(f"  keys of requests: {found.requests}, delivered effects: {found.rows}")
    for count, why in (
        (found.waiting, "over, but something of them still waits for an answer"),
        (found.unknown, "of a machine or state that this book doesn't have"),
        (found.spoilt, "can't be read: altered, or sealed by a key that isn't there"),
    ):
        if count:
            warn_line(f"left as they are: {count} ({why})")


def _settings(file: Path | None) -> Settings:
    from sstibet.settings import Settings

    try:
        return Settings.found() if file is None else Settings.read(file)
    except RulebookError as error:
        # Only problems and their places: the lines themselves hold keys.
        warn_line(render(error.problems, lambda _: None, "concise"))
        raise typer.Exit(2) from None


def _own_key(desk: str) -> Path | None:
    """The key beside a file, where there is one."""
    from sstibet.stores import is_server

    place = Path(f"{desk}.key")
    return place if not is_server(desk) and place.is_file() else None


def _vault(desk: str, settings: Settings, own_too: bool = False) -> Vault | None:
    """The settings' keys; the file's own where they have none, or where it is to be known too."""
    from sstibet.vault import BESIDE, Vault, key_beside

    keys = dict(settings.secrets)
    if _own_key(desk) is not None and (own_too or not keys):
        keys.setdefault(BESIDE, key_beside(desk))
    return Vault(keys) if keys else None


@contextmanager
def _bureau(desk: str, vault: Vault | None) -> Iterator[Any]:
    """The embedded bureau whose tables stand in a desk's file, where they do."""
    import apsw

    from sstibet.bureau import Bureau
    from sstibet.engine.clock import SystemClock
    from sstibet.stores import is_server

    found: Bureau | None = None
    if not is_server(desk):
        connection = apsw.Connection(desk)
        connection.set_busy_timeout(10_000)
        sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'bureau_persons'"
        there = bool(next(connection.execute(sql))[0])
        connection.close()
        if there:
            found = Bureau.open(desk, clock=SystemClock(), vault=vault)
    try:
        yield found
    finally:
        if found is not None:
            found.close()


def _open(desk: str, vault: Vault | None) -> Store:
    from sstibet.stores import is_server, open_store
    from sstibet.vault import Spoilt

    if not is_server(desk) and not Path(desk).is_file():
        raise typer.BadParameter(f"there is no desk {desk}", param_hint="DESK")
    if vault is None:
        message = "no key is known: neither the settings nor a file beside the desk has one"
        raise typer.BadParameter(message, param_hint="'--settings'")
    try:
        return open_store(desk, vault)
    except Spoilt as error:
        hint = "; --own-key lets the key beside it open it" if _own_key(desk) else ""
        raise typer.BadParameter(f"{error}{hint}", param_hint="DESK") from None
    except RuntimeError as error:
        raise typer.BadParameter(str(error), param_hint="DESK") from None
