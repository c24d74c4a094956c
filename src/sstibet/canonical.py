"""The one way to write down what a book says, so that the same meaning has the same digest."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256
from json import JSONEncoder

# Where a mapping stands is no part of what it says. In JSON this can only be our own entry: inside
# a text every quotation mark has a backslash before it.
_PLACE = re.compile(r'"where":"[^"\\]*"')
_ENCODER = JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(entries: Iterable[tuple[str, str, object]]) -> str:
    """SHA-256, in hex, of everything that stands in a book: (kind, name, tree) of each entry.

    Spacing, comments, quotes, the order of keys, the lines that rules stand on and the files they
    are spread over don't count; whatever the rules or their words say does.
    """
    whole = sha256()
    for kind, name, tree in sorted(entries, key=lambda entry: entry[:2]):
        text = _PLACE.sub('"where":""', _ENCODER.encode([kind, name, tree]))
        whole.update(sha256(text.encode()).digest())
    return whole.hexdigest()
