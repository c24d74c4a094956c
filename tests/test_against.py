"""A changed book against what a store holds: `sstibet check --against` and `sstibet migrate`."""

from __future__ import annotations

import json
import shutil
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import recording
import sstibet
from engine_kit import AT, opened
from inflight_kit import (
    CHARGED,
    CHARGING,
    DEARER,
    DECLARING,
    PINS,
    RENAMED,
    Edit,
    changed,
    charged,
    choosing,
    chosen,
    desk,
    loaded,
)
from postgres_kit import PostgresServer
from sstibet import SetClock
from sstibet.cli.app import app
from sstibet.engine.ids import CountedIds
from sstibet.files import find_rules
from sstibet.problems import Problem
from sstibet.replaying import Report, check_against
from sstibet.stores.postgres import PostgresStore
from sstibet.stores.reading import ReadStore, read_postgres
from sstibet.stores.records import Change
from sstibet.stores.sqlite import SqliteStore
from sstibet.vault import Vault

RULES = find_rules(None)
SEALING = b"k" * 32
REFUND = "rules/items/refund.yaml"
FILING = "rules/items/account_filing.yaml"
RESIDENT = "rules/items/resident_payment.yaml"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with every step of the guide, as the demonstration plays them."""
    path = tmp_path_factory.mktemp("recorded") / "desk.db"
    recording.played(path).close()
    return path


def test_what_was_recorded_before_comes_out_as_it_did(tmp_path: Path) -> None:
    """By the book as it is now; see `recording` for how to record it anew."""
    path = tmp_path / "desk.db"
    store = SqliteStore(str(path))
    recording.restore(store)
    store.close()
    report = against(RULES, path)
    assert [str(each) for each in report.problems] == []
    assert report.replayed == report.items > 25
    assert not report.not_replayed


def shipped(folder: Path, *edits: Edit) -> Path:
    """The shipped book with some texts changed."""
    shutil.copytree(RULES.parent / "forms", folder / "forms")
    shutil.copytree(RULES, folder / "rules")
    for file, old, new in edits:
        text = (folder / file).read_text("utf-8")
        assert old in text, (file, old)
        (folder / file).write_text(text.replace(old, new), "utf-8")
    return folder / "rules"


def against(root: Path, path: Path, *, as_new: bool = False) -> Report:
    """What is found; the store is only read."""
    store = ReadStore(path)
    try:
        return check_against(root, store, as_new=as_new)
    finally:
        store.close()


def told(report: Report) -> list[tuple[str, str]]:
    """File and code of each problem."""
    return [(each.file, each.code) for each in report.problems]


class TestEveryRecordedHistory:
    """All 62 steps of the guide are decided again, and come out as they did."""

    def test_by_the_same_book(self, recorded: Path) -> None:
        report = against(RULES, recorded)
        assert report.problems == []
        assert report.items == report.replayed > 25
        assert not report.not_replayed

    def test_of_every_item(self, recorded: Path) -> None:
        store = ReadStore(recorded)
        items = {item.head.item for ref in store.refs() if (item := store.get(ref))}
        store.close()
        assert items == set(sstibet.load().contents.items)

    @pytest.mark.parametrize(
        "edits",
        [
            pytest.param([(REFUND, "zh: 社保费正常缴费退费申请", "zh: 退费")], id="a label"),
            pytest.param(
                [("rules/tiers.yaml", "            person: 200\n", "            person: 250\n")],
                id="a price, for each keeps its edition",
            ),
            pytest.param(
                [(REFUND, "version: 1", "version: 2\nmigrations:\n  - {from: 1, states: same}")],
                id="a version and nothing else",
            ),
        ],
    )
    def test_by_a_book_that_changes_nothing_for_them(
        self, recorded: Path, tmp_path: Path, edits: list[Edit]
    ) -> None:
        report = against(shipped(tmp_path, *edits), recorded)
        assert report.problems == []
        assert report.replayed == report.items

    def test_a_renamed_state_with_its_migration(self, recorded: Path, tmp_path: Path) -> None:
        states = sstibet.load().contents.items["account_filing"].states
        where = ", ".join(f"{name}: {'entering' if name == 'filling' else name}" for name in states)
        migration = f"version: 2\nmigrations:\n  - {{from: 1, states: {{{where}}}}}"
        edits = [
            (FILING, "version: 1", migration),
            (FILING, "to: filling", "to: entering"),
            (FILING, "  filling:\n", "  entering:\n"),
        ]
        root = shipped(tmp_path, *edits)
        assert sstibet.check(root) == []
        report = against(root, recorded)
        assert report.problems == []
        assert report.replayed == report.items

    def test_a_renamed_state_without_one(self, recorded: Path, tmp_path: Path) -> None:
        edits = [
            (FILING, "to: filling", "to: entering"),
            (FILING, "  filling:\n", "  entering:\n"),
        ]
        report = against(shipped(tmp_path, *edits), recorded)
        assert told(report) == [("items/account_filing.yaml", "machine_stranded")]
        assert "'filling' of version 1 is there no more" in report.problems[0].message
        assert report.replayed < report.items

    def test_a_state_that_the_migration_leaves_out(self, recorded: Path, tmp_path: Path) -> None:
        states = sstibet.load().contents.items["account_filing"].states
        where = ", ".join(f"{name}: {name}" for name in states if name != "doubled")
        migration = f"version: 2\nmigrations:\n  - {{from: 1, states: {{{where}, x: doubled}}}}"
        report = against(shipped(tmp_path, (FILING, "version: 1", migration)), recorded)
        assert told(report) == [("items/account_filing.yaml", "machine_stranded")]
        assert "leaves out 'doubled'" in report.problems[0].message

    def test_another_way(self, recorded: Path, tmp_path: Path) -> None:
        edit = (FILING, "file.filed: {to: filed, steps: [A1.3]}", "file.filed: {to: doubled}")
        root = shipped(tmp_path, edit)
        report = against(root, recorded)
        lines = (root / "items/account_filing.yaml").read_text("utf-8").splitlines()
        (line,) = [n for n, text in enumerate(lines, 1) if "file.filed: {to: doubled}" in text]
        assert {(each.file, each.line, each.code) for each in report.problems} == {
            ("items/account_filing.yaml", line, "replay_differs")
        }
        message = report.problems[-1].message
        assert "'file.filed' in 'filing': state was filed and is doubled" in message
        assert f"items/account_filing.yaml:{line}" in message

    def test_another_amount(self, recorded: Path, tmp_path: Path) -> None:
        """The work is asked otherwise: which amount came out, and which does now."""
        asked = "facts: {%s, category: {column: category}, coverage_year"
        edit = (RESIDENT, asked % "tier: {column: tier}", asked % 'tier: {value: "100"}')
        report = against(shipped(tmp_path, edit), recorded)
        found = [each for each in report.problems if "amount_due was" in each.message]
        assert [each.code for each in found] == ["replay_differs"]
        assert "amount_due was 200.00 and is 100.00" in found[0].message
        assert {each.file for each in report.problems} == {"items/resident_payment.yaml"}

    def test_a_field_that_is_asked_now(self, recorded: Path, tmp_path: Path) -> None:
        edit = ("forms/account_filing.yaml", "      - fact: opened_on",
                "      - {fact: mobile}\n      - fact: opened_on")  # fmt: skip
        report = against(shipped(tmp_path, edit), recorded)
        assert set(told(report)) == {("items/account_filing.yaml", "replay_differs")}
        assert "event was taken and is refused: mobile required" in report.problems[0].message

    def test_as_new_tells_what_they_would_cost(self, recorded: Path, tmp_path: Path) -> None:
        edit = ("rules/tiers.yaml", "            person: 200\n", "            person: 250\n")
        report = against(shipped(tmp_path, edit), recorded, as_new=True)
        said = "\n".join(each.message for each in report.problems)
        assert "amount_due was 200.00 and is 250.00" in said
        assert "premium_lines[0].amount was 200.00 and is 250.00" in said
        assert {each.code for each in report.problems} == {"replay_differs"}

    def test_nothing_personal_is_told(self, recorded: Path, tmp_path: Path) -> None:
        edit = (FILING, "own_name: {set: {account_name: {fact: person_name}}}",
                "own_name: {set: {account_name: {value: 某人}}}")  # fmt: skip
        report = against(shipped(tmp_path, edit), recorded)
        said = "\n".join(each.message for each in report.problems)
        assert "account_name was *** and is ***" in said
        assert "某人" not in said

    def test_the_store_stays_as_it_was(self, recorded: Path) -> None:
        before = recorded.read_bytes()
        against(RULES, recorded)
        assert recorded.read_bytes() == before

    def test_what_was_altered_or_forgotten_is_counted(self, recorded: Path, tmp_path: Path) -> None:
        path = tmp_path / "desk.db"
        for suffix in ("", ".key"):
            shutil.copyfile(f"{recorded}{suffix}", f"{path}{suffix}")
        store = SqliteStore(str(path))
        first, second, third = store.refs()[:3]
        item = store.get(first)
        assert item is not None

        pasts = [p._replace(payload={"forgotten": True}) for p in store.history(first)]
        store.rewrite(item, pasts, [])
        store._db.execute("UPDATE items SET sealed = zeroblob(200) WHERE ref = ?", (second,))
        store._db.execute("DELETE FROM history WHERE ref = ? AND version = 1", (third,))
        store.close()
        report = against(RULES, path)
        assert report.problems == []
        assert dict(report.not_replayed) == {
            "forgotten": 1,
            "altered behind the store's back": 1,
            "its history has a gap": 1,
        }
        assert report.replayed == report.items - 3


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file on which a payment's charge is under way, and another item stands before it."""
    path, clock = tmp_path / "desk.db", SetClock(AT)
    engine = desk(path, loaded(tmp_path / "first"), clock, CountedIds())
    charged(engine, chosen(engine, choosing(engine)))
    choosing(engine)
    engine.close()
    return path


class TestWhatIsUnderWay:
    """Every state that an item may stand in is led on, with all that it needs there."""

    def problems(self, root: Path, path: Path) -> list[Problem]:
        assert sstibet.check(root) == [], "sound by itself"
        return against(root, path).problems

    def test_all_renamed_with_migrations(self, path: Path, tmp_path: Path) -> None:
        report = against(changed(tmp_path / "new", *RENAMED, *DEARER), path)
        assert report.problems == []
        assert report.replayed == report.items == 3

    def test_an_effect_that_is_not_decided_any_more(self, path: Path, tmp_path: Path) -> None:
        """A note may be under way where the desk is chosen; the new machine takes none."""
        edits: list[Edit] = [
            (DECLARING, "effects: [list, note]", "effects: [list]"),
            (DECLARING, ("  note: {do: teller.write_down, with: {person_name: other_name,"
             " reason: scheme}}\n"), ""),
            (DECLARING, "      note.written: {to: listing}\n", ""),
            (DECLARING, "      note.failed: {to: listing}\n", ""),
            (DECLARING, "    ignores: [note]\n", ""),
            (DECLARING, "[note, pay]", "[pay]"),
        ]  # fmt: skip
        found = self.problems(changed(tmp_path / "new", *edits), path)
        assert [each.code for each in found] == ["machine_stranded"]
        assert "'note' may be under way: there is no effect 'note' any more" in found[0].message
        migration = "version: 2\nmigrations:\n  - {from: 1, states: same, pending: {note: none}}"
        mended = changed(tmp_path / "mended", *edits, (DECLARING, "version: 1", migration))
        assert self.problems(mended, path) == []

    def test_an_answer_that_the_new_state_does_not_decide(self, path: Path, tmp_path: Path) -> None:
        """What waits for the list is led to where the list is known already."""
        states = sstibet.load(tmp_path / "first").contents.items["declaring"].states
        where = ", ".join(f"{each}: {each}" for each in states)
        where = where.replace("listing_own: listing_own", "listing_own: choosing")
        migration = f"version: 2\nmigrations:\n  - {{from: 1, states: {{{where}}}}}"
        new = changed(tmp_path / "new", (DECLARING, "version: 1", migration))
        said = [e.message for e in self.problems(new, path) if e.code == "machine_stranded"]
        assert [each for each in said if "'list.listed' may come in 'choosing'" in each]
        assert [each for each in said if "without 'desks' for certain" in each]

    def test_a_fact_that_the_new_machine_reads(self, path: Path, tmp_path: Path) -> None:
        """Answered on the way by the new machine, and by nobody in what is under way."""
        edits: list[Edit] = [
            (DECLARING, "year_asked: {value: 2025}}}",
             "year_asked: {value: 2025}, may_open: {value: yes}}}"),
            (DECLARING, "  one_desk:\n", ("  may:\n    label: {zh: 可, en: may}\n"
             "    holds: {fact: may_open, test: is, value: yes}\n  one_desk:\n")),
            (DECLARING, "          - {when: [one_desk, lowest], to: paying, call: pay}\n",
             "          - {when: [one_desk, may, lowest], to: paying, call: pay}\n"),
        ]  # fmt: skip
        found = self.problems(changed(tmp_path / "new", *edits), path)
        stranded = [each.message for each in found if each.code == "machine_stranded"]
        assert len(stranded) == 1
        assert "without 'may_open' for certain" in stranded[0]
        assert "the condition 'may'" in stranded[0]
        differs = [each.message for each in found if each.code == "replay_differs"]
        assert len(differs) == 1
        assert "may_open was nothing and is True" in differs[0]
        migration = (
            'version: 2\nmigrations:\n  - {from: 1, states: same, sets: {may_open: {value: "yes"}}}'
        )
        mended = changed(tmp_path / "mended", *edits, (DECLARING, "version: 1", migration))
        assert self.problems(mended, path) == []

    def test_what_the_rules_of_an_earlier_book_ask_for(self, path: Path, tmp_path: Path) -> None:
        """The price hung on the category; the new book's doesn't, and nobody tells it any more."""
        tiers = (tmp_path / "first" / "tiers.yaml").read_text("utf-8")
        relief = tiers[tiers.index("  relief:\n") :]
        edits: list[Edit] = [
            ("tiers.yaml", relief, "  relief: none\n"),
            ("tiers.yaml", "category: category, coverage", "category: none, coverage"),
            ("tiers.yaml", ", category: general}, due", "}, due"),
            (DECLARING, "{tier: {fact: tier}, category: {fact: category}}", "{tier: {fact: tier}}"),
        ]
        found = self.problems(changed(tmp_path / "new", *edits), path)
        assert "machine_stranded" in {each.code for each in found}
        (told,) = [each for each in found if "under the book" in each.message]
        assert "the rules of 'resident_pension' ask for 'category'" in told.message

    def test_an_item_that_is_gone(self, path: Path, tmp_path: Path) -> None:
        root = changed(tmp_path / "new")
        for each in ("items/declaring.yaml", "forms/who.yaml", "forms/desk.yaml",
                     "forms/summary.yaml"):  # fmt: skip
            (root / each).unlink()
        charging = root / CHARGING
        charging.write_text(
            charging.read_text("utf-8").replace("open_to: items", "open_to: person")
        )
        found = against(root, path).problems
        assert [(each.file, each.code) for each in found] == [("book.yaml", "machine_stranded")]
        assert "no such item any more" in found[0].message

    def test_an_edition_that_is_gone(self, path: Path, tmp_path: Path) -> None:
        store = SqliteStore(str(path))
        store._db.execute("DELETE FROM books")
        store.close()
        report = against(changed(tmp_path / "new", *DEARER), path)
        assert told(report) == [("book.yaml", "edition_gone")]
        assert report.replayed == 0
        assert against(tmp_path / "first", path).problems == []


def run(*args: object) -> Any:
    """The command, as a person runs it."""
    return CliRunner().invoke(app, [str(each) for each in args])


class TestTheCommands:
    """`check --against` and `migrate`."""

    def test_check_against(self, path: Path, tmp_path: Path) -> None:
        same = run("check", tmp_path / "first", "--against", path)
        assert same.exit_code == 0
        assert "items: 3; replayed: 3" in same.stdout
        raised = changed(tmp_path / "raised", (DECLARING, "version: 1", "version: 2"))
        bad = run("check", raised, "--against", path)
        assert bad.exit_code == 1
        assert "--> items/declaring.yaml:3:10" in bad.stdout
        as_json = run("check", raised, "--against", path, "--format", "json")
        assert {each["code"] for each in json.loads(as_json.stdout)} == {"machine_stranded"}

    def test_check_against_what_is_no_store(self, path: Path, tmp_path: Path) -> None:
        other = tmp_path / "other.db"
        assert run("check", tmp_path / "first", "--against", other).exit_code == 2
        assert not other.exists()
        other.write_text("no store")
        assert run("check", tmp_path / "first", "--against", other).exit_code == 2
        Path(f"{path}.key").unlink()
        assert run("check", tmp_path / "first", "--against", path).exit_code == 2
        assert not Path(f"{path}.key").exists()

    def test_migrate_says_first_and_does_then(self, path: Path, tmp_path: Path) -> None:
        new = changed(tmp_path / "new", *RENAMED)
        before = path.read_bytes()
        dry = run("migrate", path, "--dry-run", "--book", new)
        assert dry.exit_code == 0
        assert "     1 charging 1 charging would go to 2 waiting" in dry.stdout
        assert "     1 declaring 1 choosing would go to 2 choosing" in dry.stdout
        assert "3 would go on, 0 stay as they are, 0 can't be gone on with" in dry.stdout
        assert path.read_bytes() == before
        done = run("migrate", path, "--book", new)
        assert "3 went on, 0 stay as they are" in done.stdout
        again = run("migrate", path, "--book", new)
        assert "0 went on, 3 stay as they are" in again.stdout
        back = run("migrate", path, "--dry-run", "--book", tmp_path / "first")
        assert back.exit_code == 1
        assert "the book has version 1, an older one" in back.stdout
        assert against(new, path).problems == []

    def test_after_it_the_charge_is_settled_and_all_is_replayed(
        self, path: Path, tmp_path: Path
    ) -> None:
        new = changed(tmp_path / "new", *RENAMED, *DEARER)
        assert run("migrate", path, "--book", new).exit_code == 0
        engine = desk(path, sstibet.load(new, cache=False), SetClock(AT), CountedIds())
        (waiting,) = [v for v in engine.items(actor="p") if v.state == "paying"]
        key = next(row.key for row in engine.store.rows(waiting.front.ref))
        assert engine.callback("teller", key, CHARGED)
        assert engine.view(waiting.ref, actor="p").state == "paid"
        assert engine.send(waiting.ref, "again", PINS, actor="p").code == "not_now"
        engine.close()
        report = against(new, path)
        assert (report.problems, report.replayed, report.items) == ([], 3, 3)


class TestOnPostgres:
    """The same of a store in PostgreSQL, on connections that can't write."""

    def test_what_was_recorded(self, postgres: PostgresServer) -> None:
        schema, vault = postgres.schema(), Vault({"k": bytes(32)})
        store = PostgresStore(postgres.url, vault, schema=schema)
        recording.restore(store)
        kept = read_postgres(postgres.url, vault, schema)
        report = check_against(RULES, kept)
        assert [str(each) for each in report.problems] == []
        assert report.replayed == report.items > 25
        item = kept.get(kept.refs()[0])
        assert item is not None
        with pytest.raises(Exception, match="read-only"):
            kept.commit(Change(item._replace(version=item.version + 1), item.version))
        kept.close()
        store.close()

    def test_what_is_no_store(self, postgres: PostgresServer) -> None:
        with pytest.raises(OSError, match="cannot be read as a store"):
            read_postgres(postgres.url, Vault({"k": bytes(32)}), postgres.schema())

    def test_migrate_says_first_and_does_then(
        self, postgres: PostgresServer, tmp_path: Path
    ) -> None:
        """By the command, to which the URL and the settings are all that is told."""
        url, settings = postgres.database(), tmp_path / "settings.yaml"
        settings.write_text(f"keys:\n  - {{id: k, secret: {b64encode(SEALING).decode()}}}\n")
        settings.chmod(0o600)
        store = PostgresStore(url, Vault({"k": SEALING}))
        engine = desk(store, loaded(tmp_path / "first"), SetClock(AT), CountedIds())
        waiting = charged(engine, chosen(engine, choosing(engine)))
        choosing(engine)
        before = opened(store)
        new = changed(tmp_path / "new", *RENAMED)
        given = ["migrate", url, "--settings", settings, "--book", new]
        dry = run(*given, "--dry-run")
        assert dry.exit_code == 0, dry.output
        assert "     1 charging 1 charging would go to 2 waiting" in dry.stdout
        assert "3 would go on, 0 stay as they are, 0 can't be gone on with" in dry.stdout
        assert opened(store) == before
        done = run(*given)
        assert (done.exit_code, done.stderr) == (0, "")
        assert "3 went on, 0 stay as they are, 0 can't be gone on with" in done.stdout
        assert {store.get(ref).head.machine for ref in store.refs()} == {2}  # type: ignore[union-attr]  # each is there
        assert "0 went on, 3 stay as they are" in run(*given).stdout
        back = run(*given[:-1], tmp_path / "first", "--dry-run")
        assert (back.exit_code, "an older one" in back.stdout) == (1, True)
        again = desk(store, sstibet.load(new, cache=False), SetClock(AT), CountedIds())
        [key] = [row.key for row in store.rows(waiting.front.ref)]
        assert again.callback("teller", key, CHARGED)
        assert again.view(waiting.ref, actor="p").state == "paid"
        store.close()
