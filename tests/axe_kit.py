"""axe-core in a browser: what keeps a page from somebody who can't see it, or use a mouse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_OPTIONS = {"resultTypes": ["violations"]}


@cache
def _axe() -> Axe:
    return Axe()


def violations(page: Page, theirs: Mapping[str, str] | None = None) -> Iterator[str]:
    """Each rule that an open page breaks, with the first places where it does.

    Args:
        page: open, as it is.
        theirs: of rules that markup of others breaks and nobody here can mend, a part of the
            place (its selector or its HTML) that is excused.
    """
    for each in _axe().run(page, options=_OPTIONS).response["violations"]:
        excused = (theirs or {}).get(each["id"])
        places = [
            node
            for node in each["nodes"]
            if excused is None or excused not in f"{node['html']} {node['target']}"
        ]
        if places:
            shown = "; ".join(node["html"][:160] for node in places[:3])
            yield f"{each['id']}: {each['help']}: {shown}"
