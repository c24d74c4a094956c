"""``reconcile``: what is charged and booked, compared with a desk's items, and settled."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sstibet.cli.desks import BureauFile, Desk, SettingsFile, engine_at, settings_in
from sstibet.cli.options import Book, Lang, day_of, language_of, open_book
from sstibet.cli.terminal import say_json, say_line, warn_line, word

if TYPE_CHECKING:
    from sstibet.engine.reconciling import Finding, Reconciled

Since = Annotated[
    date | None,
    typer.Option(
        "--since",
        parser=day_of,
        metavar="DAY",
        help="The first day of the statements; that of the oldest item if left out.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


def reconcile(
    desk: Desk,
    since: Since = None,
    json: Json = False,
    lang: Lang = None,
    bureau: BureauFile = None,
    settings: SettingsFile = None,
    book: Book = None,
) -> None:
    """Find what is charged and not booked in, settle it, and tell what a person must look at.

    It may be run at any time, twice, or by two at once. A desk with ports of its own is reconciled
    in its program, by desk.reconcile().

    Exit status: 0 all agrees, or is settled or under way; 1 something needs a person; 2 the desk or
    a statement can't be had.
    """
    from sstibet.engine.errors import PortMissing
    from sstibet.engine.ports import Unavailable
    from sstibet.stores.opening import is_server

    if is_server(desk) and bureau is None:
        message = "a desk on a server has the embedded bureau in a file of its own, which --bureau"
        raise typer.BadParameter(f"{message} names; else use desk.reconcile()", param_hint="DESK")
    rules, wanted = open_book(book), settings_in(settings)
    engine = engine_at(desk, wanted, book=rules, bureau=bureau)
    try:
        found = engine.reconcile(since)
    except (Unavailable, PortMissing) as error:
        warn_line(f"Error: a statement can't be had: {error}")
        raise typer.Exit(2) from None
    finally:
        engine.close()
    if json:
        say_json(_as_json(found))
    else:
        _say(found, language_of(rules, lang))
    if not found.agrees:
        raise typer.Exit(1)


def _as_json(found: Reconciled) -> dict[str, Any]:
    return {
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "items": found.items,
        "rows": dict(found.rows),
        "findings": [
            {"kind": each.kind, "code": each.code, "of": each.of, "by": each.by, "ref": each.ref,
             "told": dict(each.told)}
            for each in found.findings
        ],
    }  # fmt: skip


def _say(found: Reconciled, language: str) -> None:
    rows = [
        word("reconcile.rows", language, of=of, count=count) for of, count in found.rows.items()
    ]
    told = {"since": found.since, "until": found.until, "items": found.items}
    say_line(word("reconcile.compared", language, **told, rows=", ".join(rows)))
    for each in found.findings:
        say_line(_line(each, language))
    if not found.findings:
        say_line(word("reconcile.nothing", language))


def _line(each: Finding, language: str) -> str:
    code, _, column = each.code.partition("_") if each.code.startswith("differs") else (
        each.code, "", "")  # fmt: skip
    why = word(f"reconcile.{code}", language, column=column)
    told = " ".join(f"{name}={value}" for name, value in each.told)
    kind = word(f"reconcile.{each.kind}", language)
    return f"{kind}: {each.of} {each.by}: {why}" + (f" ({told})" if told else "")
