"""D1 申报作废: 系统带出已申报的数据，选择所属期，查看明细，
点击作废（未缴费、未在缴费中的申报才能作废）。"""

from __future__ import annotations

import pytest
from guide_kit import Desk, declare_pension, pay_by_card, proves


@proves("D1.1", "D1.2", "D1.3")
def test_what_is_declared_and_unpaid_is_voided(desk: Desk) -> None:
    """系统带出已申报的数据 … 作废: then the year may be declared anew."""
    resident = desk.cast.resident
    declared = declare_pension(desk, resident, "300")
    declared.send("cancel")
    visit = desk.begin("void_declaration", resident)
    [row] = visit.rows("chosen_declaration")
    shown = {name: row.values[name] for name in ("scheme", "period", "amount", "status")}
    assert shown == {
        "scheme": "resident_pension",
        "period": "2025",
        "amount": "300.00",
        "status": "unpaid",
    }
    visit.send(chosen_declaration=row.key)
    assert visit.shows("declaration_no") == row.key
    assert visit.shows("declared_on") == "2025-10-15"
    assert visit.shows("amount_due") == "300.00"
    [line] = visit.rows("declaration_lines")
    assert (line.values["insured_name"], line.values["tier"]) == (resident.name, "300")
    after = visit.send("void_it")

    assert (after.state, after.ends) == ("voided", "well")
    # The item in which it was declared finds out when it wants to pay.
    declared.send("pay_again")
    assert declared.view.state == "voided"
    again = declare_pension(desk, resident, "500")
    assert again.view.state == "paying"


@proves("D1.2")
def test_what_is_being_paid_cannot_be_voided(desk: Desk) -> None:
    """It is shown, and told; once it is paid it can't be voided at all."""
    resident = desk.cast.resident
    paying = declare_pension(desk, resident)
    visit = desk.begin("void_declaration", resident)
    [row] = visit.rows("chosen_declaration")
    assert row.values["status"] == "being_paid"
    visit.send(chosen_declaration=row.key)
    assert visit.send("void_it").state == "being_paid"
    pay_by_card(paying, resident)
    desk.deliver()
    after = visit.send("again")
    assert (after.state, after.ends) == ("paid", "badly")
    assert paying.view.state == "paid"
    assert len([p for p in desk.bureau.live_payments() if not p.seeded]) == 1


def test_voiding_moves_no_money(desk: Desk) -> None:
    """A cancelled payment, then voided: nothing was charged, nothing comes later."""
    resident = desk.cast.resident
    before = desk.bureau.money()
    paying = declare_pension(desk, resident)
    paying.send("cancel")
    visit = desk.begin("void_declaration", resident)
    visit.send(chosen_declaration=visit.row("chosen_declaration"))
    visit.send("void_it")
    desk.later(days=1)
    assert (visit.state, desk.bureau.money()) == ("voided", before)


@proves("D1.1")
def test_nothing_that_could_be_voided(desk: Desk) -> None:
    """Paid ones are not listed."""
    visit = desk.begin("void_declaration", desk.cast.settled)
    assert (visit.state, visit.view.ends) == ("nothing_open", "badly")


@proves("D1.1", "D1.2")
def test_of_several_one_is_chosen(desk: Desk) -> None:
    """Back to the list, which is made anew; voided ones are gone from it."""
    resident, neighbour = desk.cast.resident, desk.cast.neighbour
    for who in (resident, neighbour):
        declare_pension(desk, who).send("cancel")
    mine = desk.begin("void_declaration", resident)
    assert [row.values["insured_name"] for row in mine.rows("chosen_declaration")] == [
        resident.name
    ]
    foreign = desk.begin("void_declaration", neighbour).rows("chosen_declaration")[0].key
    assert mine.wrong(chosen_declaration=foreign) == {"chosen_declaration": "unknown_row"}
    mine.send(chosen_declaration=mine.row("chosen_declaration"))
    mine.send("back")
    assert mine.state == "choosing"


def test_voided_by_two_at_once_is_voided_once(desk: Desk) -> None:
    """The second is told the same."""
    resident = desk.cast.resident
    declare_pension(desk, resident).send("cancel")
    visits = [desk.begin("void_declaration", resident) for _ in range(2)]
    for visit in visits:
        visit.send(chosen_declaration=visit.row("chosen_declaration"))
    assert [visit.send("void_it").state for visit in visits] == ["voided", "voided"]


@pytest.mark.parametrize("verb", ["ledger.open_declarations", "ledger.declaration", "ledger.void"])
def test_a_ledger_that_is_away_is_asked_again(verb: str, desk: Desk) -> None:
    """暂时无法访问，尚未作废."""
    resident = desk.cast.resident
    declare_pension(desk, resident).send("cancel")
    desk.bureau.tell(verb, "down", times=1)
    visit = desk.begin("void_declaration", resident)
    for _ in range(2):
        if visit.state == "ledger_away":
            visit.send("again")
        if visit.state == "choosing":
            visit.send(chosen_declaration=visit.row("chosen_declaration"))
    visit.send("void_it")
    if visit.state == "void_waits":
        visit.send("again")
    assert visit.state == "voided"
