"""An analyst's worked cases (``cases/``): a question over several rules, and what must come out."""

from __future__ import annotations

from typing import Annotated

from sstibet.amounts import Amount
from sstibet.documents import Filled, Name, Whole, node, word
from sstibet.evidence import Day
from sstibet.examples import Given, Outcome
from sstibet.problems import BadValue

# question -> the keys that may say what must come out of it
ANSWERS = {
    "quote": ("due", "wrong", "missing"),
    "difference": ("due", "wrong", "missing"),
    "may_pay": ("allowed", "refused", "wrong", "missing"),
    "refund": ("amount", "refused", "wrong", "missing"),
    "wait": ("months", "wrong", "missing"),
    "cover": ("first", "refused", "wrong", "missing"),
    "parameter": ("value",),
}


@node
class Case(Outcome):
    """One question and its answer.

    ``of`` is the scheme, or the parameter's name. ``paid_as_known_on`` goes with a difference.
    ``last`` goes with ``first``: the days covered.
    """

    title: Filled
    ask: Annotated[str, word(*ANSWERS)]
    of: Name
    on: Day
    known_on: Day | None = None
    paid_as_known_on: Day | None = None
    facts: Given
    allowed: Annotated[str | None, word("yes")] = None
    refused: Name | None = None
    amount: Amount | None = None
    months: Whole | None = None
    first: Day | None = None
    last: Day | None = None
    value: Filled | None = None

    def __post_init__(self) -> None:
        may = ANSWERS[self.ask]
        every = {name for names in ANSWERS.values() for name in names} | {"bounds"}
        said = [name for name in sorted(every) if getattr(self, name) is not None]
        if len(said) != 1 or said[0] not in may:
            found = " and ".join(said) or "none of them"
            raise BadValue(
                "no_one_outcome",
                f"a case that asks for {self.ask} says one of {', '.join(may)}; "
                f"this one says {found}",
                "keep exactly one" if said else "add one",
            )
        self.companions(signed=self.ask == "difference")
        if (self.first is None) != (self.last is None):
            raise BadValue("no_one_outcome", "'first' and 'last' go together")
        if (self.ask == "difference") != (self.paid_as_known_on is not None):
            message = "'paid_as_known_on' goes with 'ask: difference', and only with it"
            hint = "add it" if self.paid_as_known_on is None else "drop it"
            raise BadValue("no_date", message, hint, ("ask",))
