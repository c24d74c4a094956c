"""A certificate is shown, saved as a picture, and verified by the code that stands on it."""

from __future__ import annotations

import pytest
from counter_kit import Browser, Service

SETTLED = "settled"


def issued(service: Service) -> Browser:
    """A browser on the page of a certificate."""
    browser = service.browser(service.person(SETTLED))
    browser.get("/services/payment_certificate")
    browser.press("payment_certificate")
    service.beat()
    browser.get(browser.page.url)
    assert "证明已开具" in browser.page.text
    return browser


class TestPapers:
    """The paper of an item, its owner's alone."""

    def test_a_certificate_is_saved_as_a_picture_and_read_back_from_its_pdf(
        self, service: Service
    ) -> None:
        from sstibet.papers.reading import read_pdf

        pytest.importorskip("typst")
        browser = issued(service)
        url = browser.page.url
        assert f'src="{url}/paper-1.png"' in browser.page.html
        page = browser.press("save_picture")
        assert page.response.headers["refresh"] == f"0; url={url}/paper-1.png?save=1"
        picture = browser.client.get(f"{url}/paper-1.png?save=1")
        assert picture.headers["content-type"] == "image/png"
        assert picture.headers["content-disposition"].startswith("attachment")
        assert picture.content.startswith(b"\x89PNG")
        sealed = read_pdf(browser.client.get(f"{url}/paper.pdf").content)
        actor = service.person(SETTLED).actor
        assert sealed == service.desk.paper(url.removeprefix("/items/"), actor=actor)

    def test_anothers_certificate_is_nowhere(self, service: Service) -> None:
        url = issued(service).page.url
        other = service.browser(service.person("resident"))
        for each in ("paper-1.png", "paper.pdf"):
            assert other.get(f"{url}/{each}").status == 404
        assert other.get(f"{url}/paper-1.exe").status == 404

    def test_the_code_on_a_certificate_leads_to_its_verification(self, service: Service) -> None:
        browser = issued(service)
        ref = browser.page.url.removeprefix("/items/")
        sealed = service.desk.paper(ref, actor=service.person(SETTLED).actor)
        anybody = service.browser()
        address = service.app.state.counter.press.verify_address(sealed.certificate)
        anybody.get(address.removeprefix("http://counter.test"))
        page = anybody.press("verify_payment_certificate")
        assert page.form(button="submit").values["voucher_no"] == [sealed.certificate.voucher_no]
        done = anybody.press("submit", id_number_asked=service.person(SETTLED).id_number)
        assert "查验相符" in done.text
        wrong = anybody.get("/verify?kind=<script>&voucher_no=<script>")
        assert wrong.status == 404
        assert "<script>" not in anybody.get("/verify?voucher_no=<script>").html
