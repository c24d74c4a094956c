"""What a condition would say if one of its nodes were wrong: the slips that an example must notice.

For every node one alteration at a time: a test turned into its opposite, a limit moved by the
smallest step, an entry of a list or a branch of ``all`` or ``any`` left out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sstibet.conditions import (
    TESTS,
    All,
    Any_,
    Condition,
    Count,
    Every,
    Not,
    Rows,
    Some,
    Sum,
    Test,
)
from sstibet.facts import Dictionary, Fact
from sstibet.loading import Step
from sstibet.money import Money, Rate
from sstibet.months import Month

Path = tuple[Step, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Altered:
    """A condition with one slip in it: at which node, and what it would be."""

    path: Path
    slip: str
    condition: Condition


def alterations(
    dictionary: Dictionary, condition: Condition, row: str | None = None
) -> Iterator[Altered]:
    """Every slip of a condition; the opposite of a test goes before its limits.

    ``row`` is the fact whose row is at hand, as in `decide`.
    """
    match condition:
        case All() as both:
            branches = _branches(dictionary, "all", both.all_, row)
            for path, slip, kept in branches:
                yield Altered(path, slip, dataclasses.replace(both, all_=kept))
        case Any_() as either:
            branches = _branches(dictionary, "any", either.any_, row)
            for path, slip, kept in branches:
                yield Altered(path, slip, dataclasses.replace(either, any_=kept))
        case Not():
            for each in alterations(dictionary, condition.not_, row):
                altered = dataclasses.replace(condition, not_=each.condition)
                yield Altered(("not", *each.path), each.slip, altered)
        case Every() | Some() | Count() | Sum():
            yield from _rows(dictionary, condition)
        case Test():
            opposite = Not(not_=condition, where=condition.where)
            yield Altered((), "the opposite", opposite)
            yield from _limits(dictionary, condition, row)


def tests_in(condition: Condition) -> Iterator[Test]:
    """Every single test in a condition."""
    match condition:
        case Test():
            yield condition
        case All(all_=branches) | Any_(any_=branches):
            for each in branches:
                yield from tests_in(each)
        case Not():
            yield from tests_in(condition.not_)
        case Every(every=rows) | Some(some=rows) | Count(count=rows) | Sum(sum=rows):
            if rows.that is not None:
                yield from tests_in(rows.that)


def without(items: tuple[T, ...], n: int) -> tuple[T, ...]:
    """All items but one."""
    return (*items[:n], *items[n + 1 :])


def swapped(items: tuple[T, ...], n: int, item: T) -> tuple[T, ...]:
    """All items, with another in the place of one."""
    return (*items[:n], item, *items[n + 1 :])


def _branches(
    dictionary: Dictionary, key: str, branches: tuple[Condition, ...], row: str | None
) -> Iterator[tuple[Path, str, tuple[Condition, ...]]]:
    for n, branch in enumerate(branches):
        for each in alterations(dictionary, branch, row):
            yield (key, n, *each.path), each.slip, swapped(branches, n, each.condition)
        if len(branches) > 1:
            yield (key, n), "left out", without(branches, n)


def _rows(dictionary: Dictionary, condition: Every | Some | Count | Sum) -> Iterator[Altered]:
    key = type(condition).__name__.lower()
    rows: Rows = getattr(condition, key)
    if rows.that is not None:
        for each in alterations(dictionary, rows.that, rows.fact):
            inner: dict[str, Any] = {key: dataclasses.replace(rows, that=each.condition)}
            altered = dataclasses.replace(condition, **inner)
            yield Altered((key, "that", *each.path), each.slip, altered)
        if isinstance(condition, Every):
            yield Altered((key,), "'some'", Some(some=rows, where=condition.where))
        if isinstance(condition, Some):
            yield Altered((key,), "'every'", Every(every=rows, where=condition.where))
    if isinstance(condition, Count):
        for count in (condition.value - 1, condition.value + 1):
            if count >= 0:
                altered = dataclasses.replace(condition, value=count)
                yield Altered(("value",), str(count), altered)
    if isinstance(condition, Sum):
        for fen in (condition.value.fen - 1, condition.value.fen + 1):
            altered = dataclasses.replace(condition, value=Money(fen))
            yield Altered(("value",), str(Money(fen)), altered)


def _limits(dictionary: Dictionary, test: Test, row: str | None) -> Iterator[Altered]:
    """The value of a test a step lower or higher, or its list without one entry."""
    if test.fact is not None:
        fact = dictionary.facts[test.fact]
    else:
        fact = (dictionary.facts[row or ""].fields or {})[test.field or ""]
    if isinstance(test.value, tuple):
        for n, each in enumerate(test.value if len(test.value) > 1 else ()):
            altered = dataclasses.replace(test, value=without(test.value, n))
            yield Altered(("value", n), f"a list without {each!r}", altered)
    elif test.value is not None and TESTS[test.test][1]:
        for step in (-1, 1):
            moved = _moved(fact, test.value, step)
            if moved is not None:
                yield Altered(("value",), moved, dataclasses.replace(test, value=moved))


def _moved(fact: Fact, text: str, step: int) -> str | None:
    """A value one step lower or higher; None where the fact cannot have it, or has no steps."""
    value = fact.parse_text(text)
    match value:
        case Money():
            moved: Any = Money(value.fen + step)
        case Rate():
            top = value.numerator * 10_000 + step * value.denominator
            moved = Rate.exactly(max(top, 0), value.denominator * 10_000)
        case Month():
            moved = Month(value.index + step)
        case date():
            if value in (date.min, date.max):
                return None
            moved = date.fromordinal(value.toordinal() + step)
        case _:
            moved = value + step
    if fact.derive is None and (
        (fact.least is not None and moved < fact.parse_text(fact.least))
        or (fact.most is not None and moved > fact.parse_text(fact.most))
    ):
        return None
    return moved.isoformat() if isinstance(moved, date) else str(moved)
