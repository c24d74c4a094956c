"""Questions to the rules of a day: what is priced, what is missing, wrong or refused, and why."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import sstibet
from sstibet import Allowed, Missing, Money, Quote, Refusal, UnknownName, Wrong

SMALL = Path(__file__).parent / "books" / "good" / "small"
MARCH = date(2025, 3, 1)


@pytest.fixture(scope="module")
def book() -> sstibet.Rulebook:
    return sstibet.load(SMALL)


def quoted(answer: object) -> Quote:
    assert isinstance(answer, Quote), answer
    return answer


def wrong(answer: object) -> Wrong:
    assert isinstance(answer, Wrong), answer
    return answer


def test_a_month_is_priced_with_its_lines(book: sstibet.Rulebook) -> None:
    quote = quoted(book.on(MARCH).quote("flexible_pension", {"base": "7066.20", "months": 1}))
    premium = Fraction("7066.20") * Fraction(20, 100)
    assert quote.due.decimal == premium == Fraction("1413.24")
    assert str(quote.part("account")) == "565.30"  # 565.296
    assert str(quote.part("pooled")) == "847.94"
    account, pooled = quote.lines
    assert (account.payer, account.period, str(account.rate)) == ("person", "2025-03", "8%")
    assert (str(pooled.rate), str(pooled.basis)) == ("12%", "7066.20")
    assert account.rule.startswith("rates.yaml:")
    assert account.edition == "2025-01-01"
    assert quote.evidence == "code"
    assert quote.digest == book.digest


def test_the_rule_named_by_a_line_is_the_line_in_the_file(book: sstibet.Rulebook) -> None:
    quote = quoted(book.on(MARCH).quote("flexible_pension", {"base": "7066.20", "months": 1}))
    file, number = quote.lines[0].rule.split(":")
    assert "id: account" in (SMALL / file).read_text("utf-8").splitlines()[int(number) - 1]


@pytest.mark.parametrize(
    ("base", "code"), [("7066.19", "below_floor"), ("35331.01", "above_ceiling")]
)
def test_one_fen_outside_the_bounds_is_wrong(book: sstibet.Rulebook, base: str, code: str) -> None:
    answer = wrong(book.on(MARCH).quote("flexible_pension", {"base": base, "months": 1}))
    assert (answer.field, answer.code) == ("base", code)
    assert base in answer.text("en")
    assert "2025年3月缴费基数" in answer.message
    assert "of March 2025" in answer.text("en")


@pytest.mark.parametrize("base", ["7066.20", "35331.00", 35331])
def test_the_very_bounds_are_inside(book: sstibet.Rulebook, base: object) -> None:
    quoted(book.on(MARCH).quote("flexible_pension", {"base": base, "months": 1}))


def test_each_month_takes_its_own_edition(book: sstibet.Rulebook) -> None:
    november = book.on(date(2024, 11, 1))
    quote = quoted(november.quote("flexible_pension", {"base_tier": "60", "months": 4}))
    assert [str(line.basis) for line in quote.lines[::2]] == ["6928.00"] * 2 + ["7066.20"] * 2
    assert quote.due.decimal == 2 * Fraction("1385.60") + 2 * Fraction("1413.24")


def test_a_base_that_a_later_month_refuses_is_wrong_in_that_month(book: sstibet.Rulebook) -> None:
    november = book.on(date(2024, 11, 1))
    facts = {"base": "6928", "months": 3}
    answer = wrong(november.quote("flexible_pension", facts))
    assert (answer.field, str(answer.values["month"])) == ("base", "2025-01")


def test_any_day_of_the_first_month_prices_that_month(book: sstibet.Rulebook) -> None:
    facts = {"base": "7066.20", "months": 1}
    one, last = (
        quoted(book.on(day).quote("flexible_pension", facts)).due
        for day in (date(2025, 1, 1), date(2025, 1, 31))
    )
    assert one == last


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (date(2026, 1, 1), "no_edition_after"),
        (date(2023, 12, 31), "no_edition_before"),
        (date(2005, 12, 31), "no_edition_before"),
    ],
)
def test_a_day_without_an_edition_is_wrong_never_the_nearest(
    book: sstibet.Rulebook, day: date, reason: str
) -> None:
    answer = wrong(book.on(day).quote("flexible_pension", {"base": "7066.20", "months": 1}))
    assert (answer.field, answer.code) == ("on", reason)
    assert "bases" in answer.text("en") or "rates" in answer.text("en")


def test_missing_names_all_that_would_settle_it(book: sstibet.Rulebook) -> None:
    rules = book.on(MARCH)
    assert rules.quote("flexible_pension", {}) == Missing(("base", "months"))
    assert rules.quote("flexible_pension", {"months": 1}) == Missing(("base",))
    assert rules.quote("flexible_pension", {"base": "7066.20"}) == Missing(("months",))
    assert rules.quote("resident_pension", {}) == Missing(("tier", "category"))
    missing = rules.quote("flexible_pension", {"months": 1})
    assert isinstance(missing, Missing)
    assert missing.text("en") == "still missing: contribution base or base tier"
    assert missing.text("bo") == missing.text("zh") == "还需要填写：缴费基数或缴费档次"


def test_what_is_wrong_goes_before_what_is_missing(book: sstibet.Rulebook) -> None:
    rules = book.on(MARCH)
    assert wrong(rules.quote("resident_pension", {"tier": "150"})).code == "not_a_tier"
    assert wrong(rules.quote("flexible_pension", {"base": "1"})).code == "below_floor"


def test_everything_wrong_is_told_at_once(book: sstibet.Rulebook) -> None:
    facts = {"base": 7066.2, "months": "０", "bse": 1, "birth_date": "2024-02-30"}
    answer = wrong(book.on(MARCH).quote("flexible_pension", facts))
    found = {(each.field, each.code) for each in (answer, *answer.also)}
    assert found == {
        ("base", "money_float"),
        ("months", "not_whole"),
        ("bse", "unknown_fact"),
        ("birth_date", "no_such_day"),
    }


def test_a_personal_value_is_never_repeated(book: sstibet.Rulebook) -> None:
    facts = {"id_number": "540101199001010019", "months": 1}
    answer = wrong(book.on(MARCH).quote("flexible_pension", facts))
    assert answer.code == "id_check"
    for text in (answer.text("zh"), answer.text("en"), repr(answer)):
        assert "19900101" not in text


def test_an_id_number_is_not_shown_in_an_explanation(book: sstibet.Rulebook) -> None:
    facts = {"id_number": "540101199001010015", "base": "7066.20", "months": 1}
    quote = quoted(book.on(MARCH).quote("flexible_pension", facts))
    for language in ("zh", "en"):
        assert "19900101" not in str(quote.explain(language)) + str(quote.explain(language).json())


def test_a_tier_and_a_base_must_agree(book: sstibet.Rulebook) -> None:
    rules = book.on(MARCH)
    both = {"base": "9421.60", "base_tier": "80", "months": 1}
    assert quoted(rules.quote("flexible_pension", both)).due.decimal == Fraction("1884.32")
    other = {**both, "base": "9421.61"}
    assert wrong(rules.quote("flexible_pension", other)).code == "tier_and_base"


def test_the_government_pays_the_lowest_tier_for_some(book: sstibet.Rulebook) -> None:
    facts = {"tier": "200", "category": "severe_disability"}
    quote = quoted(book.on(MARCH).quote("resident_pension", facts))
    parts = [(line.part, line.payer, str(line.amount)) for line in quote.lines]
    assert parts == [
        ("individual", "person", "100.00"),
        ("paid_for", "government", "100.00"),
        ("subsidy", "government", "30.00"),
    ]
    assert str(quote.total) == "230.00"
    assert quote.evidence == "synthetic"
    assert quote.lines[2].at_least


def test_a_price_never_waits_for_a_birth_date(book: sstibet.Rulebook) -> None:
    rules = book.on(MARCH)
    facts: dict[str, object] = {"tier": "200", "category": "general"}
    quote = quoted(rules.quote("resident_pension", facts))
    assert quote.may_pay == Missing(("birth_date", "student"))
    young = {**facts, "birth_date": "2009-03-02", "student": "no"}
    assert quoted(rules.quote("resident_pension", young)).due == quote.due
    refusal = quoted(rules.quote("resident_pension", young)).may_pay
    assert isinstance(refusal, Refusal)
    assert refusal.code == "sixteen"
    old = {**facts, "birth_date": "2009-03-01", "student": "no"}
    allowed = quoted(rules.quote("resident_pension", old)).may_pay
    assert isinstance(allowed, Allowed)
    assert allowed.rules == ("not_a_student", "sixteen")


def test_one_failed_requirement_refuses_whatever_is_still_open(book: sstibet.Rulebook) -> None:
    refusal = book.on(MARCH).may_pay("resident_pension", {"student": "yes"})
    assert isinstance(refusal, Refusal)
    assert [failed.id for failed in refusal.failed] == ["not_a_student"]
    assert refusal.failed[0].tests[0].left is True
    assert refusal.text("en") == "not fulfilled: not a student"
    assert "fails: student (yes) is no" in str(refusal.explain("en"))


def test_nobody_may_pay_on_a_day_without_the_scheme(book: sstibet.Rulebook) -> None:
    """A day without an edition is Wrong: never "allowed" for want of a rule that says no."""
    before = book.on(date(2014, 2, 20)).may_pay("resident_pension", {})
    assert wrong(before).code == "no_edition_before"
    early = book.on(date(2005, 12, 31)).may_pay("flexible_pension", {})
    assert wrong(early).code == "no_edition_before"
    first = book.on(date(2006, 1, 1)).may_pay("flexible_pension", {})
    assert first == Allowed("flexible_pension", date(2006, 1, 1), ())


def test_a_base_announced_late(book: sstibet.Rulebook) -> None:
    """In June 2025 the 2025 base was not public: the 2024 one goes on, and the quote says so."""
    then = book.on(date(2025, 1, 1), known_on=date(2025, 6, 1))
    paid = quoted(then.quote("flexible_pension", {"base": "6928", "months": 2}))
    assert str(paid.due) == "2771.20"
    assert paid.provisional == ("bases",)
    assert paid.evidence == "synthetic", "carrying on is a rule of its own, and not a real one"
    now = quoted(
        book.on(date(2025, 1, 1)).quote("flexible_pension", {"base": "7066.20", "months": 2})
    )
    assert now.provisional == ()


def test_the_back_difference_has_both_amounts_and_the_difference_as_lines(
    book: sstibet.Rulebook,
) -> None:
    facts = {"base": "6928", "months": 2}
    rules = book.on(date(2025, 1, 1))
    found = rules.difference("flexible_pension", facts, paid_as_known_on=date(2025, 6, 1))
    assert isinstance(found, sstibet.Difference)
    expected = 2 * (Fraction("1413.24") - Fraction("1385.60"))
    assert found.due.decimal == expected
    assert [(str(line.before), str(line.after)) for line in found.lines] == [
        ("554.24", "565.30"),
        ("831.36", "847.94"),
    ] * 2
    assert found.after.due.decimal - found.before.due.decimal == expected
    assert "base held within the new bounds = 7066.20" in str(found.explain("en"))


def test_known_on_a_day_that_the_record_cannot_tell(book: sstibet.Rulebook) -> None:
    rules = book.on(date(2024, 3, 1), known_on=date(2024, 6, 1))
    answer = wrong(rules.quote("flexible_pension", {"base": "6928", "months": 1}))
    assert answer.code == "no_edition_publication_unknown"


def test_the_quick_price_is_the_quotes(book: sstibet.Rulebook) -> None:
    rules = book.on(date(2024, 11, 1))
    questions: list[tuple[str, dict[str, Any]]] = [
        ("flexible_pension", {"base_tier": "80", "months": 4}),
        ("flexible_pension", {"base": "7066.20", "months": 14}),
        ("resident_pension", {"tier": 200, "category": "severe_disability"}),
    ]
    for scheme, facts in questions:
        assert rules.price(scheme, facts) == quoted(rules.quote(scheme, facts)).due
    for facts in (
        {},
        {"months": 1},
        {"base": 1.0},
        {"base": "1", "months": 1},
        {"base": "7066.20", "months": 15},
    ):
        assert rules.price("flexible_pension", facts) == rules.quote("flexible_pension", facts)


def test_the_end_of_the_calendar(book: sstibet.Rulebook) -> None:
    answer = book.on(date(9999, 12, 1)).quote("flexible_pension", {"base": "1", "months": 2})
    assert wrong(answer).code == "calendar_end"


def test_refunds_are_told_line_by_line(book: sstibet.Rulebook) -> None:
    rows = [
        {"amount": "200", "given_back": "50", "booked_in": "yes"},
        {"amount": "100", "given_back": "0", "booked_in": "no"},
    ]
    facts = {"ground": "overlap", "payments": rows}
    found = book.on(MARCH).refund("resident_pension", facts)
    assert isinstance(found, sstibet.Entitlement)
    assert [str(line.amount) for line in found.lines] == ["150.00", "0.00"]
    assert [rule.id for rule in found.lines[1].refused] == ["booked_in"]
    assert (str(found.amount), found.confirmed_by) == ("150.00", "agency")
    assert "holds: booked in (yes) is yes" in str(found.explain("en"))


def test_a_ground_that_gives_nothing_is_refused_by_name(book: sstibet.Rulebook) -> None:
    rows = [{"amount": "200", "given_back": "0", "booked_in": "yes"}]
    refusal = book.on(MARCH).refund(
        "resident_pension", {"ground": "changed_mind", "payments": rows}
    )
    assert isinstance(refusal, Refusal)
    assert refusal.code == "changed_mind"
    assert refusal.failed[0].rule.startswith("refunds.yaml:")


def test_what_is_given_back_already_is_not_given_again(book: sstibet.Rulebook) -> None:
    rows = [{"amount": "200", "given_back": "200", "booked_in": "yes"}]
    refusal = book.on(MARCH).refund("resident_pension", {"ground": "overlap", "payments": rows})
    assert isinstance(refusal, Refusal)
    assert refusal.code == "nothing_left"
    assert refusal.text("en") == "nothing is left to give back"


def test_a_refund_waits_for_what_it_hangs_on(book: sstibet.Rulebook) -> None:
    rules = book.on(MARCH)
    assert rules.refund("resident_pension", {}) == Missing(("ground", "payments"))
    rows = [{"amount": "200", "given_back": "0"}]
    facts = {"ground": "overlap", "payments": rows}
    assert rules.refund("resident_pension", facts) == Missing(("payments.booked_in",))
    assert wrong(rules.refund("resident_pension", {**facts, "payments": []})).code == "no_payments"


def test_a_row_that_cannot_be_read_says_which_row_and_field(book: sstibet.Rulebook) -> None:
    rows: list[object] = [{"amount": "200"}, {"amount": "1,000"}]
    facts: dict[str, object] = {"ground": "overlap", "payments": rows}
    answer = wrong(book.on(MARCH).refund("resident_pension", facts))
    assert (answer.field, answer.code) == ("payments", "money_separator")
    assert answer.text("en") == "payments, row 2, paid 1,000 groups its digits; write 1000"
    assert "第 2 行" in answer.text("zh")
    for value in ("x", [1], [{"pad": 1}]):
        answer = wrong(book.on(MARCH).refund("resident_pension", {**facts, "payments": value}))
        assert "not_records" not in answer.text("en")


def test_a_programmers_mistake_is_an_exception(book: sstibet.Rulebook) -> None:
    rules = book.on(MARCH)
    with pytest.raises(UnknownName, match="flexible_pension"):
        rules.quote("flexible_pensoin", {})
    with pytest.raises(UnknownName):
        rules.may_pay("nothing", {})
    with pytest.raises(UnknownName):
        rules.parameter("nothing")
    for day in ("2025-03-01", None, 20250301):
        with pytest.raises(TypeError, match="date"):
            book.on(day)  # type: ignore[arg-type]  # the point of the test


def test_explanations_are_versioned_data_in_both_languages(book: sstibet.Rulebook) -> None:
    quote = quoted(book.on(MARCH).quote("flexible_pension", {"base": "7066.20", "months": 1}))
    data = quote.explain("en").json()
    assert data["schema"] == "sstibet.explanation/1"
    assert data["digest"] == book.digest
    steps = data["steps"]
    assert isinstance(steps, list)
    rounded = [step for step in steps if step["step"] == "rounding" and step["name"] == "part"]
    assert [(step["before"], step["after"], step["mode"]) for step in rounded] == [
        ("565.296", "565.30", "half_up")
    ]
    rules = {step["table"]: step for step in steps if step["step"] == "rule"}
    assert rules["rates"]["document"] == "国发〔2005〕38号"
    assert rules["bases"]["from"] == "2025-01-01"
    assert "个人账户" in str(quote.explain("zh"))
    assert "individual account" in str(quote.explain("en"))


def test_the_explanation_gives_the_quotes_own_amounts(book: sstibet.Rulebook) -> None:
    rules = book.on(date(2024, 11, 1))
    quote = quoted(rules.quote("flexible_pension", {"base_tier": "80", "months": 4}))
    steps: Any = quote.explain("en").json()["steps"]
    told = [step["amount"] for step in steps if step["step"] == "amount"]
    assert told == [str(line.amount) for line in quote.lines]


def test_money_in_any_exact_form(book: sstibet.Rulebook) -> None:
    from decimal import Decimal

    rules = book.on(MARCH)
    for base in ("7066.20", "7066.2", Decimal("7066.20"), Money(706620)):
        quote = quoted(rules.quote("flexible_pension", {"base": base, "months": "1"}))
        assert str(quote.due) == "1413.24"
