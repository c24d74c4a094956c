"""For the tests of other projects as well as ours: walks through business items, Hypothesis
strategies, and a pytest plugin.

* ``sstibet.testing.walks``: for every way of an item's machine the shortest walk found.
* ``sstibet.testing.strategies``: amounts, days, persons, and questions drawn from any rule book.
* ``sstibet.testing.plugin``: ``pytest --rulebook DIR`` runs every example and case of a book.

The last two need the extra ``test`` (hypothesis, pytest); nothing else of the library imports
either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sstibet.testing.walking import Walk, Walked, explore, walks

__all__ = ["Walk", "Walked", "explore", "walks"]


def __getattr__(name: str) -> Any:
    # pytest imports this package for its plugin in every project, so nothing is loaded before it
    # is asked for.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sstibet.testing import walking

    return getattr(walking, name)
