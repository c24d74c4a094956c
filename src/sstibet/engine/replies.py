"""What a port answers, held against what ``ports.yaml`` lists, what it was told, what is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sstibet.deciding import BookFault
from sstibet.engine.ports import Reply
from sstibet.items.documents import FAILED, LOST, Effect, Verb, VerbAnswer
from sstibet.items.value import Item
from sstibet.stores.records import Outgoing

Typed = Callable[[str, Any], Any]  # a fact's value as its own type; ValueError where it can't be


class Unconfirmed(BookFault):
    """An answer about something else than what was asked for, such as another amount: whatever was
    done, it isn't what the item goes on from."""


def replied(row: Outgoing, answer: object) -> Reply:
    """An answer that is one. BookFault where it is anything else."""
    if not isinstance(answer, Reply):
        raise BookFault(f"{row.to} answered with no Reply ({type(answer).__name__})")
    return answer


def checked(
    row: Outgoing, effect: Effect, verb: Verb, answer: Reply, item: Item, typed: Typed
) -> VerbAnswer | None:
    """The answer that a port gave, as ports.yaml lists it; None for ``failed`` and ``lost``.

    BookFault where it isn't listed or lacks a fact. Unconfirmed where it doesn't confirm what the
    verb was told or, where it wasn't told that, what the item knows.
    """
    found = verb.answers.get(replied(row, answer).answer)
    if found is None:
        if answer.answer == FAILED or (answer.answer == LOST and row.secret):
            return None
        raise BookFault(f"{row.to} answered {_word(answer)}, which ports.yaml doesn't list")
    lacking = [name for name in found.gives if answer.facts.get(name) is None]
    if lacking:
        raise BookFault(f"{row.to} answered {answer.answer!r} without {', '.join(lacking)}")
    for name in found.confirms:
        ours = row.told.get(name)
        if ours is None:
            ours = item.answers.get(effect.with_.get(name, name))
        if not same(name, answer.facts.get(name), ours, typed):
            # Ours is on the row or in the item, and what was answered may be anything at all.
            raise Unconfirmed(f"{row.key}: {row.to} answered about another {name} than was asked")
    return found


def _word(answer: Reply) -> str:
    """A word that isn't in the list, as a message may hold it: a port that is broken enough says
    what it was told in place of an answer."""
    word: object = answer.answer
    plain = isinstance(word, str) and word.isascii() and word.replace("_", "").isalpha()
    return repr(word) if plain and len(str(word)) <= 40 else "something else"


def same(name: str, given: Any, ours: Any, typed: Typed) -> bool:
    """Whether a fact that an answer confirms is ours."""
    try:
        return None not in (given, ours) and bool(typed(name, given) == typed(name, ours))
    except ValueError:  # it can't be read as what it should be
        return False
