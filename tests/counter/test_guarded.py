"""Nobody sends a form for another, sees another's item, or asks too much; answers are guarded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from counter_kit import Service

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
SCRIPT = "<script>alert(1)</script>"


def begun(service: Service, person: Any, item: str = "account_filing") -> Any:
    """A browser of somebody who has begun an item."""
    browser = service.browser(person)
    browser.get(f"/services/{item}")
    browser.press(item)
    return browser


class TestHeaders:
    """Every answer carries them, whatever it is; personal pages are kept by no cache."""

    @pytest.mark.parametrize(
        "path",
        [
            "/", "/services/refund", "/services/refund/machine", "/pictures/en/refund.svg",
            "/items", "/items/nothing", "/nothing", "/panel", "/static/counter.css",
        ],
    )  # fmt: skip
    def test_every_answer_is_guarded(self, service: Service, path: str) -> None:
        answer = service.browser().get(path).response
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy
        if "html" in answer.headers["content-type"]:
            assert answer.headers["cache-control"] == "no-store"
            assert "style-src 'self'" in policy
            assert "unsafe" not in policy

    def test_no_page_has_a_script_or_a_style_of_its_own(self, service: Service) -> None:
        browser = begun(service, service.person("resident"), "resident_payment")
        for path in ("/", "/panel", browser.page.url):
            html = browser.get(path).html
            assert "<script" not in html
            assert "<style" not in html
            assert " style=" not in html
            assert " onclick" not in html

    def test_cookies_are_read_by_no_script_and_sent_to_no_other_site(self, serve: Any) -> None:
        service = serve(https=True)
        answer = httpx.get(service.address)
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-visitor=")
        for each in ("HttpOnly", "Path=/", "SameSite=lax", "Secure"):
            assert each in cookie
        assert "Domain" not in cookie
        assert "max-age" in answer.headers["strict-transport-security"]


class TestForms:
    """A form is taken from the browser that it was made for, and from no other."""

    def test_no_door_takes_a_form_without_its_token(self, service: Service) -> None:
        """Every address that takes a POST, as the app itself lists them."""
        browser = begun(service, service.person("resident"))
        doors = sorted(_doors(service.app.routes))
        assert len(doors) >= 5
        ref = browser.page.url.removeprefix("/items/")
        for door in doors:
            if door.startswith("/callbacks/"):
                continue
            path = door.format(name="refund", ref=ref)
            good = {"_key": "k" * 20, "_event": "cancel", "_front": ref, "_version": "1"}
            assert browser.post(path, {**good, "_screen": "1"}).status == 403, door
            assert browser.post(path, {**good, "_token": "0" * 64}).status == 403, door
            assert browser.post(path, {**good, "_token": "错"}).status == 403, door
        assert len(service.desk.items(actor=service.person("resident").actor)) == 1

    def test_anothers_token_is_none(self, service: Service) -> None:
        mine = begun(service, service.person("resident"))
        theirs = begun(service, service.person("neighbour"))
        token = theirs.page.form(button="cancel").values["_token"][0]
        request = mine.request("cancel", _token=token)
        assert mine.client.send(request).status_code == 403

    def test_a_form_that_another_site_sends_is_refused(self, service: Service) -> None:
        browser = begun(service, service.person("resident"))
        request = browser.request("cancel")
        request.headers["Sec-Fetch-Site"] = "cross-site"
        assert browser.client.send(request).status_code == 403

    def test_nobody_is_led_to_another_site(self, service: Service) -> None:
        person = service.person("resident")
        for where in ("https://evil.example/", "//evil.example/", "/\\evil.example", "x"):
            browser = service.browser()
            browser.get("/services/login")
            browser.press("login", _after=where)
            browser.press("send_code", user_name=person.user_name)
            browser.press("submit", password=service.desk.bureau.demo_password(person),
                          sms_code=service.desk.bureau.code(person.mobile))  # fmt: skip
            assert browser.page.url == "/"
            assert browser.page.response.url.host == "127.0.0.1"
            service.desk.clock.forward(minutes=30)
        browser.get("/language/en?back=https://evil.example/")
        assert browser.page.response.url.host == "127.0.0.1"


def _doors(routes: Any) -> Iterator[str]:
    for route in routes:
        if "POST" in (getattr(route, "methods", None) or ()):
            yield route.path
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _doors(inner.routes)


class TestOthers:
    """What is another's is nowhere: the answer is that for nothing at all."""

    def test_anothers_item_is_answered_like_none(self, service: Service) -> None:
        theirs = begun(service, service.person("neighbour")).page.url
        ref = theirs.removeprefix("/items/")
        nothing = "a" * len(ref)
        browser = begun(service, service.person("resident"))
        token = browser.page.form(button="cancel").values["_token"][0]
        for end in ("", "/code.svg"):
            found = [browser.get(f"/items/{each}{end}") for each in (ref, nothing)]
            texts = [each.html for each in found]
            assert texts[0] == texts[1]
            assert [each.status for each in found] == [404, 404]
        sent = {"_token": token, "_event": "cancel", "_version": "1", "_screen": "1"}
        found = [
            browser.post(f"/items/{each}", {**sent, "_key": "k" * 20, "_front": each})
            for each in (ref, nothing)
        ]
        assert found[0].html == found[1].html
        assert [each.status for each in found] == [404, 404]
        own = browser.get("/items").links
        mine = next(each for each in own if each.startswith("/items/"))
        # Nor through an item of one's own.
        assert browser.post(mine, {**sent, "_key": "k" * 20, "_front": ref}).status == 404
        assert service.desk.view(ref, actor=service.person("neighbour").actor).version == 1

    def test_a_visitor_reaches_what_they_have_begun_and_nothing_else(
        self, service: Service
    ) -> None:
        one, other = service.browser(), service.browser()
        one.get("/services/verify_tax_certificate")
        url = one.press("verify_tax_certificate").url
        assert one.get(url).status == 200
        assert other.get(url).status == 404
        assert other.get("/services/refund").text.count("登录") >= 1
        with pytest.raises(LookupError):
            other.page.form(button="refund")

    def test_the_panel_is_there_in_a_demonstration_only(self, serve: Any) -> None:
        browser = serve(demo=False).browser()
        assert browser.get("/panel").status == 404
        assert "/panel" not in browser.get("/").links


class TestScripts:
    """What is typed is shown as text, wherever it is shown."""

    def test_a_script_that_is_typed_is_only_text(self, service: Service) -> None:
        browser = begun(service, service.person("resident"), "resident_payment")
        page = browser.press("submit", insured_name=SCRIPT, insured_id_number=f'"><b>{SCRIPT}')
        assert page.status == 422
        assert page.form(button="submit").values["insured_name"] == [SCRIPT]
        assert SCRIPT not in page.html
        assert "&lt;script&gt;" in page.html

    def test_a_script_in_an_address_is_only_text(self, service: Service) -> None:
        browser = service.browser()
        for path in (f"/items/{SCRIPT}", f"/{SCRIPT}", f"/services/{SCRIPT}"):
            assert SCRIPT not in browser.get(path).html


class TestLimits:
    """Too much and too often is refused before anything is done."""

    def test_a_body_that_is_too_long_is_refused(self, service: Service) -> None:
        browser = begun(service, service.person("resident"))
        answer = browser.client.post(browser.page.url, content=b"a=" + b"b" * 70_000)
        assert answer.status_code == 413

    def test_who_asks_too_often_is_told_to_wait(self, serve: Any) -> None:
        service = serve(by_session="5/minute")
        browser = service.browser(service.person("resident"))
        answers = [browser.get("/").response for _ in range(6)]
        assert answers[-1].status_code == 429
        assert answers[-1].headers["retry-after"]
        assert answers[-1].headers["x-content-type-options"] == "nosniff"
        assert service.browser().page.status == 200  # another isn't kept waiting

    def test_an_address_is_counted_whatever_cookie_comes(self, serve: Any) -> None:
        service = serve(by_address="5/minute")
        statuses = [
            httpx.get(service.address, headers={"Cookie": f"session={n}"}).status_code
            for n in range(7)
        ]
        assert statuses[-1] == 429

    def test_a_callback_that_nobody_signed_is_refused(self, service: Service) -> None:
        browser = service.browser()
        for port, signature in (("gateway", ""), ("gateway", "demo.AAAA"), ("nothing", "x.y")):
            answer = browser.client.post(
                f"/callbacks/{port}", content=b"{}", headers={"Signature": signature}
            )
            assert answer.status_code == 400
