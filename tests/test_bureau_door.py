"""The embedded bureau's door: who comes in, what nobody learns, and that secrets stay secret."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bureau_more_scenes import SCENES
from bureau_scenes import DUE, LONG
from bureau_world import CARD, World, world


@pytest.fixture
def here() -> Iterator[World]:
    """A bureau in memory."""
    made = world()
    yield made
    made.bureau.close()


class TestTheDoor:
    """Who may come in, and that nothing is told of who may not."""

    def test_a_code_opens_nothing_for_another_item(self, here: World) -> None:
        person = here.cast.resident
        facts = {
            "user_name": person.user_name,
            "password": here.bureau.demo_password(person),
            "sms_code": here.code_for(person, "item-1"),
        }

        assert here.ask("users.sign_in", "", "item-2", **facts).answer == "refused"
        assert here.ask("users.sign_in", "", "item-1", **facts).answer == "signed_in"

    def test_a_code_sent_to_one_user_lets_no_other_in(self, here: World) -> None:
        code = here.code_for(here.cast.neighbour)
        person = here.cast.resident
        facts = {"user_name": person.user_name, "password": here.bureau.demo_password(person)}

        assert here.ask("users.sign_in", "", sms_code=code, **facts).answer == "refused"

    def test_a_code_opens_once(self, here: World) -> None:
        person = here.cast.resident
        facts = {
            "user_name": person.user_name,
            "password": here.bureau.demo_password(person),
            "sms_code": here.code_for(person),
        }

        assert here.ask("users.sign_in", "", **facts).answer == "signed_in"
        assert here.ask("users.sign_in", "", **facts).answer == "refused"

    def test_a_wrong_password_costs_no_new_code_and_a_third_slip_does(self, here: World) -> None:
        person = here.cast.resident
        name, right = person.user_name, here.bureau.demo_password(person)
        for slips, answer in ((2, "signed_in"), (3, "refused")):
            code = here.code_for(person)
            for password in [LONG] * slips + [right]:
                facts = {"user_name": name, "password": password, "sms_code": code}
                said = here.ask("users.sign_in", "", **facts).answer
            assert said == answer

    @pytest.mark.parametrize("name", ["demo_resident", "nobody_has_it"])
    def test_nobody_learns_whether_a_name_exists(self, here: World, name: str) -> None:
        said = [here.ask("messages.send_code_to_user", "", user_name=name).answer for _ in range(6)]
        said += [here.ask("messages.check_code", "", sms_code="none").answer for _ in range(4)]
        facts = {"user_name": name, "password": LONG, "sms_code": "none"}
        said += [here.ask("users.sign_in", "", **facts).answer for _ in range(6)]

        assert said == [
            *["sent"] * 5, "too_many", "wrong", "wrong", "too_many", "too_many",
            *["refused"] * 5, "locked",
        ]  # fmt: skip

    def test_who_is_locked_out_may_come_back_after_a_while(self, here: World) -> None:
        person = here.cast.resident
        facts = {"user_name": person.user_name, "password": LONG, "sms_code": "none"}
        for _ in range(6):
            here.ask("users.sign_in", "", **facts)
        here.clock.at += 900
        facts["password"] = here.bureau.demo_password(person)
        facts["sms_code"] = here.code_for(person)

        assert here.ask("users.sign_in", "", **facts).answer == "signed_in"

    def test_a_new_password_replaces_the_old_one(self, here: World) -> None:
        person = here.cast.resident
        code = here.code_for(person)
        assert here.ask("messages.check_code", "", sms_code=code).answer == "right"
        here.ask("users.reset_password", "", user_name=person.user_name, password=LONG)
        said = [
            here.ask(
                "users.sign_in",
                "",
                user_name=person.user_name,
                password=password,
                sms_code=here.code_for(person),
            ).answer
            for password in (here.bureau.demo_password(person), LONG)
        ]

        assert said == ["refused", "signed_in"]

    def test_a_registered_user_is_the_person(self, here: World) -> None:
        said = SCENES["users.register", "registered"](here)

        assert said.facts["user"] == here.cast.nobody.actor
        assert here.ask("users.profile", here.cast.nobody).facts["user_name"] == "a_new_one"

    @pytest.mark.parametrize(
        "password", ["short", "aaaaaaaaaaaa", "PASSWORD123", "my a_new_one 2026"]
    )
    def test_a_weak_password_is_not_kept(self, here: World, password: str) -> None:
        facts = {"user_name": "a_new_one", "id_number": here.cast.nobody.id_number}

        assert here.ask("users.keep_password", "", password=password, **facts).answer == "weak"


class TestSecrets:
    """A password, a code, a scan is on no disk and in no text of the bureau's."""

    def test_nothing_secret_gets_on_the_disk(self, tmp_path: Path) -> None:
        # Six digits might stand in some number by chance; these words don't.
        codes = [f"Code-{number}-Sent" for number in range(500)]
        made = iter(codes)
        here = world(tmp_path / "desk.db", codes=lambda: next(made))
        facts = {**CARD, "withdrawal_password": "Six-Digits"}
        here.ask("gateway.charge_card", amount_due=DUE, **facts)
        for verb, answer in SCENES:
            if verb.partition(".")[0] in ("users", "messages"):
                with contextlib.suppress(AssertionError, LookupError):
                    SCENES[verb, answer](here)
                here.clock.at += 1000
        password, face = here.bureau.demo_password(here.cast.resident), here.bureau.demo_face()
        written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        sent = codes[: codes.index(next(made))]

        assert len(sent) > 20
        assert b"demo_resident" not in written
        for secret in (*sent, LONG, password, face, "Six-Digits"):
            assert secret.encode() not in written

    def test_codes_and_passwords_are_in_no_representation(self, here: World) -> None:
        person = here.cast.resident
        code = here.code_for(person)
        shown = repr(here.bureau) + repr(here.bureau.ports()) + repr(person)

        assert code not in shown
        assert here.bureau.demo_password(person) not in shown

    def test_passwords_are_argon2id(self, here: World) -> None:
        rows = here.bureau._database.rows("SELECT hash FROM bureau_users")

        assert len({row["hash"] for row in rows}) == len(rows) == 16
        assert all(row["hash"].startswith("$argon2id$") for row in rows)

    def test_a_mobile_number_gets_its_own_messages(self, here: World) -> None:
        code = here.code_for(here.cast.resident)

        assert [code in text for text in here.bureau.inbox(here.cast.resident.mobile)] == [True]
        assert here.bureau.inbox(here.cast.neighbour.mobile) == []
        with pytest.raises(LookupError):
            here.bureau.code(here.cast.neighbour.mobile)
