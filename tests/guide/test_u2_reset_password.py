"""U2 找回密码: 输入用户注册名，点击获取验证码，填写手机接收到的验证码，点击“下一步”。
输入密码，点击“提交”。"""

from __future__ import annotations

from guide_kit import Desk, Visit, proves

NEW = "snow-on-nojin-kangsang"


def signs_in(desk: Desk, password: str) -> str:
    """The state in which the resident ends when signing in with a password."""
    resident = desk.cast.resident
    visit = desk.begin("login", "somebody")
    visit.send("send_code", user_name=resident.user_name)
    code = desk.bureau.code(resident.mobile)
    return visit.send(user_name=resident.user_name, password=password, sms_code=code).state


def to_the_code(desk: Desk, user_name: str | None) -> Visit:
    """The user is named and a code is sent, or seems to be."""
    visit = desk.begin("reset_password", "somebody")
    visit.send(user_name=user_name)
    return visit


@proves("U2.1", "U2.2", "U2.3")
def test_name_then_code_then_new_password(desk: Desk) -> None:
    """The new password opens, the old one doesn't any more."""
    resident = desk.cast.resident
    old = desk.bureau.demo_password(resident)
    visit = to_the_code(desk, resident.user_name)

    assert visit.shows("user_name") == resident.user_name
    assert visit.send(sms_code=desk.bureau.code(resident.mobile)).state == "choosing_password"
    after = visit.send(password=NEW, password_again=NEW)

    assert (after.state, after.ends) == ("done", "well")
    assert signs_in(desk, old) == "password_refused"
    assert signs_in(desk, NEW) == "signed_in"


@proves("U2.1")
def test_an_unknown_user_looks_the_same(desk: Desk) -> None:
    """Whether somebody has a user name is not given away: state, words, form and events agree."""
    known = to_the_code(desk, desk.cast.resident.user_name)
    unknown = to_the_code(desk, "no_such_user")

    def seen(visit: Visit) -> object:
        view = visit.view
        assert view.form is not None
        schema = view.form.json_schema("zh")
        return (
            view.state,
            view.text("zh"),
            schema,
            view.events,
            view.deadline,
            view.version,
            [entry.event for entry in desk.engine.store.history(visit.ref)],
        )

    assert seen(known) == seen(unknown)
    assert known.send(sms_code="000000").state == unknown.send(sms_code="000000").state
    assert seen(known) == seen(unknown)


def test_no_code_is_ever_right_for_an_unknown_user(desk: Desk) -> None:
    """Nothing was sent to anybody, and the code of another's item is no good either."""
    other = to_the_code(desk, desk.cast.resident.user_name)
    code = desk.bureau.code(desk.cast.resident.mobile)
    visit = to_the_code(desk, "no_such_user")

    assert visit.send(sms_code=code).state == "code_wrong"
    assert other.send(sms_code=code).state == "choosing_password"


@proves("U2.2")
def test_a_wrong_code_and_a_late_one(desk: Desk) -> None:
    """Entered again, or asked for anew."""
    mobile = desk.cast.resident.mobile
    visit = to_the_code(desk, desk.cast.resident.user_name)
    wrong = f"{(int(desk.bureau.code(mobile)) + 1) % 10**6:06d}"

    assert visit.wrong(sms_code="12345") == {"sms_code": "pattern_differs"}
    assert visit.send(sms_code=wrong).state == "code_wrong"
    desk.later(minutes=10)
    assert visit.send(sms_code=desk.bureau.code(mobile)).state == "code_expired"
    visit.send("resend")
    assert visit.send(sms_code=desk.bureau.code(mobile)).state == "choosing_password"


@proves("U2.3")
def test_a_weak_or_differing_new_password_is_not_taken(desk: Desk) -> None:
    """The old one stays until a good one is given twice."""
    resident = desk.cast.resident
    visit = to_the_code(desk, resident.user_name)
    visit.send(sms_code=desk.bureau.code(resident.mobile))

    assert visit.wrong(password=NEW, password_again=NEW[:-1]).keys() == {"password_again"}
    assert visit.wrong(password="short", password_again="short").keys() >= {"password"}
    assert visit.send(password="password123", password_again="password123").state == "password_weak"
    assert signs_in(desk, desk.bureau.demo_password(resident)) == "signed_in"
    visit.send(password=NEW, password_again=NEW)
    assert visit.state == "done"


def test_a_lost_answer_asks_for_the_password_again(desk: Desk) -> None:
    """The connection broke: nobody knows what was done, so the person enters it once more."""
    resident = desk.cast.resident
    visit = to_the_code(desk, resident.user_name)
    visit.send(sms_code=desk.bureau.code(resident.mobile))
    desk.bureau.tell("users.reset_password", "down", times=1)

    assert visit.send(password=NEW, password_again=NEW).state == "not_reset"
    assert visit.send(password=NEW, password_again=NEW).state == "done"
