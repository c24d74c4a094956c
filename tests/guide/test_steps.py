"""No step of the guide is unproved, none is made up, and the demo plays every one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from guide_kit import Desk

import sstibet
from sstibet.cli import run
from sstibet.cli.demo import guide
from sstibet.cli.scenes import Scene, Stage, load_scenes

HERE = Path(__file__).parent
STEPS = {
    id_: item
    for line in (HERE / "steps.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
    for id_, item, _ in [line.split("\t")]
}


def claims(text: str) -> set[str]:
    """The ids in ``@proves(…)`` over the tests of a file."""
    return {
        argument.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        for mark in node.decorator_list
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name)
        if mark.func.id == "proves"
        for argument in mark.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def test_every_step_is_proved_and_none_is_unknown() -> None:
    """The guide's list is what the tests prove, no more and no less."""
    claimed = {step for file in HERE.glob("test_*.py") for step in claims(file.read_text("utf-8"))}

    assert sorted(claimed) == sorted(STEPS)
    assert len(STEPS) == 62


def test_a_claim_counts_only_over_a_test() -> None:
    """What a helper says it proves is no proof."""
    assert claims('@proves("A1.1", "A1.2")\ndef test_it(): ...\n') == {"A1.1", "A1.2"}
    assert claims('@proves("A1.1")\ndef helper(): ...\n# @proves("A1.2")\n') == set()


def test_the_machines_name_exactly_the_steps_of_the_guide() -> None:
    """Every id stands at a way of the machine that the guide's list names for it."""
    named: dict[str, set[str]] = {}
    for item, rules in sstibet.load().contents.items.items():
        for state in rules.states.values():
            for on in state.on.values():
                for way in on.all_ways:
                    for step in way.steps:
                        named.setdefault(step, set()).add(item)

    assert sorted(named) == sorted(STEPS)
    assert [step for step, item in STEPS.items() if item not in named[step]] == []


@pytest.fixture(scope="module")
def played() -> Stage:
    """The demo's scenes, all played."""
    return guide.play(sstibet.load())


@pytest.mark.parametrize("name", load_scenes().scenes)
def test_each_scene_comes_out_as_it_says(name: str, played: Stage) -> None:
    """A scene ends in its state and takes its steps."""
    assert played.played[name].faults == ()


def test_the_demo_tells_every_step_and_all_are_right(played: Stage) -> None:
    """A line for each id, in the guide's order."""
    told = list(guide.tell(played, "zh"))

    assert [each.step for each in told] == list(STEPS) == list(played.scenes.steps)
    assert [each.line for each in told if not each.right] == []
    assert next(each.line for each in told if each.step == "P1.5").endswith("(应缴 900.00)  ok")


def test_the_demo_tells_a_step_that_was_not_taken() -> None:
    """Which ids were taken is read from the history: a scene that stops early fails its steps."""
    desk = Desk.open()
    scenes = load_scenes()
    whole = scenes.scenes["registers"]
    short = Scene(item="register", by="nobody", acts=whole.acts[:1], ends="registered",
                  takes=whole.takes, where="")  # fmt: skip
    planted = type(scenes)(at=scenes.at, steps=("U1.1", "U1.3"), scenes={"short": short}, where="")

    stage = Stage(desk.engine, planted)
    stage.play_all()
    told = {each.step: each for each in guide.tell(stage, "en")}

    assert not told["U1.3"].right
    assert "FAILED" in told["U1.3"].line
    assert not told["U1.1"].right, "its scene did not end as it must"
    assert stage.played["short"].faults == (
        "ends in 'entering_code', not in 'registered'",
        "did not take U1.2, U1.3",
    )
    desk.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_command_shows_every_step(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    """``sstibet demo``: the premiums as before, then a line for each id with ok, exit 0."""
    assert run(["demo", "--lang", language]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert "All 26 steps came out as they must." in lines
    told = [line for line in lines if line.partition(" ")[0] in STEPS]
    assert [line.partition(" ")[0] for line in told] == list(STEPS)
    assert [line for line in told if not line.endswith("  ok")] == []
    assert f"All {len(STEPS)} steps of the guide were taken." in lines
    words = {"zh": "社保费正常缴费退费申请", "en": "refund of premiums"}
    assert words[language] in next(line for line in told if line.startswith("R1.7"))


def test_the_command_fails_where_a_step_is_not_taken(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One scene less: its steps are told as failed, and the exit status is 1."""
    whole = load_scenes()
    fewer = {name: scene for name, scene in whole.scenes.items() if name != "views_profile"}
    planted = type(whole)(at=whole.at, steps=whole.steps, scenes=fewer, where="")
    monkeypatch.setattr(guide, "load_scenes", lambda: planted)

    assert run(["demo", "--lang", "en"]) == 1
    out = capsys.readouterr().out
    assert "U3.1  not taken  FAILED" in out
    assert "1 came out otherwise: U3.1" in out


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"eval": "1+1"}, "none of the values"),
        ({"person": "resident", "field": "name", "more": "x"}, "none of the values"),
        ({"row": {"scheme": "nothing"}}, "no row of 'user_name'"),
    ],
)
def test_a_scene_has_no_other_values_than_the_closed_ones(value: object, said: str) -> None:
    """What isn't in the vocabulary is a fault of the scene, told by its act."""
    desk = Desk.open()
    act = type(load_scenes().scenes["registers"].acts[0])(
        send="submit", with_={"user_name": value}, where=""
    )
    scene = Scene(item="register", by="nobody", acts=(act,), ends="registered", where="")
    scenes = type(load_scenes())(at="", steps=(), scenes={"odd": scene}, where="")

    [fault] = Stage(desk.engine, scenes).play("odd").faults

    assert "act 1 (submit)" in fault
    assert said in fault
    desk.close()
