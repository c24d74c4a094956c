"""Forms as a page shows them, and what is posted as the answers that a desk takes.

One field of a form is one `Shown`; the names of its inputs are the fact's, and for a column asked
of a row ``fact:row:column``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from sstibet import Money, Month, Rulebook, Wrong, formats
from sstibet.forms.bound import BoundForm
from sstibet.forms.parts import BoundColumn, BoundField, BoundPage, BoundRow


class Posted(Protocol):
    """The fields of a form that was sent: one value of a name, or all."""

    def get(self, name: str) -> Any:
        """The last value."""
        ...

    def getlist(self, name: str) -> list[Any]:
        """All values, in their order."""
        ...

    def __iter__(self) -> Iterator[str]:
        """The names."""
        ...


@dataclass(frozen=True)
class Shown:
    """One field on a page: the form's own, how it is laid out, what stands in it, what is wrong."""

    field: BoundField
    widget: str
    inputmode: str | None
    autocomplete: str | None
    value: Any
    problems: tuple[Wrong, ...] = ()
    of: str = ""

    @property
    def name(self) -> str:
        """The fact, which is the input's name."""
        return self.field.fact

    @property
    def id(self) -> str:
        """The id of its input."""
        return f"f-{self.of}{self.name}"

    @property
    def type(self) -> str:
        """The type of its ``input``. A code from a message is read while it is typed."""
        if self.widget == "password":
            return "text" if self.fills == "one-time-code" else "password"
        return self.widget if self.widget in ("date", "month") else "text"

    @property
    def text(self) -> str:
        """What stands in its ``input``; never a secret."""
        secret = self.field.kind == "secret"
        return "" if secret or self.value is None else str(self.value)

    @property
    def fills(self) -> str:
        """What a browser may fill in, in HTML's words."""
        return (self.autocomplete or "off").replace("_", "-")

    def ticked(self, row: BoundRow) -> bool:
        """Whether a row is ticked: as it was just sent, else as it was before."""
        if not isinstance(self.value, list):
            return row.picked
        keys = [each.get("key") if isinstance(each, Mapping) else each for each in self.value]
        return row.key in keys

    def given(self, row: BoundRow, column: str) -> Any:
        """What stands in a column asked of a row."""
        for each in self.value if isinstance(self.value, list) else ():
            if isinstance(each, Mapping) and each.get("key") == row.key and column in each:
                return each[column]
        return row.given.get(column, row.values.get(column))

    def wrong_at(self, number: int, column: str) -> Wrong | None:
        """What is wrong in a column of a row."""
        at = {"row": number, "column": column}
        return next((p for p in self.problems if at.items() <= p.values.items()), None)

    def cell(self, row: BoundRow, column: str) -> str:
        """The name of the input for a column of a row."""
        return cell(self.name, row.key, column)

    @property
    def target(self) -> str:
        """The id of the input that a link in the summary of errors leads to."""
        row = self.problems[0].values.get("row") if self.problems else None
        rows = self.field.rows
        if rows is None or not rows.rows:
            return f"{self.id}-1" if self.widget == "radio" else self.id
        number = row if isinstance(row, int) and row <= len(rows.rows) else 1
        column = self.problems[0].values.get("column") if self.problems else None
        asked = column or (rows.asks[0].name if rows.pick == "all" and rows.asks else None)
        return f"{self.id}-{number}" + (f"-{asked}" if asked else "")


@dataclass(frozen=True)
class Sheet:
    """What one screen shows of a form: some of its pages, and the fields of each."""

    pages: Sequence[tuple[BoundPage, Sequence[Shown]]]
    number: int = 1
    count: int = 1
    problems: tuple[Wrong, ...] = ()
    asked: tuple[str, ...] = field(default=())

    @property
    def last(self) -> bool:
        """Whether the form is sent from here, and not gone on with."""
        return self.number == self.count

    def find(self, name: str) -> Shown:
        """The field of a fact. StopIteration where it isn't on this screen."""
        return next(each for each in self.fields if each.name == name)

    @property
    def fields(self) -> list[Shown]:
        """All fields, in their order."""
        return [each for _, fields in self.pages for each in fields]


def screens(form: BoundForm) -> list[list[BoundPage]]:
    """The form's pages by screens: one each, if several ask something; all on one where a secret
    is asked (it is kept nowhere, and would be lost on the way to the next screen)."""
    asking = [page for page in form.pages if any(each.asked for each in page.fields)]
    if len(asking) < 2 or any(each.kind == "secret" for each in form.fields):
        return [list(form.pages)]
    found = list[list[BoundPage]]()
    waiting = list[BoundPage]()
    for page in form.pages:  # what only shows something goes along with what comes after it
        waiting.append(page)
        if page in asking:
            found.append(waiting)
            waiting = []
    found[-1] += waiting
    return found


def sheet(
    form: BoundForm,
    language: str,
    number: int = 1,
    typed: Mapping[str, Any] | None = None,
    problems: Collection[Wrong] = (),
    of: str = "",
) -> Sheet:
    """One screen of a form.

    Args:
        form: as the desk shows it.
        language: of the reader.
        number: which screen, from 1 on; one that isn't there is the nearest.
        typed: what was just sent for it, right or wrong, and not taken.
        problems: what was wrong with that.
        of: what the ids of its inputs begin with, where several forms stand on a page.
    """
    drafts = {**form.data(), **(typed or {})}
    form = form.with_typed(drafts)
    visible = form.visible(form.read(drafts).values)
    divided = screens(form)
    number = max(1, min(number, len(divided)))
    hints = {
        each["name"]: each
        for page in form.ui_schema(None, language)["pages"]
        for each in page["fields"]
    }
    told = _by_field(problems)
    pages = []
    for page in divided[number - 1]:
        fields = [
            Shown(
                each,
                hints[each.fact]["widget"],
                hints[each.fact].get("inputmode"),
                hints[each.fact].get("autocomplete"),
                drafts.get(each.fact),
                told.get(each.fact, ()),
                of,
            )
            for each in page.fields
            if each.fact in visible
        ]
        if fields:
            pages.append((page, fields))
    shown = [each for _, fields in pages for each in fields]
    asked = tuple(each.name for each in shown if each.field.asked)
    on_it = {each.name for each in shown}
    here = tuple(each for each in problems if each.field in on_it or number == len(divided))
    return Sheet(pages, number, len(divided), here, asked)


def answers(book: Rulebook, posted: Posted, names: Collection[str]) -> dict[str, Any]:
    """What was posted for some facts, as the desk takes it. It hangs on what was posted alone, so
    that the same form sent twice is the same request, wherever its item has got to by then."""
    facts, found = book.contents.dictionary.facts, dict[str, Any]()
    for name in names:
        if name not in facts:
            continue
        if facts[name].kind == "records":
            found[name] = _rows(name, posted)
        else:
            value = posted.get(name)
            found[name] = value if isinstance(value, str) else ""
    return found


def _rows(name: str, posted: Posted) -> list[Any]:
    """The ticked rows, with what is asked of each."""
    rows = list[Any]()
    for key in (str(each) for each in posted.getlist(name)):
        before = cell(name, key, "")
        asked = {k.removeprefix(before): str(posted.get(k)) for k in posted if k.startswith(before)}
        rows.append({"key": key, **asked} if asked else key)
    return rows


def cell(fact: str, key: str, column: str) -> str:
    """The name of the input for a column that is asked of a row."""
    return f"{fact}:{key}:{column}"


def _by_field(problems: Collection[Wrong]) -> dict[str, tuple[Wrong, ...]]:
    found = dict[str, tuple[Wrong, ...]]()
    for each in problems:
        found[each.field] = (*found.get(each.field, ()), each)
    return found


def written(kind: str, value: Any, display: Callable[[], str], language: str) -> str:
    """A value as people write it: amounts with their sign, days and months in words."""
    if value is None:
        return ""
    try:
        if kind == "money":
            return formats.amount(Money.parse(str(value)))
        if kind == "month":
            return formats.month(Month.parse(str(value)), language)
        if kind == "date":
            return formats.day(date.fromisoformat(str(value)), language)
    except ValueError:
        pass
    return display()


def field_text(each: BoundField, language: str) -> str:
    """What a field that is only shown says."""
    return written(each.kind, each.value, lambda: each.display(language), language)


def cell_text(each: BoundField, row: BoundRow, column: BoundColumn, language: str) -> str:
    """What a row shows in a column."""
    rows = each.rows
    assert rows is not None, "only asked of rows"
    value = row.values.get(column.name)
    # A period is a text: one month, or a year, or from one month to another.
    kind = "month" if column.name == "period" else column.kind
    return written(kind, value, lambda: rows.cell(row, column, language), language)


def screen_of(form: BoundForm, name: str) -> int | None:
    """On which screen of a form a fact stands."""
    for number, pages in enumerate(screens(form), 1):
        if any(each.fact == name for page in pages for each in page.fields):
            return number
    return None
