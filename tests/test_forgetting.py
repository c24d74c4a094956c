"""What an item that is over knew of persons is forgotten when the book says so and no earlier; what
isn't over is never touched; the accounting record stays."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from engine_kit import AT, BOOK, book_of, opened
from planted import Witness
from sstibet import Engine, Money, SetClock
from sstibet.cli import run
from sstibet.engine.forgetting import forget, pruned
from sstibet.items.value import Item
from sstibet.retention import DAY
from sstibet.stores.snapshot import dump
from sstibet.stores.sqlite import SqliteStore

CONTENTS = BOOK.contents
PROMPTLY = 10 * 366 * DAY  # long after everything


def items(store: SqliteStore) -> dict[str, Item]:
    found = {ref: store.get(ref) for ref in store.refs()}
    return {ref: item for ref, item in found.items() if item is not None}


def end_all(desk: Path, actor: str) -> None:
    """Leave of a person's items those alone that are over and wait for nothing."""
    store = SqliteStore(str(desk))
    for ref, item in items(store).items():
        waits = any(row.status != "done" for row in store.rows(ref))
        if item.head.actor == actor and (waits or not is_over(item)):
            for table in ("items", "history", "outbox"):
                store._db.execute(f"DELETE FROM {table} WHERE ref = ?", (ref,))
    store.close()


def is_over(item: Item) -> bool:
    return CONTENTS.items[item.head.item].states[item.state].ends is not None


class TestByTheRule:
    """Once its time has come."""

    def test_nothing_personal_is_left_of_what_is_over(
        self, played: Witness, desk_file: Path
    ) -> None:
        store = SqliteStore(str(desk_file))
        before = items(store)
        in_flight = {ref: dump(item) for ref, item in before.items() if not is_over(item)}
        found = forget(store, CONTENTS, AT + PROMPTLY)
        assert sum(found.items.values()) + len(in_flight) + found.waiting == len(before)
        assert set(found.items) >= set(CONTENTS.items) - {"debit_agreement"}
        for ref, item in items(store).items():
            if ref in in_flight:
                assert dump(item) == in_flight[ref]
            elif item.forgotten:
                left = dump(item) + repr([line.payload for line in store.history(ref)])
                assert played.planted.find(left) == set()
                assert store.rows(ref) == []

    def test_states_times_amounts_and_vouchers_stay(self, desk_file: Path) -> None:
        store = SqliteStore(str(desk_file))
        before, lines = items(store), {ref: store.history(ref) for ref in store.refs()}
        forget(store, CONTENTS, AT + PROMPTLY)
        kept = 0
        for ref, item in items(store).items():
            was = before[ref]
            assert (item.head, item.state, item.version) == (was.head, was.state, was.version)
            for name in ("amount_due", "voucher_no", "declaration_no", "charge_no", "booked_on"):
                assert item.answers.get(name) == was.answers.get(name)
                kept += name in item.answers
            for then, now in zip(lines[ref], store.history(ref), strict=True):
                assert (now.event, now.at, now.before, now.after, now.way) == (
                    then.event, then.at, then.before, then.after, then.way,
                )  # fmt: skip
            if item.forgotten:
                assert all(line.payload == {"forgotten": True} for line in store.history(ref))
        assert kept > 20

    @pytest.mark.parametrize("item", ["login", "resident_payment"])
    def test_not_a_second_before_its_day(self, item: str, desk_file: Path) -> None:
        store = SqliteStore(str(desk_file))
        ref, _ = next((r, i) for r, i in items(store).items() if i.head.item == item and is_over(i))
        days = {"login": 1, "resident_payment": 1825}[item]  # as book.yaml says
        last = store.history(ref)[-1].at
        forget(store, CONTENTS, last + days * DAY - 1)
        assert not store.get(ref).forgotten  # type: ignore[union-attr]
        forget(store, CONTENTS, last + days * DAY)
        assert store.get(ref).forgotten  # type: ignore[union-attr]

    def test_again_it_finds_nothing_more(self, desk_file: Path) -> None:
        store = SqliteStore(str(desk_file))
        first = forget(store, CONTENTS, AT + PROMPTLY)
        assert first.items
        again = forget(store, CONTENTS, AT + PROMPTLY)
        assert (again.items, again.requests, again.rows) == ({}, 0, 0)

    def test_a_dry_run_counts_the_same_and_changes_nothing(self, desk_file: Path) -> None:
        store = SqliteStore(str(desk_file))
        before = opened(store)
        dry = forget(store, CONTENTS, AT + PROMPTLY, dry=True)
        assert opened(store) == before
        assert forget(store, CONTENTS, AT + PROMPTLY) == dry

    def test_no_sealed_byte_of_it_is_in_the_file(self, desk_file: Path) -> None:
        """What was sealed can be opened by whoever finds the key: it is gone as well."""
        store = SqliteStore(str(desk_file))
        over = [ref for ref, item in items(store).items() if is_over(item)]
        sealed = [
            row[0]
            for ref in over
            for row in store._all("SELECT sealed FROM items WHERE ref = ?", (ref,))
        ]
        found = forget(store, CONTENTS, AT + PROMPTLY)
        gone = sum(found.items.values())
        data = b"".join(each.read_bytes() for each in desk_file.parent.glob("desk.db*"))
        # SQLite cuts a long text into pages: its end is looked for.
        left = sum(text[-40:] in data for text in sealed)
        assert left == len(sealed) - gone
        assert gone > 10

    def test_a_key_of_a_request_is_known_for_its_days(self, desk_file: Path) -> None:
        store = SqliteStore(str(desk_file))
        used = len(store.requests(limit=10_000))
        assert used > 40
        assert forget(store, CONTENTS, AT + 29 * DAY).requests == 0
        forget(store, CONTENTS, AT + PROMPTLY)
        left = store.requests(limit=10_000)
        assert all(not is_over(store.get(keyed.ref)) for _, keyed in left)  # type: ignore[arg-type]
        assert len(left) < used


class TestWhatIsInFlight:
    """It is never touched."""

    def test_an_end_that_something_is_still_to_be_answered_for_waits(self, desk_file: Path) -> None:
        store = SqliteStore(str(desk_file))
        ref = next(r for r, i in items(store).items() if is_over(i) and store.rows(r))
        before = dump(store.get(ref))  # type: ignore[arg-type]
        store._db.execute("UPDATE outbox SET status = 'waiting' WHERE ref = ?", (ref,))
        assert forget(store, CONTENTS, AT + PROMPTLY).waiting >= 1
        assert dump(store.get(ref)) == before  # type: ignore[arg-type]
        assert store.rows(ref)

    def test_an_item_of_a_machine_that_the_book_lacks_is_left(self, desk_file: Path) -> None:
        store = SqliteStore(str(desk_file))
        found = forget(store, book_of(trial=OTHER).contents, AT + PROMPTLY)
        assert found.items == {}
        assert found.unknown == len(store.refs())

    def test_a_called_item_waits_for_the_one_that_called_it(self, desk_file: Path) -> None:
        store = SqliteStore(str(desk_file))
        called = [item for item in items(store).values() if item.head.caller is not None]
        assert called
        open_callers = {
            ref for ref, item in items(store).items() if not is_over(item) or item.deadline
        }
        forget(store, CONTENTS, AT + PROMPTLY)
        for item in called:
            caller = item.head.caller
            now = store.get(item.head.ref)
            assert caller is not None
            assert now is not None
            assert not (now.forgotten and caller.ref in open_callers)


class TestOnePersonsWish:
    """All of theirs that is over, and of nobody else."""

    def test_only_theirs(self, played: Witness, desk_file: Path) -> None:
        store = SqliteStore(str(desk_file))
        actor = played.cast.resident.actor
        found = forget(store, CONTENTS, AT, actor=actor)
        assert found.items
        for item in items(store).values():
            assert item.forgotten == (item.head.actor == actor and is_over(item))
        assert all(keyed.actor != actor for _, keyed in store.requests(limit=10_000))


class TestTheirSessions:
    """They end where nothing of theirs is left; a row of one names them."""

    @pytest.fixture
    def signed_in(self, played: Witness, desk_file: Path) -> tuple[Path, str, str]:
        """A desk, and who is signed in there: twice a resident all of whose items are over, once
        their neighbour."""
        engine = Engine.open(desk_file, clock=SetClock(AT))
        cast = played.cast
        for who in (cast.resident.actor, cast.resident.actor, cast.neighbour.actor):
            engine.sessions.open_for(who)
        engine.close()
        end_all(desk_file, cast.resident.actor)
        return desk_file, cast.resident.actor, cast.neighbour.actor

    def count(self, desk: Path, actor: str) -> int:
        engine = Engine.open(desk, clock=SetClock(AT))
        try:
            found: int = engine.bureau.session_table.count(actor)
            return found
        finally:
            engine.close()

    def test_with_the_last_of_theirs(
        self, signed_in: tuple[Path, str, str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        desk, who, other = signed_in
        args = ["forget", str(desk), "--actor", who]
        assert run([*args, "--dry-run"]) == 0
        dry = capsys.readouterr().out
        assert "\n  sessions: 2\n" in dry
        assert self.count(desk, who) == 2
        assert run(args) == 0
        assert capsys.readouterr().out == dry.removeprefix("would be ")
        assert (self.count(desk, who), self.count(desk, other)) == (0, 1)
        assert run(args) == 0
        assert "\n  sessions: 0\n" in capsys.readouterr().out

    def test_not_while_anything_is_left(
        self, signed_in: tuple[Path, str, str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        desk, who, _ = signed_in
        engine = Engine.open(desk, clock=SetClock(AT))
        engine.start("resident_payment", actor=who)
        engine.close()
        assert run(["forget", str(desk), "--actor", who]) == 0
        told = capsys.readouterr().out
        assert "\n  sessions: not ended, as items of theirs are left: 1\n" in told
        assert self.count(desk, who) == 2

    def test_not_by_the_rule(
        self, signed_in: tuple[Path, str, str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        desk, who, _ = signed_in
        assert run(["forget", str(desk), "--on", "2036-01-01T00:00"]) == 0
        assert "sessions" not in capsys.readouterr().out
        assert self.count(desk, who) == 2

    def test_in_the_bureaus_own_file(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        desk, bureau = tmp_path / "desk.db", tmp_path / "bureau.db"
        engine = Engine.open(desk, clock=SetClock(AT), bureau_path=bureau)
        engine.sessions.open_for("p0001")
        args = ["forget", str(desk), "--actor", "p0001"]
        assert run(args) == 0
        assert "sessions: none is kept here; --bureau names" in capsys.readouterr().out
        assert engine.bureau.session_table.count("p0001") == 1
        assert run([*args, "--bureau", str(bureau)]) == 0
        assert "\n  sessions: 1\n" in capsys.readouterr().out
        assert engine.bureau.session_table.count("p0001") == 0
        engine.close()


def test_what_stands_behind_the_ports_is_not_touched_and_the_command_says_so(
    played: Witness, desk_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def kept() -> dict[str, list[object]]:
        database = apsw.Connection(str(desk_file))
        sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'bureau_%'"
        names = [str(name) for (name,) in database.execute(sql) if name != "bureau_sessions"]
        found = {name: list(database.execute(f"SELECT * FROM {name}")) for name in names}
        database.close()
        return found

    Engine.open(desk_file, clock=SetClock(AT)).close()  # its bureau is made
    before = kept()
    for more in (["--on", "2036-01-01T00:00"], ["--actor", played.cast.resident.actor]):
        assert run(["forget", str(desk_file), *more]) == 0
        assert "not touched: what stands behind the ports" in capsys.readouterr().out
    assert kept() == before
    assert before["bureau_persons"]


class TestAForgottenItem:
    """It can be looked at, says so, and goes on no more."""

    def test_every_one_of_them(self, desk_file: Path) -> None:
        store = SqliteStore(str(desk_file))
        forget(store, CONTENTS, AT + PROMPTLY)
        store.close()
        engine = Engine.open(desk_file, clock=SetClock(AT + PROMPTLY))
        seen = 0
        for ref in engine.store.refs():
            item = engine.store.get(ref)
            if item is None or not item.forgotten:
                continue
            view = engine.view(ref, actor=item.head.actor)
            assert view.forgotten
            assert view.final
            assert view.text("en").endswith("Its personal data has been forgotten.")
            assert "个人信息已按规定清除" in view.text("zh")
            assert (view.form, view.events) == (None, ())
            for event in CONTENTS.items[item.head.item].events:
                assert engine.send(ref, event, {}, actor=item.head.actor).code == "not_now"
            assert engine.save(ref, {}, actor=item.head.actor).code == "not_now"
            assert engine.items(actor=item.head.actor)
            seen += 1
        assert seen > 10
        engine.close()

    def test_what_was_quoted_can_still_be_read(self, desk_file: Path) -> None:
        store = SqliteStore(str(desk_file))
        forget(store, CONTENTS, AT + PROMPTLY)
        paid = next(
            i for i in items(store).values() if i.head.item == "resident_payment" and i.forgotten
        )
        store.close()
        engine = Engine.open(desk_file, clock=SetClock(AT + PROMPTLY))
        view = engine.view(paid.head.ref, actor=paid.head.actor)
        assert view.quote is not None
        assert view.quote.due > Money(0)
        engine.close()


def test_of_rows_the_personal_columns_go_and_amounts_stay() -> None:
    rows = [{"line": "1", "enrolment": "E1", "insured_name": "格桑", "amount": "9.00",
             "category": "general", "scheme": "resident_medical"}]  # fmt: skip
    answers = {"declaration_lines": rows, "insured_name": "格桑", "voucher_no": "1", "old": "x"}
    assert pruned(CONTENTS.dictionary, answers) == {
        "declaration_lines": [{"line": "1", "amount": "9.00", "scheme": "resident_medical"}],
        "voucher_no": "1",
    }


class TestTheCommand:
    """``sstibet forget DESK``."""

    def test_it_says_how_many_and_what_is_left(
        self, desk_file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        args = ["forget", str(desk_file), "--on", "2036-01-01T00:00"]
        assert run([*args, "--dry-run"]) == 0
        dry = capsys.readouterr().out
        assert dry.startswith("would be forgotten: ")
        assert run(args) == 0
        assert capsys.readouterr().out == dry.removeprefix("would be ")
        assert run(args) == 0
        assert capsys.readouterr().out.startswith("forgotten: 0 items\n")

    def test_a_desk_that_is_not_there_is_not_made(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["forget", str(tmp_path / "no.db")]) == 2
        assert "there is no desk" in capsys.readouterr().err
        assert list(tmp_path.iterdir()) == []


OTHER = """
initial: over
states:
  over: {label: {zh: 完, en: over}, ends: well}
"""
