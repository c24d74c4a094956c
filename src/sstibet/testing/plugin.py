"""The pytest plugin: ``pytest --rulebook DIR`` runs the worked examples and cases of a rule book.

Every example of every edition and every case is a test of its own, called ``file:line title``; one
that comes out otherwise fails with both outcomes and its place in the YAML. A book that cannot be
loaded fails with each of its problems. The option may be given several times and adds to what
pytest collects anyway; ``pytest --rulebook DIR DIR`` runs the book alone.

pytest imports this module in every project where sstibet is installed: only pytest itself is
imported here, which is there already; the rest waits in ``sstibet.testing.items``.
"""

from __future__ import annotations

import pytest

OPTION = "--rulebook"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--rulebook``."""
    parser.getgroup("sstibet", "sstibet rule books").addoption(
        OPTION,
        action="append",
        default=[],
        metavar="DIR",
        help="run every worked example and case of the rule book in DIR (may be repeated)",
    )


# First, so that pytest's own -k, -m and --last-failed choose among these items too.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add the tests of every book asked for. Without the option nothing happens here."""
    folders = config.getoption(OPTION)
    if folders:
        from sstibet.testing.items import tests_of

        for folder in dict.fromkeys(folders):
            items.extend(tests_of(session, config.invocation_params.dir / folder, folder))
