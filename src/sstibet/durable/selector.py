"""The hardened selector: durable-rules asked for one decision at a time, and nothing kept.

What was measured of the library bare, and how it is kept out here (``docs/second-opinion.md``):
one session only, so none is mixed up with another and there are never too many; a rule fires in it
before it is let go; it is let go after every decision; every rule has one pattern, so nothing waits
to fire later; no thread of the library's own runs; and what is told has been checked before.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sstibet.durable.export import (
    FAILS,
    HOLDS,
    OTHERWISE,
    TOUCH,
    Exported,
    Rule,
)
from sstibet.durable.inputs import TEXT, WHOLE, Told
from sstibet.durable.missing import engine
from sstibet.known import Known

_SESSION = "only"
_FURTHEST = 2**62  # whole numbers this far from 0 are compared exactly; ours never come near
_LONGEST = 64


class Unfit(TypeError):
    """What should be told to the other engine is of a wrong type or size; it was not told."""


class TooMuch(ValueError):
    """A machine's conditions have more branches than durable-rules can hold."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the other engine says: ``way`` (a number among the ways of the event), ``missing``
    (facts are missing), ``two`` ways hold, or there is ``no_way``. ``odd``: a way holds and doesn't
    hold, or a rule of another event fired; that is no opinion, and so a disagreement."""

    outcome: str
    way: int | None = None


class Selector:
    """Asks durable-rules about one machine.

    Raises:
        DurableMissing: durable-rules isn't installed, or can't be.
        TooMuch: the machine's conditions can't be held by it.

    >>> Selector(export(machine, dictionary)).choose("asking", "submit", known)  # doctest: +SKIP
    Chosen(outcome='way', way=0)
    """

    def __init__(self, exported: Exported) -> None:
        library = engine()
        self._exported, self._fields = exported, exported.fields
        self._rules = dict[tuple[object, object], list[Rule]]()
        for rule in exported.rules:
            self._rules.setdefault((rule.state, rule.event), []).append(rule)
        self._lock, self._fired = threading.Lock(), list[str]()
        self._not_handled: type[Exception] = library.MessageNotHandledException
        definition = exported.ruleset()
        for name, rule in definition.items():
            rule["run"] = self._firing(name)
        try:
            # No host: that one would start threads which fire things by themselves.
            self._ruleset = library.Ruleset(exported.name, None, definition)
        except Exception as error:  # the library's own kind is not given out by it
            message = f"the conditions of {exported.name} are too much for durable-rules: {error}"
            raise TooMuch(message) from error

    def choose(self, state: str, event: str, known: Known) -> Chosen:
        """What it says of an event. Raises Unfit."""
        inputs = self._exported.inputs.get((state, event))
        if inputs is None:
            raise Unfit(f"{self._exported.name} has no {event!r} in {state!r}")
        told: Told = {"kind": "ask", "one": 1, "state": state, "event": event}
        for each in inputs:
            told |= each.find(known)
        return self.ask(told)

    def ask(self, told: Mapping[str, object]) -> Chosen:
        """What it says of a message, told as it is. Raises Unfit."""
        message = self._fit(told)
        with self._lock:
            self._tell({"kind": TOUCH, "one": 0, "state": "", "event": ""}, "1")
            if self._fired != [TOUCH]:
                raise RuntimeError("the other engine's session did not open")
            try:
                fired = self._tell(message, "2")
            finally:
                self._ruleset.delete_state(_SESSION)
        # A rule with an "or" fires once for each side that holds: it is one rule all the same.
        names, asked = set(fired), (message["state"], message["event"])
        if not names <= {rule.name for rule in self._rules.get(asked, ())}:
            return Chosen("odd")
        return _chosen(self._rules.get(asked, ()), names)

    def _tell(self, message: Told, number: str) -> list[str]:
        """The rules that one message fires; ``number`` is its own in the session."""
        failed = list[object]()
        self._fired.clear()
        try:
            handle = self._ruleset.assert_fact({**message, "sid": _SESSION, "id": number})
        except self._not_handled:
            return []
        self._ruleset.do_actions(handle, lambda error, state: failed.append(error))
        if any(error is not None for error in failed):
            raise RuntimeError(f"the other engine broke: {failed}")
        return list(self._fired)

    def _firing(self, name: str) -> Any:
        def fire(closure: Any) -> None:
            self._fired.append(name)

        return fire

    def _fit(self, told: Mapping[str, object]) -> Told:
        """The message with every field of its own type and size, and no other."""
        message = Told()
        for name, value in told.items():
            type_ = self._fields.get(name)
            if (type_ == WHOLE and type(value) is int and -_FURTHEST < value < _FURTHEST) or (
                type_ == TEXT and type(value) is str and _plain(value)
            ):
                message[name] = value
            else:
                raise Unfit(f"{name!r} is no field of {self._exported.name}, or not as it must be")
        return message


def _plain(text: str) -> bool:
    """Short ASCII that no JSON has to escape."""
    clean = text.isascii() and text.isprintable() and '"' not in text and "\\" not in text
    return clean and len(text) <= _LONGEST


def _chosen(rules: Sequence[Rule], fired: Collection[str]) -> Chosen:
    """What the rules of an event say together, those that fired and those that didn't."""
    holds, open_, otherwise = list[int](), False, list[int]()
    for way, of_way in groupby(rules, key=lambda rule: rule.way):
        said = {rule.says for rule in of_way if rule.name in fired}
        if said == {OTHERWISE}:
            otherwise.append(way)
        elif said == {HOLDS}:
            holds.append(way)
        elif said == {HOLDS, FAILS}:
            return Chosen("odd")
        open_ = open_ or not said
    if open_:
        return Chosen("missing")
    if holds:
        return Chosen("way", holds[0]) if len(holds) == 1 else Chosen("two")
    return Chosen("way", otherwise[0]) if otherwise else Chosen("no_way")
