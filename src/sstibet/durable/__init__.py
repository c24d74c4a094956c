"""A second opinion (第二意见): the machines of a book as rulesets of durable-rules, and a selector
that asks it, for every event, which way holds.

It holds no state and no money, and writes nothing: it is asked beside our own decision, and where
the two differ the step is not taken. See ``docs/second-opinion.md``.

>>> from sstibet import Engine
>>> desk = Engine.open(second_opinion=True)                         # doctest: +SKIP
"""

from __future__ import annotations

from sstibet.durable.export import Exported, export
from sstibet.durable.missing import DurableMissing
from sstibet.durable.opinion import Disagreement, DurableOpinion
from sstibet.durable.selector import Chosen, Selector, TooMuch, Unfit

__all__ = [
    "Chosen",
    "Disagreement",
    "DurableMissing",
    "DurableOpinion",
    "Exported",
    "Selector",
    "TooMuch",
    "Unfit",
    "export",
]
