"""Q3 社保费已缴费信息查询: 系统带出已缴费信息，点击“详情”查看明细。"""

from __future__ import annotations

from guide_kit import Desk, Visit, declare_pension, name_and_number, pay_by_card, proves


def keys(visit: Visit) -> list[str]:
    """The payments on the page."""
    return [row.key for row in visit.rows("payments", event="")]


@proves("Q3.1", "Q3.2")
def test_the_list_and_one_in_detail(desk: Desk) -> None:
    """What was just paid stands first, with its voucher."""
    resident = desk.cast.resident
    paid = declare_pension(desk, resident, "300")
    pay_by_card(paid, resident)
    desk.deliver()
    visit = desk.begin("paid_query", resident)
    [row] = visit.rows("payments", event="")
    assert (row.values["amount"], row.values["status"]) == ("300.00", "booked_in")

    visit.send("detail", chosen_payment=row.key)
    [full] = visit.rows("chosen_payment")
    assert full.values["voucher_no"] == paid.view.answers["voucher_no"]
    assert full.values["booked_on"] == "2025-10-15"
    assert full.values["account_part"] == "300.00", "a resident's own premium is all their own"
    assert full.values["given_back"] == "0.00"
    visit.send("back")
    assert visit.send("close").ends == "well"


@proves("Q3.1")
def test_paging(desk: Desk) -> None:
    """Ten months of next year's, and what was paid before: ten a page, the newest first."""
    flexible = desk.cast.flexible
    before = [p for p in desk.bureau.live_payments() if p.actor == flexible.actor]
    visit = desk.begin("flexible_payment", flexible)
    visit.send(**name_and_number(flexible))
    visit.send(chosen_enrolments=visit.row("chosen_enrolments", scheme="flexible_medical"))
    visit.send(period_from="2025-11", period_to="2026-08")
    ticked = [row.key for row in visit.rows("chosen_months") if row.pickable]
    assert len(ticked) == 10
    visit.send(chosen_months=ticked)
    visit.send()
    pay_by_card(visit, flexible)
    desk.deliver()
    assert visit.view.state == "paid"

    query = desk.begin("paid_query", flexible)
    first = keys(query)
    assert (len(first), query.field("page_count", "").value) == (10, 2)
    query.send("turn", page_number="2")
    second = keys(query)
    assert len(second) == len(before) > 0
    assert not set(first) & set(second)
    assert query.wrong("turn", page_number="9").keys() == {"page_number"}
    assert query.wrong("detail", chosen_payment=first[0]) == {"chosen_payment": "unknown_row"}
    query.send("turn", page_number="1")
    query.send("detail", chosen_payment=first[9])
    assert query.rows("chosen_payment")[0].key == first[9]


def test_a_refund_is_seen(desk: Desk) -> None:
    """退费申请中, then 已退费."""
    refunder = desk.cast.refunder

    def second() -> object:
        query = desk.begin("paid_query", refunder)
        rows = [row.values for row in query.rows("payments", event="")]
        [found] = [r for r in rows if r["period"] == "2026" and r["sequence"] == 2]
        return found["status"], found["given_back"]

    assert second() == ("booked_in", "0.00")
    refund = desk.begin("refund", refunder)
    refund.send()
    refund.send(scheme="resident_medical")
    refund.send(
        reason_text="x", refund_ground="paid_twice", chosen_account=refund.row("chosen_account")
    )
    refund.send(period_from="2026-01", period_to="2026-12")
    refund.send(refund_lines=[row.key for row in refund.rows("refund_lines")])
    refund.send()
    assert second() == ("refund_applied", "0.00")
    desk.deliver()
    assert second() == ("refunded", "400.00")


@proves("Q3.1")
def test_nothing_paid(desk: Desk) -> None:
    """没有查到已缴费信息: what is only declared is not paid."""
    declare_pension(desk, desk.cast.resident)
    visit = desk.begin("paid_query", desk.cast.resident)
    assert (visit.state, visit.view.ends) == ("nothing", "well")


def test_a_ledger_that_is_away(desk: Desk) -> None:
    """Asked again, or left without an answer."""
    desk.bureau.tell("ledger.paid", "down")
    visit = desk.begin("paid_query", desk.cast.settled)
    assert visit.state == "unavailable"
    desk.bureau.tell("ledger.paid", "usual")
    assert visit.send("again").state == "listed"
