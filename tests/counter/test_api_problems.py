"""The JSON API: what is wrong is told as problem details, in the reader's language."""

from __future__ import annotations

import json
from typing import Any

import pytest
from api_kit import (
    Caller,
    Counter,
    Limits,
    a_key,
    kind_of,
)

from sstibet import Conflict, StoreAway, Unavailable


class TestProblems:
    """Each is problem details, in the reader's language, with nothing of what was sent."""

    def test_wrong_fields_are_told_by_their_pointers(self, me: Caller) -> None:
        ref = me.start("resident_payment")["ref"]
        number = "549901199001010019"
        problem = me.refused(ref, insured_id_number=number, other="x")
        assert {(each["pointer"], each["code"]) for each in problem["errors"]} == {
            ("#/answers/insured_name", "required"),
            ("#/answers/insured_id_number", "id_check"),
            ("#/answers/other", "unknown_field"),
        }
        assert number not in json.dumps(problem)

    @pytest.mark.parametrize(
        ("sent", "pointer", "code"),
        [
            ({}, "#/item", "missing"),
            ({"item": 7}, "#/item", "wrong"),
            ({"item": "refund", "x~/y": 1}, "#/x~0~1y", "extra_forbidden"),
            ({"item": "refund", "given": []}, "#/given", "wrong"),
            ({"item": "no_such_item"}, "#/item", "unknown_item"),
            ([], "#", "wrong"),
            (7, "#", "wrong"),
        ],
    )
    def test_a_body_of_another_shape(self, me: Caller, sent: Any, pointer: str, code: str) -> None:
        problem = me.call("POST", "/items", sent, key=a_key(), expect=422).json()
        assert [(each["pointer"], each["code"]) for each in problem["errors"]] == [(pointer, code)]

    @pytest.mark.parametrize(
        "body",
        [
            b"{", b"\xff", b'{"item": "\xff"}', b'{"item": NaN}', b'{"item": 1e999}', b"nul",
            b'{"item": "refund", "item": "login"}', b'{"item": "\\ud800"}', b"[" * 5000,
            b'{"a":' * 40 + b"1" + b"}" * 40, b"9" * 5000, b"\xef\xbb\xbf{}",
        ],
    )  # fmt: skip
    def test_garbage(self, me: Caller, body: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        for path in ("/items", "/quotes", "/session"):
            found = me.call("POST", path, body=body, headers=headers, key=a_key(), expect=400)
            assert kind_of(found.json()) == "not-json"

    def test_types_lengths_and_formats(self, me: Caller) -> None:
        sent = json.dumps({"item": "refund"}).encode()
        for given in ("", "text/plain", "application/xml", "application/json; charset=gbk"):
            headers = {"Content-Type": given}
            found = me.call("POST", "/items", body=sent, headers=headers, key=a_key(), expect=415)
            assert kind_of(found.json()) == "not-json-type"
        long = b'{"item": "refund", "given": {"x": "' + b"x" * 70_000 + b'"}}'
        headers = {"Content-Type": "application/json; charset=utf-8"}
        me.call("POST", "/items", body=long, headers=headers, key=a_key(), expect=413)
        for accept in ("text/html", "application/json;q=0", "image/png, text/*"):
            me.call("GET", "/kinds", headers={"Accept": accept}, expect=406)
        for accept in ("*/*", "application/*", "text/html, application/json;q=0.1"):
            me.call("GET", "/kinds", headers={"Accept": accept}, expect=200)

    def test_paths_methods_and_parameters_there_are_not(self, me: Caller) -> None:
        for path in ("/nothing", "/items/x/y/z", "/kinds/none/machine", "/kinds/%0A/machine"):
            assert kind_of(me.call("GET", path, expect=404).json()) == "not-found"
        wrong = me.call("PUT", "/items", {}, expect=405)
        assert kind_of(wrong.json()) == "method-not-allowed"
        assert wrong.headers["allow"] == "GET, POST"
        for query in ("limit=0", "limit=x", "limit=101", "limti=3", "limit=1&limit=2"):
            assert kind_of(me.call("GET", f"/items?{query}", expect=422).json()) == "wrong-fields"

    def test_who_asks_too_often_has_to_wait(self) -> None:
        counter = Counter(Limits(a_minute=5))
        caller = counter.caller()
        found = [caller.call("GET", "/kinds") for _ in range(6)]
        assert [each.status_code for each in found] == [200] * 5 + [429]
        assert int(found[-1].headers["retry-after"]) >= 1
        counter.close()

    def test_what_breaks_down_shows_nothing_of_itself(
        self, counter: Counter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(*_: Any, **__: Any) -> Any:
            raise RuntimeError("the secret plan")

        caller = counter.caller(counter.cast.resident)
        monkeypatch.setattr(counter.desk, "items", broken)
        found = caller.call("GET", "/items", expect=500)
        assert kind_of(found.json()) == "fault"
        assert "plan" not in found.text
        assert "the secret plan" in caplog.text

    @pytest.mark.parametrize("fault", [Conflict("x"), StoreAway("away"), Unavailable("down")])
    def test_what_passes_is_to_be_asked_again(
        self, counter: Counter, monkeypatch: pytest.MonkeyPatch, fault: Exception
    ) -> None:
        def away(*_: Any, **__: Any) -> Any:
            raise fault

        caller = counter.caller(counter.cast.resident)
        monkeypatch.setattr(counter.desk, "items", away)
        found = caller.call("GET", "/items", expect=503)
        assert (kind_of(found.json()), found.headers["retry-after"]) == ("busy", "1")

    @pytest.mark.parametrize(
        ("accepts", "tag", "title"),
        [
            ("en", "en", "Not found"),
            ("zh-CN,zh;q=0.9,en;q=0.1", "zh-CN", "没有找到"),
            ("fr, en;q=0.2", "en", "Not found"),
            ("bo", "zh-CN", "没有找到"),
            ("", "zh-CN", "没有找到"),
            ("zh;q=0, *", "en", "Not found"),
            ("x" * 5000, "zh-CN", "没有找到"),
        ],
    )
    def test_a_problem_speaks_the_readers_language(
        self, shared: Counter, accepts: str, tag: str, title: str
    ) -> None:
        caller = Caller(shared, {"Accept-Language": accepts})
        found = caller.call("GET", "/nothing", expect=404)
        assert (found.json()["title"], found.headers["content-language"]) == (title, tag)

    def test_each_type_points_to_a_page_that_tells_of_it(self, shared: Counter) -> None:
        caller = shared.caller()
        problem = caller.call("GET", "/nothing", expect=404).json()
        place, _, name = problem["type"].partition("#")
        page = caller.call("GET", "/../problems", expect=200)
        assert place == "/api/problems"
        assert f'<section id="{name}">' in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
