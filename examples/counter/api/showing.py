"""The library's values as the shapes that are answered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sstibet
from sstibet.drawing import svg

from . import shapes
from .problems import refusal
from .tongues import TAGS, spoken


def words(label: Any, language: str) -> shapes.Words:
    """A label in a language, or in the one that stands in for it."""
    return shapes.Words(text=label.text(language), lang=TAGS[label.language(language)])


class Shower:
    """Shows items in a language, for a renderer, to their owner or to somebody else."""

    def __init__(self, language: str, renderer: str, is_owner: bool) -> None:
        self.language, self.renderer, self.is_owner = language, renderer, is_owner

    def item(self, view: sstibet.View) -> shapes.Item:
        """An item with what is under way in it."""
        return shapes.Item(
            ref=view.ref,
            item=view.item,
            label=self._words(view.label),
            state=view.state,
            state_label=self._words(view.state_label),
            text=view.text(spoken(self.language)),
            version=view.version,
            ends=view.ends,
            opened=_at(view.opened),
            deadline=None if view.deadline is None else _at(view.deadline),
            form=None if view.form is None else self._form(view.form),
            events=[self._choice(view, each) for each in view.events],
            answers=dict(view.answers),
            amount=None if view.quote is None else self._amount(view.quote),
            waits_for=list(view.waits_for),
            steps=list(view.steps),
            forgotten=view.forgotten,
            front=view.front.ref,
            inner=None if view.inner is None else self.item(view.inner),
        )

    def brief(self, view: sstibet.View) -> shapes.Brief:
        """An item in a list."""
        return shapes.Brief(
            ref=view.ref,
            item=view.item,
            label=self._words(view.label),
            state=view.state,
            state_label=self._words(view.state_label),
            version=view.version,
            ends=view.ends,
            opened=_at(view.opened),
            due=None if view.quote is None else str(view.quote.due),
        )

    def _words(self, label: Any) -> shapes.Words:
        return words(label, self.language)

    def _form(self, form: Any) -> shapes.Form:
        renderer = None if self.renderer == "plain" else self.renderer
        return shapes.Form(
            name=form.name,
            label=self._words(form.label),
            renderer=self.renderer,
            schema=form.json_schema(self.language, renderer),
            ui_schema=form.ui_schema(renderer, self.language),
            data=form.data() if self.is_owner else None,
        )

    def _choice(self, view: sstibet.View, choice: Any) -> shapes.Choice:
        own = view.forms.get(choice.name)
        why_not = choice.why_not
        return shapes.Choice(
            name=choice.name,
            label=self._words(choice.label),
            takes_answers=choice.form is not None,
            form=None if own is None else self._form(own),
            allowed=choice.allowed,
            why_not=None if why_not is None else refusal(why_not, self.language),
        )

    def _amount(self, priced: Any) -> shapes.Amount:
        return shapes.Amount(
            due=str(priced.due),
            government=str(priced.government),
            evidence=priced.evidence,
            digest=priced.digest,
            lines=[line(each, each.scheme, self.language) for each in priced.lines],
        )


def line(found: Any, scheme: str, language: str) -> shapes.Line:
    """One amount, of an item's price or of a quote."""
    return shapes.Line(
        scheme=scheme,
        part=found.part,
        label=words(found.label, language),
        period=found.period,
        payer=found.payer,
        basis=None if found.basis is None else str(found.basis),
        rate=None if found.rate is None else str(found.rate),
        amount=str(found.amount),
        at_least=found.at_least,
        rule=found.rule,
        edition=found.edition,
        evidence=found.evidence,
    )


def quote(found: sstibet.Quote, language: str) -> shapes.Quote:
    """A price, with every rule read and every rounding."""
    return shapes.Quote(
        scheme=found.scheme,
        on=found.on,
        due=str(found.due),
        total=str(found.total),
        evidence=found.evidence,
        digest=found.digest,
        provisional=list(found.provisional),
        lines=[line(each, found.scheme, language) for each in found.lines],
        explanation=[each.strip() for each in found.explain(spoken(language)).lines()],
    )


def kinds(book: sstibet.Rulebook, language: str) -> shapes.Kinds:
    """What may be begun by itself."""
    found = [
        shapes.Kind(
            item=name,
            label=words(rules.label, language),
            open_to=rules.open_to,
            given=list(rules.given),
        )
        for name, rules in book.contents.items.items()
        if rules.open_to != "items"
    ]
    return shapes.Kinds(kinds=found)


def machine(book: sstibet.Rulebook, item: str, language: str) -> shapes.Machine:
    """An item's states, and what each event leads to."""
    rules = book.contents.items[item]
    return shapes.Machine(
        item=item,
        label=words(rules.label, language),
        version=rules.version,
        initial=rules.initial,
        states=[
            shapes.State(
                name=name,
                label=words(state.label, language),
                form=state.form,
                ends=state.ends,
                deadline_seconds=state.seconds,
                events=list(_events(rules, state, language)),
            )
            for name, state in rules.states.items()
        ],
    )


@lru_cache(maxsize=128)
def drawn(book: sstibet.Rulebook, item: str, language: str) -> str:
    """An item's machine as SVG; drawing one takes a while."""
    return svg(book, item, language)


def _events(rules: Any, state: Any, language: str) -> Iterable[shapes.Event]:
    for name, on in state.on.items():
        known = rules.events.get(name)
        to = dict.fromkeys(way.to for way in on.all_ways if way.to is not None)
        label = None if known is None else words(known.label, language)
        yield shapes.Event(name=name, label=label, to=list(to))


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
