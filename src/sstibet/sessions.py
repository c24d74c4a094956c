"""Sessions (会话): who is signed in, for how long, told by a token that nobody can guess.

>>> view = desk.send(view.ref, "submit", {...}, actor="a phone")    # doctest: +SKIP
>>> token = desk.sessions.open(view)         # once, right after it  # doctest: +SKIP
>>> desk.sessions.actor(token)               # with each request     # doctest: +SKIP
'p0001'

A token goes to its owner's screen (a cookie: ``Secure``, ``HttpOnly``, ``SameSite``) and nowhere
else: only a keyed mark of it is kept. A session ends when it is told to, when it isn't used for a
while, after some hours in any case, and when its user's password is changed.
"""

from __future__ import annotations

import dataclasses
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sstibet.engine.access import is_visitor, whole

if TYPE_CHECKING:
    from sstibet.engine.engine import Engine
    from sstibet.engine.view import View
    from sstibet.settings import SessionTimes

LOGIN, USER = "login", "user"  # the item by which one signs in, and the fact that says who has
_TOKEN_BYTES = 32  # 256 bits
_LONGEST = 100  # characters of a token; what is longer is none
_FRESH = 300  # seconds after signing in within which a session is opened
_SEEN = 60  # seconds: uses that are nearer to one another are written down once


class NotSignedIn(PermissionError):
    """No session is opened by this item: it is no login, hasn't ended well, did so a while ago, or
    has opened one before. Which of them is not told."""


@dataclass(frozen=True, slots=True)
class Session:
    """One session as a store keeps it: keyed marks of its token and of the item that it was opened
    by, whose it is, and when it was opened and last used (seconds since 1970)."""

    mark: bytes = dataclasses.field(repr=False)
    actor: str = dataclasses.field(repr=False)
    item: bytes = dataclasses.field(repr=False)
    opened: int
    seen: int


class SessionStore(Protocol):
    """Where sessions are kept. Every method is one transaction."""

    def mark(self, kind: str, text: str) -> bytes:
        """A keyed mark of a text, from which nobody comes back to it."""
        ...

    def keep(self, session: Session, before: int) -> bool:
        """Keep a session, unless one was opened by its item before; whether it was kept. Those
        that were opened ``before`` then may be dropped."""
        ...

    def find(self, mark: bytes) -> Session | None:
        """The session of a token's mark."""
        ...

    def seen(self, mark: bytes, at: int) -> None:
        """It was used."""
        ...

    def change(self, mark: bytes, new: bytes) -> bool:
        """Give a session another token; whether it was still there."""
        ...

    def end(self, mark: bytes) -> bool:
        """End one session; whether it was still there."""
        ...

    def end_all(self, actor: str, but: bytes | None) -> int:
        """End all sessions of a person, but perhaps one; how many ended."""
        ...


class Sessions:
    """A desk's sessions; any process that has the desk's file open knows them all."""

    def __init__(self, store: SessionStore, desk: Engine, times: SessionTimes) -> None:
        self._store, self._desk = store, desk
        self._idle, self._most = times.idle_minutes * 60, times.hours * 3600

    def open(self, signed_in: View, *, replaces: str | None = None) -> str:
        """Open a session for whoever has just signed in; its token is told this once.

        Args:
            signed_in: the view of a ``login`` that has just ended well.
            replaces: the token that the same screen had before; its session ends.

        Raises:
            NotSignedIn: nobody has just signed in by this item.
        """
        item = self._desk.store.get(signed_in.ref)
        now = self._desk.clock.now()
        if item is None or item.head.item != LOGIN or USER not in item.answers:
            raise NotSignedIn(signed_in.ref)
        ends = self._desk.decider.machines[LOGIN].rules.states[item.state].ends
        past = self._desk.store.history(signed_in.ref)
        if ends != "well" or not past or now >= past[-1].at + _FRESH:
            raise NotSignedIn(signed_in.ref)
        return self._open(str(item.answers[USER]), signed_in.ref, now, replaces)

    def open_for(self, actor: str, *, replaces: str | None = None) -> str:
        """Open a session for somebody whom the caller has signed in by other means.

        Raises:
            NotSignedIn: it is a visitor, or no actor at all.
        """
        if not whole(actor) or is_visitor(actor):
            raise NotSignedIn("a session is a person's")
        return self._open(actor, secrets.token_hex(_TOKEN_BYTES), self._desk.clock.now(), replaces)

    def _open(self, actor: str, item: str, now: int, replaces: str | None) -> str:
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        opened_by = self._store.mark("session item", item)
        session = Session(self._mark(token), actor, opened_by, now, now)
        if not self._store.keep(session, now - self._most):
            raise NotSignedIn(item)
        if replaces is not None:
            self.end(replaces)
        return token

    def actor(self, token: str) -> str | None:
        """Who has this token; None where its session is over, or never was."""
        found = self._found(token)
        if found is None:
            return None
        now = self._desk.clock.now()
        if now >= found.seen + _SEEN:
            self._store.seen(found.mark, now)
        return found.actor

    def renew(self, token: str) -> str | None:
        """Another token for the same session, which the old one opens no more; None where it is
        over. When the session ends doesn't change."""
        found, new = self._found(token), secrets.token_urlsafe(_TOKEN_BYTES)
        changed = found is not None and self._store.change(found.mark, self._mark(new))
        return new if changed else None

    def end(self, token: str) -> bool:
        """Sign out; whether there was such a session."""
        return self._is_token(token) and self._store.end(self._mark(token))

    def end_all(self, actor: str, *, but: str | None = None) -> int:
        """Sign a person out everywhere, but perhaps here; how many sessions ended."""
        kept = self._mark(but) if but is not None and self._is_token(but) else None
        return self._store.end_all(actor, kept)

    def _found(self, token: str) -> Session | None:
        """A token's session, if it isn't over; one that is, is ended."""
        if not self._is_token(token):
            return None
        found = self._store.find(self._mark(token))
        now = self._desk.clock.now()
        if found is None or now < min(found.seen + self._idle, found.opened + self._most):
            return found
        self._store.end(found.mark)
        return None

    def _mark(self, token: str) -> bytes:
        return self._store.mark("session", token)

    @staticmethod
    def _is_token(token: object) -> bool:
        return isinstance(token, str) and token.isascii() and 0 < len(token) <= _LONGEST

    def __repr__(self) -> str:
        return "<Sessions>"
