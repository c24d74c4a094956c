"""The answers of the other ports: gateway, identity, users, messages, papers, agency."""

from __future__ import annotations

from typing import Any

from bureau_scenes import DUE, LONG, PERIOD, SCENES, Scene, repaid, scene, simple
from bureau_world import CARD, World
from sstibet.engine.ports import Reply

WRONG = "000000"


# gateway
def card(world: World) -> Reply:
    return world.ask("gateway.charge_card", amount_due=DUE, **CARD)


def code(world: World) -> Reply:
    return world.ask("gateway.charge_qr", amount_due=DUE)


SCENES["gateway.charge_card", "accepted"] = card
SCENES["gateway.charge_qr", "ready"] = code


def ending(verb: str, begin: Scene, answer: str, *moods: str) -> None:
    @scene(verb, answer)
    def play(world: World) -> Reply:
        for mood in moods:
            world.bureau.tell("gateway", mood)
        begin(world)
        return world.final("gateway")


ending("gateway.charge_card", card, "succeeded")
ending("gateway.charge_card", card, "declined", "refuse")
ending("gateway.charge_qr", code, "succeeded")
ending("gateway.charge_qr", code, "declined", "refuse")


def asking(verb: str, answer: str, *moods: str) -> None:
    @scene(verb, answer)
    def play(world: World) -> Reply:
        for mood in moods:
            world.bureau.tell("gateway", mood)
        code(world)
        return world.ask(verb)


asking("gateway.query", "succeeded", "never")
asking("gateway.query", "declined", "never", "refuse")
asking("gateway.query", "pending")
simple("gateway.query", "not_found")
asking("gateway.close", "closed")
asking("gateway.close", "succeeded", "never")


@scene("gateway.give_back", "given_back")
def given_back(world: World) -> Reply:
    charge = world.charge(world.cast.resident)
    return world.ask("gateway.give_back", ref="pay-1", charge_no=charge, amount_due=DUE)


# identity
def check_person(world: World, id_type: str) -> Reply:
    person = world.cast.nobody
    number = {"id_type": id_type, "id_number": person.id_number}
    return world.ask("identity.check_person", "", person_name=person.name, **number)


SCENES["identity.check_person", "verified"] = lambda world: check_person(world, "201")
SCENES["identity.check_person", "refused"] = lambda world: check_person(world, "202")


# users
def keep(world: World, password: str = LONG) -> Reply:
    return world.ask("users.keep_password", "", password=password)


SCENES["users.keep_password", "kept"] = keep
SCENES["users.keep_password", "weak"] = lambda world: keep(world, "1qaz2wsx")


@scene("users.register", "registered")
def register(world: World, name: str = "a_new_one") -> Reply:
    person = world.cast.nobody
    keep(world)
    world.ask("messages.send_code", "", mobile=person.mobile)
    code = world.bureau.code(person.mobile)
    assert world.ask("messages.check_code", "", sms_code=code).answer == "right"
    facts = {"id_type": person.id_type, "id_number": person.id_number, "mobile": person.mobile}
    return world.ask("users.register", "", user_name=name, person_name=person.name, **facts)


SCENES["users.register", "taken"] = lambda world: register(world, "DEMO_Resident")


SCENES["users.let_go", "gone"] = lambda world: world.ask("users.let_go", "")


def sign_in(world: World, **wrong: str) -> Reply:
    person = world.cast.resident
    facts: dict[str, Any] = {
        "user_name": person.user_name,
        "password": world.bureau.demo_password(person),
        "sms_code": world.code_for(person),
    }
    return world.ask("users.sign_in", "", **{**facts, **wrong})


SCENES["users.sign_in", "signed_in"] = sign_in
SCENES["users.sign_in", "refused"] = lambda world: sign_in(world, password=LONG)


def locked(world: World, verb: str, **facts: str) -> Reply:
    for _ in range(5):
        assert world.ask(verb, "", **facts).answer == "refused"
    return world.ask(verb, "", **facts)


@scene("users.sign_in", "locked")
def sign_in_locked(world: World) -> Reply:
    name = str(world.cast.resident.user_name)
    return locked(world, "users.sign_in", user_name=name, password=LONG, sms_code=WRONG)


def by_code(world: World, code: str | None = None) -> Reply:
    mobile = world.cast.resident.mobile
    world.ask("messages.send_code", "", mobile=mobile)
    sms_code = code or world.bureau.code(mobile)
    return world.ask("users.sign_in_by_code", "", mobile=mobile, sms_code=sms_code)


SCENES["users.sign_in_by_code", "signed_in"] = by_code
SCENES["users.sign_in_by_code", "refused"] = lambda world: by_code(world, "no code")
SCENES["users.sign_in_by_code", "locked"] = lambda world: locked(
    world, "users.sign_in_by_code", mobile=world.cast.resident.mobile, sms_code=WRONG
)


def face(world: World, scan: str) -> dict[str, str]:
    person = world.cast.resident
    return {"person_name": person.name, "id_number": person.id_number, "face_scan": scan}


def by_face(world: World, scan: str) -> Reply:
    return world.ask("users.sign_in_by_face", "", **face(world, scan))


SCENES["users.sign_in_by_face", "signed_in"] = lambda w: by_face(w, w.bureau.demo_face())
SCENES["users.sign_in_by_face", "refused"] = lambda world: by_face(world, "another face")
SCENES["users.sign_in_by_face", "locked"] = lambda world: locked(
    world, "users.sign_in_by_face", **face(world, "another face")
)


def reset(world: World, password: str = LONG, checked: bool = True) -> Reply:
    person = world.cast.resident
    code = world.code_for(person)
    if checked:
        assert world.ask("messages.check_code", "", sms_code=code).answer == "right"
    return world.ask("users.reset_password", "", user_name=person.user_name, password=password)


SCENES["users.reset_password", "reset"] = reset
SCENES["users.reset_password", "weak"] = lambda world: reset(world, "password123")
SCENES["users.reset_password", "refused"] = lambda world: reset(world, checked=False)
simple("users.profile", "found", "resident")
simple("users.profile", "not_found", "nobody")


# messages
def send(world: World) -> Reply:
    return world.ask("messages.send_code", "", mobile="19900000001")


def send_to_user(world: World) -> Reply:
    return world.ask("messages.send_code_to_user", "", user_name="nobody_has_it")


SCENES["messages.send_code", "sent"] = send
SCENES["messages.send_code_to_user", "sent"] = send_to_user


@scene("messages.send_code", "too_many")
def too_many(world: World) -> Reply:
    return [send(world) for _ in range(6)][-1]


@scene("messages.send_code_to_user", "too_many")
def too_many_to_user(world: World) -> Reply:
    return [send_to_user(world) for _ in range(6)][-1]


def check(world: World, code: str | None = None, times: int = 1, after: int = 0) -> Reply:
    send(world)
    world.clock.at += after
    code = code or world.bureau.code("19900000001")
    return [world.ask("messages.check_code", "", sms_code=code) for _ in range(times)][-1]


SCENES["messages.check_code", "right"] = check
SCENES["messages.check_code", "wrong"] = lambda world: check(world, "no code", times=2)
SCENES["messages.check_code", "too_many"] = lambda world: check(world, "no code", times=3)
SCENES["messages.check_code", "expired"] = lambda world: check(world, after=600)


# papers
def paper(world: World, role: str = "refunder") -> Reply:
    return world.ask("papers.payment_certificate", getattr(world.cast, role))


SCENES["papers.payment_certificate", "issuing"] = paper
SCENES["papers.payment_certificate", "nothing"] = lambda world: paper(world, "resident")


@scene("papers.payment_certificate", "issued")
def issued(world: World) -> Reply:
    paper(world)
    return world.final("papers")


simple("papers.certifiable", "listed", **PERIOD)
simple("papers.certifiable", "none", "resident", **PERIOD)


def tax_paper(world: World) -> Reply:
    rows = tuple(world.refundable(world.cast.refunder))
    return world.ask("papers.tax_certificate", world.cast.refunder, certified_payments=rows)


SCENES["papers.tax_certificate", "issuing"] = tax_paper


@scene("papers.tax_certificate", "issued")
def tax_issued(world: World) -> Reply:
    tax_paper(world)
    return world.final("papers")


@scene("papers.tax_certificate", "nothing")
def refunded_meanwhile(world: World) -> Reply:
    tax_paper(world)
    world.reserve(world.cast.refunder)
    return world.final("papers")


def verified(world: World, role: str) -> Reply:
    voucher = issued(world).facts["voucher_no"]
    number = getattr(world.cast, role).id_number
    facts = {"id_number_asked": number, "voucher_no": voucher}
    return world.ask("papers.verify_payment_certificate", "", **facts)


SCENES["papers.verify_payment_certificate", "genuine"] = lambda w: verified(w, "refunder")
SCENES["papers.verify_payment_certificate", "not_found"] = lambda w: verified(w, "resident")
simple("papers.verify_tax_certificate", "not_found", voucher_no="454016251000000000")


@scene("papers.verify_tax_certificate", "genuine")
def tax_verified(world: World) -> Reply:
    voucher = tax_issued(world).facts["voucher_no"]
    return world.ask("papers.verify_tax_certificate", "", voucher_no=voucher)


@scene("papers.verify_payment_certificate", "refunded")
def verified_since(world: World) -> Reply:
    voucher = issued(world).facts["voucher_no"]
    repaid(world)
    number = world.cast.refunder.id_number
    facts = {"id_number_asked": number, "voucher_no": voucher}
    return world.ask("papers.verify_payment_certificate", "", **facts)


@scene("papers.verify_tax_certificate", "refunded")
def tax_verified_since(world: World) -> Reply:
    voucher = tax_issued(world).facts["voucher_no"]
    repaid(world)
    return world.ask("papers.verify_tax_certificate", "", voucher_no=voucher)


@scene("papers.on_record", "genuine")
def recorded(world: World) -> Reply:
    number = issued(world).facts["certificate_no"]
    return world.ask("papers.on_record", "desk:test", certificate_no=number)


@scene("papers.on_record", "refunded")
def recorded_since(world: World) -> Reply:
    number = issued(world).facts["certificate_no"]
    repaid(world)
    return world.ask("papers.on_record", "desk:test", certificate_no=number)


@scene("papers.on_record", "not_found")
def not_recorded(world: World) -> Reply:
    return world.ask("papers.on_record", "desk:test", certificate_no="454015251000000000")


# agency
def apply(world: World) -> Reply:
    return world.ask("agency.apply", matter="refund", reason_text="重复缴费", refund_ground="death")


SCENES["agency.apply", "reviewing"] = apply


@scene("agency.apply", "approved")
def approved(world: World) -> Reply:
    apply(world)
    return world.final("agency")


@scene("agency.apply", "refused")
def agency_refused(world: World) -> Reply:
    world.bureau.tell("agency", "refuse", reason="材料不全")
    return approved(world)
