"""Going through an item: its states one after another, what may be done in each, and what is waited
for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sstibet.cli import pages
from sstibet.cli.papering import save
from sstibet.cli.terminal import say_table
from sstibet.cli.walking_fields import show_field
from sstibet.cli.walking_forms import Filling, asks
from sstibet.cli.walking_talk import Back, Leave, Menu, Talk
from sstibet.formats import amount
from sstibet.texts import say

if TYPE_CHECKING:
    from sstibet.engine.clock import SetClock
    from sstibet.engine.engine import Engine
    from sstibet.engine.view import Choice, View

SUBMIT, BACK, GO_ON, DELIVER = "submit", "back", "fill_in", "deliver"
SAVE = "save_picture"  # after it a certificate is in a file
_HARMLESS = (GO_ON, DELIVER)  # what an empty line may choose: the rest may end or undo something
_MOST_DELIVERIES = 10
_LINES = "premium_lines"  # where a form shows the lines itself, they aren't shown twice


@dataclasses.dataclass(frozen=True, slots=True)
class Deed:
    """Something that can be chosen: its name, its words, and what is then done."""

    name: str
    label: str
    does: Callable[[], None]


class Walk:
    """One item in a terminal, on an embedded bureau.

    Args:
        desk: with a clock that can be put forward.
        actor: whose item it is.
        ref: the item.
        folder: where certificates are saved.
    """

    def __init__(
        self, talk: Talk, desk: Engine, clock: SetClock, actor: str, ref: str, folder: Path
    ) -> None:
        self.talk, self.desk, self.clock, self.folder = talk, desk, clock, folder
        self.actor, self.ref = actor, ref
        self._told: object = None
        self._priced: object = None
        self._front: View | None = None
        self._mobiles = [each.mobile for each in desk.bureau.persons()]
        self._read = {mobile: len(desk.bureau.inbox(mobile)) for mobile in self._mobiles}

    def run(self) -> bool:
        """Go on until the item ends or is left; whether it ended well."""
        try:
            while True:
                view = self.desk.view(self.ref, actor=self.actor)
                self._called(view)
                self._heading(view)
                if view.final and not view.events:
                    return self._end(view)
                try:
                    self._act(view.front)
                except Leave:
                    if not view.final:
                        raise
                    return self._end(view)  # over, though something might still be done
        except Leave:
            self.talk.say("left", "yellow", ref=self.ref)
            return False

    def _act(self, view: View) -> None:
        """What is done in a state: its form, unless something else is likely to come first."""
        others = [each for each in view.events if each.form is not None and each.name != SUBMIT]
        fills = any(each.name == SUBMIT for each in view.events) and asks(view.form)
        if fills and not others:
            self._fill(view, SUBMIT)
            return
        if view.form is not None and not fills:
            Filling(self.talk, self.desk, self.actor, view, SUBMIT).show()
        self._amount(view)
        self._menu(view)

    def _fill(self, view: View, event: str) -> None:
        """Fill in an event's form and send it; an answer that is refused is asked for again."""
        filling = Filling(self.talk, self.desk, self.actor, view, event)
        label = next(each.label for each in view.events if each.name == event)
        while True:
            try:
                payload = filling.run()
                self._amount(view)
                prompt = self.talk.word("confirm", label=label.text(self.talk.language))
                if self.talk.ask(prompt, "confirm").strip():
                    self.talk.say("signs", "dim")
                    continue
            except Menu:
                if self._menu(view, filling=event):
                    continue
                return
            except Back:
                if self._goes_back(filling) or self._stays(view, event):
                    continue
                return
            self._watch(filling, payload)
            sent = self.desk.send(view.ref, event, payload, actor=self.actor)
            if sent.problems:
                filling.again(sent.problems)
                continue
            self._refused(sent)
            return

    def _goes_back(self, filling: Filling) -> bool:
        try:
            filling.back()
        except Back:
            return False
        return True

    def _stays(self, view: View, event: str) -> bool:
        """Before the first field: the state before, where the item has a way back; else the list
        of what may be done. Whether the form is gone on with."""
        if any(each.name == BACK and each.form is None for each in view.events):
            self._refused(self.desk.send(view.ref, BACK, actor=self.actor))
            return False
        self.talk.say("first", "dim")
        return self._menu(view, filling=event)

    def _menu(self, view: View, filling: str | None = None) -> bool:
        """Let choose what to do. Whether the form under way is simply gone on with."""
        deeds = self._deeds(view, filling)
        if filling is not None:
            deeds = [Deed(GO_ON, self.talk.word("go_on"), lambda: None), *deeds]
        self._list(view, deeds)
        while True:
            try:
                typed = self.talk.ask(self.talk.word("choose"), "do", self.talk.word("choose_help"))
            except Back:
                typed = BACK if filling is None else GO_ON
            except Menu:
                self._list(view, deeds)
                continue
            found = _chosen(typed.strip(), deeds)
            if found is not None:
                found.does()
                return found.name == GO_ON
            self.talk.say("no_choice" if typed.strip() else "no_enter", "red", count=len(deeds))

    def _list(self, view: View, deeds: list[Deed]) -> None:
        """What may be done, with numbers; and what may not, with the reason."""
        for number, deed in enumerate(deeds, 1):
            self.talk.line(f"  {number}. {deed.label}")
        for choice in view.events:
            if choice.why_not is not None:
                label = choice.label.text(self.talk.language)
                why = choice.why_not.text(self.talk.language)
                self.talk.say("not_now", "dim", label=label, why=why)

    def _deeds(self, view: View, filling: str | None) -> list[Deed]:
        """What may be done in a state: by the person, by those waited for, by time."""
        deeds = list[Deed]()
        for choice in view.events:
            if choice.allowed and choice.name != filling:
                deeds.append(self._deed(view, choice))
        deeds.sort(key=lambda deed: deed.name != SUBMIT)
        if self._waits(view):
            deeds.append(Deed(DELIVER, self.talk.word("deliver"), self._deliver))
        if view.deadline is not None:
            until = self._local(view.deadline)
            label = self.talk.word("deadline", time=until)
            deeds.append(Deed("deadline", label, lambda: self._pass(view.deadline)))
        deeds.append(Deed("day", self.talk.word("day"), lambda: self._pass(None)))
        return deeds

    def _waits(self, view: View) -> bool:
        """Whether an effect may still be answered (an item that was called and has ended may come
        to another end, but nobody waits for that)."""
        effects = self.desk.book.contents.items[view.item].effects
        return any(each in effects for each in view.waits_for)

    def _deed(self, view: View, choice: Choice) -> Deed:
        label = choice.label.text(self.talk.language)
        asked = choice.form is not None and asks(view.forms.get(choice.name, view.form))

        def does() -> None:
            if asked:
                self._fill(self.desk.view(view.ref, actor=self.actor), choice.name)
            else:
                sent = self.desk.send(view.ref, choice.name, actor=self.actor)
                self._refused(sent)
                if choice.name == SAVE and not sent.refused:
                    self._save(view.ref)

        return Deed(choice.name, label, does)

    def _save(self, ref: str) -> None:
        """A certificate in files: where they are, or why there are none."""
        from sstibet.engine.errors import NoPaper
        from sstibet.papers import NotACertificate

        try:
            files = save(self.desk, self.desk.paper(ref, actor=self.actor), self.folder)
        except (NoPaper, NotACertificate, RuntimeError, OSError) as why:
            self.talk.say("not_saved", "yellow", why=why)
        else:
            self.talk.say("saved", "green", files=", ".join(map(str, files)))

    def _deliver(self) -> None:
        """Take what those outside have to say."""
        came = 0
        for _ in range(_MOST_DELIVERIES):
            found = self.desk.deliver()
            came += found
            if not found:
                break
        self.talk.say("came" if came else "none_came", "dim", count=came)

    def _pass(self, until: int | None) -> None:
        """Let time pass: to an instant, or a day."""
        if until is None:
            self.clock.forward(days=1)
        else:
            self.clock.forward(seconds=max(until - self.clock.now(), 0))
        self.talk.say("time", "dim", time=self._local(self.clock.now()))
        self.desk.due()
        self._deliver()

    def _local(self, at: int) -> str:
        from sstibet.engine.clock import local_text

        return local_text(at, self.desk.zone, self.talk.language)

    def _refused(self, view: View) -> None:
        """Why what was sent is refused, if it is."""
        if view.refusal is not None and view.refusal.failed:
            pages.refusal(view.refusal, self.talk.language)
        elif view.refused:
            for each in view.problems:
                self.talk.line(f"✗ {each.text(self.talk.language)}", "red")
            if not view.problems:
                self.talk.line(f"✗ {view.text(self.talk.language)}", "red")

    # What is told

    def _heading(self, view: View) -> None:
        """Where the item stands, once for each state; and text messages that have come."""
        front = view.front
        if self._told != (front.ref, front.state, front.version):
            self._told = (front.ref, front.state, front.version)
            self.talk.line()
            labels, inner = [view.label.text(self.talk.language)], view.inner
            while inner is not None:
                labels.append(inner.label.text(self.talk.language))
                inner = inner.inner
            self.talk.line(f"── {' › '.join(labels)}", "bold blue")
            state = front.state_label.text(self.talk.language)
            until = self._local(front.deadline) if front.deadline is not None else ""
            self.talk.line(self.talk.word("until", state=state, time=until) if until else state)
            if self._waits(front) and not front.final:
                self.talk.say("waiting", "dim")
        self._messages()

    def _called(self, view: View) -> None:
        """How an item that was called has ended, once it is left."""
        before, self._front = self._front, view.front
        if before is None or before.ref in (view.ref, view.front.ref):
            return
        ended = self.desk.view(before.ref, actor=self.actor)
        if ended.final:
            label, state = (
                each.text(self.talk.language) for each in (ended.label, ended.state_label)
            )
            self.talk.line(self.talk.word("returned", label=label, state=state), _style(ended.ends))

    def _messages(self) -> None:
        """Text messages that have come since."""
        for mobile in self._mobiles:
            texts = self.desk.bureau.inbox(mobile)
            for text in texts[self._read.get(mobile, 0) :]:
                self.talk.say("message", "green", mobile=mobile, text=text)
            self._read[mobile] = len(texts)

    def _watch(self, filling: Filling, payload: dict[str, object]) -> None:
        """Look for messages to a number that is typed, too."""
        for field in filling.form.fields:
            typed = payload.get(field.fact)
            if field.kind == "mobile" and typed is not None and str(typed) not in self._mobiles:
                self._mobiles.append(str(typed))

    def _amount(self, view: View) -> None:
        """The amount with its lines, where it has changed; the lines only where the form doesn't
        show them itself."""
        quote = view.quote
        if quote is None or not quote.lines or quote == self._priced:
            return
        self._priced = quote
        language, talk = self.talk.language, self.talk
        if view.form is None or all(each.fact != _LINES for each in view.form.fields):
            names = ("period", "part", "payer", "amount", "rule", "evidence")
            say_table(talk.word("amount"), [talk.word(f"column.{name}") for name in names], [
                (
                    line.period_text(language), line.label.text(language),
                    say(f"payer.{line.payer}", language), line.amount_text(language), line.rule,
                    say(f"evidence.{line.evidence}", language),
                )
                for line in quote.lines
            ])  # fmt: skip
        due, government = amount(quote.due), amount(quote.government)
        self.talk.say("due", "bold", due=due, government=government)
        if quote.evidence == "synthetic":
            self.talk.say("synthetic", "yellow")

    def _end(self, view: View) -> bool:
        """The last screen, and how the item ended."""
        if view.form is not None:
            for field in view.form.fields:
                show_field(self.talk, field)
        well = view.ends == "well"
        self.talk.say("ended_well" if well else "ended_badly", _style(view.ends), ref=view.ref)
        return well


def _style(ends: str | None) -> str:
    return "green" if ends == "well" else "red"


def _chosen(typed: str, deeds: list[Deed]) -> Deed | None:
    """The deed of a number, a name, or a label; the first for an empty line, if that only goes on
    with a form or waits."""
    if not typed:
        return deeds[0] if deeds[0].name in _HARMLESS else None
    if typed.isascii() and typed.isdigit():
        return deeds[int(typed) - 1] if 1 <= int(typed) <= len(deeds) else None
    return next((each for each in deeds if typed in (each.name, each.label)), None)
