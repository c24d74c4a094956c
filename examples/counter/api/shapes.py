"""What is sent and answered, strictly: a key that isn't here is neither taken nor given."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

Money = Annotated[
    str,
    StringConstraints(pattern=r"^-?[0-9]+\.[0-9]{2}$"),
    Field(description="Yuan with two decimals, as text.", examples=["380.00"]),
]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,99}$")]
Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
# Words that the library itself chooses among.
Tag = Annotated[str, Field(json_schema_extra={"enum": ["zh-CN", "en", "bo"]})]
Ends = Annotated[str, Field(json_schema_extra={"enum": ["well", "badly"]})]
OpenTo = Annotated[str, Field(json_schema_extra={"enum": ["person", "anyone"]})]
ForRenderer = Annotated[str, Field(json_schema_extra={"enum": ["plain", "rjsf", "jsonforms"]})]
Answers = Annotated[
    dict[str, Any],
    Field(description="Facts by their ids, as the form's JSON Schema asks for them."),
]


class Shape(BaseModel):
    """Closed, and not coerced: ``1`` is no text."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


# What is sent


class Start(Shape):
    """Begin an item."""

    item: Name = Field(examples=["resident_payment"])
    given: Answers = Field(default_factory=dict, examples=[{}])


class Send(Shape):
    """What a person does next: one of the item's ``events``, with its form's answers."""

    event: Name = Field(examples=["submit"])
    answers: Answers = Field(
        default_factory=dict,
        examples=[{"insured_name": "格桑虚构", "insured_id_number": "549901199001010017"}],
    )


class Draft(Shape):
    """What was typed so far, right or wrong."""

    answers: Answers = Field(examples=[{"insured_name": "格桑虚构"}])


class Ask(Shape):
    """A price without an item."""

    scheme: Name = Field(examples=["flexible_pension"])
    on: Day = Field(description="The day of the question.", examples=["2025-10-15"])
    known_on: Day | SkipJsonSchema[None] = Field(
        default=None, description="Price by what was public on that day.", examples=["2025-10-15"]
    )
    facts: Answers = Field(examples=[{"base": "7066.20", "months": 1}])


class SignIn(Shape):
    """A ``login`` item that has just ended well, of the visitor who asks."""

    login: Annotated[str, StringConstraints(min_length=1, max_length=400)] = Field(
        examples=["7k3m9q2x5t8w4z6b2c3d"]
    )


class Callback(Shape):
    """What a port tells; see docs/who.md. The signature is made over the body's exact bytes."""

    version: Literal[1]
    port: str = Field(examples=["gateway"])
    key: str
    ref: str
    answer: str = Field(examples=["succeeded"])
    facts: dict[str, Any] = Field(examples=[{"charge_no": "C-1"}])
    sent_at: int


# What is answered


class Words(Shape):
    """A text, and the language that it is really in (for ``lang``)."""

    text: str
    lang: Tag


class FieldError(Shape):
    """One thing that is wrong: by the JSON pointer of its field in the body, or by the name of the
    header, query or path parameter."""

    pointer: str | None = Field(default=None, examples=["#/answers/insured_id_number"])
    column: str | None = None
    parameter: str | None = None
    code: str
    detail: str


class FailedRule(Shape):
    """A rule that says no: where it stands (file:line), its document, the kind of evidence."""

    id: str
    label: str
    rule: str
    doc: str
    evidence: str


class RuleRefusal(Shape):
    """Why the rules say no."""

    code: str
    detail: str
    rules: list[FailedRule]


class Problem(Shape):
    """Problem details (RFC 9457)."""

    type: str = Field(json_schema_extra={"format": "uri-reference"})
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    errors: list[FieldError] | None = None
    refusal: RuleRefusal | None = None


class Kind(Shape):
    """What may be begun: a business item of the book."""

    item: Name
    label: Words
    open_to: OpenTo
    given: list[Name]


class Kinds(Shape):
    """All that may be begun."""

    kinds: list[Kind]


class Event(Shape):
    """What a person may do in a state, or what may come."""

    name: str
    label: Words | None
    to: list[str] = Field(description="The states that it may lead to.")


class State(Shape):
    """A state of a machine."""

    name: str
    label: Words
    form: str | None
    ends: Ends | None
    deadline_seconds: int | None
    events: list[Event]


class Machine(Shape):
    """An item's machine."""

    item: Name
    label: Words
    version: int
    initial: str
    states: list[State]


class Form(Shape):
    """A screen: what may be sent (JSON Schema 2020-12), how it is laid out, what is filled in."""

    name: str
    label: Words
    renderer: ForRenderer
    schema_: dict[str, Any] = Field(alias="schema")
    ui_schema: dict[str, Any]
    data: dict[str, Any] | None = Field(description="Only for the item's owner.")


class Choice(Shape):
    """What may be done next; ``form`` where it takes the answers of one of its own, ``why_not``
    where it would be refused as things stand."""

    name: str
    label: Words
    takes_answers: bool
    form: Form | None
    allowed: bool
    why_not: RuleRefusal | None


class Line(Shape):
    """One amount: a rate of a base or a tier's, the period, who pays, and the rule (file:line)."""

    scheme: str
    part: str
    label: Words
    period: str
    payer: Literal["person", "government"]
    basis: str | None
    rate: str | None
    amount: Money
    at_least: bool
    rule: str
    edition: str
    evidence: str


class Amount(Shape):
    """What an item comes to."""

    due: Money
    government: Money
    evidence: str
    digest: str
    lines: list[Line]


class Brief(Shape):
    """An item in a list."""

    ref: str
    item: str
    label: Words
    state: str
    state_label: Words
    version: int
    ends: Ends | None
    opened: datetime
    due: Money | None


class Items(Shape):
    """Somebody's items, the newest first."""

    items: list[Brief]


class Item(Shape):
    """An item as its owner sees it; ``front`` is the innermost item that is under way in it: what
    is done next is sent there. Personal answers are masked."""

    ref: str
    item: str
    label: Words
    state: str
    state_label: Words
    text: str
    version: int
    ends: Ends | None
    opened: datetime
    deadline: datetime | None
    form: Form | None
    events: list[Choice]
    answers: dict[str, Any]
    amount: Amount | None
    waits_for: list[str]
    steps: list[str] = Field(description="The guide's steps that the request was.")
    forgotten: bool
    front: str
    inner: Item | None


class Quote(Shape):
    """A price with its reasons."""

    scheme: str
    on: date
    due: Money
    total: Money
    evidence: str
    digest: str
    provisional: list[str]
    lines: list[Line]
    explanation: list[str]


class Visitor(Shape):
    """A token for somebody who is not signed in: kept like a password."""

    token: str


class Session(Shape):
    """A token for somebody who is; it is told this once."""

    token: str


class Taken(Shape):
    """Whether a callback was taken; one that came before isn't taken twice, and does no harm."""

    taken: bool


class Standing(Shape):
    """How a certificate stands, and the last day on which something in it was repaid since."""

    standing: Literal["genuine", "refunded", "altered", "unknown_key", "not_on_record"]
    refunded_on: date | None


class SealedCertificate(Shape):
    """A certificate as its issuer sealed it; `certificate` is what the signature is made over, in
    its canonical form."""

    certificate: dict[str, Any]
    key: str
    algorithm: str
    signature: str
