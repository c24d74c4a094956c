"""What is wrong with a document whose types are wrong: pydantic's findings as our own problems.

A finding is brought to the key at fault, said in our words, and told once: a key that is misspelt
is unknown, and not missing besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin, get_type_hints

from sstibet.documents import OneOf, ToldBy, adapter, did_you_mean, keys_of, yaml_key
from sstibet.problems import BadValue, Problem, closest

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from sstibet.reader import Document

_Path = tuple[str | int, ...]


def validate(kind: Any, document: Document, problems: list[Problem]) -> Any:
    """The document as a value of ``kind``, or None with every fault added to ``problems``."""
    from pydantic import ValidationError

    try:
        return adapter(kind).validate_python(document.data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        problems.extend(
            _problem(kind, document, detail) for detail in _told_once(details, kind, document)
        )
        return None


def _told_once(
    details: list[ErrorDetails], kind: Any, document: Document
) -> Iterator[ErrorDetails]:
    """The details without each missing key whose misspelling is told as an unknown key."""
    meant = set[_Path]()
    for detail in details:
        path = _path(detail)
        if path and _words(detail)[0] == "unknown_key":
            keys = keys_of(_type_at(kind, document.data, path[:-1]))
            meant.add((*path[:-1], closest(str(path[-1]), keys) or ""))
    for detail in details:
        if _words(detail)[0] != "missing_key" or _path(detail) not in meant:
            yield detail


def _path(detail: ErrorDetails) -> _Path:
    """Where a finding stands: without the marks of shapes, and down to the key at fault."""
    path = tuple(part for part in detail["loc"] if not str(part).startswith("?"))
    error = detail.get("ctx", {}).get("error")
    return (*path, *error.path) if isinstance(error, BadValue) else path


def _problem(kind: Any, document: Document, detail: ErrorDetails) -> Problem:
    path = _path(detail)
    code, message, hint = _words(detail)
    if code == "unknown_key" and not hint:
        hint = did_you_mean(str(path[-1]), keys_of(_type_at(kind, document.data, path[:-1])))
    of_key = code == "unknown_key" or path[-1:] == ("[key]",)  # as pydantic marks a key
    spot = document.key_position(_named(path)) if of_key else document.position(path)
    return Problem(document.file, spot.line, spot.column, code, message, hint, spot.width)


def _named(path: _Path) -> _Path:
    return path[:-1] if path[-1:] == ("[key]",) else path


def _type_at(kind: Any, data: Any, path: tuple[str | int, ...]) -> Any:
    """The type that the node at ``path`` of ``data`` is checked against."""
    kind = _shape(kind, data)
    if not path:
        return kind
    step, rest = path[0], path[1:]
    named = get_origin(kind) or kind
    if is_dataclass(named):
        hints = get_type_hints(named, include_extras=True)
        inner: Any = next((hints[f.name] for f in fields(named) if yaml_key(f.name) == step), None)
        if getattr(inner, "__parameters__", ()):  # Table[RateEdition] holds tuple[E, ...]
            inner = inner[get_args(kind)]
    else:
        inner = next((arg for arg in reversed(get_args(kind)) if arg is not Ellipsis), None)
    try:
        return _type_at(inner, data[step], rest)
    except (KeyError, IndexError, TypeError):
        return None


def _shape(kind: Any, data: Any) -> Any:
    """``kind`` without its marks, without None, and with its shape chosen by the data."""
    if get_origin(kind) is Annotated:
        for mark in kind.__metadata__:
            if isinstance(mark, OneOf):
                return next((mark.shapes[key] for key in data if key in mark.shapes), None)
            if isinstance(mark, ToldBy):
                return mark.shapes.get(str(data.get(mark.key))) if isinstance(data, dict) else None
        return _shape(kind.__origin__, data)
    if get_origin(kind) in (Union, UnionType):
        return _shape(next(arg for arg in get_args(kind) if arg is not type(None)), data)
    return kind


def _words(detail: ErrorDetails) -> tuple[str, str, str]:
    """pydantic's finding as our code, message and hint."""
    kind = detail["type"]
    error = detail.get("ctx", {}).get("error")
    if isinstance(error, BadValue):
        return error.code, error.message, error.hint
    key = str(detail["loc"][-1]) if detail["loc"] else ""
    if kind in ("unexpected_keyword_argument", "extra_forbidden"):
        return "unknown_key", f"unknown key {key!r}", ""
    if kind in ("missing", "missing_argument"):
        return "missing_key", f"the key {key!r} is missing", f"add '{key}: …' here"
    if kind == "string_type":
        found = "a list" if isinstance(detail["input"], list) else "a mapping"
        message = f"a single value is wanted here, not {found}"
        return "not_a_scalar", message, "write the value alone"
    if kind in ("dataclass_type", "dataclass_exact_type", "dict_type"):
        return "not_a_mapping", "a mapping is wanted here", "write 'key: value' lines, or { … }"
    if kind in ("tuple_type", "list_type"):
        return "not_a_list", "a list is wanted here", "write '- …' items, or [ … ]"
    hint = "write a value, or [ …, … ]" if kind == "not_a_literal" else ""
    return "bad_value", detail["msg"], hint
