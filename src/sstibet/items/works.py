"""The types of works: what the book's own rules work out while an event is decided.

A work is pure and ends in facts, or in the rules' own refusal. Its inputs are facts, or columns of
the rows it goes over; each look-up names its day.
"""

from __future__ import annotations

from dataclasses import field
from typing import Annotated

from sstibet.conditions import Condition
from sstibet.documents import Name, Named, Node, OneOf, node
from sstibet.sources import Source, Sources


@node
class Asked(Node):
    """A question to the rules: which scheme, on which day, with which facts.

    ``rows``: once for each row of some records, else once. Facts that a scheme does not ask for do
    no harm; a column that a row lacks is left out.
    """

    rows: Name | None = None
    scheme: Source
    on: Source
    facts: Sources = field(default_factory=dict)


@node
class QuoteAsked(Asked):
    """A price: ``due`` is the column (or fact) for what the person pays, ``government`` that for
    what the government pays, ``basis`` that for the base which a monthly premium was worked out
    from, ``total`` the fact for the sum of ``due``, ``lines`` the records that keep every line
    with its rule."""

    due: Name
    government: Name | None = None
    basis: Name | None = None
    total: Name | None = None
    lines: Name | None = None


@node
class MarkPriced(QuoteAsked):
    """Ask for a price for each row, and keep in a yes-or-no ``column`` whether there is one."""

    rows: Name
    column: Name


@node
class RefundAsked(Asked):
    """What is given back: ``amount`` is the column of ``payments`` for each payment's amount,
    ``total`` the fact for the sum, ``confirmed_by`` the fact for who confirms (``none`` where
    nobody need)."""

    payments: Name
    amount: Name
    total: Name
    confirmed_by: Name


@node
class WaitAsked(Asked):
    """How many months benefits are waited for: ``months`` is the fact (or column) for it."""

    months: Name


@node
class Summed(Node):
    """The sum of a column of amounts, kept as the fact ``into``."""

    rows: Name
    column: Name
    into: Name


@node
class Taken(Node):
    """Columns of the one row of ``rows``, kept as facts: ``into: {fact: column}``."""

    rows: Name
    into: Annotated[dict[str, Name], Named()]


@node
class Kept(Node):
    """The rows that fulfil ``that``, kept as the records ``into``."""

    rows: Name
    that: Condition
    into: Name


@node
class Marked(Node):
    """A yes-or-no column of every row: whether ``that`` holds for it."""

    rows: Name
    that: Condition
    column: Name


@node
class Quote(Node):
    """Ask the rules for a price."""

    quote: QuoteAsked


@node
class Allow(Node):
    """Ask the rules whether one may pay; their refusal refuses the event."""

    allow: Asked


@node
class MarkAllowed(Asked):
    """Ask for each row whether one may pay, and keep the answer in a yes-or-no ``column``."""

    rows: Name
    column: Name


@node
class AllowRows(Node):
    """Mark each row by whether the rules let it be paid."""

    allow_rows: MarkAllowed


@node
class QuoteRows(Node):
    """Price each row that the rules have a price for, and mark which those are."""

    quote_rows: MarkPriced


@node
class Refund(Node):
    """Ask the rules what is given back; their refusal refuses the event."""

    refund: RefundAsked


@node
class Wait(Node):
    """Ask the rules how long benefits are waited for."""

    wait: WaitAsked


@node
class Sum(Node):
    """Add up a column."""

    sum: Summed


@node
class Take(Node):
    """Take facts out of a row."""

    take: Taken


@node
class Keep(Node):
    """Keep some rows."""

    keep: Kept


@node
class Mark(Node):
    """Mark rows."""

    mark: Marked


@node
class Put(Node):
    """Set facts: ``set: {for_oneself: {value: yes}, payer_name: {fact: person_name}}``."""

    set: Sources


@node
class Forget(Node):
    """Drop facts that no longer stand, and what was typed for them."""

    forget: tuple[Name, ...]


Work = Annotated[
    Quote | QuoteRows | Allow | AllowRows | Refund | Wait | Sum | Take | Keep | Mark | Put | Forget,
    OneOf(
        quote=Quote,
        quote_rows=QuoteRows,
        allow=Allow,
        allow_rows=AllowRows,
        refund=Refund,
        wait=Wait,
        sum=Sum,
        take=Take,
        keep=Keep,
        mark=Mark,
        set=Put,
        forget=Forget,
    ),
]
