"""The quick check of a form's answers takes what jsonschema takes by the form's own schema, and
nothing else."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import sstibet
from forms_kit import CARD, DICTIONARY, FORMS, ID_NUMBER, LINES, shown
from sstibet.facts import Fact
from sstibet.forms import fitting
from sstibet.forms.at_once import taker
from sstibet.forms.bound import BoundForm
from sstibet.forms.fitting import surely_fits
from sstibet.forms.plans import plan_of
from sstibet.forms.reading import read
from test_forms_schema import JSON, SENT

_SINGLE = [
    name
    for name, fact in DICTIONARY.facts.items()
    if fact.kind != "records" and fact.derive is None
]
ONE_EACH = {name: shown(f"- fact: {name}") for name in _SINGLE}
_TICKED = "{fact: chosen, required: %s, rows: {of: lines, pick: %s, show: [fruit]%s}}"
_ASKS = (
    ", asks: {tier: {tiers: {scheme: {column: fruit}, on: {fact: today}}}, months: {required: no}}"
)
ROWS = [
    shown("- " + _TICKED % (required, pick, asks), answers={"lines": LINES[:some]})
    for required in ("yes", "no")
    for pick in ("one", "some", "all")
    for asks in ("", _ASKS)
    for some in (0, 1, 3)
]
_TOGETHER = ["name", "months", "agreed", "sms_code", "note", "colour"]
ALONE = [
    shown("\n".join(f"- {{fact: {name}, required: {required}}}" for name in _TOGETHER))
    for required in ("yes", "no")
]
# Near to what is right: each of these is taken by some field, and by others not.
NEAR = st.one_of(
    st.sampled_from(
        [True, False, 0, 1, 12, 13, 2020, 2**53, "", "1", "apple", "red", "50", "200", "400.00",
         "1/3", "8%", "2025-03-01", "2025-03", "13800138000", CARD, ID_NUMBER, "扎西", "tashi_1",
         "123X", "123456", "123456\n", "1234567\n", "a" * 20, "a" * 21, "9" * 18, "201", "\ud800"]
    ),
    JSON,
)  # fmt: skip
ROW = st.one_of(
    st.sampled_from(["1", "2", "3", "4"]),
    st.fixed_dictionaries(
        {"key": st.sampled_from(["1", "2", "3", "4"])},
        optional={
            "tier": st.sampled_from(["50", "200", "400", "900"]) | NEAR,
            "months": st.sampled_from([0, 1, 12, 13]) | NEAR,
            "amount": NEAR,
        },
    ),
    JSON,
)


def valid(bound: BoundForm, sent: Any) -> bool:
    """What jsonschema says."""
    return Draft202012Validator(bound.json_schema()).is_valid(sent)


def has_float(value: Any) -> bool:
    """Whether a float stands in it: 1.0 is a whole number to jsonschema, and no answer here."""
    if isinstance(value, dict):
        return any(map(has_float, value.values()))
    if isinstance(value, list):
        return any(map(has_float, value))
    return isinstance(value, float)


def agree(bound: BoundForm, sent: dict[str, Any]) -> None:
    """It takes nothing that jsonschema refuses, and leaves nothing to it but floats."""
    taken, right = surely_fits(bound, sent), valid(bound, sent)
    assert right or not taken
    assert taken or not right or has_float(sent)


class TestQuickAndThorough:
    """The two agree on every kind of field, on conditions, and on rows."""

    @given(st.fixed_dictionaries({}, optional={**SENT, "own": st.booleans() | NEAR}))
    def test_on_a_form_with_conditions_and_rows(self, sent: dict[str, Any]) -> None:
        for bound in FORMS:
            agree(bound, sent)

    @given(st.sampled_from(_SINGLE), NEAR)
    @example("months", 1)
    @example("months", True)
    @example("sms_code", "123456\n")
    def test_on_a_field_of_every_kind(self, name: str, value: Any) -> None:
        agree(ONE_EACH[name], {name: value})
        agree(ONE_EACH[name], {name: value, "nickname": value})

    @given(st.sampled_from(ROWS), st.lists(ROW, max_size=4) | NEAR)
    def test_on_rows(self, bound: BoundForm, rows: Any) -> None:
        agree(bound, {"chosen": rows})

    def test_on_rows_that_are_nearly_right(self) -> None:
        keys = ("1", "2", "3")
        one = [{"key": key, "tier": tier} for key in keys for tier in ("50", "200", "900")]
        for bound in ROWS:
            for first, second in product([*keys, *one], repeat=2):
                agree(bound, {"chosen": [first]})
                agree(bound, {"chosen": [first, second]})

    def test_on_nothing(self) -> None:
        for bound in (*FORMS, *ONE_EACH.values(), *ROWS):
            agree(bound, {})


class TestAtOnce:
    """What is taken in one pass is what is read the long way, and nothing that is right is left to
    it."""

    @given(
        st.fixed_dictionaries(
            {}, optional={name: NEAR | st.none() for name in _TOGETHER} | {"other": NEAR}
        )
    )
    def test_on_many_fields_together(self, payload: dict[str, Any]) -> None:
        for bound in ALONE:
            at_once(bound, payload)

    @given(st.sampled_from(_SINGLE), NEAR | st.none())
    @example("agreed", "是")
    @example("own_number", f" {ID_NUMBER.lower()} ")
    def test_on_a_field_of_every_kind(self, name: str, value: Any) -> None:
        bound = ONE_EACH[name]
        if bound.plan.alone:
            at_once(bound, {name: value})
            at_once(bound, {})

    def test_the_forms_that_stand_alone_are_these(self, shipped: sstibet.Rulebook) -> None:
        """Some of the shipped ones are: what begins most items, the codes and passwords."""
        contents = shipped.contents
        plans = [plan_of(form, contents.dictionary) for form in contents.forms.values()]
        assert sum(plan.alone for plan in plans) >= 10
        assert all(each.plan.alone for each in ALONE)


def at_once(bound: BoundForm, payload: dict[str, Any]) -> None:
    """It takes what the long way finds right, as that does, and nothing else."""
    taken, whole = taker(bound)(payload), read(bound, payload)
    assert taken == (None if whole.problems else whole)


class TestReadingUsesBoth:
    """What fits is not validated again; what doesn't is told by jsonschema."""

    def test_a_right_answer_needs_no_jsonschema(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def never(*_: object) -> object:
            raise AssertionError("jsonschema was asked")

        monkeypatch.setattr("sstibet.forms.reading._faults", never)

        reading = read(ONE_EACH["name"], {"name": "扎西"})

        assert reading.values == {"name": "扎西"}

    def test_a_keyword_that_is_unknown_is_left_to_jsonschema(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fitting, "shape", lambda *_: {"type": "string", "contentEncoding": "x"})
        fitting._check.cache_clear()
        try:
            assert not surely_fits(ONE_EACH["name"], {"name": "扎西"})
        finally:
            fitting._check.cache_clear()

    def test_every_kind_that_a_field_can_have_is_known(self) -> None:
        facts: list[Fact] = [DICTIONARY.facts[name] for name in _SINGLE]
        for fact in facts:
            assert fitting._check(
                fact.kind, fact.least, fact.most, fact.pattern, fact.shortest, fact.longest
            )
