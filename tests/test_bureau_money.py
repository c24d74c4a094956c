"""The embedded bureau's money: orders are paid once, lines booked once, refunds repaid once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bureau_more_scenes import card, code
from bureau_scenes import DUE, declare
from bureau_world import World, sums_after, world
from sstibet.bureau.plain import fen
from sstibet.engine.ports import Unavailable
from sstibet.money import Money
from sstibet.months import Month


@pytest.fixture
def here() -> Iterator[World]:
    """A bureau in memory."""
    made = world()
    yield made
    made.bureau.close()


class TestOrders:
    """One reference is one order: it is paid once at most."""

    def test_two_charges_of_one_order_take_the_money_once(self, here: World) -> None:
        card(here)
        code(here)
        told = here.ready("gateway")

        assert len(told) == 2
        assert len({json.dumps(dict(reply.facts)) for _, reply in told}) == 1
        assert here.bureau.money() == sums_after(fen(DUE))

    @pytest.mark.parametrize("mood", ["later", "slow", "twice"])
    def test_no_charge_of_a_closed_order_succeeds(self, here: World, mood: str) -> None:
        here.bureau.tell("gateway", mood)
        code(here)
        assert here.ask("gateway.close").answer == "closed"
        here.clock.at += 10**6

        assert {reply.answer for _, reply in here.ready("gateway")} == {"declined"}
        assert card(here).answer == "declined"
        assert here.ask("gateway.query").answer == "declined"
        assert here.bureau.money() == sums_after(0)

    def test_what_is_closed_before_it_begins_stays_closed(self, here: World) -> None:
        assert here.ask("gateway.close").answer == "closed"
        assert code(here).answer == "declined"

    def test_after_a_decline_another_card_may_pay(self, here: World) -> None:
        here.bureau.tell("gateway.charge_card", "refuse", times=1)
        card(here)
        assert here.final("gateway").answer == "declined"
        card(here)

        assert here.final("gateway").answer == "succeeded"

    def test_another_amount_is_another_order(self, here: World) -> None:
        code(here)
        other = here.ask("gateway.charge_qr", amount_due=Money.parse("200.01"))

        assert other.answer == "declined"

    def test_a_charge_is_given_back_once(self, here: World) -> None:
        charge = here.charge(here.cast.resident)
        back = {"charge_no": charge, "amount_due": DUE}
        first = here.ask("gateway.give_back", ref="pay-1", **back)
        here.clock.at += 86400

        assert here.ask("gateway.give_back", ref="pay-1", **back) == first
        assert here.bureau.money().given_back == DUE

    def test_nobody_elses_charge_is_given_back(self, here: World) -> None:
        charge = here.charge(here.cast.resident)
        with pytest.raises(Unavailable):
            here.ask("gateway.give_back", ref="pay-2", charge_no=charge, amount_due=DUE)


class TestTheLedger:
    """What is declared is paid once, and what is refunded is refunded once."""

    def test_a_charge_that_comes_late_is_booked_or_given_back(self, here: World) -> None:
        number = here.declare(here.cast.resident)
        facts = {"declaration_no": number, "amount_due": DUE}
        charges = {ref: here.charge(here.cast.resident, ref=ref) for ref in ("a", "b")}
        assert here.ask("ledger.hold", ref="a", **facts).answer == "held"
        here.ask("ledger.release", ref="a", declaration_no=number)
        assert here.ask("ledger.hold", ref="b", **facts).answer == "held"
        answers = {
            ref: here.ask("ledger.book", ref=ref, charge_no=charges[ref], **facts).answer
            for ref in ("a", "b")
        }
        assert answers == {"a": "booked", "b": "not_open"}
        here.ask("gateway.give_back", ref="b", charge_no=charges["b"], amount_due=DUE)

        sums = here.bureau.money()
        assert sums.booked == sums.charged - sums.given_back

    def test_another_payment_cannot_release_a_hold(self, here: World) -> None:
        number = here.declare(here.cast.resident)
        facts = {"declaration_no": number, "amount_due": DUE}
        here.ask("ledger.hold", ref="a", **facts)
        here.ask("ledger.release", ref="b", declaration_no=number)

        assert here.ask("ledger.hold", ref="b", **facts).answer == "being_paid"
        assert here.ask("ledger.hold", ref="a", **facts).answer == "held"

    @pytest.mark.parametrize("amount", ["199.99", "200.01"])
    def test_another_amount_is_not_booked(self, here: World, amount: str) -> None:
        number = here.declare(here.cast.resident)
        charge = here.charge(here.cast.resident)
        due = Money.parse(amount)
        facts = {"declaration_no": number, "amount_due": due}

        assert here.ask("ledger.hold", **facts).answer == "voided"
        assert here.ask("ledger.book", charge_no=charge, **facts).answer == "not_open"

    def test_one_charge_books_one_declaration(self, here: World) -> None:
        numbers = [here.declare(each) for each in (here.cast.resident, here.cast.neighbour)]
        charge = here.charge(here.cast.resident)
        said = [
            here.ask("ledger.book", declaration_no=each, charge_no=charge, amount_due=DUE).answer
            for each in numbers
        ]

        assert said == ["booked", "not_open"]

    def test_what_was_voided_may_be_declared_again(self, here: World) -> None:
        first = here.declare(here.cast.resident)
        here.ask("ledger.void", declaration_no=first)

        assert here.declare(here.cast.resident) != first

    def test_what_stands_in_the_way_is_told_with_its_lines(self, here: World) -> None:
        first = here.declare(here.cast.resident)
        told = declare(here, "500.00", "500.00").facts

        assert (told["declaration_no"], told["amount_due"]) == (first, "200.00")
        assert [line["amount"] for line in told["declaration_lines"]] == ["200.00"]

    def test_one_line_twice_in_one_declaration_is_refused(self, here: World) -> None:
        line = _declared(here)["declaration_lines"][0]
        answer = here.ask("ledger.declare", declaration_lines=(line, line), amount_due=DUE + DUE)

        assert answer.answer == "refused"

    def test_others_see_and_void_nothing(self, here: World) -> None:
        number = here.declare(here.cast.resident)
        stranger = here.cast.neighbour

        for verb in ("ledger.void", "ledger.declaration"):
            assert here.ask(verb, stranger, declaration_no=number).answer == "not_found"
        assert here.ask("ledger.declared", stranger).answer == "none"

    def test_the_payer_and_the_insured_both_see_it(self, here: World) -> None:
        neighbour = here.cast.neighbour
        line = here.line(neighbour, "resident_pension", "200.00", coverage_year=2025)
        facts = {"declaration_lines": (line,), "amount_due": DUE}
        here.find(here.cast.resident, neighbour)
        here.ask("ledger.declare", here.cast.resident, **facts)

        for person in (here.cast.resident, here.cast.neighbour):
            [row] = here.ask("ledger.declared", person).facts["declarations"]
            assert (row["period"], row["status"], row["amount"]) == ("2025", "unpaid", "200.00")

    def test_lists_come_by_tens_and_the_last_page_stands_for_those_past_it(
        self, here: World
    ) -> None:
        for year in range(2000, 2023):
            line = here.line(here.cast.resident, "resident_pension", "1", coverage_year=year)
            facts = {"declaration_lines": (line,), "amount_due": Money(100)}
            assert here.ask("ledger.declare", **facts).answer == "declared"
        pages = [here.ask("ledger.declared", page_number=n).facts for n in (1, 3, 9)]

        assert [len(page["declarations"]) for page in pages] == [10, 3, 3]
        assert [(page["page_number"], page["page_count"]) for page in pages] == [
            (1, 3), (3, 3), (3, 3),
        ]  # fmt: skip
        assert pages[0]["declarations"][0]["period"] == "2022"

    def test_a_voucher_is_454016_the_month_and_eight_digits(self, here: World) -> None:
        voucher = here.pay(here.cast.resident)

        assert len(voucher) == 18
        assert voucher[:10] == "4540162510"

    def test_a_booked_line_is_a_payment_with_its_account_part(self, here: World) -> None:
        person = here.cast.worker
        base = Money.parse("10000.07")
        line = here.line(person, "flexible_pension", "2000.01", month=Month.at(2025, 11), base=base)
        due = Money.parse("2000.01")
        number = here.ask(
            "ledger.declare", person, declaration_lines=(line,), amount_due=due
        ).facts["declaration_no"]
        charge = here.charge(person, "2000.01")
        here.ask("ledger.book", person, declaration_no=number, charge_no=charge, amount_due=due)
        [row] = here.refundable(person, "flexible_pension")

        # 8 % of 10000.07 is 800.0056.
        assert (row["amount"], row["account_part"], row["month"]) == (
            "2000.01",
            "800.01",
            "2025-11",
        )
        assert (row["booked_in"], row["given_back"], row["status"]) == (True, "0.00", "booked_in")

    def test_months_tell_how_each_stands(self, here: World) -> None:
        person = here.cast.flexible
        scheme, key = "flexible_pension", person.enrolled("flexible_pension")
        line = here.line(person, scheme, "1600.00", month=Month.at(2025, 11))
        facts = {"declaration_lines": (line,), "amount_due": Money.parse("1600.00")}
        here.ask("ledger.declare", person, **facts)
        period = {"period_from": Month.at(2025, 8), "period_to": Month.at(2025, 12)}
        asked = {"enrolment": key, "scheme": scheme, **period}
        rows = here.ask("ledger.months", person, base_tier="100", **asked).facts["month_lines"]

        assert [(r["line"], r["paid"], r["declared"]) for r in rows] == [
            ("2025-08", False, False),
            ("2025-09", True, False),
            ("2025-10", True, False),
            ("2025-11", False, True),
            ("2025-12", False, False),
        ]
        assert {r["base"] for r in rows} == {"8000.00"}
        assert not any("tier" in r for r in rows)

    def test_a_month_without_a_base_has_what_was_told(self, here: World) -> None:
        person, scheme = here.cast.worker, "flexible_pension"
        month = Month.at(2025, 12)
        period = {"period_from": month, "period_to": month}
        asked = {"enrolment": person.enrolled(scheme), "scheme": scheme, **period}
        told = [
            here.ask("ledger.months", person, **asked, **more).facts["month_lines"][0]
            for more in ({}, {"base_tier": "60"}, {"base": Money.parse("9000")})
        ]

        assert [(row.get("tier"), row.get("base")) for row in told] == [
            (None, None), ("60", None), (None, "9000.00"),
        ]  # fmt: skip

    def test_a_refund_is_repaid_once_under_two_keys(self, here: World) -> None:
        person = here.cast.refunder
        number, total = here.reserve(person)
        facts = {"refund_no": number, "refund_total": total, "account": person.accounts[0]}
        for _ in range(2):
            assert here.ask("ledger.give_back", person, **facts).answer == "repaying"
        told = here.ready("ledger")

        assert [reply.answer for _, reply in told] == ["repaid", "repaid"]
        assert here.ask("ledger.give_back", person, **facts).answer == "repaid"
        assert here.bureau.money().refunded == total

    def test_what_is_refunded_may_be_declared_again(self, here: World) -> None:
        person = here.cast.agreed  # who has an account, and has paid nothing
        here.pay(person)
        number, total = here.reserve(person)
        here.bureau.tell("ledger.give_back", "prompt")
        facts = {"refund_no": number, "refund_total": total, "account": person.accounts[0]}
        assert here.ask("ledger.give_back", person, **facts).answer == "repaid"

        assert here.declare(person) != ""

    def test_a_dropped_refund_lets_its_lines_go(self, here: World) -> None:
        person = here.cast.refunder
        before = here.refundable(person)
        number, _ = here.reserve(person)
        assert len(here.refundable(person)) == len(before) - 1
        here.ask("ledger.drop_refund", person, refund_no=number)

        assert here.refundable(person) == before

    def test_part_of_a_line_is_refunded_and_the_rest_later(self, here: World) -> None:
        person = here.cast.refunder
        row = here.refundable(person)[-1]
        whole = fen(row["amount"])
        for part, state in ((Money(1), "part_refunded"), (Money(whole - 1), "refunded")):
            line = {"payment": row["payment"], "refund_amount": part}
            facts = {"refund_lines": (line,), "refund_total": part}
            number = here.ask("ledger.reserve_refund", person, **facts).facts["refund_no"]
            here.bureau.tell("ledger.give_back", "prompt")
            paid = {"refund_no": number, "refund_total": part, "account": person.accounts[0]}
            assert here.ask("ledger.give_back", person, **paid).answer == "repaid"
            assert _status(here, row["payment"]) == state

        assert here.bureau.money().refunded == Money(whole)

    def test_nobody_refunds_what_is_not_theirs(self, here: World) -> None:
        row = here.refundable(here.cast.refunder)[-1]
        facts = {"refund_lines": (row,), "refund_total": Money.parse(row["amount"])}
        answer = here.ask("ledger.reserve_refund", here.cast.resident, **facts)

        assert answer.answer == "already_refunded"

    def test_of_one_period_no_two_payments_live(self, here: World) -> None:
        here.pay(here.cast.resident)
        live = [each for each in here.bureau.live_payments() if not each.seeded]

        assert [(each.actor, each.period, each.status) for each in live] == [
            ("p0001", "2025", "paid")
        ]


def _status(here: World, payment: str) -> str:
    for page in (1, 2):
        rows = here.ask("ledger.paid", here.cast.refunder, page_number=page).facts["payments"]
        for row in rows:
            if row["payment"] == payment:
                return str(row["status"])
    raise LookupError(payment)


def _declared(here: World) -> dict[str, Any]:
    line = here.line(here.cast.resident, "resident_pension", "200.00", coverage_year=2025)
    return {"declaration_lines": (line,), "amount_due": DUE}
