"""Facts are read as their own types, and what can't be read says why, in both languages."""

from __future__ import annotations

import contextlib
import pickle
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import sstibet
from sstibet.documents import adapter
from sstibet.facts import Dictionary, Fact
from sstibet.kinds import KINDS, PERSONAL
from sstibet.money import Money, Rate
from sstibet.months import Month
from sstibet.problems import BadValue
from sstibet.resident_id import check_character, parse_resident_id
from sstibet.texts import catalogue, say
from sstibet.unreadable import unreadable

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


@pytest.mark.parametrize(
    ("kind", "more", "good", "bad"),
    [
        ("text", {"longest": "3"}, "一二三", {"一二三四": "too_long"}),
        ("secret", {"shortest": "8", "longest": "9"}, "kettle42", {"kettle4": "too_short"}),
        ("person_name", {"longest": "4"}, "格桑梅朵", {"格桑梅朵朵": "too_long"}),
        ("text", {"pattern": "[0-9]{3}[0-9X]"}, "123X", {"123x": "pattern_differs"}),
        ("secret", {"pattern": "[0-9]{6}"}, "246810", {"24681": "pattern_differs"}),
    ],
)
def test_length_and_shape(kind: str, more: dict[str, str], good: str, bad: dict[str, str]) -> None:
    assert read(kind, good, **more) == good
    for value, code in bad.items():
        with pytest.raises(BadValue) as caught:
            read(kind, value, **more)
        assert caught.value.code == code
        assert value not in str(caught.value)


def test_samples_are_values_of_the_fact() -> None:
    assert fact("whole", least="1", samples=("1", "12")).samples == ("1", "12")
    for kind, more, code in (
        ("whole", {"least": "2", "samples": ("2", "1")}, "below_least"),
        ("mobile", {"samples": ("13800138000", "1")}, "mobile_shape"),
        ("text", {"longest": "1", "samples": ("a", "ab")}, "too_long"),
    ):
        with pytest.raises(ValidationError) as caught:
            fact(kind, **more)
        (found,) = caught.value.errors()
        error = found["ctx"]["error"]
        assert (error.code, error.path) == (code, ("samples", 1))


def _records(**more: Any) -> Fact:
    return fact("records", **more)


def _field(kind: str) -> dict[str, Any]:
    return {"kind": kind, "label": {"zh": kind}, "personal": "no", "where": "f:2"}


def test_records_like_others_have_the_fields_of_both() -> None:
    """Through two steps, after a pickle as well, and wherever rules look for fields."""
    dictionary = Dictionary(
        {
            "last": _records(like="chosen"),
            "chosen": _records(like="lines", fields={"paid": _field("yes_no")}, key="line"),
            "lines": _records(fields={"line": _field("text"), "amount": _field("money")}),
        },
        {},
    )
    for each in (dictionary, pickle.loads(pickle.dumps(dictionary))):
        assert list(each.facts["last"].fields or {}) == ["line", "amount", "paid"]
        row = {"line": "1", "amount": "2.00", "paid": "yes"}
        assert each.read("last", [row]) == ({"line": "1", "amount": Money(200), "paid": True},)
        assert list(each.own_fields(each.facts["chosen"])) == ["paid"]
        assert list(each.own_fields(each.facts["last"])) == []
        assert list(each.own_fields(each.facts["lines"])) == ["line", "amount"]


def test_records_that_are_like_nothing_have_only_their_own_fields() -> None:
    """The checks report it; making the dictionary never fails, nor goes on for ever."""
    own = {"paid": _field("yes_no")}
    dictionary = Dictionary(
        {
            "lost": _records(like="nowhere", fields=own),
            "one": _records(like="two", fields=own),
            "two": _records(like="one"),
            "self": _records(like="self"),
        },
        {},
    )
    found = {name: list(each.fields or {}) for name, each in dictionary.facts.items()}
    assert found == {"lost": ["paid"], "one": ["paid"], "two": ["paid"], "self": []}


def test_a_key_tells_rows_apart() -> None:
    fields = {"line": _field("whole"), "amount": _field("money")}
    rows = [{"line": "1"}, {"amount": "1"}, {"amount": "1"}, {"line": "2"}]
    assert len(read("records", rows, fields=fields, key="line")) == 4
    assert len(read("records", [*rows, {"line": 1}], fields=fields)) == 5
    with pytest.raises(BadValue) as caught:
        read("records", [*rows, {"line": 1}], fields=fields, key="line")
    assert caught.value.code == "doubled_row"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", sorted(PERSONAL))
def test_what_is_said_of_a_personal_value_never_repeats_it(kind: str, language: str) -> None:
    """In every kind of person, for a value that is wrong in one way or another."""
    given = fact(kind, personal="yes", **({"longest": "5"} if kind == "secret" else {}))
    dictionary = Dictionary({"x": given}, {})
    for typed in ("54010219900101*", "6222 0000 0000 0001*", "扎西 次仁 99*", "+852 51234567*"):
        with pytest.raises(BadValue) as caught:
            dictionary.read("x", typed)
        said = unreadable(dictionary, "x", typed, caught.value)
        assert said.code == caught.value.code
        text = say(f"wrong.{said.code}", language, **said.values)
        assert kind in text  # the label
        for digits in re.findall(r"[0-9]{4,}", typed):
            assert digits not in text + str(dict(said.values)) + str(caught.value)


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
    for kind in KINDS:
        with contextlib.suppress(BadValue):
            read(kind, text)


def test_every_fault_of_a_given_value_has_its_words() -> None:
    texts = catalogue("zh")
    files = [
        "money",
        "months",
        "facts",
        "resident_id",
        "documents",
        "amounts",
        "identifiers",
        "kinds",
    ]
    codes = {
        code
        for name in files
        for code in re.findall(r'BadValue\(\s*"(\w+)"', (SOURCE / f"{name}.py").read_text("utf-8"))
    }
    # Those that only an author's YAML can bring about are problems, never an answer.
    authors = {
        "attribute_kind", "bounds_crossed", "bounds_kind", "codes_kind", "derived_kind",
        "empty_text",
        "missing_key", "missing_language", "not_a_list", "not_a_mapping", "not_a_name",
        "not_a_scalar", "not_one_shape", "records_fields", "unknown_key", "unknown_word",
            "negative_amount",
    }  # fmt: skip
    assert {f"wrong.{code}" for code in codes - authors} <= texts.keys()
