"""What was typed when a session had ended, until its owner has signed in again; and the token of a
session that was opened a moment ago, for the second click of a double click.

Kept in the memory of this process, for a few minutes, for a bounded number of visitors.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Kept:
    """A few things for a short while, each taken by whoever knows what it is kept under."""

    seconds: float = 1800
    most: int = 1000
    now: Callable[[], float] = time.monotonic
    _things: OrderedDict[str, tuple[float, Any]] = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def put(self, under: str, thing: Any) -> None:
        """Keep something; the oldest goes where there is too much."""
        with self._lock:
            self._things[under] = (self.now() + self.seconds, thing)
            self._things.move_to_end(under)
            while len(self._things) > self.most:
                self._things.popitem(last=False)

    def look(self, under: str) -> Any:
        """What is kept, or None."""
        with self._lock:
            until, thing = self._things.get(under, (0.0, None))
            return thing if self.now() < until else None

    def take(self, under: str) -> Any:
        """What was kept, and is no more."""
        found = self.look(under)
        with self._lock:
            self._things.pop(under, None)
        return found
