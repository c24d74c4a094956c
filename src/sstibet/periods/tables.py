"""The types of ``periods.yaml``: parameters, windows, notice years, requirements, waits, cover."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from sstibet.conditions import Condition
from sstibet.documents import (
    Filled,
    Name,
    Named,
    Node,
    OrWord,
    Text,
    Whole,
    node,
    parse_whole,
    word,
)
from sstibet.editions import Edition, Table
from sstibet.evidence import Day, Evidence, OpenDay
from sstibet.examples import Given
from sstibet.facts import KINDS
from sstibet.labels import Label
from sstibet.months import Span
from sstibet.problems import BadValue


@node
class ParameterEdition(Edition):
    """A parameter's value in one edition, as its text."""

    value: Filled


@node
class Parameter(Node):
    """A dated value that conditions compare with, e.g. the minimum months (最低缴费年限)."""

    label: Label
    kind: Annotated[str, word(*KINDS)]
    unit: Label | None = None
    table: Table[ParameterEdition]

    def __post_init__(self) -> None:
        for n, edition in enumerate(self.table.editions):
            try:
                self.parse(edition)
            except BadValue as bad:
                path = ("table", "editions", n, "value")
                raise BadValue(bad.code, bad.message, bad.hint, path) from None

    def parse(self, edition: ParameterEdition) -> Any:
        """The edition's value as the parameter's kind."""
        return KINDS[self.kind][0](edition.value)


@node
class DayOfYear(Node):
    """A day of a year counted from the coverage year: ``years_before: 1`` is the year before."""

    years_before: Whole
    month: Annotated[int, Text(parse_whole)]
    day: Annotated[int, Text(parse_whole)]

    def __post_init__(self) -> None:
        try:
            date(2001, self.month, self.day)  # a year without a 29 February
            date(2001 - self.years_before, self.month, self.day)
        except (ValueError, OverflowError):
            raise BadValue(
                "no_such_day",
                f"not every year has a day {self.day} of a month {self.month}",
                "write a day that is there in every year",
                ("day",),
            ) from None

    def of(self, year: int) -> date:
        """The day for a coverage year."""
        return date(year - self.years_before, self.month, self.day)


@node
class WindowEdition(Edition):
    """First and last day of the window, both inside it."""

    opens: DayOfYear
    closes: DayOfYear


@node
class Window(Node):
    """A yearly collection window (集中缴费期) for the year that ``year`` (a fact) tells; its
    editions are looked up by 1 January of that year."""

    label: Label
    year: Name
    table: Table[WindowEdition]


@node
class NoticeYear(Node):
    """How a coverage year follows from the year of the notice that sets its price."""

    coverage_year_is_plus: Whole
    evidence: Evidence


@node
class Shown(Node):
    """A worked case of a requirement: who passes it, who doesn't, and when that's open."""

    on: Day
    facts: Given
    passes: Annotated[str, word("yes", "no", "unknown")]


@node
class Requirement(Node):
    """What a payer must fulfil, from when until when, with cases that show it."""

    label: Label
    from_: Day
    until: OpenDay
    evidence: Evidence
    must: Condition
    examples: tuple[Shown, ...] = ()

    def in_force(self, day: date) -> bool:
        """Whether the requirement is in force on a day."""
        return day in Span(self.from_, self.until)


Requirements = Annotated[dict[str, Requirement] | None, Named(), OrWord("none")]


@node
class WaitingAsks(Node):
    """The facts a waiting period hangs on."""

    lapsed_years: Name
    bought_back_years: Name


@node
class LeastWait(Node):
    """From so many lapsed years on, the wait is at least so many months."""

    lapsed_years: Whole
    months: Whole
    evidence: Evidence | None = None


@node
class WaitShown(Node):
    """A worked case of a waiting period, in months."""

    on: Day
    facts: Given
    months: Whole


@node
class WaitingEdition(Edition):
    """The wait before benefits (待遇等待期): fixed months, months for each lapsed year, months
    taken off for each year bought back, and the least that remains. ``exempt``: who doesn't wait.
    """

    fixed_months: Whole
    months_per_lapsed_year: Whole
    months_off_per_year_bought_back: Whole
    at_least: LeastWait
    exempt: Condition
    examples: tuple[WaitShown, ...] = ()


@node
class Waiting(Node):
    """The waiting periods of one scheme, looked up by the day of paying."""

    label: Label
    asks: WaitingAsks
    table: Table[WaitingEdition]


@node
class CoverShown(Node):
    """A worked case of coverage: the first and the last day covered, and the id of the row."""

    on: Day
    facts: Given
    first: Day
    last: Day
    row: Name | None = None


@node
class CoverRow(Node):
    """When the condition holds, cover runs from one fact's day to another's, both covered."""

    label: Label
    when: Condition
    first: Name
    last: Name


@node
class CoverEdition(Edition):
    """The rows of one edition; exactly one of them may hold."""

    rows: Annotated[dict[str, CoverRow], Named()]
    examples: tuple[CoverShown, ...] = ()


@node
class Cover(Node):
    """From when until when a payment covers (待遇享受期), looked up by the day of paying."""

    label: Label
    table: Table[CoverEdition]


@node
class Periods(Node):
    """All of ``periods.yaml``."""

    parameters: Annotated[dict[str, Parameter], Named()]
    windows: Annotated[dict[str, Window], Named()]
    notice_years: Annotated[dict[str, NoticeYear], Named()]
    may_pay: Annotated[dict[str, Requirements], Named()]
    waiting: Annotated[dict[str, Waiting], Named()]
    cover: Annotated[dict[str, Cover], Named()]
