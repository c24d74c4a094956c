"""A real browser at the counter: the scenes of the guide played page by page, as a citizen would.

What a scene says (`sstibet.cli.scenes`) is typed and pressed on the page, never sent to the engine;
which steps of the guide that took is then read from the engine's history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from counter_kit import Service
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright

from axe_kit import violations
from sstibet import View
from sstibet.bureau import Person
from sstibet.cli.scenes import Act, Fault, Played, Scenes, Stage, load_scenes

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
LEAST_TARGET = 44  # px, in both directions
_PATIENCE = 40_000  # ms until a page that doesn't come is a fault


@dataclass(frozen=True)
class Way:
    """How somebody looks at the counter: on what, in which language, with JavaScript or without."""

    screen: Mapping[str, int]
    language: str
    scripts: bool

    def __str__(self) -> str:
        return f"{self.screen['width']}-{self.language}{'' if self.scripts else '-no-js'}"


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A browser with a profile of its own."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
    try:
        yield browser
    finally:
        browser.close()


class Citizen:
    """Somebody at the counter, with a window of their own."""

    def __init__(
        self, service: Service, browser: Browser, way: Way, person: Person | None = None
    ) -> None:
        self.service, self.way, self.person = service, way, person
        self.context: BrowserContext = browser.new_context(
            viewport=dict(way.screen),  # type: ignore[arg-type]  # two whole numbers
            locale={"zh": "zh-CN", "en": "en-GB", "bo": "bo"}[way.language],
            java_script_enabled=way.scripts,
            base_url=service.address,
        )
        self.context.set_default_timeout(_PATIENCE)
        self.look: Callable[[Page], None] = lambda page: None
        self.errors: list[str] = []
        self.page = self.tab()
        if person is not None:
            self.signed_in(person)

    def tab(self) -> Page:
        """Another tab. What its console complains of is kept."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._said)
        return page

    def _said(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def signed_in(self, person: Person) -> None:
        """Signed in without the pages: those of signing in have scenes of their own."""
        token = self.service.desk.sessions.open_for(person.actor)
        self.context.add_cookies([{"name": "session", "value": token, "url": self.service.address}])

    def go(self, path: str) -> Page:
        """Open a page, and look at it."""
        self.page.goto(path)
        self.look(self.page)
        return self.page

    def begin(self, item: str) -> str:
        """Begin an item from its page. Its reference."""
        self.go(f"/services/{item}")
        self.press(self.page.locator(f'main button[name="_begin"][value="{item}"]'))
        return self.ref

    @property
    def ref(self) -> str:
        """The item whose page is open."""
        return self.page.url.partition("/items/")[2].partition("?")[0].partition("#")[0]

    def press(self, button: Locator) -> None:
        """Press a button and wait for the page that it leads to."""
        with self.page.expect_navigation():
            button.first.click()
        self.look(self.page)

    def button(self, event: str) -> Locator:
        """The button of an event."""
        return self.page.locator(f'main button[name="_event"][value="{event}"]')

    def do(self, event: str, answers: Mapping[str, Any]) -> None:
        """Fill in what the page asks, screen by screen, and press the event's button."""
        left = dict(answers)
        for _ in range(10):
            for name in [each for each in left if self._fill(event, each, left[each])]:
                del left[name]
            if self.button(event).count():
                break
            if len(left) == 1 and (row := self._row_button(event, left)) is not None:
                return self.press(row)
            if not self.button("_next").count():
                raise Fault(f"there is no button {event!r} on {self.page.url}")
            self.press(self.button("_next"))
        if left:
            raise Fault(f"the page {self.page.url} doesn't ask {', '.join(left)}")
        return self.press(self.button(event))

    def _row_button(self, event: str, left: Mapping[str, Any]) -> Locator | None:
        """A button beside a row, where the event takes one row and nothing else."""
        [(name, value)] = left.items()
        rows = value if isinstance(value, list) else [value]
        row = rows[0]
        if len(rows) > 1 or not isinstance(row, Mapping):
            return None
        found = self.page.locator(f'main button[name="{name}"][value="{row["key"]}"]')
        return found if found.count() else None

    def _fill(self, event: str, name: str, value: Any) -> bool:
        """Fill one answer in, where the page asks it; whether it does."""
        # An event with a form of its own has its inputs in that form.
        form = self.page.locator("main form", has=self.button(event))
        place = form.first if form.count() else self.page.locator("main")
        if isinstance(value, (list, dict)):
            rows = value if isinstance(value, list) else [value]
            ticked = [self._tick(place, name, row) for row in rows]  # all of them, one by one
            return all(ticked)
        found = place.locator(f'[name="{name}"]')
        return bool(found.count()) and self._enter(found, str(value))

    def _tick(self, place: Locator, name: str, row: Mapping[str, Any]) -> bool:
        key, asked = row["key"], {column: v for column, v in row.items() if column != "key"}
        picks = place.locator(f'[name="{name}"][value="{key}"]')
        if not picks.count() or picks.first.evaluate("it => it.tagName") == "BUTTON":
            return False
        if picks.first.get_attribute("type") != "hidden":
            picks.first.check()
        for column, value in asked.items():
            self._enter(place.locator(f'[name="{name}:{key}:{column}"]'), str(value))
        return True

    def _enter(self, found: Locator, value: str) -> bool:
        first = found.first
        kind = first.get_attribute("type") or first.evaluate("it => it.tagName")
        if kind == "SELECT":
            first.select_option(value)
        elif kind == "radio":
            found.and_(self.page.locator(f'[value="{value}"]')).check()
        elif kind == "checkbox":
            first.set_checked(value == "yes")
        else:
            first.fill(value)
        return True

    def close(self) -> None:
        """Close the window."""
        self.context.close()


class Screen(Stage):
    """A stage whose persons sit before a browser."""

    def __init__(self, service: Service, browser: Browser, way: Way) -> None:
        super().__init__(service.desk, load_scenes())
        self.service, self.browser, self.way = service, browser, way
        self.look: Callable[[Page], None] = lambda page: None
        self.errors: list[str] = []
        # As a demonstration the code is scanned after some seconds; here when the gateway is asked.
        self.desk.bureau.tell("gateway.charge_qr", "usual")

    def play(self, name: str) -> Played:
        """Play one scene in a window of its own."""
        scene, faults, ref = self.scenes.scenes[name], list[str](), ""
        rules = self.desk.book.contents.items[scene.item]
        person = getattr(self.cast, scene.by) if rules.open_to == "person" else None
        citizen = Citizen(self.service, self.browser, self.way, person)
        citizen.look = self.look
        view: View | None = None
        try:
            ref = citizen.begin(scene.item)
            for number, act in enumerate(scene.acts, 1):
                self._act(citizen, ref, number, act)
            item = self.desk.store.get(ref)
            assert item is not None
            if item.state != scene.ends:
                faults.append(f"ends in {item.state!r}, not in {scene.ends!r}")
        except Exception as error:  # a scene that breaks is a fault of its own, not of the others'
            faults.append(f"{type(error).__name__}: {error} ({citizen.page.url})")
        self.errors += citizen.errors
        citizen.close()
        taken = tuple(self._taken(name, ref)) if ref else ()
        lacking = [step for step in scene.takes if all(step != each.step for each in taken)]
        if lacking:
            faults.append(f"did not take {', '.join(lacking)}")
        self.played[name] = Played(name, ref, view, taken, tuple(faults))
        return self.played[name]

    def _act(self, citizen: Citizen, ref: str, number: int, act: Act) -> None:
        item = self.desk.store.get(ref)
        assert item is not None
        if act.send is not None:
            front = self.desk.view(ref, actor=item.head.actor).front
            form = front.forms.get(act.send, front.form)
            answers = {name: self._value(form, name, v) for name, v in act.with_.items()}
            citizen.do(act.send, answers)
            errors = citizen.page.locator(".errors")
            if errors.count():
                raise Fault(f"act {number} ({act.send}) is refused: {errors.first.inner_text()}")
        if act.wait is not None:
            wait = act.wait
            self.desk.clock.forward(days=wait.days, hours=wait.hours, minutes=wait.minutes)  # type: ignore[attr-defined]  # the demo's clock can be put forward
        if act.deliver or act.wait is not None:
            for _ in range(3):
                self.service.beat()
            citizen.go(f"/items/{ref}")


SCENES: Scenes = load_scenes()


class Inspector:
    """Looks at each page once: axe-core, targets, width, shifts of the layout."""

    def __init__(self) -> None:
        self.seen = set[str]()
        self._found: dict[str, str] = {}

    def look(self, page: Page) -> None:
        """Look at a page, if none like it was seen."""
        kind = page.evaluate(_KIND)
        if kind in self.seen:
            return
        self.seen.add(kind)
        for broken in violations(page):
            self._found.setdefault(broken, page.url)
        for told in page.evaluate(_LAYOUT, LEAST_TARGET):
            self._found.setdefault(told, page.url)

    @property
    def found(self) -> list[str]:
        """What is wrong, each thing once, with the first page that has it."""
        return [f"{told} ({url})" for told, url in self._found.items()]


# A page is like another where its headings, its fields and its buttons are the same.
_KIND = """() => [location.pathname.split('/')[1], document.title,
  ...[...document.querySelectorAll('main [name]')]
    .map(it => it.type + it.name.split(':')[0])].join('|')"""
_LAYOUT = """async (least) => {
  const found = [];
  const wide = document.documentElement.scrollWidth;
  if (wide > window.innerWidth) found.push(`is wider than its window: ${wide} px`);
  const inline = (it) => it.closest('p, dd, li, td, .small') && it.tagName === 'A'
    && getComputedStyle(it).display === 'inline';
  const targets = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
  for (const it of document.querySelectorAll(targets)) {
    const label = (it.type === 'radio' || it.type === 'checkbox') ? it.closest('label') : it;
    const box = label.getBoundingClientRect();
    const hidden = !box.width || getComputedStyle(label).visibility === 'hidden';
    if (hidden || it.classList.contains('skip') || inline(it)) continue;
    if (box.height < least - 0.5 || box.width < least - 0.5) {
      const size = `${Math.round(box.width)} x ${Math.round(box.height)} px`;
      found.push(`a target of ${size}: ${it.outerHTML.slice(0, 120)}`);
    }
  }
  const shifts = await new Promise(done => {
    let sum = 0;
    const own = list => list.getEntries().filter(it => !it.hadRecentInput);
    const add = list => own(list).forEach(it => { sum += it.value; });
    new PerformanceObserver(add).observe({type: 'layout-shift', buffered: true});
    setTimeout(() => done(sum), 50);
  });
  // Below a thousandth nobody sees it: a scroll bar that comes, on a machine that is busy.
  if (shifts > 0.001) found.push(`its layout shifts by ${shifts}`);
  return found;
}"""
