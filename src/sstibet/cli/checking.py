"""``check``, ``explain-code`` and ``schema``: for whoever writes a rule book."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from sstibet.cli import inflight
from sstibet.cli.options import one_of
from sstibet.cli.terminal import say_json, say_line, warn_line, word
from sstibet.files import Files, find_rules
from sstibet.frames import FORMATS, render, source_in
from sstibet.problems import Problem, all_codes
from sstibet.problems import explain_code as text_of
from sstibet.rulebook import check as check_book

# kind of evidence -> the code of the problem that it is under --strict
WEAK = {"synthetic": "synthetic_evidence", "memory": "memory_evidence"}
_EVIDENCE_KEYS = frozenset({"doc", "kind", "confidence", "jurisdiction"})


def check(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="The book's folder; the shipped rules.")
    ] = None,
    format_: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help=" | ".join(FORMATS))
    ] = "full",
    strict: Annotated[
        bool, typer.Option("--strict", help="Synthetic and remembered evidence is a problem too.")
    ] = False,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="STORE",
            help="A desk's store: what is under way there goes on, its histories are replayed.",
        ),
    ] = None,
    as_new: Annotated[
        bool,
        typer.Option("--as-new", help="Replay by this book's prices too, as if opened today."),
    ] = False,
) -> None:
    """Every problem of a rule book, each with its file, line and column.

    With --against also of what a store holds, which is only read: every item under way can be gone
    on with, and every recorded history comes out as it did, each under the edition that its item
    was opened under.

    Exit status: 0 the book is sound, 1 it has problems, 2 it can't be checked.
    """
    chosen: Any = one_of("--format", "format", format_, FORMATS)
    try:
        root = find_rules(folder)
    except FileNotFoundError as error:
        raise typer.BadParameter(str(error), param_hint="'[DIR]'") from None
    problems = check_book(root)
    if strict:
        problems = sorted([*problems, *weak_evidence(root)])
    report = None
    if against is not None and all(each.code in WEAK.values() for each in problems):
        report = inflight.against(root, against, as_new)
        problems = sorted([*problems, *report.problems])
    elif against is not None:
        warn_line(f"{against} is looked at once the book is sound")
    if chosen == "github":
        # GitHub marks files by their path in the repository, not in the book.
        problems = [replace(each, file=(root / each.file).as_posix()) for each in problems]
    if problems or chosen == "json":
        say_line(render(problems, source_in(root), chosen))
    elif chosen == "full":
        _say_sound(root)
    if report is not None and chosen == "full":
        inflight.say_report(report)
    if problems:
        raise typer.Exit(1)


def explain_code(
    code: Annotated[
        str, typer.Argument(metavar="CODE", help="A problem's code, such as doubled_key.")
    ],
) -> None:
    """What a problem's code means: its cause, its cure, and an example."""
    text = text_of(one_of("CODE", "code", code, all_codes()))
    say_line(f"{text.code}: {text.title}\n\nCause: {text.cause}\n\nCure: {text.cure}")
    if text.example:
        say_line(f"\n{text.example}")


def schema(
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="A kind of file, such as rates; or all.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write KIND.schema.json there.")
    ] = None,
) -> None:
    """The JSON Schema of a kind of file, for editors.

    In a rule book: ``# yaml-language-server: $schema=…/rates.schema.json``.
    """
    from sstibet.documents import json_schema
    from sstibet.loading import TYPES

    kinds = list(TYPES) if kind == "all" else [one_of("KIND", "kind", kind, [*TYPES, "all"])]
    if out is None:
        found = {each: json_schema(TYPES[each]) for each in kinds}
        say_json(found if kind == "all" else found[kind])
        return
    out.mkdir(parents=True, exist_ok=True)
    for each in kinds:
        file = out / f"{each}.schema.json"
        text = json.dumps(json_schema(TYPES[each]), ensure_ascii=False, indent=2)
        file.write_text(f"{text}\n", "utf-8")
        warn_line(str(file))


def weak_evidence(root: Path) -> list[Problem]:
    """Every place where a book's evidence is made up or only remembered."""
    from sstibet.loading import load_documents

    documents = {
        site.document.file: site.document for site in load_documents(Files.of(root)).sites.values()
    }
    problems = list[Problem]()
    for file, document in documents.items():
        for path, evidence in _evidence(document.data, ()):
            kind = evidence["kind"]
            if kind in WEAK:
                spot = document.position((*path, "kind"))
                message = f"this rests on {kind} evidence: {evidence['doc']}"
                hint = "find the document and quote it, or check without --strict"
                problems.append(
                    Problem(file, spot.line, spot.column, WEAK[kind], message, hint, spot.width)
                )
    return problems


def _evidence(node: Any, path: tuple[str | int, ...]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Every mapping of a document that is an evidence, with the path to it."""
    if isinstance(node, dict):
        if node.keys() >= _EVIDENCE_KEYS:
            yield path, node
        for key, value in node.items():
            yield from _evidence(value, (*path, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _evidence(value, (*path, number))


def _say_sound(root: Path) -> None:
    from sstibet.rulebook import load

    book = load(root)
    info = book.contents.info
    say_line(
        word(
            "sound",
            "en",
            book=info.id,
            version=info.version,
            schemes=len(info.schemes),
            items=len(book.contents.items),
            facts=len(book.contents.dictionary.facts),
            files=len(Files.of(root).data),
            digest=book.digest[:12],
        )
    )
