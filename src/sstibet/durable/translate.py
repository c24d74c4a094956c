"""Our conditions as expressions of durable-rules.

A condition is yes, no, or unknown; an expression only holds or doesn't. So each condition becomes
two: one that holds where it is yes, one where it is no. Where neither holds it is unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sstibet.conditions import (
    IN_WINDOW,
    All,
    Any_,
    Condition,
    Count,
    Every,
    Not,
    Some,
    Sum,
    Test,
)
from sstibet.durable import inputs
from sstibet.durable.expressions import (
    ALWAYS,
    NEVER,
    Expression,
    Field,
    compared,
    every,
    negated,
    some,
)
from sstibet.durable.inputs import Input, encoded, known_of, told_as
from sstibet.facts import Dictionary
from sstibet.known import Known, Resolved


@dataclass(frozen=True, slots=True)
class Both:
    """Where a condition is yes, and where it is no."""

    yes: Expression
    no: Expression


class Translator:
    """Translates the conditions of one machine; ``inputs`` are what they must be told."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary = dictionary
        self.inputs: dict[str, Input] = {}
        self._names = dict[int, str]()
        self._kept = list[object]()  # so that no id is given twice
        self._asked = dict[str, None]()

    def named(self, condition: Condition) -> tuple[Both, tuple[str, ...]]:
        """A condition as two expressions, and the names of the inputs that they need."""
        self._asked = {}
        return self.both(condition), tuple(self._asked)

    def both(self, condition: Condition) -> Both:
        """A condition as two expressions."""
        match condition:
            case All():
                parts = [self.both(each) for each in condition.all_]
                return self.all_of(parts)
            case Any_():
                parts = [self.both(each) for each in condition.any_]
                return Both(
                    some(*(each.yes for each in parts)), every(*(each.no for each in parts))
                )
            case Not():
                inner = self.both(condition.not_)
                return Both(inner.no, inner.yes)
            case Every() | Some():
                return self._of_rows(condition)
            case Count():
                return self._counted(condition)
            case Sum():
                name = self._named("sum", condition)
                self._add(name, inputs.total(name, condition.sum))
                test = compared(name, condition.test, condition.value.fen)
                return _where_known([name], test)
            case _:
                return self._tested(condition)

    @staticmethod
    def all_of(parts: list[Both]) -> Both:
        """Every one of some conditions."""
        return Both(every(*(each.yes for each in parts)), some(*(each.no for each in parts)))

    def _tested(self, test: Test) -> Both:
        fact = self._dictionary.facts.get(test.fact or "")
        type_ = None if fact is None else told_as(fact.kind)
        if fact is None or type_ is None:
            return self._whole(test)
        left = f"fact_{test.fact}"
        name, value = test.fact or "", test.value
        self._add(left, inputs.single(left, type_, lambda known: known.fact(name)))
        if test.test == IN_WINDOW:
            return self._in_window(left, test.window or "")
        if value is not None:
            texts = value if isinstance(value, tuple) else (value,)
            rights = [encoded(fact.parse_text(text)) for text in texts]
            return _where_known([left], _compared(left, test.test, rights))
        if test.parameter is not None:
            right, parameter = f"parameter_{test.parameter}", test.parameter
            self._add(right, inputs.single(right, type_, lambda known: known.parameter(parameter)))
        else:
            other = test.other_fact or ""
            theirs = self._dictionary.facts.get(other)
            if theirs is None or told_as(theirs.kind) != type_:
                return self._whole(test)
            right = f"fact_{other}"
            self._add(right, inputs.single(right, type_, _fact(other)))
        return _where_known([left, right], compared(left, test.test, Field(right)))

    def _in_window(self, left: str, window: str) -> Both:
        name = f"window_{window}"
        self._add(name, inputs.window(name, lambda known: known.window(window)))
        inside = every(
            compared(left, "at_least", Field(f"{name}_first")),
            compared(left, "below", Field(f"{name}_end")),
        )
        return _where_known([left, name], inside)

    def _of_rows(self, condition: Every | Some) -> Both:
        of_all = isinstance(condition, Every)
        rows = condition.every if isinstance(condition, Every) else condition.some
        name = self._named("rows", condition)
        self._add(name, inputs.tally(name, rows))
        none_known = compared(f"{name}_unknown", "is", 0)
        against = compared(f"{name}_{'no' if of_all else 'yes'}", "at_least", 1)
        is_known = compared(known_of(name), "is", 1)
        settled = every(is_known, against)
        open_ = every(is_known, negated(against), none_known)
        return Both(open_, settled) if of_all else Both(settled, open_)

    def _counted(self, condition: Count) -> Both:
        """The number lies from the rows that pass to those that may: what is told are both."""
        name, n, test = self._named("count", condition), condition.value, condition.test
        rows = condition.count
        low, high, is_known = f"{name}_low", f"{name}_high", known_of(name)
        tally = inputs.tally(name, rows)

        def find(known: Known) -> inputs.Told:
            told = tally.find(known)
            sure = int(told[f"{name}_yes"])
            return {low: sure, high: sure + int(told[f"{name}_unknown"]), is_known: told[is_known]}

        self._add(name, Input(dict.fromkeys((low, high, is_known), inputs.WHOLE), find))
        yes, no = _between(low, high, test, n)
        known = compared(is_known, "is", 1)
        return Both(every(known, yes), every(known, no))

    def _whole(self, condition: Condition) -> Both:
        """A condition that is answered before: its kind of value can't be told."""
        name = self._named("answer", condition)
        self._add(name, inputs.answer(name, condition))
        return _where_known([name], compared(name, "is", 1))

    def _named(self, what: str, condition: object) -> str:
        if id(condition) not in self._names:
            self._names[id(condition)] = f"{what}_{len(self._names) + 1}"
            self._kept.append(condition)
        return self._names[id(condition)]

    def _add(self, name: str, found: Input) -> None:
        self.inputs.setdefault(name, found)
        self._asked[name] = None


def _fact(name: str) -> Callable[[Known], Resolved]:
    return lambda known: known.fact(name)


def _compared(left: str, test: str, rights: list[int | str]) -> Expression:
    if test == "one_of":
        return some(*(compared(left, "is", right) for right in rights)) if rights else NEVER
    if test == "none_of":
        return every(*(compared(left, "is_not", right) for right in rights)) if rights else ALWAYS
    return compared(left, test, rights[0])


def _where_known(names: list[str], test: Expression) -> Both:
    known = every(*(compared(known_of(name), "is", 1) for name in names))
    return Both(every(known, test), every(known, negated(test)))


def _between(low: str, high: str, test: str, n: int) -> tuple[Expression, Expression]:
    """Where a number that lies from ``low`` to ``high`` passes for certain, and where it fails."""
    is_, is_not = (
        every(compared(low, "is", n), compared(high, "is", n)),
        some(compared(low, "above", n), compared(high, "below", n)),
    )
    match test:
        case "is":
            return is_, is_not
        case "is_not":
            return is_not, is_
        case "at_least" | "above":
            sure = compared(low, test, n)
            return sure, negated(compared(high, test, n))
    return compared(high, test, n), negated(compared(low, test, n))
