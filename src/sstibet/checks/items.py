"""Ports, forms and business items: the order in which they are checked.

What is misnamed is told first, and what hangs on it is left alone, so that one mistake gives one
problem: an item whose names are sound is looked at as a graph, and only a graph whose answers are
all decided is asked whether it can be gone through to the end.
"""

from __future__ import annotations

from collections.abc import Mapping

from sstibet.checks.forms import check_forms
from sstibet.checks.item_answers import Pending, check_answers, check_comes
from sstibet.checks.item_certain import check_certain
from sstibet.checks.item_deadlines import check_deadlines, check_waiting
from sstibet.checks.item_graph import check_graph
from sstibet.checks.item_look import Look
from sstibet.checks.item_names import check_names, check_shown
from sstibet.checks.item_told import check_told
from sstibet.checks.item_ways import check_ways
from sstibet.checks.item_works import check_works
from sstibet.checks.migrations import check_migrations
from sstibet.checks.ports import check_ports
from sstibet.checks.reconciling import check_reconciling
from sstibet.checks.review import Review
from sstibet.checks.roles import check_roles


def check_items(review: Review) -> None:
    """The ports, the forms, every item, and the roles of agents."""
    for kind, name in review.loaded.unread:  # what can't be read is as faulty as can be
        review.held.add((kind.removesuffix("s"), name))
    check_ports(review)
    check_forms(review)
    looks = {name: Look(review, name, rules) for name, rules in review.contents.items.items()}
    for look in looks.values():
        with review.holding(look.key):
            check_names(look)
            check_works(look)
            check_migrations(look)
    check_shown(review, looks.values())
    check_roles(review)
    # What is called comes first: the faults of a payment are told there, not where it is called.
    for look in sorted(looks.values(), key=lambda each: _depth(each, looks)):
        if not _ready(look):
            review.held.add(look.key)  # and so whoever calls it is left alone as well
            continue
        may = Pending(look, looks)
        with review.holding(look.key):
            check_told(look)
            check_reconciling(look)
            check_ways(look)
            check_answers(look, may)
            check_deadlines(look)
        # A missing way may leave a state unreached, and that an answer without its question.
        if look.key not in review.held:
            with review.holding(look.key):
                check_graph(look)
        if look.key not in review.held:
            with review.holding(look.key):
                check_comes(look, may)
                check_waiting(look, may)
    check_certain({name: look for name, look in looks.items() if _ready(look)})


def _ready(look: Look) -> bool:
    """Whether an item and all that it names is sound by itself."""
    review, rules = look.review, look.rules
    keys = {look.key}
    keys |= {("form", form) for form, _ in look.forms()}
    keys |= {("item", call.item) for call in rules.calls.values()}
    keys |= {("port", effect.do.partition(".")[0]) for effect in rules.effects.values()}
    return not keys & review.held


def _depth(look: Look, looks: Mapping[str, Look], seen: tuple[str, ...] = ()) -> int:
    """How many calls an item is above those that call nothing."""
    called = {call.item for call in look.rules.calls.values()} & set(looks) - set(seen)
    return max((1 + _depth(looks[name], looks, (*seen, name)) for name in called), default=0)
