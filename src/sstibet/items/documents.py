"""The types of ``items/NAME.yaml``: one state machine for each business item (办税事项).

An item is a graph of states. In a state a person is shown a form, or something is waited for; an
event leads on by the one *way* whose conditions hold. A way may start effects (a verb of a port),
call another item, or refuse with a reason. Only names stand here: of forms, facts, conditions,
works, effects, calls. Nothing is evaluated as text.
"""

from __future__ import annotations

from dataclasses import field, fields
from typing import Annotated

from sstibet.conditions import Condition
from sstibet.documents import (
    Filled,
    Name,
    Named,
    Node,
    OrWord,
    Text,
    Whole,
    YesNo,
    node,
    word,
)
from sstibet.evidence import Evidence
from sstibet.items.works import Work
from sstibet.labels import Label
from sstibet.problems import BadValue
from sstibet.sources import Sources

DEADLINE = "deadline"
FAILED, LOST = "failed", "lost"


def parse_event(text: str) -> str:
    """The name of an event: ``submit``, ``deadline``, or ``effect.answer`` and ``call.end``."""
    parts = text.split(".")
    for part in parts:
        if not part.isascii() or not part.replace("_", "a").isalnum() or part != part.lower():
            raise BadValue("not_an_event", f"{text!r} is no event", "use a-z, 0-9, _ and one dot")
    if len(parts) > 2:
        raise BadValue("not_an_event", f"{text!r} has more than one dot", "write effect.answer")
    return text


def parse_verb(text: str) -> str:
    """A verb of a port: ``registry.find_person``."""
    if parse_event(text).count(".") != 1:
        raise BadValue("not_a_verb", f"{text!r} is no verb", "write port.verb, see ports.yaml")
    return text


EventName = Annotated[str, Text(parse_event, pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)?$")]
VerbName = Annotated[str, Text(parse_verb, pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$")]
Mapped = Annotated[dict[str, Name], Named()]


@node
class Named_(Node):
    """A condition with a name that people can read, for ways, drawings and refusals."""

    label: Label
    holds: Condition


@node
class Effect(Node):
    """What a port is asked to do (``do: registry.find_person``).

    ``with`` says which fact an input of the verb is taken from, and ``as`` which fact an output is
    kept as, where that isn't the fact of the same name.
    """

    do: VerbName
    with_: Mapped = field(default_factory=dict)
    as_: Mapped = field(default_factory=dict)


@node
class Call(Node):
    """Another item that is gone through before this one goes on.

    ``with``: facts of the other item from facts of this one, for what it is ``given``; ``back``:
    facts of this item from facts of the other, taken at the end ``ends`` lists (all good ends
    where it lists none).
    """

    item: Name
    with_: Mapped = field(default_factory=dict)
    back: Mapped = field(default_factory=dict)


@node
class Going(Node):
    """Where an event leads ``to``, or for which named reason it is refused; which effects it starts
    and which item it calls; the ids of the guide's steps that a person takes by it."""

    to: Name | None = None
    refuse: Name | None = None
    effects: tuple[Name, ...] = ()
    call: Name | None = None
    steps: tuple[Filled, ...] = ()


@node
class Way(Going):
    """One way on from an event: taken where all of ``when`` hold and none of ``unless``.

    A refused event changes nothing.
    """

    when: tuple[Name, ...] = ()
    unless: tuple[Name, ...] = ()

    def __post_init__(self) -> None:
        _one_target(self.to, self.refuse)
        if self.refuse is not None and (self.effects or self.call):
            key = "effects" if self.effects else "call"
            message = "a way that refuses changes nothing"
            raise BadValue("way_shape", message, f"drop {key!r}", (key,))


@node
class On(Going):
    """What an event does in a state: works first, then the way that holds.

    One way may be written without ``ways``: ``submit: {to: next}``. ``form`` is the form that the
    event's answers are checked by; ``submit`` takes the state's own.
    """

    form: Name | None = None
    works: tuple[Name, ...] = ()
    ways: tuple[Way, ...] = ()

    def __post_init__(self) -> None:
        alone = self.to is not None or self.refuse is not None or self.effects or self.call
        if self.ways and (alone or self.steps):
            message = "'ways' stand alone: to, refuse, effects, call and steps belong into each way"
            raise BadValue("way_shape", message, "move them into a way", ("ways",))
        if not self.ways:
            _one_target(self.to, self.refuse)

    @property
    def all_ways(self) -> tuple[Way, ...]:
        """The ways, however they are written."""
        if self.ways:
            return self.ways
        alone = {each.name: getattr(self, each.name) for each in fields(Going)}
        return (Way(**alone),)


def _one_target(to: str | None, refuse: str | None) -> None:
    if (to is None) == (refuse is None):
        raise BadValue(
            "way_shape",
            "a way leads 'to' a state or it says 'refuse', one of the two",
            "add 'to: …'" if to is None else "keep one of them",
        )


SECONDS = {"minutes": 60, "hours": 3600, "days": 86400}
_LONGEST = 3653 * SECONDS["days"]


@node
class Deadline(Node):
    """How long a state may last; then the event ``deadline`` comes, late rather than never."""

    minutes: Whole | None = None
    hours: Whole | None = None
    days: Whole | None = None

    def __post_init__(self) -> None:
        given = [unit for unit in SECONDS if getattr(self, unit) is not None]
        if len(given) != 1 or getattr(self, given[0]) < 1:
            hint = "write one of them, such as {minutes: 15}"
            raise BadValue("deadline_shape", "a deadline is some minutes, hours or days", hint)
        if self.seconds > _LONGEST:
            hint = "write one of ten years at most"
            raise BadValue("deadline_shape", "nobody waits so long", hint, (given[0],))

    @property
    def seconds(self) -> int:
        """The time from entering the state, in seconds."""
        return sum((getattr(self, unit) or 0) * each for unit, each in SECONDS.items())


@node
class State(Node):
    """One state: the form it shows, when it ends by itself, and what each event does.

    ``ends`` marks a state in which the item is over, ``well`` or ``badly``; what is still under
    way may come in there all the same (a late callback). ``ignores`` lists what may still come and
    changes nothing here: an effect or call (all of its answers that ``on`` doesn't name), or one
    answer of it.
    """

    label: Label
    form: Name | None = None
    deadline: Deadline | None = None
    ends: Annotated[str, word("well", "badly")] | None = None
    ignores: tuple[EventName, ...] = ()
    on: Annotated[dict[EventName, On], Named()] = field(default_factory=dict)

    @property
    def seconds(self) -> int | None:
        """How long it may last, in seconds; None for ever."""
        return None if self.deadline is None else self.deadline.seconds


@node
class PersonEvent(Node):
    """What a person may do: the label of its button. ``back`` leads back with nothing lost."""

    label: Label


@node
class Never(Node):
    """What must never be: in these states, the condition."""

    label: Label
    in_: tuple[Name, ...]
    holds: Condition


Moved = Annotated[Annotated[dict[str, Name], Named()] | None, OrWord("same")]
Renamed = Annotated[dict[str, Annotated[Name | None, OrWord("none")]], Named()]


@node
class Migration(Node):
    """How an item that is under way gets from version ``from`` of its machine to the next.

    ``states``: every state that version had, and the one it is now; or ``same``. ``pending``:
    effects and calls that go by another name now, or ``none`` where their answer is awaited no
    more. Facts may be renamed (``renames: {old: new}``), dropped, and set, from a ``value`` or from
    a ``fact`` that is known.
    """

    from_: Whole
    states: Moved
    pending: Renamed = field(default_factory=dict)
    renames: Mapped = field(default_factory=dict)
    drops: tuple[Name, ...] = ()
    sets: Sources = field(default_factory=dict)


@node
class Compared(Node):
    """How what a ``statement`` lists, day by day, is compared with items (``sstibet reconcile``).

    One of its ``rows`` is one item's: the column ``by`` has the item's reference, or the value of
    its ``fact``. ``agrees`` says which column must be as which fact. An item in a state of ``in``
    has exactly one row; where a row stands and its item doesn't have it, the item is told by the
    event of ``brings`` that it still waits for. A row whose column ``undone`` is filled was taken
    back, and so says an item in a state of ``undone_in``.
    """

    statement: VerbName
    rows: Name
    by: Name
    fact: Name | None = None
    agrees: Mapped
    in_: tuple[Name, ...]
    brings: tuple[EventName, ...] = ()
    undone: Name | None = None
    undone_in: tuple[Name, ...] = ()


@node
class ItemRules(Node):
    """A business item's machine.

    ``version`` is the machine's own, raised when items in flight could not go on as they are;
    ``migrations`` bring those along that were opened under an earlier one.
    ``open_to``: who may begin it: a ``person`` who is signed in, ``anyone``, or only another item
    (``items``) by a call. ``given`` are the facts that it begins with.
    """

    label: Label
    version: Whole
    migrations: tuple[Migration, ...] = ()
    evidence: Evidence
    open_to: Annotated[str, word("person", "anyone", "items")]
    given: tuple[Name, ...] = ()
    initial: Name
    begins_with: tuple[Name, ...] = ()
    events: Annotated[dict[str, PersonEvent], Named()] = field(default_factory=dict)
    conditions: Annotated[dict[str, Named_], Named()] = field(default_factory=dict)
    refusals: Annotated[dict[str, Label], Named()] = field(default_factory=dict)
    works: Annotated[dict[str, Work], Named()] = field(default_factory=dict)
    effects: Annotated[dict[str, Effect], Named()] = field(default_factory=dict)
    calls: Annotated[dict[str, Call], Named()] = field(default_factory=dict)
    states: Annotated[dict[str, State], Named()]
    never: Annotated[dict[str, Never], Named()] = field(default_factory=dict)
    reconciles: Annotated[dict[str, Compared], Named()] = field(default_factory=dict)

    @property
    def forms(self) -> frozenset[str]:
        """The forms that it shows, of states and of single events."""
        states = self.states.values()
        named = {state.form for state in states} | {o.form for s in states for o in s.on.values()}
        return frozenset(form for form in named if form is not None)


@node
class VerbAnswer(Node):
    """One answer of a port: the facts it brings, and whether more answers follow (``progress``).
    It ``confirms`` what the verb was told or, where it isn't told that, what the item knows: an
    answer that doesn't say exactly that is none."""

    label: Label | None = None
    gives: tuple[Name, ...] = ()
    may_give: tuple[Name, ...] = ()
    confirms: tuple[Name, ...] = ()
    progress: YesNo = False


@node
class Verb(Node):
    """One thing that a port can be asked: what it needs and every answer it may give.

    Besides these every verb may answer ``failed`` (it could not be reached, nothing was done), and
    one that needs a secret ``lost`` (the secret is gone, and nobody knows what was done).
    ``later``: the last answer comes by a callback, perhaps twice, perhaps never. ``takes_any``:
    it may be told any fact besides. ``for_desk``: it tells of all persons, so only the desk itself
    asks it, and no item.
    """

    label: Label
    needs: tuple[Name, ...] = ()
    may_need: tuple[Name, ...] = ()
    later: YesNo = False
    takes_any: YesNo = False
    for_desk: YesNo = False
    answers: Annotated[dict[str, VerbAnswer], Named()]

    def __post_init__(self) -> None:
        for word_ in (FAILED, LOST):
            if word_ in self.answers:
                message = f"every verb may answer {word_!r}; it isn't listed"
                raise BadValue("reserved_answer", message, "drop it", ("answers", word_))


@node
class Port(Node):
    """A port: what stands outside of the library, and what it can be asked."""

    label: Label
    verbs: Annotated[dict[str, Verb], Named()]
