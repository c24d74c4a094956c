"""U4 用户登录: 输入用户名，登录密码，手机接收的短信验证码；
“更多登陆方式”：短信安全登陆、扫脸实名登陆。"""

from __future__ import annotations

from typing import Any

import pytest
from guide_kit import Desk, Visit, proves


def by_password(desk: Desk) -> Visit:
    """The resident's user name is given and a code was sent."""
    visit = desk.begin("login", "a phone")
    visit.send("send_code", user_name=desk.cast.resident.user_name)
    return visit


def credentials(desk: Desk, **other: Any) -> dict[str, Any]:
    """The resident's own, as they stand."""
    resident = desk.cast.resident
    return {
        "user_name": resident.user_name,
        "password": desk.bureau.demo_password(resident),
        "sms_code": desk.bureau.code(resident.mobile),
        **other,
    }


def another_way(desk: Desk, way: str) -> Visit:
    """“更多登陆方式”."""
    visit = desk.begin("login", "a phone")
    visit.send("other_way")
    visit.send(way_of_signing_in=way)
    return visit


def signed_in_as(visit: Visit) -> Any:
    """The user that the item ended with."""
    item = visit.desk.engine.store.get(visit.ref)
    assert item is not None
    assert item.state == "signed_in"
    return item.answers["user"]


@proves("U4.1")
def test_name_password_and_code(desk: Desk) -> None:
    """输入用户名，登录密码，手机接收的短信验证码，点击登陆。"""
    visit = by_password(desk)
    visit.send(**credentials(desk))

    assert signed_in_as(visit) == desk.cast.resident.actor
    assert visit.view.ends == "well"


@proves("U4.1")
@pytest.mark.parametrize(
    "wrong",
    [{"user_name": "no_such_user"}, {"password": "not the password"}, {"sms_code": "wrong"}],
)
def test_whatever_is_wrong_is_told_in_the_same_words(wrong: dict[str, str], desk: Desk) -> None:
    """登录信息不正确: neither which of the three, nor whether there is such a user."""
    visit = by_password(desk)
    if "sms_code" in wrong:
        right = desk.bureau.code(desk.cast.resident.mobile)
        wrong = {"sms_code": f"{(int(right) + 1) % 10**6:06d}"}
    after = visit.send(**credentials(desk, **wrong))

    assert after.state == "password_refused"
    assert after.text("zh") == "登录信息不正确，请核对后重试"
    assert visit.send(**credentials(desk)).state == "signed_in"


def test_without_a_code_nothing_is_tried(desk: Desk) -> None:
    """请先获取短信验证码."""
    visit = desk.begin("login", "a phone")
    answers = {**dict.fromkeys(("user_name", "password"), "demo_resident"), "sms_code": "123456"}
    refused = visit.refused(**answers)

    assert refused.refusal is not None
    assert refused.refusal.code == "no_code_yet"
    assert refused.text("zh") == "请先获取短信验证码"


@proves("U4.2")
def test_by_text_message(desk: Desk) -> None:
    """短信安全登录: the mobile number and its code."""
    mobile = desk.cast.resident.mobile
    visit = another_way(desk, "sms")
    visit.send("send_code", mobile=mobile)
    visit.send(mobile=mobile, sms_code=desk.bureau.code(mobile))

    assert signed_in_as(visit) == desk.cast.resident.actor


@proves("U4.2")
def test_a_code_that_went_to_another_number_opens_nothing(desk: Desk) -> None:
    """The code was sent to one's own phone, the number entered is another user's."""
    own, others = desk.cast.neighbour.mobile, desk.cast.resident.mobile
    visit = another_way(desk, "sms")
    visit.send("send_code", mobile=own)

    assert visit.send(mobile=others, sms_code=desk.bureau.code(own)).state == "sms_refused"


def test_a_number_that_no_user_has_is_refused_like_a_wrong_code(desk: Desk) -> None:
    """Whether a number is known isn't told: not when the code is sent, nor after."""
    known, unknown = another_way(desk, "sms"), another_way(desk, "sms")
    known.send("send_code", mobile=desk.cast.resident.mobile)
    unknown.send("send_code", mobile="13900000000")
    assert known.view.text("zh") == unknown.view.text("zh")

    unknown.send(mobile="13900000000", sms_code=desk.bureau.code("13900000000"))
    wrong = f"{(int(desk.bureau.code(desk.cast.resident.mobile)) + 1) % 10**6:06d}"
    known.send(mobile=desk.cast.resident.mobile, sms_code=wrong)
    assert known.state == unknown.state == "sms_refused"


@proves("U4.3")
def test_by_face(desk: Desk) -> None:
    """扫脸实名登录: name, ID number and the scan."""
    resident = desk.cast.resident
    visit = another_way(desk, "face")
    answers = {
        "person_name": resident.name,
        "id_number": resident.id_number.lower(),
        "face_scan": desk.bureau.demo_face(),
    }
    assert visit.send(**{**answers, "face_scan": "another face"}).state == "face_refused"
    visit.send(**answers)

    assert signed_in_as(visit) == resident.actor
    assert desk.bureau.demo_face() not in repr(desk.engine.store.history(visit.ref))


def test_five_failures_lock_for_a_quarter_of_an_hour(desk: Desk) -> None:
    """尝试次数过多: even what is right is not taken then; after 15 minutes it is."""
    for _ in range(5):
        visit = by_password(desk)
        assert visit.send(**credentials(desk, password="wrong guess")).state == "password_refused"
        desk.later(minutes=2)
    locked = by_password(desk)
    assert locked.send(**credentials(desk)).state == "locked"
    assert locked.view.ends == "badly"

    desk.later(minutes=16)
    again = by_password(desk)
    assert again.send(**credentials(desk)).state == "signed_in"


def test_a_code_is_right_once(desk: Desk) -> None:
    """Who has seen it over a shoulder can do nothing with it."""
    visit = by_password(desk)
    answers = credentials(desk)
    visit.send(**answers)
    second = by_password(desk)
    # The first item's code, while the second has one of its own.
    if answers["sms_code"] != desk.bureau.code(desk.cast.resident.mobile):
        assert second.send(**answers).state == "password_refused"
    assert second.send(**credentials(desk)).state == "signed_in"
