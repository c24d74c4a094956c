"""A browser for all tests here, and a counter for each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "counter"))

from browser_kit import chromium
from counter_kit import EXAMPLES, Service, serving

sys.path.insert(0, str(EXAMPLES))

from counter.app import make_app
from counter.demo import open_desk, open_press
from counter.service import Options

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

        def start(**options: object) -> Service:
            desk = open_desk()
            stack.callback(desk.close)
            many = "100000/minute"  # nobody is slowed down here: one address plays everybody
            wanted = {"https": False, "demo": True, "by_address": many, "by_session": many}
            app = make_app(
                desk,
                Options(**{**wanted, **options}),
                seconds=0,
                press=open_press("http://counter.test"),
            )
            service = Service(desk, app, stack.enter_context(serving(app)))
            stack.callback(service.close)
            return service

        yield start


@pytest.fixture
def service(serve: Serve) -> Service:
    """A counter as a demonstration."""
    return serve()
