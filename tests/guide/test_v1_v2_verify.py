"""V1 社保费缴费证明查验: 输入“身份证件号码”“电子税票号码”，点击“查验”按钮，系统弹出查验结果。
V2 社保费完税证明查验: 输入完税证明上的“电子税票号码”，系统展示查验结果信息。"""

from __future__ import annotations

from typing import Any

import pytest
from guide_kit import Desk, Visit, proves

from sstibet import View
from sstibet.bureau import Person


def certified(desk: Desk, who: Person) -> list[Any]:
    """A payment certificate is issued; its lines."""
    visit = desk.begin("payment_certificate", who)
    desk.deliver()
    return [row.values for row in visit.rows("certificate_lines")]


def tax_certified(desk: Desk, who: Person) -> list[Any]:
    """A tax-paid certificate of all that was paid for 2025; its lines."""
    visit = desk.begin("tax_certificate", who)
    visit.send(period_from="2025-01", period_to="2025-12")
    visit.send(certified_payments=[row.key for row in visit.rows("certified_payments")])
    desk.deliver()
    return [row.values for row in visit.rows("certificate_lines")]


def seen(view: View) -> object:
    """All that a screen tells, but what was typed."""
    assert view.form is not None
    known = set(view.answers) - {"id_number_asked", "voucher_no"}
    return view.state, view.text("zh"), view.form.json_schema("zh"), view.events, known, view.ends


@proves("V1.1")
def test_a_payment_certificate_is_genuine(desk: Desk) -> None:
    """Anybody may verify one: what it says is shown, and nothing of the person besides."""
    settled = desk.cast.settled
    lines = certified(desk, settled)
    visit = desk.begin("verify_payment_certificate", "an employer")
    after = visit.send(id_number_asked=settled.id_number, voucher_no=lines[0]["voucher_no"])

    assert (after.state, after.text("zh")) == ("genuine", "查验相符，证明内容如下")
    assert [row.values for row in visit.rows("certificate_lines")] == lines
    assert settled.name not in repr(after)
    assert settled.id_number not in repr(after)
    assert visit.send("close").ends == "well"


@proves("V1.1")
def test_what_does_not_match_tells_nothing_apart(desk: Desk) -> None:
    """The number of another person, a number that nobody has, a person who has no certificate, a
    tax-paid certificate's number: one and the same answer."""
    settled, refunder = desk.cast.settled, desk.cast.refunder
    mine = certified(desk, settled)[0]["voucher_no"]
    theirs = certified(desk, refunder)[0]["voucher_no"]
    tax_only = tax_certified(desk, desk.cast.flexible)[0]["voucher_no"]
    asked = [
        (settled.id_number, theirs),
        (refunder.id_number, mine),
        (settled.id_number, "454016251099999999"),
        (desk.cast.resident.id_number, mine),
        (desk.cast.flexible.id_number, tax_only),
    ]
    answers = []
    for id_number, voucher in asked:
        visit = desk.begin("verify_payment_certificate", "somebody")
        answers.append(seen(visit.send(id_number_asked=id_number, voucher_no=voucher)))

    assert answers[0] == answers[1] == answers[2] == answers[3] == answers[4]
    assert answers[0][:2] == ("not_found", "没有查到与所填内容一致的缴费证明")  # type: ignore[index]  # a tuple


@proves("V1.1")
def test_a_slip_is_told_and_corrected(desk: Desk) -> None:
    """18 digits, full-width and spaced as people copy them; the next try may be right."""
    settled = desk.cast.settled
    voucher = certified(desk, settled)[0]["voucher_no"]
    visit = desk.begin("verify_payment_certificate", "somebody")
    for wrong in (voucher[:17], voucher + "0", "4540162510ABCDEFGH", ""):
        assert visit.wrong(id_number_asked=settled.id_number, voucher_no=wrong).keys() == {
            "voucher_no"
        }
    assert visit.wrong(id_number_asked="123", voucher_no=voucher).keys() == {"id_number_asked"}
    visit.send(id_number_asked=desk.cast.resident.id_number, voucher_no=voucher)
    assert visit.state == "not_found"
    wide = voucher.translate({48 + digit: 0xFF10 + digit for digit in range(10)})
    visit.send(id_number_asked=settled.id_number, voucher_no=wide)
    assert visit.state == "genuine"


@proves("V2.1")
def test_a_tax_certificate_is_genuine_by_its_number_alone(desk: Desk) -> None:
    """输入完税证明上的“电子税票号码”: any number on it will do."""
    lines = tax_certified(desk, desk.cast.settled)
    for line in lines:
        visit = desk.begin("verify_tax_certificate", "a bank")
        visit.send(voucher_no=line["voucher_no"])
        assert visit.state == "genuine"
        assert [row.values for row in visit.rows("certificate_lines")] == lines


@proves("V2.1")
def test_an_unknown_number_and_another_kind_look_alike(desk: Desk) -> None:
    """A payment certificate's number is no tax-paid certificate's; nothing is told of a payment
    that was never certified."""
    of_another_kind = certified(desk, desk.cast.settled)[0]["voucher_no"]
    visit = desk.begin("tax_certificate", desk.cast.flexible)
    visit.send(period_from="2025-01", period_to="2025-12")
    not_certified = visit.rows("certified_payments")[0].values["voucher_no"]
    answers = []
    for voucher in (of_another_kind, not_certified, "454016251099999999"):
        asking = desk.begin("verify_tax_certificate", "somebody")
        answers.append(seen(asking.send(voucher_no=voucher)))

    assert answers[0] == answers[1] == answers[2]
    assert answers[0][:2] == ("not_found", "没有查到与所填内容一致的完税证明")  # type: ignore[index]  # a tuple


@pytest.mark.parametrize("item", ["verify_payment_certificate", "verify_tax_certificate"])
def test_another_one_begins_with_an_empty_form(item: str, desk: Desk) -> None:
    """再查验一份: nothing of the first is left, neither shown nor kept."""
    settled = desk.cast.settled
    payment = item == "verify_payment_certificate"
    lines = certified(desk, settled) if payment else tax_certified(desk, settled)
    asked = {"voucher_no": lines[0]["voucher_no"]}
    if payment:
        asked["id_number_asked"] = settled.id_number
    visit = desk.begin(item, "somebody")
    visit.send(**asked)
    visit.send("another")

    kept = desk.engine.store.get(visit.ref)
    assert kept is not None
    assert dict(kept.answers) == {}
    assert visit.state == "asking"
    assert {name: visit.field(name).value for name in asked} == dict.fromkeys(asked)


@pytest.mark.parametrize("item", ["verify_payment_certificate", "verify_tax_certificate"])
def test_what_is_away_is_asked_again(item: str, desk: Desk) -> None:
    """暂时无法查验: with what was typed still there."""
    desk.bureau.tell(f"papers.{item}", "down", times=1)
    visit: Visit = desk.begin(item, "somebody")
    asked = {"voucher_no": "454016251099999999"}
    if item == "verify_payment_certificate":
        asked["id_number_asked"] = desk.cast.settled.id_number
    assert visit.send(**asked).state == "unavailable"
    assert visit.field("voucher_no").value == asked["voucher_no"]
    assert visit.send().state == "not_found"


def refunded(desk: Desk) -> None:
    """The payment of 2026 that the refunder made twice is repaid."""
    refund = desk.begin("refund", desk.cast.refunder)
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


@proves("V1.1")
def test_a_payment_repaid_since_is_told(desk: Desk) -> None:
    """The certificate is genuine and stays so; that it is not the last word is said with the day,
    and beside the line how much went back."""
    refunder = desk.cast.refunder
    lines = certified(desk, refunder)
    desk.later(days=2)
    refunded(desk)
    visit = desk.begin("verify_payment_certificate", "an employer")
    visit.send(id_number_asked=refunder.id_number, voucher_no=lines[0]["voucher_no"])

    assert visit.state == "refunded"
    assert visit.view.text("zh") == "证明属实，但其中的缴费在开具之后已有退费，内容如下"
    assert visit.shows("refunded_on") == "2025-10-17"
    shown = [row.values for row in visit.rows("certificate_lines")]
    assert [{**line, "refunded": None} for line in shown] == [
        {**line, "refunded": None} for line in lines
    ], "what was certified is shown as it was"
    assert [line["refunded"] for line in shown if line.get("refunded")] == ["400.00"]
    visit.send("another")
    kept = desk.engine.store.get(visit.ref)
    assert kept is not None
    assert dict(kept.answers) == {}


@proves("V2.1")
def test_only_the_certificate_with_the_repaid_payment_says_so(desk: Desk) -> None:
    """That of 2025 stays as it is, that of 2026 does not; a new one of the rest is genuine."""
    refunder = desk.cast.refunder

    def certify(year: int) -> str:
        visit = desk.begin("tax_certificate", refunder)
        visit.send(period_from=f"{year}-01", period_to=f"{year}-12")
        visit.send(certified_payments=[row.key for row in visit.rows("certified_payments")])
        desk.deliver()
        return str(visit.shows("voucher_no"))

    def stands(voucher: str) -> str:
        visit = desk.begin("verify_tax_certificate", "a bank")
        visit.send(voucher_no=voucher)
        return visit.state

    untouched, touched = certify(2025), certify(2026)
    assert [stands(untouched), stands(touched)] == ["genuine", "genuine"]
    refunded(desk)
    assert [stands(untouched), stands(touched)] == ["genuine", "refunded"]
    assert stands(certify(2026)) == "genuine"
