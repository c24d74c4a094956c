"""Why this amount: all that the library tells of it stands on the page, and needs no script."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from html import unescape

import pytest
from counter_kit import Browser, Page, Service, start
from test_twice import to_payment

from sstibet.cli.scenes import Stage, load_scenes

LANGUAGES = ("zh", "en", "bo")
MOST = 100 * 1024


@pytest.fixture(scope="module")
def played() -> Iterator[tuple[Service, Stage]]:
    """A counter at which months were paid and a payment was given back."""
    with ExitStack() as stack:
        service = start(stack)
        stage = Stage(service.desk, load_scenes())
        # As a demonstration the code is scanned after some seconds; here when it is asked.
        service.desk.bureau.tell("gateway.charge_qr", "usual")
        for name in ("confirms_base", "pays_months", "refunds"):
            stage.play(name)
            service.beat()  # the gateway calls back over the network here
        yield service, stage


def why(page: Page) -> list[str]:
    """The texts of what can be opened: of each, its headline and its steps."""
    found = re.findall(r'<details class="steps"[^>]*>.*?</details>', page.html, re.S)
    texts = [re.sub(r"(?s)<strong>.*?</strong>", "", each) for each in found]
    return [" ".join(unescape(re.sub(r"<[^>]+>", "", each)).split()) for each in texts]


def told(service: Service, ref: str, language: str) -> list[str]:
    """What the library tells of the same item."""
    item = service.desk.store.get(ref)
    assert item is not None
    answers = service.desk.worked_out(ref, actor=item.head.actor)
    return [" ".join(" ".join(each.explain(language).lines()).split()) for each in answers]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_amount_to_be_paid_is_explained_where_it_is_shown_and_where_it_is_paid(
    language: str, service: Service
) -> None:
    """Before it is confirmed, and on the payment's own pages, which know only the sum."""
    person = service.person("resident")
    browser = service.browser(person, language)
    paying = to_payment(service, browser, person)
    ref = paying.url.removeprefix("/items/")
    expected = told(service, ref, language)

    assert len(expected) == 1
    assert "500.00" in expected[0]
    assert why(paying) == expected
    browser.press("cancel")
    confirming = browser.press("void_it")  # voided, so that it can be looked at once more
    assert (paying.faults(), confirming.faults()) == ([], [])
    assert len(paying.html.encode()) < MOST


@pytest.mark.parametrize("language", LANGUAGES)
def test_months_are_explained_with_every_rounding(
    language: str, played: tuple[Service, Stage]
) -> None:
    service, stage = played
    ref = stage.played["pays_months"].ref
    page = service.browser(stage.cast.worker, language).get(f"/items/{ref}")

    assert len(why(page)) == 3
    assert why(page) == told(service, ref, language)
    assert all("753.728" in each for each in why(page))  # before it is rounded
    assert len(page.html.encode()) < MOST


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refund_is_explained_with_the_tests_it_hung_on(
    language: str, played: tuple[Service, Stage]
) -> None:
    service, stage = played
    ref = stage.played["refunds"].ref
    page = service.browser(stage.cast.refunder, language).get(f"/items/{ref}")

    assert why(page) == told(service, ref, language)
    assert why(page)[0].count("refunds.yaml:506") == 2  # the test of which payment it is, of both
    assert page.faults() == []


def to_months(service: Service, browser: Browser, scheme: str, first: str, last: str) -> Page:
    """Months of a flexible worker chosen: the page on which their amount is confirmed."""
    person = service.person("worker")
    browser.get("/services/flexible_payment")
    browser.press("flexible_payment")
    browser.press("submit", insured_name=person.name, insured_id_number=person.id_number)
    browser.press("submit", chosen_enrolments=person.enrolled(scheme))
    browser.press("_next", period_from=first, period_to=last)
    browser.press("submit", base="9421.60")
    offered = browser.page.form(button="submit").offers["chosen_months"]
    return browser.press("submit", chosen_months=offered)


def test_a_rule_that_was_made_up_is_marked(service: Service) -> None:
    """In front, without opening anything; and at each rule itself."""
    browser = service.browser(service.person("worker"), "en")
    page = to_months(service, browser, "flexible_medical", "2025-10", "2025-10")
    [told_once] = why(page)
    made_up = re.findall(r'<li class="step-synthetic">(.*?)<strong>', page.html)

    assert '<p class="synthetic">' in page.html
    assert len(made_up) >= 2
    assert told_once.count("[synthetic") == len(made_up)


def test_two_years_of_months_are_explained_some_at_a_time(serve: Callable[..., Service]) -> None:
    """On pages of their own, so that no page is long; each month once, in its order."""
    service = serve(on="2024-01-10T09:00")
    browser = service.browser(service.person("worker"), "en")
    page = to_months(service, browser, "flexible_medical", "2024-01", "2025-12")
    ref = page.url.removeprefix("/items/")
    expected = told(service, ref, "en")

    assert len(expected) == 24
    assert why(page) == []
    assert f"/items/{ref}/why" in page.links
    found, path = list[str](), f"/items/{ref}/why"
    while path:
        each = browser.get(path)
        assert (each.status, each.faults()) == (200, [])
        assert len(each.html.encode()) < MOST
        found += why(each)
        path = next(iter(re.findall(r'href="([^"]*)" rel="next"', each.html)), "")
    assert len(page.html.encode()) < MOST
    assert [each.split(":")[0] for each in found] == [each.split(":")[0] for each in expected]
    for shown, wanted in zip(found, expected, strict=True):
        assert set(wanted.split()) <= set(shown.split())


def test_nobody_elses_amount_is_explained(played: tuple[Service, Stage]) -> None:
    service, stage = played
    ref = stage.played["refunds"].ref
    page = service.browser(stage.cast.worker).get(f"/items/{ref}/why")
    assert page.status == 404
    assert why(page) == []
    assert service.browser().get(f"/items/{ref}/why").status in (401, 404)


def test_other_languages_inside_of_a_sentence_are_marked(played: tuple[Service, Stage]) -> None:
    """A document's name is read out in Chinese, in the middle of an English sentence."""
    service, stage = played
    ref = stage.played["pays_months"].ref
    page = service.browser(stage.cast.worker, "en").get(f"/items/{ref}")
    bare = re.sub(r'(?s)<span lang="zh-CN">.*?</span>', "", page.html)
    [*found] = re.findall(r'(?s)<details class="steps"[^>]*>.*?</details>', bare)

    assert found
    assert not any("\u4e00" <= sign <= "\u9fff" for each in found for sign in each)
