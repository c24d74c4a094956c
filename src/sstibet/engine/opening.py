"""Opening a desk: its store, the embedded bureau, its ports; all of it, or nothing stays open."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from sstibet.engine.clock import SystemClock
from sstibet.engine.ports import Clock, Ids
from sstibet.rulebook import Rulebook, load
from sstibet.settings import Settings
from sstibet.stores.opening import is_server, open_store
from sstibet.text import UnknownName
from sstibet.vault import Vault

if TYPE_CHECKING:
    from sstibet.bureau import Bureau
    from sstibet.deciding import Opinion
    from sstibet.engine.engine import Engine


def open_desk(
    desk: type[Engine],
    path: str | Path | None,
    *,
    book: Rulebook | None,
    ports: Mapping[str, object] | None,
    clock: Clock | None,
    ids: Ids | None,
    settings: Settings | None,
    second_opinion: bool,
    bureau_path: str | Path | None,
) -> Engine:
    """See `Engine.open`."""
    from sstibet.sessions import Sessions

    rules, given = book or load(), dict(ports or {})
    for name in given:  # misspelt, the embedded bureau's would answer in its place
        if name not in rules.contents.ports:
            raise UnknownName("port", name, rules.contents.ports)
    beside = _beside(path, bureau_path)
    time, wanted = clock or SystemClock(), settings or Settings.found()
    opinion = _second_opinion() if second_opinion else None
    vault = Vault(wanted.secrets) if wanted.keys else None
    for file in {path, beside} - {None}:
        if not is_server(file):
            _usable(str(file))
    with ExitStack() as opened:
        store = open_store(path, vault)
        opened.callback(store.close)
        bureau = _bureau(beside, time, wanted, vault)
        opened.callback(bureau.close)
        engine = desk(
            rules, store=store, ports={**bureau.ports(), **given}, clock=time, ids=ids,
            settings=wanted, opinion=opinion,
        )  # fmt: skip
        engine.bureau = bureau
        bureau.note_others(given)
        engine.sessions = Sessions(bureau.session_table, engine, wanted.sessions)
        opened.pop_all()
    return engine


def _beside(path: str | Path | None, bureau_path: str | Path | None) -> str | Path | None:
    """The embedded bureau's file; None for memory."""
    if bureau_path is None:
        return None if is_server(path) else path
    if is_server(bureau_path):
        raise ValueError("the embedded bureau is in a file or in memory, not on a server")
    return bureau_path


def _bureau(
    path: str | Path | None, clock: Clock, settings: Settings, vault: Vault | None
) -> Bureau:
    from sstibet.bureau import Bureau, Hashing
    from sstibet.papers.desk import signer_of

    cost = settings.passwords
    hashing = Hashing(passes=cost.passes, memory=cost.memory, lanes=cost.lanes)
    return Bureau.open(
        path, clock=clock, hashing=hashing, vault=vault, paper_signer=signer_of(settings.papers)
    )


def _second_opinion() -> Opinion:
    from sstibet.durable import DurableOpinion

    return DurableOpinion()


def _usable(path: str) -> None:
    """OSError where a desk's file can't be opened, or is something else."""
    import apsw

    try:
        connection = apsw.Connection(path)
        connection.set_busy_timeout(10_000)  # another process may just be opening it
        connection.execute("PRAGMA schema_version")
        connection.close()
    except apsw.Error as error:
        raise OSError(f"{path} cannot be the file of a desk: {error}") from None
