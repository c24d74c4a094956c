"""libyaml's refusals in our words: what an author did, rather than what a parser missed.

libyaml gives up at the first thing it cannot read, often lines after the slip, and says for
instance "could not find expected ':'". From its words and the text around, `explained` makes the
faults an author can mend: a full-width character that YAML tripped over, a cut-off file, or a
`syntax` fault with a hint.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sstibet.misreadings import (
    SECOND_DOCUMENT,
    Fault,
    Tab,
    directive_words,
    full_width_near,
    full_width_words,
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Where libyaml gave up: its words, the index, and what it was in the middle of since when."""

    problem: str
    at: int
    context: str
    since: int


def explained(text: str, refusal: Refusal, tabs: list[Tab]) -> list[Fault]:
    """What libyaml's refusal means: a culprit on the lines around it, or our words for it."""
    last = text.count("\n", 0, min(refusal.at, len(text)))
    since = text.count("\n", 0, refusal.since)
    first = max(0, last - 1)
    if refusal.context.startswith("while scanning a") or "flow" in refusal.context:
        first = max(last - 50, min(first, since))
    if any(
        tab.kind == "indent" and first <= text.count("\n", 0, tab.start) <= last for tab in tabs
    ):
        return []  # the tab is told already, and what a space in its place does is no fault
    culprits = full_width_near(text, first, last, since)
    if culprits:
        return [Fault(at, at + 1, *full_width_words(text[at])) for at in culprits]
    return [_in_words(text, refusal)]


def _in_words(text: str, refusal: Refusal) -> Fault:
    """One fault for the refusal, with the code that fits."""
    at, since = refusal.at, refusal.since
    for code in ("directive", "anchor", "alias", "tag"):
        if refusal.context.endswith((f" a {code}", f" an {code}", f" a %{code.upper()} directive")):
            return _not_read(text, code, since)
    if refusal.problem == "found undefined tag handle":
        return _not_read(text, "tag", at)
    message, hint = _our_words(refusal.problem)
    if text[at : at + 1] == ":" and refusal.problem in _NO_KEY:
        return Fault(at, at + 1, "key_not_text", "an empty key", "write a name before the ':'")
    if refusal.problem == _NO_DOCUMENT and re.search(r"^\.\.\.\s", text[:at], re.M):
        return Fault(at, at + 1, *SECOND_DOCUMENT)
    if at >= len(text.rstrip()):
        return _cut_off(text, refusal, message, hint)
    if refusal.problem == "could not find expected ':'":
        at = since
    line = text.count("\n", 0, since) + 1
    if message in _BRACKETS and line < text.count("\n", 0, at) + 1:
        hint += f"; it began on line {line}"
    whole = at == since and text[at] != ":"
    end = at + len(text[at:].split("\n", 1)[0].rstrip()) if whole else at + 1
    return Fault(at, end, "syntax", message, hint)


def _not_read(text: str, code: str, at: int) -> Fault:
    """An anchor, alias, tag or directive that libyaml itself refuses."""
    token = text[at:].split(None, 1)[0]
    if code == "directive":
        return Fault(at, at + len(token), code, *directive_words(token))
    message = f"{code}s ('{token}') are not read".replace("aliass", "aliases")
    hint = f"remove '{token}', or put the text in quotes"
    return Fault(at, at + len(token), code, message, hint)


def _cut_off(text: str, refusal: Refusal, message: str, hint: str) -> Fault:
    """libyaml came to the end of the file in the middle of something."""
    opened = text[refusal.since : refusal.since + 1]
    more = "if the rest is missing, get the whole file again"
    if opened in ("[", "{", '"', "'"):
        message = f"the file ends before this {opened} is closed"
        return Fault(refusal.since, refusal.since + 1, "cut_off", message, f"close it; {more}")
    at = min(refusal.since, max(0, len(text.rstrip()) - 1))
    end = at + len(text[at:].split("\n", 1)[0].rstrip())
    if text.endswith("\n"):
        return Fault(at, end, "syntax", message, hint)
    message = "the file ends in the middle of something"
    return Fault(at, end, "cut_off", message, f"finish the line; {more}")


_NO_KEY = ("did not find expected key", "did not find expected node content")
_BRACKETS = ("a list in [ ] goes wrong here", "a mapping in { } goes wrong here")
_NO_DOCUMENT = "did not find expected <document start>"
# libyaml's words, and ours: what is wrong, how to mend it.
_WORDS = {
    "could not find expected ':'": (
        "this line is neither 'key: value' nor a list item",
        "write ': ' (colon and space) after the key, or indent the line if it continues a text",
    ),
    "mapping values are not allowed in this context": (
        "a ':' where no key can stand",
        "check the indentation; a text that holds ': ' goes in quotes",
    ),
    "block sequence entries are not allowed in this context": (
        "a '- ' where no list can begin",
        "begin the list on its own line under the key",
    ),
    "found character that cannot start any token": (
        "a value cannot begin with this character",
        "put the whole value in quotes",
    ),
    "found unexpected end of stream": (
        "the file ends before this quote is closed",
        "close the quote; if the rest is missing, get the whole file again",
    ),
    "found unexpected document indicator": (
        "a line '---' or '...' inside quotes",
        "close the quote before it",
    ),
    "found unknown escape character": (
        "'\\' and this character mean nothing between double quotes",
        "write '\\\\' for a backslash, or use single quotes",
    ),
    "did not find expected '-' indicator": (
        "a list goes on here without '- '",
        "begin the line with '- ', or mend its indentation",
    ),
    "did not find expected key": (
        "a key was expected here",
        "line it up with the keys above; a value with quotes ends at the closing quote",
    ),
    "did not find expected ',' or ']'": (
        _BRACKETS[0],
        "separate its entries with ', ' and close it with ']'",
    ),
    "did not find expected ',' or '}'": (
        _BRACKETS[1],
        "separate its pairs with ', ' and close it with '}'",
    ),
    "did not find expected node content": (
        "a value was expected here",
        "write the value, or put it in quotes if it begins with this character",
    ),
    _NO_DOCUMENT: (
        "this does not belong to what stands above",
        "check the indentation; one file holds one mapping",
    ),
    "found an indentation indicator equal to 0": ("'|0' is not an indentation", "write '|'"),
}


def _our_words(problem: str) -> tuple[str, str]:
    """Message and hint for what libyaml calls `problem`."""
    known = _WORDS.get(problem)
    return known if known else (f"this is not YAML: {problem}", "")
