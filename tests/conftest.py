"""What all tests share: how long Hypothesis looks, a cache of their own, and the shipped book.

``SSTIBET_SOAK=1`` looks much longer (and walks every node of every shipped file); ``CI`` makes
every run look at the same examples.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import sstibet
from keeping_kit import desk_file, played  # noqa: F401 - fixtures
from postgres_kit import postgres  # noqa: F401 - a fixture

# Fixtures that are shared by all examples of a property are frozen values, and a whole book takes
# longer than Hypothesis' own idea of one example.
_COMMON = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
}
settings.register_profile("default", max_examples=60, **_COMMON)
settings.register_profile("ci", max_examples=60, derandomize=True, **_COMMON)
settings.register_profile("soak", max_examples=3000, **_COMMON)
SOAK = os.environ.get("SSTIBET_SOAK") == "1"
settings.load_profile("soak" if SOAK else "ci" if os.environ.get("CI") else "default")

BOOKS = Path(__file__).parent / "books"


@pytest.fixture(autouse=True, scope="session")
def _cache_of_this_run() -> Iterator[None]:
    """No test reads or writes the cache of whoever runs it, in this process or in its children."""
    with (
        tempfile.TemporaryDirectory(prefix="sstibet-tests-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        os.chmod(folder, 0o700)
        patch.setenv("SSTIBET_CACHE", folder)
        yield


@pytest.fixture(scope="session")
def shipped() -> sstibet.Rulebook:
    """The rule book that comes with the library, read from its files."""
    return sstibet.load(cache=False)


@pytest.fixture(scope="session")
def second_region() -> sstibet.Rulebook:
    """The invented province's rule book, read from its files."""
    return sstibet.load(BOOKS / "good" / "second_region", cache=False)
