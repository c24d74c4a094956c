"""Whether conditions can hold together: worked out from what they test, without any facts.

Each condition becomes a choice of conjunctions of single tests. Tests of the same thing are laid
over one another (the values they name cut its values into cells), and a conjunction in which some
thing is left no cell can't hold. Where that cannot be told, it is taken that they can.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from sstibet.conditions import TESTS, All, Any_, Condition, Count, Not, Sum, Test
from sstibet.facts import KINDS, Dictionary, Fact
from sstibet.money import ZERO, Money

# More alternatives than these are not gone through; then everything counts as possible.
MOST = 1024


@dataclass(frozen=True, slots=True)
class Literal:
    """A condition that holds, or (``holds`` False) doesn't."""

    condition: Condition
    holds: bool


class TooMany(Exception):
    """There are more alternatives than anyone would go through."""


def possible(dictionary: Dictionary, literals: Iterable[Literal]) -> bool:
    """Whether all literals may hold at once, as far as their tests show."""
    try:
        return any(_holds(dictionary, each) for each in _alternatives(tuple(literals)))
    except TooMany:
        return True


def _alternatives(literals: Sequence[Literal]) -> Iterator[tuple[Literal, ...]]:
    """The conjunctions of single tests of which one holds where all literals do."""
    options = [_options(each.condition, each.holds) for each in literals]
    count = 1
    for each in options:
        count *= len(each)
        if count > MOST:
            raise TooMany
    return (tuple(one for part in parts for one in part) for parts in product(*options))


def _options(condition: Condition, holds: bool) -> list[tuple[Literal, ...]]:
    match condition:
        case Not():
            return _options(condition.not_, not holds)
        case All() | Any_():
            parts = condition.all_ if isinstance(condition, All) else condition.any_
            if isinstance(condition, All) is holds:
                return list(_alternatives([Literal(each, holds) for each in parts]))
            return [option for each in parts for option in _options(each, holds)]
        case _:
            return [(Literal(condition, holds),)]


def _holds(dictionary: Dictionary, conjunction: tuple[Literal, ...]) -> bool:
    """Whether no two tests of one thing exclude one another."""
    by_thing: dict[Hashable, list[Literal]] = {}
    for each in conjunction:
        by_thing.setdefault(_thing(each.condition), []).append(each)
    return all(_cell_left(dictionary, each) for each in by_thing.values())


def _thing(condition: Condition) -> Hashable:
    """What is tested; tests of the same thing can be laid over one another."""
    match condition:
        case Test(value=None, window=None):
            other = (condition.other_fact, condition.other_field, condition.parameter)
            return (condition.fact, condition.field, *other)
        case Test(window=None):
            return (condition.fact, condition.field)
        case Count():
            return ("count", condition.count)
        case Sum():
            return ("sum", condition.sum)
        case _:
            return condition


def _cell_left(dictionary: Dictionary, literals: list[Literal]) -> bool:
    """Whether something is left for which every test of one thing comes out as it should."""
    first = literals[0].condition
    if isinstance(first, Test) and first.window is None:
        if first.value is None:
            # Only how the two sides stand to each other is known: below, equal, or above.
            sides = [_Side(_compared(each), 1, each.holds) for each in literals]
            return _agree(sides, range(3))
        if (fact := dictionary.facts.get(first.fact or "")) is not None:
            return _value_left(dictionary, fact, literals)
    if isinstance(first, (Count, Sum)):
        values = sorted({_number(each) for each in literals})
        sides = [_side(each, values, _number(each)) for each in literals]
        return _agree(sides, _gaps(values, least=0, most=None))
    return len({each.holds for each in literals}) == 1


@dataclass(frozen=True, slots=True)
class _Side:
    """A test as it is made of a cell: which, against which cells, and whether it holds."""

    test: str
    against: Any
    holds: bool


def _agree(sides: list[_Side], cells: Iterable[int]) -> bool:
    return any(
        all(TESTS[side.test][0](cell, side.against) is side.holds for side in sides)
        for cell in cells
    )


def _compared(literal: Literal) -> str:
    assert isinstance(literal.condition, (Test, Count, Sum)), "only these compare"
    return literal.condition.test


def _number(literal: Literal) -> Any:
    assert isinstance(literal.condition, (Count, Sum)), "only these have a number"
    return literal.condition.value


def _side(literal: Literal, values: list[Any], value: Any) -> _Side:
    """A test against a value, or a list of them, by their places among all that are named."""
    if isinstance(value, tuple):
        against: Any = tuple(2 * values.index(each) + 1 for each in value)
    else:
        against = 2 * values.index(value) + 1
    return _Side(_compared(literal), against, literal.holds)


def _value_left(dictionary: Dictionary, fact: Fact, literals: list[Literal]) -> bool:
    """The same for a fact compared with values."""
    named = [_values(fact, each) for each in literals]
    every = {one for value in named for one in (value if isinstance(value, tuple) else (value,))}
    values = sorted(every) if KINDS[fact.kind][2] else sorted(every, key=str)
    sides = [_side(each, values, value) for each, value in zip(literals, named, strict=True)]
    if not KINDS[fact.kind][2]:
        # Every value that is named, and one for all others where there are others.
        cells = [2 * n + 1 for n in range(len(values))]
        return _agree(sides, cells if _all_named(dictionary, fact, every) else [*cells, 0])
    least = None if fact.least is None else fact.parse_text(fact.least)
    most = None if fact.most is None else fact.parse_text(fact.most)
    if fact.kind == "money" and least is None:
        least = ZERO
    return _agree(sides, _gaps(values, least, most))


def _values(fact: Fact, literal: Literal) -> Any:
    assert isinstance(literal.condition, Test), "only a test has a value"
    value = literal.condition.value
    if isinstance(value, tuple):
        return tuple(fact.parse_text(text) for text in value)
    return fact.parse_text(value or "")


def _all_named(dictionary: Dictionary, fact: Fact, values: set[Any]) -> bool:
    """Whether a fact can have no other value."""
    if fact.kind == "yes_no":
        return len(values) == 2
    codes = dictionary.codes.get(fact.codes or "")
    return codes is not None and codes.codes.keys() <= values


def _gaps(values: list[Any], least: Any, most: Any) -> Iterator[int]:
    """The places of ordered values: odd ones are the values, even ones lie between them."""
    for n, value in enumerate(values):
        if n == 0:
            if least is None or _amount(least) < _amount(value):
                yield 0
        elif not (isinstance(value, int) and value - values[n - 1] == 1):
            yield 2 * n
        yield 2 * n + 1
    if most is None or _amount(values[-1]) < _amount(most):
        yield 2 * len(values)


def _amount(value: Any) -> Any:
    return value.fen if isinstance(value, Money) else value
