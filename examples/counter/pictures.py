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

KINDS = {"png": "image/png", "pdf": "application/pdf"}
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


@router.get("/items/{ref}/paper.{kind}")
def paper(request: Request, ref: str, kind: str, save: bool = False) -> Response:
    """An item's certificate: its first page as a picture, or all of it as PDF."""
    counter = counter_of(request)
    if counter.press is None or kind not in KINDS:
        raise HTTPException(404)
    sealed = counter.desk.paper(ref, actor=counter.asker(request).actor)
    printed = counter.press.pdf(sealed) if kind == "pdf" else counter.press.png(sealed)[0]
    headers = {"Content-Security-Policy": PICTURE}
    if save:
        name = f"{sealed.certificate.number}.{kind}"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(printed, media_type=KINDS[kind], headers=headers)


@router.get("/verify")
def verify(request: Request, kind: str = "tax", voucher_no: str = "") -> Response:
    """Where the code on a certificate leads to: its verification, with the number filled in."""
    name = VERIFIED.get(kind)
    if name is None:
        raise HTTPException(404)
    number = voucher_no if voucher_no.isascii() and voucher_no.isdigit() else ""
    return counter_of(request).page(request, "verify.html", name=name, number=number[:18])
