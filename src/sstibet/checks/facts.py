"""The dictionary: code lists, derivations, and that what is derived never goes in a circle.

A fact with a problem of its own, and every fact derived from one, is noted as broken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from sstibet.checks.review import Review
from sstibet.derivations import DERIVED, Derivation, TheDay, YearEnd, YearStart
from sstibet.documents import WHERE, Node
from sstibet.facts import CodeList, Fact
from sstibet.kinds import PERSONAL
from sstibet.loading import Site, Step

# The years a fact may hold, so that the day before its first and after its last still exist.
FIRST_YEAR, LAST_YEAR = 1, 9998


def check_facts(review: Review) -> None:
    """Every fact and every code list."""
    dictionary = review.contents.dictionary
    for name, codes in dictionary.codes.items():
        _check_codes(review, review.site("codes", name), name, codes)
    for name, fact in dictionary.facts.items():
        before = len(review.problems)
        _check_fact(review, review.site("facts", name), fact, {})
        if fact.fields is not None:
            _check_records(review, review.site("facts", name), name, fact)
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


def _check_codes(review: Review, site: Site, name: str, codes: CodeList) -> None:
    """A code list has entries, and says on what the shapes of numbers in it rest."""
    if not codes.codes:
        review.fault(
            site.at("codes"), "empty_list", f"the code list {name!r} is empty", "add its codes"
        )
    for key, code in codes.codes.items():
        said = "number" if code.number is not None else "pattern"
        if (code.number or code.pattern) and not (code.shape_evidence or codes.shape_evidence):
            message = f"nothing says on what the shape of a number of type {key!r} rests"
            hint = "add 'shape_evidence' here, or once to the list"
            review.fault(site.at("codes", key, said), "shape_unproven", message, hint)


def _check_records(review: Review, site: Site, name: str, fact: Fact) -> None:
    """The columns that records have themselves, those of others that they are like, and the key."""
    row, own = fact.fields or {}, review.contents.dictionary.own_fields(fact)
    inherited = _check_like(review, site, name, fact)
    if inherited is None:
        return
    if not row:
        message = f"the rows of {name!r} have no field"
        review.fault(site.at("fields"), "empty_list", message, "add its fields")
    for field, each in own.items():
        place = site.at("fields", field)
        _check_fact(review, place, each, row)
        if each.kind == "records":
            hint = "make it a fact of its own"
            review.fault(place.at("kind"), "records_in_records", "a row holds no rows", hint)
        readers = [n for n, other in inherited.items() if other.derive and field in _reads(other)]
        if field in inherited or readers:
            message = f"the records of {fact.like!r} have a field {field!r}, or read a fact of it"
            review.key_fault(place, "like_field", message, "give it another name")
    _check_circles(review, {field: site.at("fields", field) for field in own}, own)
    if fact.key is not None:
        _check_key(review, site.at("key"), fact.key, row)


def _reads(fact: Fact) -> tuple[str, ...]:
    return tuple(fact.derive.sources()) if fact.derive is not None else ()


def _check_like(review: Review, site: Site, name: str, fact: Fact) -> dict[str, Fact] | None:
    """The columns of the records that these are like; None where that is no sound thing to say."""
    if fact.like is None:
        return {}
    facts, passed = review.contents.dictionary.facts, [name]
    while (step := facts[passed[-1]].like) is not None and step in facts and step not in passed:
        passed.append(step)
    first = facts.get(fact.like)
    if first is None:
        message = f"there is no fact {fact.like!r} to be like"
        hint = review.meant(fact.like, facts)
        review.fault(site.at("like"), "unknown_fact", message, hint)
    elif first.kind != "records":
        message = f"{fact.like!r} is of the kind {first.kind} and has no rows"
        review.fault(site.at("like"), "like_kind", message, f"see {first.where}")
    elif step in passed:
        if step == name == min(passed):  # a circle is told once
            message = f"these records are like themselves: {' like '.join([*passed, name])}"
            review.fault(site.at("like"), "like_itself", message, "give one of them 'fields' only")
    else:
        return first.fields or {}
    return None


def _check_key(review: Review, site: Site, key: str, row: Mapping[str, Fact]) -> None:
    field = row.get(key)
    if field is None:
        message = f"the rows have no field {key!r} to be told apart by"
        review.fault(site, "unknown_field", message, review.meant(key, row))
    elif field.derive is not None or field.kind in ("secret", "records"):
        message = f"{key!r} is worked out or secret, so rows cannot be told apart by it"
        review.fault(site, "key_field", message, f"see {field.where}")


def _check_fact(review: Review, site: Site, fact: Fact, row: Mapping[str, Fact]) -> None:
    """A fact's code list and sources; ``row`` holds the fields beside it where it is one."""
    lists = review.contents.dictionary.codes
    if fact.codes is not None and fact.codes not in lists:
        message = f"there is no code list {fact.codes!r}"
        hint = review.meant(fact.codes, lists)
        review.fault(site.at("codes"), "unknown_code_list", message, hint)
    if fact.kind in PERSONAL and not fact.personal:
        message = f"every {fact.kind} is personal data"
        review.fault(site.at("personal"), "not_marked_personal", message, "write 'personal: yes'")
    _check_type(review, site.at("typed_by"), fact, row)
    _check_samples(review, site.at("samples"), fact)
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


def _check_type(review: Review, site: Site, fact: Fact, row: Mapping[str, Fact]) -> None:
    """An ID number is typed by a code that is chosen from a list."""
    if fact.typed_by is None:
        return
    facts = {**review.contents.dictionary.facts, **row}
    found = facts.get(fact.typed_by)
    if found is None:
        message = f"there is no fact {fact.typed_by!r} that could hold the type"
        review.fault(site, "unknown_fact", message, review.meant(fact.typed_by, facts))
    elif found.codes is None:
        message = f"{fact.typed_by!r} is not chosen from a list of document types"
        review.fault(site, "typed_by_list", message, f"see {found.where}")


def _check_samples(review: Review, site: Site, fact: Fact) -> None:
    """Samples are of the fact's list, and there once; all else was checked as they were read."""
    if fact.samples is None:
        return
    if not fact.samples:
        review.fault(site, "empty_list", "there is no sample", "add one, or drop 'samples'")
    review.distinct(site, fact.samples, "samples")
    codes = review.contents.dictionary.codes.get(fact.codes or "")
    for n, sample in enumerate(fact.samples if codes is not None else ()):
        if codes is not None and sample not in codes.codes:
            message = f"{sample!r} is not in the list {fact.codes!r}"
            review.fault(site.at(n), "unknown_code", message, review.meant(sample, codes.codes))


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
