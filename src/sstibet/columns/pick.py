"""The schemes whose payer picks a tier, for many rows at once.

There are few different questions: a stretch of time (or a coverage year), a tier, a category, and
whether the times are given. Each that occurs is put to the pricer once and its answer kept; a row
only finds its question's number.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from sstibet.columns import calendar
from sstibet.columns.cells import EPOCH, Cells, Numbers
from sstibet.columns.outcomes import Priced, Totals, Vocabulary
from sstibet.outcomes import Missing, Wrong
from sstibet.premium.pick import PickPricer

MOST_TIMES = 4096  # a row of more is priced by itself
_MOST_QUESTIONS = 2**24  # a book with more different questions is priced row by row


class PickKernel:
    """Prices rows of one scheme with tiers as it was known on one day. ``tiers`` and
    ``categories`` number the ids from 1 on."""

    def __init__(
        self,
        pricer: PickPricer,
        tiers: Mapping[str, int],
        categories: Mapping[str, int],
        vocabulary: Vocabulary,
    ) -> None:
        self._pricer, self._asks, self._words = pricer, pricer.schedule.asks, vocabulary
        self._tiers = [None, *tiers]
        self._categories = [None, *categories]
        self._days = [calendar.FIRST, *calendar.turns(pricer.schedule)]
        turns = [day.toordinal() - EPOCH for day in self._days[1:]]
        self._stretch = calendar.stretch_of(turns, calendar.FIRST_DAY, calendar.END_DAY)
        times = len(self._days)
        if self._asks.coverage_year is not None:
            times = calendar.END_YEAR - calendar.FIRST_YEAR + 1
        self._shape = (times, len(self._tiers), len(self._categories), 2)
        self._answer_of: Numbers | None = None
        if np.prod(self._shape, dtype=float) <= _MOST_QUESTIONS:
            self._answer_of = np.full(self._shape, -1, np.int64).reshape(-1)
        self._answers: list[Totals | tuple[int, int]] = []

    def price(self, days: Numbers, facts: Mapping[str, Cells]) -> Priced:
        """What each row comes to. ``days`` are those asked about, since 1970."""
        asks, count = self._asks, len(days)
        priced = Priced.of(count)
        if self._answer_of is None:
            priced.leave(np.ones(count, np.bool_))
            return priced
        time = np.take(self._stretch, days - calendar.FIRST_DAY, mode="clip")
        if asks.coverage_year is not None:
            time = self._years(priced, facts.get(asks.coverage_year))
        times = facts.get(asks.times or "")
        has_times = np.zeros(count, np.int64)
        if times is not None:
            has_times += 1 if times.given is None else times.given
            far = np.abs(times.numbers) > MOST_TIMES
            if far.any():
                priced.leave(far)
        tier = _ids(facts.get(asks.tier), count)
        category = _ids(facts.get(asks.category or ""), count)
        question = np.ravel_multi_index((time, tier, category, has_times), self._shape)
        self._ask(question, days)
        self._lay_out(priced, self._answer_of[question])
        if times is not None:
            self._multiply(priced, times)
        return priced

    def _years(self, priced: Priced, years: Cells | None) -> Numbers:
        """The years as places from 1 on; 0 where there is none."""
        if years is None:
            return np.zeros(len(priced.due), np.int64)
        place = years.numbers - calendar.FIRST_YEAR + 1
        inside = (place >= 1) & (place < self._shape[0])
        given = np.ones(len(place), np.bool_) if years.given is None else years.given
        if (given & ~inside).any():
            priced.leave(given & ~inside)
        return np.where(given & inside, place, 0)

    def _ask(self, questions: Numbers, days: Numbers) -> None:
        """Put the questions that are new to the pricer."""
        assert self._answer_of is not None
        fresh = questions[self._answer_of[questions] < 0]
        for question in np.unique(fresh):
            time, tier, category, has_times = np.unravel_index(question, self._shape)
            asks, given = self._asks, dict[str | None, Any]()
            day = calendar.FIRST
            if asks.coverage_year is None:
                day = self._days[int(time)]
            elif time:
                given[asks.coverage_year] = int(time) + calendar.FIRST_YEAR - 1
            given[asks.tier] = self._tiers[int(tier)]
            given[asks.category] = self._categories[int(category)]
            given[asks.times] = 1 if has_times else None
            said = {name: value for name, value in given.items() if name and value is not None}
            self._answer_of[question] = len(self._answers)
            self._answers.append(self._answer(day, said))

    def _answer(self, day: date, given: Mapping[str, Any]) -> Totals | tuple[int, int]:
        answer = self._pricer.lines(day, given)
        if isinstance(answer, (Missing, Wrong)):
            return self._words.answer(answer)
        return Totals.of(answer)

    def _lay_out(self, priced: Priced, answers: Numbers) -> None:
        """Give each row its question's answer."""
        made = [each if isinstance(each, Totals) else Totals() for each in self._answers]
        told = [(0, 0) if isinstance(each, Totals) else each for each in self._answers]
        fits = np.array([each.fit(MOST_TIMES) for each in made])
        if not fits.all():
            priced.leave(~fits[answers])
        made = [each if each.fit(MOST_TIMES) else Totals() for each in made]
        priced.code[:] = np.array([code for code, _ in told])[answers]
        priced.field[:] = np.array([field for _, field in told])[answers]
        priced.evidence[:] = np.array([each.evidence for each in made])[answers]
        priced.due[:] = np.array([each.due for each in made])[answers]
        priced.government = np.array([each.government for each in made])[answers]
        for part in {part for each in made for part in each.parts}:
            priced.parts[part] = np.array([each.parts.get(part, 0) for each in made])[answers]

    def _multiply(self, priced: Priced, times: Cells) -> None:
        for amounts in (priced.due, priced.government, *priced.parts.values()):
            assert amounts is not None
            amounts *= times.numbers


def _ids(cells: Cells | None, count: int) -> Numbers:
    """The places of a column's ids, 0 where none is given."""
    return np.zeros(count, np.int64) if cells is None else cells.numbers
