"""Values as a person sees them: codes and yes or no as words, personal numbers masked."""

from __future__ import annotations

import contextlib
from typing import Any

from sstibet import formats
from sstibet.facts import Dictionary, Fact
from sstibet.kinds import KINDS
from sstibet.personal import NOTHING_SHOWN, SHOWN_ENDS, mask
from sstibet.problems import BadValue
from sstibet.texts import DEFAULT_LANGUAGE, say

_WRITTEN = ("money", "rate", "date", "month")


def masked(fact: Fact, value: Any) -> Any:
    """A plain value with what must not be shown replaced by stars.

    A citizen ID keeps its first 6 and last 4, a mobile number 3 and 4, a card or an account its
    last 4; a secret keeps nothing. Names and all else are shown. Of records each row is masked.
    """
    if fact.kind == "records":
        fields = fact.fields or {}
        return [
            {name: masked(fields[name], each) for name, each in row.items() if name in fields}
            for row in value or ()
        ]
    if value is None:
        return None
    if fact.kind == "secret":
        return NOTHING_SHOWN
    return mask(fact.kind, value) if fact.kind in SHOWN_ENDS else value


def in_words(
    dictionary: Dictionary, fact: Fact, value: Any, language: str = DEFAULT_LANGUAGE
) -> str:
    """A plain value as it is shown in ``language``: masked, a code by its label, yes or no as a
    word, amounts, days and months as people write them; nothing for what isn't known."""
    if value is None or fact.kind == "records":
        return ""
    if isinstance(value, bool):
        return say("yes" if value else "no", language)
    if fact.kind == "code" and fact.codes is not None:
        code = dictionary.codes[fact.codes].codes.get(str(value))
        return str(value) if code is None else code.label.text(language)
    if fact.kind in _WRITTEN and isinstance(value, str):
        with contextlib.suppress(BadValue):  # what was typed and is wrong is shown as it was typed
            return formats.shown(KINDS[fact.kind][0](value), language) or value
    return str(masked(fact, value))
