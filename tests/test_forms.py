"""What is typed into a form is normalised, checked, and told all at once; nothing makes it fail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_kit import CARD, DAY, DICTIONARY, ID_NUMBER, codes, form, shown, tiers, typed
from sstibet.facts import KINDS
from sstibet.forms.bound import bind
from sstibet.forms.reading import Reading, read

PAYER = """
- fact: own
- {fact: name, when: {fact: own, test: is, value: no}}
- fact: id_type
- fact: id_number
"""
SECRETS = "- fact: password\n- fact: again"
SAME = """
checks:
  same:
    must: {fact: password, test: is, other_fact: again}
    says: {zh: 两次输入的密码不一致, en: the passwords differ}
    at: again
"""


class TestNormalising:
    """Full-width digits and letters, blanks and lower case are read as what they mean."""

    @pytest.mark.parametrize(
        ("fact", "text", "value"),
        [
            ("card", "６２２２ 0200 0000 0000 000", CARD),
            ("own_number", "５４０１０１１９９００１０１００１５", ID_NUMBER),
            ("mobile", "+86 138-0013-8000", "13800138000"),
            ("name", "扎西•次仁", "扎西·次仁"),
            ("base", "￥１,２３４.５", "1234.50"),
            ("base", 400, "400.00"),
            ("share", "20%", "20%"),
            ("months", "１２", 12),
            ("months", 12.0, 12),
            ("since", "２０２５年3月1日", "2025-03-01"),
            ("month", "2025/3", "2025-03"),
            ("own", "是", True),
            ("own", "no", False),
            ("own", False, False),
            ("fruit", "ａｐｐｌｅ", "apple"),
            ("tier", 200, "200"),
            ("tail", "１２３x", None),
            ("note", "  一 行\n二 行 ", "一 行\n二 行"),
            ("note", 7, "7"),
        ],
    )
    def test_a_value_as_it_is_typed(self, fact: str, text: object, value: object) -> None:
        reading = typed(f"- fact: {fact}", {fact: text})
        if value is None:
            assert codes(reading) == {fact: "pattern_differs"}
        else:
            assert reading.problems == ()
            assert reading.values == {fact: value}
            assert type(reading.values[fact]) is type(value)

    @given(st.text("0123456789abcXYZ.-/%¥ ", max_size=20), st.sampled_from(sorted(KINDS)))
    def test_full_width_is_half_width(self, text: str, kind: str) -> None:
        fact = next(each for each, fact in DICTIONARY.facts.items() if fact.kind == kind)
        if DICTIONARY.facts[fact].kind == "text":
            return  # a free text keeps the characters that were typed
        wide = "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text)
        half, full = (typed(f"- fact: {fact}", {fact: each}) for each in (text, wide))
        assert (half.values, half.secrets, half.problems) == (
            full.values,
            full.secrets,
            full.problems,
        )

    @pytest.mark.parametrize("nothing", [None, "", "  ", "　"])
    def test_an_empty_text_is_no_answer(self, nothing: object) -> None:
        assert codes(typed("- fact: note", {"note": nothing})) == {"note": "required"}
        assert typed("- {fact: note, required: no}", {"note": nothing}) == Reading(
            forgotten=frozenset(["note"])
        )


class TestWhatIsWrong:
    """Every problem comes at once, one a field, in words that never repeat what was typed."""

    @pytest.mark.parametrize(
        ("fact", "value", "code"),
        [
            ("card", "6222020000000000001", "card_check"),
            ("card", "6" * 18, "card_alike"),
            ("own_number", "540101199001010016", "id_check"),
            ("mobile", "12345", "mobile_shape"),
            ("name", "扎西 次仁", "name_blank"),
            ("base", "99.99", "below_least"),
            ("base", "1.234", "money_not_fen"),
            ("base", 123.4, "money_float"),
            ("base", "-5", "below_least"),
            ("months", "13", "above_most"),
            ("months", 10**17, "above_most"),
            ("months", "9" * 5000, "not_whole"),
            ("share", "1" * 5000, "not_a_rate"),
            ("since", "2025-02-30", "no_such_day"),
            ("month", "2025-13", "not_a_month"),
            ("fruit", "plum", "not_an_option"),
            ("own", "maybe", "not_yes_no"),
            ("own", 1, "wrong_type"),
            ("note", "x" * 21, "too_long"),
            ("note", "x" * 30_000, "too_long"),
            ("note", ["a list"], "wrong_type"),
            ("note", True, "wrong_type"),
            ("note", {"a": {}}, "wrong_type"),
            pytest.param("note", 10**5000, "wrong_type", id="a huge number"),
            ("tail", "12X4", "pattern_differs"),
            ("sms_code", "12345", "pattern_differs"),
            ("password", "short", "too_short"),
            ("voucher", "123", "voucher_shape"),
            ("user_name", "9x", "user_name_shape"),
            ("account", "12345", "account_length"),
        ],
    )
    def test_each_has_its_code_and_words(self, fact: str, value: object, code: str) -> None:
        reading = typed(f"- fact: {fact}", {fact: value})

        assert codes(reading) == {fact: code}
        (problem,) = reading.problems
        for language in ("zh", "en"):
            text = problem.text(language)
            assert DICTIONARY.facts[fact].label.text(language) in text
            assert "None" not in text
            assert "{" not in text
        if not isinstance(value, bool | dict | list | int):
            assert str(value) not in problem.text() + problem.text("en")

    def test_all_at_once_in_the_order_of_the_form(self) -> None:
        reading = typed("- fact: card\n- fact: note\n- fact: base", {"base": "x", "card": "y"})

        assert [(each.field, each.code) for each in reading.problems] == [
            ("card", "card_shape"),
            ("note", "required"),
            ("base", "not_money"),
        ]
        assert reading.values == {}

    def test_a_field_may_say_it_in_its_own_words(self) -> None:
        fields = "- {fact: card, says: {card_check: {zh: 请看卡面, en: see the card}}}"
        (problem,) = typed(fields, {"card": CARD[:-1] + "1"}).problems

        assert (problem.text(), problem.text("en")) == ("请看卡面", "see the card")

    @pytest.mark.parametrize(
        ("payload", "code"),
        [
            ({"id_type": "201", "id_number": ID_NUMBER.lower()}, None),
            ({"id_type": "201", "id_number": "E12345678"}, "id_shape"),
            ({"id_type": "227", "id_number": "ｅ12345678"}, None),
            ({"id_type": "227", "id_number": ID_NUMBER}, "id_number_of_type"),
        ],
    )
    def test_a_number_fits_its_type(self, payload: dict[str, str], code: str | None) -> None:
        reading = typed("- fact: id_type\n- fact: id_number", payload)

        assert codes(reading) == ({} if code is None else {"id_number": code})

    def test_the_type_may_be_known_from_before(self) -> None:
        reading = typed("- fact: id_number", {"id_number": ID_NUMBER}, answers={"id_type": "227"})

        assert codes(reading) == {"id_number": "id_number_of_type"}

    @pytest.mark.parametrize(
        ("name", "told"),
        [("nickname", "nickname"), (ID_NUMBER, ""), ("x" + ID_NUMBER, ""), ("扎西", "")],
    )
    def test_an_unknown_field_is_refused_and_a_name_that_is_none_not_repeated(
        self, name: str, told: str
    ) -> None:
        reading = typed("- {fact: note, required: no}", {name: "x"})

        assert codes(reading) == {told: "unknown_field"}
        assert name not in reading.problems[0].text("en")
        assert reading.draft == {}

    @pytest.mark.parametrize("value", [None, False, "no"])
    def test_a_consent_must_be_ticked(self, value: object) -> None:
        fields = "- {fact: agreed, must_be_yes: yes}"

        assert codes(typed(fields, {"agreed": value})) == {"agreed": "must_be_yes"}
        assert typed(fields, {"agreed": "是"}).values == {"agreed": True}


class TestChecks:
    """What several answers must fulfil together is told at one field."""

    def test_two_secrets_are_compared_and_go_nowhere_else(self) -> None:
        differs = typed(SECRETS, {"password": "correct horse", "again": "battery"}, SAME)
        agrees = typed(SECRETS, {"password": "correct horse", "again": "correct horse"}, SAME)

        assert [(each.code, each.text("en")) for each in differs.problems] == [
            ("same", "the passwords differ")
        ]
        assert agrees.problems == ()
        assert agrees.secrets == {"password": "correct horse", "again": "correct horse"}
        assert (agrees.values, agrees.draft) == ({}, {})
        for reading in (agrees, differs):
            assert "horse" not in repr(reading)

    def test_days_are_compared_with_one_another_and_with_the_day(self) -> None:
        check = """
checks:
  order: {must: {fact: since, test: at_most, other_fact: until}, says: {zh: 先后}, at: until}
  future: {must: {fact: until, test: at_most, other_fact: today}, says: {zh: 未来}, at: until}
"""
        fields = "- fact: since\n- fact: until"

        def found(since: str, until: str) -> dict[str, str]:
            return codes(typed(fields, {"since": since, "until": until}, check))

        assert found("2025-02-01", "2025-03-01") == {}
        assert found("2025-02-02", "2025-02-01") == {"until": "order"}
        assert found("2025-02-01", "2025-03-02") == {"until": "future"}
        assert found("2025-02-01", "x") == {"until": "not_a_date"}

    def test_an_earlier_answer_of_the_same_form_is_not_taken_for_the_new_one(self) -> None:
        check = "checks: {no: {must: {fact: own, test: is, value: yes}, says: {zh: 否}, at: own}}"
        reading = typed("- {fact: own, required: no}", {}, check, answers={"own": False})

        assert reading.problems == ()
        assert reading.forgotten == {"own"}


class TestHidden:
    """A field that is hidden keeps its draft, and is left out of what is submitted."""

    def test_a_hidden_answer_is_kept_and_left_out(self) -> None:
        payload = {"own": "yes", "name": "扎西", "id_type": "201", "id_number": ID_NUMBER}
        reading = typed(PAYER, payload)

        assert reading.problems == ()
        assert reading.values == {"own": True, "id_type": "201", "id_number": ID_NUMBER}
        assert reading.draft["name"] == "扎西"
        assert reading.forgotten == {"name"}

    def test_it_stays_in_the_draft_when_it_is_not_sent_any_more(self) -> None:
        bound = bind(
            "f", form(PAYER), DICTIONARY, {}, {"name": "扎西", "id_type": "227"}, DAY, tiers
        )
        reading = read(bound, {"own": True})

        assert reading.draft == {"own": True, "name": "扎西"}
        assert read(bound, {"own": False}).draft == {"own": False}

    def test_what_is_wrong_in_a_hidden_field_is_nobodys_business(self) -> None:
        reading = typed(PAYER, {"own": True, "name": "1", "id_type": "201", "id_number": ID_NUMBER})

        assert reading.problems == ()
        assert reading.draft["name"] == "1"

    def test_a_field_shown_by_a_hidden_one_is_hidden_too(self) -> None:
        fields = """
- fact: own
- {fact: fruit, when: {fact: own, test: is, value: no}}
- {fact: note, when: {fact: fruit, test: is_not, value: pear}}
"""
        both = {"fruit": "apple", "note": "x"}

        assert typed(fields, {"own": False, **both}).values == {"own": False, **both}
        assert typed(fields, {"own": True, **both}).values == {"own": True}
        assert codes(typed(fields, {"own": False, "fruit": "apple"})) == {"note": "required"}
        assert codes(typed(fields, {"own": False})) == {"fruit": "required"}

    def test_what_hangs_on_earlier_answers_is_settled_before_the_form_is_shown(self) -> None:
        fields = "- {fact: note, when: {fact: year, test: at_least, value: 2025}}"

        assert [each.fact for each in shown(fields, answers={"year": 2025}).fields] == ["note"]
        assert shown(fields, answers={"year": 2024}).pages == ()
        assert shown(fields).pages == ()
        assert typed(fields, {"note": "x"}).draft == {"note": "x"}
