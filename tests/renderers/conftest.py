"""The page of `examples/renderers`, built once, and the forms that are shown on it."""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import sys
import threading
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


@pytest.fixture(scope="session")
def modules() -> Path:
    """The example's folder, with the packages of its lock file."""
    run("make", "renderers-packages", where=EXAMPLE.parents[1])
    return EXAMPLE


@pytest.fixture(scope="session")
def met() -> dict[tuple[str, str], Any]:
    """Every form of the book as the example's journeys meet it."""
    from journeys import all_met

    return all_met()


@pytest.fixture(scope="session")
def page_url(modules: Path, met: dict[tuple[str, str], Any]) -> Iterator[str]:
    """The built page, served as files."""
    from write_forms import write

    write(met, EXAMPLE / "public" / "forms.json")
    run("npm", "run", "--silent", "build", "--", "--logLevel", "warn")
    handler = functools.partial(_Silent, directory=str(EXAMPLE / "dist"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing."""
