"""Reconciling (对账): what gateway and ledger list, compared with the items.

What is charged and its item was never told of is brought to the item, as the late success that it
is; the machine books it in or gives it back. What doesn't agree in any other way is found and left
as it is: a person looks at it. Which rows of which statement stand for what is said by the items'
``reconciles``. Doing it twice, or by two at once, finds the same and settles nothing twice.
"""

from __future__ import annotations

import logging
import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sstibet.deciding.machine import verb_of
from sstibet.engine import errors
from sstibet.engine.access import DESK, findable
from sstibet.engine.clock import day_of
from sstibet.engine.ports import Call, Reply, Unavailable
from sstibet.items.documents import Compared
from sstibet.items.value import Item
from sstibet.stores.records import EFFECT, Outgoing
from sstibet.vault import Spoilt

if TYPE_CHECKING:
    from sstibet.engine.engine import Engine

SETTLED, WAITING, PERSON = "settled", "waiting", "person"
_ROUNDS = 10
_PAGE = 1000
_log = logging.getLogger("sstibet.engine")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that didn't agree: of which item's comparison (``payment.charges``), the value that
    the row is found by (an order, a charge), the item's reference where there is one, what it is
    (``code``), and the row as it was told. ``kind``: it is ``settled`` now, it is ``waiting`` for
    what is under way, or a ``person`` must look at it."""

    kind: str
    code: str
    of: str
    by: str
    ref: str | None = None
    told: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was compared: from which day until which, how many rows of each comparison and how many
    items; and what was found."""

    since: date
    until: date
    rows: Mapping[str, int]
    items: int
    findings: tuple[Finding, ...]

    def of(self, kind: str) -> tuple[Finding, ...]:
        """The findings of a kind."""
        return tuple(each for each in self.findings if each.kind == kind)

    @property
    def settled(self) -> tuple[Finding, ...]:
        """What was found, and is in order by now."""
        return self.of(SETTLED)

    @property
    def for_person(self) -> tuple[Finding, ...]:
        """What a person must look at; nothing was done about it."""
        return self.of(PERSON)

    @property
    def agrees(self) -> bool:
        """Whether nothing is left that a person must look at."""
        return not self.for_person


@dataclass(frozen=True, slots=True)
class _Glance:
    """What is kept of an item while all are gone through: of a million there is room for that."""

    machine: str
    state: str
    opened: date
    facts: Mapping[str, str]


@dataclass(slots=True)
class _Found:
    """The items that are compared, by reference; those that can't be read."""

    items: dict[str, _Glance] = field(default_factory=dict)
    spoilt: list[str] = field(default_factory=list)


def reconcile(engine: Engine, since: date | None = None) -> Reconciled:
    """Compare and settle; see `Engine.reconcile`."""
    _check_ports(engine)
    for _ in range(_ROUNDS):  # what is due happens first, and what follows from it
        if not engine.deliver() + engine.due():
            break
    return _Run(engine, since).run()


def _check_ports(engine: Engine) -> None:
    """PortMissing where the embedded bureau would answer for what it never was asked: the desk has
    ports of its own, and wasn't opened with them. Nothing is asked and nothing delivered before."""
    bureau = engine.bureau
    others = frozenset() if bureau is None else bureau.others
    wrong = [name for name in sorted(others) if engine.ports.get(name) is bureau.port(name)]
    if wrong:
        names = " and ".join(map(repr, wrong))
        told = f"this desk has {names} of its own, and the embedded bureau knows nothing of it"
        hint = "open it with ports={…} and reconcile there (desk.reconcile())"
        raise errors.PortMissing(f"{told}: {hint}")


class _Run:
    """One run over the items of every machine that is compared with something."""

    def __init__(self, engine: Engine, since: date | None) -> None:
        self.engine = engine
        self.until = day_of(engine.clock.now(), engine.zone)
        self.asked_since = since
        items = engine.book.contents.items
        self.machines = {name: rules for name, rules in items.items() if rules.reconciles}
        self.found: list[Finding] = []
        self.rows: dict[str, int] = {}

    def run(self) -> Reconciled:
        # Items first and statements after: what an item says was told by then.
        known = self._known()
        days = (each.opened for each in known.items.values())
        since = self.asked_since or min(days, default=self.until)
        for ref in known.spoilt:
            self._add(PERSON, "spoilt", "items", ref, ref)
        for machine, rules in self.machines.items():
            for name, compared in rules.reconciles.items():
                rows = self._statement(compared, since)
                self.rows[f"{machine}.{name}"] = sum(map(len, rows.values()))
                self._compare(machine, f"{machine}.{name}", compared, rows, known, since)
        return Reconciled(
            since, self.until, self.rows, len(known.items), tuple(sorted(set(self.found)))
        )

    def _known(self) -> _Found:
        """Every item of the machines that are compared."""
        found, after = _Found(), ""
        store = self.engine.store
        while refs := store.refs(after, _PAGE):
            after = refs[-1]
            for ref in refs:
                try:
                    item = store.get(ref)
                except Spoilt:
                    found.spoilt.append(ref)
                    continue
                if item is not None and item.head.item in self.machines:
                    found.items[ref] = self._glance(self._of_today(item))
        return found

    def _of_today(self, item: Item) -> Item:
        """The item under the machine that is compared; as it stands where nothing leads there."""
        try:
            return self.engine.migrating.seen(item)
        except (errors.MachineChanged, errors.EditionGone) as why:
            _log.error("%s is compared as it stands: %s", item.head.ref, why)
            return item

    def _glance(self, item: Item) -> _Glance:
        machine = item.head.item
        facts = {
            each.fact: str(item.answers[each.fact])
            for each in self.machines[machine].reconciles.values()
            if each.fact in item.answers and each.fact is not None
        }
        return _Glance(machine, item.state, day_of(item.head.opened, self.engine.zone), facts)

    # Statements

    def _statement(self, compared: Compared, since: date) -> dict[str, list[Row]]:
        """The rows of all days, by what they are found by."""
        rows = defaultdict[str, list[Row]](list)
        for n in range((self.until - since).days + 1):
            for row in self._asked(compared, since + timedelta(days=n)):
                rows[str(row.get(compared.by, ""))].append(row)
        return rows

    def _asked(self, compared: Compared, day: date) -> tuple[Row, ...]:
        engine = self.engine
        port, _, name = compared.statement.partition(".")
        ask = getattr(engine.ports.get(port), name, None)
        if not callable(ask):
            raise errors.PortMissing(f"nobody answers {compared.statement}")
        at = engine.clock.now()
        key = f"reconcile:{secrets.token_hex(16)}"
        call = Call(key, key, f"{DESK}reconcile", at, self.until)
        needs = engine.book.contents.ports[port].verbs[name].needs
        answer = ask(call, **{needs[0]: day})
        listed = answer.facts.get(compared.rows) if isinstance(answer, Reply) else None
        if listed is None or answer.answer != "listed":
            raise Unavailable(f"{compared.statement} listed nothing for {day}")
        dictionary = engine.book.contents.dictionary
        try:
            found: tuple[Row, ...] = dictionary.read(compared.rows, listed)
        except ValueError as error:
            raise Unavailable(f"{compared.statement} of {day} can't be read: {error}") from None
        return found

    # Comparing

    def _compare(
        self, machine: str, of: str, compared: Compared, rows: dict[str, list[Row]],
        known: _Found, since: date,
    ) -> None:  # fmt: skip
        index = self._index(machine, compared, known)
        if compared.fact is not None and rows.keys() - index.keys():
            # Others go on working: an item may be newer than the statement's first page.
            known.items.update(self._known().items)
            index = self._index(machine, compared, known)
        for by, listed in rows.items():
            ref = index.get(by) if compared.fact is not None else by
            item = None if ref is None else self._now(machine, ref)
            if item is None:
                self._add(PERSON, "unknown", of, by, None, listed[0])
            elif len(listed) > 1:
                for row in listed:
                    self._add(PERSON, "doubled", of, by, item.head.ref, row)
            else:
                self._one(of, compared, by, item, listed[0])
        for by, ref in index.items():
            if by not in rows and known.items[ref].opened >= since:
                self._missing(machine, of, compared, by, known.items[ref], ref)

    def _index(self, machine: str, compared: Compared, known: _Found) -> dict[str, str]:
        """References by what rows are found by."""
        items = ((ref, each) for ref, each in known.items.items() if each.machine == machine)
        if compared.fact is None:
            return {ref: ref for ref, _ in items}
        name = compared.fact
        return {each.facts[name]: ref for ref, each in items if name in each.facts}

    def _now(self, machine: str, ref: str) -> Item | None:
        try:
            item = self.engine.store.get(findable(ref))
        except Spoilt:
            return None
        if item is None or item.head.item != machine:
            return None
        return self._of_today(item)

    def _one(self, of: str, compared: Compared, by: str, item: Item, row: Row) -> None:
        """A row and its item."""
        ref = item.head.ref
        if differs := self._differs(compared, item, row):
            return self._add(PERSON, f"differs_{differs}", of, by, ref, row)
        undone = compared.undone is not None and row.get(compared.undone) is not None
        if undone:
            if item.state in compared.in_:
                self._open(of, "undone", by, item, row)
            return None
        if item.state in compared.in_:
            return None
        if item.state in compared.undone_in:
            return self._add(PERSON, "not_undone", of, by, ref, row)
        if not compared.brings:
            return self._open(of, "not_told", by, item, row)
        return self._bring(of, compared, by, item, row)

    def _differs(self, compared: Compared, item: Item, row: Row) -> str | None:
        """The first column that isn't as the item has its fact."""
        dictionary = self.engine.book.contents.dictionary
        for column, fact in compared.agrees.items():
            known = item.answers.get(fact)
            if known is not None and dictionary.read(fact, known) != row.get(column):
                return column
        return None

    def _open(self, of: str, code: str, by: str, item: Item, row: Row | None) -> None:
        """What doesn't agree and may only be under way; in an item that is over it isn't."""
        rules = self.machines[item.head.item]
        over = rules.states[item.state].ends is not None
        self._add(PERSON if over else WAITING, code, of, by, item.head.ref, row)

    def _missing(
        self, machine: str, of: str, compared: Compared, by: str, seen: _Glance, ref: str
    ) -> None:
        """An item that said, before the statement was read, that there is a row, and says so still;
        and none is listed."""
        says = (*compared.in_, *compared.undone_in)
        item = self._now(machine, ref) if seen.state in says else None
        if item is not None and item.state in says:
            self._add(PERSON, "missing", of, by, ref)

    # Settling

    def _bring(self, of: str, compared: Compared, by: str, item: Item, row: Row) -> None:
        """Tell an item what it was never told; its machine does the rest."""
        ref, engine = item.head.ref, self.engine
        for asked, event in self._awaited(compared, item):
            port = asked.to.partition(".")[0]
            reply = self._reply(item.head.item, event, compared, row)
            try:
                engine.callback(port, asked.key, reply)
            except errors.OF_ONE_ITEM as fault:
                _log.error("%s can't be told of %s: %s", ref, by, errors.in_words(fault))
            break
        after = self._now(item.head.item, ref)
        if after is None or after.state not in (*compared.in_, *compared.undone_in):
            self._add(PERSON, "not_taken", of, by, ref, row)
        else:
            self._add(SETTLED, "brought", of, by, ref, row)

    def _reply(self, machine: str, event: str, compared: Compared, row: Row) -> Reply:
        """What a row says, as the verb's own answer: by the names that the verb has for it."""
        name, _, answer = event.partition(".")
        effect = self.machines[machine].effects[name]
        said = verb_of(self.engine.book.contents.ports, effect).answers[answer]
        ours = {each: effect.as_.get(each, each) for each in (*said.gives, *said.may_give)}
        ours |= {each: effect.with_.get(each, each) for each in said.confirms}
        known = {fact: row[column] for column, fact in compared.agrees.items() if column in row}
        return Reply(answer, {each: known[fact] for each, fact in ours.items() if fact in known})

    def _awaited(self, compared: Compared, item: Item) -> Iterator[tuple[Outgoing, str]]:
        """The effects that an item still waits for and the events by which the row may answer them,
        the last first."""
        brings = {event.partition(".")[0]: event for event in compared.brings}
        # By the names that they have now; a row tells by which it was started.
        events = {each.number: brings[each.name] for each in item.pending if each.name in brings}
        for row in reversed(self.engine.store.rows(item.head.ref)):
            if row.kind == EFFECT and row.number in events:
                yield row, events[row.number]

    def _add(
        self, kind: str, code: str, of: str, by: str, ref: str | None, row: Row | None = None
    ) -> None:
        told = tuple((name, str(value)) for name, value in (row or {}).items())
        self.found.append(Finding(kind, code, of, by, ref, told))
