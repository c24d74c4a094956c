"""Personal and secret values, planted in every item, are found nowhere that they shouldn't be: not
in a desk's files, its logs, its errors with their locals, its values as text, or its drawings."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sstibet
from planted import LOG, NUMBERS, Witness
from sstibet.cli import run
from sstibet.cli.walking import CARD
from sstibet.drawing import mermaid, svg
from sstibet.facts import Fact
from sstibet.kinds import PERSONAL

ROOT = Path(__file__).parents[1] / "rules"
# Facts that no value was planted for, each with the reason.
NOT_PLANTED = {
    "id_last_four": "four digits are found in any number; they are the end that a mask shows",
    "user": "a user's id is what a desk calls them by, as it does an actor",
}


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Witness]:
    """A desk on a file at which every scene was played."""
    made = Witness(tmp_path_factory.mktemp("planted"))
    stage = made.play()
    assert not [fault for each in stage.played.values() for fault in each.faults]
    yield made
    made.engine.close()


def texts(name: str, fact: Fact) -> Iterator[str]:
    """The personal texts that a fact is, or that stand in its columns."""
    for each, field in (fact.fields or {name: fact}).items():
        is_text = field.kind in (*PERSONAL, "text", "user_name")
        if is_text and (field.personal or field.kind in PERSONAL):
            yield name if field is fact else f"{name}.{each}"


class TestPlanting:
    """What was planted is all that there is to plant."""

    def test_every_item_was_begun(self, witness: Witness) -> None:
        kept = {witness.store.get(ref).head.item for ref in witness.store.refs()}  # type: ignore[union-attr]
        assert kept == set(witness.book.contents.items)

    def test_every_kind_of_number_and_secret_was_planted(self, witness: Witness) -> None:
        assert set(witness.planted.kinds.values()) >= {*NUMBERS, "person_name", "user_name", "text"}
        assert len(witness.planted.kinds) >= 50

    def test_every_personal_text_that_a_form_asks_or_a_port_gives_was_planted(
        self, witness: Witness
    ) -> None:
        contents = witness.book.contents
        named = {field.fact for form in contents.forms.values() for field in form.fields}
        for port in contents.ports.values():
            for verb in port.verbs.values():
                named |= {*verb.needs, *verb.may_need}
                for answer in verb.answers.values():
                    named |= {*answer.gives, *answer.may_give}
        facts = contents.dictionary.facts
        personal = {name for each in named for name in texts(each, facts[each])}
        assert len(personal) > 40
        assert personal - witness.planted.facts == set(NOT_PLANTED)


class TestNowhere:
    """They stand in none of these."""

    def test_logs_errors_and_values_as_text(self, witness: Witness) -> None:
        text = witness.out.getvalue()
        assert "find_enrolments" in text  # the ports did log what they were told
        assert "no space left" in text
        assert "_ask" in text  # and the frames of the engine were looked at
        assert witness.planted.find(text) == set()

    def test_files(self, witness: Witness) -> None:
        files = witness.files()
        assert files.keys() >= {"desk.db", "desk.db-wal", "desk.db.key"}
        for name, data in files.items():
            assert witness.planted.find(data) == set(), name

    def test_the_cache_of_books(self, witness: Witness) -> None:
        files = [each for each in Path(os.environ["SSTIBET_CACHE"]).rglob("*") if each.is_file()]
        assert files
        book = "".join(path.read_text("utf-8") for path in ROOT.rglob("*.yaml"))
        samples = witness.planted.find(book)  # the book's own, for hints
        assert len(samples) < 10
        for path in files:
            assert witness.planted.find(path.read_bytes()) <= samples, path.name

    def test_drawings(self, witness: Witness) -> None:
        for name in witness.book.contents.items:
            for text in (mermaid(witness.book, name), svg(witness.book, name)):
                assert witness.planted.find(text) == set(), name


@pytest.mark.parametrize("port", ["registry", "gateway", "users", "messages", "bank"])
def test_ports_that_break_and_quote_what_they_were_told_put_nothing_into_the_log(
    port: str, tmp_path: Path
) -> None:
    verbs = sstibet.load().contents.ports[port].verbs
    broken = Witness(tmp_path, breaking=verbs)
    broken.play()
    text = broken.out.getvalue()
    assert "broke (ConnectionError)" in text
    assert broken.planted.find(text) == set()
    for name, data in broken.files().items():
        assert broken.planted.find(data) == set(), name
    broken.engine.close()


def test_the_command_shows_no_more_than_a_screen_may(
    witness: Witness,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What a person walked through shows numbers by their ends, and no secret."""
    caplog.set_level(logging.DEBUG)
    resident = witness.cast.resident
    lines = [resident.name, resident.id_number, "", "a", "", "1", "2025", "2026", "", "100",
             "standard", "", "submit", "ccb", "", "1234", CARD, resident.id_number[-4:], "",
             resident.name, "246810", "", "deliver"]  # fmt: skip
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps(lines), "utf-8")
    desk = tmp_path / "walk.db"
    run(["walk", "resident_payment", "--db", str(desk), "--answers", str(answers),
         "--on", "2025-10-15T09:00"])  # fmt: skip
    run(["show", "items"])
    written = capsys.readouterr()
    # First the demo introduces an invented person, with all that one may type on their behalf.
    _, _, walked = written.out.partition("离开（事项保留）")
    text = walked + written.err + caplog.text
    assert "500.00" in text
    # What a script types is shown as if it were typed, but for secrets.
    screens = "\n".join(line for line in text.split("\n") if not line.endswith(tuple(lines[:-1])))
    assert witness.planted.find(screens, NUMBERS) == set()
    assert witness.planted.find(text, ["secret"]) == set()
    store = {each.name: each.read_bytes() for each in tmp_path.glob("walk.db*")}
    assert b"246810" not in b"".join(store.values())


class TestTheSearch:
    """The search itself has teeth: a leak that is planted is found."""

    @pytest.fixture
    def leaking(self, tmp_path: Path) -> Witness:
        return Witness(tmp_path)

    def test_a_port_that_logs_what_it_reveals_is_found(
        self, leaking: Witness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def told(self: Witness, told: dict[str, Any]) -> None:
            for each in told.values():
                LOG.info("told %s", each.reveal() if isinstance(each, sstibet.Personal) else each)
            plant(self, told)

        plant = Witness.told
        monkeypatch.setattr(Witness, "told", told)
        leaking.play()
        found = leaking.planted.find(leaking.out.getvalue())
        assert {leaking.planted.kinds[each] for each in found} >= {*NUMBERS, "person_name"}

    def test_a_store_that_seals_nothing_is_found(self, tmp_path: Path) -> None:
        class Plain(sstibet.Vault):
            def seal(self, plain: bytes, bound: bytes) -> bytes:
                return b"\1\1k" + plain

            def open(self, sealed: bytes, bound: bytes) -> bytes:
                return sealed[3:]

        plainly = Witness(tmp_path, vault=Plain({"k": b"k" * 32}))
        plainly.play()
        found = plainly.planted.find(b"".join(plainly.files().values()))
        assert {plainly.planted.kinds[each] for each in found} >= {"resident_id", "person_name"}

    def test_an_error_that_carries_locals_away_is_found(
        self, leaking: Witness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sstibet.sweeping.sweep", lambda error: None)
        leaking.play()
        assert leaking.planted.find(leaking.out.getvalue())

    def test_a_port_that_is_told_plainly_is_found(
        self, leaking: Witness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sstibet.facts.Dictionary.guarded", lambda self, name, value: value)
        leaking.play()
        assert leaking.planted.find(leaking.out.getvalue())
