"""A desk to show: the embedded bureau, its invented persons, a bank that calls back over HTTP."""

from __future__ import annotations

import logging
import secrets
import urllib.request
from collections.abc import Callable

import sstibet
from counter.callbacks import SIGNATURE
from counter.panel import DemoClock, tell
from sstibet.papers.press import Press
from sstibet.settings import CallbackKey

_log = logging.getLogger("counter")
_KEY = "demo"
ON = "2025-10-15T09:00"  # a day on which every item can be done


def open_desk(file: str | None = None, on: str | None = ON) -> sstibet.Engine:
    """A desk in memory or on a file, with the clock put to a time; its gateway signs callbacks."""
    at = None if on is None else sstibet.SetClock.on(on).now()
    secret = secrets.token_bytes(32)
    settings = sstibet.Settings(
        callbacks=(CallbackKey(port="gateway", id=_KEY, secret=secret, where=""),), where=""
    )
    desk = sstibet.Engine.open(file, clock=DemoClock(at), settings=settings)
    desk.bureau.sign_callbacks("gateway", sstibet.Signer.shared(_KEY, secret))
    tell(desk, "gateway", "usual")
    return desk


def open_press(address: str) -> Press | None:
    """What prints certificates, whose codes lead to the service itself; None where the fonts aren't
    installed, which is told in the log."""
    try:
        return Press(f"{address}/verify")
    except RuntimeError as why:
        _log.warning("certificates are not printed: %s", why)
        return None


def calling_back(desk: sstibet.Engine, address: str) -> Callable[[], None]:
    """The gateway's part of a beat: what it has to tell is posted to the service's own address."""

    def call_back() -> None:
        for each in desk.bureau.signed_callbacks():
            url = f"{address}/callbacks/{each.port}"
            headers = {SIGNATURE: each.signature, "Content-Type": "application/json"}
            sent = urllib.request.Request(url, each.body, headers, method="POST")
            with urllib.request.urlopen(sent, timeout=10) as answer:
                _log.info("the gateway called back: %s", answer.status)

    return call_back
