"""Answers from ``periods.yaml``: may this person pay, how long do they wait, what is covered."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sstibet.conditions import Answer, decide
from sstibet.editions import NoEdition
from sstibet.evidence import weakest
from sstibet.explanation import Compared, Explanation, Operand, RuleRead, Step
from sstibet.formats import days
from sstibet.known import Known, Resolved, nothing
from sstibet.months import Span
from sstibet.outcomes import FailedRule, Missing, Refusal, Wrong, no_edition
from sstibet.periods.tables import Cover, CoverEdition, Periods, Requirement, Waiting
from sstibet.texts import DEFAULT_LANGUAGE, say


@dataclass(frozen=True, slots=True)
class Allowed:
    """The rules let this person pay: every requirement in force, with its tests."""

    scheme: str
    on: date
    rules: tuple[str, ...]
    steps: tuple[Step, ...] = dataclasses.field(default=(), compare=False, repr=False)

    def explain(self, language: str = DEFAULT_LANGUAGE) -> Explanation:
        """Every requirement read and every test made."""
        return Explanation(say("may_pay.headline", language), self.steps, language)


LookUp = Callable[[str, Known], Resolved]
MayPay = Allowed | Refusal | Missing | Wrong


@dataclass(frozen=True, slots=True)
class Wait:
    """How many months one waits for benefits after paying, and of what they are made."""

    months: int
    fixed: int
    by_lapse: int
    bought_back: int
    rule: str
    evidence: str
    exempt: bool = False
    steps: tuple[Step, ...] = dataclasses.field(default=(), compare=False, repr=False)

    def explain(self, language: str = DEFAULT_LANGUAGE) -> Explanation:
        """The rule read, the tests made, and the months it is made of."""
        return Explanation(say("wait.headline", language, months=self.months), self.steps, language)


@dataclass(frozen=True, slots=True)
class Covered:
    """The days covered, the row that held, and its place."""

    span: Span
    row: str
    rule: str
    evidence: str
    steps: tuple[Step, ...] = dataclasses.field(default=(), compare=False, repr=False)

    def explain(self, language: str = DEFAULT_LANGUAGE) -> Explanation:
        """The rule read and the tests made."""
        covered = days(self.span.start, self.last_day, language)
        return Explanation(say("cover.headline", language, days=covered), self.steps, language)

    @property
    def last_day(self) -> date:
        """The last day covered."""
        assert self.span.end is not None
        return self.span.end - timedelta(days=1)


def may_pay(requirements: Mapping[str, Requirement], scheme: str, known: Known) -> MayPay:
    """Whether a payer fulfils every requirement in force on the day.

    A requirement that fails refuses, whatever else is still open; else an open one is Missing.
    Requirements are taken by their ids, so that their order in the file says nothing.
    """
    failed, passed, missing = list[FailedRule](), list[str](), set[str]()
    steps = list[Step]()
    for name, rule in sorted(requirements.items()):
        if not rule.in_force(known.day):
            continue
        answer = decide(rule.must, known)
        steps.append(RuleRead("may_pay", rule.where, rule.evidence))
        steps.extend(Compared(test) for test in answer.tests)
        if answer.truth is False:
            fails = tuple(test for test in answer.tests if test.answer is not None)
            failed.append(FailedRule(name, rule.label, rule.where, rule.evidence, fails))
        elif answer.truth is None:
            missing |= answer.missing
        else:
            passed.append(name)
    if failed:
        return Refusal(failed[0].id, tuple(failed), tuple(steps))
    if missing:
        return known.missing(missing)
    return Allowed(scheme, known.day, tuple(passed), tuple(steps))


def wait(waiting: Waiting, known: Known) -> Wait | Missing | Wrong:
    """How long benefits are waited for (待遇等待期) after paying on the day."""
    edition = waiting.table.at(known.day)
    if isinstance(edition, NoEdition):
        return no_edition("on", "waiting", edition)
    exempt = decide(edition.exempt, known)
    steps: list[Step] = [RuleRead.of("waiting", edition, known.day)]
    steps.extend(Compared(test) for test in exempt.tests)
    kind = edition.evidence.kind
    if exempt.truth:
        return Wait(0, 0, 0, 0, edition.where, kind, True, tuple(steps))
    lapsed, lacking = known.fact(waiting.asks.lapsed_years)
    bought, lacking_bought = known.fact(waiting.asks.bought_back_years)
    missing = lacking | exempt.missing | (lacking_bought if lapsed != 0 else frozenset())
    if missing:
        return known.missing(missing)
    bought = bought or 0  # nothing can be bought back of no lapse, so nobody is asked for it
    if bought > lapsed:
        values = {"bought": bought, "lapsed": lapsed}
        return Wrong(waiting.asks.bought_back_years, "bought_more_than_lapsed", values)
    by_lapse = lapsed * edition.months_per_lapsed_year
    off = bought * edition.months_off_per_year_bought_back
    months = edition.fixed_months + max(by_lapse - off, 0)
    if lapsed >= edition.at_least.lapsed_years:
        months = max(months, edition.at_least.months)
        if edition.at_least.evidence is not None:
            kind = weakest([kind, edition.at_least.evidence.kind])
    steps += [Operand("lapsed_years", lapsed), Operand("bought_back_years", bought)]
    steps.append(Operand("wait_months", months))
    fixed = edition.fixed_months
    return Wait(months, fixed, by_lapse, off, edition.where, kind, False, tuple(steps))


def covered(cover: Cover, known: Known) -> Covered | Missing | Refusal | Wrong:
    """From when until when a payment on the day covers (待遇享受期)."""
    edition = cover.table.at(known.day)
    if isinstance(edition, NoEdition):
        return no_edition("on", "cover", edition)
    answers = {name: decide(row.when, known) for name, row in sorted(edition.rows.items())}
    steps: list[Step] = [Compared(test) for answer in answers.values() for test in answer.tests]
    holds = [name for name, answer in answers.items() if answer.truth]
    if len(holds) > 1:
        return Wrong("on", "rows_conflict", {"rows": holds, "rule": edition.where})
    open_facts = frozenset[str]().union(*(a.missing for a in answers.values() if a.truth is None))
    if not holds:
        return known.missing(open_facts) if open_facts else _not_covered(edition, answers)
    row = edition.rows[holds[0]]
    first, lacking = known.fact(row.first)
    last, lacking_last = known.fact(row.last)
    if missing := open_facts | lacking | lacking_last:
        return known.missing(missing)
    span = Span(first, last + timedelta(days=1))
    trace = (RuleRead.of("cover", edition, known.day), *steps)
    return Covered(span, holds[0], row.where, edition.evidence.kind, trace)


def _not_covered(edition: CoverEdition, answers: Mapping[str, Answer]) -> Refusal:
    failed = tuple(
        FailedRule(name, row.label, row.where, edition.evidence, answers[name].tests)
        for name, row in sorted(edition.rows.items())
    )
    return Refusal("not_covered", failed)


def look_ups(periods: Periods) -> tuple[LookUp, LookUp]:
    """How conditions come to know the book's parameters and windows; see `Known`."""
    return (
        lambda name, known: parameter(periods, name, known),
        lambda name, known: window(periods, name, known),
    )


def parameter(periods: Periods, name: str, known: Known) -> Resolved:
    """A parameter's value on the day; missing, by its own name, where no edition is in force."""
    found = periods.parameters[name]
    edition = found.table.at(known.day)
    if isinstance(edition, NoEdition):
        return nothing(name)
    return found.parse(edition), frozenset()


def window(periods: Periods, name: str, known: Known) -> Resolved:
    """A collection window as a span of days, for the year that its fact tells."""
    found = periods.windows[name]
    year, missing = known.fact(found.year)
    if missing:
        return None, missing
    edition = found.table.at(date(year, 1, 1))
    if isinstance(edition, NoEdition):
        return nothing(name)
    return Span(edition.opens.of(year), edition.closes.of(year) + timedelta(days=1)), frozenset()
