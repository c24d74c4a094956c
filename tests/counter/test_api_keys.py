"""The JSON API: what is sent twice, at once, late, or forged."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from api_kit import (
    GATEWAY,
    Caller,
    Counter,
    a_key,
    declared,
    kind_of,
)

from sstibet import Reply, Signer
from sstibet.engine.callbacks import write


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
