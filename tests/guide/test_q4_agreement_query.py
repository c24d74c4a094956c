"""Q4 委托扣款缴费协议查询: 系统带出协议信息。"""

from __future__ import annotations

from guide_kit import Desk, proves


@proves("Q4.1")
def test_ones_own_agreements_are_listed(desk: Desk) -> None:
    """The insurance, the bank, the last four digits, how it stands, and no more of the account."""
    agreed = desk.cast.agreed
    visit = desk.begin("agreement_query", agreed)
    [row] = visit.rows("agreements")
    assert (row.values["scheme"], row.values["status"]) == ("resident_pension", "active")
    assert row.values["active_from"] == "2025-07-07", "100 days ago"
    assert row.values["holder_name"] == agreed.name
    assert len(row.values["account_tail"]) == 4
    assert "account_number" not in row.values
    rows = visit.field("agreements").rows
    assert rows is not None
    status = next(column for column in rows.shows if column.name == "status")
    assert rows.cell(row, status, "zh") == "已生效"
    assert visit.send("close").ends == "well"


@proves("Q4.1")
def test_whoever_has_none_is_told(desk: Desk) -> None:
    """您没有签订过委托扣款协议: others' are nobody's business."""
    visit = desk.begin("agreement_query", desk.cast.resident)
    assert (visit.state, visit.view.ends) == ("nothing", "well")


def test_all_are_listed_the_newest_first(desk: Desk) -> None:
    """In force, refused and being verified."""
    agreed = desk.cast.agreed
    for mood, scheme in (("refuse", "resident_medical"), ("slow", "resident_medical")):
        desk.bureau.tell("bank.verify", mood, times=1)
        visit = desk.begin("debit_agreement", agreed)
        visit.send(scheme=scheme)
        visit.send(chosen_account=visit.row("chosen_account"))
        visit.send(holder_is_another="no")
        desk.deliver()
    query = desk.begin("agreement_query", agreed)
    assert [(r.values["scheme"], r.values["status"]) for r in query.rows("agreements")] == [
        ("resident_medical", "verifying"),
        ("resident_medical", "refused"),
        ("resident_pension", "active"),
    ]


def test_a_system_that_is_away(desk: Desk) -> None:
    """Asked again; after half an hour it is over."""
    desk.bureau.tell("agreements.mine", "down", times=1)
    visit = desk.begin("agreement_query", desk.cast.agreed)
    assert visit.send("again").state == "listed"
    desk.bureau.tell("agreements.mine", "down", times=1)
    left = desk.begin("agreement_query", desk.cast.agreed)
    desk.later(minutes=30)
    assert (left.state, left.view.ends) == ("abandoned", "badly")
