"""Where gateways call back: what they tell is signed, and believed for nothing else."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

import sstibet
from counter.posting import counter_of

SIGNATURE = "Signature"
router = APIRouter(include_in_schema=False)


@router.post("/callbacks/{port}")
async def receive(request: Request, port: str) -> Response:
    """A callback: 204 where it is taken or was before, 400 where it is none that can be taken."""
    desk, body = counter_of(request).desk, await request.body()
    signature = request.headers.get(SIGNATURE, "")
    try:
        await run_in_threadpool(desk.receive, port, body, signature)
    except sstibet.CallbackRefused:
        raise HTTPException(400) from None
    return Response(status_code=204)
