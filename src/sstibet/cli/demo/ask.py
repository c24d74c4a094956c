"""One question of the demo put to the rules, and its answer told in a few lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sstibet.cli.demo.steps import Step
from sstibet.editions import NoEdition
from sstibet.explanation import RuleRead
from sstibet.explanation import Step as Told
from sstibet.labels import Label
from sstibet.outcomes import Missing, Refusal, Wrong
from sstibet.periods.ask import Allowed, Covered, Wait
from sstibet.premium.quote import Difference, Quote
from sstibet.refunds import Entitlement
from sstibet.rulebook import Rulebook
from sstibet.texts import say, shown


@dataclass(frozen=True, slots=True)
class Shown:
    """What came out of a step, how it adds up, and on what it rests."""

    outcome: str
    working: tuple[str, ...] = ()
    because: str = ""


def answer(book: Rulebook, step: Step) -> Shown:
    """Ask the rules what the step asks, and tell what they say."""
    rules = book.on(step.on, step.known_on)
    ask = getattr(rules, step.ask)
    if step.ask == "parameter":
        found = ask(step.of)
        return Shown(str(found), (), _parameter_source(book, step))
    if step.paid_as_known_on is not None:
        found = ask(step.of, step.facts, step.paid_as_known_on)
    else:
        found = ask(step.of, step.facts)
    return TELL[type(found)](found)


def _quote(found: Quote) -> Shown:
    after = f", provisional by the last {'/'.join(found.provisional)}" if found.provisional else ""
    periods = {line.period: None for line in found.lines}
    working = [
        f"{period}: " + " + ".join(_line(each) for each in found.lines if each.period == period)
        for period in periods
    ]
    outcome = f"due {found.due}, total {found.total}, rests on {found.evidence} evidence{after}"
    return Shown(outcome, tuple(_shortened(working)), _sources(found.explain("en").steps))


def _line(line: Any) -> str:
    amount = f"{'≥ ' if line.at_least else ''}{line.amount}"
    share = f" ({line.rate} of {line.basis})" if line.rate is not None else ""
    paid = " by the government" if line.payer == "government" else ""
    return f"{_both(line.label)} {amount}{share}{paid}"


def _shortened(lines: list[str], most: int = 4) -> list[str]:
    """The first and the last few of many months."""
    if len(lines) <= most:
        return lines
    half = most // 2
    return [*lines[:half], f"… {len(lines) - most} more periods …", *lines[-half:]]


def _difference(found: Difference) -> Shown:
    working = [
        f"{each.period} {_both(each.label)}: {each.after} due - {each.before} paid = {each.amount}"
        for each in found.lines
    ]
    outcome = f"difference {found.due}: {found.after.due} due - {found.before.due} paid"
    return Shown(outcome, tuple(_shortened(working)), _sources(found.explain("en").steps))


def _missing(found: Missing) -> Shown:
    return Shown(f"missing {', '.join(found.facts)}", (), found.text("en"))


def _wrong(found: Wrong) -> Shown:
    return Shown(f"wrong {found.field}: {found.code}", (), found.text("en"))


def _refused(found: Refusal) -> Shown:
    rules = [
        f"{_both(each.label)} at {each.rule}, {_source(each.evidence)}" for each in found.failed
    ]
    tests = [
        f"{_both(test.label)} is {_value(test.left)}, not {_test(test.test)}{_value(test.right)}"
        for each in found.failed
        for test in each.tests
        if test.answer is False
    ]
    return Shown(f"refused: {found.code}", tuple(tests), "; ".join(rules))


def _allowed(found: Allowed) -> Shown:
    return Shown("may pay", (f"fulfilled: {', '.join(found.rules)}",), _sources(found.steps))


def _entitlement(found: Entitlement) -> Shown:
    lines = [f"payment {each.number}: {each.amount} of {each.paid}" for each in found.lines]
    by = f"to be confirmed by the {found.confirmed_by}" if found.confirmed_by else ""
    return Shown(
        f"given back {found.amount}", (*lines, by) if by else (*lines,), _sources(found.steps)
    )


def _wait(found: Wait) -> Shown:
    made_of = (
        f"{found.fixed} fixed + {found.by_lapse} for the lapse - {found.bought_back} bought back"
    )
    return Shown(f"wait {found.months} months", (made_of,), _sources(found.steps))


def _covered(found: Covered) -> Shown:
    return Shown(f"covered {found.span}", (), _sources(found.steps))


TELL: dict[type, Callable[[Any], Shown]] = {
    Quote: _quote,
    Difference: _difference,
    Missing: _missing,
    Wrong: _wrong,
    Refusal: _refused,
    Allowed: _allowed,
    Entitlement: _entitlement,
    Wait: _wait,
    Covered: _covered,
}


def _sources(steps: Iterable[Told]) -> str:
    """The documents that were read, each once with its place and how it is known."""
    read: dict[str, str] = {}
    for step in steps:
        if isinstance(step, RuleRead):
            read.setdefault(_source(step.evidence), step.rule)
    return "; ".join(f"{source} at {place}" for source, place in read.items())


def _source(evidence: Any) -> str:
    # A document's number (文号) names it; its title and the remarks are for `--explain`.
    number = re.match(r"[^《（]*〔\d{4}〕\d+号", evidence.doc)
    return f"{number[0] if number else evidence.doc} [{evidence.kind}]"


def _parameter_source(book: Rulebook, step: Step) -> str:
    edition = book.contents.periods.parameters[step.of].table.at(step.on)
    if isinstance(edition, NoEdition):
        return ""
    return f"{_source(edition.evidence)} at {edition.where}"


def _both(label: Label) -> str:
    """A label in English with the Chinese term."""
    english, chinese = label.text("en"), label.text("zh")
    return english if english == chinese else f"{english} ({chinese})"


def _value(value: object) -> str:
    return "unknown" if value is None else shown(value, "en")


def _test(test: str) -> str:
    words = say(f"test.{test}", "en").removeprefix("is").strip()
    return f"{words} " if words else ""
