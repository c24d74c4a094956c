"""Another region is a folder: a whole second book, with shapes that the shipped one lacks.

The amounts stand here as constants worked out by hand in fractions of yuan; nothing of the library
goes into them. (`tests/properties` asks this book at random, against an oracle that reads YAML.)
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction as F
from math import ceil, floor
from pathlib import Path
from typing import Any

import pytest
import yaml

import sstibet
from sstibet import Difference, Entitlement, Money, Quote, Refusal, Rulebook, Wrong

ROOT = Path(__file__).parent / "books" / "good" / "second_region"
SOURCE = Path(sstibet.__file__).parent

# Ids and words that this book alone uses: its schemes, facts, codes, rules and parts.
ITS_OWN = (
    *("freelance_pension", "freelance_medical", "household_medical", "harvest_pension"),
    *("wage_base", "base_band", "medical_base", "month_count", "cover_year", "rung", "member_kind"),
    *("low_income", "moved_away", "changed_mind", "least_months", "in_the_window", "not_at_school"),
    *("large_sums", "gap_years", "CN-99", "示例省", "second_region"),
)


def yuan(amount: Money) -> F:
    return F(amount.fen, 100)


def up_to_jiao(exact: F) -> F:
    return F(ceil(exact * 10), 10)


def half_up_fen(exact: F) -> F:
    return F(floor(exact * 100 + F(1, 2)), 100)


def half_even(exact: F, a_yuan: int) -> F:
    """Python's own rounding of a fraction is half to even."""
    return F(round(exact * a_yuan), a_yuan)


def quoted(book: Rulebook, day: date, scheme: str, **facts: Any) -> Quote:
    quote = book.on(day).quote(scheme, facts)
    assert isinstance(quote, Quote), quote
    return quote


class TestTheBook:
    """“Another region without Python”"""

    def test_it_is_sound_and_every_cell_has_an_example(self) -> None:
        assert sstibet.check(ROOT) == []
        assert "examples: every_cell" in (ROOT / "book.yaml").read_text(encoding="utf-8")

    def test_nothing_in_the_library_knows_of_it(self) -> None:
        shipped = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.*[lny]"))
        book = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.rglob("*.yaml"))
        assert "class Rulebook" in shipped
        assert [word for word in ITS_OWN if word not in book] == []
        assert [word for word in ITS_OWN if word in shipped] == []

    def test_everything_in_it_says_that_it_is_invented(self, second_region: Rulebook) -> None:
        for path in ROOT.rglob("*.yaml"):
            kinds = set(
                _values(yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader), "kind")
            )
            facts = {"date", "whole", "money", "code", "yes_no", "records"}
            assert kinds <= {"synthetic", *facts}, path
        quote = quoted(second_region, date(2025, 1, 1), "harvest_pension", rung="a", years_paid=1)
        assert quote.evidence == "synthetic"


def _values(tree: Any, key: str) -> list[str]:
    if isinstance(tree, dict):
        own = [tree[key]] if isinstance(tree.get(key), str) else []
        return own + [each for value in tree.values() for each in _values(value, key)]
    return (
        [each for value in tree for each in _values(value, key)] if isinstance(tree, list) else []
    )


class TestPensionOfTheSelfEmployed:
    """A premium rounded up to the jiao; bounds rounded to the yuan, made from a mean of a year
    before its rounding; a share of the premium that the government pays."""

    # (first day, mean of a year, floor, ceiling, mean of a month): worked out from 60 % and 300 %
    # of a twelfth of the unrounded mean. 98765.43 / 12 = 8230.4525, of which 60 % are 4938.27.
    BASES = (
        (date(2022, 1, 1), F(4938), F(24691), F(8230)),
        (date(2023, 7, 1), F(5173), F(25864), F(86213, 10)),
        (date(2024, 7, 1), F(5500), F(27500), F(9160)),
    )

    @pytest.mark.parametrize(("day", "low", "high", "mean"), BASES)
    def test_bounds_and_bands(
        self, second_region: Rulebook, day: date, low: F, high: F, mean: F
    ) -> None:
        bands = {
            "lowest": low,
            "seventy": half_even(mean * F(7, 10), 1),
            "middle": half_even(mean, 1),
            "highest": high,
        }
        for band, base in bands.items():
            quote = quoted(second_region, day, "freelance_pension", base_band=band, month_count=1)
            assert {yuan(line.basis) for line in quote.lines if line.basis} == {base}
        for base in (low - F(1, 100), high + F(1, 100)):
            fen = Money(int(base * 100))
            facts = {"wage_base": fen, "month_count": 1}
            answer = second_region.on(day).quote("freelance_pension", facts)
            assert isinstance(answer, Wrong)
            assert answer.field == "wage_base"

    @pytest.mark.parametrize("fen", [550000, 550001, 600001, 735000, 1234567, 2500033, 2586400])
    def test_until_june_2024(self, second_region: Rulebook, fen: int) -> None:
        base = F(fen, 100)
        premium = up_to_jiao(base / 5)
        account, aid = half_up_fen(base * F(8, 100)), half_up_fen(premium / 10)
        quote = quoted(
            second_region,
            date(2024, 6, 30),
            "freelance_pension",
            wage_base=Money(fen),
            month_count=1,
        )
        assert yuan(quote.total) == premium
        assert yuan(quote.due) == premium - aid
        assert yuan(quote.part("account")) == account
        assert yuan(quote.part("aid")) == aid
        assert yuan(quote.part("pooled")) == premium - account - aid

    @pytest.mark.parametrize("fen", [550000, 550001, 600001, 735000, 1234567, 2500033, 2750000])
    def test_from_july_2024(self, second_region: Rulebook, fen: int) -> None:
        premium = up_to_jiao(F(fen, 100) * F(185, 1000))
        account, aid = half_even(premium * F(2, 5), 10), half_even(premium * F(2, 37), 10)
        quote = quoted(
            second_region,
            date(2025, 5, 9),
            "freelance_pension",
            wage_base=Money(fen),
            month_count=1,
        )
        assert yuan(quote.total) == premium
        assert yuan(quote.part("account")) == account
        assert yuan(quote.due) == premium - aid
        assert {line.payer for line in quote.lines} == {"person", "government"}

    def test_a_base_below_the_new_floor_is_not_raised_to_it(self, second_region: Rulebook) -> None:
        """`outside_new_bounds: refuse`: here the payer must declare anew."""
        rules, paid_on = second_region.on(date(2023, 7, 1)), date(2023, 7, 15)
        low = rules.difference(
            "freelance_pension", {"wage_base": "5000", "month_count": 1}, paid_on
        )
        assert isinstance(low, Wrong)
        assert low.code == "below_floor"
        band = {"base_band": "lowest", "month_count": 1}
        difference = rules.difference("freelance_pension", band, paid_on)
        assert isinstance(difference, Difference)
        # (5173 - 4938) · 20 % = 47.00, of which a tenth is the province's.
        assert difference.due == Money.parse("42.30")


class TestMedicalOfTheSelfEmployed:
    """A fixed amount a month, then a rate; by the day of declaring, whatever the months."""

    def test_a_fixed_amount_each_month(self, second_region: Rulebook) -> None:
        quote = quoted(second_region, date(2024, 12, 31), "freelance_medical", month_count=3)
        assert yuan(quote.due) == 3 * (F("256.25") + 10)
        assert yuan(quote.part("savings")) == 3 * F("64.06")
        assert {line.period for line in quote.lines} == {"2024-12", "2025-01", "2025-02"}

    @pytest.mark.parametrize(("base", "premium"), [("5003", "475.28"), ("5001", "475.10")])
    def test_half_to_even(self, second_region: Rulebook, base: str, premium: str) -> None:
        day = date(2025, 1, 1)
        quote = quoted(second_region, day, "freelance_medical", medical_base=base, month_count=1)
        assert quote.due == Money.parse(premium)
        assert quote.total - quote.due == Money.parse("15.50")


class TestMedicalOfHouseholds:
    """Two bands (一档/二档), and categories of its own."""

    @pytest.mark.parametrize(
        ("year", "band", "kind", "due", "government"),
        [
            (2024, "one", "ordinary", "350", "640"),
            (2024, "two", "low_income", "232", "988"),
            (2024, "two", "veteran", "480", "740"),
            (2025, "one", "orphan", "0", "1050.50"),
            (2025, "two", "low_income", "213.70", "1096.80"),
            (2025, "two", "veteran", "230", "1080.50"),
        ],
    )
    def test_who_pays_what(
        self, second_region: Rulebook, year: int, band: str, kind: str, due: str, government: str
    ) -> None:
        day = date(year - 1, 10, 1)
        facts = {"cover_year": year, "band": band, "member_kind": kind}
        quote = quoted(second_region, day, "household_medical", **facts)
        assert quote.due == Money.parse(due)
        assert quote.total - quote.due == Money.parse(government)

    def test_a_year_that_is_not_announced_has_no_price(self, second_region: Rulebook) -> None:
        facts = {"cover_year": 2026, "band": "one", "member_kind": "ordinary"}
        answer = second_region.on(date(2025, 10, 1)).quote("household_medical", facts)
        assert isinstance(answer, Wrong)
        assert (answer.field, answer.code) == ("cover_year", "no_edition_unknown")

    def test_nothing_is_given_back_once_the_year_has_begun(self, second_region: Rulebook) -> None:
        payment = {
            "amount_paid": "380.50",
            "amount_returned": "0",
            "covers_from": "2025-01-01",
            "booked_in": True,
        }
        facts = {"return_ground": "moved_away", "payments": [payment]}
        before = second_region.on(date(2024, 12, 31)).refund("household_medical", facts)
        assert isinstance(before, Entitlement)
        assert before.amount == Money.parse("380.50")
        assert isinstance(
            second_region.on(date(2025, 1, 1)).refund("household_medical", facts), Refusal
        )


class TestPensionOfFarmingHouseholds:
    """By the day of declaring; several years at once."""

    def test_the_rungs_of_the_day_of_declaring(self, second_region: Rulebook) -> None:
        old = quoted(second_region, date(2025, 3, 31), "harvest_pension", rung="c", years_paid=2)
        assert (old.due, old.total) == (Money.parse("6000"), Money.parse("6180"))
        new = quoted(second_region, date(2025, 4, 1), "harvest_pension", rung="b", years_paid=5)
        assert (new.due, new.total) == (Money.parse("3000"), Money.parse("3251.25"))
