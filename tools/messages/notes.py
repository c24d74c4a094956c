"""What a translator is told about a text besides its Chinese and English: where it is met, and
what comes in place of its names."""

from __future__ import annotations

import re

# The first that a key begins with.
FAMILIES = {
    "wrong.": "An answer that cannot be right. Never repeat more of it than stands here.",
    "typed.": "An answer at a form that cannot be right, told to the person. What was typed is "
    "never repeated.",
    "refused": "What was asked for is refused.",
    "operand.": "The name of a value in an explanation.",
    "step.": "A line of an explanation: how an amount or a refusal came about.",
    "table.": "What a table of rules is called, in an explanation or an error.",
    "test.": "Stands between two values that are compared: “age … 60”.",
    "mode.": "How an amount was rounded.",
    "unit.": "What an amount was rounded to.",
    "evidence.": "What a rule rests on.",
    "confidence.": "How sure a rule's evidence is.",
    "payer.": "Who pays a part.",
    "month.": "A month as it is written alone.",
    "column.": "The heading of a column.",
    "title.": "The heading of a table.",
    "walk.": "The command `sstibet walk`, which goes through an item in a terminal.",
    "reconcile.": "The command `sstibet reconcile`, which compares items with the bank's list.",
    "answer.": "What another system answered, on the picture of an item.",
    "legend": "The legend of the picture of an item.",
}

NAMES = {
    "label": "what the field, the line or the page is called",
    "given": "what was given, as it was written",
    "hint": "how to mend it (English)",
    "reason": "why (English)",
    "rule": "file and line of the rule",
    "amount": "an amount",
    "due": "what the person pays",
    "total": "what all pay together",
    "government": "what the government pays",
    "count": "a number",
    "day": "a day",
    "on": "a day",
    "month": "a month",
    "months": "a number of months",
    "time": "a day and time, or a length of time",
    "scheme": "what a scheme of insurance is called",
    "near": "the nearest name that there is",
    "table": "a table of rules (see table.…)",
    "name": "what a value, a fact or a person is called",
    "ref": "the number of an item",
    "why": "a reason, as a sentence",
    "state": "what a state of an item is called",
    "evidence": "a kind of evidence (see evidence.…)",
    "kind": "a kind of evidence (see evidence.…)",
    "test": "a comparison (see test.…)",
    "mode": "a kind of rounding (see mode.…)",
    "unit": "what it was rounded to (see unit.…)",
}


def notes(key: str, text: str, of_all: str = "") -> list[str]:
    """What to tell about a text, by its key and its template; ``of_all`` where its catalogue has
    one note for all."""
    found = [note for stem, note in FAMILIES.items() if key.startswith(stem)][:1]
    found = [of_all] if of_all else found
    names = dict.fromkeys(re.findall(r"{(\w+)", text))
    found += [f"{{{name}}}: {NAMES[name]}" for name in names if name in NAMES]
    return found
