"""B1 社保费缴费基数确认: 系统带出参保登记信息；点击“下一步”，选择生效月份和缴费基数；
选择缴费基数和档次；提交。"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from guide_kit import Desk, Visit, name_and_number, pay_by_card, proves

from sstibet.bureau import Person

OpenDesk = Callable[..., Desk]
# 60 % and 200 % of 126,000 / 12 in 2025, of 11,000 in 2026 (rates.yaml; both invented there).
FLOOR, CEILING = "6300.00", "21000.00"


def to_month(desk: Desk, who: Person, scheme: str = "flexible_medical") -> Visit:
    """The insurance is chosen."""
    visit = desk.begin("base_confirmation", who)
    visit.send(chosen_enrolments=visit.row("chosen_enrolments", scheme=scheme))
    return visit


def months(desk: Desk, who: Person, scheme: str, first: str, last: str) -> Visit:
    """The list of months of the item that pays them, for one whose base is confirmed."""
    visit = desk.begin("flexible_payment", who)
    visit.send(**name_and_number(who))
    visit.send(chosen_enrolments=visit.row("chosen_enrolments", scheme=scheme))
    visit.send(period_from=first, period_to=last)
    return visit


def column(visit: Visit, name: str) -> list[object]:
    """A column of the months."""
    return [row.values.get(name) for row in visit.rows("chosen_months")]


@proves("B1.1", "B1.2", "B1.3", "B1.4")
def test_a_base_by_a_tier(desk: Desk) -> None:
    """选择生效月份 … 选择缴费基数和档次: 100 % of the mean wage of 2025, and a month of it."""
    worker = desk.cast.worker
    visit = desk.begin("base_confirmation", worker)
    assert [row.values["scheme"] for row in visit.rows("chosen_enrolments")] == [
        "flexible_pension",
        "flexible_medical",
    ]
    visit.send(chosen_enrolments=visit.row("chosen_enrolments", scheme="flexible_pension"))
    assert visit.field("scheme").display("zh") == "灵活就业人员基本养老保险"
    visit.send(effective_month="2025-11")
    assert visit.wrong(base_tier="70") == {"base_tier": "not_an_option"}
    visit.send(base_tier="100")

    assert visit.shows("effective_month") == "2025-11"
    assert Fraction(visit.shows("base")) == 11777
    assert Fraction(visit.shows("monthly_due")) == Fraction(11777) / 5
    after = visit.send()
    assert (after.state, after.ends) == ("confirmed", "well")
    assert len(str(after.answers["confirmation_no"])) > 8

    listed = months(desk, worker, "flexible_pension", "2025-10", "2025-12")
    assert column(listed, "base")[1:] == ["11777.00", "11777.00"]
    assert [row.pickable for row in listed.rows("chosen_months")] == [False, True, True]


@proves("B1.2", "B1.3", "B1.4")
def test_a_base_as_an_amount(desk: Desk) -> None:
    """Medical insurance has no tiers: 8 % of the base and 10 on top."""
    visit = to_month(desk, desk.cast.worker)
    visit.send(effective_month="2025-10")
    assert visit.failed_rules("by_tier") == ["no_tiers"]
    visit.send(base="8,000.50".replace(",", ""))
    assert Fraction(visit.shows("monthly_due")) == Fraction("8000.50") * Fraction(8, 100) + 10
    visit.send()
    assert visit.state == "confirmed"


@proves("B1.3")
@pytest.mark.parametrize(
    ("month", "base", "code"),
    [
        ("2025-10", "6299.99", "below_floor"),
        ("2025-10", FLOOR, None),
        ("2025-10", CEILING, None),
        ("2025-10", "21000.01", "above_ceiling"),
        ("2026-01", "6300.00", "below_floor"),
        ("2026-01", "6600.00", None),
        ("2026-01", "22000.00", None),
        ("2026-01", "22000.01", "above_ceiling"),
    ],
)
def test_a_base_is_inside_of_the_months_bounds(
    month: str, base: str, code: str | None, desk: Desk
) -> None:
    """To the fen, by the bounds of the month from which it holds."""
    visit = to_month(desk, desk.cast.worker)
    visit.send(effective_month=month)
    if code is None:
        visit.send(base=base)
        assert visit.shows("base") == base
        visit.send()
        assert visit.state == "confirmed"
        return
    refused = visit.refused(base=base)
    [problem] = refused.problems
    assert (problem.field, problem.code) == ("base", code)
    bound = {"below_floor": ("6300.00", "6600.00"), "above_ceiling": ("21000.00", "22000.00")}
    assert bound[code][month == "2026-01"] in problem.text("zh")
    # The claim of the step is proved by what may be given.
    visit.send(base="8000")


@pytest.mark.parametrize("base", ["", "abc", "-7000", "7000.001", "七千", "1e4", "７０００．５"])
def test_an_amount_as_people_type_it(base: str, desk: Desk) -> None:
    """What is no amount is told at the field; full-width digits are one."""
    visit = to_month(desk, desk.cast.worker)
    visit.send(effective_month="2025-10")
    if base == "７０００．５":
        visit.send(base=base)
        assert visit.shows("base") == "7000.50"
        return
    assert visit.wrong(base=base).keys() == {"base"}


@proves("B1.2")
def test_no_past_month_and_no_month_that_is_none(desk: Desk) -> None:
    """生效月份不能早于本月."""
    visit = to_month(desk, desk.cast.worker)
    assert visit.wrong(effective_month="2025-13").keys() == {"effective_month"}
    refused = visit.refused(effective_month="2025-09")
    assert refused.text("zh") == "生效月份不能早于本月（以前月份不得补缴）"
    visit.send(effective_month="2025年10月".replace("年", "-").replace("月", ""))
    assert visit.state == "giving_amount"


def test_the_month_is_past_when_it_is_confirmed(open_desk: OpenDesk) -> None:
    """Chosen on 31 October at 23:59:59, confirmed at midnight: refused, chosen again."""
    desk = open_desk("2025-10-31T23:59:59")
    visit = to_month(desk, desk.cast.worker)
    visit.send(effective_month="2025-10")
    visit.send(base="8000")
    desk.put("2025-11-01T00:00:00")
    assert visit.failed_rules() == ["month_past"]
    visit.send("back")
    visit.send(effective_month="2025-11")
    visit.send(base="8000")
    assert visit.send().state == "confirmed"


def test_months_that_are_paid_keep_their_base(desk: Desk) -> None:
    """September and October are paid on 8,000: a new base holds from November on at the earliest,
    and what is paid stays as it is."""
    flexible = desk.cast.flexible
    before = [
        (p.period, p.amount) for p in desk.bureau.live_payments() if p.actor == flexible.actor
    ]
    visit = to_month(desk, flexible)
    visit.send(effective_month="2025-10")
    visit.send(base="10000")
    visit.send()
    assert visit.state == "already_paid"
    assert visit.shows("first_unpaid_month") == "2025-11"
    visit.send("back")
    visit.send(effective_month="2025-11")
    visit.send()
    visit.send()
    assert visit.state == "confirmed"

    after = [(p.period, p.amount) for p in desk.bureau.live_payments() if p.actor == flexible.actor]
    assert after == before
    listed = months(desk, flexible, "flexible_medical", "2025-09", "2025-12")
    assert column(listed, "base") == ["8000.00", "8000.00", "10000.00", "10000.00"]


def test_a_change_holds_for_the_months_after_it(desk: Desk) -> None:
    """8,000 from October, 9,000 from December; then October is paid, and can't be changed."""
    worker = desk.cast.worker
    for month, base in (("2025-10", "8000"), ("2025-12", "9000")):
        visit = to_month(desk, worker)
        visit.send(effective_month=month)
        visit.send(base=base)
        visit.send()
    listed = months(desk, worker, "flexible_medical", "2025-10", "2025-12")
    assert column(listed, "base") == ["8000.00", "8000.00", "9000.00"]
    listed.send(chosen_months=["2025-10"])
    listed.send()
    pay_by_card(listed, worker)
    desk.deliver()
    assert listed.view.state == "paid"
    late = to_month(desk, worker)
    late.send(effective_month="2025-10")
    late.send(base="7000")
    late.send()
    assert late.state == "already_paid"


@proves("B1.1")
def test_a_resident_has_no_base_to_confirm(desk: Desk) -> None:
    """没有灵活就业参保登记."""
    visit = desk.begin("base_confirmation", desk.cast.resident)
    assert (visit.state, visit.view.ends) == ("no_enrolment", "badly")


@pytest.mark.parametrize("verb", ["registry.my_enrolments", "ledger.confirm_base"])
def test_a_system_that_is_away_is_asked_again(verb: str, desk: Desk) -> None:
    """Nothing is confirmed twice, nothing is lost."""
    desk.bureau.tell(verb, "down", times=1)
    visit = desk.begin("base_confirmation", desk.cast.worker)
    if visit.state == "register_away":
        visit.send("again")
    visit.send(chosen_enrolments=visit.row("chosen_enrolments", scheme="flexible_medical"))
    visit.send(effective_month="2025-10")
    visit.send(base="8000")
    visit.send()
    if visit.state == "ledger_away":
        visit.send("again")
    assert visit.state == "confirmed"
