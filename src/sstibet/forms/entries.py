"""What was typed into each field, in its usual spelling and read by its kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sstibet.facts import Dictionary, Fact
from sstibet.forms.bound import BoundForm
from sstibet.forms.parts import BoundField, BoundRow, BoundRows
from sstibet.forms.plain import KEY, LONGEST, listed, row_key, spelled
from sstibet.forms.words import wrong, wrong_cell
from sstibet.outcomes import Wrong
from sstibet.plain import plain
from sstibet.problems import BadValue

_MISSING = object()
# The dictionary's codes that a form has other words for.
_RENAMED = {"unknown_code": "not_an_option", "float": "wrong_type"}


class Entry(NamedTuple):
    """One field's answer: whether anything was sent for it, its ``value`` as the schema wants it
    (canonical, where it could be read), what is ``taken`` of it as an answer, what the ``draft``
    keeps, and what is wrong with it."""

    typed: bool = False
    value: Any = None
    taken: Any = None
    draft: Any = None
    problem: Wrong | None = None

    def __repr__(self) -> str:
        # What was typed is a person's own.
        return f"Entry(typed={self.typed}, problem={self.problem!r})"


def entries(bound: BoundForm, payload: Mapping[str, Any]) -> Iterator[tuple[BoundField, Entry]]:
    """Each field of the form with what was typed into it."""
    dictionary = bound.known.dictionary
    for field in bound.by_fact.values():
        typed = payload.get(field.fact, _MISSING)
        if not field.asked:
            yield field, _only_shown(field, typed)
        elif field.rows is not None:
            yield field, _rows(dictionary, field, field.rows, typed)
        elif typed is _MISSING:
            yield field, Entry()
        else:
            yield field, _scalar(dictionary, field, typed)


def read_scalar(dictionary: Dictionary, fact: Fact, typed: Any) -> Any:
    """What was typed as a plain canonical value, None for nothing. BadValue says what is wrong;
    a list that it isn't in has the code ``not_an_option``."""
    value = spelled(fact, typed)
    if value is None:
        return None
    try:
        return plain(dictionary.read_as(fact, value))
    except BadValue as error:
        raise BadValue(_RENAMED.get(error.code, error.code), error.message) from None


def _scalar(dictionary: Dictionary, field: BoundField, typed: Any) -> Entry:
    try:
        value = read_scalar(dictionary, field.definition, typed)
    except BadValue as error:
        return Entry(True, draft=kept(typed), problem=wrong(field, error.code))
    return Entry(True, value, value, value)


def kept(typed: Any) -> Any:
    """A wrong answer as a draft may keep it: text that can be written down, or a plain number."""
    if isinstance(typed, (bool, int)):
        return typed if abs(typed) < 2**53 else None
    if isinstance(typed, str) and len(typed) <= LONGEST:
        return "".join(each for each in typed if not "\ud800" <= each <= "\udfff") or None
    return None


def _only_shown(field: BoundField, typed: Any) -> Entry:
    """What comes from the system: the same value may come back, also as it was shown."""
    known = Entry(False, taken=_known(field))
    if typed is _MISSING or typed is None or typed == field.value or typed == field.masked:
        return known
    if field.rows is not None:
        keys = [row.key for row in field.rows.rows if row.picked]
        same = [row_key(each, field.definition.key) for each in listed(typed) or ()] in (keys, [])
    else:
        same = _same(field, typed)
    return known if same else known._replace(problem=wrong(field, "read_only"))


def _same(field: BoundField, typed: Any) -> bool:
    try:
        value = read_scalar(field.dictionary, field.definition, typed)
    except BadValue:
        return False
    return value is None or value == field.value


def _known(field: BoundField) -> Any:
    if field.rows is None or field.rows.pick == "none":
        return field.value
    return [dict(row.values) for row in field.rows.pickable]


# Rows


def _rows(dictionary: Dictionary, field: BoundField, rows: BoundRows, typed: Any) -> Entry:
    if typed is _MISSING:
        return Entry()
    ticked = listed(typed)
    if ticked is None:
        return Entry(True, problem=wrong(field, "wrong_type"))
    by_key = {row.key: (n, row) for n, row in enumerate(rows.rows, 1)}
    value, taken, draft = [], [], []
    problem: Wrong | None = None
    # No more rows can be ticked than there are; what comes after one too many isn't looked at.
    for each in ticked[: len(by_key) + 1]:
        found = by_key.get(row_key(each, field.definition.key))
        if found is None:
            problem = problem or wrong(field, "unknown_row")
            continue
        number, row = found
        answers, kept_answers, fault = _asked(dictionary, field, rows, number, row, each)
        problem = problem or _not_pickable(field, row, number) or fault
        value.append({KEY: row.key, **answers} if rows.asks else row.key)
        taken.append({**row.values, **answers})
        draft.append({KEY: row.key, **kept_answers})
    keys = [each[KEY] for each in draft]
    if problem is None and len(set(keys)) < len(keys):
        problem = wrong(field, "doubled_row")
    if problem is not None:
        return Entry(True, draft=draft, problem=problem)
    return Entry(True, value or None, taken or None, draft or None)


def _not_pickable(field: BoundField, row: BoundRow, number: int) -> Wrong | None:
    if row.pickable:
        return None
    return wrong(field, "row_not_pickable", says=row.why_not, row=number)


def _asked(
    dictionary: Dictionary,
    field: BoundField,
    rows: BoundRows,
    number: int,
    row: BoundRow,
    typed: Any,
) -> tuple[dict[str, Any], dict[str, Any], Wrong | None]:
    """The asked columns of a ticked row: their values, what the draft keeps, the first fault."""
    given = typed if isinstance(typed, Mapping) else {}
    answers: dict[str, Any] = {}
    draft: dict[str, Any] = {}
    fault = None if _only_known(field, row, given) else wrong(field, "unknown_field")
    for column in rows.asks:
        if column.name not in given:
            continue
        try:
            value = read_scalar(dictionary, column.definition, given[column.name])
        except BadValue as error:
            if (typed_ := kept(given[column.name])) is not None:
                draft[column.name] = typed_
            fault = fault or wrong_cell(field, number, column, error.code)
            continue
        if value is not None:
            answers[column.name] = draft[column.name] = value
    return answers, draft, fault


def _only_known(field: BoundField, row: BoundRow, given: Mapping[Any, Any]) -> bool:
    """Whether nothing is sent for a row but its key, what is asked, and what it shows already."""
    assert field.rows is not None, "only rows have rows"
    asked = {KEY, *(column.name for column in field.rows.asks)}
    return all(
        name in asked or (name in row.values and each == row.values[name])
        for name, each in given.items()
    )
