"""The types of ``roles.yaml``: what an agent may do on behalf of others (代办角色).

A role lists the items that whoever holds it may *see*, *go on* with, or *start* for a person; each
word has the ones before it in it. What it doesn't list is closed. Who holds which role, for whom
and how long, is no rule of the book and stands in the settings (`sstibet.settings.Agent`).
"""

from __future__ import annotations

from dataclasses import field
from typing import Annotated

from sstibet.documents import Name, Named, Node, node, word
from sstibet.evidence import Evidence
from sstibet.items.documents import VerbName
from sstibet.labels import Label

SEE, GO_ON, START = "see", "go_on", "start"
LEVELS = (SEE, GO_ON, START)


@node
class Withheld(Node):
    """What is the person's own to do, even in items that the role may go on with: ``events``
    (``refund.submit``), and ``facts`` that no form takes from an agent. Secret facts are withheld
    from every role, named here or not."""

    events: tuple[VerbName, ...] = ()
    facts: tuple[Name, ...] = ()


@node
class Role(Node):
    """A role: its label, what it rests on, what it may, and what it never does."""

    label: Label
    evidence: Evidence
    may: Annotated[dict[str, Annotated[str, word(*LEVELS)]], Named()]
    never: Withheld | None = field(default=None)

    def reaches(self, item: str, level: str) -> bool:
        """Whether the role may do this much with an item."""
        told = self.may.get(item)
        return told is not None and LEVELS.index(told) >= LEVELS.index(level)
