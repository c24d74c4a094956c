"""Facts: what may be known about a payment or a person, each named and typed once, in data.

``facts.yaml`` lists them; ``codes/`` holds the official lists that ``code`` facts choose from. A
fact may be derived from others (the age from the birth date and the day asked about), so that
rules compare plain values and still name the fact that is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Any

from sstibet.derivations import DERIVED, Derivation
from sstibet.documents import (
    Filled,
    Name,
    Named,
    Node,
    Whole,
    YesNo,
    node,
    word,
)
from sstibet.evidence import Evidence
from sstibet.kinds import FREE_LENGTH, PERSONAL
from sstibet.kinds import HIDDEN as HIDDEN  # given out here as well, beside the facts
from sstibet.kinds import KINDS as KINDS
from sstibet.labels import Label
from sstibet.money import Money
from sstibet.patterns import Pattern, matches
from sstibet.personal import Personal
from sstibet.problems import BadValue, closest
from sstibet.text import MOST_BITS, brief

_NEAR = 100  # characters of a word that are compared with those there are
# Which kinds an attribute goes with.
_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "shortest": FREE_LENGTH,
    "longest": FREE_LENGTH,
    "pattern": ("text", "secret"),
    "typed_by": ("id_number",),
    "samples": tuple(KINDS),
    "like": ("records",),
    "key": ("records",),
}


@node
class Fact(Node):
    """One fact: its kind, its labels, whether it is personal, and the bounds of its values.

    ``codes`` names the list that a ``code`` is chosen from (without it the scheme's own ids are);
    ``shortest`` and ``longest`` bound the characters, ``pattern`` is the shape of a text or secret
    (see `sstibet.patterns`), ``typed_by`` the fact that holds the type of an ``id_number``.
    ``samples`` are values that it takes, for hints, examples and tests.

    ``fields`` are the columns of ``records``; ``like`` names other records whose columns these
    have as well (see `Dictionary`), ``key`` the column that tells one row from another.
    """

    kind: Annotated[str, word(*KINDS, "records")]
    label: Label
    personal: YesNo
    help: Label | None = None
    codes: Name | None = None
    least: Filled | None = None
    most: Filled | None = None
    shortest: Whole | None = None
    longest: Whole | None = None
    pattern: Pattern | None = None
    typed_by: Name | None = None
    samples: tuple[Filled, ...] | None = None
    derive: Derivation | None = None
    like: Name | None = None
    key: Name | None = None
    fields: Annotated[dict[str, Fact], Named()] | None = None

    def __post_init__(self) -> None:
        if (self.kind == "records") != (self.fields is not None or self.like is not None):
            key = "like" if self.like else "kind" if self.fields is None else "fields"
            message = "'fields' or 'like' go with 'kind: records', and only with it"
            raise BadValue("records_fields", message, "add the one, or drop the other", (key,))
        if self.codes is not None and self.kind != "code":
            hint = "write 'kind: code', or drop 'codes'"
            raise BadValue("codes_kind", "'codes' goes with 'kind: code' only", hint, ("codes",))
        self._check_attributes()
        bounds = [each for each in (self.least, self.most) if each is not None]
        if bounds and (self.kind not in KINDS or not KINDS[self.kind][2]):
            key = "most" if self.least is None else "least"
            message = f"the kind {self.kind} has no order, so no {key!r}"
            raise BadValue("bounds_kind", message, "drop 'least' and 'most'", (key,))
        values = [self.parse_text(text) for text in bounds]
        if len(values) == 2 and values[1] < values[0]:
            message = f"'least' {self.least} is above 'most' {self.most}"
            raise BadValue("bounds_crossed", message, "mend one of the two", ("least",))
        if self.derive is not None and DERIVED[type(self.derive)][1] != self.kind:
            gives = DERIVED[type(self.derive)][1]
            message = f"this derivation gives the kind {gives}, not {self.kind}"
            raise BadValue("derived_kind", message, f"write 'kind: {gives}'", ("kind",))
        for number, text in enumerate(self.samples or ()):
            try:
                self.check_limits(self.parse_text(text))
            except BadValue as error:
                path = ("samples", number)
                raise BadValue(error.code, error.message, error.hint, path) from None

    def _check_attributes(self) -> None:
        """What only some kinds have stands only with them."""
        for name, kinds in _ATTRIBUTES.items():
            if getattr(self, name) is not None and self.kind not in kinds:
                message = f"{name!r} goes with {', '.join(kinds)}, not with the kind {self.kind}"
                raise BadValue("attribute_kind", message, f"drop {name!r}", (name,))
        least, most = self.shortest or 1, self.longest or 1
        if least < 1 or most < 1 or (self.longest is not None and most < least):
            key = "longest" if self.longest is not None else "shortest"
            message = f"no text has from {least} to {most} characters"
            raise BadValue("bounds_crossed", message, "write lengths from 1 on", (key,))

    def check_limits(self, value: Any) -> None:
        """BadValue where a value of the kind is outside of this fact's own bounds and shape."""
        if self.least is not None and value < self.parse_text(self.least):
            raise BadValue("below_least", f"{value} is below {self.least}")
        if self.most is not None and self.parse_text(self.most) < value:
            raise BadValue("above_most", f"{value} is above {self.most}")
        if self.shortest is not None and len(value) < self.shortest:
            message = f"{len(value)} characters are fewer than {self.shortest}"
            raise BadValue("too_short", message, "write more")
        if self.longest is not None and len(value) > self.longest:
            message = f"{len(value)} characters are more than {self.longest}"
            raise BadValue("too_long", message, "shorten it")
        if self.pattern is not None and not matches(self.pattern, value):
            raise BadValue("pattern_differs", f"this has not the shape {self.pattern}")

    def parse_text(self, text: str) -> Any:
        """The value that ``text`` stands for. BadValue where it stands for none."""
        return KINDS[self.kind][0](text)


@node
class Code(Node):
    """One entry of an official list.

    In a list of document types an entry says which numbers such documents have: ``number`` names
    the kind that reads them, ``pattern`` their shape; with both, both must fit.
    ``shape_evidence`` is what that rests on, where the list doesn't say it for all.
    """

    label: Label
    evidence: Evidence | None = None
    number: Annotated[str, word("resident_id")] | None = None
    pattern: Pattern | None = None
    shape_evidence: Evidence | None = None


@node
class CodeList(Node):
    """An official list of codes (代码表), e.g. the types of identity documents."""

    label: Label
    evidence: Evidence
    shape_evidence: Evidence | None = None
    codes: Annotated[dict[str, Code], Named()]


class BadField(BadValue):
    """A value in a row of some records that can't be read: in which row, which field, what."""

    def __init__(self, error: BadValue, row: int, field: str, value: object) -> None:
        super().__init__(error.code, f"row {row}, {field}: {error.message}", error.hint)
        self.row, self.field, self.value = row, field, value


_NO_LABELS: Mapping[str, Label] = {}


@dataclass(frozen=True, slots=True)
class Dictionary:
    """All facts and code lists of a book; records ``like`` others have the columns of both."""

    facts: dict[str, Fact]
    codes: dict[str, CodeList]
    # fact -> its reader of text, its least and its most, made when first asked for
    _quick: dict[str, tuple[Callable[[str], Any] | None, Any, Any]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    _labels: dict[str, Mapping[str, Label]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        if any(fact.like is not None for fact in self.facts.values()):
            facts = {
                name: fact if fact.like is None else replace(fact, fields=self._fields(fact, ()))
                for name, fact in self.facts.items()
            }
            object.__setattr__(self, "facts", facts)

    def _fields(self, fact: Fact, passed: tuple[str, ...]) -> dict[str, Fact]:
        """Its own columns after those of the records that it is like; a book in which these are
        not there, or lead in a circle, has no more of them, and `checks.facts` says so."""
        model = None if fact.like in (None, *passed) else self.facts.get(fact.like or "")
        inherited = {} if model is None else self._fields(model, (*passed, fact.like or ""))
        return {**inherited, **(fact.fields or {})}

    def own_fields(self, fact: Fact) -> dict[str, Fact]:
        """The columns that stand at the records themselves, not at those that they are like."""
        model = self.facts.get(fact.like or "")
        inherited = (model.fields if model is not None else None) or {}
        return {name: f for name, f in (fact.fields or {}).items() if inherited.get(name) is not f}

    def __reduce__(self) -> tuple[type[Dictionary], tuple[object, ...]]:
        return Dictionary, (self.facts, self.codes)

    def labels_of(self, fact: Fact) -> Mapping[str, Label]:
        """What the codes are called that a fact, or a column, chooses from; nothing where it is
        none of an official list."""
        if fact.codes is None:
            return _NO_LABELS
        if fact.codes not in self._labels:
            codes = self.codes[fact.codes].codes
            self._labels[fact.codes] = {name: each.label for name, each in codes.items()}
        return self._labels[fact.codes]

    def read(self, name: str, value: object) -> Any:
        """A given value as the fact's own type. BadValue says what is wrong with it."""
        # Every price reads some facts, nearly always from text: that takes one step here.
        parse, least, most = self._quick.get(name) or self._prepare(name)
        if parse is not None and type(value) is str:
            read = parse(value)
            if (least is None or not read < least) and (most is None or not most < read):
                return read
        return self.read_as(self.facts[name], value)

    def guarded(self, name: str, value: Any) -> Any:
        """A value of the fact's own type, with what is personal in it `Personal`: texts and days,
        in rows by their columns. What is yes or no, a code, a number or an amount stays as it is:
        by itself it is nobody's."""
        fact = self.facts[name]
        if fact.fields is None:
            return _guarded(fact, value)
        fields = fact.fields
        return tuple(
            {key: _guarded(fields[key], each) for key, each in row.items()} for row in value
        )

    def _prepare(self, name: str) -> tuple[Callable[[str], Any] | None, Any, Any]:
        fact = self.facts.get(name)
        if fact is None:
            near = closest(name, self.facts)
            hint = f"did you mean {near!r}?" if near else "facts.yaml lists what there is"
            raise BadValue("unknown_fact", f"there is no fact {name!r}", hint)
        plain = fact.derive is None and fact.codes is None and fact.kind != "records"
        plain = plain and fact.shortest is None and fact.longest is None and fact.pattern is None
        bounds = [
            None if text is None else fact.parse_text(text) for text in (fact.least, fact.most)
        ]
        made = (KINDS[fact.kind][0] if plain else None, bounds[0], bounds[1])
        self._quick[name] = made
        return made

    def read_as(self, fact: Fact, value: object) -> Any:
        """A given value as ``fact``'s own type, inside its bounds and of its list."""
        if fact.derive is not None:
            raise BadValue("derived_fact", "this fact is worked out and cannot be given")
        read = self._records(fact, value) if fact.kind == "records" else _read_scalar(fact, value)
        fact.check_limits(read)
        if fact.codes is not None and read not in self.codes[fact.codes].codes:
            known = self.codes[fact.codes].codes
            near = closest(str(read)[:_NEAR], known)
            hint = f"did you mean {near!r}?" if near else f"one of: {', '.join(list(known)[:20])}"
            raise BadValue("unknown_code", f"{brief(read)} is not in the list {fact.codes!r}", hint)
        return read

    def _records(self, fact: Fact, value: object) -> tuple[dict[str, Any], ...]:
        if not isinstance(value, (list, tuple)):
            raise BadValue("not_records", "a list of rows is wanted here")
        assert fact.fields is not None
        rows = []
        for number, row in enumerate(value, 1):
            if not isinstance(row, Mapping):
                raise BadValue("not_records", f"row {number} is no mapping")
            if unknown := [key for key in row if key not in fact.fields]:
                key = unknown[0] if isinstance(unknown[0], str) else ""
                near = closest(key[:_NEAR], fact.fields)
                hint = f"did you mean {near!r}?" if near else ""
                raise BadValue("unknown_field", f"row {number}: no field {brief(unknown[0])}", hint)
            rows.append(self._row(fact.fields, row, number))
        keys = [row[fact.key] for row in rows if fact.key in row]
        if doubled := [number for number, key in enumerate(keys, 1) if key in keys[: number - 1]]:
            raise BadValue("doubled_row", f"row {doubled[0]} is there twice", "keep one of them")
        return tuple(rows)

    def _row(
        self, fields: dict[str, Fact], row: Mapping[str, object], number: int
    ) -> dict[str, Any]:
        read = {}
        for key, value in row.items():
            try:
                read[key] = self.read_as(fields[key], value)
            except BadValue as error:
                raise BadField(error, number, key, value) from None
        return read


def _guarded(fact: Fact, value: Any) -> Any:
    if fact.kind == "code" or not (fact.personal or fact.kind in PERSONAL):
        return value
    return Personal(value, fact.kind) if isinstance(value, (str, date)) else value


def _read_scalar(fact: Fact, value: object) -> Any:
    """Text is read by its kind; a value of the kind's own type is taken as it is."""
    if type(value) is Personal:
        value = value.reveal()
    if type(value) is str:
        return fact.parse_text(value)
    if type(value) is int and value.bit_length() > MOST_BITS:
        raise BadValue("wrong_type", "this number is too long", "give one of fewer digits")
    if fact.kind == "money":
        return Money.of(value)
    if fact.kind == "code" and type(value) is int:
        return str(value)
    wanted = KINDS[fact.kind][1]
    if type(value) is wanted:
        return value
    if isinstance(value, float):
        raise BadValue("float", f"{value!r} is a float", "give the value as text")
    raise BadValue(
        "wrong_type", f"{brief(value)} is no {fact.kind}", f"give text or a {wanted.__name__}"
    )


def check_id_number(
    dictionary: Dictionary, type_code: str, number: str, codes: str | None = None
) -> None:
    """Check the number of an identity document (证件号码) against its type (证件类型).

    Args:
        dictionary: the book's; its list of document types says what each type's numbers are like.
        type_code: the type, an entry of that list.
        number: as `parse_id_number` gives it.
        codes: the list; without it, every list in which an entry has ``number`` or ``pattern``.

    Raises:
        BadValue: what the entry's kind of number says (``id_check``, …), ``id_number_of_type``
            where the shape is another, ``unknown_code`` for a type that no list has.
    """
    found = [
        each.codes[type_code]
        for name, each in dictionary.codes.items()
        if type_code in each.codes and (name == codes or (codes is None and _has_shapes(each)))
    ]
    if not found:
        raise BadValue("unknown_code", f"{type_code!r} is no type of identity document")
    for code in found:
        if code.number is not None:
            KINDS[code.number][0](number)
        if code.pattern is not None and not matches(code.pattern, number):
            message = f"this is no number of the type {code.label.text('en')}"
            raise BadValue("id_number_of_type", message, "compare type and number")


def _has_shapes(codes: CodeList) -> bool:
    return any(code.number or code.pattern for code in codes.codes.values())
