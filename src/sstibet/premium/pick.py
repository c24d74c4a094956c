"""Schedules whose payer picks one amount of a list (选档): the residents' two schemes.

An edition lists the tiers with what the person and the government pay; another table says, for
every payer category, how much of the person's amount the government pays for them (代缴).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from sstibet.amounts import Amount, RoundTo, Share, UnknownAmount
from sstibet.documents import Name, Named, Node, OrWord, Whole, node, or_word, parse_name, word
from sstibet.editions import E, Edition, NoEdition, Table
from sstibet.evidence import Evidence, weakest
from sstibet.examples import Example
from sstibet.explanation import Operand, Rounded, RuleRead, Step
from sstibet.labels import Label
from sstibet.money import ZERO, Money
from sstibet.outcomes import Missing, Wrong, no_edition
from sstibet.premium.quote import GOVERNMENT, PERSON, Line, told
from sstibet.problems import BadValue
from sstibet.text import nearest

AT_DAY = ("paid_on", "declared_on")
AT_YEAR = "coverage_year_start"
OrNone = Annotated[str | None, or_word("none", parse_name)]


@node
class Pick(Node):
    """One tier (缴费档次): its id and a year's amounts; ``unknown`` where none is on record."""

    id: Name
    label: Label | None = None
    person: UnknownAmount
    government: UnknownAmount
    evidence: Evidence | None = None


@node
class Means(Node):
    """Whether the amounts are exact, or the least that a local rule may set."""

    person: Annotated[str, word("exact", "at_least")]
    government: Annotated[str, word("exact", "at_least")]


@node
class PickEdition(Edition):
    """The tiers of one edition, rising. ``end_points``: tiers between these existed but their
    amounts aren't on record. ``notice_year`` is the year of the notice that set the amounts."""

    notice_year: Whole | None = None
    means: Means
    steps: Annotated[str, word("listed", "end_points")]
    picks: tuple[Pick, ...]
    examples: tuple[Example, ...] = ()


@node
class Relief(Node):
    """What the government pays of the person's amount: nothing, all, a share, an amount, or the
    amount of the lowest tier; never more than the person's amount itself."""

    pays: Annotated[str, word("none", "all", "share", "amount", "lowest_tier")]
    share: Share | None = None
    amount: Amount | None = None
    rounding: RoundTo | None = None
    evidence: Evidence | None = None

    def __post_init__(self) -> None:
        if (self.pays == "share") != (self.share is not None and self.rounding is not None):
            message = "'share' and its 'rounding' go with 'pays: share'"
            hint = "add both" if self.pays == "share" else "drop them"
            raise BadValue("relief_shape", message, hint, ("pays",))
        if (self.pays == "amount") != (self.amount is not None):
            hint = "add it" if self.amount is None else "drop it"
            raise BadValue("relief_shape", "'amount' goes with 'pays: amount'", hint, ("pays",))

    def of(self, person: Money, lowest: Money, steps: list[Step] | None) -> Money:
        """How much of ``person`` the government pays."""
        if self.pays == "share" and self.share is not None and self.rounding is not None:
            part = self.share.of(person, self.rounding.rounding)
            if steps is not None:
                exact = person.fen * self.share.numerator
                rounding = self.rounding.rounding
                steps.append(Operand("share", self.share))
                steps.append(Rounded("relief", exact, self.share.denominator, rounding, part))
            return min(part, person)
        most = {"none": ZERO, "all": person, "amount": self.amount, "lowest_tier": lowest}
        return min(most[self.pays] or ZERO, person)


@node
class ReliefEdition(Edition):
    """For every payer category (缴费人类别), what the government pays in the person's stead."""

    by_category: Annotated[dict[str, Relief], Named()]
    examples: tuple[Example, ...] = ()


@node
class PickAsks(Node):
    """The facts that a price hangs on. ``times`` multiplies it (years paid back)."""

    tier: Name
    category: OrNone
    coverage_year: OrNone
    times: OrNone


@node
class PickParts(Node):
    """What the lines are called."""

    individual: Label
    paid_for: Label
    subsidy: Label


@node
class PickSchedule(Node):
    """A scheme whose payer picks a tier. ``at`` names the day on which its tables are looked up."""

    label: Label
    levy_item: Name | None = None
    at: Annotated[str, word(*AT_DAY, AT_YEAR)]
    asks: PickAsks
    parts: PickParts
    succeeds: tuple[Name, ...] = ()
    tiers: Table[PickEdition]
    relief: Annotated[Table[ReliefEdition] | None, OrWord("none")]

    def without_edition(self, day: date, given: Mapping[str, Any]) -> Wrong | None:
        """What is wrong with a day, or a coverage year, without tiers; None where there are some,
        or where the year isn't known yet."""
        year = given.get(self.asks.coverage_year) if self.asks.coverage_year else None
        if self.asks.coverage_year is not None and year is None:
            return None
        found = self.tiers.at(day if year is None else date(year, 1, 1))
        field = self.asks.coverage_year or "on"
        return no_edition(field, "tiers", found) if isinstance(found, NoEdition) else None

    def __post_init__(self) -> None:
        if (self.at == AT_YEAR) != (self.asks.coverage_year is not None):
            message = f"'at: {AT_YEAR}' goes with a fact under 'coverage_year'"
            hint = "name the fact, or look up on another day"
            raise BadValue("coverage_year", message, hint, ("asks", "coverage_year"))
        if (self.relief is None) != (self.asks.category is None):
            message = "there is a table 'relief', but 'asks' names no category"
            if self.relief is None:
                message = "'asks' names a category, but there is no table 'relief'"
            hint = "add the one, or write 'none' for both"
            raise BadValue("category", message, hint, ("asks", "category"))


class PickPricer:
    """Prices one pick schedule as it was known on a day (None: by all that the book holds).

    What a tier and a category come to within an edition is worked out once and kept.
    """

    def __init__(self, scheme: str, schedule: PickSchedule, known_on: date | None) -> None:
        self.scheme, self.schedule, self.known_on = scheme, schedule, known_on
        self._kept: dict[tuple[object, ...], tuple[Line, ...]] = {}

    def lines(
        self, day: date, given: Mapping[str, Any], steps: list[Step] | None = None
    ) -> tuple[Line, ...] | Missing | Wrong:
        """The lines for the facts given (already of their own types) on a day."""
        chosen = self._choose(day, given)
        if isinstance(chosen, (Missing, Wrong)):
            return chosen
        asks = self.schedule.asks
        times = given.get(asks.times, 1) if asks.times else 1
        relief = chosen.relief_edition.from_ if chosen.relief_edition else None
        key = (
            chosen.edition.from_,
            relief,
            chosen.pick.id,
            chosen.category,
            chosen.period,
            times,
        )
        if steps is None and (kept := self._kept.get(key)):
            return kept
        made = self._make(chosen, times, steps)
        self._kept[key] = made
        return made

    def price(self, day: date, given: Mapping[str, Any]) -> Money | Missing | Wrong:
        """What the person pays, without the lines."""
        lines = self.lines(day, given)
        if isinstance(lines, (Missing, Wrong)):
            return lines
        return Money(sum(line.amount.fen for line in lines if line.payer == PERSON))

    def _choose(self, day: date, given: Mapping[str, Any]) -> Chosen | Missing | Wrong:
        """The edition, tier and relief that the facts lead to. What is wrong goes before what is
        missing, so that a mistake shows at once."""
        asks, missing = self.schedule.asks, list[str]()
        asked, period = day, str(day.year)
        if asks.coverage_year is not None:
            year = given.get(asks.coverage_year)
            if year is None:
                return Missing((asks.coverage_year,))
            asked, period = date(year, 1, 1), str(year)
        edition = self._edition(self.schedule.tiers, "tiers", asked)
        if isinstance(edition, Wrong):
            return edition
        pick = self._pick(edition, given.get(asks.tier))
        if isinstance(pick, Wrong):
            return pick
        relief = self._relief(asked, given)
        if isinstance(relief, Wrong):
            return relief
        if pick is None:
            missing.append(asks.tier)
        if isinstance(relief, Missing):
            missing.extend(relief.facts)
        if asks.times and asks.times not in given:
            missing.append(asks.times)
        if missing or pick is None or isinstance(relief, Missing):
            return Missing(tuple(missing))
        return Chosen(asked, period, edition, pick, *relief)

    def _edition(self, table: Table[E], name: str, asked: date) -> E | Wrong:
        found = table.as_known(asked, self.known_on, carry_on=False)
        if isinstance(found, NoEdition):
            field = self.schedule.asks.coverage_year or "on"
            return no_edition(field, name, found)
        return found.edition

    def _pick(self, edition: PickEdition, tier: str | None) -> Pick | Wrong | None:
        """The tier picked; the only one where there is but one; None where it's still open."""
        field = self.schedule.asks.tier
        if tier is None:
            if len(edition.picks) > 1:
                return None
            tier = edition.picks[0].id
        for pick in edition.picks:
            if pick.id == tier:
                if pick.person is None or pick.government is None:
                    return Wrong(field, "amount_unknown", {"tier": tier, "rule": pick.where})
                return pick
        ids = [pick.id for pick in edition.picks]
        values: dict[str, object] = {"tier": tier, "tiers": ids, "near": nearest(tier, ids)}
        if edition.steps == "end_points" and _between(tier, ids):
            return Wrong(field, "tier_unknown", values)
        return Wrong(field, "not_a_tier", values)

    def _relief(
        self, asked: date, given: Mapping[str, Any]
    ) -> tuple[ReliefEdition | None, Relief | None, str | None] | Missing | Wrong:
        table, fact = self.schedule.relief, self.schedule.asks.category
        if table is None or fact is None:
            return None, None, None
        edition = self._edition(table, "relief", asked)
        if isinstance(edition, Wrong):
            return edition
        category = given.get(fact)
        if category is None:
            return Missing((fact,))
        relief = edition.by_category.get(category)
        if relief is None:
            near = nearest(category, edition.by_category)
            return Wrong(fact, "no_relief_row", {"category": category, "near": near})
        return edition, relief, category

    def _make(self, chosen: Chosen, times: int, steps: list[Step] | None) -> tuple[Line, ...]:
        edition, pick, relief = chosen.edition, chosen.pick, chosen.relief
        assert pick.person is not None
        assert pick.government is not None
        if steps is not None:
            steps.append(RuleRead.of("tiers", edition, chosen.asked, row=pick))
            steps.append(Operand("tier", pick.label or pick.id))
            if chosen.relief_edition is not None:
                row = relief
                steps.append(RuleRead.of("relief", chosen.relief_edition, chosen.asked, row=row))
                steps.append(Operand("category", chosen.category))
        lowest = min(each.person for each in edition.picks if each.person is not None)
        paid_for = ZERO if relief is None else relief.of(pick.person, lowest, steps)
        made = [self._line(chosen, "individual", PERSON, (pick.person - paid_for) * times)]
        if paid_for:
            made.append(self._line(chosen, "paid_for", GOVERNMENT, paid_for * times))
        if pick.government:
            made.append(self._line(chosen, "subsidy", GOVERNMENT, pick.government * times))
        if steps is not None:
            steps.extend(told(made))
        return tuple(made)

    def _line(self, chosen: Chosen, part: str, payer: str, amount: Money) -> Line:
        """One line: it rests on its tier's evidence, and on the relief's where that changes it."""
        edition, pick = chosen.edition, chosen.pick
        rule, kinds = pick.where, [(pick.evidence or edition.evidence).kind]
        relieved = chosen.relief is not None and chosen.relief.pays != "none"
        if relieved and part != "subsidy" and chosen.relief_edition and chosen.relief:
            kinds.append((chosen.relief.evidence or chosen.relief_edition.evidence).kind)
            rule = chosen.relief.where if part == "paid_for" else rule
        means = edition.means.government if part == "subsidy" else edition.means.person
        label = getattr(self.schedule.parts, part)
        start = edition.from_.isoformat()
        return Line(
            part,
            label,
            payer,
            chosen.period,
            None,
            None,
            amount,
            means == "at_least",
            rule,
            start,
            weakest(kinds),
        )


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the facts of a question lead to: the day looked up, the period's name, and the rules."""

    asked: date
    period: str
    edition: PickEdition
    pick: Pick
    relief_edition: ReliefEdition | None
    relief: Relief | None
    category: str | None


def _between(tier: str, ids: list[str]) -> bool:
    """Whether a tier called by its amount lies between the first and the last."""
    if not all(each.isdigit() for each in (tier, *ids)):
        return False
    return int(ids[0]) < int(tier) < int(ids[-1])
