"""An item as Mermaid (``stateDiagram-v2``), for pages that draw it themselves.

>>> text = mermaid(sstibet.load(), "enrolment_query", "en")         # doctest: +SKIP
"""

from __future__ import annotations

from sstibet.drawing.picture import DrawnState, Move, Picture, picture
from sstibet.drawing.words import word
from sstibet.rulebook import Rulebook
from sstibet.texts import DEFAULT_LANGUAGE

# What Mermaid's own grammar would take for an end of the text.
_INSTEAD = str.maketrans({":": "：", ";": "；", '"': "”", "\n": " ", "#": "＃", "{": "(", "}": ")"})
_RESERVED = frozenset(
    "as class classdef click default direction end fork hide join note scale state style".split()  # noqa: SIM905 - a list of words reads better
)
_COLOURS = {
    "well": "fill:#e6f4ea,stroke:#1e7e34,color:#14532d",
    "badly": "fill:#fdecea,stroke:#b3261e,color:#7f1d1d",
}


def mermaid(book: Rulebook, item: str, language: str = DEFAULT_LANGUAGE) -> str:
    """An item's machine as Mermaid text: every state, and every way of every event.

    Args:
        book: the rule book.
        item: the item's id, such as ``"payment"``.
        language: of the labels; Chinese where the library has no words in it.

    Raises:
        UnknownName: the book has no such item.
    """
    drawn = picture(book.contents, item, language)
    return "\n".join(_lines(drawn)) + "\n"


def _lines(drawn: Picture) -> list[str]:
    begins = " / ".join(drawn.begins)
    lines = [
        "---",
        f"title: {_quoted(drawn.label)}",
        "---",
        "stateDiagram-v2",
        "    direction TB",
        *(f"    classDef {name} {colours}" for name, colours in _COLOURS.items()),
        *(f"    {_state(each, drawn.language)}" for each in drawn.states),
        f"    [*] --> {_id(drawn.initial)}" + (f" : {_plain(begins)}" if begins else ""),
        *(f"    {_move(each, drawn.language)}" for each in drawn.moves),
    ]
    for each in drawn.states:
        if each.ends is not None:
            lines.append(f"    {_id(each.name)} --> [*]")
            lines.append(f"    class {_id(each.name)} {each.ends}")
    return lines


def _state(state: DrawnState, language: str) -> str:
    parts = [state.label]
    if state.form is not None:
        parts.append(word("form", language, form=state.form))
    if state.deadline is not None:
        parts.append(word("lasts", language, time=state.deadline))
    if state.ends is not None:
        parts.append(word(f"ends.{state.ends}", language))
    return f'state "{"<br/>".join(_plain(each) for each in parts)}" as {_id(state.name)}'


def _move(move: Move, language: str) -> str:
    says = move.says
    if move.of is not None:
        says = word("answered", language, what=move.of, answer=says)
    parts = [says, *(f"[{each}]" for each in move.conditions)]
    if move.refused is not None:
        parts.append(word("refused", language, why=move.refused))
    if move.effects:
        parts.append(f"/ {word('and', language).join(move.effects)}")
    target = _id(move.source if move.target is None else move.target)
    return f"{_id(move.source)} --> {target} : {_plain(' '.join(parts))}"


def _plain(text: str) -> str:
    return text.translate(_INSTEAD)


def _quoted(text: str) -> str:
    """A text as YAML has it in single quotes."""
    return "'" + text.replace("'", "''").replace("\n", " ") + "'"


def _id(name: str) -> str:
    return f"{name}_" if name in _RESERVED else name
