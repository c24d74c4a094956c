"""Explanations: every rule an answer read, every operand, every rounding before and after.

Steps are values; their words are chosen when they are shown. The JSON form carries a version in
``schema`` and changes only with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, Inexact, localcontext
from typing import Protocol

from sstibet.editions import Edition
from sstibet.evidence import Evidence
from sstibet.labels import Label
from sstibet.money import Money, Rounding
from sstibet.tested import Tested
from sstibet.texts import DEFAULT_LANGUAGE, Term, say, shown

SCHEMA = "sstibet.explanation/1"


class HasEvidence(Protocol):
    """A row of a table, with its place and perhaps evidence of its own."""

    @property
    def where(self) -> str: ...
    @property
    def evidence(self) -> Evidence | None: ...


@dataclass(frozen=True, slots=True)
class RuleRead:
    """A rule that was read: its table, place, validity, and evidence. ``asked`` is the day it was
    looked up for; ``carried`` tells that it was carried on past its own end."""

    table: str
    rule: str
    evidence: Evidence
    asked: date | None = None
    from_: date | None = None
    until: date | None = None
    published: date | None = None
    carried: bool = False

    @classmethod
    def of(
        cls,
        table: str,
        edition: Edition,
        asked: date,
        carried: bool = False,
        row: HasEvidence | None = None,
    ) -> RuleRead:
        """The step of reading an edition of a table for a day, or one ``row`` of it, which may
        rest on evidence of its own."""
        e, rule, evidence = edition, edition.where, edition.evidence
        if row is not None:
            rule, evidence = row.where, row.evidence or evidence
        return cls(table, rule, evidence, asked, e.from_, e.until, e.published, carried)

    def text(self, language: str) -> str:
        """One line in ``language``."""
        key = "step.carried" if self.carried else "step.read"
        return say(
            key if self.from_ else "step.rule",
            language,
            table=Term(f"table.{self.table}"),
            rule=self.rule,
            asked=self.asked,
            start=self.from_,
            until=self.until or Term("open"),
            doc=self.evidence.doc,
            kind=Term(f"evidence.{self.evidence.kind}"),
            confidence=Term(f"confidence.{self.evidence.confidence}"),
            jurisdiction=self.evidence.jurisdiction,
        )

    def json(self, language: str) -> dict[str, object]:
        """The step as data."""
        return {
            "step": "rule",
            "table": self.table,
            "rule": self.rule,
            "asked_for": self.asked and self.asked.isoformat(),
            "from": self.from_ and self.from_.isoformat(),
            "until": self.until and self.until.isoformat(),
            "published": self.published and self.published.isoformat(),
            "carried_on": self.carried,
            "document": self.evidence.doc,
            "url": self.evidence.url,
            "evidence": self.evidence.kind,
            "confidence": self.evidence.confidence,
            "jurisdiction": self.evidence.jurisdiction,
        }


@dataclass(frozen=True, slots=True)
class Operand:
    """A named value that went into the answer: a fact, or an amount of a rule. A code has its
    ``label``, which people read in its place."""

    name: str
    value: object
    label: Label | None = field(default=None, compare=False)

    def text(self, language: str) -> str:
        """One line in ``language``."""
        name = Term(f"operand.{self.name}")
        return say("step.operand", language, name=name, value=self.label or self.value)

    def json(self, language: str) -> dict[str, object]:
        """The step as data."""
        return {"step": "operand", "name": self.name, "value": shown(self.value, language)}


@dataclass(frozen=True, slots=True)
class Given:
    """A fact as it was given. An ID number or a secret is never shown. ``word`` is the label of a
    code, which people read in its place."""

    name: str
    label: Label
    value: object = field(repr=False)
    hidden: bool = False
    word: Label | None = field(default=None, compare=False, repr=False)

    def text(self, language: str) -> str:
        """One line in ``language``."""
        value = self._shown(language) if self.hidden or self.word is None else self.word
        return say("step.given", language, name=self.label, value=value)

    def json(self, language: str) -> dict[str, object]:
        """The step as data."""
        return {"step": "given", "fact": self.name, "value": self._shown(language)}

    def _shown(self, language: str) -> str:
        return "***" if self.hidden else shown(self.value, language)


@dataclass(frozen=True, slots=True)
class Rounded:
    """One rounding: what was rounded, the exact amount before (``numerator / denominator`` fen),
    how, and the amount after."""

    name: str
    numerator: int
    denominator: int
    rounding: Rounding
    after: Money
    period: str = ""

    @property
    def before(self) -> str:
        """The exact amount before in yuan; a fraction that doesn't end is cut and marked ``…``."""
        with localcontext(prec=60) as context:
            context.clear_flags()
            exact = Decimal(self.numerator) / (Decimal(self.denominator) * 100)
            if not context.flags[Inexact]:
                return f"{exact:.2f}" if exact * 100 == int(exact * 100) else f"{exact:f}"
            return f"{exact:.10f}…"

    def text(self, language: str) -> str:
        """One line in ``language``."""
        return say(
            "step.rounded",
            language,
            name=Term(f"operand.{self.name}"),
            period=self.period,
            before=self.before,
            mode=Term(f"mode.{self.rounding.mode}"),
            unit=Term(f"unit.{self.rounding.to.name.lower()}"),
            after=self.after,
        )

    def json(self, language: str) -> dict[str, object]:
        """The step as data."""
        return {
            "step": "rounding",
            "name": self.name,
            "period": self.period or None,
            "before": self.before,
            "exact_fen": f"{self.numerator}/{self.denominator}",
            "mode": self.rounding.mode,
            "to": self.rounding.to.name.lower(),
            "after": str(self.after),
        }


@dataclass(frozen=True, slots=True)
class Compared:
    """One test of a condition, with the values that were compared."""

    tested: Tested

    def text(self, language: str) -> str:
        """One line in ``language``."""
        unknown = Term("unknown")
        tested = self.tested
        return say(
            {True: "step.holds", False: "step.fails", None: "step.open"}[tested.answer],
            language,
            name=tested.label,
            left=unknown if tested.left is None else self._worded(tested.left),
            test=Term(f"test.{tested.test}"),
            right=unknown if tested.right is None else self._worded(tested.right),
            rule=tested.rule,
        )

    def _worded(self, value: object) -> object:
        """Codes by their labels."""
        labels = self.tested.labels
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self._worded(each) for each in value]
        return labels.get(value, value) if isinstance(value, str) else value

    def json(self, language: str) -> dict[str, object]:
        """The step as data."""
        tested = self.tested
        return {
            "step": "test",
            "rule": tested.rule,
            "fact": tested.name,
            "left": None if tested.left is None else shown(tested.left, language),
            "test": tested.test,
            "right": None if tested.right is None else shown(tested.right, language),
            "answer": {True: "yes", False: "no", None: "unknown"}[tested.answer],
        }


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount of the answer, and who pays it."""

    label: object
    period: str
    payer: str
    amount: Money
    at_least: bool = False

    def text(self, language: str) -> str:
        """One line in ``language``."""
        payer = Term(f"payer.{self.payer}")
        values = {"label": self.label, "period": self.period, "payer": payer}
        key = "step.at_least" if self.at_least else "step.amount"
        return say(key, language, amount=self.amount, **values)

    def json(self, language: str) -> dict[str, object]:
        """The step as data."""
        return {
            "step": "amount",
            "label": shown(self.label, language),
            "period": self.period or None,
            "payer": self.payer,
            "amount": str(self.amount),
            "at_least": self.at_least,
        }


Step = RuleRead | Given | Operand | Rounded | Compared | Amount


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an answer is what it is: a headline and its steps, in one language."""

    headline: str
    steps: tuple[Step, ...]
    language: str = DEFAULT_LANGUAGE
    digest: str = ""

    def lines(self) -> Iterator[str]:
        """The headline, then a line for each step."""
        yield self.headline
        for step in self.steps:
            yield "  " + step.text(self.language)

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def json(self) -> dict[str, object]:
        """The same as data: ``schema`` names the version of its shape."""
        return {
            "schema": SCHEMA,
            "language": self.language,
            "headline": self.headline,
            "digest": self.digest,
            "steps": [step.json(self.language) for step in self.steps],
        }
