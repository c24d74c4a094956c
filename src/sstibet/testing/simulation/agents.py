"""Agents in a simulation (代办人): what they do for others, and what they try."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from sstibet.engine.clock import day_of
from sstibet.engine.errors import NoSuchItem, NotOpen
from sstibet.engine.migrating import SAVED
from sstibet.engine.view import View
from sstibet.items.roles import GO_ON, SEE, START
from sstibet.settings import Agent
from sstibet.testing.simulation.acting import Worker
from sstibet.testing.simulation.planning import WHOLE
from sstibet.testing.simulation.rights import Rights

if TYPE_CHECKING:
    from sstibet.testing.simulation.world import Request, World

IN_PERSON = "in_person"


class Agents:
    """The agents of one world; in one without any, nothing of this does anything."""

    def __init__(self, world: World, agents: Sequence[Agent]) -> None:
        self._world = world
        self.names = list(dict.fromkeys(each.actor for each in agents))
        self.rights = Rights(world.book.contents, agents)

    def today(self, at: Worker) -> date:
        """The day, as a worker sees it."""
        return day_of(at.engine.clock.now(), self._world.zone)

    def begins(self, nth: int, seed: int, at: Worker, points: int) -> None:
        """An agent begins an item for somebody: mostly one that they may begin."""
        if not self.names:
            return
        rng, world = random.Random(seed), self._world
        actor, day = self.names[nth % len(self.names)], self.today(at)
        every = [(name, each.actor) for name in world.parts.items for each in world.people]
        theirs = [
            each for each in every if self.rights.reaches(actor, each[1], each[0], START, day)
        ]
        item, owner = rng.choice(theirs if theirs and rng.random() < 0.7 else every)
        self._runs(world.request(actor, ("start", item, owner), {}, owner), at, points)

    def goes(self, nth: int, seed: int, at: Worker, points: int) -> None:
        """An agent goes on with somebody's item, some steps: mostly with one that they may."""
        if (found := self._found(nth, seed, at, 0.8)) is not None:
            actor, ref, owner, rng = found
            world = self._world
            world.begun(f"for {ref}", at, lambda: world.goes(at, ref, actor, rng, owner), points)

    def tries(self, nth: int, seed: int, at: Worker, points: int) -> None:
        """An agent tries what is withheld from them, or any event of an item, whether or not it is
        time for it and theirs to do; or names another person than the item's."""
        if (found := self._found(nth, seed, at, 0.5)) is None:
            return
        world, (actor, ref, owner, rng) = self._world, found
        left = self._withheld(self.today(at))
        if left and rng.random() < 0.6:
            actor, ref, owner, event = rng.choice(left)
        else:
            item = world.laws.items[ref].head.item
            event = rng.choice(list(world.decider.machines[item].rules.events))
            owner = rng.choice(world.people).actor if rng.random() < 0.3 else owner
        self._runs(world.request(actor, (ref, event), {}, owner), at, points)

    def _withheld(self, day: date) -> list[tuple[str, str, str, str]]:
        """What there is to be done just now that an agent may see and must leave: who, with what,
        whose, by which event."""
        found, rights = list[tuple[str, str, str, str]](), self.rights
        for ref, item in self._world.laws.items.items():
            name, owner = item.head.item, item.head.actor
            machine = self._world.decider.machines[name]
            plans = [(each, machine.plans.get((item.state, each))) for each in machine.rules.events]
            for actor in self.names:
                if rights.reaches(actor, owner, name, SEE, day):
                    found += [
                        (actor, ref, owner, event)
                        for event, plan in plans
                        if plan and not rights.may(actor, owner, name, event, plan.form, day)
                    ]
        return found

    def saves(self, nth: int, seed: int, at: Worker, points: int) -> None:
        """An agent types something into somebody's form, and it is kept."""
        if (found := self._found(nth, seed, at, 0.7)) is None:
            return
        actor, ref, owner, rng = found
        forms = [each for *each, event in self._withheld(self.today(at)) if event == "submit"]
        if forms and rng.random() < 0.4:
            actor, ref, owner = rng.choice(forms)
        typed = {"channel": "?"}

        def act() -> None:
            self._world.laws.asks(actor, (ref, SAVED), f"a draft of {actor}")
            self._world.laws.acted[actor, ref, SAVED].add(self.today(at))
            reached = self._reaches(actor, owner, ref, at)
            self._asked(
                reached, ref, lambda: at.engine.save(ref, typed, actor=actor, on_behalf_of=owner)
            )

        self._world.begun(f"save {ref}", at, act, points)

    def looks(self, nth: int, who: int, at: Worker, points: int) -> None:
        """An agent looks at somebody's items."""
        if not self.names:
            return
        world, actor = self._world, self.names[nth % len(self.names)]
        owner = world.people[who % len(world.people)].actor

        def act() -> None:
            day = self.today(at)
            for view in at.engine.items(actor=actor, on_behalf_of=owner):
                self.seen(view, actor, owner, day)

        world.begun(f"items of {owner} for {actor}", at, act, points)

    def _found(
        self, nth: int, seed: int, at: Worker, usual: float
    ) -> tuple[str, str, str, random.Random] | None:
        """An agent, and an item of somebody: one that they may go on with, mostly."""
        known = self._world.open_items()
        if not self.names or not known:
            return None
        rng, day, items = random.Random(seed), self.today(at), self._world.laws.items
        every = [(actor, ref, owner) for actor in self.names for ref, owner in known]
        theirs = [
            (actor, ref, owner)
            for actor, ref, owner in every
            if self.rights.reaches(actor, owner, items[ref].head.item, GO_ON, day)
        ]
        chosen = theirs if theirs and rng.random() < usual else every
        return *chosen[nth % len(chosen)], rng

    def _runs(self, request: Request, at: Worker, points: int) -> None:
        world = self._world
        world.begun(f"send {request.key}", at, lambda: world.send(request, at), points)

    # What comes of it

    def ask(self, request: Request, at: Worker, ask: Callable[[], View]) -> View | None:
        """What an agent's request comes to; None where it isn't theirs to make."""
        laws, owner, (first, second) = self._world.laws, request.for_ or "", request.what[:2]
        day = self.today(at)
        laws.acted[request.actor, *request.what].add(day)
        if first == "start":
            reached = self.rights.reaches(request.actor, owner, second, START, day)
            return self._asked(reached, request.key, ask)
        before = laws.items[first]
        view = self._asked(self._reaches(request.actor, owner, first, at), request.key, ask)
        if view is not None and view.code == IN_PERSON and laws.items[first] == before:
            plan = self._world.decider.machines[view.item].plans.get((before.state, second))
            form = None if plan is None else plan.form
            theirs = self.rights.may(request.actor, owner, view.item, second, form, day)
            laws.law("agent_reaches", not theirs, request.actor, "is refused", first, second)
        return view

    def view(self, at: Worker, ref: str, actor: str, owner: str) -> View | None:
        """An item as an agent sees it; None where they may not."""
        day, reached = self.today(at), self._reaches(actor, owner, ref, at)
        view = self._asked(
            reached, ref, lambda: at.engine.view(ref, actor=actor, on_behalf_of=owner)
        )
        if view is not None:
            self.seen(view, actor, owner, day)
        return view

    def seen(self, view: View, actor: str, owner: str, day: date) -> None:
        """What an agent is shown is theirs to see, and what is withheld from them is marked."""
        law, rights = self._world.laws.law, self.rights
        head = self._world.laws.items[view.ref].head
        theirs = head.actor == owner and rights.reaches(actor, owner, view.item, SEE, day)
        law("agent_reaches", theirs, actor, "sees", view.ref, "of", head.actor)
        plans = self._world.decider.machines[view.item].plans
        for each in view.events:
            form = plans[view.state, each.name].form
            may = rights.may(actor, owner, view.item, each.name, form, day)
            shown = each.why_not is None or each.why_not.code != IN_PERSON
            law("withheld", may == shown, actor, "is shown", view.ref, view.state, each.name)
        if view.inner is not None:
            self.seen(view.inner, actor, owner, day)

    def _reaches(self, actor: str, owner: str, ref: str, at: Worker) -> bool:
        head = self._world.laws.items[ref].head
        day = self.today(at)
        return head.actor == owner and self.rights.reaches(actor, owner, head.item, SEE, day)

    def _asked(self, reached: bool, what: str, ask: Callable[[], View]) -> View | None:
        try:
            view = ask()
        except (NoSuchItem, NotOpen):
            self._world.say(f"{what} isn't theirs")
            self._world.laws.law("agent_reaches", not reached, what, "isn't there for an agent")
            return None
        self._world.laws.law("agent_reaches", reached, what, "is there for an agent")
        return view


ACTS = ("goes", "goes", "goes", "begins", "tries", "tries", "saves", "looks")


def act(agents: Agents, kind: int, nth: int, seed: int, at: Worker, points: int) -> None:
    """What one decision has an agent do."""
    getattr(agents, ACTS[kind % len(ACTS)])(nth, seed, at, points or WHOLE)
