"""The press: sealed certificates as PDF and PNG (typst), with a code that leads to verification.

typst leaves a glyph out without a word where no font has it, so every character is looked up in the
fonts before anything is printed.
"""

from __future__ import annotations

import dataclasses
import io
import json
import threading
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sstibet.papers.certificate import Certificate
from sstibet.papers.printed import file, plain_certificate, told
from sstibet.papers.sealing import Sealed

if TYPE_CHECKING:
    from typst import Compiler, FontInfo

# What is tried for each script, in this order; and Debian's package of the first.
FONTS: Mapping[str, tuple[str, ...]] = {
    "zh": ("Noto Serif CJK SC", "Noto Sans CJK SC"),
    "bo": ("Noto Serif Tibetan", "Tibetan Machine Uni"),
}
PACKAGES = {"zh": "fonts-noto-cjk", "bo": "fonts-noto-core"}
_EXTRA = "papers need typst, segno and fonttools: pip install 'sstibet[pdf]'"


class FontMissing(RuntimeError):
    """A font, or a character in all of the fonts, isn't there; the message says what to install."""


class Press:
    """Prints certificates. One press is kept and used again: its first paper takes longer.

    ``verify_at`` is the address that the code on the paper leads to, such as
    ``"https://example.org/verify"``; the voucher number follows as a query.

    Raises:
        FontMissing: a font isn't installed.
        RuntimeError: the extra ``pdf`` isn't installed.
    """

    def __init__(self, verify_at: str) -> None:
        self._verify_at = verify_at
        self._fonts = {script: _family(script) for script in FONTS}
        self._lock = threading.Lock()
        self._compiler: Compiler = _typst().Compiler()

    def pdf(self, sealed: Sealed) -> bytes:
        """The paper as tagged PDF (PDF/A-3a and PDF/UA-1: to be kept for long, and read aloud), the
        sealed certificate attached to it as JSON. The same certificate is the same paper."""
        issued = sealed.certificate.issued_on
        at = datetime(issued.year, issued.month, issued.day, tzinfo=UTC)
        made = self._compile(sealed, format="pdf", timestamp=at, pdf_standards=_STANDARDS)
        assert isinstance(made, bytes), "one document"
        return made

    def png(self, sealed: Sealed, ppi: float = 150.0) -> list[bytes]:
        """The paper as pictures, one for each page."""
        made = self._compile(sealed, format="png", ppi=ppi)
        return [made] if isinstance(made, bytes) else list(made or ())

    def _compile(self, sealed: Sealed, **how: Any) -> Any:
        layout, inputs = file("layout.typ").encode(), self._inputs(sealed)
        with self._lock:  # the compiler is of one thread at a time
            return self._compiler.compile(layout, sys_inputs=inputs, **how)

    def verify_address(self, certificate: Certificate) -> str:
        """Where the code on a certificate leads to."""
        asked = urlencode({"kind": certificate.kind, "voucher_no": certificate.voucher_no})
        return f"{self._verify_at}?{asked}"

    def _inputs(self, sealed: Sealed) -> dict[str, str]:
        sealed = dataclasses.replace(sealed, certificate=plain_certificate(sealed))
        said, address = told(sealed), self.verify_address(sealed.certificate)
        self._all_there(_texts({key: said[key] for key in said if key not in _UNPRINTED}))
        said |= {
            "fonts": self._fonts,
            "qr": _code(address),
            "qr_text": address,
            "sealed": sealed.text(),
        }
        return {"told": json.dumps(said, ensure_ascii=False)}

    def _all_there(self, text: str) -> None:
        """FontMissing where a character is in neither font: typst would leave it out."""
        there = _covered(tuple(sorted(self._fonts.items())))
        # A sign that nobody sees, or that turns what follows round, is no letter of a name.
        unseen = {each for each in set(text) if unicodedata.category(each) in ("Cc", "Cf")}
        lost = sorted((set(text) - there) | unseen)
        if lost:
            shown = ", ".join(f"{each} (U+{ord(each):04X})" for each in lost)
            raise FontMissing(f"no font here has {shown}; install one that does, as a Debian font")


_UNPRINTED = ("date", "specimen", "layout")
_STANDARDS = ["a-3a", "ua-1"]


def _texts(value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(map(_texts, value.values()))
    if isinstance(value, list):
        return "".join(map(_texts, value))
    return str(value)


def _code(address: str) -> str:
    try:
        import segno
    except ImportError:
        raise RuntimeError(_EXTRA) from None
    made = io.BytesIO()
    segno.make(address, error="m").save(made, kind="svg", border=1, xmldecl=False)
    return made.getvalue().decode()


def _family(script: str) -> str:
    """The first family that is installed for a script. FontMissing where none is."""
    there = {font.family for font in _installed()}
    found = next((family for family in FONTS[script] if family in there), None)
    if found is None:
        names = " or ".join(FONTS[script])
        raise FontMissing(f"papers need the font {names}: apt-get install {PACKAGES[script]}")
    return found


@cache
def _covered(fonts: tuple[tuple[str, str], ...]) -> frozenset[str]:
    """The characters that the families have in their regular and in their bold faces."""
    try:
        from fontTools.ttLib import TTFont
    except ImportError:
        raise RuntimeError(_EXTRA) from None
    found = set[int]()
    for _, family in fonts:
        faces = [each for each in _installed() if each.family == family and each.path]
        maps = []
        for face in faces:
            with TTFont(face.path, fontNumber=face.index, lazy=True) as font:
                maps.append(set(font.getBestCmap()))
        found |= set.intersection(*maps) if maps else set()
    return frozenset(map(chr, found))


@cache
def _installed() -> tuple[FontInfo, ...]:
    return tuple(_typst().Fonts().fonts())


def _typst() -> Any:
    try:
        import typst
    except ImportError:
        raise RuntimeError(_EXTRA) from None
    return typst
