"""Asking one field: text, a secret, one of several options, or rows to tick."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sstibet.cli.terminal import say_table
from sstibet.cli.walking_talk import Talk
from sstibet.forms.shown import in_words

if TYPE_CHECKING:
    from sstibet.forms.parts import BoundColumn, BoundField, BoundRow, BoundRows, Option

_LISTED = 30  # options that are listed at once; of more, those that fit what is typed
QR = "qr_"  # what begins so is shown as a picture that a telephone can scan
_ALL = ("a", "all", "全部")


def show_field(talk: Talk, field: BoundField) -> None:
    """A field that is only shown."""
    label = field.label.text(talk.language)
    if field.rows is not None:
        talk.line(label, "bold")
        show_rows(talk, field.rows, ticks=False)
        return
    text = field.display(talk.language)
    if text:
        talk.line(f"{label}{talk.word('colon')}{text}")
    if text and field.fact.startswith(QR):
        _show_code(talk, text)


def ask_field(talk: Talk, field: BoundField, before: Any) -> Any:
    """What is answered to a field, as a form is sent it; None for nothing. An empty line keeps
    ``before``, which is shown with stars where it is personal."""
    if field.rows is not None:
        return _ask_rows(talk, field, field.rows)
    about = field.help.text(talk.language) if field.help is not None else ""
    if about:
        talk.line(f"  {about}", "dim")
    label = field.label.text(talk.language)
    if not field.required:
        label = talk.word("optional", label=label)
    if field.options is not None:
        return _ask_option(talk, field.fact, label, about, field.options, before)
    hidden = field.kind == "secret"
    shown = "" if before is None else in_words(field.dictionary, field.definition, before)
    prompt = label if not shown else talk.word("keeps", label=label, value=shown)
    typed = talk.ask(prompt, field.fact, about, hidden)
    return before if not typed.strip() else typed


def _ask_option(
    talk: Talk, name: str, label: str, about: str, options: Sequence[Option], before: Any
) -> Any:
    """One of several options, by its number, its code, or its label (or a part of it)."""
    if not options:
        return None
    kept = next((each.text(talk.language) for value, each in options if value == before), "")
    prompt = talk.word("keeps", label=label, value=kept) if kept else label
    shown = list(enumerate(options, 1))
    if len(options) > _LISTED:
        talk.say("many", "dim", count=len(options))
        shown = []
    while True:
        for number, (_, each) in shown:
            talk.line(f"  {number}. {each.text(talk.language)}")
        typed = talk.ask(prompt, name, about).strip()
        if not typed:
            return before if kept else None
        found = _matching(typed, options, talk.language)
        if len(found) == 1:
            return options[found[0]][0]
        shown = [(at + 1, options[at]) for at in found][:_LISTED]
        talk.say("which" if found else "no_option", "red", typed=typed)
        if not found and len(options) <= _LISTED:
            shown = list(enumerate(options, 1))


def _matching(typed: str, options: Sequence[Option], language: str) -> list[int]:
    """The options that fit what was typed, the surest kind of fit only."""
    text = unicodedata.normalize("NFKC", typed).casefold()
    labels = [unicodedata.normalize("NFKC", each.text(language)).casefold() for _, each in options]
    if text.isascii() and text.isdigit() and 1 <= int(text) <= len(options):
        return [int(text) - 1]
    for fits in (
        [at for at, (value, _) in enumerate(options) if str(value).casefold() == text],
        [at for at, label in enumerate(labels) if label == text],
    ):
        if fits:
            return fits
    return [at for at, label in enumerate(labels) if text in label]


def show_rows(talk: Talk, rows: BoundRows, ticks: bool) -> None:
    """Rows as a table; to be ticked with their numbers, and why one can't be."""
    if not rows.rows:
        talk.line(rows.empty.text(talk.language) if rows.empty else talk.word("no_rows"), "dim")
        return
    closed = {row.why_not.text(talk.language) for row in rows.rows if row.why_not} if ticks else ()
    why = len(closed) > 1
    names = ["#"] if ticks else []
    names += [each.label.text(talk.language) for each in rows.shows]
    say_table("", [*names, talk.word("why_not")] if why else names, [
        [
            *([_tick(row, number)] if ticks else []),
            *(rows.cell(row, each, talk.language) for each in rows.shows),
            *([row.why_not.text(talk.language) if row.why_not else ""] if why else []),
        ]
        for number, row in enumerate(rows.rows, 1)
    ])  # fmt: skip
    if len(closed) == 1:
        talk.line(f"× {next(iter(closed))}", "dim")


def _tick(row: BoundRow, number: int) -> str:
    if not row.pickable:
        return f"  {number} ×"
    return f"✓ {number}" if row.picked else f"  {number}"


def _ask_rows(talk: Talk, field: BoundField, rows: BoundRows) -> Any:
    label = field.label.text(talk.language)
    talk.line(label, "bold")
    show_rows(talk, rows, ticks=rows.pick != "all")
    if not rows.pickable:
        talk.ask(talk.word("nothing_to_tick"), field.fact)
        return None
    chosen = list(rows.pickable) if rows.pick == "all" else _ticked(talk, field, rows, label)
    return [
        {"key": row.key, **{each.name: _ask_cell(talk, rows, row, each) for each in rows.asks}}
        for row in chosen
    ] or None


def _ticked(talk: Talk, field: BoundField, rows: BoundRows, label: str) -> list[BoundRow]:
    """The rows whose numbers are typed; an empty line keeps those ticked before."""
    before = [row for row in rows.rows if row.picked]
    about = field.help.text(talk.language) if field.help is not None else talk.word("tick_help")
    prompt = talk.word("tick_one" if rows.pick == "one" else "tick_some", label=label)
    while True:
        typed = unicodedata.normalize("NFKC", talk.ask(prompt, field.fact, about)).strip()
        if not typed:
            return before
        if typed.casefold() in _ALL:
            return list(rows.pickable)
        numbers = _numbers(typed)
        wrong = [each for each in numbers or () if not 1 <= each <= len(rows.rows)]
        if numbers is None or wrong:
            talk.say("no_row", "red", count=len(rows.rows))
            continue
        found = [rows.rows[each - 1] for each in numbers]
        closed = next((row for row in found if not row.pickable), None)
        if closed is None:
            return found
        why = closed.why_not.text(talk.language) if closed.why_not else ""
        talk.say("not_tickable", "red", row=rows.rows.index(closed) + 1, why=why)


def _numbers(typed: str) -> list[int] | None:
    """``1,3 5-7`` as numbers, each once; None where it is something else."""
    found = list[int]()
    for part in typed.replace("、", " ").replace(",", " ").split():
        first, dash, last = part.partition("-")
        if not (first.isdigit() and (last.isdigit() or not dash)) or len(part) > 9:
            return None
        found.extend(range(int(first), min(int(last or first), 1000) + 1))
    return list(dict.fromkeys(found)) or None


def _ask_cell(talk: Talk, rows: BoundRows, row: BoundRow, column: BoundColumn) -> Any:
    """What is asked of a ticked row in a column."""
    what = talk.word("between").join(
        text for each in rows.shows[:2] if (text := rows.cell(row, each, talk.language))
    )
    label = talk.word("of_row", row=what, label=column.label.text(talk.language))
    about = column.help.text(talk.language) if column.help is not None else ""
    before = row.given.get(column.name, row.values.get(column.name))
    if column.options is not None:
        options = row.options.get(column.name, ())
        return _ask_option(talk, column.name, label, about, options, before)
    if about:
        talk.line(f"  {about}", "dim")
    prompt = talk.word("keeps", label=label, value=before) if before is not None else label
    typed = talk.ask(prompt, column.name, about)
    return before if not typed.strip() else typed


def plain_payload(payload: Mapping[str, Any]) -> dict[str, Any]:
    """A payload without what was left empty."""
    return {name: value for name, value in payload.items() if value is not None}


def _show_code(talk: Talk, text: str) -> None:
    """A two-dimensional code in characters."""
    import io

    import segno

    out = io.StringIO()
    segno.make(text, micro=False).terminal(out, compact=True)
    for line in out.getvalue().rstrip("\n").split("\n"):
        talk.line(line)
