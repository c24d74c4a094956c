"""Who may do what: persons, visitors, and agents who act on behalf of others.

A *person* is any text that the calling program has made sure of. A *visitor* is somebody who is not
signed in: may begin what is open to anyone, and reaches only that. An *agent* acts for a person by
a role of the book that the settings give them for a time; the item is the person's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sstibet.contents import Contents
from sstibet.forms.documents import Form
from sstibet.items.roles import START, Role
from sstibet.settings import Agent
from sstibet.text import UnknownName

VISITOR = "visitor:"  # how the actor of somebody who is not signed in begins
DESK = "desk:"  # how the desk itself is called where it asks for no item; nobody else is
NOBODY = ""  # whose nothing is: an actor has at least one character
_LONGEST = 200
_LONGEST_REF = 400  # a called item's reference has its caller's in it


@dataclass(frozen=True, slots=True)
class Acting:
    """Whose items are meant (``owner``), who acts, and by which roles (None: the owner)."""

    owner: str
    actor: str
    roles: tuple[Role, ...] | None = None

    def may(self, item: str, level: str) -> bool:
        """Whether so much may be done with an item of the owner's."""
        return self.roles is None or any(role.reaches(item, level) for role in self.roles)

    def withheld(self, item: str, event: str | None, level: str, asked: frozenset[str]) -> bool:
        """Whether this is left to the owner: an event, or a form that asks these facts."""
        return self.roles is not None and not any(
            role.reaches(item, level) and not _withholds(role, item, event, asked)
            for role in self.roles
        )

    def told(self, what: str) -> str:
        """What a request is, for whom it is made with it."""
        return what if self.roles is None else f"{what} for {len(self.owner)}:{self.owner}"


def _withholds(role: Role, item: str, event: str | None, asked: frozenset[str]) -> bool:
    if role.never is None:
        return False
    return f"{item}.{event}" in role.never.events or not asked.isdisjoint(role.never.facts)


class Access:
    """Tells who may do what by a book's roles and the settings' agents.

    Raises:
        UnknownName: an agent holds a role that the book doesn't have.
    """

    def __init__(self, contents: Contents, agents: tuple[Agent, ...]) -> None:
        self._contents, self._agents = contents, agents
        for agent in agents:
            if agent.role not in contents.roles:
                raise UnknownName("role", agent.role, contents.roles)
        facts = contents.dictionary.facts
        self._secret = frozenset(name for name, fact in facts.items() if fact.kind == "secret")

    def acting(self, actor: object, on_behalf_of: object, today: date) -> Acting:
        """Who acts for whom. An actor that can't be one owns nothing and holds no role."""
        actor = str(actor) if whole(actor) else NOBODY
        if on_behalf_of is None or on_behalf_of == actor:
            return self.alone(actor)
        owner = str(on_behalf_of) if whole(on_behalf_of) else NOBODY
        roles = tuple(
            self._contents.roles[agent.role]
            for agent in self._agents
            if agent.actor == actor and agent.acts_for(owner, today)
        )
        nobody = is_visitor(actor) or is_visitor(owner) or NOBODY in (actor, owner)
        return Acting(owner, actor, () if nobody else roles)

    @staticmethod
    def alone(actor: object) -> Acting:
        """Somebody who acts for themselves. An actor that can't be one owns nothing."""
        name = actor if type(actor) is str and whole(actor) else NOBODY
        return Acting(name, name)

    def may_begin(self, acting: Acting, item: str) -> bool:
        """Whether an item may be begun by itself by whoever acts."""
        open_to = self._contents.items[item].open_to
        if open_to == "items":
            return False
        if acting.roles is not None:
            return open_to == "person" and acting.may(item, START)
        return open_to == "anyone" or not is_visitor(acting.actor)

    def withheld(
        self, acting: Acting, item: str, event: str | None, level: str, form: str | None
    ) -> bool:
        """Whether an event with its form is left to the owner of the item."""
        if acting.roles is None:
            return False
        asked = frozenset[str]() if form is None else _asked(self._contents.forms[form])
        if not asked.isdisjoint(self._secret):
            return True
        return acting.withheld(item, event, level, asked)


def _asked(form: Form) -> frozenset[str]:
    return frozenset(field.fact for field in form.fields if not field.read_only)


def visitor(name: str) -> str:
    """An actor for somebody who is not signed in, by a name that nobody can guess."""
    return f"{VISITOR}{name}"


def is_visitor(actor: str) -> bool:
    """Whether an actor is somebody who is not signed in."""
    return actor.startswith(VISITOR)


def whole(text: object, longest: int = _LONGEST) -> bool:
    """Whether this is a text that a store can hold: short, not empty, no half characters."""
    if type(text) is not str or not 1 <= len(text) <= longest:
        return False
    if text.isascii():
        return "\0" not in text
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def findable(ref: object) -> str:
    """A reference that may be looked for: what can be none is looked for all the same, as one that
    nothing has, so that it is refused by the same way and the same work."""
    return str(ref) if whole(ref, _LONGEST_REF) else "-"


def check_mapping(name: str, value: object) -> None:
    """TypeError where a value is no mapping, nor left out."""
    if value is not None and not isinstance(value, Mapping):
        raise TypeError(f"{name} is a mapping from facts, not {type(value).__name__}")


def check_text(name: str, value: object) -> None:
    """TypeError where a value can't be an actor or a key."""
    if not whole(value):
        raise TypeError(f"{name} must be a text of 1 to 200 characters")
