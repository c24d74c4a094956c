"""Whether examples show since when each edition of a price was public (``known_on``)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from typing import Any

from sstibet.checks.alterations import swapped
from sstibet.checks.answers import in_words
from sstibet.checks.review import Review
from sstibet.checks.shown import Asked, Cases, Schedule, notices, unnoticed, with_schedule
from sstibet.editions import Edition, Table
from sstibet.rules import Rules


def cover_published(
    review: Review, scheme: str, schedule: Schedule, name: str, asked: list[Asked], cases: Cases
) -> None:
    """Each edition of one table: its day of publication, moved by a day, changes an answer."""
    table: Table[Any] | None = getattr(schedule, name)
    dated = [each for each in asked if each.shown.known_on is not None]
    plain = [each for each in asked if each.shown.known_on is None and each.shown.due is not None]
    differences = cases.get(("difference", scheme), [])
    for n, edition in enumerate(table.editions if table is not None else ()):
        assert table is not None
        for key, slip, day, moved in _slips(edition):
            changed = dataclasses.replace(table, editions=swapped(table.editions, n, moved))
            one: dict[str, Any] = {name: changed}
            altered: Schedule = dataclasses.replace(schedule, **one)
            then = [each for each in dated if each.shown.known_on == day]
            compared = [
                each for each in differences if day in (each.known_on, each.paid_as_known_on)
            ]
            if notices(review, scheme, altered, then, compared):
                continue
            questions = [each for each in plain if each.meets(table, edition)]
            shows, shows_code = _shows(review, scheme, altered, questions, day)
            if shows is not None:
                site = review.schedule(scheme).at(name, "editions", n, *key)
                hint = f"add the example of {shows.shown.where} once more with 'known_on: {day}'"
                if shows_code:
                    hint += " and the 'code' of what is wrong"
                unnoticed(review, site, slip, hint)


def _slips(edition: Edition) -> Iterator[tuple[tuple[str, ...], str, date, Edition]]:
    """The edition made public a day earlier and a day later: at which key, what that would say,
    and the day on which it is another answer."""
    published, seen = edition.published, edition.evidence.seen
    day = published or seen
    if day is None or day in (date.min, date.max):
        return
    before, after = (date.fromordinal(day.toordinal() + step) for step in (-1, 1))
    yield ("published",), str(before), before, dataclasses.replace(edition, published=before)
    if published is not None:
        yield ("published",), str(after), day, dataclasses.replace(edition, published=after)
    else:
        evidence = dataclasses.replace(edition.evidence, seen=after)
        yield ("evidence", "seen"), str(after), day, dataclasses.replace(edition, evidence=evidence)


def _shows(
    review: Review, scheme: str, altered: Schedule, questions: list[Asked], day: date
) -> tuple[Asked | None, bool]:
    """A question whose answer, as known on a day, would be another one, and whether that is only
    wrong for another reason; None if there is none."""
    contents = with_schedule(review.contents, scheme, altered)
    for each in questions:
        on, facts = each.shown.on, each.shown.facts
        right = in_words(Rules(review.contents, "", on, day).quote(scheme, facts))
        slip = in_words(Rules(contents, "", on, day).quote(scheme, facts))
        if right.words != slip.words:
            return each, "wrong" in right.words and "wrong" in slip.words
    return None, False
