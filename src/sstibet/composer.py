"""From libyaml's events to dicts, lists and texts, with the place of each kept beside them.

This is the inner half of `sstibet.reader`: it knows one text, indexes into it, and nothing of
files, lines or frames. It keeps its own stack, so the depth of a file is never Python's, and it
goes on after every fault that leaves the structure clear. PyYAML's global loaders are not used.
"""

from __future__ import annotations

import gc
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from sstibet.misreadings import (
    SECOND_DOCUMENT,
    Fault,
    directive_words,
    full_width_in_plain,
    full_width_words,
    grouped_digits,
)
from sstibet.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable
MAX_DEPTH = 64
WHERE = "where"  # the entry of every mapping that says "file:line"

Tree: TypeAlias = "dict[str, Tree] | list[Tree] | str | None"
# A token's place is `start << BITS | end` in one int; a mapping's is [own, key, value, key, …] in
# the order of its dict, a list's [own, entry, entry, …].
Place: TypeAlias = "int | list[Place]"
BITS = 23  # 2**23 characters: twice what the reader takes
END = (1 << BITS) - 1

# An event of PyYAML's C parser. Its stubs say that marks may be None; from this parser they never
# are, and a check of each would be a cost of its own at a hundred thousand events a file.
_Event: TypeAlias = Any

_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_ODD_KEYS = frozenset(("", "<<"))
_IN_LIST, _WANTS_KEY, _WANTS_VALUE, _DROPS_VALUE = range(4)
_QUOTE_IT = "write a value, or '' for an empty text, or leave the key out"


@dataclass(frozen=True, slots=True)
class Composed:
    """What could be made of a text. `complete`: the structure of the whole document is known."""

    data: Tree
    place: Place
    complete: bool
    faults: list[Fault]
    refusal: Refusal | None

    def spans(self) -> list[tuple[int, int]]:
        """Start and end of every scalar, keys too, in any order."""
        todo, found = [self.place], []
        while todo:
            place = todo.pop()
            if isinstance(place, list):
                todo.extend(place[1:])
            else:
                found.append((place >> BITS, place & END))
        return found


_ITS_DEPTH = "exceeded maximum nesting depth"


class _Stop(Exception):
    """Nothing more is to be read; what is wrong is noted already."""


def compose(text: str, file: str, most: int) -> Composed:
    """Compose `text`; `file` only goes into the `WHERE` entries. Stops after `most` faults.

    `text` must be free of the characters libyaml does not take (`misreadings.UNSEEN`). The
    garbage collector rests meanwhile: nothing here makes a cycle, and scanning the growing tree
    again and again costs several times the work itself.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        composed = _Composer(text, file, most).run()
        refusal = composed.refusal
        if refusal is not None and refusal.problem == _ITS_DEPTH:
            # Newer releases look ahead and give up at a depth of their own, before it is ours to
            # say where it became too deep: what stands before that place is deep enough.
            composed = _Composer(text[: refusal.at], file, most).run()
        return composed
    finally:
        if was_on:
            gc.enable()


class _Composer:
    """The state while composing: where the next node goes, and what the outer levels wait for."""

    def __init__(self, text: str, file: str, most: int) -> None:
        self.text, self.file, self.most = text, file, most
        self.faults: list[Fault] = []
        self.documents = 0
        self.stack: list[tuple[Any, list[Place], int, bool]] = []
        self.root: list[Tree] = []
        self.root_place: list[Place] = []
        # Now: the container (a dict or a list, as `wants` says), its places, between brackets?
        self.here: Any = self.root
        self.place = self.root_place
        self.wants = _IN_LIST
        self.flow = False
        self.key = ""
        self.outermost: int | None = None  # the depth at which a complex key began, if in one

    def run(self) -> Composed:
        """Take every event in turn."""
        # Here and not above: yaml is slow to import, and a cached book never needs it.
        from yaml import events
        from yaml._yaml import CParser
        from yaml.error import MarkedYAMLError

        def nothing(event: _Event) -> None: ...

        take: dict[type, Callable[[Any], None]] = {
            events.ScalarEvent: self._scalar,
            events.MappingStartEvent: self._mapping,
            events.SequenceStartEvent: self._list,
            events.MappingEndEvent: self._close,
            events.SequenceEndEvent: self._close,
            events.AliasEvent: self._alias,
            events.DocumentStartEvent: self._document,
            events.DocumentEndEvent: nothing,
            events.StreamStartEvent: nothing,
        }
        refusal = None
        complete = False
        try:
            next_event: Callable[[], Any] = CParser(self.text).get_event
            scalar, end = events.ScalarEvent, events.StreamEndEvent
            while (kind := type(event := next_event())) is not end:
                # Two of three events are plain keys and values without anything odd about them:
                # they are taken here, without a call, all else by its own method.
                if kind is scalar and event.tag is None and event.anchor is None:
                    value, wants = event.value, self.wants
                    if wants == _WANTS_KEY:
                        if value not in self.here and value not in _ODD_KEYS and value.isascii():
                            self.key, self.wants = value, _WANTS_VALUE
                            place = event.start_mark.index << BITS | event.end_mark.index
                            self.place.append(place)
                            continue
                    elif wants != _DROPS_VALUE and value.isascii() and value not in _NULLS:
                        place = event.start_mark.index << BITS | event.end_mark.index
                        self.place.append(place)
                        if wants == _IN_LIST:
                            self.here.append(value)
                        else:
                            self.here[self.key] = value
                            self.wants = _WANTS_KEY
                        continue
                take[kind](event)
            complete = True
        except _Stop:
            complete = not self.stack and self.documents > 1
        except MarkedYAMLError as error:
            refusal = _refusal(error)
        if not self.root:
            return Composed(None, 0, False, self.faults, refusal)
        return Composed(self.root[0], self.root_place[0], complete, self.faults, refusal)

    def _fault(self, start: int, end: int, code: str, message: str, hint: str = "") -> None:
        self.faults.append(Fault(start, end, code, message, hint))
        if len(self.faults) >= self.most:
            raise _Stop

    def _put(self, node: Tree, place: Place) -> None:
        """The value that was waited for: into its list, under its key, or nowhere."""
        if self.wants == _IN_LIST:
            self.here.append(node)
            self.place.append(place)
            return
        if self.wants == _WANTS_VALUE:
            self.here[self.key] = node
            self.place.append(place)
        self.wants = _WANTS_KEY

    def _scalar(self, event: _Event) -> None:
        value = event.value
        start, end = event.start_mark.index, event.end_mark.index
        if event.anchor is not None or event.tag is not None:
            self._properties(event)
        if self.wants == _WANTS_KEY:
            self._take_key(value, start, end, not event.style)
        elif event.style or (value.isascii() and value not in _NULLS):
            self._put(value, start << BITS | end)
        else:
            self._put(self._odd_plain(value, start, end), start << BITS | end)

    def _odd_plain(self, value: str, start: int, end: int) -> Tree:
        """A plain scalar that may be a null or hold misplaced full-width punctuation."""
        if value not in _NULLS:
            self._full_width(start, end)
            return value
        if value:
            hint = f"{_QUOTE_IT}; a text '{value}' goes in quotes"
            self._fault(start, end, "null_value", f"'{value}' is no value", hint)
        elif self.here is self.root:
            pass  # an empty document: the reader says so
        elif self.wants == _IN_LIST:
            self._fault(start, end, "null_value", "an entry without a value", _QUOTE_IT)
        elif self.wants == _WANTS_VALUE:
            key = self.place[-1]
            assert isinstance(key, int)
            message = f"'{self.key}' has no value"
            if grouped := grouped_digits(self.text, key >> BITS, key & END) if self.flow else None:
                begin, hint = grouped[0], f"write {grouped[1]}; a comma ends a value between {{ }}"
                message = f"'{self.text[begin : key & END]}' groups its digits"
                self._fault(begin, key & END, "money_separator", message, hint)
            elif not self._full_width(key >> BITS, key & END, key=True):
                self._fault(key >> BITS, key & END, "null_value", message, _QUOTE_IT)
        return None

    def _full_width(self, start: int, end: int, *, key: bool = False) -> bool:
        """Note the full-width punctuation in a plain scalar; was there any?

        A key was looked at when it was taken; asked again it only answers.
        """
        culprits = full_width_in_plain(self.text, start, end, flow=self.flow)
        for at in () if key else culprits:
            self._fault(at, at + 1, *full_width_words(self.text[at]))
        return bool(culprits)

    def _take_key(self, key: str, start: int, end: int, plain: bool) -> None:
        """A scalar where a key is wanted. A key that cannot be kept drops its value."""
        self.wants = _DROPS_VALUE
        if not key:
            self._fault(start, end, "key_not_text", "an empty key", "write a name before the ':'")
        elif plain and key == "<<":
            hint = "write the entries out where they are used"
            self._fault(start, end, "merge_key", "merge keys ('<<') are not read", hint)
        elif key == WHERE:
            message = "the key 'where' is the library's own: it carries file and line"
            self._fault(start, end, "reserved_key", message, "choose another name")
        elif key in self.here:
            first = self.place[2 * list(self.here).index(key) - 1]
            assert isinstance(first, int)
            line = self.text.count("\n", 0, first >> BITS) + 1
            hint = f"the first stands on line {line}: remove one of the two"
            self._fault(start, end, "doubled_key", f"the key '{key}' is there twice", hint)
        else:
            if plain and not key.isascii():
                self._full_width(start, end)
            self.key = key
            self.place.append(start << BITS | end)
            self.wants = _WANTS_VALUE

    def _mapping(self, event: _Event) -> None:
        self._open({WHERE: f"{self.file}:{event.start_mark.line + 1}"}, _WANTS_KEY, event)

    def _list(self, event: _Event) -> None:
        self._open([], _IN_LIST, event)

    def _open(self, node: Any, wants: int, event: _Event) -> None:
        """A mapping or list begins: it takes its place, and what follows goes into it."""
        start, end = event.start_mark.index, event.end_mark.index
        if event.anchor is not None or event.tag is not None:
            self._properties(event)
        if len(self.stack) == MAX_DEPTH:
            message = f"nested more than {MAX_DEPTH} levels deep"
            self._fault(start, start + 1, "too_deep", message, "make it flatter")
            raise _Stop
        place: list[Place] = [start << BITS | end]
        if self.wants == _WANTS_KEY:
            self._complex_key(start)
            self.wants = _DROPS_VALUE
        else:
            self._put(node, place)
        self.stack.append((self.here, self.place, self.wants, self.flow))
        # A block collection's start token has no width: its first token is its first entry's.
        flow = self.flow or (end > start and self.text[end - 1 : end] in ("{", "["))
        self.here, self.place, self.wants, self.flow = node, place, wants, flow

    def _complex_key(self, start: int) -> None:
        """Note a mapping or list as a key; those inside of it are not told again."""
        if self.outermost is not None:
            return
        self.outermost = len(self.stack)
        hint = "a key is one text; a text that begins with '{' or '[' goes in quotes"
        self._fault(start, start + 1, "key_not_text", "a mapping or list cannot be a key", hint)

    def _close(self, event: _Event) -> None:
        self.here, self.place, self.wants, self.flow = self.stack.pop()
        if self.outermost == len(self.stack):
            self.outermost = None

    def _alias(self, event: _Event) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        name, hint = event.anchor, "write the value out again"
        self._fault(start, end, "alias", f"aliases ('*{name}') are not read", hint)
        if self.wants == _WANTS_KEY:
            self.wants = _DROPS_VALUE
        else:
            self._put(None, start << BITS | end)

    def _properties(self, event: _Event) -> None:
        """An anchor, a tag or both stand before a value; which comes first is up to the author."""
        start = event.start_mark.index
        # Comments may stand between them and the value, other nodes cannot.
        for _ in range((event.anchor is not None) + (event.tag is not None)):
            match = re.compile(r"(?:\s|#[^\n]*)*([&!]\S*)").match(self.text, start)
            if match is None:
                return
            start, token = match.end(), match[1]
            code, kind = ("anchor", "anchors") if token[0] == "&" else ("tag", "tags")
            hint = f"remove '{token}'; every value is read as the text it is"
            message = f"{kind} ('{token}') are not read"
            self._fault(match.start(1), start, code, message, hint)

    def _document(self, event: _Event) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        for match in re.finditer(r"^%\S*", self.text[start:end], re.M):
            at = start + match.start()
            self._fault(at, at + len(match[0]), "directive", *directive_words(match[0]))
        self.documents += 1
        if self.documents > 1:
            at = max(start, end - 3)
            self._fault(at, end, *SECOND_DOCUMENT)
            raise _Stop


def _refusal(error: Any) -> Refusal:
    """libyaml's error (a `MarkedYAMLError`) as a value."""
    at = error.problem_mark.index if error.problem_mark else 0
    since = error.context_mark.index if error.context_mark else at
    return Refusal(error.problem or "", at, error.context or "", since)
