"""The second opinion's exporter and selector: each fault of durable-rules is shown bare, and kept
out; conditions of every shape say the same there and here."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import sstibet
from engine_kit import AT, BOOK, DAY, an_event, an_item, book_of, decider_of
from sstibet.deciding import BookFault, Machine, choosing, decider
from sstibet.deciding.machine import WayPlan
from sstibet.deciding.working import Stopped, Workbench
from sstibet.durable import (
    Chosen,
    Disagreement,
    DurableMissing,
    DurableOpinion,
    Selector,
    TooMuch,
    Unfit,
    export,
)
from sstibet.durable.missing import what_to_do
from sstibet.known import Known
from sstibet.stores.snapshot import dump
from sstibet.stores.sqlite import SqliteStore
from sstibet.testing.samples import Samples

ROOT = Path(__file__).parents[1]
NEEDS_IT = pytest.mark.skipif(
    sys.version_info >= (3, 13), reason="durable-rules can't be imported by this Python"
)
_WAYS = "{ways: [{when: [yes], to: t}, {when: [many], unless: [one], to: u}, {to: s}]}"
TRIAL = """
initial: s
events: {submit: {label: {zh: 提交, en: submit}}}
conditions:
  yes: {label: {zh: 是, en: so}, holds: {fact: consent, test: is, value: yes}}
  many: {label: {zh: 多, en: many}, holds: {fact: months, test: at_least, value: "6"}}
  one: {label: {zh: 丙, en: a third}, holds: {fact: base, test: at_most, value: "5.00"}}
states:
  s:
    on:
      submit: WAYS
  t: {ends: well, on: {submit: {to: t}}}
  u: {ends: badly, on: {submit: {to: u}}}
""".replace("WAYS", _WAYS)


def selector_of(text: str = TRIAL) -> Selector:
    """The selector of a machine."""
    machine = decider_of(trial=text).machines["trial"]
    return Selector(export(machine, BOOK.contents.dictionary))


def known_of(**answers: Any) -> Known:
    """What is known on the usual day."""
    return Workbench(BOOK.contents, "small", DAY, answers).known()


def chosen(selector: Selector, **answers: Any) -> Any:
    """The way chosen, or the outcome's name."""
    found = selector.choose("s", "submit", known_of(**answers))
    return found.way if found.outcome == "way" else found.outcome


@NEEDS_IT
class TestTheBareLibrary:
    """What the second opinion is kept from is there still, in the release that is installed."""

    def test_has_the_faults_that_the_page_tells_of(self) -> None:
        command = [sys.executable, "-m", "benchmarks.durable_faults"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        page = (ROOT / "docs" / "second-opinion.md").read_text("utf-8")
        assert done.stdout.strip() in page
        assert done.stdout.count("\n") == 11
        assert "the process dies" in done.stdout


@NEEDS_IT
class TestTheSelector:
    """Each fault is kept out."""

    def test_combines_when_and_unless_and_otherwise(self) -> None:
        selector = selector_of()
        assert chosen(selector, consent=True, months=5, base="1.00") == 0
        assert chosen(selector, consent=False, months=6, base="5.01") == 1
        assert chosen(selector, consent=False, months=6, base="5.00") == 2
        assert chosen(selector, consent=True, months=6, base="5.01") == "two"
        assert chosen(selector, months=5, base="5.00") == "missing"
        assert chosen(selector, consent=False, months=5) == 2  # whatever the base may be

    def test_survives_ten_thousand_decisions_of_which_none_fires_a_way(self) -> None:
        """A session in which nothing has fired ends the bare library's process, as does its
        1,025th."""
        selector = selector_of()
        nothing = {"kind": "ask", "one": 1, "state": "nowhere", "event": "submit"}
        assert {selector.ask(nothing).outcome for _ in range(10_000)} == {"no_way"}
        assert chosen(selector, consent=True, months=5, base="1.00") == 0

    def test_remembers_nothing_of_the_decision_before(self) -> None:
        selector = selector_of()
        for _ in range(3):
            assert chosen(selector, months=6, base="9.00") == "missing"
            assert chosen(selector, consent=False, months=6, base="9.00") == 1
            with pytest.raises(Exception, match="error code: 309"):  # there is no such session
                selector._ruleset.get_facts("only")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("fact_months", "abc"), ("fact_months", "9"), ("fact_months", True),
            ("fact_months", 1.5), ("fact_months", None), ("fact_months", 2**62),
            ("fact_months", -(2**62)), ("fact_consent", True), ("state", 1), ("state", 'a"b'),
            ("state", "a\nb"), ("state", "x" * 65), ("state", "拉萨"), ("unheard_of", 1),
            ("sid", "2"),
        ],
    )  # fmt: skip
    def test_tells_nothing_of_a_wrong_type_or_size(self, field: str, value: Any) -> None:
        selector, told = selector_of(), list[Any]()
        selector._ruleset.assert_fact = told.append
        message = {"kind": "ask", "one": 1, "state": "s", "event": "submit", field: value}
        with pytest.raises(Unfit):
            selector.ask(message)
        assert told == []

    def test_compares_the_largest_amounts_exactly(self) -> None:
        for fen in (2**53, 2**62 - 2, -(2**62) + 2):
            text = TRIAL.replace('"5.00"', f'"{sstibet.Money(fen)}"')
            selector = selector_of(text)
            for near in (fen - 1, fen, fen + 1):
                way = chosen(selector, consent=False, months=6, base=str(sstibet.Money(near)))
                assert way == (2 if near <= fen else 1), (fen, near)

    def test_starts_no_thread(self) -> None:
        before = threading.active_count()
        chosen(selector_of(), consent=True)
        assert threading.active_count() == before

    def test_is_asked_by_many_threads_at_once(self) -> None:
        selector, found = selector_of(), list[Any]()

        def ask(months: int) -> None:
            for _ in range(300):
                way = chosen(selector, consent=False, months=months, base="9.00")
                found.append((months, way))

        threads = [threading.Thread(target=ask, args=(months,)) for months in (5, 6, 5, 6)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert Counter(found) == {(5, 2): 600, (6, 1): 600}

    def test_no_text_of_a_person_is_told(self) -> None:
        text = TRIAL.replace(
            "{fact: consent, test: is, value: yes}",
            "{fact: person_name, test: is, other_fact: insured_name}",
        )
        selector, told = selector_of(text), list[str]()
        through = selector._ruleset.assert_fact

        def seen(message: Any) -> Any:
            told.append(json.dumps(message, ensure_ascii=False))
            return through(message)

        selector._ruleset.assert_fact = seen
        same = {"person_name": "格桑梅朵", "insured_name": "格桑梅朵", "months": 1, "base": "1.00"}
        assert chosen(selector, **same) == 0
        assert chosen(selector, **{**same, "insured_name": "格桑梅"}) == 2
        assert not any("格桑" in each for each in told)


@NEEDS_IT
class TestConditionsOfEveryShape:
    """Whatever a condition is made of, it is yes, no and unknown in the same cases."""

    def test_any_tree_of_conditions(self) -> None:
        rng, seen = random.Random(20251015), Counter[str]()
        for _ in range(150):
            opinion, decides = DurableOpinion(), _machine(rng)
            try:
                opinion.selector(decides.machines["trial"], BOOK.contents.dictionary)
            except TooMuch:  # it says so; nothing is taken for an opinion
                seen["too much"] += 1
                continue
            for _ in range(20):
                seen[_same(opinion, decides, rng)] += 1
        assert seen["too much"] < 15, seen
        assert min(seen[each] for each in ("way", "missing", "two", "no_way")) > 50, seen

    @pytest.mark.parametrize("item", sorted(BOOK.contents.items))
    def test_every_event_of_the_book_with_any_answers(self, item: str) -> None:
        """Answers that nobody could come to as well, and the events that a state ignores."""
        rng, decides = random.Random(item), decider(BOOK.contents, BOOK.digest)
        machine, opinion = decides.machines[item], DurableOpinion()
        samples = Samples(BOOK.contents, item)
        names = sorted(name for name in samples.read if name in BOOK.contents.dictionary.facts)
        offers = {name: samples.of(name, {}, {}, DAY) for name in names}
        for (state, event), plan in machine.plans.items():
            for _ in range(12 if len(plan.ways) > 1 else 1):
                answers = {
                    name: rng.choice(values)
                    for name, values in offers.items()
                    if values and rng.random() < 0.7
                }
                known = Workbench(BOOK.contents, "", DAY, answers).known()
                _agreed(opinion, machine, state, event, known)


def _agreed(opinion: DurableOpinion, machine: Machine, state: str, event: str, known: Known) -> str:
    """The outcome that both come to."""
    plan = machine.plans[state, event]

    def ours() -> WayPlan:
        return choosing.chosen(machine, plan, known, {})

    try:
        opinion.agree(machine, state, event, known, ours)
    except Disagreement:
        raise
    except BookFault as fault:
        return {"TwoWays": "two", "NoWay": "no_way"}[type(fault).__name__]
    except Stopped:
        return "missing"
    return "way"


_FACTS: dict[str, tuple[str, ...]] = {
    "base": ("1.00", "5.00", "5.01", "-3.20", "7066.20"),
    "monthly_due": ("5.00", "0.00"),
    "months": ("1", "6", "12"),
    "coverage_year": ("2025", "2026"),
    "consent": ("yes", "no"),
    "refund_ground": ("death", "overcharged", "paid_twice"),
    "birth_date": ("1990-01-01", "2020-02-29", "2025-10-15"),
    "declared_on": ("2025-10-15", "2026-03-31", "2026-01-01"),
    "effective_month": ("2025-01", "2025-10", "2025-12"),
    "period_to": ("2025-10", "2025-12"),
    "person_name": ("格桑梅朵", "扎西·次仁"),
    "insured_name": ("格桑梅朵", "扎西"),
}
_ALIKE = (
    ("base", "monthly_due"),
    ("effective_month", "period_to"),
    ("person_name", "insured_name"),
)
_PARAMETERS = tuple(BOOK.contents.periods.parameters)
_ORDERED = ("is", "is_not", "below", "at_most", "at_least", "above")


def _condition(rng: random.Random, depth: int) -> dict[str, Any]:
    """A random condition."""
    if depth and rng.random() < 0.6:
        word = rng.choice(("all", "any", "not"))
        if word == "not":
            return {"not": _condition(rng, depth - 1)}
        return {word: [_condition(rng, depth - 1) for _ in range(rng.choice((1, 2, 3)))]}
    what = rng.random()
    if what < 0.3:
        return _of_rows(rng)
    if what < 0.5:
        left, right = rng.choice(_ALIKE)
        tests = ("is", "is_not") if left == "person_name" else _ORDERED
        return {"fact": left, "test": rng.choice(tests), "other_fact": right}
    if what < 0.6:
        window = rng.choice(("resident_medical", "resident_medical_late"))
        return {"fact": "declared_on", "test": "in_window", "window": window}
    if what < 0.7:
        test = rng.choice(_ORDERED)
        return {"fact": "months", "test": test, "parameter": rng.choice(_PARAMETERS)}
    fact = rng.choice(sorted(_FACTS))
    kind = BOOK.contents.dictionary.facts[fact].kind
    if rng.random() < 0.2 and kind != "yes_no":
        some = rng.sample(_FACTS[fact], 2)
        return {"fact": fact, "test": rng.choice(("one_of", "none_of")), "value": some}
    plain = kind in ("code", "yes_no", "person_name")
    test = rng.choice(("is", "is_not") if plain else _ORDERED)
    return {"fact": fact, "test": test, "value": rng.choice(_FACTS[fact])}


def _of_rows(rng: random.Random) -> dict[str, Any]:
    that = {"field": "booked_in", "test": "is", "value": "yes"}
    rows = {"fact": "payments", "that": that}
    word, test = rng.choice(("every", "some", "count", "sum")), rng.choice(_ORDERED)
    if word == "count":
        return {"count": rows, "test": test, "value": rng.choice(("0", "1", "2"))}
    if word == "sum":
        return {"sum": {**rows, "column": "amount"}, "test": test, "value": "400.00"}
    return {word: rows}


def _machine(rng: random.Random) -> Any:
    """A machine with random conditions and ways; two may hold, or none."""
    names = ("a", "b", "c")
    conditions = {
        name: {"label": {"zh": name, "en": name}, "holds": _condition(rng, 2)} for name in names
    }
    ways: list[dict[str, Any]] = []
    for to in ("s", "t")[: rng.choice((1, 2))]:
        picked = rng.sample(names, rng.choice((1, 2)))
        cut = rng.choice((0, 1))
        way = {"to": to, "when": picked[cut:], "unless": picked[:cut]}
        ways.append({key: value for key, value in way.items() if value})
    if rng.random() < 0.5:
        ways.append({"to": "s"})
    states = {
        "s": {"on": {"submit": {"ways": ways}}},
        "t": {"ends": "well", "on": {"submit": {"to": "t"}}},
    }
    text = json.dumps(
        {
            "initial": "s", "events": {"submit": {"label": {"zh": "交", "en": "submit"}}},
            "conditions": conditions, "states": states,
        },
        ensure_ascii=False,
    )  # fmt: skip
    yaml = "\n".join(f"{key}: {json.dumps(value)}" for key, value in json.loads(text).items())
    return decider_of(trial=yaml)


def _same(opinion: DurableOpinion, decides: Any, rng: random.Random) -> str:
    """The outcome that both come to for random answers."""
    dictionary = BOOK.contents.dictionary
    answers: dict[str, Any] = {
        name: dictionary.facts[name].parse_text(rng.choice(values))
        for name, values in _FACTS.items()
        if rng.random() < 0.75
    }
    answers = {name: _plain(value) for name, value in answers.items()}
    if rng.random() < 0.8:
        answers["payments"] = [_payment(rng, n) for n in range(rng.choice((0, 1, 2, 3)))]
    known = Workbench(BOOK.contents, "", DAY, answers).known()
    return _agreed(opinion, decides.machines["trial"], "s", "submit", known)


def _plain(value: Any) -> Any:
    return value if isinstance(value, (int, str)) else str(value)


def _payment(rng: random.Random, number: int) -> dict[str, Any]:
    row = {"payment": f"p{number}", "amount": rng.choice(("400.00", "200.00")), "booked_in": True}
    if rng.random() < 0.3:
        row["booked_in"] = False
    if rng.random() < 0.2:
        del row[rng.choice(("amount", "booked_in"))]
    return row


class Contrary(DurableOpinion):
    """An opinion whose other engine is wrong, until it is told to be right."""

    contrary = True

    def _asked(self, machine: Machine, state: str, event: str, known: Known) -> Any:
        said = super()._asked(machine, state, event, known)
        return Chosen("way", 7) if self.contrary else said


@NEEDS_IT
class TestAnEngineWithASecondOpinion:
    """A step on which the two differ is not taken."""

    def test_takes_no_step_on_which_the_two_differ(self, caplog: pytest.LogCaptureFixture) -> None:
        text = TRIAL.replace(_WAYS, "{to: t}")
        book, opinion = book_of(trial=text), Contrary()
        desk = sstibet.Engine(book, store=SqliteStore(None), ports={}, opinion=opinion)
        view = desk.start("trial", actor="p")
        before = dump(desk.store.get(view.ref))
        with pytest.raises(Disagreement, match="trial: submit in s"):
            desk.send(view.ref, "submit", actor="p")
        assert "the second opinion differs: trial: submit in s" in caplog.text
        assert dump(desk.store.get(view.ref)) == before
        assert [line.version for line in desk.store.history(view.ref)] == [0]  # the begin
        opinion.contrary = False
        assert desk.send(view.ref, "submit", actor="p").version == 1

    def test_a_form_and_its_payload_come_first(self) -> None:
        """The whole of an item, by the embedded bureau; nothing differs, and nobody is asked where
        the answers are wrong."""
        desk = sstibet.Engine.open(second_opinion=True, clock=sstibet.SetClock(AT))
        person = desk.bureau.cast().resident
        view = desk.start("resident_payment", actor=person.actor)
        assert desk.send(view.ref, "submit", {"insured_name": 7}, actor=person.actor).refused
        who = {"insured_name": person.name, "insured_id_number": person.id_number}
        after = desk.send(view.ref, "submit", who, actor=person.actor)
        assert (after.refused, after.state) == (False, "choosing_enrolments")
        desk.close()

    def test_an_other_engine_that_breaks_is_no_agreement(self) -> None:
        opinion = DurableOpinion()
        decides = decider(book_of(trial=TRIAL).contents, "small", opinion)
        selector = opinion.selector(decides.machines["trial"], BOOK.contents.dictionary)
        selector._fields.pop("fact_months")
        item = an_item(consent=True, months=3, base="1.00")
        with pytest.raises(Disagreement, match="the other engine Unfit"):
            decides.decide(item, an_event("submit"))


class TestTheExport:
    """``sstibet export-durable``."""

    def test_is_data_that_the_other_engine_takes(self) -> None:
        command = [sys.executable, "-m", "sstibet", "export-durable", "payment"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        rules = json.loads(done.stdout)["payment"]
        machine = decider(BOOK.contents, BOOK.digest).machines["payment"]
        ways = {
            f"{state}/{event}/{n}"
            for (state, event), plan in machine.plans.items()
            for n in range(len(plan.ways))
        }
        assert {name for name in rules if not name.endswith("!")} == ways | {"touch"}
        assert all(list(rule) == ["all", "run"] for rule in rules.values())

    def test_needs_no_other_engine(self) -> None:
        program = "import sys; sys.modules['durable'] = None\nfrom sstibet.cli import run\n"
        program += "sys.exit(run(['export-durable', 'login']))"
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    def test_of_no_item_says_which_was_meant(self, capsys: pytest.CaptureFixture[str]) -> None:
        from sstibet.cli import run

        assert run(["export-durable", "paymnt"]) == 2
        assert "payment" in capsys.readouterr().err


class TestWhereItIsNotInstalled:
    """The error says why, and what to do."""

    def test_the_extra_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "durable", None)
        with pytest.raises(DurableMissing, match=r"pip install 'sstibet\[durable\]'"):
            sstibet.Engine.open(second_opinion=True)

    @pytest.mark.parametrize("version", [(3, 13), (3, 14), (4, 0)])
    def test_a_python_that_is_too_new_is_named(self, version: tuple[int, int]) -> None:
        said = what_to_do(version, ImportError("x"))
        assert f"by Python {version[0]}.{version[1]}:" in said
        assert "older than 3.13" in said
        assert "pip install 'sstibet[durable]'" in said
