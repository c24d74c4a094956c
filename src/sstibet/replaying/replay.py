"""One recorded history, decided again: by the machine that decided it then, and, from each of its
steps, by the machine of the changed book.

Both go from the same item, the second from the one that a migration makes of it. So a step that
comes out otherwise is told where it does, and not again at all that follow from it.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sstibet.contents import Contents
from sstibet.deciding import BookFault, Decider
from sstibet.deciding.machine import Plan
from sstibet.deciding.migrating import Stranded, chain, migrated
from sstibet.items.documents import ItemRules, Migration
from sstibet.items.value import Event, Item, Refused, Step
from sstibet.problems import BadValue
from sstibet.replaying.books import Books
from sstibet.replaying.differences import Difference, refused_otherwise, steps_differ
from sstibet.replaying.live import moved, renamed_facts
from sstibet.stores.records import Past

# What is typed where a form asks for a secret, which is written down nowhere.
_SECRETS = ("a long enough secret 1", "123456", "12345678", "1234", "Aa345678")


class NotReplayed(Exception):
    """A history that can't be decided again. The message says why, in a few words."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where in a history a difference is: the event in the state before it, of which version of
    the machine; and the way that the changed machine has taken (file:line), if any."""

    item: str
    version: int
    state: str
    event: str
    way: str


Found = tuple[Moment, Difference]
Day = Callable[[int], date]


def replay(
    books: Books,
    item: Item,
    pasts: Sequence[Past],
    day: Day,
    *,
    as_new: bool = False,
) -> Iterator[Found]:
    """What comes out otherwise of one item.

    Args:
        books: the changed book and those that the store keeps.
        item: as it stands in the store.
        pasts: its history.
        day: tells the day of an instant.
        as_new: by the rules of the changed book too, as if it were opened under that.

    Raises:
        NotReplayed: it can't be decided again as it was recorded.
    """
    return _Replay(books, item, pasts, day, as_new).run()


class _Replay:
    def __init__(
        self,
        books: Books,
        item: Item,
        pasts: Sequence[Past],
        day: Day,
        as_new: bool,
    ) -> None:
        self.books, self.item, self.pasts, self.day = books, item, pasts, day
        self.opened = item.head.digest
        now = books.now.digest
        self.new = self._decider(now if as_new else self.opened, now)
        self.as_new = as_new

    def _decider(self, rules: str, machines: str) -> Decider:
        found = self.books.decider(rules, machines)
        if isinstance(found, str):
            raise NotReplayed(found)
        return found

    def run(self) -> Iterator[Found]:
        self._recorded_whole()
        book = self.opened
        old = yield from self._begin(self.pasts[0])
        for past in self.pasts[1:]:
            payload = past.payload
            if "saved" in payload:
                old = old._replace(version=past.version)
                continue
            if "migrated" in payload:
                book = payload["book"]
                old = self._migrated(self._decider(self.opened, book), old, past.at)
                old = old._replace(version=past.version)
            else:
                book = payload.get("book", self.opened)
                old = yield from self._event(self._decider(self.opened, book), old, past)
            if old.state != past.after:
                raise NotReplayed("it was recorded otherwise than its own book decides")
        if (old.state, dict(old.answers)) != (self.item.state, dict(self.item.answers)):
            raise NotReplayed("it stands otherwise than its history leads to")

    def _recorded_whole(self) -> None:
        if any(past.payload.get("forgotten") for past in self.pasts):
            raise NotReplayed("forgotten")
        if not self.pasts or self.pasts[0].version != 0:
            raise NotReplayed("its beginning was not recorded")
        if [past.version for past in self.pasts] != list(range(self.item.version + 1)):
            raise NotReplayed("its history has a gap")

    def _begin(self, past: Past) -> Generator[Found, None, Item]:
        decider, given = self._decider(self.opened, self.opened), past.payload["answers"]
        day, name = self.day(past.at), self.item.head.item
        rules = decider.contents.items.get(name)
        if rules is None:
            raise NotReplayed(f"its own book has no item {name!r}")
        head = dataclasses.replace(self.item.head, machine=rules.version)
        step = decider.begin(head, given, day)
        if isinstance(step, Refused):
            raise NotReplayed("it was recorded otherwise than its own book decides")
        if decider is not self.new:
            migrations = self._chain(step.item)
            now = dataclasses.replace(head, machine=self._rules().version)
            again = self.new.begin(now, renamed_facts(migrations, given), day)
            yield from self._compared(past, step, again, step.item, past.at)
        return step.item

    def _event(self, decider: Decider, old: Item, past: Past) -> Generator[Found, None, Item]:
        """The event that a line tells, by the machine of then and by that of now."""
        day = self.day(past.at)
        name, number = past.event, past.payload.get("number")
        plan = decider.machines[old.head.item].plans.get((old.state, name))
        came = dict(past.payload.get("answers", {}))
        form = None if plan is None else plan.form
        then = {**came, **_secrets(decider.contents, form)}
        step = _decide(decider, old, Event(name, past.at, day, then, number))
        if not isinstance(step, Step):
            raise NotReplayed("it was recorded otherwise than its own book decides")
        if decider is not self.new:
            from_ = self._migrated(self.new, old, past.at)
            event = Event(self._named(old, from_, name, number), past.at, day, {}, number)
            plan = self.new.machines[old.head.item].plans.get((from_.state, event.name))
            now = self._payload(old, came, plan)
            again = _decide(self.new, from_, event._replace(payload=now))
            yield from self._compared(past, step, again, old, past.at)
        return step.item._replace(version=past.version)

    def _rules(self) -> ItemRules:
        rules = self.books.now.contents.items.get(self.item.head.item)
        if rules is None:
            raise NotReplayed("the book has no such item any more")
        return rules

    def _chain(self, item: Item) -> tuple[Migration, ...]:
        try:
            return chain(self._rules(), item.head.machine)
        except Stranded as why:
            raise NotReplayed(f"no way from version {item.head.machine}: {why}") from None

    def _named(self, old: Item, now: Item, event: str, number: int | None) -> str:
        """An event by its new name: what it answers may be called otherwise, and so may the end
        that a called item has come to."""
        source, _, answer = event.partition(".")
        if number is None or not answer:
            return event
        name = next((each.name for each in now.pending if each.number == number), source)
        call = self._rules().calls.get(name)
        if call is not None and (theirs := self.books.now.contents.items.get(call.item)):
            was = self._version_of(old, call.item)
            with contextlib.suppress(Stranded):  # told of the called item itself
                answer = answer if was is None else moved(chain(theirs, was), answer)
        return f"{name}.{answer}"

    def _version_of(self, old: Item, item: str) -> int | None:
        """The version that a called item's machine had, in the book that called it."""
        for book in self.books.with_machine(old.head.item, old.head.machine, self.opened):
            if (rules := book.contents.items.get(item)) is not None:
                return rules.version
        return None

    def _payload(self, old: Item, came: Mapping[str, Any], plan: Plan | None) -> dict[str, Any]:
        """What came, by the names that the facts have now."""
        named = renamed_facts(self._chain(old), came)
        if plan is None or plan.form is not None:
            return {**named, **_secrets(self.new.contents, plan.form if plan else None)}
        wanted = {fact for fact, _ in plan.gives}
        return {
            **{n: v for n, v in named.items() if n in wanted},
            **{n: v for n, v in came.items() if n in wanted},
        }

    def _compared(
        self, past: Past, step: Step, again: Step | Refused | BookFault, old: Item, at: int
    ) -> Iterator[Found]:
        """What comes out otherwise by the machine of now."""
        expected = self._migrated(self.new, step.item, at)
        before = past.before and moved(self._chain(old), past.before)
        way = again.because.way if isinstance(again, Step) else ""
        moment = Moment(old.head.item, old.head.machine, before, past.event, way)
        if not isinstance(again, Step):
            found = refused_otherwise(again)
        else:
            chained = self._chain(step.item)
            found = steps_differ(
                self.new.contents, step, expected, again, chained, rules_too=self.as_new
            )
        for each in found:
            yield moment, each

    def _migrated(self, decider: Decider, item: Item, at: int) -> Item:
        try:
            return migrated(decider, item, at)
        except Stranded as why:
            raise NotReplayed(f"no way from version {item.head.machine}: {why}") from None


def _decide(decider: Decider, item: Item, event: Event) -> Step | Refused | BookFault:
    try:
        return decider.decide(item, event)
    except BookFault as fault:
        return fault


def _secrets(contents: Contents, form: str | None) -> dict[str, str]:
    """Something for each secret that a form asks: nobody knows what it was."""
    facts, found = contents.dictionary.facts, dict[str, str]()
    for field in () if form is None else contents.forms[form].fields:
        fact = facts[field.fact]
        if fact.kind != "secret":
            continue
        for text in (*(fact.samples or ()), *_SECRETS):
            try:
                contents.dictionary.read(field.fact, text)
            except BadValue:
                continue
            found[field.fact] = text
            break
    return found
