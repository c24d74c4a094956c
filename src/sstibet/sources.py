"""Where a value comes from, as data: a fact, a column of the row at hand, or the value itself."""

from __future__ import annotations

from typing import Annotated

from sstibet.documents import Filled, Name, Named, Node, node
from sstibet.problems import BadValue


@node
class Source(Node):
    """Where a value comes from: a ``fact``, a ``column`` of the row at hand, or a ``value``."""

    fact: Name | None = None
    column: Name | None = None
    value: Filled | None = None

    def __post_init__(self) -> None:
        if sum(each is not None for each in (self.fact, self.column, self.value)) != 1:
            message = "a source is one of fact, column and value"
            raise BadValue("source_shape", message, "keep exactly one")


Sources = Annotated[dict[str, Source], Named()]
