"""``export-durable``: an item's machine as a ruleset of durable-rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from sstibet.cli.options import Book, open_book
from sstibet.cli.terminal import say_line
from sstibet.text import UnknownName


def export_durable(
    item: Annotated[str, typer.Argument(metavar="ITEM", help="An item, such as payment.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write it there.")
    ] = None,
    book: Book = None,
) -> None:
    """An item's machine as a ruleset of durable-rules, in JSON; that needn't be installed.

    Exit status: 0 printed, 2 there is no such item.
    """
    from sstibet.deciding import decider
    from sstibet.durable import export

    rules = open_book(book)
    if item not in rules.contents.items:
        raise UnknownName("item", item, rules.contents.items)
    machine = decider(rules.contents, rules.digest).machines[item]
    exported = export(machine, rules.contents.dictionary)
    text = json.dumps(exported.data(), ensure_ascii=False, indent=1)
    if out is None:
        say_line(text)
    else:
        out.write_text(text + "\n", "utf-8")
