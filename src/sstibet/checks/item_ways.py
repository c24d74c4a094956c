"""The ways of one event: at most one holds, and always one does."""

from __future__ import annotations

from itertools import product

from sstibet.checks.apart import MOST, Literal, possible
from sstibet.checks.item_look import Happens, Look
from sstibet.conditions import All, Not
from sstibet.items.documents import Way


def check_ways(look: Look) -> None:
    """Every event of every state."""
    for happens in look.happenings:
        ways = happens.on.all_ways
        bare = [n for n, way in enumerate(ways) if not (way.when or way.unless)]
        _check_order(look, happens, bare)
        conditional = [n for n in range(len(ways)) if n not in bare]
        holding = [n for n in conditional if _check_holds(look, happens, n)]
        _check_pairs(look, happens, holding)
        if not bare and holding == conditional and not _covered(look, ways):
            _undecided(look, happens)


def literals(look: Look, way: Way) -> tuple[Literal, ...]:
    """The conditions of a way, with how they must come out."""
    conditions = look.rules.conditions
    yes = (Literal(conditions[name].holds, True) for name in way.when)
    no = (Literal(conditions[name].holds, False) for name in way.unless)
    return (*yes, *no)


def taken(look: Look, happens: Happens, way: Way) -> tuple[Literal, ...]:
    """What holds where a way is taken: its own conditions; of the last one, that no other's do."""
    if way.when or way.unless:
        return literals(look, way)
    others = (literals(look, each) for each in happens.on.all_ways if each.when or each.unless)
    return tuple(Literal(_all(each), False) for each in others)


def _all(whole: tuple[Literal, ...]) -> All:
    parts = (e.condition if e.holds else Not(where="", not_=e.condition) for e in whole)
    return All(where="", all_=tuple(parts))


def _possible(look: Look, *ways: Way) -> bool:
    whole = (literal for way in ways for literal in literals(look, way))
    return possible(look.review.contents.dictionary, whole)


def _check_order(look: Look, happens: Happens, bare: list[int]) -> None:
    """A way without conditions means otherwise, and so it stands last."""
    last = len(happens.on.all_ways) - 1
    for n in bare:
        if n != last:
            message = "a way without conditions means otherwise, and stands last"
            hint = "move it to the end, or give it its conditions"
            look.review.fault(happens.way(n), "otherwise_not_last", message, hint)


def _check_holds(look: Look, happens: Happens, n: int) -> bool:
    """Whether a way can hold at all."""
    way = happens.on.all_ways[n]
    for key, names in (("when", way.when), ("unless", way.unless)):
        look.review.distinct(happens.way(n).at(key), names, "conditions")
    if _possible(look, way):
        return True
    said = [*map(repr, way.when), *(f"not {name!r}" for name in way.unless)]
    message = f"this way is never taken: {' and '.join(said)} never hold together"
    look.review.fault(happens.way(n), "way_never_taken", message, "drop a condition, or the way")
    return False


def _check_pairs(look: Look, happens: Happens, conditional: list[int]) -> None:
    """No two ways hold at once; each way is told with the first that it meets."""
    ways = happens.on.all_ways
    for n in conditional:
        for m in conditional:
            if m < n and _possible(look, ways[m], ways[n]):
                first = ways[m].where.rpartition(":")[2]
                message = f"this way and that of line {first} may both hold"
                name = next((each for each in ways[m].when if each not in ways[n].when), None)
                hint = "make their conditions exclude each other"
                if name is not None:
                    hint = f"add 'unless: [{name}]' to this one, if that one is meant then"
                look.review.fault(happens.way(n), "ways_conflict", message, hint)
                break


def _covered(look: Look, ways: tuple[Way, ...]) -> bool:
    """Whether one of some ways always holds: there is no choice of one condition of each that may
    all come out the other way."""
    dictionary, choices = look.review.contents.dictionary, [literals(look, way) for way in ways]
    count = 1
    for each in choices:
        count *= len(each)
    if count > MOST:
        return False
    return not any(
        possible(dictionary, [Literal(each.condition, not each.holds) for each in chosen])
        for chosen in product(*choices)
    )


def _undecided(look: Look, happens: Happens) -> None:
    message = f"{happens.event!r} is not decided where none of its conditions holds"
    hint = "add a last way without conditions: '- {to: …}', or '- {refuse: …}'"
    if not look.is_persons(happens.event):
        hint = "add a last way without conditions: '- {to: …}'"
    look.review.key_fault(happens.site, "no_otherwise", message, hint)
