"""What every request passes before it is read: how often, of which type, how long, strict JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from .problems import BEARER, Trouble, of_library
from .tongues import TAGS, language_of, weighed

JSON, SVG, PNG, PDF = "application/json", "image/svg+xml", "image/png", "application/pdf"
_DEEPEST = 32
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRequest(Request):
    """A request whose body is bounded, and is JSON as it should be or none."""

    async def body(self) -> bytes:
        """The whole body; Trouble where it is longer than is taken."""
        if not hasattr(self, "_body"):
            most, found = self.app.state.limits.body_bytes, bytearray()
            async for chunk in self.stream():
                found += chunk
                if len(found) > most:
                    raise Trouble("too-large")
            self._body = bytes(found)
        return self._body

    async def json(self) -> Any:
        """The value that the body tells."""
        try:
            found = json.loads(
                (await self.body()).decode("utf-8"),
                object_pairs_hook=_no_doubles,
                parse_constant=_none_such,
                parse_float=_finite,
            )
            json.dumps(found, ensure_ascii=False).encode("utf-8")  # no half characters
        except (ValueError, RecursionError):
            raise Trouble("not-json") from None
        if _deep(found) > _DEEPEST:
            raise Trouble("not-json")
        return found


class Door(APIRoute):
    """A route behind that door; its answers are nobody's to keep, and tell their language."""

    def get_route_handler(self) -> Handler:
        """The route's handler, with the door before it."""
        handle = super().get_route_handler()
        has_body = self.body_field is not None
        asked = {each.alias for each in self.dependant.query_params}

        async def through(request: Request) -> Response:
            _not_too_often(request)
            _acceptable(request, getattr(self.response_class, "media_type", JSON))
            if has_body:
                json_type(request)
            _no_others(request, asked)
            try:
                found = await handle(StrictRequest(request.scope, request.receive))
            except (HTTPException, RequestValidationError):
                raise
            except Exception as error:
                raise of_library(error) from error
            return headed(request, found)

        return through


def headed(request: Request, response: Response) -> Response:
    """An answer with the headers that all of them have."""
    language = language_of(request.headers.get("accept-language"))
    response.headers.setdefault("Content-Language", TAGS[language])
    response.headers.setdefault("Vary", "Accept-Language, Authorization")
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


def bearer(request: Request) -> str | None:
    """The token of the Authorization header, None without one. Trouble where it is another."""
    sent = request.headers.get("authorization")
    if sent is None:
        return None
    scheme, _, token = sent.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Trouble("not-signed-in", headers=BEARER)
    return token.strip()


def _not_too_often(request: Request) -> None:
    address = request.client.host if request.client else "nowhere"
    seconds = request.app.state.meter.wait(f"address {address}")
    if seconds:
        raise Trouble("too-many-requests", headers={"Retry-After": str(seconds)})


def _acceptable(request: Request, media_type: str) -> None:
    """That the Accept header has a range that holds what the route answers with."""
    accepted = request.headers.get("accept", "*/*")
    kind, own = media_type.partition("/")[0], media_type.partition(";")[0]
    weights = dict(weighed(each) for each in accepted.split(","))
    best = next((weights[each] for each in (own, f"{kind}/*", "*/*") if each in weights), 0)
    if not best:
        raise Trouble("not-acceptable")


def _no_others(request: Request, asked: set[str]) -> None:
    """That the query asks only what there is, and that once: a slip isn't passed over."""
    names = [name for name, _ in request.query_params.multi_items()]
    others = sorted(set(names) - asked)
    doubled = sorted({name for name in names if names.count(name) > 1} - set(others))
    if others or doubled:
        raise Trouble("wrong-fields", names=(*others, *doubled))


def json_type(request: Request) -> None:
    """That the body is announced as JSON in UTF-8."""
    sent = Message()
    sent["content-type"] = request.headers.get("content-type", "")
    charset = (sent.get_content_charset() or "utf-8").lower()
    if sent.get_content_type() != JSON or charset not in ("utf-8", "us-ascii"):
        raise Trouble("not-json-type")


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _none_such(text: str) -> Any:
    raise ValueError("no number of JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("no number that can be kept")
    return value


def _deep(value: Any) -> int:
    inside = value.values() if isinstance(value, dict) else value
    if not isinstance(value, (dict, list)):
        return 0
    return 1 + max((_deep(each) for each in inside), default=0)
