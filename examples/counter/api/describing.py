"""The API's description (OpenAPI 3.1), completed: what FastAPI can't know of each operation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

import sstibet

from . import shapes
from .problems import KINDS, PAGE, Trouble

_REF = "#/components/schemas/{model}"
_ALWAYS = ("not-acceptable", "too-many-requests", "fault", "busy")
_BODY = ("not-json", "too-large", "not-json-type", "wrong-fields")
_SIGNED = ("not-signed-in", "bad-header")
_ITEM = (*_SIGNED, "not-found", "cannot-go-on", "wrong-fields")
_KEYED = ("key-missing", "key-malformed", "key-in-flight", "key-reused")
# Operation -> the problems that it may answer by.
PROBLEMS: Mapping[str, tuple[str, ...]] = {
    "visit": (),
    "sign_in": (*_SIGNED, *_BODY, "login-not-usable", "not-found", "cannot-go-on"),
    "sign_out": ("not-signed-in",),
    "list_kinds": (),
    "show_machine": ("not-found",),
    "draw_machine": ("not-found",),
    "list_items": (*_SIGNED, "wrong-fields"),
    "start": (*_SIGNED, *_BODY, *_KEYED, "not-open", "cannot-go-on"),
    "see": _ITEM,
    "send": (*_ITEM, *_BODY, *_KEYED, "not-now", "in-person", "moved-on", "refused-by-rule"),
    "save_draft": (*_ITEM, *_BODY, "not-now", "in-person"),
    "certificate": (*_ITEM, "no-certificate"),
    "print_certificate": (*_ITEM, "no-certificate"),
    "picture_certificate": (*_ITEM, "no-certificate"),
    "verify_certificate": _BODY,
    "quote": _BODY,
    "call_back": (*_BODY[:3], "bad-header", "callback-refused"),
}
_OPEN = (
    "visit",
    "list_kinds",
    "show_machine",
    "draw_machine",
    "quote",
    "call_back",
    "verify_certificate",
)
# What FastAPI doesn't see, as it is read or written byte by byte.
_SENT = {"call_back": "Callback", "verify_certificate": "SealedCertificate"}
_BINARY: dict[str, Any] = {}
_FILES: Mapping[str, Any] = {
    "draw_machine": {"image/svg+xml": {"schema": {"type": "string"}}},
    "certificate": {
        "application/json": {"schema": {"$ref": _REF.format(model="SealedCertificate")}}
    },
    "print_certificate": {"application/pdf": {"schema": _BINARY}},
    "picture_certificate": {"image/png": {"schema": _BINARY}},
}
_HEADERS: Mapping[str, Mapping[str, Any]] = {
    "ETag": {"description": "The item's version, for If-Match.", "schema": {"type": "string"}},
    "Location": {
        "description": "Where the item is.",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Content-Language": {
        "description": "The language of labels.",
        "schema": {"type": "string", "enum": ["zh-CN", "en", "bo"]},
    },
    "Retry-After": {
        "description": "Seconds to wait.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "WWW-Authenticate": {"description": "How to sign in.", "schema": {"type": "string"}},
}
_TAGGED = ("start", "see", "send", "save_draft")
_REF_OF = {"ref": "$response.body#/front"}
_LINKS = {
    "see": {"operationId": "see", "parameters": _REF_OF},
    "send": {"operationId": "send", "parameters": _REF_OF},
    "save_draft": {"operationId": "save_draft", "parameters": _REF_OF},
}


def described(document: dict[str, Any], book: sstibet.Rulebook) -> dict[str, Any]:
    """FastAPI's description, with problems, headers, links, and the names that the book has."""
    document["servers"] = [{"url": "/api"}]
    document["info"] |= {
        "version": sstibet.__version__,
        "description": (
            "The items of a desk for programs. What changes something takes an Idempotency-Key; "
            f"what goes wrong is told as problem details, whose types stand at {PAGE}."
        ),
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }
    _add_schemas(document)
    for item in document["paths"].values():
        for operation in item.values():
            _complete(operation)
    _name(document["components"]["schemas"], document["paths"], book)
    return document


def _add_schemas(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    models = [
        (shapes.Problem, "serialization"),
        (shapes.Callback, "validation"),
        (shapes.SealedCertificate, "validation"),
    ]
    _, found = models_json_schema(models, ref_template=_REF)  # type: ignore[arg-type]  # a list
    for name, schema in found["$defs"].items():
        schemas.setdefault(name, schema)


def _complete(operation: dict[str, Any]) -> None:
    name = operation["operationId"]
    responses = operation["responses"]
    for parameter in operation.get("parameters", ()):
        _never_null(parameter)
    responses.pop("422", None)
    for status, answer in responses.items():
        answer["headers"] = _headers("Content-Language", *_of_success(name, status))
        if name in _TAGGED:
            answer["links"] = _LINKS
    for status, kinds in _by_status((*_ALWAYS, *PROBLEMS[name])):
        responses[str(status)] = _problem(status, kinds)
    if name == "sign_out":
        responses["204"].pop("content", None)
    if name in _OPEN:
        operation["security"] = []
    if name in _SENT:
        schema = {"$ref": _REF.format(model=_SENT[name])}
        content = {"application/json": {"schema": schema}}
        operation["requestBody"] = {"required": True, "content": content}
    if name in _FILES:
        responses["200"]["content"] = _FILES[name]


def _never_null(parameter: dict[str, Any]) -> None:
    """What may be left out of a query or the headers can't be sent as null."""
    schema = parameter["schema"]
    for each in schema.pop("anyOf", ()):
        if each != {"type": "null"}:
            schema.update(each)


def _of_success(operation: str, status: str) -> Iterable[str]:
    if operation in _TAGGED:
        yield "ETag"
    if operation == "start" and status == "201":
        yield "Location"


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"required": True, **_HEADERS[name]} for name in names}


def _by_status(kinds: Iterable[str]) -> list[tuple[int, list[str]]]:
    found: dict[int, list[str]] = {}
    for kind in dict.fromkeys(kinds):
        found.setdefault(KINDS[kind], []).append(kind)
    return sorted(found.items())


def _problem(status: int, kinds: list[str]) -> dict[str, Any]:
    names = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}
    examples = {
        kind: {"value": Trouble(kind).told("en").model_dump(exclude_none=True)} for kind in kinds
    }
    content = {"schema": {"$ref": _REF.format(model="Problem")}, "examples": examples}
    return {
        "description": ", ".join(kinds),
        "headers": _headers("Content-Language", *names.get(status, ())),
        "content": {"application/problem+json": content},
    }


def _name(schemas: dict[str, Any], paths: dict[str, Any], book: sstibet.Rulebook) -> None:
    """The names that the book has, as enumerations."""
    items = book.contents.items
    events = sorted({event for rules in items.values() for event in rules.events})
    schemas["Start"]["properties"]["item"]["enum"] = [
        name for name, rules in items.items() if rules.open_to != "items"
    ]
    schemas["Send"]["properties"]["event"]["enum"] = events
    schemas["Ask"]["properties"]["scheme"]["enum"] = list(book.contents.schemes)
    for path in paths.values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "kind":
                    parameter["schema"]["enum"] = list(items)
