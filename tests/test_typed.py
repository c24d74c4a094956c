"""What people type is brought to one spelling, and nothing that is wrong is made right by it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstibet.documents import adapter
from sstibet.facts import Fact
from sstibet.kinds import KINDS
from sstibet.money import Money, Rate
from sstibet.months import Month
from sstibet.testing.strategies import resident_ids
from sstibet.testing.written import written
from sstibet.typed import NORMALISERS, normalise


def parse(kind: str, text: str) -> Any:
    return KINDS[kind][0](text)


TYPED = [
    ("date", "2025年3月1日", "2025-03-01"),
    ("date", "2025 年 3 月 1 号", "2025-03-01"),
    ("date", "2025年3月1", "2025-03-01"),
    ("date", "2025/3/1", "2025-03-01"),
    ("date", "2025.03.01", "2025-03-01"),
    ("date", "2025-3-1", "2025-03-01"),
    ("date", "2025—03—01", "2025-03-01"),
    ("date", " 20250301\u200b", "2025-03-01"),
    ("date", "２０２５０３０１", "2025-03-01"),
    ("date", "2025年2月30日", "2025-02-30"),  # there is no such day, and the parser says so
    ("date", "2025/3-1", "2025/3-1"),
    ("date", "25-3-1", "25-3-1"),
    ("date", "3/1/2025", "3/1/2025"),
    ("month", "2025年3月", "2025-03"),
    ("month", "2025年03月份", "2025-03"),
    ("month", "202503", "2025-03"),
    ("month", "2025/3", "2025-03"),
    ("month", "２０２５．３", "2025-03"),
    ("month", "2025年13月", "2025-13"),
    ("month", "20253", "20253"),
    ("money", "￥1,234.50", "1234.50"),
    ("money", "1,234.50元", "1234.50"),
    ("money", "¥ 1234.5 元", "1234.5"),
    ("money", "１，２３４，５６７．８９", "1234567.89"),
    ("money", "12,34.50", "12,34.50"),
    ("money", "1234,567", "1234,567"),
    ("money", "1.234,50", "1.234,50"),
    ("money", "$12", "$12"),
    ("money", "十元", "十元"),
    ("rate", "８％", "8%"),
    ("rate", "8 %", "8 %"),
    ("whole", " １２ ", "12"),
    ("whole", "1 2", "1 2"),
    ("code", "２０１", "201"),
    ("yes_no", "ｙｅｓ", "yes"),
    ("resident_id", "540101 19900101 001x", "54010119900101001X"),
    ("resident_id", "５４０１０１１９９００１０１００１ｘ", "54010119900101001X"),
    ("id_number", "h1234567（8）", "H1234567(8)"),
    ("mobile", "＋８６　138–0013–8000", "13800138000"),
    ("mobile", "(0891)6123456", "(0891)6123456"),
    ("bank_card", "６２２２　0000\u00a00000-0009", "6222000000000009"),
    ("bank_card", "6222O00000000009", "6222O00000000009"),  # an O is no 0
    ("account_number", "nra 123-45", "NRA12345"),
    ("person_name", "\ufeff扎西．次仁 ", "扎西·次仁"),
    ("person_name", "扎西 次仁", "扎西 次仁"),
    ("user_name", "ｋｅｌｓａｎｇ", "kelsang"),
    ("voucher_number", "454016 2601 00000001", "454016260100000001"),
    ("secret", " ｐａｓｓ　word ", " pass word "),
    ("secret", "a\u200bb", "a\u200bb"),
    ("text", " 重复缴费，\r\n申请\u202e退回\x07\t２次 ", "重复缴费，\n申请退回 ２次"),
    ("text", "\ud83d", ""),
]  # fmt: skip


def usual(kind: str) -> st.SearchStrategy[str]:
    """Values of a kind as they are kept and shown."""
    given = {"kind": kind, "label": {"zh": kind}, "personal": "yes", "where": "f:1"}
    shapes: dict[str, st.SearchStrategy[Any]] = {
        "money": st.integers(-(10**9), 10**9).map(Money),
        "rate": st.integers(0, 10_000).map(lambda n: Rate.exactly(n, 10_000)),
        "whole": st.integers(-(10**6), 10**6),
        "date": st.dates(date(1900, 1, 1), date(2100, 1, 1)).map(date.isoformat),
        "month": st.integers(1900 * 12, 2100 * 12).map(Month),
        "code": st.sampled_from(["201", "general"]),
        "yes_no": st.sampled_from(["yes", "no"]),
        "resident_id": resident_ids(),
        "id_number": resident_ids(),
    }
    if kind in shapes:
        return shapes[kind].map(str)
    return written(adapter(Fact).validate_python(given)).filter(lambda text: text == text.strip())


def full_width(text: str) -> str:
    """The same on a Chinese keyboard set to full width."""
    return "".join(
        chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else "\u3000" if c == " " else c for c in text
    )


class TestTyped:
    """What people type is brought to the usual spelling, and nothing that is wrong to right."""

    def test_every_kind_has_its_way(self) -> None:
        assert NORMALISERS.keys() == KINDS.keys()

    @pytest.mark.parametrize(("kind", "text", "usual"), TYPED)
    def test_a_spelling(self, kind: str, text: str, usual: str) -> None:
        assert normalise(kind, text) == usual

    @given(
        st.sampled_from(sorted(KINDS)),
        st.text(max_size=20)
        | st.text(" ·.-,/年月日元¥+86013x\u0301\u200b\u00b4\u3000ａ１－．", max_size=20),
    )
    def test_twice_is_once(self, kind: str, text: str) -> None:
        once = normalise(kind, text)
        assert normalise(kind, once) == once

    @given(st.data(), st.sampled_from(sorted(KINDS)))
    def test_what_is_usual_stays_and_is_the_same_in_full_width(
        self, data: st.DataObject, kind: str
    ) -> None:
        text = data.draw(usual(kind))
        assert normalise(kind, text) == text
        if kind != "text":  # a free text keeps its characters
            assert parse(kind, normalise(kind, full_width(text))) == parse(kind, text)

    @given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
    def test_a_day_in_every_way_of_writing_it(self, day: date) -> None:
        y, m, d = day.year, day.month, day.day
        for text in (f"{y}年{m}月{d}日", f"{y}/{m}/{d}", f"{y}.{m}.{d}", day.strftime("%Y%m%d")):
            assert parse("date", normalise("date", text)) == day

    @given(st.integers(0, 10**12))
    def test_an_amount_in_every_way_of_writing_it(self, fen: int) -> None:
        grouped = f"{fen // 100:,}.{fen % 100:02d}"
        for text in (grouped, f"￥{grouped}", f"{grouped}元", f"¥{grouped.replace(',', '')}"):
            assert parse("money", normalise("money", text)) == Money(fen)
