"""``show``: what a book's tables say, as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import date
from typing import Annotated, Any

import typer

from sstibet.cli.options import Book, Lang, day_of, language_of, one_of, open_book
from sstibet.cli.terminal import say_table, word
from sstibet.contents import Contents
from sstibet.editions import E, NoEdition, Table
from sstibet.items.documents import ItemRules
from sstibet.items.roles import Role
from sstibet.labels import Label
from sstibet.premium.rate import FixedAmount, OfBase
from sstibet.texts import say

Row = tuple[object, ...]


class View:
    """What is being shown: a book, the day (None: all editions), the language."""

    def __init__(self, contents: Contents, day: date | None, language: str) -> None:
        self.contents, self.day, self.language = contents, day, language

    def editions(self, table: Table[E]) -> Iterable[E]:
        """All editions of a table, or the one in force on the day."""
        if self.day is None:
            return table.editions
        found = table.at(self.day)
        return () if isinstance(found, NoEdition) else (found,)

    def word(self, key: str, **values: object) -> str:
        """One of the command's own words."""
        return word(key, self.language, **values)

    def text(self, label: Label | None) -> str:
        """A label in the reader's language."""
        return label.text(self.language) if label else ""

    def row(self, name: str, edition: Any, *cells: object, place: Any = None) -> Row:
        """A row between whose it is, from when until when, and its evidence and place."""
        place = place or edition
        evidence = getattr(place, "evidence", None) or edition.evidence
        until = edition.until or self.word("value.open")
        return name, edition.from_, until, *cells, evidence.kind, place.where

    def print(self, title: str, names: str, rows: Iterable[Row]) -> None:
        """A table under its title; nothing where there is no row."""
        kept = list(rows)
        if kept:
            columns = [self.word(f"column.{n}") for n in names.split()]
            say_table(self.word(f"title.{title}"), columns, kept)


def show(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT", help="tiers, rates, periods, refunds, facts, codes, items or roles."
        ),
    ],
    on: Annotated[
        date | None,
        typer.Option(
            "--on", parser=day_of, metavar="DAY", help="Only what is in force on that day."
        ),
    ] = None,
    lang: Lang = None,
    book: Book = None,
) -> None:
    """What the book says, as tables: each row with its evidence and its place."""
    draw = SHOWN[one_of("WHAT", "table", what, SHOWN)]
    rules = open_book(book)
    draw(View(rules.contents, on, language_of(rules, lang)))


def _tiers(view: View) -> None:
    picks = view.contents.picks
    view.print(
        "tiers",
        "scheme from until tier person government evidence rule",
        (
            view.row(name, edition, pick.id, *_amounts(view, edition, pick), place=pick)
            for name, schedule in picks.items()
            for edition in view.editions(schedule.tiers)
            for pick in edition.picks
        ),
    )
    view.print(
        "relief",
        "scheme from until category pays evidence rule",
        (
            view.row(name, edition, category, _pays(relief), place=relief)
            for name, schedule in picks.items()
            if schedule.relief is not None
            for edition in view.editions(schedule.relief)
            for category, relief in edition.by_category.items()
        ),
    )


def _amounts(view: View, edition: Any, pick: Any) -> Row:
    unknown = view.word("value.unknown")
    return tuple(
        unknown if amount is None else f"≥ {amount}" if means == "at_least" else amount
        for amount, means in (
            (pick.person, edition.means.person),
            (pick.government, edition.means.government),
        )
    )


def _pays(relief: Any) -> object:
    return relief.share or relief.amount or relief.pays


def _rates(view: View) -> None:
    rates = view.contents.rates
    view.print(
        "rates",
        "scheme from until rate part evidence rule",
        (
            view.row(name, edition, _rate(view, edition), _parts(view, edition))
            for name, schedule in rates.items()
            for edition in view.editions(schedule.rates)
        ),
    )
    view.print(
        "bases",
        "scheme from until mean floor ceiling published evidence rule",
        (
            view.row(name, edition, edition.rounded_mean(), *edition.bounds_in_money(), published)
            for name, schedule in rates.items()
            if schedule.bases is not None
            for edition in view.editions(schedule.bases)
            for published in [edition.published or view.word("value.unknown")]
        ),
    )
    view.print(
        "base_tiers",
        "scheme from until tier label value evidence rule",
        (
            view.row(name, edition, tier.id, view.text(tier.label), value, place=tier)
            for name, schedule in rates.items()
            if schedule.tiers is not None
            for edition in view.editions(schedule.tiers)
            for tier in edition.picks
            for value in [tier.share or tier.take]
        ),
    )


def _rate(view: View, edition: OfBase | FixedAmount) -> object:
    if isinstance(edition, FixedAmount):
        return view.word("value.fixed", amount=edition.amount)
    return edition.rate


def _parts(view: View, edition: OfBase | FixedAmount) -> str:
    shown = (f"{view.text(part.label)} {_part(part)}".strip() for part in edition.parts)
    return say("and", view.language).join(shown)


def _part(part: Any) -> object:
    for name in ("of_base", "of_premium", "on_top"):
        if (value := getattr(part, name, None)) is not None:
            return value
    return ""


def _periods(view: View) -> None:
    periods = view.contents.periods
    view.print(
        "parameters",
        "name from until label value evidence rule",
        (
            view.row(name, edition, view.text(each.label), edition.value)
            for name, each in periods.parameters.items()
            for edition in view.editions(each.table)
        ),
    )
    view.print(
        "windows",
        "name from until label opens closes evidence rule",
        (
            view.row(name, edition, view.text(each.label), opens, closes)
            for name, each in periods.windows.items()
            for edition in view.editions(each.table)
            for opens, closes in [(_yearly(edition.opens), _yearly(edition.closes))]
        ),
    )
    view.print(
        "may_pay",
        "scheme from until name label evidence rule",
        (
            view.row(scheme, rule, name, view.text(rule.label))
            for scheme, rules in periods.may_pay.items()
            for name, rule in (rules or {}).items()
            if view.day is None or rule.in_force(view.day)
        ),
    )
    _waits_and_cover(view)


def _waits_and_cover(view: View) -> None:
    periods = view.contents.periods
    view.print(
        "waiting",
        "scheme from until value evidence rule",
        (
            view.row(name, edition, view.word("value.wait", edition=edition))
            for name, waiting in periods.waiting.items()
            for edition in view.editions(waiting.table)
        ),
    )
    view.print(
        "cover",
        "scheme from until name label evidence rule",
        (
            view.row(name, edition, row_id, view.text(row.label), place=row)
            for name, cover in periods.cover.items()
            for edition in view.editions(cover.table)
            for row_id, row in edition.rows.items()
        ),
    )


def _yearly(day: Any) -> str:
    """``09-01 (-1)``: 1 September of the year before."""
    return f"{day.month:02d}-{day.day:02d} (-{day.years_before})"


def _refunds(view: View) -> None:
    view.print(
        "refunds",
        "scheme from until ground label gives confirmed_by evidence rule",
        (
            view.row(name, edition, each, view.text(ground.label), gives, by, place=ground)
            for name, rules in view.contents.refunds.items()
            if rules is not None
            for edition in view.editions(rules.table)
            for each, ground in edition.grounds.items()
            for gives, by in [(ground.column or ground.gives, ground.confirmed_by)]
        ),
    )


def _facts(view: View) -> None:
    view.print(
        "facts",
        "name kind label personal codes rule",
        (
            (name, fact.kind, view.text(fact.label), personal, _limits(fact), fact.where)
            for name, fact in view.contents.dictionary.facts.items()
            for personal in [say("yes" if fact.personal else "no", view.language)]
        ),
    )


def _limits(fact: Any) -> str:
    """What a fact's values are taken from: its list, its bounds, its fields, its derivation."""
    if fact.codes:
        return str(fact.codes)
    if fact.fields:
        return ", ".join(fact.fields)
    if fact.derive is not None:
        how = fields(fact.derive)[0].name
        return f"= {how}({', '.join(fact.derive.sources())})"
    bounds = [fact.least or "", fact.most or ""]
    return " … ".join(bounds) if any(bounds) else ""


def _codes(view: View) -> None:
    view.print(
        "codes",
        "list code label evidence rule",
        (
            (name, code, view.text(each.label), (each.evidence or listed.evidence).kind, each.where)
            for name, listed in view.contents.dictionary.codes.items()
            for code, each in listed.codes.items()
        ),
    )


def _items(view: View) -> None:
    view.print(
        "items",
        "name label opened states forms steps evidence rule",
        (
            (
                name,
                view.text(item.label),
                view.word(f"opened.{item.open_to}"),
                len(item.states),
                len(item.forms),
                ", ".join(_steps(item)),
                item.evidence.kind,
                item.where,
            )
            for name, item in view.contents.items.items()
        ),
    )


def _roles(view: View) -> None:
    """What the holders of each role may do for others, and what is left to the person."""
    view.print(
        "roles",
        "name label item may never evidence rule",
        (
            (
                name,
                view.text(role.label),
                item,
                view.word(f"may.{level}"),
                ", ".join(_withheld(view, role, item)),
                role.evidence.kind,
                role.where,
            )
            for name, role in view.contents.roles.items()
            for item, level in role.may.items()
        ),
    )


def _withheld(view: View, role: Role, item: str) -> list[str]:
    """The events of an item that a role leaves to the person, and the facts that it never gives."""
    if role.never is None:
        return []
    events = [name.partition(".")[2] for name in role.never.events if name.startswith(f"{item}.")]
    forms = view.contents.items[item].forms
    asked = {field.fact for name in forms for field in view.contents.forms[name].fields}
    return [*events, *(fact for fact in role.never.facts if fact in asked)]


def _steps(item: ItemRules) -> list[str]:
    """The guide's steps that an item takes, each once, in the order of its machine."""
    found = (
        step
        for state in item.states.values()
        for on in state.on.values()
        for way in on.all_ways
        for step in way.steps
    )
    return sorted(set(found), key=_numbered)


def _numbered(step: str) -> tuple[str, int, str]:
    """``P1.10`` comes after ``P1.9``."""
    head, _, number = step.partition(".")
    return head, int(number) if number.isdigit() else 0, step


SHOWN: dict[str, Callable[[View], None]] = {
    "tiers": _tiers,
    "rates": _rates,
    "periods": _periods,
    "refunds": _refunds,
    "facts": _facts,
    "codes": _codes,
    "items": _items,
    "roles": _roles,
}
