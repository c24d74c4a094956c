"""What goes wrong is a page that says what to do; what it was stands in the log alone."""

from __future__ import annotations

from typing import Any

import pytest
from counter_kit import Service

import sstibet

SECRET = "what nobody should read"
FAULTS = [
    (sstibet.NoSuchItem(), 404, "没有找到"),
    (sstibet.NotOpen(SECRET), 403, "不能办理"),
    (sstibet.MachineChanged(SECRET), 409, "流程已更新"),
    (sstibet.EditionGone(SECRET), 409, "流程已更新"),
    (sstibet.Spoilt(SECRET), 500, "无法读取"),
    (RuntimeError(SECRET), 500, "出现问题"),
]


class TestFaults:
    """Each fault of the desk has its page, and none shows a traceback."""

    @pytest.mark.parametrize(("fault", "status", "says"), FAULTS, ids=lambda each: str(each)[:20])
    def test_a_fault_is_told_in_words(
        self, service: Service, monkeypatch: Any, fault: Exception, status: int, says: str
    ) -> None:
        def breaks(*_: object, **__: object) -> None:
            raise fault

        browser = service.browser(service.person("resident"))
        monkeypatch.setattr(service.desk, "view", breaks)
        page = browser.get("/items/abc")
        assert page.status == status
        assert says in page.text
        assert page.faults() == []
        assert SECRET not in page.html
        assert "Traceback" not in page.html
        assert page.response.headers["x-content-type-options"] == "nosniff"

    def test_a_key_that_was_used_for_something_else_changes_nothing(self, service: Service) -> None:
        """The back button, another answer, and the same form sent again."""
        person = service.person("resident")
        browser = service.browser(person)
        browser.get("/services/resident_payment")
        browser.press("resident_payment")
        old = browser.page
        first = {"insured_name": person.name, "insured_id_number": person.id_number}
        after = browser.press("submit", **first)
        other = service.person("neighbour")
        browser.page = old
        page = browser.press("submit", insured_name=other.name, insured_id_number=other.id_number)
        assert page.status == 409
        assert page.heading == after.heading
        assert person.name in page.text
        assert other.name not in page.text

    @pytest.mark.parametrize("left_out", ["_key", "_version", "_screen"])
    def test_a_form_without_its_parts_is_refused(self, service: Service, left_out: str) -> None:
        browser = service.browser(service.person("resident"))
        browser.get("/services/resident_payment")
        browser.press("resident_payment")
        for wrong in ("", "-1", "x", "١", "9" * 70):
            answer = browser.client.send(browser.request("submit", **{left_out: wrong}))
            assert answer.status_code == 400, wrong

    def test_an_event_that_no_page_offers_changes_nothing(self, service: Service) -> None:
        person = service.person("resident")
        browser = service.browser(person)
        browser.get("/services/resident_payment")
        browser.press("resident_payment")
        ref = browser.page.url.removeprefix("/items/")
        before = service.desk.view(ref, actor=person.actor)
        for event in ("", "find.found", "deadline", "<b>", "pay_again", "_nothing"):
            form = browser.page.form(button="submit").values
            data = {name: each[0] for name, each in form.items()}
            page = browser.post(f"/items/{ref}", {**data, "_event": event})
            assert page.status in (409, 422), event
        after = service.desk.view(ref, actor=person.actor)
        assert after.state == before.state
