"""How many requests somebody may make in a minute, counted by the ``limits`` library."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter


@dataclass(frozen=True, slots=True)
class Limits:
    """So many requests a minute of one address or token, and so many bytes of a body."""

    a_minute: int = 300
    body_bytes: int = 65_536


class Meter:
    """Counts requests in this process; several processes share a storage of `limits`' own."""

    def __init__(self, limits: Limits) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._item = RateLimitItemPerMinute(limits.a_minute)

    def wait(self, *callers: str) -> int:
        """How many seconds these have to wait (an address, a token); 0: the request is counted."""
        for caller in callers:
            if not self._limiter.hit(self._item, caller):
                again = self._limiter.get_window_stats(self._item, caller).reset_time
                return max(1, math.ceil(again - time.time()))
        return 0
