"""Laws of prices, in both books: each class quotes the sentence that its tests prove."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, find, given
from hypothesis import strategies as st
from oracle import NoPrice, Oracle
from questions import ROOTS, asked, book, schemes, texts

from sstibet import Missing, Money, Month, Quote, Rulebook, Wrong
from sstibet.premium.rate import BaseEdition, OfBase, RateSchedule
from sstibet.testing.strategies import questions

ORACLES = {name: Oracle(root) for name, root in ROOTS.items()}
Asked = tuple[Rulebook, str, date, dict[str, Any]]


def quoted(question: Asked) -> Quote:
    """The quote; a day without rules is not what is asked about here."""
    rulebook, scheme, day, given_facts = question
    quote = rulebook.on(day).quote(scheme, given_facts)
    assume(isinstance(quote, Quote))
    assert isinstance(quote, Quote)
    return quote


def name_of(rulebook: Rulebook) -> str:
    return next(name for name in ROOTS if book(name) is rulebook)


def yuan(amount: Money) -> Fraction:
    return Fraction(amount.fen, 100)


class TestParts:
    """“Parts of an amount add up to it: the last part is the rest.”"""

    @given(asked(monthly=True))
    def test_the_parts_of_each_month_add_up_to_its_premium(self, question: Asked) -> None:
        quote = quoted(question)
        rulebook, scheme, day, given_facts = question
        rules = ORACLES[name_of(rulebook)]
        schedule = rules.schemes[scheme]
        amounts = rules.amounts(scheme, day.isoformat(), texts(given_facts))
        for period in {line.period for line in quote.lines}:
            lines = [line for line in quote.lines if line.period == period]
            asked_on = f"{period}-01" if schedule["at"] == "period_start" else day.isoformat()
            premium = rules.premium(scheme, asked_on, texts(given_facts))
            on_top = rules.on_top(scheme, asked_on)
            assert sum(yuan(line.amount) for line in lines) == premium + on_top
        assert len(amounts) == len(quote.lines)

    @given(asked())
    def test_no_part_is_below_zero(self, question: Asked) -> None:
        assert all(line.amount.fen >= 0 for line in quoted(question).lines)


class TestWhoPays:
    """“`due` and `total` as sums of lines”: person + government = total."""

    @given(asked())
    def test_person_and_government_make_the_total(self, question: Asked) -> None:
        quote = quoted(question)
        by = {"person": 0, "government": 0}
        for line in quote.lines:
            by[line.payer] += line.amount.fen
        assert quote.due == Money(by["person"])
        assert quote.total == Money(by["person"] + by["government"])

    @given(asked())
    def test_the_quick_price_is_the_due_of_the_quote(self, question: Asked) -> None:
        rulebook, scheme, day, given_facts = question
        quote, price = (
            ask(scheme, given_facts) for ask in (rulebook.on(day).quote, rulebook.on(day).price)
        )
        assert price == (quote.due if isinstance(quote, Quote) else quote)


class TestMonths:
    """“several months (each month by its own edition)”: n months are the sum of n single months."""

    @given(asked(monthly=True))
    def test_several_months_are_the_single_months_together(self, question: Asked) -> None:
        quote = quoted(question)
        rulebook, scheme, day, given_facts = question
        schedule = rulebook.contents.schedule(scheme)
        assert isinstance(schedule, RateSchedule)
        one = {**given_facts, schedule.asks.months: 1}
        lines = []
        for n in range(given_facts[schedule.asks.months]):
            first = Month.of(day).plus(n).first_day
            if schedule.at == "period_start":
                single = rulebook.on(first).quote(scheme, one)
                assert isinstance(single, Quote)
                lines += single.lines
            else:
                single = rulebook.on(day).quote(scheme, one)
                assert isinstance(single, Quote)
                lines += [replace(line, period=str(Month.of(first))) for line in single.lines]
        assert tuple(lines) == quote.lines


@st.composite
def two_bases(draw: st.DrawFn) -> tuple[Rulebook, str, date, Money, Money]:
    """A scheme, a day, and two bases that are both inside the bounds of that day."""
    with_base = [
        (name, scheme)
        for name, scheme in schemes(monthly=True)
        if book(name).contents.schedule(scheme).asks.base  # type: ignore[union-attr]  # monthly
    ]
    name, scheme = draw(st.sampled_from(with_base))
    schedule = book(name).contents.schedule(scheme)
    assert isinstance(schedule, RateSchedule)
    assert schedule.bases is not None
    edition = draw(st.sampled_from(schedule.bases.editions))
    day = edition.from_
    assume(isinstance(schedule.rates.at(day), OfBase))
    floor, ceiling = (bound.fen for bound in edition.bounds_in_money())
    one = draw(st.integers(floor, ceiling))
    near = st.integers(one, min(one + 200, ceiling))
    other = draw(near | st.integers(one, ceiling))
    return book(name), scheme, day, Money(one), Money(other)


class TestOrder:
    """“monotone in the base inside an edition”: who declares more never pays less."""

    @given(two_bases())
    def test_a_higher_base_never_costs_less(
        self, bases: tuple[Rulebook, str, date, Money, Money]
    ) -> None:
        rulebook, scheme, day, lower, higher = bases
        schedule = rulebook.contents.schedule(scheme)
        assert isinstance(schedule, RateSchedule)
        totals = []
        for base in (lower, higher):
            given_facts = {str(schedule.asks.base): base, schedule.asks.months: 1}
            quote = rulebook.on(day).quote(scheme, given_facts)
            assert isinstance(quote, Quote)
            totals.append((quote.total, quote.due))
        assert totals[0][0] <= totals[1][0]
        assert totals[0][1] <= totals[1][1]


class TestBounds:
    """“at the base's very bounds and one fen outside”; “outside the bounds is always `Wrong`”."""

    @given(two_bases(), st.integers(1, 10**6))
    def test_any_base_outside_is_wrong(
        self, bases: tuple[Rulebook, str, date, Money, Money], far: int
    ) -> None:
        rulebook, scheme, day, _, _ = bases
        schedule = rulebook.contents.schedule(scheme)
        assert isinstance(schedule, RateSchedule)
        assert schedule.bases is not None
        edition = schedule.bases.at(day)
        assert isinstance(edition, BaseEdition)
        floor, ceiling = edition.bounds_in_money()
        field = str(schedule.asks.base)
        for by in (1, far):
            for fen, code in ((floor.fen - by, "below_floor"), (ceiling.fen + by, "above_ceiling")):
                facts_given = {field: Money(max(fen, 1)), schedule.asks.months: 1}
                answer = rulebook.on(day).quote(scheme, facts_given)
                assert isinstance(answer, Wrong)
                assert answer.field == field
                assert answer.code in (code, "below_least", "above_most")

    @given(two_bases())
    def test_the_very_bounds_are_inside(
        self, bases: tuple[Rulebook, str, date, Money, Money]
    ) -> None:
        rulebook, scheme, day, _, _ = bases
        schedule = rulebook.contents.schedule(scheme)
        assert isinstance(schedule, RateSchedule)
        oracle = ORACLES[name_of(rulebook)]
        for bound in oracle.bounds(scheme, day.isoformat()):
            base = Money(int(bound * 100))
            answer = rulebook.on(day).quote(
                scheme, {str(schedule.asks.base): base, schedule.asks.months: 1}
            )
            assert isinstance(answer, Quote)

    @given(asked(valid=False))
    def test_whatever_is_wrong_is_never_priced(self, question: Asked) -> None:
        rulebook, scheme, day, given_facts = question
        assert isinstance(rulebook.on(day).quote(scheme, given_facts), Wrong)


class TestOracle:
    """“scalar = table = an independent oracle in `Fraction`, to the fen”"""

    @given(asked())
    def test_every_line_is_the_oracles(self, question: Asked) -> None:
        rulebook, scheme, day, given_facts = question
        answer = rulebook.on(day).quote(scheme, given_facts)
        oracle = ORACLES[name_of(rulebook)]
        try:
            wanted = oracle.amounts(scheme, day.isoformat(), texts(given_facts))
        except NoPrice:
            assert isinstance(answer, Wrong)
            return
        assert isinstance(answer, Quote)
        found = {(li.part, li.payer, li.period): yuan(li.amount) for li in answer.lines}
        assert found == wanted

    @pytest.mark.parametrize("name", ROOTS)
    @given(st.data())
    def test_a_table_says_in_every_row_what_the_single_quote_says(
        self, name: str, data: st.DataObject
    ) -> None:
        import pyarrow as pa

        rulebook = book(name)
        rows = [
            {"scheme": scheme, "on": day.isoformat(), **texts(given_facts)}
            for scheme in data.draw(
                st.lists(st.sampled_from(rulebook.contents.schemes), min_size=1)
            )
            for valid in (True, False)
            for day, given_facts in [data.draw(questions(rulebook, scheme, valid))]
        ]
        columns = sorted({key for row in rows for key in row})
        table = pa.table(
            {key: pa.array([row.get(key) for row in rows], pa.string()) for key in columns}
        )
        out = rulebook.quote_table(table).to_pylist()
        assert len(out) == len(rows)
        for row, got in zip(rows, out, strict=True):
            given_facts = {k: v for k, v in row.items() if k not in ("scheme", "on")}
            rules = rulebook.on(date.fromisoformat(row["on"]))
            _same_as_scalar(rules.quote(row["scheme"], given_facts), got)


def _same_as_scalar(answer: object, row: dict[str, Any]) -> None:
    if isinstance(answer, Quote):
        assert Money.of(row["due"]) == answer.due
        assert Money.of(row["total"]) == answer.total
        for part in {line.part for line in answer.lines}:
            assert Money.of(row[f"part_{part}"]) == answer.part(part)
        return
    assert row["due"] is None
    assert isinstance(answer, (Missing, Wrong))


@pytest.mark.parametrize(("name", "scheme"), schemes())
def test_the_strategies_do_lead_to_quotes(name: str, scheme: str) -> None:
    """What is drawn as valid is priced in every scheme of both books: no law above is empty."""

    def priced(question: tuple[date, dict[str, Any]]) -> bool:
        day, given_facts = question
        return isinstance(book(name).on(day).quote(scheme, given_facts), Quote)

    assert priced(find(questions(book(name), scheme), priced))
