"""The routes: each hands a request to the desk, and shows what the desk answers."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

import sstibet
from sstibet.papers import NotACertificate, Sealed

from . import shapes, showing
from .asking import Desk, Key, KindName, Language, Person, Press, Ref, Renderer, Token, Version, Who
from .door import JSON, PDF, PNG, SVG, Door, json_type
from .problems import Trouble, if_refused, of_fields
from .shapes import FieldError
from .showing import Shower
from .tongues import spoken, words

router = APIRouter(prefix="/v1", route_class=Door)


class Svg(Response):
    """A picture; opened by itself it may do nothing."""

    media_type = SVG


class Pdf(Response):
    """A paper."""

    media_type = PDF


class Png(Response):
    """A page of a paper."""

    media_type = PNG


# Who is there


@router.post("/visitors", status_code=201, tags=["session"], operation_id="visit")
def visit(desk: Desk) -> shapes.Visitor:
    """A token for somebody who isn't signed in yet: to register, log in, or verify a paper."""
    return shapes.Visitor(token=desk.visitor())


@router.post("/session", status_code=201, tags=["session"], operation_id="sign_in")
def sign_in(desk: Desk, who: Who, body: shapes.SignIn) -> shapes.Session:
    """A session for whoever has just signed in by a `login` item. Needs no Idempotency-Key: a
    login opens one session, and its token is told once."""
    view = desk.view(body.login, **who.as_said)
    return shapes.Session(token=desk.sessions.open(view))


@router.delete("/session", status_code=204, tags=["session"], operation_id="sign_out")
def sign_out(desk: Desk, token: Token, person: Person) -> None:
    """Sign out."""
    desk.sessions.end(token)


# Items


@router.get("/kinds", tags=["kinds"], operation_id="list_kinds")
def list_kinds(desk: Desk, language: Language) -> shapes.Kinds:
    """What may be begun."""
    return showing.kinds(desk.book, language)


@router.get("/kinds/{kind}/machine", tags=["kinds"], operation_id="show_machine")
def show_machine(desk: Desk, kind: KindName, language: Language) -> shapes.Machine:
    """An item's states and what each event leads to; those that only other items call as well."""
    _known(desk, kind)
    return showing.machine(desk.book, kind, language)


@router.get(
    "/kinds/{kind}/machine.svg", response_class=Svg, tags=["kinds"], operation_id="draw_machine"
)
def draw_machine(desk: Desk, kind: KindName, language: Language) -> Response:
    """The same, drawn."""
    _known(desk, kind)
    safe = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
    return Svg(showing.drawn(desk.book, kind, spoken(language)), headers=safe)


@router.get("/items", tags=["items"], operation_id="list_items")
def list_items(
    desk: Desk, who: Who, language: Language, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> shapes.Items:
    """Somebody's items, the newest first; those that were called by others are inside of these."""
    shower = Shower(language, "plain", who.is_owner)
    found = desk.items(limit=limit, **who.as_said)
    return shapes.Items(items=[shower.brief(each) for each in found])


@router.post("/items", status_code=201, tags=["items"], operation_id="start")
def start(
    desk: Desk,
    who: Who,
    key: Key,
    body: shapes.Start,
    language: Language,
    response: Response,
    request: Request,
    renderer: Renderer = "plain",
) -> shapes.Item:
    """Begin an item. The same key again answers with the item that it began."""
    if body.item not in desk.book.contents.items:
        raise _wrong("#/item", "unknown_item", language)
    view = desk.start(body.item, given=body.given, key=key, **who.as_said)
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/v1/items/{view.ref}"
    return _shown(view, who, language, renderer, response)


@router.get("/items/{ref}", tags=["items"], operation_id="see")
def see(
    desk: Desk,
    who: Who,
    ref: Ref,
    language: Language,
    response: Response,
    renderer: Renderer = "plain",
) -> shapes.Item:
    """An item as it stands."""
    return _shown(desk.view(ref, **who.as_said), who, language, renderer, response)


@router.post("/items/{ref}/events", tags=["items"], operation_id="send")
def send(
    desk: Desk,
    who: Who,
    ref: Ref,
    key: Key,
    version: Version,
    body: shapes.Send,
    language: Language,
    response: Response,
    renderer: Renderer = "plain",
) -> shapes.Item:
    """Do something. The same key again answers with the first outcome; what was refused changed
    nothing, and may be sent again under its key."""
    view = desk.send(ref, body.event, body.answers, key=key, version=version, **who.as_said)
    if_refused(view, language)
    return _shown(view, who, language, renderer, response)


@router.patch("/items/{ref}/draft", tags=["items"], operation_id="save_draft")
def save_draft(
    desk: Desk,
    who: Who,
    ref: Ref,
    body: shapes.Draft,
    language: Language,
    response: Response,
    renderer: Renderer = "plain",
) -> shapes.Item:
    """Keep what was typed so far, right or wrong, beside what was kept before. No secret is."""
    view = desk.save(ref, body.answers, **who.as_said)
    if_refused(view, language)
    return _shown(view, who, language, renderer, response)


# Certificates


@router.get("/items/{ref}/certificate", tags=["certificates"], operation_id="certificate")
def certificate(desk: Desk, who: Who, ref: Ref) -> Response:
    """What an item has certified, as its issuer sealed it: for whoever has the public key, and for
    `verify`. Nothing in it is masked."""
    return Response(desk.paper(ref, **who.as_said).text(), media_type=JSON)


@router.get(
    "/items/{ref}/certificate.pdf",
    response_class=Pdf,
    tags=["certificates"],
    operation_id="print_certificate",
)
def print_certificate(desk: Desk, who: Who, ref: Ref, press: Press) -> Response:
    """The same on paper, the sealed certificate attached to it."""
    return Pdf(press.pdf(desk.paper(ref, **who.as_said)))


@router.get(
    "/items/{ref}/certificate.png",
    response_class=Png,
    tags=["certificates"],
    operation_id="picture_certificate",
)
def picture_certificate(
    desk: Desk, who: Who, ref: Ref, press: Press, page: Annotated[int, Query(ge=1, le=100)] = 1
) -> Response:
    """The same as a picture to keep, page by page."""
    pages = press.png(desk.paper(ref, **who.as_said))
    if page > len(pages):
        raise Trouble("no-certificate")
    return Png(pages[page - 1])


@router.post("/certificates/verify", tags=["certificates"], operation_id="verify_certificate")
async def verify_certificate(desk: Desk, request: Request, language: Language) -> shapes.Standing:
    """How a certificate stands that somebody brings: genuine, repaid since, altered …"""
    json_type(request)
    try:
        sealed = Sealed.read(json.dumps(await request.json()))
    except NotACertificate:
        raise _wrong("#", "no_certificate", language) from None
    found = await run_in_threadpool(desk.verify_paper, sealed)
    return shapes.Standing(standing=found.standing.value, refunded_on=found.refunded_on)


# Prices


@router.post("/quotes", tags=["quotes"], operation_id="quote")
def quote(desk: Desk, body: shapes.Ask, language: Language) -> shapes.Quote:
    """A price without an item. Nothing is kept."""
    if body.scheme not in desk.book.contents.schemes:
        raise _wrong("#/scheme", "unknown_scheme", language)
    known_on = None if body.known_on is None else _day(body.known_on, "#/known_on", language)
    found = desk.book.on(_day(body.on, "#/on", language), known_on).quote(body.scheme, body.facts)
    match found:
        case sstibet.Wrong():
            wrong = (found, *found.also)
            raise Trouble("wrong-fields", tuple(of_fields(wrong, language, "#/facts")))
        case sstibet.Missing():
            text = found.text(spoken(language))
            raise Trouble("wrong-fields", tuple(
                FieldError(pointer=f"#/facts/{each}", code="required", detail=text)
                for each in found.facts
            ))  # fmt: skip
        case _:
            return showing.quote(found, language)


# What ports tell


@router.post("/callbacks/{port}", tags=["callbacks"], operation_id="call_back")
async def call_back(
    desk: Desk,
    port: str,
    request: Request,
    signature: Annotated[
        str,
        Header(
            alias="Signature",
            max_length=200,
            description="`KEY_ID.BASE64`, over the body's exact bytes.",
            examples=["k1.AAAA"],
        ),
    ],
) -> shapes.Taken:
    """What a gateway, a bank or an agency tells later: signed, and believed for nothing else."""
    json_type(request)
    body = await request.body()
    return shapes.Taken(taken=await run_in_threadpool(desk.receive, port, body, signature))


def _shown(
    view: sstibet.View, who: Who, language: str, renderer: str, response: Response
) -> shapes.Item:
    response.headers["ETag"] = f'"{view.version}"'
    return Shower(language, renderer, who.is_owner).item(view)


def _known(desk: sstibet.Engine, kind: str) -> None:
    if kind not in desk.book.contents.items:
        raise Trouble("not-found")


def _wrong(pointer: str, code: str, language: str) -> Trouble:
    detail = words(language)[f"error.{code}"]
    return Trouble("wrong-fields", (FieldError(pointer=pointer, code=code, detail=detail),))


def _day(text: str, pointer: str, language: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _wrong(pointer, "no_such_day", language) from None
