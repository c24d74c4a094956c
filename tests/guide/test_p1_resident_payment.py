"""P1 城乡居民申报及缴纳: 输入城乡两险缴费人的姓名和身份证件号码，系统自动带出
城乡医疗或城乡养老的参保登记信息；选择险种，点击下一步进行选档缴费（选择缴费方式、缴费年度、缴费档次）；点击确认提交完成缴款。"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from guide_kit import (
    Desk,
    declare_pension,
    name_and_number,
    pay_by_card,
    proves,
    tiers,
    to_resident_tiers,
    to_resident_years,
    years,
    yuan,
)

from sstibet import Span
from sstibet.bureau import Person
from sstibet.formats import days

OpenDesk = Callable[..., Desk]
BOTH = {"resident_pension": "2025", "resident_medical": "2026"}


@proves("P1.1", "P1.2", "P1.3", "P1.4", "P1.5", "P1.6")
def test_both_insurances_for_oneself(desk: Desk) -> None:
    """输入姓名和身份证件号码 … 点击确认提交完成缴款: every screen, and what it shows."""
    resident = desk.cast.resident
    visit = desk.begin("resident_payment", resident)
    visit.send(**name_and_number(resident))

    assert visit.shows("insured_name") == resident.name
    listed = visit.rows("chosen_enrolments")
    assert [row.values["scheme"] for row in listed] == ["resident_pension", "resident_medical"]
    assert all(row.pickable for row in listed)
    # What the register brings can't be changed by what is sent.
    assert visit.wrong(
        chosen_enrolments=[{"key": listed[0].key, "category": "extreme_hardship"}]
    ) == {"chosen_enrolments": "unknown_field"}

    visit.send(chosen_enrolments=[row.key for row in listed])
    assert [value for value, _ in visit.field("pay_mode").options or ()] == ["ordinary"]
    visit.send(**years(visit, **BOTH))

    offered = {
        row.values["scheme"]: [value for value, _ in row.options["tier"]]
        for row in visit.rows("chosen_enrolments")
    }
    assert offered == {
        "resident_pension": [
            *("100", "200", "300", "400", "500", "600"),
            *("700", "800", "900", "1000", "1500", "2000"),
        ],
        "resident_medical": ["standard"],
    }
    visit.send(**tiers(visit, resident_pension="500", resident_medical="standard"))

    # 500 for the tier, 400 for medical insurance; the government adds 60 and 700.
    assert visit.shows("amount_due") == "900.00"
    assert visit.shows("government_due") == "760.00"
    assert [row.values["amount"] for row in visit.rows("chosen_enrolments")] == ["500.00", "400.00"]
    assert visit.shows("insured_id_number").startswith(resident.id_number[:6] + "****")
    quote = visit.view.quote
    assert quote is not None
    assert (quote.due, quote.government) == (yuan("900.00"), yuan("760.00"))
    assert all(line.rule.startswith("tiers.yaml:") for line in quote.lines)
    assert visit.view.deadline == desk.clock.now() + 7 * 86400

    visit.send()
    assert (visit.view.state, visit.front.item) == ("paying", "payment")
    pay_by_card(visit, resident)
    desk.deliver()
    assert (visit.view.state, visit.view.ends) == ("paid", "well")
    assert visit.shows("voucher_no").startswith("4540162510")
    assert (visit.shows("amount_due"), visit.shows("booked_on")) == ("900.00", "2025-10-15")
    [live] = {p.declaration_no for p in desk.bureau.live_payments() if not p.seeded}
    assert live == desk.engine.store.get(visit.ref).answers["declaration_no"]  # type: ignore[union-attr]  # it was just paid


@proves("P1.1", "P1.6")
def test_for_somebody_else(desk: Desk) -> None:
    """One may pay for another whose name and number one knows; it is booked in for that person."""
    resident, student = desk.cast.resident, desk.cast.student
    visit = desk.begin("resident_payment", resident)
    to_resident_tiers(visit, student, resident_medical="2026")
    visit.send(**tiers(visit, resident_medical="standard"))
    assert visit.shows("insured_name") == student.name
    visit.send()
    pay_by_card(visit, resident)
    desk.deliver()

    [paid] = [each for each in desk.bureau.live_payments() if not each.seeded]
    assert (paid.actor, paid.period, paid.amount) == (student.actor, "2026", yuan("400.00"))


@proves("P1.1")
@pytest.mark.parametrize("which", ["name", "number", "both"])
def test_a_name_and_a_number_that_do_not_match_look_alike(which: str, desk: Desk) -> None:
    """Name known and number another's, number known and name another's, neither known."""
    resident, neighbour, nobody = desk.cast.resident, desk.cast.neighbour, "格桑虚构"
    asked = {
        "name": {"insured_name": nobody, "insured_id_number": neighbour.id_number},
        "number": {"insured_name": neighbour.name, "insured_id_number": resident.id_number},
        "both": {"insured_name": nobody, "insured_id_number": "549902199003030014"},
    }[which]
    if which == "both":
        from sstibet.resident_id import check_character

        first = "54990219900303999"
        asked["insured_id_number"] = first + check_character(first)
    visit = desk.begin("resident_payment", resident)
    after = visit.send(**asked)

    assert after.state == "not_found"
    assert after.text("zh") == "姓名与证件号码不符，请核对后重新填写"
    assert "enrolments" not in after.answers
    assert visit.send("back").state == "asking_who"
    assert visit.field("insured_name").value == asked["insured_name"], "nothing typed is lost"


@proves("P1.1")
def test_an_id_number_with_a_slip_is_told_at_once(desk: Desk) -> None:
    """Before anybody is asked; blanks and a lower-case x are no slips."""
    resident = desk.cast.resident
    number = resident.id_number
    visit = desk.begin("resident_payment", resident)
    slip = number[:16] + str((int(number[16]) + 1) % 10) + number[17]
    assert visit.wrong(insured_name=resident.name, insured_id_number=slip).keys() == {
        "insured_id_number"
    }
    assert visit.wrong(insured_name="", insured_id_number="").keys() == {
        "insured_name",
        "insured_id_number",
    }
    spaced = f" {number[:6]} {number[6:14]} {number[14:].lower()} "
    assert visit.send(insured_name=f" {resident.name} ", insured_id_number=spaced).state == (
        "choosing_enrolments"
    )


@proves("P1.2")
def test_who_is_not_enrolled_as_a_resident(desk: Desk) -> None:
    """The flexible worker is on the register, and not among the residents."""
    visit = desk.begin("resident_payment", desk.cast.resident)
    after = visit.send(**name_and_number(desk.cast.flexible))

    assert after.state == "no_enrolment"
    assert visit.send("back").state == "asking_who"


def test_at_least_one_enrolment_is_chosen(desk: Desk) -> None:
    """None, a made-up one, one twice: refused at the field."""
    visit = desk.begin("resident_payment", desk.cast.resident)
    visit.send(**name_and_number(desk.cast.resident))
    key = visit.rows("chosen_enrolments")[0].key

    assert visit.wrong(chosen_enrolments=[]) == {"chosen_enrolments": "required"}
    assert visit.wrong(chosen_enrolments=["5499999"]) == {"chosen_enrolments": "unknown_row"}
    assert visit.wrong(chosen_enrolments=[key, key]) == {"chosen_enrolments": "doubled_row"}


@proves("P1.4")
def test_a_tier_that_is_not_offered_is_refused(desk: Desk) -> None:
    """150 stands between two tiers; the medical tier is no tier of the pension's."""
    visit = desk.begin("resident_payment", desk.cast.resident)
    to_resident_tiers(visit, desk.cast.resident, **BOTH)

    for tier in ("150", "standard", ""):
        wrong = visit.wrong(**tiers(visit, resident_pension=tier, resident_medical="standard"))
        assert wrong.keys() == {"chosen_enrolments"}
    assert visit.front.quote is None


def test_a_pension_is_paid_for_the_current_year_only(desk: Desk) -> None:
    """居民养老保险只能缴纳本年度."""
    visit = desk.begin("resident_payment", desk.cast.resident)
    to_resident_years(visit, desk.cast.resident, "resident_pension")

    for year in ("2024", "2026"):
        refused = visit.refused(**years(visit, resident_pension=year))
        assert refused.refusal is not None
        assert refused.refusal.code == "pension_this_year_only"
    visit.send(**years(visit, resident_pension="2025"))


@pytest.mark.parametrize(
    ("at", "year", "allowed"),
    [
        ("2025-08-31T23:59:59", "2026", False),
        ("2025-09-01T00:00:00", "2026", True),
        ("2026-12-31T23:59:59", "2026", True),
        ("2027-01-01T00:00:00", "2026", False),
        # Until 2024 the central window was the only one: 1 September to 31 December.
        ("2023-12-31T23:59:59", "2024", True),
        ("2024-01-01T00:00:00", "2024", False),
    ],
)
def test_the_window_opens_and_closes_at_midnight_in_lhasa(
    at: str, year: str, allowed: bool, open_desk: OpenDesk
) -> None:
    """Outside of the collection window: refused, with the window; to the second."""
    desk = open_desk(at)
    resident = desk.cast.resident
    visit = desk.begin("resident_payment", resident)
    to_resident_years(visit, resident, "resident_medical")
    if allowed:
        visit.send(**years(visit, resident_medical=year))
        assert visit.send(**tiers(visit, resident_medical="standard")).state == "confirming"
        return
    refused = visit.refused(**years(visit, resident_medical=year))
    assert refused.refusal is not None
    window = [each.right for rule in refused.refusal.failed for each in rule.tests]
    first, end = int(year) - 1, int(year) + 1 if int(year) >= 2025 else int(year)
    assert Span(date(first, 9, 1), date(end, 1, 1)) in window
    assert f"{first}-09-01 – {end - 1}-12-31" in str(refused.refusal.explain("zh"))
    # The person is told the days, and not only that there are some.
    for language in ("zh", "en"):
        span = days(date(first, 9, 1), date(end - 1, 12, 31), language)
        assert str(first) in span
        assert span in refused.text(language)
    # As somebody who never paid this year, they would have paid nothing.
    assert desk.bureau.live_payments() == [p for p in desk.bureau.live_payments() if p.seeded]


def test_the_window_closes_between_choosing_and_confirming(open_desk: OpenDesk) -> None:
    """At 23:59:59 the amount is shown, at 00:00:00 it can't be declared any more."""
    desk = open_desk("2026-12-31T23:59:59")
    resident = desk.cast.resident
    visit = desk.begin("resident_payment", resident)
    to_resident_tiers(visit, resident, resident_medical="2026")
    visit.send(**tiers(visit, resident_medical="standard"))
    desk.put("2027-01-01T00:00:00")

    assert visit.failed_rules() == ["before_the_year_ends"]
    visit.send("back")
    assert visit.state == "choosing_tiers"


def test_the_pensions_year_ends_between_choosing_and_confirming(open_desk: OpenDesk) -> None:
    """A pension for 2025 that is confirmed on New Year's Day of 2026 is refused."""
    desk = open_desk("2025-12-31T23:59:59")
    resident = desk.cast.resident
    visit = desk.begin("resident_payment", resident)
    to_resident_tiers(visit, resident, resident_pension="2025")
    visit.send(**tiers(visit, resident_pension="200"))
    desk.put("2026-01-01T00:00:00")

    assert visit.failed_rules() == ["pension_this_year_only"]


def test_paying_within_the_year_waits_for_benefits(open_desk: OpenDesk) -> None:
    """Late: 3 months; lapsed for 4 years: 3 + 4 - 0, of at least 6; in the window: none."""
    late = open_desk("2026-03-01T10:00")

    def waits(desk: Desk, who: Person) -> object:
        visit = desk.begin("resident_payment", who)
        to_resident_tiers(visit, who, resident_medical="2026")
        visit.send(**tiers(visit, resident_medical="standard"))
        [row] = visit.rows("waiting_enrolments")
        return row.values["wait_months"]

    assert waits(late, late.cast.resident) == 3
    assert waits(late, late.cast.lapsed) == 7
    assert waits(late, late.cast.helped) == 0
    in_time = open_desk()
    assert waits(in_time, in_time.cast.resident) == 0


@pytest.mark.parametrize(
    ("role", "scheme", "year", "rule"),
    [
        ("elder", "resident_pension", "2025", "below_pension_age"),
        ("student", "resident_pension", "2025", "not_a_student"),
        ("employee", "resident_pension", "2025", "not_in_employee_pension"),
        ("employee", "resident_medical", "2026", "not_in_employee_medical"),
        ("away", "resident_medical", "2026", "not_in_another_pool"),
    ],
)
def test_who_may_not_pay_is_told_the_rule(
    role: str, scheme: str, year: str, rule: str, desk: Desk
) -> None:
    """By the register's own facts, whatever the person says."""
    who = getattr(desk.cast, role)
    visit = desk.begin("resident_payment", desk.cast.resident)
    to_resident_years(visit, who, scheme)

    refused = visit.refused(**years(visit, **{scheme: year}))
    assert refused.refusal is not None
    assert [each.id for each in refused.refusal.failed] == [rule]
    assert refused.refusal.failed[0].rule.startswith("periods.yaml:")


def test_a_monk_from_elsewhere_may_join_at_the_monastery(desk: Desk) -> None:
    """年满18周岁的僧尼在寺庙所在地参保."""
    monk = desk.cast.monastic
    visit = declare_pension(desk, monk, "100")

    assert visit.state == "choosing"
    assert visit.shows("amount_due") == "100.00"


def test_already_paid_for_the_year_is_refused(desk: Desk) -> None:
    """一个自然年度只能选择一个档次: this year's pension is paid."""
    settled = desk.cast.settled
    visit = desk.begin("resident_payment", settled)
    visit.send(**name_and_number(settled))
    paid = {r.values["scheme"]: r.values["paid_this_year"] for r in visit.rows("chosen_enrolments")}
    assert paid["resident_pension"] is True
    visit.send(chosen_enrolments=[visit.row("chosen_enrolments", scheme="resident_pension")])

    assert visit.failed_rules(**years(visit, resident_pension="2025")) == ["one_tier_a_year"]


def test_a_second_payment_for_the_same_year_is_refused_and_named(desk: Desk) -> None:
    """Medical insurance of 2026, paid in this very desk: 已缴费，不能重复缴费, and which."""
    resident = desk.cast.resident
    first = desk.begin("resident_payment", resident)
    to_resident_tiers(first, resident, resident_medical="2026")
    first.send(**tiers(first, resident_medical="standard"))
    first.send()
    pay_by_card(first, resident)
    desk.deliver()

    # Somebody else pays for the same person.
    second = desk.begin("resident_payment", desk.cast.neighbour)
    to_resident_tiers(second, resident, resident_medical="2026")
    second.send(**tiers(second, resident_medical="standard"))
    second.send()
    assert second.state == "already_paid"
    [line] = second.rows("declaration_lines")
    named = {name: line.values[name] for name in ("insured_name", "scheme", "coverage_year")}
    assert named == {
        "insured_name": resident.name,
        "scheme": "resident_medical",
        "coverage_year": 2026,
    }
    assert second.send("back").state == "choosing_enrolments"
    sums = desk.bureau.money()
    assert sums.booked == sums.charged - sums.given_back


@proves("P1.5", "P1.6")
def test_what_the_government_pays_whole_needs_no_payment(desk: Desk) -> None:
    """特困人员: medical insurance of 2026 costs the person nothing, the government 400 + 700."""
    helped = desk.cast.helped
    visit = desk.begin("resident_payment", helped)
    to_resident_tiers(visit, helped, resident_medical="2026")
    visit.send(**tiers(visit, resident_medical="standard"))
    assert visit.shows("amount_due") == "0.00"
    assert visit.shows("government_due") == "1100.00"
    before = desk.bureau.money()

    after = visit.send()
    assert (after.state, after.ends) == ("paid_by_government", "well")
    assert visit.shows("government_due") == "1100.00"
    assert desk.bureau.money().charged == before.charged

    # P1.6 by another way: what is due besides is paid.
    pension = declare_pension(desk, helped, "200")
    assert pension.shows("amount_due") == "100.00", "the lowest tier of 100 is paid by 代缴"
    pay_by_card(pension, helped)
    desk.deliver()
    assert pension.view.state == "paid"


def test_declared_and_unpaid_can_be_gone_on_with(desk: Desk) -> None:
    """Declared on Wednesday, the payment cancelled; on Thursday it is found and paid."""
    resident = desk.cast.resident
    first = declare_pension(desk, resident, "300")
    first.send("cancel")
    assert (first.view.state, first.shows("amount_due")) == ("declared_unpaid", "300.00")
    number = first.shows("declaration_no")
    desk.later(days=1)

    second = declare_pension(desk, resident, "500")
    assert second.state == "declared_before"
    assert second.shows("declaration_no") == number
    assert second.shows("declared_on") == "2025-10-15"
    assert second.shows("amount_due") == "300.00"
    second.send("go_on")
    pay_by_card(second, resident)
    desk.deliver()
    assert second.view.state == "paid"
    # The first item finds out when it asks again.
    first.send("pay_again")
    assert (first.view.state, first.view.ends) == ("paid_by_another", "well")


def test_declared_and_unpaid_can_be_voided_and_declared_anew(desk: Desk) -> None:
    """作废: then another tier for the same year."""
    resident = desk.cast.resident
    declare_pension(desk, resident, "300").send("cancel")
    second = declare_pension(desk, resident, "500")
    second.send("void_it")
    assert second.state == "choosing_tiers"
    second.send(**tiers(second, resident_pension="500"))
    second.send()
    pay_by_card(second, resident)
    desk.deliver()

    assert second.view.state == "paid"
    [paid] = [each for each in desk.bureau.live_payments() if not each.seeded]
    assert paid.amount == yuan("500.00")


def test_declared_and_unpaid_can_be_voided_from_the_item_itself(desk: Desk) -> None:
    """The payment is cancelled, the declaration voided: over, and nothing is paid."""
    visit = declare_pension(desk, desk.cast.resident)
    visit.send("cancel")
    after = visit.send("void_it")

    assert (after.state, after.ends) == ("voided", "badly")
    assert [each for each in desk.bureau.live_payments() if not each.seeded] == []


def test_what_two_people_declare_at_once_is_declared_once(desk: Desk) -> None:
    """Two confirm the same pension: the second is shown the first one's declaration."""
    resident = desk.cast.resident
    mine = desk.begin("resident_payment", resident)
    to_resident_tiers(mine, resident, resident_pension="2025")
    mine.send(**tiers(mine, resident_pension="200"))
    theirs = desk.begin("resident_payment", desk.cast.neighbour)
    to_resident_tiers(theirs, resident, resident_pension="2025")
    theirs.send(**tiers(theirs, resident_pension="500"))

    mine.send()
    theirs.send()
    assert (mine.view.state, theirs.view.state) == ("paying", "declared_before")
    # It is being paid, so it is neither paid nor voided by the other.
    theirs.send("go_on")
    assert theirs.view.state == "being_paid_elsewhere"
    pay_by_card(mine, resident)
    desk.deliver()
    theirs.send("back")
    theirs.send("pay_again")
    assert (mine.view.state, theirs.view.state) == ("paid", "paid_by_another")
    assert len({p.declaration_no for p in desk.bureau.live_payments() if not p.seeded}) == 1


def test_back_leads_back_with_nothing_lost(desk: Desk) -> None:
    """From the amount back to the years, and forward again without typing anything anew."""
    resident = desk.cast.resident
    visit = desk.begin("resident_payment", resident)
    to_resident_tiers(visit, resident, **BOTH)
    visit.send(**tiers(visit, resident_pension="500", resident_medical="standard"))
    visit.send("back")
    assert {row.values["scheme"]: row.given for row in visit.rows("chosen_enrolments")} == {
        "resident_pension": {"tier": "500"},
        "resident_medical": {"tier": "standard"},
    }
    visit.send("back")
    visit.send()
    visit.send()
    assert (visit.state, visit.shows("amount_due")) == ("confirming", "900.00")


def test_a_newborn_of_the_29_february_has_90_days(open_desk: OpenDesk) -> None:
    """Born on 2024-02-29, outside of the window: the 90th day is 2024-05-29."""
    desk = open_desk("2024-04-29T09:00")
    newborn, parent = desk.cast.newborn, desk.cast.resident
    assert newborn.birth_date == date(2024, 2, 29)
    desk.put("2024-05-29T23:59:00")
    visit = desk.begin("resident_payment", parent)
    to_resident_years(visit, newborn, "resident_medical")
    desk.put("2024-05-30T00:00:00")
    assert visit.failed_rules(**years(visit, resident_medical="2024")) == ["in_window"]
    desk.put("2024-05-29T23:59:59")
    visit.send(**years(visit, resident_medical="2024"))
    visit.send(**tiers(visit, resident_medical="standard"))
    assert visit.shows("amount_due") == "380.00"


def test_a_tier_whose_price_ends_between_declaring_and_paying(open_desk: OpenDesk) -> None:
    """On 2017-08-01 the government begins to pay 100 for people in extreme hardship. Declared a
    minute before midnight at 200: what is being paid then stays as it was declared; what isn't
    paid yet can't be paid at yesterday's price, and is declared anew at 100."""
    desk = open_desk("2017-07-31T23:59")
    helped = desk.cast.helped
    paying = declare_pension(desk, helped, "200", "2017")
    assert paying.shows("amount_due") == "200.00"
    desk.put("2017-08-01T00:00:00")
    assert paying.shows("amount_due") == "200.00"

    paying.send("cancel")
    [pay, void] = paying.view.events
    assert (pay.name, pay.allowed, void.name, void.allowed) == ("pay_again", False, "void_it", True)
    assert paying.failed_rules("pay_again") == ["amount_changed"]
    paying.send("void_it")
    anew = declare_pension(desk, helped, "200", "2017")
    assert anew.shows("amount_due") == "100.00"
    pay_by_card(anew, helped)
    desk.deliver()
    assert anew.view.state == "paid"


def test_an_item_that_is_left_ends_and_the_declaration_stays(desk: Desk) -> None:
    """Seven days on a form: over. Thirty days declared and unpaid: over, still to be voided."""
    left = desk.begin("resident_payment", desk.cast.resident)
    declared = declare_pension(desk, desk.cast.neighbour)
    declared.send("cancel")
    desk.later(days=7)
    assert (left.state, left.view.ends) == ("abandoned", "badly")
    desk.later(days=24)
    assert (declared.state, declared.view.ends) == ("left_unpaid", "badly")
    void = desk.begin("void_declaration", desk.cast.neighbour)
    assert [row.values["status"] for row in void.rows("chosen_declaration")] == ["unpaid"]


@pytest.mark.parametrize("verb", ["registry.find_enrolments", "ledger.declare"])
def test_a_system_that_is_away_is_asked_again(verb: str, desk: Desk) -> None:
    """暂时无法访问: nothing is lost, and nothing is declared twice."""
    resident = desk.cast.resident
    desk.bureau.tell(verb, "down", times=1)
    visit = desk.begin("resident_payment", resident)
    visit.send(**name_and_number(resident))
    if visit.state == "register_away":
        visit.send("again")
    visit.send(chosen_enrolments=[visit.row("chosen_enrolments", scheme="resident_pension")])
    visit.send(**years(visit, resident_pension="2025"))
    visit.send(**tiers(visit, resident_pension="200"))
    visit.send()
    if visit.view.state == "ledger_away":
        visit.send("again")
    assert visit.view.state == "paying"


def test_only_who_declared_voids_it(desk: Desk) -> None:
    """The neighbour declares for the resident, who has done so: told, and led back to paying."""
    resident, neighbour = desk.cast.resident, desk.cast.neighbour
    declare_pension(desk, resident, "300").send("cancel")
    theirs = desk.begin("resident_payment", neighbour)
    to_resident_tiers(theirs, resident, resident_pension="2025")
    theirs.send(**tiers(theirs, resident_pension="500"))
    theirs.send()
    assert theirs.state == "declared_before"
    theirs.send("void_it")
    assert theirs.state == "declared_by_another"
    theirs.send("back")
    theirs.send("go_on")
    pay_by_card(theirs, neighbour)
    desk.deliver()
    assert theirs.view.state == "paid"


def test_what_was_shown_on_another_day_is_checked_again(desk: Desk) -> None:
    """Medical insurance of 2026: shown half a minute before the window's end without a waiting
    period, confirmed after midnight, when three months are waited for (国办发〔2024〕38号)."""
    resident = desk.cast.resident
    desk.put("2025-12-31T23:59:30")
    visit = desk.begin("resident_payment", resident)
    to_resident_tiers(visit, resident, resident_medical="2026")
    visit.send(**tiers(visit, resident_medical="standard"))
    assert [row.values["wait_months"] for row in visit.rows("waiting_enrolments")] == [0]
    desk.put("2026-01-01T00:00:01")
    assert visit.failed_rules() == ["shown_before_today"]
    visit.send("back")
    visit.send(**tiers(visit, resident_medical="standard"))
    assert [row.values["wait_months"] for row in visit.rows("waiting_enrolments")] == [3]
    visit.send()
    assert visit.view.state == "paying"


def test_a_tier_is_called_by_its_name_before_it_is_confirmed(desk: Desk) -> None:
    """The tier's label, not its id: for one who confirms an amount."""
    resident = desk.cast.resident
    visit = desk.begin("resident_payment", resident)
    to_resident_tiers(visit, resident, resident_pension="2025", resident_medical="2026")
    visit.send(**tiers(visit, resident_pension="200", resident_medical="standard"))
    shown = visit.field("chosen_enrolments").rows
    assert shown is not None
    [column] = [each for each in shown.shows if each.name == "tier"]
    assert [shown.cell(row, column, "zh") for row in shown.rows] == ["200.00元/年", "全国最低标准"]
