"""A desk that is opened: all of it or nothing, and what is told where it can't be."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sstibet import Engine, Settings, UnknownName, Vault
from sstibet.cli import run
from sstibet.engine.errors import PortMissing
from sstibet.stores.opening import is_server, open_store, read_store

URL = "postgresql://desk:hush-hush@[::bad/desk"
KEY = "keys:\n  - {id: one, secret: b29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb28=}\n"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with a key, which the variable names."""
    file = tmp_path / "settings.yaml"
    file.write_text(KEY, "utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("SSTIBET_SETTINGS", str(file))
    return Settings.read(file)


def open_files(folder: Path) -> list[str]:
    """Which files of a folder this process has open."""
    found = list[str]()
    for each in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{each}"))
        except OSError:
            continue
    return [each for each in found if each.startswith(str(folder))]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
@pytest.mark.parametrize("breaks", ["bureau", "port"])
def test_a_desk_that_cannot_be_opened_leaves_nothing_open(tmp_path: Path, breaks: str) -> None:
    other: dict[str, Any] = {"ports": {"gateway": object()}}
    if breaks == "bureau":
        Engine.open(tmp_path / "other.db", bureau_path=tmp_path / "bureau.db").close()
        (tmp_path / "bureau.db.key").unlink()
        other = {"bureau_path": tmp_path / "bureau.db"}
    gc.disable()  # what is only left to the collector is left open
    try:
        with pytest.raises((PortMissing, ValueError)):
            Engine.open(tmp_path / "desk.db", **other)
        assert open_files(tmp_path) == []
    finally:
        gc.enable()


def test_a_misspelt_port_is_not_answered_for_by_the_embedded_bureau() -> None:
    with pytest.raises(UnknownName, match="gatewya"):
        Engine.open(ports={"gatewya": object()})


def test_the_embedded_bureau_is_on_no_server(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not on a server"):
        Engine.open(tmp_path / "desk.db", bureau_path="postgresql://u:p@h/x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("opens", [open_store, read_store])
def test_a_url_that_cannot_be_read_is_not_repeated(opens: Callable[..., Any]) -> None:
    assert is_server(URL)
    with pytest.raises(ValueError, match="can't be read") as told:
        opens(URL, Vault.fresh())
    assert "hush" not in str(told.value)


WITHOUT = [
    ["rotate"],
    ["forget", "--dry-run"],
    ["migrate"],
    ["migrate", "--dry-run"],
    ["reconcile", "--bureau", "bureau.db"],
    ["check", "rules", "--against"],
]


@pytest.mark.parametrize("words", WITHOUT, ids=" ".join)
class TestCommands:
    """What a command tells where a desk can't be had; nothing is ever made in its place."""

    def told(self, words: list[str], desk: str, capsys: pytest.CaptureFixture[str]) -> str:
        """What it says in its errors; it exits by 2."""
        words = [str(Path(__file__).parents[1] / "rules") if w == "rules" else w for w in words]
        at = len(words) if words[-1] == "--against" else 1
        assert run([*words[:at], desk, *words[at:]]) == 2
        return capsys.readouterr().err

    @pytest.fixture(autouse=True)
    def _here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        for name in ("x.db", "bureau.db"):
            Path(name).touch()

    def test_of_a_server_whose_url_cannot_be_read(
        self, words: list[str], settings: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        told = self.told(words, URL, capsys)
        assert "can't be read" in told
        assert "hush" not in told

    def test_of_a_server_without_the_extra(
        self,
        words: list[str],
        settings: Settings,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setitem(sys.modules, "psycopg", None)
        told = self.told(words, "postgresql://desk:hush-hush@127.0.0.1:1/desk", capsys)
        assert "pip install 'sstibet[postgres]'" in told
        assert "hush" not in told

    def test_of_a_file_that_is_not_there(
        self, words: list[str], settings: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        told = self.told(words, "no.db", capsys)
        assert "there is no" in told
        assert "no.db" in told
        assert not Path("no.db").exists()

    def test_of_settings_that_cannot_be_read(
        self,
        words: list[str],
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        Path("bad.yaml").write_text("keys: [\n", "utf-8")
        monkeypatch.setenv("SSTIBET_SETTINGS", "bad.yaml")
        assert "bad.yaml:1:7" in self.told(words, "x.db", capsys)


def test_a_desk_on_a_server_is_reconciled_with_its_bureaus_file(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["reconcile", "postgresql://desk:hush-hush@127.0.0.1:1/desk"]) == 2
    told = capsys.readouterr().err
    assert "--bureau" in told
    assert "hush" not in told
