"""Certificates: one canonical form, and a signature that no change survives."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papers_kit import CERTIFICATE, LINE, SIGNER
from sstibet.money import Money
from sstibet.papers import (
    Certificate,
    Ed25519Signer,
    Ed25519Verifier,
    NotACertificate,
    PaidLine,
    Sealed,
    Verdict,
    judge,
    seal,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LINES = st.builds(PaidLine, TEXTS, TEXTS, TEXTS, st.dates(), st.integers(0, 10**12).map(Money))
CERTIFICATES = st.builds(
    Certificate, st.sampled_from(["payment", "tax"]), TEXTS, TEXTS, st.dates(), TEXTS, TEXTS, TEXTS,
    TEXTS, st.lists(LINES, max_size=4).map(tuple), st.booleans(),
)  # fmt: skip


def altered(told: Any, rng: Any) -> Any:
    """The same with one thing changed, wherever in it."""
    if isinstance(told, dict):
        key = rng.choice(sorted(told))
        return {**told, key: altered(told[key], rng)}
    if isinstance(told, list):
        if not told or rng.random() < 0.3:
            return [*told, told[0]] if told else [{}]
        n = rng.randrange(len(told))
        return [*told[:n], altered(told[n], rng), *told[n + 1 :]]
    if isinstance(told, bool):
        return not told
    if told and rng.random() < 0.5:
        n = rng.randrange(len(told))
        return told[:n] + chr((ord(told[n]) + 1) % 0xD000) + told[n + 1 :]
    return told + "0"


class TestSeals:
    """ "签名": a changed amount, name or number is found."""

    @given(CERTIFICATES)
    def test_what_was_signed_is_genuine_and_comes_back_whole(self, made: Certificate) -> None:
        sealed = seal(made, SIGNER)
        again = Sealed.read(sealed.text())
        assert again.certificate.canonical() == made.canonical()
        assert judge(again, [SIGNER.verifier]) is Verdict.GENUINE

    @given(CERTIFICATES, st.randoms(use_true_random=False))
    def test_no_single_change_survives(self, made: Certificate, rng: Any) -> None:
        told = json.loads(seal(made, SIGNER).text())
        told["certificate"] = altered(told["certificate"], rng)
        try:
            changed = Sealed.read(json.dumps(told))
        except NotACertificate:
            return
        # Two ways to write one character (NFC) are the same text, and no change.
        same = changed.certificate.canonical() == made.canonical()
        assert judge(changed, [SIGNER.verifier]) is (Verdict.GENUINE if same else Verdict.ALTERED)

    @pytest.mark.parametrize(
        "change",
        [
            {"holder_name": "格桑梅多"},
            {"id_number": "540102199001010018"},
            {"number": "454015251000000002"},
            {"specimen": False},
            {"lines": (dataclasses.replace(LINE, amount=Money.parse("5000.00")),)},
        ],
    )
    def test_a_changed_name_number_or_amount_is_found(self, change: dict[str, Any]) -> None:
        sealed = seal(CERTIFICATE, SIGNER)
        forged = dataclasses.replace(CERTIFICATE, **change)
        changed = dataclasses.replace(sealed, certificate=forged)
        assert judge(changed, [SIGNER.verifier]) is Verdict.ALTERED

    def test_lines_that_are_not_the_total_are_no_certificate(self) -> None:
        told = json.loads(seal(CERTIFICATE, SIGNER).text())
        told["certificate"]["total"] = "500.00"
        with pytest.raises(NotACertificate):
            Sealed.read(json.dumps(told))

    def test_another_key_judges_nothing_and_another_of_the_same_name_finds_out(self) -> None:
        sealed = seal(CERTIFICATE, SIGNER)
        assert judge(sealed, []) is Verdict.UNKNOWN_KEY
        assert judge(sealed, [Ed25519Signer.fresh("k2").verifier]) is Verdict.UNKNOWN_KEY
        assert judge(sealed, [Ed25519Signer.fresh("k1").verifier]) is Verdict.ALTERED

    def test_a_signature_of_something_else_is_none_of_a_certificate(self) -> None:
        """What is signed says what it is."""
        stolen = SIGNER.sign(CERTIFICATE.canonical())
        sealed = Sealed(CERTIFICATE, "k1", "Ed25519", stolen)
        assert judge(sealed, [SIGNER.verifier]) is Verdict.ALTERED

    def test_another_algorithm_is_a_port(self) -> None:
        """As SM2 would be: two small objects, and no code of ours."""

        class Sum:
            key, algorithm = "s1", "SM2-for-this-test"

            def sign(self, message: bytes) -> bytes:
                return (sum(message) % 65536).to_bytes(2, "big")

            def fits(self, message: bytes, signature: bytes) -> bool:
                return self.sign(message) == signature

        sealed = Sealed.read(seal(CERTIFICATE, Sum()).text())
        assert judge(sealed, [SIGNER.verifier, Sum()]) is Verdict.GENUINE
        forged = dataclasses.replace(
            sealed, certificate=dataclasses.replace(CERTIFICATE, office="")
        )
        assert judge(forged, [Sum()]) is Verdict.ALTERED

    @pytest.mark.parametrize(
        "text",
        [
            "", "{}", "[]", "null", "1e999", "{" * 100_000, "x" * 3_000_000, '{"certificate": 1}',
            json.dumps({**json.loads(seal(CERTIFICATE, SIGNER).text()), "more": 1}),
            json.dumps({**json.loads(seal(CERTIFICATE, SIGNER).text()), "signature": "?"}),
            json.dumps({**json.loads(seal(CERTIFICATE, SIGNER).text()), "key": 1}),
            seal(CERTIFICATE, SIGNER).text()[:-1] + ', "key": "k1"}',
        ],
    )  # fmt: skip
    def test_what_is_none_is_told_as_none(self, text: str) -> None:
        with pytest.raises(NotACertificate):
            Sealed.read(text)

    def test_a_public_key_is_checked_by_others(self, tmp_path: Path) -> None:
        """The signature and the key are what OpenSSL takes them for."""
        openssl = shutil.which("openssl")
        if openssl is None:
            pytest.skip("no openssl on this machine to ask")
        sealed, message = seal(CERTIFICATE, SIGNER), tmp_path / "message"
        message.write_bytes(b"sstibet certificate 1\0" + CERTIFICATE.canonical())
        (tmp_path / "key.pem").write_text(SIGNER.verifier.pem)
        (tmp_path / "signature").write_bytes(sealed.signature)
        command = [
            openssl, "pkeyutl", "-verify", "-pubin", "-inkey", str(tmp_path / "key.pem"), "-rawin",
            "-in", str(message), "-sigfile", str(tmp_path / "signature"),
        ]  # fmt: skip
        assert subprocess.run(command, check=False, capture_output=True).returncode == 0

    def test_nothing_personal_stands_in_a_repr(self) -> None:
        sealed = seal(CERTIFICATE, SIGNER)
        for value in (CERTIFICATE, sealed, SIGNER):
            assert not re.search("格桑|540102|500.00", repr(value))

    def test_a_public_key_of_another_kind_is_refused(self) -> None:
        with pytest.raises(ValueError, match="PEM"):
            Ed25519Verifier("k1", "no key").fits(b"", b"")
