"""A simulator (模拟器) of the whole engine: several workers, one store, the bureau, the gateway and
a clock under one seeded scheduler, with everything that goes wrong in a data centre.

>>> from sstibet.testing.simulation import simulate                     # doctest: +SKIP
>>> simulate(7).broken is None                                          # doctest: +SKIP
True

The same seed gives the same history, byte for byte. A law that is broken is told with a command of
one line that plays the history again, thinned to the decisions that it needs::

    python -m sstibet.testing.simulation --seed 7 --events 0-3,17,40

An embedder gives `Parts` of their own: their book, their ports (`Outside`, and `Signs` where the
gateway signs its callbacks), their store, their agents (`Holding`). Needs the extra ``test``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sstibet.testing.simulation.laws import Broken
    from sstibet.testing.simulation.network import Signs
    from sstibet.testing.simulation.parts import BureauOutside, Outside, Parts
    from sstibet.testing.simulation.rights import Holding
    from sstibet.testing.simulation.running import Outcome, shrink, simulate

__all__ = [
    "Broken", "BureauOutside", "Holding", "Outcome", "Outside", "Parts", "Signs", "shrink",
    "simulate",
]  # fmt: skip
_WHERE = {
    "Broken": "laws", "BureauOutside": "parts", "Holding": "rights", "Outside": "parts",
    "Parts": "parts", "Signs": "network",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    # What fills in forms is used without a scheduler as well, so greenlet isn't loaded for it.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_WHERE.get(name, 'running')}"), name)
