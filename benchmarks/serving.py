"""A page of the counter, against the barest page that FastAPI can answer with, in the same process
and without a network."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from benchmarks.measure import Report, medians

sys.path.append(str(Path(__file__).parents[1] / "examples"))
OFTEN = "1000000/minute"
MOST = 100 * 1024  # bytes of a page
# How many bare pages each may take.
LIMITS = {
    "the home page": 10,
    "a form": 10,
    "a form that was sent, and is wrong": 12,
    "an amount with its lines": 15,
}


class Asked:
    """An app that is asked by itself: no server, no socket."""

    def __init__(self, app: Any, cookie: str = "") -> None:
        self.app, self.cookie, self.loop = app, cookie, asyncio.new_event_loop()
        self.status, self.body = 0, b""

    def ask(self, path: str, form: dict[str, str] | None = None) -> bytes:
        """One request; its answer's body."""
        self.loop.run_until_complete(self._ask(path, form))
        return self.body

    def close(self) -> None:
        """Let go of the loop and its threads."""
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    async def _ask(self, path: str, form: dict[str, str] | None) -> None:
        sent = b"" if form is None else urlencode(form).encode()
        headers = [(b"cookie", self.cookie.encode()), (b"accept-language", b"zh")]
        if form is not None:
            headers.append((b"content-type", b"application/x-www-form-urlencoded"))
        scope = {
            "type": "http", "http_version": "1.1", "scheme": "http", "path": path,
            "method": "GET" if form is None else "POST", "raw_path": path.encode(),
            "query_string": b"", "headers": headers, "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80), "root_path": "",
        }  # fmt: skip
        self.body = b""

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": sent, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
            else:
                self.body += message.get("body", b"")

        await self.app(scope, receive, send)


def bare() -> Asked:
    """An app of one page that says hello."""
    from fastapi import FastAPI
    from starlette.responses import HTMLResponse

    app = FastAPI(openapi_url=None)

    @app.get("/")
    def hello() -> HTMLResponse:
        return HTMLResponse("<h1>hello</h1>")

    return Asked(app)


def pages(desk: Any) -> tuple[Asked, dict[str, Callable[[], object]]]:
    """The counter with somebody signed in, and the pages that they go through."""
    from counter.app import make_app
    from counter.asking import token
    from counter.service import Options

    person = desk.bureau.cast().resident
    session = desk.sessions.open_for(person.actor)
    options = Options(https=False, by_address=OFTEN, by_session=OFTEN)
    asked = Asked(make_app(desk, options, seconds=0), f"session={session}")
    new = desk.start("resident_payment", actor=person.actor)
    confirmed = _confirming(desk, person)
    wrong = {
        "_token": token(session), "_key": "k" * 20, "_event": "submit", "_front": new.ref,
        "_version": str(new.version), "_screen": "1", "insured_name": "x", "insured_id_number": "1",
        "_asked.submit": "insured_name,insured_id_number",
    }  # fmt: skip
    return asked, {
        "the home page": lambda: asked.ask("/"),
        "a form": lambda: asked.ask(f"/items/{new.ref}"),
        "a form that was sent, and is wrong": lambda: asked.ask(f"/items/{new.ref}", wrong),
        "an amount with its lines": lambda: asked.ask(f"/items/{confirmed.ref}"),
    }


def _confirming(desk: Any, person: Any) -> Any:
    view = desk.start("resident_payment", actor=person.actor)
    pension = person.enrolled("resident_pension")
    for answers in (
        {"insured_name": person.name, "insured_id_number": person.id_number},
        {"chosen_enrolments": [pension]},
        {"pay_mode": "ordinary", "chosen_enrolments": [{"key": pension, "coverage_year": "2025"}]},
        {"chosen_enrolments": [{"key": pension, "tier": "500"}]},
    ):
        view = desk.send(view.ref, "submit", answers, actor=person.actor)
    assert view.state == "confirming", view.state
    return view


def check() -> int:
    """Every page is whole, and under 100 KB; how many there are. Nothing is timed."""
    from counter.demo import open_desk

    desk = open_desk()
    asked, jobs = pages(desk)
    for name, job in jobs.items():
        job()
        assert asked.status == (422 if "wrong" in name else 200), (name, asked.status)
        assert b"</html>" in asked.body, name
        assert len(asked.body) < MOST, (name, len(asked.body))
    asked.close()
    desk.close()
    return len(jobs)


def speed(report: Report) -> None:
    """Each page to the bare one; and how long it takes by the clock, which must be under 50 ms."""
    from counter.demo import open_desk

    desk, hello = open_desk(), bare()
    asked, jobs = pages(desk)
    took = medians({"bare": lambda: hello.ask("/"), **jobs}, rounds=101)
    for name, job in jobs.items():
        report.ratio(f"{name}, to a bare page of FastAPI", took[name] / took["bare"], LIMITS[name])
        report.note(f"{name}, in milliseconds of the clock", _clock(job) * 1000)
    for each in (asked, hello):
        each.close()
    desk.close()


def _clock(job: Callable[[], object]) -> float:
    times = []
    for _ in range(51):
        start = perf_counter()
        job()
        times.append(perf_counter() - start)
    return median(times)
