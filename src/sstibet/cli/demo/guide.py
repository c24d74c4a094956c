"""The demo's second part: every step of the operating guide, played on the embedded bureau."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sstibet.cli.scenes import Played, Stage, Taken, load_scenes
from sstibet.cli.terminal import word
from sstibet.rulebook import Rulebook

if TYPE_CHECKING:
    from sstibet.contents import Contents
    from sstibet.engine.view import View
    from sstibet.labels import Label

_WIDE = 5  # cells that an id takes


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one step of the guide, and whether it was taken without a fault."""

    step: str
    line: str
    right: bool


def play(book: Rulebook) -> Stage:
    """All scenes, played on a bureau of their own."""
    from sstibet.engine.clock import SetClock
    from sstibet.engine.engine import Engine

    scenes = load_scenes()
    clock = SetClock.on(scenes.at, book.contents.info.time_zone)
    stage = Stage(Engine.open(book=book, clock=clock), scenes)
    try:
        stage.play_all()
    finally:
        stage.desk.close()
    return stage


def tell(stage: Stage, language: str) -> Iterator[Told]:
    """One line for each step of the guide in its order; after them those that the history has and
    the guide doesn't list."""
    contents = stage.desk.book.contents
    faulty = {played.name for played in stage.played.values() if played.faults}
    taken: dict[str, list[Taken]] = {}
    for each in _all_taken(stage.played.values()):
        taken.setdefault(each.step, []).append(each)
    for step in (*stage.scenes.steps, *sorted(set(taken) - set(stage.scenes.steps))):
        found = taken.get(step)
        listed = step in stage.scenes.steps
        if not found:
            yield Told(step, f"{step:{_WIDE}} {word('demo.not_taken', language)}  FAILED", False)
            continue
        # Told by a scene that came to its end as it must, if there is one.
        scene = next((each.scene for each in found if each.scene not in faulty), found[0].scene)
        right = listed and scene not in faulty
        lines = [each for each in found if each.scene == scene]
        # What the person did last for this step, and what it came to in the end.
        acts = [each for each in lines if "." not in each.past.event]
        done = _done(contents, (acts or lines)[-1], language)
        came = _came(contents, lines[-1], language)
        yield Told(step, f"{step:{_WIDE}} {done} → {came}  {'ok' if right else 'FAILED'}", right)


def faults(stage: Stage) -> list[str]:
    """What went wrong, a line for each fault of a scene."""
    return [
        f"{played.name}: {fault}" for played in stage.played.values() for fault in played.faults
    ]


def _all_taken(played: Iterable[Played]) -> Iterator[Taken]:
    for each in played:
        yield from each.taken


def _done(contents: Contents, taken: Taken, language: str) -> str:
    """What was done: by the person, by a port that was asked, or in an item that was called."""
    rules, event = contents.items[taken.item], taken.past.event
    name, _, _ = event.partition(".")
    what: Label
    if event in rules.events:
        what = rules.events[event].label
        screen = rules.states[taken.past.before].label.text(language)
        return f"{rules.label.text(language)}: {screen} · {what.text(language)}"
    if name in rules.effects:
        port, _, verb = rules.effects[name].do.partition(".")
        what = contents.ports[port].verbs[verb].label
    else:
        what = contents.items[rules.calls[name].item].label
    return f"{rules.label.text(language)}: {what.text(language)}"


def _came(contents: Contents, taken: Taken, language: str) -> str:
    """What came out: the state, and of what the person then saw the amounts and the rows."""
    state = contents.items[taken.item].states[taken.reached].label.text(language)
    shown = list(_seen(taken.view, language)) if taken.view is not None else []
    return f"{state} ({', '.join(shown)})" if shown else state


def _seen(view: View, language: str) -> Iterator[str]:
    """The amounts that are shown, and how many rows; the amount due where there is no form."""
    for field in view.form.fields if view.form is not None else ():
        label = field.label.text(language)
        if field.rows is not None and field.rows.rows:
            yield word("demo.rows", language, label=label, count=len(field.rows.rows))
        elif field.kind == "money" and field.value is not None:
            yield f"{label} {field.value}"
    if view.form is None and view.quote is not None:
        yield f"{word('demo.due', language)} {view.quote.due}"
