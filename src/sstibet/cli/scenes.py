"""Scenes: business items played from the first screen to the last, as data, on an embedded bureau.

``scenes.yaml`` says who does which item, what they do one after another, how it must end, and which
steps of the guide it must take. Which steps *were* taken is read from the engine's history, never
from the scene. What a scene can't know beforehand is written in a closed vocabulary (`VALUES`).

>>> stage = Stage(Engine.open(clock=SetClock.on(scenes.at)), scenes)         # doctest: +SKIP
>>> stage.play("register").faults                                            # doctest: +SKIP
()
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from sstibet.documents import Filled, Name, Named, Node, Whole, YesNo, node

if TYPE_CHECKING:
    from sstibet.engine.engine import Engine
    from sstibet.engine.view import View
    from sstibet.forms.bound import BoundForm
    from sstibet.papers import Sealed, Verifier
    from sstibet.stores.records import Past

FILE = Path(__file__).with_name("scenes.yaml")
_MOST_DELIVERIES = 10
# What a value may be besides a text and a list of values, each with the keys that it has.
VALUES: Mapping[str, frozenset[str]] = {
    "person": frozenset(["person", "field"]),  # of the cast: a field of `bureau.Person`, password
    "face": frozenset(["face"]),  # the scan of an invented face
    "inbox": frozenset(["inbox"]),  # the code in the last text message to a person of the cast
    "row": frozenset(["row", "set"]),  # the first row of this field that may be ticked and fits
    "rows": frozenset(["rows", "set"]),  # all of them
    "answer": frozenset(["answer", "of"]),  # a fact of the item of an earlier scene
}


@node
class Wait(Node):
    """The clock goes forward, then deadlines are fired and callbacks taken."""

    minutes: Whole = 0
    hours: Whole = 0
    days: Whole = 0


@node
class Act(Node):
    """One thing done: an event ``send`` with the answers of its form, ``deliver`` (what the ports
    have ready is taken), or a ``wait``."""

    send: Name | None = None
    with_: Annotated[dict[str, Any], Named()] = field(default_factory=dict)
    deliver: YesNo = False
    wait: Wait | None = None


@node
class Scene(Node):
    """Who does which item and how, the state it must end in, and the guide's steps it must take."""

    item: Name
    by: Name
    acts: tuple[Act, ...]
    ends: Name
    takes: tuple[Filled, ...] = ()


@node
class Scenes(Node):
    """All scenes: when they are played, and the guide's steps in their order."""

    at: Filled
    steps: tuple[Filled, ...]
    scenes: Annotated[dict[str, Scene], Named()]


@cache
def load_scenes(path: Path = FILE) -> Scenes:
    """The scenes of a file. ValueError names what is wrong in it."""
    from sstibet.findings import validate
    from sstibet.reader import read

    document, problems = read(path, path.name)
    found = None if document is None else validate(Scenes, document, problems)
    if problems or found is None:
        raise ValueError("\n".join(str(each) for each in problems))
    assert isinstance(found, Scenes)
    return found


@dataclass(frozen=True, slots=True)
class Taken:
    """A step of the guide as the history has it: in which scene, by which line of which item, the
    state that was reached, and what the person then saw of the item (None: they saw it no more)."""

    step: str
    scene: str
    item: str
    past: Past
    reached: str
    view: View | None


@dataclass(frozen=True, slots=True)
class Played:
    """A scene that was played: its item, what the person saw last, the steps that the history has,
    and what went wrong."""

    name: str
    ref: str
    view: View | None
    taken: tuple[Taken, ...]
    faults: tuple[str, ...]


class Fault(Exception):
    """A scene can't go on: what it wants isn't offered, or was refused."""


class Stage:
    """A desk on which scenes are played; later ones may use what earlier ones brought. ``papers``
    are the certificates that they brought, ``verifiers`` what judges them."""

    def __init__(self, desk: Engine, scenes: Scenes | None = None) -> None:
        self.desk = desk
        self.scenes = scenes or load_scenes()
        self.cast = desk.bureau.cast()
        self.played: dict[str, Played] = {}
        self.papers: list[Sealed] = []
        self.verifiers: tuple[Verifier, ...] = ()
        self._seen: dict[str, list[View]] = {}

    def play_all(self) -> list[Played]:
        """Every scene in the file's order."""
        return [self.play(name) for name in self.scenes.scenes]

    def play(self, name: str) -> Played:
        """Play one scene; what goes wrong is told in its faults."""
        scene = self.scenes.scenes[name]
        actor = getattr(self.cast, scene.by).actor
        ref, view, faults = "", None, list[str]()
        try:
            view = self.desk.start(scene.item, actor=actor)
            ref = view.ref
            self._keep(view)
            for number, act in enumerate(scene.acts, 1):
                view = self._do(name, number, act, ref, actor)
            if view.state != scene.ends:
                faults.append(f"ends in {view.front.state!r}, not in {scene.ends!r}")
        except Fault as fault:
            faults.append(str(fault))
        except Exception as error:  # a scene that breaks is a fault of its own, not of the others'
            faults.append(f"{type(error).__name__}: {error}")
        taken = tuple(self._taken(name, ref)) if ref else ()
        lacking = [step for step in scene.takes if all(step != each.step for each in taken)]
        if lacking:
            faults.append(f"did not take {', '.join(lacking)}")
        self._keep_paper(ref, actor)
        self.played[name] = Played(name, ref, view, taken, tuple(faults))
        return self.played[name]

    def _do(self, scene: str, number: int, act: Act, ref: str, actor: str) -> View:
        if act.send is not None:
            front = self.desk.view(ref, actor=actor).front
            form = front.forms.get(act.send, front.form)
            try:
                # What is filled in already stays so, as on any screen.
                answers = dict(form.data()) if form is not None else {}
                answers |= {name: self._value(form, name, v) for name, v in act.with_.items()}
            except LookupError as error:
                raise Fault(f"act {number} ({act.send}): {error}") from None
            sent = self.desk.send(
                front.ref, act.send, answers, actor=actor, key=f"{scene} {ref} {number}"
            )
            if sent.refused:
                fields = ", ".join(f"{each.field}: {each.code}" for each in sent.problems)
                said = f"{sent.text('en')} {fields}".strip()
                raise Fault(f"act {number}: {act.send!r} in {front.state!r} is refused: {said}")
        if act.wait is not None:
            wait = act.wait
            self.desk.clock.forward(days=wait.days, hours=wait.hours, minutes=wait.minutes)  # type: ignore[attr-defined]  # scenes are played by a clock that is set
            self.desk.due()
        if act.deliver or act.wait is not None:
            for _ in range(_MOST_DELIVERIES):
                if not self.desk.deliver():
                    break
        view = self.desk.view(ref, actor=actor)
        self._keep(view)
        return view

    def _keep_paper(self, ref: str, actor: str) -> None:
        """The certificate of an item, if it has one."""
        from sstibet.engine.errors import NoPaper, NoSuchItem

        with suppress(NoPaper, NoSuchItem):
            self.papers.append(self.desk.paper(ref, actor=actor))
            self.verifiers = self.desk.paper_verifiers()

    def _keep(self, view: View) -> None:
        """Keep what was seen, of the item and of those that it has called."""
        self._seen.setdefault(view.ref, []).append(view)
        if view.inner is not None:
            self._keep(view.inner)

    def _value(self, form: BoundForm | None, name: str, value: Any) -> Any:
        """What a scene writes, as it is sent. LookupError where there is no such thing."""
        if isinstance(value, str):
            return value
        if isinstance(value, list):
            return [self._value(form, name, each) for each in value]
        keys = frozenset(value) - {"where"}
        kind = next((each for each in VALUES if each in keys), None)
        if kind is None or not keys <= VALUES[kind]:
            raise LookupError(f"{name}: {sorted(keys)} is none of the values that a scene has")
        if kind == "person":
            return self._of_person(value["person"], value["field"])
        if kind == "face":
            return self.desk.bureau.demo_face()
        if kind == "inbox":
            return self.desk.bureau.code(getattr(self.cast, value["inbox"]).mobile)
        if kind == "answer":
            return self._answered(value["of"], value["answer"])
        rows = list(self._rows(form, name, value))
        return rows if kind == "rows" else rows[0]

    def _of_person(self, role: str, name: str) -> str:
        person = getattr(self.cast, role)
        if name == "password":
            return str(self.desk.bureau.demo_password(person))
        return str(getattr(person, name))

    def _answered(self, scene: str, fact: str) -> Any:
        item = self.desk.store.get(self.played[scene].ref)
        assert item is not None, "a scene that was played has its item"
        return item.answers[fact]

    def _rows(self, form: BoundForm | None, name: str, value: Any) -> Iterator[dict[str, Any]]:
        """The rows of a field that may be ticked and have what ``row`` or ``rows`` says."""
        shown = None if form is None else form.field(name).rows
        wanted = _plain(value["row"] if "row" in value else value["rows"])
        found = [
            row
            for row in (shown.pickable if shown else ())
            if all(str(row.values.get(column)) == text for column, text in wanted.items())
        ]
        if not found:
            raise LookupError(f"no row of {name!r} with {wanted} may be ticked")
        for row in found:
            yield {"key": row.key, **_plain(value.get("set", {}))}

    def _taken(self, scene: str, ref: str) -> Iterator[Taken]:
        """The guide's steps in the history of an item and of those that it has called."""
        for item_ref, item in _family(self.desk, ref):
            history = self.desk.store.history(item_ref)
            for at, past in enumerate(history):
                if not past.steps:
                    continue
                view = self._after(item_ref, past.version)
                reached = _settled(history, at).after if view is None else view.state
                for step in past.steps:
                    yield Taken(step, scene, item, past, reached, view)

    def _after(self, ref: str, version: int) -> View | None:
        """What was seen of an item first once it had this version."""
        seen = self._seen.get(ref, ())
        return next((view for view in seen if view.version >= version), None)


def steps_taken(desk: Engine, ref: str) -> set[str]:
    """The steps of the guide that the history of an item, and of those it has called, shows."""
    return {
        step
        for each, _ in _family(desk, ref)
        for past in desk.store.history(each)
        for step in past.steps
    }


def _family(desk: Engine, ref: str) -> Iterator[tuple[str, str]]:
    """An item and the items that it has called, each with its machine's name."""
    item = desk.store.get(ref)
    if item is None:
        return
    yield ref, item.head.item
    for number in range(1, item.numbered + 1):
        yield from _family(desk, f"{ref}.{number}")


def _settled(history: list[Past], at: int) -> Past:
    """The last line before the next thing that a person does: what came out of the line ``at``."""
    last = history[at]
    for past in history[at + 1 :]:
        if "." not in past.event:
            break
        last = past
    return last


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in value.items() if key != "where"}


__all__ = [
    "FILE",
    "Act",
    "Played",
    "Scene",
    "Scenes",
    "Stage",
    "Taken",
    "load_scenes",
    "steps_taken",
]
