"""A desk that a command is for: its settings, its keys, its store, and the bureau beside it.

DESK is a desk's file or a ``postgresql://`` address. Keys come from the file that the variable
``SSTIBET_SETTINGS`` names, or from ``--settings``; without any a file's own stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sstibet.cli.terminal import warn_line
from sstibet.frames import render
from sstibet.problems import RulebookError

if TYPE_CHECKING:
    from sstibet.bureau import Bureau
    from sstibet.engine.engine import Engine
    from sstibet.rulebook import Rulebook
    from sstibet.settings import Settings
    from sstibet.stores.records import Store
    from sstibet.vault import Vault

Desk = Annotated[str, typer.Argument(metavar="DESK", help="A desk's file, or postgresql://…")]
SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", metavar="FILE", help="Else the file that SSTIBET_SETTINGS names."),
]
BureauFile = Annotated[
    Path | None,
    typer.Option(
        "--bureau",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="The embedded bureau's file, where it isn't the desk's own.",
    ),
]


def settings_in(file: Path | None) -> Settings:
    """The desk's settings; exit 2 with every problem where they can't be read."""
    from sstibet.settings import Settings

    try:
        return Settings.found() if file is None else Settings.read(file)
    except RulebookError as error:
        # Only problems and their places: the lines themselves hold keys.
        warn_line(render(error.problems, lambda _: None, "concise"))
        raise typer.Exit(2) from None


def own_key(desk: str | Path) -> Path | None:
    """The key beside a file, where there is one."""
    from sstibet.stores.opening import is_server

    place = Path(f"{desk}.key")
    return place if not is_server(desk) and place.is_file() else None


def vault_of(desk: str | Path, settings: Settings, own_too: bool = False) -> Vault | None:
    """The settings' keys; the file's own where they have none, or where it is to be known too."""
    from sstibet.vault import BESIDE, Vault, key_beside

    keys = dict(settings.secrets)
    if own_key(desk) is not None and (own_too or not keys):
        keys.setdefault(BESIDE, key_beside(desk))
    return Vault(keys) if keys else None


@contextmanager
def told_of(desk: str | Path) -> Iterator[None]:
    """Tell in one line why a desk can't be had, and exit 2."""
    import apsw

    from sstibet.engine.errors import PortMissing
    from sstibet.stores.opening import shown

    try:
        yield
    except (
        OSError,
        RuntimeError,
        ValueError,
        ModuleNotFoundError,
        PortMissing,
        apsw.Error,
    ) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        place = f"{shown(desk)}: "
        warn_line(f"Error: {'' if str(why).startswith(shown(desk)) else place}{why}")
        raise typer.Exit(2) from None


def store_at(desk: str, vault: Vault | None, *, reading: bool = False) -> Store:
    """The store that is there already; nothing is made where nothing was. Exit 2 where it can't be
    opened."""
    from sstibet.stores.opening import is_server, open_store, read_store
    from sstibet.vault import BESIDE, Spoilt

    with told_of(desk):
        try:
            if reading:
                return read_store(desk, vault)
            if is_server(desk):
                read_store(desk, vault).close()  # raises where nothing is
            elif not Path(desk).is_file():
                raise OSError("there is no such file")
            return open_store(desk, vault)
        except Spoilt as error:
            if own_key(desk) is None or repr(BESIDE) not in str(error):
                raise
            hint = "`sstibet rotate` with --own-key lets the key beside it open it"
            raise Spoilt(f"{error}; {hint}") from None


def engine_at(
    desk: str | Path,
    settings: Settings,
    *,
    book: Rulebook | None = None,
    bureau: Path | None = None,
) -> Engine:
    """The desk that is there already, with the bureau beside it; nothing is made where nothing was.
    Exit 2 where it can't be opened."""
    from sstibet.engine.engine import Engine
    from sstibet.engine.errors import PortMissing

    store_at(str(desk), vault_of(desk, settings)).close()  # opening a desk would make one
    theirs = bureau or desk
    with told_of(theirs):
        if not has_bureau(theirs):  # and a bureau as well
            hint = "a desk with ports of its own is asked in its program: desk.reconcile()"
            raise PortMissing(f"no embedded bureau is in it: {hint}")
    with told_of(desk):
        return Engine.open(desk, book=book, settings=settings, bureau_path=bureau)


def has_bureau(file: str | Path) -> bool:
    """Whether the embedded bureau's tables stand in a file. Exit 2 where it is none of SQLite's."""
    import apsw

    from sstibet.stores.opening import is_server

    if is_server(file):
        return False
    with told_of(file):
        connection = apsw.Connection(str(file))
        try:
            connection.set_busy_timeout(10_000)
            sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'bureau_persons'"
            return bool(next(connection.execute(sql))[0])
        finally:
            connection.close()


@contextmanager
def bureau_in(file: str | Path, vault: Vault | None) -> Iterator[Bureau | None]:
    """The embedded bureau whose tables stand in a file, where they do."""
    from sstibet.bureau import Bureau
    from sstibet.engine.clock import SystemClock

    found: Bureau | None = None
    if has_bureau(file):
        with told_of(file):
            found = Bureau.open(file, clock=SystemClock(), vault=vault)
    try:
        yield found
    finally:
        if found is not None:
            found.close()
