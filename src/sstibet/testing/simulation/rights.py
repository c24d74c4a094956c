"""What agents may do in a simulation, worked out from the settings and the roles as they are
written, by code of its own: the engine isn't asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sstibet.bureau import Person
from sstibet.contents import Contents
from sstibet.items.roles import GO_ON, SEE, START, Role
from sstibet.settings import Agent

_HAVE_IT = {SEE: (SEE, GO_ON, START), GO_ON: (GO_ON, START), START: (START,)}


@dataclass(frozen=True, slots=True)
class Holding:
    """Who holds a role, and for whom: by their places among the persons (None: for anybody), from
    a day of the simulation on and until another (the first is 0; None: always)."""

    actor: str
    role: str
    for_: tuple[int, ...] | None
    first: int | None = None
    last: int | None = None


HOLDINGS = (
    Holding("agent-village", "village_helper", (0, 1)),
    Holding("agent-clerk", "counter_clerk", (0, 3, 5), last=4),
    Holding("agent-clerk", "refund_clerk", (5,)),
    Holding("agent-money", "counter_clerk", (1, 4, 5, 6)),
    Holding("agent-money", "refund_clerk", None, first=1),
)


def settled(
    holdings: Sequence[Holding], people: Sequence[Person], day: date, contents: Contents
) -> tuple[Agent, ...]:
    """Holdings as a desk's settings say them; without those of roles that the book doesn't have."""

    def on(days: int | None) -> date | None:
        return None if days is None else day + timedelta(days)

    return tuple(
        Agent(
            where="", actor=each.actor, role=each.role, from_=on(each.first), until=on(each.last),
            for_=None if each.for_ is None else tuple(
                people[n].actor for n in each.for_ if n < len(people)
            ),
        )
        for each in holdings
        if each.role in contents.roles
    )  # fmt: skip


class Rights:
    """What the settings and the roles say that an agent may do."""

    def __init__(self, contents: Contents, agents: Sequence[Agent]) -> None:
        self._contents, self._agents = contents, agents
        facts = contents.dictionary.facts
        self._secrets = {name for name, fact in facts.items() if fact.kind == "secret"}

    def reaches(self, actor: str, owner: str, item: str, level: str, day: date) -> bool:
        """Whether an agent may do so much with such an item of somebody."""
        if level == START and self._contents.items[item].open_to != "person":
            return False
        held = self._held(actor, owner, day)
        return any(role.may.get(item) in _HAVE_IT[level] for role in held)

    def may(
        self, actor: str, owner: str, item: str, event: str, form: str | None, day: date
    ) -> bool:
        """Whether an agent may send an event, with the form that it takes."""
        asked = set[str]()
        if form is not None:
            fields = self._contents.forms[form].fields
            asked = {each.fact for each in fields if not each.read_only}
        if asked & self._secrets:
            return False
        for role in self._held(actor, owner, day):
            events = () if role.never is None else role.never.events
            facts = () if role.never is None else role.never.facts
            left = f"{item}.{event}" in events or any(each in asked for each in facts)
            if role.may.get(item) in _HAVE_IT[GO_ON] and not left:
                return True
        return False

    def _held(self, actor: str, owner: str, day: date) -> Iterator[Role]:
        for each in self._agents:
            early = each.from_ is not None and day < each.from_
            late = each.until is not None and each.until < day
            named = each.for_ is None or owner in each.for_
            if each.actor == actor and named and not (early or late):
                yield self._contents.roles[each.role]
