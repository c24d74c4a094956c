"""What a screen needs to know about an item: how it stands, what it asks, what may be done next and
what may not and why, and what was found wrong with what was sent last."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sstibet import formats
from sstibet.evidence import weakest
from sstibet.forms.bound import BoundForm
from sstibet.labels import Label
from sstibet.money import ZERO, Money
from sstibet.outcomes import Refusal, Wrong
from sstibet.premium.quote import GOVERNMENT, PERSON
from sstibet.texts import DEFAULT_LANGUAGE, language_of, say


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One amount as it was worked out: the label, who pays, the period, what it is a rate of, and
    the rule (file:line), edition and evidence that it rests on. ``at_least``: the rule only says
    how low the amount may be."""

    scheme: str
    part: str
    label: Label
    period: str
    payer: str
    amount: Money
    basis: str | None
    rate: str | None
    rule: str
    edition: str
    evidence: str
    at_least: bool = False

    def period_text(self, language: str = DEFAULT_LANGUAGE) -> str:
        """The period (所属期) as it is shown: a month or a year in words."""
        return formats.line_period(self.period, language)

    def amount_text(self, language: str = DEFAULT_LANGUAGE) -> str:
        """The amount as it is shown."""
        return f"{'≥ ' if self.at_least else ''}{formats.amount(self.amount)}"


@dataclass(frozen=True, slots=True)
class Priced:
    """The amount of an item, as it was when it was worked out: later rules don't change it."""

    lines: tuple[PricedLine, ...]
    digest: str

    @property
    def due(self) -> Money:
        """What the person pays (个人应缴)."""
        return sum((line.amount for line in self.lines if line.payer == PERSON), ZERO)

    @property
    def government(self) -> Money:
        """What the government pays (政府补助、代缴)."""
        return sum((line.amount for line in self.lines if line.payer == GOVERNMENT), ZERO)

    @property
    def evidence(self) -> str:
        """The weakest evidence that a line rests on."""
        return weakest(line.evidence for line in self.lines) if self.lines else "synthetic"


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that may be done next: its name, its label, whether it takes the answers of a form,
    and, where it would be refused as things stand, why."""

    name: str
    label: Label
    form: str | None = None
    why_not: Refusal | None = None

    @property
    def allowed(self) -> bool:
        """Whether it would be taken as things stand; what a form asks is checked when it's sent."""
        return self.why_not is None


@dataclass(frozen=True, slots=True)
class View:
    """An item as its owner sees it.

    ``answers`` hold what is known, personal values masked; ``form`` what the state asks or shows,
    ``forms`` those of the other events; ``problems`` what was wrong with the answers sent last, by
    field, and ``refusal`` the rule that refused; ``inner`` the item that was called and is under
    way; ``deadline`` an instant in seconds since 1970; ``forgotten`` whether what was personal is
    gone.
    """

    ref: str
    item: str
    label: Label
    state: str
    state_label: Label
    version: int
    ends: str | None
    form: BoundForm | None
    forms: Mapping[str, BoundForm]
    events: tuple[Choice, ...]
    answers: Mapping[str, Any] = dataclasses.field(repr=False)
    quote: Priced | None
    deadline: int | None
    opened: int
    waits_for: tuple[str, ...] = ()
    inner: View | None = None
    code: str | None = None
    problems: tuple[Wrong, ...] = ()
    refusal: Refusal | None = None
    steps: tuple[str, ...] = dataclasses.field(default=(), compare=False)
    forgotten: bool = False

    @property
    def final(self) -> bool:
        """Whether the item is over."""
        return self.ends is not None

    @property
    def refused(self) -> bool:
        """Whether what was sent last was refused; nothing has changed then."""
        return self.code is not None

    @property
    def front(self) -> View:
        """The view that is in front: of the innermost item that was called and is under way."""
        return self if self.inner is None else self.inner.front

    def text(self, language: str = DEFAULT_LANGUAGE) -> str:
        """How the item stands, or why the last event was refused, in one sentence."""
        if self.refusal is not None:
            return self.refusal.text(language)
        if self.problems:
            language = self.language(language)
            return " ".join(each.text(language) for each in self.problems)
        if self.code is not None:
            return say(f"refused.{self.code}", language)
        language = self.language(language)
        stands = self.state_label.text(language)
        return f"{stands} {say('forgotten', language)}" if self.forgotten else stands

    def language(self, language: str) -> str:
        """The language that :meth:`text` really answers in, for a ``lang`` attribute; where it is
        made of several texts, Chinese unless all are in the language wanted."""
        if self.refusal is not None:
            return self.refusal.language(language)
        found = {each.language(language) for each in self.problems}
        if self.problems:
            return language if found == {language} else DEFAULT_LANGUAGE
        if self.code is not None:
            return language_of(f"refused.{self.code}", language)
        if self.forgotten and language_of("forgotten", language) != language:
            return DEFAULT_LANGUAGE
        return self.state_label.language(language)
