"""Names, numbers of persons, cards and accounts: what is taken, and what is refused and why.

All values here are invented; check digits are worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sstibet
from sstibet.facts import check_id_number
from sstibet.identifiers import luhn_digit
from sstibet.kinds import FREE_LENGTH, HIDDEN, KINDS, PERSONAL
from sstibet.problems import BadValue
from sstibet.typed import normalise

GOOD = [
    ("mobile", "13800138000", "13800138000"),
    ("mobile", "+86 138-0013-8000", "13800138000"),
    ("mobile", "008613800138000", "13800138000"),
    ("mobile", "+8619912345678", "19912345678"),
    # 16 digits: the 1st and 3rd are doubled, 6 → 12 → 3 and 2 → 4; 3+2+4+2 = 11, so 9 follows.
    ("bank_card", "6222000000000009", "6222000000000009"),
    ("bank_card", "6222 0000 0000 0009", "6222000000000009"),
    ("bank_card", "6222-0000-0000-0009", "6222000000000009"),
    # 19 digits: the 2nd and 4th are doubled, 2 → 4; 6+4+2+4 = 16, so 4 follows.
    ("bank_card", "6222000000000000004", "6222000000000000004"),
    ("person_name", "次仁", "次仁"),
    ("person_name", "格桑梅朵", "格桑梅朵"),
    ("person_name", "扎西·次仁", "扎西·次仁"),
    ("person_name", "扎西•次仁・德吉", "扎西·次仁·德吉"),
    ("person_name", "扎西‧次仁．德吉.旺堆", "扎西·次仁·德吉·旺堆"),
    ("person_name", "㐂〇𠮷", "㐂〇𠮷"),
    ("person_name", "བཀྲ་ཤིས་", "བཀྲ་ཤིས་"),
    ("person_name", "པད་མ ཚེ་རིང", "པད་མ ཚེ་རིང"),
    ("person_name", "Anne-Marie O’Brien", "Anne-Marie O'Brien"),
    ("person_name", "Jose\u0301", "Jos\u00e9"),
    ("user_name", "kelsang_2026", "kelsang_2026"),
    ("user_name", "Abc.", "Abc."),
    ("account_number", "540001 0012-3456", "54000100123456"),
    ("account_number", "nra12345", "NRA12345"),
    ("id_number", "h1234567(8)", "H1234567(8)"),
    ("id_number", "南字第01234567号", "南字第01234567号"),
    ("voucher_number", "454016260100000001", "454016260100000001"),
]  # fmt: skip
BAD = [
    ("mobile", "1380013800", "mobile_shape"),
    ("mobile", "138001380000", "mobile_shape"),
    ("mobile", "23800138000", "mobile_shape"),
    ("mobile", "", "mobile_shape"),
    ("mobile", "1380013800o", "mobile_shape"),
    ("mobile", "１３８００１３８０００", "mobile_shape"),  # the form makes it half-width first
    ("mobile", "0891-6123456", "mobile_shape"),  # a telephone of Lhasa
    ("mobile", "+852 5123 4567", "mobile_foreign"),
    ("mobile", "0018001380000", "mobile_foreign"),
    ("mobile", "+86 10 8888 8888", "mobile_shape"),
    ("mobile", "12000138000", "mobile_not_mobile"),
    ("mobile", "10000000000", "mobile_not_mobile"),
    ("bank_card", "622200000000000", "card_length"),
    ("bank_card", "62220000000000000004", "card_length"),
    ("bank_card", "", "card_shape"),
    ("bank_card", "6222 0000 0000 000O", "card_shape"),
    ("bank_card", "6222000000000008", "card_check"),
    ("bank_card", "2622000000000009", "card_check"),  # the first two are swapped
    ("bank_card", "0000000000000000", "card_alike"),
    ("bank_card", "8888888888888888888", "card_alike"),
    ("person_name", "", "name_length"),
    ("person_name", "·", "name_length"),
    ("person_name", "扎", "name_length"),
    ("person_name", "次" * 41, "name_length"),
    ("person_name", "A", "name_length"),
    ("person_name", "A" * 81, "name_length"),
    ("person_name", "·扎西", "name_dot"),
    ("person_name", "扎西·", "name_dot"),
    ("person_name", "扎西··次仁", "name_dot"),
    ("person_name", "J. Smith", "name_dot"),
    ("person_name", "扎西 次仁", "name_blank"),
    ("person_name", "扎西2", "name_shape"),
    ("person_name", "扎西Tashi", "name_shape"),
    ("person_name", "扎西，次仁", "name_shape"),
    ("person_name", "扎西\n", "name_shape"),
    ("person_name", "扎\u200b西", "name_shape"),
    ("person_name", "Tashi  Tsering", "name_shape"),
    ("person_name", "'Tashi", "name_shape"),
    ("person_name", "Таши", "name_shape"),  # Cyrillic, which looks like Latin in part
    ("user_name", "abc", "user_name_length"),
    ("user_name", "a" * 33, "user_name_length"),
    ("user_name", "1abcd", "user_name_shape"),
    ("user_name", "扎西次仁", "user_name_shape"),
    ("user_name", "tashi@home", "user_name_shape"),
    ("user_name", "", "user_name_shape"),
    ("account_number", "12345", "account_length"),
    ("account_number", "1" * 51, "account_length"),
    ("account_number", "12345*6", "account_shape"),
    ("account_number", "", "account_shape"),
    ("id_number", "H123", "id_number_shape"),
    ("id_number", "1" * 31, "id_number_shape"),
    ("id_number", "H1234567*", "id_number_shape"),
    ("voucher_number", "45401626010000000", "voucher_shape"),
    ("voucher_number", "4540162601000000001", "voucher_shape"),
    ("voucher_number", "45401626010000000X", "voucher_shape"),
    ("text", "half \ud83d", "text_broken"),
    ("secret", "half \ud83d", "text_broken"),
]  # fmt: skip


def parse(kind: str, text: str) -> Any:
    return KINDS[kind][0](text)


class TestKinds:
    """Each kind takes what there is and refuses the rest with a code of its own."""

    @pytest.mark.parametrize(("kind", "text", "value"), GOOD)
    def test_a_value_is_taken_in_its_one_spelling(self, kind: str, text: str, value: str) -> None:
        assert parse(kind, text) == value
        assert parse(kind, value) == value

    @pytest.mark.parametrize(("kind", "text", "code"), BAD)
    def test_what_is_wrong_has_its_code_and_is_not_repeated(
        self, kind: str, text: str, code: str
    ) -> None:
        with pytest.raises(BadValue) as caught:
            parse(kind, text)
        assert caught.value.code == code
        assert len(text) < 3 or text not in str(caught.value)

    def test_every_kind_of_person_is_hidden_or_personal(self) -> None:
        assert set(HIDDEN) == {
            "resident_id", "id_number", "mobile", "bank_card", "account_number", "secret",
        }  # fmt: skip
        assert set(PERSONAL) - set(HIDDEN) == {"person_name"}
        assert set(FREE_LENGTH) < set(KINDS)

    def test_the_check_digit_of_the_standards_example(self) -> None:
        """7992739871 is the example that explanations of ISO/IEC 7812-1 work through: 3."""
        assert luhn_digit("7992739871") == "3"

    @given(st.text("0123456789", min_size=15, max_size=18), st.data())
    def test_one_wrong_digit_of_a_card_is_noticed(self, first: str, data: st.DataObject) -> None:
        number = first + luhn_digit(first)
        place = data.draw(st.integers(0, len(number) - 1))
        other = data.draw(st.sampled_from(sorted(set("0123456789") - {number[place]})))
        with pytest.raises(BadValue):
            parse("bank_card", number[:place] + other + number[place + 1 :])

    @given(st.text(max_size=30), st.sampled_from(sorted(KINDS)))
    def test_no_text_makes_a_reader_fail_otherwise(self, text: str, kind: str) -> None:
        """Whatever is typed is read or refused, normalised or not; nothing else is raised."""
        for each in (text, normalise(kind, text)):
            try:
                value = parse(kind, each)
            except BadValue:
                continue
            assert type(value) is KINDS[kind][1]


@pytest.fixture(scope="module")
def shipped() -> sstibet.Rulebook:
    return sstibet.load()


# By type: numbers of its shape, and numbers that are not.
NUMBERS = {
    "201": (["540101199001010015"], ["54010119900101001", "810000199001010019", "E12345678"]),
    "202": (["南字第01234567号", "12345678"], ["南字第0123号", "E12345678"]),
    "203": (["武字第012345号"], ["武字第"]),
    "204": (["士字第0123456号"], ["01234"]),
    "208": (["X1234567"], ["X-1234567"]),
    "209": (["H1234567890"], ["1234567890"]),
    "210": (["H12345678", "M1234567890"], ["C12345678", "H1234567"]),
    "211": (["12345678", "1234567890(B)"], ["1234567"]),
    "213": (["12345678"], ["T12345678"]),
    "214": (["L12345678"], ["LL1234567"]),
    "216": (["D123456"], ["D1"]),
    "219": (["A123456(3)", "AB1234567"], ["A123456(3", "1234567"]),
    "220": (["A123456789"], ["A12345678"]),
    "221": (["1234567(8)", "12345678"], ["1234567(8"]),
    "227": (["E12345678", "EA1234567", "141234567"], ["E1234567", "12345678"]),
    "233": (["911561990010100150", "CHN110012345678"], ["540101199001010015", "CHN11001234567"]),
    "237": (["810000199001010019"], ["830000199001010012", "540101199001010015"]),
    "238": (["830000199001010012"], ["810000199001010019"]),
}


class TestTypesOfDocuments:
    """A number fits the type that was chosen with it (policy.md 9a); the list says how."""

    def test_every_type_is_shown(self, shipped: sstibet.Rulebook) -> None:
        assert NUMBERS.keys() == shipped.contents.dictionary.codes["id_types"].codes.keys()

    @pytest.mark.parametrize("type_code", NUMBERS)
    def test_numbers_of_a_type(self, shipped: sstibet.Rulebook, type_code: str) -> None:
        dictionary = shipped.contents.dictionary
        good, bad = NUMBERS[type_code]
        for number in good:
            assert parse("id_number", number) == number
            check_id_number(dictionary, type_code, number)
        for number in bad:
            with pytest.raises(BadValue) as caught:
                check_id_number(dictionary, type_code, number, "id_types")
            assert caught.value.code in ("id_number_of_type", "id_shape")
            assert number not in str(caught.value)

    def test_a_slip_in_a_citizens_number(self, shipped: sstibet.Rulebook) -> None:
        with pytest.raises(BadValue) as caught:
            check_id_number(shipped.contents.dictionary, "201", "540101199001010016")
        assert caught.value.code == "id_check"

    @pytest.mark.parametrize(("type_code", "codes"), [("999", None), ("201", "banks")])
    def test_a_type_that_is_not_there(
        self, shipped: sstibet.Rulebook, type_code: str, codes: str | None
    ) -> None:
        with pytest.raises(BadValue) as caught:
            check_id_number(shipped.contents.dictionary, type_code, "540101199001010015", codes)
        assert caught.value.code == "unknown_code"

    def test_what_policy_does_not_support_says_so(self, shipped: sstibet.Rulebook) -> None:
        """Only 201, 233, 237 and 238 have a shape on record; the list marks all others."""
        types = shipped.contents.dictionary.codes["id_types"]
        assert types.shape_evidence is not None
        assert types.shape_evidence.kind == "synthetic"
        own = {key for key, code in types.codes.items() if code.shape_evidence is not None}
        assert own == {"201", "233", "237", "238"}
