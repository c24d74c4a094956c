"""The API of a desk as an application of its own, which stands at ``/api`` beside the pages."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

import sstibet

from .describing import described
from .door import headed
from .limits import Limits, Meter
from .problems import KINDS, Trouble, escaped
from .routes import router
from .shapes import FieldError
from .tongues import TAGS, language_of, spoken, words

_BY_STATUS = {400: "not-json", 404: "not-found", 405: "method-not-allowed"}
_AT = "/api"
_HERE = Path(__file__).parent
_SAFE = {"Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"}


class Problems(Response):
    """Problem details as they are sent."""

    media_type = "application/problem+json"


def make_api(desk: sstibet.Engine, limits: Limits | None = None) -> FastAPI:
    """The API of a desk.

    Args:
        desk: whose items they are. Somebody calls its `deliver` and `due` from time to time.
        limits: how often one may ask, and how much may be sent.
    """
    api = FastAPI(title="sstibet counter", docs_url=None, redoc_url=None, openapi_url=None)
    api.state.desk, api.state.limits = desk, limits or Limits()
    api.state.meter = Meter(api.state.limits)
    api.include_router(router)
    api.add_api_route("/openapi.json", _openapi, include_in_schema=False)
    api.add_api_route("/problems", _problems, include_in_schema=False)
    for kind, handler in (
        (Trouble, _on_trouble),
        (RequestValidationError, _on_wrong_shape),
        (HTTPException, _on_http),
        (Exception, _on_fault),
    ):
        api.add_exception_handler(kind, handler)
    plain = api.openapi

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            api.openapi_schema = described(plain(), desk.book)
        return api.openapi_schema

    api.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend it
    return api


class Beside:
    """Middleware that hands what stands below ``/api`` to the API, and all else to the pages. A
    `Mount` is passed by paths with a line break in them, and has the pages' own limits before it.

    >>> pages.add_middleware(Beside, api=make_api(desk))            # doctest: +SKIP
    """

    def __init__(self, app: ASGIApp, api: ASGIApp) -> None:
        self.pages, self.api = app, api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to one of the two."""
        path = scope.get("path", "")
        if scope["type"] == "http" and (path == _AT or path.startswith(f"{_AT}/")):
            below = {**scope, "root_path": scope.get("root_path", "") + _AT}
            await self.api(below, receive, send)
        else:
            await self.pages(scope, receive, send)


async def _openapi(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = request.app.openapi()
    return found


async def _problems(request: Request) -> Response:
    """The page that each problem's ``type`` points to."""
    language = spoken(language_of(request.headers.get("accept-language")))
    pages = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined)
    page = pages.get_template("problems.html").render(
        words=words(language), kinds=KINDS, lang=TAGS[language]
    )
    return headed(request, HTMLResponse(page, headers=_SAFE))


def _answer(request: Request, trouble: Trouble) -> Response:
    language = language_of(request.headers.get("accept-language"))
    body = trouble.told(language).model_dump_json(exclude_none=True)
    answer = Problems(body, KINDS[trouble.kind], headers=trouble.headers)
    answer.headers["Content-Language"] = TAGS[spoken(language)]
    return headed(request, answer)


async def _on_trouble(request: Request, trouble: Exception) -> Response:
    assert isinstance(trouble, Trouble)
    return _answer(request, trouble)


async def _on_wrong_shape(request: Request, error: Exception) -> Response:
    """A body, header or parameter that isn't as the description says."""
    assert isinstance(error, RequestValidationError)
    said = words(language_of(request.headers.get("accept-language")))
    return _answer(request, _misshapen(error.errors(), said))


def _misshapen(found: Iterable[Any], said: Any) -> Trouble:
    errors, headers = list[FieldError](), list[tuple[str, str]]()
    for each in found:
        place, *path = each["loc"]
        code = each["type"] if f"error.{each['type']}" in said else "wrong"
        detail = said[f"error.{code}"]
        if place == "body":
            pointer = "".join(f"/{escaped(str(part))}" for part in path)
            errors.append(FieldError(pointer=f"#{pointer}", code=code, detail=detail))
            continue
        if place == "header":
            headers.append((str(path[0]).lower(), code))
        if place == "path":
            return Trouble("not-found")
        errors.append(FieldError(parameter=str(path[0]), code=code, detail=detail))
    for name, code in headers:
        if name == "idempotency-key":
            return Trouble("key-missing" if code == "missing" else "key-malformed", tuple(errors))
    return Trouble("bad-header" if headers else "wrong-fields", tuple(errors))


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind = _BY_STATUS.get(error.status_code, "fault")
    headers = {"Allow": ", ".join(_methods(request))} if error.status_code == 405 else {}
    return _answer(request, Trouble(kind, headers=headers))


def _methods(request: Request) -> list[str]:
    """The methods of all routes of a path, not only of the first."""
    found = set[str]()
    for route in (*router.routes, *request.app.routes):
        if route.matches(request.scope)[0] is not Match.NONE:
            found |= set(getattr(route, "methods", None) or ())
    return sorted(found)


async def _on_fault(request: Request, error: Exception) -> Response:
    """What breaks outside of every route; Starlette tells it in the log."""
    return _answer(request, Trouble("fault"))
