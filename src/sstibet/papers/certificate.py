"""A certificate of what was paid (缴费证明、完税证明), as a value with one canonical form."""

from __future__ import annotations

import dataclasses
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sstibet.money import ZERO, Money
from sstibet.months import parse_day
from sstibet.problems import BadValue

FORMAT = "sstibet certificate 1"
PAYMENT, TAX = "payment", "tax"
_TEXTS = ("kind", "number", "voucher_no", "office", "holder_name", "id_type", "id_number")


class NotACertificate(ValueError):
    """This text is no certificate: something is lacking, or of the wrong kind."""


@dataclass(frozen=True, slots=True)
class PaidLine:
    """One line: the voucher (原凭证号), what was paid for (品目名称), the period (所属时期) as it
    is written, the day it was booked in (入库日期), and the amount (实缴金额)."""

    voucher_no: str
    levy_item: str
    period: str
    booked_on: date
    amount: Money


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says. ``kind`` is ``payment`` (缴费证明) or ``tax`` (完税证明); ``number``
    its own (No.), ``voucher_no`` the electronic tax voucher (电子税票号码) by which it is verified.
    ``specimen``: made of invented data; it says so on the paper, and that is signed as well."""

    kind: str
    number: str
    voucher_no: str
    issued_on: date
    office: str
    holder_name: str = dataclasses.field(repr=False)
    id_type: str
    id_number: str = dataclasses.field(repr=False)
    lines: tuple[PaidLine, ...] = dataclasses.field(repr=False)
    specimen: bool

    @property
    def total(self) -> Money:
        """All amounts together (合计)."""
        return sum((line.amount for line in self.lines), ZERO)

    def canonical(self) -> bytes:
        """The one form of what it says: equal certificates have the same, any other differs.

        JSON with sorted keys and without blanks, texts in Unicode's NFC, amounts as text with two
        decimals, the total among them, in UTF-8.
        """
        told = {
            "format": FORMAT,
            **{name: _nfc(getattr(self, name)) for name in _TEXTS},
            "issued_on": self.issued_on.isoformat(),
            "lines": [
                {
                    "voucher_no": _nfc(line.voucher_no),
                    "levy_item": _nfc(line.levy_item),
                    "period": _nfc(line.period),
                    "booked_on": line.booked_on.isoformat(),
                    "amount": str(line.amount),
                }
                for line in self.lines
            ],
            "total": str(self.total),
            "specimen": self.specimen,
        }
        return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def read(cls, told: object) -> Certificate:
        """The certificate that a canonical form (as JSON values) says. NotACertificate otherwise:
        each key must be there, none besides, and the total must be that of the lines."""
        try:
            read = _read(told)
        except (KeyError, TypeError, BadValue) as fault:
            raise NotACertificate(f"this is no certificate ({type(fault).__name__})") from None
        if json.loads(read.canonical()) != told:
            raise NotACertificate("this is no certificate: its parts don't belong together")
        return read


def _read(told: Any) -> Certificate:
    if not isinstance(told, Mapping) or not isinstance(told["lines"], list):
        raise TypeError
    texts = {name: told[name] for name in _TEXTS}
    lines = tuple(
        PaidLine(
            line["voucher_no"],
            line["levy_item"],
            line["period"],
            parse_day(line["booked_on"]),
            Money.parse(line["amount"]),
        )
        for line in told["lines"]
    )
    named = [text for line in lines for text in (line.voucher_no, line.levy_item, line.period)]
    if not all(type(text) is str for text in (*texts.values(), *named)):
        raise TypeError
    if texts["kind"] not in (PAYMENT, TAX) or type(told["specimen"]) is not bool:
        raise TypeError
    issued_on = parse_day(told["issued_on"])
    return Certificate(**texts, issued_on=issued_on, lines=lines, specimen=told["specimen"])


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
