"""A form's schema means the same in a browser as here: ajv and jsonschema take the same answers."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from answers import ODD, fields, generated
from jsonschema import Draft202012Validator
from write_forms import as_sent

from sstibet.forms.shapes import SHAPES
from sstibet.patterns import anchored

pytestmark = pytest.mark.xdist_group("renderers")

ANSWERS = 2000
RENDERERS = (None, "rjsf", "jsonforms")


def ajv_says(modules: Path, schemas: list[Any], cases: list[tuple[int, Any]]) -> list[bool]:
    """What rjsf's own validator says of each case."""
    node = shutil.which("node")
    assert node, "node is needed (on Debian: apt-get install nodejs)"
    done = subprocess.run(
        [node, "validate.mjs"],
        cwd=modules,
        input=json.dumps({"schemas": schemas, "cases": cases}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[bool] = json.loads(done.stdout)
    return found


def python_says(schemas: list[Any], cases: list[tuple[int, Any]]) -> list[bool]:
    """What jsonschema says, formats checked as ajv checks them."""
    checker = Draft202012Validator.FORMAT_CHECKER
    made = [Draft202012Validator(each, format_checker=checker) for each in schemas]
    return [made[at].is_valid(answers) for at, answers in cases]


def asking(met: dict[tuple[str, str], Any]) -> list[Any]:
    """The forms that ask anything."""
    return [each for _, each in sorted(met.items()) if any(f.asked for f in each.form.fields)]


@pytest.mark.parametrize("renderer", RENDERERS)
def test_two_thousand_answers_are_taken_or_refused_alike(
    renderer: str | None, modules: Path, met: dict[tuple[str, str], Any]
) -> None:
    """Over all forms that ask anything: right, nearly right, of other types, missing, hidden,
    extra; and each form takes some and refuses some."""
    chance = random.Random(f"answers {renderer}")
    forms = asking(met)
    schemas = [each.form.json_schema("zh", renderer) for each in forms]
    rights = []
    for each in forms:
        sent, _ = each.answers["right"]
        rights.append(sent if renderer is None else as_sent(each.form, sent, renderer))
    cases: list[tuple[int, Any]] = list(enumerate(rights))
    while len(cases) < ANSWERS:
        at = len(cases) % len(forms)
        cases.append((at, generated(schemas[at], rights[at], chance)))

    here, there = python_says(schemas, cases), ajv_says(modules, schemas, cases)

    differ = [
        (forms[at].form.name, answers, valid)
        for (at, answers), valid, other in zip(cases, here, there, strict=True)
        if valid != other
    ]
    assert differ == []
    assert all(here[: len(forms)]), "what the engine took is valid"
    taken = Counter(at for (at, _), valid in zip(cases, here, strict=True) if valid)
    refused = Counter(at for (at, _), valid in zip(cases, here, strict=True) if not valid)
    assert set(taken) == set(refused) == set(range(len(forms)))
    assert min(sum(taken.values()), sum(refused.values())) > ANSWERS // 5


def test_every_kind_takes_the_same_odd_values(modules: Path) -> None:
    """Each kind's shape by itself, with what breaks validators that aren't careful."""
    schemas = [{"properties": {"x": shape.schema}} for shape in SHAPES.values()]
    schemas += [{"properties": {"x": {"pattern": anchored("[0-9]{3}[0-9X]|A")}}}]
    more = ("2025-W01-1", "20250101", "0001-01-01", "2025-06-31", "2024-02-29\n", "12.5\n", "50%\n",
            "1/3", "1/0", "1" * 20, "١" * 18, "A\n", "\nA", "123X", "123X\n")  # fmt: skip
    cases = [(at, {"x": value}) for at in range(len(schemas)) for value in (*ODD, *more)]

    here, there = python_says(schemas, cases), ajv_says(modules, schemas, cases)

    differ = [case for case, valid, other in zip(cases, here, there, strict=True) if valid != other]
    assert differ == []


def test_hidden_answers_are_among_those_generated(met: dict[tuple[str, str], Any]) -> None:
    """A form with conditional fields has answers that are valid only where they are shown."""
    [form] = [each.form for each in asking(met) if each.form.name == "agreement_card"]
    schema = form.json_schema("zh")
    assert set(schema["properties"]) < set(fields(schema))
    right, _ = met["debit_agreement", "agreement_card"].answers["right"]
    validator = Draft202012Validator(schema)
    assert validator.is_valid(right)
    assert not validator.is_valid({**right, "holder_is_another": False})
