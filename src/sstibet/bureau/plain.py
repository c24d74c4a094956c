"""Typed values of a call, replies as text, and what a table's columns hold."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from sstibet.engine.ports import Reply
from sstibet.money import Money
from sstibet.months import Month
from sstibet.plain import plain


def fen(value: Money | str | int) -> int:
    """An amount of yuan as whole fen."""
    return Money.of(value).fen


def maybe_fen(value: Money | str | int | None) -> int | None:
    """As `fen`; None stays None."""
    return None if value is None else fen(value)


def yuan(fen: int | None) -> Money | None:
    """Whole fen as money; None stays None."""
    return None if fen is None else Money(fen)


def text(value: object) -> str | None:
    """A month, day or code as a column holds it; None stays None."""
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date) else str(value)


def month(value: Month | str) -> Month:
    """A month, typed or written."""
    return Month.parse(value) if isinstance(value, str) else value


def dump(reply: Reply) -> str:
    """A reply as JSON."""
    return json.dumps([reply.answer, plain(reply.facts)], ensure_ascii=False)


def undump(written: str) -> Reply:
    """A reply that was written by `dump`."""
    answer, facts = json.loads(written)
    return Reply(answer, facts)


@cache
def data(name: str) -> Any:
    """One of the package's own JSON files: what the bureau says, whom it invents."""
    return json.loads(resources.files("sstibet.bureau").joinpath(name).read_text("utf-8"))
