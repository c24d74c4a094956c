"""Who asks, for whom, in which language, under which key: what a route takes from headers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Path, Query, Request, Security
from fastapi.security import HTTPBearer

from sstibet import Engine
from sstibet.papers import press

from .door import bearer
from .problems import BEARER, Trouble
from .tongues import language_of

KEY = r'^(?:[A-Za-z0-9._:~-]{1,100}|"[A-Za-z0-9._:~-]{1,100}")$'
VERSION = r'^(?:\*|"[0-9]{1,9}")$'
_VISITOR = re.compile(r"visitor:[0-9a-z]{20,40}")
_scheme = HTTPBearer(
    auto_error=False,
    bearerFormat="opaque",
    description="A session's token (`POST /v1/session`), or a visitor's (`POST /v1/visitors`).",
)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who acts, and for whom; their token."""

    actor: str
    on_behalf_of: str | None
    token: str

    @property
    def as_said(self) -> dict[str, Any]:
        """As the engine takes it."""
        return {"actor": self.actor, "on_behalf_of": self.on_behalf_of}

    @property
    def is_owner(self) -> bool:
        """Whether they act for themselves."""
        return self.on_behalf_of in (None, self.actor)


def _desk(request: Request) -> Engine:
    found: Engine = request.app.state.desk
    return found


def _press(request: Request) -> press.Press:
    """What prints, made for the first paper and kept."""
    state = request.app.state
    if getattr(state, "press", None) is None:
        verify_at = state.desk.settings.papers.verify_at or str(request.base_url.replace(path="/"))
        state.press = press.Press(verify_at)
    found: press.Press = state.press
    return found


def _token(request: Request, _: Annotated[object, Security(_scheme)]) -> str:
    token = bearer(request)
    if token is None:
        raise Trouble("not-signed-in", headers=BEARER)
    return token


def _person(desk: Annotated[Engine, Depends(_desk)], token: Annotated[str, Depends(_token)]) -> str:
    """The actor of a session's token."""
    actor = desk.sessions.actor(token)
    if actor is None:
        invalid = f'{BEARER["WWW-Authenticate"]}, error="invalid_token"'
        raise Trouble("not-signed-in", headers={"WWW-Authenticate": invalid})
    return actor


def _asker(
    desk: Annotated[Engine, Depends(_desk)],
    token: Annotated[str, Depends(_token)],
    on_behalf_of: Annotated[
        str | None,
        Header(
            alias="On-Behalf-Of",
            min_length=1,
            max_length=200,
            description="Whose item it is, where an agent asks by a role that they hold.",
        ),
    ] = None,
) -> Asker:
    if _VISITOR.fullmatch(token):
        return Asker(token, on_behalf_of, token)
    return Asker(_person(desk, token), on_behalf_of, token)


def _language(
    accept_language: Annotated[
        str | None, Header(description="`zh-CN`, `en` or `bo`.", examples=["en"])
    ] = None,
) -> str:
    return language_of(accept_language)


def _key(
    key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            pattern=KEY,
            description="A new one for each thing done, the same one when it is tried again.",
            examples=["8e03978e-40d5-43dd-bc93-6894a57f9324"],
        ),
    ],
) -> str:
    return key.strip('"')


def _version(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            pattern=VERSION,
            description="Only if the item still is of this version: the ETag that it came with.",
            examples=['"3"'],
        ),
    ] = None,
) -> int | None:
    return None if if_match in (None, "*") else int(if_match.strip('"'))


Desk = Annotated[Engine, Depends(_desk)]
Press = Annotated[press.Press, Depends(_press)]
Token = Annotated[str, Depends(_token)]
Person = Annotated[str, Depends(_person)]
Who = Annotated[Asker, Depends(_asker)]
Language = Annotated[str, Depends(_language)]
Key = Annotated[str, Depends(_key)]
Version = Annotated[int | None, Depends(_version)]
Renderer = Annotated[
    Literal["plain", "rjsf", "jsonforms"],
    Query(description="For whom forms are laid out."),
]
Ref = Annotated[
    str,
    Path(min_length=1, max_length=400, description="An item's reference.",
         examples=["7k3m9q2x5t8w4z6b2c3d"]),
]  # fmt: skip
KindName = Annotated[str, Path(description="An item of the book.", examples=["resident_payment"])]
