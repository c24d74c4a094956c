"""Deciding: the machines of a book made ready, and what an event leads to."""

from __future__ import annotations

from sstibet.contents import Contents
from sstibet.deciding.choosing import Opinion
from sstibet.deciding.decide import Decider
from sstibet.deciding.faults import BookFault, NoWay, TwoWays
from sstibet.deciding.machine import Machine, Machines

__all__ = ["BookFault", "Decider", "Machine", "NoWay", "Opinion", "TwoWays", "decider"]


def decider(contents: Contents, digest: str, opinion: Opinion | None = None) -> Decider:
    """What decides the events of a book's items; ``opinion``: another engine that must agree."""
    return Decider(contents, digest, Machines(contents), opinion)
