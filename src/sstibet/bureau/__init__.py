"""The embedded bureau: invented persons, and all ports of ``ports.yaml`` behind one SQLite file."""

from __future__ import annotations

from sstibet.bureau.bureau import Bureau, LivePayment, Sums
from sstibet.bureau.database import OldSqlite
from sstibet.bureau.passwords import CHEAP, STRONG, Hashing
from sstibet.bureau.people import Cast, Enrolment, Person

__all__ = [
    "CHEAP",
    "STRONG",
    "Bureau",
    "Cast",
    "Enrolment",
    "Hashing",
    "LivePayment",
    "OldSqlite",
    "Person",
    "Sums",
]
