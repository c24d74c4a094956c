"""An item as a graph: every state can be reached, and from every state an end can be."""

from __future__ import annotations

from collections.abc import Mapping, Set

from sstibet.checks.item_look import Look


def check_graph(look: Look) -> None:
    """Every state is reached from the initial one, and leads to an end; conditions left aside."""
    states, review = look.rules.states, look.review
    goes = {name: {edge.to for edge in edges} for name, edges in look.leaving.items()}
    unreached = [name for name in states if name not in look.reached]
    for name in _first(unreached, goes):
        message = f"no way leads to the state {name!r}"
        hint = f"lead a way here with 'to: {name}', or drop the state"
        site = look.site.at("states", name)
        review.key_fault(site, "unreached_state", message, hint)
    ends = [name for name, state in states.items() if state.ends is not None]
    if not ends:
        message = "no state of this item is an end"
        hint = "write 'ends: well' or 'ends: badly' where it is over"
        review.key_fault(look.site.at("states"), "never_ends", message, hint)
        return
    comes = {name: {each for each in states if name in goes[each]} for name in states}
    ending = _all_from(ends, comes)
    stuck = [name for name in states if name not in ending and name in look.reached]
    # Of states that only lead to one another, that from which the others cannot be left.
    for name in _first(stuck, {name: comes[name] & set(stuck) for name in stuck}):
        others = goes[name] - {name}
        message = f"nothing leads on from the state {name!r}"
        if others:
            message = f"from the state {name!r} no end is reached, only {_list(others)}"
        hint = "add an event that leads on, or 'ends: well' or 'ends: badly'"
        review.key_fault(look.site.at("states", name), "never_ends", message, hint)


def _list(names: Set[str]) -> str:
    return " and ".join(repr(name) for name in sorted(names))


def _all_from(starts: list[str], goes: Mapping[str, Set[str]]) -> set[str]:
    found, queue = set(starts), list(starts)
    for name in queue:
        queue += [each for each in goes.get(name, ()) if each not in found]
        found |= goes.get(name, set())
    return found


def _first(names: list[str], goes: Mapping[str, Set[str]]) -> list[str]:
    """As few of the names as all the others can be reached from."""
    left, found = dict.fromkeys(names), list[str]()
    within = {name: _all_from([name], goes) & set(names) for name in names}
    while left:
        # One that nothing else leads to, or, in a circle, the first that is written.
        free = [n for n in left if all(n not in within[m] or m in within[n] for m in left)]
        first = free[0]
        found.append(first)
        for name in within[first]:
            left.pop(name, None)
    return found
