"""Answers that are plainly right, as nearly all are, taken in one pass.

It is for forms that take the same of everybody (`Plan.alone`). What it doesn't take isn't wrong by
that: `sstibet.forms.reading` has the last word, and says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sstibet.facts import Dictionary, Fact
from sstibet.forms.bound import BoundForm
from sstibet.forms.entries import read_scalar
from sstibet.forms.fitting import check_of
from sstibet.forms.reading import Reading
from sstibet.kinds import KINDS
from sstibet.problems import BadValue
from sstibet.typed import normalise

_SHORT = 100  # no kind refuses a text for its length below
TakeAtOnce = Callable[[Mapping[str, Any]], Reading | None]


def _reader(dictionary: Dictionary, fact: Fact) -> Callable[[Any], Any]:
    """What reads one value as `read_scalar` does. A text whose kind is all that there is to it is
    read without asking for more."""
    bounds = (fact.least, fact.most, fact.shortest, fact.longest, fact.pattern)
    more = fact.codes is not None or fact.derive is not None or any(each for each in bounds)
    parse, gives, _ = KINDS[fact.kind]
    if more or gives is not str:
        return lambda typed: read_scalar(dictionary, fact, typed)
    kind = fact.kind

    def read(typed: Any) -> Any:
        if type(typed) is not str or len(typed) > _SHORT:
            return read_scalar(dictionary, fact, typed)
        text = normalise(kind, typed)
        return parse(text) if text else None

    return read


def taker(bound: BoundForm) -> TakeAtOnce:
    """Makes what reads an answer to a form that stands alone: what `read` would make of it, or
    None, where it isn't plainly right."""
    assert bound.plan.alone, "what it takes hangs on nothing else"
    dictionary, asked = bound.known.dictionary, bound.plan.asked
    fields = [
        (
            each.fact,
            _reader(dictionary, each.definition),
            check_of(each),
            each.required,
            each.kind == "secret",
        )
        for each in bound.fields
    ]

    def take(payload: Mapping[str, Any]) -> Reading | None:
        values, secrets = dict[str, Any](), dict[str, Any]()
        left = len(payload)
        for name, reads, fits, required, secret in fields:
            typed = payload.get(name)
            if typed is None and name not in payload:
                if required:
                    return None
                continue
            left -= 1
            try:
                value = reads(typed)
            except BadValue:
                return None
            if value is None:
                if required:
                    return None
            elif not fits(value):
                return None
            elif secret:
                secrets[name] = value
            else:
                values[name] = value
        if left:
            return None
        return Reading(values, secrets, dict(values), (), asked - values.keys())

    return take
