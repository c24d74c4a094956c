"""Where a Python name stands in the site: under the name by which people import it.

Signatures name a type by the module that it is made in (``sstibet.money.Money``); its page has it
as ``sstibet.Money``. A name that really is there and has no page of its own stands without a link;
one that isn't there at all is a mistake, and Sphinx says so.
"""

from __future__ import annotations

import builtins
import pkgutil
import re
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.ext.napoleon.docstring import GoogleDocstring

import sstibet

# Short names in signatures and docstrings, by the modules that they are found in.
_HOMES = ("sstibet", "typing", "datetime", "pathlib", "collections.abc", "decimal")
_CALLED = {"pa": "pyarrow", "st": "hypothesis.strategies"}
_REPRESENTED = re.compile(r"<[^<>]*>")
# A type with what pydantic reads beside it, of which a reader needs the type.
_ANNOTATED = re.compile(r"(?:~?[\w.]+\.)?Annotated\[((?:[^\[\]]|\[[^\[\]]*\])*?), \.\.\.\]")


def resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, shown: nodes.TextElement
) -> nodes.Node | None:
    """What a name that Sphinx doesn't know leads to; None where there is no such thing."""
    if node.get("refdomain") != "py":
        return None
    target = str(node["reftarget"])
    python = env.domains.python_domain
    found = _thing(target, str(node.get("py:module") or ""), str(node.get("py:class") or ""))
    if found is None:
        # In a docstring a single backtick marks a name of any kind, such as one of a YAML file.
        return shown if node["reftype"] == "obj" else None
    for name in _public(found):
        matches = python.objects.get(name)
        if matches is not None:
            at = app.builder.get_relative_uri(node["refdoc"], matches.docname)
            return nodes.reference("", "", shown, internal=True, refuri=f"{at}#{matches.node_id}")
    return shown


def dashes(app: Sphinx, document: nodes.document) -> None:
    """Sphinx writes two hyphens between a parameter and what it is."""
    for text in list(document.findall(nodes.Text)):
        if text == " -- ":
            text.parent.replace(text, nodes.Text(" – "))


def signature(
    app: Sphinx, what: str, name: str, thing: object, options: object, given: str, returned: str
) -> tuple[str, str] | None:
    """A signature in which every default can be read as Python: a dataclass's ``<factory>`` can't,
    and Sphinx would cut the types up at their commas."""
    if not given:
        return None
    given, found = _REPRESENTED.sub("...", given), 1
    while found:
        given, found = _ANNOTATED.subn(r"\1", given)
    return given, returned


# Napoleon takes the first words of a property's docstring, up to a colon, for its type. Ours are
# sentences, and the type stands in the code.
GoogleDocstring._parse_attribute_docstring = GoogleDocstring._consume_to_end


@cache
def _thing(target: str, module: str, inside: str) -> Any:
    """What a dotted name stands for, looked for where it was written and where such names live."""
    first, dot, rest = target.partition(".")
    if first in _CALLED:
        return _import(f"{_CALLED[first]}{dot}{rest}")
    for home in (f"{module}.{inside}" if inside else module, module, "", *_HOMES):
        found = _import(f"{home}.{target}" if home else target)
        if found is not None:
            return found
    # An annotation names what its own module imports, which isn't where its page stands.
    return next((vars(each)[target] for each in _ours() if target in vars(each)), None)


@cache
def _ours() -> list[ModuleType]:
    """All modules of the library, but those that run when they are imported."""
    found = (each.name for each in pkgutil.walk_packages(sstibet.__path__, "sstibet."))
    return [import_module(name) for name in found if not name.endswith("__main__")]


@cache
def _import(name: str) -> Any:
    if hasattr(builtins, name):
        return getattr(builtins, name)
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: Any = import_module(".".join(parts[:cut]))
        except (ImportError, ValueError):
            continue
        for part in parts[cut:]:
            found = getattr(found, part, None)
        return found
    return None


def _public(found: Any) -> list[str]:
    """The names under which a page may have it."""
    name, module = getattr(found, "__qualname__", None), getattr(found, "__module__", None)
    if name is None or module is None:
        return []
    homes = [module, *(module.rsplit(".", n)[0] for n in range(1, module.count(".") + 1))]
    return [f"{home}.{name}" for home in homes]
