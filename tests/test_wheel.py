"""The wheel, installed into a clean environment outside of the checkout, does the main job."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

# One worker builds and installs for all of these.
pytestmark = pytest.mark.xdist_group("wheel")

CHECKOUT = Path(__file__).parents[1]
QUOTE = """
from datetime import date
import sstibet
quote = sstibet.load().on(date(2025, 3, 1)).quote(
    "flexible_pension", {"base": "7066.20", "months": 1}
)
print(quote.due, sstibet.__file__)
"""


def run(*arguments: object, at: Path) -> str:
    """Run a program elsewhere than in the checkout, with nothing of it on Python's path."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(each) for each in arguments],
        cwd=at,
        env={**clean, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return done.stdout.decode("utf-8")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel built from the checkout."""
    out = tmp_path_factory.mktemp("dist")
    run(
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        out,
        CHECKOUT,
        at=out,
    )
    [built] = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a clean environment with the wheel and what it needs."""
    place = tmp_path_factory.mktemp("a clean environment")
    venv.create(place, with_pip=True)
    found = place / "bin" / "python"
    run(found, "-m", "pip", "install", "--quiet", f"{wheel}[cli]", at=place)
    return found


def test_the_wheel_holds_the_rules_the_types_and_the_licence(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    rules = {
        str(file.relative_to(CHECKOUT / "rules")) for file in (CHECKOUT / "rules").rglob("*.yaml")
    }

    assert {f"sstibet/_data/rules/{name}" for name in rules} <= set(names)
    words = {
        f"sstibet/{room}locale/{language}/LC_MESSAGES/{domain}.{ending}"
        for room, domain in (("", "sstibet"), ("cli/", "cli"), ("drawing/", "drawing"))
        for language in ("zh", "en", "bo")
        for ending in ("mo", "po")
    }
    assert {"sstibet/py.typed", "sstibet/problem_codes.yaml", *words} <= set(names)
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert not [name for name in names if "tests/" in name or name.endswith(".pyc")]


def test_the_installed_library_quotes_from_its_own_rules(python: Path, tmp_path: Path) -> None:
    due, file = run(python, "-c", QUOTE, at=tmp_path).split(maxsplit=1)

    assert due == "1413.24"
    assert "site-packages" in file


def test_the_installed_command_quotes_and_checks(python: Path, tmp_path: Path) -> None:
    command = python.parent / "sstibet"
    facts = ["--set", "base=7066.20", "--set", "months=1"]

    quote = run(
        *(command, "quote", "flexible_pension", "--on", "2025-03-01", *facts, "--json"), at=tmp_path
    )

    assert json.loads(quote)["due"] == "1413.24"
    assert "is sound" in run(command, "check", at=tmp_path)


def test_the_installed_package_is_typed(python: Path) -> None:
    program = "import sstibet, pathlib; print(pathlib.Path(sstibet.__file__).parent / 'py.typed')"

    assert Path(run(python, "-c", program, at=python.parent).strip()).is_file()
