"""The JSON API: items from the first request to the last, and all that may be refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from api_kit import (
    GATEWAY,
    MANY,
    NOW,
    SETTINGS,
    Caller,
    Counter,
    Limits,
    a_key,
    kind_of,
    make_api,
    row,
)
from openapi_spec_validator import OpenAPIV31SpecValidator

from counter.api.describing import PROBLEMS
from sstibet import Conflict, Engine, Reply, SetClock, Signer, StoreAway, Unavailable
from sstibet.engine.callbacks import write

PENSION = "residents' pension"


@pytest.fixture
def counter() -> Iterator[Counter]:
    """A desk with its API."""
    made = Counter()
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared() -> Iterator[Counter]:
    """The same, for what changes nothing that another test looks at."""
    made = Counter()
    yield made
    made.close()


@pytest.fixture(scope="module")
def me(shared: Counter) -> Caller:
    """The resident, signed in."""
    return shared.caller(shared.cast.resident)


def signed_in(counter: Counter, person: Any) -> Caller:
    """Somebody who has signed in by the API alone."""
    visitor = counter.visitor()
    ref = visitor.start("login")["ref"]
    visitor.send(ref, "send_code", user_name=person.user_name)
    after = visitor.send(
        ref,
        user_name=person.user_name,
        password=counter.desk.bureau.demo_password(person),
        sms_code=counter.desk.bureau.code(person.mobile),
    )
    assert after["ends"] == "well"
    token = visitor.call("POST", "/session", {"login": ref}, expect=201).json()["token"]
    return Caller(counter, {"Authorization": f"Bearer {token}"})


def declared(counter: Counter, caller: Caller, person: Any) -> str:
    """A pension of 500 yuan, declared; its payment waits for a channel."""
    ref = str(caller.start("resident_payment")["ref"])
    asked = caller.send(ref, insured_name=person.name, insured_id_number=person.id_number)
    key = row(asked, "chosen_enrolments", scheme=PENSION)
    caller.send(ref, chosen_enrolments=[key])
    year = {"key": key, "coverage_year": "2025"}
    caller.send(ref, pay_mode="ordinary", chosen_enrolments=[year])
    shown = caller.send(ref, chosen_enrolments=[{"key": key, "tier": "500"}])
    assert (shown["state"], shown["amount"]["due"]) == ("confirming", "500.00")
    assert caller.send(ref)["item"] == "payment"
    return ref


class TestItems:
    """Whole items by the API alone."""

    def test_declared_and_paid_by_alipay_and_a_callback(self, counter: Counter) -> None:
        resident = counter.cast.resident
        caller = signed_in(counter, resident)
        before = counter.desk.bureau.money()
        ref = declared(counter, caller, resident)
        code = caller.send(ref, channel="alipay")
        assert code["answers"]["qr_text"].startswith("https://qr.invalid/")
        assert caller.see(ref)["front"] == code["ref"]
        assert counter.deliver_callbacks() == [True]

        paid = caller.see(ref)
        assert (paid["state"], paid["ends"]) == ("paid", "well")
        assert paid["answers"]["voucher_no"]
        assert (
            paid["answers"]["insured_id_number"]
            == resident.id_number[:6] + "*" * 8 + (resident.id_number[14:])
        )
        [listed] = caller.call("GET", "/items", expect=200).json()["items"]
        assert (listed["ref"], listed["due"]) == (ref, "500.00")
        assert str(counter.desk.bureau.money().booked - before.booked) == "500.00"

    def test_the_amount_stands_there_with_its_lines_and_rules(self, counter: Counter) -> None:
        resident = counter.cast.resident
        caller = counter.caller(resident)
        amount = caller.see(declared(counter, caller, resident))["amount"]
        assert (amount["due"], amount["government"]) == ("500.00", "60.00")
        assert [each["payer"] for each in amount["lines"]] == ["person", "government"]
        assert all(each["rule"].startswith("tiers.yaml:") for each in amount["lines"])

    def test_a_year_paid_twice_is_refunded(self, counter: Counter) -> None:
        caller = signed_in(counter, counter.cast.refunder)
        before = counter.desk.bureau.money().refunded
        ref = caller.start("refund")["ref"]
        caller.send(ref)
        reason = caller.send(ref, scheme="resident_medical")
        account = row(reason, "chosen_account")
        chosen = {"reason_text": "paid twice", "chosen_account": [account]}
        caller.send(ref, refund_ground="paid_twice", **chosen)
        lines = caller.send(ref, period_from="2026-01", period_to="2026-12")
        fields = lines["form"]["ui_schema"]["pages"][0]["fields"]
        rows = next(each["rows"]["rows"] for each in fields if each["name"] == "refund_lines")
        caller.send(ref, refund_lines=[each["key"] for each in rows])
        caller.send(ref)
        while counter.desk.deliver():
            pass

        done = caller.see(ref)
        assert (done["state"], done["answers"]["refund_total"]) == ("repaid", "400.00")
        assert str(counter.desk.bureau.money().refunded - before) == "400.00"

    def test_a_rule_that_refuses_says_on_what_it_rests(self, counter: Counter) -> None:
        caller = counter.caller(counter.cast.refunder)
        ref = caller.start("refund")["ref"]
        caller.send(ref)
        reason = caller.send(ref, scheme="resident_medical")
        caller.send(ref, reason_text="x", refund_ground="changed_mind",
                    chosen_account=[row(reason, "chosen_account")])  # fmt: skip
        lines = caller.send(ref, period_from="2026-01", period_to="2026-12")
        problem = caller.refused(ref, refund_lines=[row(lines, "refund_lines")])
        assert (kind_of(problem), problem["status"]) == ("refused-by-rule", 422)
        [rule, *_] = problem["refusal"]["rules"]
        assert rule["rule"].startswith("refunds.yaml:")
        assert rule["doc"]

    def test_a_draft_is_kept_and_given_back(self, counter: Counter) -> None:
        caller = counter.caller(counter.cast.resident)
        ref = caller.start("resident_payment")["ref"]
        sent = {"answers": {"insured_name": "半"}}
        saved = caller.call("PATCH", f"/items/{ref}/draft", sent, expect=200)
        assert saved.json()["form"]["data"] == {"insured_name": "半"}
        assert caller.see(ref)["form"]["data"] == {"insured_name": "半"}

    @pytest.mark.parametrize("renderer", ["plain", "rjsf", "jsonforms"])
    def test_a_form_is_laid_out_for_a_renderer(self, me: Caller, renderer: str) -> None:
        ref = me.start("resident_payment")["ref"]
        form = me.call("GET", f"/items/{ref}?renderer={renderer}", expect=200).json()["form"]
        view = me.counter.desk.view(ref, actor="p0001")
        assert view.form is not None
        name = None if renderer == "plain" else renderer
        assert form["schema"] == view.form.json_schema("en", name)
        assert form["ui_schema"] == view.form.ui_schema(name, "en")


class TestWho:
    """Visitors, persons, agents; and whose items one reaches."""

    def test_a_login_opens_one_session(self, counter: Counter) -> None:
        resident = counter.cast.resident
        visitor = counter.visitor()
        ref = visitor.start("login")["ref"]
        unfinished = visitor.call("POST", "/session", {"login": ref}, expect=403)
        assert kind_of(unfinished.json()) == "login-not-usable"
        caller = signed_in(counter, resident)
        assert caller.call("GET", "/items", expect=200).json() == {"items": []}

        again = caller.call("POST", "/session", {"login": ref}, expect=404)
        assert kind_of(again.json()) == "not-found"

    def test_who_signs_out_is_out(self, counter: Counter) -> None:
        caller = counter.caller(counter.cast.resident)
        assert caller.call("DELETE", "/session", expect=204).content == b""
        after = caller.call("GET", "/items", expect=401)
        assert 'error="invalid_token"' in after.headers["www-authenticate"]
        assert caller.call("DELETE", "/session").status_code == 401

    @pytest.mark.parametrize(
        "header",
        [None, "", "Bearer", "Bearer ", "Basic eDp5", "Bearer x", "Bearer p0001",
         "Bearer visitor:x", "x" * 5000],
    )  # fmt: skip
    def test_without_a_token_one_is_told_how_to_sign_in(
        self, shared: Counter, header: str | None
    ) -> None:
        caller = Caller(shared, {} if header is None else {"Authorization": header})
        for method, path, sent in (
            ("GET", "/items", None),
            ("GET", "/items/x", None),
            ("POST", "/items", {"item": "login"}),
            ("POST", "/items/x/events", {"event": "submit"}),
            ("PATCH", "/items/x/draft", {"answers": {}}),
            ("POST", "/session", {"login": "x"}),
            ("DELETE", "/session", None),
        ):
            found = caller.call(method, path, sent, key=a_key(), expect=401)
            assert found.headers["www-authenticate"].startswith("Bearer realm=")

    def test_a_visitor_begins_what_is_open_to_anyone_and_no_more(self, counter: Counter) -> None:
        visitor, another = counter.visitor(), counter.visitor()
        ref = visitor.start("login")["ref"]
        sent = {"item": "refund"}
        refused = visitor.call("POST", "/items", sent, key=a_key(), expect=403)
        assert kind_of(refused.json()) == "not-open"
        assert another.call("GET", f"/items/{ref}").status_code == 404

    def test_what_only_other_items_call_is_not_begun(self, me: Caller) -> None:
        me.call("POST", "/items", {"item": "payment"}, key=a_key(), expect=403)

    def test_anothers_item_is_as_none(self, counter: Counter) -> None:
        mine = counter.caller(counter.cast.resident)
        ref = mine.start("resident_payment")["ref"]
        before = mine.see(ref)
        other = counter.caller(counter.cast.neighbour)
        agent = Caller(counter, {**counter.caller("nobody").headers, "On-Behalf-Of": "p0001"})
        for caller in (other, counter.visitor(), agent):
            for method, path, sent in (
                ("GET", "/items/{}", None),
                ("POST", "/items/{}/events", {"event": "submit"}),
                ("PATCH", "/items/{}/draft", {"answers": {"insured_name": "x"}}),
            ):
                found = [
                    caller.call(method, path.format(each), sent, key=a_key(), expect=404)
                    for each in (ref, "no-such-item", "%00", "\u0a00")
                ]
                assert (
                    len({(each.content, str(sorted(each.headers.items()))) for each in found}) == 1
                )
        login = other.call("POST", "/session", {"login": ref}, expect=404)
        assert kind_of(login.json()) == "not-found"
        assert mine.see(ref) == before

    def test_an_agent_acts_for_whom_they_may(self, counter: Counter) -> None:
        clerk = counter.caller("clerk-7", **{"On-Behalf-Of": "p0001"})
        owner = counter.caller(counter.cast.resident)
        ref = clerk.start("resident_payment")["ref"]
        assert owner.see(ref)["state"] == "asking_who"
        assert clerk.see(ref)["form"]["data"] is None, "what somebody typed is theirs"
        other = counter.caller("clerk-7", **{"On-Behalf-Of": "p0002"})
        assert other.call("GET", f"/items/{ref}").status_code == 404
        assert other.call("POST", "/items", {"item": "login"}, key=a_key()).status_code == 403

    def test_what_is_left_to_the_person_no_agent_does(self, counter: Counter) -> None:
        owner = counter.caller(counter.cast.resident)
        ref = declared(counter, owner, counter.cast.resident)
        owner.send(ref, channel="ccb")
        last = counter.cast.resident.id_number[-4:]
        owner.send(ref, card_number="6227000000000000011", id_last_four=last)
        clerk = counter.caller("clerk-7", **{"On-Behalf-Of": "p0001"})
        answers = {"card_holder": counter.cast.resident.name, "withdrawal_password": "246810"}
        problem = clerk.refused(ref, **answers)
        assert (kind_of(problem), problem["status"]) == ("in-person", 403)


class TestKeys:
    """What changes something is done once under its key."""

    def test_without_one_or_with_nonsense_nothing_is_done(self, me: Caller) -> None:
        ref = me.start("refund")["ref"]
        before = me.see(ref)
        for path, sent in (
            ("/items", {"item": "refund"}),
            (f"/items/{ref}/events", {"event": "submit"}),
        ):
            missing = me.call("POST", path, sent, expect=400).json()
            assert kind_of(missing) == "key-missing"
            for key in ("", "a b", '"a', "x" * 101, "a,b", '""'):
                bad = me.call("POST", path, sent, key=key, expect=400).json()
                assert kind_of(bad) == "key-malformed"
        assert me.see(ref) == before

    def test_the_same_again_is_the_first_outcome(self, counter: Counter) -> None:
        caller = counter.caller(counter.cast.resident)
        first = caller.call("POST", "/items", {"item": "refund"}, key="k", expect=201)
        again = caller.call("POST", "/items", {"item": "refund"}, key='"k"', expect=201)
        assert first.json() == again.json()
        assert first.headers["location"] == f"/api/v1/items/{first.json()['ref']}"
        path = f"/items/{first.json()['ref']}/events"
        sent = {"event": "submit", "answers": {}}
        once, twice = (caller.call("POST", path, sent, key="s", expect=200) for _ in range(2))
        assert once.json() == twice.json()
        assert len(caller.call("GET", "/items").json()["items"]) == 1

    def test_another_request_under_it_is_refused(self, counter: Counter) -> None:
        caller = counter.caller(counter.cast.resident)
        ref = caller.call("POST", "/items", {"item": "refund"}, key="k", expect=201).json()["ref"]
        for path, sent in (
            ("/items", {"item": "resident_payment"}),
            (f"/items/{ref}/events", {"event": "submit"}),
        ):
            problem = caller.call("POST", path, sent, key="k", expect=422).json()
            assert kind_of(problem) == "key-reused"
        other = counter.caller(counter.cast.neighbour)
        other.call("POST", "/items", {"item": "refund"}, key="k", expect=201)

    def test_what_was_refused_may_be_sent_corrected_under_it(self, counter: Counter) -> None:
        resident = counter.cast.resident
        caller = counter.caller(resident)
        ref = caller.start("resident_payment")["ref"]
        path = f"/items/{ref}/events"
        wrong = {"event": "submit", "answers": {"insured_name": resident.name}}
        caller.call("POST", path, wrong, key="k", expect=422)
        answers = {"insured_name": resident.name, "insured_id_number": resident.id_number}
        right = {"event": "submit", "answers": answers}
        caller.call("POST", path, right, key="k", expect=200)

    def test_of_eight_at_once_one_begins(self, counter: Counter) -> None:
        caller = counter.caller(counter.cast.resident)
        gate = threading.Barrier(8)

        def start(_: int) -> Any:
            gate.wait(timeout=30)
            return caller.call("POST", "/items", {"item": "refund"}, key="k")

        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(start, range(8)))
        statuses = {each.status_code for each in found}
        assert statuses <= {201, 409}
        assert len({each.json()["ref"] for each in found if each.status_code == 201}) == 1
        assert len(caller.call("GET", "/items").json()["items"]) == 1

    def test_while_the_first_is_worked_on_the_second_is_told_to_wait(self) -> None:
        """Two threads, one key; the register is slow."""
        reached, go_on = threading.Event(), threading.Event()
        calls = list[str]()
        counter = Counter()
        registry = counter.desk.ports["registry"]

        class Slow:
            def __getattr__(self, verb: str) -> Callable[..., Reply]:
                return getattr(registry, verb)  # type: ignore[no-any-return]  # a port's verb

            def find_enrolments(self, call: Any, **told: Any) -> Reply:
                calls.append(call.key)
                reached.set()
                assert go_on.wait(timeout=30)
                return registry.find_enrolments(call, **told)  # type: ignore[attr-defined]  # it has

        resident = counter.cast.resident
        counter.desk.ports["registry"] = Slow()
        caller = counter.caller(resident)
        ref = caller.start("resident_payment")["ref"]
        answers = {"insured_name": resident.name, "insured_id_number": resident.id_number}
        sent = {"event": "submit", "answers": answers}
        path = f"/items/{ref}/events"
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(caller.call, "POST", path, sent, key="k")
            assert reached.wait(timeout=30)
            second = caller.call("POST", path, sent, key="k", expect=409)
            go_on.set()
            done = first.result(timeout=30)
        assert kind_of(second.json()) == "key-in-flight"
        assert int(second.headers["retry-after"]) >= 1
        assert done.status_code == 200
        third = caller.call("POST", path, sent, key="k", expect=200)
        assert (third.json(), len(calls)) == (done.json(), 1)
        counter.close()


class TestVersions:
    """ETag and If-Match: of two who looked at the same, the slower changes nothing."""

    def test_an_event_for_what_has_moved_on(self, counter: Counter) -> None:
        caller = counter.caller(counter.cast.refunder)
        ref = caller.start("refund")["ref"]
        seen = caller.call("GET", f"/items/{ref}", expect=200)
        assert seen.headers["etag"] == f'"{seen.json()["version"]}"'
        match = {"If-Match": seen.headers["etag"]}
        path, sent = f"/items/{ref}/events", {"event": "submit"}
        caller.call("POST", path, sent, key=a_key(), headers=match, expect=200)
        late = caller.call("POST", path, sent, key=a_key(), headers=match, expect=412)
        assert kind_of(late.json()) == "moved-on"
        bad = caller.call("POST", path, sent, key=a_key(), headers={"If-Match": "3"}, expect=400)
        assert kind_of(bad.json()) == "bad-header"


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


class TestKinds:
    """What may be begun, and how each goes."""

    def test_all_that_may_be_begun(self, shared: Counter) -> None:
        kinds = shared.caller().call("GET", "/kinds", expect=200).json()["kinds"]
        items = shared.desk.book.contents.items
        assert [each["item"] for each in kinds] == [
            name for name, rules in items.items() if rules.open_to != "items"
        ]
        tibetan = Caller(shared, {"Accept-Language": "bo"})
        found = tibetan.call("GET", "/kinds", expect=200).json()["kinds"]
        assert {each["label"]["lang"] for each in found} <= {"zh-CN", "bo"}

    def test_every_machine_is_told_and_drawn(self, shared: Counter) -> None:
        caller = shared.caller()
        for name, rules in shared.desk.book.contents.items.items():
            machine = caller.call("GET", f"/kinds/{name}/machine", expect=200).json()
            assert {each["name"] for each in machine["states"]} == set(rules.states)
            names = {each["name"] for each in machine["states"]}
            to = {
                to for state in machine["states"] for event in state["events"] for to in event["to"]
            }
            assert to <= names
        drawn = caller.call("GET", "/kinds/login/machine.svg", expect=200)
        assert drawn.headers["content-type"].startswith("image/svg+xml")
        assert "sandbox" in drawn.headers["content-security-policy"]


class TestDescription:
    """OpenAPI: whole, strict, and true of every answer (see ``Described``)."""

    def test_it_is_served_and_is_openapi(self, shared: Counter) -> None:
        found = shared.caller().call("GET", "/../openapi.json", expect=200).json()
        assert found == shared.described.document
        assert found["openapi"].startswith("3.1")
        OpenAPIV31SpecValidator(found).validate()

    def test_every_operation_tells_all_of_itself(self, shared: Counter) -> None:
        document = shared.described.document
        operations = [each for item in document["paths"].values() for each in item.values()]
        assert {each["operationId"] for each in operations} == set(PROBLEMS)
        for each in operations:
            assert each["summary"]
            assert each["description"]
            assert "security" in each
            assert {"406", "429", "500", "503"} <= set(each["responses"])
            for status, answer in each["responses"].items():
                [content] = answer.get("content", {"none": {}}).values()
                assert status < "400" or content["examples"], (each["operationId"], status)

    def test_our_own_shapes_are_closed(self, shared: Counter) -> None:
        schemas = shared.described.document["components"]["schemas"]
        open_ = [n for n, each in schemas.items() if each.get("additionalProperties") is not False]
        assert open_ == []

    def test_money_is_a_text_with_two_decimals(self, shared: Counter) -> None:
        line = shared.described.document["components"]["schemas"]["Line"]["properties"]
        assert line["amount"]["pattern"] == r"^-?[0-9]+\.[0-9]{2}$"


class TestQuotes:
    """Prices without an item."""

    def test_a_price_with_its_reasons(self, shared: Counter) -> None:
        sent = {"scheme": "flexible_pension", "on": "2025-03-01",
                "facts": {"base": "7066.20", "months": 1}}  # fmt: skip
        found = shared.caller().call("POST", "/quotes", sent, expect=200).json()
        assert (found["due"], found["total"], found["evidence"]) == ("1413.24", "1413.24", "code")
        assert [each["amount"] for each in found["lines"]] == ["565.30", "847.94"]
        assert found["explanation"][0].startswith("basic endowment insurance")

    @pytest.mark.parametrize(
        ("sent", "errors"),
        [
            ({"facts": {"base": "7066.19", "months": 1}}, [("#/facts/base", "below_floor")]),
            ({"facts": {"months": 1}}, [("#/facts/base", "required")]),
            ({"facts": {"base": "x", "months": 1.5}}, None),
            ({"scheme": "none"}, [("#/scheme", "unknown_scheme")]),
            ({"on": "2025-02-30"}, [("#/on", "no_such_day")]),
            ({"known_on": "0000-01-01"}, [("#/known_on", "no_such_day")]),
        ],
    )
    def test_what_can_not_be_priced(
        self, shared: Counter, sent: dict[str, Any], errors: list[tuple[str, str]] | None
    ) -> None:
        whole = {"scheme": "flexible_pension", "on": "2025-03-01", "facts": {}, **sent}
        problem = shared.caller().call("POST", "/quotes", whole, expect=422).json()
        found = [(each["pointer"], each["code"]) for each in problem["errors"]]
        assert errors is None or found == errors


class TestCallbacks:
    """What comes over a network is believed for its signature and nothing else."""

    def waiting(self, counter: Counter) -> tuple[Caller, str, bytes]:
        """A payment that waits, and the body that would pay it."""
        resident = counter.cast.resident
        caller = counter.caller(resident)
        ref = declared(counter, caller, resident)
        counter.desk.bureau.tell("gateway.charge_qr", "never")
        front = caller.send(ref, channel="alipay")
        rows = counter.desk.store.rows(front["ref"])  # type: ignore[attr-defined]  # SQLite's has
        [key] = [each.key for each in rows if each.to == "gateway.charge_qr"]
        facts = {"charge_no": "C-1", "paid_on": "2025-10-15", "amount_due": "500.00"}
        now = counter.desk.clock.now()
        return caller, ref, write("gateway", key, front["ref"], Reply("succeeded", facts), now)

    def test_a_signed_one_pays_once(self, counter: Counter) -> None:
        caller, ref, body = self.waiting(counter)
        headers = {"Content-Type": "application/json", "Signature": GATEWAY.sign(body)}
        found = [
            counter.caller().call("POST", "/callbacks/gateway", body=body, headers=headers)
            for _ in range(2)
        ]
        assert [(each.status_code, each.json()) for each in found] == [
            (200, {"taken": True}),
            (200, {"taken": False}),
        ]
        assert caller.see(ref)["state"] == "paid"

    def test_forged_ones_are_refused_alike(self, counter: Counter) -> None:
        caller, ref, body = self.waiting(counter)
        before = caller.see(ref)
        forged = Signer.shared("k1", b"o" * 32).sign(body)
        right = GATEWAY.sign(body)
        other = body.replace(b"500.00", b"400.00")
        attempts = [
            ("gateway", body, forged), ("bank", body, right), ("gateway", other, right),
            ("gateway", body, "k1.AAAA"), ("gateway", body + b" ", right), ("none", body, right),
            ("gateway", b"{}", GATEWAY.sign(b"{}")), ("gateway", b"[" * 9000, right),
            ("gateway", other, GATEWAY.sign(other)), ("gateway", b"", right),
        ]  # fmt: skip
        found = []
        for port, sent, signature in attempts:
            headers = {"Content-Type": "application/json", "Signature": signature}
            found.append(
                counter.caller().call("POST", f"/callbacks/{port}", body=sent, headers=headers,
                                      expect=403)
            )  # fmt: skip
        assert len({each.content for each in found}) == 1
        assert caller.see(ref) == before

    def test_without_a_signature_or_too_long(self, shared: Counter) -> None:
        headers = {"Content-Type": "application/json"}
        caller = shared.caller()
        caller.call("POST", "/callbacks/gateway", body=b"{}", headers=headers, expect=400)
        headers["Signature"] = "k1.AAAA"
        long = b" " * 70_000
        caller.call("POST", "/callbacks/gateway", body=long, headers=headers, expect=413)


def test_two_desks_share_nothing() -> None:
    """The application is made for one desk, and keeps all that it knows with it."""
    desks = [Engine.open(clock=SetClock.on(NOW), settings=SETTINGS) for _ in range(2)]
    apis = [make_api(each, MANY) for each in desks]
    assert [each.state.desk for each in apis] == desks
    for desk in desks:
        desk.close()
