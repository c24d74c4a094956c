"""The order of places within their layers, with few crossings (barycentres, then neighbours swapped
where that helps)."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise

from sstibet.drawing.ranks import Layered

SWEEPS = 24


def ordered(graph: Layered) -> list[list[int]]:
    """The places of each layer from left to right; the same graph gives the same order."""
    layers: list[list[int]] = [
        [] for _ in range(1 + max((each.layer for each in graph.places), default=-1))
    ]
    above: list[list[int]] = [[] for _ in graph.places]
    below: list[list[int]] = [[] for _ in graph.places]
    for chain in graph.chains:
        for upper, lower in pairwise(chain):
            below[upper].append(lower)
            above[lower].append(upper)
    for at in _walk(graph, below):
        layers[graph.places[at].layer].append(at)
    best, fewest = [list(each) for each in layers], _crossings(layers, below)
    for sweep in range(SWEEPS):
        _sweep(layers, above, below, down=sweep % 2 == 0)
        _swap(layers, above, below)
        found = _crossings(layers, below)
        if found < fewest:
            best, fewest = [list(each) for each in layers], found
    return best


def _walk(graph: Layered, below: Sequence[Sequence[int]]) -> list[int]:
    """All places, each after one that leads to it, as they are met from the top."""
    seen, found = set[int](), list[int]()
    for root in range(len(graph.places)):
        todo = [root]
        while todo:
            at = todo.pop()
            if at not in seen:
                seen.add(at)
                found.append(at)
                todo.extend(reversed(below[at]))
    return found


def _sweep(
    layers: list[list[int]], above: list[list[int]], below: list[list[int]], down: bool
) -> None:
    beside = above if down else below
    for layer in layers[1:] if down else layers[-2::-1]:
        index = {at: n for each in layers for n, at in enumerate(each)}
        keys = {
            at: sum(index[n] for n in beside[at]) / len(beside[at]) if beside[at] else index[at]
            for at in layer
        }
        layer.sort(key=lambda at: (keys[at], index[at]))


def _swap(layers: list[list[int]], above: list[list[int]], below: list[list[int]]) -> None:
    """Neighbours change places as long as that saves crossings."""
    better, rounds = True, 0
    while better and rounds < 8:
        better, rounds = False, rounds + 1
        index = {at: n for each in layers for n, at in enumerate(each)}
        for layer in layers:
            for n in range(len(layer) - 1):
                left, right = layer[n], layer[n + 1]
                if _between(left, right, above, below, index) > _between(
                    right, left, above, below, index
                ):
                    layer[n], layer[n + 1] = right, left
                    index[left], index[right] = n + 1, n
                    better = True


def _between(
    left: int, right: int, above: list[list[int]], below: list[list[int]], index: dict[int, int]
) -> int:
    """How often the lines of two neighbours cross."""
    return sum(
        index[a] > index[b] for side in (above, below) for a in side[left] for b in side[right]
    )


def _crossings(layers: Sequence[Sequence[int]], below: Sequence[Sequence[int]]) -> int:
    index = {at: n for each in layers for n, at in enumerate(each)}
    total = 0
    for layer in layers:
        ends = list[int]()
        for at in layer:
            targets = sorted(index[each] for each in below[at])
            total += sum(len(ends) - bisect_right(ends, each) for each in targets)
            for each in targets:
                insort(ends, each)
    return total
