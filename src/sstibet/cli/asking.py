"""``quote``, ``refund`` and ``may-pay``: one question, one answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import typer

from sstibet.cli import pages, shapes
from sstibet.cli.options import (
    AsJson,
    Book,
    Explain,
    FactsFile,
    KnownOn,
    Lang,
    On,
    PaidKnownOn,
    Scheme,
    Sets,
    gather,
    language_of,
    open_book,
)
from sstibet.cli.terminal import say_json
from sstibet.contents import Contents
from sstibet.explanation import Explanation
from sstibet.outcomes import Missing, Refusal, Wrong
from sstibet.periods.ask import Allowed, MayPay
from sstibet.premium.quote import Difference, Quote
from sstibet.premium.rate import RateSchedule
from sstibet.refunds import Entitlement
from sstibet.rules import Rules


def quote(
    scheme: Scheme,
    on: On,
    sets: Sets = None,
    facts_file: FactsFile = None,
    known_on: KnownOn = None,
    paid_known_on: PaidKnownOn = None,
    as_json: AsJson = False,
    explain: Explain = False,
    lang: Lang = None,
    book: Book = None,
) -> None:
    """What a scheme costs on a day, line by line.

    Exit status: 0 a quote, 1 something is missing or wrong, 2 the question couldn't be asked.
    """
    rules, facts, language, contents = _question(on, known_on, sets, facts_file, lang, book)
    answer: Any
    if paid_known_on is not None:
        answer = rules.difference(scheme, facts, paid_known_on)
    else:
        answer = rules.quote(scheme, facts)
    whether = None
    if isinstance(answer, Quote) and _tells_of_the_person(contents, scheme, facts):
        whether = answer.may_pay
    if as_json:
        shape = _shape(answer, language)
        if whether is not None:
            shape["may_pay"] = shapes.may_pay(whether, language)
        _print_json(shape, answer, language, explain)
    else:
        _print(answer, language)
        if whether is not None:
            pages.may_pay(whether, language)
        _print_steps(answer, language, explain)
    _leave(answer)


def refund(
    scheme: Scheme,
    on: On,
    sets: Sets = None,
    facts_file: FactsFile = None,
    known_on: KnownOn = None,
    as_json: AsJson = False,
    explain: Explain = False,
    lang: Lang = None,
    book: Book = None,
) -> None:
    """What of some payments is given back, applied for on a day (退费).

    Exit status: 0 something is given back, 1 refused, missing or wrong, 2 it couldn't be asked.
    """
    rules, facts, language, _ = _question(on, known_on, sets, facts_file, lang, book)
    answer = rules.refund(scheme, facts)
    if as_json:
        _print_json(_shape(answer, language), answer, language, explain)
    else:
        _print(answer, language)
        _print_steps(answer, language, explain)
    _leave(answer)


def may_pay(
    scheme: Scheme,
    on: On,
    sets: Sets = None,
    facts_file: FactsFile = None,
    known_on: KnownOn = None,
    as_json: AsJson = False,
    explain: Explain = False,
    lang: Lang = None,
    book: Book = None,
) -> None:
    """Whether this person may pay a scheme on a day.

    Exit status: 0 yes, 1 no or unknown, 2 the question couldn't be asked.
    """
    rules, facts, language, _ = _question(on, known_on, sets, facts_file, lang, book)
    answer: MayPay = rules.may_pay(scheme, facts)
    if as_json:
        shape = {"scheme": scheme, **shapes.may_pay(answer, language), "digest": rules.digest}
        _print_json(shape, answer, language, explain)
    else:
        pages.may_pay(answer, language)
        _print_steps(answer, language, explain)
    _leave(answer)


def _question(
    on: date, known_on: date | None, sets: Any, file: Any, lang: str | None, path: Any
) -> tuple[Rules, dict[str, object], str, Contents]:
    book = open_book(path)
    language = language_of(book, lang)
    facts = gather(book, sets, file)
    return book.on(on, known_on), facts, language, book.contents


def _tells_of_the_person(contents: Contents, scheme: str, facts: dict[str, object]) -> bool:
    """Whether more was given than the price asks for: then may_pay is worth an answer."""
    schedule = contents.schedule(scheme)
    asks = schedule.asks
    priced = {asks.tier}
    if isinstance(schedule, RateSchedule):
        priced |= {schedule.asks.base, schedule.asks.months}
    else:
        priced |= {schedule.asks.category, schedule.asks.coverage_year, schedule.asks.times}
    return any(name not in priced for name in facts)


_SHAPES: dict[type, Callable[[Any, str], shapes.Shape]] = {
    Quote: shapes.quote,
    Difference: shapes.difference,
    Entitlement: shapes.refund,
    Missing: shapes.missing,
    Wrong: shapes.wrong,
    Refusal: shapes.refusal,
}
_PAGES: dict[type, Callable[[Any, str], None]] = {
    Quote: pages.quote,
    Difference: pages.difference,
    Entitlement: pages.refund,
    Missing: pages.missing,
    Wrong: pages.wrong,
    Refusal: pages.refusal,
}


def _shape(answer: Any, language: str) -> shapes.Shape:
    return _SHAPES[type(answer)](answer, language)


def _print(answer: Any, language: str) -> None:
    _PAGES[type(answer)](answer, language)


def _explained(answer: Any, language: str) -> Explanation | None:
    """The answer's explanation; None where there is nothing to explain (a missing fact)."""
    if isinstance(answer, Allowed):
        return Explanation("", answer.steps, language)
    return None if isinstance(answer, Missing | Wrong) else answer.explain(language)


def _print_json(shape: shapes.Shape, answer: Any, language: str, explain: bool) -> None:
    explanation = _explained(answer, language) if explain else None
    if explanation is not None:
        shape["explanation"] = explanation.json()
    say_json(shape)


def _print_steps(answer: Any, language: str, explain: bool) -> None:
    explanation = _explained(answer, language) if explain else None
    if explanation is not None:
        pages.explanation(explanation)


def _leave(answer: Any) -> None:
    if isinstance(answer, Missing | Wrong | Refusal):
        raise typer.Exit(1)
