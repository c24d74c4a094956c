"""The cache answers only what the very same bytes said, and only what nobody else could write."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

import sstibet
from sstibet.cache import Cache
from sstibet.files import Files, find_rules
from sstibet.frozen import thaw

DAY = date(2025, 3, 1)
FACTS = {"base": "7066.20", "months": 1}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("SSTIBET_CACHE", str(folder))
    return folder


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return Path(shutil.copytree(find_rules(None), tmp_path / "rules"))


def kept(cache: Path) -> list[Path]:
    return sorted(cache.glob("*.book"))


def due(path: Path) -> str:
    quote = sstibet.load(path).on(DAY).quote("flexible_pension", FACTS)
    assert isinstance(quote, sstibet.Quote)
    return str(quote.due)


def test_a_book_read_before_says_the_same(cache: Path, book: Path) -> None:
    first = sstibet.load(book)
    assert len(kept(cache)) == 1
    second = sstibet.load(book)
    assert second.digest == first.digest
    assert second.contents == first.contents


def test_the_second_time_neither_yaml_nor_pydantic_is_loaded(cache: Path, book: Path) -> None:
    sstibet.load(book)
    code = (
        "import sys, sstibet\n"
        f"book = sstibet.load({str(book)!r})\n"
        "print(book.digest, sorted({'yaml', 'pydantic', 'numpy'} & sys.modules.keys()))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == f"{sstibet.load(book).digest} []"


def test_a_changed_byte_is_never_answered_from_the_cache(cache: Path, book: Path) -> None:
    assert due(book) == "1413.24"
    rates = book / "rates.yaml"
    rates.write_text(rates.read_text("utf-8") + "# a comment\n", "utf-8")
    assert due(book) == "1413.24"
    assert len(kept(cache)) == 2
    broken = rates.read_text("utf-8").replace("rate: 20%", "rate: 21%", 1)
    rates.write_text(broken, "utf-8")
    with pytest.raises(sstibet.RulebookError):
        sstibet.load(book)


def test_a_book_with_problems_is_not_kept(cache: Path, book: Path) -> None:
    (book / "facts.yaml").write_text("", "utf-8")
    with pytest.raises(sstibet.RulebookError):
        sstibet.load(book)
    assert kept(cache) == []


@pytest.mark.parametrize("harm", [b"", b"rubbish", b"\0" * 400])
def test_a_damaged_file_is_read_again_from_the_book(cache: Path, book: Path, harm: bytes) -> None:
    sstibet.load(book)
    kept(cache)[0].write_bytes(harm)
    assert due(book) == "1413.24"
    assert len(kept(cache)[0].read_bytes()) > 1000, "it is kept anew"


class _Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("echo poisoned",)


def test_nothing_but_the_librarys_own_values_is_made(
    cache: Path, book: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sstibet.load(book)
    for bomb in (pickle.dumps((_Bomb(), "x")), pickle.dumps((sstibet.load, "x"))):
        assert thaw(bomb) is None
        kept(cache)[0].write_bytes(sha256(bomb).digest() + bomb)
        assert due(book) == "1413.24"
    assert "poisoned" not in capfd.readouterr().out


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_may_write_to_is_not_used(cache: Path, book: Path, mode: int) -> None:
    sstibet.load(book)
    name = kept(cache)[0]
    cache.chmod(mode)
    before = name.stat().st_mtime_ns
    if mode & 0o022:
        assert Cache(cache, name.name).get() is None
    assert due(book) == "1413.24"
    assert name.stat().st_mtime_ns == before
    cache.chmod(0o700)


def test_a_file_that_others_may_write_to_is_not_used(cache: Path, book: Path) -> None:
    sstibet.load(book)
    kept(cache)[0].chmod(0o666)
    assert Cache(cache, kept(cache)[0].name).get() is None


def test_a_link_in_place_of_the_folder_or_the_file_is_not_followed(
    cache: Path, book: Path, tmp_path: Path
) -> None:
    sstibet.load(book)
    name = kept(cache)[0].name
    moved = tmp_path / "moved"
    cache.rename(moved)
    cache.symlink_to(moved)
    assert Cache(cache, name).get() is None
    assert Cache(moved, name).get() is not None
    (moved / name).rename(moved / "real")
    (moved / name).symlink_to("real")
    assert Cache(moved, name).get() is None


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs two users")
def test_another_users_folder_is_not_used(cache: Path, book: Path) -> None:
    sstibet.load(book)
    os.chown(cache, 12345, 12345)
    assert Cache(cache, kept(cache)[0].name).get() is None
    assert due(book) == "1413.24"


def test_without_a_place_to_keep_it_a_book_is_just_read(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    for value in ("off", str(tmp_path / "file" / "below")):
        monkeypatch.setenv("SSTIBET_CACHE", value)
        assert due(book) == "1413.24"


def test_the_cache_lies_outside_of_the_book(cache: Path, book: Path) -> None:
    before = sorted(book.rglob("*"))
    sstibet.load(book)
    assert sorted(book.rglob("*")) == before


def test_the_fingerprint_tells_names_and_bytes_apart(tmp_path: Path) -> None:
    one = Files(tmp_path, {"tiers/a.yaml": b"x", "tiers/b.yaml": b""})
    two = Files(tmp_path, {"tiers/a.yaml": b"", "tiers/b.yaml": b"x"})
    assert one.fingerprint != two.fingerprint


def test_a_changed_line_of_code_is_never_answered_from_the_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A checkout's types change without its version: what was kept before would be misread."""
    from sstibet import cache

    files = Files.of(find_rules(None))
    before = Cache.open(files)
    monkeypatch.setattr(cache, "_code", lambda: "another state of the code")

    assert before is not None
    assert Cache.open(files) != before
