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
