"""A form as one item shows it now: its fields with labels, offers, rows and what was typed.

>>> bind("consent", form, dictionary, {}, {}, day, no_tiers).json_schema("en")  # doctest: +SKIP
{'$schema': 'https://json-schema.org/draft/2020-12/schema', 'title': 'Consent', …}
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sstibet.facts import Dictionary
from sstibet.forms import schema, ui
from sstibet.forms.binding import Binder
from sstibet.forms.documents import Form
from sstibet.forms.parts import BoundField, BoundPage
from sstibet.forms.plans import Plan, plan_of
from sstibet.forms.when import holds
from sstibet.known import Known, Resolved, nothing
from sstibet.labels import Label
from sstibet.plain import Typed
from sstibet.texts import DEFAULT_LANGUAGE

if TYPE_CHECKING:
    from sstibet.forms.reading import Reading

# The tiers of a scheme on a day for these facts (plain), each with its label.
Tiers = Callable[[str, date, Mapping[str, Any]], Sequence[tuple[str, Label]]]
LookUp = Callable[[str, Known], Resolved]


@dataclass(frozen=True, slots=True)
class BoundForm:
    """One screen of one item at one moment. Made by `bind`; nothing in it changes.

    ``typed_before`` is the draft it was made with; ``known`` what was answered before this form.
    """

    name: str
    label: Label
    help: Label | None
    pages: tuple[BoundPage, ...]
    typed_before: Mapping[str, Any] = dataclasses.field(repr=False)
    form: Form = dataclasses.field(repr=False)
    known: Known = dataclasses.field(repr=False, compare=False)
    answers: Mapping[str, Any] = dataclasses.field(repr=False, compare=False)
    tiers: Tiers = dataclasses.field(repr=False, compare=False)
    plan: Plan = dataclasses.field(repr=False, compare=False)
    by_fact: Mapping[str, BoundField] = dataclasses.field(repr=False, compare=False)

    @property
    def fields(self) -> tuple[BoundField, ...]:
        """All fields that are, or may come to be, shown, in their order."""
        return tuple(self.by_fact.values())

    def field(self, fact: str) -> BoundField:
        """The field of a fact. KeyError where the form shows none."""
        return self.by_fact[fact]

    def visible(self, answers: Mapping[str, Any]) -> frozenset[str]:
        """The facts of the fields that are shown once these plain answers of the form are given.

        An answer of a field that is itself hidden counts for nothing.
        """
        found: dict[str, bool] = {}
        for name, field in self.by_fact.items():
            if field.shown is True:
                found[name] = True
        if len(found) < len(self.by_fact):
            for name in self.by_fact:
                self._is_shown(name, answers, found)
        return frozenset(name for name, shown in found.items() if shown)

    def _is_shown(self, name: str, answers: Mapping[str, Any], found: dict[str, bool]) -> bool:
        if name not in found:
            found[name] = False  # a field that hangs on itself is never shown
            found[name] = holds(
                self.by_fact[name].shown,
                lambda other: (
                    answers.get(other)
                    if other in self.by_fact and self._is_shown(other, answers, found)
                    else None
                ),
            )
        return found[name]

    def read(self, typed: Mapping[str, Any]) -> Reading:
        """What is being typed, read as a ``send`` would read it: its values, every problem, and
        what a draft keeps. Nothing is taken by it."""
        from sstibet.forms.reading import read

        return read(self, typed)

    def with_typed(self, typed: Mapping[str, Any]) -> BoundForm:
        """The same form while this is being typed: what it offers may hang on it (the tiers of
        the year that was just chosen, the rows of the scheme)."""
        if not self.plan.offers:
            return self
        known, draft = self.known, {**self.typed_before, **typed}
        return _bound(self.name, self.form, known, self.answers, draft, self.tiers)

    def data(self, renderer: str | None = None) -> dict[str, Any]:
        """What a renderer begins with: the values known or typed before, as the schema (of the same
        ``renderer``) wants them; secrets never."""
        asked = (each for each in self.fields if each.asked)
        known = ((each.fact, schema.sent_value(each, renderer)) for each in asked)
        return {name: value for name, value in known if value is not None}

    def json_schema(
        self, language: str = DEFAULT_LANGUAGE, renderer: str | None = None
    ) -> dict[str, Any]:
        """What may be sent, as JSON Schema 2020-12; without ``renderer`` the very one that reading
        validates with.

        Args:
            language: of titles and descriptions.
            renderer: None for the very one; ``rjsf`` and ``jsonforms`` for what they can ask for:
                of one row its key alone, and in JSON Forms ``"yes"`` and ``"no"`` and no
                ``$schema``. Reading takes those answers as well.

        Returns:
            A closed schema; fields shown conditionally stand in ``then``, and what is only shown
            isn't in it. rjsf wants ``omitExtraData``, or its own check finds hidden answers, and
            ``arrayMinItems: {populate: "never"}``, or it sends a list that nobody has ticked.
        """
        return schema.form_schema(self, language, renderer)

    def ui_schema(
        self, renderer: str | None = None, language: str = DEFAULT_LANGUAGE
    ) -> dict[str, Any]:
        """How to lay it out: for ``rjsf``, for ``jsonforms``, or (None) plainly, page by page."""
        return ui.ui_schema(self, renderer, language)


def bind(
    name: str,
    form: Form,
    dictionary: Dictionary,
    answers: Mapping[str, Any],
    draft: Mapping[str, Any],
    day: date,
    tiers: Tiers,
    *,
    look_up: LookUp = lambda name, _: nothing(name),
    look_up_window: LookUp = lambda name, _: nothing(name),
) -> BoundForm:
    """A form with what is known of one item.

    Args:
        name: the form's id.
        form: its document.
        dictionary: the book's.
        answers: the item's plain answers, rows as lists of mappings.
        draft: what was typed into the form before, see `Reading.draft`.
        day: the day of the event.
        tiers: tells the tiers of a scheme on a day; it is given the plain facts as well.
        look_up: for the parameters that the form's conditions name.
        look_up_window: for their windows.

    Returns:
        The form; fields that hang on earlier answers only, and are hidden by them, are left out.
    """
    known = Known(dictionary, day, Typed(dictionary, answers), look_up, look_up_window)
    return _bound(name, form, known, answers, draft, tiers)


def _bound(
    name: str,
    form: Form,
    known: Known,
    answers: Mapping[str, Any],
    draft: Mapping[str, Any],
    tiers: Tiers,
) -> BoundForm:
    plan = plan_of(form, known.dictionary)
    binder = Binder(plan, known, answers, draft, tiers)
    pages = tuple(
        BoundPage(page.label, page.help, fields)
        for page in form.pages
        if (fields := binder.fields(page.fields))
    )
    by_fact = {each.fact: each for page in pages for each in page.fields}
    return BoundForm(
        name, form.label, form.help, pages, dict(draft), form, known, answers, tiers, plan, by_fact
    )
