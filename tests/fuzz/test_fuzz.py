"""Anything at all comes to the doors of the library: the reader, forms, events, callbacks,
snapshots, seals, settings, tables.

``make test`` tries what was hard once and some hundreds more for each; ``make soak`` (and
``make fuzz``) has atheris look for what reaches further.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from choices import DEEP, TEXTS
from hard import seeds
from hypothesis import given, settings
from hypothesis import strategies as st
from targets import AT, DAY, SETTINGS, SIGNER, TARGETS, book

import sstibet
from sstibet import SetClock
from sstibet.documents import parse_whole
from sstibet.engine.callbacks import write
from sstibet.kinds import KINDS
from sstibet.money import Money, Rate
from sstibet.problems import BadValue
from sstibet.stores.snapshot import load

SOAK = os.environ.get("SSTIBET_SOAK") == "1"
SECONDS = int(os.environ.get("SSTIBET_FUZZ_SECONDS", "60"))
TOO_LONG = 30  # seconds after which an input is taken to hang
SLOW = ("whole_book", "sent", "callbacks", "tables", "events", "kinds")
_ANY = st.binary(max_size=200) | st.binary(max_size=2000)


@contextmanager
def ends() -> Iterator[None]:
    """What hangs is broken off."""

    def hangs(*_: object) -> None:
        raise TimeoutError("this input hangs")

    before = signal.signal(signal.SIGALRM, hangs)
    signal.alarm(TOO_LONG)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("target", TARGETS)
def test_what_was_hard_once_breaks_no_law(target: str) -> None:
    for seed in seeds(target):
        with ends():
            TARGETS[target](seed)


@pytest.mark.parametrize("target", TARGETS)
def test_any_bytes_break_no_law(target: str) -> None:
    near = st.sampled_from([each for each in seeds(target) if len(each) < 2000])

    @settings(max_examples=100 if target in SLOW else 300)
    @given(_ANY | st.tuples(near, st.integers(0, 2000), st.binary(max_size=8)).map(_altered))
    def law(data: bytes) -> None:
        with ends():
            TARGETS[target](data)

    law()


def _altered(made: tuple[bytes, int, bytes]) -> bytes:
    seed, at, put = made
    at %= len(seed) + 1
    return seed[:at] + put + seed[at + len(put) // 2 :]


@pytest.mark.skipif(not SOAK, reason="atheris looks for as long as it is told, in make soak")
def test_atheris_finds_nothing() -> None:
    here = Path(__file__).parent
    command = [sys.executable, str(here), "--seconds", str(SECONDS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-5000:]


def _said(kind: str, text: str) -> str:
    """Why a text isn't of a kind; nothing where it is."""
    try:
        KINDS[kind][0](text)
    except BadValue as bad:
        return str(bad)
    return ""


class TestWhatWasFound:
    """Each of these was an error that nobody documented, or a hang."""

    @pytest.mark.parametrize("kind", sorted(KINDS))
    def test_a_text_of_any_length_is_read_or_refused(self, kind: str) -> None:
        """A number of more than 4,300 digits is none that Python reads, and a pattern that looks
        for what is wrong with an amount of 100,000 took minutes."""
        long = ("9" * 1_000_000, "1." + "9" * 100_000, "-" + "1" * 4_301, "1e" * 9_999)
        for text in (*TEXTS, *long):
            with ends():
                said = _said(kind, text)
            assert len(said) < 500

    def test_numbers_are_read_up_to_some_digits(self) -> None:
        assert parse_whole("9" * 4000) == 10**4000 - 1
        with pytest.raises(BadValue, match="no whole number"):
            parse_whole("9" * 4001)
        with pytest.raises(BadValue, match="no rate"):
            Rate.parse("0." + "1" * 5000)
        assert Money.of(10**3999).fen == 10**4001
        for amount in (10**4001, 10**5000, Decimal("1E+999999"), Decimal("1E-999999")):
            with pytest.raises(BadValue), ends():
                Money.of(amount)

    @pytest.mark.parametrize(
        "value",
        [DEEP, 10**5000, -(10**5000), {"a": DEEP}, [10**5000]],
        ids=["deep", "long", "negative", "mapping", "list"],
    )
    def test_what_no_message_can_repeat_is_refused_by_its_type(self, value: Any) -> None:
        facts = book().contents.dictionary
        for name in ("base", "months", "tier", "birth_date", "person_name", "payments", "consent"):
            with pytest.raises(BadValue) as bad:
                facts.read(name, value)
            assert len(str(bad.value)) < 600
            answer = book().on(DAY).quote("flexible_pension", {"base": value, "months": value})
            assert isinstance(answer, sstibet.Wrong)
            assert len(answer.text("en")) < 600

    @pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "1e999", "NaN", "9" * 5000])
    def test_a_snapshot_too_deep_or_of_no_plain_number_is_none(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"snapshot|number|digits"):
            load(text)

    @pytest.mark.parametrize("key", ["\ud800", "", "x" * 5000, None, 7, b"k", DEEP])
    def test_what_cannot_be_a_key_or_a_reference_is_unknown(self, key: Any) -> None:
        desk = sstibet.Engine.open()
        with pytest.raises(sstibet.UnknownKey):
            desk.callback("gateway", key, sstibet.reply("succeeded"))
        for ask in (
            lambda: desk.view(key, actor="p0001"),
            lambda: desk.send(key, "submit", {}, actor="p0001"),
            lambda: desk.send(key, "submit", {}, actor="p0001", key="k"),
            lambda: desk.save(key, {}, actor="p0001"),
        ):
            with pytest.raises(sstibet.NoSuchItem):
                ask()
        desk.close()

    def test_a_payload_that_json_cannot_hold_has_no_key(self) -> None:
        desk = sstibet.Engine.open()
        view = desk.start("resident_payment", actor="p0001")
        payload = {"insured_name": DEEP, "insured_id_number": DEEP}
        assert desk.send(view.ref, "submit", payload, actor="p0001").refused
        with pytest.raises(TypeError, match="such as JSON can hold"):
            desk.send(view.ref, "submit", payload, actor="p0001", key="k")
        assert desk.view(view.ref, actor="p0001").version == view.version
        desk.close()

    def test_a_number_of_thousands_of_digits_is_refused_with_a_key_as_without(self) -> None:
        desk = sstibet.Engine.open()
        view = desk.start("resident_payment", actor="p0001")
        payload = {"insured_name": 10**5000, "insured_id_number": 10**5000}
        for key in (None, "k"):
            assert desk.send(view.ref, "submit", payload, actor="p0001", key=key).refused
        assert desk.view(view.ref, actor="p0001").version == view.version
        desk.close()

    @pytest.mark.parametrize("deep", [100, 500, 900, 1_000, 30_000])
    def test_a_signed_callback_nested_deep_is_refused_as_any(self, deep: int) -> None:
        desk = sstibet.Engine.open(clock=SetClock(AT), settings=SETTINGS)
        told = write("gateway", "r:1:1", "r", sstibet.reply("declined", decline_reason=""), AT)
        body = told.replace(b'""', b"[" * deep + b"]" * deep)
        assert len(body) > 2 * deep
        with pytest.raises(sstibet.CallbackRefused):
            desk.receive("gateway", body, SIGNER.sign(body))
        desk.close()
