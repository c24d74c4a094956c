"""PY 缴款: 选择“建行支付”，输入建行卡号和后四位证件号码；点击“确认支付”，
输入账户姓名和取现密码完成支付。选择支付宝支付，点击确认支付，保存照片，并通过支付宝扫码支付。"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from guide_kit import (
    ANOTHER_CARD,
    CARD,
    PIN,
    Desk,
    Visit,
    declare_pension,
    pay_by_card,
    proves,
    yuan,
)

from sstibet import Call, Money, NoSuchItem, Reply, reply
from sstibet.engine.errors import UnknownKey

OpenDesk = Callable[..., Desk]


def balanced(desk: Desk) -> bool:
    """Money booked = money charged - money given back, and nothing is paid twice."""
    sums = desk.bureau.money()
    live = [(p.enrolment, p.period) for p in desk.bureau.live_payments() if not p.seeded]
    return sums.booked == sums.charged - sums.given_back and len(live) == len(set(live))


def asked_under(desk: Desk, ref: str, verb: str) -> list[str]:
    """The keys under which an item has asked a verb."""
    keys = [f"{ref}:{version}:{number}" for version in range(20) for number in range(20)]
    rows = [desk.engine.store.outgoing(key) for key in keys]
    return [row.key for row in rows if row is not None and row.to == verb]


def paid_once(desk: Desk, visit: Visit, amount: str = "200.00") -> bool:
    """The item is paid, one payment of this amount is booked in, and the sums agree."""
    live = [p.amount for p in desk.bureau.live_payments() if not p.seeded]
    return visit.view.state == "paid" and live == [yuan(amount)] and balanced(desk)


@proves("PY.1", "PY.2", "PY.3", "P1.6")
def test_by_card_of_china_construction_bank(desk: Desk) -> None:
    """选择“建行支付” … 输入账户姓名和取现密码完成支付。"""
    resident = desk.cast.resident
    visit = declare_pension(desk, resident)

    assert [value for value, _ in visit.field("channel").options or ()] == ["ccb", "alipay"]
    assert visit.shows("amount_due") == "200.00"
    assert visit.send(channel="ccb").state == "giving_card"
    visit.send(card_number="６２２７ 0000 0000 0000 011", id_last_four="0022x"[:4])
    assert visit.state == "giving_password"
    assert visit.shows("card_number") == "*" * 15 + "0011"
    after = visit.send(card_holder=resident.name, withdrawal_password=PIN)
    assert (after.state, after.waits_for) == ("charging", ("card",))

    desk.deliver()
    assert paid_once(desk, visit)
    item = desk.engine.store.get(visit.ref)
    assert item is not None
    assert item.answers["paid_on"] == item.answers["booked_on"] == "2025-10-15"
    assert len(item.answers["voucher_no"]) == 18
    assert item.answers["voucher_no"].startswith("4540162510")


@proves("PY.1", "PY.4", "P1.6")
def test_by_alipay(desk: Desk) -> None:
    """点击确认支付，保存照片，并通过支付宝扫码支付: the result comes back by a callback."""
    visit = declare_pension(desk, desk.cast.resident)
    visit.send(channel="alipay")

    assert visit.state == "showing_code"
    assert visit.shows("qr_text").startswith("https://qr.invalid/")
    assert visit.shows("amount_due") == "200.00"
    assert visit.view.state == "paying"
    desk.deliver()
    assert paid_once(desk, visit)


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        ({"card_number": CARD[:-1] + "2"}, {"card_number"}),
        ({"card_number": "1111111111111111"}, {"card_number"}),
        ({"card_number": CARD[:15]}, {"card_number"}),
        ({"card_number": CARD + "0"}, {"card_number"}),
        ({"card_number": "no card"}, {"card_number"}),
        ({"id_last_four": "002"}, {"id_last_four"}),
        ({"id_last_four": "00A2"}, {"id_last_four"}),
        ({"card_number": "", "id_last_four": ""}, {"card_number", "id_last_four"}),
    ],
)
def test_a_card_that_cannot_be_right_is_told_at_its_field(
    answers: dict[str, str], wrong: set[str], desk: Desk
) -> None:
    """A slip of the pen, all digits alike, too few, too many."""
    visit = declare_pension(desk, desk.cast.resident)
    visit.send(channel="ccb")
    sent = {"card_number": CARD, "id_last_four": "0022", **answers}
    refused = visit.refused(**sent)

    assert {each.field for each in refused.problems} == wrong
    assert not any(CARD[:12] in each.text("zh") for each in refused.problems)


@pytest.mark.parametrize("pin", ["12345", "1234567", "abcdef", ""])
def test_a_withdrawal_password_has_six_digits(pin: str, desk: Desk) -> None:
    """Told at the field, before anything is charged."""
    resident = desk.cast.resident
    visit = declare_pension(desk, resident)
    visit.send(channel="ccb")
    visit.send(card_number=CARD, id_last_four="0022")

    assert visit.wrong(card_holder=resident.name, withdrawal_password=pin).keys() == {
        "withdrawal_password"
    }
    assert visit.state == "giving_password"


def test_no_password_reaches_the_disk(tmp_path: Path, open_desk: OpenDesk) -> None:
    """Not in the file, its journal, the history, an answer, or a printed value."""
    desk = open_desk(path=tmp_path / "desk.db")
    resident = desk.cast.resident
    visit = declare_pension(desk, resident)
    visit.send(channel="ccb")
    visit.send(card_number=CARD, id_last_four="0022")
    pin = "918273"
    visit.send(card_holder=resident.name, withdrawal_password=pin)
    desk.deliver()
    assert paid_once(desk, visit)

    files = [file for file in tmp_path.iterdir() if file.is_file()]
    assert files
    assert [file.name for file in files if pin.encode() in file.read_bytes()] == []
    assert pin not in repr(visit.view) + repr(desk.engine.store.history(visit.ref))


def test_back_and_forth_before_anything_is_charged(desk: Desk) -> None:
    """Another card, another channel: only the last is charged."""
    resident = desk.cast.resident
    visit = declare_pension(desk, resident)
    visit.send(channel="ccb")
    visit.send(card_number=CARD, id_last_four="0022")
    visit.send("back")
    assert visit.field("card_number").value == CARD
    visit.send(card_number=ANOTHER_CARD)
    visit.send("back")
    visit.send("back")
    visit.send(channel="alipay")
    desk.deliver()
    assert paid_once(desk, visit)


@pytest.mark.parametrize("channel", ["ccb", "alipay"])
@pytest.mark.parametrize("mood", ["prompt", "later", "slow", "late", "twice", "never", "early"])
def test_whenever_the_result_comes_it_is_booked_once(mood: str, channel: str, desk: Desk) -> None:
    """A callback may come at once, a minute or a day later, twice, never, or before the charge has
    returned: the money is booked in once."""
    resident = desk.cast.resident
    visit = declare_pension(desk, resident)
    verb = {"ccb": "gateway.charge_card", "alipay": "gateway.charge_qr"}[channel]
    desk.bureau.tell(verb, mood)
    desk.bureau.on_early = desk.engine.callback
    if channel == "ccb":
        pay_by_card(visit, resident)
    else:
        visit.send(channel="alipay")
    desk.deliver()
    at_once = mood in ("prompt", "later", "twice", "early")
    assert (visit.view.state == "paid") == at_once

    # A quarter of an hour without an answer: the channel is asked.
    desk.later(minutes=15)
    assert paid_once(desk, visit)
    desk.later(days=2)
    assert paid_once(desk, visit)


def test_the_early_callback_really_came_first(desk: Desk) -> None:
    """In the history it stands before the answer of the charge itself, which is no news then."""
    resident = desk.cast.resident
    desk.bureau.tell("gateway.charge_card", "early")
    desk.bureau.on_early = desk.engine.callback
    visit = declare_pension(desk, resident)
    payment = visit.front.ref
    pay_by_card(visit, resident)

    events = [past.event for past in desk.engine.store.history(payment)]
    assert "card.succeeded" in events
    assert "card.accepted" not in events[: events.index("card.succeeded")]
    assert paid_once(desk, visit)


def test_declined_and_tried_again_by_another_channel(desk: Desk) -> None:
    """支付未成功，未扣款: the reason is shown, the declaration stays held, nothing was charged."""
    resident = desk.cast.resident
    before = desk.bureau.money().charged
    desk.bureau.tell("gateway.charge_card", "refuse", times=1, reason="卡已挂失（虚构）")
    visit = declare_pension(desk, resident)
    pay_by_card(visit, resident)
    desk.deliver()

    assert visit.state == "declined"
    assert visit.shows("decline_reason") == "卡已挂失（虚构）"
    assert desk.bureau.money().charged == before
    visit.send()
    visit.send(channel="alipay")
    desk.deliver()
    assert paid_once(desk, visit)


@pytest.mark.parametrize("at", ["choosing", "giving_card", "giving_password", "declined"])
def test_cancelled_before_a_charge(at: str, desk: Desk) -> None:
    """Nothing is charged, the declaration can be paid again or voided."""
    resident = desk.cast.resident
    visit = declare_pension(desk, resident)
    if at == "declined":
        desk.bureau.tell("gateway.charge_card", "refuse", times=1)
        pay_by_card(visit, resident)
        desk.deliver()
    if at in ("giving_card", "giving_password"):
        visit.send(channel="ccb")
    if at == "giving_password":
        visit.send(card_number=CARD, id_last_four="0022")
    assert visit.state == at
    visit.send("cancel")

    assert visit.view.state == "declared_unpaid"
    assert visit.view.inner is None
    visit.send("pay_again")
    pay_by_card(visit, resident)
    desk.deliver()
    assert paid_once(desk, visit)


@pytest.mark.parametrize("mood", ["later", "slow", "late", "never"])
def test_cancelled_while_it_is_charged(mood: str, desk: Desk) -> None:
    """The order is closed first: either the money was taken and is booked in, or it never is."""
    resident = desk.cast.resident
    visit = declare_pension(desk, resident)
    desk.bureau.tell("gateway.charge_card", mood, seconds=3600)
    pay_by_card(visit, resident)
    visit.send("cancel")
    desk.deliver()
    desk.later(days=1)
    assert balanced(desk)
    if mood in ("late", "never"):
        assert paid_once(desk, visit), "it was charged before it was cancelled"
    else:
        assert visit.view.state == "declared_unpaid"
        assert [p for p in desk.bureau.live_payments() if not p.seeded] == []


def test_a_payment_that_is_left_expires(desk: Desk) -> None:
    """30 minutes on the screen of channels: over, to the second, and paid by another one."""
    resident = desk.cast.resident
    visit = declare_pension(desk, resident)
    desk.later(minutes=29, seconds=59)
    assert visit.state == "choosing"
    desk.later(seconds=1)
    assert visit.view.state == "declared_unpaid"
    visit.send("pay_again")
    pay_by_card(visit, resident)
    desk.deliver()
    assert paid_once(desk, visit)


def test_a_slow_charge_is_unknown_then_closed(desk: Desk) -> None:
    """After 15 minutes the result is unknown, after 30 more the order is closed and can't be paid
    any more: what the bank says an hour later is that it did nothing."""
    resident = desk.cast.resident
    visit = declare_pension(desk, resident)
    desk.bureau.tell("gateway.charge_card", "slow", seconds=3600)
    pay_by_card(visit, resident)
    desk.later(minutes=15)
    assert visit.state == "unknown"
    assert visit.front.text("zh") == "支付结果未知，正在核实；请勿重复支付"
    visit.send("ask_again")
    assert visit.state == "unknown"
    desk.later(minutes=30)
    assert visit.view.state == "declared_unpaid"
    desk.later(minutes=30)
    assert visit.view.state == "declared_unpaid"
    assert [p for p in desk.bureau.live_payments() if not p.seeded] == []
    assert balanced(desk)


@pytest.mark.parametrize("reach", ["down", "lost_reply"])
def test_a_charge_whose_answer_is_lost(reach: str, desk: Desk) -> None:
    """The password is gone with the call: it is asked whether anything was charged, before the
    person is asked again."""
    resident = desk.cast.resident
    visit = declare_pension(desk, resident)
    desk.bureau.tell("gateway.charge_card", reach, times=1)
    pay_by_card(visit, resident)
    if reach == "down":
        assert visit.state == "not_charged"
        visit.send("ask_again")
        pay_by_card(visit, resident)
    else:
        assert visit.state == "unknown"
    desk.deliver()
    assert paid_once(desk, visit)


class Careless:
    """A gateway that closes orders and charges them all the same, when it is told to."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.given_back: list[tuple[str, Money]] = []

    def charge_card(self, call: Call, **told: Any) -> Reply:
        self.calls.append(call)
        return reply("accepted")

    def charge_qr(self, call: Call, *, amount_due: Money) -> Reply:
        self.calls.append(call)
        return reply("ready", qr_text="https://qr.invalid/careless")

    def query(self, call: Call) -> Reply:
        return reply("pending")

    def close(self, call: Call) -> Reply:
        return reply("closed")

    def give_back(self, call: Call, *, charge_no: str, amount_due: Money) -> Reply:
        self.given_back.append((charge_no, amount_due))
        return reply("given_back", given_back_on=call.day)


def succeeds(desk: Desk, gateway: Careless, number: int = 0) -> bool:
    """The gateway calls back that it has charged."""
    told = {"charge_no": f"LATE-{number}", "paid_on": "2025-10-16", "amount_due": "200.00"}
    answer = reply("succeeded", **told)
    return desk.engine.callback("gateway", gateway.calls[number].key, answer)


def test_a_success_after_expiry_is_booked_late(open_desk: OpenDesk) -> None:
    """Never lost: expired, declared and unpaid, and then the money comes."""
    gateway = Careless()
    desk = open_desk(ports={"gateway": gateway})
    visit = declare_pension(desk, desk.cast.resident)
    pay_by_card(visit, desk.cast.resident)
    desk.later(minutes=15)
    desk.later(minutes=30)
    assert visit.view.state == "declared_unpaid"

    assert succeeds(desk, gateway)
    assert visit.view.state == "paid"
    assert not succeeds(desk, gateway), "a second callback is no news"
    [live] = [p for p in desk.bureau.live_payments() if not p.seeded]
    assert (live.amount, gateway.given_back) == (yuan("200.00"), [])


def test_a_success_after_voiding_is_given_back(open_desk: OpenDesk) -> None:
    """The declaration is void by then, so the money goes back to the payer."""
    gateway = Careless()
    desk = open_desk(ports={"gateway": gateway})
    visit = declare_pension(desk, desk.cast.resident)
    pay_by_card(visit, desk.cast.resident)
    visit.send("cancel")
    visit.send("void_it")
    assert visit.view.state == "voided"

    assert succeeds(desk, gateway)
    assert gateway.given_back == [("LATE-0", yuan("200.00"))]
    assert visit.view.state == "voided"
    assert [p for p in desk.bureau.live_payments() if not p.seeded] == []


def test_two_charges_of_one_declaration_are_booked_once(open_desk: OpenDesk) -> None:
    """The first payment expired, a second was made, and both charges succeed in the end."""
    gateway = Careless()
    desk = open_desk(ports={"gateway": gateway})
    resident = desk.cast.resident
    visit = declare_pension(desk, resident)
    pay_by_card(visit, resident)
    visit.send("cancel")
    visit.send("pay_again")
    pay_by_card(visit, resident)
    succeeds(desk, gateway, 0)
    succeeds(desk, gateway, 1)

    assert visit.view.state == "paid"
    assert [p.amount for p in desk.bureau.live_payments() if not p.seeded] == [yuan("200.00")]
    assert len(gateway.given_back) == 1


def test_a_callback_is_taken_from_the_gateway_alone(desk: Desk) -> None:
    """Another port, or a key that was never sent, is an error of who calls."""
    visit = declare_pension(desk, desk.cast.resident)
    pay_by_card(visit, desk.cast.resident)
    payment = visit.front
    [key] = asked_under(desk, payment.ref, "gateway.charge_card")
    before = desk.bureau.money()
    answer = reply("succeeded", charge_no="FORGED", paid_on="2025-10-15")

    for port, made_up in (("bank", key), ("gateway", key + "0"), ("gateway", "nothing")):
        with pytest.raises(UnknownKey):
            desk.engine.callback(port, made_up, answer)
    assert visit.state == "charging"
    with pytest.raises(NoSuchItem):
        desk.engine.send(payment.ref, "card.succeeded", dict(answer.facts), actor="gateway")
    refused = desk.engine.send(payment.ref, "card.succeeded", {}, actor=visit.actor)
    assert refused.code == "not_now", "no person can say that they have paid"
    assert (visit.state, desk.bureau.money()) == ("charging", before)


@pytest.mark.parametrize("verb", ["ledger.book", "ledger.release", "gateway.close", "ledger.hold"])
def test_what_is_away_for_a_minute_is_asked_again(verb: str, desk: Desk) -> None:
    """Booking, letting go and closing are tried again by themselves; nothing is lost."""
    resident = desk.cast.resident
    desk.bureau.tell(verb, "down", times=1)
    visit = declare_pension(desk, resident)
    if verb == "ledger.hold":
        assert visit.view.state == "declared_unpaid"
        visit.send("pay_again")
    if verb in ("ledger.release", "gateway.close"):
        desk.bureau.tell("gateway.charge_card", "slow", seconds=3600, times=1)
        pay_by_card(visit, resident)
        visit.send("cancel")
        desk.later(minutes=1)
        assert visit.view.state == "declared_unpaid"
        visit.send("pay_again")
    pay_by_card(visit, resident)
    desk.deliver()
    desk.later(minutes=2)
    assert paid_once(desk, visit)


def test_asking_for_the_result_leaves_the_code_on_the_screen(desk: Desk) -> None:
    """It can still be scanned, so it must not vanish while one waits."""
    visit = declare_pension(desk, desk.cast.resident)
    visit.send(channel="alipay")
    code = visit.shows("qr_text")
    visit.send("ask_again")
    assert (visit.state, visit.shows("qr_text")) == ("showing_code", code)
    desk.deliver()
    assert paid_once(desk, visit)
