"""C2 社保费完税证明开具: 选择费款所属期，系统带出可开具的数据。勾选，点击“开具”按钮，
等待系统开具完成，点击右上角“保存相册”按钮，即可保存完税证明到手机相册。"""

from __future__ import annotations

import pytest
from guide_kit import Desk, Visit, proves

from sstibet.bureau import Person

YEAR = {"period_from": "2025-01", "period_to": "2025-12"}


def to_ticking(desk: Desk, who: Person, period: dict[str, str] = YEAR) -> Visit:
    """On to the list of what can be certified."""
    visit = desk.begin("tax_certificate", who)
    visit.send(**period)
    return visit


def keys(visit: Visit) -> list[str]:
    """The payments that may be ticked."""
    return [row.key for row in visit.rows("certified_payments") if row.pickable]


@proves("C2.1", "C2.2", "C2.3", "C2.4")
def test_what_is_ticked_is_certified(desk: Desk) -> None:
    """选择费款所属期 … 勾选 … 保存相册: one payment of the two of 2025."""
    settled = desk.cast.settled
    visit = to_ticking(desk, settled)
    assert [row.values["scheme"] for row in visit.rows("certified_payments")] == [
        "resident_pension",
        "resident_medical",
    ]
    chosen = visit.rows("certified_payments")[0]
    assert visit.send(certified_payments=[chosen.key]).state == "issuing"
    desk.deliver()

    assert (visit.state, visit.view.ends) == ("issued", "well")
    [line] = visit.rows("certificate_lines")
    assert line.values["voucher_no"] == chosen.values["voucher_no"] == visit.shows("voucher_no")
    assert line.values["amount"] == chosen.values["amount"]
    assert visit.shows("certificate_no").startswith("454015")
    assert visit.send("save_picture").state == "saved"


@proves("C2.1", "C2.2")
def test_the_period_decides_what_is_listed(desk: Desk) -> None:
    """A month of the flexible worker's; a year without a payment; a period turned round."""
    flexible = desk.cast.flexible
    visit = desk.begin("tax_certificate", flexible)
    assert visit.wrong(period_from="2025-12", period_to="2025-01").keys() == {"period_to"}
    visit.send(period_from="2019-01", period_to="2019-12")
    assert visit.state == "nothing"
    visit.send("back")
    visit.send(period_from="2025-10", period_to="2025-10")
    assert {row.values["period"] for row in visit.rows("certified_payments")} == {"2025-10"}
    assert {row.values["scheme"] for row in visit.rows("certified_payments")} == {
        "flexible_pension",
        "flexible_medical",
    }
    assert visit.wrong(certified_payments=[]) == {"certified_payments": "required"}


@proves("C2.3")
def test_all_or_some(desk: Desk) -> None:
    """勾选: all four payments of two months."""
    visit = to_ticking(desk, desk.cast.flexible)
    assert len(keys(visit)) == 4
    visit.send(certified_payments=keys(visit))
    desk.deliver()
    assert len(visit.rows("certificate_lines")) == 4


def test_another_persons_payment_cannot_be_ticked(desk: Desk) -> None:
    """Not even by its number."""
    foreign = keys(to_ticking(desk, desk.cast.settled))[0]
    visit = to_ticking(desk, desk.cast.flexible)
    assert visit.wrong(certified_payments=[foreign]) == {"certified_payments": "unknown_row"}


def test_a_refund_while_the_certificate_is_being_issued(desk: Desk) -> None:
    """Ticked, asked for, and refunded before it is issued: told so, nothing is certified twice."""
    refunder = desk.cast.refunder
    period = {"period_from": "2026-01", "period_to": "2026-12"}
    visit = to_ticking(desk, refunder, period)
    desk.bureau.tell("papers.tax_certificate", "slow", seconds=60, times=1)
    visit.send(certified_payments=keys(visit))
    assert visit.state == "issuing"

    refund = desk.begin("refund", refunder)
    refund.send()
    refund.send(scheme="resident_medical")
    refund.send(
        reason_text="x", refund_ground="paid_twice", chosen_account=refund.row("chosen_account")
    )
    refund.send(**period)
    refund.send(refund_lines=[row.key for row in refund.rows("refund_lines")])
    refund.send()
    desk.later(minutes=1)

    assert refund.state == "repaid"
    assert visit.state == "refunded_by_now"
    assert "certificate_no" not in visit.view.answers
    visit.send("back")
    visit.send()
    assert len(keys(visit)) == 1, "only the payment that stays is listed"
    visit.send(certified_payments=keys(visit))
    desk.deliver()
    assert visit.state == "issued"
    assert [row.values["amount"] for row in visit.rows("certificate_lines")] == ["400.00"]


def test_a_refund_while_the_payment_certificate_is_being_issued(desk: Desk) -> None:
    """C1: it is made of what is left when it is issued. Four payments of 2025 and two of 2026."""
    refunder = desk.cast.refunder
    paid = [p for p in desk.bureau.live_payments() if p.actor == refunder.actor]
    desk.bureau.tell("papers.payment_certificate", "slow", seconds=3600, times=1)
    visit = desk.begin("payment_certificate", refunder)
    refund = desk.begin("refund", refunder)
    refund.send()
    refund.send(scheme="resident_medical")
    refund.send(
        reason_text="x", refund_ground="paid_twice", chosen_account=refund.row("chosen_account")
    )
    refund.send(period_from="2026-01", period_to="2026-12")
    refund.send(refund_lines=[row.key for row in refund.rows("refund_lines")])
    refund.send()
    desk.deliver()
    assert refund.state == "repaid"
    desk.later(hours=1)

    assert visit.state == "issued"
    assert len(visit.rows("certificate_lines")) == len(paid) - 1


@pytest.mark.parametrize("mood", ["slow", "late", "twice", "never", "early", "down"])
def test_one_certificate_however_it_comes(mood: str, desk: Desk) -> None:
    """As with the payment certificate; what was ticked is kept."""
    desk.bureau.tell("papers.tax_certificate", mood, times=1)
    desk.bureau.on_early = desk.engine.callback
    visit = to_ticking(desk, desk.cast.settled)
    visit.send(certified_payments=keys(visit))
    if mood == "down":
        assert visit.state == "not_issued"
        visit.send("again")
    desk.later(minutes=10)
    if mood in ("late", "never"):
        assert visit.state == "overdue"
    desk.later(days=1)
    if mood == "never":
        desk.later(days=3)
        assert (visit.state, visit.view.ends) == ("given_up", "badly")
        return
    assert visit.state == "issued"
    assert len(visit.rows("certificate_lines")) == 2
