"""What is fuzzed: functions of bytes that raise where a law is broken, and never otherwise.

The laws: no error but a documented one; no message that can't be written down; a refused event
changes nothing; no problem repeats a secret; what can be read back is what was written.
"""

from __future__ import annotations

import base64
import json
import os
import tempfile
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from choices import Choices

import sstibet
from sstibet.deciding import BookFault, Decider, decider
from sstibet.engine.callbacks import Signer
from sstibet.engine.errors import UnknownKey
from sstibet.engine.ports import Reply
from sstibet.facts import Fact
from sstibet.files import Files
from sstibet.forms.reading import read
from sstibet.forms.shown import masked
from sstibet.frames import render
from sstibet.items.value import Event, Head, Item, Refused, Step
from sstibet.kinds import KINDS
from sstibet.patterns import matches, parse_pattern
from sstibet.problems import BadValue, Problem, RulebookError
from sstibet.reader import lines_of, read_bytes
from sstibet.rulebook import _read_whole
from sstibet.settings import CallbackKey, Settings
from sstibet.stores.snapshot import dump, load
from sstibet.testing.wandering import Wanderer
from sstibet.typed import normalise
from sstibet.vault import Spoilt, Vault

BOOKS = Path(__file__).parents[1] / "books" / "good"
DAY, AT = date(2025, 10, 15), 1_760_490_000
SIGNER = Signer.shared("k1", bytes(32))
_KEY = CallbackKey(where="", port="gateway", id="k1", secret=bytes(32))
SETTINGS = Settings(where="", callbacks=(_KEY,))
SECRET = "Ze1tlich-geheim"


@cache
def book() -> sstibet.Rulebook:
    """The shipped book."""
    return sstibet.load()


@cache
def decides() -> Decider:
    """What decides its items."""
    return decider(book().contents, book().digest)


def _can_be_written(problems: list[Problem], data: bytes) -> None:
    """Every problem in each of its forms, as UTF-8."""
    for problem in problems:
        str(problem).encode()
        assert "\n" not in str(problem)
        assert problem.line >= 1
        assert problem.column >= 1
    render(problems[:20], lambda file: lines_of(data)).encode()
    json.dumps([each.message for each in problems]).encode()


def reader(data: bytes) -> None:
    """The strict YAML reader."""
    document, problems = read_bytes(data, "x.yaml")
    assert document is not None or problems
    assert problems == sorted(problems)
    _can_be_written(problems, data)


@cache
def _files() -> Files:
    return Files.of(BOOKS / "counter_item")


def whole_book(data: bytes) -> None:
    """A sound book of which some files were changed, read and checked whole."""
    choices, files = Choices(data), _files()
    changed = dict(files.data)
    for _ in range(1 + choices.number(3)):
        name = choices.of(sorted(changed))
        changed[name] = _changed(changed[name], choices, changed)
    name = choices.of(sorted(changed))
    _, _, problems = _read_whole(Files(files.root, changed))
    _can_be_written(sorted(problems), changed[name])


def _changed(text: bytes, choices: Choices, files: dict[str, bytes]) -> bytes:
    """A file with a line dropped, doubled, moved or overwritten, or a word put in."""
    lines = text.split(b"\n")
    at, kind = choices.number(len(lines)), choices.number(7)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(at, lines[choices.number(len(lines))])
    elif kind == 2:
        other = files[choices.of(sorted(files))].split(b"\n")
        lines[at] = other[choices.number(len(other))]
    elif kind == 3:
        key, colon, _ = lines[at].partition(b":")
        lines[at] = key + colon + b" " + choices.text().encode("utf-8", "surrogatepass")
    elif kind == 4:
        words = lines[at].split(b" ")
        other = files[choices.of(sorted(files))].split()
        words[choices.number(len(words))] = other[choices.number(len(other))]
        lines[at] = b" ".join(words)
    elif kind == 5:
        cut = choices.number(len(lines[at]) + 1)
        lines[at] = lines[at][:cut] + choices.rest()[:20] + lines[at][cut:]
    else:
        lines[at] = b"  " * choices.number(4) + lines[at].strip()
    return b"\n".join(lines)


def kinds(data: bytes) -> None:
    """Every kind of fact on any text, as it is typed and as it stands in a book."""
    choices = Choices(data)
    kind, text = choices.of(sorted(KINDS)), choices.text()
    typed = normalise(kind, text)
    assert normalise(kind, typed) == typed
    for each in (text, typed):
        try:
            value = KINDS[kind][0](each)
        except BadValue as bad:
            str(bad).encode("utf-8", "backslashreplace")
            continue
        assert isinstance(value, KINDS[kind][1])


def values(data: bytes) -> None:
    """Every fact of the dictionary on any value, and what is shown of it."""
    choices, dictionary = Choices(data), book().contents.dictionary
    name = choices.of(sorted(dictionary.facts))
    fact: Fact = dictionary.facts[name]
    value = choices.value(sorted(fact.fields or ()))
    try:
        dictionary.read(name, value)
    except BadValue as bad:
        str(bad)
    if isinstance(value, str) and fact.kind != "records":
        str(masked(fact, value))


def patterns(data: bytes) -> None:
    """A pattern that a book may hold never runs away, whatever it is held against."""
    choices = Choices(data)
    length = choices.number(64)
    rest = choices.rest().decode("utf-8", "replace")
    pattern, text = rest[:length], rest[length:] or "a"
    try:
        parse_pattern(pattern)
    except BadValue:
        return
    matches(pattern, text * 200)


def questions(data: bytes) -> None:
    """Quotes, periods and refunds of any facts are answers, and no errors."""
    choices, rules = Choices(data), book().on(DAY)
    contents = book().contents
    asked = choices.of(("quote", "may_pay", "wait", "refund"))
    scheme = choices.of(contents.schemes)
    facts = choices.mapping(sorted(contents.dictionary.facts))
    try:
        answer = getattr(rules, asked)(scheme, facts)
    except sstibet.UnknownName:
        return  # nothing is waited for there
    explain = getattr(answer, "explain", None)
    if explain is not None:
        str(explain("en"))
    if not isinstance(answer, sstibet.Missing):
        repr(answer)


def forms(data: bytes) -> None:
    """Every form of the book on any answers: problems, never an error, never a secret told."""
    choices, contents = Choices(data), book().contents
    name = choices.of(sorted(contents.forms))
    form = contents.forms[name]
    now = Item(Head("r", "login", 1, "p", AT, ""), "s", 0, {})
    bound = decides().bound(now, name, DAY)
    fields = [field.fact for field in form.fields]
    payload: Any = choices.mapping(fields) if choices.number(10) else choices.value(fields)
    secret = [f for f in fields if contents.dictionary.facts[f].kind == "secret"]
    if isinstance(payload, dict):
        payload |= {f: SECRET + str(choices.number(9)) for f in secret if choices.number(2)}
    reading = read(bound, payload)
    told = [*map(repr, reading.problems), repr(reading.draft), repr(reading)]
    told += [each.text(language) for each in reading.problems for language in ("zh", "en", "bo")]
    assert not any(SECRET in each for each in told)
    again = read(bound.with_typed(reading.draft), reading.draft)
    json.dumps(dict(again.draft), default=_no_float)


def _no_float(value: Any) -> Any:
    raise AssertionError(f"a draft holds a {type(value).__name__}")


@cache
def _wanderer(item: str) -> Wanderer:
    return Wanderer(decides(), item)


def events(data: bytes) -> None:
    """An item goes on by likely and by mad payloads; a refused event changes nothing."""
    choices = Choices(data)
    wanderer = _wanderer(choices.of(sorted(book().contents.items)))
    now = wanderer.begun()
    for _ in range(12):
        plans = [
            (name, plan) for (state, name), plan in wanderer.machine.plans.items()
            if state == now.state
        ]  # fmt: skip
        if not plans or not choices:
            return
        name, plan = choices.of(sorted(plans, key=lambda each: each[0]))
        likely = next(iter(wanderer.payloads.of(now, plan, DAY, 0)), {})
        mad = choices.number(3) == 0
        payload = {**likely, **(choices.mapping(sorted(likely)))} if mad else likely
        pending = {each.name: each.number for each in now.pending}
        before = dump(now)
        try:
            step = decides().decide(
                now, Event(name, AT, DAY, payload, pending.get(plan.answers or ""))
            )
        except BookFault:
            step = Refused("fault")
        assert dump(now) == before
        if isinstance(step, Step):
            assert load(dump(step.item)) == step.item
            now = step.item


class Desk:
    """A desk whose items wait for the gateway, and what it was asked."""

    def __init__(self) -> None:
        self.engine = sstibet.Engine.open(clock=sstibet.SetClock(AT), settings=SETTINGS)
        self.person = self.engine.bureau.cast().resident
        self.keys = [
            row.key
            for ref in self._begun()
            for row in self.engine.store.rows(ref)
        ]  # fmt: skip

    def _begun(self) -> list[str]:
        refs = list[str]()
        for item in ("resident_payment", "enrolment_query", "paid_query", "debit_agreement"):
            view = self.engine.start(item, actor=self.person.actor)
            refs.append(view.ref)
        return refs

    def image(self) -> bytes:
        """Every byte of the store."""
        found: bytes = self.engine.store._db.serialize("main")
        return found


@cache
def _desk() -> Desk:
    return Desk()


def sent(data: bytes) -> None:
    """Whatever a person sends: a view, or a documented error; refused, nothing changes."""
    choices, desk = Choices(data), _desk()
    view = desk.engine.start("resident_payment", actor=desk.person.actor)
    event = choices.of(("submit", "back", "cancel", "deadline", "me.found", "", choices.text()))
    fields = [each.fact for each in view.form.fields] if view.form is not None else []
    payload = choices.mapping(fields) if choices.number(6) else choices.value(fields)
    key = choices.of((None, None, "k", choices.text()))
    before = desk.image()
    try:
        after = desk.engine.send(view.ref, event, payload, actor=desk.person.actor, key=key)
    except (TypeError, sstibet.KeyReused):
        assert desk.image() == before
        return
    after.text("en").encode("utf-8", "backslashreplace")
    if after.refused:
        assert desk.image() == before
    saved = (
        desk.engine.save(view.ref, payload, actor=desk.person.actor)
        if isinstance(payload, dict)
        else None
    )
    assert saved is None or not saved.final


def callbacks(data: bytes) -> None:
    """Whatever comes to the door of callbacks: taken, not taken, or a documented error."""
    choices, desk = Choices(data), _desk()
    port = choices.of((*desk.engine.ports, "nobody", choices.text()))
    key = choices.of((*desk.keys, "no:such:key", choices.text()))
    answers = ("succeeded", "found", "failed", "lost", "accepted", choices.text())
    contents = book().contents
    facts = choices.mapping(sorted(contents.dictionary.facts))
    before = desk.image()
    try:
        taken = desk.engine.callback(port, key, Reply(choices.of(answers), facts))
    except (UnknownKey, BookFault) as error:
        str(error).encode("utf-8", "backslashreplace")
        taken = False
    if not taken:
        assert desk.image() == before


def signed(data: bytes) -> None:
    """Whatever comes over the network, with a right signature or any: taken, or refused alike."""
    choices, desk = Choices(data), _desk()
    key, kind = choices.of((*desk.keys, "r:1:1", choices.text())), choices.number(4)
    told: dict[str, Any] = {
        "version": 1, "port": "gateway", "key": key, "ref": key.partition(":")[0],
        "answer": choices.of(("succeeded", "declined")), "facts": {}, "sent_at": AT,
    }  # fmt: skip
    told |= choices.mapping(sorted(told))
    try:
        body = json.dumps(told, default=str).encode()
    except (ValueError, TypeError, RecursionError):
        body = b""
    body = choices.rest() if kind == 0 else body
    signature = SIGNER.sign(body) if kind < 3 else choices.text()
    before = desk.image()
    try:
        taken = desk.engine.receive(choices.of(("gateway", "bank", "")), body, signature)
    except sstibet.CallbackRefused:
        taken = False
    if not taken:
        assert desk.image() == before


def snapshots(data: bytes) -> None:
    """A snapshot is an item whole, or a ValueError."""
    for text in {data.decode("utf-8", "replace"), data.decode("utf-8", "surrogateescape")}:
        try:
            item = load(text)
        except ValueError:
            continue
        assert load(dump(item)) == item


_GOOD = dump(
    Item(Head("r", "login", 1, "p", AT, "d"), "s", 3, {"a": [{"b": 1}]}, {"f": {"x": "y"}})
)


def altered_snapshots(data: bytes) -> None:
    """A sound snapshot of which a part is something else."""
    choices = Choices(data)
    tree = json.loads(_GOOD)
    for _ in range(1 + choices.number(3)):
        node, key = tree, choices.of(sorted(tree))
        while isinstance(node[key], (dict, list)) and node[key] and choices.number(2):
            node = node[key]
            key = choices.of(list(node) if isinstance(node, dict) else range(len(node)))
        if choices.number(4):
            node[key] = choices.value(sorted(tree))
        elif isinstance(node, dict) and len(tree) > 1:
            del node[key]
            break
    try:
        text = json.dumps(tree, default=str)
    except (ValueError, TypeError, RecursionError):
        return
    snapshots(text.encode("utf-8", "surrogatepass"))


_VAULT = Vault({"a": b"k" * 32, "b": b"l" * 32})
_SEALED = _VAULT.seal(b"plain", b"items r 1")
_INDEX = _VAULT.index(_VAULT.seal(b"i" * 64, b"index"), b"index")
_MARKED = _INDEX.seal("actor", "p0001")


def seals(data: bytes) -> None:
    """What isn't sealed by us, or was altered, is Spoilt."""
    choices = Choices(data)
    place, kind = b"items r 1", choices.number(4)
    whole = _SEALED if kind < 2 else _MARKED
    at = choices.number(len(whole))
    rest = choices.rest()
    forged = rest if kind % 2 else whole[:at] + rest + whole[at + len(rest) :]
    if forged in (_SEALED, _MARKED):
        return
    try:
        opened: object = _VAULT.open(forged, place)
    except Spoilt as spoilt:
        str(spoilt).encode()
        opened = None
    try:
        opened = opened or _INDEX.open("actor", forged)
    except Spoilt as spoilt:
        str(spoilt).encode()
    assert opened is None, "a forged seal was opened"
    try:
        _VAULT.is_current(forged)
    except Spoilt:
        return


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="sstibet-fuzz-"))


def settings(data: bytes) -> None:
    """A file of settings is read whole, or every problem told, and no key with it."""
    place = _folder() / "settings.yaml"
    place.write_bytes(data)
    try:
        found = Settings.read(place)
    except RulebookError as error:
        _can_be_written(list(error.problems), data)
        return
    for key in found.keys:
        assert base64.b64encode(key.secret).decode() not in repr(found)


def tables(data: bytes) -> None:
    """Any file as a table of questions: by the command, which ends by itself."""
    from sstibet.cli import run

    choices = Choices(data)
    ending = choices.of(("csv", "csv", "csv", "parquet"))
    scheme = choices.of((["--scheme", "flexible_pension"], ["--scheme", "resident_medical"], []))
    source, target = _folder() / f"in.{ending}", _folder() / f"out.{choices.of(('csv', 'parquet'))}"
    body = choices.rest()
    if ending == "csv" and choices.number(1) == 0 and body[:1].isascii():
        body = b"on,base,months,tier\n" + body
    source.write_bytes(body)
    quiet = os.open(os.devnull, os.O_WRONLY)
    kept = os.dup(2)
    os.dup2(quiet, 2)
    try:
        status = run(["table", str(source), str(target), *scheme])
    finally:
        os.dup2(kept, 2)
        os.close(quiet)
        os.close(kept)
    assert status in (0, 2)


TARGETS: dict[str, Callable[[bytes], None]] = {
    each.__name__: each
    for each in (
        reader, whole_book, kinds, values, patterns, questions, forms, events, sent, callbacks,
        signed, snapshots, altered_snapshots, seals, settings, tables,
    )
}  # fmt: skip
