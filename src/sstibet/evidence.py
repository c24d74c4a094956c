"""Evidence: on what a rule rests, and the weakest link of what an answer rests on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from sstibet.documents import Filled, Node, Text, node, or_word, word
from sstibet.months import parse_day
from sstibet.problems import BadValue

# From the strongest to the weakest: read in full, quoted by others, reported, found in public
# source code, remembered, made up so that the machinery can run.
KINDS = ("text", "quoted", "press", "code", "memory", "synthetic")

Day = Annotated[date, Text(parse_day, pattern=r"^\d{4}-\d{2}-\d{2}$", format="date")]
OpenDay = Annotated[date | None, or_word("open", parse_day)]
UnknownDay = Annotated[date | None, or_word("unknown", parse_day)]


def parse_url(text: str) -> str:
    """An http(s) address."""
    if not text.startswith(("https://", "http://")) or " " in text:
        raise BadValue("not_a_url", f"{text!r} is no web address", "write https://… or none")
    return text


@node
class Evidence(Node):
    """The document (文号) that a rule comes from, how it is known, and whose rule it is.

    ``kind`` is one of ``KINDS``; ``jurisdiction`` is ``CN``, ``CN-54`` or another region's code;
    ``seen`` is a day on which the source already showed the rule.
    """

    doc: Filled
    url: Annotated[str | None, or_word("none", parse_url)]
    kind: Annotated[str, word(*KINDS)]
    confidence: Annotated[str, word("high", "medium", "low")]
    jurisdiction: Filled
    seen: Day | None = None
    note: Filled | None = None

    def __post_init__(self) -> None:
        if self.confidence == "low" and self.kind != "synthetic":
            raise BadValue(
                "low_confidence",
                "evidence of low confidence cannot stand as real",
                "find better evidence, or say 'kind: synthetic'",
                ("confidence",),
            )


def weakest(kinds: Iterable[str]) -> str:
    """The weakest of some kinds of evidence: what an answer made from all of them is worth."""
    return max(kinds, key=KINDS.index)
