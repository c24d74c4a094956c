"""A browser for all tests here, and a counter for each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "counter"))

from browser_kit import chromium
from counter_kit import EXAMPLES, Service, start

sys.path.insert(0, str(EXAMPLES))


Serve = Callable[..., Service]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium, headless. It is closed with the module's last test: as long as it is open it
    has a loop of events running here, and whatever else asks for one finds it taken."""
    with sync_playwright() as playwright, chromium(playwright) as started:
        yield started


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a counter on a desk of its own."""
    with ExitStack() as stack:
        # Nobody is slowed down here: one address plays everybody.
        many = "100000/minute"
        yield partial(start, stack, by_address=many, by_session=many)


@pytest.fixture
def service(serve: Serve) -> Service:
    """A counter as a demonstration."""
    return serve()
