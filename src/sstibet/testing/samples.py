"""Values to try a machine with: for each fact some that are valid, the likeliest first, all of them
invented."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sstibet.contents import Contents
from sstibet.facts import Fact
from sstibet.money import Money
from sstibet.months import Month
from sstibet.problems import BadValue
from sstibet.rules import Rules
from sstibet.testing.relevant import compared, handed_as, names_read, shown

Answers = Mapping[str, Any]

_MOST_CODES = 60
_MOST_SHOWN = 6
# Invented: they fulfil the checks of their kinds and belong to nobody.
_BY_KIND: dict[str, tuple[Any, ...]] = {
    "money": ("100.00", "0.00"),
    "rate": ("8%",),
    "whole": (1, 2),
    "yes_no": (False, True),
    "text": ("x1",),
    "secret": ("a long enough secret",),
    "person_name": ("格桑梅朵", "扎西·次仁"),
    "user_name": ("kelsang_2026",),
    "mobile": ("13800138000",),
    "bank_card": ("6217000000000000004",),
    "account_number": ("6217000000000000004",),
    "resident_id": ("540102199003070018", "540102198512120023"),
    "id_number": ("540102199003070018", "540102198512120023"),
    "voucher_number": ("454016251000000001",),
}


class Samples:
    """Values for the facts of one item: given ones first; then what the item knows already under
    the same name, for a port that brings a fact back brings the same; then those that conditions
    name, those of the dictionary, and one for the kind.

    Of a fact that the machine doesn't hang on there is one value only.
    """

    def __init__(
        self, contents: Contents, item: str, given: Mapping[str, list[Any]] | None = None
    ) -> None:
        self.contents, self.given = contents, given or {}
        self.read = names_read(contents, item)
        self._compared = compared(contents, item)
        self._shown = shown(contents)
        self._handed = handed_as(contents.items[item])
        self._kept: dict[tuple[str, date], list[Any]] = {}

    def of(self, name: str, answers: Answers, told: Answers, day: date) -> list[Any]:
        """Plain values to try for a fact, the likeliest first. ``told``: what the port was told
        that brings it."""
        fact = self.contents.dictionary.facts[name]
        if name in self.given:
            return list(self.given[name])
        if fact.kind == "records":
            return self._rows(name, answers, told.get(name), day)
        known = (told.get(name), answers.get(name))
        return self._few(name, [*(each for each in known if each is not None),
                                *self._scalars(name, fact, day)])  # fmt: skip

    def column(self, records: str, column: str, answers: Answers, day: date) -> list[Any]:
        """Plain values to try for a column of some records."""
        fact = (self.contents.dictionary.facts[records].fields or {})[column]
        meant = self._handed.get(column, column)
        known = [answers[name] for name in (column, meant) if _is_scalar(answers.get(name))]
        found = [*known, *self._scalars(column, fact, day)]
        if meant in self.contents.dictionary.facts and meant != column:
            found += self._scalars(meant, self.contents.dictionary.facts[meant], day)
        return self._few(column, [each for each in found if self._valid(fact, each)])

    def _few(self, name: str, values: list[Any]) -> list[Any]:
        values = _once(values)
        return values if name in self.read else values[:1]

    def _scalars(self, name: str, fact: Fact, day: date) -> list[Any]:
        kept = self._kept.get((name, day))
        if kept is None:
            found = [*(fact.samples or ()), *self._likely(name, fact, day)]
            plain = [_plain(fact, text) for text in found]
            kept = _once([value for value in plain if self._valid(fact, value)])
            self._kept[name, day] = kept
        return kept

    def _likely(self, name: str, fact: Fact, day: date) -> list[Any]:
        named, kinds = self._compared.get(name, []), list(_BY_KIND.get(fact.kind, ()))
        if fact.codes is not None:
            codes = list(self.contents.dictionary.codes[fact.codes].codes)
            return [*named, *codes[:_MOST_CODES]]
        if fact.kind == "code":
            return [*named, *self._tiers(day)]
        if fact.kind == "date":
            return [*(day - timedelta(days=days) for days in (0, 400, 13_000)), *named]
        if fact.kind == "month":
            month = Month.of(day)
            return [month, month.plus(1), month.plus(-1), month.plus(-12), *named]
        if fact.kind == "whole":
            bounds = [bound for bound in (fact.least, fact.most) if bound is not None]
            return [*kinds, day.year, day.year + 1, *named, *bounds]
        if fact.kind == "money":
            return [*kinds, *named, *self._shown.get(name, [])[-_MOST_SHOWN:]]
        return [*named, *kinds] if fact.kind == "yes_no" else [*(kinds or ["x1"]), *named]

    def _tiers(self, day: date) -> list[str]:
        """The tiers that any scheme has, for a code that is chosen out of a scheme's own table."""
        rules = Rules(self.contents, "", day)
        years = [{}, {"coverage_year": day.year}, {"coverage_year": day.year + 1}]
        return [
            tier
            for scheme in self.contents.schemes
            for facts in years
            for tier, _ in rules.tiers(scheme, facts)
        ]

    def _valid(self, fact: Fact, value: Any) -> bool:
        try:
            self.contents.dictionary.read_as(fact, value)
        except BadValue:
            return False
        return True

    def _rows(self, name: str, answers: Answers, told: Any, day: date) -> list[Any]:
        """Rows as the port was told them, else a likely one; the same with each column otherwise,
        or left out; two rows, and none."""
        fact = self.contents.dictionary.facts[name]
        assert fact.fields is not None
        columns = {
            column: self.column(name, column, answers, day)
            for column, each in fact.fields.items()
            if each.derive is None
        }
        usual = {column: values[0] for column, values in columns.items() if values}
        rows = [usual]
        if told:
            rows = [{key: row[key] for key in row if key in fact.fields} for row in told]
        if fact.key is not None:
            rows = [{fact.key: f"{usual[fact.key]}{n or ''}", **row} for n, row in enumerate(rows)]
        row, rest = rows[0], rows[1:]
        varied = [
            [{**row, column: value}, *rest]
            for column, values in columns.items()
            if column != fact.key and column in self.read
            for value in values
            if row.get(column) != value
        ]
        dropped = [
            [{key: value for key, value in row.items() if key != column}, *rest]
            for column in row
            if column != fact.key and column in self.read
        ]
        more = [[*rows, {**row, fact.key: f"{row[fact.key]}9"}]] if fact.key else []
        return [rows, *varied, *dropped, *[each for each in more if self._valid(fact, each)], []]


def _is_scalar(value: Any) -> bool:
    return isinstance(value, (str, int))


def _plain(fact: Fact, text: Any) -> Any:
    value = fact.parse_text(text) if isinstance(text, str) else text
    if isinstance(value, (Money, Month, date)) or fact.kind == "rate":
        return str(value)
    return value


def _once(values: list[Any]) -> list[Any]:
    return [
        value
        for n, value in enumerate(values)
        if not any(value == other and type(value) is type(other) for other in values[:n])
    ]
