"""Who is asking: a person with a session, or a visitor; and the token that their forms carry."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

import sstibet

LANGUAGE, AFTER = "language", "after"
_YEAR = 365 * 24 * 3600
_FORMS = b"the forms of this browser"


@dataclass(frozen=True)
class Cookies:
    """The names of our cookies and how they are set. With ``https`` their names begin with
    ``__Host-``: no other site, nor another host of ours, can set them."""

    https: bool

    @property
    def session(self) -> str:
        """Who is signed in."""
        return self._name("session")

    @property
    def visitor(self) -> str:
        """Who isn't: what they have begun is found by it, so it is kept like a password."""
        return self._name("visitor")

    def _name(self, name: str) -> str:
        return f"__Host-{name}" if self.https else name

    def put(self, response: Response, name: str, value: str, seconds: int | None = None) -> None:
        """Set a cookie that no script can read; until the browser is closed, or for so long."""
        response.set_cookie(
            name, value, max_age=seconds, path="/", secure=self.https, httponly=True, samesite="lax"
        )

    def put_language(self, response: Response, language: str) -> None:
        """Remember the language."""
        self.put(response, LANGUAGE, language, _YEAR)

    def drop(self, response: Response, name: str) -> None:
        """Take a cookie back."""
        response.delete_cookie(name, path="/", secure=self.https, httponly=True, samesite="lax")


@dataclass(frozen=True)
class Asker:
    """Whose request it is.

    Args:
        actor: who it is to the desk.
        signed_in: whether that is a person.
        secret: the cookie's value that stands for them, and that their forms are bound to.
        fresh: they have no cookie yet; it is set with the answer.
        ended: they had a session, and it is over.
    """

    actor: str
    signed_in: bool
    secret: str
    fresh: bool = False
    ended: bool = False

    @property
    def token(self) -> str:
        """What a form of theirs carries. It is made of the cookie, which another site can't read;
        the cookie can't be made of it."""
        return token(self.secret)


def asker(desk: sstibet.Engine, cookies: Cookies, request: Request) -> Asker:
    """Who asks, by their cookies; a new visitor where they have none."""
    session = request.cookies.get(cookies.session)
    actor = desk.sessions.actor(session) if session else None
    if session and actor is not None:
        return Asker(actor, True, session)
    visitor = request.cookies.get(cookies.visitor, "")
    fresh = not visitor.startswith("visitor:") or not 20 <= len(visitor) <= 100
    if fresh:
        visitor = desk.visitor()
    return Asker(visitor, False, visitor, fresh, session is not None)


def token(secret: str) -> str:
    """The token of the forms that are bound to a cookie's value."""
    return hmac.digest(secret.encode("utf-8", "replace"), _FORMS, "sha256").hex()


def bound(request: Request, cookies: Cookies, sent: str) -> bool:
    """Whether a form was made for the browser that sends it. A session that has ended since still
    counts: its form is not lost, only nobody is signed in."""
    secrets = [request.cookies.get(name) for name in (cookies.session, cookies.visitor)]
    given = sent.encode("utf-8", "replace")
    return any(hmac.compare_digest(token(each).encode(), given) for each in secrets if each)
