"""Keys of a desk: made by command, changed while others work and after a kill, moved from beside
the file to the settings; and the proof that the old one is needed no more."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine_kit import AT, opened
from sstibet import Engine, SetClock, Settings, Spoilt, Vault
from sstibet.cli import run
from sstibet.stores.opening import is_server, open_store
from sstibet.stores.rotating import rotate, unreadable
from sstibet.stores.sealing import item_place
from sstibet.stores.snapshot import dump
from sstibet.stores.sqlite import SqliteStore
from sstibet.vault import key_beside

OLD, NEW = b"o" * 32, b"n" * 32
Out = pytest.CaptureFixture[str]


def new_settings(path: Path, capsys: Out, *more: str) -> Path:
    """A settings file with a fresh key."""
    assert run(["new-key", *more]) == 0
    path.write_text(capsys.readouterr().out)
    path.chmod(0o600)
    return path


class TestNewKey:
    """``sstibet new-key``."""

    def test_it_prints_settings_that_can_be_read_and_are_never_the_same(
        self, tmp_path: Path, capsys: Out, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(0)
        found = [
            Settings.read(new_settings(tmp_path / f"{n}.yaml", capsys)).keys[0] for n in range(3)
        ]
        assert len({key.secret for key in found}) == len({key.id for key in found}) == 3
        assert all(len(key.secret) == 32 for key in found)
        assert caplog.text == ""
        assert (
            list(tmp_path.iterdir()) == [tmp_path / f"{n}.yaml" for n in range(3)]
            or len(list(tmp_path.iterdir())) == 3
        )

    def test_it_has_the_id_that_it_is_given(self, tmp_path: Path, capsys: Out) -> None:
        file = new_settings(tmp_path / "s.yaml", capsys, "--id", "y2026")
        assert Settings.read(file).keys[0].id == "y2026"
        assert run(["new-key", "--id", "No Good"]) == 2


class TestRotate:
    """``sstibet rotate DESK``."""

    def test_a_desk_moves_from_its_own_key_to_one_of_the_settings(
        self, desk_file: Path, tmp_path: Path, capsys: Out
    ) -> None:
        before = opened(SqliteStore(str(desk_file)))
        settings = new_settings(tmp_path / "settings.yaml", capsys, "--id", "y2026")
        args = ["rotate", str(desk_file), "--settings", str(settings)]
        assert run([*args, "--check"]) == 2
        assert "--own-key lets the key" in " ".join(capsys.readouterr().err.split())
        assert run([*args, "--own-key", "--check"]) == 1
        assert "y2026 (current): 0" in capsys.readouterr().out
        assert run([*args, "--own-key"]) == 0
        out = capsys.readouterr().out
        assert "everything was read with y2026 alone" in out
        assert "desk.db.key is needed no more" in out
        assert run([*args, "--check"]) == 0

        Path(f"{desk_file}.key").unlink()
        alone = SqliteStore(str(desk_file), Vault(Settings.read(settings).secrets))
        assert opened(alone) == before
        assert run(args) == 0
        assert capsys.readouterr().out.count("0 sealed anew") == 1
        assert not Path(f"{desk_file}.key").exists()

    def test_a_bureau_in_a_file_of_its_own_is_asked_for_and_sealed_anew(
        self, tmp_path: Path, capsys: Out
    ) -> None:
        desk, bureau = tmp_path / "desk.db", tmp_path / "bureau.db"
        Engine.open(desk, bureau_path=bureau).close()
        settings = new_settings(tmp_path / "settings.yaml", capsys)
        args = ["rotate", str(desk), "--settings", str(settings), "--own-key"]
        assert run(args) == 0
        assert "needs --bureau FILE as well" in capsys.readouterr().out
        assert run([*args, "--bureau", str(bureau)]) == 0
        out = capsys.readouterr().out
        assert "--bureau" not in out
        assert "bureau.db.key is needed no more" in out
        Path(f"{bureau}.key").unlink()
        Engine.open(desk, bureau_path=bureau, settings=Settings.read(settings)).close()

    def test_no_text_of_the_old_key_is_left_in_the_file(self, desk_file: Path) -> None:
        store = SqliteStore(str(desk_file), Vault({"new": NEW, "beside": key_beside(desk_file)}))
        rotate(store, 7)
        store.tidy()
        assert set(store.sealed_by()) == {"new"}
        store.close()
        assert b"\x01\x06beside" not in b"".join(
            each.read_bytes() for each in desk_file.parent.glob("desk.db*")
        )

    def test_the_old_key_alone_opens_it_no_more(self, desk_file: Path) -> None:
        store = SqliteStore(str(desk_file), Vault({"new": NEW, "beside": key_beside(desk_file)}))
        rotate(store)
        store.close()
        with pytest.raises(Spoilt):
            SqliteStore(str(desk_file))

    def test_a_key_that_was_laid_beside_the_file_opens_nothing_unasked(
        self, desk_file: Path, tmp_path: Path, capsys: Out
    ) -> None:
        """Whoever can write to the folder has no text of theirs sealed by a rotation."""
        settings = new_settings(tmp_path / "settings.yaml", capsys)
        args = ["rotate", str(desk_file), "--settings", str(settings)]
        assert run([*args, "--own-key"]) == 0
        Path(f"{desk_file}.key").unlink()
        forger = Vault({"beside": key_beside(desk_file)})
        store = SqliteStore(str(desk_file), Vault(Settings.read(settings).secrets))
        ref = store.refs()[0]
        item = store.get(ref)
        assert item is not None
        forged = forger.seal(dump(item).encode(), item_place(ref, item.version))
        store._db.execute("UPDATE items SET sealed = ? WHERE ref = ?", (forged, ref))
        with pytest.raises(Spoilt):
            store.get(ref)
        assert run([*args, "--check"]) == 1
        assert run(args) != 0
        with pytest.raises(Spoilt):
            store.get(ref)

    def test_without_a_key_of_the_settings_it_says_how_to_get_one(
        self, desk_file: Path, capsys: Out
    ) -> None:
        assert run(["rotate", str(desk_file)]) == 2
        assert "sstibet new-key" in " ".join(capsys.readouterr().err.split())

    def test_what_isnt_under_it_is_proven_not_to_be_read(self, desk_file: Path) -> None:
        both = Vault({"new": NEW, "beside": key_beside(desk_file)})
        store = SqliteStore(str(desk_file), both)
        total = sum(store.sealed_by().values())
        assert store.reseal(total - 5) > 0
        alone = SqliteStore(str(desk_file), Vault({"new": NEW}))
        assert unreadable(alone)
        rotate(store)
        assert unreadable(alone) == []

    def test_others_go_on_working_meanwhile(self, desk_file: Path) -> None:
        """Each of them with the new key before the old one, as the settings say."""
        both = {"new": NEW, "beside": key_beside(desk_file)}
        started, stop, broken = list[str](), threading.Event(), list[BaseException]()

        def work() -> None:
            engine = Engine.open(desk_file, clock=SetClock(AT), settings=_settings(both))
            try:
                while not stop.is_set() and len(started) < 500:
                    started.append(engine.start("resident_payment", actor="w").ref)
            except BaseException as error:
                broken.append(error)
            finally:
                engine.close()

        worker = threading.Thread(target=work)
        worker.start()
        try:
            store = SqliteStore(str(desk_file), Vault(both))
            while not started and worker.is_alive():
                worker.join(0.01)
            for _ in range(3):
                rotate(store, 3)
        finally:
            stop.set()
            worker.join(60)
        assert broken == []
        assert started
        alone = SqliteStore(str(desk_file), Vault({"new": NEW}))
        assert unreadable(alone) == []
        assert all(alone.get(ref) is not None for ref in started)

    def test_a_kill_in_the_middle_is_taken_up_by_the_next_run(self, desk_file: Path) -> None:
        before = opened(SqliteStore(str(desk_file)))
        dies = f"""
import os
from sstibet import Vault
from sstibet.stores.sealing import item_place
from sstibet.stores.snapshot import dump
from sstibet.stores.rotating import rotate
from sstibet.stores.sqlite import SqliteStore
from sstibet.vault import key_beside
file = {str(desk_file)!r}
store = SqliteStore(file, Vault({{"new": {NEW!r}, "beside": key_beside(file)}}))
rotate(store, 10, lambda done: os.kill(os.getpid(), 9) if done > 50 else None)
"""
        killed = subprocess.run([sys.executable, "-c", dies], env=os.environ, timeout=60)
        assert killed.returncode == -9
        both = SqliteStore(str(desk_file), Vault({"new": NEW, "beside": key_beside(desk_file)}))
        counts = both.sealed_by()
        assert counts["new"] > 50
        assert counts["beside"] > 0
        assert rotate(both) == counts["beside"]
        alone = SqliteStore(str(desk_file), Vault({"new": NEW}))
        assert unreadable(alone) == []
        assert opened(alone) == before


def _settings(keys: dict[str, bytes]) -> Settings:
    from sstibet.settings import NamedKey

    made = tuple(NamedKey(id=name, secret=key, where="") for name, key in keys.items())
    return Settings(keys=made, where="")


def test_a_place_is_a_file_or_a_server(tmp_path: Path) -> None:
    assert is_server("postgresql://desk@localhost/desk")
    assert not is_server(tmp_path / "desk.db")
    open_store(tmp_path / "desk.db").close()
    open_store(None).close()
