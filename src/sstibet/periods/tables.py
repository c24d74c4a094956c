"""The types of ``periods.yaml``: parameters, windows, notice years, requirements, waits, cover."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from sstibet.conditions import Condition
from sstibet.documents import (
    STRICT,
    Filled,
    Name,
    Named,
    OrWord,
    Text,
    Whole,
    parse_whole,
    where,
    word,
)
from sstibet.editions import Edition, Table
from sstibet.evidence import Day, Evidence, OpenDay
from sstibet.examples import Given
from sstibet.facts import KINDS
from sstibet.labels import Label
from sstibet.months import Span
from sstibet.problems import BadValue


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterEdition(Edition):
    """A parameter's value in one edition, as its text."""

    value: Filled


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A dated value that conditions compare with, e.g. the minimum months (最低缴费年限)."""

    __pydantic_config__ = STRICT

    label: Label
    kind: Annotated[str, word(*KINDS)]
    unit: Label | None = None
    table: Table[ParameterEdition]
    where: str = where()

    def __post_init__(self) -> None:
        for edition in self.table.editions:
            self.parse(edition)

    def parse(self, edition: ParameterEdition) -> Any:
        """The edition's value as the parameter's kind."""
        return KINDS[self.kind][0](edition.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfYear:
    """A day of a year counted from the coverage year: ``years_before: 1`` is the year before."""

    __pydantic_config__ = STRICT

    years_before: Whole
    month: Annotated[int, Text(parse_whole)]
    day: Annotated[int, Text(parse_whole)]
    where: str = where()

    def __post_init__(self) -> None:
        try:
            date(2001 - self.years_before, self.month, self.day)
        except ValueError:
            raise BadValue(
                "no_such_day", f"no year has a day {self.month}-{self.day} in all years"
            ) from None

    def of(self, year: int) -> date:
        """The day for a coverage year."""
        return date(year - self.years_before, self.month, self.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowEdition(Edition):
    """First and last day of the window, both inside it."""

    opens: DayOfYear
    closes: DayOfYear


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A yearly collection window (集中缴费期) for the year that ``year`` (a fact) tells; its
    editions are looked up by 1 January of that year."""

    __pydantic_config__ = STRICT

    label: Label
    year: Name
    table: Table[WindowEdition]
    where: str = where()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeYear:
    """How a coverage year follows from the year of the notice that sets its price."""

    __pydantic_config__ = STRICT

    coverage_year_is_plus: Whole
    evidence: Evidence
    where: str = where()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A worked case of a requirement: who passes it, who doesn't, and when that's open."""

    __pydantic_config__ = STRICT

    on: Day
    facts: Given
    passes: Annotated[str, word("yes", "no", "unknown")]
    where: str = where()


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What a payer must fulfil, from when until when, with cases that show it."""

    __pydantic_config__ = STRICT

    label: Label
    from_: Day
    until: OpenDay
    evidence: Evidence
    must: Condition
    examples: tuple[Shown, ...] = ()
    where: str = where()

    def in_force(self, day: date) -> bool:
        """Whether the requirement is in force on a day."""
        return day in Span(self.from_, self.until)


Requirements = Annotated[dict[str, Requirement] | None, Named(), OrWord("none")]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingAsks:
    """The facts a waiting period hangs on."""

    __pydantic_config__ = STRICT

    lapsed_years: Name
    bought_back_years: Name
    where: str = where()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeastWait:
    """From so many lapsed years on, the wait is at least so many months."""

    __pydantic_config__ = STRICT

    lapsed_years: Whole
    months: Whole
    where: str = where()


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitShown:
    """A worked case of a waiting period, in months."""

    __pydantic_config__ = STRICT

    on: Day
    facts: Given
    months: Whole
    where: str = where()


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The waiting periods of one scheme, looked up by the day of paying."""

    __pydantic_config__ = STRICT

    label: Label
    asks: WaitingAsks
    table: Table[WaitingEdition]
    where: str = where()


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverShown:
    """A worked case of coverage: the first and the last day covered."""

    __pydantic_config__ = STRICT

    on: Day
    facts: Given
    first: Day
    last: Day
    where: str = where()


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverRow:
    """When the condition holds, cover runs from one fact's day to another's, both covered."""

    __pydantic_config__ = STRICT

    label: Label
    when: Condition
    first: Name
    last: Name
    where: str = where()


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverEdition(Edition):
    """The rows of one edition; exactly one of them may hold."""

    rows: Annotated[dict[str, CoverRow], Named()]
    examples: tuple[CoverShown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """From when until when a payment covers (待遇享受期), looked up by the day of paying."""

    __pydantic_config__ = STRICT

    label: Label
    table: Table[CoverEdition]
    where: str = where()


@dataclass(frozen=True, slots=True, kw_only=True)
class Periods:
    """All of ``periods.yaml``."""

    __pydantic_config__ = STRICT

    parameters: Annotated[dict[str, Parameter], Named()]
    windows: Annotated[dict[str, Window], Named()]
    notice_years: Annotated[dict[str, NoticeYear], Named()]
    may_pay: Annotated[dict[str, Requirements], Named()]
    waiting: Annotated[dict[str, Waiting], Named()]
    cover: Annotated[dict[str, Cover], Named()]
    where: str = where()
