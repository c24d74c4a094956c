"""Signing in and out: the book's own item `login`, and a session opened when it has ended well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

import sstibet
from counter.asking import Asker
from counter.posting import Form, counter_of, local
from counter.service import Counter

router = APIRouter(include_in_schema=False)


@router.post("/logout")
def sign_out(request: Request, form: Form) -> Response:
    """End the session."""
    counter = counter_of(request)
    session = request.cookies.get(counter.cookies.session)
    if session:
        counter.desk.sessions.end(session)
    response = counter.redirect(request, "/")
    counter.cookies.drop(response, counter.cookies.session)
    return response


def lost(counter: Counter, asking: Asker, ref: str) -> bool:
    """Whether this may have been theirs whose session is over. What they have begun since, as a
    visitor, is theirs still."""
    if not asking.ended:
        return False
    try:
        counter.desk.view(ref, actor=asking.actor)
    except sstibet.NoSuchItem:
        return True
    return False


def please(counter: Counter, request: Request, status: int = 200) -> Response:
    """A page that asks to sign in, and leads back afterwards to where one was."""
    after = request.url.path if request.url.path.startswith("/items") else "/"
    return counter.page(request, "sign_in.html", status, after=after, kept=False)


def keep_and_please(
    counter: Counter, request: Request, ref: str, front: str, typed: Mapping[str, Any]
) -> Response:
    """The session has ended over a form: what was typed is kept until its owner has signed in.
    Secrets are not kept."""
    facts = counter.desk.book.contents.dictionary.facts
    plain = {name: value for name, value in typed.items() if facts[name].kind != "secret"}
    asking = counter.asker(request)
    counter.kept.put(asking.secret, (ref, front, plain))
    return counter.page(request, "sign_in.html", 401, after=f"/items/{ref}", kept=bool(plain))


def opened(counter: Counter, request: Request, view: sstibet.View) -> Response | None:
    """A session for whoever has just signed in, and on to where they were; None for all else.

    The second click of a double click is answered like the first, whose answer was dropped.
    """
    asking = counter.asker(request)
    if view.item != "login" or view.ends != "well" or asking.signed_in:
        return None
    under = f"{asking.secret} {view.ref}"
    session = counter.kept.look(under)
    if session is None:
        try:
            session = counter.desk.sessions.open(view)
        except sstibet.NotSignedIn:
            return counter.redirect(request, "/")
        counter.kept.put(under, session)
    after = local(request.cookies.get("after", "/"))
    response = counter.redirect(request, _typed_again(counter, request, session, after))
    counter.cookies.put(response, counter.cookies.session, session)
    counter.cookies.drop(response, counter.cookies.visitor)
    counter.cookies.drop(response, "after")
    return response


def _typed_again(counter: Counter, request: Request, session: str, after: str) -> str:
    """Give back to an item what was typed when the session had ended, if it is theirs who has
    signed in. Where to go on."""
    kept = counter.kept.take(counter.asker(request).secret)
    actor = counter.desk.sessions.actor(session)
    if kept is None or actor is None:
        return after
    ref, front, typed = kept
    try:
        counter.desk.save(front, typed, actor=actor)
    except LookupError:
        return after
    counter.kept.put(f"told {session}", ref)
    return f"/items/{ref}"
