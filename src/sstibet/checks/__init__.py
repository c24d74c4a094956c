"""Everything that is checked over a whole book once its documents are typed."""

from __future__ import annotations

from sstibet.loading import Loaded
from sstibet.problems import Problem


def check_contents(loaded: Loaded) -> list[Problem]:
    """Every problem of a typed book that only shows across its nodes."""
    return []
