"""Every single slip of the pen in a YAML file: drop, double, retype, reorder or misspell a node.

The tree is read with PyYAML's own composer, not with the reader under test, and written again with
a node on each line and every text quoted, so that each node can be named by its path.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

Path = tuple[int, ...]


@dataclass(frozen=True)
class Scalar:
    text: str


@dataclass(frozen=True)
class List:
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Map:
    """A mapping as pairs, so that a key may stand in it twice."""

    items: tuple[tuple[str, Node], ...]


Node = Scalar | List | Map


@dataclass(frozen=True)
class Mutant:
    """A file with one slip: what was done to which node, and the file's text after it."""

    file: str
    path: str
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.path} {self.kind}"


def parse(text: str) -> Node:
    """A YAML text as a tree of texts."""
    return _node(yaml.compose(text, yaml.BaseLoader))


def _node(node: object) -> Node:
    if isinstance(node, yaml.MappingNode):
        return Map(tuple((key.value, _node(value)) for key, value in node.value))
    if isinstance(node, yaml.SequenceNode):
        return List(tuple(_node(each) for each in node.value))
    assert isinstance(node, yaml.ScalarNode)
    return Scalar(node.value)


def emit(node: Node, indent: int = 0) -> str:
    """The tree as YAML in brackets, one node on each line, every text quoted."""
    pad = " " * (indent + 1)
    if isinstance(node, Scalar):
        return json.dumps(node.text, ensure_ascii=False)
    if isinstance(node, List):
        inner = [pad + emit(each, indent + 1) for each in node.items]
        return "[\n" + ",\n".join(inner) + "\n" + " " * indent + "]" if inner else "[]"
    inner = [
        f"{pad}{json.dumps(key, ensure_ascii=False)}: {emit(value, indent + 1)}"
        for key, value in node.items
    ]
    return "{\n" + ",\n".join(inner) + "\n" + " " * indent + "}" if inner else "{}"


def sorted_keys(node: Node) -> Node:
    """The tree with the keys of every mapping in one order: equal trees mean the same."""
    if isinstance(node, List):
        return List(tuple(sorted_keys(each) for each in node.items))
    if isinstance(node, Map):
        pairs = ((key, sorted_keys(value)) for key, value in node.items)
        return Map(tuple(sorted(pairs, key=lambda pair: pair[0])))
    return node


def paths(node: Node, path: Path = ()) -> Iterator[Path]:
    """The paths of all nodes below the root: the number of the entry at each level."""
    if not isinstance(node, Scalar):
        for nth, child in enumerate(_children(node)):
            yield (*path, nth)
            yield from paths(child, (*path, nth))


def named(root: Node, path: Path) -> str:
    """A path in words: ``flexible_pension.rates.editions[0].rate``."""
    words, node = "", root
    for nth in path:
        words += f".{node.items[nth][0]}" if isinstance(node, Map) else f"[{nth}]"
        node = _children(node)[nth]
    return words.lstrip(".")


def mutants(file: str, root: Node, path: Path) -> Iterator[Mutant]:
    """All the slips of one node."""
    name = named(root, path)
    for kind, changed in _changed(root, path):
        if changed != root:
            yield Mutant(file, name, kind, emit(changed) + "\n")


def _children(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Map):
        return tuple(value for _, value in node.items)
    return node.items if isinstance(node, List) else ()


def _changed(root: Node, path: Path) -> Iterator[tuple[str, Node]]:
    parent = root
    for step in path[:-1]:
        parent = _children(parent)[step]
    nth = path[-1]
    items = list(parent.items)  # type: ignore[union-attr]
    before, here, after = items[:nth], items[nth], items[nth + 1 :]

    def put(*instead: object) -> Node:
        return _replace(root, path[:-1], type(parent)((*before, *instead, *after)))

    yield "dropped", put()
    yield "doubled", put(here, here)
    if after:
        swapped = (*before, after[0], here, *after[1:])
        yield "swapped with the next", _replace(root, path[:-1], type(parent)(swapped))
    if len(after) > 1:
        moved = (*before, *after, here)
        yield "moved to the end", _replace(root, path[:-1], type(parent)(moved))
    if isinstance(parent, Map):
        key, value = here
        for word in _misspelt(key):
            yield f"key misspelt {word!r}", put((word, value))
        for kind, other in _retyped(value):
            yield kind, put((key, other))
    else:
        for kind, other in _retyped(here):
            yield kind, put(other)


def _replace(node: Node, path: Path, new: Node) -> Node:
    if not path:
        return new
    nth, rest = path[0], path[1:]
    if isinstance(node, Map):
        key, value = node.items[nth]
        pair = (key, _replace(value, rest, new))
        return Map((*node.items[:nth], pair, *node.items[nth + 1 :]))
    assert isinstance(node, List)
    inner = _replace(node.items[nth], rest, new)
    return List((*node.items[:nth], inner, *node.items[nth + 1 :]))


def _retyped(node: Node) -> Iterator[tuple[str, Node]]:
    """The node as another kind of node, or with another text."""
    if isinstance(node, Scalar):
        yield "made a list", List((node,))
        yield "made a mapping", Map(((node.text or "x", node),))
        for text in _misspelt(node.text):
            yield f"misspelt {text!r}", Scalar(text)
        for text in ("", "x", "7", "0", "none", "unknown", "open", "2024-03-05"):
            yield f"retyped {text!r}", Scalar(text)
        return
    yield "made a text", Scalar("x")
    yield "made 'none'", Scalar("none")
    yield "emptied", type(node)(())
    if isinstance(node, Map):
        yield "made a list", List(tuple(value for _, value in node.items))
    else:
        yield "made a mapping", Map(tuple((f"k{n}", each) for n, each in enumerate(node.items)))


def _misspelt(text: str) -> Iterator[str]:
    """Slips that a typist makes: two characters swapped, one left out, doubled, or another."""
    if not text:
        return
    made = dict[str, None]()
    spots = range(len(text)) if len(text) <= 12 else (0, 1, len(text) // 2, len(text) - 1)
    for at in spots:
        made[text[:at] + _other(text[at]) + text[at + 1 :]] = None
    at = len(text) // 2
    made[text[:at] + text[at + 1 :]] = None
    made[text[:at] + text[at] * 2 + text[at + 1 :]] = None
    made[text[1:2] + text[:1] + text[2:]] = None
    made[text[:-2] + text[-1:] + text[-2:-1]] = None
    made.pop(text, None)
    yield from made


def _other(character: str) -> str:
    if character.isascii() and character.isdigit():
        return str((int(character) + 1) % 10)
    return "b" if character == "a" else "a"
