"""Each verb of each port, asked by another person and by nobody: nothing of whose it is comes out,
and nothing of theirs changes.

Every scene of `bureau_scenes` is played to its end; then its last question is asked again, with the
same numbers, by somebody else. A verb that ports.yaml gets is covered with its first scene.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from bureau_more_scenes import SCENES
from bureau_scenes import DUE
from bureau_world import World, contents, world
from sstibet.bureau import Person
from sstibet.engine.ports import Call, Reply, Unavailable
from sstibet.plain import plain

VERBS = {
    f"{port}.{verb}": rules
    for port, each in contents().ports.items()
    for verb, rules in each.verbs.items()
}
# What anybody is told who knows a secret or a pair of numbers, whoever they are; with the reason.
OPEN = {
    "registry.find_enrolments": "by name and ID number, as the guide has it: to pay for another",
    "papers.verify_payment_certificate": "a certificate is verified by whoever holds it",
    "papers.verify_tax_certificate": "a certificate is verified by whoever holds it",
    "identity.check_person": "answers yes or no to a name and an ID number",
    "users.sign_in": "the password and the code are what tells who it is",
    "users.sign_in_by_code": "the code is what tells who it is",
    "users.sign_in_by_face": "the face is what tells who it is",
    "users.register": "whoever registers is nobody yet; bound to the item's own reference",
    "users.keep_password": "bound to the item's own reference, which nobody can guess",
    "users.let_go": "bound to the item's own reference, which nobody can guess",
    "users.reset_password": "the code that was checked for the item tells who it is",
    "messages.send_code": "to a number that is told; bounded by number and account",
    "messages.send_code_to_user": "to the user's own number, whoever asks",
    "messages.check_code": "bound to the item's own reference, which nobody can guess",
}
# The tables in which everybody makes rows of their own, by the column that says whose they are.
OWNER = {
    "bureau_declarations": "actor",
    "bureau_lines": "insured",
    "bureau_payments": "insured",
    "bureau_orders": "actor",
    "bureau_accounts": "actor",
    "bureau_agreements": "actor",
    "bureau_refunds": "actor",
    "bureau_certificates": "actor",
    "bureau_enrolments": "actor",
    "bureau_users": "actor",
    "bureau_persons": "actor",
}


@pytest.fixture
def here() -> Iterator[World]:
    """A bureau in memory."""
    made = world()
    yield made
    made.bureau.close()


def of_all_but(here: World, other: str) -> dict[str, list[dict[str, Any]]]:
    """All that the bureau has on record of everybody else."""
    state = here.state()
    kept = {
        name: [row for row in state[name] if row[column] != other] for name, column in OWNER.items()
    }
    return kept | {"bureau_bases": state["bureau_bases"]}


def asked_by(here: World, verb: str, call: Call, facts: Any, other: str, same_key: bool) -> Any:
    """What another is answered who asks the very same, as it would reach their item."""
    key, ref = (call.key, call.ref) if same_key else ("other:1:1", "other")
    again = Call(key, ref, other, call.at, call.day)
    with contextlib.suppress(Unavailable):
        return here.send(verb, again, facts)
    return None


def words(value: Any) -> Iterator[str]:
    """Every text and number in an answer."""
    if isinstance(value, dict):
        for each in value.values():
            yield from words(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from words(each)
    elif isinstance(value, str):
        yield value


def told_of(here: World, person: str) -> set[str]:
    """What is a person's own and says who they are or what they did."""
    state, found = here.state(), set[str]()
    for name, column in OWNER.items():
        for row in state[name]:
            if row[column] == person:
                found |= {v for k, v in row.items() if isinstance(v, str) and _telling(k, v)}
    return found


def _telling(column: str, value: str) -> bool:
    kinds = "_no", "number", "name", "mobile", "enrolment", "payment", "account"
    return len(value) > 3 and column.endswith(kinds)


# Where no owner is known yet, whoever asks under the item's own reference and key is taken for
# its owner; the references of items are what nobody can guess.
CASES = [
    (verb, answer, who, same_key)
    for verb, answer in sorted(SCENES)
    for who in ("another", "nobody", "visitor")
    for same_key in (False, True)
    if not VERBS[verb].for_desk and not (same_key and verb in OPEN)
]


@pytest.mark.parametrize(("verb", "answer", "who", "same_key"), CASES)
def test_what_another_asks_reveals_and_changes_nothing(
    here: World, verb: str, answer: str, who: str, same_key: bool
) -> None:
    SCENES[verb, answer](here)
    assert here.last is not None
    asked, call, facts = here.last
    others = {"another": here.cast.refunder.actor, "nobody": "", "visitor": "visitor:x"}
    other = others[who] if others[who] != call.actor else here.cast.neighbour.actor
    port = asked.partition(".")[0]
    here.bureau._office.settle(call.at + 10**6, port)  # what whose it is has set going comes first
    before, theirs = of_all_but(here, other), told_of(here, call.actor) - told_of(here, other)

    said = asked_by(here, asked, call, facts, other, same_key)
    here.bureau._office.settle(call.at + 10**6, port)

    assert of_all_but(here, other) == before
    if isinstance(said, Reply) and asked not in OPEN:
        given = set(words(plain(facts)))
        assert (set(words(plain(said.facts))) - given) & theirs == set(), said.answer


@pytest.mark.parametrize("verb", [name for name, rules in VERBS.items() if rules.for_desk])
@pytest.mark.parametrize("actor", ["p0001", "", "visitor:x", "desk", "reconcile"])
def test_what_is_the_desks_is_told_to_nobody_else(here: World, verb: str, actor: str) -> None:
    SCENES[verb, next(iter(VERBS[verb].answers))](here)
    assert here.last is not None
    _, _, facts = here.last
    with pytest.raises(Unavailable, match="only the desk"):
        here.ask(verb, actor, **facts)
    assert here.ask(verb, "desk:test", **facts).answer != "not_found"


def test_every_open_verb_is_there() -> None:
    assert set(OPEN) <= set(VERBS)
    assert {verb for verb, *_ in CASES} == {v for v, rules in VERBS.items() if not rules.for_desk}


class TestPayingForAnother:
    """Whose name and ID number one gave rightly, one may declare and pay for, and nobody else."""

    def lines(self, here: World, insured: Person) -> dict[str, Any]:
        line = here.line(insured, "resident_pension", "200.00", coverage_year=2025)
        return {"declaration_lines": (line,), "amount_due": DUE}

    def test_who_gave_neither_declares_nothing(self, here: World) -> None:
        payer, insured = here.cast.resident, here.cast.neighbour
        said = here.ask("ledger.declare", payer, **self.lines(here, insured))
        made_up = self.lines(here, insured)
        made_up["declaration_lines"][0]["enrolment"] = "E-none"

        assert said == here.ask("ledger.declare", payer, **made_up), "as an enrolment of nobody"
        here.find(payer, insured)
        assert here.ask("ledger.declare", payer, **self.lines(here, insured)).answer == "declared"

    @pytest.mark.parametrize("verb", ["ledger.hold", "ledger.book"])
    def test_who_gave_neither_pays_nothing(self, here: World, verb: str) -> None:
        payer, insured = here.cast.resident, here.cast.neighbour
        number = here.declare(insured)
        charge = {"charge_no": "C-1"} if verb == "ledger.book" else {}
        before = here.state()
        said = here.ask(verb, payer, "pay-2", declaration_no=number, amount_due=DUE, **charge)
        none = here.ask(verb, payer, "pay-2", declaration_no="none", amount_due=DUE, **charge)

        assert said == none, "another's is as none"
        assert here.state() == before
        here.find(payer, insured)
        said = here.ask(verb, payer, "pay-2", declaration_no=number, amount_due=DUE, **charge)
        assert said.answer in ("held", "booked")

    def test_a_wrong_name_introduces_nobody(self, here: World) -> None:
        payer, insured = here.cast.resident, here.cast.neighbour
        here.ask(
            "registry.find_enrolments",
            payer,
            insured_name=payer.name,
            insured_id_number=insured.id_number,
            insurance_group="resident",
        )
        assert here.state()["bureau_introduced"] == []

    def test_a_charge_is_not_told_the_voucher_of_another_payment(self, here: World) -> None:
        person = here.cast.resident
        number = here.declare(person)
        charge = here.charge(person)
        facts = {"declaration_no": number, "charge_no": charge, "amount_due": DUE}
        assert here.ask("ledger.book", person, "pay-1", **facts).answer == "booked"
        assert here.ask("ledger.book", person, "pay-2", **facts).answer == "not_open"
