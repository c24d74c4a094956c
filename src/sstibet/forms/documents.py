"""The types of ``forms/NAME.yaml``: what a screen asks or shows, page by page.

Every field is a fact of the dictionary: its kind, label, bounds and list of codes are said there
once. A form adds what belongs to the screen: the order, the help, whether it must be filled in,
when it is shown, which rows may be ticked, and words for what can be wrong.
"""

from __future__ import annotations

from dataclasses import field
from typing import Annotated

from sstibet.conditions import Condition
from sstibet.documents import Name, Named, Node, Whole, YesNo, node, word
from sstibet.labels import Label
from sstibet.problems import BadValue
from sstibet.sources import Source

Says = Annotated[dict[str, Label], Named()]
# What a browser or telephone may fill in by itself; HTML writes these words with hyphens.
AUTOCOMPLETE = (
    "off",
    "one_time_code",
    "current_password",
    "new_password",
    "username",
    "name",
    "tel",
)


@node
class Tiers(Node):
    """The tiers of a scheme in force on a day: an offer that the rules make."""

    scheme: Source
    on: Source


@node
class Column(Node):
    """A column that is asked of each ticked row: a field of the field's own records."""

    label: Label | None = None
    help: Label | None = None
    required: YesNo = True
    tiers: Tiers | None = None


@node
class Rows(Node):
    """Rows that are shown, and of which some may be ticked.

    ``of``: the records they come from (known before the form is shown). ``pick``: how many are
    ticked; ``all`` and ``none`` leave no choice. ``if`` says which may be ticked; the others are
    shown with ``why_not``. ``show`` are the columns shown, ``asks`` those asked of a ticked row.
    ``tiers`` names shown columns whose codes are tiers of a scheme, so that their labels are shown.
    ``page_by``: so many rows to a page.
    """

    of: Name
    pick: Annotated[str, word("one", "some", "all", "none")]
    if_: Condition | None = None
    why_not: Label | None = None
    show: tuple[Name, ...]
    tiers: Annotated[dict[str, Tiers], Named()] = field(default_factory=dict)
    asks: Annotated[dict[str, Column], Named()] = field(default_factory=dict)
    empty: Label | None = None
    page_by: Whole | None = None

    def __post_init__(self) -> None:
        if (self.if_ is None) != (self.why_not is None):
            key = "why_not" if self.if_ is None else "if"
            message = "'if' and 'why_not' go together"
            raise BadValue("rows_shape", message, "add the other, or drop both", (key,))


@node
class Field(Node):
    """One field: a fact that is asked, or shown (``read_only``: it comes from the system).

    ``when`` shows it only where the condition holds; what was typed into it before is kept in the
    draft. ``says`` are words for what is wrong, by the problem's code. ``autocomplete`` is what a
    browser may fill in here.
    """

    fact: Name
    label: Label | None = None
    help: Label | None = None
    required: YesNo = True
    read_only: YesNo = False
    must_be_yes: YesNo = False
    when: Condition | None = None
    rows: Rows | None = None
    tiers: Tiers | None = None
    autocomplete: Annotated[str, word(*AUTOCOMPLETE)] | None = None
    says: Says = field(default_factory=dict)


@node
class Page(Node):
    """Some fields under one heading."""

    label: Label
    help: Label | None = None
    fields: tuple[Field, ...]


@node
class FormCheck(Node):
    """What several answers must fulfil together; told at the field ``at``."""

    must: Condition
    says: Label
    at: Name


@node
class Form(Node):
    """One screen: its heading, its pages, and what its answers must fulfil together."""

    label: Label
    help: Label | None = None
    pages: tuple[Page, ...]
    checks: Annotated[dict[str, FormCheck], Named()] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields of all pages, in their order."""
        return tuple(each for page in self.pages for each in page.fields)
