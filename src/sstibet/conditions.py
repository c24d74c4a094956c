"""Conditions: named tests on facts, joined by all, any and not; answered yes, no, or unknown.

A condition is data. Nothing in it is evaluated as text; each test compares a fact with a value,
with another fact, or with a parameter of the book, by a word of a closed list. Where a fact is
not known the answer is unknown if, and only if, it hangs on that fact (Kleene's three-valued
logic), and says which facts are missing.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from sstibet.documents import Filled, Name, Node, OneOf, Text, Whole, node, word
from sstibet.known import Known, Resolved, Row
from sstibet.money import ZERO, Money
from sstibet.tested import Tested

# test -> (the comparison, does it need an order, does it take a list of values)
TESTS: dict[str, tuple[Callable[[Any, Any], bool], bool, bool]] = {
    "is": (operator.eq, False, False),
    "is_not": (operator.ne, False, False),
    "one_of": (lambda left, right: left in right, False, True),
    "none_of": (lambda left, right: left not in right, False, True),
    "below": (operator.lt, True, False),
    "at_most": (lambda left, right: not right < left, True, False),
    "at_least": (lambda left, right: not left < right, True, False),
    "above": (lambda left, right: right < left, True, False),
}
IN_WINDOW = "in_window"
_NONE: frozenset[str] = frozenset()


class Literal:
    """Marks the value of a test: a text, or a list of texts."""

    def __get_pydantic_core_schema__(self, _: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        texts = handler.generate_schema(tuple[Filled, ...])
        return core_schema.union_schema(
            [core_schema.str_schema(strict=True), texts],
            custom_error_type="not_a_literal",
            custom_error_message="a value or a list of values is wanted here",
        )


@node
class Test(Node):
    """One comparison. The left side is a ``fact``, or a ``field`` of the row at hand; the right
    side is exactly one of ``value``, ``other_fact``, ``other_field``, ``parameter``, ``window``."""

    test: Annotated[str, word(*TESTS, IN_WINDOW)]
    fact: Name | None = None
    field: Name | None = None
    value: Annotated[str | tuple[str, ...] | None, Literal()] = None
    other_fact: Name | None = None
    other_field: Name | None = None
    parameter: Name | None = None
    window: Name | None = None


@node
class All(Node):
    """Every one of the conditions holds."""

    all_: tuple[Condition, ...]


@node
class Any_(Node):
    """At least one of the conditions holds."""

    any_: tuple[Condition, ...]


@node
class Not(Node):
    """The condition does not hold."""

    not_: Condition


@node
class Rows(Node):
    """Of which records, which of their rows (all where ``that`` is absent), and which column."""

    fact: Name
    that: Condition | None = None
    column: Name | None = None


@node
class Every(Node):
    """Every row of some records passes ``that``."""

    every: Rows


@node
class Some(Node):
    """At least one row of some records passes ``that``."""

    some: Rows


_COMPARISON = Annotated[str, word(*(name for name, (_, _, many) in TESTS.items() if not many))]


@node
class Count(Node):
    """How many rows pass ``that``, compared with a number."""

    count: Rows
    test: _COMPARISON
    value: Whole


@node
class Sum(Node):
    """The sum of a column of amounts over the rows that pass ``that``, compared with an amount."""

    sum: Rows
    test: _COMPARISON
    value: Annotated[Money, Text(Money.parse)]


Condition = Annotated[
    All | Any_ | Not | Every | Some | Count | Sum | Test,
    OneOf(
        all_=All,
        any_=Any_,
        not_=Not,
        every=Every,
        some=Some,
        count=Count,
        sum=Sum,
        fact=Test,
        field=Test,
    ),
]


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes (True), no (False) or unknown (None), the missing facts, and every test made."""

    truth: bool | None
    missing: frozenset[str] = frozenset()
    tests: tuple[Tested, ...] = ()


def decide(condition: Condition, known: Known, row: Row | None = None) -> Answer:
    """The answer to a condition for what is known."""
    match condition:
        case All():
            return _joined([decide(each, known, row) for each in condition.all_], settles=False)
        case Any_():
            return _joined([decide(each, known, row) for each in condition.any_], settles=True)
        case Not():
            inner = decide(condition.not_, known, row)
            truth = None if inner.truth is None else not inner.truth
            return Answer(truth, inner.missing, inner.tests)
        case Every():
            return _over_rows(condition.every, known, settles=False)
        case Some():
            return _over_rows(condition.some, known, settles=True)
        case Count():
            return _counted(condition, known)
        case Sum():
            return _summed(condition, known)
        case _:
            return _tested(condition, known, row)


def _joined(answers: list[Answer], settles: bool) -> Answer:
    """``any`` is settled by a yes (True), ``all`` by a no (False); else unknown wins."""
    tests = tuple(test for each in answers for test in each.tests)
    if any(each.truth is settles for each in answers):
        return Answer(settles, frozenset(), tests)
    if any(each.truth is None for each in answers):
        unknown = frozenset[str]().union(*(each.missing for each in answers if each.truth is None))
        return Answer(None, unknown, tests)
    return Answer(not settles, frozenset(), tests)


def _row_answers(rows: Rows, known: Known) -> list[tuple[Row, Answer]] | None:
    """Each row with the answer to ``that``; None where the records themselves are missing."""
    given, missing = known.fact(rows.fact)
    if missing:
        return None
    yes = Answer(True)
    found = (Row(rows.fact, values) for values in given)
    return [(row, decide(rows.that, known, row) if rows.that else yes) for row in found]


def _over_rows(rows: Rows, known: Known, settles: bool) -> Answer:
    answers = _row_answers(rows, known)
    if answers is None:
        return Answer(None, frozenset([rows.fact]))
    return _joined([answer for _, answer in answers], settles)


def _counted(condition: Count, known: Known) -> Answer:
    rows = condition.count
    answers = _row_answers(rows, known)
    if answers is None:
        return Answer(None, frozenset([rows.fact]))
    sure = sum(answer.truth is True for _, answer in answers)
    unsure = [answer for _, answer in answers if answer.truth is None]
    compare = TESTS[condition.test][0]
    possible = {compare(n, condition.value) for n in range(sure, sure + len(unsure) + 1)}
    truth = possible.pop() if len(possible) == 1 else None
    missing = frozenset[str]().union(*(each.missing for each in unsure)) if truth is None else _NONE
    test = known.tested(condition.where, rows.fact, condition.test, sure, condition.value, truth)
    return Answer(truth, missing, (test,))


def _summed(condition: Sum, known: Known) -> Answer:
    rows = condition.sum
    answers = _row_answers(rows, known)
    if answers is None:
        return Answer(None, frozenset([rows.fact]))
    total, missing = ZERO, _NONE
    for row, answer in answers:
        if answer.truth is None:
            missing |= answer.missing
        elif answer.truth:
            amount, lacking = known.field(row, rows.column or "")
            missing |= lacking
            total += ZERO if lacking else amount
    truth = None if missing else TESTS[condition.test][0](total, condition.value)
    test = known.tested(condition.where, rows.fact, condition.test, total, condition.value, truth)
    return Answer(truth, missing, (test,))


def _tested(test: Test, known: Known, row: Row | None) -> Answer:
    left, lacking = _side(test.fact, test.field, known, row)
    right, lacking_right = _right_side(test, known, row)
    missing = lacking | lacking_right
    truth: bool | None = None
    if not missing:
        truth = left in right if test.test == IN_WINDOW else TESTS[test.test][0](left, right)
    name = test.fact or test.field or ""
    seen = known.tested(test.where, name, test.test, left, right, truth, row)
    return Answer(truth, missing, (seen,))


def _side(fact: str | None, field: str | None, known: Known, row: Row | None) -> Resolved:
    if fact is not None:
        return known.fact(fact)
    assert row is not None, "checked when the book was loaded"
    return known.field(row, field or "")


def _right_side(test: Test, known: Known, row: Row | None) -> Resolved:
    if test.parameter is not None:
        return known.parameter(test.parameter)
    if test.window is not None:
        return known.window(test.window)
    if test.other_fact is not None or test.other_field is not None:
        return _side(test.other_fact, test.other_field, known, row)
    kind = known.kind_of(test.fact, test.field, row)
    assert test.value is not None, "checked when the book was loaded"
    if isinstance(test.value, tuple):
        return tuple(kind.parse_text(text) for text in test.value), _NONE
    return kind.parse_text(test.value), _NONE
