"""A table's look-ups: which edition a day has, and which one was public on another day."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sstibet.editions import Edition, Found, NoEdition, Stretch, Table, Unknown
from sstibet.evidence import Evidence


def evidence(seen: date | None = None) -> Evidence:
    return Evidence(
        doc="x",
        url=None,
        kind="code",
        confidence="medium",
        jurisdiction="CN-54",
        seen=seen,
        where="",
    )


def edition(
    start: date, end: date | None, published: date | None, seen: date | None = None
) -> Edition:
    return Edition(
        from_=start, until=end, published=published, evidence=evidence(seen), where="r.yaml:1"
    )


Y24, Y25, Y26 = date(2024, 1, 1), date(2025, 1, 1), date(2026, 1, 1)
E23 = edition(date(2023, 1, 1), Y24, date(2023, 6, 1))
E24 = edition(Y24, Y25, date(2024, 7, 1))
E25 = edition(Y25, Y26, date(2025, 10, 30))
TABLE = Table(
    covers=Stretch(from_=date(2020, 1, 1), until=Y26, where=""),
    editions=(E23, E24, E25),
    unknown=(Unknown(from_=date(2020, 1, 1), until=date(2023, 1, 1), why="lost", where=""),),
    where="",
)


def test_a_day_has_the_edition_it_lies_in_to_the_day() -> None:
    assert TABLE.at(date(2024, 12, 31)) is E24
    assert TABLE.at(Y25) is E25
    assert TABLE.at(date(2025, 12, 31)) is E25


def test_a_day_without_an_edition_says_why() -> None:
    assert TABLE.at(Y26) == NoEdition("after", Y26, end=Y26)
    assert TABLE.at(date(2019, 12, 31)) == NoEdition(
        "before", date(2019, 12, 31), end=date(2020, 1, 1)
    )
    assert TABLE.at(date(2022, 5, 1)) == NoEdition("unknown", date(2022, 5, 1), "lost")


@given(st.dates(date(2020, 1, 1), date(2025, 12, 31)))
def test_editions_and_unknown_stretches_partition_the_time_covered(day: date) -> None:
    inside = [each for each in TABLE.editions if day in each.span]
    found = TABLE.at(day)
    assert inside == ([found] if isinstance(found, Edition) else [])


def test_a_base_announced_late_is_not_known_before_and_the_last_one_goes_on() -> None:
    march = date(2025, 3, 1)
    assert TABLE.as_known(march, date(2025, 10, 29), True) == Found(E24, E25)
    assert TABLE.as_known(march, date(2025, 10, 30), True) == Found(E25)
    assert TABLE.as_known(march, None, True) == Found(E25)


def test_without_a_rule_for_late_news_nothing_is_carried_on() -> None:
    march = date(2025, 3, 1)
    assert TABLE.as_known(march, date(2025, 10, 29), False) == NoEdition("not_known_yet", march)


def test_past_the_last_edition_only_the_rule_carries_it_on() -> None:
    assert TABLE.as_known(Y26, date(2026, 2, 1), True) == Found(E25, E25)
    assert TABLE.as_known(Y26, date(2026, 2, 1), False) == NoEdition("after", Y26, end=Y26)
    assert TABLE.as_known(Y26, None, True) == NoEdition("after", Y26, end=Y26)


def test_an_unknown_stretch_is_never_bridged() -> None:
    day = date(2022, 5, 1)
    assert TABLE.as_known(day, date(2026, 1, 1), True) == NoEdition("unknown", day, "lost")


def test_an_edition_of_unknown_publication_is_known_once_it_was_seen() -> None:
    late = edition(Y25, Y26, None, seen=date(2025, 5, 12))
    table = Table(covers=Stretch(from_=Y24, until=Y26, where=""), editions=(E24, late), where="")
    assert table.as_known(Y25, date(2025, 5, 12), True) == Found(late)
    assert table.as_known(Y25, date(2025, 5, 11), True) == NoEdition("publication_unknown", Y25)


@given(st.dates(date(2023, 1, 1), date(2027, 1, 1)), st.dates(date(2023, 6, 1), date(2027, 1, 1)))
def test_what_is_known_later_never_unsettles_what_all_is_known(day: date, known: date) -> None:
    """Once everything is published, what was known is what is in force."""
    found = TABLE.as_known(day, known, True)
    if known >= date(2025, 10, 30) and isinstance(TABLE.at(day), Edition):
        assert found == Found(TABLE.at(day))
    if isinstance(found, Found):
        assert found.edition.from_ <= day + timedelta(days=0)
        assert found.edition.known_on(known)
