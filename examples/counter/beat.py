"""The beat of the service: what is due is delivered, and what has had its time ends.

The engine does neither by itself: a service calls `deliver` and `due` every few seconds.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import sstibet

_log = logging.getLogger("counter")


class Beat:
    """A thread that looks after a desk while the service runs.

    Args:
        desk: whose effects and deadlines.
        seconds: from one look to the next.
        also: what else is done each time; the demo's bank calls back here.
    """

    def __init__(
        self,
        desk: sstibet.Engine,
        seconds: float = 2,
        also: Callable[[], object] = lambda: None,
    ) -> None:
        self.desk, self.seconds, self.also = desk, seconds, also
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="beat", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, once what is under way is done."""
        self._over.set()
        self._thread.join(timeout=10)

    def once(self) -> None:
        """One look. Whatever breaks is told in the log, and looked at again the next time."""
        for act in (self.also, self.desk.deliver, self.desk.due):
            try:
                act()
            except Exception:
                _log.exception("the beat missed")

    def _run(self) -> None:
        while not self._over.wait(self.seconds):
            self.once()
