"""The whole engine under the simulator: 2,000 seeds, 100,000 with ``SSTIBET_SOAK=1``, counted from
``SSTIBET_SEED`` on; and mutants, which show that it sees what it looks for.

A seed that breaks a law is told with a command of one line that plays it again, shrunk.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sstibet.engine.ports import Clock
from sstibet.testing.simulation import BureauOutside, Holding, Parts, shrink, simulate
from sstibet.testing.simulation.__main__ import main
from sstibet.testing.simulation.laws import LAWS
from sstibet.testing.simulation.mutants import MUTANTS
from sstibet.testing.simulation.planning import plan
from sstibet.testing.simulation.running import places, ranges

SOAK = os.environ.get("SSTIBET_SOAK") == "1"
FIRST = 1_000_000 * int(os.environ.get("SSTIBET_SEED", "1"))
SEEDS, AT_ONCE = (100_000, 1_000) if SOAK else (2_000, 100)
MOST = 300  # seeds in which a mutant is seen
# A mutant's shrunk history has at most so many of some 90 decisions.
SHORT = 25
ALONE = Parts(network=False, agents=())  # what stands beside the rest in some seeds is left out


@pytest.mark.parametrize("parts", [ALONE, Parts()], ids=["alone", "beside"])
@pytest.mark.parametrize("seed", [1000551, 5014925, 9000520, 9002244])
def test_seeds_that_once_broke_a_law_hold_it(seed: int, parts: Parts) -> None:
    """Money charged and never booked; a second too late, twice; an end told twice and complained
    of: each was a fault of the engine that is mended. The faults were found before there was a
    network or an agent, and without them a seed plays as it did then."""
    assert simulate(seed, parts).broken is None


def test_a_seed_that_broke_a_law_beside_holds_it() -> None:
    """A deadline fired before it came, by a clock that was put back."""
    assert simulate(30002610).broken is None


@pytest.mark.parametrize("first", range(FIRST, FIRST + SEEDS, AT_ONCE))
def test_every_law_holds_for_every_seed(first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        outcome = simulate(seed)
        if outcome.broken is not None:
            pytest.fail(shrink(outcome).report, pytrace=False)


class TestMutants:
    """With a safeguard switched off, the law that it keeps is broken."""

    @pytest.mark.parametrize("name", MUTANTS)
    def test_each_is_seen_by_the_law_that_it_breaks(self, name: str) -> None:
        mutant = MUTANTS[name]
        outcomes = (simulate(seed, mutant.parts, mutant=name) for seed in range(MOST))
        broken = next((each for each in outcomes if each.broken is not None), None)
        assert broken is not None, f"{MOST} seeds didn't show it"
        assert broken.broken is not None
        assert broken.broken.law in mutant.laws, broken.report
        assert simulate(broken.seed).broken is None, "it is the mutant's fault"

    def test_every_law_is_broken_by_one(self) -> None:
        assert {law for mutant in MUTANTS.values() for law in mutant.laws} == set(LAWS)

    @pytest.mark.parametrize("name", ["no_version_check", "no_idempotency_row", "too_late"])
    def test_what_broke_a_law_is_shrunk_and_played_again(
        self, name: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        parts = MUTANTS[name].parts
        outcomes = (simulate(seed, parts, mutant=name) for seed in range(MOST))
        broken = next(each for each in outcomes if each.broken is not None)
        least = shrink(broken, parts)
        assert least.broken is not None
        assert broken.broken is not None
        assert least.broken.law == broken.broken.law
        assert len(least.events) < min(SHORT, len(broken.events))
        assert "\n" not in least.command
        words = least.command.split()
        assert words[:3] == ["python", "-m", "sstibet.testing.simulation"]
        assert main(words[3:]) == 1
        assert capsys.readouterr().out == f"{least.report}\n"


class TestSeeds:
    """The same seed plays the same, byte for byte, wherever it is played."""

    def test_in_another_process(self) -> None:
        script = (
            "from sstibet.testing.simulation import simulate\n"
            "import sys\n"
            "sys.stdout.write(''.join(simulate(seed).text for seed in range(6)))"
        )
        here = "".join(simulate(seed).text for seed in range(6))
        for hashes in ("1", "2"):
            there = subprocess.run(
                [sys.executable, "-c", script],
                env={**os.environ, "PYTHONHASHSEED": hashes, "PYTHONIOENCODING": "utf-8"},
                capture_output=True, text=True, encoding="utf-8", timeout=120, check=True,
            )  # fmt: skip
            assert there.stdout == here

    def test_other_seeds_play_otherwise(self) -> None:
        assert len({simulate(seed).text for seed in range(10)}) == 10

    def test_they_do_what_they_are_for(self) -> None:
        """Not by being idle: of some seeds most have work, and some have every trouble."""
        outcomes = [simulate(seed) for seed in range(60)]
        assert sum(each.charged > 0 for each in outcomes) > 10
        assert sum(each.steps for each in outcomes) > 60 * 12
        said = "".join(each.text for each in outcomes)
        for trouble in (
            "is killed", "the disk is full", "(lost)", "cannot be reached", "is lost", "is twice",
            "ends with KeyInFlight", "has written", "about to write", "about to ask",
            "ends with FullError", "deadline",
            # over the network, and for others
            "is taken", "is known", "is refused: its time is over", "is refused: about another",
            "is refused: signed by somebody else", "is refused: an old signature",
            "is refused: its amount is altered", " by agent-", "isn't theirs", "in_person",
        ):  # fmt: skip
            assert trouble in said, trouble


class TestEvents:
    """A history may be played in part."""

    def test_places_are_written_as_ranges(self) -> None:
        for these in ((), (0,), (0, 1, 2), (0, 2, 3, 9), tuple(range(40))):
            assert tuple(places(ranges(these) or "none")) == these

    @pytest.mark.parametrize("text", ["", "x", "1-", "1-x", "1,,2"])
    def test_what_is_no_range_is_refused(self, text: str) -> None:
        with pytest.raises(SystemExit, match="2"):
            main(["--seed", "1", "--events", text])

    def test_all_of_them_are_the_whole(self) -> None:
        every = range(len(plan(3).decisions))
        assert simulate(3, events=every) == simulate(3)

    def test_none_of_them_does_nothing(self) -> None:
        assert simulate(3, events=()).history == ()


def test_the_command_plays_many_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "5", "--seeds", "3"]) == 0
    assert capsys.readouterr().out == "3 seeds from 5 on: 0 broke a law\n"


@pytest.mark.parametrize("seed", range(8))
def test_what_stands_beside_a_seed_changes_nothing_else(seed: int) -> None:
    """The network and the agents are drawn from a stream of their own."""
    whole = plan(seed)
    beside = ("forge", "post", "agent")
    events = [n for n, (name, *_) in enumerate(whole.decisions) if name not in beside]
    alone = simulate(seed, ALONE)
    assert simulate(seed, ALONE, events=events).history == alone.history
    if not whole.network and not whole.agents:
        assert simulate(seed).history == alone.history


def test_an_embedder_simulates_items_of_their_choice() -> None:
    outcome = simulate(1, Parts(items=("paid_query",)))
    assert outcome.broken is None
    assert "start paid_query" in outcome.text
    assert "resident_payment" not in outcome.text


class _Inside:
    """What stands outside, with a gateway that can't sign."""

    def __init__(self, clock: Clock) -> None:
        inner = BureauOutside(clock)
        self.ports, self.people = inner.ports, inner.people
        self.disturb, self.calm, self.on_early = inner.disturb, inner.calm, inner.on_early
        self.money, self.live_payments, self.close = inner.money, inner.live_payments, inner.close


def test_a_gateway_that_cannot_sign_calls_back_inside() -> None:
    told = [(simulate(seed), simulate(seed, Parts(outside=_Inside))) for seed in range(6)]
    assert any("a letter about" in signed.text for signed, _ in told)
    assert not any("a letter about" in inside.text for _, inside in told)
    assert all(inside.broken is None for _, inside in told)


def test_an_embedder_says_who_acts_for_others() -> None:
    """By roles of their own book; one that it doesn't have is left out."""
    held = (Holding("agent-own", "counter_clerk", None), Holding("agent-none", "captain", None))
    said = "".join(simulate(seed, Parts(agents=held)).text for seed in range(6))
    assert " by agent-own for " in said
    assert "agent-none" not in said
