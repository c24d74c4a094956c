"""A fixed grid of questions to a book, and its answers without their words and places.

Made from the book itself: every scheme at both ends of every edition and a day around them, every
tier, every category, bases at the bounds and one fen outside, what was known a day before each
publication; and everything that the book's own examples ask, each fact of it also varied, left
out, and asked a day earlier and later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sstibet import (
    Allowed,
    Covered,
    Difference,
    Entitlement,
    Missing,
    Money,
    Quote,
    Refusal,
    Rulebook,
    Wait,
    Wrong,
)
from sstibet.facts import Dictionary, Fact
from sstibet.premium.rate import RateSchedule

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Question:
    """One question: of a scheme (or a parameter), on a day, as known on another."""

    ask: str
    of: str
    on: date
    facts: tuple[tuple[str, Any], ...] = ()
    known_on: date | None = None


def asked(book: Rulebook, question: Question) -> object:
    """The answer as plain values: no label, no line number, no digest."""
    rules = book.on(question.on, question.known_on)
    if question.ask == "parameter":
        return str(rules.parameter(question.of))
    facts = {name: thawed(value) for name, value in question.facts}
    if question.ask == "difference":
        return plain(rules.difference(question.of, facts, question.on + 14 * DAY))
    return plain(getattr(rules, question.ask)(question.of, facts))


def plain(answer: object) -> object:
    """What an answer says, without its words and places."""
    match answer:
        case Quote():
            lines = [
                (
                    li.part,
                    li.payer,
                    li.period,
                    li.basis,
                    li.rate,
                    li.amount,
                    li.at_least,
                    li.evidence,
                )
                for li in answer.lines
            ]
            return ("quote", tuple(lines), answer.provisional)
        case Difference():
            lines = [(li.part, li.payer, li.period, li.before, li.after) for li in answer.lines]
            return ("difference", tuple(lines))
        case Missing():
            return ("missing", answer.facts, tuple(sorted(answer.instead.items())))
        case Wrong():
            return ("wrong", answer.field, answer.code, tuple(map(plain, answer.also)))
        case Refusal():
            return ("refused", answer.code, tuple(sorted(rule.id for rule in answer.failed)))
        case Allowed():
            return ("allowed", answer.rules)
        case Entitlement():
            lines = [(li.paid, li.amount, tuple(r.id for r in li.refused)) for li in answer.lines]
            return ("refund", tuple(lines), answer.confirmed_by, answer.ends_enrolment)
        case Wait():
            return ("wait", answer.months, answer.exempt)
        case Covered():
            return ("cover", answer.span, answer.row)
    raise AssertionError(f"an answer of a kind unknown here: {answer!r}")


def grid(book: Rulebook) -> list[Question]:
    """All questions, in a fixed order, each once."""
    questions = dict.fromkeys(_prices(book))
    questions.update(dict.fromkeys(_shown(book)))
    questions.update(dict.fromkeys(_parameters(book)))
    return list(questions)


def frozen(value: object) -> Any:
    """A fact's value that can be a key: rows as tuples of pairs."""
    if isinstance(value, Mapping):
        return ("row", tuple((k, frozen(v)) for k, v in value.items()))
    return ("rows", tuple(map(frozen, value))) if isinstance(value, (list, tuple)) else value


def thawed(value: Any) -> Any:
    """The value that `frozen` froze."""
    if isinstance(value, tuple) and value[0] == "rows":
        return [thawed(each) for each in value[1]]
    if isinstance(value, tuple) and value[0] == "row":
        return {key: thawed(each) for key, each in value[1]}
    return value


def _question(
    ask: str, of: str, on: date, facts: Mapping[str, Any], known_on: date | None = None
) -> Question:
    return Question(ask, of, on, tuple((k, frozen(v)) for k, v in facts.items()), known_on)


def tables(schedule: object) -> Iterator[tuple[str, Any]]:
    """A schedule's tables with their names."""
    for name in ("tiers", "relief", "rates", "bases"):
        if (table := getattr(schedule, name, None)) is not None:
            yield name, table


def edges(table: Any) -> set[date]:
    """Both ends of every edition and of what the table covers, and the days around them."""
    stretches = [*table.editions, *table.unknown, table.covers]
    ends = {day for each in stretches for day in (each.from_, each.until) if day is not None}
    return {day + by * DAY for day in ends for by in (-1, 0, 1)}


def _prices(book: Rulebook) -> Iterator[Question]:
    for scheme in book.contents.schemes:
        schedule = book.contents.schedule(scheme)
        days = sorted(set().union(*(edges(table) for _, table in tables(schedule))))
        ask = _monthly if isinstance(schedule, RateSchedule) else _picked
        for day in days:
            for facts in ask(book, schedule, day):
                yield _question("quote", scheme, day, facts)
        for _, table in tables(schedule):
            for edition in table.editions:
                for facts in list(ask(book, schedule, edition.from_))[:2]:
                    for known_on in _known_days(edition):
                        yield _question("quote", scheme, edition.from_, facts, known_on)
                    if isinstance(schedule, RateSchedule):
                        yield _question("difference", scheme, edition.from_, facts)


def _known_days(edition: Any) -> list[date]:
    days = [day for day in (edition.published, edition.evidence.seen) if day is not None]
    return [day + by * DAY for day in days for by in (-1, 0)]


def _monthly(book: Rulebook, schedule: RateSchedule, day: date) -> Iterator[dict[str, Any]]:
    asks = schedule.asks
    asked_on = day.replace(day=1) if schedule.at == "period_start" else day
    base = schedule.bases.at(asked_on) if schedule.bases else None
    choices: list[dict[str, Any]] = [{}]
    if hasattr(base, "bounds_in_money"):
        floor, ceiling = base.bounds_in_money()
        one = Money(1)
        middle = Money((floor.fen + ceiling.fen) // 2 + 37)
        odd = Money(floor.fen + 4321)
        bases = (floor, ceiling, middle, odd, floor - one, ceiling + one)
        choices += [{str(asks.base): each} for each in bases]
    elif asks.base:
        choices.append({asks.base: Money(500_000)})
    tiers = schedule.tiers.at(asked_on) if schedule.tiers else None
    choices += [{str(asks.tier): tier.id} for tier in getattr(tiers, "picks", ())]
    for choice in choices:
        yield {asks.months: 1, **choice}
    for number in (0, 3):
        yield {asks.months: number, **choices[-1]}
    yield choices[-1]


def _picked(book: Rulebook, schedule: Any, day: date) -> Iterator[dict[str, Any]]:
    asks, dictionary = schedule.asks, book.contents.dictionary
    given: dict[str, Any] = {}
    asked_on = day
    if asks.coverage_year:
        given[asks.coverage_year], asked_on = day.year, date(day.year, 1, 1)
    if asks.times:
        given[asks.times] = 2
    edition = schedule.tiers.at(asked_on)
    ids = [pick.id for pick in getattr(edition, "picks", ())] or ["none_at_all"]
    codes = [None]
    if asks.category:
        codes = list(dictionary.codes[dictionary.facts[asks.category].codes].codes)
    for tier in [*ids, "150", "x"]:
        yield {**given, asks.tier: tier, **({asks.category: codes[0]} if asks.category else {})}
    for code in codes[1:]:
        for tier in (ids[0], ids[-1]):
            yield {**given, asks.tier: tier, asks.category: code}
    yield given


def _parameters(book: Rulebook) -> Iterator[Question]:
    for name, parameter in book.contents.periods.parameters.items():
        for day in sorted(edges(parameter.table)):
            yield Question("parameter", name, day)


def _shown(book: Rulebook) -> Iterator[Question]:
    """What the examples ask, with every fact varied and the day before and after."""
    for ask, scheme, day, facts in _examples(book):
        for by in (-1, 0, 1):
            yield _question(ask, scheme, day + by * DAY, facts)
        for varied in _varied(book.contents.dictionary, facts):
            yield _question(ask, scheme, day, varied)
    periods = book.contents.periods
    for scheme, rules in periods.may_pay.items():
        days = [d for rule in (rules or {}).values() for d in (rule.from_, rule.until) if d]
        asked_of = [
            facts for ask, of, _, facts in _examples(book) if (ask, of) == ("may_pay", scheme)
        ]
        for day in sorted({d + by * DAY for d in days for by in (-1, 0)}):
            for facts in [{}, *asked_of[:6]]:
                yield _question("may_pay", scheme, day, facts)


def _examples(book: Rulebook) -> Iterator[tuple[str, str, date, dict[str, Any]]]:
    contents = book.contents
    for scheme in contents.schemes:
        for _, table in tables(contents.schedule(scheme)):
            for edition in table.editions:
                for example in edition.examples:
                    if example.bounds is None:
                        yield "quote", scheme, example.on, example.facts
    for scheme, rules in contents.periods.may_pay.items():
        for rule in (rules or {}).values():
            for example in rule.examples:
                yield "may_pay", scheme, example.on, example.facts
    others = {"wait": contents.periods.waiting, "cover": contents.periods.cover}
    for ask, rules_of in {**others, "refund": contents.refunds}.items():
        for scheme, rules in rules_of.items():
            for edition in rules.table.editions if rules else ():
                for example in edition.examples:
                    yield ask, scheme, example.on, example.facts


def _varied(dictionary: Dictionary, facts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, value in facts.items():
        others = {key: each for key, each in facts.items() if key != name}
        yield others
        fact = dictionary.facts.get(name)
        if fact is None:
            continue
        if fact.kind != "records":
            for other in _near(dictionary, fact, value):
                yield {**others, name: other}
            continue
        for nth, row in enumerate(value):
            yield {**others, name: [*value[:nth], *value[nth + 1 :]]}
            for varied in _varied(Dictionary(fact.fields or {}, dictionary.codes), row):
                yield {**others, name: [*value[:nth], varied, *value[nth + 1 :]]}


def _near(dictionary: Dictionary, fact: Fact, value: Any) -> list[Any]:
    """Values next to this one, as its kind understands that."""
    bounds = [fact.parse_text(text) for text in (fact.least, fact.most) if text is not None]
    if fact.kind == "code":
        return list(dictionary.codes[fact.codes].codes) if fact.codes else []
    if fact.kind == "yes_no":
        return [True, False]
    try:
        read = fact.parse_text(str(value))
    except ValueError:
        return []
    if fact.kind == "date":
        return [read + by * DAY for by in (-366, -1, 1, 366)]
    if fact.kind == "whole":
        # Far bounds of a number of months would make very long quotes.
        near = [bound + by for bound in bounds if bound < 200 for by in (-1, 0, 1)]
        return [read - 1, read + 1, *near]
    if fact.kind == "money":
        return [Money(max(read.fen + by, 0)) for by in (-1, 1, 5000)]
    return []
