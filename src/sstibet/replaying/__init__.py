"""A changed book against what a store holds: whether it can go on with every item under way, and
whether every recorded history comes out as it did."""

from __future__ import annotations

from sstibet.replaying.against import Report, check_against

__all__ = ["Report", "check_against"]
