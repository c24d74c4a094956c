"""Pictures of an item's own: the code that a telephone scans, and a certificate."""

from __future__ import annotations

import io
from functools import cache

import segno
from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

import sstibet
from counter.posting import counter_of
from counter.security import PICTURE
from counter.showing import QR
from sstibet.papers import Sealed
from sstibet.papers.press import Press

router = APIRouter(include_in_schema=False)
_SAVED = "certificate.pdf"


@router.get("/items/{ref}/code.svg")
def code(request: Request, ref: str) -> Response:
    """The code by which an order is paid, as a picture."""
    counter = counter_of(request)
    view = counter.desk.view(ref, actor=counter.asker(request).actor).front
    fields = view.form.fields if view.form is not None else ()
    text = next((each.value for each in fields if each.fact == QR and each.value), None)
    if text is None:
        raise HTTPException(404)
    drawn = io.BytesIO()
    segno.make(text, micro=False, error="m").save(drawn, kind="svg", scale=8, border=4)
    headers = {"Content-Security-Policy": PICTURE}
    return Response(drawn.getvalue(), media_type="image/svg+xml", headers=headers)


@router.get("/items/{ref}/paper.pdf")
def paper(request: Request, ref: str) -> Response:
    """A certificate as its issuer sealed it, to be kept and handed on."""
    made = _press(_address(request)).pdf(_sealed(request, ref))
    saved = {"Content-Disposition": f'attachment; filename="{_SAVED}"'}
    return Response(made, media_type="application/pdf", headers=saved)


@router.get("/items/{ref}/paper-{number}.png")
def paper_picture(request: Request, ref: str, number: int) -> Response:
    """A page of it as a picture (保存到相册)."""
    pages = _press(_address(request)).png(_sealed(request, ref))
    if not 1 <= number <= len(pages):
        raise HTTPException(404)
    headers = {"X-Pages": str(len(pages)), "Content-Security-Policy": PICTURE}
    return Response(pages[number - 1], media_type="image/png", headers=headers)


def _sealed(request: Request, ref: str) -> Sealed:
    counter = counter_of(request)
    try:
        return counter.desk.paper(ref, actor=counter.asker(request).actor)
    except sstibet.NoPaper:
        raise HTTPException(404) from None


def _address(request: Request) -> str:
    """Where the code on a paper leads to: the page that verifies one."""
    return str(request.base_url) + "services"


@cache
def _press(verify_at: str) -> Press:
    # The first paper takes some seconds, for the fonts are read then; those after it do not.
    return Press(verify_at)
