"""Forms that are sent to us, taken only from the browser that they were made for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

from counter.asking import bound
from counter.service import Counter

# Names of our own inputs; a fact's name has no underscore in front.
TOKEN, KEY, EVENT, FRONT, VERSION = "_token", "_key", "_event", "_front", "_version"
SCREEN, AFTER = "_screen", "_after"
_LONGEST_KEY = 60


def counter_of(request: Request) -> Counter:
    """The service's parts."""
    found: Counter = request.app.state.counter
    return found


async def read_form(request: Request) -> FormData:
    """The form, if it was made for this browser; 403 otherwise (a forged one, or an old one)."""
    counter = counter_of(request)
    form = await request.form(max_files=0, max_fields=1000)
    same = request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    if not same or not bound(request, counter.cookies, str(form.get(TOKEN, ""))):
        raise HTTPException(403)
    return form


Form = Annotated[FormData, Depends(read_form)]


def key_of(form: FormData) -> str:
    """The one-time key of a form; 400 where it has none."""
    key = str(form.get(KEY, ""))
    if not key.isascii() or not 16 <= len(key) <= _LONGEST_KEY:
        raise HTTPException(400)
    return key


def number_of(form: FormData, name: str) -> int:
    """A number of our own; 400 where it is none."""
    text = str(form.get(name, ""))
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise HTTPException(400)
    return int(text)


def asked_for(form: FormData, event: str) -> list[str]:
    """The facts that a page asked for an event."""
    return [each for each in str(form.get(f"_asked.{event}", "")).split(",") if each]


def local(path: str) -> str:
    """Where to go on afterwards: a path of ours, never another site."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if plain and len(path) <= 500 else "/"
