"""A store that was altered behind its back: what was altered is refused and never run, and stands
in nobody else's way."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Container
from pathlib import Path

import apsw
import pytest
from tampering import TOLD, WHOLE, Desk, Driven, Scene, alterations, drive, scene

import sstibet
from sstibet.stores.sqlite import SqliteStore
from sstibet.vault import Spoilt

SOAK = os.environ.get("SSTIBET_SOAK") == "1"
SEED = int(os.environ.get("SSTIBET_SEED", "54"))
OF_EACH_COLUMN = 40 if SOAK else 2


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """The file that is altered."""
    return scene(tmp_path_factory.mktemp("scene") / "desk")


@pytest.fixture(scope="module")
def untouched(played: Scene, tmp_path_factory: pytest.TempPathFactory) -> Driven:
    """What comes of it where nothing was altered."""
    return drive(played, played.copy(tmp_path_factory.mktemp("untouched") / "desk"))


def wrong(
    played: Scene, untouched: Driven, driven: Driven, put_into: Container[str] = ()
) -> list[str]:
    """What an alteration did that it must not do, but to the items that it ``put`` something
    ``into``."""
    found = [
        f"{actor or 'everybody'} is told {type(error).__name__} ({error}) by {what}"
        for actor, what, error in driven.told
        if not (isinstance(error, TOLD) and actor)
    ]
    found += [f"{each} is paid twice" for each in driven.paid_twice]
    other = played.people[1].actor
    found += [
        f"{each} of another stands in {driven.stands.get(each)}"
        for ref in played.refs[other]
        for each in (ref, f"{ref}.3")
        if driven.stands.get(each) != untouched.stands.get(each) and each not in put_into
    ]
    # What a row told that was there before is told as it was, or not at all.
    genuine = {**untouched.calls, **played.calls}
    found += [
        f"{key} told {call}, not {genuine.get(key)}"
        for key, call in driven.calls.items()
        if key in played.rows and call != genuine.get(key)
    ]
    return found


class TestTampering:
    """Each column of each row is altered in each way."""

    def test_untouched_everything_comes_to_its_end(self, played: Scene, untouched: Driven) -> None:
        assert untouched.told == []
        for case in played.people:
            first, second, third = played.refs[case.actor]
            assert untouched.stands[f"{first}.3"] == "paid"
            assert untouched.stands[second] == "choosing_enrolments"
            assert untouched.stands[third] == "choosing_enrolments"

    def test_what_was_altered_is_never_run_and_stands_in_nobodys_way(
        self, played: Scene, untouched: Driven, tmp_path: Path
    ) -> None:
        rng, told = random.Random(SEED), dict[str, list[str]]()
        every = list(alterations(played))
        rng.shuffle(every)
        done = Counter[tuple[str, str]]()
        for number, each in enumerate(every):
            done[each.table, each.column] += 1
            if done[each.table, each.column] > OF_EACH_COLUMN:
                continue
            path = played.copy(tmp_path / str(number))
            each.apply(path, played.older)
            driven = drive(played, path)
            found = wrong(played, untouched, driven, each.put_into())
            if not each.name.startswith(WHOLE):
                found += [f"{key} is asked again" for key in played.done & driven.calls.keys()]
            if found:
                told[str(each)] = found
        assert not told, "\n".join(f"{name}: {found}" for name, found in told.items())

    def test_an_item_put_back_to_how_it_stood_is_refused(
        self, played: Scene, tmp_path: Path
    ) -> None:
        """It was genuine then; but its history goes further."""
        ref = f"{played.refs[played.victim][0]}.3"
        path = played.copy(tmp_path / "desk")
        name = f"the item as of before: {ref}"
        back = next(each for each in alterations(played) if each.name == name)
        back.apply(path, played.older)
        desk = Desk.at(path, played.now + 61).engine
        try:
            for ask in (
                lambda: desk.view(ref, actor=played.victim),
                lambda: desk.send(ref, "submit", {}, actor=played.victim, key="again"),
                lambda: desk.callback("gateway", f"{ref}:4:2", sstibet.Reply("failed")),
            ):
                with pytest.raises(Spoilt, match="goes further"):
                    ask()
        finally:
            desk.close()

    def test_a_row_that_is_no_text_stops_nobody_else(self, played: Scene, tmp_path: Path) -> None:
        """One row could stop every delivery and every deadline."""
        path = played.copy(tmp_path / "desk")
        connection = apsw.Connection(str(path))
        mine = f"{played.refs[played.victim][2]}%"
        for table, column in (("outbox", "name"), ("items", "state")):
            connection.execute(
                f"UPDATE {table} SET {column} = CAST(x'ff' AS TEXT) WHERE ref LIKE ?", (mine,)
            )
        connection.close()
        driven = drive(played, path)

        other = played.people[1].actor
        assert [each for each in driven.told if each[0] != played.victim] == []
        assert driven.stands[f"{played.refs[other][0]}.3"] == "paid"
        assert driven.stands[played.refs[other][2]] == "choosing_enrolments"

    def test_what_is_over_is_not_asked_again_because_a_row_says_so(
        self, played: Scene, untouched: Driven, tmp_path: Path
    ) -> None:
        path = played.copy(tmp_path / "desk")
        connection = apsw.Connection(str(path))
        connection.execute("UPDATE outbox SET status = 'due', claimed = 0 WHERE status = 'done'")
        connection.close()
        driven = drive(played, path)

        assert played.done, "there are rows that are over"
        assert not played.done & driven.calls.keys()
        assert driven.stands == untouched.stands

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE store SET schema = 1",
            "UPDATE store SET schema = 'x'",
            "UPDATE store SET schema = -1",
            "UPDATE store SET index_key = NULL",
            "UPDATE store SET index_key = x'0106626573696465'",
            "DELETE FROM store",
            "DROP TABLE store",
        ],
    )
    def test_a_file_that_says_something_else_of_its_seals_is_not_opened(
        self, played: Scene, tmp_path: Path, sql: str
    ) -> None:
        path = played.copy(tmp_path / "desk")
        connection = apsw.Connection(str(path))
        connection.execute(sql)
        connection.close()
        before = path.read_bytes()

        with pytest.raises(Spoilt):
            SqliteStore(str(path))
        assert path.read_bytes() == before
