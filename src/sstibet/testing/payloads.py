"""What may come with an event: the likeliest answers together, then one otherwise, then two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sstibet.deciding import Decider, Machine
from sstibet.deciding.machine import Plan
from sstibet.forms.bound import BoundForm
from sstibet.forms.parts import BoundField
from sstibet.items.value import Item
from sstibet.testing.samples import Samples

_MOST_PAIRS = 300

Payload = dict[str, Any]
_MISSING = object()


class Payloads:
    """Makes the payloads of an item's events. ``varied`` is how many answers are otherwise than
    usual: 0, 1 or 2."""

    def __init__(self, decider: Decider, machine: Machine, samples: Samples) -> None:
        self.decider, self.machine, self.samples = decider, machine, samples

    def given(self, day: date, varied: int) -> Iterator[Payload]:
        """What the item may begin with."""
        names = self.machine.rules.given
        return _mixed({name: self.samples.of(name, {}, {}, day) for name in names}, varied)

    def of(self, now: Item, plan: Plan, day: date, varied: int) -> Iterator[Payload]:
        """What may come with the event of a plan."""
        if plan.form is not None:
            yield from self._typed(self.decider.bound(now, plan.form, day), now, day, varied)
            return
        told = self._told(now, plan)
        offers = {fact: self.samples.of(kept, now.answers, told, day) for fact, kept in plan.gives}
        for fact, kept in plan.gives:
            if kept in self.samples.read:
                offers[fact].append(_MISSING)
        yield from _mixed(offers, varied)

    def _told(self, now: Item, plan: Plan) -> dict[str, Any]:
        """What the port was told, by the names that it is told them by."""
        effect = self.machine.rules.effects.get(plan.answers or "")
        named = effect.with_ if effect is not None else {}
        return {name: now.answers[fact] for name, fact in named.items() if fact in now.answers}

    def _typed(self, bound: BoundForm, now: Item, day: date, varied: int) -> Iterator[Payload]:
        for usual in _mixed(self._offers(bound, now, day), varied):
            # What a form offers may hang on what is typed into it.
            offers = self._offers(bound.with_typed(usual), now, day) if varied == 0 else {}
            yield {name: (offers.get(name) or [value])[0] for name, value in usual.items()}

    def _offers(self, bound: BoundForm, now: Item, day: date) -> dict[str, list[Any]]:
        fields = [field for field in bound.fields if field.asked]
        offers = {field.fact: self._offered(field, now, day) for field in fields}
        return {fact: values for fact, values in offers.items() if values}

    def _offered(self, field: BoundField, now: Item, day: date) -> list[Any]:
        if field.rows is not None:
            return self._ticked(field, now, day)
        if field.must_be_yes:
            return [True]
        found = self.samples.of(field.fact, {}, {}, day)
        if field.options is None:
            return found
        offered = [value for value, _ in field.options]
        first = [each for each in found if each in offered]
        return first if first and field.fact not in self.samples.read else _union(first, offered)

    def _ticked(self, field: BoundField, now: Item, day: date) -> list[Any]:
        """The first row ticked, all rows; and with each asked column otherwise."""
        rows = field.rows
        assert rows is not None, "only rows are ticked"
        offers = [
            {
                column.name: self._asked(field, column.name, row.options.get(column.name), now, day)
                for column in rows.asks
            }
            for row in rows.pickable
        ]
        usual = [
            {"key": row.key, **{name: each[0] for name, each in asked.items() if each}}
            for row, asked in zip(rows.pickable, offers, strict=True)
        ]
        if not usual:
            return []
        otherwise = [
            [*usual[:n], {**usual[n], name: value}, *usual[n + 1 :]]
            for n, asked in enumerate(offers)
            for name, values in asked.items()
            for value in values[1:]
        ]
        others = [[row] for row in usual[1:]]
        if rows.pick == "all":
            return [usual, *otherwise]
        return _union([usual[:1], *([usual] if rows.pick == "some" else []), *others], otherwise)

    def _asked(
        self, field: BoundField, column: str, options: Any, now: Item, day: date
    ) -> list[Any]:
        if options is not None:
            return [value for value, _ in options]
        return self.samples.column(field.fact, column, now.answers, day)


def _union(first: list[Any], more: list[Any]) -> list[Any]:
    return [*first, *(each for each in more if each not in first)]


def _mixed(offers: Mapping[str, list[Any]], varied: int) -> Iterator[Payload]:
    usual = {name: values[0] for name, values in offers.items() if values}
    changed = [(name, value) for name, values in offers.items() for value in values[1:]]
    if varied == 0:
        yield _without_missing(usual)
    elif varied == 1:
        for name, value in changed:
            yield _without_missing({**usual, name: value})
    else:
        pairs = (
            {**usual, name: value, other: second}
            for n, (name, value) in enumerate(changed)
            for other, second in changed[n + 1 :]
            if other != name
        )
        for _, each in zip(range(_MOST_PAIRS), pairs, strict=False):
            yield _without_missing(each)


def _without_missing(payload: Payload) -> Payload:
    return {name: value for name, value in payload.items() if value is not _MISSING}
