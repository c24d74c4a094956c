"""Errors leave the library without what it worked on: a report of an error may list the locals of
every frame that it passed, and the library's hold what a person answered, or a key.

The frames of the library are emptied once an error has left them; the messages, the lines and
everybody else's frames stay as they are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, cast

from sstibet.personal import veiled

P = ParamSpec("P")
T = TypeVar("T")
_OURS = "sstibet."


def swept(method: Callable[P, T]) -> Callable[P, T]:
    """A method whose errors carry none of the library's locals away; mappings that it is given are
    `Veiled`, with what is `Personal` in them revealed."""

    @wraps(method)
    def call(*args: Any, **given: Any) -> Any:
        args = tuple(_behind_a_veil(each) for each in args)
        given = {name: _behind_a_veil(each) for name, each in given.items()}
        try:
            return method(*args, **given)
        except BaseException as error:
            args, given = (), {}  # this frame is still running and can't be emptied from outside
            sweep(error)
            raise

    return cast(Callable[P, T], call)


def _behind_a_veil(value: Any) -> Any:
    # Whoever looks at the frames that are running now sees these.
    return veiled(value) if isinstance(value, Mapping) else value


def sweep(error: BaseException) -> None:
    """Empty the library's frames of an error, and of those that led to it."""
    for each in _led_to(error):
        place: TracebackType | None = each.__traceback__
        while place is not None:
            if place.tb_frame.f_globals.get("__name__", "").startswith(_OURS):
                with contextlib.suppress(RuntimeError):  # it is still running
                    place.tb_frame.clear()
            place = place.tb_next


def _led_to(error: BaseException) -> Iterator[BaseException]:
    seen, todo = set[int](), [error]
    while todo:
        each = todo.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        todo += [found for found in (each.__cause__, each.__context__) if found is not None]
        if isinstance(each, BaseExceptionGroup):
            todo += each.exceptions
