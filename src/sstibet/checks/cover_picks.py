"""Whether examples show every tier and every payer category of the pick schedules."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sstibet.checks.alterations import swapped
from sstibet.checks.cover_published import cover_published
from sstibet.checks.rates import overlapping
from sstibet.checks.review import Review
from sstibet.checks.shown import Asked, Cases, asked_of, sound, unnoticed, unproven, unseen
from sstibet.editions import NoEdition
from sstibet.loading import Site
from sstibet.money import MODES, Money, Rate
from sstibet.premium.pick import Pick, PickEdition, PickSchedule, Relief, ReliefEdition

_PERCENT = Rate(1, 100)


@dataclass(frozen=True, slots=True)
class Priced:
    """A question with a price, and the cells that the price is made of."""

    asked: Asked
    edition: PickEdition
    pick: Pick
    row: Relief | None

    @property
    def pins(self) -> bool:
        """Whether both amounts of the tier can be told from what the example says."""
        shown = self.asked.shown
        if shown.parts is not None:
            return True
        return shown.government is not None and (self.row is None or self.row.pays == "none")


def cover_picks(review: Review, cases: Cases) -> None:
    """Every pick schedule."""
    for scheme, schedule in review.contents.picks.items():
        if not sound(review, ("price", scheme)):
            continue
        site, tables = review.site("tiers", scheme), (schedule.tiers, schedule.relief)
        asked = asked_of(review, scheme, schedule, tables, cases)
        priced = [found for each in asked if (found := _priced(schedule, each)) is not None]
        for n, edition in enumerate(schedule.tiers.editions):
            _cover_tiers(review, scheme, n, edition, priced, asked)
        for n, relief in enumerate(schedule.relief.editions if schedule.relief else ()):
            place = site.at("relief", "editions", n, "by_category")
            _cover_relief(review, place, scheme, n, relief, priced)
        for name in ("tiers", "relief"):
            cover_published(review, scheme, schedule, name, asked, cases)
        times = schedule.asks.times
        if times is not None and not any(each.asked.given.get(times, 1) > 1 for each in priced):
            hint = f"add an example with '{times}: 2'"
            unseen(review, site.at("asks", "times"), f"a price for more than one {times!r}", hint)


def _priced(schedule: PickSchedule, asked: Asked) -> Priced | None:
    """The cells that a priced question leads to."""
    if asked.shown.due is None or not asked.days:
        return None
    edition = schedule.tiers.at(asked.days[0])
    if isinstance(edition, NoEdition):
        return None
    tier = asked.given.get(schedule.asks.tier, edition.picks[0].id)
    pick = next((each for each in edition.picks if each.id == tier), None)
    relief = schedule.relief.at(asked.days[0]) if schedule.relief is not None else None
    row = None
    if relief is not None and not isinstance(relief, NoEdition):
        row = relief.by_category.get(asked.given.get(schedule.asks.category or "", ""))
    return Priced(asked, edition, pick, row) if pick is not None else None


def _cover_tiers(
    review: Review,
    scheme: str,
    n: int,
    edition: PickEdition,
    priced: list[Priced],
    asked: list[Asked],
) -> None:
    schedule = review.contents.picks[scheme]
    site = review.site("tiers", scheme).at("tiers", "editions", n, "picks")
    by_tier = dict[str, list[Priced]]()
    for each in priced:
        if each.edition is edition:
            by_tier.setdefault(each.pick.id, []).append(each)
    for m, pick in enumerate(edition.picks):
        if pick.person is None or pick.government is None:
            _cover_unknown(review, site.at(m), schedule, edition, pick, asked)
            continue
        shown = by_tier.get(pick.id, [])
        if not any(each.pins for each in shown):
            facts = f'{{{schedule.asks.tier}: "{pick.id}", …}}'
            hint = f"add {{on: {edition.from_}, facts: {facts}, due: …, government: …}}"
            unseen(review, site.at(m), f"both amounts of the tier {pick.id!r}", hint)
        elif pick.evidence is not None:
            bare = dataclasses.replace(pick, evidence=None)
            changed = dataclasses.replace(edition, picks=swapped(edition.picks, m, bare))
            table = schedule.tiers
            table = dataclasses.replace(table, editions=swapped(table.editions, n, changed))
            altered = dataclasses.replace(schedule, tiers=table)
            unproven(review, site.at(m, "evidence"), scheme, altered, [e.asked for e in shown])


def _cover_unknown(
    review: Review,
    site: Site,
    schedule: PickSchedule,
    edition: PickEdition,
    pick: Pick,
    asked: list[Asked],
) -> None:
    """A tier whose amounts aren't on record is shown to be that, and not to be no tier at all."""
    name = schedule.asks.tier
    if not any(
        each.shown.code == "amount_unknown"
        and each.given.get(name) == pick.id
        and each.meets(schedule.tiers, edition)
        for each in asked
    ):
        hint = f'add {{…, facts: {{{name}: "{pick.id}", …}}, wrong: {name}, code: amount_unknown}}'
        unseen(review, site, f"that the amounts of the tier {pick.id!r} are unknown", hint)


def _cover_relief(
    review: Review,
    site: Site,
    scheme: str,
    n: int,
    edition: ReliefEdition,
    priced: list[Priced],
) -> None:
    schedule = review.contents.picks[scheme]
    for category, row in edition.by_category.items():
        shown = [each for each in priced if each.row is row]
        if not shown:
            first = _first_day(schedule, edition)
            facts = f"{{{schedule.asks.category}: {category}, …}}"
            hint = f"add {{on: {first}, facts: {facts}, due: …, government: …}}"
            unseen(review, site.at(category), f"what the category {category!r} pays", hint)
            continue
        for key, slip, altered in _slips(row):
            if any(_differs(row, altered, each.edition, each.pick) for each in shown):
                continue
            editions = overlapping(schedule.tiers, edition)
            if any(_differs(row, altered, tiers, p) for tiers in editions for p in tiers.picks):
                hint = "add an example of this category with another tier"
                unnoticed(review, site.at(category, key), slip, hint)
                break
        if row.evidence is not None:
            bare = dict(edition.by_category) | {category: dataclasses.replace(row, evidence=None)}
            changed = dataclasses.replace(edition, by_category=bare)
            assert schedule.relief is not None
            editions_now = swapped(schedule.relief.editions, n, changed)
            table = dataclasses.replace(schedule.relief, editions=editions_now)
            without = dataclasses.replace(schedule, relief=table)
            place = site.at(category, "evidence")
            unproven(review, place, scheme, without, [each.asked for each in shown])


def _first_day(schedule: PickSchedule, edition: ReliefEdition) -> date:
    """A day on which both the relief and the tiers hold."""
    return max(edition.from_, schedule.tiers.covers.from_)


def _slips(row: Relief) -> Iterator[tuple[str, str, Relief]]:
    """What a row could say in its stead: at which key, in words, and as a row."""
    for pays in ("none", "all", "lowest_tier"):
        if pays != row.pays:
            yield (
                "pays",
                repr(pays),
                dataclasses.replace(row, pays=pays, share=None, amount=None, rounding=None),
            )
    if row.amount is not None:
        for fen in (row.amount.fen - 1, row.amount.fen + 1):
            yield "amount", str(Money(fen)), dataclasses.replace(row, amount=Money(fen))
    if row.share is not None and row.rounding is not None:
        for share in _near(row.share):
            yield "share", str(share), dataclasses.replace(row, share=share)
        for mode in MODES:
            rounding = dataclasses.replace(row.rounding, mode=mode)
            yield "rounding", f"rounded {mode}", dataclasses.replace(row, rounding=rounding)


def _near(share: Rate) -> list[Rate]:
    """A share one per cent lower and higher, as far as there are such."""
    top, bottom = share.numerator * 100, share.denominator * 100
    near = [Rate.exactly(top + share.denominator, bottom)]
    if share > _PERCENT:
        near.append(share.less(_PERCENT))
    return near


def _differs(row: Relief, altered: Relief, edition: PickEdition, pick: Pick) -> bool:
    if pick.person is None:
        return False
    lowest = min(each.person for each in edition.picks if each.person is not None)
    return row.of(pick.person, lowest, None) != altered.of(pick.person, lowest, None)
