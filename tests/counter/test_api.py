"""The JSON API: items from the first request to the last, and who reaches which."""

from __future__ import annotations

import pytest
from api_kit import (
    MANY,
    NOW,
    SETTINGS,
    Caller,
    Counter,
    a_key,
    declared,
    kind_of,
    make_api,
    row,
    signed_in,
)

from sstibet import Engine, SetClock


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


def test_two_desks_share_nothing() -> None:
    """The application is made for one desk, and keeps all that it knows with it."""
    desks = [Engine.open(clock=SetClock.on(NOW), settings=SETTINGS) for _ in range(2)]
    apis = [make_api(each, MANY) for each in desks]
    assert [each.state.desk for each in apis] == desks
    for desk in desks:
        desk.close()
