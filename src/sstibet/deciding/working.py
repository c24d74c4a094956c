"""Works: what the book's rules work out while an event is decided. Each is a function of the
answers so far; what it finds is put beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sstibet.conditions import decide
from sstibet.contents import Contents
from sstibet.facts import Dictionary
from sstibet.items import works as kinds
from sstibet.items.value import Refused
from sstibet.known import Known, Row
from sstibet.money import ZERO, Money
from sstibet.months import parse_start
from sstibet.outcomes import Missing, Refusal, Wrong
from sstibet.periods import ask
from sstibet.periods.ask import Allowed, Wait
from sstibet.plain import Typed, plain, projected
from sstibet.premium.quote import GOVERNMENT, Quote
from sstibet.problems import BadValue
from sstibet.refunds import Entitlement
from sstibet.rules import Rules
from sstibet.sources import Source
from sstibet.unreadable import lacking, unreadable


class Stopped(Exception):
    """A work ends in a refusal: the event changes nothing."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.code)
        self.refused = refused


@dataclass(slots=True)
class Workbench:
    """The answers that works go on from, and the book that they ask."""

    contents: Contents = field(repr=False)
    digest: str
    day: date
    answers: dict[str, Any] = field(repr=False)
    forgotten: set[str] = field(default_factory=set)

    def known(self) -> Known:
        """What is known now, for conditions."""
        return Known(
            self.contents.dictionary,
            self.day,
            Typed(self.contents.dictionary, self.answers, strict=True),
            *ask.look_ups(self.contents.periods),
        )

    def value(self, source: Source, row: Mapping[str, Any] | None, known: Known) -> Any:
        """What a source says, plain; None where it isn't known."""
        if source.value is not None:
            return source.value
        if source.column is not None:
            return None if row is None else row.get(source.column)
        found, missing = known.fact(source.fact or "")
        return None if missing else plain(found)

    def rules_on(self, source: Source, row: Mapping[str, Any] | None, known: Known) -> Rules:
        """The rules of the day that a source names: a day, or a month's first."""
        text = self.value(source, row, known)
        if text is None:
            raise Stopped(missing_source(self.contents.dictionary, source))
        return Rules(self.contents, self.digest, parse_start(text))

    def rows(self, asked: kinds.Asked) -> Iterator[tuple[dict[str, Any] | None, Rules, str, Any]]:
        """For each row (once, without rows): the row, the rules of its day, its scheme, and the
        facts asked with."""
        known = self.known()
        rows: list[dict[str, Any]] | list[None] = [None]
        if asked.rows is not None:
            rows = self.answers.get(asked.rows, [])
        for row in rows:
            scheme = self.value(asked.scheme, row, known)
            if scheme is None:
                raise Stopped(missing_source(self.contents.dictionary, asked.scheme))
            facts = {name: self.value(each, row, known) for name, each in asked.facts.items()}
            facts = {name: each for name, each in facts.items() if each is not None}
            yield row, self.rules_on(asked.on, row, known), scheme, facts

    def put(self, row: dict[str, Any] | None, name: str, value: Any) -> None:
        """Keep a value in a column of the row at hand, or as a fact."""
        target = self.answers if row is None else row
        target[name] = plain(value)

    def own_rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of some records, to be changed: copies, so that the item before stays itself."""
        copied = [dict(row) for row in self.answers.get(name, ())]
        self.answers[name] = copied
        return copied


def missing(dictionary: Dictionary, *names: str) -> Refused:
    """Facts that a work needs are not known."""
    return Refused("missing", tuple(lacking(dictionary, name) for name in names))


def missing_source(dictionary: Dictionary, source: Source) -> Refused:
    """Nothing is known where a work looks."""
    return missing(dictionary, source.fact or source.column or "")


def unanswered(dictionary: Dictionary, answer: Missing | Wrong) -> Refused:
    """The rules can't answer: facts are missing, or one is wrong."""
    if isinstance(answer, Missing):
        return missing(dictionary, *answer.facts)
    return Refused("wrong", (answer, *answer.also))


def priced(
    bench: Workbench, asked: kinds.QuoteAsked
) -> Iterator[tuple[dict[str, Any] | None, Quote]]:
    """Each row that a price is asked for (once, without rows), with its price. Raises Stopped."""
    for row, rules, scheme, facts in bench.rows(asked):
        answer = rules.quote(scheme, facts)
        if not isinstance(answer, Quote):
            raise Stopped(unanswered(bench.contents.dictionary, answer))
        yield row, answer


def _quote(bench: Workbench, work: kinds.Quote) -> None:
    asked = work.quote
    if asked.rows is not None:
        bench.own_rows(asked.rows)
    quotes = list[Quote]()
    for row, answer in priced(bench, asked):
        _put_quote(bench, asked, row, answer)
        quotes.append(answer)
    _put_sums(bench, asked, quotes)


def _quote_rows(bench: Workbench, work: kinds.QuoteRows) -> None:
    asked, quotes = work.quote_rows, list[Quote]()
    bench.own_rows(asked.rows)
    for row, rules, scheme, facts in bench.rows(asked):
        assert row is not None, "these are asked for rows"
        answer = rules.quote(scheme, facts)
        row.pop(asked.due, None)
        bench.put(row, asked.column, isinstance(answer, Quote))
        if isinstance(answer, Quote):
            _put_quote(bench, asked, row, answer)
            quotes.append(answer)
    _put_sums(bench, asked, quotes)


def _put_quote(
    bench: Workbench, asked: kinds.QuoteAsked, row: dict[str, Any] | None, quote: Quote
) -> None:
    bench.put(row, asked.due, quote.due)
    if asked.government is not None:
        paid = sum(line.amount.fen for line in quote.lines if line.payer == GOVERNMENT)
        bench.put(row, asked.government, Money(paid))
    bases = [line.basis for line in quote.lines if line.basis is not None]
    if asked.basis is not None and bases:
        bench.put(row, asked.basis, bases[0])


def _put_sums(bench: Workbench, asked: kinds.QuoteAsked, quotes: list[Quote]) -> None:
    if asked.total is not None:
        bench.put(None, asked.total, Money(sum(quote.due.fen for quote in quotes)))
    if asked.lines is not None:
        bench.put(None, asked.lines, [line for quote in quotes for line in kept_lines(quote)])


def kept_lines(quote: Quote) -> Iterator[dict[str, Any]]:
    """The lines of a price as an item keeps them."""
    for line in quote.lines:
        yield {
            "scheme": quote.scheme,
            "part": line.part,
            "label": line.label.text("zh"),
            "period": line.period,
            "payer": line.payer,
            "basis": line.basis,
            "rate": line.rate,
            "amount": line.amount,
            "at_least": line.at_least,
            "rule": line.rule,
            "edition": line.edition,
            "evidence": line.evidence,
        }


def _allow(bench: Workbench, work: kinds.Allow) -> None:
    for _, rules, scheme, facts in bench.rows(work.allow):
        answer = rules.may_pay(scheme, facts)
        if isinstance(answer, Refusal):
            raise Stopped(Refused("refused", refusal=answer))
        if not isinstance(answer, Allowed):
            raise Stopped(unanswered(bench.contents.dictionary, answer))


def _allow_rows(bench: Workbench, work: kinds.AllowRows) -> None:
    asked = work.allow_rows
    bench.own_rows(asked.rows)
    for row, rules, scheme, facts in bench.rows(asked):
        answer = rules.may_pay(scheme, facts)
        if isinstance(answer, Missing):
            raise Stopped(unanswered(bench.contents.dictionary, answer))
        bench.put(row, asked.column, isinstance(answer, Allowed))


def entitled(bench: Workbench, asked: kinds.RefundAsked) -> Iterator[Entitlement]:
    """What is given back of the payments. Raises Stopped."""
    for _, rules, scheme, facts in bench.rows(asked):
        known_as = bench.contents.refunds[scheme]
        told = known_as.asks.payments if known_as is not None else asked.payments
        rows = bench.answers.get(asked.payments, ())
        answer = rules.refund(
            scheme, {**facts, told: projected(bench.contents.dictionary, told, rows)}
        )
        if isinstance(answer, Refusal):
            raise Stopped(Refused("refused", refusal=answer))
        if not isinstance(answer, Entitlement):
            raise Stopped(unanswered(bench.contents.dictionary, answer))
        yield answer


def _refund(bench: Workbench, work: kinds.Refund) -> None:
    asked = work.refund
    rows = bench.own_rows(asked.payments)
    for answer in entitled(bench, asked):
        for line in answer.lines:
            bench.put(rows[line.number - 1], asked.amount, line.amount)
        bench.put(None, asked.total, answer.amount)
        bench.put(None, asked.confirmed_by, answer.confirmed_by or "none")


def _wait(bench: Workbench, work: kinds.Wait) -> None:
    """A scheme that knows no waiting, or a day for which no rule is on record, brings nothing."""
    asked = work.wait
    if asked.rows is not None:
        bench.own_rows(asked.rows)
    for row, rules, scheme, facts in bench.rows(asked):
        (bench.answers if row is None else row).pop(asked.months, None)
        if scheme not in bench.contents.periods.waiting:
            continue
        answer = rules.wait(scheme, facts)
        if isinstance(answer, Wait):
            bench.put(row, asked.months, answer.months)


def _sum(bench: Workbench, work: kinds.Sum) -> None:
    asked = work.sum
    rows = bench.known().given.get(asked.rows) or ()
    amounts = [row.get(asked.column) or ZERO for row in rows]
    bench.put(None, asked.into, Money(sum(amount.fen for amount in amounts)))


def _take(bench: Workbench, work: kinds.Take) -> None:
    rows = bench.answers.get(work.take.rows, ())
    if len(rows) != 1:
        raise Stopped(missing(bench.contents.dictionary, work.take.rows))
    for fact, column in work.take.into.items():
        value = rows[0].get(column)
        if value is None:
            bench.answers.pop(fact, None)
        else:
            bench.answers[fact] = value


def _passing(bench: Workbench, rows: str, that: Any) -> list[bool]:
    known = bench.known()
    typed = known.given.get(rows) or ()
    return [decide(that, known, Row(rows, row)).truth is True for row in typed]


def _keep(bench: Workbench, work: kinds.Keep) -> None:
    asked = work.keep
    passing = _passing(bench, asked.rows, asked.that)
    rows = bench.answers.get(asked.rows, ())
    kept = [row for row, holds in zip(rows, passing, strict=True) if holds]
    bench.answers[asked.into] = projected(bench.contents.dictionary, asked.into, kept)


def _mark(bench: Workbench, work: kinds.Mark) -> None:
    asked = work.mark
    passing = _passing(bench, asked.rows, asked.that)
    for row, holds in zip(bench.own_rows(asked.rows), passing, strict=True):
        row[asked.column] = holds


def _set(bench: Workbench, work: kinds.Put) -> None:
    known = None if all(each.value is not None for each in work.set.values()) else bench.known()
    values = {
        name: source.value if known is None else bench.value(source, None, known)
        for name, source in work.set.items()
    }
    for name, value in values.items():  # all at one moment: none is set from another that is
        if value is None:
            raise Stopped(missing_source(bench.contents.dictionary, work.set[name]))
        try:
            bench.answers[name] = plain(bench.contents.dictionary.read(name, value))
        except BadValue as bad:
            wrong = unreadable(bench.contents.dictionary, name, value, bad)
            raise Stopped(Refused("wrong", (wrong,))) from None


def _forget(bench: Workbench, work: kinds.Forget) -> None:
    for name in work.forget:
        bench.answers.pop(name, None)
        bench.forgotten.add(name)  # in what was typed as well


_HOW: dict[type, Callable[[Workbench, Any], None]] = {
    kinds.Quote: _quote,
    kinds.QuoteRows: _quote_rows,
    kinds.Allow: _allow,
    kinds.AllowRows: _allow_rows,
    kinds.Refund: _refund,
    kinds.Wait: _wait,
    kinds.Sum: _sum,
    kinds.Take: _take,
    kinds.Keep: _keep,
    kinds.Mark: _mark,
    kinds.Put: _set,
    kinds.Forget: _forget,
}


def work_on(bench: Workbench, work: kinds.Work) -> None:
    """Do one work. Raises Stopped where it ends in a refusal."""
    _HOW[type(work)](bench, work)
