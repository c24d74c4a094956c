"""Worked examples and cases: each is asked of the real rules, and must come out as it says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from functools import partial
from typing import Any

from sstibet.cases import Case
from sstibet.checks.answers import Found as Words
from sstibet.checks.answers import compare, in_words, words_of
from sstibet.checks.lookups import days_looked_up, given_of, known_of
from sstibet.checks.review import EVERY, Key, Review
from sstibet.conditions import decide
from sstibet.editions import Edition, Found, Table
from sstibet.examples import Example, Outcome
from sstibet.loading import Site
from sstibet.months import Span
from sstibet.outcomes import Wrong
from sstibet.periods.tables import Requirement, Shown
from sstibet.premium.pick import PickSchedule
from sstibet.premium.rate import BaseEdition, RateSchedule
from sstibet.rules import Rules

PRICE = ("due", "government", "parts", "evidence", "wrong", "code", "missing")
_REFUND = (
    "amount",
    "refused",
    "wrong",
    "code",
    "missing",
    "confirmed_by",
    "ends_enrolment",
    "evidence",
)
# ask -> (what is held with it, the words in which it is answered)
ASKED: dict[str, tuple[str, tuple[str, ...]]] = {
    "quote": ("price", PRICE),
    "difference": ("price", PRICE),
    "may_pay": ("may_pay", ("allowed", "refused", "wrong", "code", "missing")),
    "refund": ("refunds", _REFUND),
    "wait": ("waiting", ("months", "wrong", "code", "missing")),
    "cover": ("cover", ("first", "last", "row", "refused", "wrong", "code", "missing")),
    "parameter": ("parameter", ("value",)),
}


def check_worked(review: Review) -> None:
    """Every example of every edition, and every case, of what is sound in itself."""
    contents, periods = review.contents, review.contents.periods
    for scheme, pick in contents.picks.items():
        site = review.site("tiers", scheme)
        _check_schedule(review, site, scheme, pick, {"tiers": pick.tiers, "relief": pick.relief})
    for scheme, rate in contents.rates.items():
        site = review.site("rates", scheme)
        tables = {"rates": rate.rates, "bases": rate.bases, "tiers": rate.tiers}
        _check_schedule(review, site, scheme, rate, tables)
    for scheme, requirements in periods.may_pay.items():
        for name, rule in (requirements or {}).items():
            site = review.periods.at("may_pay", scheme, name)
            _check_requirement(review, ("may_pay", scheme), site, rule)
    for scheme, waiting in periods.waiting.items():
        site = review.periods.at("waiting", scheme, "table")
        _check_table(review, "wait", site, scheme, waiting.table)
    for scheme, cover in periods.cover.items():
        site = review.periods.at("cover", scheme, "table")
        _check_table(review, "cover", site, scheme, cover.table)
    for scheme, refunds in contents.refunds.items():
        if refunds is not None:
            site = review.site("refunds", scheme).at("table")
            _check_table(review, "refund", site, scheme, refunds.table)
    for case, site in review.loaded.cases:
        _check_case(review, site, case)


def _check_schedule(
    review: Review,
    site: Site,
    scheme: str,
    schedule: PickSchedule | RateSchedule,
    tables: Mapping[str, Table[Any] | None],
) -> None:
    key = ("price", scheme)
    if key in review.held:
        return
    with review.trying(key):
        for name, table in tables.items():
            for n, edition in enumerate(table.editions if table is not None else ()):
                for m, example in enumerate(edition.examples):
                    place = site.at(name, "editions", n, "examples", m)
                    if example.bounds is not None:
                        _check_bounds(review, place, edition, example)
                    elif _facts_known(review, place, example.facts, example.wrong):
                        rules = Rules(review.contents, "", example.on, example.known_on)
                        answer = _asked(review, place, rules, "quote", scheme, example.facts)
                        compare_all(review, place, example, PRICE, answer)
                    assert table is not None
                    _check_inside(review, place, schedule, table, edition, example)


def _asked(
    review: Review, site: Site, rules: Rules, ask: str, of: str, facts: Mapping[str, object]
) -> Words | None:
    """The rules' answer in words; None, and a problem, where they cannot answer at all."""
    return attempt(review, site, lambda: in_words(getattr(rules, ask)(of, facts)))


def attempt(review: Review, site: Site, work: Callable[[], Words]) -> Words | None:
    """What ``work`` gives; None, and a problem, where it fails.

    Whatever an author may write, checking it must end with a problem and never with an error.
    """
    try:
        return work()
    except Exception as error:
        message = f"the rules cannot answer this: {type(error).__name__}: {error}"
        review.fault(site, "example_fails", message, "ask for something that a calendar holds")
        return None


def compare_all(
    review: Review,
    site: Site,
    example: Outcome,
    words: tuple[str, ...],
    found: Words | None,
) -> None:
    """Compare every word that an example says, the kind of its answer first."""
    said = words_of(example, words)
    if found is not None and said:
        compare(review, site, said, found)


def _facts_known(
    review: Review, site: Site, facts: Mapping[str, object], wrong: str | None = None
) -> bool:
    """Whether all facts of an example are in the dictionary, sound, and such as can be given.

    ``wrong`` is the fact that the example itself calls so.
    """
    known, sound = review.contents.dictionary.facts, True
    for name in facts:
        if name not in known:
            sound = False
            message, hint = f"there is no fact {name!r}", review.meant(name, known)
            review.key_fault(site.at("facts", name), "unknown_fact", message, hint)
        elif name in review.broken:
            sound = False
        elif (derive := known[name].derive) is not None and name != wrong:
            sound = False
            given = [each for each in derive.sources() if known[each].derive is None]
            hint = f"give {' and '.join(given)}" if given else f"see {known[name].where}"
            message = f"{name!r} is worked out and cannot be given"
            review.key_fault(site.at("facts", name), "derived_fact", message, hint)
    return sound


def _check_bounds(review: Review, site: Site, edition: Edition, example: Example) -> None:
    """The floor and the ceiling that an example states."""
    assert example.bounds is not None
    if not isinstance(edition, BaseEdition):
        message = "only an edition of 'bases' has bounds"
        review.fault(site.at("bounds"), "unknown_part", message, "say due, wrong or missing")
        return
    for word, given in zip(("floor", "ceiling"), edition.bounds_in_money(), strict=True):
        said = getattr(example.bounds, word)
        if said != given:
            message = f"the rules give the {word} {given}; the example says {said}"
            hint = f"by {edition.bounds.where}"
            review.fault(site.at("bounds", word), "example_differs", message, hint)


def _check_inside(
    review: Review,
    site: Site,
    schedule: PickSchedule | RateSchedule,
    table: Table[Any],
    edition: Edition,
    example: Example,
) -> None:
    """An example shows the edition that it stands in: one of its days looked up lies there."""
    given = given_of(review, example.facts)
    if isinstance(given, Wrong):
        return
    days = days_looked_up(schedule, example.on, given)
    if not days or any(day in edition.span for day in days):
        return
    if example.known_on is not None:  # the last public one may be carried on past its end
        known = [table.as_known(day, example.known_on, carry_on=True) for day in days]
        if any(isinstance(each, Found) and each.edition is edition for each in known):
            return
    # A day on which nothing holds is best shown beside the edition that ends or begins there.
    if any(isinstance(table.at(day), Edition) for day in days):
        _outside(review, site, days[0], edition)


def _outside(review: Review, site: Site, day: date, edition: Edition | Requirement) -> None:
    span = Span(edition.from_, edition.until)
    message = f"this example is looked up on {day}, outside of {span}"
    hint = f"move it to the edition of that day; this one is {edition.where}"
    review.fault(site.at("on"), "example_outside", message, hint)


def _check_requirement(review: Review, key: Key, site: Site, rule: Requirement) -> None:
    if key in review.held:
        return
    with review.trying(key):
        for n, shown in enumerate(rule.examples):
            place = site.at("examples", n)
            if not rule.in_force(shown.on):
                _outside(review, place, shown.on, rule)
            if not _facts_known(review, place, shown.facts):
                continue
            found = attempt(review, place, partial(_passes, review, rule, shown))
            if found is not None:
                compare(review, place, {"passes": shown.passes}, found)


def _passes(review: Review, rule: Requirement, shown: Shown) -> Words:
    known = known_of(review, shown.on, shown.facts)
    if isinstance(known, Wrong):
        return in_words(known)
    word = {True: "yes", False: "no", None: "unknown"}[decide(rule.must, known).truth]
    return Words({"passes": word}, f"passes: {word}", (rule.must.where,))


def _check_table(review: Review, ask: str, site: Site, scheme: str, table: Table[Any]) -> None:
    """The examples of waits, cover and refunds: the day asked about is the day looked up."""
    kind, words = ASKED[ask]
    if (kind, scheme) in review.held or scheme not in review.schedules:
        return
    with review.trying((kind, scheme)):
        for n, edition in enumerate(table.editions):
            for m, example in enumerate(edition.examples):
                place = site.at("editions", n, "examples", m)
                if example.on not in edition.span:
                    _outside(review, place, example.on, edition)
                if _facts_known(review, place, example.facts):
                    rules = Rules(review.contents, "", example.on)
                    found = _asked(review, place, rules, ask, scheme, example.facts)
                    compare_all(review, place, example, words, found)


def _check_case(review: Review, site: Site, case: Case) -> None:
    """One question over the whole book."""
    contents, periods = review.contents, review.contents.periods
    kind, words = ASKED[case.ask]
    known: Collection[str] = review.schedules
    if case.ask in ("wait", "cover", "parameter"):
        tables: dict[str, Mapping[str, object]] = {
            "wait": periods.waiting,
            "cover": periods.cover,
            "parameter": periods.parameters,
        }
        known = tables[case.ask].keys()
    if case.of not in known:
        what = "parameter" if case.ask == "parameter" else f"scheme that {case.ask!r} is about"
        code = "unknown_parameter" if case.ask == "parameter" else "unknown_scheme"
        message, hint = f"{case.of!r} is no {what}", review.meant(case.of, known)
        review.fault(site.at("of"), code, message, hint)
        # Whatever it was meant to show must not be missed as well.
        review.failed.add((kind, EVERY))
        return
    if (kind, case.of) in review.held or not _facts_known(review, site, case.facts, case.wrong):
        return
    with review.trying((kind, case.of)):
        if case.ask == "parameter":
            found = attempt(review, site, lambda: _parameter(review, case))
        elif case.ask == "difference":
            found = attempt(review, site, lambda: _difference(review, case))
        else:
            rules = Rules(contents, "", case.on, case.known_on)
            found = _asked(review, site, rules, case.ask, case.of, case.facts)
        compare_all(review, site, case, words, found)


def _difference(review: Review, case: Case) -> Words:
    assert case.paid_as_known_on is not None
    rules = Rules(review.contents, "", case.on, case.known_on)
    return in_words(rules.difference(case.of, case.facts, case.paid_as_known_on))


def _parameter(review: Review, case: Case) -> Words:
    """A parameter's value, in the text that an author would write."""
    value = Rules(review.contents, "", case.on).parameter(case.of)
    if value is None:
        return Words({}, f"no value of {case.of!r} for {case.on}")
    table = review.contents.periods.parameters[case.of].table
    place = getattr(table.at(case.on), "where", "")
    words = {True: "yes", False: "no"}
    text = words[value] if isinstance(value, bool) else str(value)
    if isinstance(value, date):
        text = value.isoformat()
    return Words({"value": text}, f"value: {text}", (place,))
