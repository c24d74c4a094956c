"""Whether examples and cases show every rule of who may pay, and every parameter and window."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial
from typing import Any

from sstibet.cases import Case
from sstibet.checks.alterations import Altered, alterations, swapped, tests_in
from sstibet.checks.lookups import known_of
from sstibet.checks.review import Review
from sstibet.checks.shown import Cases, otherwise, sound, unnoticed, unseen
from sstibet.conditions import Condition, decide
from sstibet.editions import Table
from sstibet.known import Known
from sstibet.loading import Site
from sstibet.outcomes import Wrong
from sstibet.periods.tables import DayOfYear, Periods, Requirement, Window, WindowEdition
from sstibet.premium.pick import AT_YEAR

# A condition, the day and the facts of an example that asks for it.
Question = tuple[Condition, date, dict[str, Any]]


def cover_rules(review: Review, cases: Cases) -> None:
    """Requirements, parameters and windows."""
    contents = review.contents
    for scheme, requirements in contents.periods.may_pay.items():
        if sound(review, ("may_pay", scheme)):
            asked = cases.get(("may_pay", scheme), [])
            for name, rule in (requirements or {}).items():
                site = review.periods.at("may_pay", scheme, name)
                _cover_requirement(review, site, scheme, name, rule, asked)
    for name, parameter in contents.periods.parameters.items():
        days = [case.on for case in cases.get(("parameter", name), [])]
        for n, edition in enumerate(parameter.table.editions):
            if sound(review, ("parameter", name)) and not any(d in edition.span for d in days):
                site = review.periods.at("parameters", name, "table", "editions", n, "value")
                hint = f"add a case {{ask: parameter, of: {name}, on: {edition.from_}, value: …}}"
                unseen(review, site, "this value", hint)
    questions = _questions(review)
    for name, window in contents.periods.windows.items():
        if sound(review, ("window", name)) and questions is not None:
            _cover_window(review, name, window, questions)


def report_slips(
    review: Review, site: Site, slips: Iterable[Altered], noticed: Any, hint: str
) -> None:
    """Report the first unnoticed slip of every node; ``noticed`` tells whether one is."""
    reported = set[tuple[str | int, ...]]()
    for slip in slips:
        depths = [(path, min(len(path), len(slip.path))) for path in reported]
        if any(slip.path[:depth] == path[:depth] for path, depth in depths):
            continue  # one example shows a node and what stands in it
        if not noticed(slip.condition):
            reported.add(slip.path)
            unnoticed(review, site.at(*slip.path), slip.slip, hint)


def _cover_requirement(
    review: Review, site: Site, scheme: str, name: str, rule: Requirement, cases: list[Case]
) -> None:
    contents = review.contents
    questions = [(each.on, each.facts) for each in rule.examples]
    # A case shows this rule too where the answer hangs on it alone: all pass, or only it fails.
    questions += [
        (case.on, case.facts)
        for case in cases
        if rule.in_force(case.on) and (case.allowed or case.refused == name)
    ]
    known = [
        each
        for day, facts in questions
        if not isinstance(each := known_of(review, day, facts), Wrong)
    ]
    if not known:
        hint = f"add 'examples: [{{on: {rule.from_}, facts: {{…}}, passes: yes}}, …]'"
        unseen(review, site, "who passes this rule, and who doesn't", hint)
        return
    right = [decide(rule.must, each).truth for each in known]

    def noticed(altered: Condition) -> bool:
        truths = (decide(altered, each).truth for each in known)
        both = zip(truths, right, strict=True)
        return otherwise(lambda: any(truth is not was for truth, was in both))

    slips = alterations(contents.dictionary, rule.must)
    hint = "add an example at this very limit, whose answer hangs on it"
    report_slips(review, site.at("must"), slips, noticed, hint)
    if not any(case.refused == name for case in cases):
        hint = f"add a case {{ask: may_pay, of: {scheme}, …, refused: {name}}}"
        unseen(review, site, f"somebody refused by {name!r}", hint)
    _cover_span(review, site, scheme, rule, [day for day, _ in questions], cases)


def _cover_span(
    review: Review,
    site: Site,
    scheme: str,
    rule: Requirement,
    shown: list[date],
    cases: list[Case],
) -> None:
    """The first and last day of a rule are those of the scheme, or are shown from both sides."""
    days = {case.on for case in cases}
    schedule = review.schedules.get(scheme)
    tables = [getattr(schedule, name, None) for name in ("tiers", "relief", "rates", "bases")]
    covers = [table.covers for table in tables if isinstance(table, Table)]
    others = (review.contents.periods.may_pay.get(scheme) or {}).values()
    if (
        rule.from_ not in {each.from_ for each in covers}
        and rule.from_ not in {each.until for each in others}
        and not (rule.from_ in shown and _day_before(rule.from_) in days)
    ):
        hint = f"add an example on {rule.from_} and a may_pay case on {_day_before(rule.from_)}"
        unseen(review, site.at("from"), "on which day this rule begins", hint)
    ends: set[date | None] = {each.until for each in covers}
    # Coverage years end on other days than their payment does.
    never = None in ends or getattr(schedule, "at", None) == AT_YEAR
    if rule.until is None:
        if not never:
            hint = (
                f"the scheme ends on {max(day for day in ends if day)}; end the rule then as well"
            )
            unseen(review, site.at("until"), "how this rule can go on for ever", hint)
        return
    told = rule.until in ends | {each.from_ for each in others}
    if (never or not told) and not (_day_before(rule.until) in shown and rule.until in days):
        hint = f"add an example on {_day_before(rule.until)} and a may_pay case on {rule.until}"
        unseen(review, site.at("until"), "on which day this rule ends", hint)


def _day_before(day: date) -> date:
    return date.fromordinal(max(day.toordinal() - 1, 1))


def _questions(review: Review) -> list[Question] | None:
    """Every condition of ``periods.yaml`` with the examples that ask for it; None where one of
    them has a problem, so that what reads a window cannot be told."""
    periods, questions = review.contents.periods, list[Question]()
    keys = [("may_pay", scheme) for scheme in periods.may_pay]
    keys += [("waiting", scheme) for scheme in periods.waiting]
    keys += [("cover", scheme) for scheme in periods.cover]
    if not all(sound(review, key) for key in keys):
        return None
    for requirements in periods.may_pay.values():
        for rule in (requirements or {}).values():
            questions += [(rule.must, each.on, each.facts) for each in rule.examples]
    for waiting in periods.waiting.values():
        for wait in waiting.table.editions:
            questions += [(wait.exempt, each.on, each.facts) for each in wait.examples]
    for cover in periods.cover.values():
        for edition in cover.table.editions:
            for row in edition.rows.values():
                questions += [(row.when, each.on, each.facts) for each in edition.examples]
    return questions


def _cover_window(review: Review, name: str, window: Window, questions: list[Question]) -> None:
    """Each first and last day of a window is shown from both sides, by the rules that read it."""
    asked = [
        (condition, known)
        for condition, day, facts in questions
        if any(test.window == name for test in tests_in(condition))
        and not isinstance(known := known_of(review, day, facts), Wrong)
    ]
    site = review.periods.at("windows", name)
    if not asked:
        hint = "add a test 'in_window' of it, or drop it"
        unseen(review, site, f"the window {name!r} in use", hint)
        return
    right = [decide(condition, known).truth for condition, known in asked]
    for n, edition in enumerate(window.table.editions):
        for key, days, moved in _moved_windows(edition):
            table = window.table
            table = dataclasses.replace(table, editions=swapped(table.editions, n, moved))
            altered = dataclasses.replace(window, table=table)
            periods = dataclasses.replace(
                review.contents.periods, windows={**review.contents.periods.windows, name: altered}
            )
            if not otherwise(partial(_answers_change, review, periods, asked, right)):
                slip = "a day later" if days > 0 else "a day earlier"
                first_in = key == "opens"
                hint = (
                    f"add examples on the {'first' if first_in else 'last'} day of the window and "
                    f"on the day {'before' if first_in else 'after'} it"
                )
                unnoticed(review, site.at("table", "editions", n, key), slip, hint)
                break


def _answers_change(
    review: Review,
    periods: Periods,
    asked: list[tuple[Condition, Known]],
    right: list[bool | None],
) -> bool:
    """Whether one of the questions is answered otherwise with other windows."""
    for (condition, known), was in zip(asked, right, strict=True):
        other = known_of(review, known.day, {}, periods)
        assert isinstance(other, Known)
        other = dataclasses.replace(other, given=known.given)
        if decide(condition, other).truth is not was:
            return True
    return False


def _moved_windows(edition: WindowEdition) -> Iterator[tuple[str, int, WindowEdition]]:
    """The window with its first or its last day moved by one."""
    for days in (-1, 1):
        yield "opens", days, dataclasses.replace(edition, opens=_moved(edition.opens, days))
        yield "closes", days, dataclasses.replace(edition, closes=_moved(edition.closes, days))


def _moved(day: DayOfYear, days: int) -> DayOfYear:
    # In a year without a 29 February, as a window has no such day.
    moved = date.fromordinal(date(2001, day.month, day.day).toordinal() + days)
    years = day.years_before - (moved.year - 2001)
    return dataclasses.replace(day, years_before=years, month=moved.month, day=moved.day)
