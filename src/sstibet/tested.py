"""One test of a condition as it came out."""

from __future__ import annotations

from dataclasses import dataclass, field

from sstibet.labels import Label


@dataclass(frozen=True, slots=True)
class Tested:
    """One test as it came out: what was compared, with what, and the answer (None: unknown)."""

    rule: str
    name: str
    label: Label
    test: str
    left: object = field(repr=False)
    right: object = field(repr=False)
    answer: bool | None
