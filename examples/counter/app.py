"""The service put together: a desk, the pages, what guards them, and the beat beside them.

>>> app = make_app(sstibet.Engine.open(), Options(https=False))     # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

import sstibet
from counter import callbacks, failing, home, items, panel, pictures, security, signing
from counter.api import Beside, make_api
from counter.beat import Beat
from counter.service import HERE, Counter, Options
from sstibet.papers.press import Press


def make_app(
    desk: sstibet.Engine,
    options: Options,
    *,
    seconds: float = 2,
    also: Callable[[], object] = lambda: None,
    press: Press | None = None,
) -> FastAPI:
    """The service of a desk.

    Args:
        desk: with its bureau, or with ports of one's own.
        options: how it runs.
        seconds: between two beats; 0 for none (tests beat by hand).
        also: what is done with each beat besides.
        press: what prints certificates; without it they are shown and not printed.
    """
    beat = Beat(desk, seconds, also)

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        if seconds:
            beat.start()
        yield
        if seconds:
            beat.stop()

    app = FastAPI(lifespan=running, openapi_url=None)
    counter = Counter.of(desk, options, press)
    app.state.counter, app.state.beat = counter, beat
    for each in (home, items, pictures, signing, callbacks):
        app.include_router(each.router)
    if options.demo:
        app.include_router(panel.router)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    failing.add_pages(app)
    # The last one added is the first that a request meets.
    app.add_middleware(failing.LastResort)
    app.add_middleware(security.BodyLimit)
    app.add_middleware(
        security.RateLimit,
        cookies=(counter.cookies.session, counter.cookies.visitor),
        by_address=options.by_address,
        by_session=options.by_session,
    )
    # Programs have their own door, with its own limits.
    app.add_middleware(Beside, api=make_api(desk))
    app.add_middleware(security.SecurityHeaders, https=options.https)
    return app
