"""Pictures of an item's own: the code that a telephone scans, and a certificate."""

from __future__ import annotations

import io

import segno
from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from counter.posting import counter_of
from counter.security import PICTURE
from counter.showing import QR
from sstibet.papers import Sealed
from sstibet.papers.press import Press

# The kind that stands in a certificate's code -> the item that verifies it.
VERIFIED = {"payment": "verify_payment_certificate", "tax": "verify_tax_certificate"}
router = APIRouter(include_in_schema=False)


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
    press, sealed = _printing(request, ref)
    return Response(press.pdf(sealed), media_type="application/pdf", headers=_saved(sealed, "pdf"))


@router.get("/items/{ref}/paper-{number}.png")
def paper_picture(request: Request, ref: str, number: int, save: bool = False) -> Response:
    """A page of it as a picture; to be saved (保存到相册), or to be looked at."""
    press, sealed = _printing(request, ref)
    pages = press.png(sealed)
    if not 1 <= number <= len(pages):
        raise HTTPException(404)
    headers = {"X-Pages": str(len(pages)), "Content-Security-Policy": PICTURE}
    headers |= _saved(sealed, "png") if save else {}
    return Response(pages[number - 1], media_type="image/png", headers=headers)


def _printing(request: Request, ref: str) -> tuple[Press, Sealed]:
    counter = counter_of(request)
    sealed = counter.desk.paper(ref, actor=counter.asker(request).actor)
    if counter.press is None:
        raise HTTPException(404)
    return counter.press, sealed


def _saved(sealed: Sealed, kind: str) -> dict[str, str]:
    name = f"{sealed.certificate.number}.{kind}"
    return {"Content-Disposition": f'attachment; filename="{name}"'}


@router.get("/verify")
def verify(request: Request, kind: str = "tax", voucher_no: str = "") -> Response:
    """Where the code on a certificate leads to: its verification, with the number filled in."""
    name = VERIFIED.get(kind)
    if name is None:
        raise HTTPException(404)
    number = voucher_no if voucher_no.isascii() and voucher_no.isdigit() else ""
    return counter_of(request).page(request, "verify.html", name=name, number=number[:18])
