"""Every answer that is read is certain to have been given, whichever way an item went.

What is known in a state is what every way into it has answered. A fact that is read and not among
these is told with the shortest way on which nothing answers it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sstibet.checks.apart import Literal, possible
from sstibet.checks.item_look import Edge, Happens, Look, asked_fields
from sstibet.checks.item_reads import (
    NONE,
    Change,
    Context,
    Facts,
    Guarded,
    bases,
    form_change,
    form_reads,
    guarded,
    read_by,
    work_change,
    work_reads,
)
from sstibet.checks.item_ways import taken
from sstibet.items.documents import Way
from sstibet.loading import Site


@dataclass(frozen=True, slots=True)
class Read:
    """A fact that something reads: who, where that is told, in which state and on which event, what
    holds wherever it is read, and what is known there."""

    fact: str
    reader: str
    site: Site
    state: str
    event: str
    context: Context
    known: Facts


def check_certain(looks: Mapping[str, Look]) -> None:
    """Every item whose graph is sound."""
    certain = Certain(looks)
    for look in looks.values():
        _Item(look, certain).check()


Granted = Mapping[str, Facts]


class Certain:
    """What is known for certain in each state of each item."""

    def __init__(self, looks: Mapping[str, Look]) -> None:
        self.looks = looks
        self._found: dict[str, dict[str, Facts]] = {}

    def of(self, item: str) -> Mapping[str, Facts]:
        """The facts by state. Of items that call one another in a circle, and of faulty ones,
        nothing is certain."""
        if item not in self._found:
            self._found[item] = {}
            if (look := self.looks.get(item)) is not None:
                self._found[item] = _Item(look, self).known({})
        return self._found[item]


def uncertain(look: Look, looks: Mapping[str, Look], state: str, facts: Facts) -> Iterator[Lack]:
    """What is read from a state on and not certain where items come in there with these facts."""
    item = _Item(look, Certain(looks), {state: facts})
    for at, known in item.known({}).items():
        for read in item._reads(at, known):
            for base in item._missing(read):
                yield Lack(base, read.reader, at, read.event)


@dataclass(frozen=True, slots=True)
class Lack:
    """A fact that isn't certain, who reads it, and where."""

    fact: str
    reader: str
    state: str
    event: str


class _Item:
    """The check of one item. ``entries``: states in which items come in from elsewhere, and what
    is known of these."""

    def __init__(
        self, look: Look, certain: Certain, entries: Mapping[str, Facts] | None = None
    ) -> None:
        self.look, self.certain, self.review = look, certain, look.review
        self.entries = entries or {}
        self._changes: dict[tuple[str, str, int], Change] = {}

    def check(self) -> None:
        """Tell every reader of a fact once; what was told is taken as known from there on."""
        self._secrets()
        told, granted = set[tuple[str, str]](), dict[str, Facts]()
        while found := self._first(granted, told):
            for read, base, path in found:
                granted[read.state] = granted.get(read.state, NONE) | {base}
                told.add((read.reader, base))
                self._tell(read, base, path)

    def _first(
        self, granted: Granted, told: set[tuple[str, str]]
    ) -> list[tuple[Read, str, tuple[Edge, ...]]]:
        """For each fact that is not certain, the first reader of it on the shortest way."""
        known, first = self.known(granted), dict[str, tuple[Read, tuple[Edge, ...]]]()
        for state in self.look.reached:
            for read in self._reads(state, known[state]):
                for base in self._missing(read):
                    if (read.reader, base) in told:
                        continue
                    # What is forgotten on the event itself was answered on every way there.
                    path = self._path(base, state, granted) or self.look.reached[state]
                    if base not in first or len(path) < len(first[base][1]):
                        first[base] = (read, path)
        return [(read, base, path) for base, (read, path) in first.items()]

    def _tell(self, read: Read, base: str, path: tuple[Edge, ...]) -> None:
        steps = [part for edge in path for part in (edge.happens.state, edge.happens.event)]
        steps += [read.state, read.event] if read.event else [read.state]
        through = "" if base == read.fact else f" (worked out from {base!r})"
        message = f"{read.reader} reads {read.fact!r}{through}, which is not answered (any more)"
        message += f" on the way {' > '.join(steps)}"
        hint = f"let a form, a work or an effect answer {base!r} before, on every way here"
        self.review.fault(read.site, "not_certain", message, hint)

    # What is known

    def known(self, granted: Granted) -> dict[str, Facts]:
        """What every way into a state has answered. ``granted`` counts as known from a state on."""
        rules = self.look.rules
        known = {rules.initial: frozenset(rules.given) | granted.get(rules.initial, NONE)}
        for state, facts in self.entries.items():
            known[state] = known[state] & facts if state in known else facts
        queue = list(known)
        while queue:
            state = queue.pop()
            for edge in self.look.leaving[state]:
                new = self.after(edge, known[state]) | granted.get(edge.to, NONE)
                old = known.get(edge.to)
                new = new if old is None else old & new
                if new != old:
                    known[edge.to] = new
                    queue.append(edge.to)
        return known

    def after(self, edge: Edge, known: Facts) -> Facts:
        """What is known after an edge."""
        now = self._change(edge.happens, len(edge.happens.on.works)).after(known)
        return now | self._sure(now, taken(self.look, edge.happens, edge.way))

    def _sure(self, known: Facts, context: Context) -> frozenset[str]:
        """The facts whose conditions hold wherever the context does."""
        found = (each for each in known if isinstance(each, Guarded) and each.fact not in known)
        return frozenset(each.fact for each in found if self._implied(context, each))

    def _implied(self, context: Context, fact: Guarded) -> bool:
        dictionary = self.review.contents.dictionary
        return not possible(dictionary, (*context, Literal(fact.when, False)))

    def _change(self, happens: Happens, works: int) -> Change:
        """What an event and so many of its works answer and forget."""
        key = (happens.state, happens.event, works)
        if key not in self._changes:
            if works:
                work = self.look.rules.works[happens.on.works[works - 1]]
                change = self._change(happens, works - 1).then(work_change(work))
            else:
                change = self._brings(happens)
            self._changes[key] = change
        return self._changes[key]

    def _brings(self, happens: Happens) -> Change:
        """What comes with an event, before its works."""
        rules = self.look.rules
        if (form := self.look.form_of(happens)) is not None:
            return form_change(self.look, form)
        if happens.source in rules.effects:
            effect = rules.effects[happens.source]
            answer = self.look.verb(happens.source).answers.get(happens.answer)
            if answer is None:
                return Change()
            gives, may = (
                frozenset(effect.as_.get(name, name) for name in names)
                for names in (answer.gives, answer.may_give)
            )
            return Change(answers=gives, may=may)
        if happens.source in rules.calls:
            call = rules.calls[happens.source]
            theirs = self.certain.of(call.item).get(happens.answer, NONE)
            sure = frozenset(ours for ours, fact in call.back.items() if fact in theirs)
            return Change(answers=sure, may=frozenset(call.back))
        return Change()

    # What is read

    def _missing(self, read: Read) -> Iterator[str]:
        """What must be given for a fact to be known, and isn't."""
        for base in bases(self.review, read.fact):
            if base not in read.known:
                guards = (g for g in read.known if isinstance(g, Guarded) and g.fact == base)
                if not any(self._implied(read.context, each) for each in guards):
                    yield base

    def _reads(self, state: str, known: Facts) -> Iterator[Read]:
        """Everything that is read in a state, and on its events."""
        look, rules = self.look, self.look.rules
        if (form := rules.states[state].form) is not None:
            yield from self._form_reads(look.site.at("states", state, "form"), form, state, known)
        for name, never in rules.never.items():
            if state in never.in_:
                place, reader = look.site.at("never", name, "holds"), f"'never: {name}'"
                for fact, context in read_by(self.review, never.holds):
                    yield Read(fact, reader, place, state, "", context, known)
        if state == rules.initial:
            for n, name in enumerate(rules.begins_with):
                place = look.site.at("begins_with", n)
                for fact in self._needs(name):
                    yield Read(fact, self._named(name), place, state, "", (), known)
        for happens in look.happenings:
            if happens.state == state:
                yield from self._event_reads(happens, known)

    def _form_reads(self, site: Site, form: str, state: str, known: Facts) -> Iterator[Read]:
        document = self.review.contents.forms[form]
        at = known | {each.fact for each in asked_fields(document)}
        for fact, context in form_reads(self.review, document):
            # Rows may be of the field's own fact, which is known before or not at all.
            of = any(each.rows is not None and each.rows.of == fact for each in document.fields)
            now = known if of else at
            yield Read(fact, f"the form {form!r}", site, state, "", context, now)

    def _event_reads(self, happens: Happens, known: Facts) -> Iterator[Read]:
        rules, state, event, on = self.look.rules, happens.state, happens.event, happens.on
        if on.form is not None:
            yield from self._form_reads(happens.site.at("form"), on.form, state, known)
        for fact in self._held(happens):
            yield Read(fact, f"the answer {event!r}", happens.site, state, event, (), known)
        for n, name in enumerate(on.works):
            at, place = self._change(happens, n).after(known), happens.site.at("works", n)
            for fact, context in work_reads(self.review, rules.works[name]):
                yield Read(fact, f"the work {name!r}", place, state, event, context, at)
        now = self._change(happens, len(on.works)).after(known)
        for n, way in enumerate(on.all_ways):
            before: Context = ()
            for key, names in (("when", way.when), ("unless", way.unless)):
                for m, name in enumerate(names):
                    place, reader = happens.way(n).at(key, m), f"the condition {name!r}"
                    condition = rules.conditions[name].holds
                    # A way's conditions are asked in their order, until one fails.
                    for fact, context in read_by(self.review, condition, before):
                        yield Read(fact, reader, place, state, event, context, now)
                    before = (*before, Literal(condition, key == "when"))
            for fact, reader, place in self._way_reads(happens.way(n), way):
                context = taken(self.look, happens, way)
                yield Read(fact, reader, place, state, event, context, now)

    def _way_reads(self, site: Site, way: Way) -> Iterator[tuple[str, str, Site]]:
        """What the effects of a way are told, and what an item that it calls is given."""
        for n, name in enumerate(way.effects):
            for fact in self._needs(name):
                yield fact, self._named(name), site.at("effects", n)
        if way.call is not None:
            call = self.look.rules.calls[way.call]
            for name in self.review.contents.items[call.item].given:
                yield call.with_.get(name, name), f"the call {way.call!r}", site.at("call")

    def _named(self, effect: str) -> str:
        return f"the effect {effect!r} ({self.look.rules.effects[effect].do})"

    def _needs(self, effect: str, secret: bool = False) -> Iterator[str]:
        """The facts (or the secrets) that an effect needs to be told."""
        with_ = self.look.rules.effects[effect].with_
        for name in self.look.verb(effect).needs:
            if (self.look.facts[name].kind == "secret") is secret:
                yield with_.get(name, name)

    def _held(self, happens: Happens) -> Iterator[str]:
        """The facts that an answer is held against, its verb not being told them."""
        if happens.source in self.look.rules.effects:
            verb, effect = self.look.verb(happens.source), self.look.rules.effects[happens.source]
            answer = verb.answers.get(happens.answer)
            for name in () if answer is None else answer.confirms:
                if name not in verb.needs:
                    yield effect.with_.get(name, name)

    def _path(self, base: str, state: str, granted: Granted) -> tuple[Edge, ...]:
        """The shortest way to a state on which a fact is not answered; empty where there's none."""

        def about(facts: Iterable[str | Guarded]) -> Facts:
            return frozenset(f for f in facts if base == (f if isinstance(f, str) else f.fact))

        rules = self.look.rules
        start = (rules.initial, about((*rules.given, *granted.get(rules.initial, NONE))))
        ways: dict[tuple[str, Facts], tuple[Edge, ...]] = {start: ()}
        queue = [start]
        for at, known in queue:
            if at == state and base not in known:
                return ways[at, known]
            for edge in self.look.leaving[at]:
                after = about(self.after(edge, known) | granted.get(edge.to, NONE))
                if (edge.to, after) not in ways:
                    ways[edge.to, after] = (*ways[at, known], edge)
                    queue.append((edge.to, after))
        return ()

    # Secrets

    def _secrets(self) -> None:
        """An effect that needs a secret stands on the event whose form asks it."""
        told = set[tuple[str, str]]()
        for n, name in enumerate(self.look.rules.begins_with):
            self._gone(self.look.site.at("begins_with", n), name, NONE, told)
        for happens in self.look.happenings:
            form = self.look.form_of(happens)
            fields = self.review.contents.forms[form].fields if form is not None else ()
            required = [each for each in fields if each.required and not each.read_only]
            asked: Facts = frozenset(
                e.fact if e.when is None else guarded(self.review, e) for e in required
            )
            for n, way in enumerate(happens.on.all_ways):
                shown = asked | self._sure(asked, taken(self.look, happens, way))
                for m, name in enumerate(way.effects):
                    self._gone(happens.way(n).at("effects", m), name, shown, told)

    def _gone(self, site: Site, effect: str, asked: Facts, told: set[tuple[str, str]]) -> None:
        for name in self._needs(effect, secret=True):
            if name not in asked and (effect, name) not in told:
                told.add((effect, name))
                message = f"{self._named(effect)} needs the secret {name!r}, which is gone by now"
                hint = "start it on the event whose form asks it, 'required' and always shown"
                self.review.fault(site, "secret_gone", message, hint)
