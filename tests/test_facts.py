"""Facts are read as their own types, and what can't be read says why, in both languages."""

from __future__ import annotations

import contextlib
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sstibet
from sstibet.documents import adapter
from sstibet.facts import Dictionary, Fact
from sstibet.money import Money, Rate
from sstibet.months import Month
from sstibet.problems import BadValue
from sstibet.resident_id import check_character, parse_resident_id

SOURCE = Path(sstibet.__file__).parent


def fact(kind: str, **more: Any) -> Fact:
    given = {"kind": kind, "label": {"zh": kind}, "personal": "no", "where": "f:1", **more}
    return adapter(Fact).validate_python(given)  # type: ignore[no-any-return]  # pydantic's Any


def read(kind: str, value: object, **more: Any) -> Any:
    return Dictionary({"x": fact(kind, **more)}, {}).read("x", value)


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        ("money", "7066.20", Money(706620)),
        ("money", 7066, Money(706600)),
        ("rate", "8%", Rate(2, 25)),
        ("whole", "12", 12),
        ("whole", 12, 12),
        ("whole", "-1", -1),
        ("date", "2024-02-29", date(2024, 2, 29)),
        ("date", date(2024, 2, 29), date(2024, 2, 29)),
        ("month", "2025-03", Month.at(2025, 3)),
        ("code", "201", "201"),
        ("code", 201, "201"),
        ("yes_no", "yes", True),
        ("yes_no", False, False),
        ("text", "扎西", "扎西"),
    ],
)
def test_a_value_is_read_as_its_own_type(kind: str, given: object, value: object) -> None:
    found = read(kind, given)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "given", "code"),
    [
        ("money", 7066.2, "money_float"),
        ("money", True, "not_money"),
        ("rate", 0.2, "float"),
        ("whole", True, "wrong_type"),
        ("whole", 1.0, "float"),
        ("whole", "1.0", "not_whole"),
        ("whole", "０１２", "not_whole"),
        ("whole", "012", "not_whole"),
        ("date", "2024-02-30", "no_such_day"),
        ("date", "20240229", "not_a_date"),
        ("month", "2025-3", "not_a_month"),
        ("yes_no", "true", "not_yes_no"),
        ("yes_no", 1, "wrong_type"),
        ("text", None, "wrong_type"),
        ("text", b"x", "wrong_type"),
        ("code", True, "wrong_type"),
    ],
)
def test_what_cannot_be_read_says_why(kind: str, given: object, code: str) -> None:
    with pytest.raises(BadValue) as caught:
        read(kind, given)
    assert caught.value.code == code


def test_a_datetime_is_no_date() -> None:
    from datetime import UTC, datetime

    with pytest.raises(BadValue):
        read("date", datetime(2025, 1, 1, tzinfo=UTC))


def test_bounds_are_inside() -> None:
    assert read("whole", "1", least="1", most="12") == 1
    assert read("whole", "12", least="1", most="12") == 12
    for value, code in (("0", "below_least"), ("13", "above_most")):
        with pytest.raises(BadValue) as caught:
            read("whole", value, least="1", most="12")
        assert caught.value.code == code


def test_records_name_their_row_and_field() -> None:
    fields = {"paid": {"kind": "money", "label": {"zh": "x"}, "personal": "no", "where": ""}}
    assert read("records", [{"paid": "1"}], fields=fields) == ({"paid": Money(100)},)
    with pytest.raises(BadValue, match=r"row 2, paid: .*1,000"):
        read("records", [{"paid": "1"}, {"paid": "1,000"}], fields=fields)
    for value, code in (
        ("x", "not_records"),
        ([1], "not_records"),
        ([{"pad": 1}], "unknown_field"),
    ):
        with pytest.raises(BadValue) as caught:
            read("records", value, fields=fields)
        assert caught.value.code == code


def test_a_derived_fact_cannot_be_given() -> None:
    derive = {"the_day": "asked_about", "where": ""}
    with pytest.raises(BadValue) as caught:
        read("date", "2025-01-01", derive=derive)
    assert caught.value.code == "derived_fact"


# Invented serials; the check character is worked out by hand from GB 11643's weights.
@pytest.mark.parametrize(
    "number",
    ["540101199001010015", "54010219000229001X", "810000199001010015", "830000199001010013"],
)
def test_the_check_character_alone_decides_between_numbers_that_differ_in_it(number: str) -> None:
    first, last = number[:17], check_character(number[:17])
    if number[6:14] == "19000229":  # 1900 was no leap year
        with pytest.raises(BadValue) as caught:
            parse_resident_id(first + last)
        assert caught.value.code == "id_birth_date"
        return
    assert parse_resident_id(first + last.lower()) == first + last
    for other in set("0123456789X") - {last}:
        with pytest.raises(BadValue) as caught:
            parse_resident_id(first + other)
        assert caught.value.code == "id_check"


def test_the_standards_own_example() -> None:
    """GB 11643-1999, annex: 11010519491231002 has the check character X."""
    assert check_character("11010519491231002") == "X"
    assert check_character("44052418800101001") == "4"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("5401011990010100", "id_shape"),
        ("54010119900101001Y", "id_shape"),
        ("５４０１０１１９９００１０１００１５", "id_shape"),
        ("990101199001010015", "id_province"),
        ("540101199013010015", "id_birth_date"),
        ("540101170001010015", "id_birth_date"),
        ("", "id_shape"),
    ],
)
def test_a_number_that_cannot_be_right_is_refused_without_being_repeated(
    number: str, code: str
) -> None:
    with pytest.raises(BadValue) as caught:
        parse_resident_id(number)
    assert caught.value.code == code
    assert not number or number not in str(caught.value)


@given(st.text(max_size=20))
def test_no_text_makes_the_readers_fail_otherwise(text: str) -> None:
    for kind in ("money", "rate", "whole", "date", "month", "yes_no", "resident_id"):
        with contextlib.suppress(BadValue):
            read(kind, text)


def test_both_catalogues_have_the_same_texts_with_the_same_names() -> None:
    zh, en = (
        json.loads((SOURCE / "locale" / f"{language}.json").read_text("utf-8"))
        for language in ("zh", "en")
    )
    assert zh.keys() == en.keys()
    for key in zh:
        names = [set(re.findall(r"{(\w+)}", text)) for text in (zh[key], en[key])]
        # How to mend a value is told in English only so far; all else stands in both.
        assert names[0] ^ names[1] <= {"given", "hint", "reason"}, key


def test_every_fault_of_a_given_value_has_its_words() -> None:
    texts = json.loads((SOURCE / "locale" / "zh.json").read_text("utf-8"))
    files = ("money", "months", "facts", "resident_id", "documents", "amounts")
    codes = {
        code
        for name in files
        for code in re.findall(r'BadValue\(\s*"(\w+)"', (SOURCE / f"{name}.py").read_text("utf-8"))
    }
    # Those that only an author's YAML can bring about are problems, never an answer.
    authors = {
        "bounds_crossed", "bounds_kind", "codes_kind", "derived_kind", "empty_text",
        "missing_key", "missing_language", "not_a_list", "not_a_mapping", "not_a_name",
        "not_a_scalar", "not_one_shape", "records_fields", "unknown_key", "unknown_word",
            "negative_amount",
    }  # fmt: skip
    assert {f"wrong.{code}" for code in codes - authors} <= texts.keys()
