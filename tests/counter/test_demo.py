"""The demonstration: one command starts it, its bank calls back over HTTP, its panel plays it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from typing import Any

import httpx
from counter_kit import EXAMPLES, Service
from test_twice import paid_lines, to_payment

STARTING = 60  # seconds, on a machine that does much else


class TestDemo:
    """What can be played, and what comes by itself."""

    def test_the_bank_calls_back_over_http(self, service: Service) -> None:
        from counter.demo import calling_back

        person = service.person("resident")
        browser = service.browser(person)
        to_payment(service, browser, person)
        page = browser.press("submit", channel="alipay")
        code = browser.client.get(f"{page.url}/code.svg")
        assert code.headers["content-type"] == "image/svg+xml"
        assert b"<svg" in code.content
        service.desk.clock.forward(minutes=1)
        calling_back(service.desk, service.address)()
        assert "缴费成功" in browser.get(page.url).text
        assert len(paid_lines(service, person)) == 1

    def test_a_bank_that_calls_back_twice_is_paid_once(self, service: Service) -> None:
        person = service.person("resident")
        browser = service.browser(person)
        browser.get("/panel")
        browser.press("_tell", port="gateway", mood="twice")
        to_payment(service, browser, person)
        page = browser.press("submit", channel="alipay")
        for _ in range(3):
            service.desk.clock.forward(minutes=1)
            service.beat()
        assert "缴费成功" in browser.get(page.url).text
        assert len(paid_lines(service, person)) == 1

    def test_a_bank_that_is_away_charges_nothing_and_says_so(self, service: Service) -> None:
        person = service.person("resident")
        browser = service.browser(person)
        browser.get("/panel")
        browser.press("_tell", port="gateway", mood="down")
        before = service.desk.bureau.money()
        to_payment(service, browser, person)
        page = browser.press("submit", channel="alipay")
        assert page.status == 200
        assert "未扣款" in page.text
        assert service.desk.bureau.money() == before

    def test_text_messages_are_read_on_the_panel(self, service: Service) -> None:
        person = service.person("resident")
        browser = service.browser()
        browser.get("/services/login")
        browser.press("login")
        browser.press("send_code", user_name=person.user_name)
        assert service.desk.bureau.code(person.mobile) in browser.get("/panel").text

    def test_the_beat_delivers_what_is_due_and_breaks_over_nothing(
        self, service: Service, monkeypatch: Any
    ) -> None:
        from counter.beat import Beat

        seen = list[str]()

        def breaks() -> int:
            seen.append("deliver")
            raise RuntimeError("a port broke")

        monkeypatch.setattr(service.desk, "deliver", breaks)
        monkeypatch.setattr(service.desk, "due", lambda: seen.append("due"))
        beat = Beat(service.desk, 0.01)
        beat.start()
        until = time.monotonic() + STARTING
        while len(seen) < 4 and time.monotonic() < until:
            time.sleep(0.01)
        beat.stop()
        assert seen[:4] == ["deliver", "due", "deliver", "due"]


def test_one_command_starts_it_and_says_whom_to_sign_in_as(tmp_path: Any) -> None:
    """The process as `make counter` starts it: signed in by what it prints, a file kept."""
    source = EXAMPLES.parent / "src"
    paths = os.pathsep.join([str(EXAMPLES), str(source)])
    kept = tmp_path / "counter.db"
    command = [sys.executable, "-m", "counter", "--port", "0", "--db", str(kept)]
    running = subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": paths}, stdout=subprocess.PIPE, text=True
    )
    try:
        assert running.stdout is not None
        said = running.stdout.readline()
        address = re.search(r"http://[0-9.:]+", said)[0]  # type: ignore[index]
        user, password = re.findall(r"demo[_-]\w+", said)[:2]
        until = time.monotonic() + STARTING
        while True:
            try:
                assert httpx.get(address).status_code == 200
                break
            except httpx.TransportError:
                assert time.monotonic() < until
                time.sleep(0.05)
        assert user == "demo_resident"
        panel = httpx.get(f"{address}/panel").text
        assert user in panel
        assert password in panel
        assert kept.exists()
    finally:
        running.terminate()
        running.communicate(timeout=STARTING)
