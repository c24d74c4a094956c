"""What the page of an item shows, made from its view: the template decides nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from counter.fields import Sheet, Shown, sheet
from counter.progress import Progress
from sstibet import Entitlement, Money, Quote, View, Wrong

if TYPE_CHECKING:
    from counter.service import Counter
    from sstibet.engine.view import Choice

LINES, QR = "premium_lines", "qr_text"
# Answers that are explained on one page: a year's months would make it long.
AT_ONCE = 4
_PAGE, _PAGES = "page_number", "page_count"
# Ways that lead on; all else stands behind it, less loud.
_ON = (
    "submit", "verify_person", "go_on", "pay_again", "save_picture", "file_account", "again",
    "ask_again", "resend", "wait", "close",
)  # fmt: skip


@dataclass(frozen=True)
class Screen:
    """One page of one item.

    Args:
        view: the item, as its owner began it; ``front`` is what is in front of it.
        sheet: the state's form, or what this screen shows of it.
        main: what may be done with that form's answers; ``inside``: events that take some of its
            fields, by the field that they stand below.
        others: forms of their own, by event; ``rows``: those that choose one row of a list that is
            shown, by the field that shows it; ``pager``: the one that turns a list's page.
        why: the rules' answers that its amounts were taken from, each of which explains itself.
        plain: what may be done without answering anything; ``closed``: what may not, and why.
    """

    view: View
    front: View
    title: Any
    says: bool
    progress: Progress | None
    sheet: Sheet | None
    main: Choice | None
    inside: Mapping[str, tuple[Choice, Sequence[str]]]
    others: Sequence[tuple[Choice, Sheet]]
    rows: Mapping[str, tuple[Choice, Shown]]
    pager: tuple[Choice, int, int] | None
    why: Sequence[Quote | Entitlement]
    plain: Sequence[Choice]
    closed: Sequence[Choice]
    waits: bool
    notices: Sequence[str]
    refused: View | None
    problems: Sequence[Wrong]

    @property
    def first(self) -> Choice | None:
        """What stands first where there is no form to go on with, if it leads on."""
        asks = self.main is not None or (self.sheet is not None and not self.sheet.last)
        first = next(iter(self.plain), None)
        return first if first is not None and first.name in _ON and not asks else None

    @property
    def pages(self) -> list[tuple[Any, list[tuple[str, list[Shown]]]]]:
        """The pages of this screen that have something to show, with the runs of their fields."""
        found = self.sheet.pages if self.sheet is not None else ()
        return [(page, runs) for page, fields in found if (runs := self.runs(fields))]

    @property
    def lines(self) -> bool:
        """Whether there is an amount to explain."""
        return self.front.quote is not None and bool(self.front.quote.lines)

    def target(self, problem: Wrong) -> str | None:
        """The id of the input that something is wrong with."""
        own = [each for _, sheet in self.others for each in sheet.fields]
        shown = self.sheet.fields if self.sheet is not None else []
        found = next((each for each in [*shown, *own] if each.name == problem.field), None)
        return found.target if found is not None else None

    def runs(self, fields: Sequence[Shown]) -> list[tuple[str, list[Shown]]]:
        """Fields in their order, those that only show a value together; what is shown elsewhere on
        the page, and what is known to be nothing, left out."""
        found = list[tuple[str, list[Shown]]]()
        for each in fields:
            if (each.name == LINES and self.lines) or each.name in self.rows:
                continue
            if each.name in (_PAGE, _PAGES) and not each.field.asked:
                continue
            shown = each.field.rows is None and not each.field.asked and each.name != QR
            kind = "shown" if shown else "asked"
            if found and found[-1][0] == kind:
                found[-1][1].append(each)
            else:
                found.append((kind, [each]))
        return found

    @property
    def why_apart(self) -> bool:
        """Whether there is so much to explain that it stands on a page of its own."""
        return len(self.why) > AT_ONCE

    @property
    def wrong(self) -> bool:
        """Whether what was sent is refused."""
        return self.refused is not None or bool(self.problems)


def screen(
    counter: Counter,
    view: View,
    language: str,
    *,
    number: int = 1,
    typed: Mapping[str, Any] | None = None,
    problems: Collection[Wrong] = (),
    notices: Sequence[str] = (),
    refused: View | None = None,
    why: Sequence[Quote | Entitlement] = (),
) -> Screen:
    """The page of an item as it stands; see `sheet` for what was just sent."""
    front = view.front
    shown = None
    if front.form is not None:
        shown = sheet(front.form, language, number, typed, problems)
    choices = [each for each in front.events if each.allowed]
    main = next((each for each in choices if each.form and each.name not in front.forms), None)
    inside, others, rows, pager = _own_forms(front, choices, shown, language, typed, problems)
    effects = counter.desk.book.contents.items[front.item].effects
    waits = any(each in effects for each in front.waits_for) and not front.final
    asks = shown is not None and bool(shown.asked)
    title = front.form.label if front.form is not None else front.state_label
    if shown is not None and shown.count > 1 and len(shown.pages) == 1:
        title = shown.pages[0][0].label
    return Screen(
        view,
        front,
        title,
        counter.home.tells(front) and front.state_label.text(language) != title.text(language),
        counter.home.progress(view),
        shown,
        main,
        inside,
        others,
        rows,
        pager,
        why,
        sorted((each for each in choices if not each.form), key=lambda each: each.name not in _ON),
        [each for each in front.events if not each.allowed],
        waits and not asks,
        notices,
        refused,
        tuple(problems),
    )


def _own_forms(
    front: View,
    choices: Sequence[Choice],
    shown: Sheet | None,
    language: str,
    typed: Mapping[str, Any] | None,
    problems: Collection[Wrong],
) -> tuple[Any, Any, Any, Any]:
    """Where each event stands that takes a form of its own."""
    inside: dict[str, Any] = {}
    rows: dict[str, Any] = {}
    others, pager = [], None
    on_it = {each.name: each for each in shown.fields} if shown is not None else {}
    for choice in choices:
        form = front.forms.get(choice.name)
        if form is None:
            continue
        asked = [each for each in form.fields if each.asked]
        names = [each.fact for each in asked]
        if _PAGE in names and any(each.fact == _PAGES for each in form.fields):
            pager = (choice, *_page_of(form))
            continue
        if names and shown is not None and set(names) <= set(shown.asked):
            inside[names[-1]] = (choice, names)
            continue
        own = sheet(form, language, 1, typed, problems, f"{choice.name}-")
        only = own.fields[0] if len(names) == 1 and len(own.fields) == 1 else None
        if only is not None and only.field.rows is not None and only.field.rows.pick == "one":
            below = next((n for n, each in on_it.items() if _same_rows(each, only)), None)
            if below is not None and not only.field.rows.asks:
                rows[below] = (choice, only)
                continue
        others.append((choice, own))
    return inside, others, rows, pager


def _page_of(form: Any) -> tuple[int, int]:
    values = {each.fact: each.value for each in form.fields}
    return int(values.get(_PAGE) or 1), int(values.get(_PAGES) or 1)


def _same_rows(shown: Shown, other: Shown) -> bool:
    """Whether a list that is shown has the rows that another one lets choose from."""
    ours, theirs = shown.field.rows, other.field.rows
    if ours is None or theirs is None:
        return False
    return [row.key for row in ours.rows] == [row.key for row in theirs.rows]


def tells_amount(view: View) -> bool:
    """Whether what is in front shows an amount that was worked out: lines, or one by itself."""
    front = view.front
    fields = front.form.fields if front.form is not None else ()
    alone = any(each.kind == "money" and not each.asked and each.value for each in fields)
    return alone or (front.quote is not None and bool(front.quote.lines))


def due(view: View) -> Money | None:
    """What is to be paid."""
    return view.quote.due if view.quote is not None else None
