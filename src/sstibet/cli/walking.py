"""``walk``: do an item in the terminal, on the embedded bureau with its invented persons."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sstibet.cli.desks import settings_in, told_of
from sstibet.cli.options import Book, Lang, language_of, open_book
from sstibet.cli.walking_talk import Talk

if TYPE_CHECKING:
    from sstibet.bureau import Bureau, Person
    from sstibet.engine.clock import SetClock
    from sstibet.engine.engine import Engine
    from sstibet.rulebook import Rulebook

CARD = "6227 0000 0000 0000 011"  # fulfils the check digit; belongs to nobody
_MOST_ROUNDS = 10

Item = Annotated[str | None, typer.Argument(metavar="ITEM", help="An item: sstibet show items.")]
As = Annotated[
    str,
    typer.Option(
        "--as", metavar="PERSON", help="Who does it: resident, flexible, p0004, or a name."
    ),
]
Db = Annotated[
    Path | None,
    typer.Option("--db", metavar="FILE", help="Keep it there, to go on with later by --ref."),
]
Ref = Annotated[str | None, typer.Option("--ref", metavar="REF", help="Go on with this item.")]
At = Annotated[
    str | None,
    typer.Option("--on", metavar="TIME", help="When it is: 2025-10-01T09:00; now if left out."),
]
Moods = Annotated[
    list[str] | None,
    typer.Option(
        "--mood",
        metavar="VERB=MOOD",
        help="How the bureau behaves: gateway.charge_card=later, refuse, twice, late, never, down.",
    ),
]
Answers = Annotated[
    Path | None,
    typer.Option(
        "--answers",
        metavar="FILE",
        help="Answers from a JSON file: a list of lines, or an object of fields (and 'do').",
    ),
]


Papers = Annotated[
    Path, typer.Option("--papers", metavar="DIR", help="Where certificates are saved.")
]


def walk(
    item: Item = None,
    as_: As = "resident",
    db: Db = None,
    ref: Ref = None,
    on: At = None,
    moods: Moods = None,
    answers: Answers = None,
    papers: Papers = Path(),
    lang: Lang = None,
    book: Book = None,
) -> None:
    """Do an item in the terminal, form by form, on the embedded bureau.

    Typed instead of an answer: < back, ? help, ! what may be done, q leave.

    Exit status: 0 the item ended well, 1 it ended otherwise or was left, 2 it can't be begun.
    """
    from sstibet.cli.walking_steps import Walk

    if (item is None) == (ref is None):
        raise typer.BadParameter("name an item to begin, or --ref of one to go on with")
    rules = open_book(book)
    talk = Talk(language_of(rules, lang), _script(answers))
    clock = _clock(on, rules.contents.info.time_zone)
    desk = _desk(db, rules, clock)
    try:
        _tell(desk.bureau, moods or [])
        person = _person(desk.bureau, as_)
        if db is not None:
            _catch_up(desk)
        started = ref or _start(desk, item or "", person.actor)
        _introduce(talk, desk, person)
        walked = _known(desk, started, person.actor)
        well = Walk(talk, desk, clock, person.actor, walked, papers).run()
        if not well and db is not None:
            talk.say("go_on_with", file=db, ref=started, person=person.actor)
    finally:
        desk.close()
    if not well:
        raise typer.Exit(1)


def _desk(db: Path | None, rules: Rulebook, clock: SetClock) -> Engine:
    from sstibet.engine.engine import Engine
    from sstibet.engine.errors import PortMissing

    settings = settings_in(None)
    with told_of(db or "a desk in memory"):
        try:
            return Engine.open(db, book=rules, clock=clock, settings=settings)
        except PortMissing as error:
            message = f"the embedded bureau can't stand behind this book: {error}"
            raise typer.BadParameter(message, param_hint="'--book'") from None


def _catch_up(desk: Engine) -> None:
    """Let what is past in a file happen first: answers that have come, then deadlines of any item
    there, so that an abandoned one stands in no other's way. What that sets going follows."""
    for _ in range(_MOST_ROUNDS):
        if not desk.deliver() + desk.due():
            return


def _start(desk: Engine, item: str, actor: str) -> str:
    from sstibet.engine.errors import NotOpen

    try:
        return desk.start(item, actor=actor).ref
    except NotOpen as error:
        raise typer.BadParameter(str(error), param_hint="ITEM") from None


def _known(desk: Engine, ref: str, actor: str) -> str:
    from sstibet.engine.errors import MachineChanged, NoSuchItem

    try:
        return desk.view(ref, actor=actor).ref
    except NoSuchItem:
        message = f"this person has no item {ref!r} there"
        raise typer.BadParameter(message, param_hint="'--ref'") from None
    except MachineChanged as error:
        raise typer.BadParameter(str(error), param_hint="'--ref'") from None


def _clock(on: str | None, zone: str) -> SetClock:
    """A clock that is put forward by hand, beginning at a time, or now."""
    from sstibet.engine.clock import SetClock, SystemClock

    if on is None:
        return SetClock(SystemClock().now())
    try:
        return SetClock.on(on, zone)
    except (ValueError, AssertionError):
        message = f"{on!r} is no time; write 2025-10-01T09:00"
        raise typer.BadParameter(message, param_hint="'--on'") from None


def _tell(bureau: Bureau, moods: list[str]) -> None:
    for each in moods:
        verb, equals, mood = each.partition("=")
        if not equals:
            message = f"{each!r} is not VERB=MOOD; write gateway.charge_card=later"
            raise typer.BadParameter(message, param_hint="'--mood'")
        try:
            bureau.tell(verb.strip(), mood.strip())
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="'--mood'") from None


def _person(bureau: Bureau, wanted: str) -> Person:
    """One of the bureau's persons: by their part in the cast, their id, or their name."""
    cast = bureau.cast()
    roles = {each.name: getattr(cast, each.name) for each in dataclasses.fields(cast)}
    if wanted in roles:
        found: Person = roles[wanted]
        return found
    for person in bureau.persons():
        if wanted in (person.actor, person.name):
            return person
    message = f"there is no person {wanted!r}; one of: {', '.join(roles)}, or an id such as p0004"
    raise typer.BadParameter(message, param_hint="'--as'")


def _introduce(talk: Talk, desk: Engine, person: Person) -> None:
    """Who one is for this walk, and what one has at hand. All of it is invented."""
    talk.say("you", name=person.name, id_number=person.id_number, mobile=person.mobile)
    if person.user_name is not None:
        talk.say("user", name=person.user_name, password=desk.bureau.demo_password(person))
    talk.say("at_hand", "dim", card=CARD, face=desk.bureau.demo_face())
    talk.say("signs", "dim")


def _script(file: Path | None) -> Any:
    """The answers given beforehand."""
    if file is None:
        return ()
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{file}: {error}", param_hint="'--answers'") from None
    if isinstance(found, list) and all(isinstance(each, str) for each in found):
        return found
    if isinstance(found, dict):
        return found
    message = f"{file} is neither a list of lines nor an object of fields"
    raise typer.BadParameter(message, param_hint="'--answers'")
