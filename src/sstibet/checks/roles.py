"""The roles of agents: each names items, events and facts that are there, and nothing that no agent
may ever do."""

from __future__ import annotations

from sstibet.checks.review import Review
from sstibet.items.documents import ItemRules
from sstibet.items.roles import SEE, START, Role, Withheld
from sstibet.loading import Site


def check_roles(review: Review) -> None:
    """Every role; and that what is open to anyone calls nothing that wants a person."""
    for name, role in review.contents.roles.items():
        _check_role(review, review.site("roles", name), role)
    for name, rules in review.contents.items.items():
        _check_calls(review, review.site("items", name), name, rules)


def _check_role(review: Review, site: Site, role: Role) -> None:
    items = review.contents.items
    if not role.may:
        review.fault(site, "empty_list", "this role may do nothing", "add what it may, or drop it")
    for name, level in role.may.items():
        place = site.at("may", name)
        if ("items", name) in review.loaded.unread:
            continue
        if name not in items:
            message, hint = f"there is no item {name!r}", review.meant(name, items)
            review.key_fault(place, "unknown_item", message, hint)
        elif items[name].open_to == "anyone":
            message = f"{name!r} is open to anyone, so nobody needs an agent for it"
            review.key_fault(place, "role_reaches_too_far", message, "drop it")
        elif items[name].open_to == "items" and level == START:
            message = f"{name!r} is begun by other items only"
            review.fault(place, "role_reaches_too_far", message, "write go_on or see")
    if role.never is not None:
        _check_withheld(review, site.at("never"), role, role.never)


def _check_withheld(review: Review, site: Site, role: Role, never: Withheld) -> None:
    facts = review.contents.dictionary.facts
    for n, name in enumerate(never.facts):
        if name not in facts:
            message, hint = f"there is no fact {name!r}", review.meant(name, facts)
            review.fault(site.at("facts", n), "unknown_fact", message, hint)
    review.distinct(site.at("facts"), never.facts, "facts")
    for n, written in enumerate(never.events):
        item, _, event = written.partition(".")
        place, rules = site.at("events", n), review.contents.items.get(item)
        if ("items", item) in review.loaded.unread:
            continue
        if rules is None or event not in rules.events:
            known = [f"{item}.{each}" for each in rules.events] if rules else role.may
            message, hint = f"there is no event {written!r}", review.meant(written, known)
            review.fault(place, "unknown_event", message, hint)
        elif role.may.get(item, SEE) == SEE:
            message = f"the role doesn't go on with {item!r} at all"
            review.fault(place, "pointless_withholding", message, "drop it, or let the role go on")
    review.distinct(site.at("events"), never.events, "events")


def _check_calls(review: Review, site: Site, name: str, rules: ItemRules) -> None:
    if rules.open_to != "anyone":
        return
    for call, each in rules.calls.items():
        called = review.contents.items.get(each.item)
        if called is not None and called.open_to == "person":
            message = (
                f"{name!r} is open to anyone, and {each.item!r} wants a person who is signed in"
            )
            hint = "open this item to a person, or call another"
            review.fault(site.at("calls", call, "item"), "opened_too_wide", message, hint)
