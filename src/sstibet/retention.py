"""How long what is known of persons is kept once an item is over (个人信息保存期限), as data."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated

from sstibet.documents import Name, Named, Node, Whole, node
from sstibet.evidence import Evidence
from sstibet.problems import BadValue

DAY = 86400
_MOST = 100 * 366


def _check(days: int, *path: str) -> None:
    if not 1 <= days <= _MOST:
        message = f"nothing is kept for {days} days"
        raise BadValue("retention_days", message, "write 1 day to 100 years, in days", path)


@node
class Kept(Node):
    """For how many days after its end an item keeps what is personal: after one that ended well,
    and after one that ended badly (refused, abandoned)."""

    well: Whole
    badly: Whole
    evidence: Evidence | None = None

    def __post_init__(self) -> None:
        _check(self.well, "well")
        _check(self.badly, "badly")

    def days(self, ends: str) -> int:
        """The days after an end: ``well`` or ``badly``."""
        return self.well if ends == "well" else self.badly


@node
class Retention(Node):
    """The periods of a book.

    ``usual`` holds for every item that ``items`` doesn't name; ``requests`` is for how many days
    the key of a request is known again.
    """

    evidence: Evidence
    requests: Whole
    usual: Kept
    items: Annotated[dict[str, Kept], Named()] = field(default_factory=dict[str, Kept])

    def __post_init__(self) -> None:
        _check(self.requests, "requests")

    def of(self, item: Name) -> Kept:
        """The periods of an item."""
        return self.items.get(item, self.usual)
