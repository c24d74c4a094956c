"""What a book is at fault for, told when an event is decided."""

from __future__ import annotations


class BookFault(Exception):
    """The book is at fault, not the person: two ways hold at once, none does, or an invariant is
    broken. Nothing has changed."""


class TwoWays(BookFault):
    """Two ways hold at once."""


class NoWay(BookFault):
    """No way holds."""
