"""For every answer of every verb of ``ports.yaml``: how it comes about at the bureau."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bureau_world import ACCOUNT, World
from sstibet.engine.ports import Reply
from sstibet.money import Money
from sstibet.months import Month

Scene = Callable[[World], Reply]
SCENES: dict[tuple[str, str], Scene] = {}
DUE = Money.parse("200.00")
PERIOD = {"period_from": Month.at(2020, 1), "period_to": Month.at(2027, 12)}
LONG = "柳絮 blue kettle 42"


def scene(verb: str, *answers: str) -> Callable[[Scene], Scene]:
    """Marks how an answer of a verb comes about."""

    def keep(made: Scene) -> Scene:
        for answer in answers:
            assert (verb, answer) not in SCENES
            SCENES[verb, answer] = made
        return made

    return keep


def told(verb: str, answer: str, mood: str, **facts: Any) -> None:
    """A verb that answers so of its own when its mood is such."""

    @scene(verb, answer)
    def play(world: World) -> Reply:
        world.bureau.tell(verb, mood)
        return world.ask(verb, world.cast.refunder, **facts)


def simple(verb: str, answer: str, role: str = "refunder", **facts: Any) -> None:
    """A verb that answers so to one of the cast, as the bureau is to begin with."""

    @scene(verb, answer)
    def play(world: World) -> Reply:
        return world.ask(verb, getattr(world.cast, role), **facts)


# registry
simple("registry.myself", "found", "resident")


@scene("registry.myself", "not_found")
def stranger(world: World) -> Reply:
    return world.ask("registry.myself", "somebody")


def find(world: World, role: str, number: str | None = None) -> Reply:
    person = getattr(world.cast, role)
    return world.ask(
        "registry.find_enrolments",
        insured_name=person.name,
        insured_id_number=number or person.id_number,
        insurance_group="resident",
    )


SCENES["registry.find_enrolments", "found"] = lambda world: find(world, "neighbour")
SCENES["registry.find_enrolments", "none"] = lambda world: find(world, "flexible")
SCENES["registry.find_enrolments", "not_found"] = lambda world: find(
    world, "neighbour", world.cast.resident.id_number
)
simple("registry.my_enrolments", "found", "flexible", insurance_group="flexible")
simple("registry.my_enrolments", "none", "nobody")


# ledger: declaring
def declare(world: World, amount: str = "200.00", due: str = "200.00") -> Reply:
    line = world.line(world.cast.resident, "resident_pension", amount, coverage_year=2025)
    due_ = Money.parse(due)
    return world.ask("ledger.declare", ref="item-2", declaration_lines=(line,), amount_due=due_)


SCENES["ledger.declare", "declared"] = declare
SCENES["ledger.declare", "refused"] = lambda world: declare(world, due="199.99")


@scene("ledger.declare", "already_declared")
def declare_twice(world: World) -> Reply:
    world.declare(world.cast.resident)
    return declare(world, "500.00", "500.00")


@scene("ledger.declare", "already_paid")
def declare_paid(world: World) -> Reply:
    world.pay(world.cast.resident)
    return declare(world)


def with_declaration(verb: str, answer: str, before: Callable[[World, str], object]) -> None:
    @scene(verb, answer)
    def play(world: World) -> Reply:
        number = world.declare(world.cast.resident)
        before(world, number)
        facts: dict[str, Any] = {"declaration_no": number}
        if verb == "ledger.hold":
            facts["amount_due"] = DUE
        return world.ask(verb, ref="item-2", **facts)


def hold(world: World, number: str) -> None:
    answer = world.ask("ledger.hold", ref="pay-9", declaration_no=number, amount_due=DUE)
    assert answer.answer == "held"


def book(world: World, number: str, ref: str = "pay-9") -> Reply:
    charge = world.charge(world.cast.resident, ref=ref)
    facts = {"declaration_no": number, "charge_no": charge, "amount_due": DUE}
    return world.ask("ledger.book", ref=ref, **facts)


def void(world: World, number: str) -> Reply:
    return world.ask("ledger.void", declaration_no=number)


with_declaration("ledger.void", "voided", lambda world, number: None)
with_declaration("ledger.void", "being_paid", hold)
with_declaration("ledger.void", "paid", book)
simple("ledger.void", "not_found", declaration_no="54")
with_declaration("ledger.hold", "held", lambda world, number: None)
with_declaration("ledger.hold", "being_paid", hold)
with_declaration("ledger.hold", "paid", book)
with_declaration("ledger.hold", "voided", void)
with_declaration("ledger.release", "released", hold)
with_declaration("ledger.declaration", "found", lambda world, number: None)
simple("ledger.declaration", "not_found", declaration_no="54")


@scene("ledger.book", "booked")
def book_in(world: World) -> Reply:
    number = world.declare(world.cast.resident)
    hold(world, number)
    return book(world, number)


@scene("ledger.book", "not_open")
def book_voided(world: World) -> Reply:
    number = world.declare(world.cast.resident)
    void(world, number)
    return book(world, number)


@scene("ledger.settle", "settled")
def settle(world: World) -> Reply:
    number = world.declare(world.cast.helped, "0.00")
    return world.ask("ledger.settle", world.cast.helped, declaration_no=number)


@scene("ledger.settle", "not_open")
def settle_what_is_due(world: World) -> Reply:
    return world.ask("ledger.settle", declaration_no=world.declare(world.cast.resident))


# ledger: lists
simple("ledger.declared", "listed")
simple("ledger.declared", "none", "resident", page_number=1)
simple("ledger.open_declarations", "none")


@scene("ledger.open_declarations", "listed")
def list_open(world: World) -> Reply:
    world.declare(world.cast.resident)
    return world.ask("ledger.open_declarations")


simple("ledger.paid", "listed", page_number=1)
simple("ledger.paid", "none", "resident")


@scene("ledger.months", "listed")
def list_months(world: World) -> Reply:
    person = world.cast.flexible
    period = {"period_from": Month.at(2025, 9), "period_to": Month.at(2025, 12)}
    key = person.enrolled("flexible_pension")
    return world.ask("ledger.months", person, enrolment=key, scheme="flexible_pension", **period)


simple("ledger.months", "none", enrolment="54", scheme="flexible_pension", **PERIOD)
simple("ledger.refundable", "listed", scheme="resident_medical", **PERIOD)
simple("ledger.refundable", "none", scheme="flexible_medical", **PERIOD)


# ledger: refunds
def reserve(world: World) -> Reply:
    world.reserve(world.cast.refunder)
    assert world.last is not None
    return world.send(*world.last)


SCENES["ledger.reserve_refund", "reserved"] = reserve


@scene("ledger.reserve_refund", "already_refunded")
def reserve_twice(world: World) -> Reply:
    world.reserve(world.cast.refunder)
    assert world.last is not None
    return world.ask("ledger.reserve_refund", world.cast.refunder, "refund-2", **world.last[2])


@scene("ledger.drop_refund", "dropped")
def drop(world: World) -> Reply:
    number, _ = world.reserve(world.cast.refunder)
    return world.ask("ledger.drop_refund", world.cast.refunder, refund_no=number)


def repay(world: World) -> Reply:
    person = world.cast.refunder
    number, total = world.reserve(person)
    facts = {"refund_no": number, "refund_total": total, "account": person.accounts[0]}
    return world.ask("ledger.give_back", person, **facts)


SCENES["ledger.give_back", "repaying"] = repay


@scene("ledger.give_back", "repaid")
def repaid(world: World) -> Reply:
    repay(world)
    return world.final("ledger")


@scene("ledger.give_back", "refused")
def not_repaid(world: World) -> Reply:
    world.bureau.tell("ledger.give_back", "refuse")
    return repaid(world)


# ledger: bases
@scene("ledger.bases", "listed")
def bases(world: World) -> Reply:
    person = world.cast.flexible
    return world.ask("ledger.bases", person, enrolment=person.enrolled("flexible_pension"))


simple("ledger.bases", "none", enrolment="54")


def confirm(world: World, month: Month) -> Reply:
    person = world.cast.flexible
    key, base = person.enrolled("flexible_pension"), Money.parse("9000.00")
    facts = {"enrolment": key, "effective_month": month, "base": base}
    return world.ask("ledger.confirm_base", person, **facts)


# September and October are paid.
SCENES["ledger.confirm_base", "confirmed"] = lambda world: confirm(world, Month.at(2025, 11))
SCENES["ledger.confirm_base", "already_paid"] = lambda world: confirm(world, Month.at(2025, 9))

# accounts, agreements, bank
simple("accounts.filed", "listed")
simple("accounts.filed", "none", "resident")
simple("accounts.file", "filed", "resident", **ACCOUNT)
simple("accounts.file", "preferred_exists", **{**ACCOUNT, "for_refunds": True})


@scene("accounts.file", "doubled")
def file_twice(world: World) -> Reply:
    world.ask("accounts.file", **ACCOUNT)
    return world.ask("accounts.file", **ACCOUNT)


simple("agreements.mine", "listed", "agreed")
simple("agreements.mine", "none", "resident")


@scene("agreements.sign", "signed")
def sign(world: World) -> Reply:
    world.sign(world.cast.settled)
    assert world.last is not None
    return world.send(*world.last)


@scene("agreements.sign", "already_active")
def sign_twice(world: World) -> Reply:
    person = world.cast.agreed
    facts = {"account": person.accounts[0], "scheme": "resident_pension"}
    return world.ask("agreements.sign", person, holder_is_another=False, **facts)


@scene("agreements.activate", "activated")
def activate(world: World) -> Reply:
    person = world.cast.settled
    number = world.sign(person)
    world.accept(person, number)
    return world.ask("agreements.activate", person, agreement_no=number)


@scene("agreements.activate", "already_active")
def activate_second(world: World) -> Reply:
    person = world.cast.settled
    first, second = world.sign(person), world.sign(person)
    for number in (first, second):
        world.accept(person, number)
    world.ask("agreements.activate", person, agreement_no=first)
    return world.ask("agreements.activate", person, agreement_no=second)


@scene("agreements.end", "ended")
def end(world: World) -> Reply:
    person = world.cast.settled
    return world.ask("agreements.end", person, agreement_no=world.sign(person))


def verify(world: World) -> Reply:
    person = world.cast.settled
    facts = {"agreement_no": world.sign(person), "account": person.accounts[0]}
    return world.ask("bank.verify", person, **facts)


SCENES["bank.verify", "verifying"] = verify


@scene("bank.verify", "accepted")
def accepted(world: World) -> Reply:
    verify(world)
    return world.final("bank")


@scene("bank.verify", "refused")
def refused(world: World) -> Reply:
    world.bureau.tell("bank.verify", "refuse")
    return accepted(world)


@scene("bank.withdraw", "withdrawn")
def withdraw(world: World) -> Reply:
    person = world.cast.settled
    return world.ask("bank.withdraw", person, agreement_no=world.sign(person))


# statements, which are the desk's alone
@scene("gateway.statement", "listed")
def statement(world: World) -> Reply:
    world.pay(world.cast.resident)
    return world.ask("gateway.statement", "desk:test", statement_day=world.today())


@scene("ledger.bookings", "listed")
def bookings(world: World) -> Reply:
    world.pay(world.cast.resident)
    return world.ask("ledger.bookings", "desk:test", statement_day=world.today())
