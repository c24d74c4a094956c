"""What goes wrong, as pages that say what to do; never a traceback."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

import sstibet
from counter.posting import counter_of

# What the desk raises -> the page's status and the key of its words.
_FAULTS: dict[type[Exception], tuple[int, str]] = {
    sstibet.NoSuchItem: (404, "not_found"),
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
    app.add_exception_handler(Exception, _broken)


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


def _broken(request: Request, fault: Exception) -> Response:
    """Something that nobody foresaw; what it was is in the log alone."""
    try:
        return fault_page(request, 500, "broken")
    except Exception:
        return PlainTextResponse("500", 500)
