"""What the theme's pages lack for whoever hears them instead of seeing them: put in when the site
is built, for no option of Sphinx or furo does it."""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

LACKS = (
    # A heading without a level is none. Sphinx writes these over the parts of a table of contents.
    (re.compile(r'role="heading">'), 'role="heading" aria-level="2">'),
    # Two parts of a page beside its text, which only their names tell apart.
    (re.compile(r'<aside class="sidebar-drawer">'),
     '<aside class="sidebar-drawer" aria-label="All pages">'),
    (re.compile(r'<aside class="(toc-drawer[^"]*)">'),
     r'<aside class="\1" aria-label="On this page">'),
)  # fmt: skip
# The page of the search has no heading of its own.
_SEARCH = (re.compile(r'(<article role="main"[^>]*>)\s*<noscript>'), r"\1<h1>Search</h1><noscript>")


def mend(app: Sphinx, error: Exception | None) -> None:
    """Put it into every page; one that was mended before stays as it is."""
    if error is not None or app.builder.format != "html":
        return
    for path in sorted(Path(app.outdir).rglob("*.html")):
        text = path.read_text("utf-8")
        lacks = (*LACKS, _SEARCH) if path.name == "search.html" else LACKS
        mended = text
        for pattern, whole in lacks:
            mended = pattern.sub(whole, mended)
        if mended != text:
            path.write_text(mended, "utf-8")
