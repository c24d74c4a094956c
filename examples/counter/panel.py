"""The panel of the demonstration: who one can be, text messages, the bank's moods, and the clock.

Only where the service runs as a demonstration, on the embedded bureau: nothing of it is there else.
"""

from __future__ import annotations

import dataclasses
import time
from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

import sstibet
from counter.posting import Form, counter_of

router = APIRouter(include_in_schema=False)
CARD = "6227 0000 0000 0000 011"  # fulfils the check digit; belongs to nobody
# The ports that one can play, and how they can be told to behave.
PORTS = ("gateway", "bank", "ledger", "registry", "agency", "papers", "accounts", "agreements")
MOODS = ("usual", "prompt", "slow", "refuse", "twice", "never", "down", "lost_reply")
REFUSING = ("gateway.charge_card", "gateway.charge_qr")
_SLOW = 60
FORWARD = {
    "minutes": {"minutes": 20},
    "hour": {"hours": 1},
    "day": {"days": 1},
    "week": {"days": 7},
}


class DemoClock:
    """The machine's clock, put to another time and forward by hand."""

    def __init__(self, at: int | None = None) -> None:
        self._ahead = 0.0 if at is None else at - time.time()

    def now(self) -> int:
        """Seconds since 1970."""
        return int(time.time() + self._ahead)

    def forward(self, *, days: int = 0, hours: int = 0, minutes: int = 0) -> None:
        """Put it forward."""
        self._ahead += ((days * 24 + hours) * 60 + minutes) * 60


@router.get("/panel")
def panel(request: Request) -> Response:
    """The panel."""
    counter = counter_of(request)
    bureau = counter.desk.bureau
    cast = bureau.cast()
    persons = [(each.name, getattr(cast, each.name)) for each in dataclasses.fields(cast)]
    values = {
        "persons": [(role, who, _password(bureau, who)) for role, who in persons],
        "face": bureau.demo_face(),
        "card": CARD,
        "inboxes": list(reversed(bureau.inboxes().items())),
        "ports": PORTS,
        "moods": MOODS,
        "now": counter.desk.clock.now(),
        "forward": tuple(FORWARD),
        "told": getattr(request.app.state, "told", {}),
    }
    return counter.page(request, "panel.html", **values)


@router.post("/panel/mood")
def mood(request: Request, form: Form) -> Response:
    """Tell a port how to behave from now on."""
    counter = counter_of(request)
    port, wanted = str(form.get("port", "")), str(form.get("mood", ""))
    if port not in PORTS or wanted not in MOODS:
        raise HTTPException(400)
    tell(counter.desk, port, wanted)
    told = getattr(request.app.state, "told", {})
    request.app.state.told = {**told, port: wanted}
    return counter.redirect(request, "/panel#bank")


@router.post("/panel/clock")
def clock(request: Request, form: Form) -> Response:
    """Put the clock forward, and let happen what is due by then."""
    counter = counter_of(request)
    steps = FORWARD.get(str(form.get("by", "")))
    if steps is None or not isinstance(counter.desk.clock, DemoClock):
        raise HTTPException(400)
    counter.desk.clock.forward(**steps)
    request.app.state.beat.once()
    return counter.redirect(request, "/panel#clock")


def tell(desk: sstibet.Engine, port: str, mood: str) -> None:
    """One mood of a port, instead of those before. Usually a code is paid after some seconds, as
    if somebody scanned it."""
    bureau = desk.bureau
    for target in (port, *(REFUSING if port == "gateway" else ())):
        bureau.tell(target, "usual")
    if mood == "usual":
        if port == "gateway":
            bureau.tell("gateway.charge_qr", "slow", seconds=15)
    else:
        bureau.tell(port, mood, seconds=_SLOW if mood == "slow" else None)


def _password(bureau: Any, who: Any) -> str:
    """An invented user's password; nothing where the person is no user."""
    return bureau.demo_password(who) if who.user_name is not None else ""
