"""Making views: an item, its machine and its book, as a screen needs them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date
from typing import Any

from sstibet.deciding import BookFault, Decider, Machine
from sstibet.engine.view import Choice, Priced, PricedLine, View
from sstibet.forms.bound import BoundForm
from sstibet.forms.shown import masked
from sstibet.items.value import Event, Item, Refused
from sstibet.labels import Label
from sstibet.money import Money
from sstibet.outcomes import Refusal

LINES = "premium_lines"
_log = logging.getLogger("sstibet.engine")


def make_view(
    decider: Decider,
    item: Item,
    at: int,
    day: date,
    inner: View | None,
    refused: Refused | None = None,
    steps: tuple[str, ...] = (),
) -> View:
    """The view of an item at an instant; ``refused`` is what became of the event sent last."""
    machine = decider.machines[item.head.item]
    state = machine.rules.states[item.state]
    gone = item.forgotten  # then there is nothing to fill a form with
    forms = {} if gone else _forms(decider, machine, item, day)
    return View(
        item.head.ref,
        item.head.item,
        machine.rules.label,
        item.state,
        state.label,
        item.version,
        state.ends,
        decider.bound(item, state.form, day) if state.form is not None and not gone else None,
        forms,
        () if gone else _choices(decider, machine, item, at, day),
        shown_answers(decider, item),
        _priced(decider, item),
        item.deadline,
        item.head.opened,
        tuple(each.name for each in item.pending),
        inner,
        refused.code if refused else None,
        refused.problems if refused else (),
        refused.refusal if refused else None,
        steps,
        gone,
    )


def shown_answers(decider: Decider, item: Item) -> dict[str, Any]:
    """What a screen may show of an item's answers: personal values masked, in rows as well, and
    those that none of its forms shows or asks left out (what the register says about a person is
    for the rules, and not for whoever pays for them)."""
    facts, shown = decider.contents.dictionary.facts, dict[str, Any]()
    seen = decider.machines[item.head.item].seen
    for name, value in item.answers.items():
        fact = facts[name]
        if fact.fields is None:
            if name in seen or not fact.personal:
                shown[name] = masked(fact, value)
            continue
        columns = {
            column: field
            for column, field in fact.fields.items()
            if not field.personal or f"{name}.{column}" in seen or column == fact.key
        }
        shown[name] = [
            {key: masked(columns[key], v) for key, v in row.items() if key in columns}
            for row in value
        ]
    return shown


def _forms(decider: Decider, machine: Machine, item: Item, day: date) -> dict[str, BoundForm]:
    """The forms of the events that take one of their own."""
    state = machine.rules.states[item.state]
    return {
        event: decider.bound(item, on.form, day)
        for event, on in state.on.items()
        if on.form is not None and event in machine.rules.events
    }


def _choices(
    decider: Decider, machine: Machine, item: Item, at: int, day: date
) -> tuple[Choice, ...]:
    """What a person may do in this state. What takes no form is tried, so that a refusal is told
    beforehand."""
    found = list[Choice]()
    for name, event in machine.rules.events.items():
        plan = machine.plans.get((item.state, name))
        if plan is None:
            continue
        why: Refusal | None = None
        if plan.form is None:
            why = _why_not(decider, item, Event(name, at, day))
        found.append(Choice(name, event.label, plan.form, why))
    return tuple(found)


def _why_not(decider: Decider, item: Item, event: Event) -> Refusal | None:
    try:
        tried = decider.decide(item, event)
    except BookFault as fault:  # one way that leads nowhere hides no other
        _log.error("%s of %s leads nowhere: %s", event.name, item.head.ref, fault)
        return Refusal("not_now", ())
    if isinstance(tried, Refused):
        return tried.refusal or Refusal(tried.code, ())
    return None


def _priced(decider: Decider, item: Item) -> Priced | None:
    rows = item.answers.get(LINES)
    if rows is None:
        return None
    return Priced(tuple(_line(decider, row) for row in rows), item.head.digest)


def _line(decider: Decider, row: Mapping[str, Any]) -> PricedLine:
    return PricedLine(
        row["scheme"],
        row["part"],
        _label(decider, row),
        row["period"],
        row["payer"],
        Money.parse(row["amount"]),
        row.get("basis"),
        row.get("rate"),
        row["rule"],
        row["edition"],
        row["evidence"],
        row.get("at_least", False),
    )


def _label(decider: Decider, row: Mapping[str, Any]) -> Label:
    """The part's label in every language of the book; as it was kept where the book has it no
    more."""
    schedule = decider.contents.schedule(row["scheme"])
    parts = getattr(schedule, "parts", None)
    found = getattr(parts, row["part"], None) if parts is not None else None
    return found if isinstance(found, Label) else Label({"zh": row["label"]})
