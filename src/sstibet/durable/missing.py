"""Where durable-rules isn't installed, or can't be."""

from __future__ import annotations

import sys
from typing import Any

FIRST_WITHOUT = (3, 13)


class DurableMissing(ImportError):
    """durable-rules can't be imported; the message says what to do."""


def engine() -> Any:
    """The module ``durable.engine``. DurableMissing where there is none."""
    try:
        from durable import engine
    except ImportError as error:
        raise DurableMissing(what_to_do(sys.version_info[:2], error), name="durable") from error
    return engine


def what_to_do(version: tuple[int, int], error: Exception) -> str:
    """Why there is no second opinion, and how to have one."""
    mend = "pip install 'sstibet[durable]'"
    if version >= FIRST_WITHOUT:
        here, last = ".".join(map(str, version)), f"{FIRST_WITHOUT[0]}.{FIRST_WITHOUT[1]}"
        return (
            f"durable-rules can't be imported by Python {here}: run this with a Python older than "
            f"{last} and {mend}, or leave the second opinion out"
        )
    return f"the second opinion needs durable-rules ({error}): {mend}, or leave it out"
