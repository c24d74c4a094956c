"""Q2 社保费已申报信息查询: 系统带出已申报信息，点击“详情”查看明细。"""

from __future__ import annotations

from guide_kit import Desk, Visit, declare_pension, proves

PAGE = 10


def numbers(visit: Visit) -> list[str]:
    """The declarations on the page, by number."""
    return [row.key for row in visit.rows("declarations", event="")]


def declare_many(desk: Desk, count: int) -> list[str]:
    """So many declarations of the resident's, each voided but the last; the newest first."""
    resident, found = desk.cast.resident, list[str]()
    for _ in range(count):
        visit = declare_pension(desk, resident)
        visit.send("cancel")
        found.insert(0, visit.shows("declaration_no"))
        if len(found) < count:
            visit.send("void_it")
    return found


@proves("Q2.1", "Q2.2")
def test_the_list_and_one_in_detail(desk: Desk) -> None:
    """点击“详情”: the declaration with its lines, and back to the list."""
    resident = desk.cast.resident
    declare_pension(desk, resident, "300").send("cancel")
    visit = desk.begin("declared_query", resident)
    [row] = visit.rows("declarations", event="")
    shown = {name: row.values[name] for name in ("period", "amount", "declared_on", "status")}
    assert shown == {
        "period": "2025",
        "amount": "300.00",
        "declared_on": "2025-10-15",
        "status": "unpaid",
    }
    assert (visit.field("page_number", "").value, visit.field("page_count", "").value) == (1, 1)

    visit.send("detail", chosen_declaration=row.key)
    assert visit.state == "detail"
    assert visit.shows("declaration_no") == row.key
    assert visit.shows("amount_due") == "300.00"
    [line] = visit.rows("declaration_lines")
    assert line.values["insured_name"] == resident.name
    assert (line.values["tier"], line.values["government_amount"]) == ("300", "30.00")
    visit.send("back")
    assert visit.state == "listed"
    assert visit.send("close").ends == "well"


@proves("Q2.1")
def test_paging(desk: Desk) -> None:
    """Ten a page, the newest first; beyond the last page there is none."""
    declared = declare_many(desk, 12)
    visit = desk.begin("declared_query", desk.cast.resident)
    assert numbers(visit) == declared[:PAGE]
    assert visit.field("page_count", "").value == 2
    assert visit.wrong("turn", page_number="3").keys() == {"page_number"}
    assert visit.wrong("turn", page_number="0").keys() == {"page_number"}
    assert visit.wrong("turn", page_number="two").keys() == {"page_number"}
    visit.send("turn", page_number="2")
    assert numbers(visit) == declared[PAGE:]
    assert visit.field("page_number", "").value == 2
    # The detail is of the page that is shown.
    visit.send("detail", chosen_declaration=declared[11])
    assert visit.shows("declaration_no") == declared[11]
    visit.send("back")
    assert numbers(visit) == declared[PAGE:]


def test_what_others_declare_for_oneself_is_listed_as_well(desk: Desk) -> None:
    """And what one declares for others; strangers' declarations are not."""
    resident, neighbour, settled = desk.cast.resident, desk.cast.neighbour, desk.cast.settled
    declare_pension(desk, neighbour).send("cancel")
    before = numbers(desk.begin("declared_query", settled))
    assert desk.begin("declared_query", resident).state == "nothing"
    assert len(numbers(desk.begin("declared_query", neighbour))) == 1
    assert numbers(desk.begin("declared_query", settled)) == before


@proves("Q2.1")
def test_nothing_declared(desk: Desk) -> None:
    """没有查到已申报信息."""
    visit = desk.begin("declared_query", desk.cast.resident)
    assert (visit.state, visit.view.ends) == ("nothing", "well")


def test_the_status_follows_what_happens(desk: Desk) -> None:
    """Being paid, unpaid, voided."""
    resident = desk.cast.resident
    paying = declare_pension(desk, resident)

    def status() -> list[object]:
        visit = desk.begin("declared_query", resident)
        return [row.values["status"] for row in visit.rows("declarations", event="")]

    assert status() == ["being_paid"]
    paying.send("cancel")
    assert status() == ["unpaid"]
    paying.send("void_it")
    assert status() == ["voided"]


def test_a_ledger_that_is_away(desk: Desk) -> None:
    """List and detail are asked again."""
    declare_pension(desk, desk.cast.resident).send("cancel")
    desk.bureau.tell("ledger.declared", "down", times=1)
    desk.bureau.tell("ledger.declaration", "down", times=1)
    visit = desk.begin("declared_query", desk.cast.resident)
    assert visit.state == "unavailable"
    visit.send("again")
    visit.send("detail", chosen_declaration=numbers(visit)[0])
    assert visit.state == "detail_unavailable"
    assert visit.send("again").state == "detail"
