"""Reading a certificate from its paper: what was signed, and whether the paper says the same."""

from __future__ import annotations

import io
from collections import Counter

from sstibet.papers.certificate import Certificate, NotACertificate
from sstibet.papers.sealing import Sealed

ATTACHED = "certificate.json"
_EXTRA = "reading a paper needs pypdf: pip install 'sstibet[pdf]'"


def read_pdf(data: bytes) -> Sealed:
    """The sealed certificate that a paper carries. What counts is what was signed: show that, and
    not the paper, on which more may have been written than can be seen here.

    Raises:
        NotACertificate: it carries none; or what is printed on it isn't what was signed, as where
            somebody wrote another amount over it.
        RuntimeError: the extra ``pdf`` isn't installed.
    """
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError:
        raise RuntimeError(_EXTRA) from None
    try:
        reader = PdfReader(io.BytesIO(data))
        attached = reader.attachments.get(ATTACHED, [])
        printed = "".join(page.extract_text() for page in reader.pages)
    except (PyPdfError, ValueError, KeyError, RecursionError, OSError):
        raise NotACertificate("this is no PDF of a certificate") from None
    if len(attached) != 1:
        raise NotACertificate("this paper carries no sealed certificate, or more than one")
    sealed = Sealed.read(attached[0])
    wanted, there = Counter(map(_bare, said(sealed.certificate))), _bare(printed)
    if any(there.count(text) < times for text, times in wanted.items()):
        raise NotACertificate("what is printed on this paper isn't what was signed")
    return sealed


def said(certificate: Certificate) -> list[str]:
    """The texts that must be readable on a certificate's paper."""
    found = [certificate.number, certificate.voucher_no, certificate.holder_name]
    found += [certificate.id_number, f"{certificate.total.decimal:,.2f}"]
    for line in certificate.lines:
        found += [line.voucher_no, line.levy_item, line.period, line.booked_on.isoformat()]
        found.append(f"{line.amount.decimal:,.2f}")
    return found


def _bare(text: str) -> str:
    # A long text is broken over lines on the paper, and between words and scripts stand blanks.
    return "".join(text.split())
