"""P2 灵活就业申报及缴纳: 选择缴费所属期起、缴费所属期止、缴费档次；点击“下一步”
选择所选属期内的缴费明细完成缴费，可以针对一个月进行缴费，也可以全年进行缴费。"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from guide_kit import Desk, Visit, name_and_number, pay_by_card, proves, yuan

from sstibet.bureau import Person

OpenDesk = Callable[..., Desk]
# The mean wages of 2024 and 2025 that the pension's tiers are shares of (rates.yaml); 2024 has
# listed bounds.
MEAN_2025 = Fraction(11777)
FLOOR_2024, FLOOR_2025 = Fraction(6928), Fraction(706620, 100)


def fen(amount: Fraction) -> str:
    """An amount half up to the fen, as it is shown."""
    whole = int(amount * 100 + Fraction(1, 2))
    return f"{whole // 100}.{whole % 100:02d}"


def to_months(desk: Desk, who: Person, scheme: str, first: str, last: str, **more: str) -> Visit:
    """On to the list of months."""
    visit = desk.begin("flexible_payment", who)
    visit.send(**name_and_number(who))
    visit.send(chosen_enrolments=visit.row("chosen_enrolments", scheme=scheme))
    visit.send(period_from=first, period_to=last, **more)
    return visit


def column(visit: Visit, name: str) -> dict[str, object]:
    """A column of the months by month."""
    return {row.key: row.values.get(name) for row in visit.rows("chosen_months")}


def tickable(visit: Visit) -> list[str]:
    """The months that may be ticked."""
    return [row.key for row in visit.rows("chosen_months") if row.pickable]


@proves("P2.1", "P2.2", "P2.3", "P2.4", "P2.5", "P2.6", "P2.7")
def test_the_rest_of_the_year_by_a_tier(desk: Desk) -> None:
    """输入姓名和身份证件号码 … “确认提交”，“建行支付”: a quarter at 80 % of the mean."""
    worker = desk.cast.worker
    visit = desk.begin("flexible_payment", worker)
    visit.send(**name_and_number(worker))
    assert [row.values["scheme"] for row in visit.rows("chosen_enrolments")] == [
        "flexible_pension",
        "flexible_medical",
    ]
    assert visit.wrong(
        chosen_enrolments=[row.key for row in visit.rows("chosen_enrolments")]
    ).keys() == {"chosen_enrolments"}, "one at a time"
    visit.send(chosen_enrolments=visit.row("chosen_enrolments", scheme="flexible_pension"))
    assert [value for value, _ in visit.field("base_tier").options or ()] == [
        *("60", "80", "100", "150", "200", "250", "300")
    ]
    visit.send(period_from="2025-10", period_to="2025-12", base_tier="80")

    base = MEAN_2025 * Fraction(80, 100)
    assert column(visit, "base") == dict.fromkeys(["2025-10", "2025-11", "2025-12"], fen(base))
    assert set(column(visit, "amount").values()) == {fen(base * Fraction(20, 100))} == {"1884.32"}
    visit.send(chosen_months=tickable(visit))
    assert visit.shows("amount_due") == fen(3 * Fraction("1884.32")) == "5652.96"
    quote = visit.view.quote
    assert quote is not None
    # 8 % to the individual account, the rest of 20 % to the pool, for each month.
    assert [(line.part, str(line.amount)) for line in quote.lines] == [
        ("account", "753.73"),
        ("pooled", "1130.59"),
    ] * 3

    visit.send()
    assert (visit.view.state, visit.front.item) == ("paying", "payment")
    pay_by_card(visit, worker)
    desk.deliver()
    assert (visit.view.state, visit.view.ends) == ("paid", "well")
    paid = {p.period: p.amount for p in desk.bureau.live_payments() if not p.seeded}
    assert paid == dict.fromkeys(["2025-10", "2025-11", "2025-12"], yuan("1884.32"))


@proves("P2.5", "P2.6", "P2.7")
@pytest.mark.parametrize("months", [["2025-11"], ["2025-10", "2025-12"]])
def test_one_month_or_some(months: list[str], desk: Desk) -> None:
    """可以针对一个月进行缴费: medical insurance on a base of 8,000.01: 8 % and 10 on top."""
    worker = desk.cast.worker
    visit = to_months(desk, worker, "flexible_medical", "2025-10", "2025-12", base="8000.01")
    one = Fraction("8000.01") * Fraction(8, 100) + 10
    visit.send(chosen_months=months)

    assert visit.shows("amount_due") == fen(Fraction(fen(one)) * len(months))
    visit.send()
    pay_by_card(visit, worker)
    desk.deliver()
    assert sorted(p.period for p in desk.bureau.live_payments() if not p.seeded) == months
    again = to_months(desk, worker, "flexible_medical", "2025-10", "2025-12", base="8000.01")
    assert [m for m, paid in column(again, "paid").items() if paid] == months
    assert tickable(again) == [m for m in ("2025-10", "2025-11", "2025-12") if m not in months]


@proves("P2.5")
def test_a_whole_year_over_two_editions(open_desk: OpenDesk) -> None:
    """也可以全年进行缴费: from November 2024 on at the floor, each month by its own year's."""
    desk = open_desk("2024-11-15T10:00")
    visit = to_months(
        desk, desk.cast.worker, "flexible_pension", "2024-11", "2025-10", base_tier="60"
    )
    assert len(tickable(visit)) == 12
    visit.send(chosen_months=tickable(visit))

    old, new = FLOOR_2024 / 5, FLOOR_2025 / 5
    amounts = [row.values["amount"] for row in visit.rows("chosen_months")]
    assert amounts == [fen(old)] * 2 + [fen(new)] * 10 == ["1385.60"] * 2 + ["1413.24"] * 10
    assert visit.shows("amount_due") == fen(2 * old + 10 * new) == "16903.60"


def test_months_that_are_past_paid_or_without_a_price_cannot_be_ticked(desk: Desk) -> None:
    """Shown with what is in the way: September is past and paid, October paid, January unpriced."""
    flexible = desk.cast.flexible
    visit = to_months(desk, flexible, "flexible_pension", "2025-08", "2026-01")

    assert tickable(visit) == ["2025-11", "2025-12"]
    assert [m for m, allowed in column(visit, "allowed").items() if not allowed] == [
        "2025-08",
        "2025-09",
    ]
    assert [m for m, paid in column(visit, "paid").items() if paid] == ["2025-09", "2025-10"]
    assert [m for m, priced in column(visit, "priced").items() if not priced] == ["2026-01"]
    for row in visit.rows("chosen_months"):
        assert (row.why_not is None) == row.pickable
    for month in ("2025-08", "2025-10", "2026-01"):
        wrong = visit.refused(chosen_months=[month, "2025-11"])
        [problem] = wrong.problems
        assert (problem.field, problem.code) == ("chosen_months", "row_not_pickable")
        assert "已缴费" in problem.text("zh")
    visit.send(chosen_months=["2025-11"])
    # The base of 8,000 that is confirmed: no tier was asked.
    assert visit.shows("amount_due") == fen(Fraction(8000) / 5) == "1600.00"


def test_months_before_the_enrolment_cannot_be_ticked(desk: Desk) -> None:
    """当月未参保: enrolled since October 2020."""
    worker = desk.cast.worker
    since = next(e.since for e in worker.enrolments if e.scheme == "flexible_pension")
    visit = to_months(
        desk, worker, "flexible_pension", str(since.plus(-2)), str(since.plus(1)), base_tier="60"
    )

    assert list(column(visit, "enrolled").values()) == [False, False, True, True]
    assert tickable(visit) == []
    assert visit.wrong(chosen_months=[]) == {"chosen_months": "nothing_to_choose"}
    assert visit.send("back").state == "choosing_period"


@pytest.mark.parametrize(
    ("period", "field"),
    [
        (("2025-12", "2025-10"), "period_to"),
        (("2025-10", "2027-10"), "period_to"),
        (("2025-13", "2025-12"), "period_from"),
        (("2025-10", "October"), "period_to"),
        (("", "2025-12"), "period_from"),
    ],
)
def test_a_period_that_cannot_be(period: tuple[str, str], field: str, desk: Desk) -> None:
    """Turned round, more than 24 months, no month at all: told at the field."""
    visit = desk.begin("flexible_payment", desk.cast.worker)
    visit.send(**name_and_number(desk.cast.worker))
    visit.send(chosen_enrolments=visit.row("chosen_enrolments", scheme="flexible_pension"))
    wrong = visit.wrong(period_from=period[0], period_to=period[1], base_tier="60")
    assert wrong.keys() == {field}
    visit.send(period_from="2025-10", period_to="2027-09", base_tier="60")
    assert len(visit.rows("chosen_months")) == 24


@pytest.mark.parametrize(
    ("base", "months"),
    [
        # 60 % and 200 % of 10,500 in 2025, of 11,000 in 2026.
        ("6299.99", []),
        ("6300", ["2025-12"]),
        ("6600", ["2025-12", "2026-01"]),
        ("21000", ["2025-12", "2026-01"]),
        ("21000.01", ["2026-01"]),
        ("22000.01", []),
    ],
)
def test_a_base_outside_of_a_years_bounds_has_no_price(
    base: str, months: list[str], desk: Desk
) -> None:
    """Each month by the bounds of its own year."""
    visit = to_months(desk, desk.cast.worker, "flexible_medical", "2025-12", "2026-01", base=base)
    assert tickable(visit) == months


def test_a_tier_and_a_base_are_asked_only_where_none_is_confirmed(desk: Desk) -> None:
    """已确认缴费基数的，按确认的基数缴费，无需选择."""

    def asked(who: Person, scheme: str) -> set[str]:
        visit = desk.begin("flexible_payment", who)
        visit.send(**name_and_number(who))
        visit.send(chosen_enrolments=visit.row("chosen_enrolments", scheme=scheme))
        form = visit.front.form
        assert form is not None
        return {each.fact for each in form.fields} & {"base", "base_tier"}

    assert asked(desk.cast.worker, "flexible_pension") == {"base_tier"}
    assert asked(desk.cast.worker, "flexible_medical") == {"base"}
    assert asked(desk.cast.flexible, "flexible_pension") == set()


def test_nobody_pays_for_the_past_after_midnight(open_desk: OpenDesk) -> None:
    """不得补缴以前月份: October is listed on the 31st at 23:59:59 and can't be confirmed a second
    later; the other months can be chosen again."""
    desk = open_desk("2025-10-31T23:59:59")
    worker = desk.cast.worker
    visit = to_months(desk, worker, "flexible_pension", "2025-10", "2025-12", base_tier="60")
    visit.send(chosen_months=tickable(visit))
    assert len(visit.rows("chosen_months")) == 3
    desk.put("2025-11-01T00:00:00")

    assert visit.failed_rules() == ["no_back_payment"]
    visit.send("back")
    assert tickable(visit) == ["2025-11", "2025-12"]


def test_from_retirement_age_on_no_month_is_allowed(desk: Desk) -> None:
    """女45周岁: the first day of the month decides; born on the 29th of March 1996."""
    worker = desk.cast.worker
    turns = worker.birth_date.year + 45
    desk.put(f"{turns}-02-10T09:00")
    visit = to_months(
        desk, worker, "flexible_pension", f"{turns}-02", f"{turns}-05", base_tier="60"
    )
    months = column(visit, "allowed")
    # The birthday is in March: on the 1st of March she is 44, on the 1st of April 45.
    assert worker.birth_date.month == 3
    assert list(months.values()) == [True, True, False, False]


def test_declared_months_are_gone_on_with_or_voided(desk: Desk) -> None:
    """Declared and unpaid: shown and not to be ticked anew, but to be paid or voided."""
    worker = desk.cast.worker
    first = to_months(desk, worker, "flexible_pension", "2025-10", "2025-12", base_tier="60")
    second = to_months(desk, worker, "flexible_pension", "2025-10", "2025-12", base_tier="100")
    first.send(chosen_months=["2025-10", "2025-11"])
    first.send()
    first.send("cancel")
    assert first.view.state == "declared_unpaid"
    assert [row.values["month"] for row in first.rows("declaration_lines")] == [
        "2025-10",
        "2025-11",
    ]

    # The second was listed before; it meets the first one's declaration when it confirms.
    second.send(chosen_months=["2025-11"])
    second.send()
    assert second.state == "declared_before"
    assert second.shows("amount_due") == fen(2 * FLOOR_2025 / 5)
    second.send("void_it")
    assert second.state == "choosing_months"
    assert tickable(second) == ["2025-10", "2025-11", "2025-12"]
    second.send(chosen_months=["2025-11"])
    second.send()
    pay_by_card(second, worker)
    desk.deliver()
    assert second.view.state == "paid"
    [paid] = [p for p in desk.bureau.live_payments() if not p.seeded]
    assert (paid.period, str(paid.amount)) == ("2025-11", fen(MEAN_2025 / 5))
    # The first item's declaration is void by now: it ends so.
    first.send("pay_again")
    assert first.view.state == "voided"


def test_declared_in_october_may_be_paid_in_november(desk: Desk) -> None:
    """What counts is the month in which it was declared."""
    worker = desk.cast.worker
    visit = to_months(desk, worker, "flexible_pension", "2025-10", "2025-10", base_tier="60")
    visit.send(chosen_months=["2025-10"])
    visit.send()
    visit.send("cancel")
    desk.later(days=20)
    visit.send("pay_again")
    pay_by_card(visit, worker)
    desk.deliver()
    assert visit.view.state == "paid"


@proves("P2.1", "P2.2")
def test_a_resident_is_no_flexible_worker_and_names_must_match(desk: Desk) -> None:
    """没有灵活就业参保登记; 姓名与证件号码不符."""
    visit = desk.begin("flexible_payment", desk.cast.worker)
    assert visit.send(**name_and_number(desk.cast.resident)).state == "no_enrolment"
    visit.send("back")
    mixed = {**name_and_number(desk.cast.worker), "insured_name": desk.cast.resident.name}
    assert visit.send(**mixed).state == "not_found"
    visit.send("back")
    assert visit.send(**name_and_number(desk.cast.worker)).state == "choosing_enrolment"


@pytest.mark.parametrize("verb", ["registry.find_enrolments", "ledger.bases", "ledger.months"])
def test_a_system_that_is_away_is_asked_again(verb: str, desk: Desk) -> None:
    """Each look-up has its own way to try again, and to go back."""
    worker = desk.cast.worker
    desk.bureau.tell(verb, "down", times=1)
    visit = desk.begin("flexible_payment", worker)

    def again() -> None:
        if visit.state.endswith("_away"):
            visit.send("again")

    visit.send(**name_and_number(worker))
    again()
    visit.send(chosen_enrolments=visit.row("chosen_enrolments", scheme="flexible_pension"))
    again()
    visit.send(period_from="2025-10", period_to="2025-12", base_tier="60")
    again()
    assert tickable(visit) == ["2025-10", "2025-11", "2025-12"]
