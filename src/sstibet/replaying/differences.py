"""What two steps from the same item have come to otherwise, field by field, with nothing personal
in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sstibet.contents import Contents
from sstibet.deciding import BookFault
from sstibet.deciding.migrating import name_after
from sstibet.facts import HIDDEN, Fact
from sstibet.items.documents import Migration
from sstibet.items.value import Item, Refused, Step

_NOTHING = "nothing"
_HIDDEN = "***"
_LONGEST = 60
# Where a rule stands, and under which edition, moves with every line that is written above it.
_PLACES = frozenset({"rule", "edition", "evidence"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that came out otherwise: what it was and what it is now, as may be shown."""

    field: str
    was: str
    now: str


def refused_otherwise(again: Refused | BookFault) -> Iterator[Difference]:
    """What was taken then is not taken now."""
    if isinstance(again, BookFault):
        yield Difference("event", "taken", f"fails: {again}")
        return
    refusal = again.refusal.code if again.refusal is not None else ""
    fields = ", ".join(f"{each.field} {each.code}" for each in again.problems)
    yield Difference("event", "taken", f"refused: {refusal or fields or again.code}")


def steps_differ(
    contents: Contents,
    then: Step,
    expected: Item,
    again: Step,
    migrations: Sequence[Migration],
    *,
    rules_too: bool,
) -> Iterator[Difference]:
    """The fields in which ``again`` is not what was ``expected`` of the step taken ``then``."""
    now = again.item
    if expected.state != now.state:
        yield Difference("state", expected.state, now.state)
    ignored = {name for each in migrations for name in each.sets}
    ours, theirs = expected.answers, now.answers
    for name in sorted({*ours, *theirs} - ignored):
        fact = contents.dictionary.facts.get(name)
        if ours.get(name) != theirs.get(name):
            yield from _values(name, fact, ours.get(name), theirs.get(name), rules_too)
    if expected.deadline != now.deadline and not migrations:
        yield Difference("deadline", _span(then, expected), _span(again, now))
    yield from _effects(contents, then, again, migrations)


def _span(step: Step, item: Item) -> str:
    return _NOTHING if item.deadline is None else f"instant {item.deadline}"


def _values(
    name: str, fact: Fact | None, was: Any, now: Any, rules_too: bool
) -> Iterator[Difference]:
    """A fact, or where both are rows of the same number, the columns that differ."""
    if fact is None or fact.fields is None or not (_rows(was) and _rows(now)):
        yield Difference(name, _shown(fact, was), _shown(fact, now))
        return
    if len(was) != len(now):
        yield Difference(name, f"{len(was)} rows", f"{len(now)} rows")
        return
    for n, (old, new) in enumerate(zip(was, now, strict=True)):
        for column in sorted({*old, *new}):
            if old.get(column) != new.get(column) and not (rules_too and column in _PLACES):
                field = fact.fields.get(column)
                shown = (_shown(field, old.get(column)), _shown(field, new.get(column)))
                yield Difference(f"{name}[{n}].{column}", *shown)


def _rows(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(each, Mapping) for each in value)


def _shown(fact: Fact | None, value: Any) -> str:
    if value is None:
        return _NOTHING
    if fact is None or fact.personal or fact.kind in HIDDEN:
        return _HIDDEN
    if isinstance(value, (list, tuple)):
        return f"{len(value)} rows"
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _effects(
    contents: Contents, then: Step, again: Step, migrations: Sequence[Migration]
) -> Iterator[Difference]:
    """What is done outside, and the item that is called."""
    was = [(_named(migrations, e.name), e.verb, e.told) for e in then.effects]
    now = [(e.name, e.verb, e.told) for e in again.effects]
    if [each[:2] for each in was] != [each[:2] for each in now]:
        yield Difference("effects", _list(e[0] for e in was), _list(e[0] for e in now))
    else:
        for (name, _, told), (_, _, tells) in zip(was, now, strict=True):
            for fact in sorted({*told, *tells}):
                if told.get(fact) != tells.get(fact):
                    known = contents.dictionary.facts.get(fact)
                    shown = (_shown(known, told.get(fact)), _shown(known, tells.get(fact)))
                    yield Difference(f"{name} is told {fact}", *shown)
    calls = [
        _NOTHING if each is None else f"{name}"
        for each, name in (
            (then.call, then.call and _named(migrations, then.call.name)),
            (again.call, again.call and again.call.name),
        )
    ]
    if calls[0] != calls[1]:
        yield Difference("call", *calls)


def _named(migrations: Sequence[Migration], name: str) -> str:
    found: str | None = name
    for each in migrations:
        found = None if found is None else name_after(each, found)
    return found or _NOTHING


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or _NOTHING
