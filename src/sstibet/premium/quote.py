"""What a premium comes to: lines, each with its rule, and the sums that are made of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sstibet.evidence import weakest
from sstibet.explanation import Amount, Explanation, Step
from sstibet.labels import Label
from sstibet.money import Money, Rate
from sstibet.texts import DEFAULT_LANGUAGE, Term, say

if TYPE_CHECKING:
    from sstibet.periods.ask import MayPay

PERSON, GOVERNMENT = "person", "government"


@dataclass(frozen=True, slots=True)
class Line:
    """One amount of a quote.

    ``payer`` is ``person`` or ``government``; ``period`` a month (``2025-03``) or a year;
    ``basis`` and ``rate`` stand where the amount is a rate of a base; ``at_least`` marks an amount
    of which the rule only says how low it may be; ``rule`` is file:line, ``edition`` the edition's
    first day, ``evidence`` the weakest kind that the amount rests on.
    """

    part: str
    label: Label
    payer: str
    period: str
    basis: Money | None
    rate: Rate | None
    amount: Money
    at_least: bool
    rule: str
    edition: str
    evidence: str


def told(lines: Iterable[Line]) -> Iterator[Step]:
    """The amounts of some lines as the last steps of an explanation."""
    for line in lines:
        yield Amount(line.label, line.period, line.payer, line.amount, line.at_least)


def _no_steps() -> tuple[Step, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Quote:
    """A price: its lines, and the amounts that are sums of them.

    ``provisional`` names the tables whose edition was carried on because the next one was not yet
    public on the day asked.
    """

    scheme: str
    on: date
    lines: tuple[Line, ...]
    digest: str
    provisional: tuple[str, ...] = ()
    label: Label | None = dataclasses.field(default=None, compare=False, repr=False)
    trace: Callable[[], tuple[Step, ...]] = dataclasses.field(
        default=_no_steps, compare=False, repr=False
    )
    ask_may_pay: Callable[[], MayPay] | None = dataclasses.field(
        default=None, compare=False, repr=False
    )

    @property
    def due(self) -> Money:
        """What the person pays (个人应缴)."""
        return _total(line.amount for line in self.lines if line.payer == PERSON)

    @property
    def total(self) -> Money:
        """All that is paid, by the person and by the government."""
        return _total(line.amount for line in self.lines)

    @property
    def evidence(self) -> str:
        """The weakest kind of evidence that any line rests on."""
        return weakest(line.evidence for line in self.lines)

    def part(self, part: str) -> Money:
        """The sum of the lines of one part (``account``, ``pooled``, ``subsidy`` …)."""
        return _total(line.amount for line in self.lines if line.part == part)

    @property
    def may_pay(self) -> MayPay | None:
        """Whether this person may pay it, as far as the facts of this question tell."""
        return None if self.ask_may_pay is None else self.ask_may_pay()

    def explain(self, language: str = DEFAULT_LANGUAGE) -> Explanation:
        """Each rule read, each operand, each rounding before and after."""
        headline = say(
            "quote.provisional" if self.provisional else "quote.headline",
            language,
            scheme=self.label or self.scheme,
            on=self.on,
            due=self.due,
            total=self.total,
            evidence=Term(f"evidence.{self.evidence}"),
        )
        return Explanation(headline, self.trace(), language, self.digest)


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """One line before, the same line after, and what is still to pay (below zero: to give back)."""

    part: str
    label: Label
    payer: str
    period: str
    before: Money
    after: Money

    @property
    def amount(self) -> Money:
        """After less before."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Difference:
    """The back-difference (补差) where an edition is announced after months were already paid."""

    before: Quote
    after: Quote
    lines: tuple[DifferenceLine, ...]

    @property
    def due(self) -> Money:
        """What the person still owes; below zero is what is given back."""
        return _total(line.amount for line in self.lines if line.payer == PERSON)

    @property
    def evidence(self) -> str:
        """The weakest kind of evidence of both quotes."""
        return weakest([self.before.evidence, self.after.evidence])

    def explain(self, language: str = DEFAULT_LANGUAGE) -> Explanation:
        """Both quotes' steps, and the difference as the headline."""
        amounts = {"before": self.before.due, "after": self.after.due, "due": self.due}
        headline = say("difference.headline", language, **amounts)
        return Explanation(
            headline, (*self.before.trace(), *self.after.trace()), language, self.after.digest
        )


def difference(before: Quote, after: Quote) -> Difference:
    """Two quotes of the same question, line by line; a line that one lacks counts as nothing."""
    keys = {_key(line): line for line in (*before.lines, *after.lines)}
    lines = tuple(
        DifferenceLine(
            part,
            line.label,
            payer,
            period,
            *(
                _total(each.amount for each in quote.lines if _key(each) == key)
                for quote in (before, after)
            ),
        )
        for key, line in keys.items()
        for period, part, payer in [key]
    )
    return Difference(before, after, lines)


def _key(line: Line) -> tuple[str, str, str]:
    return line.period, line.part, line.payer


def _total(amounts: Iterable[Money]) -> Money:
    return Money(sum(amount.fen for amount in amounts))
