"""Bytes as choices: what a fuzzer varies becomes a value, so that any bytes are a case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

T = TypeVar("T")

# What has broken one program or another before.
TEXTS: tuple[str, ...] = (
    "", " ", "0", "-1", "1e999999", "NaN", "Infinity", "0x10", "９９９", "１２３．４５", "1,234.50",
    "380.00", "-0", "0.1", "00", "9" * 5000, "1" * 100_000, "0." + "3" * 5000, "\0", "a\0b",
    "\ud800", "\udfff\ud800", "\ufeff380", "\u202e083", "\u2028", "\u200b", "\x85", "བཀྲ་ཤིས",
    "ཀ" * 1000, "٣", "Ⅷ", "½", "𝟙𝟚", "ﬁ", "İ", "ß", "a\u0301" * 500, "x" * 20_000,
    "%s%n", "{0}", "${x}",
    "'; drop table items; --", "<script>", "../../etc/passwd", "2025-02-30", "0000-00-00",
    "9999-12-31", "10000-01-01", "2025-W01", "2025-10", "2025-13", "0001-01", "null", "true", "yes",
    "540102199003070018", "54010219900307001X", "6217000000000000004", "13800138000",
    "resident_pension", "a,b\r\nc", "\t", "\r", "💰", "\U0010ffff", "(((((a?)?)?)?)?)", "[[[[[",
)  # fmt: skip
OTHERS: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 12, 2**31, 2**63, 2**64 + 1, -(2**70), 10**400, 10**5000, 0.0, 1.5,
    -0.0, 1e308, float("inf"), float("-inf"), float("nan"), [], {}, [[]], [None], {"key": None},
    (), b"bytes", {"": ""}, {1: 2}, object, ["a"] * 1000,
)  # fmt: skip
DEEP: Any = []
for _ in range(3000):
    DEEP = [DEEP]


class Choices:
    """Choices read from bytes; once they are used up every choice is the first."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def number(self, below: int) -> int:
        """A number from 0 on."""
        size = 1 if below <= 256 else 2
        part = self._data[self._at : self._at + size]
        self._at += size
        return int.from_bytes(part, "big") % below if below else 0

    def of(self, these: Sequence[T]) -> T:
        """One of these."""
        return these[self.number(len(these))]

    def text(self) -> str:
        """A text: one that has broken something before, or as the bytes have it."""
        if self.number(3):
            return self.of(TEXTS)
        part = self._data[self._at : self._at + self.number(40)]
        self._at += len(part)
        return part.decode("utf-8", "surrogateescape")

    def rest(self) -> bytes:
        """All that is left."""
        part = self._data[self._at :]
        self._at = len(self._data)
        return part

    def value(self, names: Sequence[str] = ("key",), depth: int = 3) -> Any:
        """Any value, as a program may hand it over; mappings have some of these keys."""
        match self.number(8):
            case 0:
                return self.of(OTHERS)
            case 1 if depth:
                return [self.value(names, depth - 1) for _ in range(self.number(4))]
            case 2 if depth:
                return self.mapping(names, depth - 1)
            case 3 if not self.number(20):
                return DEEP
        return self.text()

    def mapping(self, names: Sequence[str], depth: int = 3) -> dict[Any, Any]:
        """A mapping, mostly from these names."""
        found = dict[Any, Any]()
        for _ in range(self.number(8)):
            key = self.of(names) if names and self.number(8) else self.text()
            found[key] = self.value(("key", *names), depth)
        return found
