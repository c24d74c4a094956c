"""A page for each scheme: its editions as tables, and a chart of them over the years."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from bookpages.charts import Series, Step, chart
from bookpages.writing import (
    OPEN,
    Sources,
    both,
    code,
    day,
    days,
    heading,
    page,
    place,
    plain,
    spoken,
    table,
)
from sstibet.contents import Contents
from sstibet.editions import Edition, Table
from sstibet.premium.pick import PickSchedule
from sstibet.premium.rate import FixedAmount, RateSchedule
from sstibet.texts import say

AT = {
    "period_start": "each month on its own first day",
    "paid_on": "the day of paying",
    "declared_on": "the day of declaring",
    "coverage_year_start": "1 January of the coverage year",
}
_MORE_THAN_SHOWN = 14  # lines in one chart


def scheme(contents: Contents, name: str) -> str:
    """The page of one scheme."""
    schedule = contents.schedule(name)
    sources = Sources(name)
    shown = _Picks if isinstance(schedule, PickSchedule) else _Rates
    body = list(shown(name, schedule, sources, chart_end(contents)).lines())
    return page(
        heading(schedule.label),
        f"scheme-{name}",
        _head(contents, name, schedule),
        body,
        sources.lines(),
    )


def chart_end(contents: Contents) -> date:
    """The day up to which an open edition is drawn: the end of the last year that the book's
    schedules name, so that a page doesn't hang on the day it is made."""
    tables: list[Table[Any]] = [each.tiers for each in contents.picks.values()]
    for each in contents.rates.values():
        tables += [each.rates, *([each.bases] if each.bases is not None else [])]
    named = [at for each in tables for e in each.editions for at in (e.from_, e.until) if at]
    return date(max(named).year, 1, 1)


def _head(contents: Contents, name: str, schedule: PickSchedule | RateSchedule) -> list[str]:
    facts = contents.dictionary.facts
    rows = [
        ("id", code(name)),
        ("looked up by", AT[schedule.at]),
        ("asks for", "<br>".join(_asked(facts, schedule))),
        ("in the book at", place(schedule.where)),
    ]
    if schedule.levy_item:
        item = contents.dictionary.codes["levy_items"].codes[schedule.levy_item]
        rows.insert(1, ("levy item", f"{code(schedule.levy_item)} {both(item.label)}"))
    if schedule.succeeds:
        rows.append(
            ("succeeds", ", ".join(f"[{each}](#scheme-{each})" for each in schedule.succeeds))
        )
    return table(["of the scheme", "what it is"], rows)


def _asked(facts: Any, schedule: PickSchedule | RateSchedule) -> Iterator[str]:
    asks = schedule.asks
    for key in ("tier", "category", "coverage_year", "times", "base", "months"):
        if (fact := getattr(asks, key, None)) is not None:
            label = facts[fact].label
            yield f"{code(fact)} {plain(label.text('en'))} {spoken(label.text('zh'), 'zh')}"


def known_by(edition: Edition) -> str:
    """When an edition was announced, or by when it was seen."""
    if edition.published is not None:
        return f"published {day(edition.published)}"
    seen = edition.evidence.seen
    return "day unknown" if seen is None else f"day unknown; seen {day(seen)}"


def unknown(stretches: Any) -> list[str]:
    """What a table says that it doesn't know."""
    return [
        f"\n:::{{admonition}} Not known: {each.from_} until {each.until or OPEN}\n:class: caution\n"
        f"{plain(each.why)}\n:::\n"
        for each in stretches
    ]


class _Picks:
    """A scheme whose payer picks an amount."""

    def __init__(self, name: str, schedule: PickSchedule, sources: Sources, end: date) -> None:
        self.name, self.schedule, self.sources, self.end = name, schedule, sources, end
        self.few = all(len(e.picks) <= 2 for e in schedule.tiers.editions)

    def lines(self) -> Iterator[str]:
        yield from self.charts()
        tiers = self.schedule.tiers
        yield "\n## Tiers [缴费档次]{.language-zh-CN}\n"
        yield "Yuan a year. ≥: the rule says only how low the amount may be."
        yield from unknown(tiers.unknown)
        if self.few:
            yield from self.together()
        else:
            for edition in reversed(tiers.editions):
                yield from self.edition(edition)
        if self.schedule.relief is not None:
            yield from self.relief()

    def charts(self) -> list[str]:
        """What the person pays of each tier and, where the tiers are few, the government too."""
        lines: dict[str, list[Step]] = {}
        for edition in self.schedule.tiers.editions:
            for pick in edition.picks:
                kind = (pick.evidence or edition.evidence).kind
                for who, amount in (("person", pick.person), ("government", pick.government)):
                    if amount is None or (who == "government" and not self.few):
                        continue
                    line = who if self.few else pick.id
                    if self.few and len(edition.picks) > 1:
                        line = pick.id if who == "person" else f"{pick.id}: gov."
                    step = Step(edition.from_, edition.until, amount.fen / 100, kind)
                    lines.setdefault(line, []).append(step)
        series = [Series(line, tuple(steps)) for line, steps in lines.items()]
        what = (
            "What the person and the government pay"
            if self.few
            else "What the person pays, by tier"
        )
        return chart(self.name, what, "yuan a year", series[:_MORE_THAN_SHOWN], self.end)

    def together(self) -> list[str]:
        """All editions in one table, where each has a tier or two."""
        noticed = any(e.notice_year is not None for e in self.schedule.tiers.editions)
        columns = ["in force", "tier", "person", "government", "known", "evidence", "place"]
        return table(
            [*columns, *(["notice of"] if noticed else [])],
            (
                (
                    days(edition.from_, edition.until),
                    f"{code(pick.id)}<br>{both(pick.label)}",
                    _amount(pick.person, edition.means.person),
                    _amount(pick.government, edition.means.government),
                    known_by(edition),
                    self.sources.of(pick.evidence or edition.evidence),
                    place(pick.where),
                    *([edition.notice_year or ""] if noticed else []),
                )
                for edition in reversed(self.schedule.tiers.editions)
                for pick in edition.picks
            ),
        ) + [
            "\nTiers between these existed; their amounts are not on record.\n"
            for edition in self.schedule.tiers.editions[:1]
            if edition.steps == "end_points"
        ]

    def edition(self, edition: Any) -> Iterator[str]:
        yield f"\n### From {edition.from_} until {edition.until or OPEN}\n"
        yield f"{self.sources.of(edition.evidence)} {known_by(edition)}, {place(edition.where)}."
        if edition.notice_year is not None:
            yield f"Set by the notice of {edition.notice_year}."
        if edition.steps == "end_points":
            yield "Tiers between these existed; their amounts are not on record."
        labels = any(pick.label is not None for pick in edition.picks)
        yield from table(
            ["tier", *(["label"] if labels else []), "person", "government", "evidence", "place"],
            (
                (
                    code(pick.id),
                    *([both(pick.label)] if labels else []),
                    _amount(pick.person, edition.means.person),
                    _amount(pick.government, edition.means.government),
                    self.sources.of(pick.evidence or edition.evidence),
                    place(pick.where),
                )
                for pick in edition.picks
            ),
        )

    def relief(self) -> Iterator[str]:
        yield "\n## Paid by the government in the person's stead [代缴]{.language-zh-CN}\n"
        yield "Never more than what the person pays."
        assert self.schedule.relief is not None
        yield from unknown(self.schedule.relief.unknown)
        for edition in reversed(self.schedule.relief.editions):
            yield f"\n### In force from {edition.from_} until {edition.until or OPEN}\n"
            source = self.sources.of(edition.evidence)
            yield f"{source} {known_by(edition)}, {place(edition.where)}."
            yield from table(
                ["category", "pays", "evidence", "place"],
                (
                    (
                        code(category),
                        plain(relief.share or relief.amount or relief.pays.replace("_", " ")),
                        self.sources.of(relief.evidence or edition.evidence),
                        place(relief.where),
                    )
                    for category, relief in edition.by_category.items()
                ),
            )


class _Rates:
    """A scheme paid by the month."""

    def __init__(self, name: str, schedule: RateSchedule, sources: Sources, end: date) -> None:
        self.name, self.schedule, self.sources, self.end = name, schedule, sources, end

    def lines(self) -> Iterator[str]:
        yield from self.charts()
        yield "\n## Rates [费率]{.language-zh-CN}\n"
        yield from unknown(self.schedule.rates.unknown)
        yield from table(
            ["in force", "rate", "parts", "rounded", "known", "evidence", "place"],
            (self.rate(edition) for edition in reversed(self.schedule.rates.editions)),
        )
        if self.schedule.bases is not None:
            yield "\n## Bases [缴费基数上下限]{.language-zh-CN}\n"
            yield "Mean wage and bounds as they are used, in yuan a month."
            yield from unknown(self.schedule.bases.unknown)
            yield from table(
                ["in force", "mean", "floor", "ceiling", "bounds", "known", "evidence", "place"],
                (self.base(edition) for edition in reversed(self.schedule.bases.editions)),
            )
        if self.schedule.tiers is not None:
            yield from self.tiers()
        yield from self.late()

    def charts(self) -> list[str]:
        found = list[str]()
        if self.schedule.bases is not None:
            lines: dict[str, list[Step]] = {"ceiling": [], "mean": [], "floor": []}
            for edition in self.schedule.bases.editions:
                floor, ceiling = edition.bounds_in_money()
                bounds = (edition.bounds.evidence or edition.evidence).kind
                for line, value, kind in (
                    ("ceiling", ceiling, bounds),
                    ("mean", edition.rounded_mean(), edition.evidence.kind),
                    ("floor", floor, bounds),
                ):
                    step = Step(edition.from_, edition.until, value.fen / 100, kind)
                    lines[line].append(step)
            series = [Series(line, tuple(steps)) for line, steps in lines.items()]
            title = "Mean wage and the bounds of the base"
            found += chart(f"{self.name}-bases", title, "yuan a month", series, self.end)
        return found + self._rate_chart()

    def _rate_chart(self) -> list[str]:
        """The rate, or the fixed amount, over the years."""
        steps: dict[str, list[Step]] = {"rate": [], "amount": []}
        for edition in self.schedule.rates.editions:
            if isinstance(edition, FixedAmount):
                line, value = "amount", edition.amount.fen / 100
            else:
                line, value = "rate", 100 * edition.rate.numerator / edition.rate.denominator
            steps[line].append(Step(edition.from_, edition.until, value, edition.evidence.kind))
        found = list[str]()
        for line, unit in (("rate", "per cent of the base"), ("amount", "yuan a month")):
            series = [Series(line, tuple(steps[line]))]
            found += chart(f"{self.name}-{line}", f"The {line}", unit, series, self.end)
        return found

    def rate(self, edition: Any) -> tuple[str, ...]:
        fixed = isinstance(edition, FixedAmount)
        rounding = edition.rounding
        return (
            days(edition.from_, edition.until),
            f"{edition.amount} yuan" if fixed else plain(edition.rate),
            "<br>".join(_part(part) for part in edition.parts),
            f"premium {_rounded(rounding.premium)}<br>parts {_rounded(rounding.parts)}",
            known_by(edition),
            self.sources.of(edition.evidence),
            place(edition.where),
        )

    def base(self, edition: Any) -> tuple[str, ...]:
        floor, ceiling = edition.bounds_in_money()
        bounds = edition.bounds
        told = "listed"
        if bounds.method == "share":
            told = f"{bounds.floor} and {bounds.ceiling} of the {bounds.of.replace('_', ' ')}"
        given = f"{edition.mean.amount} a {edition.mean.per}"
        evidence = self.sources.of(edition.evidence)
        if bounds.evidence is not None:
            evidence += f"<br>bounds: {self.sources.of(bounds.evidence)}"
        return (
            days(edition.from_, edition.until),
            f"{edition.rounded_mean()}<br>of {given}, {_rounded(edition.rounding.mean)}",
            str(floor),
            str(ceiling),
            plain(told),
            known_by(edition),
            evidence,
            place(edition.where),
        )

    def tiers(self) -> Iterator[str]:
        yield "\n## Base tiers [缴费档次]{.language-zh-CN}\n"
        assert self.schedule.tiers is not None
        yield from unknown(self.schedule.tiers.unknown)
        yield from table(
            ["in force", "tier", "label", "base", "evidence", "place"],
            (
                (
                    days(edition.from_, edition.until),
                    code(tier.id),
                    both(tier.label),
                    f"{tier.share} of the mean" if tier.share else tier.take,
                    self.sources.of(edition.evidence),
                    place(tier.where),
                )
                for edition in reversed(self.schedule.tiers.editions)
                for tier in edition.picks
            ),
        )

    def late(self) -> Iterator[str]:
        late = self.schedule.late
        if late is None:
            return
        yield "\n## A base announced late [基数公布前]{.language-zh-CN}\n"
        rows = [
            ("until it is announced", plain(late.until_published.replace("_", " "))),
            ("a base outside the new bounds", plain(late.outside_new_bounds.replace("_", " "))),
            ("in force", days(late.from_, late.until)),
            ("evidence", self.sources.of(late.evidence)),
            ("place", place(late.where)),
        ]
        yield from table(["of the rule", "what it is"], rows)


def _amount(amount: object, means: str) -> str:
    if amount is None:
        return "unknown"
    return f"≥\N{NO-BREAK SPACE}{amount}" if means == "at_least" else str(amount)


def _part(part: Any) -> str:
    label = f"{plain(part.label.text('en'))} {spoken(part.label.text('zh'), 'zh')}"
    for name, of in (("of_base", "of the base"), ("of_premium", "of the premium")):
        if (share := getattr(part, name, None)) is not None:
            return f"{label}: {share} {of}"
    if (amount := getattr(part, "on_top", None)) is not None:
        return f"{label}: {amount} yuan on top"
    return f"{label}: the rest"


def _rounded(how: Any) -> str:
    unit = say(f"unit.{how.to.name.lower()}", "en")
    return f"{say(f'mode.{how.mode}', 'en')} to the {unit}"
