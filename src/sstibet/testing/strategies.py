"""Hypothesis strategies for tests of premiums: amounts, days, persons, and questions to a book.

Nothing here knows the shipped rules: what is asked, within which bounds and from which lists comes
from the book given, so the strategies serve another region's book just as well.

    @given(questions(book, "flexible_pension"))
    def test_parts_add_up(question):
        day, facts = question
        quote = book.on(day).quote("flexible_pension", facts)

Books and schedules that are invented whole are in `sstibet.testing.invented`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from sstibet.facts import Dictionary, Fact
from sstibet.money import MODES, Money, Rate, Rounding, Unit
from sstibet.months import Month
from sstibet.premium.pick import PickEdition, PickSchedule, ReliefEdition
from sstibet.premium.rate import BaseEdition, OfBase, RateSchedule, TierEdition
from sstibet.resident_id import check_character
from sstibet.rulebook import Rulebook
from sstibet.testing.written import written

__all__ = [
    "days",
    "days_of",
    "facts",
    "money",
    "months",
    "persons",
    "questions",
    "rates",
    "resident_ids",
    "roundings",
    "value_of",
]

Facts = dict[str, Any]
Question = tuple[date, Facts]

_FIRST, _LAST = date(1990, 1, 1), date(2060, 12, 31)
# A serial (顺序码) of 9xx was given to nobody for a day of birth; with a county 00 the number is
# of the right shape and plainly nobody's.
_NOBODY = range(900, 1000)
_PROVINCES = ("11", "31", "44", "54", "65", "81", "82", "83")


def money(least: str = "0", most: str = "1000000") -> st.SearchStrategy[Money]:
    """Amounts of whole fen between two amounts in yuan, both of them possible."""
    return st.integers(Money.parse(least).fen, Money.parse(most).fen).map(Money)


def months(first: str = "1990-01", last: str = "2060-12") -> st.SearchStrategy[Month]:
    """Months from the first to the last, both of them possible."""
    return st.integers(Month.parse(first).index, Month.parse(last).index).map(Month)


def days(first: date = _FIRST, last: date = _LAST) -> st.SearchStrategy[date]:
    """Days, the ends of months and leap days more often than by chance."""
    every = st.dates(first, last)
    first_of_month = every.map(lambda day: max(day.replace(day=1), first))
    last_of_month = first_of_month.map(lambda day: max(day - timedelta(days=1), first))
    leap = [date(y, 2, 29) for y in range(first.year, last.year + 1) if y % 4 == 0 and y % 100]
    leap = [day for day in leap if first <= day <= last]
    some = [every, first_of_month, last_of_month, *([st.sampled_from(leap)] if leap else [])]
    return st.one_of(some)


def rates(most: int = 3) -> st.SearchStrategy[Rate]:
    """Exact shares from 0 to ``most``: percentages, and fractions that end nowhere."""
    percent = st.integers(0, most * 10_000).map(lambda n: Rate.exactly(n, 10_000))
    fraction = st.tuples(st.integers(0, 97), st.integers(1, 97)).map(
        lambda pair: Rate.exactly(*pair)
    )
    return percent | fraction.filter(lambda rate: rate <= Rate(most, 1))


def roundings() -> st.SearchStrategy[Rounding]:
    """Every unit with every mode."""
    return st.builds(Rounding, st.sampled_from(list(Unit)), st.sampled_from(list(MODES)))


@st.composite
def resident_ids(draw: st.DrawFn, born: st.SearchStrategy[date] | None = None) -> str:
    """Identity numbers that pass GB 11643 and belong to nobody: county 00, serial 900 to 999."""
    day = draw(born if born is not None else days(date(1920, 1, 1), date(2025, 12, 31)))
    serial = draw(st.sampled_from(_NOBODY))
    first17 = f"{draw(st.sampled_from(_PROVINCES))}0000{day:%Y%m%d}{serial}"
    return first17 + check_character(first17)


def value_of(dictionary: Dictionary, fact: Fact) -> st.SearchStrategy[Any]:
    """Values that a fact takes: inside its bounds, of its list, rows with all or some fields."""
    if fact.kind == "records":
        return _rows(dictionary, fact)
    if fact.kind == "code":
        codes = sorted(dictionary.codes[fact.codes].codes) if fact.codes else ["some_id"]
        return st.sampled_from(codes)
    low, high = (None if b is None else fact.parse_text(b) for b in (fact.least, fact.most))
    if fact.kind == "money":
        return st.integers(low.fen if low else 0, high.fen if high else 10**9).map(Money)
    if fact.kind == "whole":
        least = low if low is not None else 0
        return st.integers(least, high if high is not None else least + 200)
    if fact.kind == "date":
        return days(low or _FIRST, high or _LAST)
    if fact.kind == "month":
        return months(str(low or "1990-01"), str(high or "2060-12"))
    others: dict[str, st.SearchStrategy[Any]] = {
        "rate": rates(),
        "yes_no": st.booleans(),
        "resident_id": resident_ids(),
        "id_number": resident_ids(),
    }
    return others[fact.kind] if fact.kind in others else written(fact)


def _rows(dictionary: Dictionary, fact: Fact) -> st.SearchStrategy[Any]:
    """Rows with all or some fields; no two with the same key."""
    columns = {k: value_of(dictionary, f) for k, f in (fact.fields or {}).items() if not f.derive}
    key = fact.key
    if key is None:
        return st.lists(st.fixed_dictionaries({}, optional=columns), max_size=4)
    row = st.fixed_dictionaries({key: columns.pop(key)}, optional=columns)
    return st.lists(row, max_size=4, unique_by=lambda row: row[key])


@st.composite
def persons(draw: st.DrawFn, dictionary: Dictionary) -> Facts:
    """Some or all of the personal facts that a book knows, each with a value it takes."""
    personal = {
        name: value_of(dictionary, fact)
        for name, fact in dictionary.facts.items()
        if fact.personal and fact.derive is None
    }
    return draw(st.fixed_dictionaries({}, optional=personal))


def days_of(book: Rulebook, scheme: str) -> st.SearchStrategy[date]:
    """Days that matter to a scheme: both ends of every edition, a day before and after, and some
    in between. For a scheme that is looked up by the year of cover these are the starts of years.
    """
    schedule = book.contents.schedule(scheme)
    ends = set[date]()
    for name in ("tiers", "relief", "rates", "bases"):
        if (table := getattr(schedule, name, None)) is not None:
            for stretch in (*table.editions, *table.unknown, table.covers):
                ends |= {day for day in (stretch.from_, stretch.until) if day is not None}
    near = sorted(day + timedelta(days=by) for day in ends for by in (-1, 0, 1))
    between = st.dates(near[0] - timedelta(days=400), near[-1] + timedelta(days=400))
    return st.sampled_from(near) | between


def facts(book: Rulebook, scheme: str, on: date, valid: bool = True) -> st.SearchStrategy[Facts]:
    """The facts that a scheme's price hangs on, for a question asked on a day.

    With ``valid`` they lead to a quote wherever the scheme has rules for the day. Without it
    exactly one of them is wrong: a base one fen outside its bounds, a tier that there isn't, …
    """
    schedule = book.contents.schedule(scheme)
    if isinstance(schedule, RateSchedule):
        return _monthly(book, schedule, on, valid)
    return _picked(book, schedule, on, valid)


@st.composite
def questions(draw: st.DrawFn, book: Rulebook, scheme: str, valid: bool = True) -> Question:
    """A day that matters to a scheme, and `facts` for it."""
    day = draw(days_of(book, scheme))
    return day, draw(facts(book, scheme, day, valid))


@dataclass(frozen=True)
class _Room:
    """Where a month's base may lie, in fen, and the tiers that stand for one."""

    floor: int
    ceiling: int
    tiers: frozenset[str]


@st.composite
def _monthly(
    draw: st.DrawFn, book: Rulebook, schedule: RateSchedule, on: date, valid: bool
) -> Facts:
    asks = schedule.asks
    here = _room(schedule, _asked(schedule, on, 1))
    may_be_wrong = [
        "months",
        *(["base"] if here else []),
        *(["tier"] if here and asks.tier else []),
    ]
    wrong = "" if valid else draw(st.sampled_from(may_be_wrong))
    number = draw(_count(book, asks.months))
    room = _room(schedule, _asked(schedule, on, number))
    if here and room is None:  # no base fits all these months: ask for the first alone
        number, room = 1, here
    given = {**(draw(_base(schedule, room)) if room else {}), asks.months: number}
    if wrong == "months":
        given[asks.months] = draw(st.sampled_from(_wrong_counts(book, asks.months)))
    elif here and wrong == "base":
        base = Money(draw(st.sampled_from([here.floor - 1, here.ceiling + 1])))
        given = {str(asks.base): base, asks.months: number}
    elif wrong == "tier":
        given = {str(asks.tier): "no_such_tier", asks.months: number}
    return given


def _asked(schedule: RateSchedule, on: date, number: int) -> list[date]:
    """The days on which the rules of so many months are looked up."""
    if schedule.at != "period_start":
        return [on]
    return [Month.of(on).plus(n).first_day for n in range(number)]


def _room(schedule: RateSchedule, asked: list[date]) -> _Room | None:
    """The room common to all these days; None where no base is wanted, or none fits."""
    rooms = list[_Room]()
    for day in asked:
        base = schedule.bases.at(day) if schedule.bases else None
        if isinstance(schedule.rates.at(day), OfBase) and isinstance(base, BaseEdition):
            floor, ceiling = (bound.fen for bound in base.bounds_in_money())
            tiers = schedule.tiers.at(day) if schedule.tiers else None
            ids = [t.id for t in tiers.picks] if isinstance(tiers, TierEdition) else []
            rooms.append(_Room(floor, ceiling, frozenset(ids)))
    if not rooms:
        return None
    low, high = max(room.floor for room in rooms), min(room.ceiling for room in rooms)
    tiers_of_all = frozenset.intersection(*(room.tiers for room in rooms))
    return _Room(low, high, tiers_of_all) if low <= high else None


def _count(book: Rulebook, fact: str) -> st.SearchStrategy[int]:
    """Numbers of months or years that the fact allows, up to a little more than a year."""
    definition = book.contents.dictionary.facts[fact]
    return st.integers(int(definition.least or 1), min(int(definition.most or 14), 14))


def _wrong_counts(book: Rulebook, fact: str) -> list[object]:
    definition = book.contents.dictionary.facts[fact]
    below = [int(definition.least) - 1] if definition.least else []
    above = [int(definition.most) + 1] if definition.most else []
    return ["twelve", "1.5", *below, *above]


@st.composite
def _base(draw: st.DrawFn, schedule: RateSchedule, room: _Room) -> Facts:
    """A base at the bounds or between them, or a tier in its place."""
    if room.tiers and schedule.asks.tier and draw(st.booleans()):
        return {schedule.asks.tier: draw(st.sampled_from(sorted(room.tiers)))}
    low, high = room.floor, room.ceiling
    near = sorted({low, min(low + 1, high), (low + high) // 2, max(high - 1, low), high})
    fen = draw(st.sampled_from(near) | st.integers(low, high))
    return {str(schedule.asks.base): Money(fen)}


@st.composite
def _picked(
    draw: st.DrawFn, book: Rulebook, schedule: PickSchedule, on: date, valid: bool
) -> Facts:
    given, asks, asked = Facts(), schedule.asks, on
    if asks.coverage_year is not None:
        covers = schedule.tiers.covers
        last = covers.until.year if covers.until else covers.from_.year + 40
        near = st.sampled_from([on.year, on.year + 1])
        year = draw(near | st.integers(covers.from_.year, last))
        given[asks.coverage_year], asked = year, date(year, 1, 1)
    edition = schedule.tiers.at(asked)
    picks = edition.picks if isinstance(edition, PickEdition) else ()
    priced = [pick.id for pick in picks if pick.person is not None and pick.government is not None]
    given[asks.tier] = draw(st.sampled_from(priced or ["no_such_tier"]))
    if asks.category is not None and schedule.relief is not None:
        relief = schedule.relief.at(asked)
        if isinstance(relief, ReliefEdition):
            given[asks.category] = draw(st.sampled_from(sorted(relief.by_category)))
        else:
            fact = book.contents.dictionary.facts[asks.category]
            given[asks.category] = draw(value_of(book.contents.dictionary, fact))
    if asks.times is not None:
        given[asks.times] = draw(_count(book, asks.times))
    if not valid:
        at = draw(st.sampled_from(sorted({asks.tier, asks.category or asks.tier})))
        given[at] = "no_such_word"
    return given
