"""The first steps of a layered drawing (after Sugiyama, Tagawa and Toda, 1981): which links lead
back, which layer a node stands in, and a chain of places for each link that passes through layers.

Every label is a place of its own, so it never lies on a box or another label.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Size = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Link:
    """What is drawn as one arrow between two nodes, with a label of a size (none: no label)."""

    source: str
    target: str
    label: Size | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Something that takes room in a layer: a node, a link's label, or a link passing through."""

    layer: int
    size: Size
    node: str | None = None
    label: bool = False


@dataclass(frozen=True, slots=True)
class Layered:
    """Places by number, the chains of places that links go through from the upper end to the lower
    one, and whether the arrow points up (``back``)."""

    places: tuple[Place, ...]
    of_node: Mapping[str, int]
    chains: tuple[tuple[int, ...], ...]
    back: tuple[bool, ...]


def layered(sizes: Mapping[str, Size], links: Sequence[Link], first: str) -> Layered:
    """Nodes in even layers, labels in odd ones below their source, and what passes through.

    Args:
        sizes: of the nodes, by name.
        links: between two different nodes each.
        first: the node that everything is reached from; others that it doesn't reach stand beside.
    """
    back = _leading_back(sizes, links, first)
    down = [
        (e.target, e.source) if b else (e.source, e.target)
        for e, b in zip(links, back, strict=True)
    ]
    rank = _longest_paths(sizes, down)
    places = [Place(2 * rank[name], size, node=name) for name, size in sizes.items()]
    of_node = {name: at for at, name in enumerate(sizes)}
    chains = []
    for link, (upper, lower), up in zip(links, down, back, strict=True):
        top, bottom = 2 * rank[upper], 2 * rank[lower]
        # A label stands beside the end that its arrow starts from.
        labelled = bottom - 1 if up else top + 1
        chain = [of_node[upper]]
        for layer in range(top + 1, bottom):
            label = layer == labelled and link.label is not None
            size = link.label if label and link.label else (0.0, 0.0)
            chain.append(len(places))
            places.append(Place(layer, size, label=label))
        chains.append((*chain, of_node[lower]))
    return Layered(tuple(places), of_node, tuple(chains), tuple(back))


def _leading_back(names: Iterable[str], links: Sequence[Link], first: str) -> list[bool]:
    """Which links lead back to a node that they come from, in a walk from the first node."""
    leaving: dict[str, list[int]] = {name: [] for name in names}
    for at, link in enumerate(links):
        leaving[link.source].append(at)
    back, state = [False] * len(links), dict[str, str]()
    for root in (first, *leaving):
        if root in state:
            continue
        state[root] = "open"
        stack = [(root, iter(leaving[root]))]
        while stack:
            name, rest = stack[-1]
            at = next(rest, -1)
            if at < 0:
                state[name] = "done"
                stack.pop()
                continue
            target = links[at].target
            if target not in state:
                state[target] = "open"
                stack.append((target, iter(leaving[target])))
            else:
                back[at] = state[target] == "open"
    return back


def _longest_paths(names: Iterable[str], down: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Each node below all that lead to it."""
    above: dict[str, list[str]] = {name: [] for name in names}
    for upper, lower in down:
        above[lower].append(upper)
    rank = dict[str, int]()
    todo = list(above)
    while todo:
        name = todo[-1]
        missing = [each for each in above[name] if each not in rank]
        if missing:
            todo.extend(missing)
            continue
        rank[name] = max((rank[each] + 1 for each in above[name]), default=0)
        todo.pop()
    return rank
