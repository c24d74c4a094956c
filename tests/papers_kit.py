"""Certificates of invented persons, for the tests of papers."""

from __future__ import annotations

import dataclasses
from datetime import date

from sstibet.money import Money
from sstibet.papers import Certificate, Ed25519Signer, PaidLine

SIGNER = Ed25519Signer("k1", bytes(range(32)))
LINE = PaidLine(
    "454016251000000017",
    "城乡居民基本养老保险费",
    "2025",
    date(2025, 10, 15),
    Money.parse("500.00"),
)
CERTIFICATE = Certificate(
    "tax", "454015251000000001", "454016251000000017", date(2025, 10, 20), "某某税务局（虚构）",
    "格桑梅朵", "201", "540102199001010017",
    (LINE, dataclasses.replace(LINE, period="2024", amount=Money.parse("1413.24"))), True,
)  # fmt: skip
