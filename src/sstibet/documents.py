"""What stands in YAML as frozen values: the types that a document's nodes are checked against.

The book's types are plain frozen dataclasses whose fields are the YAML keys. pydantic checks a
document against them and gives their JSON Schemas for editors; it is imported only when a book is
really read, so that a book out of the cache never waits for it.

A field named ``where`` takes the node's place, ``"rates.yaml:41"``; it isn't part of the value
(two nodes that say the same are equal). A trailing underscore frees a Python keyword: the YAML
key ``from`` is the field ``from_``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache, lru_cache
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    TypeVar,
    dataclass_transform,
)

from sstibet.problems import BadValue, closest
from sstibet.text import MOST_DIGITS, brief, half_width_hint

if TYPE_CHECKING:
    # The reader and pydantic are needed only while a book is read, never when it's cached.
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter
    from pydantic_core import CoreSchema


Parse = Callable[[str], object]

T = TypeVar("T")

WHERE = "where"


def yaml_key(name: str) -> str:
    """The YAML key of a field: ``from_`` is written ``from``."""
    return name.rstrip("_")


STRICT = {"extra": "forbid", "alias_generator": yaml_key}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A mapping of a document. ``where`` is its place, and no part of its value."""

    __pydantic_config__ = STRICT

    where: str = field(compare=False, repr=False, kw_only=True)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def node(cls: type[T]) -> type[T]:
    """Make a class the type of a mapping in YAML: a frozen dataclass, told by its keywords."""
    return dataclass(frozen=True, slots=True, kw_only=True)(cls)


class Text:
    """Marks a scalar that is read from its text by ``parse``; ``pattern`` is for editors."""

    def __init__(self, parse: Parse, pattern: str | None = None, **schema: object) -> None:
        self.parse = parse
        self.schema = {"type": "string", **({"pattern": pattern} if pattern else {}), **schema}

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        # The same words, days and amounts stand in a book again and again; each is parsed once.
        parse = lru_cache(maxsize=4096)(self.parse)
        text = core_schema.str_schema(strict=True)
        return core_schema.no_info_after_validator_function(parse, text)

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        # Editors read 380.00 or 2025 as a number; our reader takes every scalar as its text.
        return {"type": ["string", "number", "integer", "boolean"], **_without_type(self.schema)}


class Named:
    """Marks a mapping from names that the author chooses to values of one type."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        from pydantic_core import core_schema

        def names(value: object) -> object:
            if not isinstance(value, dict):
                hint = "write 'name: …' lines, or { … }"
                message = "a mapping from names to values is wanted here"
                raise BadValue("not_a_mapping", message, hint)
            return {key: item for key, item in value.items() if key != WHERE}

        return core_schema.no_info_before_validator_function(names, handler(source))


class OrWord:
    """Marks a node that may be the one word that stands for its absence (None): ``relief: none``.

    The word is required where there is nothing, so that a dropped node is never taken for it.
    """

    def __init__(self, absent: str) -> None:
        self.absent = absent

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        from pydantic_core import core_schema

        def read(value: object, inner: Callable[[object], object]) -> object:
            return None if value == self.absent else inner(value)

        return core_schema.no_info_wrap_validator_function(read, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {"anyOf": [{"const": self.absent}, handler(schema["schema"])]}


def _told(choose: Callable[[object], str], union: CoreSchema) -> CoreSchema:
    """A tagged union whose chooser may find fault with the value: pydantic takes a validator's
    BadValue as a problem of that node, but lets one out of a discriminator escape."""
    from pydantic_core import core_schema

    def read(value: object) -> object:
        choose(value)
        return value

    return core_schema.no_info_before_validator_function(read, union)


class OneOf:
    """Marks a mapping whose shape is told by its one key among those named here."""

    def __init__(self, **shapes: Any) -> None:
        self.shapes = {yaml_key(key): shape for key, shape in shapes.items()}

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        shapes = {f"?{key}": handler.generate_schema(each) for key, each in self.shapes.items()}
        return _told(self._choose, core_schema.tagged_union_schema(shapes, self._choose))

    def _choose(self, value: object) -> str:
        known = ", ".join(self.shapes)
        if not isinstance(value, dict):
            raise BadValue("not_a_mapping", f"a mapping with one of {known} is wanted here")
        found = [key for key in value if key in self.shapes]
        if len(found) == 1:
            return f"?{found[0]}"
        if not found:
            _misspelt(value, self.shapes, [key for s in self.shapes.values() for key in keys_of(s)])
        raise BadValue(
            "not_one_shape",
            f"one of {known} is wanted here, found {' and '.join(found) or 'none'}",
            "keep exactly one of them" if found else "add one of them",
        )


class ToldBy:
    """Marks a mapping whose shape is told by the value of one key (``method: rate``)."""

    def __init__(self, key: str, **shapes: Any) -> None:
        self.key, self.shapes = key, shapes

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        shapes = {f"?{word}": handler.generate_schema(each) for word, each in self.shapes.items()}
        return _told(self._choose, core_schema.tagged_union_schema(shapes, self._choose))

    def _choose(self, value: object) -> str:
        if not isinstance(value, dict):
            raise BadValue("not_a_mapping", f"a mapping with the key {self.key!r} is wanted here")
        word = value.get(self.key)
        if isinstance(word, str) and word in self.shapes:
            return f"?{word}"
        says = f"the key {self.key!r} must say one of {', '.join(self.shapes)}"
        if word is None:
            _misspelt(value, [self.key], [key for s in self.shapes.values() for key in keys_of(s)])
            raise BadValue("missing_key", says, f"add '{self.key}: …' here")
        if not isinstance(word, str):
            raise BadValue("not_a_scalar", says, "write one word", (self.key,))
        hint = did_you_mean(word, self.shapes)
        raise BadValue("unknown_word", f"{says}, not {word!r}", hint, (self.key,))


def _misspelt(value: Mapping[str, object], wanted: Iterable[str], known: Iterable[str]) -> None:
    """Raise `unknown_key` for a key that is not known and near to one that is wanted."""
    for key in value:
        if key != WHERE and key not in known and (near := closest(key, wanted)):
            message = f"unknown key {key!r}"
            raise BadValue("unknown_key", message, f"did you mean {near!r}?", (key,))


def word(*words: str) -> Text:
    """A scalar that is one of a closed list of words."""

    def parse(text: str) -> str:
        if text not in words:
            near = closest(text, words)
            hint = f"did you mean {near!r}?" if near else "choose one of them"
            message = f"{text!r} is not one of {', '.join(words)}"
            raise BadValue("unknown_word", message, hint)
        return text

    return Text(parse, enum=list(words))


def or_word(absent: str, parse: Parse) -> Text:
    """A scalar read by ``parse``, or the one word that stands for its absence (None)."""

    def read(text: str) -> object:
        if text == absent:
            return None
        if text.casefold() == absent:
            raise BadValue("unknown_word", f"{text!r} is not the word {absent}", f"write {absent}")
        return parse(text)

    return Text(read)


def parse_yes_no(text: str) -> bool:
    """Read ``yes`` or ``no``; YAML's ``true``, ``on`` and the like are other texts."""
    if text not in ("yes", "no"):
        meant = {"true": "yes", "on": "yes", "false": "no", "off": "no", "是": "yes", "否": "no"}
        mend = meant.get(text.lower(), "yes or no")
        raise BadValue("not_yes_no", f"{brief(text)} is neither yes nor no", f"write {mend}")
    return text == "yes"


def parse_whole(text: str) -> int:
    """Read a whole number without sign-plus, grouping or leading zeros."""
    digits = text.removeprefix("-")
    plain = digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS
    if not plain or (len(digits) > 1 and digits[0] == "0"):
        raise BadValue(
            "not_whole",
            f"{brief(text)} is no whole number",
            half_width_hint(text) or "write it such as 12",
        )
    return int(text)


def parse_filled(text: str) -> str:
    """Any text but an empty one."""
    if not text.strip():
        raise BadValue("empty_text", "this text is empty", "write it")
    return text


def parse_name(text: str) -> str:
    """An id: lower-case ASCII letters, digits and underscores (or digits only)."""
    if not text.isascii() or not text.replace("_", "a").isalnum() or text != text.lower():
        raise BadValue("not_a_name", f"{brief(text)} is no id", "use a-z, 0-9 and _ only")
    return text


YesNo = Annotated[bool, Text(parse_yes_no, enum=["yes", "no"])]
Whole = Annotated[int, Text(parse_whole)]
Filled = Annotated[str, Text(parse_filled)]
Name = Annotated[str, Text(parse_name, pattern="^[a-z0-9_]+$")]


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """pydantic's checker of a document type, made once."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def json_schema(kind: Any) -> dict[str, Any]:
    """The JSON Schema 2020-12 of a document type, for editors."""
    schema = adapter(kind).json_schema(by_alias=True)
    _drop_where(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def keys_of(kind: Any) -> list[str]:
    """The YAML keys of a document type; none for what isn't a mapping of known keys."""
    if not is_dataclass(kind):
        return []
    return [yaml_key(each.name) for each in fields(kind) if each.name != WHERE]


def did_you_mean(text: str, words: Iterable[str]) -> str:
    """A hint: the word that was probably meant, else all there are."""
    near = closest(text, words)
    return f"did you mean {near!r}?" if near else f"one of: {', '.join(words)}"


def _without_type(schema: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in schema.items() if key != "type"}


def _drop_where(node: object) -> None:
    """Take our own ``where`` out of a schema: no author writes it."""
    for mapping in _mappings(node):
        properties = mapping.get("properties")
        if isinstance(properties, dict) and properties.pop(WHERE, None) is not None:
            mapping["required"] = [name for name in mapping.get("required", ()) if name != WHERE]


def _mappings(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _mappings(value)
    elif isinstance(node, list):
        for value in node:
            yield from _mappings(value)
