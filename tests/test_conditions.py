"""Conditions answer yes, no or unknown, and unknown names what is missing."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstibet.conditions import (
    All,
    Answer,
    Any_,
    Condition,
    Count,
    Every,
    Not,
    Rows,
    Some,
    Sum,
    decide,
)
from sstibet.conditions import (
    Test as Compare,
)
from sstibet.documents import adapter
from sstibet.facts import Dictionary, Fact
from sstibet.known import Known, Row
from sstibet.money import Money

DAY = date(2025, 3, 1)


def fact(kind: str, **more: Any) -> Fact:
    label = {"zh": kind, "en": kind}
    given = {"kind": kind, "label": label, "personal": "no", "where": "f:1", **more}
    return adapter(Fact).validate_python(given)  # type: ignore[no-any-return]  # pydantic's Any


FACTS = Dictionary(
    {
        **{name: fact("yes_no") for name in "abc"},
        "n": fact("whole"),
        "m": fact("whole"),
        "day": fact("date", derive={"the_day": "asked_about", "where": ""}),
        "born": fact("date"),
        "age": fact(
            "whole",
            derive={
                "full_years": {
                    "since": "born",
                    "until": "day",
                    "leap_day": "march_1",
                    "where": "",
                },
                "where": "",
            },
        ),
        "rows": fact(
            "records",
            fields={
                "paid": {
                    "kind": "money",
                    "label": {"zh": "x"},
                    "personal": "no",
                    "where": "",
                },
                "ok": {"kind": "yes_no", "label": {"zh": "x"}, "personal": "no", "where": ""},
            },
        ),
    },
    {},
)


def known(**given: object) -> Known:
    return Known(FACTS, DAY, {name: FACTS.read(name, value) for name, value in given.items()})


def is_(name: str, value: str = "yes") -> Compare:
    return Compare(fact=name, test="is", value=value, where="r:1")


TREES = st.recursive(
    st.sampled_from("abc").map(is_),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda each: All(all_=tuple(each), where="")),
        st.lists(inner, min_size=1, max_size=3).map(lambda each: Any_(any_=tuple(each), where="")),
        inner.map(lambda each: Not(not_=each, where="")),
    ),
    max_leaves=8,
)
GIVEN = st.dictionaries(st.sampled_from("abc"), st.booleans())


@given(TREES, GIVEN)
def test_unknown_if_and_only_if_something_is_missing(
    tree: Condition, given: dict[str, bool]
) -> None:
    answer = decide(tree, known(**given))
    assert (answer.truth is None) == bool(answer.missing)
    assert not answer.missing & given.keys()


@given(TREES, GIVEN)
def test_more_facts_never_change_a_settled_answer(tree: Condition, given: dict[str, bool]) -> None:
    answer = decide(tree, known(**given))
    rest = [name for name in "abc" if name not in given]
    completed = {
        decide(tree, known(**given, **dict(zip(rest, values, strict=True)))).truth
        for values in product([True, False], repeat=len(rest))
    }
    assert None not in completed
    if answer.truth is not None:
        assert completed == {answer.truth}


@given(TREES, st.fixed_dictionaries({name: st.booleans() for name in "abc"}))
def test_with_all_facts_the_answer_is_pythons(tree: Condition, given: dict[str, bool]) -> None:
    def plain(node: Condition) -> bool:
        match node:
            case All():
                return all(plain(each) for each in node.all_)
            case Any_():
                return any(plain(each) for each in node.any_)
            case Not():
                return not plain(node.not_)
            case _:
                assert isinstance(node, Compare)
                return given[node.fact or ""]

    assert decide(tree, known(**given)).truth == plain(tree)


@pytest.mark.parametrize(
    ("test", "yes", "no"),
    [
        ("is", 3, 4),
        ("is_not", 4, 3),
        ("below", 2, 3),
        ("at_most", 3, 4),
        ("at_least", 3, 2),
        ("above", 4, 3),
    ],
)
def test_each_test_at_its_very_edge(test: str, yes: int, no: int) -> None:
    condition = Compare(fact="n", test=test, value="3", where="")
    assert decide(condition, known(n=yes)).truth is True
    assert decide(condition, known(n=no)).truth is False
    assert decide(condition, known()).missing == {"n"}


def test_a_list_of_values_and_another_fact() -> None:
    one_of = Compare(fact="n", test="one_of", value=("1", "3"), where="")
    assert [decide(one_of, known(n=n)).truth for n in (1, 2, 3)] == [True, False, True]
    none_of = Compare(fact="n", test="none_of", value=("1", "3"), where="")
    assert [decide(none_of, known(n=n)).truth for n in (1, 2, 3)] == [False, True, False]
    other = Compare(fact="n", test="below", other_fact="m", where="")
    assert decide(other, known(n=1, m=2)).truth is True
    assert decide(other, known(n=1)).missing == {"m"}


def test_a_derived_fact_asks_for_its_source() -> None:
    grown = Compare(fact="age", test="at_least", value="16", where="r:9")
    assert decide(grown, known()).missing == {"born"}
    answer = decide(grown, known(born="2009-03-02"))
    assert answer.truth is False
    assert (answer.tests[0].left, answer.tests[0].right, answer.tests[0].rule) == (15, 16, "r:9")
    assert decide(grown, known(born="2009-03-01")).truth is True


ROWS = [{"paid": "1.00", "ok": "yes"}, {"paid": "2.50", "ok": "no"}, {"paid": "4.00", "ok": "yes"}]
OK = Compare(field="ok", test="is", value="yes", where="")


def rows(**more: Any) -> Rows:
    return Rows(fact="rows", that=OK, where="", **more)


@pytest.mark.parametrize(
    ("condition", "truth"),
    [
        (Every(every=rows(), where=""), False),
        (Some(some=rows(), where=""), True),
        (Count(count=rows(), test="is", value=2, where=""), True),
        (Count(count=rows(), test="above", value=2, where=""), False),
        (Sum(sum=rows(column="paid"), test="is", value=Money(500), where=""), True),
        (Sum(sum=rows(column="paid"), test="below", value=Money(500), where=""), False),
    ],
)
def test_conditions_over_rows(condition: Condition, truth: bool) -> None:
    assert decide(condition, known(rows=ROWS)).truth is truth
    assert decide(condition, known()) == Answer(None, frozenset(["rows"]))


def test_no_rows_at_all() -> None:
    none: list[dict[str, str]] = []
    assert decide(Every(every=rows(), where=""), known(rows=none)).truth is True
    assert decide(Some(some=rows(), where=""), known(rows=none)).truth is False


def test_a_row_that_lacks_a_field_leaves_only_what_hangs_on_it_open() -> None:
    partly = known(rows=[*ROWS, {"paid": "8.00"}])
    assert decide(Some(some=rows(), where=""), partly).truth is True
    assert decide(Every(every=rows(), where=""), partly).truth is False
    two = Count(count=rows(), test="at_least", value=2, where="")
    assert decide(two, partly).truth is True
    three = Count(count=rows(), test="at_least", value=3, where="")
    assert decide(three, partly).missing == {"rows.ok"}
    total = Sum(sum=rows(column="paid"), test="is", value=Money(500), where="")
    assert decide(total, partly).missing == {"rows.ok"}


def test_a_row_at_hand_is_compared_with_a_fact() -> None:
    condition = Compare(field="ok", test="is", other_fact="a", where="")
    row = Row("rows", {"ok": True})
    assert decide(condition, known(a="yes"), row).truth is True
    assert decide(condition, known(), row).missing == {"a"}
