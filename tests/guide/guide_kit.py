"""What the guide's tests share: a desk in October 2025, visits of invented persons, and `proves`.

A test names the steps of the guide that it proves, ``@proves("P1.1")``; that the engine's history
has them is looked at after it (see ``conftest.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from sstibet import Engine, Money, SetClock, View
from sstibet.bureau import Bureau, Cast, Person
from sstibet.forms.parts import BoundField, BoundRow

proves = pytest.mark.proves
yuan = Money.parse

NOW = "2025-10-15T09:00"
ZONE = "Asia/Shanghai"
# Invented; their check digits are right.
CARD, ANOTHER_CARD, THIRD_CARD = "6227000000000000011", "6222020000000000018", "6227000000000000029"
PIN = "246810"


class Desk:
    """A desk with its bureau and a clock that is set, and what was begun at it."""

    def __init__(self, engine: Engine, clock: SetClock) -> None:
        self.engine, self.clock = engine, clock
        self.refs: list[str] = []
        self.closed = False

    @classmethod
    def open(cls, at: str = NOW, path: object = None, **more: Any) -> Desk:
        """A desk at a local time, in memory or on a file."""
        clock = SetClock.on(at, ZONE)
        place = None if path is None else str(path)
        return cls(Engine.open(place, clock=clock, **more), clock)

    @property
    def bureau(self) -> Bureau:
        """The embedded bureau."""
        found: Bureau = self.engine.bureau
        return found

    @property
    def cast(self) -> Cast:
        """Those who have a part to play."""
        return self.bureau.cast()

    def begin(self, item: str, who: Person | str) -> Visit:
        """Somebody begins an item."""
        actor = who if isinstance(who, str) else who.actor
        view = self.engine.start(item, actor=actor)
        self.refs.append(view.ref)
        return Visit(self, view.ref, actor)

    def deliver(self) -> None:
        """Take callbacks until there are none."""
        for _ in range(20):
            if not self.engine.deliver():
                return
        raise AssertionError("callbacks that never end")

    def later(self, **time: int) -> None:
        """Put the clock forward, fire deadlines, take callbacks."""
        self.clock.forward(**time)
        self.engine.due()
        self.deliver()

    def put(self, at: str) -> None:
        """Put the clock to a local time; nothing is fired."""
        self.clock.at = SetClock.on(at, ZONE).at

    def close(self) -> None:
        """Let go of store and bureau."""
        if not self.closed:
            self.engine.close()
            self.closed = True


class Visit:
    """One person's item: what they do and what they see."""

    def __init__(self, desk: Desk, ref: str, actor: str) -> None:
        self.desk, self.ref, self.actor = desk, ref, actor

    @property
    def view(self) -> View:
        """The item as its owner sees it now."""
        return self.desk.engine.view(self.ref, actor=self.actor)

    @property
    def front(self) -> View:
        """What is in front: the innermost item that was called and is under way."""
        return self.view.front

    @property
    def state(self) -> str:
        """The state of what is in front."""
        return self.front.state

    def field(self, fact: str, event: str = "submit") -> BoundField:
        """A field of the screen that is shown (or of an event's own form)."""
        front = self.front
        form = front.forms.get(event, front.form)
        assert form is not None, f"{front.state} shows no form"
        return form.field(fact)

    def shows(self, fact: str) -> Any:
        """What the screen shows of a fact that can't be changed: personal values masked."""
        found = self.field(fact)
        assert found.read_only, f"{fact} can be changed"
        return found.masked

    def rows(self, fact: str, event: str = "submit") -> tuple[BoundRow, ...]:
        """The rows that a field lists."""
        found = self.field(fact, event).rows
        assert found is not None, f"{fact} lists no rows"
        return found.rows

    def row(self, fact: str, event: str = "submit", **values: str) -> dict[str, Any]:
        """The first row that has these values, as it is sent."""
        for each in self.rows(fact, event):
            if all(str(each.values.get(name)) == value for name, value in values.items()):
                return {"key": each.key}
        raise AssertionError(f"no row of {fact} with {values}")

    def typed(self, event: str, answers: Mapping[str, Any]) -> dict[str, Any]:
        """The answers with what the screen had filled in already, as any screen sends them."""
        front = self.front
        form = front.forms.get(event, front.form)
        return {**(form.data() if form is not None else {}), **answers}

    def send(self, event: str = "submit", /, *, key: str | None = None, **answers: Any) -> View:
        """Do something, which must be taken. The view of what is in front after it."""
        front = self.front
        after = self.desk.engine.send(
            front.ref, event, self.typed(event, answers), actor=self.actor, key=key
        )
        problems = [(each.field, each.code) for each in after.problems]
        assert not after.refused, (front.state, event, after.code, problems, after.refusal)
        return self.front

    def refused(self, event: str = "submit", /, **answers: Any) -> View:
        """Do something that must be refused and change nothing. The view with the reason."""
        before = self.front
        after = self.desk.engine.send(
            before.ref, event, self.typed(event, answers), actor=self.actor
        )
        assert after.refused, f"{event} was taken in {before.state}"
        assert (after.state, after.version) == (before.state, before.version)
        assert self.desk.engine.store.get(before.ref) is not None
        return after

    def wrong(self, event: str = "submit", /, **answers: Any) -> dict[str, str]:
        """What is wrong with these answers: codes by field."""
        after = self.refused(event, **answers)
        assert after.problems, (after.code, after.refusal)
        return {each.field: each.code for each in after.problems}

    def failed_rules(self, event: str = "submit", /, **answers: Any) -> list[str]:
        """The rules that refuse these answers, by name."""
        after = self.refused(event, **answers)
        assert after.refusal is not None, (after.code, after.problems)
        return [each.id for each in after.refusal.failed] or [after.refusal.code]


def name_and_number(person: Person) -> dict[str, str]:
    """What is asked of the person for whom one pays."""
    return {"insured_name": person.name, "insured_id_number": person.id_number}


def to_resident_years(visit: Visit, insured: Person, *schemes: str) -> None:
    """Through the first screens of the residents' item: these schemes are chosen."""
    visit.send(**name_and_number(insured))
    visit.send(chosen_enrolments=[visit.row("chosen_enrolments", scheme=s) for s in schemes])


def years(visit: Visit, **chosen: str) -> dict[str, Any]:
    """The answer of the screen of years."""
    rows = [
        {**visit.row("chosen_enrolments", scheme=s), "coverage_year": y} for s, y in chosen.items()
    ]
    return {"pay_mode": "ordinary", "chosen_enrolments": rows}


def to_resident_tiers(visit: Visit, insured: Person, **chosen: str) -> None:
    """On to the screen of tiers: these schemes for these years."""
    to_resident_years(visit, insured, *chosen)
    visit.send(**years(visit, **chosen))


def tiers(visit: Visit, **chosen: str) -> dict[str, Any]:
    """The answer of the screen of tiers."""
    return {
        "chosen_enrolments": [
            {**visit.row("chosen_enrolments", scheme=s), "tier": t} for s, t in chosen.items()
        ]
    }


def declare_pension(desk: Desk, payer: Person, tier: str = "200", year: str = "2025") -> Visit:
    """A resident's own pension, declared; the payment is under way and nothing is chosen yet."""
    visit = desk.begin("resident_payment", payer)
    to_resident_tiers(visit, payer, resident_pension=year)
    visit.send(**tiers(visit, resident_pension=tier))
    visit.send()
    return visit


def pay_by_card(visit: Visit, holder: Person) -> View:
    """The screens of 建行支付; the result comes by a callback."""
    visit.send(channel="ccb")
    visit.send(card_number=CARD, id_last_four=holder.id_number[-4:])
    return visit.send(card_holder=holder.name, withdrawal_password=PIN)


ACCOUNT = {
    "region_code": "540100",
    "bank": "105",
    "bank_branch": "虚构支行",
    "account_number": THIRD_CARD,
    "opened_on": "2020-02-29",
    "preferred_for_payment": "yes",
    "for_refunds": "yes",
}
