"""Any slip of the pen in a shipped YAML file is found, or does no harm.

``make test`` tries every slip of a sample of nodes; ``SSTIBET_SOAK=1`` every slip of every node of
every file. ``SSTIBET_SEED`` chooses another sample.
"""

from __future__ import annotations

import os
import random
from functools import cache

import mutations as slips
import pytest
from grid import Question, asked, grid
from questions import ROOTS
from workshop import Workshop

SOAK = os.environ.get("SSTIBET_SOAK") == "1"
SEED = int(os.environ.get("SSTIBET_SEED", "1"))
NODES = 16  # of both books together, in an ordinary run
LOTS = 8  # so that several processes can share the work


@cache
def workshop(name: str) -> Workshop:
    return Workshop(ROOTS[name])


@cache
def answers(name: str) -> dict[Question, object]:
    """What the book answers as it was written."""
    book, problems = workshop(name).load({})
    assert book is not None, problems
    return {question: asked(book, question) for question in grid(book)}


def nodes() -> list[tuple[str, str, slips.Path]]:
    """(book, file, path) of the nodes to try: all of them, or a sample."""
    every = [
        (name, file, path)
        for name in ROOTS
        for file, data in sorted(workshop(name).data.items())
        for path in slips.paths(slips.parse(data.decode()))
    ]
    return every if SOAK else random.Random(SEED).sample(every, NODES)


def complaint(name: str, slip: slips.Mutant) -> str:
    """What is wrong with how a slip is met; empty where nothing is."""
    files = workshop(name).data | {slip.file: slip.text.encode()}
    book, problems = workshop(name).load({slip.file: slip.text.encode()})
    for problem in problems:
        lines = files[problem.file].decode().count("\n") + 1 if problem.file in files else 1
        if not 1 <= problem.line <= lines or problem.column < 1:
            return f"{slip}: {problem} is at no line of its file"
    if problems:
        return ""
    assert book is not None
    questions = list(answers(name).items())
    if _only_words_differ(name, slip):
        questions = questions[::40]
    for question, before in questions:
        after = asked(book, question)
        if after != before:
            return f"{slip}: no problem, but {question}\n    was {before}\n    is  {after}"
    return ""


# What no answer is made from: words for people, and the examples, which were run by the checks.
WORDS = ("label", "help", "doc", "url", "note", "why", "confidence", "examples", "title")


def _only_words_differ(name: str, slip: slips.Mutant) -> bool:
    if slip.file.startswith("cases/"):
        return True
    original = slips.parse(workshop(name).data[slip.file].decode())
    return _bare(slips.parse(slip.text)) == _bare(original)


def _bare(node: slips.Node) -> slips.Node:
    """The tree without words for people, its keys in one order."""
    if isinstance(node, slips.List):
        return slips.List(tuple(_bare(each) for each in node.items))
    if isinstance(node, slips.Map):
        pairs = [(key, _bare(value)) for key, value in node.items if key not in WORDS]
        return slips.Map(tuple(sorted(pairs, key=lambda pair: pair[0])))
    return node


class TestSlips:
    """“any mutation of a shipped YAML file (drop, double, retype, reorder, misspell a node) either
    gives a problem with its line or leaves every quote as it was”"""

    @pytest.mark.parametrize("lot", range(LOTS))
    def test_every_slip_is_found_or_harmless(self, lot: int) -> None:
        complaints = []
        for name, file, path in nodes()[lot::LOTS]:
            tree = slips.parse(workshop(name).data[file].decode())
            found = (complaint(name, slip) for slip in slips.mutants(file, tree, path))
            complaints += [each for each in found if each]
        assert not complaints, "\n".join(complaints)

    def test_the_grid_would_see_a_changed_amount(self) -> None:
        """A slip of which the checks are kept in the dark changes some answer of the grid."""
        tree = slips.parse(workshop("second_region").data["tiers/harvest_pension.yaml"].decode())
        text = slips.emit(tree).replace('"3000.00"', '"3001.00"')
        changed = {"tiers/harvest_pension.yaml": text.encode()}
        book = workshop("second_region").unchecked(changed)
        before = answers("second_region")
        assert any(asked(book, question) != answer for question, answer in before.items())

    def test_a_slip_in_an_amount_is_told_where_it_stands(self) -> None:
        """What is wrong is told in the file with the slip or in the example that shows it."""
        data = workshop("second_region").data["tiers/harvest_pension.yaml"].decode()
        assert "person: 3000.00" in data
        slipped = data.replace("person: 3000.00", "person: 300.00").encode()
        _, problems = workshop("second_region").load({"tiers/harvest_pension.yaml": slipped})
        assert "tiers/harvest_pension.yaml" in {problem.file for problem in problems}
