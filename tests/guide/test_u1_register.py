"""U1 用户注册: 点击“新用户注册”…注册时需接收短信验证码，请务必录入正确。
信息录入完成后，点击“自然人验证”。"""

from __future__ import annotations

from typing import Any

import pytest
from guide_kit import Desk, Visit, proves

from sstibet.bureau import Person

PASSWORD = "mist-over-yamdrok"


def filled_in(person: Person, **other: Any) -> dict[str, Any]:
    """The form as this person fills it in."""
    return {
        "user_name": "kelsang_2025",
        "password": PASSWORD,
        "password_again": PASSWORD,
        "person_name": person.name,
        "id_type": "201",
        "id_number": person.id_number,
        "mobile": person.mobile,
        "consent": "yes",
        **other,
    }


def to_the_code(desk: Desk, **other: Any) -> Visit:
    """Through the first screen: a code is sent."""
    visit = desk.begin("register", "somebody")
    visit.send(**filled_in(desk.cast.nobody, **other))
    return visit


@proves("U1.1", "U1.2", "U1.3")
def test_form_then_code_then_verification(desk: Desk) -> None:
    """按照页面要求填写必要信息…点击“自然人验证”: registered, and the user can sign in."""
    nobody = desk.cast.nobody
    visit = to_the_code(desk)

    assert visit.state == "entering_code"
    assert visit.shows("mobile") == f"{nobody.mobile[:3]}****{nobody.mobile[-4:]}"
    [text] = desk.bureau.inbox(nobody.mobile)
    assert desk.bureau.code(nobody.mobile) in text

    visit.send(sms_code=desk.bureau.code(nobody.mobile))
    assert visit.shows("person_name") == nobody.name
    assert visit.shows("id_number") == nobody.id_number[:6] + "*" * 8 + nobody.id_number[-4:]

    after = visit.send("verify_person")
    assert (after.state, after.ends) == ("registered", "well")
    assert desk.bureau.cast().nobody.user_name == "kelsang_2025"


def test_the_password_and_the_code_are_in_no_answer(desk: Desk) -> None:
    """What the item keeps, and shows, holds no secret."""
    visit = to_the_code(desk)
    code = desk.bureau.code(desk.cast.nobody.mobile)
    visit.send(sms_code=code)

    kept = desk.engine.store.get(visit.ref)
    assert kept is not None
    everything = repr((kept, kept.answers, kept.drafts, desk.engine.store.history(visit.ref)))
    assert PASSWORD not in everything
    assert code not in everything
    assert "password" not in visit.view.answers


@proves("U1.1")
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"mobile": "１９９０００００"}, None),
        ({"mobile": "+86 199 0000 0018"}, "19900000018"),
        ({"id_number": lambda n: n[:6] + " " + n[6:14] + " " + n[14:]}, "id"),
        ({"id_number": lambda n: n.translate({48 + i: 0xFF10 + i for i in range(10)})}, "id"),
    ],
)
def test_chinese_input_is_taken_as_people_type_it(
    typed: dict[str, Any], kept: str | None, desk: Desk
) -> None:
    """Full-width digits and blanks are normalised; what is still wrong is told at its field."""
    nobody = desk.cast.nobody
    [(name, value)] = typed.items()
    if callable(value):
        value = value(nobody.id_number)
    visit = desk.begin("register", "somebody")
    if kept is None:
        assert set(visit.wrong(**filled_in(nobody, **{name: value}))) == {name}
        visit.send(**filled_in(nobody))
        return
    visit.send(**filled_in(nobody, **{name: value}))
    item = desk.engine.store.get(visit.ref)
    assert item is not None
    assert item.answers[name] == (nobody.id_number if kept == "id" else kept)


def test_every_field_that_is_wrong_is_told_at_once(desk: Desk) -> None:
    """Each with words that a citizen understands."""
    visit = desk.begin("register", "somebody")
    last = desk.cast.nobody.id_number
    slip = last[:-1] + ("0" if last[-1] != "0" else "1")
    refused = visit.refused(
        **filled_in(
            desk.cast.nobody,
            user_name="4",
            password="short",
            id_number=slip,
            mobile="12345",
            consent="no",
        )
    )

    found = {each.field: each.text("zh") for each in refused.problems}
    assert set(found) >= {"user_name", "password", "id_number", "mobile", "consent"}
    assert found["password"] == "密码不少于8个字符"
    assert all(found.values())


def test_the_two_passwords_must_be_the_same(desk: Desk) -> None:
    """Told at the second one."""
    visit = desk.begin("register", "somebody")
    refused = visit.refused(**filled_in(desk.cast.nobody, password_again=PASSWORD + "x"))

    [problem] = refused.problems
    assert problem.field == "password_again"
    assert problem.text("zh") == "两次输入的密码不一致，请重新输入"
    assert PASSWORD not in repr(refused)


def test_a_common_password_is_not_taken(desk: Desk) -> None:
    """The form comes again, nothing is sent by text message."""
    visit = to_the_code(desk, password="password123", password_again="password123")

    assert visit.state == "password_weak"
    assert visit.shows("password_fault") == "common"
    assert desk.bureau.inbox(desk.cast.nobody.mobile) == []
    visit.send(**filled_in(desk.cast.nobody))
    assert visit.state == "entering_code"


def test_a_taken_name_and_a_registered_person_look_alike(desk: Desk) -> None:
    """用户名或证件已经注册: which of the two is never told, and that one is, to nobody who hasn't
    given the code: until then all is the same as for a name that is free."""
    resident, nobody = desk.cast.resident, desk.cast.nobody
    typed = {
        "name": filled_in(nobody, user_name=resident.user_name),
        "person": filled_in(resident, user_name="quite_another", mobile=nobody.mobile),
        "free": filled_in(nobody),
    }
    visits = {who: desk.begin("register", who) for who in typed}
    seen = {who: list[object]() for who in typed}
    for who, visit in visits.items():
        for event, answers in (
            ("submit", typed[who]),
            ("submit", None),
            ("verify_person", {}),
        ):
            if answers is None:
                answers = {"sms_code": desk.bureau.code(nobody.mobile)}
            view = visit.view
            seen[who].append((view.state, view.text("zh"), view.events, view.deadline))
            visit.send(event, **answers)

    assert seen["name"] == seen["person"] == seen["free"]
    assert visits["name"].state == visits["person"].state == "taken"
    assert visits["name"].view.text("zh") == visits["person"].view.text("zh")
    assert visits["free"].state == "registered"


@proves("U1.2")
def test_a_wrong_code_may_be_entered_again_and_the_third_spends_it(desk: Desk) -> None:
    """请务必录入正确: two slips are forgiven, after the third a new code is needed."""
    mobile = desk.cast.nobody.mobile
    visit = to_the_code(desk)
    right = desk.bureau.code(mobile)
    wrong = f"{(int(right) + 1) % 10**6:06d}"

    assert visit.send(sms_code=wrong).state == "code_wrong"
    assert visit.send(sms_code=wrong).state == "code_wrong"
    assert visit.send(sms_code=wrong).state == "code_spent"
    visit.send("resend")
    assert len(desk.bureau.inbox(mobile)) == 2
    assert visit.send(sms_code=desk.bureau.code(mobile)).state == "code_right"


def test_a_code_of_ten_minutes_ago_is_too_old(desk: Desk) -> None:
    """9 minutes and 59 seconds are in time, 10 minutes are not."""
    mobile = desk.cast.nobody.mobile
    visit = to_the_code(desk)
    desk.later(minutes=10)
    assert visit.send(sms_code=desk.bureau.code(mobile)).state == "code_expired"
    visit.send("resend")
    desk.later(minutes=9, seconds=59)
    assert visit.send(sms_code=desk.bureau.code(mobile)).state == "code_right"


def test_another_items_code_opens_nothing(desk: Desk) -> None:
    """A code is good for the registration that it was sent for."""
    mobile = desk.cast.nobody.mobile
    first = to_the_code(desk)
    foreign = desk.bureau.code(mobile)
    second = desk.begin("register", "another")
    second.send(**filled_in(desk.cast.newborn, user_name="another_one", mobile=mobile))
    own = desk.bureau.code(mobile)
    if own != foreign:  # one in a million they are alike
        assert second.send(sms_code=foreign).state == "code_wrong"
    assert second.send(sms_code=own).state == "code_right"
    assert first.send(sms_code=foreign).state == "code_right"


@proves("U1.3")
def test_a_name_and_an_id_that_differ_are_not_verified(desk: Desk) -> None:
    """自然人验证: refused, corrected, registered; what was typed is still there."""
    nobody = desk.cast.nobody
    visit = to_the_code(desk, person_name="格桑虚构")
    visit.send(sms_code=desk.bureau.code(nobody.mobile))
    assert visit.send("verify_person").state == "not_verified"
    assert visit.field("person_name").value == "格桑虚构"
    assert visit.field("id_number").value == nobody.id_number
    assert visit.field("password").value is None

    visit.send(person_name=nobody.name, password=PASSWORD, password_again=PASSWORD)
    visit.send(sms_code=desk.bureau.code(nobody.mobile))
    assert visit.send("verify_person").state == "registered"


def test_a_registration_that_is_given_up_leaves_the_name_free(desk: Desk) -> None:
    """Cancelled, or left for half an hour: nothing is kept, and another may have the name."""
    to_the_code(desk).send("cancel")
    left = to_the_code(desk)
    desk.later(minutes=30)
    assert (left.state, left.view.ends) == ("abandoned", "badly")

    assert to_the_code(desk).state == "entering_code"


def test_no_more_than_five_codes_in_ten_minutes(desk: Desk) -> None:
    """Asking for codes without end is stopped, and goes on later."""
    visit = to_the_code(desk)
    for _ in range(4):
        assert visit.send("resend").state == "entering_code"
    assert visit.send("resend").state == "too_many_codes"
    desk.later(minutes=11)
    assert visit.send("resend").state == "entering_code"
