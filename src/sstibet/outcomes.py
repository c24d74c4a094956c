"""What an answer can be besides the thing asked for: something is missing, wrong, or refused.

These are values to be returned, compared and shown, not exceptions. Their words come from
``texts/`` in the reader's language.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date, timedelta

from sstibet import formats
from sstibet.editions import NoEdition
from sstibet.evidence import Evidence
from sstibet.explanation import Explanation, Step
from sstibet.formats import days
from sstibet.labels import Label
from sstibet.months import Month, Span
from sstibet.tested import Tested
from sstibet.texts import DEFAULT_LANGUAGE, Term, language_of, say


@dataclass(frozen=True, slots=True)
class Missing:
    """The facts, by id, that would settle the answer. ``instead`` gives for a fact the ones that
    would do as well (a base tier in place of a base)."""

    facts: tuple[str, ...]
    labels: dict[str, Label] = dataclasses.field(default_factory=dict, compare=False, repr=False)
    instead: dict[str, tuple[str, ...]] = dataclasses.field(
        default_factory=dict, compare=False, repr=False
    )

    def text(self, language: str = DEFAULT_LANGUAGE) -> str:
        """One sentence in ``language`` that names every missing fact."""
        language = self.language(language)
        names = [self._name(fact, language) for fact in self.facts]
        return say("missing", language, facts=say("and", language).join(names))

    def language(self, language: str) -> str:
        """The language that :meth:`text` really answers in, for a ``lang`` attribute."""
        return language_of("missing", language)

    def _name(self, fact: str, language: str) -> str:
        options = [fact, *self.instead.get(fact, ())]
        shown = [
            self.labels[each].text(language) if each in self.labels else each for each in options
        ]
        return say("or", language).join(shown)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A fact that cannot be right: which, a stable code, and why. ``also`` holds the others that
    are wrong in the same question. Words of somebody else's for it (a form's) stand in ``values``
    under ``says``."""

    field: str
    code: str
    values: dict[str, object] = dataclasses.field(default_factory=dict, compare=False, repr=False)
    also: tuple[Wrong, ...] = ()

    @property
    def message(self) -> str:
        """Why, in Chinese."""
        return self.text()

    def text(self, language: str = DEFAULT_LANGUAGE) -> str:
        """Why, in one sentence in ``language``."""
        says = self.values.get("says")
        if isinstance(says, (Label, Term)):
            return says.text(language)
        values = {name: self._shown(value, language) for name, value in self.values.items()}
        return say(f"wrong.{self.code}", language, field=self.field, **values)

    def _shown(self, value: object, language: str) -> object:
        """Days and months as people write them; amounts stand in sentences with their own unit."""
        dated = isinstance(value, date | Month)
        return formats.shown(value, self.language(language)) if dated else value

    def language(self, language: str) -> str:
        """The language that :meth:`text` really answers in, for a ``lang`` attribute."""
        says = self.values.get("says")
        if isinstance(says, (Label, Term)):
            return says.language(language)
        return language_of(f"wrong.{self.code}", language)

    def __hash__(self) -> int:
        return hash((self.field, self.code, self.also))


@dataclass(frozen=True, slots=True)
class FailedRule:
    """A rule that says no: its id, what it asks for, where it stands, on what it rests, and
    every test of its condition with the values that were compared."""

    id: str
    label: Label
    rule: str
    evidence: Evidence
    tests: tuple[Tested, ...] = ()

    def window(self, language: str = DEFAULT_LANGUAGE) -> str:
        """The days of the window that was missed, in brackets; nothing where there was none."""
        missed = [
            (each.right.start, each.right.end - timedelta(days=1))
            for each in self.tests
            if each.answer is False and isinstance(each.right, Span) and each.right.end is not None
        ]
        return "".join(say("window_days", language, days=days(*each, language)) for each in missed)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The rules say no. ``code`` is the first failed rule's id; ``failed`` holds them all.
    ``words`` is the sentence for it, where it has one of its own."""

    code: str
    failed: tuple[FailedRule, ...]
    steps: tuple[Step, ...] = dataclasses.field(default=(), compare=False, repr=False)
    words: Label | None = dataclasses.field(default=None, compare=False, repr=False)

    @property
    def message(self) -> str:
        """Why, in Chinese."""
        return self.text()

    def text(self, language: str = DEFAULT_LANGUAGE) -> str:
        """Why, in one sentence in ``language``: the requirements that aren't met, a window with its
        first and last day."""
        if self.words is not None:
            return self.words.text(language)
        if not self.failed:
            return say(f"refused.{self.code}", language)
        language = self.language(language)
        rules = [each.label.text(language) + each.window(language) for each in self.failed]
        return say("refused", language, rules=say("and", language).join(rules))

    def language(self, language: str) -> str:
        """The language that :meth:`text` really answers in, for a ``lang`` attribute."""
        if self.words is not None:
            return self.words.language(language)
        return language_of("refused" if self.failed else f"refused.{self.code}", language)

    def explain(self, language: str = DEFAULT_LANGUAGE) -> Explanation:
        """Every rule read and every test made on the way to the refusal."""
        return Explanation(self.text(language), self.steps, language)


def no_edition(field: str, table: str, found: NoEdition) -> Wrong:
    """A day for which a table has no edition, as what is wrong with the question."""
    values: dict[str, object] = {"day": found.day, "why": found.why, "end": found.end}
    return Wrong(field, f"no_edition_{found.reason}", {**values, "table": Term(f"table.{table}")})
