"""C1 社保费缴费证明开具: 点击“社保费缴费证明开具”，等待系统开具完成。
点击“保存到相册”，即可保存缴费证明到手机相册。"""

from __future__ import annotations

import pytest
from guide_kit import Desk, declare_pension, pay_by_card, proves


@proves("C1.1", "C1.2")
def test_everything_that_is_paid_is_certified(desk: Desk) -> None:
    """等待系统开具完成: a certificate with all that the person has paid, saved as a picture."""
    settled = desk.cast.settled
    paid = sorted(
        (p.period, str(p.amount)) for p in desk.bureau.live_payments() if p.actor == settled.actor
    )
    visit = desk.begin("payment_certificate", settled)
    assert (visit.state, visit.view.text("zh")) == ("issuing", "正在开具缴费证明，请稍候")
    desk.deliver()

    assert (visit.state, visit.view.ends) == ("issued", "well")
    lines = [row.values for row in visit.rows("certificate_lines")]
    assert sorted((line["period"], line["amount"]) for line in lines) == paid
    # 电子税票号码: 18 digits, 4 + 54 (Tibet) + 016, the certificate's own with 015.
    for line in lines:
        assert (len(line["voucher_no"]), line["voucher_no"][:6]) == (18, "454016")
    assert visit.shows("certificate_no")[:10] == "4540152510"
    assert visit.shows("voucher_no") in [line["voucher_no"] for line in lines]
    assert visit.shows("issued_on") == "2025-10-15"
    assert [event.name for event in visit.view.events] == ["save_picture"]
    assert visit.send("save_picture").state == "saved"
    assert visit.send("save_picture").state == "saved", "it may be saved again"


@proves("C1.1")
def test_nothing_paid_is_nothing_to_certify(desk: Desk) -> None:
    """您没有已入库的缴费: over, without a certificate; what is only declared doesn't count."""
    resident = desk.cast.resident
    declare_pension(desk, resident)
    visit = desk.begin("payment_certificate", resident)
    desk.deliver()
    assert (visit.state, visit.view.ends, visit.view.form) == ("nothing", "badly", None)


def test_what_is_paid_meanwhile_is_in_it(desk: Desk) -> None:
    """A certificate is made when it is issued, not when it was asked for."""
    settled = desk.cast.neighbour
    first = declare_pension(desk, settled)
    pay_by_card(first, settled)
    desk.deliver()
    desk.bureau.tell("papers.payment_certificate", "slow", seconds=60)
    visit = desk.begin("payment_certificate", settled)
    desk.later(minutes=1)
    assert [row.values["amount"] for row in visit.rows("certificate_lines")] == ["200.00"]


@pytest.mark.parametrize("mood", ["prompt", "slow", "late", "twice", "never", "early"])
def test_one_certificate_however_it_comes(mood: str, desk: Desk) -> None:
    """Late or twice: one. Never: the person may wait, or give it up; nothing is asked for twice."""
    desk.bureau.tell("papers.payment_certificate", mood, times=1)
    desk.bureau.on_early = desk.engine.callback
    visit = desk.begin("payment_certificate", desk.cast.settled)
    desk.later(minutes=1)
    desk.later(minutes=9)
    if mood in ("late", "never"):
        assert visit.state == "overdue"
        visit.send("wait")
    desk.later(days=1)
    if mood == "never":
        assert visit.send("close").state == "given_up"
        return
    assert visit.state == "issued"
    number = visit.shows("certificate_no")
    desk.later(days=10)
    assert visit.shows("certificate_no") == number


def test_a_certificate_that_comes_after_all_is_the_persons(desk: Desk) -> None:
    """不等了, and then it is issued: it is there."""
    desk.bureau.tell("papers.payment_certificate", "late", seconds=3600)
    visit = desk.begin("payment_certificate", desk.cast.settled)
    assert visit.send("close").state == "given_up"
    desk.later(hours=1)
    assert visit.state == "issued"


def test_what_is_away_is_asked_again(desk: Desk) -> None:
    """暂时无法开具."""
    desk.bureau.tell("papers.payment_certificate", "down", times=1)
    visit = desk.begin("payment_certificate", desk.cast.settled)
    assert visit.state == "unavailable"
    visit.send("again")
    desk.deliver()
    assert visit.state == "issued"
