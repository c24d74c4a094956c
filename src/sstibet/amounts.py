"""Amounts, shares and roundings as they stand in YAML."""

from __future__ import annotations

from typing import Annotated, Any

from sstibet.documents import Node, Text, node, or_word
from sstibet.money import MODES, Money, Rate, Rounding, Unit, parse_mode, parse_unit

_YUAN = r"^(0|[1-9]\d*)(\.\d{1,2})?$"


def parse_amount(text: str) -> Money:
    """An amount of yuan that is not negative."""
    amount = Money.parse(text)
    if amount.fen < 0:
        from sstibet.problems import BadValue

        raise BadValue("negative_amount", f"{text} is below zero", "an amount here is 0 or more")
    return amount


Amount = Annotated[Money, Text(parse_amount, pattern=_YUAN)]
# Of a difference: below zero where something is given back.
SignedAmount = Annotated[Money, Text(Money.parse)]
UnknownAmount = Annotated[Money | None, or_word("unknown", parse_amount)]
Share = Annotated[Rate, Text(Rate.parse)]


@node
class RoundTo(Node):
    """How an amount is rounded: ``{to: fen, mode: half_up}``."""

    to: Annotated[Any, Text(parse_unit, enum=[unit.name.lower() for unit in Unit])]
    mode: Annotated[str, Text(parse_mode, enum=list(MODES))]

    @property
    def rounding(self) -> Rounding:
        """The rounding as a value to calculate with."""
        return Rounding(self.to, self.mode)
