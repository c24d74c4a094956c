"""Every page can be had, in every language, whole and small; none has words of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from counter_kit import EXAMPLES, Page, Service
from starlette.requests import Request

from item_samples import walked

HERE = EXAMPLES / "counter"
ITEMS = (
    "register", "reset_password", "profile_query", "login", "resident_payment", "flexible_payment",
    "refund", "account_filing", "payment_certificate", "tax_certificate",
    "verify_payment_certificate", "verify_tax_certificate", "debit_agreement", "base_confirmation",
    "void_declaration", "enrolment_query", "declared_query", "paid_query", "agreement_query",
)  # fmt: skip
LANGUAGES = ("zh", "en", "bo")
MOST = 100 * 1024


class TestHome:
    """All 19 items stand on the home page, and each can be begun from there."""

    def test_every_item_is_on_the_home_page_once(self, service: Service) -> None:
        page = service.browser().page
        found = [each.removeprefix("/services/") for each in page.links if "/services/" in each]
        assert sorted(found) == sorted(ITEMS)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_item_can_be_begun_and_has_its_machine(
        self, service: Service, language: str
    ) -> None:
        browser = service.browser(service.person("flexible"), language)
        for item in ITEMS:
            browser.get(f"/services/{item}")
            assert (browser.page.status, browser.page.faults()) == (200, [])
            if item != "login":
                begun = browser.press(item)
                assert (begun.status, begun.faults()) == (200, [])
                assert begun.url.startswith("/items/")
                assert len(begun.html.encode()) < MOST
            if language == "zh":  # drawing takes a while
                machine = browser.get(f"/services/{item}/machine")
                assert (machine.status, machine.faults()) == (200, [])
        listed = browser.get("/items")
        assert (listed.status, listed.faults()) == (200, [])
        assert "/items?page=2" in listed.links
        assert browser.get("/items?page=2").url == "/items"


@pytest.mark.xdist_group("items")  # walked once for all
@pytest.mark.parametrize("item", [*ITEMS, "payment"])
def test_every_state_of_every_item_has_a_sound_page(
    item: str, service: Service, shipped: Any
) -> None:
    """Every state that can be come to, as a walk through the machine leaves it, in each language:
    nothing undefined, no input without its label, no link to nothing, no id twice."""
    from counter.items import _page
    from sstibet.engine.clock import day_of
    from sstibet.engine.viewing import make_view

    desk = service.desk
    found = walked(item).reached
    assert set(found) == set(shipped.contents.items[item].states)
    at = desk.clock.now()
    for language in LANGUAGES:
        for state, held in found.items():
            view = make_view(desk.decider, held, at, day_of(at, desk.zone), None)
            scope = {
                "type": "http", "method": "GET", "path": f"/items/{view.ref}", "query_string": b"",
                "headers": [(b"cookie", f"language={language}".encode())], "app": service.app,
                "scheme": "http", "server": ("127.0.0.1", 80),
            }  # fmt: skip
            answer = _page(service.app.state.counter, Request(scope), view)
            page = Page(_as_answered(answer))
            assert page.faults() == [], (state, language)
            assert page.heading.strip(), (state, language)
            assert len(answer.body) < MOST, (state, language)


def _as_answered(answer: Any) -> Any:
    import httpx

    request = httpx.Request("GET", "http://test/items/x")
    return httpx.Response(answer.status_code, headers=dict(answer.headers), content=answer.body,
                          request=request)  # fmt: skip


class TestWords:
    """No word of a page stands in code or in a template: all come from catalogues, and all that are
    asked for are there."""

    def test_no_template_has_words_of_its_own(self) -> None:
        for path in sorted((HERE / "templates").glob("*.html")):
            text = re.sub(r"\{[#%{].*?[#%}]\}", "", path.read_text("utf-8"), flags=re.DOTALL)
            text = re.sub(r"<[^>]*>|[a-z-]+=\"[^\"]*\"", "", text)
            words = re.findall(r"[^\W\d_]{2,}", text)
            assert words == [], path.name

    def test_no_code_has_words_in_chinese(self) -> None:
        for path in sorted(HERE.glob("*.py")):
            code = re.sub(r'""".*?"""', "", path.read_text("utf-8"), flags=re.DOTALL)
            assert not re.search("[\u4e00-\u9fff]", code.replace("\\u4e00", "")), path.name

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_every_key_that_is_asked_for_is_there(self, language: str) -> None:
        from counter.words import Words

        texts = Words.read().texts[language]
        asked = set[str]()
        for path in [*HERE.glob("templates/*.html"), *HERE.glob("*.py"), HERE / "home.yaml"]:
            asked |= _keys(path)
        assert {each for each in asked if each not in texts} == set()
        assert set(Words.read().texts["zh"]) == set(Words.read().texts["en"])


_KEY = re.compile(r"""["' ]((?:[a-z_]+\.)+[a-z_]+)["',}]""")
_GROUPS = (
    "site", "home", "group", "service", "machine", "items", "pager", "sign_in", "item", "notice",
    "wait", "code", "amount", "why", "working", "fault", "stage", "panel",
)  # fmt: skip


def _keys(path: Path) -> set[str]:
    found = _KEY.findall(path.read_text("utf-8"))
    skip = (".html", ".css", ".svg", ".py", ".yaml", "ends_")
    return {each for each in found if each.split(".")[0] in _GROUPS and not each.endswith(skip)}
