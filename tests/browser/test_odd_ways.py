"""What people do to pages: two tabs, the back button, a double click, a session that ends, and no
mouse at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browser_kit import DESK, PHONE, Citizen, Way
from counter_kit import Service
from playwright.sync_api import Browser, Page, expect

ON_A_PHONE, AT_A_DESK = Way(PHONE, "zh", scripts=True), Way(DESK, "en", scripts=True)
CARD, PIN = "6227000000000000011", "246810"


@pytest.fixture
def citizen(service: Service, browser: Browser) -> Iterator[Citizen]:
    """A resident with a telephone."""
    found = Citizen(service, browser, ON_A_PHONE, service.person("resident"))
    yield found
    found.close()


def pension(citizen: Citizen) -> dict[str, str]:
    """The resident's pension, as a row that is ticked."""
    person: Any = citizen.person
    [key] = [each.enrolment for each in person.enrolments if each.scheme == "resident_pension"]
    return {"key": key}


def to_payment(citizen: Citizen) -> str:
    """The pension of this year at 200 yuan, declared; the payment is to be chosen."""
    person, row = citizen.person, pension(citizen)
    assert person is not None
    ref = citizen.begin("resident_payment")
    citizen.do("submit", {"insured_name": person.name, "insured_id_number": person.id_number})
    citizen.do("submit", {"chosen_enrolments": [row]})
    years = [{**row, "coverage_year": "2025"}]
    citizen.do("submit", {"pay_mode": "ordinary", "chosen_enrolments": years})
    citizen.do("submit", {"chosen_enrolments": [{**row, "tier": "200"}]})
    citizen.do("submit", {})
    return ref


def to_the_last_button(citizen: Citizen) -> str:
    """The card's screens filled in; only the button that pays is left to be pressed."""
    ref = to_payment(citizen)
    citizen.do("submit", {"channel": "ccb"})
    person = citizen.person
    assert person is not None
    citizen.do("submit", {"card_number": CARD, "id_last_four": person.id_number[-4:]})
    citizen.page.locator('[name="card_holder"]').fill(person.name)
    citizen.page.locator('[name="withdrawal_password"]').fill(PIN)
    return ref


def charged(service: Service) -> int:
    """What the gateway has charged since the counter was opened, in fen."""
    orders = service.desk.bureau.money().charged.fen
    return int(orders)


def quiet(service: Service) -> None:
    """Let everything happen that happens by itself."""
    for _ in range(4):
        service.beat()


class TestPaying:
    """One payment, however it is pressed."""

    def test_a_double_click_on_pay_pays_once(self, service: Service, citizen: Citizen) -> None:
        before = charged(service)
        ref = to_the_last_button(citizen)
        with citizen.page.expect_navigation():
            citizen.button("submit").first.dblclick()
        citizen.page.wait_for_load_state("networkidle")
        quiet(service)
        citizen.go(f"/items/{ref}")
        expect(citizen.page.locator(".end.well")).to_be_visible()
        assert charged(service) - before == 20_000

    def test_back_after_paying_shows_how_it_stands_and_pays_nothing_again(
        self, service: Service, citizen: Citizen
    ) -> None:
        before = charged(service)
        ref = to_the_last_button(citizen)
        citizen.press(citizen.button("submit"))
        quiet(service)
        citizen.go(f"/items/{ref}")
        page = citizen.page
        for _ in range(3):
            page.go_back()
            button = page.locator('main button[name="_event"]')
            if button.count():
                citizen.press(button)
        quiet(service)
        citizen.go(f"/items/{ref}")
        expect(page.locator(".end.well")).to_be_visible()
        assert charged(service) - before == 20_000

    def test_a_slow_bank_is_waited_for_and_comes(self, service: Service, citizen: Citizen) -> None:
        service.desk.bureau.tell("gateway", "slow", seconds=60)
        ref = to_the_last_button(citizen)
        citizen.press(citizen.button("submit"))
        expect(citizen.page.locator(".waiting")).to_be_visible()
        assert (
            citizen.page.locator("meta[http-equiv=refresh]").count()
            or citizen.page.locator(".waiting a").count()
        )
        service.desk.clock.forward(minutes=2)
        quiet(service)
        citizen.go(f"/items/{ref}")
        expect(citizen.page.locator(".end.well")).to_be_visible()


class TestTwoTabs:
    """The slower one is told, and keeps what was typed."""

    def test_the_slower_tab_sees_what_changed(self, service: Service, citizen: Citizen) -> None:
        person = citizen.person
        assert person is not None
        ref = citizen.begin("resident_payment")
        first, second = citizen.page, citizen.tab()
        second.goto(f"/items/{ref}")
        second.locator('[name="insured_name"]').fill("格桑梅朵")
        citizen.do("submit", {"insured_name": person.name, "insured_id_number": person.id_number})
        citizen.page = second
        citizen.press(citizen.button("submit"))
        assert second.locator('.note, .errors, [role="status"]').count()
        item = service.desk.store.get(ref)
        assert item is not None
        assert item.answers["insured_name"] == person.name, "what the quicker one sent stands"
        citizen.page = first
        citizen.do("submit", {"chosen_enrolments": [pension(citizen)]})


class TestSessions:
    """A session that ends in the middle loses nothing."""

    def test_one_signs_in_again_and_goes_on_where_one_was(
        self, service: Service, citizen: Citizen
    ) -> None:
        person = citizen.person
        assert person is not None
        ref = citizen.begin("resident_payment")
        citizen.do("submit", {"insured_name": person.name, "insured_id_number": person.id_number})
        service.desk.sessions.end_all(person.actor)
        citizen.page.reload()
        assert not citizen.page.locator('[name="chosen_enrolments"]').count()
        assert person.name not in citizen.page.content()
        citizen.press(citizen.page.locator('main button[name="_begin"][value="login"]'))
        citizen.do("send_code", {"user_name": str(person.user_name)})
        code = service.desk.bureau.code(person.mobile)
        password = service.desk.bureau.demo_password(person)
        typed = {"user_name": str(person.user_name), "password": password, "sms_code": code}
        citizen.do("submit", typed)
        assert citizen.ref == ref, "back where one was"
        citizen.do("submit", {"chosen_enrolments": [pension(citizen)]})

    def test_anothers_item_by_a_changed_address_is_as_none(
        self, service: Service, browser: Browser, citizen: Citizen
    ) -> None:
        ref = citizen.begin("resident_payment")
        other = Citizen(service, browser, ON_A_PHONE, service.person("neighbour"))
        told = set()
        for each in (ref, ref[::-1], "x" * 20):
            answer = other.page.goto(f"/items/{each}")
            assert answer is not None
            assert answer.status == 404
            told.add(other.page.locator("main").inner_text().replace(each, "REF"))
        other.close()
        assert len(told) == 1


class TestText:
    """What a person types is text, whatever it looks like."""

    def test_scripts_in_names_are_names(self, service: Service, citizen: Citizen) -> None:
        citizen.begin("resident_payment")
        name = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
        citizen.page.locator('[name="insured_name"]').fill(name)
        citizen.page.locator('[name="insured_id_number"]').fill("1")
        title = citizen.page.title()
        citizen.press(citizen.button("submit"))
        assert citizen.page.locator(".errors").count()
        assert citizen.page.locator("main img, main script").count() == 0
        assert "1" != citizen.page.title() != "2"
        assert title.split(" ")[-1] in citizen.page.title()

    def test_errors_are_told_at_the_top_and_beside_each_field(self, citizen: Citizen) -> None:
        citizen.begin("resident_payment")
        citizen.page.locator('[name="insured_id_number"]').fill("12")
        citizen.press(citizen.button("submit"))
        links = citizen.page.locator(".errors a")
        assert links.count() == 2
        for n in range(2):
            target = (links.nth(n).get_attribute("href") or "").removeprefix("#")
            field = citizen.page.locator(f'[id="{target}"]')
            expect(field).to_have_attribute("aria-invalid", "true")
            described = (field.get_attribute("aria-describedby") or "").split()
            texts = [citizen.page.locator(f'[id="{each}"]').inner_text() for each in described]
            assert any(links.nth(n).inner_text() in text for text in texts)
        expect(citizen.page.locator('[name="insured_id_number"]')).to_have_value("12")


class Keys:
    """Somebody without a mouse: Tab until it is there, Space, Enter, arrows and letters."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def to(self, selector: str) -> None:
        """Tab on until the element has the focus; it must be seen that it has."""
        for _ in range(120):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(_FOCUSED, selector):
                assert self.page.evaluate(_OUTLINED), f"nobody sees that {selector} has the focus"
                return
        raise AssertionError(f"{selector} can't be reached by the keyboard on {self.page.url}")

    def type(self, selector: str, text: str) -> None:
        """Type into an input."""
        self.to(selector)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def answer(self, name: str, value: str) -> None:
        """Answer a field, however it is asked: typed, ticked, or chosen by the arrows; on the next
        screen of the form, where it isn't on this one."""
        found = self.page.locator(f'main [name="{name}"]')
        if not found.count():
            self.enter("_next")
        kind = found.first.get_attribute("type") or found.first.evaluate("it => it.tagName")
        if kind == "checkbox":
            self.to(f'[name="{name}"][value="{value}"]')
            self.page.keyboard.press("Space")
            return None
        if kind not in ("radio", "SELECT"):
            return self.type(f'[name="{name}"]', value)
        self.to(f'[name="{name}"]')
        if kind == "radio":
            self.page.keyboard.press("Space")
        for _ in range(40):
            if self.page.evaluate(_CHOSEN, name) == value:
                return None
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{value} can't be chosen in {name}")

    def rows(self, name: str) -> list[str]:
        """The rows that may be ticked, on this screen or the next."""
        found = self.page.locator(f'main [name="{name}"]:not([disabled])')
        if not found.count():
            self.enter("_next")
        return [each.get_attribute("value") or "" for each in found.all()]

    def enter(self, event: str) -> None:
        """Press an event's button."""
        self.to(f'main button[name="_event"][value="{event}"]')
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")


_FOCUSED = "selector => document.activeElement.matches(selector)"
_CHOSEN = """name => {
  const all = [...document.querySelectorAll(`main [name="${name}"]`)];
  return all[0].tagName === 'SELECT' ? all[0].value : (all.find(it => it.checked) || {}).value;
}"""
_OUTLINED = """() => {
  const it = document.activeElement, at = getComputedStyle(it);
  return at.outlineStyle !== 'none' && parseFloat(at.outlineWidth) >= 2;
}"""


class TestKeyboardAlone:
    """The residents' payment and the refund, without a mouse."""

    def test_the_residents_payment(self, service: Service, browser: Browser) -> None:
        person = service.person("resident")
        citizen = Citizen(service, browser, AT_A_DESK, person)
        key = pension(citizen)["key"]
        citizen.go("/services/resident_payment")
        keys = Keys(citizen.page)
        keys.to('main button[name="_begin"]')
        with citizen.page.expect_navigation():
            citizen.page.keyboard.press("Enter")
        ref = citizen.ref
        keys.type('[name="insured_name"]', person.name)
        keys.type('[name="insured_id_number"]', person.id_number)
        keys.enter("submit")
        keys.answer("chosen_enrolments", key)
        keys.enter("submit")
        keys.answer("pay_mode", "ordinary")
        keys.answer(f"chosen_enrolments:{key}:coverage_year", "2025")
        keys.enter("submit")
        keys.answer(f"chosen_enrolments:{key}:tier", "300")
        keys.enter("submit")
        keys.enter("submit")
        keys.answer("channel", "ccb")
        keys.enter("submit")
        keys.answer("card_number", CARD)
        keys.answer("id_last_four", person.id_number[-4:])
        keys.enter("submit")
        keys.answer("card_holder", person.name)
        keys.answer("withdrawal_password", PIN)
        keys.enter("submit")
        quiet(service)
        item = service.desk.store.get(ref)
        assert item is not None
        assert item.state == "paid"
        citizen.close()

    def test_the_refund(self, service: Service, browser: Browser) -> None:
        person = service.person("refunder")
        citizen = Citizen(service, browser, AT_A_DESK, person)
        citizen.go("/services/refund")
        keys = Keys(citizen.page)
        keys.to('main button[name="_begin"]')
        with citizen.page.expect_navigation():
            citizen.page.keyboard.press("Enter")
        ref = citizen.ref
        keys.enter("submit")
        keys.answer("scheme", "resident_medical")
        keys.enter("submit")
        keys.answer("reason_text", "重复缴费")
        keys.answer("refund_ground", "paid_twice")
        keys.answer("chosen_account", keys.rows("chosen_account")[0])
        keys.enter("submit")
        # A month's picker differs from browser to browser: its value is set as an assistant would.
        citizen.page.locator('[name="period_from"]').fill("2026-01")
        citizen.page.locator('[name="period_to"]').fill("2026-12")
        keys.enter("submit")
        # Paid twice: the second payment is the one that goes back.
        keys.answer("refund_lines", keys.rows("refund_lines")[1])
        keys.enter("submit")
        keys.enter("submit")
        taken = {step for line in service.desk.store.history(ref) for step in line.steps}
        assert {"R1.1", "R1.2", "R1.4", "R1.5", "R1.6", "R1.7"} <= taken
        citizen.close()
