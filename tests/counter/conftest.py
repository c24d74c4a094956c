"""The service on a desk of invented persons, on a port of this machine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import pytest
from counter_kit import EXAMPLES, Service, start

sys.path.insert(0, str(EXAMPLES))

from api_kit import Caller
from api_kit import Counter as WithApi

Serve = Callable[..., Service]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a service, with options of the test's own."""
    with ExitStack() as stack:
        yield partial(start, stack)


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
