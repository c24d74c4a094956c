"""``make pictures``: screenshots of the main pages for the README and the docs.

They are taken of the demonstration on its own day, so the same pages give the same pictures.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "counter"), str(HERE.parents[1] / "examples")]

from browser_kit import DESK, PHONE, Citizen, Way, chromium  # noqa: E402 - found by the line above
from counter_kit import Service, serving  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from counter.app import make_app  # noqa: E402
from counter.demo import open_desk, open_press  # noqa: E402
from counter.service import Options  # noqa: E402

PICTURES = HERE.parents[1] / "docs" / "pictures"


def main() -> None:
    """Take every picture."""
    desk = open_desk()
    app = make_app(
        desk, Options(https=False, demo=False), seconds=0, press=open_press("http://127.0.0.1")
    )
    with serving(app) as address, sync_playwright() as playwright, chromium(playwright) as browser:
        service = Service(desk, app, address)
        phone = Citizen(service, browser, Way(PHONE, "zh", True), service.person("resident"))
        _the_way_to_pay(phone)
        wide = Citizen(service, browser, Way(DESK, "en", True), service.person("settled"))
        wide.go("/")
        _take(wide, "home_wide")
        wide.begin("payment_certificate")
        service.beat()
        paper = wide.page.request.get(f"/items/{wide.ref}/paper-1.png")
        (PICTURES / "certificate.png").write_bytes(paper.body())
        phone.close()
        wide.close()
    desk.close()


def _the_way_to_pay(citizen: Citizen) -> None:
    person = citizen.person
    assert person is not None
    citizen.go("/")
    _take(citizen, "home_phone")
    citizen.begin("resident_payment")
    citizen.press(citizen.button("submit"))
    _take(citizen, "errors_phone")
    citizen.do("submit", {"insured_name": person.name, "insured_id_number": person.id_number})
    [key] = [each.enrolment for each in person.enrolments if each.scheme == "resident_pension"]
    _take(citizen, "enrolments_phone")
    citizen.do("submit", {"chosen_enrolments": [{"key": key}]})
    years = [{"key": key, "coverage_year": "2025"}]
    citizen.do("submit", {"pay_mode": "ordinary", "chosen_enrolments": years})
    citizen.do("submit", {"chosen_enrolments": [{"key": key, "tier": "500"}]})
    _take(citizen, "amount_phone")
    citizen.do("submit", {})
    citizen.do("submit", {"channel": "alipay"})
    _take(citizen, "code_phone")


def _take(citizen: Citizen, name: str) -> None:
    citizen.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


if __name__ == "__main__":
    main()
