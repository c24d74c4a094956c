"""The dictionary: code lists, derivations, and that what is derived never goes in a circle.

A fact with a problem of its own, and every fact derived from one, is noted as broken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from sstibet.checks.review import Review
from sstibet.derivations import DERIVED, Derivation, TheDay, YearEnd, YearStart
from sstibet.documents import WHERE, Node
from sstibet.facts import Fact
from sstibet.loading import Site, Step

# The years a fact may hold, so that the day before its first and after its last still exist.
FIRST_YEAR, LAST_YEAR = 1, 9998


def check_facts(review: Review) -> None:
    """Every fact and every code list."""
    dictionary = review.contents.dictionary
    for name, codes in dictionary.codes.items():
        if not codes.codes:
            site = review.site("codes", name).at("codes")
            review.fault(site, "empty_list", f"the code list {name!r} is empty", "add its codes")
    for name, fact in dictionary.facts.items():
        before = len(review.problems)
        _check_fact(review, review.site("facts", name), fact, {})
        if fact.fields is not None:
            _check_fields(review, review.site("facts", name).at("fields"), name, fact.fields)
        chosen = dictionary.codes.get(fact.codes or "")
        if len(review.problems) > before or (chosen is not None and not chosen.codes):
            review.broken.add(name)
    facts = {name: review.site("facts", name) for name in dictionary.facts}
    review.broken |= _check_circles(review, facts, dictionary.facts)
    _spread(review)


def year_bounds(review: Review, site: Site, name: str, fact: Fact, first: int = FIRST_YEAR) -> None:
    """A year that is given, not derived, is held within the years that have days."""
    if fact.derive is not None or fact.kind != "whole":
        return
    least = None if fact.least is None else fact.parse_text(fact.least)
    most = None if fact.most is None else fact.parse_text(fact.most)
    if least is None or most is None or least < first or most > LAST_YEAR:
        message = f"{name!r} is used as a year, but may be a number that is none"
        hint = f"give it 'least' and 'most' within {first} and {LAST_YEAR} ({fact.where})"
        review.fault(site, "asked_bounds", message, hint)


def _check_fields(review: Review, site: Site, name: str, row: Mapping[str, Fact]) -> None:
    if not row:
        message = f"the rows of {name!r} have no field"
        review.fault(site, "empty_list", message, "add its fields")
    for field, each in row.items():
        _check_fact(review, site.at(field), each, row)
        if each.kind == "records":
            hint = "make it a fact of its own"
            review.fault(site.at(field, "kind"), "records_in_records", "a row holds no rows", hint)
    _check_circles(review, {field: site.at(field) for field in row}, row)


def _check_fact(review: Review, site: Site, fact: Fact, row: Mapping[str, Fact]) -> None:
    """A fact's code list and sources; ``row`` holds the fields beside it where it is one."""
    lists = review.contents.dictionary.codes
    if fact.codes is not None and fact.codes not in lists:
        message = f"there is no code list {fact.codes!r}"
        hint = review.meant(fact.codes, lists)
        review.fault(site.at("codes"), "unknown_code_list", message, hint)
    if fact.derive is None:
        return
    facts, wanted = review.contents.dictionary.facts, DERIVED[type(fact.derive)][0]
    for steps, source in _sources(fact.derive):
        place = site.at("derive", *steps)
        found = row.get(source) or facts.get(source)
        if found is None:
            message = f"there is no fact {source!r} to derive this one from"
            hint = review.meant(source, {**facts, **row})
            review.fault(place, "unknown_fact", message, hint)
        elif found.kind != wanted:
            message = (
                f"{source!r} is of the kind {found.kind}; this derivation takes the kind {wanted}"
            )
            review.fault(place, "source_kind", message, f"see {found.where}")
        elif isinstance(fact.derive, (YearStart, YearEnd)):
            year_bounds(review, place, source, found)


def _sources(derive: Derivation) -> list[tuple[tuple[Step, ...], str]]:
    """The sources of a derivation, each with its path below it."""
    found = list[tuple[tuple[Step, ...], str]]()
    for each in fields(derive):
        value = getattr(derive, each.name)
        if isinstance(value, Node):
            ends = [end for end in ("since", "until") if hasattr(value, end)]
            found += [((each.name, end), getattr(value, end)) for end in ends]
        elif each.name != WHERE and not isinstance(derive, TheDay):
            found.append(((each.name,), value))
    return found


def _check_circles(
    review: Review, sites: Mapping[str, Site], facts: Mapping[str, Fact]
) -> set[str]:
    """Report every fact from which a derivation leads back to itself; the names in a circle."""
    sources = {
        name: [each for each in fact.derive.sources() if each in facts] if fact.derive else []
        for name, fact in facts.items()
    }
    # Take away what rests on nothing unsettled, again and again: what remains leads to a circle.
    users = dict[str, list[str]]()
    for name, needed in sources.items():
        for each in needed:
            users.setdefault(each, []).append(name)
    waits = {name: len(needed) for name, needed in sources.items()}
    ready = [name for name, count in waits.items() if not count]
    while ready:
        for user in users.get(ready.pop(), ()):
            waits[user] -= 1
            if not waits[user]:
                ready.append(user)
    left, circles = {name for name, count in waits.items() if count}, set[str]()
    for name in sorted(left):
        circle = [] if name in circles else _circle(name, sources, left)
        if circle and not circles & set(circle):
            message = f"this fact is derived from itself: {' from '.join([*circle, circle[0]])}"
            hint = "one of them must be given"
            review.fault(sites[circle[0]].at("derive"), "derived_in_a_circle", message, hint)
        circles |= set(circle)
    return circles


def _circle(name: str, sources: Mapping[str, list[str]], left: set[str]) -> list[str]:
    """The circle that one gets into from a fact that leads to one."""
    way = dict[str, None]()
    while name not in way:
        way[name] = None
        name = next(each for each in sources[name] if each in left)
    passed = list(way)
    return passed[passed.index(name) :]


def _spread(review: Review) -> None:
    """Whatever is derived from a broken fact is broken too."""
    facts = review.contents.dictionary.facts
    grows = bool(review.broken)
    while grows:
        grows = False
        for name, fact in facts.items():
            inner = [fact, *(fact.fields or {}).values()]
            read = {each for one in inner if one.derive for each in one.derive.sources()}
            if name not in review.broken and read & review.broken:
                review.broken.add(name)
                grows = True
