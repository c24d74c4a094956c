"""One test of a condition as it came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sstibet.labels import Label


@dataclass(frozen=True, slots=True)
class Tested:
    """One test as it came out: what was compared, with what, and the answer (None: unknown).
    ``labels`` are those of the codes that may have been compared."""

    rule: str
    name: str
    label: Label
    test: str
    left: object = field(repr=False)
    right: object = field(repr=False)
    answer: bool | None
    labels: Mapping[str, Label] = field(default_factory=dict, compare=False, repr=False)
