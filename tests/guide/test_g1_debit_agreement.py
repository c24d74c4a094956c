"""G1 社保费个人缴费协议签订: 系统带出“姓名”、“身份证件类型”、“身份证件号码”、“国籍（地区）”信息，
点击“新增协议签订”；
已备案的用户系统自动带出账户信息；如果是本人银行卡，请关闭“是否人卡分离”按钮，如果非本人银行卡，请填写持卡人信息；
点击保存等待银行验证成功；未备案的用户，系统自动带出备案存款账户账号的提示。"""

from __future__ import annotations

import pytest
from guide_kit import ACCOUNT, ANOTHER_CARD, Desk, Visit, proves

from sstibet.bureau import Person


def to_account(desk: Desk, who: Person, scheme: str = "resident_medical") -> Visit:
    """The insurance is chosen."""
    visit = desk.begin("debit_agreement", who)
    visit.send(scheme=scheme)
    return visit


def signed(desk: Desk, who: Person, scheme: str = "resident_medical") -> Visit:
    """With one's own card, saved."""
    visit = to_account(desk, who, scheme)
    visit.send(chosen_account=visit.row("chosen_account"))
    visit.send(holder_is_another="no")
    return visit


def status(desk: Desk, who: Person) -> list[tuple[str, str]]:
    """How one's agreements stand, the newest first."""
    visit = desk.begin("agreement_query", who)
    if visit.state == "nothing":
        return []
    return [(r.values["scheme"], r.values["status"]) for r in visit.rows("agreements")]


@proves("G1.1", "G1.2", "G1.3", "G1.4")
def test_with_ones_own_card(desk: Desk) -> None:
    """From the person's data to the agreement in force."""
    settled = desk.cast.settled
    visit = desk.begin("debit_agreement", settled)
    assert visit.shows("person_name") == settled.name
    assert visit.shows("id_number") == settled.id_number[:6] + "*" * 8 + settled.id_number[14:]
    assert visit.field("id_type").display("zh") == "居民身份证"
    assert visit.field("nationality").display("zh") == "中国"
    assert visit.wrong(scheme="resident_medical", id_number="540101199001010015").keys() == {
        "id_number"
    }
    assert [value for value, _ in visit.field("scheme").options or ()] == [
        *("resident_pension", "resident_medical", "flexible_pension", "flexible_medical")
    ]
    visit.send(scheme="resident_medical")

    [account] = visit.rows("chosen_account")
    assert len(account.values["account_tail"]) == 4
    assert "account_number" not in account.values
    visit.send(chosen_account=account.key)
    form = visit.front.form
    assert form is not None
    assert "holder_name" not in form.visible({"holder_is_another": False})
    assert "holder_name" in form.visible({"holder_is_another": True})
    after = visit.send(holder_is_another="no")
    assert (after.state, after.waits_for) == ("verifying", ("verify",))
    desk.deliver()

    assert (visit.state, visit.view.ends) == ("active", "well")
    assert visit.shows("active_from") == visit.shows("verified_on") == "2025-10-15"
    assert status(desk, settled) == [("resident_medical", "active")]


@proves("G1.2", "A1.1", "A1.2", "A1.3")
def test_without_an_account_one_is_filed_on_the_way(desk: Desk) -> None:
    """系统自动带出备案存款账户账号的提示 … 进入账户备案界面: and back, with nothing lost."""
    worker = desk.cast.worker
    visit = to_account(desk, worker, "flexible_medical")
    assert visit.state == "no_account"
    visit.send("file_account")
    assert (visit.view.state, visit.front.item) == ("filing_account", "account_filing")
    # What was begun can still be seen from outside, and the inner item goes on by itself.
    assert [view.item for view in desk.engine.items(actor=worker.actor)] == ["debit_agreement"]
    visit.send(**ACCOUNT)

    assert visit.state == "choosing_account"
    visit.send(chosen_account=visit.row("chosen_account"))
    visit.send(holder_is_another="no")
    desk.deliver()
    assert visit.state == "active"
    assert visit.shows("scheme") == "flexible_medical"


@proves("G1.2")
def test_filing_given_up_leads_back_to_the_prompt(desk: Desk) -> None:
    """Not filed: the prompt again. With one on file another may be filed besides."""
    visit = to_account(desk, desk.cast.worker, "flexible_medical")
    visit.send("file_account")
    visit.send("cancel")
    assert visit.state == "no_account"
    visit.send("file_account")
    visit.send(**ACCOUNT)
    visit.send("file_account")
    visit.send(
        **{
            **ACCOUNT,
            "account_number": ANOTHER_CARD,
            "preferred_for_payment": "no",
            "for_refunds": "no",
        }
    )
    assert len(visit.rows("chosen_account")) == 2


@proves("G1.3", "G1.4")
def test_with_another_holders_card(desk: Desk) -> None:
    """人卡分离: 请填写持卡人信息; all of it, and of somebody else."""
    settled, holder = desk.cast.settled, desk.cast.neighbour
    visit = to_account(desk, settled)
    visit.send(chosen_account=visit.row("chosen_account"))
    assert visit.wrong(holder_is_another="yes").keys() == {
        *("holder_name", "holder_id_type", "holder_id_number", "holder_mobile")
    }
    others = {
        "holder_is_another": "yes",
        "holder_name": holder.name,
        "holder_id_type": "201",
        "holder_id_number": holder.id_number,
        "holder_mobile": holder.mobile,
    }
    refused = visit.refused(**{**others, "holder_id_number": settled.id_number})
    assert {each.field for each in refused.problems} == {"holder_id_number"}
    assert refused.text("zh").startswith("这是您本人的证件号码")
    visit.send(**others)
    desk.deliver()

    assert visit.state == "active"
    listed = desk.begin("agreement_query", settled)
    assert [row.values["holder_name"] for row in listed.rows("agreements")] == [holder.name]


def test_hidden_holders_data_are_not_submitted(desk: Desk) -> None:
    """Typed, and then the switch is turned off: kept in the draft, told nobody."""
    settled, holder = desk.cast.settled, desk.cast.neighbour
    visit = to_account(desk, settled)
    visit.send(chosen_account=visit.row("chosen_account"))
    desk.engine.save(
        visit.ref, {"holder_is_another": "yes", "holder_name": holder.name}, actor=settled.actor
    )
    visit.send(holder_is_another="no")
    kept = desk.engine.store.get(visit.ref)
    assert kept is not None
    assert "holder_name" not in kept.answers
    assert kept.drafts["agreement_card"]["holder_name"] == holder.name
    desk.deliver()
    listed = desk.begin("agreement_query", settled)
    assert [row.values["holder_name"] for row in listed.rows("agreements")] == [settled.name]


@proves("G1.4")
def test_the_bank_refuses_with_its_reason(desk: Desk) -> None:
    """户名与账号不符: shown, nothing is in force, and it may be signed anew."""
    desk.bureau.tell("bank.verify", "refuse", times=1, reason="户名与账号不符（虚构）")
    visit = signed(desk, desk.cast.settled)
    desk.deliver()
    assert (visit.state, visit.view.ends) == ("refused", "badly")
    assert visit.shows("bank_reason") == "户名与账号不符（虚构）"
    assert ("resident_medical", "active") not in status(desk, desk.cast.settled)

    again = signed(desk, desk.cast.settled)
    desk.deliver()
    assert again.state == "active"


@pytest.mark.parametrize("mood", ["never", "late"])
def test_the_bank_does_not_answer_in_three_days(mood: str, desk: Desk) -> None:
    """Over, and nothing is in force: not by an acceptance that comes later either."""
    desk.bureau.tell("bank.verify", mood, seconds=5 * 86400)
    visit = signed(desk, desk.cast.settled)
    desk.later(days=2, hours=23, minutes=59)
    assert visit.state == "verifying"
    desk.later(minutes=1)
    assert (visit.state, visit.view.ends) == ("unanswered", "badly")
    desk.later(days=5)
    assert visit.state == "unanswered"
    assert status(desk, desk.cast.settled) == [("resident_medical", "ended")]


@pytest.mark.parametrize("mood", ["slow", "twice", "early", "prompt"])
def test_one_agreement_however_the_bank_answers(mood: str, desk: Desk) -> None:
    """An hour later, twice, before the call returns: in force, once."""
    desk.bureau.tell("bank.verify", mood, seconds=3600 if mood == "slow" else None)
    desk.bureau.on_early = desk.engine.callback
    visit = signed(desk, desk.cast.settled)
    desk.later(hours=1)
    desk.later(days=4)
    assert visit.state == "active"
    assert status(desk, desk.cast.settled) == [("resident_medical", "active")]


def test_a_second_active_agreement_for_the_same_insurance_is_refused(desk: Desk) -> None:
    """该险种已有生效的委托扣款协议; for another insurance there may be one."""
    agreed = desk.cast.agreed
    assert status(desk, agreed) == [("resident_pension", "active")]
    second = signed(desk, agreed, "resident_pension")
    assert (second.state, second.view.ends) == ("already_active", "badly")
    other = signed(desk, agreed, "resident_medical")
    desk.deliver()
    assert other.state == "active"


def test_of_two_that_are_verified_at_once_one_comes_first(desk: Desk) -> None:
    """Both accepted: the first is in force, the other gives way."""
    settled = desk.cast.settled
    first, second = signed(desk, settled), signed(desk, settled)
    assert first.state == second.state == "verifying"
    desk.deliver()
    assert sorted([first.state, second.state]) == ["active", "another_active"]
    assert sorted(how for _, how in status(desk, settled)) == ["active", "ended"]


def test_ended_by_the_person(desk: Desk) -> None:
    """终止协议: and then a new one may be signed."""
    settled = desk.cast.settled
    visit = signed(desk, settled)
    desk.deliver()
    desk.later(days=10)
    after = visit.send("end_agreement")
    assert (after.state, after.ends) == ("ended", "well")
    assert visit.shows("ended_on") == "2025-10-25"
    again = signed(desk, settled)
    desk.deliver()
    assert again.state == "active"
    assert [how for _, how in status(desk, settled)] == ["active", "ended"]


def test_withdrawn_while_the_bank_is_verifying(desk: Desk) -> None:
    """撤回协议: an acceptance that comes after it puts nothing in force."""
    desk.bureau.tell("bank.verify", "late", seconds=3600)
    visit = signed(desk, desk.cast.settled)
    assert visit.send("withdraw").state == "withdrawn"
    desk.later(hours=2)
    assert (visit.state, visit.view.ends) == ("withdrawn", "badly")
    assert status(desk, desk.cast.settled) == [("resident_medical", "ended")]


@pytest.mark.parametrize(
    "verb",
    ["registry.myself", "accounts.filed", "agreements.sign", "bank.verify", "agreements.activate"],
)
def test_a_system_that_is_away_is_asked_again(verb: str, desk: Desk) -> None:
    """By the person, or by itself within the hour."""
    desk.bureau.tell(verb, "down", times=1)
    visit = desk.begin("debit_agreement", desk.cast.settled)
    if visit.state == "unavailable":
        visit.send("again")
    visit.send(scheme="resident_medical")
    if visit.state == "accounts_unavailable":
        visit.send("again")
    visit.send(chosen_account=visit.row("chosen_account"))
    visit.send(holder_is_another="no")
    if visit.state == "not_signed":
        visit.send("again")
    desk.deliver()
    desk.later(hours=1)
    desk.later(hours=1)
    assert visit.state == "active"


def test_who_is_on_no_register_signs_nothing(desk: Desk) -> None:
    """没有查到您的登记信息."""
    visit = desk.begin("debit_agreement", "p9999")
    assert (visit.state, visit.view.ends) == ("not_registered", "badly")


def test_an_insurance_that_one_is_not_enrolled_in_is_refused(desk: Desk) -> None:
    """Residents' insurances only: no agreement for a flexible worker's pension."""
    visit = desk.begin("debit_agreement", desk.cast.settled)
    assert visit.failed_rules(scheme="flexible_pension") == ["not_enrolled"]
    visit.send(scheme="resident_pension")
    assert visit.state == "choosing_account"


def test_without_any_enrolment_there_is_nothing_to_sign(desk: Desk) -> None:
    """Nobody enrolled: it ends there."""
    visit = desk.begin("debit_agreement", desk.cast.nobody)
    assert (visit.view.state, visit.view.ends) == ("not_enrolled", "badly")
