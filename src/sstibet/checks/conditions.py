"""Conditions, typed against the dictionary: every test compares like with like, and can fail."""

from __future__ import annotations

from dataclasses import dataclass, field

from sstibet.checks.review import Key, Review
from sstibet.conditions import (
    IN_WINDOW,
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
from sstibet.facts import KINDS, Fact
from sstibet.loading import Site
from sstibet.periods.tables import Requirement
from sstibet.problems import BadValue
from sstibet.refunds import RefundRules

_RIGHT_SIDES = ("value", "other_fact", "other_field", "parameter", "window")


@dataclass(slots=True)
class Typed:
    """The typing of one rule's conditions: where problems go, and what the rule reads."""

    review: Review
    key: Key
    facts: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)
    windows: set[str] = field(default_factory=set)

    def check(self, site: Site, condition: Condition, row: str | None = None) -> None:
        """Type a condition; ``row`` is the fact whose row is at hand, if any."""
        match condition:
            case All():
                self._joined(site.at("all"), condition.all_, row)
            case Any_():
                self._joined(site.at("any"), condition.any_, row)
            case Not():
                self.check(site.at("not"), condition.not_, row)
            case Every():
                self._rows(site.at("every"), condition.every, "every")
            case Some():
                self._rows(site.at("some"), condition.some, "some")
            case Count():
                self._rows(site.at("count"), condition.count, "count")
                if condition.value < 0:
                    message = "a count is never below zero"
                    self._fault(site.at("value"), "pointless_condition", message, "mend it")
            case Sum():
                self._rows(site.at("sum"), condition.sum, "sum")
            case Test():
                self._test(site, condition, row)

    def _fault(self, site: Site, code: str, message: str, hint: str = "") -> None:
        self.review.fault(site, code, message, hint)

    def _joined(self, site: Site, conditions: tuple[Condition, ...], row: str | None) -> None:
        if not conditions:
            message = "an empty list holds always or never, whatever is asked"
            self._fault(site, "empty_condition", message, "add a condition, or drop this one")
        for n, each in enumerate(conditions):
            self.check(site.at(n), each, row)

    def _rows(self, site: Site, rows: Rows, word: str) -> None:
        fact = self._fact(site.at("fact"), rows.fact)
        if fact is not None and fact.kind != "records":
            message = f"{rows.fact!r} is of the kind {fact.kind} and has no rows"
            self._fault(site.at("fact"), "not_records", message, f"see {fact.where}")
            fact = None
        if rows.that is None and word == "every":
            message = "'every' without 'that' holds always"
            self._fault(site, "pointless_condition", message, "say what every row must fulfil")
        if word == "sum" and rows.column is None:
            self._fault(site, "column_kind", "a sum says which column it adds up", "add 'column'")
        if word != "sum" and rows.column is not None:
            message = "only 'sum' has a column"
            self._fault(site.at("column"), "column_kind", message, "drop it")
        elif fact is not None and rows.column is not None:
            column = self._field(site.at("column"), rows.column, rows.fact)
            if column is not None and column.kind != "money":
                message = f"{rows.column!r} is of the kind {column.kind}; only amounts are added up"
                self._fault(site.at("column"), "column_kind", message, f"see {column.where}")
        if rows.that is not None:
            # Inside, `field` is a field of these rows; of faulty ones nothing can be said.
            if fact is not None:
                self.check(site.at("that"), rows.that, rows.fact)
            else:
                self.review.held.add(self.key)

    def _fact(self, site: Site, name: str) -> Fact | None:
        facts = self.review.contents.dictionary.facts
        fact = facts.get(name)
        self.facts.add(name)
        if fact is None:
            hint = self.review.meant(name, facts)
            self._fault(site, "unknown_fact", f"there is no fact {name!r}", hint)
        elif fact.kind == "secret":
            message = f"{name!r} is secret: no rule may read it"
            self._fault(site, "secret_in_rule", message, f"see {fact.where}")
            return None
        return fact

    def _field(self, site: Site, name: str, row: str | None) -> Fact | None:
        if row is None:
            message = f"there is no row here that {name!r} could be a field of"
            hint = "write 'fact', or put the test inside 'every', 'some', 'count' or 'sum'"
            self._fault(site, "field_outside_rows", message, hint)
            return None
        fact = self.review.contents.dictionary.facts.get(row)
        fields = (fact.fields or {}) if fact is not None else {}
        found = fields.get(name)
        if found is None:
            message = f"the rows of {row!r} have no field {name!r}"
            self._fault(site, "unknown_field", message, self.review.meant(name, fields))
        elif found.kind == "secret":
            message = f"{name!r} is secret: no rule may read it"
            self._fault(site, "secret_in_rule", message, f"see {found.where}")
            return None
        return found

    def _test(self, site: Site, test: Test, row: str | None) -> None:
        if test.fact is not None:
            left = self._fact(site.at("fact"), test.fact)
        else:
            left = self._field(site.at("field"), test.field or "", row)
        name = test.fact or test.field or ""
        said = [each for each in _RIGHT_SIDES if getattr(test, each) is not None]
        if len(said) != 1:
            found = " and ".join(said) or "none of them"
            message = f"a test compares with one of {', '.join(_RIGHT_SIDES)}; this says {found}"
            hint = "keep exactly one" if said else "add one of them"
            self._fault(site, "one_right_side", message, hint)
            return
        if (test.test == IN_WINDOW) != (said[0] == "window"):
            message = f"'window' goes with 'test: {IN_WINDOW}', and only with it"
            self._fault(site.at("test"), "test_kind", message, "mend one of the two")
            return
        if left is not None and not self._fits(site, test, name, left):
            return
        self._right(site, test, left, row)

    def _fits(self, site: Site, test: Test, name: str, left: Fact) -> bool:
        """Whether a test can be made of a fact of this kind."""
        fits = left.kind == "date" if test.test == IN_WINDOW else left.kind in KINDS
        if fits and test.test != IN_WINDOW and TESTS[test.test][1]:
            fits = KINDS[left.kind][2]
        if not fits:
            message = f"{name!r} is of the kind {left.kind}, of which {test.test!r} cannot be asked"
            self._fault(site.at("test"), "test_kind", message, f"see {left.where}")
        return fits

    def _right(self, site: Site, test: Test, left: Fact | None, row: str | None) -> None:
        many = test.test in TESTS and TESTS[test.test][2]
        if test.value is not None:
            self._values(site.at("value"), test, left, many)
            return
        if many:
            message = f"{test.test!r} takes a list of values"
            self._fault(site.at("test"), "value_shape", message, "write 'value: [ …, … ]'")
        elif test.window is not None:
            self._window(site.at("window"), test.window)
        elif test.parameter is not None:
            self._parameter(site.at("parameter"), test.parameter, left)
        elif test.other_fact is not None:
            place = site.at("other_fact")
            self._alike(place, left, self._fact(place, test.other_fact))
        elif test.other_field is not None:
            place = site.at("other_field")
            self._alike(place, left, self._field(place, test.other_field, row))

    def _values(self, site: Site, test: Test, left: Fact | None, many: bool) -> None:
        value = test.value
        if many != isinstance(value, tuple):
            wanted = "a list of values" if many else "a single value"
            hint = "write [ …, … ]" if many else "use one_of or none_of for a list"
            self._fault(site, "value_shape", f"{test.test!r} takes {wanted}", hint)
            return
        values: tuple[str, ...] = value if isinstance(value, tuple) else (value or "",)
        if not values:
            self._fault(site, "empty_condition", "the list is empty", "add its values")
        if many:
            self.review.distinct(site, values, "values")
        for n, text in enumerate(values):
            if left is not None:
                self._value(site.at(n) if many else site, left, text)

    def _value(self, site: Site, left: Fact, text: str) -> None:
        """A value is one that the fact could have; what is derived has no list and no bounds."""
        if left.codes is not None and left.codes not in self.review.contents.dictionary.codes:
            return
        try:
            if left.derive is None:
                self.review.contents.dictionary.read_as(left, text)
            else:
                left.parse_text(text)
        except BadValue as error:
            hint = error.hint or f"see {left.where}, what the fact may be"
            self._fault(site, error.code, error.message, hint)
        except ValueError:
            self._fault(site, "bad_value", f"{text!r} is no {left.kind}")

    def _window(self, site: Site, name: str) -> None:
        windows = self.review.contents.periods.windows
        self.windows.add(name)
        if name not in windows:
            hint = self.review.meant(name, windows) or "add it under 'windows' in periods.yaml"
            self._fault(site, "unknown_window", f"there is no window {name!r}", hint)

    def _parameter(self, site: Site, name: str, left: Fact | None) -> None:
        parameters = self.review.contents.periods.parameters
        self.parameters.add(name)
        found = parameters.get(name)
        if found is None:
            hint = self.review.meant(name, parameters)
            hint = hint or "add it under 'parameters' in periods.yaml"
            self._fault(site, "unknown_parameter", f"there is no parameter {name!r}", hint)
        elif left is not None and found.kind != left.kind:
            message = f"the kind {left.kind} is compared with a parameter of the kind {found.kind}"
            self._fault(site, "kinds_differ", message, f"see {found.where} and {left.where}")

    def _alike(self, site: Site, left: Fact | None, right: Fact | None) -> None:
        if left is None or right is None:
            return
        if left.kind != right.kind or left.codes != right.codes:
            says = f"the kind {left.kind} is compared with the kind {right.kind}"
            if left.kind == right.kind:
                says = f"codes of {left.codes!r} are compared with codes of {right.codes!r}"
            hint = f"see {left.where} and {right.where}"
            self._fault(site, "kinds_differ", says, hint)


def check_conditions(review: Review) -> dict[Key, Typed]:
    """Every condition of the book; what each rule reads, by what is held together with it."""
    periods, read = review.contents.periods, dict[Key, Typed]()

    def typed(kind: str, name: str) -> Typed:
        return read.setdefault((kind, name), Typed(review, (kind, name)))

    for scheme, requirements in periods.may_pay.items():
        for name, rule in (requirements or {}).items():
            with review.holding(("may_pay", scheme)):
                site = review.periods.at("may_pay", scheme, name)
                typed("may_pay", scheme).check(site.at("must"), rule.must)
                _check_span(review, site, rule)
    for scheme, waiting in periods.waiting.items():
        for n, wait in enumerate(waiting.table.editions):
            with review.holding(("waiting", scheme)):
                site = review.periods.at("waiting", scheme, "table", "editions", n)
                typed("waiting", scheme).check(site.at("exempt"), wait.exempt)
    for scheme, cover in periods.cover.items():
        for n, each in enumerate(cover.table.editions):
            with review.holding(("cover", scheme)):
                site = review.periods.at("cover", scheme, "table", "editions", n, "rows")
                if not each.rows:
                    review.fault(site, "empty_list", "this edition has no row", "add its rows")
                for row, rule_row in each.rows.items():
                    typed("cover", scheme).check(site.at(row, "when"), rule_row.when)
    for scheme, rules in review.contents.refunds.items():
        if rules is not None:
            with review.holding(("refunds", scheme)):
                site = review.site("refunds", scheme).at("table", "editions")
                _check_refunds(typed("refunds", scheme), site, rules)
    for key, rule_reads in read.items():
        _hold_readers(review, key, rule_reads)
    return read


def _check_span(review: Review, site: Site, rule: Requirement) -> None:
    if rule.until is not None and rule.from_ >= rule.until:
        message = f"'until' {rule.until} is not after 'from' {rule.from_}"
        hint = "'until' is the first day on which it no longer holds"
        review.fault(site.at("until"), "ends_before_it_begins", message, hint)


def _check_refunds(typed: Typed, site: Site, rules: RefundRules) -> None:
    row = rules.asks.payments
    fact = typed.review.contents.dictionary.facts.get(row)
    if fact is None or fact.kind != "records":
        return  # said where the payments are asked for
    for n, edition in enumerate(rules.table.editions):
        for name, rule in edition.every_line.items():
            typed.check(site.at(n, "every_line", name, "must"), rule.must, row)
        for name, ground in edition.grounds.items():
            if ground.when is not None:
                typed.check(site.at(n, "grounds", name, "when"), ground.when, row)


def _hold_readers(review: Review, key: Key, read: Typed) -> None:
    """Hold a rule that reads a faulty fact, parameter or window."""
    names = {("parameter", each) for each in read.parameters}
    names |= {("window", each) for each in read.windows}
    if read.facts & review.broken or names & review.held:
        review.held.add(key)
