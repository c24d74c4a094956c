"""Planted values: all that is personal or secret at a desk while every item is done on it, and a
search for them wherever they should not be.

Nearly every value of the embedded bureau's persons is as good as a marker: no other text of the
library holds it. What people type besides (passwords, cards, texts) stands in the scenes.
"""

from __future__ import annotations

import base64
import io
import logging
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.pretty import pretty_repr

import sstibet
from sstibet import Engine, SetClock, Vault
from sstibet.bureau import Bureau
from sstibet.cli.scenes import Stage, load_scenes
from sstibet.deciding import Decider
from sstibet.deciding.working import Workbench
from sstibet.facts import Dictionary, Fact
from sstibet.forms.reading import read
from sstibet.kinds import PERSONAL
from sstibet.stores.sqlite import SqliteStore

SOURCE = str(Path(sstibet.__file__).parent)
LOG = logging.getLogger("planted.port")
# Of these a person sees no more than the ends, on their own screens as well; names they do see.
NUMBERS = ("resident_id", "id_number", "mobile", "bank_card", "account_number", "secret")
_SHORTEST = 5  # a text of fewer characters (a code's "201") is found everywhere


class Planted:
    """The values that were planted, by their text, with the kind of each."""

    def __init__(self, dictionary: Dictionary) -> None:
        self.dictionary = dictionary
        self.kinds: dict[str, str] = {}
        self.facts: set[str] = set()  # those that a value was planted for

    def take(self, answers: Mapping[str, Any]) -> None:
        """Plant what is personal among plain answers, in rows as well."""
        for name, value in answers.items():
            fact = self.dictionary.facts.get(name)
            if fact is None or name == "user":
                continue  # a user's id is what the desk calls them by, as is an actor
            if fact.fields is not None and isinstance(value, (list, tuple)):
                for row in value:
                    for column, each in row.items() if isinstance(row, Mapping) else ():
                        if column in fact.fields:
                            self._take(f"{name}.{column}", fact.fields[column], each)
            else:
                self._take(name, fact, value)

    def _take(self, name: str, fact: Fact, value: Any) -> None:
        # An amount or a code is nobody's by itself.
        if fact.kind in ("code", "money") or not (fact.personal or fact.kind in PERSONAL):
            return
        long_enough = isinstance(value, str) and (
            len(value) >= _SHORTEST or (len(value) > 2 and not value.isascii())
        )
        if long_enough and not value.isspace():
            self.kinds[str(value)] = fact.kind
            self.facts.add(name)

    def find(self, text: str | bytes, kinds: Iterable[str] | None = None) -> set[str]:
        """Which of them stand in a text, or in bytes as UTF-8, UTF-16 or base64."""
        wanted = [v for v, kind in self.kinds.items() if kinds is None or kind in set(kinds)]
        if isinstance(text, str):
            return {value for value in wanted if value in text}
        return {value for value in wanted if any(each in text for each in _written(value))}


def _written(value: str) -> Iterator[bytes]:
    plain = value.encode()
    yield plain
    yield value.encode("utf-16-le")
    yield base64.b64encode(plain).rstrip(b"=")[: max(len(plain), 6)]


class Watching:
    """A port that writes all it is told to the log, as programs do, and looks at the stack that it
    is called from as a reporter of errors would."""

    def __init__(self, port: Any, witness: Witness) -> None:
        self._port, self._witness = port, witness

    def __getattr__(self, verb: str) -> Any:
        found = getattr(self._port, verb)
        if verb.startswith("_") or verb == "ready" or not callable(found):
            return found

        def ask(call: sstibet.Call, **told: Any) -> Any:
            LOG.debug("%s %s %s %r", call, verb, told, list(told.values()))
            LOG.debug(f"{verb}: " + ", ".join(f"{name}={each}" for name, each in told.items()))
            self._witness.told(told)
            self._witness.stack()
            if verb in self._witness.breaking:
                raise ConnectionError(f"cannot send {told} for {call}")
            try:
                raise ConnectionError(f"cannot send {told}")
            except ConnectionError:
                LOG.exception("%s broke", verb)
            return self._witness.answered(found(call, **told))

        return ask


class FailingStore(SqliteStore):
    """A store whose disk is full when it is told so."""

    full = False
    out: io.StringIO

    def commit(self, change: Any) -> None:
        self.out.write(f"{change!r}\n")
        if self.full:
            raise OSError(28, "no space left on device")
        super().commit(change)


class Watched(Decider):
    """What decides, telling what it decides of and what comes of it."""

    __slots__ = ("out",)
    out: io.StringIO

    def begin(self, *given: Any) -> Any:
        return self._told(super().begin(*given))

    def decide(self, item: Any, event: Any) -> Any:
        self.out.write(f"{event!r}\n")
        return self._told(super().decide(item, event))

    def bound(self, item: Any, form: str, day: Any) -> Any:
        found = super().bound(item, form, day)
        self.out.write(f"{read(found, item.drafts.get(form, {}))!r}\n")
        for each in found.fields:
            self.out.write(f"{each!r} {each.rows!r}\n")
        self.out.write(f"{found.known!r} {Workbench(self.contents, '', day, {**item.answers})!r}\n")
        self.out.write(f"{found!r}\n")
        return found

    def _told(self, value: Any) -> Any:
        self.out.write(f"{value!r}\n{pretty_repr(value, max_depth=3)}\n")
        return value


class Witness:
    """Everything that a desk lets out while the scenes are played at it: kept as one text."""

    def __init__(
        self, folder: Path, *, breaking: Iterable[str] = (), vault: Vault | None = None
    ) -> None:
        self.breaking = frozenset(breaking)
        self.book = sstibet.load()
        self.planted = Planted(self.book.contents.dictionary)
        self.out = io.StringIO()
        self.path = folder / "desk.db"
        clock = SetClock.on(load_scenes().at)
        self.bureau = Bureau.open(clock=clock)
        self.store = FailingStore(str(self.path), vault)
        self.store.out = self.out
        ports = {name: Watching(port, self) for name, port in self.bureau.ports().items()}
        self.engine = Engine(self.book, store=self.store, ports=ports, clock=clock)
        self.engine.bureau = self.bureau
        decides = self.engine.decider
        self.engine.decider = Watched(decides.contents, decides.digest, decides.machines)
        self.engine.decider.out = self.out
        self.cast = self.bureau.cast()
        self.items: set[str] = set()

    # What a stage needs of a desk, with a look at each thing that passes.

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def start(self, item: str, **given: Any) -> Any:
        self.items.add(item)
        return self.seen(self.engine.start(item, **given))

    def view(self, ref: str, **given: Any) -> Any:
        return self.seen(self.engine.view(ref, **given))

    def send(self, ref: str, event: str, answers: dict[str, Any], **given: Any) -> Any:
        self.planted.take(answers)
        self._provoke(ref, event, answers, given)
        return self.seen(self.engine.send(ref, event, answers, **given))

    def _provoke(self, ref: str, event: str, answers: Any, given: Any) -> None:
        """A refused request of these values, one that a full disk breaks, keys used again."""
        if not answers:
            return  # what takes no answers is taken whatever comes with it
        wrong = {name: f"{v}!" if isinstance(v, str) else v for name, v in answers.items()}
        owner = {"actor": given["actor"]}
        self.seen(self.engine.send(ref, event, {**wrong, "no_such_fact": "x"}, **owner))
        self.store.full = True
        self.error(lambda: self.engine.send(ref, event, answers, **owner))
        self.store.full = False
        for value in answers.values():
            if isinstance(value, str) and value:
                self.error(lambda value=value: self.engine.view(value, **owner))
                self.error(lambda value=value: self.engine.callback("gateway", value, _NO_REPLY))

    def seen(self, view: Any) -> Any:
        """All that a view shows of itself."""
        for each in (view, view.form, view.quote, view.refusal, *view.problems, *view.events):
            self.out.write(f"{each!r}\n")
        self.out.write(f"{view.text('zh')} {view.text('en')}\n")
        if view.refusal is not None:
            self.out.write(f"{view.refusal.explain('en')} {view.refusal.explain().json()}\n")
        return view

    def told(self, told: Mapping[str, Any]) -> None:
        """Plant what a port is told."""
        from sstibet.personal import revealed

        self.planted.take(revealed(told))

    def answered(self, reply: Any) -> Any:
        """Plant what a port answers."""
        self.planted.take(reply.facts)
        self.out.write(f"{reply!r}\n")
        return reply

    def stack(self) -> None:
        """The locals of the library's frames that are running now."""
        frames = traceback.StackSummary.extract(traceback.walk_stack(None), capture_locals=True)
        self._frames(frames)

    def error(self, act: Any) -> None:
        """What an error carries away: its messages, and the locals of the library's frames."""
        try:
            act()
        except Exception as error:
            told = traceback.TracebackException.from_exception(error, capture_locals=True)
            while told is not None:
                self.out.write("".join(told.format_exception_only()))
                self._frames(told.stack)
                told = told.__cause__ or told.__context__

    def _frames(self, frames: Iterable[traceback.FrameSummary]) -> None:
        for frame in frames:
            # The demo's own stage and the bureau's tables stand on the other side of the ports.
            if frame.filename.startswith(SOURCE) and "/cli/" not in frame.filename:
                self.out.write(f"{frame.name} {frame.locals}\n")

    def play(self) -> Stage:
        """Play every scene; what was logged and kept is in ``out`` then."""
        with logged(self.out):
            stage = Stage(self, load_scenes())  # type: ignore[arg-type]  # it does what a desk does
            stage.play_all()
            self._agree_for_another()
            self.engine.deliver()
            for ref in self.store.refs():
                item = self.store.get(ref)
                self.out.write(f"{item!r} {self.store.history(ref)!r} {self.store.rows(ref)!r}\n")
                self.planted.take(item.answers)
                for draft in item.drafts.values():
                    self.planted.take(draft)
        return stage

    def _agree_for_another(self) -> None:
        """The one form that no scene fills in: a card that is another person's."""
        actor, holder = self.cast.worker.actor, self.cast.refunder
        ref = self.start("debit_agreement", actor=actor).ref
        self.send(ref, "submit", {"scheme": "flexible_medical"}, actor=actor)
        form = self.view(ref, actor=actor).form
        rows = form.field("chosen_account").rows.pickable if form is not None else ()
        if not rows:
            return  # a port is broken
        self.send(ref, "submit", {"chosen_account": [{"key": rows[0].key}]}, actor=actor)
        answers = {
            "holder_is_another": True, "holder_name": holder.name, "holder_id_type": "201",
            "holder_id_number": holder.id_number, "holder_mobile": holder.mobile,
        }  # fmt: skip
        self.send(ref, "submit", answers, actor=actor)

    def files(self) -> dict[str, bytes]:
        """All files of the desk, by name."""
        found = sorted(self.path.parent.glob("desk.db*"))
        return {each.name: each.read_bytes() for each in found}


_NO_REPLY = sstibet.reply("succeeded")


@contextmanager
def logged(out: io.StringIO) -> Iterator[None]:
    """Everything logged, of every logger and level, written into a text."""
    root, handler = logging.getLogger(), logging.StreamHandler(out)
    before = root.level
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
