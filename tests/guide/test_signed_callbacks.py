"""Callbacks over a network: believed for their signature, time, key, item and amount, and for
nothing else."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from guide_kit import Desk, Visit, declare_pension, pay_by_card, yuan

import sstibet
from sstibet import CallbackRefused, Money, Reply, Settings, Signer, reply
from sstibet.deciding import BookFault
from sstibet.engine.callbacks import MOST_BYTES, write
from sstibet.settings import CallbackKey

OpenDesk = Callable[..., Desk]
SECRET, OTHER, SEED = b"s" * 32, b"o" * 32, b"e" * 32
PUBLIC = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
GATEWAY = Signer.shared("k1", SECRET)
KEYS = Settings(
    where="",
    callbacks=(
        CallbackKey(where="", port="gateway", id="k1", secret=SECRET),
        CallbackKey(where="", port="gateway", id="k2", public=PUBLIC),
        CallbackKey(where="", port="bank", id="b1", secret=OTHER),
    ),
)
BOOK = sstibet.load()
LATER = [
    (port, verb, answer)
    for port, each in BOOK.contents.ports.items()
    for verb, rules in each.verbs.items()
    for answer in rules.answers
    if rules.later
]


class Waiting:
    """A resident's payment whose charge is under way, and what the gateway would send."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.bureau.tell("gateway.charge_card", "never")
        self.visit: Visit = declare_pension(desk, desk.cast.resident)
        pay_by_card(self.visit, desk.cast.resident)
        self.ref = self.visit.front.ref
        rows = desk.engine.store.rows(self.ref)
        [self.key] = [row.key for row in rows if row.to == "gateway.charge_card"]

    @property
    def told(self) -> dict[str, Any]:
        """What the body of a right callback says."""
        return {
            "version": 1,
            "port": "gateway",
            "key": self.key,
            "ref": self.ref,
            "answer": "succeeded",
            "facts": {"charge_no": "C-1", "paid_on": "2025-10-15", "amount_due": "200.00"},
            "sent_at": self.desk.clock.now(),
        }

    def receive(self, body: bytes, signature: str | None = None, port: str = "gateway") -> bool:
        """As the web hook would do it; signed by the gateway where nothing else is given."""
        sent = GATEWAY.sign(body) if signature is None else signature
        return self.desk.engine.receive(port, body, sent)

    def refuses(self, body: bytes, signature: str | None = None, port: str = "gateway") -> None:
        """That it is not taken, that it says always the same, and that nothing has changed."""
        store = self.desk.engine.store
        before = [(store.get(r), store.history(r), store.rows(r)) for r in store.refs()]
        money = self.desk.bureau.money()
        with pytest.raises(CallbackRefused, match=r"^this is no callback that can be taken$"):
            self.receive(body, signature, port)
        assert [(store.get(r), store.history(r), store.rows(r)) for r in store.refs()] == before
        assert self.desk.bureau.money() == money


def dumped(told: Any) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode()


@pytest.fixture(scope="module")
def waiting() -> Iterator[Waiting]:
    """A payment under way, which whatever is refused leaves as it is, for all that is refused."""
    desk = Desk.open(settings=KEYS)
    yield Waiting(desk)
    desk.close()


@pytest.fixture
def fresh(open_desk: OpenDesk) -> Waiting:
    """A payment under way of one's own."""
    return Waiting(open_desk(settings=KEYS))


class TestTaken:
    """What is right is taken, once."""

    def test_a_signed_callback_pays(self, fresh: Waiting) -> None:
        body = dumped(fresh.told)
        assert fresh.receive(body) is True
        assert fresh.visit.view.state == "paid"
        assert fresh.receive(body) is False, "the same again is harmless"
        later = {**fresh.told, "sent_at": fresh.desk.clock.now() + 1}
        assert fresh.receive(dumped(later)) is False
        assert fresh.visit.view.state == "paid"

    def test_a_public_key_does_as_well(self, fresh: Waiting) -> None:
        body = dumped(fresh.told)
        assert fresh.receive(body, Signer.private("k2", SEED).sign(body))
        assert fresh.visit.view.state == "paid"

    def test_the_embedded_gateway_signs_its_own(self, open_desk: OpenDesk) -> None:
        """From charge to voucher, with nothing told in another way."""
        desk = open_desk(settings=KEYS)
        desk.bureau.sign_callbacks("gateway", GATEWAY)
        visit = declare_pension(desk, desk.cast.resident)
        pay_by_card(visit, desk.cast.resident)
        desk.deliver()
        assert visit.state == "charging", "no callback but the signed one"
        [sent] = list(desk.bureau.signed_callbacks())
        assert desk.engine.receive(sent.port, sent.body, sent.signature)
        assert visit.view.state == "paid"
        assert list(desk.bureau.signed_callbacks()) == []

    def test_what_is_written_is_what_is_read(self, fresh: Waiting) -> None:
        told = fresh.told
        facts = {**told["facts"], "amount_due": Money.parse("200.00")}
        answer = Reply("succeeded", facts)
        body = write("gateway", told["key"], told["ref"], answer, told["sent_at"])
        assert json.loads(body) == told


class TestForged:
    """Who hasn't the key, or sends something else than was signed, moves nothing."""

    @pytest.mark.parametrize(
        "signature",
        [
            "", "k1", "k1.", ".", "k1.AAAA", "k1.!!!!", "nobody." + "A" * 43 + "=", "x" * 5000,
            "k1." + "A" * 43 + "=", "k2." + "A" * 86 + "==", "ключ.AAAA", "\ud800",
        ],
    )  # fmt: skip
    def test_no_signature(self, waiting: Waiting, signature: str) -> None:
        waiting.refuses(dumped(waiting.told), signature)

    def test_anothers_key(self, waiting: Waiting) -> None:
        body = dumped(waiting.told)
        waiting.refuses(body, Signer.shared("k1", OTHER).sign(body))
        waiting.refuses(body, Signer.shared("b1", OTHER).sign(body))
        waiting.refuses(body, Signer.private("k2", OTHER).sign(body))
        waiting.refuses(body, Signer.shared("k2", PUBLIC).sign(body))
        waiting.refuses(body, Signer.shared("none", bytes(32)).sign(body))

    def test_a_byte_that_was_changed(self, waiting: Waiting) -> None:
        body = dumped(waiting.told)
        signature = GATEWAY.sign(body)
        for n in range(0, len(body), 7):
            waiting.refuses(body[:n] + bytes([body[n] ^ 1]) + body[n + 1 :], signature)
        waiting.refuses(body + b" ", signature)

    def test_another_port(self, waiting: Waiting) -> None:
        """A bank's key is good for the bank, and a callback for the port that it names."""
        body = dumped(waiting.told)
        waiting.refuses(body, port="bank")
        waiting.refuses(body, Signer.shared("b1", OTHER).sign(body), port="bank")
        there = dumped({**waiting.told, "port": "bank"})
        waiting.refuses(there)
        waiting.refuses(there, Signer.shared("b1", OTHER).sign(there), port="bank")
        for port in ("", "ledger", "\ud800", "x" * 5000):
            waiting.refuses(body, port=port)

    @pytest.mark.parametrize("seconds", [-301, 301, -(10**9), 10**9, 10**30])
    def test_an_old_one(self, waiting: Waiting, seconds: int) -> None:
        waiting.refuses(dumped({**waiting.told, "sent_at": waiting.desk.clock.now() + seconds}))

    @pytest.mark.parametrize("seconds", [-300, 300])
    def test_one_that_is_just_in_time(self, fresh: Waiting, seconds: int) -> None:
        at = fresh.desk.clock.now() + seconds
        assert fresh.receive(dumped({**fresh.told, "sent_at": at}))

    def test_without_any_keys_nothing_is_believed(self, open_desk: OpenDesk) -> None:
        waiting = Waiting(open_desk())
        waiting.refuses(dumped(waiting.told))


class TestUnfit:
    """Signed, and yet not what was asked: refused, and told in the log for a reconciliation."""

    @pytest.mark.parametrize(
        "amount", ["199.99", "200.01", "0.00", "-200.00", "2.00", "x", "", 200, 20000, None, [],
                   {"a": 1}, True, "２００.00", "200.00\n"],
    )  # fmt: skip
    def test_another_amount(
        self, waiting: Waiting, amount: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        told = waiting.told
        with caplog.at_level(logging.ERROR):
            waiting.refuses(dumped({**told, "facts": {**told["facts"], "amount_due": amount}}))
        assert waiting.key in caplog.text or "fact" in caplog.text

    def test_another_amount_than_was_paid(
        self, fresh: Waiting, caplog: pytest.LogCaptureFixture
    ) -> None:
        """What contradicts an answer that was taken is refused as well, and told in the log."""
        told = fresh.told
        assert fresh.receive(dumped(told))
        with caplog.at_level(logging.ERROR):
            fresh.refuses(dumped({**told, "facts": {**told["facts"], "amount_due": "199.99"}}))
        assert f"{fresh.key}: gateway.charge_card answered about another amount" in caplog.text

    def test_no_amount(self, waiting: Waiting) -> None:
        told = waiting.told
        facts = {name: told["facts"][name] for name in ("charge_no", "paid_on")}
        waiting.refuses(dumped({**told, "facts": facts}))
        with pytest.raises(BookFault, match="another amount_due"):
            waiting.desk.engine.callback("gateway", waiting.key, Reply("succeeded", facts))
        assert waiting.visit.state == "charging"

    @pytest.mark.parametrize(
        "change",
        [
            {"key": "no:such:1"}, {"key": ""}, {"key": "\ud800"}, {"key": 7}, {"key": "x" * 5000},
            {"ref": "another"}, {"ref": None}, {"answer": "paid"}, {"answer": "failed"},
            {"answer": "lost"}, {"answer": ["succeeded"]}, {"answer": "found"}, {"version": 2},
            {"version": "1"}, {"version": True}, {"sent_at": "now"}, {"sent_at": True},
            {"sent_at": 1.5}, {"sent_at": None}, {"more": 1}, {"facts": []}, {"facts": "x"},
            {"facts": {}}, {"port": None},
        ],
    )  # fmt: skip
    def test_another_body(self, waiting: Waiting, change: dict[str, Any]) -> None:
        body = json.dumps({**waiting.told, **change}).encode()
        waiting.refuses(body)

    @pytest.mark.parametrize(
        "facts",
        [
            {"voucher_no": "454016251000000001"}, {"paid_on": "2025-02-30"},
            {"charge_no": "\ud800"}, {"charge_no": "a\0b"}, {"charge_no": "x" * 65},
            {"charge_no": ["C-1"]}, {"charge_no": 1.5},
            {"withdrawal_password": "246810"}, {"declaration_no": "1"},
        ],
    )  # fmt: skip
    def test_other_facts(self, waiting: Waiting, facts: dict[str, Any]) -> None:
        told = waiting.told
        waiting.refuses(json.dumps({**told, "facts": {**told["facts"], **facts}}).encode())

    @pytest.mark.parametrize(
        "body",
        [
            b"", b"{}", b"[]", b"null", b"7", b"{", b"\xff\xfe", b"\xef\xbb\xbf{}", b"[" * 50_000,
            b'{"a":' * 10_000, b"NaN", b"1e999", b"9" * 6000, b" " * (MOST_BYTES + 1),
        ],
    )  # fmt: skip
    def test_no_body(self, waiting: Waiting, body: bytes) -> None:
        waiting.refuses(body)

    def test_a_key_that_stands_there_twice(self, waiting: Waiting) -> None:
        body = dumped(waiting.told)
        waiting.refuses(body[:-1] + b', "answer": "declined"}')
        doubled = b'"amount_due": "200.00", "amount_due": "200.00"'
        waiting.refuses(body.replace(b'"amount_due": "200.00"', doubled))

    @pytest.mark.parametrize("body", ["text", None, 7, bytearray(b"{}")])
    def test_what_is_no_bytes(self, waiting: Waiting, body: Any) -> None:
        waiting.refuses(body, "k1.AAAA")

    def test_the_answer_of_another_item(self, fresh: Waiting) -> None:
        """A right key with another's reference, as if one payment could pay another's."""
        second = declare_pension(fresh.desk, fresh.desk.cast.neighbour)
        pay_by_card(second, fresh.desk.cast.neighbour)
        fresh.refuses(dumped({**fresh.told, "ref": second.front.ref}))
        told = fresh.told["facts"] | {"amount_due": "200.00"}
        fresh.refuses(dumped({**fresh.told, "key": second.front.ref, "facts": told}))
        assert (fresh.visit.state, second.state) == ("charging", "charging")


class TestEachVerb:
    """No answer of any verb comes by a callback that isn't signed, or that a person sends."""

    @pytest.mark.parametrize(("port", "verb", "answer"), LATER)
    def test_a_forged_callback(self, waiting: Waiting, port: str, verb: str, answer: str) -> None:
        """To every later answer of every port, under a key that was really asked."""
        told = {**waiting.told, "port": port, "answer": answer}
        body = dumped(told)
        for signer in (Signer.shared("k1", OTHER), Signer.shared("b1", SECRET)):
            waiting.refuses(body, signer.sign(body), port=port)
        if port != "gateway":
            waiting.refuses(body, port=port)

    @pytest.mark.parametrize("verb", [
        f"{port}.{verb}" for port, each in BOOK.contents.ports.items() for verb in each.verbs
    ])  # fmt: skip
    def test_a_person_answers_for_no_port(self, waiting: Waiting, verb: str) -> None:
        """Not for their own item either: what a port answers is no event of a person."""
        port, _, name = verb.partition(".")
        rules = BOOK.contents.ports[port].verbs[name]
        machine = BOOK.contents.items["payment"]
        asking = [each for each, effect in machine.effects.items() if effect.do == verb] or [name]
        engine, front = waiting.desk.engine, waiting.visit.front
        before = engine.store.get(front.ref)
        for answer in (*rules.answers, "failed", "lost"):
            for source in {*asking, name, port, verb}:
                facts = dict(waiting.told["facts"])
                event = f"{source}.{answer}"
                after = engine.send(front.ref, event, facts, actor=waiting.visit.actor)
                assert after.code == "not_now"
        assert engine.store.get(front.ref) == before


def test_a_port_that_confirms_another_amount_at_once_has_answered_nothing(
    open_desk: OpenDesk, caplog: pytest.LogCaptureFixture
) -> None:
    """Polled or answered at once, the amount must be the one that was told. The person is told no
    error: what they see is that the charge is not known yet."""

    class Wrong:
        def charge_card(self, call: sstibet.Call, **told: Any) -> Reply:
            return reply("accepted")

        def charge_qr(self, call: sstibet.Call, *, amount_due: Money) -> Reply:
            told = amount_due + yuan("0.01")
            return reply("succeeded", charge_no="C", paid_on=call.day, amount_due=told)

        query = close = give_back = charge_card

    desk = open_desk(ports={"gateway": Wrong()})
    visit = declare_pension(desk, desk.cast.resident)
    visit.send(channel="alipay")
    assert "gateway.charge_qr answered about another amount_due" in caplog.text
    assert "200.01" not in caplog.text
    assert visit.state == "asking_code"
    live = [each for each in desk.bureau.live_payments() if not each.seeded]
    assert [each.status for each in live] == ["being_paid"]
