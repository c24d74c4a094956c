"""A given value that cannot be read, as the answer that says so in words (`Wrong`)."""

from __future__ import annotations

from sstibet.facts import BadField, Dictionary, Fact
from sstibet.outcomes import Wrong
from sstibet.problems import BadValue
from sstibet.text import brief, nearest
from sstibet.texts import Term

_LONGEST = 100  # characters of a value that are compared with what it may have been meant to be


def unreadable(dictionary: Dictionary, name: str, value: object, error: BadValue) -> Wrong:
    """What is wrong with the value given for a fact; a personal one is never repeated.

    Args:
        dictionary: the book's.
        name: the fact, or a name that is none.
        value: what was given.
        error: what `Dictionary.read` raised, or a check that came after it.
    """
    fact = dictionary.facts.get(name)
    label: object = fact.label if fact else name
    if isinstance(error, BadField) and fact is not None and fact.fields is not None:
        fact, value = fact.fields[error.field], error.value
        label = Term("row", (("label", label), ("row", error.row), ("field", fact.label)))
    hidden = fact is None or fact.personal
    # What is said of a row's shape holds none of its values.
    safe = not hidden or fact is None or fact.kind == "records"
    values: dict[str, object] = {
        "label": label,
        "given": "***" if hidden else _text(value)[:40],
        "least": fact and fact.least,
        "most": fact and fact.most,
        "shortest": fact and fact.shortest,
        "longest": fact and fact.longest,
        "codes": fact and fact.codes,
        "near": _near(dictionary, name, value, fact),
        "reason": error.message if safe else error.code,
        "hint": error.hint if safe else "",
    }
    return Wrong(name, error.code, values)


def _near(dictionary: Dictionary, name: str, value: object, fact: Fact | None) -> str:
    """The fact, or the code, that was probably meant."""
    if fact is None:
        return nearest(name, dictionary.facts)
    return nearest(_text(value), dictionary.codes[fact.codes].codes) if fact.codes else "—"


def _text(value: object) -> str:
    return value[:_LONGEST] if isinstance(value, str) else brief(value)


def lacking(dictionary: Dictionary, name: str) -> Wrong:
    """A fact (or ``records.column``) that is not known and is needed, by its label."""
    records, _, column = name.partition(".")
    fact = dictionary.facts.get(records)
    if fact is not None and column:
        fact = (fact.fields or {}).get(column)
    return Wrong(name, "required", {"label": fact.label if fact is not None else name})
