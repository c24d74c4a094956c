"""The home page, the page of each item with its machine, and beginning an item."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

import sstibet
from counter.posting import AFTER, Form, counter_of, key_of, local
from counter.security import PICTURE
from counter.service import Counter
from counter.words import CATALOGUES
from sstibet.drawing import svg

router = APIRouter(include_in_schema=False)
_HOUR = "public, max-age=3600"


@router.get("/")
def home(request: Request) -> Response:
    """All items in the guide's groups, and what is under way."""
    counter = counter_of(request)
    asking = counter.asker(request)
    views = counter.desk.items(actor=asking.actor, limit=20) if not asking.fresh else []
    open_ = [each for each in views if not each.final and each.item != "login"]
    return counter.page(request, "home.html", groups=counter.home.groups, under_way=open_[:3])


@router.get("/services/{name}")
def service(request: Request, name: str) -> Response:
    """What an item is, those of it that are under way, and a button to begin one."""
    counter = counter_of(request)
    rules = _beginnable(counter, name)
    asking = counter.asker(request)
    closed = rules.open_to == "person" and not asking.signed_in
    views = [] if asking.fresh else counter.desk.items(actor=asking.actor)
    mine = [each for each in views if each.item == name and not each.final]
    stages = counter.home.stages.get(name, ())
    values = {"name": name, "rules": rules, "closed": closed, "mine": mine[:5], "stages": stages}
    return counter.page(request, "service.html", **values)


@router.post("/services/{name}")
def begin(request: Request, name: str, form: Form) -> Response:
    """Begin an item. Sent twice, it is begun once."""
    counter = counter_of(request)
    rules = _beginnable(counter, name)
    asking = counter.asker(request)
    if rules.open_to == "person" and not asking.signed_in:
        return counter.redirect(request, f"/services/{name}")
    view = counter.desk.start(name, actor=asking.actor, key=key_of(form))
    number = str(form.get("_voucher_no", ""))
    if number and view.form is not None:  # from the code on a certificate
        counter.desk.save(view.ref, {"voucher_no": number}, actor=asking.actor)
    response = counter.redirect(request, f"/items/{view.ref}")
    if name == "login":
        counter.cookies.put(response, "after", local(str(form.get(AFTER, "/"))), 1800)
    return response


@router.get("/services/{name}/machine")
def machine(request: Request, name: str) -> Response:
    """The machine of an item, drawn."""
    counter = counter_of(request)
    if name not in counter.desk.book.contents.items:
        raise HTTPException(404)
    wide, high = _size(_drawn(counter.desk.book, name, counter.language(request)))
    return counter.page(request, "machine.html", name=name, wide=wide, high=high)


@router.get("/pictures/{language}/{name}.svg")
def picture(request: Request, language: str, name: str) -> Response:
    """The drawing itself."""
    counter = counter_of(request)
    if language not in CATALOGUES or name not in counter.desk.book.contents.items:
        raise HTTPException(404)
    headers = {"Cache-Control": _HOUR, "Content-Security-Policy": PICTURE}
    drawn = _drawn(counter.desk.book, name, language)
    return Response(drawn, media_type="image/svg+xml", headers=headers)


@router.get("/language/{language}")
def choose_language(request: Request, language: str, back: str = "/") -> Response:
    """Read the pages in another language from now on."""
    counter = counter_of(request)
    if language not in CATALOGUES:
        raise HTTPException(404)
    response = counter.redirect(request, local(back))
    counter.cookies.put_language(response, language)
    return response


@lru_cache(maxsize=128)
def _drawn(book: sstibet.Rulebook, name: str, language: str) -> str:
    return svg(book, name, language)


def _size(drawn: str) -> tuple[str, str]:
    """How wide and high a drawing is, so that the page leaves room for it."""
    found = re.search(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', drawn)
    return found.groups() if found else ("600", "800")  # type: ignore[return-value]


def _beginnable(counter: Counter, name: str) -> Any:
    rules = counter.desk.book.contents.items.get(name)
    if rules is None or rules.open_to == "items":
        raise HTTPException(404)
    return rules
