"""The embedded bureau: every answer of every verb, one answer to one key, and its moods."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bureau_more_scenes import SCENES, card, code
from bureau_scenes import DUE, declare
from bureau_world import World, contents, sums_after, world
from sstibet.bureau.office import says
from sstibet.bureau.plain import fen
from sstibet.engine.ports import CallsBack, Reply, Unavailable
from sstibet.items.documents import Verb

CONTENTS = contents()
VERBS: dict[str, Verb] = {
    f"{port}.{verb}": rules
    for port, each in CONTENTS.ports.items()
    for verb, rules in each.verbs.items()
}
ANSWERS = [(verb, answer) for verb, rules in VERBS.items() for answer in rules.answers]


@pytest.fixture
def here() -> Iterator[World]:
    """A bureau in memory."""
    made = world()
    yield made
    made.bureau.close()


@pytest.fixture
def on_file(tmp_path: Path) -> Iterator[World]:
    """A bureau on a file."""
    made = world(tmp_path / "desk.db")
    yield made
    made.bureau.close()


class TestThePortsOfTheBook:
    """The bureau answers all that ports.yaml lists, and nothing else."""

    @pytest.mark.parametrize("verb", VERBS)
    def test_a_verb_takes_what_it_needs_and_may_need(self, here: World, verb: str) -> None:
        port, _, name = verb.partition(".")
        found = inspect.signature(getattr(here.bureau.port(port), name)).parameters
        named = {k: v for k, v in found.items() if v.kind is v.KEYWORD_ONLY}
        needs = {k for k, v in named.items() if v.default is v.empty}

        assert needs == set(VERBS[verb].needs)
        assert set(named) - needs == set(VERBS[verb].may_need)
        assert VERBS[verb].takes_any == any(v.kind is v.VAR_KEYWORD for v in found.values())

    def test_there_are_no_other_ports_or_verbs(self, here: World) -> None:
        found = {
            f"{name}.{verb}": port.is_later(f"{name}.{verb}")
            for name, port in here.bureau._office.ports.items()
            for verb in port.verbs()
        }

        assert found == {verb: rules.later for verb, rules in VERBS.items()}

    def test_each_answer_has_a_scene_and_each_scene_an_answer(self) -> None:
        assert set(SCENES) == set(ANSWERS)

    def test_a_port_that_answers_later_has_callbacks(self, here: World) -> None:
        later = {verb.partition(".")[0] for verb, rules in VERBS.items() if rules.later}

        assert {
            n for n, port in here.bureau.ports().items() if isinstance(port, CallsBack)
        } == later

    def test_each_refusal_is_an_answer_with_its_facts(self) -> None:
        for verb, (answer, facts) in says()["refusals"].items():
            rules = VERBS[verb].answers[answer]
            # The agency adds the day on which it decides.
            assert set(facts) | {"decided_on"} == set(rules.gives) | {"decided_on"}, verb


class TestEveryAnswer:
    """Every answer of every verb comes about, in memory and on a file, with the facts it gives."""

    @pytest.mark.parametrize(("verb", "answer"), ANSWERS)
    def test_in_memory(self, here: World, verb: str, answer: str) -> None:
        _play(here, verb, answer)

    @pytest.mark.parametrize(("verb", "answer"), ANSWERS)
    def test_on_a_file(self, on_file: World, verb: str, answer: str) -> None:
        _play(on_file, verb, answer)


def _play(here: World, verb: str, answer: str) -> None:
    """The scene's answer brings the facts that it gives, readable; asked again under its key, the
    verb answers as it did, and nothing else changes."""
    reply = SCENES[verb, answer](here)
    rules = VERBS[verb].answers[answer]

    assert reply.answer == answer
    wanted = {*rules.gives, *rules.confirms}
    assert wanted <= set(reply.facts) <= {*wanted, *rules.may_give}
    for name, value in reply.facts.items():
        CONTENTS.dictionary.read(name, value)

    again = [each for each in (here.last,) if each is not None and each[0] == verb]
    for asked, call, facts in again:
        before = here.state()
        first = here.send(asked, call, facts)
        assert here.send(asked, call, facts) == first
        assert first.answer in VERBS[verb].answers
        assert here.state() == before


class TestOneKey:
    """The same key answers the same, and does nothing again."""

    def test_a_second_payment_under_one_key_charges_nothing(self, here: World) -> None:
        here.bureau.tell("gateway", "prompt")
        replies = [here.ask("gateway.charge_qr", key="k", amount_due=DUE) for _ in range(3)]

        assert replies[0] == replies[1] == replies[2]
        assert here.bureau.money() == sums_after(fen(DUE))

    def test_another_process_answers_the_key_the_same(self, tmp_path: Path) -> None:
        first = world(tmp_path / "desk.db")
        said = first.ask("ledger.declare", key="k", **_declared(first))
        second = world(tmp_path / "desk.db")

        assert second.ask("ledger.declare", key="k", **_declared(second)) == said
        assert len(second.ask("ledger.open_declarations").facts["declarations"]) == 1

    def test_a_callback_is_told_again_to_whoever_asks_again(self, here: World) -> None:
        card(here)
        told = here.ready("gateway")
        assert here.ready("gateway") == []
        assert here.last is not None

        assert here.send(*here.last) == Reply("accepted", {})
        assert here.ready("gateway") == told

    def test_a_callback_that_its_taker_broke_down_over_comes_again(self, here: World) -> None:
        card(here)
        taker = here.bureau.port("gateway").ready(here.clock.now())  # type: ignore[attr-defined]  # a port is any object
        first = next(taker)
        taker.close()

        assert here.ready("gateway") == [first]


def _declared(here: World) -> dict[str, Any]:
    line = here.line(here.cast.resident, "resident_pension", "200.00", coverage_year=2025)
    return {"declaration_lines": (line,), "amount_due": DUE}


class TestMoods:
    """The bureau behaves as it was told, for as long as it was told, for every process."""

    def test_later_waits_until_somebody_looks(self, here: World) -> None:
        code(here)
        assert here.ask("gateway.query").answer == "pending"

        assert here.final("gateway").answer == "succeeded"

    def test_slow_takes_so_many_seconds(self, here: World) -> None:
        here.bureau.tell("gateway", "slow", seconds=90)
        code(here)
        here.clock.at += 89
        assert here.ready("gateway") == []
        here.clock.at += 1

        assert here.final("gateway").answer == "succeeded"

    def test_late_is_done_at_once_and_told_later(self, here: World) -> None:
        here.bureau.tell("gateway", "late", seconds=90)
        code(here)
        assert (here.ready("gateway"), here.ask("gateway.query").answer) == ([], "succeeded")
        here.clock.at += 90

        assert here.final("gateway").answer == "succeeded"

    def test_never_is_done_and_told_nobody(self, here: World) -> None:
        here.bureau.tell("gateway", "never")
        code(here)
        here.clock.at += 10**7

        assert here.ready("gateway") == []
        assert here.ask("gateway.query").answer == "succeeded"

    def test_twice_is_told_twice(self, here: World) -> None:
        here.bureau.tell("gateway", "twice")
        code(here)
        told = [here.ready("gateway") for _ in range(3)]

        assert len(told[0]) == 1
        assert told == [told[0], told[0], []]

    def test_early_is_told_before_the_verb_has_answered(self, here: World) -> None:
        heard: list[tuple[str, str, Reply]] = []
        here.bureau.on_early = lambda *told: heard.append(told)
        here.bureau.tell("gateway", "early")
        answer = here.ask("gateway.charge_qr", key="k", amount_due=DUE)

        assert answer.answer == "ready"
        assert [(port, key, reply.answer) for port, key, reply in heard] == [
            ("gateway", "k", "succeeded")
        ]
        assert here.ready("gateway") == []

    def test_down_does_nothing(self, here: World) -> None:
        before = here.state()
        here.bureau.tell("ledger.declare", "down", times=1)
        with pytest.raises(Unavailable):
            declare(here)
        assert here.state() == before

        assert declare(here).answer == "declared"

    def test_a_lost_reply_is_found_under_its_key(self, here: World) -> None:
        here.bureau.tell("ledger", "lost_reply", times=1)
        with pytest.raises(ConnectionError):
            here.ask("ledger.declare", key="k", **_declared(here))

        assert here.ask("ledger.declare", key="k", **_declared(here)).answer == "declared"

    def test_a_verbs_own_mood_comes_before_its_ports(self, here: World) -> None:
        here.bureau.tell("*", "down")
        here.bureau.tell("gateway", "lost_reply")
        with pytest.raises(ConnectionError):
            here.ask("gateway.query")
        with pytest.raises(Unavailable):
            here.ask("registry.myself")

    def test_usual_takes_it_back(self, here: World) -> None:
        here.bureau.tell("gateway", "refuse")
        here.bureau.tell("gateway", "never")
        here.bureau.tell("gateway", "usual")
        code(here)

        assert here.final("gateway").answer == "succeeded"

    def test_a_reason_is_handed_on(self, here: World) -> None:
        here.bureau.tell("gateway.charge_card", "refuse", reason="卡已挂失")
        card(here)

        assert here.final("gateway") == Reply("declined", {"decline_reason": "卡已挂失"})

    @pytest.mark.parametrize("verb", sorted(says()["refusals"]))
    def test_whatever_can_refuse_refuses(self, here: World, verb: str) -> None:
        answer, _ = says()["refusals"][verb]
        here.bureau.tell(verb, "refuse")
        here.bureau.tell(verb, "prompt")
        # A scene's own helpers may insist on another answer; the call was made all the same.
        with contextlib.suppress(AssertionError):
            SCENES[verb, next(iter(VERBS[verb].answers))](here)

        assert here.last is not None
        assert here.last[0] == verb
        assert here.send(*here.last).answer == answer

    def test_another_process_sees_it(self, tmp_path: Path) -> None:
        first, second = world(tmp_path / "desk.db"), world(tmp_path / "desk.db")
        first.bureau.tell("registry", "down", times=1)
        with pytest.raises(Unavailable):
            second.ask("registry.myself")

        assert first.ask("registry.myself").answer == "found"

    @pytest.mark.parametrize(
        ("verb", "mood"),
        [("gateway.charge", "down"), ("gateway", "sleepy"), ("ledger.release", "refuse")],
    )
    def test_what_does_not_exist_is_refused(self, here: World, verb: str, mood: str) -> None:
        with pytest.raises(ValueError, match=r"there is no|has no answer"):
            here.bureau.tell(verb, mood)
