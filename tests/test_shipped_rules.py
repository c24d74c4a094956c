"""The shipped rule book against the policy itself.

Every number here was copied by hand from the documents, not from ``rules/``, and is worked out with
`Fraction`: a slip in the YAML and in its own examples at once still fails here. The second half
holds what is called real to a list of what is on record, so that nothing invented, and nothing
national, ever passes for Tibet's.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import sstibet
from sstibet import Missing, Money, Quote, Refusal, Rulebook, Wrong
from sstibet.checks.walk import marks
from sstibet.evidence import Evidence
from sstibet.periods.ask import Allowed, Covered, Wait
from sstibet.refunds import Entitlement

RULES = Path(__file__).parents[1] / "rules"

MEANS = {
    2005: 1550, 2006: 2300, 2007: 2500, 2008: 2800, 2009: 2900, 2010: 3000, 2011: 3200,
    2012: 3500, 2013: 3600, 2014: 4000, 2015: 5100, 2016: 5929, 2017: 6708, 2018: 7587,
    2019: 7815, 2020: 8143, 2021: 8839, 2022: 9900, 2023: 10791, 2024: 11546, 2025: 11777,
}  # fmt: skip
# Of 2024 the bounds themselves are listed, and are not 60 % and 300 % of 11546.
LISTED = {2024: (Fraction(6928), Fraction(34640))}
# year: floor, ceiling, premium at 60 %, at the mean and at 300 %, account at 60 % of the mean
PRINTED = {
    2019: ("4689.00", "23445.00", "937.80", "1563.00", "4689.00", "375.12"),
    2020: ("4885.80", "24429.00", "977.16", "1628.60", "4885.80", "390.86"),
    2021: ("5303.40", "26517.00", "1060.68", "1767.80", "5303.40", "424.27"),
    2022: ("5940.00", "29700.00", "1188.00", "1980.00", "5940.00", "475.20"),
    2023: ("6474.60", "32373.00", "1294.92", "2158.20", "6474.60", "517.97"),
    2025: ("7066.20", "35331.00", "1413.24", "2355.40", "7066.20", "565.30"),
}
PRICED_YEARS = [year for year in MEANS if year >= 2006]

TIERS = {
    100: 30, 200: 30, 300: 30, 400: 30, 500: 60, 600: 60, 700: 60, 800: 60, 900: 60, 1000: 60,
    1500: 60, 2000: 60,
}  # fmt: skip

# year of the notice: individual and government amounts (least), and on what that rests
NOTICES = {
    2018: (220, 490, "press"),
    2019: (250, 520, "memory"),
    2020: (280, 550, "memory"),
    2021: (320, 580, "memory"),
    2022: (350, 610, "memory"),
    2023: (380, 640, "quoted"),
    2024: (400, 670, "quoted"),
    2025: (400, 700, "quoted"),
}

LEAST_MONTHS = {
    2011: 180, 2024: 180, 2029: 180, 2030: 186, 2031: 192, 2032: 198, 2033: 204, 2034: 210,
    2035: 216, 2036: 222, 2037: 228, 2038: 234, 2039: 240, 2060: 240,
}  # fmt: skip


def fen(amount: Fraction | int | str) -> Money:
    """An amount of yuan, rounded half up to the fen."""
    return Money(int(Fraction(amount) * 100 + Fraction(1, 2)))


def bounds(year: int) -> tuple[Fraction, Fraction]:
    return LISTED.get(year) or (Fraction(MEANS[year] * 6, 10), Fraction(MEANS[year] * 3))


def quoted(book: Rulebook, scheme: str, day: date, **facts: object) -> Quote:
    answer = book.on(day).quote(scheme, facts)
    assert isinstance(answer, Quote), answer
    return answer


class TestFlexiblePension:
    """国发〔2005〕38号: 20 % of the base, 8 % to the account; the base from 60 % to 300 %."""

    @pytest.mark.parametrize("year", PRICED_YEARS)
    @pytest.mark.parametrize("month", [1, 6, 12])
    def test_floor_mean_and_ceiling(self, shipped: Rulebook, year: int, month: int) -> None:
        floor, ceiling = bounds(year)
        for base in (floor, Fraction(MEANS[year]), ceiling, floor + Fraction(1, 100)):
            quote = quoted(shipped, "flexible_pension", date(year, month, 1), base=str(fen(base)),
                           months=1)  # fmt: skip
            assert quote.due == fen(base / 5)
            assert quote.part("account") == fen(base * 8 / 100)
            assert quote.part("pooled") == fen(base / 5) - fen(base * 8 / 100)

    @pytest.mark.parametrize("year", PRICED_YEARS)
    @pytest.mark.parametrize("month", [1, 12])
    def test_one_fen_outside(self, shipped: Rulebook, year: int, month: int) -> None:
        rules = shipped.on(date(year, month, 28))
        floor, ceiling = bounds(year)
        for base in (fen(floor) - Money(1), fen(ceiling) + Money(1)):
            answer = rules.quote("flexible_pension", {"base": base, "months": 1})
            assert isinstance(answer, Wrong)
            assert answer.field == "base"

    @pytest.mark.parametrize("year", PRINTED)
    def test_the_premiums_as_printed(self, shipped: Rulebook, year: int) -> None:
        floor, ceiling, lowest, middle, highest, account = PRINTED[year]
        day = date(year, 7, 1)
        quotes = [
            quoted(shipped, "flexible_pension", day, base=base, months=1)
            for base in (floor, str(MEANS[year]), ceiling)
        ]
        assert [str(each.due) for each in quotes] == [lowest, middle, highest]
        assert str(quotes[0].part("account")) == account

    def test_bounds_of_2024_are_the_listed_ones(self, shipped: Rulebook) -> None:
        rules = shipped.on(date(2024, 5, 1))
        assert quoted(shipped, "flexible_pension", date(2024, 5, 1), base="6928", months=1)
        for base in ("6927.60", "6927.99", "34640.01"):
            answer = rules.quote("flexible_pension", {"base": base, "months": 1})
            assert isinstance(answer, Wrong)

    @pytest.mark.parametrize("year", [2006, 2019, 2024, 2025])
    @pytest.mark.parametrize("tier", [60, 80, 100, 150, 200, 250, 300])
    def test_base_tiers(self, shipped: Rulebook, year: int, tier: int) -> None:
        floor, ceiling = bounds(year)
        base = {60: floor, 300: ceiling}.get(tier, Fraction(MEANS[year] * tier, 100))
        quote = quoted(shipped, "flexible_pension", date(year, 3, 1), base_tier=str(tier), months=1)
        assert quote.lines[0].basis == fen(base)
        assert quote.due == fen(base / 5)
        assert quote.evidence == "synthetic"

    def test_a_year_cut_by_a_new_edition(self, shipped: Rulebook) -> None:
        quote = quoted(shipped, "flexible_pension", date(2024, 9, 1), base_tier="60", months=8)
        old, new = bounds(2024)[0], bounds(2025)[0]
        assert quote.due == fen(old / 5) * 4 + fen(new / 5) * 4

    @pytest.mark.parametrize("day", [date(2005, 12, 31), date(2004, 1, 1), date(2026, 1, 1)])
    def test_nothing_outside_of_what_is_on_record(self, shipped: Rulebook, day: date) -> None:
        answer = shipped.on(day).quote("flexible_pension", {"base": "8000", "months": 1})
        assert isinstance(answer, Wrong)
        assert answer.field == "on"

    def test_a_base_announced_late(self, shipped: Rulebook) -> None:
        facts = {"base": "6928", "months": 3}
        before = shipped.on(date(2025, 1, 1), known_on=date(2025, 6, 1))
        paid = before.quote("flexible_pension", facts)
        assert isinstance(paid, Quote)
        assert paid.due == fen(Fraction(6928, 5)) * 3
        assert paid.provisional == ("bases",)
        owed = shipped.on(date(2025, 1, 1)).difference("flexible_pension", facts, date(2025, 6, 1))
        assert not isinstance(owed, (Missing, Wrong))
        assert owed.due == (fen(Fraction("7066.20") / 5) - fen(Fraction(6928, 5))) * 3
        after = shipped.on(date(2025, 1, 1), known_on=date(2025, 10, 30))
        assert isinstance(after.quote("flexible_pension", facts), Wrong)

    @pytest.mark.parametrize("year", LEAST_MONTHS)
    def test_least_months(self, shipped: Rulebook, year: int) -> None:
        """最低缴费年限 rises by six months a year from 2030 to 2039."""
        for day in (date(year, 7, 1), date(year, 12, 31)):
            assert shipped.on(day).parameter("minimum_contribution_months") == LEAST_MONTHS[year]

    @pytest.mark.parametrize(("sex", "last"), [("female", 44), ("male", 54)])
    def test_tibets_retirement_ages(self, shipped: Rulebook, sex: str, last: int) -> None:
        day, facts = date(2025, 3, 1), {"sex": sex, "declared_on": "2025-03-01"}
        young, old = (f"{day.year - age}-03-01" for age in (last, last + 1))
        rules = shipped.on(day)
        assert isinstance(
            rules.may_pay("flexible_pension", {**facts, "birth_date": young}), Allowed
        )
        refused = rules.may_pay("flexible_pension", {**facts, "birth_date": old})
        assert isinstance(refused, Refusal)
        assert refused.code == "below_retirement_age"

    def test_no_month_is_paid_back(self, shipped: Rulebook) -> None:
        facts = {"birth_date": "1990-01-01", "declared_on": "2025-04-01"}
        refused = shipped.on(date(2025, 3, 1)).may_pay("flexible_pension", facts)
        assert isinstance(refused, Refusal)
        assert refused.code == "no_back_payment"
        assert isinstance(shipped.on(date(2025, 4, 1)).may_pay("flexible_pension", facts), Allowed)


class TestResidentPension:
    """国发〔2014〕8号: twelve tiers, at least 30 yuan of subsidy, at least 60 from 500 yuan on."""

    @pytest.mark.parametrize("tier", TIERS)
    @pytest.mark.parametrize("day", [date(2014, 2, 21), date(2020, 2, 29), date(2025, 3, 1)])
    def test_tiers(self, shipped: Rulebook, tier: int, day: date) -> None:
        quote = quoted(shipped, "resident_pension", day, tier=str(tier), category="general")
        assert quote.due == Money(tier * 100)
        assert quote.total == Money((tier + TIERS[tier]) * 100)
        assert [line.at_least for line in quote.lines] == [False, True]

    @pytest.mark.parametrize("tier", ["0", "99", "150", "450", "1100", "1499", "2001", "3000"])
    def test_nothing_between_the_tiers(self, shipped: Rulebook, tier: str) -> None:
        answer = shipped.on(date(2025, 3, 1)).quote("resident_pension", {"tier": tier})
        assert isinstance(answer, Wrong)
        assert answer.field == "tier"

    def test_the_pilots_know_their_end_points_only(self, shipped: Rulebook) -> None:
        rules = shipped.on(date(2012, 3, 1))
        for scheme, ends in (
            ("resident_pension_rural", {100: 30, 500: 30}),
            ("resident_pension_urban", {100: 30, 1200: 85}),
        ):
            for tier, subsidy in ends.items():
                quote = quoted(shipped, scheme, date(2012, 3, 1), tier=str(tier))
                assert (quote.due, quote.part("subsidy")) == (
                    Money(tier * 100),
                    Money(subsidy * 100),
                )
            between = rules.quote(scheme, {"tier": "200"})
            assert isinstance(between, Wrong)
            assert between.code == "tier_unknown"

    @pytest.mark.parametrize("years", [1, 7, 15])
    def test_years_paid_back_have_no_subsidy(self, shipped: Rulebook, years: int) -> None:
        scheme, day = "resident_pension_back_payment", date(2025, 3, 1)
        quote = quoted(shipped, scheme, day, tier="300", back_years=years)
        assert quote.due == quote.total == Money(30000 * years)

    @pytest.mark.parametrize(
        ("fact", "value", "rule"),
        [
            ("birth_date", "2009-03-02", "aged_sixteen"),
            ("birth_date", "1965-03-01", "below_pension_age"),
            ("student", "yes", "not_a_student"),
            ("public_employee", "yes", "not_a_public_employee"),
            ("in_employee_pension", "yes", "not_in_employee_pension"),
            ("local_hukou", "no", "at_home_or_monastery"),
            ("paid_this_year", "yes", "one_tier_a_year"),
        ],
    )
    def test_who_may_pay(self, shipped: Rulebook, fact: str, value: str, rule: str) -> None:
        person = {
            "birth_date": "1990-01-01", "student": "no", "public_employee": "no",
            "in_employee_pension": "no", "local_hukou": "yes", "monastic": "no",
            "paid_this_year": "no",
        }  # fmt: skip
        rules = shipped.on(date(2025, 3, 1))
        assert isinstance(rules.may_pay("resident_pension", person), Allowed)
        refused = rules.may_pay("resident_pension", {**person, fact: value})
        assert isinstance(refused, Refusal)
        assert [each.id for each in refused.failed] == [rule]


class TestResidentMedical:
    """The notice of a year sets the least amounts of the next year's coverage."""

    @pytest.mark.parametrize("notice", NOTICES)
    def test_by_notice_year(self, shipped: Rulebook, notice: int) -> None:
        individual, government, evidence = NOTICES[notice]
        facts = {"coverage_year": notice + 1, "category": "general"}
        quote = quoted(shipped, "resident_medical", date(notice, 11, 1), **facts)
        assert quote.due == Money(individual * 100)
        assert quote.part("subsidy") == Money(government * 100)
        assert quote.evidence == evidence
        assert all(line.at_least for line in quote.lines)

    @pytest.mark.parametrize(("tier", "amount"), [("rural", 10), ("urban", 60)])
    def test_tibets_own_amounts_of_2015(self, shipped: Rulebook, tier: str, amount: int) -> None:
        facts = {"coverage_year": 2015, "tier": tier, "category": "general"}
        quote = quoted(shipped, "resident_medical", date(2015, 2, 1), **facts)
        assert quote.due == Money(amount * 100)
        assert quote.part("subsidy") == Money(38000)
        assert not any(line.at_least for line in quote.lines)

    @pytest.mark.parametrize("year", [2014, 2016, 2017, 2018, 2027, 2028])
    def test_years_without_a_price(self, shipped: Rulebook, year: int) -> None:
        facts = {"coverage_year": year, "category": "general"}
        assert isinstance(shipped.on(date(2025, 3, 1)).quote("resident_medical", facts), Wrong)

    def test_extreme_hardship_is_paid_for(self, shipped: Rulebook) -> None:
        facts = {"coverage_year": 2025, "category": "extreme_hardship"}
        quote = quoted(shipped, "resident_medical", date(2024, 11, 1), **facts)
        assert (quote.due, quote.total) == (Money(0), Money(107000))
        assert quote.evidence == "quoted"

    @pytest.mark.parametrize("lapsed", range(8))
    def test_waiting(self, shipped: Rulebook, lapsed: int) -> None:
        """国办发〔2024〕38号: 3 months, 1 more for each lapsed year, 1 less if bought back."""
        for bought in range(lapsed + 1):
            facts = {
                "lapsed_years": lapsed, "bought_back_years": bought, "category": "general",
                "birth_date": "1990-01-01", "left_employee_insurance": "no",
                "coverage_year": 2025,
            }  # fmt: skip
            wait = shipped.on(date(2025, 3, 1)).wait("resident_medical", facts)
            months = 3 + lapsed - bought
            assert isinstance(wait, Wait)
            assert wait.months == (max(months, 6) if lapsed >= 4 else months)

    def test_who_does_not_wait(self, shipped: Rulebook) -> None:
        facts: dict[str, object] = {
            "lapsed_years": 0, "category": "general", "birth_date": "1990-01-01",
            "left_employee_insurance": "no", "coverage_year": 2026,
        }  # fmt: skip
        ways: list[tuple[date, dict[str, object]]] = [
            (date(2025, 10, 1), {}),
            (date(2026, 3, 1), {"birth_date": "2026-01-15"}),
            (date(2026, 3, 1), {"category": "minimum_living"}),
            (
                date(2026, 3, 1),
                {"left_employee_insurance": "yes", "left_employee_insurance_on": "2026-01-31"},
            ),
        ]
        for day, more in ways:
            wait = shipped.on(day).wait("resident_medical", {**facts, **more})
            assert isinstance(wait, Wait)
            assert wait.exempt

    def test_newborns(self, shipped: Rulebook) -> None:
        """Covered from birth on if paid for within 90 days, else from the payment on."""
        born = date(2025, 2, 20)
        for days, first in ((0, born), (90, born), (91, born + timedelta(days=91))):
            facts = {"coverage_year": 2025, "birth_date": born.isoformat()}
            cover = shipped.on(born + timedelta(days=days)).cover("resident_medical", facts)
            assert isinstance(cover, Covered)
            assert (cover.span.start, cover.last_day) == (first, date(2025, 12, 31))

    def test_the_window_counted_until_2024(self, shipped: Rulebook) -> None:
        facts = {
            "in_employee_medical": "no", "in_another_medical_pool": "no",
            "left_employee_insurance": "no", "birth_date": "1990-01-01",
        }  # fmt: skip
        for day, year, allowed in (
            (date(2023, 8, 31), 2024, False),
            (date(2023, 9, 1), 2024, True),
            (date(2023, 12, 31), 2024, True),
            (date(2024, 1, 1), 2024, False),
            (date(2025, 6, 1), 2025, True),
            (date(2026, 1, 1), 2025, False),
        ):
            answer = shipped.on(day).may_pay("resident_medical", {**facts, "coverage_year": year})
            assert isinstance(answer, Allowed if allowed else Refusal), day


class TestRefunds:
    """规程第十六条 (residents' medical insurance); 社会保险法第十四条、第九十条."""

    PAID: dict[str, object] = {  # noqa: RUF012 - never changed
        "coverage_year": 2026, "month": "2025-03", "amount": "400.00", "account_part": "160.00",
        "given_back": "0", "booked_in": "yes", "sequence": 1, "overcharged": "50.00",
        "kept_elsewhere": "yes", "overlaps_employee_pension": "yes",
    }  # fmt: skip

    def ask(self, book: Rulebook, scheme: str, day: date, ground: str, **row: object) -> Any:
        facts = {"refund_ground": ground, "payments": [{**self.PAID, **row}]}
        return book.on(day).refund(scheme, facts)

    @pytest.mark.parametrize("ground", ["death", "joined_employee_medical", "joined_another_pool"])
    def test_before_and_after_the_benefit_begins(self, shipped: Rulebook, ground: str) -> None:
        before = self.ask(shipped, "resident_medical", date(2025, 12, 31), ground)
        assert isinstance(before, Entitlement)
        assert before.amount == Money(40000)
        assert before.ends_enrolment
        assert before.confirmed_by == "agency"
        after = self.ask(shipped, "resident_medical", date(2026, 1, 1), ground)
        assert isinstance(after, Refusal)
        assert after.code == "before_benefit"

    def test_only_the_second_payment_is_one_too_many(self, shipped: Rulebook) -> None:
        day = date(2025, 12, 1)
        first = self.ask(shipped, "resident_medical", day, "paid_twice")
        second = self.ask(shipped, "resident_medical", day, "paid_twice", sequence=2)
        assert isinstance(first, Refusal)
        assert isinstance(second, Entitlement)

    @pytest.mark.parametrize(
        ("scheme", "ground", "amount"),
        [
            ("resident_pension", "death", "160.00"),
            ("resident_pension", "employee_pension_overlap", "400.00"),
            ("resident_pension", "overcharged", "50.00"),
            ("flexible_pension", "death", "160.00"),
            ("flexible_pension", "same_months_elsewhere", "160.00"),
            ("flexible_pension", "overcharged", "50.00"),
            ("flexible_medical", "overcharged", "50.00"),
            ("resident_medical", "overcharged", "50.00"),
        ],
    )
    def test_what_a_ground_gives(
        self, shipped: Rulebook, scheme: str, ground: str, amount: str
    ) -> None:
        given = self.ask(shipped, scheme, date(2026, 6, 1), ground)
        assert isinstance(given, Entitlement)
        assert given.amount == Money.parse(amount)
        none = self.ask(shipped, scheme, date(2026, 6, 1), ground, booked_in="no")
        assert isinstance(none, Refusal)
        assert none.code == "booked_in"

    @pytest.mark.parametrize(
        "scheme", ["resident_pension", "resident_medical", "flexible_pension", "flexible_medical"]
    )
    def test_wanting_it_back_is_no_ground(self, shipped: Rulebook, scheme: str) -> None:
        refused = self.ask(shipped, scheme, date(2025, 6, 1), "changed_mind")
        assert isinstance(refused, Refusal)
        assert refused.code == "changed_mind"
        if scheme.endswith("pension"):
            assert refused.failed[0].evidence.doc == "社会保险法第十四条"


# Tibet's own rules that are on record, by the document that each part of the book names; all else
# of jurisdiction CN-54 is invented.
TIBETS_OWN = {
    ("tiers", "resident_pension_rural"),
    ("tiers", "resident_pension_urban"),
    ("tiers", "resident_medical"),
    ("rates", "flexible_pension"),
    ("periods", "flexible_retirement_age_women"),
    ("periods", "flexible_retirement_age_men"),
    ("periods", "resident_pension_rural"),
    ("periods", "resident_pension_urban"),
    ("periods", "flexible_pension"),
    # what the app's guide names on its screens
    ("codes", "insurance_groups"),
    ("codes", "payment_channels"),
    ("codes", "ways_of_signing_in"),
}
BOOKED_IN = "社保费正常缴费退费申请操作指南（查询该属期已缴费入库的信息）"

# The pages that the sources name. No other address stands in the book.
URLS = {
    "https://www.gov.cn/zhengce/content/2014-02/26/content_8656.htm",
    "http://en.chinagate.cn/development/2011-01/11/content_21711247.htm",
    "http://china.org.cn/china/2012-01/09/content_24361751.htm",
    "http://us.china-embassy.gov.cn/eng/zt/zgxz/201502/t20150224_4916596.htm",
    "https://img.ccschy.com/techan/195336.html",
    "http://www.minpaitong.com/english/2018-07/25/c_137347940.htm",
    "https://intuttitalia.com/95-percent-of-tibet-residents-covered-by-basic-health-insurance/",
    "https://www.nhsa.gov.cn/art/2024/8/26/art_105_13634.html",
    "https://www.renqiu.gov.cn/renqiu/ybjbmwj/202510/6d90754638a248cba655e94ea518a3bb.shtml",
    "https://www.nhsa.gov.cn/art/2026/3/5/art_14_19809.html",
    "https://www.gov.cn/zhengce/content/202408/content_6965741.htm",
    "https://www.gov.cn/gongbao/content/2021/content_5659514.htm",
    "http://tyhy56.com/opinion/2015-02/06/content_19505682.htm",
    "http://wap.tibet.cn/en/opinion/201506/t20150610_3175537.html",
    "https://www.gov.cn/zhengce/zhengceku/2008-03/28/content_7376.htm",
    "https://www.gov.cn/zhengce/content/2019-04/04/content_5379629.htm",
    "https://legalinfo.moj.gov.cn/zhfxfzzx/fzzxyw/202409/t20240913_506025.html",
    "http://m.ccschy.com/techan/229022.html",
}

# All that is invented, by file and named part. The list is short enough to be read.
INVENTED = {
    ("codes", "id_types"),  # the shapes of most types' numbers
    ("codes", "payer_categories"),  # the category of orphans
    ("codes", "refund_reasons"),
    # the ids, and most of the lists, of what the app's screens choose from
    ("codes", "agreement_endings"),
    ("codes", "agreement_states"),
    ("codes", "declaration_states"),
    ("codes", "evidence_kinds"),
    ("codes", "matters"),
    ("codes", "password_faults"),
    ("codes", "pay_modes"),
    ("codes", "payers"),
    ("codes", "payment_leavings"),
    ("codes", "payment_states"),
    ("codes", "premium_parts"),
    ("codes", "regions"),
    ("codes", "schemes"),
    ("periods", "newborn_days"),
    ("periods", "resident_medical"),  # the window, its exceptions, and the cover
    ("periods", "resident_medical_late"),
    ("periods", "resident_pension_urban"),  # its least age
    ("periods", "flexible_medical"),
    ("rates", "flexible_medical"),
    ("rates", "flexible_pension"),  # bounds before 2019, base tiers, what is paid until published
    ("refunds", "flexible_medical"),
    ("refunds", "flexible_pension"),  # paid twice in one place
    ("refunds", "resident_pension"),
    ("refunds", "resident_pension_back_payment"),
    ("tiers", "resident_medical"),  # how much the government pays for whom
    ("tiers", "resident_pension"),
}


@pytest.fixture(scope="module")
def evidence(shipped: Rulebook) -> list[tuple[str, str, Evidence]]:
    """Every evidence of the book, with the file and the named part that it stands in."""
    contents = shipped.contents
    roots: list[tuple[str, dict[str, Any]]] = [
        ("codes", contents.dictionary.codes),
        ("tiers", contents.picks),
        ("rates", contents.rates),
        ("refunds", contents.refunds),
        ("periods", contents.periods.parameters),
        ("periods", contents.periods.windows),
        ("periods", contents.periods.notice_years),
        ("periods", contents.periods.may_pay),
        ("periods", contents.periods.waiting),
        ("periods", contents.periods.cover),
    ]
    return [
        (file, name, mark)
        for file, parts in roots
        for name, part in parts.items()
        for _, mark in marks(part)
        if isinstance(mark, Evidence)
    ]


class TestEvidence:
    """Nothing is invented as real, and nothing national stands as Tibet's."""

    def test_what_is_invented(self, evidence: list[tuple[str, str, Evidence]]) -> None:
        found = {(file, name) for file, name, each in evidence if each.kind == "synthetic"}
        assert found == INVENTED

    def test_what_is_invented_says_so(self, evidence: list[tuple[str, str, Evidence]]) -> None:
        invented = [each for _, _, each in evidence if each.kind == "synthetic"]
        assert invented
        for each in invented:
            assert "invented" in each.doc
            assert "虚构" in each.doc
            assert (each.confidence, each.url, each.jurisdiction) == ("low", None, "CN-54")

    def test_low_confidence_is_never_real(self, evidence: list[tuple[str, str, Evidence]]) -> None:
        for _, _, each in evidence:
            assert (each.confidence == "low") == (each.kind == "synthetic")

    def test_what_is_tibets_own(self, evidence: list[tuple[str, str, Evidence]]) -> None:
        found = {
            (file, name)
            for file, name, each in evidence
            if each.jurisdiction == "CN-54" and each.kind != "synthetic" and each.doc != BOOKED_IN
        }
        assert found == TIBETS_OWN

    def test_pages(self, evidence: list[tuple[str, str, Evidence]]) -> None:
        assert {each.url for _, _, each in evidence if each.url} == URLS

    def test_the_national_tiers_stand_as_national(self, shipped: Rulebook) -> None:
        picks = shipped.contents.picks
        tiers = picks["resident_pension"].tiers.editions[0]
        rows = [each.evidence for each in tiers.picks if each.evidence]
        assert {each.jurisdiction for each in (tiers.evidence, *rows)} == {"CN"}
        medical = {e.from_.year: e for e in picks["resident_medical"].tiers.editions}
        assert {year: e.evidence.jurisdiction for year, e in medical.items()} == {
            2015: "CN-54",
            **dict.fromkeys(range(2019, 2028), "CN"),
        }

    @pytest.mark.parametrize(
        ("scheme", "day", "facts", "weakest"),
        [
            ("flexible_pension", date(2025, 3, 1), {"base": "8000", "months": 1}, "code"),
            ("flexible_pension", date(2019, 1, 1), {"base": "8000", "months": 1}, "code"),
            # The mean of 2018 is on record, its bounds are not.
            ("flexible_pension", date(2018, 12, 1), {"base": "8000", "months": 1}, "synthetic"),
            ("flexible_pension", date(2018, 12, 1), {"base": "8000", "months": 2}, "synthetic"),
            ("flexible_pension", date(2025, 3, 1), {"base_tier": "60", "months": 1}, "synthetic"),
            ("flexible_medical", date(2025, 3, 1), {"base": "10000", "months": 1}, "synthetic"),
            (
                "resident_pension",
                date(2025, 3, 1),
                {"tier": "500", "category": "general"},
                "quoted",
            ),
            (
                "resident_pension",
                date(2025, 3, 1),
                {"tier": "100", "category": "severe_disability"},
                "synthetic",
            ),
            ("resident_pension_rural", date(2012, 3, 1), {"tier": "100"}, "press"),
        ],
    )
    def test_a_quote_tells_the_weakest(
        self, shipped: Rulebook, scheme: str, day: date, facts: dict[str, object], weakest: str
    ) -> None:
        assert quoted(shipped, scheme, day, **facts).evidence == weakest

    def test_nobody_takes_the_medical_rate_for_tibets(self, shipped: Rulebook) -> None:
        schedule = shipped.contents.rates["flexible_medical"]
        found = {mark.kind for _, mark in marks(schedule) if isinstance(mark, Evidence)}
        assert found == {"synthetic"}


class TestTheBook:
    """What the folder holds besides rules."""

    def test_it_has_no_problem(self) -> None:
        assert sstibet.check(RULES) == []

    def test_official_codes(self, shipped: Rulebook) -> None:
        codes = shipped.contents.dictionary.codes
        assert " ".join(codes["id_types"].codes) == (
            "201 202 203 204 208 209 210 211 213 214 216 219 220 221 227 233 237 238"
        )
        assert codes["id_types"].codes["237"].label.text("zh") == "港澳居民居住证"
        assert codes["nationalities"].codes["156"].label.text("zh") == "中国"
        assert " ".join(sorted(codes["nationalities"].codes)) == (
            "064 104 156 158 344 356 392 410 446 524 643 826 840"
        )
        assert " ".join(codes["banks"].codes) == (
            "102 103 104 105 203 301 302 303 304 305 306 307 308 309 310 316 403"
        )
        levy = {code: each.label.text("zh") for code, each in codes["levy_items"].codes.items()}
        assert levy["10210"] == "城乡居民基本养老保险费"
        assert levy["10211"] == "机关事业单位基本养老保险费"
        assert levy["10212"] == "城乡居民基本医疗保险费"

    def test_tibetan_only_where_attested(self) -> None:
        attested = {"མི་སྒེར་རྩིས་ཐོ་"}
        found = set[str]()
        for file in RULES.rglob("*.yaml"):
            words = file.read_text(encoding="utf-8").replace("}", " ").replace(",", " ").split()
            found |= {word for word in words if any("\u0f00" <= char <= "\u0fff" for char in word)}
        assert found == attested

    def test_no_line_is_too_long_to_read(self) -> None:
        for file in RULES.rglob("*.yaml"):
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                assert len(line) <= 110, f"{file.name}:{number}"
