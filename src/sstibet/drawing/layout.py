"""A layered layout: where each node and label stands, and the way that each arrow takes.

Lines bend only in the gaps between layers, where nothing stands, so they never cross a box.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sstibet.drawing.ordering import ordered
from sstibet.drawing.ranks import Layered, Link, Place, Size, layered

Point = tuple[float, float]

GAP, LINE_GAP, LAYER_GAP = 26.0, 16.0, 30.0  # pixels: between boxes, lines, layers
PORTS = 18.0  # most pixels between two arrows at the same side of a box
ROUNDS = 60


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its left upper corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Route:
    """An arrow: the points it goes through from its source to its target, straight down inside a
    layer and bent between two, and its label's box."""

    points: tuple[Point, ...]
    label: Box | None


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything's place in a drawing of a size."""

    width: float
    height: float
    nodes: Mapping[str, Box]
    routes: tuple[Route, ...]


def layout(sizes: Mapping[str, Size], links: Sequence[Link], first: str) -> Layout:
    """Place nodes and route links between them.

    Args:
        sizes: the nodes' widths and heights in pixels, by name.
        links: each between two different nodes.
        first: the node at the top.
    """
    graph = layered(sizes, links, first)
    layers = ordered(graph)
    x = _across(graph, layers)
    tops, heights = _down(graph, layers, x)
    boxes = [_box(place, x[at], tops[place.layer]) for at, place in enumerate(graph.places)]
    width = max((b.x + b.width for b in boxes), default=0.0)
    routes = _Router(graph, x, boxes, tops, heights).routes()
    nodes = {name: boxes[at] for name, at in graph.of_node.items()}
    return Layout(width, tops[-1] + heights[-1] if tops else 0.0, nodes, routes)


def _box(place: Place, x: float, top: float) -> Box:
    """A box hangs from the top of its layer: arrows come to all of them at one height."""
    return Box(x - place.size[0] / 2, top, *place.size)


def _across(graph: Layered, layers: Sequence[Sequence[int]]) -> list[float]:
    """The middle of each place: near its neighbours', with room between, in the order given."""
    places = graph.places
    x = [0.0] * len(places)
    for layer in layers:
        for n, at in enumerate(layer):
            x[at] = x[layer[n - 1]] + _apart(places[layer[n - 1]], places[at]) if n else 0.0
    beside: list[list[int]] = [[] for _ in places]
    for chain in graph.chains:
        for upper, lower in pairwise(chain):
            beside[upper].append(lower)
            beside[lower].append(upper)
    for turn in range(ROUNDS):
        for layer in layers if turn % 2 == 0 else reversed(layers):
            wanted = [_wanted(at, beside, x, places) for at in layer]
            for at, found in zip(layer, _spread(layer, wanted, places), strict=True):
                x[at] = found
    least = min((x[at] - each.size[0] / 2 for at, each in enumerate(places)), default=0.0)
    return [each - least for each in x]


def _wanted(
    at: int, beside: Sequence[Sequence[int]], x: Sequence[float], places: Sequence[Place]
) -> tuple[float, float]:
    """Where a place would like to stand, and how much: what only passes through wants a straight
    line most."""
    near = beside[at]
    if not near:
        return x[at], 0.1
    passes = places[at].node is None
    pulls = [8.0 if passes and places[each].node is None else 1.0 for each in near]
    weight = 6.0 if passes and not places[at].label else 1.0
    wish = sum(pull * x[each] for pull, each in zip(pulls, near, strict=True)) / sum(pulls)
    return wish, weight


def _apart(left: Place, right: Place) -> float:
    """The least distance between the middles of two neighbours."""
    gap = LINE_GAP if left.size[0] == 0 or right.size[0] == 0 else GAP
    return (left.size[0] + right.size[0]) / 2 + gap


def _spread(
    layer: Sequence[int], wanted: Sequence[tuple[float, float]], places: Sequence[Place]
) -> list[float]:
    """The positions nearest to those wanted (by weighted squares) that keep order and distance.

    With the distances taken off, this is a monotone regression: neighbours that would change
    their order are pooled.
    """
    offsets, offset = list[float](), 0.0
    for n, at in enumerate(layer):
        offset += _apart(places[layer[n - 1]], places[at]) if n else 0.0
        offsets.append(offset)
    pools = list[tuple[float, float, int]]()  # sum of weighted wishes, of weights, how many
    for (wish, weight), off in zip(wanted, offsets, strict=True):
        pools.append(((wish - off) * weight, weight, 1))
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            a, b = pools.pop(), pools.pop()
            pools.append((a[0] + b[0], a[1] + b[1], a[2] + b[2]))
    means = [total / weight for total, weight, count in pools for _ in range(count)]
    return [mean + off for mean, off in zip(means, offsets, strict=True)]


def _down(
    graph: Layered, layers: Sequence[Sequence[int]], x: Sequence[float]
) -> tuple[list[float], list[float]]:
    """Each layer's top and height; a gap is higher where lines go far across it."""
    heights = [max(graph.places[at].size[1] for at in layer) for layer in layers]
    far = [0.0] * len(layers)
    for chain in graph.chains:
        for upper, lower in pairwise(chain):
            layer = graph.places[upper].layer
            far[layer] = max(far[layer], abs(x[upper] - x[lower]))
    tops, y = list[float](), 0.0
    for height, across in zip(heights, far, strict=True):
        tops.append(y)
        y += height + LAYER_GAP + min(across / 10, 50.0)
    return tops, heights


class _Router:
    """The ways of the arrows, once everything has its place."""

    def __init__(
        self,
        graph: Layered,
        x: Sequence[float],
        boxes: Sequence[Box],
        tops: Sequence[float],
        heights: Sequence[float],
    ) -> None:
        self.graph, self.x, self.boxes = graph, x, boxes
        self.tops, self.heights = tops, heights
        self.ports = self._ports()

    def routes(self) -> tuple[Route, ...]:
        return tuple(
            self._route(n, chain, up)
            for n, (chain, up) in enumerate(zip(self.graph.chains, self.graph.back, strict=True))
        )

    def _ports(self) -> dict[tuple[int, int], float]:
        """Where each arrow meets its upper (0) and lower (1) node, side by side in the order of
        what they lead to."""
        sides: dict[tuple[int, int], list[tuple[float, int]]] = {}
        for n, chain in enumerate(self.graph.chains):
            sides.setdefault((chain[0], 0), []).append((self.x[chain[1]], n))
            sides.setdefault((chain[-1], 1), []).append((self.x[chain[-2]], n))
        ports = dict[tuple[int, int], float]()
        for (at, side), ends in sides.items():
            step = min(PORTS, (self.boxes[at].width - 16) / max(len(ends) - 1, 1))
            for i, (_, n) in enumerate(sorted(ends)):
                ports[n, side] = self.x[at] + (i - (len(ends) - 1) / 2) * max(step, 0.0)
        return ports

    def _route(self, n: int, chain: tuple[int, ...], up: bool) -> Route:
        upper, lower = self.boxes[chain[0]], self.boxes[chain[-1]]
        layer = self.graph.places[chain[0]].layer
        start, end = self.ports[n, 0], self.ports[n, 1]
        points = [(start, upper.y + upper.height), (start, self.tops[layer] + self.heights[layer])]
        label: Box | None = None
        for at in chain[1:-1]:
            layer = self.graph.places[at].layer
            points.append((self.x[at], self.tops[layer]))
            points.append((self.x[at], self.tops[layer] + self.heights[layer]))
            if self.graph.places[at].label:
                label = self.boxes[at]
        points.append((end, lower.y))
        return Route(tuple(reversed(points)) if up else tuple(points), label)
