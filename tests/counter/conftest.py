"""The service on a desk of invented persons, on a port of this machine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from counter_kit import EXAMPLES, Service, serving

sys.path.insert(0, str(EXAMPLES))

from api_kit import Caller
from api_kit import Counter as WithApi

from counter.app import make_app
from counter.demo import open_desk, open_press
from counter.service import Options

Serve = Callable[..., Service]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a service, with options of the test's own."""
    with ExitStack() as stack:

        def start(**options: object) -> Service:
            desk = open_desk()
            stack.callback(desk.close)
            chosen = Options(**{"https": False, "demo": True, **options})
            app = make_app(desk, chosen, seconds=0, press=open_press("http://counter.test"))
            service = Service(desk, app, stack.enter_context(serving(app)))
            stack.callback(service.close)
            return service

        yield start


@pytest.fixture
def service(serve: Serve) -> Service:
    """The service as a demonstration."""
    return serve()


@pytest.fixture
def counter() -> Iterator[WithApi]:
    """A desk with its API."""
    made = WithApi()
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared() -> Iterator[WithApi]:
    """The same, for what changes nothing that another test looks at."""
    made = WithApi()
    yield made
    made.close()


@pytest.fixture(scope="module")
def me(shared: WithApi) -> Caller:
    """The resident, signed in."""
    return shared.caller(shared.cast.resident)
