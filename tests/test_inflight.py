"""Items that are under way while the rules change."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

import sstibet
from engine_kit import AT
from inflight_kit import (
    CHARGED,
    CHARGING,
    DEARER,
    DECLARING,
    PINS,
    RENAMED,
    changed,
    charged,
    choosing,
    chosen,
    desk,
    loaded,
)
from sstibet import Engine, Reply, SetClock, Settings, Signer, View, reply
from sstibet.deciding import BookFault
from sstibet.engine.callbacks import write
from sstibet.engine.ids import CountedIds
from sstibet.rulebook import Rulebook
from sstibet.settings import CallbackKey
from sstibet.stores.records import Change


@pytest.fixture
def clock() -> SetClock:
    """A Wednesday morning in Lhasa."""
    return SetClock(AT)


@pytest.fixture
def ids() -> CountedIds:
    """References of one store, whichever process makes them."""
    return CountedIds()


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rulebook]:
    """The book, and what became of it."""
    root = tmp_path_factory.mktemp("books")
    return {
        "first": loaded(root / "first"),
        "dearer": loaded(root / "dearer", *DEARER),
        "renamed": loaded(root / "renamed", *RENAMED, *DEARER),
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a desk."""
    return tmp_path / "desk.db"


def events(engine: Engine, ref: str) -> list[str]:
    """What has happened to an item, of which no version is left out."""
    pasts = engine.store.history(ref)
    item = engine.store.get(ref)
    assert item is not None
    assert [past.version for past in pasts] == list(range(item.version + 1))
    return [past.event for past in pasts]


Args = tuple[dict[str, Rulebook], Path, SetClock, CountedIds]


class TestAnItemKeepsItsEdition:
    """What it costs is what the book says under which it was opened."""

    def test_it_is_priced_by_the_book_it_was_opened_under(
        self, books: dict[str, Rulebook], path: Path, clock: SetClock, ids: CountedIds
    ) -> None:
        first = desk(path, books["first"], clock, ids)
        view = choosing(first)
        first.close()
        second = desk(path, books["dearer"], clock, ids)
        paid = chosen(second, view)
        assert paid.answers["total_due"] == "200.00"
        assert paid.front.answers["due"] == "200.00"
        other = chosen(second, choosing(second))
        assert other.answers["total_due"] == "250.00"
        second.close()
        third = desk(path, books["first"], clock, ids)
        assert third.view(other.ref, actor="p").answers["total_due"] == "250.00"

    def test_the_book_is_kept_once_and_before_the_first_item(
        self, books: dict[str, Rulebook], path: Path, clock: SetClock, ids: CountedIds
    ) -> None:
        engine = desk(path, books["first"], clock, ids)
        assert engine.store.books() == []
        choosing(engine)
        choosing(engine)
        assert engine.store.books() == [books["first"].digest]

    @pytest.mark.parametrize("how", ["gone", "spoilt", "another"])
    def test_without_that_book_it_is_not_priced_by_another(
        self,
        books: dict[str, Rulebook],
        path: Path,
        clock: SetClock,
        ids: CountedIds,
        how: str,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        first = desk(path, books["first"], clock, ids)
        view = choosing(first)
        store: Any = first.store
        digest = books["first"].digest
        store._db.execute("DELETE FROM books")
        if how == "spoilt":
            store._db.execute("INSERT INTO books VALUES (?, ?)", (digest, b"\x01\x06besidexxxx"))
        elif how == "another":
            from sstibet.archive import pack

            files = books["dearer"].files
            assert files is not None
            store.keep_book(digest, pack(files))
        first.close()
        second = desk(path, books["dearer"], clock, ids)
        mine = choosing(second)
        with pytest.raises(sstibet.EditionGone, match=digest[:12]):
            chosen(second, view)
        with pytest.raises(sstibet.EditionGone):
            second.view(view.ref, actor="p")
        assert [each.ref for each in second.items(actor="p")] == [mine.ref]
        assert view.ref in caplog.text
        second.close()
        third = desk(path, books["first"], clock, ids)
        assert chosen(third, view).answers["total_due"] == "200.00"

    def test_a_fact_that_the_book_has_no_more_is_still_there_for_its_rules(
        self, path: Path, clock: SetClock, ids: CountedIds, tmp_path: Path
    ) -> None:
        """The old price hangs on a category; the new book knows no such thing any more."""
        from sstibet.deciding.composed import composed

        old = loaded(tmp_path / "old").contents
        facts = {name: fact for name, fact in old.dictionary.facts.items() if name != "category"}
        new = dataclasses.replace(old, dictionary=type(old.dictionary)(facts, {}))
        both = composed(old, new)
        assert both.dictionary.read("category", "general") == "general"
        assert both.picks is old.picks


class TestAMachineThatChanged:
    """Its migrations lead on what is under way: its state, what it waits for, whoever called it."""

    def test_a_charge_under_way_is_settled_by_its_new_names(
        self, books: dict[str, Rulebook], path: Path, clock: SetClock, ids: CountedIds
    ) -> None:
        first = desk(path, books["first"], clock, ids)
        view = charged(first, chosen(first, choosing(first)))
        inner = view.front.ref
        key = first.ports["teller"].asked[-1]  # type: ignore[attr-defined]  # the kit's own port
        first.close()
        second = desk(path, books["renamed"], clock, ids)
        before = [second.store.history(ref) for ref in (view.ref, inner)]
        seen = second.view(view.ref, actor="p")
        assert (seen.state, seen.front.state) == ("paying", "waiting")
        assert [each.front.state for each in second.items(actor="p")] == ["waiting"]
        assert [second.store.history(ref) for ref in (view.ref, inner)] == before, "only looked at"
        assert second.callback("teller", key, CHARGED)
        done = second.view(view.ref, actor="p")
        assert (done.state, done.answers["receipt_no"]) == ("paid", "R-1")
        assert events(second, inner)[-2:] == ["migrated", "debit.succeeded"]
        assert events(second, view.ref)[-2:] == ["migrated", "collect.settled"]
        assert not second.callback("teller", key, CHARGED)

    def test_an_end_that_was_not_told_yet_is_told_by_its_new_name(
        self, books: dict[str, Rulebook], path: Path, clock: SetClock, ids: CountedIds
    ) -> None:
        view = self.ended_and_not_told(desk(path, books["first"], clock, ids), clock)
        inner = f"{view.ref}.3"
        second = desk(path, books["renamed"], clock, ids)
        for _ in range(3):
            second.deliver()
            clock.forward(minutes=5)
        assert second.view(view.ref, actor="p").state == "paid"
        assert events(second, view.ref).count("collect.settled") == 1
        assert events(second, inner)[-1] == "migrated"

    def test_a_signed_callback_is_taken_whatever_its_effect_is_called_by_now(
        self, books: dict[str, Rulebook], path: Path, clock: SetClock, ids: CountedIds
    ) -> None:
        first = desk(path, books["first"], clock, ids)
        view = charged(first, chosen(first, choosing(first)))
        inner = view.front.ref
        key = first.ports["teller"].asked[-1]  # type: ignore[attr-defined]  # the kit's own port
        first.close()
        second = desk(path, books["renamed"], clock, ids)
        secret = bytes(32)
        callback = CallbackKey(port="teller", id="k", secret=secret, where="")
        second.settings = dataclasses.replace(Settings.none(), callbacks=(callback,))
        body = write("teller", key, inner, CHARGED, clock.now())
        assert second.receive("teller", body, Signer.shared("k", secret).sign(body))
        assert second.view(view.ref, actor="p").state == "paid"

    def test_a_charge_that_was_never_told_is_found_by_its_new_names(
        self, books: dict[str, Rulebook], path: Path, clock: SetClock, ids: CountedIds
    ) -> None:
        first = desk(path, books["first"], clock, ids)
        view = charged(first, chosen(first, choosing(first)))
        inner = view.front.ref
        first.close()
        second = desk(path, books["renamed"], clock, ids)
        row = {"order": inner, "amount": "200.00", "receipt": "R-1"}
        teller: Any = second.ports["teller"]
        teller.verbs["statement"] = lambda call, statement_day: reply("listed", charges=[row])
        found = second.reconcile()
        assert [each.ref for each in found.settled] == [inner]
        assert found.agrees
        assert second.view(view.ref, actor="p").state == "paid"
        assert second.reconcile().findings == ()

    @pytest.mark.parametrize("needs", ["[due, pin]", "[pin]"])
    def test_an_item_may_have_another_name_for_what_is_confirmed(
        self, needs: str, path: Path, clock: SetClock, ids: CountedIds, tmp_path: Path
    ) -> None:
        """Whether the verb is told it, or the answer is held against what the item knows."""
        root = changed(
            tmp_path / "book",
            ("ports.yaml", "needs: [due, pin]", f"needs: {needs}"),
            (CHARGING, "given: [due]", "given: [total_due]"),
            (CHARGING, "do: teller.charge}",
             "do: teller.charge, with: {due: total_due}, as: {receipt_no: reason}}"),
            (CHARGING, "amount: due, receipt: receipt_no", "amount: total_due, receipt: reason"),
            ("forms/pin.yaml", "fact: due", "fact: total_due"),
            (DECLARING, "    with: {due: total_due}\n    back: {receipt_no: receipt_no}",
             "    back: {receipt_no: reason}"),
        )  # fmt: skip
        assert sstibet.check(root) == []
        engine = desk(path, sstibet.load(root, cache=False), clock, ids)
        view = charged(engine, chosen(engine, choosing(engine)))
        key = engine.ports["teller"].asked[-1]  # type: ignore[attr-defined]  # the kit's own port
        for wrong in ({"due": "200.01"}, {"total_due": "200.00"}, {}):
            with pytest.raises(BookFault, match="another due"):
                engine.callback("teller", key, Reply("succeeded", {"receipt_no": "R-1", **wrong}))
        row = {"order": view.front.ref, "amount": "200.00", "receipt": "R-1"}
        teller: Any = engine.ports["teller"]
        teller.verbs["statement"] = lambda call, statement_day: reply("listed", charges=[row])
        assert [each.code for each in engine.reconcile().settled] == ["brought"]
        done = engine.view(view.ref, actor="p")
        assert (done.state, done.answers["receipt_no"]) == ("paid", "R-1")

    def ended_and_not_told(self, engine: Engine, clock: SetClock) -> View:
        """A payment that was charged, and whose process died before it told so."""

        class Power(BaseException):
            """The power is cut."""

        def dies(*given: object) -> None:
            raise Power

        view = charged(engine, chosen(engine, choosing(engine)))
        key = engine.ports["teller"].asked[-1]  # type: ignore[attr-defined]  # the kit's own port
        engine._courier._tell_end = dies  # type: ignore[method-assign,assignment]  # dies there
        with pytest.raises(Power):
            engine.callback("teller", key, CHARGED)
        view = engine.view(view.ref, actor="p")
        assert view.state == "paying"
        engine.close()
        clock.forward(minutes=5)
        return view

    def test_what_is_wanted_back_may_have_another_name_by_now(
        self, path: Path, clock: SetClock, ids: CountedIds, tmp_path: Path
    ) -> None:
        view = self.ended_and_not_told(desk(path, loaded(tmp_path / "a"), clock, ids), clock)
        new = loaded(
            tmp_path / "b",
            ("facts.yaml", "receipt_no:", ("slip_no: {kind: text, label: {zh: 单号, en: slip},"
             " personal: no}\nreceipt_no:")),
            (DECLARING, "back: {receipt_no:", "back: {slip_no:"),
            (DECLARING, "version: 1", ("version: 2\nmigrations:\n"
             "  - {from: 1, states: same, renames: {receipt_no: slip_no}}")),
        )  # fmt: skip
        second = desk(path, new, clock, ids)
        second.deliver()
        done = second.view(view.ref, actor="p")
        assert (done.state, done.answers["slip_no"]) == ("paid", "R-1")

    def test_a_deadline_comes_late_and_not_never(
        self, books: dict[str, Rulebook], path: Path, clock: SetClock, ids: CountedIds
    ) -> None:
        first = desk(path, books["first"], clock, ids)
        view = chosen(first, choosing(first))
        first.close()
        second = desk(path, books["renamed"], clock, ids)
        assert second.due() == 0
        clock.forward(minutes=15)
        assert second.due() == 1
        assert second.view(view.ref, actor="p").state == "unpaid"
        assert second.due() == 0

    def test_what_a_person_sends_is_taken_in_the_new_state(
        self, books: dict[str, Rulebook], path: Path, clock: SetClock, ids: CountedIds
    ) -> None:
        first = desk(path, books["first"], clock, ids)
        view = chosen(first, choosing(first))
        first.close()
        second = desk(path, books["renamed"], clock, ids)
        inner = view.front.ref
        draft = second.save(inner, {"pin": "123456"}, actor="p")
        assert draft.state == "entering"
        assert charged(second, view).front.state == "waiting"
        assert events(second, inner) == ["begin", "migrated", "saved", "submit", "debit.accepted"]
        kept = second.store.get(inner)
        assert kept is not None
        assert kept.head.machine == 2
        assert kept.head.digest == books["first"].digest

    def test_two_processes_bring_it_along_once(
        self, books: dict[str, Rulebook], path: Path, clock: SetClock, ids: CountedIds
    ) -> None:
        first = desk(path, books["first"], clock, ids)
        view = chosen(first, choosing(first))
        first.close()
        one, other = (desk(path, books["renamed"], clock, ids) for _ in range(2))
        inner, real, raced = view.front.ref, one.store.commit, list[str]()

        def races(change: Change) -> None:
            if not raced:
                raced.append(inner)
                charged(other, view)
            real(change)

        one.store.commit = races  # type: ignore[method-assign]  # another is quicker
        late = one.send(inner, "submit", PINS, actor="p")
        assert late.code == "not_now"
        assert events(one, inner).count("migrated") == 1
        assert events(one, inner).count("submit") == 1

    def test_without_a_migration_it_is_not_run(
        self, path: Path, clock: SetClock, ids: CountedIds, tmp_path: Path
    ) -> None:
        first = desk(path, loaded(tmp_path / "a"), clock, ids)
        view = choosing(first)
        first.close()
        raised = loaded(tmp_path / "b", (DECLARING, "version: 1", "version: 2"))
        second = desk(path, raised, clock, ids)
        with pytest.raises(sstibet.MachineChanged, match="no migration leads on from version 1"):
            second.view(view.ref, actor="p")
        assert second.items(actor="p") == []
        second.close()
        older = desk(path, loaded(tmp_path / "c"), clock, ids)
        assert older.view(view.ref, actor="p").state == "choosing"

    def test_migrations_are_taken_one_after_another(
        self, path: Path, clock: SetClock, ids: CountedIds, tmp_path: Path
    ) -> None:
        """From the first version to the third, with facts renamed, set and dropped on the way."""
        first = desk(path, loaded(tmp_path / "a"), clock, ids)
        view = choosing(first)
        first.close()
        third = loaded(
            tmp_path / "b",
            (DECLARING, "version: 1", ("version: 3\nmigrations:\n"
             "  - from: 1\n    states: {looking_up: looking_up, away: away, asking: asking,"
             " listing: listing, listing_own: listing_own, choosing: picking, paying: paying,"
             " unpaid: unpaid, paid: paid, unknown: over}\n"
             "    renames: {year_asked: year_before}\n    sets: {reason: {value: moved}}\n"
             "  - from: 2\n    states: {looking_up: looking_up, away: away, asking: asking,"
             " listing: listing, listing_own: listing_own, picking: choosing, paying: paying,"
             " unpaid: unpaid, paid: paid, over: unknown}\n"
             "    renames: {year_before: year_asked}\n    drops: [other_name, consent]")),
        )  # fmt: skip
        second = desk(path, third, clock, ids)
        moved = second.view(view.ref, actor="p")
        assert moved.state == "choosing"
        chosen(second, view)
        item = second.store.get(view.ref)
        assert item is not None
        assert item.head.machine == 3
        assert (item.answers["year_asked"], item.answers["reason"]) == (2025, "moved")
        assert "consent" not in item.answers
        assert item.drafts["who"] == {"for_another": False, "tier": "200"}
