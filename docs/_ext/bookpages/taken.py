"""What stands in README, CONTRIBUTING, CHANGELOG and beside examples, taken into pages, so that it
stands once.

Each chapter becomes a piece that a page includes by the words of its heading; links that lead from
the checkout's top are turned to the site's pages. A heading that is gone fails the build.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_TURNED = {
    "CONTRIBUTING.md": "/analysts.md",
    "CHANGELOG.md": "/changelog.md",
    "examples/counter": "/counter.md",
    "examples/renderers": "/forms-and-views.md",
    "LICENSE": "https://www.apache.org/licenses/LICENSE-2.0",
}
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(#[^)\s]*)?\)")
_FENCE = re.compile(r"^(`{3,}|:{3,})")


def pieces(checkout: Path) -> Iterator[tuple[str, str]]:
    """Every chapter of the three files, and what examples say of themselves: a path, and the text
    without its heading."""
    for name, level in (("README", 2), ("CONTRIBUTING", 1)):
        for title, text in _chapters((checkout / f"{name}.md").read_text("utf-8"), level):
            yield f"taken/{name.lower()}/{slug(title)}.txt", _turned(text)
    for name in ("counter", "renderers"):
        text = (checkout / "examples" / name / "README.md").read_text("utf-8")
        yield f"taken/{name}.txt", _turned(text.partition("\n")[2])
    changes = (checkout / "CHANGELOG.md").read_text("utf-8")
    yield "taken/changelog.txt", _turned(changes.partition("\n")[2])


def slug(title: str) -> str:
    """A heading as the name of a file: ``install``, ``a-quote-in-ten-lines``."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _chapters(text: str, level: int) -> Iterator[tuple[str, str]]:
    """The chapters under headings of one level. What stands in a fenced block is no heading."""
    mark, title, lines, fence = "#" * level + " ", None, list[str](), None
    for line in text.splitlines():
        found = _FENCE.match(line)
        if found is not None and fence in (None, found[1]):
            fence = None if fence else found[1]
        if fence is None and line.startswith(mark):
            if title is not None:
                yield title, "\n".join(lines)
            title, lines = line.removeprefix(mark), []
        else:
            lines.append(line)
    if title is not None:
        yield title, "\n".join(lines)


def _turned(text: str) -> str:
    def turned(found: re.Match[str]) -> str:
        target, anchor = found[1].removeprefix("../../"), found[2] or ""
        if target.startswith("docs/"):
            return f"](/{target.removeprefix('docs/')}{anchor})"
        if target in _TURNED:
            return f"]({_TURNED[target]}{anchor})"
        return found[0]  # where a page takes it in, Sphinx says that it leads nowhere

    return _LINK.sub(turned, text).strip() + "\n"
