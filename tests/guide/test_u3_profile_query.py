"""U3 信息查看: 个人登录后，点击图示区域，查看个人信息。"""

from __future__ import annotations

from guide_kit import Desk, proves


@proves("U3.1")
def test_a_user_sees_their_own_data(desk: Desk) -> None:
    """Name, ID, nationality and mobile number, read-only, the numbers masked."""
    resident = desk.cast.resident
    visit = desk.begin("profile_query", resident)

    assert visit.state == "shown"
    assert visit.shows("user_name") == resident.user_name
    assert visit.shows("person_name") == resident.name
    assert visit.field("id_type").display("zh") == "居民身份证"
    assert visit.shows("id_number") == resident.id_number[:6] + "********" + resident.id_number[14:]
    assert visit.field("nationality").display("zh") == "中国"
    assert visit.shows("mobile") == "199****0001"
    assert [event.name for event in visit.view.events] == ["close"]
    assert resident.id_number not in repr(visit.view)


@proves("U3.1")
def test_a_foreigner_sees_the_passport(desk: Desk) -> None:
    """The ID type and the nationality are the register's."""
    visitor = desk.cast.visitor
    visit = desk.begin("profile_query", visitor)

    assert visit.field("id_type").display("zh") == "外国护照"
    assert visit.field("nationality").display("zh") == "尼泊尔"
    assert visit.send("close").ends == "well"


def test_who_is_no_user_sees_nothing(desk: Desk) -> None:
    """It ends badly, and says where to ask."""
    view = desk.begin("profile_query", desk.cast.nobody).view

    assert (view.state, view.ends, view.form) == ("nothing", "badly", None)
    assert view.text("zh") == "没有查到您的个人信息，请到办税服务厅咨询"


def test_a_register_that_is_away_is_asked_again(desk: Desk) -> None:
    """暂时无法查询: nothing is lost by trying again."""
    desk.bureau.tell("users.profile", "down", times=1)
    visit = desk.begin("profile_query", desk.cast.resident)

    assert visit.state == "unavailable"
    assert visit.send("again").state == "shown"
