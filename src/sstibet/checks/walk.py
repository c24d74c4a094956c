"""One walk over everything in a book that has a label or evidence, and what both must fulfil."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints

from sstibet.checks.review import Review
from sstibet.documents import WHERE, yaml_key
from sstibet.evidence import Evidence
from sstibet.facts import Dictionary, Fact
from sstibet.labels import STAND_IN, Label
from sstibet.loading import Site, Step

_SOUGHT = (Label, Evidence)


def check_marks(review: Review) -> None:
    """Every label has the book's languages and no other; all evidence is of its jurisdictions."""
    info, languages = review.contents.info, review.contents.info.languages
    required = frozenset(languages.required)
    known = required | frozenset(languages.optional)
    jurisdictions = frozenset(info.jurisdictions)
    if STAND_IN not in required:
        message = f"Chinese ({STAND_IN!r}) is missing: every label falls back on it"
        site = review.book.at("languages", "required")
        review.fault(site, "missing_language", message, f"add {STAND_IN}")
        known |= {STAND_IN}
    for site, root in _roots(review):
        for path, mark in marks(root):
            if type(mark) is Label:
                if not (required <= mark.texts.keys() <= known):
                    _report_label(review, site.at(*path), mark, required, known)
            elif mark.jurisdiction not in jurisdictions:
                _report_jurisdiction(review, site.at(*path), mark.jurisdiction)


def marks(root: Any) -> Iterator[tuple[tuple[Step, ...], Any]]:
    """Every label and every evidence below a node, with its path in the document."""
    stack: list[tuple[tuple[Step, ...], Any]] = [((), root)]
    while stack:
        path, node = stack.pop()
        kind: Any = type(node)
        if kind is Label or kind is Evidence:
            yield path, node
        elif kind is dict:
            stack.extend(((*path, key), each) for key, each in node.items())
        elif kind is tuple:
            stack.extend(((*path, n), each) for n, each in enumerate(node))
        elif node is not None:
            stack.extend(((*path, key), getattr(node, name)) for name, key in _plan(kind))


@cache
def _plan(kind: Any) -> tuple[tuple[str, str], ...]:
    """The fields of a type (and their keys) below which a label or evidence can stand."""
    if not is_dataclass(kind):
        return ()
    hints = get_type_hints(kind)
    names = (each.name for each in fields(kind) if each.name != WHERE)
    return tuple((name, yaml_key(name)) for name in names if _may_hold(hints[name], set()))


def _may_hold(hint: Any, seen: set[Any]) -> bool:
    if hint in _SOUGHT or isinstance(hint, TypeVar):
        return True
    if isinstance(hint, type) and is_dataclass(hint):
        if hint in seen:
            return False
        seen.add(hint)
        return any(_may_hold(inner, seen) for inner in get_type_hints(hint).values())
    return any(_may_hold(inner, seen) for inner in get_args(hint))


def _roots(review: Review) -> Iterator[tuple[Site, Any]]:
    contents = review.contents
    yield review.book, contents.info
    yield review.periods, contents.periods
    for kind, named in (
        ("facts", _facts(contents.dictionary)),
        ("codes", contents.dictionary.codes),
        ("tiers", contents.picks),
        ("rates", contents.rates),
        ("refunds", contents.refunds),
        ("ports", contents.ports),
        ("items", contents.items),
        ("forms", contents.forms),
        ("roles", contents.roles),
    ):
        for name, root in named.items():
            yield review.site(kind, name), root


def _facts(dictionary: Dictionary) -> dict[str, Fact]:
    """Every fact with what stands there itself; the columns of like records stand elsewhere."""
    return {
        name: fact if fact.like is None else replace(fact, fields=dictionary.own_fields(fact))
        for name, fact in dictionary.facts.items()
    }


def _report_label(
    review: Review, site: Site, label: Label, required: frozenset[str], known: frozenset[str]
) -> None:
    for language in sorted(required - label.texts.keys()):
        message = f"this label has no text for {language!r}"
        review.fault(site, "missing_language", message, f"add '{language}: …'")
    for language in sorted(label.texts.keys() - known):
        message = f"{language!r} is no language of this book"
        hint = review.meant(language, sorted(known))
        review.key_fault(site.at(language), "unknown_language", message, hint)


def _report_jurisdiction(review: Review, site: Site, name: str) -> None:
    message = f"{name!r} is none of the book's jurisdictions"
    hint = review.meant(name, review.contents.info.jurisdictions)
    review.fault(site.at("jurisdiction"), "unknown_jurisdiction", message, hint)
