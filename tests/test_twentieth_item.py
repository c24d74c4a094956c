"""A twentieth item, and a changed state of one that is there, by YAML alone.

The shipped book is copied, the files of ``tests/twentieth`` are put beside its own (or a few lines
are changed), and the library loads, checks, draws, walks and runs what comes of it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import sstibet
from sstibet import Engine, SetClock
from sstibet.bureau import Person
from sstibet.disk import own_folder
from sstibet.drawing import mermaid, svg
from sstibet.testing import explore

ADDED = Path(__file__).parent / "twentieth"
NOW = "2025-10-15T09:00"


@pytest.fixture(scope="module")
def shipped_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped rules and forms in one folder of the test's own."""
    root = tmp_path_factory.mktemp("book")
    for name in ("rules", "forms"):
        folder = own_folder(name)
        assert folder is not None
        shutil.copytree(folder, root if name == "rules" else root / name, dirs_exist_ok=True)
    return root


@pytest.fixture(scope="module")
def twenty(shipped_copy: Path, tmp_path_factory: pytest.TempPathFactory) -> sstibet.Rulebook:
    """The copy with the item ``name_change`` added: `load` refuses a book that is not sound."""
    root = tmp_path_factory.mktemp("twenty") / "book"
    shutil.copytree(shipped_copy, root)
    shutil.copytree(ADDED, root, dirs_exist_ok=True)
    return sstibet.load(root, cache=False)


@pytest.fixture
def desk(twenty: sstibet.Rulebook) -> Engine:
    """A desk with this book and the embedded bureau."""
    return Engine.open(book=twenty, clock=SetClock.on(NOW))


def test_only_yaml_was_added() -> None:
    """An item takes YAML files only."""
    files = [path for path in ADDED.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".yaml"}
    assert {path.parent.name for path in files} == {"items", "forms", "facts", "codes"}


def test_the_book_has_one_item_more(twenty: sstibet.Rulebook) -> None:
    """The item is there beside all of the shipped ones."""
    assert set(twenty.contents.items) - set(sstibet.load().contents.items) == {"name_change"}


def test_from_the_first_screen_to_the_last(desk: Engine) -> None:
    """A person sees their data, types the new name, confirms it, and the agency approves."""
    person = desk.bureau.cast().resident
    view = desk.start("name_change", actor=person.actor)
    assert (view.state, view.form and view.form.field("person_name").value) == (
        "showing_person",
        person.name,
    )
    view = desk.send(view.ref, "submit", {}, actor=person.actor)
    assert view.state == "giving_name"
    view = desk.send(
        view.ref,
        "submit",
        {"new_name": "扎西·次仁", "name_change_reason": "marriage", "consent": True},
        actor=person.actor,
    )
    assert (view.state, view.problems) == ("confirming", ())
    view = desk.send(view.ref, "submit", {}, actor=person.actor)
    assert view.state == "reviewing"
    desk.deliver()
    view = desk.view(view.ref, actor=person.actor)
    assert (view.state, view.ends, view.state_label.text("en")) == ("changed", "well", "changed")
    steps = [step for past in desk.store.history(view.ref) for step in past.steps]
    assert steps == ["N1.1", "N1.2", "N1.3", "N1.4"]


def test_what_is_typed_wrong_is_told(desk: Engine) -> None:
    """Each field is checked by what the YAML says of it, in its own words."""
    person = desk.bureau.cast().resident
    ref = desk.start("name_change", actor=person.actor).ref
    desk.send(ref, "submit", {}, actor=person.actor)
    payload = {"new_name": person.name, "name_change_reason": "other", "consent": False}
    view = desk.send(ref, "submit", payload, actor=person.actor)
    assert {each.field: each.code for each in view.problems} == {
        "name_change_other": "required",
        "consent": "must_be_yes",
        "new_name": "another_name",
    }
    assert view.state == "giving_name"


def test_the_agency_refuses(desk: Engine) -> None:
    """A refusal comes with the agency's reason, shown in the last screen."""
    desk.bureau.tell("agency.apply", "refuse", reason="证明材料不全")
    person = desk.bureau.cast().resident
    ref = desk.start("name_change", actor=person.actor).ref
    desk.send(ref, "submit", {}, actor=person.actor)
    payload = {"new_name": "卓玛", "name_change_reason": "marriage", "consent": True}
    desk.send(ref, "submit", payload, actor=person.actor)
    desk.send(ref, "submit", {}, actor=person.actor)
    desk.deliver()
    view = desk.view(ref, actor=person.actor)
    assert (view.state, view.ends) == ("refused", "badly")
    assert view.form is not None
    assert view.form.field("agency_reason").value == "证明材料不全"


def test_nobody_answers(desk: Engine) -> None:
    """After its time the application is over; an approval that comes after that still counts."""
    desk.bureau.tell("agency.apply", "late", seconds=40 * 86_400)
    person = desk.bureau.cast().resident
    ref = desk.start("name_change", actor=person.actor).ref
    desk.send(ref, "submit", {}, actor=person.actor)
    payload = {"new_name": "卓玛", "name_change_reason": "marriage", "consent": True}
    desk.send(ref, "submit", payload, actor=person.actor)
    desk.send(ref, "submit", {}, actor=person.actor)
    assert isinstance(desk.clock, SetClock)
    desk.clock.forward(days=31)
    desk.due()
    assert desk.view(ref, actor=person.actor).state == "overdue"
    desk.clock.forward(days=10)
    desk.deliver()
    assert desk.view(ref, actor=person.actor).state == "changed"


def test_it_is_walked_and_drawn(twenty: sstibet.Rulebook) -> None:
    """Every way of it is found by walking, and every state stands in its drawings."""
    assert explore(twenty, "name_change").missed == ()
    drawn, picture = mermaid(twenty, "name_change"), svg(twenty, "name_change")
    for state in twenty.contents.items["name_change"].states.values():
        assert state.label.text("zh") in drawn
        assert state.label.text("zh")[:4] in picture


# A state of an item that is there

_BEFORE = "void_it: {to: voiding, effects: [void], steps: [D1.3]}"
_AFTER = "void_it: {to: making_sure, steps: [D1.3]}"
_NEW = """\
  making_sure:
    label: {zh: 确定要作废吗, en: are you sure}
    deadline: {hours: 1}
    on:
      sure: {to: voiding, effects: [void]}
      back: {to: showing}
      deadline: {to: showing}
  voiding:
"""


@pytest.fixture(scope="module")
def surer(shipped_copy: Path, tmp_path_factory: pytest.TempPathFactory) -> sstibet.Rulebook:
    """The copy with one state more in `void_declaration`: voiding is confirmed once more."""
    root = tmp_path_factory.mktemp("surer") / "book"
    shutil.copytree(shipped_copy, root)
    path = root / "items" / "void_declaration.yaml"
    text = path.read_text("utf-8")
    changes = (
        (_BEFORE, _AFTER),
        ("  voiding:\n", _NEW),
        ("events:\n", "events:\n  sure: {label: {zh: 确定作废, en: yes}}\n"),
    )
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
    return sstibet.load(root, cache=False)


def test_a_changed_state_runs(surer: sstibet.Rulebook) -> None:
    """Voiding waits for the new state's own yes, and the state's deadline leads back."""
    clock = SetClock.on(NOW)
    desk = Engine.open(book=surer, clock=clock)
    person = desk.bureau.cast().resident
    _declare(desk, person)
    view = desk.start("void_declaration", actor=person.actor)
    assert view.form is not None
    rows = view.form.field("chosen_declaration").rows
    assert rows is not None
    payload = {"chosen_declaration": [rows.pickable[0].key]}
    view = desk.send(view.ref, "submit", payload, actor=person.actor)
    view = desk.send(view.ref, "void_it", {}, actor=person.actor)
    assert (view.state, view.state_label.text("en")) == ("making_sure", "are you sure")
    clock.forward(hours=2)
    desk.due()
    assert desk.view(view.ref, actor=person.actor).state == "showing"
    desk.send(view.ref, "void_it", {}, actor=person.actor)
    assert desk.send(view.ref, "sure", {}, actor=person.actor).state == "voided"


def test_the_changed_item_is_walked(surer: sstibet.Rulebook) -> None:
    """Every way of the changed item is found by walking, those of the new state among them."""
    found = explore(surer, "void_declaration")
    assert found.missed == ()
    assert "making_sure" in found.reached


def _declare(desk: Engine, person: Person) -> None:
    """A resident's pension, declared; its payment is given up, so that it can be voided."""
    actor, name = person.actor, person.name
    ref = desk.start("resident_payment", actor=actor).ref
    number = person.id_number
    desk.send(ref, "submit", {"insured_name": name, "insured_id_number": number}, actor=actor)
    key = person.enrolled("resident_pension")
    desk.send(ref, "submit", {"chosen_enrolments": [key]}, actor=actor)
    year = {"chosen_enrolments": [{"key": key, "coverage_year": 2025}], "pay_mode": "ordinary"}
    desk.send(ref, "submit", year, actor=actor)
    desk.send(ref, "submit", {"chosen_enrolments": [{"key": key, "tier": "200"}]}, actor=actor)
    view = desk.send(ref, "submit", {}, actor=actor)
    assert view.front.item == "payment"
    desk.send(view.front.ref, "cancel", {}, actor=actor)
