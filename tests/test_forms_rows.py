"""Rows are shown, ticked and asked about; a row that may not be ticked says why."""

from __future__ import annotations

from typing import Any

import pytest

from forms_kit import CARD, LINES, codes, shown, typed
from sstibet.forms.reading import Reading, read

TICKED = """
- fact: chosen
  rows:
    of: lines
    pick: PICK
    if: {field: paid, test: is, value: no}
    why_not: {zh: 已缴, en: paid already}
    show: [fruit, amount, card]
    empty: {zh: 没有, en: none}
    page_by: 2
"""
TIERS = "    asks: {tier: {tiers: {scheme: {column: fruit}, on: {fact: today}}}}\n"
KNOWN = {"lines": LINES}


def tick(payload: Any, pick: str = "some", asks: str = "", lines: Any = KNOWN) -> Reading:
    return typed(TICKED.replace("PICK", pick) + asks, {"chosen": payload}, answers=lines)


class TestTicking:
    """Rows are sent by their keys, alone or with the columns asked."""

    @pytest.mark.parametrize(
        "payload", [["2"], "2", 2, [2], {"key": "2"}, [{"key": "2"}], [{"line": "2"}], [LINES[1]]]
    )
    def test_a_row_however_it_is_sent(self, payload: object) -> None:
        reading = tick(payload)

        assert reading.problems == ()
        assert reading.values == {"chosen": [LINES[1]]}
        assert reading.draft == {"chosen": [{"key": "2"}]}

    @pytest.mark.parametrize(
        ("pick", "payload", "code"),
        [
            ("some", [], "required"),
            ("some", None, "required"),
            ("some", ["1", "2"], None),
            ("some", ["1", "1"], "doubled_row"),
            ("some", ["3"], "row_not_pickable"),
            ("some", ["9"], "unknown_row"),
            ("some", [None], "unknown_row"),
            ("some", [["1"]], "unknown_row"),
            ("some", [{"key": "1", "amount": "1.00"}], "unknown_field"),
            ("some", True, "wrong_type"),
            ("one", ["1", "2"], "too_many_rows"),
            ("one", ["1"], None),
            ("all", ["1"], "read_only"),
            ("all", ["1", "2"], None),
            ("none", [], None),
        ],
    )
    def test_how_many_and_which(self, pick: str, payload: object, code: str | None) -> None:
        reading = tick(payload, pick)

        assert codes(reading) == ({} if code is None else {"chosen": code})
        for problem in reading.problems:
            assert CARD not in problem.text()
            assert "None" not in problem.text()

    def test_a_row_that_may_not_be_ticked_says_why(self) -> None:
        assert tick(["3"]).problems[0].text("en") == "paid already"

    def test_without_a_choice_all_that_may_be_are_taken(self) -> None:
        assert typed(TICKED.replace("PICK", "all"), {}, answers=KNOWN).values == {
            "chosen": LINES[:2]
        }

    def test_a_row_of_which_it_is_not_known_may_not_be_ticked(self) -> None:
        unknown = {"lines": [{"line": "1", "fruit": "apple"}]}

        assert codes(tick(["1"], lines=unknown)) == {"chosen": "row_not_pickable"}

    def test_where_nothing_can_be_ticked_that_is_said(self) -> None:
        assert codes(tick([], lines={})) == {"chosen": "nothing_to_choose"}
        assert codes(tick(None, lines={"lines": LINES[2:]})) == {"chosen": "nothing_to_choose"}

    def test_rows_only_shown_come_back_as_they_were(self) -> None:
        fields = "- {fact: lines, rows: {of: lines, pick: none, show: [fruit]}}"
        reading = typed(fields, {}, answers=KNOWN)

        assert (reading.values, reading.forgotten) == (KNOWN, frozenset())

    def test_rows_that_are_hidden_are_not_forgotten(self) -> None:
        fields = "- {fact: lines, when: {fact: year, test: is, value: 2025}, "
        fields += "rows: {of: lines, pick: none, show: [fruit]}}"
        reading = typed(fields, {}, answers={**KNOWN, "year": 2024})

        assert (reading.values, reading.forgotten) == ({}, frozenset())


class TestAskedColumns:
    """Each ticked row is asked for its own columns, and offers what its own row allows."""

    def test_what_is_chosen_joins_the_row(self) -> None:
        reading = tick([{"key": "1", "tier": "４００"}, {"key": "2", "tier": 50}], asks=TIERS)

        assert reading.problems == ()
        assert reading.values["chosen"] == [
            {**LINES[0], "tier": "400"},
            {**LINES[1], "tier": "50"},
        ]
        assert reading.draft["chosen"] == [
            {"key": "1", "tier": "400"},
            {"key": "2", "tier": "50"},
        ]

    @pytest.mark.parametrize(
        ("payload", "code", "words"),
        [
            ([{"key": "2", "tier": "400"}], "not_an_option", "第 2 行档次"),
            (["2"], "required", "请选择所选明细第 2 行档次"),
            ([{"key": "2", "tier": []}], "wrong_type", "第 2 行档次"),
            ([{"key": "1", "tier": each} for each in ("200", "400")], "doubled_row", "重复"),
            ([{"key": "2", "tier": "50", "x": 1}], "unknown_field", "所选明细"),
        ],
    )
    def test_a_fault_names_its_row_and_column(self, payload: Any, code: str, words: str) -> None:
        reading = tick(payload, asks=TIERS)

        assert codes(reading) == {"chosen": code}
        assert words in reading.problems[0].text()

    def test_all_rows_must_be_answered_where_all_are_taken(self) -> None:
        both = [{"key": "1", "tier": "200"}, {"key": "2", "tier": "50"}]

        assert codes(tick(both[:1], "all", TIERS)) == {"chosen": "too_few_rows"}
        assert tick(both, "all", TIERS).problems == ()

    def test_columns_of_other_kinds_are_read_as_fields_are(self) -> None:
        asks = "    asks: {months: {required: no}, card: {required: no}}\n"

        assert tick([{"key": "2", "months": "６"}], asks=asks).values["chosen"] == [
            {**LINES[1], "months": 6}
        ]
        assert tick(["2"], asks=asks).values["chosen"] == [LINES[1]]
        assert codes(tick([{"key": "2", "months": 13}], asks=asks)) == {"chosen": "above_most"}
        assert codes(tick([{"key": "2", "card": "6"}], asks=asks)) == {"chosen": "card_length"}


class TestShown:
    """A screen has what it needs: cells in words, pages, what was ticked before."""

    def test_cells_are_in_words_and_masked(self) -> None:
        rows = shown(TICKED.replace("PICK", "some"), answers=KNOWN).field("chosen").rows

        assert rows is not None
        first = rows.rows[0]
        assert [rows.cell(first, each, "en") for each in rows.shows] == [
            "apple",
            "¥400.00",
            "***************0000",
        ]
        assert [len(page) for page in rows.pages] == [2, 1]
        assert [(row.pickable, row.why_not is None) for row in rows.rows] == [
            (True, True),
            (True, True),
            (False, False),
        ]

    def test_what_was_ticked_comes_back_from_the_draft_or_the_answers(self) -> None:
        fields = TICKED.replace("PICK", "some") + TIERS
        before = [{"key": "1", "tier": "200"}]
        chosen = [{**LINES[1], "tier": "50"}]
        known = {**KNOWN, "chosen": chosen}

        assert shown(fields, answers=KNOWN, draft={"chosen": before}).data() == {"chosen": before}
        assert shown(fields, answers=known).data() == {"chosen": [{"key": "2", "tier": "50"}]}
        assert shown(fields, answers=known, draft={"chosen": before}).data() == {"chosen": before}
        assert shown(fields, answers=KNOWN).data() == {}


def test_tiers_are_those_of_what_is_being_typed() -> None:
    """The year and its tier stand in one form: the tier is one of the year that is sent."""
    fields = "- fact: year\n- {fact: tier, tiers: {scheme: {value: apple}, on: {fact: today}}}"
    bound = shown(fields, draft={"year": 2025})

    assert codes(read(bound, {"year": 2025, "tier": "900"})) == {"tier": "not_an_option"}
    assert read(bound, {"year": "２０２６", "tier": "900"}).values == {"year": 2026, "tier": "900"}
    known = shown(fields, answers={"year": 2026})
    assert read(known, {"year": 2026, "tier": "900"}).problems == ()
    assert codes(read(known, {"year": "", "tier": "900"})) == {
        "year": "required",
        "tier": "not_an_option",
    }
    assert bound.field("tier").options != bound.with_typed({"year": 2026}).field("tier").options


def test_where_no_tier_is_in_force_that_is_said() -> None:
    """A scheme that isn't known offers nothing."""
    fields = "- {fact: tier, tiers: {scheme: {fact: fruit}, on: {fact: today}}}"

    assert codes(typed(fields, {})) == {"tier": "nothing_to_choose"}
    assert codes(typed(fields, {"tier": "1"})) == {"tier": "nothing_to_choose"}
    assert typed(fields, {"tier": "50"}, answers={"fruit": "pear"}).values == {"tier": "50"}
