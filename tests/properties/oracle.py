"""A second opinion on premiums: slow, in fractions of yuan, from the YAML's own texts.

It shares no line with the code under test: PyYAML's BaseLoader leaves every scalar its text, dates
are compared as ISO texts, amounts and rates are `Fraction`, and each premium is worked out from
the sentence of the law that it follows, month by month.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

UNITS = {
    "fen": Fraction(1, 100),
    "jiao": Fraction(1, 10),
    "yuan": Fraction(1),
    "ten_yuan": Fraction(10),
    "hundred_yuan": Fraction(100),
}
Amounts = dict[tuple[str, str, str], Fraction]  # (part, payer, period) -> yuan


class NoPrice(Exception):
    """The book has no price for this."""


def fraction(text: str) -> Fraction:
    """``"20%"``, ``"2/37"``, ``"7066.20"`` exactly."""
    return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)


def rounded(exact: Fraction, how: dict[str, str]) -> Fraction:
    """A rounding by its name, by comparing distances to the multiples below and above."""
    unit = UNITS[how["to"]]
    below = exact // unit * unit
    above = below if below == exact else below + unit
    if how["mode"] == "up":
        return above
    if how["mode"] == "down":
        return below
    if exact - below == above - exact and below != above:
        even = below if (below / unit) % 2 == 0 else above
        return even if how["mode"] == "half_even" else above
    return below if exact - below < above - exact else above


class Oracle:
    """Prices of one book's folder."""

    def __init__(self, root: Path) -> None:
        self.schemes: dict[str, Any] = {}
        for kind in ("tiers", "rates"):
            for path in [root / f"{kind}.yaml", *sorted((root / kind).glob("*.yaml"))]:
                if path.is_file():
                    text = path.read_text(encoding="utf-8")
                    self.schemes.update(yaml.load(text, yaml.BaseLoader))

    def amounts(self, scheme: str, on: str, facts: dict[str, str]) -> Amounts:
        """Every part of the price in yuan. Raises NoPrice where the book has none."""
        rules = self.schemes[scheme]
        return (
            self._monthly(rules, on, facts) if "rates" in rules else self._picked(rules, on, facts)
        )

    def _monthly(self, rules: Any, on: str, facts: dict[str, str]) -> Amounts:
        amounts: Amounts = {}
        year, month = int(on[:4]), int(on[5:7])
        for n in range(int(facts[rules["asks"]["months"]])):
            y, m = divmod(year * 12 + month - 1 + n, 12)
            period = f"{y:04d}-{m + 1:02d}"
            day = f"{period}-01" if rules["at"] == "period_start" else on
            for part, payer, amount in self._month(rules, day, facts):
                amounts[part, payer, period] = amount
        return amounts

    def _month(
        self, rules: Any, day: str, facts: dict[str, str]
    ) -> list[tuple[str, str, Fraction]]:
        rate = edition(rules["rates"], day)
        how = rate["rounding"]
        if rate["method"] == "fixed":
            base, premium = Fraction(0), fraction(rate["amount"])
        else:
            base = self._base(rules, day, facts)
            premium = rounded(base * fraction(rate["rate"]), how["premium"])
        made, taken = [], Fraction(0)
        for part in rate["parts"]:
            if "on_top" in part:
                made.append((part["id"], part["payer"], fraction(part["on_top"])))
                continue
            if "of_base" in part:
                amount = rounded(base * fraction(part["of_base"]), how["parts"])
            elif "of_premium" in part:
                amount = rounded(premium * fraction(part["of_premium"]), how["parts"])
            else:
                amount = premium - taken
            taken += amount
            made.append((part["id"], part["payer"], amount))
        return made

    def premium(self, scheme: str, day: str, facts: dict[str, str]) -> Fraction:
        """A month's whole premium before it is parted, in yuan."""
        rules = self.schemes[scheme]
        rate = edition(rules["rates"], day)
        if rate["method"] == "fixed":
            return fraction(rate["amount"])
        exact = self._base(rules, day, facts) * fraction(rate["rate"])
        return rounded(exact, rate["rounding"]["premium"])

    def on_top(self, scheme: str, day: str) -> Fraction:
        """What comes on top of a month's premium, in yuan."""
        parts = edition(self.schemes[scheme]["rates"], day)["parts"]
        return sum((fraction(p["on_top"]) for p in parts if "on_top" in p), Fraction(0))

    def bounds(self, scheme: str, day: str) -> tuple[Fraction, Fraction]:
        """Floor and ceiling of the base for a day."""
        floor, ceiling, _ = _base_rules(edition(self.schemes[scheme]["bases"], day))
        return floor, ceiling

    def _base(self, rules: Any, day: str, facts: dict[str, str]) -> Fraction:
        floor, ceiling, mean = _base_rules(edition(rules["bases"], day))
        asks = rules["asks"]
        if asks["tier"] in facts:
            tiers = edition(rules["tiers"], day)
            named = {tier["id"]: tier for tier in tiers["picks"]}
            if facts[asks["tier"]] not in named:
                raise NoPrice("tier")
            tier = named[facts[asks["tier"]]]
            if tier["take"] == "share_of_mean":
                return rounded(mean * fraction(tier["share"]), tiers["rounding"])
            return floor if tier["take"] == "floor" else ceiling
        base = fraction(facts[asks["base"]])
        if not floor <= base <= ceiling:
            raise NoPrice("base")
        return base

    def _picked(self, rules: Any, on: str, facts: dict[str, str]) -> Amounts:
        asks = rules["asks"]
        year = facts[asks["coverage_year"]] if asks["coverage_year"] != "none" else on[:4]
        day = f"{year}-01-01" if rules["at"] == "coverage_year_start" else on
        tiers = edition(rules["tiers"], day)
        picks = {pick["id"]: pick for pick in tiers["picks"]}
        tier = facts[asks["tier"]]
        if tier not in picks or "unknown" in (picks[tier]["person"], picks[tier]["government"]):
            raise NoPrice("tier")
        person = fraction(picks[tier]["person"])
        subsidy = fraction(picks[tier]["government"])
        known = [fraction(p["person"]) for p in tiers["picks"] if p["person"] != "unknown"]
        paid_for = Fraction(0)
        if asks["category"] != "none":
            row = edition(rules["relief"], day)["by_category"].get(facts[asks["category"]])
            if row is None:
                raise NoPrice("category")
            paid_for = min(person, _relief(row, person, min(known)))
        times = int(facts[asks["times"]]) if asks["times"] != "none" else 1
        amounts: Amounts = {("individual", "person", year): (person - paid_for) * times}
        if paid_for:
            amounts["paid_for", "government", year] = paid_for * times
        if subsidy:
            amounts["subsidy", "government", year] = subsidy * times
        return amounts


def edition(table: Any, day: str) -> Any:
    """The edition of a day: from its first day on, up to and without its ``until``."""
    found = [
        each
        for each in table["editions"]
        if each["from"] <= day and (each["until"] == "open" or day < each["until"])
    ]
    if len(found) != 1:
        raise NoPrice("on")
    return found[0]


def _base_rules(found: Any) -> tuple[Fraction, Fraction, Fraction]:
    how, bounds = found["rounding"], found["bounds"]
    unrounded = fraction(found["mean"]["amount"]) / (12 if found["mean"]["per"] == "year" else 1)
    mean = rounded(unrounded, how["mean"])
    if bounds["method"] == "listed":
        return fraction(bounds["floor"]), fraction(bounds["ceiling"]), mean
    of = mean if bounds["of"] == "rounded_mean" else unrounded
    floor = rounded(of * fraction(bounds["floor"]), how["bounds"])
    return floor, rounded(of * fraction(bounds["ceiling"]), how["bounds"]), mean


def _relief(row: Any, person: Fraction, lowest: Fraction) -> Fraction:
    if row["pays"] == "share":
        return rounded(person * fraction(row["share"]), row["rounding"])
    if row["pays"] == "amount":
        return fraction(row["amount"])
    return {"none": Fraction(0), "all": person, "lowest_tier": lowest}[row["pays"]]
