"""What an item's amounts were worked out as, asked of the rules again so that it can be explained.

An item keeps amounts with their rules, and not how they came about. The same book asked the same
on the same day says the same; whatever comes out otherwise than the item keeps it explains nothing
and is left out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from sstibet.contents import Contents
from sstibet.deciding.decide import Decider
from sstibet.deciding.machine import Machine
from sstibet.deciding.working import Stopped, Workbench, entitled, kept_lines, priced
from sstibet.explanation import Compared, Given, Operand, Step
from sstibet.items import works as kinds
from sstibet.items.value import Item
from sstibet.plain import plain
from sstibet.premium.quote import Quote
from sstibet.problems import BadValue
from sstibet.refunds import Entitlement

Answer = Quote | Entitlement
_HIDDEN = "***"


def retold(
    decider: Decider, item: Item, taken: Iterable[tuple[str, str, date]]
) -> tuple[Answer, ...]:
    """The prices, or the refund, that an item's amounts stand for; empty where there are none.

    Args:
        decider: what decides the item's events, by the book that it was opened under.
        item: the item as it stands.
        taken: the state, the event and the day of each step that it took, the last one first.
    """
    machine = decider.machines[item.head.item]
    telling = _telling(machine)
    for state, event, day in taken:
        plan = machine.plans.get((state, event))
        for work in plan.works if plan is not None else ():
            if work not in telling:
                continue
            bench = Workbench(decider.contents, decider.digest, day, dict(item.answers))
            try:
                found = _again(bench, work)
            except (Stopped, BadValue):
                continue
            if found:
                unseen = _Unseen(decider.contents, machine, work)
                return tuple(unseen.left_out_of(each) for each in found)
    return ()


def _telling(machine: Machine) -> list[kinds.Quote | kinds.Refund]:
    """The works that say what a page shows: of prices those that keep their lines, if any does."""
    works = machine.rules.works.values()
    quotes = [each for each in works if isinstance(each, kinds.Quote)]
    lined = [each for each in quotes if each.quote.lines is not None]
    return [*(lined or quotes), *(each for each in works if isinstance(each, kinds.Refund))]


def _again(bench: Workbench, work: kinds.Work) -> list[Answer]:
    """The same answers once more; none where they aren't what the item keeps."""
    answers = bench.answers
    if isinstance(work, kinds.Quote):
        quotes, asked = list(priced(bench, work.quote)), work.quote
        if asked.lines is not None:
            lines = [plain(line) for _, quote in quotes for line in kept_lines(quote)]
            same = lines == answers.get(asked.lines)
        else:
            rows = [(answers if row is None else row, quote) for row, quote in quotes]
            same = all(row.get(asked.due) == plain(quote.due) for row, quote in rows)
        return [quote for _, quote in quotes] if same else []
    assert isinstance(work, kinds.Refund), "no other work is asked again"
    found, told = list(entitled(bench, work.refund)), work.refund
    kept = [row.get(told.amount) for row in answers.get(told.payments, ())]
    for each in found:
        amounts = [plain(line.amount) for line in each.lines]
        if amounts != kept or answers.get(told.total) != plain(each.amount):
            return []
    return list(found)


class _Unseen:
    """What none of the item's forms shows of a person, and so no explanation either."""

    def __init__(self, contents: Contents, machine: Machine, work: kinds.Work) -> None:
        self.facts, self.seen, self.work = contents.dictionary.facts, machine.seen, work

    def left_out_of(self, answer: Answer) -> Answer:
        """The answer, whose steps hide what is unseen."""
        if isinstance(answer, Entitlement):
            return dataclasses.replace(answer, steps=tuple(map(self._step, answer.steps)))
        trace = answer.trace
        return dataclasses.replace(answer, trace=lambda: tuple(map(self._step, trace())))

    def _step(self, step: Step) -> Step:
        if isinstance(step, Given) and self._unseen(step.name):
            return dataclasses.replace(step, hidden=True)
        if isinstance(step, Operand) and self._unseen(step.name):
            return Operand(step.name, _HIDDEN)
        if isinstance(step, Compared) and self._unseen(step.tested.name):
            tested = step.tested
            left, right = (None if v is None else _HIDDEN for v in (tested.left, tested.right))
            return Compared(dataclasses.replace(tested, left=left, right=right))
        return step

    def _unseen(self, name: str) -> bool:
        places = list(self._places(name))
        return any(personal for personal, _ in places) and not any(seen for _, seen in places)

    def _places(self, name: str) -> Iterator[tuple[bool, bool]]:
        """Where what a rule calls so comes from: whether it is personal there, and whether seen."""
        asked: Any = self.work.quote if isinstance(self.work, kinds.Quote) else self.work.refund  # type: ignore[union-attr]  # no other work is told
        source = asked.facts.get(name)
        rows = {asked.rows} if isinstance(self.work, kinds.Quote) else {asked.payments, "payments"}
        column = name if source is None else source.column
        fact = name if source is None else source.fact
        for records in rows:
            fields = self.facts[records].fields if records in self.facts else None
            if fields is not None and column in fields:
                yield fields[column].personal, f"{records}.{column}" in self.seen
        if fact in self.facts:
            yield self.facts[fact].personal, fact in self.seen
