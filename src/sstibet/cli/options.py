"""What is asked for on the command line: the book, the day, the facts, the language."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from sstibet.cli.terminal import warn_line
from sstibet.documents import WHERE
from sstibet.facts import Dictionary
from sstibet.frames import render, source_in
from sstibet.months import parse_day
from sstibet.problems import BadValue, RulebookError, closest
from sstibet.rulebook import Rulebook, load


def day_of(text: str) -> date:
    try:
        return parse_day(text)
    except BadValue as error:
        raise typer.BadParameter(str(error)) from None


Scheme = Annotated[
    str, typer.Argument(metavar="SCHEME", help="A scheme, such as flexible_pension.")
]
On = Annotated[
    date,
    typer.Option("--on", parser=day_of, metavar="DAY", help="The day asked about: 2025-03-01."),
]
KnownOn = Annotated[
    date | None,
    typer.Option(
        "--known-on", parser=day_of, metavar="DAY", help="Take the rules as public on that day."
    ),
]
PaidKnownOn = Annotated[
    date | None,
    typer.Option(
        "--paid-known-on",
        parser=day_of,
        metavar="DAY",
        help="The back-difference (补差) to what was due as known on that day.",
    ),
]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FACT=VALUE", help="A fact; records as JSON rows. Repeatable."),
]
FactsFile = Annotated[
    Path | None, typer.Option("--facts", metavar="FILE", help="Facts from a .json or .yaml file.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
Explain = Annotated[bool, typer.Option("--explain", help="Show each rule, operand and rounding.")]
Lang = Annotated[
    str | None,
    typer.Option("--lang", "--language", metavar="LANG", help="zh, en or bo; the book's first."),
]
Book = Annotated[
    Path | None,
    typer.Option("--book", metavar="DIR", help="Another rule book than the one shipped."),
]


def open_book(path: Path | None) -> Rulebook:
    """The book, or its problems in full and exit 1; exit 2 where there is no such folder."""
    try:
        return load(path)
    except RulebookError as error:
        from sstibet.files import find_rules

        warn_line(render(error.problems, source_in(find_rules(path))))
        raise typer.Exit(1) from None
    except FileNotFoundError as error:
        raise typer.BadParameter(str(error)) from None


def language_of(book: Rulebook, wanted: str | None) -> str:
    """The language to answer in: the one wanted, or the book's first."""
    languages = book.contents.info.languages
    if wanted is None:
        return languages.required[0]
    known = (*languages.required, *languages.optional)
    return one_of("--lang", "language", wanted, known)


def one_of(option: str, noun: str, value: str, known: Iterable[str]) -> str:
    """``value``, if it is one of ``known``; bad usage with "did you mean" where it isn't."""
    names = list(known)
    if value in names:
        return value
    near = closest(value, names)
    hint = f"did you mean {near!r}?" if near else f"one of: {', '.join(names)}"
    raise typer.BadParameter(f"there is no {noun} {value!r}; {hint}", param_hint=f"'{option}'")


def gather(book: Rulebook, sets: list[str] | None, file: Path | None) -> dict[str, object]:
    """The facts of ``--facts`` and every ``--set``, as text or rows of text; none given twice."""
    facts = {} if file is None else _facts_of(file)
    for each in sets or ():
        name, equals, value = each.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter(
                f"{each!r} is not FACT=VALUE; write --set base=7066.20", param_hint="'--set'"
            )
        name = name.strip()
        if name in facts:
            raise typer.BadParameter(f"the fact {name!r} is given twice", param_hint="'--set'")
        facts[name] = _value(book.contents.dictionary, name, value)
    return facts


def _value(dictionary: Dictionary, name: str, text: str) -> object:
    """A fact's value as given: rows of JSON for records, else the text itself."""
    fact = dictionary.facts.get(name)
    if fact is None or fact.kind != "records":
        return text
    return _json(text, "'--set'", f"{name} holds rows: give a JSON list of objects")


def _json(text: str, option: str, wanted: str) -> Any:
    """JSON whose numbers stay the text they were written as, so that no amount is a float."""
    try:
        return json.loads(
            text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_once
        )
    except (ValueError, RecursionError) as error:
        raise typer.BadParameter(f"{wanted} ({error})", param_hint=option) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, refused where a key stands twice (the last one would win silently)."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        doubled = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {doubled!r} stands twice")
    return found


def _facts_of(file: Path) -> dict[str, object]:
    if file.suffix.lower() in (".yaml", ".yml"):
        found = _yaml(file)
    else:
        try:
            text = file.read_text("utf-8")
        except UnicodeDecodeError:
            raise typer.BadParameter(f"{file} is not UTF-8", param_hint="'--facts'") from None
        found = _json(text, "'--facts'", f"{file} is no JSON")
    if not isinstance(found, dict):
        raise typer.BadParameter(f"{file} holds no mapping of facts", param_hint="'--facts'")
    return found


def _yaml(file: Path) -> object:
    """A YAML file by the same strict reader as a rule book's."""
    from sstibet.reader import read

    document, problems = read(file, str(file))
    if problems or document is None:
        warn_line(render(problems, lambda _: document.lines if document else None))
        raise typer.Exit(2)
    return _plain(document.data)


def _plain(node: object) -> Any:
    """The document without the places that the reader notes in every mapping."""
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items() if key != WHERE}
    return [_plain(each) for each in node] if isinstance(node, list) else node
