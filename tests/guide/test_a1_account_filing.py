"""A1 存款账户账号备案: 系统弹出存款账户账号备案界面，填写账户信息，点击“提交”即可完成账户备案。"""

from __future__ import annotations

import pytest
from guide_kit import ACCOUNT, ANOTHER_CARD, CARD, Desk, Visit, proves


def filed(desk: Desk, **other: str) -> Visit:
    """The neighbour files an account."""
    visit = desk.begin("account_filing", desk.cast.neighbour)
    visit.send(**{**ACCOUNT, **other})
    return visit


@proves("A1.1", "A1.2", "A1.3")
def test_an_account_of_ones_own(desk: Desk) -> None:
    """户名 and kind come filled in; the kind is a person's, and can't be changed."""
    neighbour = desk.cast.neighbour
    visit = desk.begin("account_filing", neighbour)
    assert visit.field("account_kind").display("zh") == "个人银行结算账户"
    assert visit.wrong(**{**ACCOUNT, "account_kind": "1110"}) == {"account_kind": "read_only"}
    assert visit.field("account_name").value == neighbour.name
    assert visit.field("currency").value == "156"
    assert ("105", "中国建设银行") in [
        (value, label.text("zh")) for value, label in visit.field("bank").options or ()
    ]
    after = visit.send(**ACCOUNT)

    assert (after.state, after.ends) == ("filed", "well")
    assert after.answers["account_number"] == "*" * 15 + ACCOUNT["account_number"][-4:]
    assert len(desk.bureau.cast().neighbour.accounts) == 1


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"account_number": "12345"}, "account_number"),
        ({"account_number": "6" * 51}, "account_number"),
        ({"account_number": "六二二七"}, "account_number"),
        ({"account_name": "名" * 81}, "account_name"),
        ({"bank_branch": ""}, "bank_branch"),
        ({"bank": "999"}, "bank"),
        ({"region_code": "110100"}, "region_code"),
        ({"currency": "001"}, "currency"),
        ({"opened_on": "2025-10-16"}, "opened_on"),
        ({"opened_on": "2023-02-29"}, "opened_on"),
        ({"opened_on": "2021/11/27x"}, "opened_on"),
        ({"for_refunds": "perhaps"}, "for_refunds"),
    ],
)
def test_bad_input_is_told_at_its_field(answers: dict[str, str], field: str, desk: Desk) -> None:
    """A date that doesn't exist, tomorrow, a number that is too short, an unknown bank."""
    visit = desk.begin("account_filing", desk.cast.neighbour)
    refused = visit.refused(**{**ACCOUNT, **answers})

    assert {each.field for each in refused.problems} == {field}
    assert all(each.text("zh") for each in refused.problems)


def test_the_29_of_february_of_a_leap_year_is_a_day(desk: Desk) -> None:
    """2020 had one; blanks and full-width digits in the number do no harm."""
    visit = filed(desk, opened_on="2020-02-29", account_number="６２２７ 0000 0000 0000 029")
    assert visit.state == "filed"


@proves("A1.2")
def test_at_most_one_preferred_account_of_each_kind(desk: Desk) -> None:
    """One for paying, one for refunds; a second one is told so, and files without that wish."""
    filed(desk, for_refunds="no")
    second = filed(desk, account_number=CARD, for_refunds="no")
    assert second.state == "preferred_exists"
    assert second.field("account_number").value == CARD, "nothing typed is lost"
    second.send(preferred_for_payment="no", for_refunds="yes")
    assert second.state == "filed"

    third = filed(desk, account_number=ANOTHER_CARD, preferred_for_payment="no")
    assert third.state == "preferred_exists"
    third.send(for_refunds="no")
    assert third.state == "filed"
    assert len(desk.bureau.cast().neighbour.accounts) == 3


def test_the_same_account_twice_is_told(desk: Desk) -> None:
    """该账户已经备案过."""
    filed(desk)
    second = filed(desk)
    assert second.state == "doubled"
    second.send(account_number=CARD, preferred_for_payment="no", for_refunds="no")
    assert second.state == "filed"


def test_the_same_account_of_two_persons_is_no_matter(desk: Desk) -> None:
    """A couple may have one account; whose is on file is told nobody."""
    filed(desk)
    other = desk.begin("account_filing", desk.cast.resident)
    assert other.send(**ACCOUNT).state == "filed"


@proves("A1.1")
@pytest.mark.parametrize("mood", ["down", "refuse"])
def test_without_the_register_the_name_is_filled_in_by_hand(mood: str, desk: Desk) -> None:
    """The register only brings the usual name; an account is filed without it."""
    desk.bureau.tell("registry.myself", mood, times=1)
    visit = desk.begin("account_filing", desk.cast.neighbour)
    assert visit.field("account_name").value is None
    assert visit.wrong(**ACCOUNT) == {"account_name": "required"}
    assert visit.send(**ACCOUNT, account_name=desk.cast.neighbour.name).state == "filed"


@proves("A1.3")
def test_what_is_away_is_submitted_again(desk: Desk) -> None:
    """系统暂时无法受理，填写的内容已保留."""
    desk.bureau.tell("accounts.file", "down", times=1)
    visit = filed(desk)
    assert visit.state == "not_filed"
    visit.send()
    assert visit.state == "filed"


def test_what_was_typed_is_kept_and_the_rest_can_be_filled_in_later(desk: Desk) -> None:
    """Saved half filled in, right or wrong; after seven days it is over."""
    visit = desk.begin("account_filing", desk.cast.neighbour)
    desk.engine.save(visit.ref, {"bank": "105", "opened_on": "yesterday"}, actor=visit.actor)
    desk.later(days=6)
    assert visit.field("bank").value == "105"
    assert visit.field("opened_on").value == "yesterday"
    desk.later(days=1)
    assert (visit.state, visit.view.ends) == ("abandoned", "badly")
