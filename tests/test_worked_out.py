"""Why an item's amounts are what they are: the rules' own answers, asked again and held against
what the item keeps."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest

import sstibet
from inflight_kit import DEARER, choosing, chosen, desk, loaded
from sstibet import Engine, Entitlement, NoSuchItem, Quote, SetClock
from sstibet.cli.scenes import Stage, load_scenes
from sstibet.deciding.retelling import retold
from sstibet.engine.explaining import worked_out as explained
from sstibet.engine.ids import CountedIds
from sstibet.items.value import FORGOTTEN, Item

WHEN = date(2025, 10, 15)  # the day of the scenes


@pytest.fixture(scope="module")
def stage() -> Stage:
    scenes = load_scenes()
    played = Stage(Engine.open(clock=SetClock.on(scenes.at)), scenes)
    for name in ("pays_for_oneself", "pays_for_another", "confirms_base", "pays_months", "refunds"):
        assert played.play(name).faults == ()
    return played


def item_of(stage: Stage, scene: str) -> Item:
    found = stage.desk.store.get(stage.played[scene].ref)
    assert found is not None
    return found


def worked_out(stage: Stage, scene: str) -> tuple[Quote | Entitlement, ...]:
    item = item_of(stage, scene)
    return stage.desk.worked_out(item.head.ref, actor=item.head.actor)


class TestWhatWasWorkedOut:
    """Each amount's own answer, as the book gives it to whoever asks it the same."""

    def test_residents_premiums_are_explained_as_the_book_explains_them(self, stage: Stage) -> None:
        rules = sstibet.load().on(WHEN)
        asked = [
            ("resident_pension", {"tier": "500", "category": "general", "coverage_year": 2025}),
            (
                "resident_medical",
                {"tier": "standard", "category": "general", "coverage_year": 2026},
            ),
        ]
        expected = [str(rules.quote(scheme, facts).explain("en")) for scheme, facts in asked]  # type: ignore[union-attr]  # quotes, as the test below says
        assert [
            str(each.explain("en")) for each in worked_out(stage, "pays_for_oneself")
        ] == expected

    def test_months_are_explained_each_by_itself_with_every_rounding(self, stage: Stage) -> None:
        found = worked_out(stage, "pays_months")
        assert [each.on for each in found if isinstance(each, Quote)] == [
            date(2025, month, 1) for month in (10, 11, 12)
        ]
        steps = [step.json("en") for step in found[0].explain("en").steps]
        rounded = [(s["name"], s["before"], s["after"]) for s in steps if s["step"] == "rounding"]
        # 9421.60 is 80 % of the mean wage of 11777: 20 % of it, of which 8 % to the account.
        assert ("premium", "1884.32", "1884.32") in rounded
        assert ("part", "753.728", "753.73") in rounded

    def test_a_base_is_explained_by_the_month_from_which_it_counts(self, stage: Stage) -> None:
        [quote] = worked_out(stage, "confirms_base")
        assert isinstance(quote, Quote)
        assert str(quote.due) == item_of(stage, "confirms_base").answers["monthly_due"]

    def test_a_refund_tells_the_tests_it_hung_on_and_says_codes_in_words(
        self, stage: Stage
    ) -> None:
        [entitlement] = worked_out(stage, "refunds")
        assert isinstance(entitlement, Entitlement)
        steps = entitlement.explain("zh").steps
        told = [step.text("zh") for step in steps]
        # The first of two payments fails the test that the second one passes.
        tests = [s for step in steps if (s := step.json("zh"))["step"] == "test"]
        sequence = [(s["left"], s["answer"]) for s in tests if s["fact"] == "sequence"]
        assert sequence == [("1", "no"), ("2", "yes")]
        assert any("重复缴费" in each and each.startswith("不符合") for each in told)
        assert not any("paid_twice" in each or "overcharged" in each for each in told)
        # A program still reads the codes.
        assert {s["right"] for s in tests if s["fact"] == "refund_ground"} == {"overcharged"}

    def test_nothing_is_explained_where_nothing_was_worked_out(self, stage: Stage) -> None:
        person = stage.cast.resident
        view = stage.desk.start("resident_payment", actor=person.actor)
        assert stage.desk.worked_out(view.ref, actor=person.actor) == ()

    def test_nothing_is_explained_of_what_is_forgotten(self, stage: Stage) -> None:
        item = item_of(stage, "pays_months")
        assert explained(stage.desk, item)
        assert explained(stage.desk, item._replace(drafts={FORGOTTEN: {}})) == ()

    def test_another_persons_item_is_none(self, stage: Stage) -> None:
        ref = item_of(stage, "pays_months").head.ref
        with pytest.raises(NoSuchItem):
            stage.desk.worked_out(ref, actor=stage.cast.resident.actor)


class TestOnlyWhatTheItemKeeps:
    """What comes out otherwise than the item keeps it explains nothing."""

    @pytest.mark.parametrize(
        ("scene", "rows", "column", "value"),
        [
            ("pays_for_oneself", "chosen_enrolments", "coverage_year", 2025),
            ("refunds", "refund_lines", "refund_amount", "1.00"),
            ("refunds", "refund_lines", "given_back", "399.00"),
        ],
    )
    def test_an_item_that_has_changed_since_is_not_explained(
        self, stage: Stage, scene: str, rows: str, column: str, value: object
    ) -> None:
        item = item_of(stage, scene)
        *others, last = item.answers[rows]
        changed = {**item.answers, rows: [*others, {**last, column: value}]}
        pasts = reversed(stage.desk.store.history(item.head.ref))
        taken = [(past.before, past.event, WHEN) for past in pasts]
        decider = stage.desk.decider_of(item)

        assert retold(decider, item, taken)
        assert retold(decider, item._replace(answers=changed), taken) == ()

    def test_an_amount_that_another_edition_would_give_is_explained_by_its_own(
        self, tmp_path: Path
    ) -> None:
        """The book has become dearer since: the item stays at 200 yuan, and so does its reason."""
        clock, ids, path = SetClock.on("2025-03-01 09:00"), CountedIds(), tmp_path / "desk.db"
        old = desk(path, loaded(tmp_path / "old"), clock, ids)
        view = chosen(old, choosing(old))
        before = [str(each.explain()) for each in old.worked_out(view.ref, actor="p")]
        old.close()
        new = desk(path, loaded(tmp_path / "new", *DEARER), clock, ids)
        after = [str(each.explain()) for each in new.worked_out(view.ref, actor="p")]
        later = chosen(new, choosing(new))
        dearer = [str(each.explain()) for each in new.worked_out(later.ref, actor="p")]
        new.close()

        assert before == after
        assert "200.00" in before[0]
        assert "250.00" in dearer[0]


class TestWhatNoFormShows:
    """What the register says about a person, and no form shows, no explanation says either."""

    def test_a_category_that_is_not_shown_is_hidden(self, stage: Stage) -> None:
        item = item_of(stage, "pays_for_another")
        decider = stage.desk.decider_of(item)
        machine = decider.machines[item.head.item]
        pasts = reversed(stage.desk.store.history(item.head.ref))
        taken = [(past.before, past.event, WHEN) for past in pasts]
        blind = dataclasses.replace(
            machine, seen=frozenset(each for each in machine.seen if "category" not in each)
        )

        [shown] = retold(decider, item, taken)
        [hidden] = retold(_with(decider, blind), item, taken)

        assert "payer category = general" in str(shown.explain("en"))
        assert "general" not in str(hidden.explain("en"))
        assert str(hidden.explain("en")).count("payer category = ***") == 2
        assert str(hidden.explain("en")).count("tier = ") == str(shown.explain("en")).count(
            "tier = "
        )

    def test_a_test_of_what_is_not_shown_hides_what_it_compared(self, stage: Stage) -> None:
        """The refund's own columns are no secret here: planted so that one is."""
        item = item_of(stage, "refunds")
        decider = stage.desk.decider_of(item)
        contents = decider.contents
        facts = dict(contents.dictionary.facts)
        for name in ("payments", "refund_lines"):
            fields = dict(facts[name].fields or {})
            fields["sequence"] = dataclasses.replace(fields["sequence"], personal=True)
            facts[name] = dataclasses.replace(facts[name], fields=fields)
        pasts = reversed(stage.desk.store.history(item.head.ref))
        taken = [(past.before, past.event, WHEN) for past in pasts]
        dictionary = dataclasses.replace(contents.dictionary, facts=facts)
        secretive = dataclasses.replace(contents, dictionary=dictionary)
        machines = {item.head.item: decider.machines[item.head.item]}
        other = type(decider)(secretive, decider.digest, machines)  # type: ignore[arg-type]  # found by its name, as the real ones

        [found] = retold(other, item, taken)
        told = [
            s for step in found.explain().steps if (s := step.json("en")).get("fact") == "sequence"
        ]
        assert [(s["left"], s["right"], s["answer"]) for s in told] == [
            ("***", "***", "no"),
            ("***", "***", "yes"),
        ]


def _with(decider: object, machine: object) -> object:
    """The decider, with another machine for one item."""
    machines = {machine.name: machine}  # type: ignore[attr-defined]
    return type(decider)(decider.contents, decider.digest, machines)  # type: ignore[attr-defined,call-arg]
