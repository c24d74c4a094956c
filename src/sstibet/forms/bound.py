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

    @property
    def fields(self) -> tuple[BoundField, ...]:
        """All fields that are, or may come to be, shown, in their order."""
        return tuple(each for page in self.pages for each in page.fields)

    def field(self, fact: str) -> BoundField:
        """The field of a fact. KeyError where the form shows none."""
        return {each.fact: each for each in self.fields}[fact]

    def visible(self, answers: Mapping[str, Any]) -> frozenset[str]:
        """The facts of the fields that are shown once these plain answers of the form are given.

        An answer of a field that is itself hidden counts for nothing.
        """
        fields = {each.fact: each for each in self.fields}
        found: dict[str, bool] = {}

        def is_shown(name: str) -> bool:
            if name not in found:
                found[name] = False  # a field that hangs on itself is never shown
                found[name] = holds(fields[name].shown, value_of)
            return found[name]

        def value_of(name: str) -> Any:
            return answers.get(name) if name in fields and is_shown(name) else None

        return frozenset(name for name in fields if is_shown(name))

    def read(self, typed: Mapping[str, Any]) -> Reading:
        """What is being typed, read as a ``send`` would read it: its values, every problem, and
        what a draft keeps. Nothing is taken by it."""
        from sstibet.forms.reading import read

        return read(self, typed)

    def with_typed(self, typed: Mapping[str, Any]) -> BoundForm:
        """The same form while this is being typed: what it offers may hang on it (the tiers of
        the year that was just chosen, the rows of the scheme)."""
        fields = self.form.fields
        rows = [each.rows for each in fields if each.rows is not None]
        if not rows and all(each.tiers is None for each in fields):
            return self
        known, draft = self.known, {**self.typed_before, **typed}
        return _bound(self.name, self.form, known, self.answers, draft, self.tiers)

    def data(self) -> dict[str, Any]:
        """What a renderer begins with: the values known or typed before, as the schema wants them;
        secrets never."""
        known = ((each.fact, schema.sent_value(each)) for each in self.fields if each.asked)
        return {name: value for name, value in known if value is not None}

    def json_schema(
        self, language: str = DEFAULT_LANGUAGE, renderer: str | None = None
    ) -> dict[str, Any]:
        """What may be sent, as JSON Schema 2020-12: the very one that reading validates with.

        Args:
            language: of titles and descriptions.
            renderer: ``jsonforms`` leaves out ``$schema``, which JSON Forms doesn't bear.

        Returns:
            A closed schema; fields shown conditionally stand in ``then``, and what is only shown
            isn't in it. rjsf wants ``omitExtraData``, or its own check finds hidden answers.
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
    binder = Binder(form, known, answers, draft, tiers)
    pages = tuple(
        BoundPage(page.label, page.help, fields)
        for page in form.pages
        if (fields := binder.fields(page.fields))
    )
    draft = dict(draft)
    return BoundForm(name, form.label, form.help, pages, draft, form, known, answers, tiers)
