"""Reading what was typed into a form: normalised, checked, and told all at once what is wrong.

Nothing that was typed makes this fail, and no message repeats it.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sstibet.conditions import decide
from sstibet.facts import check_id_number
from sstibet.forms.bound import BoundForm
from sstibet.forms.entries import Entry, entries, kept
from sstibet.forms.faults import absent, fault
from sstibet.forms.fitting import surely_fits
from sstibet.forms.words import told, wrong
from sstibet.known import Known
from sstibet.outcomes import Wrong
from sstibet.plain import Typed
from sstibet.problems import BadValue, closest

_MOST_UNKNOWN = 10
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Reading:
    """What was typed, read.

    ``values`` are plain values by fact: of the fields that are shown, of those only shown as well
    (as they were known), and of ticked rows whole rows. ``secrets`` are apart, and belong nowhere
    but into the memory of this call. ``draft`` is all that was typed but secrets, hidden fields
    and wrong answers among it. ``forgotten`` are the form's facts that have no answer now: a later
    answer replaces an earlier one. Where there are ``problems`` nothing of it may be taken but the
    draft.
    """

    values: Mapping[str, Any] = dataclasses.field(default_factory=dict, repr=False)
    secrets: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)
    draft: Mapping[str, Any] = dataclasses.field(default_factory=dict, repr=False)
    problems: tuple[Wrong, ...] = ()
    forgotten: frozenset[str] = frozenset()


def read(bound: BoundForm, payload: Any) -> Reading:
    """Read an answer to a form.

    Args:
        bound: the form as it was shown.
        payload: fact ids to what was typed: text, or what the form's JSON Schema says; rows as a
            list of their keys, or of mappings of ``key`` and the columns asked.

    Returns:
        The values, or every problem, one a field, in the order of the form.
    """
    if payload is None:
        payload = {}
    if not isinstance(payload, Mapping):
        return Reading(
            draft=bound.typed_before,
            problems=(told("", "not_a_form", bound.label, None, None),),
        )
    before, bound = bound.typed_before, bound.with_typed(payload)
    fields = bound.by_fact
    found = {each.fact: entry for each, entry in entries(bound, payload)}
    visible = bound.visible({name: entry.value for name, entry in found.items()})
    sent = {
        name: entry.value
        for name, entry in found.items()
        if entry.value is not None and name in visible and fields[name].asked
    }
    problems = _problems(bound, found, visible, sent)
    values, secrets = _values(bound, found, visible, set(problems))
    problems |= _checks(bound, values, secrets, problems)
    ordered = [each for each in bound.by_fact if each in problems]
    ordered += [each for each in problems if each not in bound.by_fact]
    return Reading(
        values=values,
        secrets=secrets,
        draft=_draft(bound, before, payload, found, visible),
        problems=(*(problems[name] for name in ordered), *_unknown(bound, payload)),
        # Of fields that are hidden for good as well.
        forgotten=bound.plan.asked - values.keys(),
    )


def _problems(
    bound: BoundForm,
    found: Mapping[str, Entry],
    visible: frozenset[str],
    sent: Mapping[str, Any],
) -> dict[str, Wrong]:
    """What is wrong by field: first what the kind says, then what the schema says."""
    problems = {
        name: entry.problem
        for name, entry in found.items()
        if name in visible and entry.problem is not None
    }
    if not surely_fits(bound, sent):
        for name, problem in _faults(bound, sent):
            problems.setdefault(name, problem)
    for name in sent.keys() - problems.keys():
        if (mismatch := _number_of_type(bound, name, sent)) is not None:
            problems[name] = mismatch
    return problems


@lru_cache(maxsize=64)
def _validator(schema: str) -> Any:
    """A validator of a schema, made once for forms that are shown alike."""
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(schema))


def _faults(bound: BoundForm, sent: Mapping[str, Any]) -> Iterator[tuple[str, Wrong]]:
    """What the form's schema finds in what is sent."""
    validator = _validator(json.dumps(bound.json_schema(), ensure_ascii=False))
    for error in validator.iter_errors(sent):
        if error.validator == "unevaluatedProperties":
            continue  # follows from a fault inside `then`; nothing else than the form's is sent
        if error.absolute_path:
            field = bound.field(str(error.absolute_path[0]))
            yield field.fact, fault(field, error, sent[field.fact])
        else:
            assert error.validator == "required", "nothing else than the form's fields is sent"
            for name in (each for each in error.validator_value if each not in error.instance):
                yield name, wrong(bound.field(name), absent(bound.field(name)))


def _number_of_type(bound: BoundForm, name: str, sent: Mapping[str, Any]) -> Wrong | None:
    """The number of an identity document fits the type that is chosen with it, or known."""
    field = bound.field(name)
    typed_by = field.definition.typed_by
    if typed_by is None:
        return None
    dictionary = bound.known.dictionary
    asked = any(each.fact == typed_by and each.asked for each in bound.fields)
    kind = sent.get(typed_by) if asked else bound.known.given.get(typed_by)
    if kind is None:
        return None
    try:
        check_id_number(dictionary, str(kind), sent[name], dictionary.facts[typed_by].codes)
    except BadValue as error:
        return wrong(field, error.code)
    return None


def _values(
    bound: BoundForm, found: Mapping[str, Entry], visible: frozenset[str], faulty: set[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    values: dict[str, Any] = {}
    secrets: dict[str, str] = {}
    for field in bound.by_fact.values():
        if field.fact not in visible or field.fact in faulty:
            continue
        value = found[field.fact].taken
        if value is None:
            continue
        if field.kind == "secret":
            secrets[field.fact] = value
        elif field.definition.derive is None:
            values[field.fact] = value
    return values, secrets


def _draft(
    bound: BoundForm,
    before: Mapping[str, Any],
    payload: Mapping[str, Any],
    found: Mapping[str, Entry],
    visible: frozenset[str],
) -> dict[str, Any]:
    """All that was typed, and for a hidden field what was typed when it was still shown."""
    draft: dict[str, Any] = {}
    for name in bound.plan.drafted:
        entry = found.get(name)
        if entry is not None and entry.typed:
            if entry.draft is not None:
                draft[name] = entry.draft
        elif entry is None and (typed := kept(payload.get(name))) is not None:
            draft[name] = typed
        elif name not in visible and before.get(name) is not None:
            draft[name] = before[name]
    return draft


def _checks(
    bound: BoundForm,
    values: Mapping[str, Any],
    secrets: Mapping[str, str],
    problems: Mapping[str, Wrong],
) -> dict[str, Wrong]:
    """What several answers must fulfil together, where all of them are there."""
    if not bound.form.checks:
        return {}
    known = bound.known
    asked = bound.plan.asked
    earlier = {name: each for name, each in known.given.items() if name not in asked}
    now = Typed(known.dictionary, {**values, **secrets})
    given = {**earlier, **{name: now[name] for name in now}}
    knows = Known(known.dictionary, known.day, given, known.look_up, known.look_up_window)
    broken: dict[str, Wrong] = {}
    for name, check in bound.form.checks.items():
        if check.at in problems or check.at in broken:
            continue
        if decide(check.must, knows).truth is False:
            fact = known.dictionary.facts[check.at]
            broken[check.at] = told(check.at, name, fact.label, fact, check.says)
    return broken


def _unknown(bound: BoundForm, payload: Mapping[Any, Any]) -> tuple[Wrong, ...]:
    """What was sent for no field of this form. A name that is none isn't repeated either: people
    paste what they shouldn't."""
    facts = bound.plan.names
    unknown = [each for each in payload if each not in facts][:_MOST_UNKNOWN]
    return tuple(
        told(name if _is_name(name) else "", "unknown_field", bound.label, None, None, near=near)
        for name in unknown
        for near in [closest(name, facts) if _is_name(name) else None]
    )


def _is_name(name: object) -> bool:
    """Whether it looks like a fact's id; a number, or a person's name, doesn't."""
    return (
        isinstance(name, str)
        and name.isascii()
        and len(name) <= _LONGEST_NAME
        and name[:1].isalpha()
        and name.replace("_", "a").isalpha()
        and name == name.lower()
    )
