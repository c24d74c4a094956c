"""Reading a certificate from its paper: what was signed, and whether the paper says the same."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Any

from sstibet.papers.certificate import NotACertificate
from sstibet.papers.printed import LAYOUT, as_printed
from sstibet.papers.sealing import Sealed

if TYPE_CHECKING:
    from pypdf import PdfReader

ATTACHED = "certificate.json"
_MOST_BYTES = 20_000_000
_EXTRA = "reading a paper needs pypdf: pip install 'sstibet[pdf]'"
_KEPT = {"/Type", "/Pages", "/Metadata", "/Names", "/AF", "/Lang", "/MarkInfo", "/StructTreeRoot",
         "/ViewerPreferences", "/OutputIntents", "/PageLabels", "/Outlines"}  # fmt: skip


class AlteredPaper(NotACertificate):
    """The paper carries a sealed certificate, and something else stands on it or is in it."""


def read_pdf(data: bytes) -> Sealed:
    """The sealed certificate that a paper carries. What counts is what was signed: show that, and
    not the paper. All text on it is compared, in its order; what somebody *draws* over it (a white
    field, letters as lines) can't be seen here.

    Raises:
        AlteredPaper: what is printed isn't what was signed; or it carries more than was issued: a
            second attachment, a picture, a note, a form, a script, a later revision.
        NotACertificate: it carries no certificate.
        RuntimeError: the extra ``pdf`` isn't installed.
    """
    try:
        from pypdf import PdfReader
    except ImportError:
        raise RuntimeError(_EXTRA) from None
    if len(data) > _MOST_BYTES:
        raise NotACertificate("this is no PDF of a certificate: it is far too long")
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # a bad file is told by us, once
    try:
        reader = PdfReader(io.BytesIO(data))
        attached = _attached(reader)
    except Exception:  # what the parser trips over in a file from anywhere may be anything
        raise NotACertificate("this is no PDF of a certificate") from None
    if not attached:
        raise NotACertificate("this paper carries no sealed certificate")
    if len(attached) > 1 or attached[0][0] != ATTACHED:
        raise AlteredPaper("this paper carries more than the one certificate that it was issued as")
    sealed = Sealed.read(attached[0][1])
    try:
        _compare(reader, data, sealed)
    except NotACertificate:
        raise
    except Exception:  # as above
        raise AlteredPaper("this paper can't be read: it isn't as it was issued") from None
    return sealed


def _attached(reader: PdfReader) -> list[tuple[str, bytes]]:
    return [(name, each) for name, found in reader.attachments.items() for each in found]


def _compare(reader: PdfReader, data: bytes, sealed: Sealed) -> None:
    """AlteredPaper where the paper isn't as a press makes it."""
    made = None if reader.metadata is None else reader.metadata.get("/Keywords")
    if made != LAYOUT:
        raise AlteredPaper(f"this paper isn't laid out as {LAYOUT!r}")
    if data.count(b"%%EOF") != 1:
        raise AlteredPaper("this paper was written to after it was issued")
    names: Any = reader.root_object["/Names"].get_object()
    if more := (set(reader.root_object) - _KEPT) | (set(names) - {"/EmbeddedFiles"}):
        raise AlteredPaper(f"this paper holds what none is issued with: {', '.join(sorted(more))}")
    for page in reader.pages:
        if page.get("/Annots") or page.get("/AA") or _pictures(page.get("/Resources")):
            raise AlteredPaper("something was laid over this paper: a note or a picture")
    if not as_printed(sealed, [page.extract_text() for page in reader.pages]):
        raise AlteredPaper("what is printed on this paper isn't what was signed")


def _pictures(resources: Any, depth: int = 4) -> bool:
    """Whether a picture is drawn: a certificate has none, its code is drawn in lines."""
    if resources is None or depth == 0:
        return depth == 0
    found = resources.get_object().get("/XObject")
    for each in () if found is None else found.get_object().values():
        drawn = each.get_object()
        if drawn.get("/Subtype") != "/Form" or _pictures(drawn.get("/Resources"), depth - 1):
            return True
    return False
