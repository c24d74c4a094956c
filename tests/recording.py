"""A recording of every step of the guide, made once and kept beside the tests: items, their
histories, and the book that they were made by.

A book that changes is checked against it (`test_against`). Where what was recorded is meant to come
out otherwise from now on, and no migration can say so, record it anew and read the difference::

    PYTHONPATH=src python tests/recording.py && git diff --stat tests/recorded
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import sstibet
from sstibet import Engine, SetClock
from sstibet.archive import pack
from sstibet.cli.scenes import Stage, load_scenes
from sstibet.engine.ids import CountedIds
from sstibet.stores.records import Change, Past, Store
from sstibet.stores.snapshot import dump, load

FOLDER = Path(__file__).parent / "recorded"
BOOK, ITEMS = FOLDER / "book.zip", FOLDER / "items.jsonl"


def play(engine: Engine) -> Engine:
    """Take every step of the guide at a desk."""
    Stage(engine, load_scenes()).play_all()
    return engine


def played(path: Path | None) -> Engine:
    """A desk at which every step of the guide was taken, as the demonstration does."""
    book = sstibet.load()
    clock = SetClock.on(load_scenes().at, book.contents.info.time_zone)
    return play(Engine.open(path, book=book, clock=clock, ids=CountedIds()))


def write(engine: Engine) -> None:
    """Record what a desk's store holds."""
    FOLDER.mkdir(exist_ok=True)
    assert engine.book.files is not None
    BOOK.write_bytes(pack(engine.book.files))
    lines = list[str]()
    for ref in engine.store.refs():
        item = engine.store.get(ref)
        assert item is not None
        pasts = [dataclasses.astuple(past) for past in engine.store.history(ref)]
        lines.append(json.dumps([json.loads(dump(item)), pasts], ensure_ascii=False))
    ITEMS.write_text("\n".join([*lines, ""]), "utf-8")


def restore(store: Store) -> None:
    """Put the recording into a store, step by step."""
    for line in ITEMS.read_text("utf-8").splitlines():
        snapshot, told = json.loads(line)
        item = load(json.dumps(snapshot))
        store.keep_book(item.head.digest, BOOK.read_bytes())
        expected = None
        for version, event, at, actor, before, after, way, steps, payload in told:
            past = Past(version, event, at, actor, before, after, way, tuple(steps), payload)
            store.commit(Change(item._replace(version=version), expected, past))
            expected = version


if __name__ == "__main__":
    desk = played(None)
    write(desk)
    desk.close()
    sys.stdout.write(f"{len(ITEMS.read_text('utf-8').splitlines())} items\n")
