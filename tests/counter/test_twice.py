"""Nothing is done twice, nothing typed is lost: double clicks, two tabs, the back button, a session
that ends in the middle."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from counter_kit import Browser, Page, Service

import sstibet

CARD = "6227 0000 0000 0000 011"


def sign_in(service: Service, browser: Browser, person: Any) -> Page:
    """Sign in by the pages, with user name, password and code, from where one is."""
    browser.press("login")
    browser.press("send_code", user_name=person.user_name)
    return browser.press(
        "submit",
        password=service.desk.bureau.demo_password(person),
        sms_code=service.desk.bureau.code(person.mobile),
    )


def to_payment(service: Service, browser: Browser, person: Any) -> Page:
    """A resident's pension declared: the page on which the channel is chosen."""
    browser.get("/services/resident_payment")
    browser.press("resident_payment")
    browser.press("submit", insured_name=person.name, insured_id_number=person.id_number)
    pension = person.enrolled("resident_pension")
    browser.press("submit", chosen_enrolments=pension)
    browser.press("_next", pay_mode="ordinary")
    browser.press("submit", **{f"chosen_enrolments__{pension}__coverage_year": "2025"})
    browser.press("submit", **{f"chosen_enrolments__{pension}__tier": "500"})
    return browser.press("submit")


def paid_lines(service: Service, person: Any) -> list[Any]:
    """What is paid for somebody, besides what was before."""
    live = service.desk.bureau.live_payments()
    return [each for each in live if each.actor == person.actor and not each.seeded]


class TestDoubleClicks:
    """The same form sent twice is taken once, and answered alike."""

    def test_an_item_is_begun_once(self, service: Service) -> None:
        person = service.person("resident")
        browser = service.browser(person)
        browser.get("/services/refund")
        request = browser.request("refund")
        answers = [browser.client.send(request, follow_redirects=False) for _ in range(2)]
        assert answers[0].headers["location"] == answers[1].headers["location"]
        assert len(service.desk.items(actor=person.actor)) == 1

    def test_a_card_is_charged_once_by_two_clicks_at_once(self, service: Service) -> None:
        """Two requests of one form, at the same time: one of them may be told to wait."""
        person = service.person("resident")
        browser = service.browser(person)
        to_payment(service, browser, person)
        browser.press("submit", channel="ccb")
        browser.press("submit", card_number=CARD, id_last_four=person.id_number[-4:])
        url = browser.page.url
        before = service.desk.bureau.money().charged
        answers = {"card_holder": person.name, "withdrawal_password": "246810"}
        requests = [browser.request("submit", **answers) for _ in range(2)]
        with ThreadPoolExecutor(2) as both:
            sent = list(
                both.map(lambda one: browser.client.send(one, follow_redirects=False), requests)
            )
        assert {each.status_code for each in sent} <= {303, 409}
        assert any(each.status_code == 303 for each in sent)
        service.beat()
        page = browser.get(url)
        assert "500.00" in page.text
        assert len(paid_lines(service, person)) == 1
        assert service.desk.bureau.money().charged - before == sstibet.Money.parse("500.00")

    def test_a_request_that_is_being_worked_on_is_told_so(self, service: Service) -> None:
        person = service.person("resident")
        browser = service.browser(person)
        browser.get("/services/account_filing")
        browser.press("account_filing")
        with pytest.MonkeyPatch.context() as patch:

            def busy(*_: Any, **__: Any) -> Any:
                raise sstibet.KeyInFlight("a request")

            patch.setattr(service.desk, "send", busy)
            page = browser.press("cancel")
        assert page.status == 409
        assert page.response.headers["refresh"].startswith("2; url=/items/")
        assert "正在处理" in page.heading

    def test_signing_in_twice_at_once_signs_in(self, service: Service) -> None:
        """The browser drops the first answer of a double click, and its cookie with it."""
        person = service.person("resident")
        browser = service.browser()
        browser.get("/services/login")
        browser.press("login", _after="/items")
        browser.press("send_code", user_name=person.user_name)
        request = browser.request(
            "submit",
            password=service.desk.bureau.demo_password(person),
            sms_code=service.desk.bureau.code(person.mobile),
        )
        sent = [_sent(request) for _ in range(2)]
        sessions = [each.cookies.get("session") for each in sent]
        assert sessions[0]
        assert sessions[0] == sessions[1]
        assert all(each.headers["location"] == "/items" for each in sent)


def _sent(request: Any) -> Any:
    """An answer whose cookies the browser never sees."""
    import httpx

    with httpx.Client() as bare:
        return bare.send(request)


class TestTwoTabs:
    """The slower of two tabs changes nothing that it didn't see, and loses nothing it typed."""

    def test_the_slower_is_told_and_keeps_what_was_typed(self, service: Service) -> None:
        person = service.person("resident")
        slow = service.browser(person)
        slow.get("/services/account_filing")
        slow.press("account_filing")
        fast = service.browser()
        fast.has(slow.client.cookies["session"])
        fast.get(slow.page.url)
        fast.press("_next", account_name="X", bank_branch="那曲支行")
        after = slow.press("_next", account_name="拉萨", bank_branch="拉萨支行")
        assert after.status == 409
        assert "发生变化" in after.text
        assert after.form(button="_next").values["bank_branch"] == ["拉萨支行"]
        # As the page stands now it goes on.
        assert slow.press("_next").status in (200, 422)

    def test_going_back_after_paying_shows_where_it_stands(self, service: Service) -> None:
        person = service.person("resident")
        browser = service.browser(person)
        to_payment(service, browser, person)
        old = browser.page
        browser.press("submit", channel="alipay")
        url = browser.page.url
        service.desk.clock.forward(minutes=1)
        service.beat()
        assert "缴费成功" in browser.get(url).text
        browser.page = old  # the back button, from a cache that should not be
        again = browser.press("submit", channel="alipay")
        assert again.status in (200, 409)
        assert "缴费成功" in again.text
        assert len(paid_lines(service, person)) == 1


class TestDrafts:
    """Back, on, away and home again: what was typed is still there."""

    def test_going_back_a_screen_or_a_state_loses_nothing(self, service: Service) -> None:
        person = service.person("resident")
        browser = service.browser(person)
        browser.get("/services/resident_payment")
        browser.press("resident_payment")
        browser.press("submit", insured_name=person.name, insured_id_number=person.id_number)
        pension = person.enrolled("resident_pension")
        browser.press("back", chosen_enrolments=pension)
        form = browser.page.form(button="submit")
        assert form.values["insured_name"] == [person.name]
        browser.press("submit")
        assert browser.page.form(button="submit").values["chosen_enrolments"] == [pension]
        browser.press("submit")
        browser.press("_next", pay_mode="ordinary")
        year = {f"chosen_enrolments__{pension}__coverage_year": "2025"}
        browser.press("_earlier", **year)
        assert browser.page.form(button="_next").values["pay_mode"] == ["ordinary"]
        browser.press("_next")
        asked = browser.page.form(button="submit").values
        assert asked[f"chosen_enrolments:{pension}:coverage_year"] == ["2025"]

    def test_fields_that_come_up_are_shown_and_are_no_mistake(self, service: Service) -> None:
        person = service.person("settled")
        browser = service.browser(person)
        browser.get("/services/debit_agreement")
        browser.press("debit_agreement")
        scheme = browser.page.form(button="submit").offers["scheme"][0]
        browser.press("submit", scheme=scheme)
        account = browser.page.form(button="submit").offers["chosen_account"][0]
        browser.press("submit", chosen_account=account)
        page = browser.press("submit", holder_is_another="yes")
        assert page.status == 200
        assert "新出现" in page.text
        assert "holder_name" in page.form(button="submit").values
        wrong = browser.press("submit", holder_is_another="yes")
        assert wrong.status == 422
        assert wrong.title.startswith("错误：")


class TestSessions:
    """A session ends, and its owner loses nothing by it."""

    def test_a_session_that_ends_in_the_middle_loses_nothing(self, service: Service) -> None:
        person = service.person("resident")
        browser = service.browser(person)
        browser.get("/services/account_filing")
        browser.press("account_filing")
        url = browser.page.url
        service.desk.clock.forward(minutes=31)
        page = browser.press("_next", account_name=person.name, bank_branch="那曲支行")
        assert page.status == 401
        assert "已保留" in page.text
        back = sign_in(service, browser, person)
        assert back.url == url
        assert "已恢复" in back.text
        assert back.form(button="_next").values["bank_branch"] == ["那曲支行"]

    def test_what_was_typed_is_not_given_to_who_signs_in_instead(self, service: Service) -> None:
        person, other = service.person("resident"), service.person("neighbour")
        browser = service.browser(person)
        browser.get("/services/account_filing")
        browser.press("account_filing")
        service.desk.clock.forward(minutes=31)
        browser.press("_next", account_name=person.name, bank_branch="那曲支行")
        page = sign_in(service, browser, other)
        assert page.status == 404
        assert "那曲支行" not in page.html

    def test_secrets_are_not_kept_for_whoever_signs_in_again(self, service: Service) -> None:
        person = service.person("resident")
        browser = service.browser(person)
        to_payment(service, browser, person)
        browser.press("submit", channel="ccb")
        browser.press("submit", card_number=CARD, id_last_four=person.id_number[-4:])
        service.desk.clock.forward(minutes=29)
        service.desk.sessions.end(browser.client.cookies["session"])
        kept = service.app.state.counter.kept
        page = browser.press("submit", card_holder=person.name, withdrawal_password="246810")
        assert page.status == 401
        assert "246810" not in repr(kept._things)

    def test_signing_out_ends_the_session(self, service: Service) -> None:
        person = service.person("resident")
        browser = service.browser(person)
        token = browser.client.cookies["session"]
        browser.press("_out")
        assert service.desk.sessions.actor(token) is None
        assert "退出登录" not in browser.get("/").text

    @pytest.mark.parametrize("way", ["sms", "face"])
    def test_one_can_sign_in_the_other_ways(self, service: Service, way: str) -> None:
        person = service.person("resident")
        browser = service.browser()
        browser.get("/services/login")
        browser.press("login")
        browser.press("other_way")
        browser.press("submit", way_of_signing_in=way)
        if way == "sms":
            browser.press("send_code", mobile=person.mobile)
            browser.press("submit", sms_code=service.desk.bureau.code(person.mobile))
        else:
            browser.press(
                "submit",
                person_name=person.name,
                id_number=person.id_number,
                face_scan=service.desk.bureau.demo_face(),
            )
        assert "退出登录" in browser.page.text


class TestWaiting:
    """A page that waits looks again by itself, unless one would rather not."""

    def test_a_slow_bank_is_waited_for(self, service: Service) -> None:
        person = service.person("resident")
        browser = service.browser(person)
        panel = browser.get("/panel")
        assert panel.faults() == []
        browser.press("_tell", port="gateway", mood="slow")
        to_payment(service, browser, person)
        browser.press("submit", channel="ccb")
        browser.press("submit", card_number=CARD, id_last_four=person.id_number[-4:])
        page = browser.press("submit", card_holder=person.name, withdrawal_password="246810")
        assert page.response.headers["refresh"] == f"4; url={page.url}"
        assert "refresh" not in browser.get(f"{page.url}?still=1").response.headers
        browser.get("/panel")
        browser.press("minutes")
        service.beat()
        assert "缴费成功" in browser.get(page.url).text
