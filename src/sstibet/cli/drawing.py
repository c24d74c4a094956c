"""``draw``: an item's machine as Mermaid or SVG, or all of them into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sstibet.cli.options import Book, Lang, language_of, one_of, open_book
from sstibet.cli.terminal import say_line, word
from sstibet.rulebook import Rulebook
from sstibet.text import UnknownName

FORMATS = ("mermaid", "svg")
_ENDINGS = {".svg": "svg", ".mmd": "mermaid", ".mermaid": "mermaid", ".md": "mermaid"}
_SUFFIX = {"mermaid": "mmd", "svg": "svg"}


def draw(
    item: Annotated[
        str | None, typer.Argument(metavar="ITEM", help="An item, such as payment.")
    ] = None,
    as_: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="FORMAT", help="mermaid or svg; by --out's ending if left out."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write it there.")
    ] = None,
    all_: Annotated[
        Path | None,
        typer.Option("--all", metavar="DIR", help="Draw every item, in every language, into DIR."),
    ] = None,
    lang: Lang = None,
    book: Book = None,
) -> None:
    """An item's states and ways on, as Mermaid text or an SVG that stands alone.

    Exit status: 0 drawn, 2 there is no such item.
    """
    rules = open_book(book)
    if all_ is not None:
        if item is not None or out is not None or as_ is not None:
            raise typer.BadParameter("--all draws every item, both ways, into its folder")
        _draw_all(rules, all_, language_of(rules, lang))
        return
    if item is None:
        raise typer.BadParameter(f"name an item: {', '.join(rules.contents.items)}")
    if item not in rules.contents.items:
        raise UnknownName("item", item, rules.contents.items)
    text = drawing(rules, item, _format(as_, out), language_of(rules, lang))
    if out is None:
        say_line(text.rstrip("\n"))
    else:
        out.write_text(text, "utf-8")


def drawing(book: Rulebook, item: str, format_: str, language: str) -> str:
    """An item in one of the `FORMATS`."""
    from sstibet.drawing import mermaid, svg

    return {"mermaid": mermaid, "svg": svg}[format_](book, item, language)


def _format(wanted: str | None, out: Path | None) -> str:
    if wanted is not None:
        return one_of("--as", "format", wanted, FORMATS)
    if out is None:
        return "mermaid"
    return _ENDINGS[one_of("--out", "ending", out.suffix.lower(), _ENDINGS)]


def _draw_all(book: Rulebook, folder: Path, language: str) -> None:
    """Every item in every language that labels must have, and a page that lists them."""
    folder.mkdir(parents=True, exist_ok=True)
    languages = book.contents.info.languages.required
    for item in book.contents.items:
        for each in languages:
            for format_ in FORMATS:
                place = folder / f"{item}.{each}.{_SUFFIX[format_]}"
                place.write_text(drawing(book, item, format_, each), "utf-8")
    (folder / "README.md").write_text(_index(book, language, languages), "utf-8")
    drawn = len(book.contents.items) * len(languages) * len(FORMATS)
    say_line(word("drawn", language, files=drawn, folder=folder))


def _index(book: Rulebook, language: str, languages: tuple[str, ...]) -> str:
    lines = [f"# {word('drawn.index', language)}", ""]
    for item, rules in book.contents.items.items():
        lines.append(
            f"- {rules.label.text(language)} (`{item}`): "
            + ", ".join(
                f"[{each} {suffix}]({item}.{each}.{suffix})"
                for each in languages
                for suffix in _SUFFIX.values()
            )
        )
    return "\n".join(lines) + "\n"
