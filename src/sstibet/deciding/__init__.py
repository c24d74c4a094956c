"""Deciding: the machines of a book made ready, and what an event leads to."""

from __future__ import annotations

from sstibet.contents import Contents
from sstibet.deciding.decide import BookFault, Decider
from sstibet.deciding.machine import Machine, Machines

__all__ = ["BookFault", "Decider", "Machine", "decider"]


def decider(contents: Contents, digest: str) -> Decider:
    """What decides the events of a book's items."""
    return Decider(contents, digest, Machines(contents))
