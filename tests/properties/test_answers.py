"""Laws of answers, in both books: what is missing, what is settled, what is given back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from questions import ROOTS, asked, book

from sstibet import Entitlement, Missing, Money, Quote, Refusal, Rulebook, Wrong
from sstibet.conditions import decide
from sstibet.known import Known
from sstibet.periods.ask import MayPay
from sstibet.testing.strategies import days, persons, value_of

Facts = dict[str, Any]


@st.composite
def anyone(draw: st.DrawFn) -> tuple[Rulebook, date, Facts]:
    """A book, a day, and any of the facts that the book knows."""
    rulebook = book(draw(st.sampled_from(sorted(ROOTS))))
    dictionary = rulebook.contents.dictionary
    optional = {
        name: value_of(dictionary, fact)
        for name, fact in dictionary.facts.items()
        if fact.derive is None
    }
    some = draw(st.sets(st.sampled_from(sorted(optional)), max_size=12))
    known = draw(st.fixed_dictionaries({name: optional[name] for name in sorted(some)}))
    return (
        rulebook,
        draw(days(date(2008, 1, 1), date(2032, 1, 1))),
        {**known, **draw(persons(dictionary))},
    )


def fewer(data: st.DataObject, facts: Facts) -> Facts:
    """Some of the facts."""
    kept = data.draw(st.sets(st.sampled_from(sorted(facts)))) if facts else set()
    return {name: value for name, value in facts.items() if name in kept}


def settled(answer: object) -> bool:
    return not isinstance(answer, Missing)


def said(answer: MayPay) -> object:
    """What an answer says, without the steps that led to it."""
    return (type(answer).__name__, getattr(answer, "code", None))


class TestMoreFacts:
    """“more facts never change a settled answer”"""

    @given(anyone(), st.data())
    def test_for_conditions(
        self, question: tuple[Rulebook, date, Facts], data: st.DataObject
    ) -> None:
        rulebook, day, facts = question
        periods = rulebook.contents.periods
        requirements = [r for rules in periods.may_pay.values() for r in (rules or {}).values()]
        condition = data.draw(st.sampled_from(requirements)).must
        little, much = (
            decide(condition, _known(rulebook, day, each)).truth
            for each in (fewer(data, facts), facts)
        )
        assert little is None or much is little

    @given(anyone(), st.data())
    def test_for_whether_one_may_pay(
        self, question: tuple[Rulebook, date, Facts], data: st.DataObject
    ) -> None:
        rulebook, day, facts = question
        scheme = data.draw(st.sampled_from(rulebook.contents.schemes))
        little, much = (
            rulebook.on(day).may_pay(scheme, each) for each in (fewer(data, facts), facts)
        )
        if isinstance(much, Wrong) and not isinstance(little, Wrong):
            # A year for which the scheme has no rules contradicts: it must be one of those added.
            assert much.field in facts
        elif settled(little):
            # A refusal may gain further rules that fail; that it is one stays.
            assert type(little) is type(much)
            if isinstance(little, Refusal) and isinstance(much, Refusal):
                assert {r.id for r in little.failed} <= {r.id for r in much.failed}

    @given(asked(), st.data())
    def test_for_quotes(
        self, question: tuple[Rulebook, str, date, Facts], data: st.DataObject
    ) -> None:
        rulebook, scheme, day, facts = question
        person = data.draw(persons(rulebook.contents.dictionary))
        quote = rulebook.on(day).quote(scheme, facts)
        more = {**person, **facts}
        assert rulebook.on(day).quote(scheme, more) == quote

    @given(asked(), st.data())
    def test_a_quote_from_some_facts_is_the_quote_from_all(
        self, question: tuple[Rulebook, str, date, Facts], data: st.DataObject
    ) -> None:
        rulebook, scheme, day, facts = question
        little = rulebook.on(day).quote(scheme, fewer(data, facts))
        if isinstance(little, Quote):
            assert rulebook.on(day).quote(scheme, facts) == little


class TestUnknown:
    """“unknown if and only if something is missing”"""

    @given(anyone(), st.data())
    def test_a_condition_is_open_exactly_where_it_names_what_is_missing(
        self, question: tuple[Rulebook, date, Facts], data: st.DataObject
    ) -> None:
        rulebook, day, facts = question
        periods = rulebook.contents.periods
        requirements = [r for rules in periods.may_pay.values() for r in (rules or {}).values()]
        answer = decide(data.draw(st.sampled_from(requirements)).must, _known(rulebook, day, facts))
        assert (answer.truth is None) == bool(answer.missing)
        given_names = set(facts)
        for name in answer.missing:
            assert name not in given_names

    @given(asked(), st.data())
    def test_a_price_is_missing_exactly_what_would_settle_it(
        self, question: tuple[Rulebook, str, date, Facts], data: st.DataObject
    ) -> None:
        rulebook, scheme, day, facts = question
        rules = rulebook.on(day)
        assume(isinstance(rules.quote(scheme, facts), Quote))
        some = fewer(data, facts)
        answer = rules.quote(scheme, some)
        assert not isinstance(answer, Wrong)
        if isinstance(answer, Missing):
            # What it names, or what would do instead, was left out; given again it settles it.
            named = {*answer.facts, *(n for more in answer.instead.values() for n in more)}
            assert named & (set(facts) - set(some))
            assert not set(answer.facts) & set(some)
            for _ in range(len(facts)):
                if not isinstance(answer, Missing):
                    break
                named = {*answer.facts, *(n for more in answer.instead.values() for n in more)}
                some = {**some, **{name: facts[name] for name in named if name in facts}}
                answer = rules.quote(scheme, some)
            assert isinstance(answer, Quote)

    @given(asked())
    def test_nothing_is_missing_where_every_fact_asked_for_is_given(
        self, question: tuple[Rulebook, str, date, Facts]
    ) -> None:
        rulebook, scheme, day, facts = question
        answer = rulebook.on(day).quote(scheme, facts)
        if isinstance(answer, Missing):  # nothing to draw a base from on such a day
            assert not set(answer.facts) & set(facts)


@st.composite
def refunds(draw: st.DrawFn) -> tuple[Rulebook, str, date, Facts]:
    """A refund asked for: any ground, some payments, each with all or some of its columns."""
    rulebook = book(draw(st.sampled_from(sorted(ROOTS))))
    contents = rulebook.contents
    scheme = draw(st.sampled_from([s for s, rules in sorted(contents.refunds.items()) if rules]))
    rules = contents.refunds[scheme]
    assert rules is not None
    dictionary, asks = contents.dictionary, rules.asks
    start = rules.table.covers.from_
    day = draw(days(start - timedelta(days=30), date(2030, 1, 1)))
    ground = draw(value_of(dictionary, dictionary.facts[asks.ground]))
    rows = draw(_rows(dictionary, asks))
    return rulebook, scheme, day, {asks.ground: ground, asks.payments: rows}


def _rows(dictionary: Any, asks: Any) -> st.SearchStrategy[list[Facts]]:
    fields = dictionary.facts[asks.payments].fields
    columns = {k: value_of(dictionary, f) for k, f in fields.items() if f.derive is None}
    amounts = st.integers(0, 2000_00).map(Money)
    columns |= {asks.paid: amounts, asks.given_back: st.just(Money(0)) | amounts}
    whole = st.fixed_dictionaries(columns)
    partly = st.fixed_dictionaries({}, optional=columns)
    return st.lists(whole, min_size=1, max_size=4) | st.lists(whole | partly, max_size=4)


class TestRefunds:
    """“a refund never exceeds what was paid”"""

    @given(refunds())
    def test_no_more_than_was_paid_and_not_given_back_yet(
        self, question: tuple[Rulebook, str, date, Facts]
    ) -> None:
        rulebook, scheme, day, facts = question
        answer = rulebook.on(day).refund(scheme, facts)
        rules = rulebook.contents.refunds[scheme]
        assert rules is not None
        if not isinstance(answer, Entitlement):
            assert isinstance(answer, (Missing, Refusal, Wrong))
            return
        asks, rows = rules.asks, facts[rules.asks.payments]
        assert len(answer.lines) == len(rows)
        for line, row in zip(answer.lines, rows, strict=True):
            if line.amount:
                left = row[asks.paid].fen - row[asks.given_back].fen
                assert 0 < line.amount.fen <= left
            assert line.amount.fen >= 0
        paid = sum(row[asks.paid].fen for row in rows if asks.paid in row)
        assert 0 < answer.amount.fen <= paid


def _known(rulebook: Rulebook, day: date, facts: Facts) -> Known:
    known = rulebook.on(day)._known(facts)
    assert isinstance(known, Known), known
    return known
