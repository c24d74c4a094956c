"""The page of `examples/renderers`, built once, and the forms that are shown on it."""

from __future__ import annotations

import fcntl
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "renderers"
sys.path.insert(0, str(EXAMPLE))


def run(*words: str, where: Path = EXAMPLE) -> None:
    """Run a program, in the example unless told; what it says is told where it fails."""
    command = shutil.which(words[0])
    assert command, f"{words[0]} is needed (on Debian: apt-get install make nodejs npm)"
    done = subprocess.run(
        [command, *words[1:]], cwd=where, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def modules() -> Iterator[Path]:
    """The example's folder, with the packages of its lock file; for one process at a time, as two
    that install, or build the page, take each other's files away."""
    with (EXAMPLE / "package-lock.json").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        run("make", "renderers-packages", where=EXAMPLE.parents[1])
        yield EXAMPLE


@pytest.fixture(scope="session")
def met() -> dict[tuple[str, str], Any]:
    """Every form of the book as the example's journeys meet it."""
    from journeys import all_met

    return all_met()


@pytest.fixture(scope="module")
def page_url(modules: Path, met: dict[tuple[str, str], Any]) -> Iterator[str]:
    """The built page, served as files."""
    from write_forms import write

    write(met, EXAMPLE / "public" / "forms.json")
    run("npm", "run", "--silent", "build", "--", "--logLevel", "warn")
    # A process of its own, on a socket that listens from here on: what else the tests do keeps no
    # request waiting, and none comes too early or finds the queue full.
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        served = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(EXAMPLE / "dist"), str(listening.fileno())],
            pass_fds=[listening.fileno()],
        )
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            served.terminate()
            served.wait(10)


_SERVE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
class Afresh(StaticFiles):  # no page waits for what one before it left in the browser's cache
    def file_response(self, *args, **given):
        found = super().file_response(*args, **given)
        found.headers["Cache-Control"] = "no-store"
        return found
served = Starlette(routes=[Mount("/", Afresh(directory=sys.argv[1], html=True))])
uvicorn.run(served, fd=int(sys.argv[2]), log_level="warning", lifespan="off")
"""
