"""The pages that are made from the rule book and from the library, each time the site is built.

They are written to ``docs/made`` before Sphinx looks for its sources, and only where they differ
from what stands there, so that a second build reads what has changed and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.search import languages

import sstibet
from bookpages import forms, library, lists, machines, reachable, rules, schemes, taken
from bookpages.names import dashes, resolve, signature
from bookpages.searching import EnglishAndChinese
from sstibet.drawing import svg

MADE = "made"
CHECKOUT = Path(__file__).parents[3]


def pages() -> Iterator[tuple[str, str]]:
    """Every page and picture that is made: its path under ``made``, and its text."""
    book = sstibet.load()
    contents = book.contents
    for name in contents.schemes:
        yield f"schemes/{name}.md", schemes.scheme(contents, name)
    for name in ("periods", "refunds", "roles", "retention", "codes", "facts"):
        yield f"rules/{name}.md", getattr(rules, name)(contents)
    owner = forms.owners(contents)
    for name in contents.items:
        drawn = {language: svg(book, name, language) for language in ("en", "zh")}
        for language, picture in drawn.items():
            yield f"static/machines/{name}.{language}.svg", picture
        yield f"items/{name}.md", machines.item(contents, name, owner, drawn["en"])
    for name, text in library.problems():
        yield f"problems/{name}.md", text
    yield "commands.md", library.commands()
    yield "ports.md", library.ports(contents)
    # What the written pages take in.
    yield "schemes.txt", lists.schemes(contents)
    yield "items.txt", lists.items(contents)
    yield from taken.pieces(CHECKOUT)


def write(folder: Path) -> None:
    """Write what has changed, and take away what is made no more."""
    made = dict(pages())
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.relative_to(folder).as_posix() not in made:
            path.unlink()
    for name, text in made.items():
        path = folder / name
        if not path.is_file() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")


def _write(app: Sphinx, config: Config) -> None:
    write(Path(app.srcdir) / MADE)


def setup(app: Sphinx) -> dict[str, Any]:
    """What Sphinx calls."""
    languages[EnglishAndChinese.lang] = EnglishAndChinese
    app.connect("config-inited", _write)
    app.connect("missing-reference", resolve)
    app.connect("doctree-read", dashes)
    app.connect("build-finished", reachable.mend)
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-signature", signature)
    return {"version": sstibet.__version__, "parallel_read_safe": True, "parallel_write_safe": True}
