"""Worked examples: a question and its answer beside the rule they show, as data.

They are the rule's tests. A book is not taken while one of them comes out otherwise.
"""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Any

from sstibet.amounts import Amount, SignedAmount
from sstibet.documents import WHERE, Name, Named, Node, node, word
from sstibet.evidence import KINDS, Day
from sstibet.problems import BadValue


class _Given:
    """Marks facts as an author writes them: texts, and rows of texts for records."""

    def __get_pydantic_core_schema__(self, _: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        def plain(value: object) -> dict[str, object]:
            if not isinstance(value, dict):
                raise BadValue("not_a_mapping", "a mapping from facts to values is wanted here")
            return {key: _without_where(each) for key, each in value.items() if key != WHERE}

        return core_schema.no_info_plain_validator_function(plain)

    def __get_pydantic_json_schema__(self, _: Any, handler: Any) -> dict[str, Any]:
        return {"type": "object"}


def _without_where(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_where(each) for key, each in value.items() if key != WHERE}
    return [_without_where(each) for each in value] if isinstance(value, list) else value


Given = Annotated[dict[str, Any], _Given()]


@node
class Bounds(Node):
    """A floor and a ceiling of the base, in yuan a month."""

    floor: Amount
    ceiling: Amount


@node
class Outcome(Node):
    """What must come out: exactly one of ``due`` (with the other amounts), ``wrong`` (a fact, and
    the ``code`` of why), ``missing`` (facts) or ``bounds``."""

    due: SignedAmount | None = None
    government: Amount | None = None
    parts: Annotated[dict[str, Amount], Named()] | None = None
    evidence: Annotated[str, word(*KINDS)] | None = None
    wrong: Name | None = None
    code: Name | None = None
    missing: tuple[Name, ...] | None = None
    bounds: Bounds | None = None

    def __post_init__(self) -> None:
        said = [
            name
            for name in ("due", "wrong", "missing", "bounds")
            if getattr(self, name) is not None
        ]
        if len(said) != 1:
            found = " and ".join(said) or "none of them"
            raise BadValue(
                "no_one_outcome",
                f"an example says one of due, wrong, missing or bounds; this one says {found}",
                "keep exactly one" if said else "add one",
            )
        self.companions(signed=False)

    def companions(self, signed: bool) -> None:
        """What goes with the outcome that is said; ``signed`` lets the amount be below zero."""
        if self.due is None and (self.government or self.parts or self.evidence):
            raise BadValue("no_one_outcome", "government, parts and evidence go with 'due'")
        if self.wrong is None and self.code is not None:
            raise BadValue("no_one_outcome", "'code' goes with 'wrong'")
        if self.due is not None and self.due.fen < 0 and not signed:
            message = f"{self.due} is below zero"
            raise BadValue("negative_amount", message, "only a difference may be", ("due",))


@node
class Example(Outcome):
    """A quote asked on a day with some facts, and what must come out."""

    on: Day
    known_on: Day | None = None
    facts: Given = field(default_factory=dict)
