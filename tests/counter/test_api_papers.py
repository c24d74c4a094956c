"""The JSON API: certificates, sealed, on paper and as pictures; and those that are brought."""

from __future__ import annotations

from typing import Any

from api_kit import Caller, Counter, kind_of


class TestCertificates:
    """What an item has certified: sealed, on paper, as a picture; and verified."""

    def issued(self, counter: Counter) -> tuple[Caller, str]:
        """The payment certificate of somebody who has paid."""
        caller = counter.caller(counter.cast.refunder)
        ref = str(caller.start("payment_certificate")["ref"])
        while counter.desk.deliver():
            pass
        assert caller.see(ref)["state"] == "issued"
        return caller, ref

    def test_it_is_had_in_every_form(self, counter: Counter) -> None:
        caller, ref = self.issued(counter)
        sealed = caller.call("GET", f"/items/{ref}/certificate", expect=200)
        own = counter.desk.paper(ref, actor=counter.cast.refunder.actor)
        assert sealed.text == own.text()
        pdf = caller.call("GET", f"/items/{ref}/certificate.pdf", expect=200)
        assert pdf.content.startswith(b"%PDF-")
        png = caller.call("GET", f"/items/{ref}/certificate.png", expect=200)
        assert png.content.startswith(b"\x89PNG")
        caller.call("GET", f"/items/{ref}/certificate.png?page=99", expect=404)

    def test_a_changed_one_is_told(self, counter: Counter) -> None:
        caller, ref = self.issued(counter)
        sealed = caller.call("GET", f"/items/{ref}/certificate", expect=200).json()
        anybody = counter.caller()

        def standing(told: Any) -> str:
            found = anybody.call("POST", "/certificates/verify", told, expect=200)
            return str(found.json()["standing"])

        assert standing(sealed) == "genuine"
        [number] = [name for name in sealed["certificate"] if name == "number"]
        other = {**sealed, "certificate": {**sealed["certificate"], number: "1"}}
        assert standing(other) == "altered"
        assert standing({**sealed, "key": "another"}) == "unknown_key"
        for told in ({}, {**sealed, "more": 1}, {**sealed, "certificate": {}}, [], 7):
            problem = anybody.call("POST", "/certificates/verify", told, expect=422).json()
            assert kind_of(problem) == "wrong-fields"

    def test_who_has_none_is_told_so(self, counter: Counter) -> None:
        caller, ref = self.issued(counter)
        other = counter.caller(counter.cast.neighbour)
        unpaid = caller.start("refund")["ref"]
        for ending in ("", ".pdf", ".png"):
            another = other.call("GET", f"/items/{ref}/certificate{ending}", expect=404)
            assert kind_of(another.json()) == "not-found"
            none = caller.call("GET", f"/items/{unpaid}/certificate{ending}", expect=404)
            assert kind_of(none.json()) == "no-certificate"
