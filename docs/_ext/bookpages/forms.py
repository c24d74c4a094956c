"""What a form asks and shows, field by field, with the conditions under which it does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bookpages.conditions import Words
from bookpages.writing import both, code, heading, place, plain, table
from sstibet.contents import Contents
from sstibet.forms.documents import Field


def owners(contents: Contents) -> dict[str, str]:
    """Under which item's page each form stands: the first that shows it."""
    found: dict[str, str] = {}
    for name, rules in contents.items.items():
        for form in sorted(rules.forms):
            found.setdefault(form, name)
    return found


def form(contents: Contents, name: str) -> Iterator[str]:
    """The section of one form."""
    described = contents.forms[name]
    words = Words(contents)
    yield f"\n(form-{name})="
    yield f"### {heading(described.label)}\n"
    yield f"{code(name)} {place(described.where)}"
    if described.help is not None:
        yield f"\n{both(described.help)}"
    for page in described.pages:
        if len(described.pages) > 1:
            yield f"\n**{heading(page.label)}**"
        yield from table(
            ["field", "label", "kind", "asked", "shown when", "rows and offers"],
            (_field(contents, words, each) for each in page.fields),
        )
    if described.checks:
        yield "\nTogether they must fulfil:"
        yield from table(
            ["check", "must", "told at", "place"],
            (
                (
                    f"{code(check)}<br>{both(each.says)}",
                    words.of(each.must),
                    code(each.at),
                    place(each.where),
                )
                for check, each in described.checks.items()
            ),
        )


def _field(contents: Contents, words: Words, field: Field) -> tuple[str, ...]:
    fact = contents.dictionary.facts[field.fact]
    asked = "must be answered" if field.required else "may be left out"
    if field.read_only:
        asked = "shown"
    elif field.must_be_yes:
        asked = "must be ticked"
    label = both(field.label or fact.label)
    if field.help is not None:
        label += f"<br><small>{both(field.help)}</small>"
    listed = f"<br>[{code(fact.codes)}](#codes-{fact.codes})" if fact.codes else ""
    return (
        code(field.fact),
        label,
        fact.kind + listed,
        asked if field.rows is None else _picked(field.rows),
        words.of(field.when) or "always",
        _offers(words, field),
    )


def _picked(rows: Any) -> str:
    told = {
        "one": "one row is ticked",
        "some": "one or more rows are ticked",
        "all": "all rows are taken",
        "none": "rows are shown",
    }
    return told[rows.pick]


def _offers(words: Words, field: Field) -> str:
    parts = []
    if field.tiers is not None:
        parts.append("the tiers in force")
    rows = field.rows
    if rows is not None:
        parts.append(f"rows of {code(rows.of)}: {', '.join(map(code, rows.show))}")
        if rows.if_ is not None and rows.why_not is not None:
            parts.append(f"may be ticked if {words.of(rows.if_, rows.of)}")
            parts.append(f"else: {both(rows.why_not)}")
        if rows.asks:
            parts.append(f"asks of each: {', '.join(map(code, rows.asks))}")
        if rows.page_by is not None:
            parts.append(f"{rows.page_by} to a page")
    if field.says:
        parts.append("words of its own for: " + ", ".join(plain(each) for each in field.says))
    return "<br>".join(parts)
