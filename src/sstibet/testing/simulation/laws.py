"""The laws that hold at every step of a simulation, each by its name.

The laws look at three things from outside of the engine: what its workers write (as the store takes
it, and read back from the store at once), what ports are told and answer, and what persons are
told. None of them asks the engine whether it has done right.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sstibet.bureau.bureau import LivePayment
from sstibet.conditions import decide as answer
from sstibet.deciding import Decider
from sstibet.deciding.working import Workbench
from sstibet.engine.clock import day_of
from sstibet.engine.migrating import SAVED
from sstibet.engine.ports import Call, Reply
from sstibet.items.documents import DEADLINE, FAILED, LOST
from sstibet.items.roles import GO_ON, START
from sstibet.items.value import Item
from sstibet.stores.records import CALL, DONE, EFFECT, Change, Keyed, Outgoing, Past, Store
from sstibet.testing.simulation.filling import SECRET
from sstibet.testing.simulation.rights import Rights

LAWS: Mapping[str, str] = {
    "one_live_payment": "no two live payments for one enrolment and period",
    "money_adds_up": "once it is quiet, money booked is money charged less money given back",
    "acknowledged_stays": "what was acknowledged is in the store, and stays there",
    "key_once": "a request's key takes effect once",
    "key_means_one": "a key that was used is not taken for something else",
    "versions_chain": "an item's versions go 1, 2, 3…, each from where the last led to",
    "whole_or_nothing": "of a step that wasn't written nothing is in the store",
    "history_whole": "every step has its line of history, and no line is changed or lost",
    "stable_key": "an effect is told to its port under the one key of its row",
    "nothing_lost": "an effect that may still answer has a row that isn't over",
    "charged_once": "an order is charged once at most",
    "deadline_once": "a deadline fires once for its version, and not before its time",
    "not_too_late": "nobody goes on in a state whose time is over",
    "answer_as_told": "what is taken as an answer was answered, to this effect, and once",
    "answers_taken": "every answer is taken in every state",
    "never": "the machines' own `never`",
    "goes_on": "an item has ended, or something or somebody can go on with it",
    "no_secret": "no secret is in the store",
    "no_surprise": "nobody is told of a fault but those that are documented",
    "signed_alone": "nothing is taken over the network but what the gateway has signed, for this "
    "item and amount, and in time",
    "refused_does_nothing": "what is refused at the network's door changes nothing",
    "genuine_taken": "what the gateway has signed is taken by one of its tellings",
    "agent_reaches": "an agent reaches whom the settings name, by what their roles list: no less, "
    "and nothing else",
    "withheld": "what is withheld from an agent is left to the person, and shown as that",
    "agent_named": "the history says who has acted, and for whom",
    "quiet": "in the end every item has ended or waits for a person",
}


@dataclass(frozen=True, slots=True)
class Broken:
    """A law that was broken, by its name, and how."""

    law: str
    what: str

    def __str__(self) -> str:
        return f"{self.law} is broken ({LAWS[self.law]}): {self.what}"


class Laws:
    """Watches one simulation. ``broken`` is the first law that was broken."""

    def __init__(self, decider: Decider, store: Store, zone: str) -> None:
        self.decider, self.store, self.zone = decider, store, zone
        self.broken: Broken | None = None
        self.items: dict[str, Item] = {}
        self.lines: defaultdict[str, list[Past]] = defaultdict(list)
        self.rows: dict[str, Outgoing] = {}
        self.keys: dict[tuple[str, int], str] = {}
        self.told: defaultdict[str, set[str]] = defaultdict(set)
        self.charges: defaultdict[str, set[str]] = defaultdict(set)
        self.sent: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        self.acknowledged: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        self.used = list[Keyed]()
        self.steps: dict[tuple[str, str], tuple[str, ...]] = {}
        self.taken: Counter[tuple[str, ...]] = Counter()
        self.answered = set[tuple[str, int]]()
        # What agents asked for, and on which days; what they may is told by the world.
        self.acted: defaultdict[tuple[str, ...], set[date]] = defaultdict(set)
        self.rights = Rights(decider.contents, ())

    def law(self, name: str, holds: bool, *what: object) -> None:
        """The first law that doesn't hold is kept. Nothing is raised: an engine that swallows what
        it is told would hide it."""
        assert name in LAWS, name
        if not holds and self.broken is None:
            self.broken = Broken(name, " ".join(map(str, what)))

    # What persons send and are told. A request is what it does: (ref, event) or ("start", item).

    def asks(self, actor: str, request: tuple[str, ...], key: str) -> None:
        """A request is on its way."""
        self.sent[(actor, *request)].add(key)

    def acknowledges(
        self, actor: str, request: tuple[str, ...], key: str, steps: tuple[str, ...]
    ) -> None:
        """A person was told that a request was taken, and which steps of the guide it was."""
        name = (actor, *request)
        first = self.steps.setdefault((actor, key), steps)
        self.law("key_once", first == steps, *name, key, "was", first, "and now", steps)
        self.acknowledged[name].add(key)
        known, done = len(self.acknowledged[name]), self.taken[name]
        self.law("acknowledged_stays", known <= done, *name, key, "of", known, "only", done)

    # What is written

    def wrote(self, change: Change) -> None:
        """A step was written: what it says, and what the store says now."""
        ref, past = change.item.head.ref, change.past
        item, before = self.store.get(ref), self.items.get(ref)
        if item is None:
            self.law("nothing_lost", False, ref, "was written and isn't there")
            return
        self.items[ref] = item
        same = item == change.item
        self.law("versions_chain", same, ref, item.version, "isn't as it was written")
        self._chained(ref, before, item, past)
        if change.keyed is not None:
            self.used.append(change.keyed)
        for row in change.outgoing:
            self.rows[row.key] = row
            self._numbered(row)
        if past is not None:
            self.lines[ref].append(past)
            self._acted(before, item, past, change.keyed)
        if before is None:
            if item.head.caller is None:
                self._begun(item, past)
        elif past is None:
            self.law("history_whole", False, ref, item.version, "has no line of history")
        elif past.event == SAVED:
            same = item == before._replace(version=item.version, drafts=item.drafts)
            self.law("versions_chain", same, ref, item.version, "was saved, and has changed")
        else:
            self._counted(ref, item, past)
            self._answered(ref, past)
        self._of_item(item, item.head.opened if past is None else past.at)
        self._secret(change)

    def wrote_nothing(self, change: Change) -> None:
        """A step could not be written: the store is as it was."""
        ref, store, keyed = change.item.head.ref, self.store, change.keyed
        new = [row.key for row in change.outgoing if row.key not in self.rows]
        there = [key for key in new if store.outgoing(key) is not None]
        kept = None if keyed is None else store.keyed(keyed.actor, keyed.key)
        same = store.get(ref) == self.items.get(ref) and store.history(ref) == self.lines[ref]
        # The same request may have been quicker at another worker.
        nothing = same and not there and (kept is None or kept in self.used)
        self.law("whole_or_nothing", nothing, ref, change.item.version, there, kept)
        if ref in self.items:
            self._rows_of(self.items[ref])

    def marked(self, key: str, status: str) -> None:
        """A row was marked."""
        row = self.rows.get(key)
        if row is not None and status == DONE and row.ref in self.items:
            self._rows_of(self.items[row.ref])

    def _chained(self, ref: str, before: Item | None, item: Item, past: Past | None) -> None:
        first = 0 if before is None else before.version + 1
        self.law("versions_chain", item.version == first, ref, "goes to", item.version)
        if past is None or before is None:
            return
        told = (past.before, past.after, past.version)
        true = (before.state, item.state, item.version)
        self.law("versions_chain", told == true, ref, "says", told, "and is", true)
        if past.event == DEADLINE:
            due = before.deadline is not None and before.deadline <= past.at
            self.law("deadline_once", due, ref, before.version, before.deadline, "at", past.at)
        elif before.deadline and self._by_person(item, past):
            early = past.at < before.deadline
            self.law("not_too_late", early, ref, past.event, before.deadline, "at", past.at)

    def _numbered(self, row: Outgoing) -> None:
        known = self.keys.setdefault((row.ref, row.number), row.key)
        ends = row.kind not in (EFFECT, CALL)  # an end has the number that it has in its caller
        self.law("stable_key", ends or known == row.key, row.key, "was", known)

    def _by_person(self, item: Item, past: Past) -> bool:
        """Whether a person did this, or an agent for them."""
        return past.event in self.decider.machines[item.head.item].rules.events

    def _acted(self, before: Item | None, item: Item, past: Past, keyed: Keyed | None) -> None:
        """Who has acted is told; and an agent has done what was theirs to do."""
        owner, ref = item.head.actor, item.head.ref
        if before is None and item.head.caller is None:
            what: tuple[str, ...] = ("start", item.head.item)
        elif past.event == SAVED or (before is not None and self._by_person(item, past)):
            what = (ref, past.event)
        else:
            return
        actor = past.actor if keyed is None else keyed.actor
        agent = actor != owner
        what += (owner,) if agent and before is None else ()
        told = (past.actor, past.payload.get("on_behalf_of"))
        named = told == (actor, owner if agent else None) and bool(self.sent[(actor, *what)])
        self.law("agent_named", named, ref, past.event, "by", actor, "and not", told)
        if agent:
            self._theirs(actor, before, item, what)

    def _theirs(self, actor: str, before: Item | None, item: Item, what: tuple[str, ...]) -> None:
        owner, name, days = item.head.actor, item.head.item, self.acted[actor, *what]
        level, rights = START if before is None else GO_ON, self.rights
        reached = any(rights.reaches(actor, owner, name, level, day) for day in days)
        self.law("agent_reaches", reached, actor, "has done", what, "for", owner)
        if before is not None:
            event = "submit" if what[1] == SAVED else what[1]
            plan = self.decider.machines[name].plans.get((before.state, event))
            form = None if plan is None else plan.form
            may = any(rights.may(actor, owner, name, event, form, day) for day in days)
            self.law("withheld", may, actor, "has done", what, "in", before.state)

    def _begun(self, item: Item, past: Past | None) -> None:
        owner = item.head.actor
        name = (owner if past is None else past.actor, "start", item.head.item)
        self._took(name if name[0] == owner else (*name, owner))

    def _counted(self, ref: str, item: Item, past: Past) -> None:
        if self._by_person(item, past):
            self._took((past.actor, ref, past.event))

    def _took(self, name: tuple[str, ...]) -> None:
        self.taken[name] += 1
        done, sent = self.taken[name], len(self.sent[name])
        self.law("key_once", done <= sent, *name, "was taken", done, "times for keys:", sent)

    def _answered(self, ref: str, past: Past) -> None:
        """An answer that is taken was told by its port, or is the end of the item called."""
        number = past.payload.get("number")
        if number is None:
            return
        name, _, told = past.event.partition(".")
        key = self.keys.get((ref, number), "")
        row = self.rows.get(key)
        if row is None or row.name != name:
            self.law("answer_as_told", False, ref, past.event, "of", number, "by no row")
            return
        if row.kind == CALL:
            child = self.items.get(f"{ref}.{number}")
            ended = child is not None and told in self._states_of(child)
            self.law("answer_as_told", ended, ref, past.event, "of", child)
            return
        true = told in self.told[key] or told in (FAILED, LOST)
        self.law("answer_as_told", true, ref, past.event, key, "was told", sorted(self.told[key]))
        charge = past.payload.get("answers", {}).get("charge_no")
        known = charge is None or str(charge) in self.charges[ref]
        self.law("answer_as_told", known, ref, past.event, key, "by no charge that was made")
        self._last_once(ref, number, name, told)

    def _last_once(self, ref: str, number: int, name: str, told: str) -> None:
        item = self.items[ref]
        if any(each.number == number for each in item.pending):
            return
        once = (ref, number) not in self.answered
        self.law("answer_as_told", once, ref, f"{name}.{told}", number, "is answered twice")
        self.answered.add((ref, number))

    def _states_of(self, item: Item) -> set[str]:
        lines = self.lines[item.head.ref]
        return {item.state, *(line.after for line in lines)}

    def _of_item(self, item: Item, at: int | None = None) -> None:
        machine = self.decider.machines[item.head.item]
        persons = any((item.state, event) in machine.plans for event in machine.rules.events)
        live = persons or item.pending or item.deadline is not None or item.state in machine.ends
        self.law("goes_on", bool(live), item.head.ref, item.state, "is stuck")
        self._rows_of(item)
        watched = {n: each for n, each in machine.rules.never.items() if item.state in each.in_}
        if watched and at is not None:
            day = day_of(at, self.zone)
            bench = Workbench(self.decider.contents, self.decider.digest, day, dict(item.answers))
            for name, never in watched.items():
                truth = answer(never.holds, bench.known()).truth
                self.law("never", truth is False, item.head.ref, item.state, name)

    def _rows_of(self, item: Item) -> None:
        """Whatever may still answer has a row that isn't over; what was called has begun."""
        for each in item.pending:
            ref = item.head.ref
            key = self.keys.get((ref, each.number))
            row = None if key is None else self.store.outgoing(key)
            over = row is None or row.status == DONE
            if over and row is not None and row.kind == CALL:
                over = f"{ref}.{each.number}" not in self.items
            self.law("nothing_lost", not over, ref, item.state, "waits for", each, "by", row)

    def _secret(self, change: Change) -> None:
        kept = [change.item.answers, change.item.drafts, *(row.told for row in change.outgoing)]
        if change.past is not None:
            kept.append(change.past.payload)
        found = any(f"'{SECRET}'" in repr(each) for each in kept)
        self.law("no_secret", not found, change.item.head.ref, change.item.version)

    # What ports are told and answer

    def asked(self, port: str, verb: str, call: Call) -> None:
        """A port is asked."""
        row = self.rows.get(call.key)
        known = row is not None and (row.ref, row.to) == (call.ref, f"{port}.{verb}")
        self.law("stable_key", known, f"{port}.{verb}", "is asked under", call.key)

    def heard(self, key: str, ref: str, reply: Reply) -> None:
        """A port has answered, at once or by a callback."""
        self.told[key].add(reply.answer)
        charge = reply.facts.get("charge_no")
        if charge is not None:
            self.charges[ref].add(str(charge))
            one = len(self.charges[ref]) == 1
            self.law("charged_once", one, ref, "by", sorted(self.charges[ref]))

    def payments(self, live: Iterable[LivePayment]) -> None:
        """What is being paid or paid at the ledger."""
        found: dict[tuple[str, str, str], list[Any]] = {}
        for each in live:
            found.setdefault((each.enrolment, each.scheme, each.period), []).append(each)
        for key, payments in found.items():
            one = len(payments) < 2 or all(each.seeded for each in payments)
            self.law("one_live_payment", one, key, [each.declaration_no for each in payments])

    # In the end

    def whole(self) -> None:
        """Everything that was written is there still, word for word."""
        refs, after = list[str](), ""
        while more := self.store.refs(after):
            refs += more
            after = more[-1]
        self.law("history_whole", sorted(refs) == sorted(self.items), "items", refs)
        for ref in refs:
            item, history = self.store.get(ref), self.store.history(ref)
            same = item == self.items.get(ref)
            self.law("history_whole", same, ref, "was changed behind its history")
            self.law("history_whole", history == self.lines[ref], ref, "lines", len(history))
            if item is not None:
                self._of_item(item)

    def waits(self, item: Item) -> bool:
        """Whether an item waits for something that isn't a person."""
        machine = self.decider.machines[item.head.item]
        persons = any((item.state, event) in machine.plans for event in machine.rules.events)
        return not (item.state in machine.ends or persons)
