"""Every form of the book in both renderers, in a browser: nothing is answered for the person."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from journeys import NOW, named
from playwright.sync_api import Locator, Page, TimeoutError, sync_playwright

import sstibet
from axe_kit import violations

pytestmark = pytest.mark.xdist_group("renderers")

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
RENDERERS = ("rjsf", "jsonforms")
# What each renderer on the page shows, and of which field (None: of none that is known).
LOOK = """
() => [...document.querySelectorAll('.pair')].flatMap((pair) =>
  [...pair.querySelectorAll('.renderer')].map((renderer) => ({
    form: pair.dataset.form,
    renderer: renderer.classList[1],
    text: renderer.innerText,
    answers: JSON.parse(renderer.querySelector('.answers').textContent),
    errors: [...renderer.querySelectorAll('.error-detail li, .validation_error')]
      .filter((each) => each.checkVisibility()).map((each) => each.textContent).filter(Boolean),
    controls: [...renderer.querySelectorAll('input, select, textarea')]
      .filter((each) => each.checkVisibility())
      .map((each) => ({
        html: each.outerHTML.slice(0, 300),
        name: `${each.id} ${each.name} ${each.closest('table')?.id ?? ''}`,
        label: each.getAttribute('aria-label') ||
          [...(each.labels ?? [])].map((label) => label.innerText).join(' ').trim(),
        set: ['radio', 'checkbox'].includes(each.type) ? each.checked : each.value !== '',
      })),
  })))
"""
PRESS = """
(what) => document.querySelectorAll(what).forEach((each) => each.click())
"""


def named_in(known: dict[str, Any]) -> set[str]:
    """The fields that have an answer, and what is known of their rows."""
    rows = (row for value in known.values() if isinstance(value, list) for row in value)
    return {*known, *(name for row in rows if isinstance(row, dict) for name in row)}


class Shown:
    """The page in a browser, and all that it asked for and complained of."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.had: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("requestfinished", lambda request: self.had.append(request.url))
        page.on("requestfailed", self._failed)

    def _said(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _failed(self, request: Any) -> None:
        self.complaints.append(f"{request.url} failed: {request.failure}")

    def go(self, place: str) -> None:
        """To a place on the page, afresh. A page that can't have its files says so at once."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.url}#{place}")
        try:
            self.page.wait_for_selector("nav, [role=alert]")
            assert self.page.locator("nav").count(), self.page.locator("main").inner_text()
        except (TimeoutError, AssertionError) as error:
            told = f"asked for {self.asked[-9:]}, had {self.had[-9:]}, complained of"
            told = f"{told} {self.complaints}: {self.page.content()}"
            raise AssertionError(told[:3000]) from error

    def look(self) -> list[dict[str, Any]]:
        """Every form in every renderer."""
        found: list[dict[str, Any]] = self.page.evaluate(LOOK)
        return found

    def press(self, what: str) -> None:
        """Press all of these buttons."""
        self.page.evaluate(PRESS, what)
        # What follows from it is drawn.
        self.page.evaluate("() => new Promise((done) => setTimeout(done, 300))")


@pytest.fixture(scope="module")
def shown(page_url: str) -> Iterator[Shown]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(40_000)
        yield Shown(page, page_url)
        browser.close()


@pytest.fixture(scope="module")
def forms(page_url: str, modules: Path) -> dict[str, Any]:
    """What was written for the page, by the form's id."""
    written = json.loads((modules / "public" / "forms.json").read_text(encoding="utf-8"))
    return {each["id"]: each for each in written["forms"]}


def test_every_form_of_the_book_is_on_the_page(forms: dict[str, Any]) -> None:
    """The journeys come to all of them; each that asks something was answered, rightly too."""
    book = sstibet.load().contents.forms
    met = {each.partition("/")[2] for each in forms}
    assert met == set(book), "examples/renderers/journeys.py has to come to every form"
    for form in forms.values():
        asked = form["languages"]["zh"]["rjsf"]["ui"]["ui:order"]
        assert bool(asked) <= ("right" in [each["name"] for each in form["answers"]]), form["id"]


@pytest.mark.parametrize("place", ["zh/all", "en/all", "bo/all", "zh/all?stock"])
def test_every_form_is_shown_and_nothing_is_answered_for_the_person(
    place: str, shown: Shown, forms: dict[str, Any]
) -> None:
    """No console error; each control has a label; what is ticked, chosen or filled in is what was
    known before, and just that would be sent. Also with the renderers' own widgets alone."""
    shown.complaints.clear()
    shown.go(place)
    found = shown.look()

    assert shown.complaints == []
    assert {(each["form"], each["renderer"]) for each in found} == {
        (form, renderer) for form in forms for renderer in RENDERERS
    }
    for each in found:
        known = forms[each["form"]]["data"][each["renderer"]]
        assert each["answers"] == known, each["form"]
        assert each["errors"] == [], each["form"]
        for control in each["controls"]:
            of_known = any(
                re.search(rf"[_/]{name}(\b|_|\d)", control["name"]) for name in named_in(known)
            )
            assert not control["set"] or of_known, (each["form"], each["renderer"], control)
            assert control["label"] or "stock" in place, (each["form"], control)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_field_has_its_title_and_what_is_known_is_shown(
    language: str, shown: Shown, met: dict[tuple[str, str], Any]
) -> None:
    """Both renderers show the titles of all that is visible, help, masked values, and each row."""
    shown.go(f"{language}/all")
    for each in shown.look():
        form = met[tuple(each["form"].split("/"))].form  # type: ignore[index]  # item and form
        visible, text = form.visible(form.data()), each["text"]
        for field in form.fields:
            if field.fact not in visible:
                continue
            assert field.label.text(language) in text, (each["form"], each["renderer"], field.fact)
            if field.asked and field.help is not None:
                assert field.help.text(language) in text
            if field.rows is not None:
                rows = [
                    field.rows.cell(row, column, language)
                    for row in field.rows.rows
                    for column in field.rows.shows
                ]
                assert all(cell in text for cell in rows), (each["form"], each["renderer"])
            elif not field.asked:
                assert field.display(language) in text, (each["form"], field.fact)


def test_right_answers_are_found_right_and_wrong_ones_are_told_in_the_persons_words(
    shown: Shown, forms: dict[str, Any]
) -> None:
    """What the engine took both validators take; what it refused by the schema they refuse, at the
    field, in Chinese, and in its own words."""
    shown.go("zh/all")
    shown.press(".samples button:last-child")
    filled = shown.look()
    shown.press("form button[type=submit]")
    for before, after in zip(filled, shown.look(), strict=True):
        samples = {s["name"]: s["sent"] for s in forms[before["form"]]["answers"]}
        if "right" in samples:
            right = samples["right"][before["renderer"]]
            assert before["answers"] == right, (before["form"], before["renderer"])
        assert after["errors"] == [], (after["form"], after["renderer"], after["errors"])

    shown.go("zh/all")
    shown.press("form button[type=submit]")
    told = 0
    for each in shown.look():
        samples = {s["name"]: s for s in forms[each["form"]]["answers"]}
        says = [p["says"]["zh"] for p in samples.get("empty", {"problems": []})["problems"]]
        if forms[each["form"]]["data"]["rjsf"]:
            continue  # not empty, then
        told += len(says)
        assert sorted(each["errors"]) == sorted(says), (each["form"], each["renderer"])
    assert told > 100


@pytest.mark.parametrize("fault", ["not there", "the line is cut", "half of it"])
def test_forms_that_cannot_be_had_are_told_and_can_be_asked_for_again(
    fault: str, shown: Shown, modules: Path
) -> None:
    """By the server's own answer, and where there is none: the page is never just empty."""
    file = modules / "dist" / "forms.json"
    whole = file.read_bytes()
    if fault == "the line is cut":
        shown.page.route("**/forms.json", lambda route: route.abort())
    elif fault == "half of it":
        file.write_bytes(whole[: len(whole) // 2])
    else:
        file.unlink()
    try:
        shown.page.goto("about:blank")
        shown.page.goto(f"{shown.url}#en")
        alert = shown.page.get_by_role("alert")
        alert.wait_for()
        said = alert.inner_text()
        again = shown.page.get_by_role("button", name="Try again")
        broken = list(violations(shown.page))
    finally:
        file.write_bytes(whole)
        shown.page.unroute_all()
    assert said.startswith("The forms could not be loaded")
    assert (fault == "not there") == ("404" in said)
    assert broken == []

    again.click()
    shown.page.wait_for_selector("nav")
    assert shown.page.get_by_role("alert").count() == 0


# What JSON Forms' own table does, and no option of it mends: the column of its buttons has no name.
THEIRS = {"empty-table-header": "<th>&nbsp;</th>"}


@pytest.mark.parametrize("place", ["bo", "en/all", "zh/refund/refund_lines?stock"])
def test_nothing_keeps_the_page_from_anybody(place: str, shown: Shown) -> None:
    """By axe-core: every form in both renderers, and with their own widgets alone."""
    shown.go(place)
    excused = THEIRS if "stock" in place else {}
    assert list(violations(shown.page, excused)) == []
    assert {each.partition(":")[0] for each in violations(shown.page)} == {*excused}


def test_nothing_comes_from_elsewhere(shown: Shown) -> None:
    """The page asks its own file server for all it has, and that only for files of its own."""
    shown.go("en")
    assert shown.asked
    elsewhere = [u for u in shown.asked if not u.startswith((shown.url, "about:", "data:"))]
    assert elsewhere == []


# By hand


class Hand:
    """Somebody who fills in one renderer's form on the page and sends it to a desk."""

    def __init__(self, shown: Shown, desk: sstibet.Engine, renderer: str, who: Any) -> None:
        self.shown, self.desk, self.renderer, self.who = shown, desk, renderer, who
        self.ref = ""

    def sends(self, form: str, fill: Callable[[Locator], None]) -> sstibet.View:
        """Fill in a form from nothing, and send exactly what the page says would be sent."""
        if not self.ref:
            self.ref = self.desk.start(form.split("/")[0], actor=self.who.actor).ref
        self.shown.go(f"en/{form}")
        place = self.shown.page.locator(f".renderer.{self.renderer}")
        fill(place)
        place.locator("summary").click()
        answers = json.loads(place.locator(".answers").inner_text())
        front = self.desk.view(self.ref, actor=self.who.actor).front
        view = self.desk.send(front.ref, "submit", answers, actor=self.who.actor)
        assert not view.refused, (form, answers, view.text("en"))
        while self.desk.deliver():
            pass
        return self.desk.view(self.ref, actor=self.who.actor).front


def label(place: Locator, text: str) -> Locator:
    """A control by the beginning of its label."""
    return place.get_by_label(re.compile(f"^{re.escape(text)}"))


def choose(place: Locator, title: str, word: str) -> None:
    """Choose from a list, or press a radio button of a group, whichever it is."""
    lists = label(place, title).and_(place.locator("select"))
    if lists.count():
        lists.first.select_option(label=word)
        return
    groups = place.locator(".rjsf-field, fieldset.radios")
    own = groups.filter(has=place.page.get_by_text(re.compile(f"^{re.escape(title)}"))).filter(
        has=place.page.locator("input[type=radio]")
    )
    own.last.get_by_label(word, exact=True).check()


@pytest.fixture
def desk() -> Iterator[sstibet.Engine]:
    found = sstibet.Engine.open(clock=sstibet.SetClock.on(NOW))
    yield found
    found.close()


@pytest.mark.parametrize("renderer", RENDERERS)
def test_a_residents_premiums_by_hand(renderer: str, shown: Shown, desk: sstibet.Engine) -> None:
    """Text, ticked rows, a choice, columns of rows as whole numbers and as tiers, cards: what the
    page would send the engine takes, to the payment."""
    who = desk.bureau.cast().resident
    hand = Hand(shown, desk, renderer, who)
    answers = named(who)

    def says_who(place: Locator) -> None:
        label(place, "name of the insured").fill(answers["insured_name"])
        label(place, "ID number of the insured").fill(answers["insured_id_number"])

    def ticks_all(place: Locator) -> None:
        for each in place.get_by_role("checkbox").all():
            each.check()

    def chooses_years(place: Locator) -> None:
        place.get_by_role("radio").first.check()
        years = place.locator("td input").all()
        years[0].fill("2025")
        years[1].fill("2026")

    def chooses_tiers(place: Locator) -> None:
        tiers = place.locator("td select").all()
        tiers[0].select_option("500")
        tiers[1].select_option("standard")

    hand.sends("resident_payment/resident_who", says_who)
    hand.sends("resident_payment/resident_enrolments", ticks_all)
    hand.sends("resident_payment/resident_years", chooses_years)
    view = hand.sends("resident_payment/resident_tiers", chooses_tiers)
    assert view.answers["amount_due"] == "900.00"
    view = hand.sends("resident_payment/resident_confirm", lambda _: None)
    assert view.item == "payment"


@pytest.mark.parametrize("renderer", RENDERERS)
def test_an_account_and_an_agreement_by_hand(
    renderer: str, shown: Shown, desk: sstibet.Engine
) -> None:
    """Lists, dates, yes and no, one row of several; fields that an answer shows: what was typed
    into them is left out when they are hidden again."""
    who = desk.bureau.cast().worker

    def files(place: Locator) -> None:
        choose(place, "administrative division", "Lhasa")
        choose(place, "bank", "China Construction Bank")
        label(place, "branch").fill("虚构支行")
        label(place, "account number").fill("6227000000000000029")
        label(place, "opened on").fill("2020-02-29")
        choose(place, "preferred for paying", "yes")
        choose(place, "account for refunds", "yes")

    def one_row(place: Locator) -> None:
        place.locator("td input[type=radio]").first.check()

    def anothers(place: Locator) -> None:
        choose(place, "the card is another person's", "yes")
        label(place, "name of the card's holder").fill("卓玛")
        choose(place, "the card is another person's", "no")

    Hand(shown, desk, renderer, who).sends("account_filing/account_filing", files)
    hand = Hand(shown, desk, renderer, who)
    scheme = lambda place: choose(place, "insurance", "flexible workers' pension")  # noqa: E731 - short
    hand.sends("debit_agreement/agreement_person", scheme)
    hand.sends("debit_agreement/agreement_account", one_row)
    view = hand.sends("debit_agreement/agreement_card", anothers)
    assert view.state == "active"
    kept = desk.store.get(hand.ref)
    assert kept is not None
    assert "holder_name" not in kept.answers
