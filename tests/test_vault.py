"""What is sealed can't be read, altered or moved without the key, and keys are kept from others."""

from __future__ import annotations

import base64
import logging
import os
import stat
import threading
import traceback
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sstibet import Settings, Spoilt, Vault
from sstibet.problems import RulebookError
from sstibet.vault import Index, key_beside, key_of

ONE, TWO = bytes(range(32)), bytes(range(1, 33))
SECRET = base64.b64encode(ONE).decode()


class TestSealing:
    """AES-256-GCM, bound to a place and to a key's id."""

    def test_it_is_what_another_implementation_opens(self) -> None:
        """By the format alone: 1, the id's length, the id, 12 bytes of nonce, the text."""
        sealed = Vault({"y2026": ONE}).seal(b"plain", b"place")
        head, nonce, text = sealed[:7], sealed[7:19], sealed[19:]
        assert head == b"\x01\x05y2026"
        assert AESGCM(ONE).decrypt(nonce, text, head + b"place") == b"plain"

    def test_no_nonce_comes_twice(self) -> None:
        vault = Vault({"k": ONE})
        assert len({vault.seal(b"", b"")[3:15] for _ in range(20_000)}) == 20_000

    def test_a_bit_changed_anywhere_is_found_out(self) -> None:
        vault = Vault({"k": ONE, "j": TWO})
        sealed = vault.seal(b"plain", b"place")
        for n in range(len(sealed) * 8):
            altered = bytearray(sealed)
            altered[n // 8] ^= 1 << n % 8
            with pytest.raises(Spoilt):
                vault.open(bytes(altered), b"place")
        for cut in range(len(sealed)):
            with pytest.raises(Spoilt):
                vault.open(sealed[:cut], b"place")

    def test_moved_or_renamed_to_another_key_it_is_found_out(self) -> None:
        """Even where both keys are the same: the id is bound as well."""
        vault = Vault({"k": ONE, "j": ONE})
        sealed = vault.seal(b"plain", b"place")
        with pytest.raises(Spoilt):
            vault.open(sealed, b"another")
        with pytest.raises(Spoilt):
            vault.open(b"\x01\x01j" + sealed[3:], b"place")

    def test_the_first_key_seals_and_all_open(self) -> None:
        old = Vault({"old": ONE}).seal(b"plain", b"")
        both = Vault({"new": TWO, "old": ONE})
        assert both.open(old, b"") == b"plain"
        assert key_of(both.seal(b"", b"")) == "new"
        assert (both.is_current(old), key_of(old)) == (False, "old")

    @pytest.mark.parametrize("keys", [{}, {"k": b"short"}, {"": ONE}, {"x" * 41: ONE}])
    def test_what_is_no_key_is_refused(self, keys: dict[str, bytes]) -> None:
        with pytest.raises(ValueError, match="key"):
            Vault(keys)

    def test_neither_a_repr_nor_a_traceback_holds_a_key(self) -> None:
        assert repr(ONE) not in repr(Vault({"k": ONE})) + repr(Index(ONE + TWO))
        with pytest.raises(ValueError, match="key") as refused:
            Vault({"k": ONE, "bad": b"x"})
        told = traceback.TracebackException.from_exception(refused.value, capture_locals=True)
        ours = [each for each in told.stack if "/src/sstibet/" in each.filename]
        assert ours
        assert repr(ONE)[2:-1] not in "".join(str(each.locals) for each in ours)


class TestTheIndex:
    """Equal texts of one kind have the same mark, under one key only."""

    def test_marks_tell_kinds_and_keys_apart(self) -> None:
        one, two = Index(ONE + TWO), Index(TWO + ONE)
        marks = [one.of("a", "x"), one.of("b", "x"), one.of("a", "y"), two.of("a", "x")]
        assert len(set(marks)) == 4
        assert one.of("a", "x") == marks[0]
        assert all(len(mark) == 16 for mark in marks)

    def test_a_text_sealed_to_be_looked_up_is_bound_to_its_kind(self) -> None:
        index = Index(ONE + TWO)
        sealed = index.seal("mobile", "19900000018")
        assert sealed == index.seal("mobile", "19900000018")
        assert index.open("mobile", sealed) == "19900000018"
        for kind, text in (("card", sealed), ("mobile", sealed[:-1]), ("mobile", b"")):
            with pytest.raises(Spoilt):
                index.open(kind, text)


class TestTheKeyBesideAFile:
    """Made once, whole, and for its owner alone."""

    def test_only_its_owner_may_read_it_whatever_the_umask(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            key = key_beside(tmp_path / "desk.db")
        finally:
            os.umask(before)
        place = tmp_path / "desk.db.key"
        assert stat.S_IMODE(place.stat().st_mode) == 0o600
        assert base64.b64decode(place.read_text()) == key
        assert list(tmp_path.iterdir()) == [place]

    def test_all_who_ask_at_once_get_the_same(self, tmp_path: Path) -> None:
        start, found = threading.Barrier(8), list[bytes]()

        def ask() -> None:
            start.wait()
            found.append(key_beside(tmp_path / "desk.db"))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert len(found) == 8
        assert len(set(found)) == 1

    def test_one_that_others_may_read_is_told_in_the_log(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        key_beside(tmp_path / "desk.db")
        assert caplog.text == ""
        (tmp_path / "desk.db.key").chmod(0o640)
        key_beside(tmp_path / "desk.db")
        assert "desk.db.key holds keys, and others may read it: chmod 600 it" in caplog.text

    def test_another_users_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Root may read any; to whoever else a file of a third one is no key."""
        key_beside(tmp_path / "desk.db")
        if os.geteuid() != 0:
            pytest.skip("only root can give a file away")
        os.chown(tmp_path / "desk.db.key", 4242, -1)
        key_beside(tmp_path / "desk.db")
        monkeypatch.setattr(os, "geteuid", lambda: 4243)
        with pytest.raises(OSError, match="belongs to another user"):
            key_beside(tmp_path / "desk.db")
        monkeypatch.setattr(os, "geteuid", lambda: 4242)
        key_beside(tmp_path / "desk.db")

    @pytest.mark.parametrize("text", ["", "x", "AAAA", SECRET + "!", SECRET[:-4], SECRET * 2])
    def test_what_is_no_key_is_refused_and_stays(self, text: str, tmp_path: Path) -> None:
        place = tmp_path / "desk.db.key"
        place.write_text(text)
        with pytest.raises(OSError, match="holds no key"):
            key_beside(tmp_path / "desk.db")
        assert place.read_text() == text

    def test_a_link_that_leads_nowhere_is_not_followed_to_make_one(self, tmp_path: Path) -> None:
        (tmp_path / "desk.db.key").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(OSError, match=r"elsewhere|desk\.db\.key"):
            key_beside(tmp_path / "desk.db")
        assert not (tmp_path / "elsewhere").exists()


class TestKeysInTheSettings:
    """Read strictly; never repeated."""

    @pytest.mark.parametrize(
        ("id_", "secret"),
        [
            ("k", SECRET[:-4]),
            ("k", SECRET + "AAAA"),
            ("k", f"'{SECRET} '"),
            ("k", SECRET.replace("=", "")),
            ("k", SECRET.replace("+", "-").replace("/", "_") + "_"),
            ("k", base64.b64encode(bytes(32)).decode()),
            ("k" * 41, SECRET),
        ],
    )
    def test_what_is_no_key_is_refused(
        self, id_: str, secret: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        file = tmp_path / "settings.yaml"
        file.write_text(f"keys:\n  - id: {id_}\n    secret: {secret}\n")
        with pytest.raises(RulebookError) as refused:
            Settings.read(file)
        told = traceback.TracebackException.from_exception(refused.value, capture_locals=True)
        ours = [each for each in told.stack if "/src/sstibet/" in each.filename]
        text = str(refused.value) + caplog.text + "".join(str(each.locals) for each in ours)
        assert "not_a_key" in text
        assert SECRET[:20] not in text

    def test_a_file_with_keys_that_others_may_read_is_told_in_the_log(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        file = tmp_path / "settings.yaml"
        file.write_text(f"keys:\n  - id: k\n    secret: {SECRET}\n")
        file.chmod(0o600)
        assert Settings.read(file).secrets == {"k": ONE}
        assert caplog.text == ""
        file.chmod(0o644)
        assert SECRET not in repr(Settings.read(file))
        assert "chmod 600" in caplog.text
