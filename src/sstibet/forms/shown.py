"""Values as a person sees them: codes and yes or no as words, personal numbers masked."""

from __future__ import annotations

from typing import Any

from sstibet.facts import Dictionary, Fact
from sstibet.texts import DEFAULT_LANGUAGE, say

STAR = "*"


def _both_ends(head: int, tail: int, text: str) -> str:
    """The first and the last characters, with a star for each one between. A text that would be
    shown nearly whole keeps only its last two."""
    hidden = len(text) - head - tail
    if hidden < 4:
        return STAR * max(len(text) - 2, 4) + text[-2:] if len(text) > 4 else STAR * 4
    return text[:head] + STAR * hidden + text[len(text) - tail :]


# kind -> (characters shown at the front, at the end)
_SHOWN_ENDS = {
    "resident_id": (6, 4),
    "id_number": (6, 4),
    "mobile": (3, 4),
    "bank_card": (0, 4),
    "account_number": (0, 4),
}


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
        return STAR * 6
    ends = _SHOWN_ENDS.get(fact.kind)
    return value if ends is None else _both_ends(*ends, str(value))


def in_words(
    dictionary: Dictionary, fact: Fact, value: Any, language: str = DEFAULT_LANGUAGE
) -> str:
    """A plain value as it is shown in ``language``: masked, a code by its label, yes or no as a
    word; nothing for what isn't known."""
    if value is None or fact.kind == "records":
        return ""
    if isinstance(value, bool):
        return say("yes" if value else "no", language)
    if fact.kind == "code" and fact.codes is not None:
        code = dictionary.codes[fact.codes].codes.get(str(value))
        return str(value) if code is None else code.label.text(language)
    return str(masked(fact, value))
