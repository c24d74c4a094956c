"""Facts: what may be known about a payment or a person, each named and typed once, in data.

``facts.yaml`` lists them; ``codes/`` holds the official lists that ``code`` facts choose from. A
fact may be derived from others (the age from the birth date and the day asked about), so that
rules compare plain values and still name the fact that is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

from sstibet.derivations import DERIVED, Derivation
from sstibet.documents import (
    Filled,
    Name,
    Named,
    Node,
    YesNo,
    node,
    parse_whole,
    parse_yes_no,
    word,
)
from sstibet.evidence import Evidence
from sstibet.labels import Label
from sstibet.money import Money, Rate
from sstibet.months import Month, parse_day
from sstibet.problems import BadValue, closest
from sstibet.resident_id import parse_resident_id


def _parse_text(text: str) -> str:
    return text


# kind -> (reader of its text, the Python type of its values, may it be ordered)
KINDS: dict[str, tuple[Callable[[str], Any], type, bool]] = {
    "money": (Money.parse, Money, True),
    "rate": (Rate.parse, Rate, True),
    "whole": (parse_whole, int, True),
    "date": (parse_day, date, True),
    "month": (Month.parse, Month, True),
    "code": (_parse_text, str, False),
    "yes_no": (parse_yes_no, bool, False),
    "text": (_parse_text, str, False),
    "resident_id": (parse_resident_id, str, False),
    "secret": (_parse_text, str, False),
}


# The kinds whose values no explanation, message or log may show.
HIDDEN = ("resident_id", "secret")


@node
class Fact(Node):
    """One fact: its kind, its labels, whether it is personal, and the bounds of its values.

    ``codes`` names the list that a ``code`` is chosen from (without it the scheme's own ids are);
    ``fields`` are the columns of ``records``.
    """

    kind: Annotated[str, word(*KINDS, "records")]
    label: Label
    personal: YesNo
    help: Label | None = None
    codes: Name | None = None
    least: Filled | None = None
    most: Filled | None = None
    derive: Derivation | None = None
    fields: Annotated[dict[str, Fact], Named()] | None = None

    def __post_init__(self) -> None:
        if (self.kind == "records") != (self.fields is not None):
            key = "kind" if self.fields is None else "fields"
            message = "'fields' go with 'kind: records', and only with it"
            raise BadValue("records_fields", message, "add the one, or drop the other", (key,))
        if self.codes is not None and self.kind != "code":
            hint = "write 'kind: code', or drop 'codes'"
            raise BadValue("codes_kind", "'codes' goes with 'kind: code' only", hint, ("codes",))
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

    def parse_text(self, text: str) -> Any:
        """The value that ``text`` stands for. BadValue where it stands for none."""
        return KINDS[self.kind][0](text)


@node
class Code(Node):
    """One entry of an official list."""

    label: Label
    evidence: Evidence | None = None


@node
class CodeList(Node):
    """An official list of codes (代码表), e.g. the types of identity documents."""

    label: Label
    evidence: Evidence
    codes: Annotated[dict[str, Code], Named()]


class BadField(BadValue):
    """A value in a row of some records that can't be read: in which row, which field, what."""

    def __init__(self, error: BadValue, row: int, field: str, value: object) -> None:
        super().__init__(error.code, f"row {row}, {field}: {error.message}", error.hint)
        self.row, self.field, self.value = row, field, value


@dataclass(frozen=True, slots=True)
class Dictionary:
    """All facts and code lists of a book."""

    facts: dict[str, Fact]
    codes: dict[str, CodeList]
    # fact -> its reader of text, its least and its most, made when first asked for
    _quick: dict[str, tuple[Callable[[str], Any] | None, Any, Any]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def __reduce__(self) -> tuple[type[Dictionary], tuple[object, ...]]:
        return Dictionary, (self.facts, self.codes)

    def read(self, name: str, value: object) -> Any:
        """A given value as the fact's own type. BadValue says what is wrong with it."""
        # Every price reads some facts, nearly always from text: that takes one step here.
        parse, least, most = self._quick.get(name) or self._prepare(name)
        if parse is not None and type(value) is str:
            read = parse(value)
            if (least is None or not read < least) and (most is None or not most < read):
                return read
        return self.read_as(self.facts[name], value)

    def _prepare(self, name: str) -> tuple[Callable[[str], Any] | None, Any, Any]:
        fact = self.facts.get(name)
        if fact is None:
            near = closest(name, self.facts)
            hint = f"did you mean {near!r}?" if near else "facts.yaml lists what there is"
            raise BadValue("unknown_fact", f"there is no fact {name!r}", hint)
        plain = fact.derive is None and fact.codes is None and fact.kind != "records"
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
        if fact.least is not None and read < fact.parse_text(fact.least):
            raise BadValue("below_least", f"{read} is below {fact.least}")
        if fact.most is not None and fact.parse_text(fact.most) < read:
            raise BadValue("above_most", f"{read} is above {fact.most}")
        if fact.codes is not None and read not in self.codes[fact.codes].codes:
            known = self.codes[fact.codes].codes
            near = closest(str(read), known)
            hint = f"did you mean {near!r}?" if near else f"one of: {', '.join(list(known)[:20])}"
            raise BadValue("unknown_code", f"{read!r} is not in the list {fact.codes!r}", hint)
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
                near = closest(str(unknown[0]), fact.fields)
                hint = f"did you mean {near!r}?" if near else ""
                raise BadValue("unknown_field", f"row {number}: no field {unknown[0]!r}", hint)
            rows.append(self._row(fact.fields, row, number))
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


def _read_scalar(fact: Fact, value: object) -> Any:
    """Text is read by its kind; a value of the kind's own type is taken as it is."""
    if type(value) is str:
        return fact.parse_text(value)
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
        "wrong_type", f"{value!r} is no {fact.kind}", f"give text or a {wanted.__name__}"
    )
