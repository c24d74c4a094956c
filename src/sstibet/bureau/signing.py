"""Callbacks as they would come over a network: written, signed, and told one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sstibet.bureau.office import Office


@dataclass(frozen=True, slots=True)
class SignedCallback:
    """What a port sends to the desk's web hook; ``Engine.receive(port, body, signature)``."""

    port: str
    body: bytes
    signature: str


def signed(office: Office, now: int) -> Iterator[SignedCallback]:
    """The callbacks that are due of the ports that sign theirs, each told once."""
    from sstibet.engine.callbacks import write

    for port, signer in office.signers.items():
        for key, reply in office.ready(port, now):
            sql = "SELECT ref FROM bureau_jobs WHERE port = ? AND key = ?"
            row = office.database.row(sql, port, key)
            assert row is not None, "a callback is of a job"
            body = write(port, key, row["ref"], reply, now)
            yield SignedCallback(port, body, signer.sign(body))
