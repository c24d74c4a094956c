"""R1 社保费正常缴费退费申请: 系统带出“姓名”、“身份证件类型”、“身份证件号码”、“国籍（地区）”；
选择退费的险种信息；未进行存款账户账号备案的用户，系统提示进行存款账户备案；填写退费申请理由，选择退费原因类型和银行账户；
点击“添加应退费明细”，选择所属期，系统自动查询该属期已缴费入库的信息；系统提示“退费申请成功”。"""

from __future__ import annotations

from typing import Any

import pytest
from guide_kit import (
    ACCOUNT,
    ANOTHER_CARD,
    Desk,
    Visit,
    declare_pension,
    pay_by_card,
    proves,
    tiers,
    to_resident_tiers,
    yuan,
)

YEAR_2026 = {"period_from": "2026-01", "period_to": "2026-12"}


def to_reason(desk: Desk, scheme: str = "resident_medical") -> Visit:
    """The refunder, who has an account on file, to the reason."""
    visit = desk.begin("refund", desk.cast.refunder)
    visit.send()
    visit.send(scheme=scheme)
    return visit


def to_lines(
    desk: Desk,
    ground: str = "paid_twice",
    scheme: str = "resident_medical",
    period: dict[str, str] = YEAR_2026,
) -> Visit:
    """On to the list of what is booked in."""
    visit = to_reason(desk, scheme)
    visit.send(
        reason_text="同一年度缴了两次",
        refund_ground=ground,
        chosen_account=visit.row("chosen_account"),
    )
    visit.send(**period)
    return visit


def keys(visit: Visit) -> list[str]:
    """The payments that may be ticked."""
    return [row.key for row in visit.rows("refund_lines") if row.pickable]


def amounts(visit: Visit) -> list[Any]:
    """What is given back of each ticked line."""
    return [row.values["refund_amount"] for row in visit.rows("refund_lines")]


@proves("R1.1", "R1.2", "R1.3", "R1.4", "R1.5", "R1.6", "R1.7")
def test_a_year_that_was_paid_twice(desk: Desk) -> None:
    """From the person's data to the money on the account, with what each screen shows."""
    refunder = desk.cast.refunder
    before = desk.bureau.money()
    visit = desk.begin("refund", refunder)
    assert visit.shows("person_name") == refunder.name
    assert visit.field("id_type").display("zh") == "居民身份证"
    assert visit.shows("id_number") == refunder.id_number[:6] + "*" * 8 + refunder.id_number[14:]
    assert visit.field("nationality").display("zh") == "中国"
    assert visit.wrong(person_name="别人") == {"person_name": "read_only"}
    visit.send()
    visit.send(scheme="resident_medical")

    # 已经备案的用户系统自动跳过该步骤.
    assert visit.state == "giving_reason"
    [account] = visit.rows("chosen_account")
    assert account.values["account_tail"].isdigit()
    assert visit.wrong().keys() == {"reason_text", "refund_ground", "chosen_account"}
    visit.send(
        reason_text="同一年度缴了两次", refund_ground="paid_twice", chosen_account=account.key
    )
    assert visit.wrong(period_from="2026-12", period_to="2026-01").keys() == {"period_to"}
    visit.send(**YEAR_2026)

    rows = visit.rows("refund_lines")
    assert [(row.values["sequence"], row.values["amount"]) for row in rows] == [
        (1, "400.00"),
        (2, "400.00"),
    ]
    assert all(row.values["booked_in"] for row in rows)
    visit.send(refund_lines=[row.key for row in rows])
    # Of the first payment nothing, of the second all.
    assert amounts(visit) == ["0.00", "400.00"]
    assert visit.shows("refund_total") == "400.00"
    assert visit.shows("person_name") == refunder.name
    after = visit.send()

    assert (after.state, after.waits_for) == ("reviewing", ("apply",))
    assert after.text("zh") == "退费申请成功，等待经办机构审核"
    desk.deliver()
    assert (visit.state, visit.view.ends) == ("repaid", "well")
    assert desk.bureau.money().refunded - before.refunded == yuan("400.00")


@proves("R1.3", "A1.1", "A1.2", "A1.3", "R1.4")
def test_without_an_account_one_is_filed_on_the_way(desk: Desk) -> None:
    """点击“确定”进行备案 … 点击“提交”即可完成账户备案: and back, with nothing lost."""
    resident = desk.cast.resident
    paid = declare_pension(desk, resident)
    pay_by_card(paid, resident)
    desk.deliver()
    visit = desk.begin("refund", resident)
    visit.send()
    visit.send(scheme="resident_pension")
    assert visit.state == "no_account"

    visit.send("file_account")
    assert (visit.view.state, visit.front.item) == ("filing", "account_filing")
    assert visit.field("account_name").value == resident.name
    visit.send(**ACCOUNT)
    assert visit.state == "giving_reason"
    [account] = visit.rows("chosen_account")
    assert account.values["account_tail"] == ACCOUNT["account_number"][-4:]
    assert desk.engine.store.get(visit.ref).answers["scheme"] == "resident_pension"  # type: ignore[union-attr]  # it is there
    visit.send(reason_text="x", refund_ground="death", chosen_account=account.key)
    visit.send(period_from="2025-01", period_to="2025-12")
    visit.send(refund_lines=keys(visit))
    # Of a pension the account's balance is inherited: all that the person paid.
    assert visit.shows("refund_total") == "200.00"


@proves("R1.3", "A1.1")
def test_filing_given_up_leads_back_to_the_prompt(desk: Desk) -> None:
    """Not filed: asked again; the insurance can be chosen anew."""
    visit = desk.begin("refund", desk.cast.resident)
    visit.send()
    visit.send(scheme="resident_pension")
    visit.send("file_account")
    visit.send("cancel")
    assert visit.state == "no_account"
    visit.send("back")
    assert visit.field("scheme").value == "resident_pension"


@proves("R1.3")
def test_an_account_that_is_not_for_refunds_is_none(desk: Desk) -> None:
    """“退费账户”选“是”: one that is for paying only isn't offered."""
    neighbour = desk.cast.neighbour
    filing = desk.begin("account_filing", neighbour)
    filing.send(**{**ACCOUNT, "for_refunds": "no"})
    visit = desk.begin("refund", neighbour)
    visit.send()
    visit.send(scheme="resident_pension")
    assert visit.state == "no_account"
    visit.send("file_account")
    visit.send(**{**ACCOUNT, "account_number": ANOTHER_CARD, "preferred_for_payment": "no"})
    assert visit.state == "giving_reason"
    rows = {row.values["account_tail"]: row for row in visit.rows("chosen_account")}
    assert rows[ANOTHER_CARD[-4:]].pickable
    refused = rows[ACCOUNT["account_number"][-4:]]
    assert not refused.pickable
    assert refused.why_not is not None


@pytest.mark.parametrize(
    ("ground", "ticked", "rule"),
    [
        ("changed_mind", [0, 1], "changed_mind"),
        ("same_months_elsewhere", [0], "same_months_elsewhere"),
        ("paid_twice", [0], "paid_twice"),
    ],
)
def test_the_ground_decides(ground: str, ticked: list[int], rule: str, desk: Desk) -> None:
    """What gives no right to the money is refused by its rule, and another ground may be chosen."""
    visit = to_lines(desk, ground)
    lines = [keys(visit)[n] for n in ticked]

    refused = visit.refused(refund_lines=lines)
    assert refused.refusal is not None
    assert rule in [each.id for each in refused.refusal.failed]
    assert refused.refusal.failed[0].rule.startswith("refunds.yaml:")
    visit.send("back")
    visit.send("back")
    visit.send(refund_ground="joined_employee_medical")
    visit.send()
    visit.send(refund_lines=keys(visit))
    assert visit.shows("refund_total") == "800.00"


@proves("R1.6")
def test_part_of_the_lines(desk: Desk) -> None:
    """Only what is ticked is given back; the other payment stays free for another application."""
    visit = to_lines(desk, "joined_another_pool")
    second = keys(visit)[1]
    visit.send(refund_lines=[second])
    assert visit.shows("refund_total") == "400.00"
    visit.send()
    desk.deliver()

    other = to_lines(desk, "joined_another_pool")
    assert keys(other) == [key for key in keys(other) if key != second]
    assert len(keys(other)) == 1


def test_after_the_benefits_have_begun_nothing_is_given_back(desk: Desk) -> None:
    """待遇享受期开始后，个人缴费不再退回: this year's medical insurance; and next year's, when the
    New Year comes between choosing and confirming."""
    this_year = to_lines(desk, period={"period_from": "2025-01", "period_to": "2025-12"})
    assert "before_benefit" in this_year.failed_rules(refund_lines=keys(this_year))

    desk.put("2025-12-31T23:59:59")
    visit = to_lines(desk)
    visit.send(refund_lines=keys(visit))
    desk.put("2026-01-01T00:00:00")
    assert "before_benefit" in visit.failed_rules()


@proves("R1.5")
def test_a_period_in_which_nothing_was_booked_in(desk: Desk) -> None:
    """该所属期没有已缴费入库的记录; another can be chosen."""
    visit = to_lines(desk, period={"period_from": "2019-01", "period_to": "2019-12"})
    assert visit.state == "nothing_booked_in"
    visit.send("back")
    visit.send(**YEAR_2026)
    assert len(keys(visit)) == 2


def test_what_is_declared_and_not_paid_is_not_listed(desk: Desk) -> None:
    """Only what is booked in (缴费入库)."""
    refunder = desk.cast.refunder
    visit = desk.begin("resident_payment", refunder)
    to_resident_tiers(visit, desk.cast.neighbour, resident_medical="2026")
    visit.send(**tiers(visit, resident_medical="standard"))
    visit.send()
    assert visit.view.state == "paying"

    listed = to_lines(desk)
    assert {row.values["insured_name"] for row in listed.rows("refund_lines")} == {refunder.name}


@proves("R1.7")
def test_a_second_refund_of_the_same_line_is_refused(desk: Desk) -> None:
    """Two applications for one payment: the second is told so, and it isn't listed any more."""
    first, second = to_lines(desk), to_lines(desk)
    for each in (first, second):
        each.send(refund_lines=keys(each))
    first.send()
    second.send()
    assert (first.state, second.state) == ("reviewing", "already_refunded")
    second.send("back")
    assert len(keys(second)) == 1, "the first payment of the two is still listed"

    desk.deliver()
    assert first.state == "repaid"
    third = to_lines(desk)
    assert third.failed_rules(refund_lines=keys(third)) == ["paid_twice"]


@proves("R1.7")
def test_the_agency_refuses_with_its_reason(desk: Desk) -> None:
    """退费申请未通过审核: the reason is shown, the lines are free again."""
    desk.bureau.tell("agency.apply", "refuse", times=1, reason="材料不全（虚构）")
    before = desk.bureau.money()
    visit = to_lines(desk)
    visit.send(refund_lines=keys(visit))
    visit.send()
    desk.deliver()

    assert (visit.state, visit.view.ends) == ("refused", "badly")
    assert visit.shows("agency_reason") == "材料不全（虚构）"
    assert desk.bureau.money() == before
    again = to_lines(desk)
    again.send(refund_lines=keys(again))
    assert again.send().state == "reviewing"


@proves("R1.7")
def test_the_bank_refuses_and_another_account_takes_it(desk: Desk) -> None:
    """The refund stands: it goes to an account that is filed for it now, once."""
    before = desk.bureau.money()
    desk.bureau.tell("ledger.give_back", "refuse", times=1, reason="账户已销户（虚构）")
    visit = to_lines(desk)
    visit.send(refund_lines=keys(visit))
    visit.send()
    desk.deliver()
    assert visit.state == "bank_refused"
    assert visit.shows("bank_reason") == "账户已销户（虚构）"
    assert visit.shows("refund_total") == "400.00"

    visit.send("file_account")
    assert visit.front.item == "account_filing"
    visit.send("cancel")
    visit.send(chosen_account=visit.row("chosen_account"))
    desk.deliver()
    assert visit.state == "repaid"
    assert desk.bureau.money().refunded - before.refunded == yuan("400.00")


@pytest.mark.parametrize("mood", ["slow", "late", "twice", "never", "early", "lost_reply", "down"])
@pytest.mark.parametrize("verb", ["agency.apply", "ledger.give_back"])
def test_it_is_repaid_once_however_the_answers_come(mood: str, verb: str, desk: Desk) -> None:
    """Late, twice, early, or only when it is asked again: 400 are repaid, once."""
    before = desk.bureau.money()
    desk.bureau.tell(verb, mood, times=1)
    desk.bureau.on_early = desk.engine.callback
    visit = to_lines(desk)
    visit.send(refund_lines=keys(visit))
    visit.send()
    for _ in range(8):
        desk.later(days=1)
    if (verb, mood) == ("agency.apply", "never"):
        # Whoever decides may stay silent: the person waits, and withdraws it in the end.
        assert visit.state == "reviewing"
        desk.later(days=30)
        assert visit.state == "review_overdue"
        visit.send("withdraw")
        assert visit.state == "withdrawn"
        assert desk.bureau.money() == before
        return
    assert visit.state == "repaid"
    assert desk.bureau.money().refunded - before.refunded == yuan("400.00")
    desk.later(days=30)
    assert desk.bureau.money().refunded - before.refunded == yuan("400.00")


def test_withdrawn_before_it_is_decided(desk: Desk) -> None:
    """撤回申请: an approval that comes after it repays nothing, and the line is free."""
    before = desk.bureau.money()
    desk.bureau.tell("agency.apply", "slow", seconds=3600, times=1)
    visit = to_lines(desk)
    visit.send(refund_lines=keys(visit))
    visit.send()
    assert visit.send("withdraw").state == "withdrawn"
    desk.later(days=1)
    assert (visit.state, desk.bureau.money()) == ("withdrawn", before)
    again = to_lines(desk)
    again.send(refund_lines=keys(again))
    assert again.send().state == "reviewing"


def test_what_is_refunded_may_be_declared_again(desk: Desk) -> None:
    """A pension that was inherited in error, say: the year is free, and is paid once."""
    resident = desk.cast.resident
    paid = declare_pension(desk, resident)
    pay_by_card(paid, resident)
    desk.deliver()
    visit = desk.begin("refund", resident)
    visit.send()
    visit.send(scheme="resident_pension")
    visit.send("file_account")
    visit.send(**ACCOUNT)
    visit.send(reason_text="x", refund_ground="death", chosen_account=visit.row("chosen_account"))
    visit.send(period_from="2025-01", period_to="2025-12")
    visit.send(refund_lines=keys(visit))
    visit.send()
    desk.deliver()
    assert visit.state == "repaid"

    again = declare_pension(desk, resident, "500")
    pay_by_card(again, resident)
    desk.deliver()
    assert again.view.state == "paid"
    assert [p.amount for p in desk.bureau.live_payments() if not p.seeded] == [yuan("500.00")]


@pytest.mark.parametrize(
    "verb", ["registry.myself", "accounts.filed", "ledger.refundable", "ledger.reserve_refund"]
)
def test_a_system_that_is_away_is_asked_again(verb: str, desk: Desk) -> None:
    """Nothing that was filled in is lost."""
    desk.bureau.tell(verb, "down", times=1)
    visit = desk.begin("refund", desk.cast.refunder)

    def again() -> None:
        if visit.state.endswith("_away"):
            visit.send("again")

    again()
    visit.send()
    visit.send(scheme="resident_medical")
    again()
    visit.send(
        reason_text="同一年度缴了两次",
        refund_ground="paid_twice",
        chosen_account=visit.row("chosen_account"),
    )
    visit.send(**YEAR_2026)
    again()
    visit.send(refund_lines=keys(visit))
    visit.send()
    again()
    assert visit.state == "reviewing"
