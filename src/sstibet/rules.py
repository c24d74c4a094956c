"""All rules in force on one day: prices, permissions, refunds, waits and cover, each explained.

Questions take facts as a mapping from fact ids to text or values, and answer with values: a
`Quote`, `Allowed`, `Entitlement` …, or `Missing`, `Wrong`, `Refusal`. Nothing is looked up for a
day that nobody named.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sstibet import refunds as refunding
from sstibet.contents import Contents
from sstibet.editions import NoEdition
from sstibet.explanation import Given, Operand, RuleRead, Step
from sstibet.kinds import PERSONAL
from sstibet.known import Known
from sstibet.labels import Label
from sstibet.money import Money
from sstibet.outcomes import Missing, Refusal, Wrong
from sstibet.periods import ask
from sstibet.premium.monthly import RatePricer
from sstibet.premium.pick import PickPricer, PickSchedule
from sstibet.premium.quote import Difference, Quote, difference
from sstibet.premium.rate import RateSchedule
from sstibet.problems import BadValue
from sstibet.refunds import Entitlement
from sstibet.text import UnknownName
from sstibet.texts import in_every_language
from sstibet.unreadable import unreadable

Facts = Mapping[str, object]


class Rules:
    """The rules of a book in force on ``day``, as public on ``known_on`` (None: all it holds).

    Made by ``book.on(day)``. Cheap to make; what is worked out is kept with the book.
    """

    __slots__ = ("_contents", "day", "digest", "known_on")

    def __init__(
        self, contents: Contents, digest: str, day: date, known_on: date | None = None
    ) -> None:
        self._contents, self.digest, self.day, self.known_on = contents, digest, day, known_on

    def quote(self, scheme: str, facts: Facts) -> Quote | Missing | Wrong:
        """The price of what is asked for, line by line.

        Args:
            scheme: a scheme id, such as ``"flexible_pension"``.
            facts: fact ids to values; amounts as text, ``Decimal``, ``Money`` or whole yuan.

        Returns:
            A `Quote`; `Missing` with the facts that would settle it; or `Wrong` with the field.

        Raises:
            UnknownName: the book has no such scheme.
        """
        return self._quote(scheme, facts, hold=False)

    def price(self, scheme: str, facts: Facts) -> Money | Missing | Wrong:
        """What the person pays (个人应缴), without lines: the quick way to ``quote(…).due``."""
        pricer = self._contents.pricer(scheme, self.known_on)
        given = self._read(facts)
        if isinstance(given, Wrong):
            return given
        return pricer.price(self.day, given)

    def difference(
        self, scheme: str, facts: Facts, paid_as_known_on: date
    ) -> Difference | Missing | Wrong:
        """The back-difference (补差) for months paid before an edition was announced.

        ``facts`` are those paid on; ``paid_as_known_on`` is the day of paying. The amount paid is
        priced by what was public then, the amount due by what this ``Rules`` knows; a base that is
        outside the new bounds is held within them where the book's rule says so.
        """
        before = Rules(self._contents, self.digest, self.day, paid_as_known_on)
        paid = before.quote(scheme, facts)
        if not isinstance(paid, Quote):
            return paid
        owed = self._quote(scheme, facts, hold=True)
        return difference(paid, owed) if isinstance(owed, Quote) else owed

    def may_pay(self, scheme: str, facts: Facts) -> ask.MayPay:
        """Whether this person may pay: `Allowed`, a `Refusal` with the rules, or `Missing`."""
        schedule = self._contents.schedule(scheme)
        known = self._known(facts)
        if isinstance(known, Wrong):
            return known
        if (none := schedule.without_edition(self.day, known.given)) is not None:
            return none
        return ask.may_pay(self._contents.periods.may_pay[scheme] or {}, scheme, known)

    def refund(self, scheme: str, facts: Facts) -> Entitlement | Refusal | Missing | Wrong:
        """What of some payments is given back, applied for on this day (退费)."""
        self._contents.schedule(scheme)
        rules = self._contents.refunds[scheme]
        if rules is None:
            return Wrong("scheme", "no_refund_rules", {"scheme": scheme})
        known = self._known(facts)
        if isinstance(known, Wrong):
            return known
        return refunding.refund(rules, scheme, known, self.digest)

    def wait(self, scheme: str, facts: Facts) -> ask.Wait | Missing | Wrong:
        """How many months benefits are waited for after paying on this day (待遇等待期)."""
        waiting = self._of(self._contents.periods.waiting, "waiting period for", scheme)
        known = self._known(facts)
        return known if isinstance(known, Wrong) else ask.wait(waiting, known)

    def cover(self, scheme: str, facts: Facts) -> ask.Covered | Missing | Refusal | Wrong:
        """From when until when a payment made on this day covers (待遇享受期)."""
        rule = self._of(self._contents.periods.cover, "cover of", scheme)
        known = self._known(facts)
        return known if isinstance(known, Wrong) else ask.covered(rule, known)

    def tiers(self, scheme: str, facts: Facts) -> tuple[tuple[str, Label], ...]:
        """The tiers (缴费档次) that may be picked, each with its label; none where the day, or the
        coverage year among ``facts``, has no table or the year isn't given. Tiers of which no
        amount is on record can't be picked."""
        schedule = self._contents.schedule(scheme)
        given = self._read({n: v for n, v in facts.items() if n in self._contents.dictionary.facts})
        year = None if isinstance(given, Wrong) else _year(schedule, given)
        if isinstance(schedule, PickSchedule):
            if schedule.asks.coverage_year is not None and year is None:
                return ()
            found = schedule.tiers.as_known(year or self.day, self.known_on, carry_on=False)
            if isinstance(found, NoEdition):
                return ()
            return tuple(
                (pick.id, pick.label or _by_amount(pick.person))
                for pick in found.edition.picks
                if pick.person is not None and pick.government is not None
            )
        if schedule.tiers is None:
            return ()
        at = schedule.tiers.as_known(self.day, self.known_on, carry_on=True)
        if isinstance(at, NoEdition):
            return ()
        return tuple((tier.id, tier.label) for tier in at.edition.picks)

    def parameter(self, name: str) -> Any:
        """A dated value of the book, such as the minimum months; None where none is in force."""
        self._of(self._contents.periods.parameters, "parameter", name)
        known = self._known({})
        assert isinstance(known, Known)
        return ask.parameter(self._contents.periods, name, known)[0]

    def schemes(self) -> dict[str, Any]:
        """The book's schemes by id, each with its label."""
        return {name: self._contents.schedule(name).label for name in self._contents.schemes}

    def _quote(self, scheme: str, facts: Facts, hold: bool) -> Quote | Missing | Wrong:
        contents = self._contents
        pricer = contents.pricer(scheme, self.known_on)
        given = self._read(facts)
        if isinstance(given, Wrong):
            return given
        lines = _lines(pricer, self.day, given, None, hold)
        if type(lines) is not tuple:
            return self._labelled(lines)
        provisional: tuple[str, ...] = ()
        if self.known_on is not None and isinstance(pricer, RatePricer):
            months = given[pricer.schedule.asks.months]
            provisional = pricer.provisional(self.day, months)
        return Quote(
            scheme,
            self.day,
            lines,
            self.digest,
            provisional,
            pricer.schedule.label,
            lambda: self._trace(pricer, facts, given, hold),
            lambda: self.may_pay(scheme, facts),
        )

    def _trace(
        self, pricer: RatePricer | PickPricer, facts: Facts, given: Mapping[str, Any], hold: bool
    ) -> tuple[Step, ...]:
        """The steps of a quote: the facts given, then the same pricing again, told."""
        dictionary = self._contents.dictionary
        words = {
            name: dictionary.labels_of(dictionary.facts[name]).get(value)
            for name, value in given.items()
            if isinstance(value, str)
        }
        steps: list[Step] = [
            Given(name, fact.label, value, fact.kind in PERSONAL, words.get(name))
            for name, value in given.items()
            for fact in [dictionary.facts[name]]
        ]
        _lines(pricer, self.day, given, steps, hold)
        for n, step in enumerate(steps):
            if isinstance(step, Operand) and step.value == given.get(step.name):
                steps[n] = Operand(step.name, step.value, words.get(step.name))
        late = getattr(pricer.schedule, "late", None)
        if late is not None and (hold or self.known_on is not None):
            steps.append(RuleRead("late", late.where, late.evidence))
        return tuple(steps)

    def _read(self, facts: Facts) -> dict[str, Any] | Wrong:
        """The facts as values of their own types, or all that is wrong with them."""
        dictionary = self._contents.dictionary
        given: dict[str, Any] = {}
        wrong: list[Wrong] | None = None
        for name, value in facts.items():
            try:
                given[name] = dictionary.read(name, value)
            except BadValue as error:
                wrong = wrong or []
                wrong.append(unreadable(dictionary, name, value, error))
        if wrong:
            return Wrong(wrong[0].field, wrong[0].code, wrong[0].values, tuple(wrong[1:]))
        return given

    def _known(self, facts: Facts) -> Known | Wrong:
        given = self._read(facts)
        if isinstance(given, Wrong):
            return given
        return Known(
            self._contents.dictionary,
            self.day,
            given,
            *ask.look_ups(self._contents.periods),
        )

    def _labelled(self, answer: Missing | Wrong) -> Missing | Wrong:
        if isinstance(answer, Wrong):
            return answer
        facts = self._contents.dictionary.facts
        names = {*answer.facts, *(each for more in answer.instead.values() for each in more)}
        return Missing(answer.facts, {n: facts[n].label for n in names}, answer.instead)

    def _of(self, table: Mapping[str, Any], kind: str, name: str) -> Any:
        if name not in table:
            raise UnknownName(kind, name, table)
        return table[name]


def _year(schedule: PickSchedule | RateSchedule, given: Mapping[str, Any]) -> date | None:
    """The first day of the coverage year that is asked about, where the scheme has such."""
    asked = schedule.asks.coverage_year if isinstance(schedule, PickSchedule) else None
    year = given.get(asked) if asked else None
    return None if year is None else date(year, 1, 1)


def _by_amount(amount: Money) -> Label:
    """What a tier without a name of its own is called: its amount."""
    return Label(in_every_language("tier", amount=amount))


def _lines(
    pricer: RatePricer | PickPricer,
    day: date,
    given: Mapping[str, Any],
    steps: list[Step] | None,
    hold: bool,
) -> Any:
    if isinstance(pricer, RatePricer):
        return pricer.lines(day, given, steps, hold)
    return pricer.lines(day, given, steps)
