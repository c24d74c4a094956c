"""Which keys the code and the templates use, and where.

Most calls name their key (``say("yes")``); it is read from the syntax tree. Some put it together
(``say(f"mode.{self.mode}")``); of those a catalogue's key is used if what fills the gaps stands
somewhere in the code as a text or a name, or in the YAML.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from tools.messages.domains import ROOT, SOURCE, Call, Domain

_GAP = "\0"  # what is put in at run time
_WORD = re.compile(r"[\w.]+")


@dataclass
class Uses:
    """What a domain's code asks for: keys, keys with gaps, and the texts that may fill them, each
    with the files it stands in."""

    keys: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    gaps: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    texts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def of(self, key: str) -> set[str]:
        """The files that use a key; empty where none does. What asks for it by its name is said;
        else what puts it together; else where it stands as a text that may be asked with."""
        if key in self.keys:
            return self.keys[key]
        found = set[str]()
        for pattern, files in self.gaps.items():
            if self._makes(pattern, key):
                found |= files
        if found or key in self.texts:
            return found or self.texts[key]
        made = (text for text in self.texts if _GAP in text and "." in text.partition(_GAP)[0])
        return found.union(*(self.texts[text] for text in made if self._makes(text, key)))

    @cached_property
    def _made(self) -> list[re.Pattern[str]]:
        """Texts that are put together and may fill a gap in turn; asked when all is collected."""
        return [_filled(each) for each in self.texts if _GAP in each and each.strip(_GAP)]

    def _makes(self, pattern: str, key: str) -> bool:
        match = _filled(pattern).fullmatch(key)
        return match is not None and all(self._fills(part) for part in match.groups())

    def _fills(self, part: str) -> bool:
        if part in self.texts:
            return True
        matches = (each.fullmatch(part) for each in self._made)
        return any(m and all(each in self.texts for each in m.groups()) for m in matches)


@cache
def _filled(pattern: str) -> re.Pattern[str]:
    return re.compile("([^\0]+)".join(re.escape(part) for part in pattern.split(_GAP)))


@cache
def parsed(path: Path) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse(path.read_text("utf-8"))


@cache
def uses(domain: Domain) -> Uses:
    """Everything that a domain's code and templates ask for."""
    found = Uses()
    for path in domain.files("py"):
        tree, name = parsed(path), str(path.relative_to(ROOT))
        calls = [each for each in domain.calls if path.match(each.files) or each.files == "**/*"]
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args:
                for call in calls:
                    if _called(node, call):
                        _take(found, node.args[0], call.prefix, name)
        _texts(found, tree, name, [each.prefix for each in calls])
    for path in sorted(SOURCE.rglob("*.py")):  # what fills a gap may come from another room
        if not path.is_relative_to(domain.sources):
            for word in _fillers(path):
                found.texts.setdefault(word, set())
    for folder in domain.data:
        for path in folder.rglob("*.yaml"):
            # Keys themselves stand in a room's own YAML only.
            own = {str(path.relative_to(ROOT))} if path.is_relative_to(domain.sources) else set()
            for word in _WORD.findall(path.read_text("utf-8")):
                found.texts[word] |= own if "." in word else set()
    for ending in ("html", "jinja", "svg", "txt"):
        for path in domain.files(ending):
            _template(found, path, {each.name for each in domain.calls})
    return found


def _called(node: ast.Call, call: Call) -> bool:
    if call.method:
        return isinstance(node.func, ast.Attribute) and node.func.attr == call.name
    return isinstance(node.func, ast.Name) and node.func.id == call.name


def _take(found: Uses, argument: ast.expr, prefix: str, file: str) -> None:
    for key in _values(argument):
        if key.strip(_GAP) or _GAP in key:
            (found.gaps if _GAP in key else found.keys)[prefix + key].add(file)


def _values(node: ast.expr) -> Iterator[str]:
    """The texts that an expression may have as its value, gaps marked."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else _GAP for part in parts
            )
        case ast.IfExp(body=body, orelse=other):
            yield from _values(body)
            yield from _values(other)
        case ast.Subscript(value=ast.Dict(values=values)):
            for value in values:
                yield from _values(value)
        case ast.BoolOp(values=values):
            for value in values:
                yield from _values(value)


def _texts(found: Uses, tree: ast.AST, file: str, prefixes: list[str]) -> None:
    """Every text of a module, whole and by words, as what may be a key or fill a gap."""
    docstrings = docstrings_of(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr) and node not in docstrings:
            for text in _values(node):
                words = {text} if _GAP in text else {text, *text.split()}
                for word in words:
                    found.texts[word].add(file)
                    for prefix in prefixes:
                        if prefix:
                            found.texts[prefix + word].add(file)
    for name in _names(tree):
        found.texts.setdefault(name, set())


def _names(tree: ast.AST) -> set[str]:
    """The names that a module gives or uses: enum members, keywords."""
    names = {node.id.lower() for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names | {
        node.arg.lower() for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg
    }


@cache
def _fillers(path: Path) -> frozenset[str]:
    """A module's texts, and its names, as what may fill a gap."""
    tree = parsed(path)
    found = _names(tree)
    docstrings = docstrings_of(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr) and node not in docstrings:
            for text in _values(node):
                found |= {text} if _GAP in text else {text, *text.split()}
    return frozenset(found)


def docstrings_of(tree: ast.AST) -> set[ast.AST]:
    """The texts that stand alone as a statement: docstrings of modules, classes, functions and
    attributes."""
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def _template(found: Uses, path: Path, names: set[str]) -> None:
    """The keys that a Jinja template asks for."""
    from jinja2 import Environment, nodes

    file = str(path.relative_to(ROOT))
    tree = Environment(extensions=["jinja2.ext.do"]).parse(path.read_text("utf-8"))
    for call in tree.find_all(nodes.Call):
        name = getattr(call.node, "name", getattr(call.node, "attr", None))
        if name in names and call.args:
            for key in _said(call.args[0]):
                (found.gaps if _GAP in key else found.keys)[key].add(file)
    for constant in tree.find_all(nodes.Const):
        if isinstance(constant.value, str):
            found.texts[constant.value].add(file)


def _said(node: object) -> Iterator[str]:
    """The texts that an expression of a template may have as its value, gaps marked."""
    from jinja2 import nodes

    match node:
        case nodes.Const(value=str(text)):
            yield text
        case nodes.CondExpr():
            yield from _said(node.expr1)
            yield from _said(node.expr2)
        case nodes.Concat():
            yield "".join(_part(each) for each in node.nodes)
        case nodes.Add():
            yield _part(node.left) + _part(node.right)


def _part(node: object) -> str:
    found = list(_said(node))
    return found[0] if len(found) == 1 else _GAP
