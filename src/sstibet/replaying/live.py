"""Whether the machine of a book can go on with every item that an earlier one may have under way:
from each of its states, with whatever may still come there and whatever is known there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sstibet.checks.item_answers import Pending, Token
from sstibet.checks.item_certain import Certain, uncertain
from sstibet.checks.item_look import Look
from sstibet.checks.item_reads import Facts, Guarded
from sstibet.deciding.migrating import Stranded, chain, name_after, state_after
from sstibet.items.documents import ItemRules, Migration
from sstibet.loading import Site
from sstibet.problems import Problem
from sstibet.replaying.books import Book

CODE = "machine_stranded"


def check_live(old: Book, new: Book, item: str) -> Iterator[Problem]:
    """One item's machine of an old book against that of the new one."""
    look = new.looks.get(item)
    if look is None:
        message = f"items of {item!r} are under way, and the book has no such item any more"
        hint = "keep it, 'open_to: items', until they have ended"
        yield new.loaded.sites["book", "book"].at("id").problem(CODE, message, hint)
        return
    before = old.looks[item]
    if old is not new and not _same(old, new, item):
        yield from _Live(before, look, old, new).problems()


def _same(old: Book, new: Book, item: str) -> bool:
    """Whether two books say the same of an item, of what it shows, and of what stands outside."""
    ours, theirs = old.contents, new.contents
    rules = theirs.items[item]
    called = {call.item for call in rules.calls.values()}
    return (
        ours.items[item] == rules
        and ours.dictionary == theirs.dictionary
        and ours.ports == theirs.ports
        and all(ours.forms.get(name) == theirs.forms.get(name) for name in rules.forms)
        and all(ours.items.get(name) == theirs.items.get(name) for name in called)
    )


def place_of(look: Look, version: int) -> Site:
    """Where it is to be mended: at the migration from a version, or at the machine's own."""
    for n, each in enumerate(look.rules.migrations):
        if each.from_ == version:
            return look.site.at("migrations", n, "from")
    return look.site.at("version")


class _Live:
    def __init__(self, before: Look, look: Look, old: Book, new: Book) -> None:
        self.before, self.look, self.old, self.new = before, look, old, new
        self.version = before.rules.version
        self.may = Pending(before, old.looks)
        self.certain = Certain(old.looks).of(before.name)
        self.chain: tuple[Migration, ...] = ()

    def problems(self) -> Iterator[Problem]:
        """Every state that an item may stand in; each fault once."""
        try:
            self.chain = chain(self.look.rules, self.version)
        except Stranded as why:
            message = f"items of version {self.version} are under way: {why}"
            yield self._problem(message, "write one under 'migrations'")
            return
        told = set[str]()
        for state in self.before.reached:
            for key, message, hint in self._of(state):
                if key not in told:
                    told.add(key)
                    yield self._problem(message, hint)

    def _problem(self, message: str, hint: str = "") -> Problem:
        if not self.chain and not hint:
            hint = "raise the machine's 'version' and write a migration"
        return place_of(self.look, self.version).problem(CODE, message, hint)

    def _of(self, state: str) -> Iterator[tuple[str, str, str]]:
        said = f"the state {state!r} of version {self.version}"
        try:
            to = moved(self.chain, state)
        except Stranded as why:
            yield state, f"{said} leads nowhere: {why}", "list it under 'states'"
            return
        rules, was = self.look.rules, self.before.rules
        if to not in rules.states:
            yield state, f"{said} is there no more", ""
            return
        if was.states[state].ends is not None and rules.states[to].ends is None:
            yield state, f"{said} was an end, and {to!r} is none", "lead it to an end"
        tokens = set[Token]()
        for token in sorted(self.may.tokens[state]):
            name = _renamed(self.chain, token[1])
            fault = None if name is None else self._asked(token[1], name)
            if fault is not None:
                yield token[1], f"in {said} {token[1]!r} may be under way: {fault}", ""
            elif name is not None:
                tokens.add(self._token(token, name))
        yield from self._undecided(said, to, frozenset(tokens))
        yield from self._unknown(said, state, to)

    def _asked(self, old: str, new: str) -> str | None:
        """Why what was asked can't be awaited by its new name."""
        was, rules = self.before.rules, self.look.rules
        if old in was.effects:
            if new not in rules.effects:
                return f"there is no effect {new!r} any more"
            if rules.effects[new].do != was.effects[old].do:
                return f"{new!r} asks {rules.effects[new].do} and not {was.effects[old].do}"
        elif new not in rules.calls:
            return f"there is no call {new!r} any more"
        elif rules.calls[new].item != was.calls[old].item:
            return f"{new!r} calls {rules.calls[new].item!r} and not {was.calls[old].item!r}"
        return None

    def _token(self, token: Token, name: str) -> Token:
        """What may come, by its new name; an end of a called item by where that leads now."""
        if len(token) < 3 or not token[2]:
            return (token[0], name, *token[2:])
        other = self.new.contents.items.get(self.look.rules.calls[name].item)
        was = self.old.contents.items[self.before.rules.calls[token[1]].item]
        return (token[0], name, _end(was, other, token[2]))

    def _undecided(
        self, said: str, to: str, tokens: frozenset[Token]
    ) -> Iterator[tuple[str, str, str]]:
        may = Pending(self.look, self.new.looks, {to: tokens})
        for state in may.tokens:
            decided = {*self.look.rules.states[state].on, *self.look.ignored(state)}
            for event, source in may.wanted(state):
                if event not in decided:
                    message = f"{said} has {source!r} under way, and {event!r} may come"
                    message += f" in {state!r}, which doesn't decide it"
                    hint = "decide it there, or lead the state to another"
                    yield f"{state} {source}", message, hint

    def _unknown(self, said: str, state: str, to: str) -> Iterator[tuple[str, str, str]]:
        facts = self._facts(self.certain.get(state, frozenset()))
        for lack in uncertain(self.look, self.new.looks, to, facts):
            message = f"{said} comes to {to!r} without {lack.fact!r} for certain, which"
            message += f" {lack.reader} reads in {lack.state!r}"
            hint = f"set {lack.fact!r} under 'sets' of the migration"
            yield f"{lack.fact}", message, hint

    def _facts(self, facts: Facts) -> Facts:
        """What is known after the migrations, as far as the dictionary still means the same."""
        for each in self.chain:
            gone = {*each.renames, *each.drops, *each.sets}
            kept = {f for f in facts if not _touched(f, gone)}
            there = {f for f in facts if isinstance(f, str)}
            kept |= {new for old, new in each.renames.items() if old in there}
            facts = frozenset(kept | set(each.sets))
        return frozenset(each for each in facts if self._still(each))

    def _still(self, fact: str | Guarded) -> bool:
        ours, theirs = self.before.facts, self.look.facts
        names = {fact} if isinstance(fact, str) else {fact.fact, *fact.reads}
        return all(
            name in theirs and (name not in ours or ours[name].kind == theirs[name].kind)
            for name in names
        )


def _touched(fact: str | Guarded, names: set[str]) -> bool:
    return bool(({fact} if isinstance(fact, str) else {fact.fact, *fact.reads}) & names)


def moved(migrations: Sequence[Migration], state: str) -> str:
    """Where a state goes by migrations, one after another. Raises Stranded."""
    for each in migrations:
        state = state_after(each, state)
    return state


def _renamed(migrations: Sequence[Migration], name: str) -> str | None:
    found: str | None = name
    for each in migrations:
        found = None if found is None else name_after(each, found)
    return found


def _end(was: ItemRules, now: ItemRules | None, end: str) -> str:
    """What an end of a called item is called now; as it was where that can't be told."""
    try:
        return end if now is None else moved(chain(now, was.version), end)
    except Stranded:
        return end


def renamed_facts(migrations: Sequence[Migration], values: Mapping[str, Any]) -> dict[str, Any]:
    """Facts by their new names, without those that are dropped."""
    found = dict(values)
    for each in migrations:
        found = {each.renames.get(n, n): v for n, v in found.items() if n not in each.drops}
    return found
