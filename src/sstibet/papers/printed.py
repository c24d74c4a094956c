"""What stands on a certificate's paper: its words and values, as the press is told them and as a
reader must find them again.

Whoever changes what is printed, or its order, raises `LAYOUT` and keeps the earlier reading: papers
that people have at home must stay genuine.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from sstibet import formats
from sstibet.catalogues import Words
from sstibet.papers.certificate import Certificate
from sstibet.papers.sealing import Sealed

LAYOUT = "sstibet paper 1"
COLUMNS = ("voucher_no", "levy_item", "period", "booked_on", "amount")
# All that is printed besides what a certificate says itself. The English in the catalogue is there
# for translators: a paper has Chinese, with the Tibetan that is sure.
WORDS = Words(Path(__file__).with_name("locale"), "papers")
PRINTED = ("zh", "bo")
NAMES = (
    "title", "subtitle", "region", "number", "issued_on", "office", "id_number", "holder_name",
    *COLUMNS, "total_words", "verify_by", "stamp", "clerk", "note", "verify", "signature", "keep",
    "page", "specimen", "specimen_note", "currency",
)  # fmt: skip
_SIGNATURE_SHOWN = 24  # hexadecimal digits of 128: enough to see that two papers are two


def told(sealed: Sealed) -> dict[str, Any]:
    """What a paper says, in its print form."""
    certificate, words = sealed.certificate, words_of(sealed.certificate.kind)
    issued = certificate.issued_on
    return {
        "layout": LAYOUT,
        "words": words,
        "title": words["title"]["zh"],
        "subtitle": words["subtitle"]["zh"],
        "number": certificate.number,
        "date": [issued.year, issued.month, issued.day],
        "issued_on": formats.day(issued, "zh"),
        "office": certificate.office,
        "holder_name": certificate.holder_name,
        "id_number": certificate.id_number,
        "voucher_no": certificate.voucher_no,
        "lines": [
            [line.voucher_no, line.levy_item, line.period, line.booked_on.isoformat(),
             f"{line.amount.decimal:,.2f}"]
            for line in certificate.lines
        ],
        "total": f"{certificate.total.decimal:,.2f}",
        "total_words": formats.capital(certificate.total),
        "specimen": certificate.specimen,
        "note": words["specimen_note"]["zh"] if certificate.specimen else "",
        "seal": f"{sealed.algorithm} {sealed.key} {sealed.signature.hex()[:_SIGNATURE_SHOWN]}…",
    }  # fmt: skip


def as_printed(sealed: Sealed, pages: Sequence[str]) -> bool:
    """Whether the texts of a paper's pages, in the order in which they are drawn, are what a paper
    of this certificate says: all of it, and nothing else."""
    said = told(sealed)
    mark = bare(said["words"]["specimen"]["zh"]) if sealed.certificate.specimen else ""
    header, body = bare(_header(said)), ""
    for n, page in enumerate(map(bare, pages), 1):
        foot = bare(_foot(said, n, len(pages)))
        if not page.startswith(mark) or not page.endswith(foot):
            return False
        inner = page[len(mark) : len(page) - len(foot)]
        # Where the lines go on, the page begins with the names of the columns again.
        body += inner.removeprefix(header) if n > 1 else inner
    return body == bare(_body(said, header))


def readable(sealed: Sealed) -> str:
    """All that a paper of one page says, in its order."""
    said = told(sealed)
    mark = said["words"]["specimen"]["zh"] if sealed.certificate.specimen else ""
    return bare(mark + _body(said, _header(said)) + _foot(said, 1, 1))


def bare(text: str) -> str:
    """A text as it can be compared with one that was read from a paper: without blanks, since lines
    are broken anew, and without Tibetan, whose stacked letters come back in another order."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(each for each in folded if not _left_out(each))


def _left_out(each: str) -> bool:
    return each.isspace() or "\u0f00" <= each <= "\u0fff" or unicodedata.category(each) == "Cc"


def _header(said: dict[str, Any]) -> str:
    words = said["words"]
    cells = "".join(words[name]["zh"] for name in COLUMNS)
    return f"{cells}（{words['currency']['zh']}）"


def _body(said: dict[str, Any], header: str) -> str:
    words = {name: each["zh"] for name, each in said["words"].items()}
    return "".join(
        [
            words["region"], said["title"], said["subtitle"], words["number"], said["number"],
            words["issued_on"], "：", said["issued_on"], words["office"], "：", said["office"],
            words["id_number"], said["id_number"], words["holder_name"], said["holder_name"],
            header, *(cell for line in said["lines"] for cell in line),
            words["total_words"], "：", said["total_words"], "¥", said["total"],
            words["stamp"], words["clerk"], words["note"], "：", said["note"],
            words["verify_by"], "：", said["voucher_no"], words["signature"], "：", said["seal"],
            words["verify"],
        ]
    )  # fmt: skip


def _foot(said: dict[str, Any], page: int, pages: int) -> str:
    words = said["words"]
    numbered = words["page"]["zh"].replace("{n}", str(page)).replace("{of}", str(pages))
    return f"{words['keep']['zh']}{words['number']['zh']}{said['number']}{numbered}"


@cache
def words_of(kind: str) -> dict[str, dict[str, str]]:
    """The words of one kind of paper in the languages that it is printed in: those of its own
    before those that all have."""
    return {name: word_of(f"{name}.{kind}") or word_of(name) for name in NAMES}


def word_of(key: str) -> dict[str, str]:
    """A word in each language that is printed and has it; nothing where there is no such word."""
    found = {each: WORDS.catalogue(each).texts.get(key) for each in PRINTED}
    return {each: text.forms[-1] for each, text in found.items() if text is not None}


@cache
def file(name: str) -> str:
    """A file of this room."""
    return resources.files("sstibet.papers").joinpath(name).read_text("utf-8")


def plain_certificate(sealed: Sealed) -> Certificate:
    """The certificate as its canonical form writes it (Unicode's NFC): what was signed."""
    return Certificate.read(json.loads(sealed.certificate.canonical()))
