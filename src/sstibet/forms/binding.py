"""How a form is bound: its fields' labels, offers, rows and values out of what is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sstibet.conditions import decide
from sstibet.facts import Fact
from sstibet.forms import documents as asked
from sstibet.forms.parts import BoundColumn, BoundField, BoundRow, BoundRows, Option
from sstibet.forms.plain import listed, row_key, spelled
from sstibet.forms.plans import Plan
from sstibet.forms.when import reduced
from sstibet.known import Known, Row
from sstibet.labels import Label
from sstibet.months import parse_start
from sstibet.plain import Typed, plain
from sstibet.problems import BadValue
from sstibet.sources import Source
from sstibet.texts import in_every_language

YES_NO: tuple[Option, ...] = tuple(
    (value, Label(in_every_language(word))) for value, word in ((True, "yes"), (False, "no"))
)


@dataclass(slots=True)
class Binder:
    """Binds the fields of one form. ``offered``, and ``offering`` as typed facts, are what offers
    hang on: what is known, and what is being typed over it."""

    plan: Plan
    known: Known
    answers: Mapping[str, Any]
    draft: Mapping[str, Any]
    tiers: Callable[[str, date, Mapping[str, Any]], Sequence[tuple[str, Label]]]
    offered: Mapping[str, Any] = field(init=False)
    offering: Known = field(init=False)

    def __post_init__(self) -> None:
        self.offered, self.offering = self.answers, self.known
        if not self.plan.offers:
            return
        offered = dict(self.answers)
        for each in self.plan.asking:
            offered.pop(each.fact, None)
            if (value := self._typed_before(each.fact)) is not None:
                offered[each.fact] = value
        self.offered, typed = offered, Typed(self.known.dictionary, offered)
        self.offering = replace(self.known, given=typed)

    def _typed_before(self, name: str) -> Any:
        """What was typed, else known before, as a plain value; as it was typed where it's wrong."""
        fact = self.known.dictionary.facts[name]
        if fact.kind == "secret":
            return None
        if name not in self.draft:
            return self.answers.get(name)
        try:
            value = spelled(fact, self.draft[name])
            return None if value is None else plain(self.known.dictionary.read_as(fact, value))
        except BadValue:
            typed = self.draft[name]
            return typed if isinstance(typed, str) else None

    def fields(self, fields: tuple[asked.Field, ...]) -> tuple[BoundField, ...]:
        """The fields of a page that are, or may come to be, shown."""
        bound = []
        for each in fields:
            shown = reduced(each.when, self.known, self.plan.open_)
            if shown is not False:
                bound.append(self._field(each, shown))
        return tuple(bound)

    def _field(self, each: asked.Field, shown: Any) -> BoundField:
        fact = self.known.dictionary.facts[each.fact]
        # The label of what is only shown is looked up when it is shown.
        offers = not each.read_only or each.tiers is not None
        return BoundField(
            fact=each.fact,
            kind=fact.kind,
            label=each.label or fact.label,
            help=each.help or fact.help,
            required=each.required,
            read_only=each.read_only,
            must_be_yes=each.must_be_yes,
            shown=shown,
            options=self._options(fact, each.tiers, {}) if offers else None,
            value=self._value(each, fact),
            rows=None if each.rows is None else self._rows(each, each.rows),
            autocomplete=None if each.autocomplete is None else each.autocomplete.replace("_", "-"),
            says=each.says,
            definition=fact,
            dictionary=self.known.dictionary,
        )

    def _value(self, each: asked.Field, fact: Fact) -> Any:
        if each.rows is not None:
            return self.answers.get(each.fact)
        if each.read_only:
            found = self.answers.get(each.fact)
            return plain(self.known.fact(each.fact)[0]) if found is None else found
        return self._typed_before(each.fact)

    def _options(
        self,
        fact: Fact,
        tiers: asked.Tiers | None,
        row: Mapping[str, Any],
    ) -> tuple[Option, ...] | None:
        """What a fact is chosen from; None where it isn't."""
        if tiers is not None:
            return self._offers(tiers, row)
        if fact.kind == "yes_no":
            return YES_NO
        if fact.codes is not None:
            codes = self.known.dictionary.codes[fact.codes].codes
            return tuple((code, entry.label) for code, entry in codes.items())
        return None

    def _offers(self, tiers: asked.Tiers, row: Mapping[str, Any]) -> tuple[Option, ...]:
        """The tiers of the scheme on the day; none where one of the two isn't known."""
        scheme = self._source(tiers.scheme, row)
        day = _day(self._source(tiers.on, row))
        if scheme is None or day is None:
            return ()
        return tuple(self.tiers(str(scheme), day, {**self.offered, **row}))

    def _source(self, source: Source, row: Mapping[str, Any]) -> Any:
        if source.value is not None:
            return source.value
        if source.column is not None:
            return row.get(source.column)
        return plain(self.offering.fact(source.fact or "")[0])

    # Rows

    def _rows(self, each: asked.Field, rows: asked.Rows) -> BoundRows:
        facts = self.known.dictionary.facts
        target, source = facts[each.fact], facts[rows.of]
        key = source.key or target.key
        plain_rows = self.answers.get(rows.of) or ()
        typed_rows = self.known.given.get(rows.of) or ()
        picked = self._picked(each.fact, target.key or source.key)
        bound = tuple(
            self._row(rows, target, str(values.get(key, n)), values, Row(rows.of, typed), picked)
            for n, (values, typed) in enumerate(zip(plain_rows, typed_rows, strict=False), 1)
        )
        return BoundRows(
            of=rows.of,
            pick=rows.pick,
            rows=bound,
            shows=tuple(self._column(source, name, None, bound) for name in rows.show),
            asks=tuple(self._column(target, *each, bound) for each in rows.asks.items()),
            empty=rows.empty,
            page_by=rows.page_by,
            dictionary=self.known.dictionary,
        )

    def _row(
        self,
        rows: asked.Rows,
        target: Fact,
        key: str,
        values: Mapping[str, Any],
        row: Row,
        picked: Mapping[str, Mapping[str, Any]],
    ) -> BoundRow:
        pickable = rows.if_ is None or decide(rows.if_, self.offering, row).truth is True
        fields = target.fields or {}
        options = {
            name: found
            for name, column in rows.asks.items()
            if (found := self._options(fields[name], column.tiers, values)) is not None
        }
        for name, tiers in rows.tiers.items():
            options.setdefault(name, self._offers(tiers, values))
        before = picked.get(key, {})
        return BoundRow(
            key=key,
            pickable=pickable,
            why_not=None if pickable else rows.why_not,
            picked=pickable and (key in picked or rows.pick == "all"),
            options=options,
            given={name: before[name] for name in rows.asks if before.get(name) is not None},
            values=values,
        )

    def _picked(self, name: str, key: str | None) -> dict[str, Mapping[str, Any]]:
        """The rows ticked before, by key: those of the draft, else those known."""
        if name in self.draft:
            ticked = listed(self.draft[name]) or []
            return {row_key(row, key): row if isinstance(row, Mapping) else {} for row in ticked}
        known = self.answers.get(name) or ()
        return {str(row.get(key or "", n)): row for n, row in enumerate(known, 1)}

    def _column(
        self, fact: Fact, name: str, column: asked.Column | None, rows: tuple[BoundRow, ...]
    ) -> BoundColumn:
        definition = (fact.fields or {})[name]
        offers: dict[Any, Label] = {}
        for row in rows:
            offers.update(row.options.get(name, ()))
        chosen = column is not None and (column.tiers is not None or bool(offers))
        return BoundColumn(
            name=name,
            label=(column and column.label) or definition.label,
            kind=definition.kind,
            help=(column and column.help) or definition.help,
            required=column is not None and column.required,
            options=tuple(offers.items()) if chosen else None,
            definition=definition,
        )


def _day(value: Any) -> date | None:
    try:
        text = "" if value is None else str(value)
        return parse_start(text)
    except BadValue:
        return None
