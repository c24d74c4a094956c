"""Refunds (退费): on which grounds, until when, how much, and who confirms.

Every ground of ``refund_reasons`` is decided for every scheme: what it gives back of a payment that
is booked in (缴费入库), or that it gives nothing and why. Conditions are asked for every payment by
itself. What is given back is never more than what was paid and not given back yet.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Annotated

from sstibet.amounts import Amount
from sstibet.conditions import Answer, Condition, decide
from sstibet.documents import Name, Named, Node, YesNo, node, or_word, parse_name, word
from sstibet.editions import Edition, NoEdition, Table
from sstibet.evidence import KINDS, Day, Evidence, weakest
from sstibet.examples import Given
from sstibet.explanation import Amount as AmountStep
from sstibet.explanation import Compared, Explanation, Operand, RuleRead, Step
from sstibet.known import Known, Row
from sstibet.labels import Label
from sstibet.money import ZERO, Money
from sstibet.outcomes import FailedRule, Missing, Refusal, Wrong, no_edition
from sstibet.problems import BadValue
from sstibet.texts import DEFAULT_LANGUAGE, say

OrNone = Annotated[str | None, or_word("none", parse_name)]


@node
class LineRule(Node):
    """What every payment must fulfil, whatever the ground."""

    label: Label
    must: Condition
    evidence: Evidence | None = None


@node
class Ground(Node):
    """What a ground gives: the whole payment, a column of it, or nothing.

    ``when`` must hold besides for each payment; ``confirmed_by`` is who confirms the entitlement
    (``agency``: 经办机构); ``ends_enrolment``: the enrolment ends with the refund.
    """

    label: Label
    gives: Annotated[str, word("whole", "column", "nothing")]
    column: Name | None = None
    when: Condition | None = None
    confirmed_by: OrNone
    ends_enrolment: YesNo
    evidence: Evidence | None = None

    def __post_init__(self) -> None:
        if (self.gives == "column") != (self.column is not None):
            hint = "add 'column: …'" if self.column is None else "drop 'column'"
            message = "'column' goes with 'gives: column', and only with it"
            raise BadValue("ground_shape", message, hint, ("gives",))


@node
class RefundShown(Node):
    """A worked case: the amount given back and, as far as it says so, who confirms it, whether the
    enrolment ends, and on what evidence it rests; or the rule that refuses."""

    on: Day
    facts: Given
    amount: Amount | None = None
    confirmed_by: Name | None = None
    ends_enrolment: YesNo | None = None
    evidence: Annotated[str, word(*KINDS)] | None = None
    refused: Name | None = None

    def __post_init__(self) -> None:
        if (self.amount is None) == (self.refused is None):
            message = "a refund's example says 'amount' or 'refused'"
            hint = "add one" if self.amount is None else "keep exactly one"
            raise BadValue("no_one_outcome", message, hint)
        beside = (self.confirmed_by, self.ends_enrolment, self.evidence)
        if self.amount is None and any(each is not None for each in beside):
            raise BadValue(
                "no_one_outcome", "confirmed_by, ends_enrolment and evidence go with 'amount'"
            )


@node
class RefundEdition(Edition):
    """The rules of one edition."""

    every_line: Annotated[dict[str, LineRule], Named()]
    grounds: Annotated[dict[str, Ground], Named()]
    examples: tuple[RefundShown, ...] = ()


@node
class RefundAsks(Node):
    """The facts asked: the ground, the payments, and their columns for what was paid and what was
    given back already."""

    ground: Name
    payments: Name
    paid: Name
    given_back: Name


@node
class RefundRules(Node):
    """The refunds of one scheme, looked up by the day of applying."""

    label: Label
    asks: RefundAsks
    table: Table[RefundEdition]


@dataclass(frozen=True, slots=True)
class RefundLine:
    """One payment: what was paid, what is given back, and the rules that refuse the rest."""

    number: int
    paid: Money
    amount: Money
    refused: tuple[FailedRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What is given back: line by line, who confirms it, and on what rule it rests."""

    scheme: str
    ground: str
    lines: tuple[RefundLine, ...]
    confirmed_by: str | None
    ends_enrolment: bool
    rule: str
    evidence: str
    digest: str = ""
    label: Label | None = dataclasses.field(default=None, compare=False, repr=False)
    steps: tuple[Step, ...] = dataclasses.field(default=(), compare=False, repr=False)

    @property
    def amount(self) -> Money:
        """All that is given back: the sum of the lines."""
        return Money(sum(line.amount.fen for line in self.lines))

    def explain(self, language: str = DEFAULT_LANGUAGE) -> Explanation:
        """Each rule read and each test made."""
        headline = say("refund.headline", language, amount=self.amount, ground=self.label)
        return Explanation(headline, self.steps, language, self.digest)


def refund(
    rules: RefundRules, scheme: str, known: Known, digest: str = ""
) -> Entitlement | Refusal | Missing | Wrong:
    """What of some payments is given back on a ground, applied for on the day.

    Refused as a whole where no payment is given back at all; else every line says its own.
    """
    edition = rules.table.at(known.day)
    if isinstance(edition, NoEdition):
        return no_edition("on", "refunds", edition)
    name, lacking = known.fact(rules.asks.ground)
    payments, lacking_payments = known.fact(rules.asks.payments)
    if missing := lacking | lacking_payments:
        return known.missing(missing)
    if not payments:
        return Wrong(rules.asks.payments, "no_payments")
    ground = edition.grounds[name]
    evidence = ground.evidence or edition.evidence
    steps: list[Step] = [RuleRead.of("refunds", edition, known.day)]
    steps += [RuleRead("refunds", ground.where, evidence), Operand("ground", ground.label)]
    if ground.gives == "nothing":
        failed = FailedRule(name, ground.label, ground.where, evidence)
        return Refusal(name, (failed,), tuple(steps))
    lines = list[RefundLine]()
    for number, values in enumerate(payments, 1):
        line = _line(rules, edition, name, Row(rules.asks.payments, values), known, number, steps)
        if isinstance(line, Missing):
            return line
        lines.append(line)
    if not any(line.amount for line in lines):
        refused = {rule.id: rule for line in lines for rule in line.refused}
        return Refusal(next(iter(refused), "nothing_left"), tuple(refused.values()), tuple(steps))
    return _entitled(scheme, edition, name, lines, digest, steps)


def _entitled(
    scheme: str,
    edition: RefundEdition,
    name: str,
    lines: list[RefundLine],
    digest: str,
    steps: list[Step],
) -> Entitlement:
    ground = edition.grounds[name]
    evidence = ground.evidence or edition.evidence
    kinds = [rule.evidence.kind for rule in edition.every_line.values() if rule.evidence]
    return Entitlement(
        scheme,
        name,
        tuple(lines),
        ground.confirmed_by,
        ground.ends_enrolment,
        ground.where,
        weakest([evidence.kind, *kinds]),
        digest,
        ground.label,
        tuple(steps),
    )


def _line(
    rules: RefundRules,
    edition: RefundEdition,
    name: str,
    row: Row,
    known: Known,
    number: int,
    steps: list[Step],
) -> RefundLine | Missing:
    """One payment: every rule of every line, the ground's own condition, then the amount."""
    ground, asks = edition.grounds[name], rules.asks
    tests: list[tuple[str, Label, Condition, str, Evidence]] = [
        (each, rule.label, rule.must, rule.where, rule.evidence or edition.evidence)
        for each, rule in sorted(edition.every_line.items())
    ]
    if ground.when is not None:
        evidence = ground.evidence or edition.evidence
        tests.append((name, ground.label, ground.when, ground.where, evidence))
    failed, missing = list[FailedRule](), frozenset[str]()
    for rule, label, condition, place, evidence in tests:
        answer: Answer = decide(condition, known, row)
        steps.extend(Compared(test) for test in answer.tests)
        missing |= answer.missing
        if answer.truth is False:
            failed.append(FailedRule(rule, label, place, evidence, answer.tests))
    paid, lacking_paid = known.field(row, asks.paid)
    back, lacking_back = known.field(row, asks.given_back)
    gives, lacking = (paid, lacking_paid)
    if ground.column is not None:
        gives, lacking = known.field(row, ground.column)
    if failed:
        return RefundLine(number, paid or ZERO, ZERO, tuple(failed))
    if missing := missing | lacking_paid | lacking_back | lacking:
        return known.missing(missing)
    amount = max(min(gives, paid - back), ZERO)
    steps += [Operand("paid", paid), Operand("given_back", back)]
    steps.append(AmountStep(ground.label, str(number), "fund", amount))
    return RefundLine(number, paid, amount)
