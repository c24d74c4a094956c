"""Who may do what: one's own items, those of whom one acts for by a role, and nobody else's.

What can't be reached is refused in one way, whatever the reason: the same exception, the same text,
the same questions to the store.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from guide_kit import CARD, PIN, Desk, declare_pension, name_and_number
from typer.testing import CliRunner

import sstibet
from sstibet import Engine, NoSuchItem, NotOpen, RulebookError, Settings, UnknownName
from sstibet.cli.app import app
from sstibet.engine import reconciling
from sstibet.engine.callbacks import _KEYS
from sstibet.items.roles import START
from sstibet.settings import Agent

BOOK = sstibet.load()
ITEMS = BOOK.contents.items
OpenDesk = Callable[..., Desk]

HELPER = Agent(where="", actor="helper-1", role="village_helper", for_=("p0001", "p0002"))
CLERK = Agent(where="", actor="clerk-7", role="counter_clerk", for_=None)
ENDING = Agent(
    where="",
    actor="clerk-8",
    role="counter_clerk",
    for_=None,
    from_=date(2025, 10, 15),
    until=date(2025, 10, 16),
)
MONEY = Agent(where="", actor="clerk-9", role="refund_clerk", for_=None)
STAFF = Settings(where="", agents=(HELPER, CLERK, ENDING, MONEY))
# What can be no reference, and others' references told in other ways.
STRANGE: tuple[Any, ...] = (
    "", "-", "x" * 10_000, "\ud800", "a\0b", "'; DROP TABLE items; --", "藏", "..", ".1",
    None, 7, 1.5, b"ref", [], {}, ("a",), object(), True,
)  # fmt: skip
METHODS: dict[str, Callable[[Engine, Any, dict[str, Any]], Any]] = {
    "view": lambda desk, ref, who: desk.view(ref, **who),
    "send": lambda desk, ref, who: desk.send(ref, "submit", {}, **who),
    "send with a key": lambda desk, ref, who: desk.send(ref, "back", {}, key="k", **who),
    "send nonsense": lambda desk, ref, who: desk.send(ref, "no such event", {"x": 1}, **who),
    "save": lambda desk, ref, who: desk.save(ref, {"channel": "ccb"}, **who),
    "paper": lambda desk, ref, who: desk.paper(ref, **who),
    "worked_out": lambda desk, ref, who: desk.worked_out(ref, **who),
}


class Counted:
    """A store that notes what it is asked, and passes it on."""

    def __init__(self, store: Any) -> None:
        self.store, self.calls = store, list[str]()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.store, name)
        if not callable(found):
            return found

        def ask(*given: Any, **named: Any) -> Any:
            self.calls.append(name)
            return found(*given, **named)

        return ask


@pytest.fixture
def staffed(open_desk: OpenDesk) -> Desk:
    """A desk with agents, whose store counts what it is asked."""
    desk = open_desk(settings=STAFF)
    desk.engine.store = Counted(desk.engine.store)
    return desk


def everything(desk: Desk) -> Any:
    """All that the store has, as it would be read back."""
    store = desk.engine.store
    return [(store.get(r), store.history(r), store.rows(r)) for r in store.refs()]


def refused(desk: Desk, method: str, ref: Any, who: dict[str, Any]) -> tuple[str, str, list[str]]:
    """How something is refused: the kind, the text, and what the store was asked for it."""
    store: Any = desk.engine.store
    store.calls.clear()
    with pytest.raises(LookupError) as caught:
        METHODS[method](desk.engine, ref, who)
    return type(caught.value).__name__, repr(caught.value.args), list(store.calls)


class TestEveryRefusalIsTheSame:
    """No such item, another's, one inside another's, nonsense, and no role: told in one way."""

    @pytest.mark.parametrize("method", METHODS)
    def test_from_outside_nothing_tells_one_from_another(self, staffed: Desk, method: str) -> None:
        visit = declare_pension(staffed, staffed.cast.resident)
        inner, visitors = visit.front.ref, staffed.begin("login", staffed.engine.visitor())
        assert inner == f"{visit.ref}.1" or inner.startswith(f"{visit.ref}.")
        other = {"actor": staffed.cast.neighbour.actor}
        owner = {"on_behalf_of": staffed.cast.resident.actor}
        before = everything(staffed)
        found = {
            f"{ref!r:.30} {who}": refused(staffed, method, ref, who)
            for ref, who in [
                ("no-such-reference", other),
                (visit.ref, other),
                (inner, other),
                (f"{visit.ref}.99", {"actor": visit.actor}),
                (visitors.ref, other),
                *((each, other) for each in STRANGE),
                (visit.ref, {"actor": staffed.engine.visitor()}),
                (visit.ref, {"actor": "desk:reconcile"}),
                (visit.ref, {"actor": "gateway"}),
                *((visit.ref, {"actor": each}) for each in ("", "\ud800", None, 7, [])),
                (visit.ref, {"actor": "clerk-7"}),
                (visit.ref, {"actor": "nobody-1", **owner}),
                (visit.ref, {"actor": staffed.cast.neighbour.actor, **owner}),
                (visit.ref, {"actor": "clerk-9", **owner}),
                (visit.ref, {"actor": "helper-1", "on_behalf_of": "p0002"}),
                (visit.ref, {"actor": "clerk-7", "on_behalf_of": ["p0001"]}),
                (visit.ref, {"actor": "clerk-7", "on_behalf_of": "\ud800"}),
                (visitors.ref, {"actor": "clerk-7", "on_behalf_of": visitors.actor}),
            ]
        }

        assert len(set(map(str, found.values()))) == 1, found
        assert everything(staffed) == before

    def test_the_methods_here_are_all_that_take_a_reference(self) -> None:
        taking = {
            name
            for name, each in inspect.getmembers(Engine, inspect.isfunction)
            if not name.startswith("_") and "actor" in inspect.signature(each).parameters
        }
        tried = {name.split()[0] for name in METHODS}
        assert taking - tried == {"start", "items"}, "try what is new here as well"

    def test_lists_have_nobody_elses(self, staffed: Desk) -> None:
        visit = declare_pension(staffed, staffed.cast.resident)
        engine, owner = staffed.engine, visit.actor

        assert [each.ref for each in engine.items(actor=owner)] == [visit.ref]
        for actor in ("p0002", engine.visitor(), "desk:reconcile", "gateway", "clerk-7"):
            assert engine.items(actor=actor) == []
        for actor in ("nobody-1", "p0002", "clerk-9", engine.visitor()):
            assert engine.items(actor=actor, on_behalf_of=owner) == []

    def test_a_key_leads_to_nothing_of_another(self, staffed: Desk) -> None:
        """Not even the key under which it was begun."""
        mine = staffed.engine.start("paid_query", actor="p0001", key="k1")
        theirs = staffed.engine.start("paid_query", actor="p0002", key="k1")
        assert theirs.ref != mine.ref
        with pytest.raises(NoSuchItem):
            staffed.engine.send(mine.ref, "back", actor="p0002", key="k1")

    def test_a_callback_under_nonsense_is_an_unknown_key(self, staffed: Desk) -> None:
        answer = sstibet.reply("declined", decline_reason="x")
        told = set()
        for key in ("r:1:1", *STRANGE):
            with pytest.raises(sstibet.UnknownKey) as caught:
                staffed.engine.callback("gateway", key, answer)
            told.add(str(caught.value))
        assert len(told) == 1


class TestVisitors:
    """Whoever isn't signed in begins what is open to anyone, and reaches only that."""

    @pytest.mark.parametrize("item", ITEMS)
    def test_only_what_is_open_to_anyone_is_begun(self, desk: Desk, item: str) -> None:
        visitor = desk.engine.visitor()
        if ITEMS[item].open_to == "anyone":
            assert desk.begin(item, visitor).view.item == item
        else:
            with pytest.raises(NotOpen):
                desk.engine.start(item, actor=visitor)
        assert len(desk.engine.items(actor=visitor)) == (ITEMS[item].open_to == "anyone")

    def test_two_visitors_are_two(self, desk: Desk) -> None:
        first, second = desk.begin("login", desk.engine.visitor()), desk.engine.visitor()
        assert second != first.actor
        assert desk.engine.items(actor=second) == []
        with pytest.raises(NoSuchItem):
            desk.engine.view(first.ref, actor=second)

    @pytest.mark.parametrize("item", [name for name, each in ITEMS.items() if each.calls])
    def test_no_way_leads_from_there_to_what_wants_a_person(self, item: str) -> None:
        called = {call.item for call in ITEMS[item].calls.values()}
        if ITEMS[item].open_to == "anyone":
            assert all(ITEMS[name].open_to != "person" for name in called)

    def test_the_desk_itself_is_nobody_who_begins(self, desk: Desk) -> None:
        with pytest.raises(TypeError, match="no actor"):
            desk.engine.start("paid_query", actor="desk:reconcile")


class TestAgents:
    """An agent does what their role lists, for whom and as long as the settings say."""

    def begun(self, desk: Desk, actor: str = "clerk-7", owner: str = "p0001") -> Any:
        return desk.engine.start("resident_payment", actor=actor, on_behalf_of=owner)

    @pytest.mark.parametrize("role", BOOK.contents.roles)
    @pytest.mark.parametrize("item", ITEMS)
    def test_a_role_begins_what_it_lists_and_nothing_else(
        self, open_desk: OpenDesk, item: str, role: str
    ) -> None:
        held = Agent(where="", actor="a", role=role, for_=("p0001",))
        desk = open_desk(settings=Settings(where="", agents=(held,)))
        listed = BOOK.contents.roles[role].may.get(item) == START
        if listed:
            view = desk.engine.start(item, actor="a", on_behalf_of="p0001")
            assert [each.ref for each in desk.engine.items(actor="p0001")] == [view.ref]
            assert desk.engine.items(actor="a") == []
        for owner in ("p0002", *(["p0001"] if not listed else [])):
            with pytest.raises(NotOpen):
                desk.engine.start(item, actor="a", on_behalf_of=owner)

    def test_no_role_signs_in_for_another_or_sends_money_out_unless_it_says_so(self) -> None:
        roles = BOOK.contents.roles
        anyone = {name for name, each in ITEMS.items() if each.open_to == "anyone"}
        assert not any(anyone & role.may.keys() for role in roles.values())
        for item in ("refund", "debit_agreement"):
            starts = {name for name, role in roles.items() if role.may.get(item) == START}
            assert starts == {"refund_clerk"}
        assert not any(role.may.get("account_filing") == START for role in roles.values())

    def test_the_item_is_the_persons_and_history_says_who_acted(self, staffed: Desk) -> None:
        engine, person = staffed.engine, staffed.cast.resident
        view = self.begun(staffed)
        who = {"actor": "clerk-7", "on_behalf_of": "p0001"}
        engine.save(view.ref, {"insured_name": person.name}, **who)
        engine.save(view.ref, {"insured_name": person.name}, actor="p0001")
        engine.send(view.ref, "submit", name_and_number(person), **who, key="k")
        engine.send(view.ref, "back", {}, actor="p0001")

        assert engine.view(view.ref, actor="p0001").ref == view.ref
        history = engine.store.history(view.ref)
        acted = [(each.event, each.actor, each.payload.get("on_behalf_of")) for each in history]
        assert acted == [
            ("begin", "clerk-7", "p0001"),
            ("saved", "clerk-7", "p0001"),
            ("saved", "p0001", None),
            ("submit", "clerk-7", "p0001"),
            ("find.found", "registry", None),
            ("back", "p0001", None),
        ]

    def test_the_same_key_for_another_person_is_another_request(self, staffed: Desk) -> None:
        who = {"actor": "clerk-7", "on_behalf_of": "p0001", "key": "k"}
        first = staffed.engine.start("paid_query", **who)
        assert staffed.engine.start("paid_query", **who).ref == first.ref
        with pytest.raises(sstibet.KeyReused):
            staffed.engine.start("paid_query", **{**who, "on_behalf_of": "p0002"})

    def test_a_role_ends_on_its_day(self, staffed: Desk) -> None:
        view = self.begun(staffed, "clerk-8")
        who = {"actor": "clerk-8", "on_behalf_of": "p0001"}
        for at, reached in (("2025-10-16T23:59", True), ("2025-10-17T00:00", False)):
            staffed.put(at)
            if reached:
                assert staffed.engine.view(view.ref, **who).ref == view.ref
            else:
                assert refused(staffed, "view", view.ref, who) == refused(
                    staffed, "view", "none", who
                )
                assert staffed.engine.items(**who) == []
                with pytest.raises(NotOpen):
                    self.begun(staffed, "clerk-8")
        staffed.put("2025-10-14T23:59")
        with pytest.raises(NotOpen):
            self.begun(staffed, "clerk-8")

    def test_a_secret_is_the_persons_own(self, staffed: Desk) -> None:
        """Another's withdrawal password is asked of nobody but them."""
        visit = declare_pension(staffed, staffed.cast.resident)
        visit.send(channel="ccb")
        visit.send(card_number=CARD, id_last_four=staffed.cast.resident.id_number[-4:])
        who = {"actor": "clerk-7", "on_behalf_of": visit.actor}
        answers = {"card_holder": "某", "withdrawal_password": PIN}
        before = everything(staffed)
        after = staffed.engine.send(visit.front.ref, "submit", answers, **who)
        saved = staffed.engine.save(visit.front.ref, answers, **who)

        assert (after.code, saved.code) == ("in_person", "in_person")
        assert after.text("en") == "this is for the person themself to do"
        told = {each.name: each.why_not and each.why_not.code for each in after.events}
        assert told["submit"] == "in_person"
        assert told["back"] is None
        assert everything(staffed) == before

    def test_what_a_role_withholds_is_the_persons_own(self, staffed: Desk) -> None:
        visit = declare_pension(staffed, staffed.cast.resident)
        who = {"actor": "helper-1", "on_behalf_of": visit.actor}
        engine, inner = staffed.engine, visit.front.ref
        engine.send(inner, "submit", {"channel": "ccb"}, **who)
        card = {"card_number": CARD, "id_last_four": "0015"}
        assert engine.send(inner, "submit", card, **who).code == "in_person"
        assert engine.send(inner, "cancel", **who).code is None
        assert engine.send(visit.ref, "void_it", **who).code == "in_person"
        assert visit.view.state == "declared_unpaid"

    def test_who_may_only_see_does_nothing(self, staffed: Desk) -> None:
        visit = staffed.begin("refund", staffed.cast.refunder)
        who = {"actor": "clerk-7", "on_behalf_of": visit.actor}
        before = everything(staffed)

        assert staffed.engine.view(visit.ref, **who).state == visit.view.state
        for event in staffed.engine.view(visit.ref, **who).events:
            assert event.why_not is not None
            assert staffed.engine.send(visit.ref, event.name, {}, **who).code == "in_person"
        assert staffed.engine.save(visit.ref, {}, **who).code == "in_person"
        assert everything(staffed) == before

    def test_what_is_inside_is_shown_to_a_role_that_reaches_it(self, open_desk: OpenDesk) -> None:
        looking = Agent(where="", actor="c", role="counter_clerk", for_=None)
        desk = open_desk(settings=Settings(where="", agents=(looking,)))
        visit = declare_pension(desk, desk.cast.resident)
        role = BOOK.contents.roles["counter_clerk"]
        may = {name: level for name, level in role.may.items() if name != "payment"}
        less = dataclasses.replace(role, may=may)
        who = {"actor": "c", "on_behalf_of": visit.actor}
        assert desk.engine.view(visit.ref, **who).inner is not None
        roles = {"counter_clerk": less}
        desk.engine.access._contents = dataclasses.replace(BOOK.contents, roles=roles)
        assert desk.engine.view(visit.ref, **who).inner is None
        with pytest.raises(NoSuchItem):
            desk.engine.view(visit.front.ref, **who)

    def test_an_unknown_role_is_the_settings_mistake(self, open_desk: OpenDesk) -> None:
        held = Agent(where="", actor="a", role="counter_clark", for_=None)
        with pytest.raises(UnknownName, match="counter_clerk"):
            open_desk(settings=Settings(where="", agents=(held,)))


class TestAnotherWhomOnePaysFor:
    """Who pays for another sees of them what the screens show, and no more."""

    def test_nothing_else_of_the_other_is_shown(self, desk: Desk) -> None:
        payer, insured = desk.cast.resident, desk.cast.neighbour
        visit = desk.begin("resident_payment", payer)
        visit.send(**name_and_number(insured))
        whole, views = desk.engine.store.get(visit.ref), [visit.view]
        assert whole is not None
        hidden = [insured.mobile, insured.id_number, insured.birth_date.isoformat()]
        assert insured.id_number in str(whole.answers), "it is known to the rules"
        visit.send(chosen_enrolments=[visit.row("chosen_enrolments", scheme="resident_pension")])
        views.append(visit.view)
        views.append(visit.refused(pay_mode="ordinary", chosen_enrolments=[]))
        for view in views:
            shown = f"{view.answers} {view.problems} {view.refusal} {view.events}"
            assert not [each for each in hidden if each in shown]
            if view.form is not None:
                fields = [(f.fact, f.masked) for f in view.form.fields]
                assert not [each for each in hidden if each in str(fields)]

    def test_the_other_does_not_see_the_payers_item(self, desk: Desk) -> None:
        payer, insured = desk.cast.resident, desk.cast.neighbour
        visit = desk.begin("resident_payment", payer)
        visit.send(**name_and_number(insured))
        assert desk.engine.items(actor=insured.actor) == []
        with pytest.raises(NoSuchItem):
            desk.engine.view(visit.ref, actor=insured.actor)


class TestSettings:
    """Agents are read as strictly as a book, every mistake with its line."""

    def read(self, tmp_path: Path, text: str) -> Settings:
        path = tmp_path / "settings.yaml"
        path.write_text(text, "utf-8")
        return Settings.read(path)

    def test_agents_and_callback_keys_are_read(self, tmp_path: Path) -> None:
        found = self.read(
            tmp_path,
            "agents:\n"
            "  - {actor: clerk-7, role: counter_clerk, for: any, until: 2026-12-31}\n"
            "  - {actor: aunt, role: village_helper, for: [p0001], from: 2025-01-01}\n"
            "callbacks:\n"
            f"  - {{port: gateway, id: k1, secret: {'A' * 43}=}}\n"
            f"  - {{port: gateway, id: k2, public: {'A' * 43}=, minutes: 10}}\n",
        )
        assert [each.for_ for each in found.agents] == [None, ("p0001",)]
        assert [each.minutes for each in found.callbacks] == [5, 10]
        assert "secret" not in repr(found), "a key is in no log"

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("agents: [{actor: a, role: r}]", "missing_key"),
            ("agents: [{actor: a, role: r, for: all}]", "not_a_list"),
            (
                "agents: [{actor: a, role: r, for: any, from: 2025-02-01, until: 2025-01-31}]",
                "ends_before_it_begins",
            ),
            ("callbacks: [{port: gateway, id: k}]", "not_one_shape"),
            (f"callbacks: [{{port: g, id: k, secret: {'A' * 43}=, minutes: 0}}]", "bad_value"),
            ("callbacks: [{port: g, id: k, secret: c2hvcnQ=}]", "not_a_key"),
        ],
    )
    def test_a_mistake_is_told_with_its_line(self, tmp_path: Path, text: str, code: str) -> None:
        with pytest.raises(RulebookError) as caught:
            self.read(tmp_path, text + "\n")
        assert [(each.code, each.line) for each in caught.value.problems] == [(code, 1)]

    def test_a_key_that_stands_there_twice(self, tmp_path: Path) -> None:
        key = f"{{port: gateway, id: k1, secret: {'A' * 43}=}}"
        with pytest.raises(RulebookError, match="twice"):
            self.read(tmp_path, f"callbacks: [{key}, {key}]\n")


class TestTheCommand:
    """Roles are shown, and their schema is an editor's."""

    def test_roles_are_shown(self) -> None:
        said = CliRunner().invoke(app, ["show", "roles", "--lang", "en"])
        assert said.exit_code == 0
        for words in ("village_helper", "clerk at the counter", "start, go on with and see"):
            assert words in said.output
        assert "card_number, id_last_four" in said.output, "what is left to the person"

    def test_an_editor_knows_their_keys(self) -> None:
        said = CliRunner().invoke(app, ["schema", "roles"])
        role = json.loads(said.stdout)["$defs"]["Role"]
        assert {"label", "evidence", "may", "never"} == set(role["properties"])


class TestTheDocument:
    """What docs/who.md shows is read and run."""

    TEXT = (Path(__file__).parents[2] / "docs" / "who.md").read_text("utf-8")

    def blocks(self, language: str) -> list[str]:
        return re.findall(rf"^```{language}\n(.*?)^```$", self.TEXT, re.DOTALL | re.MULTILINE)

    def test_its_settings_are_sound(self, tmp_path: Path) -> None:
        [text] = self.blocks("yaml")
        path = tmp_path / "settings.yaml"
        path.write_text(text, "utf-8")
        found = Settings.read(path)
        assert {each.role for each in found.agents} <= set(BOOK.contents.roles)
        assert [(each.port, each.id) for each in found.callbacks] == [
            ("gateway", "k1"),
            ("gateway", "k2"),
        ]

    def test_its_body_is_one_that_is_read(self) -> None:
        [text] = self.blocks("json")
        assert set(json.loads(text)) == _KEYS

    def test_its_findings_are_all_there_are(self) -> None:
        source = inspect.getsource(reconciling)
        codes = set(re.findall(r'(?:PERSON|SETTLED), f?"([a-z_]+)', source))
        codes |= set(re.findall(r'_open\(of, "(\w+)"', source))
        codes = {each.rstrip("_") for each in codes}
        assert codes == set(re.findall(r"^\| `(\w+)`", self.TEXT, re.MULTILINE))
