"""What a rule book holds once it is read: its own facts about itself, and all of its rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from sstibet.documents import Filled, Name, Node, node, word
from sstibet.facts import Dictionary
from sstibet.labels import Label
from sstibet.periods.tables import Periods
from sstibet.premium.monthly import RatePricer
from sstibet.premium.pick import PickPricer, PickSchedule
from sstibet.premium.rate import RateSchedule
from sstibet.refunds import RefundRules
from sstibet.retention import Retention
from sstibet.text import UnknownName

if TYPE_CHECKING:
    # A price needs no machine: what types items have is loaded with the first of them.
    from sstibet.forms.documents import Form
    from sstibet.items.documents import ItemRules, Port
    from sstibet.items.roles import Role

Pricer = RatePricer | PickPricer
M = TypeVar("M")


@node
class Languages(Node):
    """Those that every label must have, and those that it may have."""

    required: tuple[Name, ...]
    optional: tuple[Name, ...]


@node
class BookInfo(Node):
    """``book.yaml``: whose rules these are, and what every file may rely on.

    ``examples: every_cell`` asks for an example of every amount, so that no single slip of the
    pen goes unseen; ``some`` leaves that to the authors.
    """

    id: Filled
    version: Filled
    label: Label
    jurisdiction: Filled
    jurisdictions: tuple[Filled, ...]
    time_zone: Filled
    currency: Annotated[str, word("CNY")]
    languages: Languages
    examples: Annotated[str, word("every_cell", "some")]
    schemes: tuple[Name, ...]
    retention: Retention | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """All rules of a book, checked."""

    info: BookInfo
    dictionary: Dictionary
    picks: Mapping[str, PickSchedule]
    rates: Mapping[str, RateSchedule]
    periods: Periods
    refunds: dict[str, RefundRules | None]
    ports: Mapping[str, Port] = field(default_factory=dict)
    items: Mapping[str, ItemRules] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    # What is worked out once and kept; a changed copy (`dataclasses.replace`) begins without it.
    _pricers: dict[tuple[str, date | None], Pricer] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    _machines: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    @property
    def schemes(self) -> tuple[str, ...]:
        """The scheme ids, in the book's own order."""
        return self.info.schemes

    def schedule(self, scheme: str) -> PickSchedule | RateSchedule:
        """A scheme's schedule. UnknownName where the book has none by this id."""
        found = self.picks.get(scheme) or self.rates.get(scheme)
        if found is None:
            raise UnknownName("scheme", scheme, self.schemes)
        return found

    def pricer(self, scheme: str, known_on: date | None) -> Pricer:
        """What prices a scheme as it was public on a day; made once and kept."""
        pricer = self._pricers.get((scheme, known_on))
        if pricer is None:
            schedule = self.schedule(scheme)
            if isinstance(schedule, RateSchedule):
                pricer = RatePricer(scheme, schedule, known_on)
            else:
                pricer = PickPricer(scheme, schedule, known_on)
            self._pricers[(scheme, known_on)] = pricer
        return pricer

    def machine(self, item: str, make: Callable[[str, Contents], M]) -> M:
        """An item's machine as ``make`` makes it ready; made once and kept, however many desks are
        opened on the book."""
        found: M | None = self._machines.get(item)
        if found is None:
            found = self._machines[item] = make(item, self)
        return found
