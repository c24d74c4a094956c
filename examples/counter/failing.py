"""What goes wrong, as pages that say what to do; never a traceback."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import sstibet
from counter.posting import counter_of

_log = logging.getLogger("counter")
# What the desk raises -> the page's status and the key of its words.
_FAULTS: dict[type[Exception], tuple[int, str]] = {
    sstibet.NoSuchItem: (404, "not_found"),
    sstibet.NoPaper: (404, "not_found"),
    sstibet.NotOpen: (403, "not_open"),
    sstibet.KeyReused: (409, "sent_before"),
    sstibet.MachineChanged: (409, "machine_changed"),
    sstibet.EditionGone: (409, "machine_changed"),
    sstibet.Spoilt: (500, "spoilt"),
}
_STATUSES = {400: "bad_request", 403: "forbidden", 404: "not_found", 405: "not_found"}


def add_pages(app: FastAPI) -> None:
    """Have every fault answered by a page of ours."""
    for fault, (status, words) in _FAULTS.items():
        app.add_exception_handler(fault, _handler(status, words))
    app.add_exception_handler(sstibet.KeyInFlight, _working)
    app.add_exception_handler(HTTPException, _http)


def _handler(status: int, words: str) -> Any:
    def handle(request: Request, _: Exception) -> Response:
        return fault_page(request, status, words)

    return handle


def fault_page(request: Request, status: int, words: str) -> Response:
    """A page for something that went wrong."""
    return counter_of(request).page(request, "fault.html", status, words=words)


def _working(request: Request, _: Exception) -> Response:
    """The same was sent a moment ago and isn't done: the page looks again by itself."""
    where = request.url.path
    headers = {"Refresh": f"2; url={where}"}
    return counter_of(request).page(request, "working.html", 409, headers, where=where)


def _http(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, HTTPException), "it is called for these alone"
    if request.url.path.startswith("/callbacks/"):
        return PlainTextResponse(str(fault.status_code), fault.status_code)
    status = 404 if fault.status_code == 405 else fault.status_code
    return fault_page(request, status, _STATUSES.get(status, "bad_request"))


class LastResort:
    """Answers what nobody foresaw by a page, inside of what guards every answer; what it was is in
    the log alone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            if scope["type"] != "http" or begun:
                raise
            _log.exception("a request broke")
            await _broken(Request(scope))(scope, receive, send)


def _broken(request: Request) -> Response:
    try:
        return fault_page(request, 500, "broken")
    except Exception:
        _log.exception("its page broke as well")
        return PlainTextResponse("500", 500)
