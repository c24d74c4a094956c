"""What rows come to: amounts by payer and part, or the code of what is wrong or missing."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sstibet.columns.cells import Mask, Numbers, Words
from sstibet.evidence import KINDS
from sstibet.outcomes import Missing, Wrong
from sstibet.premium.quote import PERSON, Line

# Amounts come out as decimal128(18, 2); what doesn't fit is told and not cut.
MOST_FEN = 10**18 - 1
TOO_LARGE = "too_large"


class Vocabulary:
    """The codes and the fields that answers name, by number."""

    def __init__(self) -> None:
        self.codes, self.fields = Words(), Words()

    def answer(self, answer: Missing | Wrong) -> tuple[int, int]:
        """The code and the field of an answer that is no price. What is missing is one code with
        all its facts, and its field is the first of them."""
        if isinstance(answer, Wrong):
            return self.told(answer.code, answer.field)
        return self.told(f"missing:{'+'.join(answer.facts)}", answer.facts[0])

    def told(self, code: str, name: str) -> tuple[int, int]:
        """A code and a field by their numbers."""
        return self.codes.number(code), self.fields.number(name)


@dataclass(slots=True)
class Totals:
    """What the lines of one quote come to, in fen."""

    due: int = 0
    government: int = 0
    parts: dict[str, int] = field(default_factory=dict)
    evidence: int = -1  # a place in KINDS, -1 where there are no lines

    @classmethod
    def of(cls, lines: tuple[Line, ...]) -> Totals:
        """The sums of some lines."""
        made = cls()
        for line in lines:
            fen = line.amount.fen
            if line.payer == PERSON:
                made.due += fen
            else:
                made.government += fen
            made.parts[line.part] = made.parts.get(line.part, 0) + fen
            made.evidence = max(made.evidence, KINDS.index(line.evidence))
        return made

    def fit(self, times: int = 1) -> bool:
        """Whether each amount, so many times, can be written as decimal128(18, 2)."""
        whole = sum(map(abs, self.parts.values()))
        return whole * times <= MOST_FEN


@dataclass(slots=True)
class Priced:
    """What each row of a batch comes to. ``government`` is None where the government pays nothing;
    ``slow`` holds the rows that must be priced one by one (None: none)."""

    due: Numbers
    code: Numbers
    field: Numbers
    evidence: Numbers
    parts: dict[str, Numbers]
    government: Numbers | None = None
    slow: Mask | None = None

    @classmethod
    def of(cls, count: int) -> Priced:
        """So many rows that come to nothing yet."""
        due, code, field, evidence = (np.zeros(count, np.int64) for _ in range(4))
        return cls(due, code, field, evidence, {})

    def leave(self, rows: Mask) -> None:
        """Leave some rows to be priced one by one."""
        self.slow = rows if self.slow is None else self.slow | rows

    def add(self, rows: Numbers | None, payer: str, part: str, fen: Numbers) -> None:
        """Add to some rows (None: to all) what one part comes to."""
        count = len(self.due)
        if payer != PERSON and self.government is None:
            self.government = np.zeros(count, np.int64)
        whole = self.due if payer == PERSON else self.government
        assert whole is not None
        if rows is None:
            whole += fen
            found = self.parts.get(part)
            self.parts[part] = fen if found is None else found + fen
            return
        whole[rows] += fen
        self.parts.setdefault(part, np.zeros(count, np.int64))[rows] += fen

    def rests_on(self, rows: Numbers | None, evidence: Numbers) -> None:
        """The evidence, as places in ``KINDS``, that some rows (None: all) rest on as well."""
        if rows is None:
            np.maximum(self.evidence, evidence, out=self.evidence)
        else:
            self.evidence[rows] = np.maximum(self.evidence[rows], evidence)
