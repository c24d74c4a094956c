"""Q1 参保信息查询: 进入“社保”界面，点击“参保信息查询”，系统带出参保登记信息。"""

from __future__ import annotations

import pytest
from guide_kit import Desk, proves


@proves("Q1.1")
@pytest.mark.parametrize("role", ["resident", "worker", "newborn"])
def test_ones_own_enrolments_are_listed(role: str, desk: Desk) -> None:
    """Residents' and flexible workers' alike, with the offices that are in charge; nothing is
    asked and nothing can be changed."""
    person = getattr(desk.cast, role)
    visit = desk.begin("enrolment_query", person)
    rows = [row.values for row in visit.rows("enrolments")]

    assert [(row["scheme"], row["since"], row["category"]) for row in rows] == [
        (each.scheme, str(each.since), each.category) for each in person.enrolments
    ]
    assert all(row["agency_office"] and row["tax_office"] for row in rows)
    assert visit.field("enrolments").read_only
    assert [event.name for event in visit.view.events] == ["close"]
    assert visit.send("close").ends == "well"


@proves("Q1.1")
def test_who_is_enrolled_in_nothing(desk: Desk) -> None:
    """没有查到您的参保登记: that is an answer, too."""
    visit = desk.begin("enrolment_query", desk.cast.visitor)
    assert (visit.state, visit.view.ends) == ("nothing", "well")


def test_a_register_that_is_away(desk: Desk) -> None:
    """Tried again, or left."""
    desk.bureau.tell("registry.my_enrolments", "down", times=2)
    visit = desk.begin("enrolment_query", desk.cast.resident)
    assert visit.send("again").state == "unavailable"
    assert visit.send("again").state == "listed"
    left = desk.begin("enrolment_query", desk.cast.resident)
    desk.later(minutes=30)
    assert (left.state, left.view.ends) == ("closed", "well")
