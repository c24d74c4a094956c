"""A browser for the tests: it keeps cookies, reads forms out of pages, fills them in, sends them.
What it doesn't see on a page it can't send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import uvicorn

import sstibet

EXAMPLES = Path(__file__).parents[2] / "examples"

_REFERS = ("aria-describedby", "aria-labelledby", "for")
_VOID = {"input", "meta", "link", "img", "br", "hr"}


@dataclass
class Form:
    """A form of a page: where it goes, what stands in it, and its buttons."""

    action: str
    values: dict[str, list[str]] = field(default_factory=dict)
    offers: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """A page as it was answered: its text, its title, its links, and its forms."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__()
        self.response, self.status = response, response.status_code
        self.html = response.text
        self.title, self.text = "", ""
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.heading = ""
        self.ids: set[str] = set()
        self.refers: list[str] = []
        self.labelled: set[str] = set()
        self.inputs: list[str] = []
        self._path: list[str] = []
        self._select = ""
        self._button: list[str] | None = None
        if "html" in response.headers.get("content-type", ""):
            self.feed(self.html)

    @property
    def url(self) -> str:
        """The path it came from."""
        return self.response.url.path

    def form(self, action: str | None = None, button: str | None = None) -> Form:
        """The form that goes somewhere, or that has a button."""
        for each in self.forms:
            if action is not None and each.action != action:
                continue
            if button is None or any(button in (value, name) for name, value, _ in each.buttons):
                return each
        raise LookupError(f"{self.url} has no form {action} {button}: {self.text[:500]}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what matters of a tag."""
        at = {name: value or "" for name, value in attrs}
        if "id" in at:
            assert at["id"] not in self.ids, f"the id {at['id']} stands there twice"
            self.ids.add(at["id"])
        self.refers += [each for name in _REFERS for each in at.get(name, "").split()]
        self._named(tag, at)
        if tag not in _VOID:
            self._path.append(tag)
        if tag == "form":
            self.forms.append(Form(at["action"]))
        elif tag == "a" and "href" in at:
            self.links.append(at["href"])
        elif self.forms and "form" in self._path:
            self._control(tag, at)

    def _named(self, tag: str, at: dict[str, str]) -> None:
        if tag == "a" and at.get("href", "").startswith("#"):
            self.refers.append(at["href"][1:])
        if tag == "label" and "for" in at:
            self.labelled.add(at["for"])
        if tag in ("input", "select", "textarea") and at.get("type") != "hidden":
            if "label" in self._path:
                self.labelled.add(at.get("id", at.get("value", "")))
            self.inputs.append(at.get("id", at.get("value", "")))

    def faults(self) -> list[str]:
        """What is wrong with the page by itself: a reference to no id, an input without a label."""
        lost = [f"nothing has the id {each}" for each in self.refers if each not in self.ids]
        bare = [f"{each} has no label" for each in self.inputs if each not in self.labelled]
        return lost + bare

    def _control(self, tag: str, at: dict[str, str]) -> None:
        form, name, value = self.forms[-1], at.get("name", ""), at.get("value", "")
        if tag == "input" and at.get("type") in ("radio", "checkbox"):
            if "disabled" not in at:
                form.offers.setdefault(name, []).append(value)
            if "checked" in at:
                form.values.setdefault(name, []).append(value)
        elif tag in ("input", "textarea"):
            form.values.setdefault(name, []).append(value)
        elif tag == "select":
            self._select = name
            form.values.setdefault(name, [])
        elif tag == "option":
            form.offers.setdefault(self._select, []).append(value)
            if "selected" in at:
                form.values[self._select] = [value]
        elif tag == "button":
            self._button = [name, value, ""]

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        if "style" in self._path or "script" in self._path:
            return
        self.text += data
        if self._path[-1:] == ["title"]:
            self.title += data
        if "h1" in self._path:
            self.heading += data
        if self._button is not None:
            self._button[2] += data

    def handle_endtag(self, tag: str) -> None:
        """Leave a tag."""
        if tag == "button" and self._button is not None:
            name, value, text = self._button
            self.forms[-1].buttons.append((name, value, text.strip()))
            self._button = None
        if tag in self._path:
            while self._path.pop() != tag:
                pass


class Browser:
    """One person's browser at a service."""

    def __init__(self, address: str, language: str = "zh") -> None:
        self.client = httpx.Client(
            base_url=address, follow_redirects=True, headers={"Accept-Language": language}
        )
        self.page = Page(self.client.get("/"))

    def has(self, session: str) -> None:
        """Be signed in by a session."""
        self.client.cookies.set("session", session, domain="127.0.0.1", path="/")
        self.get("/")

    def get(self, path: str) -> Page:
        """Open a page."""
        self.page = Page(self.client.get(path))
        return self.page

    def press(self, button: str | None = None, **answers: Any) -> Page:
        """Fill in the form with this button as it stands on the page, and press it."""
        self.page = Page(self.client.send(self.request(button, **answers), follow_redirects=True))
        return self.page

    def request(self, button: str | None = None, **answers: Any) -> httpx.Request:
        """What pressing a button would send."""
        form = self.page.form(button=button)
        values = {name: list(each) for name, each in form.values.items()}
        for name, given in answers.items():
            found = _named(form, name)
            values[found] = [given] if isinstance(given, str) else list(given)
            offered = form.offers.get(found)
            assert offered is None or set(values[found]) <= {*offered}, (found, offered)
        pressed = next(
            ((n, v) for n, v, _ in form.buttons if button is None or button in (v, n)), None
        )
        if pressed is not None and pressed[0]:
            values[pressed[0]] = [pressed[1]]
        return self.client.build_request("POST", form.action, data=values)

    def post(self, path: str, data: Mapping[str, Any]) -> Page:
        """Send what no page offers."""
        self.page = Page(self.client.post(path, data=dict(data)))
        return self.page


def _named(form: Form, name: str) -> str:
    """The input of a name, or the column of a row that is asked: ``fact__key__column``."""
    wanted = name.replace("__", ":")
    for each in (name, wanted):
        if each in form.values or each in form.offers:
            return each
    raise AssertionError(f"the page doesn't ask {name}: {sorted({*form.values, *form.offers})}")


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The service on a port of this machine; its address."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="on")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
        assert thread.is_alive(), "the service didn't start"
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@dataclass
class Service:
    """A service that runs: its desk, its app, its address."""

    desk: sstibet.Engine
    app: Any
    address: str
    browsers: list[Browser] = field(default_factory=list)

    def browser(self, person: Any = None, language: str = "zh") -> Browser:
        """A browser, of somebody who is signed in where a person is given."""
        browser = Browser(self.address, language)
        self.browsers.append(browser)
        if person is not None:
            browser.has(self.desk.sessions.open_for(person.actor))
        return browser

    def person(self, role: str) -> Any:
        """Somebody of the cast."""
        return getattr(self.desk.bureau.cast(), role)

    def close(self) -> None:
        """Close the browsers."""
        for each in self.browsers:
            each.client.close()

    def beat(self) -> None:
        """What would happen by itself: the gateway calls back, what is due is delivered."""
        for each in self.desk.bureau.signed_callbacks():
            self.desk.receive(each.port, each.body, each.signature)
        self.desk.deliver()
        self.desk.due()


def start(stack: ExitStack, on: str | None = None, **options: object) -> Service:
    """A counter on a desk of its own, as a demonstration, on its own day or another; it is closed
    with the stack."""
    from counter.app import make_app
    from counter.demo import ON, open_desk, open_press
    from counter.service import Options

    desk = open_desk(on=on or ON)
    stack.callback(desk.close)
    chosen = Options(**{"https": False, "demo": True, **options})
    app = make_app(desk, chosen, seconds=0, press=open_press("http://counter.test"))
    service = Service(desk, app, stack.enter_context(serving(app)))
    stack.callback(service.close)
    return service
