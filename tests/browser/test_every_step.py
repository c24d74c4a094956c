"""Every step of the guide in a real browser: on a phone and on a desk, in Chinese and in English.

Half of the ways have JavaScript off, for the pages need none; in the others each page that differs
is looked at by axe-core, and measured.
"""

from __future__ import annotations

import pytest
from browser_kit import DESK, PHONE, SCENES, Inspector, Screen, Way
from counter_kit import Service
from playwright.sync_api import Browser

WAYS = (
    Way(PHONE, "zh", scripts=True),
    Way(PHONE, "en", scripts=False),
    Way(DESK, "zh", scripts=False),
    Way(DESK, "en", scripts=True),
)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_every_step_of_the_guide_is_taken(service: Service, browser: Browser, way: Way) -> None:
    """The engine's history has each id that the guide lists, and no page complains."""
    screen, inspector = Screen(service, browser, way), Inspector()
    if way.scripts:
        screen.look = inspector.look
    faults = [f"{name}: {fault}" for name in SCENES.scenes for fault in screen.play(name).faults]
    print("\n".join([*faults, *screen.errors, *inspector.found]))
    assert faults == []
    taken = {each.step for played in screen.played.values() for each in played.taken}
    assert set(SCENES.steps) - taken == set()
    assert len(SCENES.steps) == 62
    assert screen.errors == []
    assert inspector.found == []
    assert len(inspector.seen) > 60 or not way.scripts, "each kind of page was looked at"
