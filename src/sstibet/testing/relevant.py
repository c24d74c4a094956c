"""What an item's machine hangs on: the facts and columns that its conditions, works and forms read,
the values that these are compared with, and the days on which the rules change."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sstibet.conditions import Test
from sstibet.contents import Contents
from sstibet.editions import Edition
from sstibet.forms.documents import Form
from sstibet.items.documents import ItemRules
from sstibet.items.works import Asked, Refund


def nodes(node: Any) -> Iterator[Any]:
    """A value out of a document, and all that is in it."""
    yield node
    if isinstance(node, Mapping):
        inner: Any = node.values()
    elif isinstance(node, (list, tuple)):
        inner = node
    elif dataclasses.is_dataclass(node) and not isinstance(node, type):
        inner = [getattr(node, each.name) for each in dataclasses.fields(node) if each.compare]
    else:
        inner = ()
    for each in inner:
        yield from nodes(each)


def forms_of(contents: Contents, rules: ItemRules) -> list[Form]:
    """The forms that an item shows."""
    return [contents.forms[name] for name in sorted(rules.forms)]


def _deciding(contents: Contents, rules: ItemRules) -> list[Any]:
    """The parts of the book that decide what an item does: not what it only shows or passes on."""
    parts: list[Any] = [rules.conditions, rules.never, rules.works]
    for form in forms_of(contents, rules):
        for field in form.fields:
            rows = field.rows
            parts += [field.when, field.tiers, rows and (rows.of, rows.if_, rows.asks)]
        parts.append(form.checks)
    if any(isinstance(work, Refund) for work in rules.works.values()):
        parts.append(contents.refunds)
    return parts


def names_read(contents: Contents, item: str) -> frozenset[str]:
    """The ids of the facts and columns that an item's machine hangs on."""
    found = {
        each
        for part in _deciding(contents, contents.items[item])
        for each in nodes(part)
        if isinstance(each, str)
    }
    facts, todo = contents.dictionary.facts, list(found)
    while todo:
        fact = facts.get(todo.pop())
        sources = fact.derive.sources() if fact is not None and fact.derive is not None else ()
        todo += [name for name in sources if name not in found]
        found |= set(sources)
    return frozenset(found)


def compared(contents: Contents, item: str) -> dict[str, list[str]]:
    """The texts that the item, its forms and the rules behind it compare each fact or column with,
    those of the item itself first."""
    rules = contents.items[item]
    parts = [*_deciding(contents, rules), contents.periods]
    found = dict[str, list[str]]()
    for each in nodes(parts):
        if isinstance(each, Test) and each.value is not None:
            texts = each.value if isinstance(each.value, tuple) else (each.value,)
            known = found.setdefault(each.fact or each.field or "", [])
            known += [text for text in texts if text not in known]
    for work in rules.works.values():
        for fact, source in (getattr(work, "set", None) or {}).items():
            if source.value is not None:
                found.setdefault(fact, []).append(source.value)
    return found


def shown(contents: Contents) -> dict[str, list[str]]:
    """The values that the worked examples of the book's prices give to each fact."""
    found = dict[str, list[str]]()
    for each in nodes([contents.picks, contents.rates]):
        facts = getattr(each, "facts", None)
        if isinstance(facts, Mapping):
            for name, text in facts.items():
                known = found.setdefault(name, [])
                if isinstance(text, str) and text not in known:
                    known.append(text)
    return found


def handed_as(rules: ItemRules) -> dict[str, str]:
    """The columns that works hand to the rules as a fact of another name: column → fact."""
    return {
        source.column: fact
        for each in nodes(rules.works)
        if isinstance(each, Asked)
        for fact, source in each.facts.items()
        if source.column is not None and source.column != fact
    }


def days_of_change(contents: Contents, around: date) -> list[date]:
    """The days on which a year or an edition of the rules begins, the nearest first."""
    parts = (contents.picks, contents.rates, contents.periods, contents.refunds)
    days = {each.from_ for each in nodes(parts) if isinstance(each, Edition)}
    days |= {date(around.year + 1, 1, 1)}
    return sorted(days, key=lambda day: abs(day - around))
