"""``translations``: what every language has, and what waits for a translator."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sstibet.cli.options import Book, Lang, language_of, one_of, open_book
from sstibet.cli.terminal import say_line, say_table, word
from sstibet.cli.waiting import Text, as_csv, as_po, texts_of

FORMATS = ("text", "csv", "po")


def translations(
    into: Annotated[
        str | None,
        typer.Argument(metavar="LANGUAGE", help="Show what this language lacks, such as bo."),
    ] = None,
    as_: Annotated[
        str, typer.Option("--as", metavar="FORMAT", help="text, csv or po (for a translator).")
    ] = "text",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write it there.")
    ] = None,
    locale: Annotated[
        list[Path] | None,
        typer.Option(
            "--locale", metavar="DIR", help="More catalogues, such as an app's. Repeatable."
        ),
    ] = None,
    lang: Lang = None,
    book: Book = None,
) -> None:
    """How complete every language is; of one language, each text that it lacks."""
    rules = open_book(book)
    languages = rules.contents.info.languages
    known = (*languages.required, *languages.optional)
    one_of("--as", "format", as_, FORMATS)
    every = texts_of(rules.contents, known, locale or [])
    language = language_of(rules, lang)
    if into is None and as_ == "text":
        _counts(every, known, language)
        return
    into = one_of("LANGUAGE", "language", into or known[-1], known)
    waiting = [each for each in every if not each.has(into)]
    if as_ == "text":
        _list(waiting, language)
        return
    text = as_csv(waiting) if as_ == "csv" else as_po(waiting, into)
    if out is None:
        say_line(text.rstrip("\n"))
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, "utf-8")
    say_line(word("translations.written", language, count=len(waiting), file=out))


def _counts(every: list[Text], languages: tuple[str, ...], language: str) -> None:
    rooms = list(dict.fromkeys(each.room for each in every))
    rows = [
        (room, len(texts), *(sum(each.has(name) for each in texts) for name in languages))
        for room in rooms
        for texts in [[each for each in every if each.room == room]]
    ]
    columns = [word(f"column.{name}", language) for name in ("room", "texts")]
    say_table("", [*columns, *languages], rows)


def _list(waiting: list[Text], language: str) -> None:
    names = ("room", "key", "chinese", "english", "used")
    say_table("", [word(f"column.{name}", language) for name in names], [
        (
            each.room, each.key, each.by_language.get("zh", ""), each.by_language.get("en", ""),
            " ".join(each.used),
        )
        for each in waiting
    ])  # fmt: skip
