"""What is drawn of an item: its states and moves in the reader's language, from labels alone."""

from __future__ import annotations

from dataclasses import dataclass

from sstibet.contents import Contents
from sstibet.drawing.words import answer_word, language_of, word
from sstibet.items.documents import (
    DEADLINE,
    FAILED,
    LOST,
    SECONDS,
    Deadline,
    ItemRules,
    On,
    State,
    Way,
)
from sstibet.text import UnknownName
from sstibet.texts import DEFAULT_LANGUAGE


@dataclass(frozen=True, slots=True)
class DrawnState:
    """A state: its name and label, the form it shows, how long it lasts, how it ends."""

    name: str
    label: str
    form: str | None = None
    deadline: str | None = None
    ends: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One way of one event. ``target`` is None where the event is ``refused``; ``minor`` moves (a
    deadline, a port that failed) are drawn lightly. ``says`` is the event in words; of an answer
    the answer alone, and ``of`` what it answers."""

    source: str
    target: str | None
    event: str
    says: str
    of: str | None = None
    conditions: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    refused: str | None = None
    minor: bool = False
    steps: tuple[str, ...] = ()

    @property
    def stays(self) -> bool:
        """Whether it leads nowhere else."""
        return self.target is None or self.target == self.source


@dataclass(frozen=True, slots=True)
class Picture:
    """An item's machine as it is drawn; ``begins`` are the effects that it begins with."""

    item: str
    label: str
    language: str
    initial: str
    begins: tuple[str, ...]
    states: tuple[DrawnState, ...]
    moves: tuple[Move, ...]


def picture(contents: Contents, item: str, language: str = DEFAULT_LANGUAGE) -> Picture:
    """An item's picture. UnknownName where the book has no such item; a language that the library
    has no words for is drawn in Chinese."""
    if item not in contents.items:
        raise UnknownName("item", item, contents.items)
    rules = contents.items[item]
    words = _Words(contents, rules, language_of(language))
    return Picture(
        item,
        rules.label.text(words.language),
        words.language,
        rules.initial,
        words.effects(rules.begins_with, None),
        tuple(words.state(name, state) for name, state in rules.states.items()),
        tuple(
            words.move(source, event, on, way)
            for source, state in rules.states.items()
            for event, on in state.on.items()
            for way in on.all_ways
        ),
    )


class _Words:
    """An item's names in a reader's words."""

    def __init__(self, contents: Contents, rules: ItemRules, language: str) -> None:
        self.contents, self.rules, self.language = contents, rules, language

    def state(self, name: str, state: State) -> DrawnState:
        form = self.contents.forms.get(state.form or "")
        return DrawnState(
            name,
            state.label.text(self.language),
            form.label.text(self.language) if form is not None else state.form,
            self.time(state.deadline) if state.deadline is not None else None,
            state.ends,
        )

    def time(self, deadline: Deadline) -> str:
        unit = next(each for each in SECONDS if getattr(deadline, each) is not None)
        return word(f"{unit}", self.language, count=getattr(deadline, unit))

    def move(self, source: str, event: str, on: On, way: Way) -> Move:
        refused = self.rules.refusals.get(way.refuse or "")
        says, of = self.event(source, event)
        return Move(
            source,
            way.to,
            event,
            says,
            of,
            self.conditions(on, way),
            self.effects(way.effects, way.call),
            refused.text(self.language) if refused is not None else way.refuse,
            event == DEADLINE or event.partition(".")[2] in (FAILED, LOST),
            way.steps,
        )

    def event(self, source: str, event: str) -> tuple[str, str | None]:
        """An event in words: the button's, or the time that is over; or the answer, and what it
        answers."""
        named, _, answer = event.partition(".")
        if event == DEADLINE:
            deadline = self.rules.states[source].deadline
            time = self.time(deadline) if deadline is not None else ""
            return word("after", self.language, time=time), None
        if not answer:
            pressed = self.rules.events.get(event)
            return pressed.label.text(self.language) if pressed is not None else event, None
        if named in self.rules.calls:
            return self._end(named, answer), self.call(named)
        return self._answer(named, answer), self.effect(named)

    def _end(self, call: str, end: str) -> str:
        called = self.contents.items.get(self.rules.calls[call].item)
        state = called.states.get(end) if called is not None else None
        return state.label.text(self.language) if state is not None else end

    def _answer(self, effect: str, answer: str) -> str:
        """An answer by its label in ``ports.yaml``; a common one by the library's word for it."""
        port, _, verb = self.rules.effects[effect].do.partition(".")
        asked = self.contents.ports[port].verbs[verb].answers.get(answer)
        if asked is not None and asked.label is not None:
            return asked.label.text(self.language)
        return answer_word(answer, self.language)

    def conditions(self, on: On, way: Way) -> tuple[str, ...]:
        names = self.rules.conditions
        when = [names[each].label.text(self.language) for each in way.when]
        unless = [
            word("not", self.language, what=names[each].label.text(self.language))
            for each in way.unless
        ]
        if not when and not unless and len(on.all_ways) > 1:
            return (word("otherwise", self.language),)
        return (*when, *unless)

    def effects(self, names: tuple[str, ...], call: str | None) -> tuple[str, ...]:
        found = [self.effect(each) for each in names]
        return tuple(found) if call is None else (*found, self.call(call))

    def effect(self, name: str) -> str:
        """An effect by the label of its verb."""
        port, _, verb = self.rules.effects[name].do.partition(".")
        return self.contents.ports[port].verbs[verb].label.text(self.language)

    def call(self, name: str) -> str:
        """A call by the label of the item called."""
        called = self.contents.items.get(self.rules.calls[name].item)
        return called.label.text(self.language) if called is not None else name
